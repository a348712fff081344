#pragma once

#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/member_names.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// One member of an aggregate that rows are read into.
struct MemberOfRow {
    std::string_view name;
    bool may_be_null = false;
    bool (*accepts)(FieldView const& field) = nullptr;
};

/// Finds each member's column by its name, without regard to ASCII case; a member `default_` also takes a column
/// `default`, which C++ cannot name so.
/// @throws Error that names all that does not fit: members without a column, columns without a member, names that
///     several columns have, types that do not go together, columns that may be NULL where the member cannot
void match_columns(View<MemberOfRow const> members, View<FieldView const> fields,
                   std::uint16_t* positions);

template <class T>
struct MembersOfRow {
    MemberOfRow members[member_count<T>];
};

template <class T>
[[nodiscard]] consteval MembersOfRow<T> find_members_of_row()
{
    using Members = decltype(tie_members(std::declval<T&>()));
    return []<std::size_t... Indices>(std::index_sequence<Indices...>)
    {
        return MembersOfRow<T>{{MemberOfRow{
            member_names<T>.names[Indices],
            is_optional<std::remove_reference_t<std::tuple_element_t<Indices, Members>>>,
            &accepts_column<typename OptionalValue<
                std::remove_reference_t<std::tuple_element_t<Indices, Members>>>::Value>}...}};
    }
    (std::make_index_sequence<member_count<T>>{});
}

template <class T>
inline constexpr MembersOfRow<T> members_of_row = find_members_of_row<T>();

/// Where the values of a row type stand in a row: by position, and for aggregates by name.
template <class T, bool ByName = is_read_by_name<T>>
struct ColumnPositions {
    static void find(View<FieldView const> fields)
    {
        if (fields.size() != field_count<T>)
            throw_column_count(field_count<T>, fields);
    }
    [[nodiscard]] static std::size_t of(std::size_t index) noexcept { return index; }
};

template <class T>
struct ColumnPositions<T, true> {
    void find(View<FieldView const> fields)
    {
        match_columns({members_of_row<T>.members, member_count<T>}, fields, positions);
    }
    [[nodiscard]] std::size_t of(std::size_t index) const noexcept { return positions[index]; }

    std::uint16_t positions[member_count<T>]{};
};

/// Names the type without looking into it.
template <class T>
struct LazyColumnPositions {
    using type =
        ColumnPositions<T>; // NOLINT(readability-identifier-naming): as in the standard library
};

/// @pre `positions` were found for the row's columns
template <class T>
void read_row(View<FieldView const> fields, ColumnPositions<T> const& positions, T& row)
{
    auto members = tie_fields(row);
    [&]<std::size_t... Indices>(std::index_sequence<Indices...>)
    {
        (read_field(fields[positions.of(Indices)], positions.of(Indices),
                    std::get<Indices>(members)),
         ...);
    }
    (std::make_index_sequence<field_count<T>>{});
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/match_columns.ipp>
#endif
