// SslOptions and TrustAnchors: values, and contradictions that are refused.

#include <sealsql/ssl_options.hpp>

#include <sealsql/error.hpp>
#include <sealsql/secret.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using sealsql::Pin;
using sealsql::Revocation;
using sealsql::SslOptions;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TlsStage;
using sealsql::TlsVersion;
using sealsql::TrustAnchors;
using sealsql::VerifyMode;
using unit::contains;
using unit::error_of;

namespace {

// `.ca =` takes whatever a path can be made of without a cast.
static_assert(std::convertible_to<char const*, TrustAnchors>);
static_assert(std::convertible_to<char const (&)[10], TrustAnchors>);
static_assert(std::convertible_to<std::string, TrustAnchors>);
static_assert(std::convertible_to<std::string&, TrustAnchors>);
static_assert(std::convertible_to<std::string const&, TrustAnchors>);
static_assert(std::convertible_to<std::string_view, TrustAnchors>);
static_assert(std::convertible_to<std::filesystem::path, TrustAnchors>);
static_assert(std::convertible_to<std::filesystem::path&, TrustAnchors>);
static_assert(std::convertible_to<std::filesystem::path const&, TrustAnchors>);
// And nothing else.
static_assert(!std::convertible_to<int, TrustAnchors>);
static_assert(!std::convertible_to<bool, TrustAnchors>);
static_assert(!std::convertible_to<std::nullptr_t, TrustAnchors>);
static_assert(!std::convertible_to<VerifyMode, TrustAnchors>);
static_assert(!std::convertible_to<std::vector<std::string>, TrustAnchors>);
static_assert(!std::convertible_to<TrustAnchors, bool>);
static_assert(!std::convertible_to<TrustAnchors, std::string>);

static_assert(std::regular<TrustAnchors>);
static_assert(std::regular<SslOptions>);
static_assert(std::is_nothrow_move_constructible_v<TrustAnchors>);
static_assert(std::is_aggregate_v<SslOptions>);

void require_refused(SslOptions const& options, std::string_view message, std::string_view remedy)
{
    auto const error = error_of<TlsError>([&] { check(options); });
    CHECK(error.reason() == TlsReason::options_contradict);
    CHECK(error.stage() == TlsStage::configuration);
    CHECK(error.code() == 2026);
    CHECK_FALSE(error.retryable());
    CHECK(error.certificate() == nullptr);
    CHECK(contains(error.message(), message));
    CHECK(contains(error.remedy(), remedy));
}

} // namespace

TEST_CASE("What is trusted when nothing is said", "[ssl_options]")
{
    SslOptions const options;
    CHECK(options.ca.is_system());
    CHECK(options.ca.describe() == "the system's CAs");
    CHECK(options.verify == VerifyMode::identity);
    CHECK(options.server_name.empty());
    CHECK(options.min_version == TlsVersion::tls1_2);
    CHECK(options.ca == TrustAnchors::system());
    CHECK(options.ca == TrustAnchors{});
    check(options);
}

TEST_CASE("A path becomes the file to trust", "[ssl_options]")
{
    std::filesystem::path const path = "/etc/ssl/db-ca.pem";
    std::string const text = path.string();
    auto const file = TrustAnchors::file(path);
    CHECK_FALSE(file.is_system());
    REQUIRE(file.sources().size() == 1);
    CHECK(file.sources()[0].path == path);
    CHECK(file.describe() == "the CAs in " + path.string());

    CHECK(SslOptions{.ca = "/etc/ssl/db-ca.pem"}.ca == file);
    CHECK(SslOptions{.ca = text}.ca == file);
    CHECK(SslOptions{.ca = std::string_view{text}}.ca == file);
    CHECK(SslOptions{.ca = path}.ca == file);
    CHECK(SslOptions{.ca = text.c_str()}.ca == file);
    CHECK(SslOptions{.ca = file}.ca == file);
    CHECK(SslOptions{.ca = TrustAnchors::file(path)}.ca == file);

    TrustAnchors copy = file;
    CHECK(copy == file);
    TrustAnchors const moved = std::move(copy);
    CHECK(moved == file);
    TrustAnchors assigned;
    assigned = "/etc/ssl/db-ca.pem";
    CHECK(assigned == file);
    assigned = TrustAnchors::system();
    CHECK(assigned.is_system());
    // A path that is an lvalue and not const must choose neither the copy nor the wrong template.
    std::filesystem::path changeable = path;
    TrustAnchors const of_lvalue{changeable};
    CHECK(of_lvalue == file);
    CHECK(changeable == path);
    TrustAnchors lvalue = file;
    TrustAnchors const of_anchors{lvalue};
    CHECK(of_anchors == file);
}

TEST_CASE("Trust adds up", "[ssl_options]")
{
    using sealsql::Secret;
    auto const system = TrustAnchors::system();
    auto const file = TrustAnchors::file("/a.pem");
    auto const directory = TrustAnchors::directory("/d");
    auto const memory = TrustAnchors::memory("bytes");
    auto const keystore = TrustAnchors::file("/a.jks", Secret{"pass word"});

    for (auto const& [sum, words, with_system] :
         std::vector<std::tuple<TrustAnchors, std::string, bool>>{
             {system + file, "the system's CAs and the CAs in /a.pem", true},
             {directory + memory,
              "the CAs in the directory /d and the CAs given to TrustAnchors::memory()", false},
             {keystore, "the CAs in /a.jks", false},
             {file + directory + system,
              "the CAs in /a.pem and the CAs in the directory /d and the system's CAs", true}}) {
        CHECK(sum.describe() == words);
        CHECK(sum.includes_system() == with_system);
        CHECK_FALSE(sum.is_system());
    }
    CHECK(system + file == file + system);
    CHECK(system + file == system + "/a.pem");
    CHECK(system + file != system);
    CHECK(system + file != file);
    CHECK(file + file == file);
    CHECK((system + system).is_system());
    CHECK(file + file + directory == directory + file);

    CHECK(keystore != TrustAnchors::file("/a.jks"));
    CHECK(keystore != TrustAnchors::file("/a.jks", Secret{"other"}));
    CHECK(keystore == TrustAnchors::file("/a.jks", Secret{"pass word"}));
    CHECK(TrustAnchors::file("/a.jks", Secret{}) != TrustAnchors::file("/a.jks"));
    CHECK(TrustAnchors::file("/d") != directory);
    CHECK(memory != TrustAnchors::memory("other bytes"));
    CHECK(memory != TrustAnchors::memory("bytes", Secret{}));

    TrustAnchors sum;
    sum += sum;
    CHECK(sum.is_system());
    sum += "/a.pem";
    CHECK(sum == system + file);
    sum += sum;
    CHECK(sum == system + file);
    sum = sum + keystore;
    CHECK(sum.sources().size() == 3);

    std::string changeable = "first";
    auto const copied = TrustAnchors::memory(changeable);
    changeable = "second";
    CHECK(copied == TrustAnchors::memory("first"));
}

TEST_CASE("SslOptions are equal if all of them are", "[ssl_options]")
{
    SslOptions const base{.ca = "/a.pem", .server_name = "db", .min_version = TlsVersion::tls1_2};
    CHECK(base == SslOptions{.ca = "/a.pem", .server_name = "db"});
    CHECK(base != SslOptions{.ca = "/b.pem", .server_name = "db"});
    CHECK(base != SslOptions{.server_name = "db"});
    CHECK(base != SslOptions{.ca = "/a.pem", .server_name = "DB"});
    CHECK(base != SslOptions{.ca = "/a.pem", .verify = VerifyMode::ca, .server_name = "db"});
    CHECK(base !=
          SslOptions{.ca = "/a.pem", .server_name = "db", .min_version = TlsVersion::tls1_3});
    CHECK(base != SslOptions{.ca = "/a.pem", .server_name = "db", .also_accept_names = {"b"}});
    CHECK(base != SslOptions{.ca = "/a.pem", .server_name = "db", .sni_name = "b"});
    CHECK(TrustAnchors::file("") != TrustAnchors::system());
}

TEST_CASE("check() over every combination", "[ssl_options]")
{
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca, VerifyMode::none}) {
        for (TrustAnchors const& ca :
             {TrustAnchors::system(), TrustAnchors::file("/a.pem"), TrustAnchors::file("")}) {
            for (std::string const& name : {std::string{}, std::string{"db.internal"},
                                            std::string{"192.0.2.1"}, std::string("a\0b", 3)}) {
                for (TlsVersion const version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
                    CAPTURE(to_string(verify), ca.is_system(), name);
                    bool const ignored_ca = verify == VerifyMode::none && !ca.is_system();
                    bool const ignored_name = verify != VerifyMode::identity && !name.empty();
                    bool const anybody = verify == VerifyMode::ca && ca.is_system();
                    bool const no_path = !ca.is_system() && ca.sources()[0].path.empty();
                    bool const nul = name.find('\0') != std::string::npos;
                    bool refused = false;
                    try {
                        check(SslOptions{.ca = ca,
                                         .verify = verify,
                                         .server_name = name,
                                         .min_version = version});
                    } catch (TlsError const& error) {
                        refused = error.reason() == TlsReason::options_contradict;
                        CHECK_FALSE(error.remedy().empty());
                    }
                    CHECK(refused == (ignored_ca || ignored_name || anybody || no_path || nul));
                }
            }
        }
    }
}

TEST_CASE("A contradiction is refused with its cure", "[ssl_options]")
{
    require_refused({.ca = "/a.pem", .verify = VerifyMode::none},
                    "VerifyMode::none that would ignore it", "remove .verify");
    require_refused({.verify = VerifyMode::ca, .server_name = "db"}, "would not check the name",
                    "use VerifyMode::identity");
    require_refused({.verify = VerifyMode::none, .server_name = "db"}, "would not check the name",
                    "use VerifyMode::identity");
    require_refused({.verify = VerifyMode::ca}, "any public CA", "the CA of your server in .ca");
    require_refused({.ca = ""}, "empty path", "the path of a file");
    require_refused({.ca = TrustAnchors::directory("")}, "empty path", "the path of a file");
    require_refused({.ca = TrustAnchors::system() + ""}, "empty path", "the path of a file");
    require_refused({.ca = "/a.pem" + TrustAnchors::system(), .verify = VerifyMode::ca},
                    "any public CA", "it alone");
    require_refused({.ca = TrustAnchors::system() + "/a.pem", .verify = VerifyMode::none},
                    "VerifyMode::none that would ignore it", "remove .verify");
    check(SslOptions{.ca = TrustAnchors::file("/a.pem") + "/b.pem", .verify = VerifyMode::ca});
    TrustAnchors gone = "/a.pem";
    TrustAnchors const taken = std::move(gone);
    // NOLINTNEXTLINE(bugprone-use-after-move): that it does not become the system's is the point
    require_refused({.ca = gone}, "moved from", "again");
    require_refused({.server_name = std::string("db\0.evil", 8)}, "no host name",
                    "one name or IP address");
    require_refused({.server_name = "*.internal"}, "no host name", "no pattern");
    for (VerifyMode const verify : {VerifyMode::ca, VerifyMode::none})
        require_refused({.verify = verify, .also_accept_names = {"db"}}, "would not check the name",
                        "use VerifyMode::identity");
    for (std::string const name : {"", "*.internal", "a b", ".internal", "a..b"})
        require_refused({.also_accept_names = {"db", name}}, "hold what is no host name",
                        "no patterns");
    check(SslOptions{.server_name = "a", .also_accept_names = {"b.internal", "192.0.2.1", "::1"}});
    require_refused({.sni_name = "192.0.2.1"}, "no host name", "IP addresses are not sent");
    require_refused({.sni_name = "::1"}, "no host name", "IP addresses are not sent");
    require_refused({.sni_name = "*.internal"}, "no host name", "xn--");
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::none})
        check(SslOptions{.verify = verify, .sni_name = "proxy.internal"});
}

namespace {

std::string const some_key = "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG/v8/f4=";
std::string const other_key = "sha256//AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG/v8/f4=";
std::string const some_certificate(64, 'a');

std::string agree(sealsql::Certificate const&, std::vector<sealsql::Certificate> const&,
                  void const*)
{
    return {};
}

std::string disagree(sealsql::Certificate const&, std::vector<sealsql::Certificate> const&,
                     void const*)
{
    return "no";
}

} // namespace

TEST_CASE("A public key without another in reserve is refused unless that is said", "[ssl_options]")
{
    Pin const key = Pin::public_key(some_key);
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::none}) {
        require_refused({.verify = verify, .pins = {key}}, "a single public key",
                        "Pin::public_key_without_reserve()");
        require_refused({.verify = verify, .pins = {key, key}}, "a single public key", "reserve");
        check(SslOptions{.verify = verify, .pins = {key, Pin::public_key(other_key)}});
        check(SslOptions{.verify = verify, .pins = {key, Pin::certificate(some_certificate)}});
        check(SslOptions{.verify = verify, .pins = {Pin::certificate(some_certificate)}});
        check(SslOptions{.verify = verify, .pins = {Pin::public_key_without_reserve(some_key)}});
    }
}

TEST_CASE("Checks on top that nothing would come of are refused", "[ssl_options]")
{
    Revocation const lists = Revocation::of_whole_chain({"/a.crl"});
    check(SslOptions{.revocation = lists, .max_chain_depth = 0, .security_level = 3});
    require_refused({.verify = VerifyMode::none, .revocation = lists}, "would ignore them",
                    "remove .verify");
    require_refused({.verify = VerifyMode::none, .max_chain_depth = 1}, "looks at no chain",
                    "remove .verify");
    require_refused({.revocation = Revocation::of_whole_chain({})}, "without naming any",
                    "the path of a file or folder");
    require_refused({.revocation = Revocation::of_server_only({"/a.crl", ""})}, "empty path",
                    "the path of a file or folder");
    require_refused({.max_chain_depth = 101}, "over 100", "smaller number");
    for (int const level : {-1, 0, 1, 6})
        require_refused({.security_level = level}, "security_level", "leave .security_level out");
    for (int const level : {2, 3, 4, 5})
        check(SslOptions{.security_level = level});
}

TEST_CASE("Checks on top are values", "[ssl_options]")
{
    SslOptions const base;
    CHECK_FALSE(base.revocation.is_on());
    CHECK_FALSE(base.also_check);
    CHECK(base.revocation == Revocation::off());
    CHECK(base != SslOptions{.pins = {Pin::certificate(some_certificate)}});
    CHECK(base != SslOptions{.max_chain_depth = 9});
    CHECK(base != SslOptions{.security_level = 3});
    CHECK(base != SslOptions{.revocation = Revocation::of_whole_chain({"/a.crl"})});
    CHECK(Revocation::of_whole_chain({"/a.crl"}) == Revocation::of_whole_chain({"/a.crl"}));
    CHECK(Revocation::of_whole_chain({"/a.crl"}) != Revocation::of_server_only({"/a.crl"}));
    CHECK(Revocation::of_whole_chain({"/a.crl"}) != Revocation::of_whole_chain({"/b.crl"}));
    std::filesystem::path const path = "/a.crl";
    CHECK(Revocation::of_whole_chain({path}) == Revocation::of_whole_chain({"/a.crl"}));

    auto const context = std::make_shared<int const>(1);
    CHECK(base != SslOptions{.also_check = agree});
    CHECK(SslOptions{.also_check = agree} == SslOptions{.also_check = agree});
    CHECK(SslOptions{.also_check = agree} != SslOptions{.also_check = disagree});
    CHECK(SslOptions{.also_check = {agree, context}} == SslOptions{.also_check = {agree, context}});
    CHECK(SslOptions{.also_check = {agree, context}} !=
          SslOptions{.also_check = {agree, std::make_shared<int const>(1)}});
}

TEST_CASE("A name to check is one name, and no pattern", "[ssl_options]")
{
    auto const plausible = [](std::string_view text) {
        return sealsql::detail::is_plausible_host(text);
    };
    for (std::string_view const name :
         {"localhost", "db.internal", "db.internal.", "DB-1.Example", "a_b.example", "192.0.2.1",
          "::1", "2001:DB8::1", "fe80::1%eth0", "xn--bcher-kva.example", "1"}) {
        CAPTURE(name);
        CHECK(plausible(name));
        check(SslOptions{.server_name = std::string{name}});
    }
    // OpenSSL lets a leading dot match every name below, and ends a name at a NUL.
    for (std::string_view const name : {".",
                                        ".example",
                                        "a..b",
                                        "..",
                                        "*",
                                        "*.example",
                                        "a*.example",
                                        "a,b",
                                        "[::1]",
                                        "a b",
                                        " a",
                                        "a ",
                                        "a/b",
                                        "user@host",
                                        "https://a",
                                        "b\xC3\xBC"
                                        "cher.example",
                                        "a\n",
                                        "a\x7f",
                                        "a'b",
                                        "a\\b",
                                        "(a)",
                                        "a;b"}) {
        CAPTURE(name);
        CHECK_FALSE(plausible(name));
        CHECK_THROWS_AS(check(SslOptions{.server_name = std::string{name}}), TlsError);
    }
    CHECK_FALSE(plausible(""));
    CHECK_FALSE(plausible(std::string_view{"a\0b", 3}));
    CHECK(plausible(std::string(255, 'a')));
    CHECK_FALSE(plausible(std::string(256, 'a')));
}

TEST_CASE("Modes and versions have names", "[ssl_options]")
{
    CHECK(std::string_view{to_string(VerifyMode::identity)} == "identity");
    CHECK(std::string_view{to_string(VerifyMode::ca)} == "ca");
    CHECK(std::string_view{to_string(VerifyMode::none)} == "none");
    CHECK(std::string_view{to_string(static_cast<VerifyMode>(9))} == "unknown");
    CHECK(std::string_view{to_string(TlsVersion::tls1_2)} == "TLSv1.2");
    CHECK(std::string_view{to_string(TlsVersion::tls1_3)} == "TLSv1.3");
    CHECK(std::string_view{to_string(static_cast<TlsVersion>(9))} == "unknown");
}

TEST_CASE("Versions, ciphers and levels that contradict each other are refused", "[ssl_options]")
{
    using sealsql::TlsVersion;
    std::vector<SslOptions> const contradictions{
        {.min_version = TlsVersion::tls1_3, .max_version = TlsVersion::tls1_2},
        {.min_version = TlsVersion::tls1_1},
        {.min_version = TlsVersion::tls1_0},
        {.insecure_legacy_tls = true},
        {.min_version = TlsVersion::tls1_0, .insecure_legacy_tls = true, .security_level = 3},
        {.max_version = TlsVersion::tls1_2, .cipher_suites = {"TLS_AES_128_GCM_SHA256"}},
        {.min_version = TlsVersion::tls1_3, .ciphers = {"ECDHE-RSA-AES128-GCM-SHA256"}},
    };
    for (SslOptions const& options : contradictions) {
        auto const error = error_of<TlsError>([&] { check(options); });
        CHECK(error.reason() == TlsReason::options_contradict);
        CHECK_FALSE(error.remedy().empty());
    }
    CHECK_NOTHROW(
        check(SslOptions{.min_version = TlsVersion::tls1_0, .insecure_legacy_tls = true}));
    CHECK_NOTHROW(
        check(SslOptions{.min_version = TlsVersion::tls1_3, .max_version = TlsVersion::tls1_3}));
}
