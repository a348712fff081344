// What the TLS engine does without a network: reading trust, telling addresses from names.

#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_store.hpp>

#include <sealsql/connection.hpp>
#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TlsStage;
using sealsql::TrustAnchors;
using sealsql::detail::is_ip_address;
using sealsql::detail::load_trust_store;
using sealsql::testing::TemporaryDirectory;
using sealsql::testing::TestPki;
using unit::contains;
using unit::error_of;

namespace {

TlsError refusal(std::filesystem::path const& file)
{
    return error_of<TlsError>([&] { static_cast<void>(load_trust_store(file)); });
}

// Refused, with the file's name in the text and what to do about it.
void check_refused(std::filesystem::path const& file, TlsReason reason, std::string_view message)
{
    auto const error = refusal(file);
    CAPTURE(error.what());
    CHECK(error.reason() == reason);
    CHECK(error.stage() == TlsStage::configuration);
    CHECK(contains(error.message(), message));
    CHECK(contains(error.message(), file.string()));
    CHECK_FALSE(error.remedy().empty());
    CHECK_FALSE(error.retryable());
    CHECK(error.certificate() == nullptr);
}

std::string const& first_pem() { return TestPki::shared().trust_pem(); }
std::string const& second_pem() { return TestPki::shared().good().certificate_pem; }

} // namespace

TEST_CASE("Addresses and names are told apart", "[tls_engine]")
{
    for (std::string const text :
         {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1",
          "2001:DB8:0:0:0:0:0:1", "::ffff:192.0.2.1", "fe80::1"}) {
        CAPTURE(text);
        CHECK(is_ip_address(text));
    }
    for (std::string const text :
         {"",           "localhost",      "db.internal", "127.0.0.1.",     "127.0.0.1.example",
          "1.2.3",      "1.2.3.4.5",      "256.0.0.1",   "0127.0.0.1",     "127.1",
          "2130706433", "0x7f000001",     "[::1]",       "::1]",           "1::2::3",
          "g::1",       " 127.0.0.1",     "127.0.0.1 ",  "127.0.0.1:3306", "::1/128",
          "*",          "1.2.3.4,5.6.7.8"}) {
        CAPTURE(text);
        CHECK_FALSE(is_ip_address(text));
    }
}

TEST_CASE("OpenSSL says who it is", "[tls_engine]")
{
    CHECK(contains(sealsql::detail::openssl_version(), "OpenSSL 3"));
}

TEST_CASE("The system's store can be had", "[tls_engine]")
{
    auto const store = load_trust_store(TrustAnchors::system());
    CHECK(store != nullptr);
    CHECK(load_trust_store(TrustAnchors{}) == store); // parsed once
}

TEST_CASE("CA files that are read", "[tls_engine]")
{
    TemporaryDirectory const directory;
    auto const accepted = [&](std::string_view pem) {
        return load_trust_store(directory.write("ca.pem", pem)) != nullptr;
    };
    std::string const& one = first_pem();

    CHECK(accepted(one));
    CHECK(accepted(one + second_pem()));
    CHECK(accepted(one + one)); // the same twice does no harm
    CHECK(accepted("# the CA of the shop\n" + one + "\n\nand text behind it\n"));
    CHECK(accepted(TestPki::shared().trusted().key_pem() + one)); // as some tools write them
    CHECK(accepted(one + TestPki::shared().trusted().key_pem()));
    CHECK(accepted(one.substr(0, one.size() - 1))); // no newline at the end

    std::string windows;
    for (char const c : one)
        windows += c == '\n' ? std::string{"\r\n"} : std::string(1, c);
    CHECK(accepted(windows));

    SECTION("many certificates")
    {
        std::string many;
        for (int i = 0; i < 50; ++i)
            many += sealsql::testing::Authority{}.certificate_pem();
        CHECK(accepted(many));
    }
    SECTION("through a symbolic link")
    {
        auto const target = directory.write("target.pem", one);
        auto const link = directory.path() / "link.pem";
        std::filesystem::create_symlink(target, link);
        CHECK(load_trust_store(link) != nullptr);
    }
}

TEST_CASE("CA files that cannot be read", "[tls_engine]")
{
    TemporaryDirectory const directory;
    check_refused(directory.path() / "missing.pem", TlsReason::ca_unreadable,
                  "cannot be opened: No such file or directory");
    check_refused(directory.path() / "missing" / "ca.pem", TlsReason::ca_unreadable,
                  "No such file or directory");
    check_refused(directory.write("file", "x") / "ca.pem", TlsReason::ca_unreadable,
                  "Not a directory");
    check_refused(directory.path(), TlsReason::ca_unreadable, "is a directory");
    CHECK(contains(refusal(directory.path() / "missing.pem").remedy(), ".ca"));

    std::filesystem::create_symlink(directory.path() / "nowhere",
                                    directory.path() / "dangling.pem");
    check_refused(directory.path() / "dangling.pem", TlsReason::ca_unreadable,
                  "No such file or directory");

    SECTION("its name is escaped")
    {
        auto const error = refusal(directory.path() / "a\x1b[2J.pem");
        CHECK(contains(error.message(), "a\\x1b[2J.pem"));
        CHECK_FALSE(contains(error.what(), "\x1b"));
    }
}

TEST_CASE("CA files that hold no certificate", "[tls_engine]")
{
    TemporaryDirectory const directory;
    auto const check_without = [&](std::string_view content) {
        check_refused(directory.write("ca.pem", content), TlsReason::ca_malformed,
                      "holds no certificate");
    };
    check_without("");
    check_without("\n\n");
    check_without("this is not a certificate\n");
    check_without(std::string(100'000, '\0'));
    check_without(TestPki::shared().trusted().key_pem());
    check_without(
        sealsql::testing::encrypt_key(TestPki::shared().trusted().key_pem(), "passphrase"));
    check_without(TestPki::shared().trusted().revocation_list({}));
    CHECK(contains(refusal(directory.write("ca.pem", "")).remedy(), "BEGIN CERTIFICATE"));
}

TEST_CASE("CA files that are damaged", "[tls_engine]")
{
    TemporaryDirectory const directory;
    std::string const& good = first_pem();
    auto const number_of_damaged = [&](std::string_view content) {
        auto const file = directory.write("ca.pem", content);
        auto const error = refusal(file);
        CHECK(error.reason() == TlsReason::ca_malformed);
        CHECK(contains(error.message(), file.string()));
        std::string_view const text = error.message();
        auto const place = text.find("its certificate ");
        return place == std::string_view::npos ? '?' : text[place + 16];
    };
    std::string damaged = good;
    damaged[damaged.find('\n') + 40] = '*';
    CHECK(number_of_damaged(damaged) == '1');
    CHECK(number_of_damaged(damaged + good) == '1');
    CHECK(number_of_damaged(good + damaged) == '2');
    CHECK(number_of_damaged(good + good + damaged + good) == '3');

    SECTION("base64 that is no certificate")
    {
        CHECK(number_of_damaged("-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END "
                                "CERTIFICATE-----\n") == '1');
        CHECK(number_of_damaged(
                  good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") == '2');
    }
    SECTION("encrypted: nobody is asked for a passphrase")
    {
        CHECK(number_of_damaged(
                  good + "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
                         "AES-256-CBC,00000000000000000000000000000000\n\nAAAAAAAAAAAAAAAAAAAAAA=="
                         "\n-----END CERTIFICATE-----\n") == '2');
    }
    SECTION("cut off anywhere behind its first line")
    {
        std::size_t const begin = good.find('\n') + 1;
        for (std::size_t size = begin; size + 2 < good.size(); size += 7) {
            CAPTURE(size);
            CHECK(number_of_damaged(good + good.substr(0, size)) == '2');
        }
    }
}

TEST_CASE("A byte order mark does not hide a certificate", "[tls_engine]")
{
    // OpenSSL might take the mark and the line behind it for text, and silently leave out the first
    // certificate.
    TemporaryDirectory const directory;
    CHECK_NOTHROW(load_trust_store(directory.write("ca.pem", "\xEF\xBB\xBF" + first_pem())));
}

TEST_CASE("An unchanged file is parsed once, a changed one again", "[tls_engine]")
{
    TemporaryDirectory const directory;
    auto const file = directory.write("ca.pem", first_pem());
    auto const store = load_trust_store(file);
    REQUIRE(store != nullptr);

    SECTION("unchanged")
    {
        CHECK(load_trust_store(file) == store);
        CHECK(load_trust_store(file.string()) == store);
        CHECK(load_trust_store(TrustAnchors::file(file)) == store);
        for (int i = 0; i < 100; ++i)
            CHECK(load_trust_store(file) == store);
    }
    SECTION("another file with the same content")
    {
        CHECK(load_trust_store(directory.write("other.pem", first_pem())) != store);
        CHECK(load_trust_store(file) == store);
    }
    SECTION("another size, though the same time")
    {
        auto const time = std::filesystem::last_write_time(file);
        directory.write("ca.pem", first_pem() + second_pem());
        std::filesystem::last_write_time(file, time);
        auto const next = load_trust_store(file);
        CHECK(next != store);
        CHECK(load_trust_store(file) == next);
    }
    SECTION("the same size, another time")
    {
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) +
                                                   std::chrono::seconds{1});
        CHECK(load_trust_store(file) != store);
    }
    SECTION("replaced by another of the same size and time")
    {
        auto const time = std::filesystem::last_write_time(file);
        auto const replacement = directory.write("new.pem", first_pem());
        std::filesystem::last_write_time(replacement, time);
        std::filesystem::rename(replacement, file);
        CHECK(load_trust_store(file) != store);
    }
    SECTION("damaged, then mended: an error is not kept")
    {
        directory.write("ca.pem", "garbage");
        CHECK(refusal(file).reason() == TlsReason::ca_malformed);
        CHECK(refusal(file).reason() == TlsReason::ca_malformed);
        directory.write("ca.pem", first_pem() + "\n");
        CHECK(load_trust_store(file) != nullptr);
    }
    SECTION("removed: what was parsed before is not used")
    {
        std::filesystem::remove(file);
        CHECK(refusal(file).reason() == TlsReason::ca_unreadable);
    }
    SECTION("who still holds the old one keeps it")
    {
        directory.write("ca.pem", second_pem() + first_pem());
        static_cast<void>(load_trust_store(file));
        CHECK(sk_X509_OBJECT_num(X509_STORE_get0_objects(store.get())) == 1);
    }
    SECTION("many files push each other out, and come back")
    {
        std::vector<std::filesystem::path> files;
        for (int i = 0; i < 40; ++i)
            files.push_back(directory.write("ca" + std::to_string(i) + ".pem", first_pem()));
        for (auto const& one : files)
            CHECK(load_trust_store(one) != nullptr);
        CHECK(load_trust_store(files.back()) == load_trust_store(files.back()));
        CHECK(load_trust_store(files.front()) != nullptr);
    }
}

TEST_CASE("Threads that load at the same time get the same store", "[tls_engine]")
{
    TemporaryDirectory const directory;
    auto const file = directory.write("ca.pem", first_pem());
    std::vector<std::future<sealsql::detail::TrustStore>> loads;
    for (int i = 0; i < 8; ++i)
        loads.push_back(std::async(std::launch::async, [&] { return load_trust_store(file); }));
    auto const first = load_trust_store(file);
    for (auto& load : loads)
        CHECK(load.get() == first);
}
