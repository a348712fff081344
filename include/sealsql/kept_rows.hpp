#pragma once

#include <sealsql/detail/arena.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// @file
/// Many rows in memory at little cost. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Has a view look at a copy in the arena; leaves alone what owns its value.
template <class T>
void keep_field(T& value, Arena& arena)
{
    if constexpr (is_optional<T>) {
        if (value)
            keep_field(*value, arena);
    } else if constexpr (std::same_as<T, std::string_view>) {
        std::byte const* const kept = arena.keep(value.data(), value.size());
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        value = std::string_view{reinterpret_cast<char const*>(kept), value.size()};
    } else if constexpr (is_view<T>) {
        std::byte const* const kept = arena.keep(value.data(), value.size());
        value = T(kept, kept + value.size());
    }
}

} // namespace detail

/// All rows of an answer, with texts and bytes as views: those lie one behind the other in a few large pieces of
/// memory that belong to this object, where a `std::vector` of rows with strings allocates for each that is not
/// short. Made by keep(). The views are valid as long as this object, or the one that it was moved to.
///
/// A `std::string` among a row's fields is one all the same. A type of the user's (ValueTraits) has to own what it
/// holds, as in any row that is kept.
template <RowType T>
class KeptRows {
    static_assert(!std::same_as<T, Row>, "a Row owns its texts: use query_all()");

public:
    using value_type = T;
    using const_iterator = typename std::vector<T>::const_iterator;

    /// No rows.
    KeptRows() = default;

    /// The rows that are left.
    explicit KeptRows(Rows<T>& rows)
    {
        for (T& row : rows) {
            rows_.push_back(std::move(row));
            std::apply([this](auto&... fields) { (detail::keep_field(fields, texts_), ...); },
                       detail::tie_fields(rows_.back()));
        }
    }

    KeptRows(KeptRows&&) noexcept = default;
    KeptRows& operator=(KeptRows&&) noexcept = default;
    ~KeptRows() = default;

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    [[nodiscard]] T const* data() const noexcept { return rows_.data(); }
    [[nodiscard]] const_iterator begin() const noexcept { return rows_.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return rows_.end(); }

    /// @pre index < size()
    [[nodiscard]] T const& operator[](std::size_t index) const noexcept { return rows_[index]; }

private:
    detail::Arena texts_;
    std::vector<T> rows_;
};

/// Reads the rows that are left and keeps them; as many as the server sends, so for a result whose size is known.
///
/// ```
/// struct User { std::int64_t id; std::string_view name; };
/// auto const users = sealsql::keep(db.query<User>("SELECT id, name FROM users"));
/// ```
/// @throws Error as going through the rows would
template <RowType T>
[[nodiscard]] KeptRows<T> keep(Rows<T>& rows)
{
    return KeptRows<T>{rows};
}

/// @copydoc keep(Rows<T>&)
template <RowType T>
[[nodiscard]] KeptRows<T> keep(Rows<T>&& rows)
{
    KeptRows<T> kept{rows};
    rows.finish(); // what is behind this result may have failed
    return kept;
}

} // namespace sealsql::inline SEALSQL_ABI
