// The matrix: peers that stop, dawdle or never end before the login. The time that was set holds, whatever they do.

#include "matrix.hpp"

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;
using namespace std::string_literals;
using matrix::Attack;
using matrix::Table;
using Version = sealsql::testing::TlsVersion;

/// Enough for an honest handshake, and short enough for forty of them.
constexpr std::chrono::milliseconds patience = 300ms;

Attack in_greeting(std::string name, Script script)
{
    return {.name = std::move(name),
            .script = std::move(script),
            .connect_timeout = patience,
            .code = 2003,
            .says = "no greeting came from",
            .cure = "connect_timeout()"};
}

Attack in_handshake(std::string name, Script script)
{
    return {.name = std::move(name),
            .script = Script{greeting()} + script,
            .connect_timeout = patience,
            .reasons = {TlsReason::timed_out},
            .stage = TlsStage::handshake,
            .says = "did not end within 300 ms",
            .cure = "connect_timeout()"};
}

std::vector<Attack> silences()
{
    std::string const whole = wire::greeting_packet({});
    std::vector<Attack> attacks{
        in_greeting("silence in place of a greeting", {silence()}),
        in_greeting("one byte of a greeting, and silence", {send(whole.substr(0, 1)), silence()}),
        in_greeting("the head of a greeting, and silence", {send(whole.substr(0, 4)), silence()}),
        in_greeting("half a greeting, and silence", {send(whole.substr(0, 30)), silence()}),
        in_greeting("a greeting without its last byte, and silence",
                    {send(whole.substr(0, whole.size() - 1)), silence()}),
        in_handshake("silence after the request for TLS", {expect_ssl_request(), silence()}),
        in_handshake("a peer that does not read after its greeting", {pause(patience + 1500ms)}),
        in_handshake("silence after the ClientHello", {expect_client_hello(), silence()}),
        in_handshake("a record's head, and silence",
                     {expect_client_hello(), send("\x16\x03\x03\x40\0"s), silence()}),
        in_handshake("the promise of a message of 8 kB, and silence",
                     {expect_client_hello(), send("\x16\x03\x03\0\4\2\0\x20\0"s), silence()}),
    };
    for (Version const tls : {Version::tls1_2, Version::tls1_3})
        for (std::size_t const size : {1U, 5U, 9U, 80U, 200U, 500U})
            attacks.push_back(in_handshake(
                "silence after " + std::to_string(size) + " bytes of TLS 1." +
                    (tls == Version::tls1_2 ? "2" : "3"),
                {start_tls(TestPki::shared().good(),
                           {.min_version = tls, .max_version = tls, .cut_after = size}),
                 silence()}));
    return attacks;
}

std::vector<Attack> drips()
{
    std::string const whole = wire::greeting_packet({});
    std::string const nothing_new = "\x16\x03\x03\0\4\0\0\0\0"s; // asks for what is under way
    std::vector<Attack> attacks{
        in_greeting("a greeting of one byte now and then", {send_slowly(whole, 20ms), silence()}),
        in_greeting("a long greeting of one byte now and then",
                    {send_slowly("\0\x07\0\0\x0a"s + std::string(1700, 'v'), 5ms), silence()}),
        in_handshake("requests for a new handshake now and then",
                     {expect_client_hello(), forever({send(nothing_new), pause(20ms)})}),
        in_handshake("requests for a new handshake without end",
                     {expect_client_hello(), forever({send(nothing_new)})}),
        in_handshake("a message of one byte now and then, each in a record of its own",
                     {expect_client_hello(), send("\x16\x03\x03\0\4\2\0\x20\0"s),
                      forever({send("\x16\x03\x03\0\1x"s), pause(10ms)})}),
    };
    for (Version const tls : {Version::tls1_2, Version::tls1_3})
        for (auto const& [name, interval] :
             std::vector<std::pair<std::string, std::chrono::milliseconds>>{
                 {"every 2 ms", 2ms}, {"every 50 ms", 50ms}, {"every 250 ms", 250ms}})
            attacks.push_back(in_handshake(
                "a handshake of one byte " + name + ", TLS 1." +
                    (tls == Version::tls1_2 ? "2" : "3"),
                {expect_ssl_request(), drip(interval),
                 start_tls(TestPki::shared().good(), {.min_version = tls, .max_version = tls}),
                 silence()}));
    return attacks;
}

std::vector<Attack> ends()
{
    std::vector<Attack> attacks;
    std::string const whole = wire::greeting_packet({});
    for (std::string const how : {"closed", "reset"}) {
        Step const end = how == "closed" ? steps::close() : steps::reset();
        for (auto const& [where, size] : std::vector<std::pair<std::string, std::size_t>>{
                 {"at once", 0}, {"within the greeting's head", 2}, {"within the greeting", 40}}) {
            Script script;
            if (how == "reset" && size == 0)
                continue; // the client may not even have seen that it was connected
            if (size > 0)
                script += {send(whole.substr(0, size)), pause(20ms)};
            attacks.push_back({.name = how + " " + where,
                               .script = script + Script{end},
                               .code = 2013,
                               .says = "instead of sending a greeting"});
        }
        attacks.push_back({.name = how + " after the request for TLS",
                           .script = {greeting(), expect_ssl_request(), end},
                           .reasons = {TlsReason::handshake_closed},
                           .stage = TlsStage::handshake,
                           .says = "was cut short by the other side"});
        attacks.push_back({.name = how + " after the ClientHello",
                           .script = {greeting(), expect_client_hello(), end},
                           .reasons = {TlsReason::handshake_closed},
                           .stage = TlsStage::handshake,
                           .says = "was cut short by the other side"});
    }
    return attacks;
}

Table const silence_table{"stalls, silence", 22, silences};
Table const drip_table{"stalls, drips", 11, drips};
Table const end_table{"stalls, ends", 9, ends};

} // namespace

TEST_CASE("matrix: silence before the login", "[hostile]") { silence_table.run(); }
TEST_CASE("matrix: one byte now and then before the login", "[hostile]") { drip_table.run(); }
TEST_CASE("matrix: hanging up before the login", "[hostile]") { end_table.run(); }
