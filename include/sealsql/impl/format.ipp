#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/format.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/parameter_writer.ipp>
#include <sealsql/impl/value.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/value.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE LiteralRules literal_rules(Connection& connection)
{
    LiteralRules rules{connection.character_set(), connection.backslash_escapes()};
    detail::check(rules);
    return rules;
}

namespace detail {

SEALSQL_INLINE void check(LiteralRules const& rules)
{
    if (!is_ascii_superset(rules.character_set))
        throw_unsafe_character_set(rules.character_set);
}

SEALSQL_INLINE void append_to_next_place(std::string& text, std::string_view format,
                                         std::size_t& at)
{
    // The format was checked: a brace that is not one of two is a place, or within quotes.
    SqlScanner scanner{format};
    scanner.move_to(at);
    while (scanner.next()) {
        if (scanner.mark() != '{' && scanner.mark() != '}')
            continue;
        text.append(format, at, scanner.begin() - at);
        at = scanner.end() + 1;
        if (format[scanner.end()] != scanner.mark())
            return;
        text += scanner.mark();
        scanner.move_to(at);
    }
    text.append(format, at);
    at = format.size();
}

SEALSQL_INLINE void append_hex(std::string& text, std::string_view bytes)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    text += "x'";
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    text += '\'';
}

SEALSQL_INLINE void append_text_literal(std::string& text, LiteralRules const& rules,
                                        std::string_view value, std::size_t index)
{
    if (!is_representable(value, text_rule(rules.character_set)))
        throw client_error(
            error_code::unknown_error,
            concat({"value ", std::to_string(index + 1), " is not text in the character set ",
                    rules.character_set, "; nothing was sent"}),
            "give bytes as std::vector<std::byte> or std::span<std::byte const>", "22021");
    if (!rules.backslash_escapes && value.find('\\') != std::string_view::npos) {
        // Whoever is wrong about the mode must not let the text out of its quotes.
        append_hex(text.append(1, '_').append(rules.character_set).append(1, ' '), value);
        return;
    }
    text += '\'';
    for (char const c : value)
        text.append(c == '\'' || c == '\\' ? 2 : 1, c);
    text += '\'';
}

/// Dates and times as servers write them, with six digits behind the point.
SEALSQL_INLINE void append_temporal_literal(std::string& text, ColumnType type,
                                            std::string_view bytes)
{
    constexpr std::uint8_t microseconds = 6;
    bool const is_time = type == ColumnType::time;
    Column column;
    column.type = type;
    column.decimals = microseconds;
    FieldView field{is_time ? WireForm::time : WireForm::datetime, column};
    field.set(bytes.data(), bytes.size());
    // No day of the calendar, such as a zero date: what may be inserted as a text is no literal of a date.
    constexpr unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned const year = byte_of(field, 0) | byte_of(field, 1) << 8U;
    unsigned const month = byte_of(field, 2);
    unsigned const day = byte_of(field, 3);
    bool const is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    bool const is_day = year != 0 && month >= 1 && month <= 12 && day >= 1 &&
                        day <= days[month - 1] && (month != 2 || day != 29 || is_leap);
    text += is_time ? "TIME'" : !is_day ? "'" : type == ColumnType::date ? "DATE'" : "TIMESTAMP'";
    append_text(text, field);
    text += '\'';
}

template <class Number>
void append_floating_literal(std::string& text, Number number)
{
    std::array<char, 64> buffer{};
    auto const result = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                      static_cast<double>(number), std::chars_format::scientific);
    text.append(buffer.data(), result.ptr);
}

SEALSQL_INLINE void append_literal(std::string& text, LiteralRules const& rules, ParameterType type,
                                   Bytes bytes, std::size_t index)
{
    Column column;
    column.type = type.type;
    column.is_unsigned = type.is_unsigned;
    FieldView field{binary_form(column), column};
    WireReader reader{bytes};
    switch (type.type) {
    case ColumnType::tiny_int:
    case ColumnType::small_int:
    case ColumnType::integer:
    case ColumnType::big_int:
        field.set(as_text(bytes.data()), bytes.size());
        append_text(text, field);
        return;
    case ColumnType::float_:
        field.set(as_text(bytes.data()), bytes.size());
        append_floating_literal(text, load<float>(field));
        return;
    case ColumnType::double_:
        field.set(as_text(bytes.data()), bytes.size());
        append_floating_literal(text, load<double>(field));
        return;
    case ColumnType::decimal:
        text += reader.length_encoded_text();
        return;
    case ColumnType::date:
    case ColumnType::time:
    case ColumnType::datetime:
        append_temporal_literal(text, type.type, reader.length_encoded_text());
        return;
    case ColumnType::blob:
        append_hex(text += "_binary ", reader.length_encoded_text());
        return;
    case ColumnType::null:
        text += "NULL";
        return;
    default:
        append_text_literal(text, rules, reader.length_encoded_text(), index);
        return;
    }
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
