#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// @file
/// A server's answer to a statement, packet by packet, in the text protocol. Sans-I/O: one packet's
/// payload in, its meaning out; whoever moves the bytes (blocking today, coroutines later) shares it.
/// Every packet may be hostile: a parser gives false for whatever does not fit, and
/// reads nothing out of bounds.
///
/// ERR packets do not come here: Connector/C's packet reader turns them into its error state.
/// See "Text Protocol", "OK_Packet", "EOF_Packet" and "Protocol::ColumnDefinition41" in MySQL's source
/// documentation, and "Result Set Packets" of MariaDB for its extensions.

namespace sealsql::inline SEALSQL_ABI::detail {

inline constexpr std::uint16_t status_more_results = 0x0008;

/// What a statement without rows, or the end of the rows, reports.
struct Completion {
    std::uint64_t affected_rows = 0;
    std::uint64_t last_insert_id = 0;
    std::uint16_t status = 0;
    std::uint16_t warnings = 0;

    [[nodiscard]] bool more_results() const noexcept { return (status & status_more_results) != 0; }
};

enum class ReplyKind : std::uint8_t { completion, local_infile, columns, malformed };

/// The first packet of an answer: an OK packet, a request for a local file, or a number of columns.
struct ReplyHeader {
    ReplyKind kind = ReplyKind::malformed;
    Completion completion;
    std::size_t columns = 0;
};

/// More than any server allows (4096), and few enough that no reply makes us reserve much.
inline constexpr std::size_t max_columns = 65'535;

/// @return false if it is none
[[nodiscard]] inline bool parse_ok(Bytes packet, Completion& completion) noexcept
{
    WireReader reader{packet};
    std::uint64_t const marker = reader.integer<1>();
    completion.affected_rows = reader.length_encoded_integer();
    completion.last_insert_id = reader.length_encoded_integer();
    completion.status = static_cast<std::uint16_t>(reader.integer<2>());
    completion.warnings = static_cast<std::uint16_t>(reader.integer<2>());
    return marker == 0 && reader.ok();
}

[[nodiscard]] inline bool is_eof(Bytes packet) noexcept
{
    return packet.size() == 5 && packet[0] == std::byte{0xFE};
}

[[nodiscard]] inline Completion parse_eof(Bytes packet) noexcept
{
    WireReader reader{packet};
    reader.skip(1);
    Completion completion;
    completion.warnings = static_cast<std::uint16_t>(reader.integer<2>());
    completion.status = static_cast<std::uint16_t>(reader.integer<2>());
    return completion;
}

[[nodiscard]] inline ReplyHeader parse_reply_header(Bytes packet) noexcept
{
    if (packet.empty())
        return {};
    switch (std::to_integer<unsigned>(packet[0])) {
    case 0x00: {
        ReplyHeader header{.kind = ReplyKind::completion, .completion = {}, .columns = 0};
        if (parse_ok(packet, header.completion))
            return header;
        return {};
    }
    case 0xFB:
        return {.kind = ReplyKind::local_infile, .completion = {}, .columns = 0};
    default:
        WireReader reader{packet};
        std::uint64_t const columns = reader.length_encoded_integer();
        // MariaDB says in one more byte that the column definitions follow, which a text reply
        // cannot do without.
        bool const definitions_follow = reader.remaining() == 0 || reader.integer<1>() == 1;
        if (!reader.ok() || reader.remaining() != 0 || !definitions_follow || columns == 0 ||
            columns > max_columns)
            return {};
        return {.kind = ReplyKind::columns,
                .completion = {},
                .columns = static_cast<std::size_t>(columns)};
    }
}

/// One column of a result as the server describes it; texts are views into the packet.
struct ColumnDefinition {
    std::string_view schema;
    std::string_view table;
    std::string_view name;
    std::string_view original_name;
    std::uint16_t character_set = 0;
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint16_t flags = 0;
    std::uint8_t decimals = 0;
};

/// @return false if it is none
[[nodiscard]] inline bool parse_column_definition(Bytes packet, ColumnDefinition& column) noexcept
{
    constexpr std::size_t fixed_size = 13; // the length of what follows, and twelve bytes
    WireReader reader{packet};
    static_cast<void>(reader.length_encoded_text()); // catalogue, always "def"
    column.schema = reader.length_encoded_text();
    column.table = reader.length_encoded_text();
    static_cast<void>(reader.length_encoded_text()); // original table
    column.name = reader.length_encoded_text();
    column.original_name = reader.length_encoded_text();
    // MariaDB puts extended metadata in between, as one text.
    if (reader.remaining() != fixed_size)
        static_cast<void>(reader.length_encoded_text());
    bool const fits = reader.remaining() == fixed_size && reader.integer<1>() == fixed_size - 1;
    column.character_set = static_cast<std::uint16_t>(reader.integer<2>());
    column.length = static_cast<std::uint32_t>(reader.integer<4>());
    column.type = static_cast<std::uint8_t>(reader.integer<1>());
    column.flags = static_cast<std::uint16_t>(reader.integer<2>());
    column.decimals = static_cast<std::uint8_t>(reader.integer<1>());
    return fits && reader.ok();
}

/// One value of a row as it came; null when `data` is null. A view into the packet.
struct Cell {
    char const* data = nullptr;
    std::size_t size = 0;

    [[nodiscard]] bool is_null() const noexcept { return data == nullptr; }
    [[nodiscard]] std::string_view text() const noexcept { return {data, size}; }
};

/// Splits a text row into exactly `cells.size()` values.
/// @return false if the packet does not hold exactly so many
[[nodiscard]] inline bool parse_text_row(Bytes packet, View<Cell> cells) noexcept
{
    constexpr std::uint8_t null_marker = 0xFB;
    WireReader reader{packet};
    for (Cell& cell : cells) {
        if (reader.remaining() != 0 && reader.peek() == null_marker) {
            reader.skip(1);
            cell = Cell{};
        } else {
            std::string_view const text = reader.length_encoded_text();
            cell = Cell{text.data(), text.size()};
        }
    }
    return reader.ok() && reader.remaining() == 0;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
