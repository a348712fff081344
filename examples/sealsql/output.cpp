#include "output.hpp"

#include "json_text.hpp"
#include "terminal_text.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

namespace {

std::string tab_escaped(std::string_view text)
{
    constexpr std::string_view special{"\t\n\\\0", 4};
    constexpr std::string_view letters = "tn\\0";
    std::string escaped;
    escaped.reserve(text.size());
    for (char const c : text) {
        if (auto const which = special.find(c); which != std::string_view::npos)
            escaped += {'\\', letters[which]};
        else
            escaped += c;
    }
    return escaped;
}

bool is_number(sealsql::ColumnType type)
{
    using enum sealsql::ColumnType;
    constexpr std::array numbers{tiny_int, small_int, medium_int, integer, big_int,
                                 year,     decimal,   float_,     double_, null};
    return std::ranges::find(numbers, type) != numbers.end();
}

std::string padded(std::string_view text, std::size_t width, bool to_the_right)
{
    std::string const blanks(width - std::min(width, width_of(text)), ' ');
    return to_the_right ? blanks + std::string{text} : std::string{text} + blanks;
}

using Line = std::vector<std::string>;

Line names_of(sealsql::Columns const& columns, bool to_terminal)
{
    Line names;
    for (sealsql::Column const& column : columns)
        names.push_back(to_terminal ? terminal_text(column.name) : column.name);
    return names;
}

void write_joined(std::ostream& out, Line const& line)
{
    for (std::size_t i = 0; i < line.size(); ++i)
        out << (i == 0 ? "" : "\t") << line[i];
    out << '\n';
}

/// Of those types, the values of columns that the server calls binary are bytes and no text.
bool holds_bytes(sealsql::Column const& column)
{
    using enum sealsql::ColumnType;
    constexpr std::array bytes{tiny_blob,  medium_blob, long_blob, blob,  string,
                               var_string, geometry,    bit,       vector};
    return column.type == bit || column.type == geometry ||
           (column.is_binary && std::ranges::find(bytes, column.type) != bytes.end());
}

std::string json_value(std::optional<std::string_view> value, sealsql::Column const& column)
{
    if (!value)
        return "null";
    if (is_number(column.type) && is_json_number(*value))
        return std::string{*value};
    return holds_bytes(column) ? json_bytes(*value) : json_text(*value);
}

} // namespace

void require_written(std::ostream& out)
{
    if (!out.flush())
        throw UsageError{"the output could not be written", "check that what it goes to has room"};
}

std::uint64_t write_tabs(std::ostream& out, ServerRows& rows, OutputStyle const& style)
{
    auto const written = [&](std::string_view value) {
        std::string text = style.raw ? std::string{value} : tab_escaped(value);
        return style.to_terminal ? terminal_text(text, "\t\n") : text;
    };
    std::uint64_t count = 0;
    Line line(rows.columns().size());
    for (sealsql::Row const& row : rows) {
        if (count++ == 0 && style.column_names)
            write_joined(out, names_of(rows.columns(), style.to_terminal));
        for (std::size_t i = 0; i < line.size(); ++i)
            line[i] = row[i] ? written(*row[i]) : "NULL";
        write_joined(out, line);
        if (!out)
            break;
    }
    return count;
}

std::uint64_t write_table(std::ostream& out, ServerRows& rows, OutputStyle const& style)
{
    Line const names = names_of(rows.columns(), true);
    std::size_t const columns = names.size();
    std::vector<Line> lines;
    for (sealsql::Row const& row : rows) {
        Line& line = lines.emplace_back(columns);
        for (std::size_t i = 0; i < columns; ++i)
            line[i] = row[i] ? terminal_text(*row[i]) : "NULL";
    }
    if (lines.empty())
        return 0;

    std::string rule = "+";
    std::vector<std::size_t> widths(columns);
    for (std::size_t i = 0; i < columns; ++i) {
        widths[i] = style.column_names ? width_of(names[i]) : 0;
        for (Line const& line : lines)
            widths[i] = std::max(widths[i], width_of(line[i]));
        rule += std::string(widths[i] + 2, '-') + '+';
    }
    auto const write = [&](Line const& line, bool is_header) {
        out << '|';
        for (std::size_t i = 0; i < columns; ++i)
            out << ' '
                << padded(line[i], widths[i], !is_header && is_number(rows.columns()[i].type))
                << " |";
        out << '\n';
    };
    out << rule << '\n';
    if (style.column_names) {
        write(names, true);
        out << rule << '\n';
    }
    for (Line const& line : lines)
        write(line, false);
    out << rule << '\n';
    return lines.size();
}

std::uint64_t write_json(std::ostream& out, ServerRows& rows)
{
    sealsql::Columns const columns = rows.columns();
    if (columns.empty())
        return 0;
    Line names;
    for (sealsql::Column const& column : columns) {
        std::string name = json_text(column.name);
        if (std::ranges::find(names, name) != names.end())
            throw UsageError{"two columns have the name " + terminal_text(column.name) +
                                 ", and what --json writes has room for one",
                             "give them different names with AS in the statement"};
        names.push_back(std::move(name));
    }
    out << '[';
    std::uint64_t count = 0;
    for (sealsql::Row const& row : rows) {
        out << (count++ == 0 ? "\n{" : ",\n{");
        for (std::size_t i = 0; i < names.size(); ++i)
            out << (i == 0 ? "" : ", ") << names[i] << ": " << json_value(row[i], columns[i]);
        out << '}';
        if (!out)
            break;
    }
    out << (count == 0 ? "]\n" : "\n]\n");
    return count;
}

std::uint64_t write_vertically(std::ostream& out, ServerRows& rows)
{
    Line const names = names_of(rows.columns(), true);
    std::size_t width = 0;
    for (std::string const& name : names)
        width = std::max(width, width_of(name));
    std::string const stars(27, '*');
    std::uint64_t count = 0;
    for (sealsql::Row const& row : rows) {
        out << stars << ' ' << ++count << ". row " << stars << '\n';
        for (std::size_t i = 0; i < names.size(); ++i)
            out << padded(names[i], width, true) << ": "
                << (row[i] ? terminal_text(*row[i], "\t\n") : "NULL") << '\n';
    }
    return count;
}

} // namespace cli
