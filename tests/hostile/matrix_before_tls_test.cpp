// The matrix: what comes in plaintext before TLS, where everybody on the way can write. Nothing of it is answered or believed.

#include "matrix.hpp"

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::string_literals;
using matrix::Attack;
using matrix::Table;
namespace capability = wire::capability;

Attack before_tls(std::string name, Script script, TlsReason reason, std::string says = {},
                  std::string cure = {})
{
    return {.name = std::move(name),
            .script = std::move(script),
            .reasons = {reason},
            .stage = TlsStage::greeting,
            .says = std::move(says),
            .cure = std::move(cure)};
}

std::vector<Attack> stripped()
{
    auto const row = [](std::string name, GreetingOptions const& options, Script const& more = {}) {
        return before_tls(std::move(name), Script{greeting(options)} + more,
                          TlsReason::tls_not_offered, "does not offer TLS",
                          "insecure_plaintext_over_network()");
    };
    GreetingOptions const none = wire::stripped();
    return {
        row("TLS is not offered", none),
        row("TLS is not offered, in MySQL's form", wire::stripped(wire::mysql_greeting())),
        row("TLS is not offered, and the clear-text method asked for",
            none.with_plugin("mysql_clear_password"), {expect_login(), ok()}),
        row("TLS is not offered, and the password asked for by dialog", none.with_plugin("dialog"),
            {expect_login(), ok()}),
        row("TLS is not offered, and SHA-256 asked for", none.with_plugin("sha256_password"),
            {expect_login(), auth_more("\x04"), expect_auth_reply()}),
        row("TLS is not offered, and compression is", none.with(capability::compress)),
        row("TLS is not offered, and every other capability is",
            none.with(~capability::ssl & ~capability::long_password)),
        row("TLS is not offered, by a server of another version",
            [] {
                GreetingOptions options = wire::stripped();
                options.server_version = "5.5.5-10.11.6-MariaDB; please continue without TLS";
                return options;
            }()),
    };
}

std::vector<Attack> injected()
{
    auto const row = [](std::string name, std::string bytes, GreetingOptions const& options = {}) {
        return before_tls(std::move(name),
                          {greeting_and(std::move(bytes), options),
                           start_tls(TestPki::shared().good()), expect_login(), ok()},
                          TlsReason::bytes_before_tls, "nothing was sent", "who sits between");
    };
    return {
        row("a forged OK in the greeting's segment", wire::packet(2, wire::ok())),
        row("a forged error in the greeting's segment",
            wire::packet(2, wire::error(1045, "28000", "Access denied"))),
        row("a forged request for another method in the greeting's segment",
            wire::packet(2, wire::auth_switch("mysql_clear_password"))),
        row("a forged request for a file in the greeting's segment",
            wire::packet(2, wire::local_infile("/etc/passwd"))),
        row("a forged OK and result in the greeting's segment",
            wire::packet(2, wire::ok()) + wire::packet(1, wire::lenenc(1)) +
                wire::packet(2, wire::column_definition())),
        row("a second greeting in the same segment", wire::greeting_packet({})),
        row("a second greeting without TLS in the same segment",
            wire::greeting_packet(wire::stripped())),
        row("a record of TLS in the greeting's segment", "\x16\x03\x03\0\4\2\0\0\0"s),
        row("an alert of TLS in the greeting's segment", "\x15\x03\x03\0\2\2\x28"s),
        row("a single byte in the greeting's segment", "x"),
        row("a zero in the greeting's segment", "\0"s),
        row("half a packet in the greeting's segment", "\x10\0\0\2"s),
        row("4 KiB in the greeting's segment", std::string(4096, 'x')),
        row("1 MiB in the greeting's segment", std::string(1U << 20U, 'x')),
        row("a forged OK behind MySQL's greeting", wire::packet(2, wire::ok()),
            wire::mysql_greeting()),
    };
}

std::vector<Attack> errors()
{
    auto const row = [](std::string name, std::uint16_t code, std::string const& state,
                        std::string text, std::string says) {
        return before_tls(std::move(name), {next_sequence(0), error(code, state, std::move(text))},
                          TlsReason::error_before_tls, std::move(says), "server's log");
    };
    return {
        row("an error instead of a greeting", 1045, "28000", "Access denied", "nobody vouches"),
        row("an error in the form of old servers", 1129, "", "Host is blocked", "error 1129"),
        row("an error that takes over the terminal", 1045, "28000",
            "no\x1b[2J\x1b]0;pwned\x07\r\n\x08 entry", "\\x1b[2J"),
        row("an error with a direction mark", 1045, "28000",
            "abc\xE2\x80\xAE"
            "cba",
            "\\xe2\\x80\\xae"),
        row("an error that is no UTF-8", 1045, "28000", "\xff\xfe\x80", "\\xff"),
        row("an error with a format in it", 1045, "28000", "%s%s%s%n%n", "%s%s%s%n%n"),
        row("an error without a text", 1045, "28000", "", "error 1045"),
        row("an error of number 0", 0, "00000", "all is well", "error 0"),
        row("an error of TLS's own number", 2026, "HY000", "TLS/SSL error", "error 2026"),
        row("an error that asks for the password", 1045, "28000",
            "connect again with insecure_plaintext_over_network()", "nobody vouches"),
    };
}

std::vector<Attack> others()
{
    auto const row = [](std::string name, std::string bytes) {
        return before_tls(std::move(name), {send(std::move(bytes)), silence()},
                          TlsReason::malformed_greeting, "no MySQL server", "to_host()");
    };
    auto const greeted = [](std::string name, GreetingOptions const& options) {
        return before_tls(std::move(name), {greeting(options)}, TlsReason::malformed_greeting,
                          "no MySQL server", "to_host()");
    };
    GreetingOptions of_1998;
    of_1998.protocol = 9;
    GreetingOptions of_tomorrow;
    of_tomorrow.protocol = 11;
    GreetingOptions numbered;
    numbered.sequence = 1;
    std::vector<Attack> attacks{
        greeted("protocol version 9", of_1998),
        greeted("protocol version 11", of_tomorrow),
        greeted("a greeting of number 1", numbered),
        greeted("a server without protocol 4.1",
                GreetingOptions{}.without(capability::protocol_41)),
        greeted("a server with the password hash of MySQL 4.0",
                GreetingOptions{}.without(capability::secure_connection)),
        greeted("a login method without a name", GreetingOptions{}.with_plugin("")),
        row("OK instead of a greeting", wire::packet(0, wire::ok())),
        row("an end of file instead of a greeting", wire::packet(0, wire::eof())),
        row("a request for another method instead of a greeting",
            wire::packet(0, wire::auth_switch("mysql_clear_password"))),
        row("a request for a file instead of a greeting",
            wire::packet(0, wire::local_infile("/etc/passwd"))),
        row("an error that ends within its number", wire::packet(0, "\xff\x15")),
        row("an empty packet", wire::packet(0, {})),
        row("a packet that claims 16 MiB", "\xff\xff\xff\0"s),
        row("a greeting without an end", "\xff\xff\x0f\0\x0a"s + std::string(1'000'000, 'v')),
        row("a greeting whose version has no end", wire::packet(0, "\x0a" + std::string(200, 'v'))),
        row("a greeting that is nothing but its first byte", wire::packet(0, "\x0a")),
        row("a greeting of zeros", wire::packet(0, std::string(80, '\0'))),
        row("the greeting of MySQL's X protocol", "\x05\0\0\0\x0b\x08\x05\x1a\0"s),
        row("an HTTP server", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
        row("an HTTP/2 server", "\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80\0\4\0\1\0\0"s),
        row("an SSH server", "SSH-2.0-OpenSSH_9.2p1\r\n"),
        row("an SMTP server", "220 mail.example ESMTP Postfix\r\n"),
        row("an IMAP server", "* OK [CAPABILITY IMAP4rev1] ready\r\n"),
        row("a Redis server", "-ERR unknown command\r\n"),
        row("a telnet server", "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"),
        row("a server that begins with TLS", "\x16\x03\x03\0\4\2\0\0\0"s + std::string(60, 'x')),
        row("a server that begins with an alert of TLS", "\x15\x03\x03\0\2\2\x28"s),
    };
    // Connector/C crashes at it, whole or in pieces.
    std::string const progress = wire::packet(0, "\xff\xff\xff" + std::string(20, 'p'));
    attacks.push_back(row("MariaDB's progress report instead of a greeting", progress));
    for (std::size_t const size : {4U, 5U, 6U, 7U, 12U})
        attacks.push_back(
            before_tls("the same in two pieces, the first of " + std::to_string(size) + " bytes",
                       {send(progress.substr(0, size)), pause(std::chrono::milliseconds{20}),
                        send(progress.substr(size)), silence()},
                       TlsReason::malformed_greeting, "no MySQL server"));
    attacks.push_back(before_tls("a PostgreSQL server",
                                 {send("E\0\0\0\x85SFATAL\0"s + std::string(120, 'x')), silence()},
                                 TlsReason::bytes_before_tls));
    return attacks;
}

Table const stripped_table{"before TLS, stripped", 8, stripped};
Table const injected_table{"before TLS, injected", 15, injected};
Table const error_table{"before TLS, errors", 10, errors};
Table const other_table{"before TLS, no greeting", 34, others};

} // namespace

TEST_CASE("matrix: TLS taken away", "[hostile][valgrind]") { stripped_table.run(); }
TEST_CASE("matrix: bytes injected before TLS", "[hostile][valgrind]") { injected_table.run(); }
TEST_CASE("matrix: errors before TLS", "[hostile][valgrind]") { error_table.run(); }
TEST_CASE("matrix: greetings that are none", "[hostile][valgrind]") { other_table.run(); }
