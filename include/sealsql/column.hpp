#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>

#include <cstdint>
#include <string>

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

/// The type's name in SQL, for messages; where several types share a number, the one that it stands for most.
[[nodiscard]] constexpr char const* to_string(ColumnType type) noexcept
{
    switch (type) {
    case ColumnType::tiny_int:
        return "TINYINT";
    case ColumnType::small_int:
        return "SMALLINT";
    case ColumnType::medium_int:
        return "MEDIUMINT";
    case ColumnType::integer:
        return "INT";
    case ColumnType::big_int:
        return "BIGINT";
    case ColumnType::float_:
        return "FLOAT";
    case ColumnType::double_:
        return "DOUBLE";
    case ColumnType::null:
        return "NULL";
    case ColumnType::timestamp:
        return "TIMESTAMP";
    case ColumnType::date:
        return "DATE";
    case ColumnType::time:
        return "TIME";
    case ColumnType::datetime:
        return "DATETIME";
    case ColumnType::year:
        return "YEAR";
    case ColumnType::bit:
        return "BIT";
    case ColumnType::vector:
        return "VECTOR";
    case ColumnType::json:
        return "JSON";
    case ColumnType::decimal:
    case ColumnType::decimal_old:
        return "DECIMAL";
    case ColumnType::enumeration:
        return "ENUM";
    case ColumnType::set:
        return "SET";
    case ColumnType::tiny_blob:
    case ColumnType::medium_blob:
    case ColumnType::long_blob:
    case ColumnType::blob:
        return "BLOB or TEXT";
    case ColumnType::var_string:
        return "VARCHAR";
    case ColumnType::string:
        return "CHAR";
    case ColumnType::geometry:
        return "GEOMETRY";
    }
    return "unknown";
}

/// What the server says of one column of a result.
struct Column {
    /// As selected, so the alias where there is one.
    std::string name;
    /// Empty for an expression.
    std::string table;
    /// Of which `table` is the alias, where it is one. Of a column of a view, servers differ about which of the two they name.
    std::string original_table;
    std::string schema;
    std::string original_name;
    ColumnType type = ColumnType::null;
    /// What MariaDB (10.5 and later) calls the type where `type` and `is_binary` do not tell it: `uuid`, `inet4`, `inet6`,
    /// `json`, `point` and other shapes. Empty for other types, and on MySQL, where `type` tells.
    std::string extended_type;
    /// Whether the server says that it may be NULL.
    bool nullable = true;
    /// Of a number: no negative values.
    bool is_unsigned = false;
    /// Of a number: the server writes it in text with zeros in front, up to `length`.
    bool is_zero_filled = false;
    /// Bytes rather than characters: the collation is `binary`.
    bool is_binary = false;
    /// The number of the collation, as in information_schema.collations; 63 of what is no text. It tells in which
    /// character set a text comes, which is `character_set_results`.
    std::uint16_t collation = 0;
    /// Part of the primary key.
    bool is_primary_key = false;
    /// A unique key consists of it alone.
    bool is_unique_key = false;
    /// The first column of a key that is not unique, or has several columns.
    bool is_multiple_key = false;
    bool is_auto_increment = false;
    /// An INSERT has to give it a value.
    bool has_no_default = false;
    /// An UPDATE sets it to the current time unless told otherwise.
    bool is_updated_to_now = false;
    /// Not a column, but an OUT or INOUT parameter of a procedure. MySQL says of its text, too, that it `is_binary`.
    bool is_out_parameter = false;
    /// The longest value in bytes, as declared.
    std::uint32_t length = 0;
    /// Digits behind the point, or of the fraction of a second. 31 of a floating-point number that has as many as it needs,
    /// 39 where MariaDB does not know how many the fraction has, as of FROM_UNIXTIME() of a DOUBLE.
    std::uint8_t decimals = 0;

    friend bool operator==(Column const&, Column const&) = default;
};

/// The columns of a result, in its order: with size(), [] and `for` like a std::vector, which would cost every
/// file that includes sealsql more to compile.
using Columns = detail::List<Column>;

namespace detail {

/// Of a statement that gives no rows.
[[nodiscard]] inline Columns const& no_columns() noexcept
{
    static Columns const none;
    return none;
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
