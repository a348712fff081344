// The matrix: peers that were asked for TLS and break its rules, or want it weaker than it has to be.

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
using Version = sealsql::testing::TlsVersion;

// --- TLS as bytes (RFC 8446, RFC 5246) ---

std::string big_endian(std::size_t value, int width)
{
    std::string bytes;
    for (int i = width - 1; i >= 0; --i)
        bytes += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    return bytes;
}

std::string record(int type, std::string const& content, std::string const& version = "\x03\x03")
{
    return big_endian(static_cast<std::size_t>(type), 1) + version + big_endian(content.size(), 2) +
           content;
}

std::string message(int type, std::string const& content)
{
    return big_endian(static_cast<std::size_t>(type), 1) + big_endian(content.size(), 3) + content;
}

std::string handshake(int type, std::string const& content)
{
    return record(22, message(type, content));
}

std::string extension(int type, std::string const& content)
{
    return big_endian(static_cast<std::size_t>(type), 2) + big_endian(content.size(), 2) + content;
}

std::string const secure = extension(0xff01, "\0"s); // RFC 5746; without it OpenSSL refuses TLS 1.2
std::string const is_tls13 = extension(43, "\x03\x04");

/// A ServerHello, and the ways to get it wrong.
struct Hello {
    std::string version = "\x03\x03";
    std::string random = std::string(32, 'r');
    std::string session_id = {};
    std::string suite = "\xc0\x2b"; // ECDHE-ECDSA-AES128-GCM-SHA256
    std::string compression = "\0"s;
    std::string extensions = secure; // in TLS 1.2
    std::string behind = {};

    [[nodiscard]] std::string bytes() const
    {
        std::string content =
            version + random + big_endian(session_id.size(), 1) + session_id + suite + compression;
        if (!extensions.empty())
            content += big_endian(extensions.size(), 2) + extensions;
        return handshake(2, content + behind);
    }
};

/// The random of a ServerHello that asks for another ClientHello (RFC 8446, 4.1.3).
std::string const retry_random =
    "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
    "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C"s;

// --- Rows ---

/// The session's number that the client made up, which a ServerHello of TLS 1.3 has to repeat.
std::string session_id_of(Session& session)
{
    std::string hello;
    session.note([&](Transcript& transcript) { hello = transcript.received_plain; });
    constexpr std::size_t record_and_message = 5 + 4;
    constexpr std::size_t version_and_random = 2 + 32;
    std::size_t const at = wire::ssl_request_size + record_and_message + version_and_random;
    return hello.size() > at ? hello.substr(at + 1, static_cast<unsigned char>(hello[at])) : "";
}

/// The answer to what the client said, in TLS 1.3.
Step answer_tls13(Hello hello)
{
    return {"answer_tls13", [hello = std::move(hello)](Session& session) {
                Hello fitting = hello;
                fitting.session_id = session_id_of(session);
                session.send(fitting.bytes());
            }};
}

Attack answered(std::string name, std::string bytes, std::vector<TlsReason> reasons,
                std::string says = {})
{
    return {.name = std::move(name),
            .script = {greeting(), expect_client_hello(), send(std::move(bytes)), half_close(),
                       silence()},
            .reasons = std::move(reasons),
            .stage = TlsStage::handshake,
            .says = std::move(says)};
}

constexpr TlsReason malformed = TlsReason::handshake_malformed;
constexpr TlsReason refused = TlsReason::handshake_refused;
constexpr TlsReason closed = TlsReason::handshake_closed;
constexpr TlsReason version = TlsReason::protocol_version;

std::vector<Attack> alerts()
{
    std::vector<Attack> attacks;
    // Every alert that there is or was, and two that there are not.
    for (int const alert :
         {10, 20, 21, 22, 30, 40,  41,  42,  43,  44,  45,  46,  47,  48,  49,  50, 51, 60,
          70, 71, 80, 86, 90, 100, 109, 110, 111, 112, 113, 114, 115, 116, 120, 99, 255}) {
        Attack attack =
            answered("alert " + std::to_string(alert) + " in answer to the ClientHello",
                     record(21, "\x02" + big_endian(static_cast<std::size_t>(alert), 1)),
                     {alert == 70 ? version : refused});
        if (alert == 70)
            attack.says =
                "this side offered TLSv1.2 to TLSv1.3, and the other side answered that it "
                "has none of them";
        attacks.push_back(attack);
    }
    attacks.push_back(
        answered("a goodbye in answer to the ClientHello", record(21, "\x01\0"s), {closed}));
    attacks.push_back(answered("half an alert", record(21, "\x02"), {malformed}));
    attacks.push_back(
        answered("an alert that is no warning and not fatal", record(21, "\x05\x28"), {refused}));
    std::string warnings;
    for (int i = 0; i < 1000; ++i)
        warnings += record(21, "\x01\x70");
    attacks.push_back(answered("1000 warnings", warnings, {malformed}));
    return attacks;
}

std::vector<Attack> hellos()
{
    auto const hello = [](std::string name, Hello const& bytes, std::vector<TlsReason> reasons,
                          std::string says = {}) {
        return answered(std::move(name), bytes.bytes(), std::move(reasons), std::move(says));
    };
    auto const of_version = [&](std::string name, std::string const& bytes, std::string says) {
        return hello(std::move(name), {.version = bytes}, {version}, "answered " + says);
    };
    auto const of_suite = [&](std::string name, std::string const& suite) {
        return hello(std::move(name), {.suite = suite}, {malformed}, "cipher returned");
    };
    auto const of_extensions = [&](std::string name, std::string const& extensions) {
        return hello(std::move(name), {.extensions = secure + extensions}, {malformed});
    };
    auto const of_tls13 = [&](std::string name, std::string const& extensions,
                              std::string const& suite = "\x13\x01",
                              std::string const& random = std::string(32, 'r')) {
        Attack attack = answered(std::move(name), {}, {malformed});
        attack.script = {
            greeting(), expect_client_hello(),
            answer_tls13({.random = random, .suite = suite, .extensions = is_tls13 + extensions}),
            half_close(), silence()};
        return attack;
    };
    std::string const usual = Hello{}.bytes();
    std::vector<Attack> attacks{
        of_version("a ServerHello of SSL 3.0", "\x03\0"s, "SSLv3"),
        of_version("a ServerHello of TLS 1.0", "\x03\x01", "TLSv1"),
        of_version("a ServerHello of TLS 1.1", "\x03\x02", "TLSv1.1"),
        of_version("a ServerHello of a version that there is not", "\x03\x09",
                   "a version that there is not"),
        of_version("a ServerHello of SSL 2.0", "\x02\0"s, "a version that there is not"),
        of_version("a ServerHello of DTLS 1.2", "\xfe\xfd", "a version that there is not"),
        hello("TLS 1.1 in the extension of TLS 1.3", {.extensions = extension(43, "\x03\x02")},
              {malformed}),
        hello("a draft of TLS 1.3", {.extensions = extension(43, "\x7f\x1c")}, {malformed}),
        hello("a downgrade from TLS 1.3 to 1.2, as its mark says",
              {.random = std::string(24, 'r') + "DOWNGRD\x01"}, {malformed}),
        hello("a downgrade from TLS 1.3 to 1.1, as its mark says",
              {.random = std::string(24, 'r') + "DOWNGRD\0"s}, {malformed}),
        // Suites that were not offered, of which some encrypt or prove nothing.
        of_suite("a suite of no cipher at all", "\0\0"s),
        of_suite("a suite without encryption: RSA with NULL-SHA256", "\0\x3b"s),
        of_suite("a suite without encryption: ECDHE with NULL-SHA", "\xc0\x06"),
        of_suite("a suite with RC4", "\0\x05"s),
        of_suite("a suite with DES", "\0\x09"s),
        of_suite("a suite with 3DES", "\0\x0a"s),
        of_suite("a suite for export", "\0\x03"s),
        of_suite("a suite without authentication: DH", "\0\xa6"s),
        of_suite("a suite without authentication: ECDH", "\xc0\x18"),
        of_suite("a suite with a shared key", "\0\xa8"s),
        of_suite("a suite with a shared key and no encryption", "\0\x2c"s),
        of_suite("a suite with SRP", "\xc0\x1d"),
        of_suite("the mark of a fallback as a suite", "\x56\0"s),
        of_suite("a suite of TLS 1.3 in TLS 1.2", "\x13\x01"),
        of_suite("a suite that nobody knows", "\xfe\xed"),
        of_tls13("TLS 1.3 without a key", {}),
        of_tls13("TLS 1.3 with a suite of TLS 1.2", {}, "\xc0\x2b"),
        of_tls13("TLS 1.3 with a suite that nobody knows", {}, "\x13\xee"),
        of_tls13("TLS 1.3 with a shared key that was not offered", extension(41, "\0\0"s)),
        of_tls13("TLS 1.3 with a key of a group that was not offered",
                 extension(51, "\xfe\xfe\0\x01k"s)),
        of_tls13("TLS 1.3 with a key that is cut", extension(51, "\0\x1d\0\x20k"s)),
        of_tls13("TLS 1.3 with a key of zeros",
                 extension(51, "\0\x1d\0\x20"s + std::string(32, '\0'))),
        hello("another session's number in TLS 1.3",
              {.session_id = std::string(32, 's'),
               .suite = "\x13\x01",
               .extensions = is_tls13 + extension(51, "\0\x1d\0\x20"s + std::string(32, '\x09'))},
              {malformed}),
        of_tls13("a retry that changes nothing", {}, "\x13\x01", retry_random),
        of_tls13("a retry for a group that was not offered", extension(51, "\xfe\xfe"), "\x13\x01",
                 retry_random),
        of_tls13("a retry for the group that was offered", extension(51, "\0\x1d"s), "\x13\x01",
                 retry_random),
        of_tls13("a retry with a cookie of nothing", extension(44, "\0\0"s), "\x13\x01",
                 retry_random),
        // Extensions.
        of_extensions("an extension that was not asked for", extension(16, "\0\x03\x02h2"s)),
        of_extensions("the same extension twice", secure),
        hello("no word on secure renegotiation", {.extensions = {}}, {refused}),
        of_extensions("renegotiation of a handshake that there was not", extension(0xff01, "\x04"
                                                                                           "abcd")),
        of_extensions("an extension that is longer than the message", "\xff\x01\xff\xff"s),
        of_extensions("half an extension's head", "\xff\x01"s),
        // Form.
        hello("a compressed connection", {.compression = "\x01"}, {malformed}),
        hello("a session's number of 33 bytes", {.session_id = std::string(33, 's')}, {malformed}),
        hello("bytes behind the ServerHello's end", {.behind = "xyz"}, {malformed}),
        answered("a ServerHello of nothing", handshake(2, {}), {malformed}),
        answered("a ServerHello that ends within the random",
                 handshake(2, "\x03\x03" + std::string(9, 'r')), {malformed}),
        answered("a ServerHello that claims 16 MiB", record(22, "\x02\xff\xff\xff\x03\x03"),
                 {malformed}),
        answered("a ServerHello in 60 records, and then nothing",
                 [&] {
                     std::string bytes;
                     for (char const c : usual.substr(5, 60))
                         bytes += record(22, std::string(1, c));
                     return bytes;
                 }(),
                 {closed}),
        answered("two ServerHellos", usual + usual, {malformed}),
        answered("a ServerHello and a certificate of garbage",
                 usual + handshake(11, big_endian(103, 3) + big_endian(100, 3) +
                                           std::string(100, '\x30')),
                 {malformed}),
        answered("a ServerHello and no certificate", usual + handshake(11, "\0\0\0"s), {malformed}),
        answered("a ServerHello and at once its end", usual + handshake(14, {}), {malformed}),
        answered("a ServerHello and a change of cipher", usual + record(20, "\x01"), {malformed}),
    };
    return attacks;
}

std::vector<Attack> records()
{
    auto const other = [](std::string name, std::string bytes) {
        return answered(std::move(name), std::move(bytes), {malformed});
    };
    auto const many = [](std::string const& one, int count) {
        std::string bytes;
        for (int i = 0; i < count; ++i)
            bytes += one;
        return bytes;
    };
    std::vector<Attack> attacks{
        // No TLS at all: the plaintext of some other protocol, or of this one.
        other("MySQL's OK in plaintext", wire::packet(2, wire::ok())),
        other("MySQL's error in plaintext",
              wire::packet(2, wire::error(1045, "28000", "Access denied"))),
        other("a request for another login method in plaintext",
              wire::packet(2, wire::auth_switch("mysql_clear_password"))),
        other("a request for a file in plaintext",
              wire::packet(2, wire::local_infile("/etc/passwd"))),
        other("a second greeting in place of TLS", wire::greeting_packet({})),
        other("HTTP in place of TLS", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        other("SSH in place of TLS", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
        other("PostgreSQL's refusal of TLS", "NNNNN"),
        other("zeros in place of TLS", std::string(100, '\0')),
        other("ones in place of TLS", std::string(100, '\xff')),
        other("the answer of SSL 2.0", "\x80\x0b\x04\0\x01\0\x02\0\0\0\0\0\0"s),
        // Records.
        other("a record of a kind that there is not", record(99, "x")),
        other("a heartbeat, which was not agreed on", record(24, "\x01\x40\0"s)),
        other("data before there are keys", record(23, wire::packet(2, wire::ok()))),
        other("a record of SSL 2.9", record(22, message(2, {}), "\x02\x09")),
        other("a record of 16,385 bytes", record(22, std::string(16'385, 'x'))),
        other("a record of 64 KiB", "\x16\x03\x03\xff\xff" + std::string(65'535, 'x')),
        other("100 records of nothing", many(record(22, {}), 100)),
        other("100 records of no data", many(record(23, {}), 100)),
        answered("a change of cipher before all", record(20, "\x01"), {malformed}),
        answered("1000 changes of cipher", many(record(20, "\x01"), 1000), {malformed}),
        answered("a change of cipher that is none", record(20, "\x02"), {malformed}),
        // Messages out of turn.
        answered("a ClientHello in answer to one",
                 handshake(1, "\x03\x03" + std::string(32, 'r') + "\0\0\x02\xc0\x2b\x01\0"s),
                 {malformed}),
        answered("10,000 requests for a new handshake", many(handshake(0, {}), 10'000), {closed}),
        answered("a request for a new handshake with content", handshake(0, "x"), {malformed}),
    };
    for (auto const& [name, type] :
         std::vector<std::pair<std::string, int>>{{"a ticket", 4},
                                                  {"extensions", 8},
                                                  {"a certificate", 11},
                                                  {"a key exchange", 12},
                                                  {"a request for a certificate", 13},
                                                  {"the end of a ServerHello", 14},
                                                  {"a proof of the key", 15},
                                                  {"the end of the handshake", 20},
                                                  {"a certificate's status", 22},
                                                  {"a new key", 24},
                                                  {"a message that there is not", 77}})
        attacks.push_back(answered(name + " before the ServerHello",
                                   handshake(type, std::string(12, '\1')), {malformed}));
    return attacks;
}

std::vector<Attack> servers()
{
    auto const server = [](std::string name, TlsOptions const& tls, TlsReason reason,
                           std::string says = {}, std::string cure = {}) {
        return Attack{.name = std::move(name),
                      .script = logged_in(TestPki::shared().good_rsa(), tls) + Script{serve()},
                      .reasons = {reason},
                      .stage = TlsStage::handshake,
                      .says = std::move(says),
                      .cure = std::move(cure)};
    };
    std::vector<Attack> attacks{
        server("a real server of TLS 1.0", {.max_version = Version::tls1_0}, version,
               "this side offered TLSv1.2 to TLSv1.3", ".insecure_legacy_tls"),
        server("a real server of TLS 1.1", {.max_version = Version::tls1_1}, version,
               "this side offered TLSv1.2 to TLSv1.3", ".insecure_legacy_tls"),
        server("a real server that does not encrypt",
               {.max_version = Version::tls1_2, .ciphers = "eNULL"}, refused, "no common cipher"),
        server("a real server that proves nothing",
               {.max_version = Version::tls1_2, .ciphers = "aNULL"}, refused),
        server("a real server that wants a shared key",
               {.max_version = Version::tls1_2, .ciphers = "PSK"}, refused),
    };
    attacks[2].says.clear();
    attacks[2].cure = "no common cipher";
    Attack newer =
        server("a real server of TLS 1.2 for those who want 1.3", {.max_version = Version::tls1_2},
               version, "this side offered TLSv1.3 to TLSv1.3", ".min_version");
    newer.ssl.min_version = sealsql::TlsVersion::tls1_3;
    attacks.push_back(newer);

    // Cut off, after so many bytes of its flight, by a goodbye of TCP or by a reset.
    for (Version const tls : {Version::tls1_2, Version::tls1_3}) {
        for (std::size_t const size : {1U, 4U, 5U, 6U, 9U, 40U, 80U, 130U, 300U, 600U}) {
            for (bool const by_reset : {false, true}) {
                TlsOptions const cut{.min_version = tls, .max_version = tls, .cut_after = size};
                attacks.push_back({.name = std::string{by_reset ? "reset" : "closed"} + " after " +
                                           std::to_string(size) + " bytes of TLS 1." +
                                           (tls == Version::tls1_2 ? "2" : "3"),
                                   .script = {greeting(), start_tls(TestPki::shared().good(), cut),
                                              by_reset ? steps::reset() : steps::close()},
                                   .reasons = {closed},
                                   .stage = TlsStage::handshake});
            }
        }
    }
    return attacks;
}

/// Changes one byte of what the server sends, counted from the first of TLS.
std::function<decltype(ProxyOptions::change)()> flip(std::size_t at)
{
    return [at] {
        return [at, seen = std::size_t{0}, greeting_size = wire::greeting_packet({}).size()](
                   Direction direction, std::string bytes) mutable {
            if (direction == Direction::to_client) {
                std::size_t const target = greeting_size + at;
                if (target >= seen && target < seen + bytes.size())
                    bytes[target - seen] = static_cast<char>(bytes[target - seen] ^ 1);
                seen += bytes.size();
            }
            return bytes;
        };
    };
}

std::vector<Attack> flips()
{
    std::vector<Attack> attacks;
    for (Version const tls : {Version::tls1_2, Version::tls1_3}) {
        // Where bytes of the ServerHello stand is known; what is behind is met somewhere.
        for (auto const& [what, at] : std::vector<std::pair<std::string, std::size_t>>{
                 {"the record's type", 0},
                 {"the record's version", 1},
                 {"the message's type", 5},
                 {"the version", 10},
                 {"the random", 20},
             }) {
            attacks.push_back({.name = "one bit changed on the way in " + what + ", TLS 1." +
                                       (tls == Version::tls1_2 ? "2" : "3"),
                               .script = logged_in(TestPki::shared().good(),
                                                   {.min_version = tls, .max_version = tls}) +
                                         Script{serve()},
                               .on_the_path = flip(at),
                               .reasons = {malformed, version},
                               .stage = TlsStage::handshake});
        }
    }
    return attacks;
}

Table const alert_table{"protocol, alerts", 39, alerts};
Table const hello_table{"protocol, ServerHello", 54, hellos};
Table const record_table{"protocol, records", 36, records};
Table const server_table{"protocol, servers", 46, servers};
Table const flip_table{"protocol, bits changed", 10, flips};

} // namespace

TEST_CASE("matrix: alerts", "[hostile][valgrind]") { alert_table.run(); }
TEST_CASE("matrix: ServerHellos", "[hostile][valgrind]") { hello_table.run(); }
TEST_CASE("matrix: records", "[hostile][valgrind]") { record_table.run(); }
TEST_CASE("matrix: old and broken servers", "[hostile]") { server_table.run(); }
TEST_CASE("matrix: bits changed on the way", "[hostile]") { flip_table.run(); }

TEST_CASE("matrix: no bit of the server's handshake can be changed unseen", "[hostile]")
{
    // Each byte of the ServerHello, and each eleventh behind it.
    for (Version const tls : {Version::tls1_2, Version::tls1_3}) {
        for (std::size_t at = 0; at < 700; at += at < 100 ? 1 : 11) {
            if (at == 2)
                continue; // the minor version of the first record means nothing (RFC 8446, 5.1)
            auto const round = [&] {
                ScriptedServer server{
                    logged_in(TestPki::shared().good(), {.min_version = tls, .max_version = tls}) +
                    Script{serve()}};
                TcpProxy proxy{{.server_port = server.port(), .change = flip(at)()}};
                return attack(server, ConnectionBuilder::to_host(proxy.address(), proxy.port())
                                          .login(victim_user, Secret{victim_password})
                                          .ssl({.ca = good_ca(), .session_resumption = false})
                                          .connect_timeout(std::chrono::milliseconds{300})
                                          .options());
            };
            // Without a greeting in its time it does not come to TLS.
            Outcome const outcome =
                unless_late(round, [](Outcome const& one) { return one.error && !one.tls_error; });
            INFO("byte " << at << ", TLS " << static_cast<int>(tls) << "\n" << outcome.describe());
            CHECK_FALSE(outcome.connected);
            CHECK(outcome.tls_error.has_value());
            CHECK_FALSE(leaked(outcome.seen));
        }
    }
}
