#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/row.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE FieldView Row::field(std::size_t index) const
{
    if (index >= cells_.size())
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the row has no column ", std::to_string(index + 1), ", only ",
                            std::to_string(cells_.size())}),
            "columns are counted from zero");
    Slice const& slice = cells_[index];
    FieldView field{WireForm::text, columns()[index]};
    if (!slice.null)
        field.set(bytes_.data() + slice.offset, slice.size);
    return field;
}

SEALSQL_INLINE std::optional<std::string_view> Row::operator[](std::size_t index) const&
{
    FieldView const value = field(index);
    if (value.is_null())
        return std::nullopt;
    return value.bytes();
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

SEALSQL_INLINE void Row::assign(detail::View<FieldView const> fields,
                                detail::Shared<Columns const> columns)
{
    columns_ = std::move(columns);
    bytes_.clear();
    cells_.resize(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::size_t const offset = bytes_.size();
        if (!fields[i].is_null())
            detail::append_text(bytes_, fields[i]);
        cells_[i] = {.offset = offset, .size = bytes_.size() - offset, .null = fields[i].is_null()};
    }
}

} // namespace sealsql::inline SEALSQL_ABI
