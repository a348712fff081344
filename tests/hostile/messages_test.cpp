// The messages that people meet when TLS does not work, each from the situation that it really arises in: what they say, and
// that the cure names the call. README.md has a table of the same; it is checked against these rows.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::string_literals;
using Version = sealsql::testing::TlsVersion;

constexpr char passphrase[] = "passphrase_of_the_key";
constexpr char wrong_passphrase[] = "passphrase_of_another";

TestPki& pki() { return TestPki::shared(); }

/// Files as people have them, good and mixed up.
struct Files {
    TemporaryDirectory directory;
    Identity const& client = pki().good_client();
    std::string certificate = write("client.crt", client.certificate_pem);
    std::string key = write("client.key", client.key_pem);
    std::string locked_key = write("locked.key", encrypt_key(client.key_pem, passphrase));
    std::string other_key = write("other.key", pki().good().key_pem);
    std::string archive = write("client.p12", to_pkcs12(client, passphrase));
    std::string bundle = write("client.p7b", to_pkcs7(client.certificate_pem));
    std::string locked_ca = write("ca.p12", to_pkcs12(client, passphrase));
    std::string empty = write("empty.pem", "");
    std::string missing = (directory.path() / "missing.pem").string();

    [[nodiscard]] std::string write(char const* name, std::string const& content) const
    {
        return directory.write(name, content).string();
    }
};

Files const& files()
{
    static Files const all;
    return all;
}

/// A message that people know, from whatever client.
struct Message {
    std::string situation;
    std::function<Outcome()> arrange;
    std::optional<TlsReason> reason; // none: no TlsError, but `code`
    TlsStage stage;
    int code;
    std::vector<std::string> says; // by the message
    std::string cure;              // in the remedy
    std::optional<int> depth = {}; // of the certificate that was refused
};

Outcome meet(Script const& script, SslOptions ssl = {.ca = good_ca()},
             std::chrono::milliseconds patience = std::chrono::seconds{30})
{
    ScriptedServer server{script};
    try {
        ConnectionOptions options = careful(server, std::move(ssl));
        options.timeouts.connect = patience;
        return attack(server, options);
    } catch (TlsError const& error) { // said by the builder
        Outcome outcome;
        outcome.error = error;
        outcome.tls_error = error;
        return outcome;
    }
}

Outcome show(Identity const& identity, SslOptions ssl = {.ca = good_ca()})
{
    return meet(logged_in(identity) + Script{serve()}, std::move(ssl));
}

Outcome identify(ClientIdentity identity)
{
    return show(pki().good(), {.ca = good_ca(), .identity = std::move(identity)});
}

Outcome in_plaintext(Script const& script)
{
    ScriptedServer server{script};
    return attack(server, ConnectionBuilder::to_host(server.address(), server.port())
                              .login(victim_user, Secret{victim_password})
                              .insecure_plaintext_over_network()
                              .connect_timeout(std::chrono::seconds{30})
                              .options());
}

Script answered(std::string bytes)
{
    return {greeting(), expect_client_hello(), send(std::move(bytes)), silence()};
}

/// A ServerHello of TLS 1.1, for clients that did not ask for it.
std::string hello_of_tls11()
{
    return "\x16\x03\x02\0\x2a\2\0\0\x26\x03\x02"s + std::string(32, 'r') + "\0\xc0\x09\0"s;
}

std::vector<Message> messages()
{
    using Reason = TlsReason;
    using Stage = TlsStage;
    std::string const ca = good_ca().string();
    std::string const clock = "this machine's clock says ";
    Identity root_sent = pki().other_authority();
    Authority const stranger{};
    Identity below_stranger = stranger.issue({.ip = {"127.0.0.1"}});
    below_stranger.chain_pem = stranger.certificate_pem();
    Files const& f = files();
    auto const revoked_list = [] { return pki().trusted().revocation_list({pki().good()}); };
    auto const locked = [&f](char const* phrase) {
        return ClientIdentity::pem_files(f.certificate, f.locked_key, Secret{phrase});
    };
    return {
        // --- Versions, ciphers, alerts ---
        {"unsupported protocol",
         [] { return meet(answered(hello_of_tls11())); },
         Reason::protocol_version,
         Stage::handshake,
         2026,
         {"this side offered TLSv1.2 to TLSv1.3", "the other side answered TLSv1.1"},
         ".min_version"},
        {"alert protocol version",
         [] { return meet(answered("\x15\x03\x01\0\2\2\x46"s)); },
         Reason::protocol_version,
         Stage::handshake,
         2026,
         {"this side offered TLSv1.2 to TLSv1.3", "answered that it has none of them"},
         ".insecure_legacy_tls"},
        {"no protocols available, as the caller wants TLS 1.3 only",
         [] {
             return meet(logged_in(pki().good(), {.max_version = Version::tls1_2}),
                         {.ca = good_ca(), .min_version = sealsql::TlsVersion::tls1_3});
         },
         Reason::protocol_version,
         Stage::handshake,
         2026,
         {"this side offered TLSv1.3 to TLSv1.3"},
         ".max_version"},
        {"sslv3 alert handshake failure",
         [] {
             return meet(logged_in(pki().good(), {.min_version = Version::tls1_3,
                                                  .cipher_suites = "TLS_AES_256_GCM_SHA384"}),
                         {.ca = good_ca(), .cipher_suites = {"TLS_AES_128_GCM_SHA256"}});
         },
         Reason::handshake_refused,
         Stage::handshake,
         2026,
         {"handshake failure"},
         ".cipher_suites"},
        {"no cipher match",
         [] { return show(pki().good(), {.ca = good_ca(), .ciphers = {"ECDHE-RSA-AES265-SHA"}}); },
         Reason::options_contradict,
         Stage::configuration,
         2026,
         {"ECDHE-RSA-AES265-SHA"},
         ""},

        // --- The server's certificate ---
        {"unable to get local issuer certificate, as another CA made it",
         [] { return show(pki().other_authority()); },
         Reason::issuer_not_trusted,
         Stage::verification,
         2026,
         {"CN=sealsql test server", "issued by CN=somebody else's authority",
          "trusted are the CAs in", ca, "the server sent 1 certificate: CN=sealsql test server"},
         ".ca in SslOptions",
         0},
        {"unable to get local issuer certificate, as the intermediate is not sent",
         [] { return show(pki().missing_intermediate()); },
         Reason::issuer_not_trusted,
         Stage::verification,
         2026,
         {"issued by CN=sealsql intermediate authority", ca, "the server sent 1 certificate"},
         "intermediate certificates",
         0},
        {"certificate signature failure, as the CA was made anew under its old name",
         [] { return show(pki().impostor_authority()); },
         Reason::issuer_not_trusted,
         Stage::verification,
         2026,
         {"issued by CN=sealsql trusted authority", ca},
         "a new one if the server got a new certificate",
         0},
        {"self-signed certificate in certificate chain",
         [below_stranger] { return show(below_stranger); },
         Reason::self_signed,
         Stage::verification,
         2026,
         {"at depth 1", "CN=sealsql test authority", ca, "the server sent 2 certificates"},
         ".ca in SslOptions",
         1},
        {"self-signed certificate",
         [] { return show(pki().self_signed()); },
         Reason::self_signed,
         Stage::verification,
         2026,
         {"CN=sealsql test server", ca},
         ".ca in SslOptions",
         0},
        {"Hostname mismatch",
         [] { return show(pki().wrong_name()); },
         Reason::name_mismatch,
         Stage::verification,
         2026,
         {"CN=sealsql test server", "is not for 127.0.0.1", "it is for other.example"},
         ".server_name",
         0},
        {"certificate has expired",
         [] { return show(pki().expired()); },
         Reason::expired,
         Stage::verification,
         2026,
         {"CN=sealsql test server", "expired on 20", clock},
         "renew the server's certificate",
         0},
        {"certificate has expired, and it is the CA's",
         [] {
             return show(pki().under_expired_authority(),
                         {.ca = TrustAnchors::memory(pki().expired_authority().certificate_pem())});
         },
         Reason::expired,
         Stage::verification,
         2026,
         {"CN=sealsql expired authority", "at depth 1", "expired on 20", clock},
         ".ca",
         1},
        {"certificate is not yet valid",
         [] { return show(pki().not_yet_valid()); },
         Reason::not_yet_valid,
         Stage::verification,
         2026,
         {"CN=sealsql test server", "is valid from 20", clock},
         "clock",
         0},
        {"unsuitable certificate purpose",
         [] { return show(pki().wrong_purpose()); },
         Reason::wrong_purpose,
         Stage::verification,
         2026,
         {"CN=sealsql test server"},
         "serverAuth",
         0},
        {"EE certificate key too weak",
         [] { return show(pki().weak_key()); },
         Reason::too_weak,
         Stage::verification,
         2026,
         {"CN=sealsql test server", "key too weak"},
         "2048 bits",
         0},
        {"certificate revoked",
         [revoked_list, &f] {
             return show(pki().good(), {.ca = good_ca(),
                                        .revocation = Revocation::of_server_only(
                                            {f.write("revoked.crl", revoked_list())})});
         },
         Reason::revoked,
         Stage::verification,
         2026,
         {"CN=sealsql test server", "revocation list of CN=sealsql trusted authority"},
         "new certificate",
         0},
        {"unable to get certificate CRL",
         [&f] {
             return show(pki().good(), {.ca = good_ca(),
                                        .revocation = Revocation::of_server_only({f.write(
                                            "other.crl", Authority{}.revocation_list({}))})});
         },
         Reason::revocation_unknown,
         Stage::verification,
         2026,
         {"no revocation list of its issuer (CN=sealsql trusted authority)"},
         ".revocation",
         0},
        {"a pin that does not match",
         [] {
             return show(pki().good(), {.ca = good_ca(),
                                        .pins = {Pin::public_key(std::string(64, '1')),
                                                 Pin::public_key(std::string(64, '2'))}});
         },
         Reason::pin_mismatch,
         Stage::verification,
         2026,
         {"sha256//", "CN=sealsql test server"},
         ".pins in SslOptions",
         0},

        // --- The way there ---
        {"SSL is required, but the server does not support it",
         [] { return meet({greeting(wire::stripped())}); },
         Reason::tls_not_offered,
         Stage::greeting,
         2026,
         {"does not offer TLS", "nothing was sent"},
         "insecure_plaintext_over_network()"},
        {"bytes before TLS",
         [] { return meet({greeting_and("x")}); },
         Reason::bytes_before_tls,
         Stage::greeting,
         2026,
         {"tries to inject"},
         "who sits between"},
        {"an error before TLS",
         [] {
             return meet({next_sequence(0), error(1130, "HY000", "Host is not allowed")});
         },
         Reason::error_before_tls,
         Stage::greeting,
         2026,
         {"error 1130", "nobody vouches", "Host is not allowed"},
         "server's log"},
        {"a wrong port",
         [] {
             return meet({send("SSH-2.0-OpenSSH_9.2p1\r\n"), silence()});
         },
         Reason::malformed_greeting,
         Stage::greeting,
         2026,
         {"is no MySQL server"},
         "to_host()"},
        {"wrong version number",
         [] { return meet(answered("HTTP/1.1 400 Bad Request\r\n\r\n")); },
         Reason::handshake_malformed,
         Stage::handshake,
         2026,
         {"is not TLS"},
         "proxy"},
        {"unexpected eof while reading",
         [] {
             return meet({greeting(), expect_client_hello(), steps::close()});
         },
         Reason::handshake_closed,
         Stage::handshake,
         2026,
         {"cut short by the other side"},
         "server's log"},
        {"Connection reset by peer",
         [] {
             return meet({greeting(), expect_client_hello(), steps::reset()});
         },
         Reason::handshake_closed,
         Stage::handshake,
         2026,
         {"cut short by the other side"},
         "server's log"},
        {"a time-out in the handshake",
         [] {
             return unless_late(
                 [] {
                     return meet({greeting(), expect_client_hello(), silence()}, {.ca = good_ca()},
                                 std::chrono::milliseconds{300});
                 },
                 [](Outcome const& outcome) { return !outcome.tls_error; });
         },
         Reason::timed_out,
         Stage::handshake,
         2026,
         {"did not end within 300 ms"},
         "connect_timeout()"},

        // --- Files ---
        {"no such file, for the CA",
         [&f] { return show(pki().good(), {.ca = f.missing}); },
         Reason::ca_unreadable,
         Stage::configuration,
         2026,
         {f.missing, "No such file"},
         ".ca in SslOptions"},
        {"no start line, as the CA file is empty",
         [&f] { return show(pki().good(), {.ca = f.empty}); },
         Reason::ca_malformed,
         Stage::configuration,
         2026,
         {f.empty, "is empty"},
         ".ca"},
        {"no start line, as the CA file holds a key",
         [&f] { return show(pki().good(), {.ca = f.key}); },
         Reason::ca_malformed,
         Stage::configuration,
         2026,
         {f.key, "a private key"},
         ".ca"},
        {"mac verify failure, for the CA's PKCS#12",
         [&f] {
             return show(pki().good(),
                         {.ca = TrustAnchors::file(f.locked_ca, Secret{wrong_passphrase})});
         },
         Reason::ca_malformed,
         Stage::configuration,
         2026,
         {f.locked_ca, "PKCS#12", "password"},
         "TrustAnchors::file(path, Secret"},
        {"no such file, for the client's certificate",
         [&f] { return identify(ClientIdentity::pem_files(f.missing, f.key)); },
         Reason::identity_unreadable,
         Stage::configuration,
         2026,
         {f.missing, "No such file"},
         ".identity in SslOptions"},
        {"bad decrypt",
         [locked] { return identify(locked(wrong_passphrase)); },
         Reason::identity_locked,
         Stage::configuration,
         2026,
         {f.locked_key, "does not open it"},
         "given to ClientIdentity"},
        {"an encrypted key without a passphrase",
         [&f] { return identify(ClientIdentity::pem_files(f.certificate, f.locked_key)); },
         Reason::identity_locked,
         Stage::configuration,
         2026,
         {f.locked_key, "no passphrase was given"},
         "ClientIdentity"},
        {"key values mismatch",
         [&f] { return identify(ClientIdentity::pem_files(f.certificate, f.other_key)); },
         Reason::identity_mismatch,
         Stage::configuration,
         2026,
         {f.certificate, f.other_key, "CN=sealsql test client"},
         ".identity",
         0},
        {"certificate and key swapped",
         [&f] { return identify(ClientIdentity::pem_files(f.key, f.certificate)); },
         Reason::identity_malformed,
         Stage::configuration,
         2026,
         {f.key, "holds a private key"},
         "the certificate first and the key second"},
        {"no start line, as PKCS#12 is given as PEM",
         [&f] { return identify(ClientIdentity::pem_files(f.archive, f.key)); },
         Reason::identity_malformed,
         Stage::configuration,
         2026,
         {f.archive, "PKCS#12"},
         "ClientIdentity::file()"},
        {"no start line, as PKCS#7 is given as PEM",
         [&f] { return identify(ClientIdentity::pem_files(f.bundle, f.key)); },
         Reason::identity_malformed,
         Stage::configuration,
         2026,
         {f.bundle, "PKCS7"},
         "openssl pkcs7 -print_certs"},
        {"a client certificate that has expired",
         [] {
             Identity const mine = pki().trusted().issue({.common_names = {"an old client"},
                                                          .not_before = std::chrono::hours{-48},
                                                          .not_after = std::chrono::hours{-1},
                                                          .purpose = Purpose::client});
             return identify(ClientIdentity::memory(mine.certificate_pem,
                                                    Secret{std::string_view{mine.key_pem}}));
         },
         Reason::expired,
         Stage::configuration,
         2026,
         {"CN=an old client", "expired on 20", clock},
         "renew the client certificate",
         0},

        // --- What servers say of plaintext, certificates and methods ---
        {"3159 Connections using insecure transport are prohibited",
         [] {
             return in_plaintext({greeting(), expect_login(), error(3159, "HY000", "insecure")});
         },
         {},
         Stage::configuration,
         3159,
         {"insecure"},
         "call ssl()"},
        {"1045 Access denied, as MariaDB says of plaintext",
         [] {
             return in_plaintext(
                 {greeting(), expect_login(), error(1045, "28000", "Access denied")});
         },
         {},
         Stage::configuration,
         1045,
         {"Access denied"},
         "when it demands TLS"},
        {"1045 Access denied, for want of a client certificate",
         [] {
             return meet({greeting(), start_tls(pki().good()), expect_login(),
                          error(1045, "28000", "Access denied")});
         },
         {},
         Stage::configuration,
         1045,
         {"Access denied"},
         ".identity in SslOptions"},
        {"certificate required",
         [] {
             return meet(logged_in(pki().good(), {.max_version = Version::tls1_2,
                                                  .insist_on_certificate = true,
                                                  .trust_pem = pki().trust_pem()}));
         },
         Reason::handshake_refused,
         Stage::handshake,
         2026,
         {"was refused by the other side"},
         ".identity in SslOptions"},
        {"2061 Authentication requires secure connection",
         [] {
             return in_plaintext({greeting(wire::mysql_greeting()), expect_login(),
                                  auth_switch("caching_sha2_password"), expect_auth_reply()});
         },
         {},
         Stage::configuration,
         5010,
         {"asks for the login method caching_sha2_password"},
         "call ssl()"},
        {"2059 Authentication plugin cannot be loaded",
         [] {
             return meet({greeting(), start_tls(pki().good()), expect_login(),
                          auth_switch("no_such_plugin"), expect_auth_reply(), silence()});
         },
         {},
         Stage::configuration,
         5010,
         {"asks for the login method no_such_plugin"},
         "caching_sha2_password"},
    };
}

/// The part of a key that nobody must see.
std::string inside_of(std::string const& key_pem)
{
    return key_pem.substr(key_pem.find('\n') + 1, 40);
}

void check_message(Message const& expected, Outcome const& outcome)
{
    CHECK_FALSE(outcome.connected);
    REQUIRE(outcome.error);
    Error const& error = *outcome.error;
    CHECK(error.code() == expected.code);
    for (std::string const& part : expected.says) {
        INFO("says: " << part);
        CHECK(error.message().find(part) != std::string::npos);
    }
    CHECK_FALSE(error.remedy().empty());
    CHECK(error.remedy().find(expected.cure) != std::string::npos);
    // Who it is about: the server, or the file that stands in `says`.
    if (!expected.reason || expected.stage != TlsStage::configuration)
        CHECK(error.message().find("127.0.0.1:") != std::string::npos);
    for (std::string const& secret :
         {std::string{victim_password}, std::string{passphrase}, std::string{wrong_passphrase},
          inside_of(files().client.key_pem), inside_of(pki().good().key_pem)})
        CHECK(outcome.text().find(secret) == std::string::npos);

    CHECK(outcome.tls_error.has_value() == expected.reason.has_value());
    if (!expected.reason || !outcome.tls_error)
        return;
    CHECK(outcome.reason() == to_string(*expected.reason));
    CHECK(std::string{to_string(outcome.tls_error->stage())} == to_string(expected.stage));
    CHECK_FALSE(leaked(outcome.seen));
    Certificate const* const certificate = outcome.tls_error->certificate();
    REQUIRE((certificate != nullptr) == expected.depth.has_value());
    if (certificate == nullptr)
        return;
    CHECK(outcome.tls_error->certificate_depth() == *expected.depth);
    CHECK_FALSE(certificate->subject.empty());
    CHECK_FALSE(certificate->issuer.empty());
    CHECK(error.message().find(certificate->subject) != std::string::npos);
    CHECK(certificate->not_before < certificate->not_after);
    CHECK(certificate->sha256_hex().size() == 64);
}

/// The words of a line that stand between backticks.
std::vector<std::string> quoted(std::string const& text)
{
    std::vector<std::string> words;
    std::size_t begin = text.find('`');
    while (begin != std::string::npos) {
        std::size_t const end = text.find('`', begin + 1);
        words.push_back(text.substr(begin + 1, end - begin - 1));
        begin = text.find('`', end + 1);
    }
    return words;
}

/// A line of the README's table: what it is about, and what to do.
struct Line {
    std::vector<std::string> about;
    std::vector<std::string> calls;
};

std::vector<Line> table_of_readme()
{
    std::ifstream in{SEALSQL_README};
    std::vector<Line> lines;
    bool here = false;
    for (std::string text; std::getline(in, text);) {
        if (text.rfind("## ", 0) == 0)
            here = text == "## When it does not connect";
        if (!here || text.rfind("| `", 0) != 0)
            continue;
        std::size_t const second = text.find(" | ");
        std::size_t const third = text.find(" | ", second + 3);
        REQUIRE(third != std::string::npos);
        lines.push_back({quoted(text.substr(0, second)), quoted(text.substr(third))});
    }
    return lines;
}

std::string key_of(Message const& message)
{
    return message.reason ? to_string(*message.reason) : std::to_string(message.code);
}

} // namespace

TEST_CASE("every message that people know says what is wrong and names the cure",
          "[hostile][valgrind]")
{
    auto const all = messages();
    CHECK(all.size() >= 40);
    for (Message const& message : all) {
        Outcome const outcome = message.arrange();
        INFO(message.situation << ", " << outcome.reason() << "\n" << outcome.describe());
        check_message(message, outcome);
    }
}

TEST_CASE("an unknown login method asked for when the password was sent does not show the proof",
          "[hostile][valgrind]")
{
    // Connector/C keeps the method's name by a pointer into the buffer that it then writes the reply into.
    for (std::size_t const size : {4U, 8U, 14U, 20U, 40U, 80U, 200U}) {
        Outcome const outcome =
            meet({greeting(wire::mysql_greeting()), start_tls(pki().good()), expect_login(),
                  auth_more("\x04"), expect_auth_reply(), auth_switch(std::string(size, 'm')),
                  expect_auth_reply(), silence()});
        INFO(size << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.text().find("asks for the login method mmmm") != std::string::npos);
        CHECK(outcome.text().find("\\x") == std::string::npos); // the proof is binary
        CHECK(outcome.text().find(victim_user) == std::string::npos);
    }
}

TEST_CASE("formats that other clients refuse are simply taken", "[hostile]")
{
    // DER and PKCS#7 given as PEM; for a CA there is nothing to convert.
    TemporaryDirectory const directory;
    for (std::string const& content : {to_der(pki().trust_pem()), to_pkcs7(pki().trust_pem())}) {
        auto const file = directory.write("ca.crt", content);
        CHECK(show(pki().good(), {.ca = file}).connected);
    }
}

TEST_CASE("the README's table of messages is the one that is tested", "[hostile]")
{
    auto const all = messages();
    auto const lines = table_of_readme();
    REQUIRE(lines.size() >= 15);
    std::set<std::string> listed;
    for (Line const& line : lines) {
        for (std::string const& about : line.about) {
            INFO(about);
            listed.insert(about);
            CHECK(std::any_of(all.begin(), all.end(),
                              [&](Message const& one) { return key_of(one) == about; }));
        }
        for (std::string const& call : line.calls) {
            INFO(line.about.front() << ": " << call);
            CHECK(std::any_of(all.begin(), all.end(), [&](Message const& one) {
                return std::find(line.about.begin(), line.about.end(), key_of(one)) !=
                           line.about.end() &&
                       one.cure.find(call) != std::string::npos;
            }));
        }
    }
    for (Message const& message : all) {
        INFO(message.situation);
        CHECK(listed.contains(key_of(message)));
    }
}
