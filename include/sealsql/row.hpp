#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {
// clang-format off
using ViewWouldDangle = Because<Sentence{"the view would outlive its row: use std::string, or give the row a name"}>;
// clang-format on
} // namespace detail

/// A row whose columns are known at run time only. Owns its values: it can be kept, copied and
/// outlive the connection.
class Row {
public:
    Row() = default;

    /// The number of columns.
    [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }

    /// What the server says of the columns.
    [[nodiscard]] Columns const& columns() const noexcept
    {
        return columns_ ? *columns_ : detail::no_columns();
    }

    /// The value as the server writes it in text, also of a prepared statement, where a FLOAT has all its digits
    /// and not six of them; no value for NULL. Valid as long as this row; of a row that goes at once it is a text of its own.
    /// @throws Error if there is no such column
    [[nodiscard]] std::optional<std::string_view> operator[](std::size_t index) const&;
    // A template, so that only who calls it pays for the type.
    /// @copydoc operator[](std::size_t) const&
    template <class Text = std::string>
    [[nodiscard]] std::optional<Text> operator[](std::size_t index) const&&
    {
        return owned<Text>(index);
    }

    /// @copydoc operator[](std::size_t) const&
    [[nodiscard]] std::optional<std::string_view> operator[](std::string_view name) const&
    {
        return (*this)[index_of(name)];
    }
    /// @copydoc operator[](std::size_t) const&
    template <class Text = std::string>
    [[nodiscard]] std::optional<Text> operator[](std::string_view name) const&&
    {
        return owned<Text>(index_of(name));
    }

    /// The value as a T; `std::optional<T>` where it may be NULL.
    /// @throws Error if there is no such column, it is NULL, or its value does not fit
    template <class T>
    [[nodiscard]] T get(std::size_t index) const&
    {
        T value{};
        detail::read_field(field(index), index, value);
        return value;
    }

    /// @copydoc get(std::size_t) const&
    template <class T>
    [[nodiscard]] T get(std::string_view name) const&
    {
        return get<T>(index_of(name));
    }

    // clang-format off
    template <class T>
        requires detail::is_view<typename detail::OptionalValue<T>::Value>
    detail::ViewWouldDangle get(std::size_t) const&& = delete; // the view would outlive its row: use std::string, or give the row a name
    template <class T>
        requires detail::is_view<typename detail::OptionalValue<T>::Value>
    detail::ViewWouldDangle get(std::string_view) const&& = delete; // the view would outlive its row: use std::string, or give the row a name
    // clang-format on

    /// The position of a column by its name, which compares without regard to ASCII case, as names of
    /// columns do in SQL.
    /// @throws Error if no column or more than one has that name
    [[nodiscard]] std::size_t index_of(std::string_view name) const;

    /// For Rows.
    void assign(detail::View<FieldView const> fields, detail::Shared<Columns const> columns);

private:
    struct Slice {
        std::size_t offset = 0;
        std::size_t size = 0;
        bool null = false;
    };

    [[nodiscard]] FieldView field(std::size_t index) const;

    template <class Text>
    [[nodiscard]] std::optional<Text> owned(std::size_t index) const
    {
        auto const view = (*this)[index];
        return view ? std::optional<Text>{*view} : std::optional<Text>{};
    }

    detail::Shared<Columns const> columns_; // null: none
    std::string bytes_;
    detail::List<Slice> cells_;
};

/// What a row can be read into: Row, a tuple by position, an aggregate by the names of its members, or for a
/// single column its value.
template <class T>
concept RowType = std::same_as<T, Row> || detail::FieldContainer<T>;

namespace detail {
// clang-format off
/// What functions return that are deleted for types that are no RowType.
using CannotRead = Because<Sentence{"sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more"}>;
// clang-format on
} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/row.ipp>
#endif
