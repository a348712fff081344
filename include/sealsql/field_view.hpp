#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// In which form a value came: statements without parameters are answered in text, prepared ones in the
/// types' binary forms, where whatever is not a number or a time is its bytes all the same.
/// See "Binary Protocol Value" in MySQL's source documentation.
enum class WireForm : std::uint8_t {
    /// As written in SQL, or the bytes of a string.
    text,
    int8,
    uint8,
    int16,
    uint16,
    int32,
    uint32,
    int64,
    uint64,
    float32,
    float64,
    /// Year (2 bytes), month, day; then hour, minute, second; then microseconds (4 bytes). What is zero at
    /// the end is left out: 0, 4, 7 or 11 bytes, without the byte that tells how many.
    datetime,
    /// Sign, days (4 bytes), hours, minutes, seconds; then microseconds (4 bytes): 0, 8 or 12 bytes,
    /// without the byte that tells how many.
    time,
};

namespace detail {

/// The size of a number of this form; zero where the value itself tells.
[[nodiscard]] constexpr unsigned char fixed_size(WireForm form) noexcept
{
    constexpr unsigned char sizes[] = {0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 0};
    return sizes[static_cast<unsigned>(form)];
}

} // namespace detail

/// One value of a row as the server sent it. A view that is valid until the next row is read.
///
/// The size of a number fits its form, and that of a date or time is one of those that there are: what
/// does not is refused before.
class FieldView {
public:
    FieldView() noexcept = default;
    FieldView(WireForm form, Column const& column) noexcept
        : column_{&column}, form_{form}, fixed_size_{detail::fixed_size(form)}
    {
    }

    /// A text, such as tests and values that were kept have it.
    FieldView(std::string_view text, Column const& column) noexcept
        : data_{text.data()}, column_{&column}, size_{text.size()}
    {
    }

    FieldView(WireForm, Column const&&) = delete; // would dangle
    FieldView(std::string_view, Column const&&) = delete;

    [[nodiscard]] bool is_null() const noexcept { return data_ == nullptr; }
    [[nodiscard]] char const* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// What the form() is of: the text, or the bytes of a number or time.
    [[nodiscard]] std::string_view bytes() const noexcept { return {data_, size_}; }

    [[nodiscard]] WireForm form() const noexcept { return form_; }
    [[nodiscard]] bool is_text() const noexcept { return form_ == WireForm::text; }

    /// The size of a number of this form(); zero where the value itself tells.
    [[nodiscard]] std::size_t fixed_size() const noexcept { return fixed_size_; }

    /// What the server says of the column.
    [[nodiscard]] Column const& column() const noexcept { return *column_; }

    /// For whoever takes rows apart. `data` is not null.
    void set(char const* data, std::size_t size) noexcept
    {
        data_ = data;
        size_ = size;
    }
    void set_null() noexcept
    {
        data_ = nullptr;
        size_ = 0;
    }

private:
    char const* data_ = nullptr;
    Column const* column_ = nullptr;
    std::size_t size_ = 0;
    WireForm form_ = WireForm::text;
    unsigned char fixed_size_ = 0;
};

namespace detail {

/// The form that values of a column have in the binary protocol.
[[nodiscard]] inline WireForm binary_form(Column const& column) noexcept
{
    bool const is_unsigned = column.is_unsigned;
    switch (column.type) {
    case ColumnType::tiny_int:
        return is_unsigned ? WireForm::uint8 : WireForm::int8;
    case ColumnType::small_int:
    case ColumnType::year:
        return is_unsigned ? WireForm::uint16 : WireForm::int16;
    case ColumnType::integer:
    case ColumnType::medium_int:
        return is_unsigned ? WireForm::uint32 : WireForm::int32;
    case ColumnType::big_int:
        return is_unsigned ? WireForm::uint64 : WireForm::int64;
    case ColumnType::float_:
        return WireForm::float32;
    case ColumnType::double_:
        return WireForm::float64;
    case ColumnType::date:
    case ColumnType::datetime:
    case ColumnType::timestamp:
        return WireForm::datetime;
    case ColumnType::time:
        return WireForm::time;
    default:
        return WireForm::text;
    }
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
