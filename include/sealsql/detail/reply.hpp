#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/field_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// @file
/// A server's answer to a statement, packet by packet, in both protocols. Sans-I/O: one packet's
/// payload in, its meaning out; whoever moves the bytes (blocking today, coroutines later) shares it.
/// Every packet may be hostile: a parser gives false for whatever does not fit, and
/// reads nothing out of bounds.
///
/// See "Text Protocol", "Binary Protocol Resultset Row", "COM_STMT_PREPARE Response", "OK_Packet",
/// "EOF_Packet", "ERR_Packet" and "Protocol::ColumnDefinition41" in MySQL's source documentation, and
/// "Result Set Packets" of MariaDB for its extensions.

namespace sealsql::inline SEALSQL_ABI::detail {

inline constexpr std::uint16_t status_in_transaction = 0x0001;
inline constexpr std::uint16_t status_more_results = 0x0008;
inline constexpr std::uint16_t status_out_parameters = 0x1000;

/// What a statement without rows, or the end of the rows, reports.
struct Completion {
    std::uint64_t affected_rows = 0;
    std::uint64_t last_insert_id = 0;
    std::uint16_t status = 0;
    std::uint16_t warnings = 0;

    [[nodiscard]] bool more_results() const noexcept { return (status & status_more_results) != 0; }

    [[nodiscard]] bool in_transaction() const noexcept
    {
        return (status & status_in_transaction) != 0;
    }
};

enum class ReplyKind : std::uint8_t { completion, local_infile, columns, malformed };

/// The first packet of an answer: an OK packet, a request for a local file, or a number of columns.
struct ReplyHeader {
    ReplyKind kind = ReplyKind::malformed;
    Completion completion;
    std::size_t columns = 0;
    /// Whether the columns are described. MariaDB leaves that out where a prepared statement's have not
    /// changed.
    bool definitions_follow = true;
};

/// An ERR packet; the texts are views into it.
struct ServerError {
    int code = 0;
    std::string_view sqlstate;
    std::string_view message;
};

/// MariaDB's ERR packet that is no error, but tells how far a long statement has come.
inline constexpr int progress_report = 0xFFFF;

[[nodiscard]] inline bool is_error(Bytes packet) noexcept
{
    return !packet.empty() && packet[0] == std::byte{0xFF};
}

/// @return false if it is none
[[nodiscard]] inline bool parse_error(Bytes packet, ServerError& error) noexcept
{
    constexpr std::size_t sqlstate_size = 5;
    WireReader reader{packet};
    bool const is_error = reader.integer<1>() == 0xFF;
    error.code = static_cast<int>(reader.integer<2>());
    error.sqlstate = "HY000";
    if (reader.peek() == '#') {
        reader.skip(1);
        error.sqlstate = reader.text(sqlstate_size);
    }
    error.message = reader.rest();
    return is_error && reader.ok();
}

/// The first packet of the answer to COM_STMT_PREPARE.
struct PrepareReply {
    std::uint32_t id = 0;
    std::uint16_t columns = 0;
    std::uint16_t parameters = 0;
    std::uint16_t warnings = 0;
};

/// @return false if it is none
[[nodiscard]] inline bool parse_prepare_reply(Bytes packet, PrepareReply& reply) noexcept
{
    WireReader reader{packet};
    std::uint64_t const marker = reader.integer<1>();
    reply.id = static_cast<std::uint32_t>(reader.integer<4>());
    reply.columns = static_cast<std::uint16_t>(reader.integer<2>());
    reply.parameters = static_cast<std::uint16_t>(reader.integer<2>());
    reader.skip(1);
    reply.warnings = static_cast<std::uint16_t>(reader.integer<2>());
    return marker == 0 && reader.ok();
}

/// More than any server allows (4096), and few enough that no reply makes us reserve much.
inline constexpr std::size_t max_columns = 65'535;

/// The text for people that ends an OK packet, if there is one and it has its form.
[[nodiscard]] inline std::string_view find_info(Bytes packet) noexcept
{
    constexpr std::size_t longest = 512; // of all that servers say
    WireReader reader{packet};
    bool const is_ok = reader.integer<1>() == 0;
    static_cast<void>(reader.length_encoded_integer()); // affected rows
    static_cast<void>(reader.length_encoded_integer()); // last inserted id
    reader.skip(2 + 2);                                 // status, warnings
    if (!is_ok || reader.remaining() == 0)
        return {};
    std::string_view const info = reader.length_encoded_text();
    return reader.ok() && info.size() <= longest ? info : std::string_view{};
}

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
        ReplyHeader header;
        header.kind = ReplyKind::completion;
        if (parse_ok(packet, header.completion))
            return header;
        return {};
    }
    case 0xFB: {
        ReplyHeader header;
        header.kind = ReplyKind::local_infile;
        return header;
    }
    default:
        WireReader reader{packet};
        std::uint64_t const columns = reader.length_encoded_integer();
        // MariaDB says in one more byte whether the column definitions follow.
        std::uint64_t const follows = reader.remaining() == 0 ? 1 : reader.integer<1>();
        if (!reader.ok() || reader.remaining() != 0 || follows > 1 || columns == 0 ||
            columns > max_columns)
            return {};
        ReplyHeader header;
        header.kind = ReplyKind::columns;
        header.columns = static_cast<std::size_t>(columns);
        header.definitions_follow = follows == 1;
        return header;
    }
}

/// One column of a result as the server describes it; texts are views into the packet.
struct ColumnDefinition {
    std::string_view schema;
    std::string_view table;
    std::string_view original_table;
    std::string_view name;
    std::string_view original_name;
    std::string_view extended_type;
    std::uint16_t character_set = 0;
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint16_t flags = 0;
    std::uint8_t decimals = 0;
};

/// What MariaDB's extended metadata calls the type: pairs of a number and a text, of which 0 is a type and 1 a format. What
/// is not of that form, or longer than any name, says nothing.
[[nodiscard]] inline std::string_view find_extended_type(std::string_view metadata) noexcept
{
    constexpr std::size_t longest_name = 64;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
    WireReader reader{{reinterpret_cast<std::byte const*>(metadata.data()), metadata.size()}};
    std::string_view found;
    while (reader.remaining() != 0) {
        std::uint64_t const kind = reader.integer<1>();
        std::string_view const name = reader.length_encoded_text();
        if (!reader.ok() || name.size() > longest_name)
            return {};
        if (kind <= 1 && !name.empty())
            found = name;
    }
    return found;
}

/// @return false if it is none
[[nodiscard]] inline bool parse_column_definition(Bytes packet, ColumnDefinition& column) noexcept
{
    constexpr std::size_t fixed_size = 13; // the length of what follows, and twelve bytes
    WireReader reader{packet};
    static_cast<void>(reader.length_encoded_text()); // catalogue, always "def"
    column.schema = reader.length_encoded_text();
    column.table = reader.length_encoded_text();
    column.original_table = reader.length_encoded_text();
    column.name = reader.length_encoded_text();
    column.original_name = reader.length_encoded_text();
    // MariaDB puts extended metadata in between, as one text.
    column.extended_type = {};
    if (reader.remaining() != fixed_size && reader.ok())
        column.extended_type = find_extended_type(reader.length_encoded_text());
    bool const fits = reader.remaining() == fixed_size && reader.integer<1>() == fixed_size - 1;
    column.character_set = static_cast<std::uint16_t>(reader.integer<2>());
    column.length = static_cast<std::uint32_t>(reader.integer<4>());
    column.type = static_cast<std::uint8_t>(reader.integer<1>());
    column.flags = static_cast<std::uint16_t>(reader.integer<2>());
    column.decimals = static_cast<std::uint8_t>(reader.integer<1>());
    return fits && reader.ok();
}

/// The length of a length-encoded element at `at`, which then moves behind it. The usual length, one byte, is
/// dealt with here; anything else as WireReader does it.
/// @return whether length and element lie before `end`
[[nodiscard, gnu::noinline]] inline bool take_length(std::byte const*& at, std::byte const* end,
                                                     std::size_t& length) noexcept
{
    if (at == end)
        return false;
    length = std::to_integer<std::size_t>(*at);
    if (length < 0xFB) {
        ++at;
    } else {
        WireReader reader{{at, static_cast<std::size_t>(end - at)}};
        std::uint64_t const large = reader.length_encoded_integer();
        if (!reader.ok() || large > reader.remaining())
            return false;
        at = end - reader.remaining();
        length = static_cast<std::size_t>(large);
    }
    return length <= static_cast<std::size_t>(end - at);
}

[[nodiscard]] inline char const* as_text(std::byte const* bytes) noexcept
{
    return reinterpret_cast<char const*>(bytes); // NOLINT: bytes as text
}

/// Splits a text row into exactly `fields.size()` values.
/// @return false if the packet does not hold exactly so many
[[nodiscard]] inline bool parse_text_row(Bytes packet, View<FieldView> fields) noexcept
{
    constexpr std::byte null_marker{0xFB};
    std::byte const* at = packet.begin();
    std::byte const* const end = packet.end();
    for (FieldView& field : fields) {
        auto const left = static_cast<std::size_t>(end - at);
        if (left == 0)
            return false;
        std::size_t size = std::to_integer<std::size_t>(*at);
        if (size < 0xFB && size < left) {
            ++at;
        } else if (*at == null_marker) {
            ++at;
            field.set_null();
            continue;
        } else {
            std::byte const* behind = at; // of its own, so that `at` need not have an address
            std::size_t large = 0;
            if (!take_length(behind, end, large))
                return false;
            at = behind;
            size = large;
        }
        field.set(as_text(at), size);
        at += size;
    }
    return at == end;
}

/// Whether a date (0, 4, 7 or 11 bytes) or time (0, 8 or 12) can have this size.
[[nodiscard]] inline bool is_temporal_size(WireForm form, std::size_t size) noexcept
{
    constexpr unsigned dates = 1U << 0U | 1U << 4U | 1U << 7U | 1U << 11U;
    constexpr unsigned times = 1U << 0U | 1U << 8U | 1U << 12U;
    return size <= 12 && ((form == WireForm::datetime ? dates : times) >> size & 1U) != 0;
}

/// Splits a binary row into exactly `fields.size()` values, each of its field's form.
/// @return false if the packet does not hold exactly so many
[[nodiscard]] inline bool parse_binary_row(Bytes packet, View<FieldView> fields) noexcept
{
    // A zero, then a bit for each column, the first two of them unused.
    std::size_t const nulls_size = (fields.size() + 9) / 8;
    if (packet.size() < 1 + nulls_size || packet[0] != std::byte{0})
        return false;
    std::byte const* nulls = packet.data() + 1;
    std::byte const* at = nulls + nulls_size;
    std::byte const* const end = packet.end();
    unsigned bits = std::to_integer<unsigned>(*nulls) >> 2U | 0x40U; // above the last bit, a one
    for (FieldView& field : fields) {
        if (bits == 1) // all bits of that byte were used
            bits = std::to_integer<unsigned>(*++nulls) | 0x100U;
        bool const is_null = (bits & 1U) != 0;
        bits >>= 1U;
        if (is_null) {
            field.set_null();
            continue;
        }
        auto const left = static_cast<std::size_t>(end - at);
        std::size_t size = field.fixed_size();
        if (size == 0) {
            if (left == 0)
                return false;
            size = std::to_integer<std::size_t>(*at);
            if (size < 0xFB && size < left) {
                ++at;
            } else {
                std::byte const* behind = at; // of its own, so that `at` need not have an address
                std::size_t large = 0;
                if (!take_length(behind, end, large))
                    return false;
                at = behind;
                size = large;
            }
            if (!field.is_text() && !is_temporal_size(field.form(), size))
                return false;
        } else if (size > left) {
            return false;
        }
        field.set(as_text(at), size);
        at += size;
    }
    return at == end;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
