#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// The protocol's column types; the numbers are those on the wire.
enum class ColumnType : std::uint8_t {
    decimal_old = 0,
    tiny_int = 1,
    small_int = 2,
    integer = 3,
    float_ = 4,
    double_ = 5,
    null = 6,
    timestamp = 7,
    big_int = 8,
    medium_int = 9,
    date = 10,
    time = 11,
    datetime = 12,
    year = 13,
    bit = 16,
    vector = 242,
    json = 245,
    decimal = 246,
    enumeration = 247,
    set = 248,
    tiny_blob = 249,
    medium_blob = 250,
    long_blob = 251,
    blob = 252,
    var_string = 253,
    string = 254,
    geometry = 255,
};

/// What the server says of one column of a result.
struct Column {
    /// As selected, so the alias where there is one.
    std::string name;
    /// Empty for an expression.
    std::string table;
    std::string schema;
    std::string original_name;
    ColumnType type = ColumnType::null;
    /// Whether the server says that it may be NULL.
    bool nullable = true;
    /// Of a number: no negative values.
    bool is_unsigned = false;
    /// Bytes rather than characters: the collation is `binary`.
    bool is_binary = false;
    /// The longest value in bytes, as declared.
    std::uint32_t length = 0;
    /// Digits behind the point, or of the fraction of a second.
    std::uint8_t decimals = 0;

    friend bool operator==(Column const&, Column const&) = default;
};

/// The columns of a result, in its order.
using Columns = std::vector<Column>;

namespace detail {

/// Of a statement that gives no rows.
[[nodiscard]] inline Columns const& no_columns() noexcept
{
    static Columns const none;
    return none;
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
