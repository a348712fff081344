#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/row.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

[[nodiscard]] SEALSQL_INLINE bool equal_ignoring_case(std::string_view left,
                                                      std::string_view right) noexcept
{
    auto const lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    bool equal = left.size() == right.size();
    for (std::size_t i = 0; equal && i < left.size(); ++i)
        equal = lower(left[i]) == lower(right[i]);
    return equal;
}

} // namespace detail

SEALSQL_INLINE detail::Cell Row::cell(std::size_t index) const
{
    if (index >= cells_.size())
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the row has no column ", std::to_string(index + 1), ", only ",
                            std::to_string(cells_.size())}),
            "columns are counted from zero");
    Slice const& slice = cells_[index];
    if (slice.null)
        return {};
    return {bytes_.data() + slice.offset, slice.size};
}

SEALSQL_INLINE std::optional<std::string_view> Row::operator[](std::size_t index) const
{
    detail::Cell const value = cell(index);
    if (value.is_null())
        return std::nullopt;
    return value.text();
}

SEALSQL_INLINE std::size_t Row::index_of(std::string_view name) const
{
    std::size_t const none = columns().size();
    std::size_t found = none;
    for (std::size_t i = 0; i < columns().size(); ++i) {
        if (!detail::equal_ignoring_case(columns()[i].name, name))
            continue;
        if (found != none)
            throw detail::client_error(
                detail::error_code::unknown_error,
                detail::concat({"the row has several columns with the name ", printable(name)}),
                "give them different names with AS in the statement");
        found = i;
    }
    if (found == none)
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the row has no column with the name ", printable(name)}),
            "check the name against the statement");
    return found;
}

SEALSQL_INLINE void Row::assign(detail::View<detail::Cell const> cells,
                                detail::Shared<Columns const> columns)
{
    columns_ = std::move(columns);
    bytes_.clear();
    cells_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells_[i] = {.offset = bytes_.size(), .size = cells[i].size, .null = cells[i].is_null()};
        bytes_.append(cells[i].text());
    }
}

} // namespace sealsql::inline SEALSQL_ABI
