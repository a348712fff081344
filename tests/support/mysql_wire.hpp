#ifndef SEALSQL_TESTS_SUPPORT_MYSQL_WIRE_HPP
#define SEALSQL_TESTS_SUPPORT_MYSQL_WIRE_HPP

// The MySQL protocol as bytes, written from the protocol documents and not from Connector/C, so
// that a test which compares the two compares two readings. Everything returns a std::string: bytes
// that Catch2 can print.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::testing::wire {

/// Capability bits of the greeting and of the login (lower 32).
namespace capability {
inline constexpr std::uint32_t long_password =
    1U << 0U; // "CLIENT_MYSQL": MariaDB servers leave it out
inline constexpr std::uint32_t found_rows = 1U << 1U;
inline constexpr std::uint32_t long_flag = 1U << 2U;
inline constexpr std::uint32_t connect_with_db = 1U << 3U;
inline constexpr std::uint32_t compress = 1U << 5U;
inline constexpr std::uint32_t local_files = 1U << 7U;
inline constexpr std::uint32_t protocol_41 = 1U << 9U;
inline constexpr std::uint32_t ssl = 1U << 11U;
inline constexpr std::uint32_t transactions = 1U << 13U;
inline constexpr std::uint32_t secure_connection = 1U << 15U;
inline constexpr std::uint32_t multi_statements = 1U << 16U;
inline constexpr std::uint32_t multi_results = 1U << 17U;
inline constexpr std::uint32_t ps_multi_results = 1U << 18U;
inline constexpr std::uint32_t plugin_auth = 1U << 19U;
inline constexpr std::uint32_t connect_attributes = 1U << 20U;
inline constexpr std::uint32_t plugin_auth_lenenc = 1U << 21U;
inline constexpr std::uint32_t session_track = 1U << 23U;
inline constexpr std::uint32_t deprecate_eof = 1U << 24U;
inline constexpr std::uint32_t progress = 1U << 29U;

/// What the scripted server offers unless told otherwise. No `deprecate_eof`: result sets end with
/// EOF packets.
inline constexpr std::uint32_t usual =
    found_rows | long_flag | connect_with_db | local_files | protocol_41 | ssl | transactions |
    secure_connection | multi_statements | multi_results | ps_multi_results | plugin_auth |
    connect_attributes | plugin_auth_lenenc | progress;
} // namespace capability

/// First byte of a command packet.
namespace command {
inline constexpr char quit = '\x01';
inline constexpr char init_db = '\x02';
inline constexpr char query = '\x03';
inline constexpr char statistics = '\x09';
inline constexpr char ping = '\x0e';
inline constexpr char change_user = '\x11';
inline constexpr char stmt_prepare = '\x16';
inline constexpr char stmt_execute = '\x17';
inline constexpr char stmt_send_long_data = '\x18';
inline constexpr char stmt_close = '\x19';
inline constexpr char stmt_reset = '\x1a';
inline constexpr char set_option = '\x1b';
inline constexpr char reset_connection = '\x1f';
} // namespace command

/// Column types as they stand in a column definition.
enum class ColumnType : std::uint8_t {
    tinyint = 1,
    smallint = 2,
    integer = 3,
    float_ = 4,
    double_ = 5,
    null = 6,
    timestamp = 7,
    bigint = 8,
    mediumint = 9,
    date = 10,
    time = 11,
    datetime = 12,
    year = 13,
    bit = 16,
    json = 245,
    decimal = 246,
    blob = 252,
    varchar = 253,
    text = 254,
};

/// The low `width` bytes of `value`, least significant first.
[[nodiscard]] inline std::string little_endian(std::uint64_t value, std::size_t width)
{
    std::string bytes(width, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(static_cast<unsigned char>(value & 0xffU));
        value >>= 8U;
    }
    return bytes;
}

/// Reads `width` bytes at `offset`, least significant first; bytes that are not there count as
/// zero.
[[nodiscard]] inline std::uint64_t read_little_endian(std::string_view bytes, std::size_t offset,
                                                      std::size_t width)
{
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
        value <<= 8U;
        if (offset + i < bytes.size())
            value |= static_cast<unsigned char>(bytes[offset + i]);
    }
    return value;
}

[[nodiscard]] inline std::string int1(std::uint64_t value) { return little_endian(value, 1); }
[[nodiscard]] inline std::string int2(std::uint64_t value) { return little_endian(value, 2); }
[[nodiscard]] inline std::string int3(std::uint64_t value) { return little_endian(value, 3); }
[[nodiscard]] inline std::string int4(std::uint64_t value) { return little_endian(value, 4); }
[[nodiscard]] inline std::string int8(std::uint64_t value) { return little_endian(value, 8); }

/// A string and the zero that ends it.
[[nodiscard]] inline std::string nul_string(std::string_view text)
{
    std::string bytes(text);
    bytes.push_back('\0');
    return bytes;
}

/// A length-encoded integer in its shortest form.
[[nodiscard]] inline std::string lenenc(std::uint64_t value)
{
    if (value < 251)
        return int1(value);
    if (value < 0x10000)
        return '\xfc' + int2(value);
    if (value < 0x1000000)
        return '\xfd' + int3(value);
    return '\xfe' + int8(value);
}

/// A length-encoded integer in the 9 byte form whatever its value: legal to read, never sent by
/// honest servers.
[[nodiscard]] inline std::string lenenc_long(std::uint64_t value) { return '\xfe' + int8(value); }

/// A length and the bytes.
[[nodiscard]] inline std::string lenenc_string(std::string_view text)
{
    return lenenc(text.size()).append(text);
}

/// A length that lies, and the bytes.
[[nodiscard]] inline std::string lying_string(std::uint64_t claimed, std::string_view text)
{
    return lenenc_long(claimed).append(text);
}

/// Largest payload that one packet carries.
inline constexpr std::size_t largest_payload = 0xffffff;

/// A packet whose header claims `claimed` bytes, whatever the payload is.
[[nodiscard]] inline std::string lying_packet(std::uint8_t sequence, std::size_t claimed,
                                              std::string_view payload)
{
    return int3(claimed).append(int1(sequence)).append(payload);
}

/// A payload with its header; one of 16 MiB or more becomes several packets.
[[nodiscard]] inline std::string packet(std::uint8_t sequence, std::string_view payload)
{
    std::string bytes;
    while (payload.size() >= largest_payload) {
        bytes += lying_packet(sequence++, largest_payload, payload.substr(0, largest_payload));
        payload.remove_prefix(largest_payload);
    }
    return bytes += lying_packet(sequence, payload.size(), payload);
}

/// The first packet of a connection, and the ways to get it wrong.
struct GreetingOptions {
    std::uint8_t protocol = 10;
    std::string server_version =
        "5.5.5-10.11.6-MariaDB"; // MariaDB's prefix: Connector/C takes a server for MariaDB by it
    std::uint32_t connection_id = 7;
    std::string scramble = "abcdefghijklmnopqrst";
    std::uint32_t capabilities = capability::usual;
    std::uint32_t mariadb_capabilities =
        1; // MARIADB_CLIENT_PROGRESS; only looked at when `long_password` is absent
    std::uint8_t character_set = 45;
    std::uint16_t status = 2;
    std::string auth_plugin = "mysql_native_password";
    std::uint8_t sequence = 0;
    std::optional<std::size_t> payload_size =
        {}; // shorter payload under an honest header: "truncated greeting"
    std::optional<std::size_t> wire_size =
        {}; // shorter packet under the full header: the rest never comes

    [[nodiscard]] GreetingOptions with(std::uint32_t bits) const
    {
        GreetingOptions copy = *this;
        copy.capabilities |= bits;
        return copy;
    }
    [[nodiscard]] GreetingOptions without(std::uint32_t bits) const
    {
        GreetingOptions copy = *this;
        copy.capabilities &= ~bits;
        return copy;
    }
    [[nodiscard]] GreetingOptions with_plugin(std::string name) const
    {
        GreetingOptions copy = *this;
        copy.auth_plugin = std::move(name);
        return copy;
    }
};

/// A greeting as MySQL 9 sends it.
[[nodiscard]] inline GreetingOptions mysql_greeting()
{
    GreetingOptions options;
    options.server_version = "9.7.0";
    options.capabilities = (capability::usual | capability::long_password) & ~capability::progress;
    options.mariadb_capabilities = 0;
    options.auth_plugin = "caching_sha2_password";
    return options;
}

/// The same greeting with the TLS offer taken away: what an attacker on the path does.
[[nodiscard]] inline GreetingOptions stripped(GreetingOptions const& options = {})
{
    return options.without(capability::ssl);
}

/// The bytes of a greeting, header included.
[[nodiscard]] inline std::string greeting_packet(GreetingOptions const& options = {})
{
    std::string payload =
        int1(options.protocol) + nul_string(options.server_version) + int4(options.connection_id);
    payload += nul_string(std::string_view(options.scramble).substr(0, 8));
    payload += int2(options.capabilities) + int1(options.character_set) + int2(options.status) +
               int2(options.capabilities >> 16U);
    payload += int1(
        (options.capabilities & capability::plugin_auth) != 0 ? options.scramble.size() + 1 : 0);
    payload += std::string(6, '\0') + int4(options.mariadb_capabilities);
    if (options.scramble.size() > 8)
        payload += nul_string(std::string_view(options.scramble).substr(8));
    if ((options.capabilities & capability::plugin_auth) != 0)
        payload += nul_string(options.auth_plugin);
    if (options.payload_size)
        payload.resize(*options.payload_size);
    std::string bytes = packet(options.sequence, payload);
    if (options.wire_size)
        bytes.resize(*options.wire_size);
    return bytes;
}

/// Payload of an OK packet.
[[nodiscard]] inline std::string ok(std::uint64_t affected_rows = 0,
                                    std::uint64_t last_insert_id = 0, std::string_view info = {},
                                    std::uint16_t status = 2, std::uint16_t warnings = 0)
{
    return ('\0' + lenenc(affected_rows) + lenenc(last_insert_id) + int2(status) + int2(warnings))
        .append(info);
}

/// Payload of an ERR packet. `sqlstate` may be empty: the form used before the capabilities are
/// settled.
[[nodiscard]] inline std::string error(std::uint16_t code, std::string_view sqlstate,
                                       std::string_view message)
{
    std::string payload = '\xff' + int2(code);
    if (!sqlstate.empty())
        payload.append("#").append(sqlstate);
    return payload.append(message);
}

/// Payload of an EOF packet.
[[nodiscard]] inline std::string eof(std::uint16_t warnings = 0, std::uint16_t status = 2)
{
    return '\xfe' + int2(warnings) + int2(status);
}

/// Server status bit: another result follows.
inline constexpr std::uint16_t more_results = 8;

/// Payload that asks the client to log in with another plugin.
[[nodiscard]] inline std::string auth_switch(std::string_view plugin,
                                             std::string_view data = "abcdefghijklmnopqrst")
{
    return '\xfe' + nul_string(plugin) + nul_string(data);
}

/// Payload of one more word in the middle of a login.
[[nodiscard]] inline std::string auth_more(std::string_view data)
{
    return std::string("\x01").append(data);
}

/// Payload that asks the client for one of its files.
[[nodiscard]] inline std::string local_infile(std::string_view file_name)
{
    return std::string("\xfb").append(file_name);
}

/// Payload of a MariaDB progress report: an ERR packet that is none, after which the client reads
/// on.
[[nodiscard]] inline std::string progress(std::uint8_t stage = 1, std::uint8_t stages = 9,
                                          std::uint32_t thousandths_of_percent = 1000,
                                          std::string_view info = "working")
{
    return '\xff' + int2(0xffff) + int1(1) + int1(stage) + int1(stages) +
           int3(thousandths_of_percent) + lenenc_string(info);
}

/// One column of a result.
struct Column {
    std::string name = "c";
    ColumnType type = ColumnType::varchar;
    std::uint16_t flags = 0;
    std::uint16_t character_set = 45;
    std::uint32_t length = 1024;
    std::uint8_t decimals = 0;
    std::string table = "t";
    std::string schema = "test";
};

/// Payload of a column definition.
[[nodiscard]] inline std::string column_definition(Column const& column = {})
{
    return lenenc_string("def") + lenenc_string(column.schema) + lenenc_string(column.table) +
           lenenc_string(column.table) + lenenc_string(column.name) + lenenc_string(column.name) +
           int1(12) + int2(column.character_set) + int4(column.length) +
           int1(static_cast<std::uint8_t>(column.type)) + int2(column.flags) +
           int1(column.decimals) + int2(0);
}

/// The values of a text row; nothing means NULL.
using TextRow = std::vector<std::optional<std::string>>;

/// Payload of a text row.
[[nodiscard]] inline std::string text_row(TextRow const& values)
{
    std::string payload;
    for (auto const& value : values)
        payload += value ? lenenc_string(*value) : std::string("\xfb");
    return payload;
}

/// Payload of a row of a prepared statement: header, NULL bitmap, then `values` as they are.
[[nodiscard]] inline std::string binary_row(std::size_t columns, std::string_view values,
                                            std::vector<std::size_t> const& nulls = {})
{
    std::string bitmap((columns + 9) / 8, '\0');
    for (const std::size_t column : nulls) {
        char& byte = bitmap.at((column + 2) / 8);
        byte = static_cast<char>(static_cast<unsigned char>(byte) | (1U << ((column + 2) % 8)));
    }
    return ('\0' + bitmap).append(values);
}

/// Payload of the first answer to a prepare.
[[nodiscard]] inline std::string prepare_ok(std::uint32_t statement_id, std::uint16_t columns,
                                            std::uint16_t parameters)
{
    return '\0' + int4(statement_id) + int2(columns) + int2(parameters) + int1(0) + int2(0);
}

/// Rows that no honest server sends, as payloads that work in text and (behind `binary_row`) in
/// binary results.
namespace malformed {

/// A value that may not be read, and what is wrong with it.
struct Value {
    std::string name;
    std::string bytes;
};

/// Every way in which one length-encoded value can lie. Each is the *last* thing in its row.
[[nodiscard]] inline std::vector<Value> values()
{
    using namespace std::string_literals;
    return {
        {"nothing at all", ""s},
        {"2 byte length, no byte there", "\xfc"s},
        {"2 byte length, 1 byte there", "\xfc\x01"s},
        {"3 byte length, 2 bytes there", "\xfd\x01\x02"s},
        {"8 byte length, none there", "\xfe"s},
        {"8 byte length, 7 bytes there", "\xfe\x01\x02\x03\x04\x05\x06\x07"s},
        {"length one beyond the row", "\x04"s + "abc"},
        {"length far beyond the row", "\xfa"s + "abc"},
        {"2 byte length beyond the row", "\xfc\xff\xff"s + "abc"},
        {"3 byte length beyond the row", "\xfd\xff\xff\xff"s + "abc"},
        {"length of 4 GiB", lying_string(0x1'0000'0000U, "abc")},
        {"length of 4 GiB and 3: right when cut to 32 bits", lying_string(0x1'0000'0003U, "abc")},
        {"length of 2^63", lying_string(0x8000'0000'0000'0000U, "abc")},
        {"length of 2^64 - 1: pointer arithmetic wraps",
         lying_string(0xffff'ffff'ffff'ffffU, "abc")},
        {"0xff, which is no length", "\xff"s + "abc"},
    };
}

} // namespace malformed

/// Size of the packet by which a client asks for TLS.
inline constexpr std::size_t ssl_request_size = 36;

/// The packet by which a client asks for TLS.
[[nodiscard]] inline std::string ssl_request(std::uint32_t capabilities = capability::usual,
                                             std::uint8_t sequence = 1)
{
    return packet(sequence,
                  int4(capabilities) + int4(1U << 24U) + int1(45) + std::string(23, '\0'));
}

/// Whether `bytes` begin with a packet that asks for TLS and carries nothing more.
[[nodiscard]] inline bool begins_with_ssl_request(std::string_view bytes)
{
    return bytes.size() >= ssl_request_size &&
           read_little_endian(bytes, 0, 3) == ssl_request_size - 4 &&
           (read_little_endian(bytes, 4, 4) & capability::ssl) != 0;
}

/// The login packet of a client.
[[nodiscard]] inline std::string login(std::uint8_t sequence, std::string_view user,
                                       std::string_view auth_response,
                                       std::string_view plugin = "mysql_native_password",
                                       std::uint32_t capabilities = capability::usual)
{
    return packet(
        sequence,
        int4(capabilities & ~capability::connect_with_db & ~capability::connect_attributes) +
            int4(1U << 24U) + int1(45) + std::string(23, '\0') + nul_string(user) +
            lenenc_string(auth_response) + nul_string(plugin));
}

/// A command packet of a client.
[[nodiscard]] inline std::string command_packet(char command, std::string_view argument = {})
{
    return packet(0, std::string(1, command).append(argument));
}

/// Whether a client said more in plaintext than "let us speak TLS". TLS handshake, alert and
/// change-cipher records after the request are part of that; application data is not, unless
/// `application_data_allowed` (someone else ended the TLS).
[[nodiscard]] inline bool says_more_than_ssl_request(std::string_view stream,
                                                     bool application_data_allowed = false)
{
    if (stream.empty())
        return false;
    if (!begins_with_ssl_request(stream))
        return true;
    stream.remove_prefix(ssl_request_size);
    while (!stream.empty()) {
        auto const type = static_cast<unsigned char>(stream[0]);
        if (type < 20 || type > (application_data_allowed ? 23 : 22))
            return true;
        if (stream.size() > 1 && stream[1] != 3)
            return true;
        if (stream.size() < 5)
            return false; // the head of a record, cut off
        const std::size_t size =
            5 + (static_cast<std::size_t>(static_cast<unsigned char>(stream[3])) << 8U) +
            static_cast<unsigned char>(stream[4]);
        stream.remove_prefix(size < stream.size() ? size : stream.size());
    }
    return false;
}

/// Bytes for a failure message: printable text as it is, the rest as \xNN.
[[nodiscard]] inline std::string printable(std::string_view bytes, std::size_t at_most = 400)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char const c : bytes.substr(0, at_most)) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
            text.push_back(c);
        } else {
            text.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
        }
    }
    if (bytes.size() > at_most)
        text += "...";
    return text;
}

} // namespace sealsql::testing::wire

#endif
