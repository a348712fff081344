// Every format and source of trust, from files that openssl and keytool make; and what is refused,
// with its reason, file, format and cure.

#include <sealsql/detail/jks.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/trust_store.hpp>

#include <sealsql/connection.hpp>
#include <sealsql/error.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/trust_anchors.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using sealsql::Secret;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TrustAnchors;
using sealsql::detail::JksReader;
using sealsql::detail::load_trust_store;
using sealsql::testing::TemporaryDirectory;
using sealsql::testing::TestPki;
using unit::contains;
using unit::error_of;

namespace {

using Digests = std::multiset<std::string>; // SHA-256 of certificates, in hexadecimal

Digests digests_in(TrustAnchors const& anchors)
{
    auto const store = load_trust_store(anchors);
    Digests found;
    STACK_OF(X509)* const all = X509_STORE_get1_all_certs(store.get());
    for (int i = 0; i < sk_X509_num(all); ++i) {
        std::array<unsigned char, 32> digest{};
        REQUIRE(X509_digest(sk_X509_value(all, i), EVP_sha256(), digest.data(), nullptr) == 1);
        std::string text;
        for (unsigned const byte : digest) {
            text += "0123456789abcdef"[byte >> 4U];
            text += "0123456789abcdef"[byte & 15U];
        }
        found.insert(text);
    }
    sk_X509_pop_free(all, X509_free);
    return found;
}

std::string const& root_pem() { return TestPki::shared().trust_pem(); }
std::string const& intermediate_pem() { return TestPki::shared().intermediate().certificate_pem(); }
std::string const& key_pem() { return TestPki::shared().trusted().key_pem(); }
std::string const& leaf_pem() { return TestPki::shared().good().certificate_pem; }

Digests digests_of(std::vector<std::string> const& pems)
{
    Digests digests;
    for (auto const& pem : pems)
        digests.insert(sealsql::testing::sha256_of_certificate(pem));
    return digests;
}

Digests both() { return digests_of({root_pem(), intermediate_pem()}); }

std::string read_file(std::filesystem::path const& path)
{
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string body_of(std::string const& pem) // the base64 between the first and the last line
{
    auto const begin = pem.find('\n') + 1;
    return pem.substr(begin, pem.rfind("-----END") - begin);
}

std::string as_pem(std::string_view label, std::string_view der)
{
    std::string base64(der.size() * 2 + 8, '\0');
    int const size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                     reinterpret_cast<unsigned char const*>(der.data()),
                                     static_cast<int>(der.size()));
    base64.resize(static_cast<std::size_t>(size));
    std::string text = "-----BEGIN " + std::string{label} + "-----\n";
    for (std::size_t at = 0; at < base64.size(); at += 64)
        text += base64.substr(at, 64) + "\n";
    return text + "-----END " + std::string{label} + "-----\n";
}

// --- A JKS writer of our own, to be held against keytool's ---

std::string big_endian(std::uint64_t value, unsigned size)
{
    std::string bytes;
    while (size-- != 0)
        bytes += static_cast<char>(static_cast<unsigned char>(value >> (8U * size)));
    return bytes;
}

std::string jks_certificate(std::string_view der, std::string_view type = "X.509")
{
    return big_endian(type.size(), 2) + std::string{type} + big_endian(der.size(), 4) +
           std::string{der};
}

std::string jks_entry(unsigned tag, std::string_view content)
{
    return big_endian(tag, 4) + big_endian(5, 2) + "alias" + big_endian(0, 8) +
           std::string{content};
}

std::string jks_key(std::vector<std::string> const& chain)
{
    std::string content = big_endian(3, 4) + "key" + big_endian(chain.size(), 4);
    for (auto const& der : chain)
        content += jks_certificate(der);
    return jks_entry(1, content);
}

/// `password` in UTF-16, as the checksum has it.
std::string sealed(std::string body, std::string_view password_utf16)
{
    std::string const text = std::string{password_utf16} + "Mighty Aphrodite" + body;
    std::array<unsigned char, 20> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
    return body.append(reinterpret_cast<char const*>(digest.data()), digest.size());
}

std::string utf16(std::string_view ascii)
{
    std::string wide;
    for (char const c : ascii)
        wide.append(1, '\0').append(1, c);
    return wide;
}

std::string jks(std::vector<std::string> const& entries, std::string_view password = "tencentdb",
                std::uint32_t magic = 0xFEEDFEED, std::uint32_t version = 2)
{
    std::string body =
        big_endian(magic, 4) + big_endian(version, 4) + big_endian(entries.size(), 4);
    for (auto const& entry : entries)
        body += entry;
    return sealed(body, utf16(password));
}

std::string root_der() { return sealsql::testing::to_der(root_pem()); }
std::string intermediate_der() { return sealsql::testing::to_der(intermediate_pem()); }

std::string two_entries(std::string_view password = "tencentdb", std::uint32_t magic = 0xFEEDFEED)
{
    return jks({jks_entry(2, jks_certificate(root_der())),
                jks_entry(2, jks_certificate(intermediate_der()))},
               password, magic);
}

// --- Tools ---

bool can_run(std::string const& tool)
{
    return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0;
}

/// Runs in `directory`; true if all went well.
bool run(std::filesystem::path const& directory, std::string const& commands)
{
    std::string const all =
        "cd '" + directory.string() + "' && { " + commands + "; } >>tools.log 2>&1 </dev/null";
    return std::system(all.c_str()) == 0;
}

struct Row {
    std::string name;
    std::string commands; // that make `out`
    Digests expected;
    std::optional<std::string> password = std::nullopt;
};

/// The same trust however the bytes come in.
void check_found(std::string const& bytes, Digests const& expected,
                 std::optional<std::string> const& password)
{
    TemporaryDirectory const directory;
    // A name that lies.
    auto const file = directory.write("misleading.txt", bytes);
    if (password) {
        CHECK(digests_in(TrustAnchors::file(file, Secret{*password})) == expected);
        CHECK(digests_in(TrustAnchors::memory(bytes, Secret{*password})) == expected);
        CHECK_THROWS_AS(digests_in(TrustAnchors::file(file)), TlsError);
        CHECK_THROWS_AS(digests_in(TrustAnchors::file(file, Secret{*password + "x"})), TlsError);
        CHECK_THROWS_AS(digests_in(TrustAnchors::file(file, Secret{})), TlsError);
        return;
    }
    CHECK(digests_in(TrustAnchors::file(file)) == expected);
    CHECK(digests_in(file) == expected);
    CHECK(digests_in(TrustAnchors::memory(bytes)) == expected);
    CHECK(digests_in(TrustAnchors::directory(directory.path())) == expected);
}

void check_rows(std::vector<Row> const& rows)
{
    for (auto const& row : rows) {
        INFO(row.name);
        TemporaryDirectory const directory;
        directory.write("root.pem", root_pem());
        directory.write("intermediate.pem", intermediate_pem());
        directory.write("chain.pem", root_pem() + intermediate_pem());
        directory.write("leaf.pem", leaf_pem());
        directory.write("leaf.key", TestPki::shared().good().key_pem);
        bool const made = run(directory.path(), row.commands);
        INFO(read_file(directory.path() / "tools.log"));
        REQUIRE(made);
        check_found(read_file(directory.path() / "out"), row.expected, row.password);
    }
}

} // namespace

TEST_CASE("Formats that are made here", "[trust_formats]")
{
    std::string const chain = root_pem() + intermediate_pem();
    std::string const p7_pem = sealsql::testing::to_pkcs7(chain);
    std::string const text = "Bag Attributes\n    friendlyName: root\nsubject=CN = root\n";
    auto const with_crlf = [](std::string const& pem) { return replaced(pem, "\n", "\r\n"); };
    Digests const one = digests_of({root_pem()});
    struct Made {
        std::string name;
        std::string bytes;
        Digests expected;
        std::optional<std::string> password = std::nullopt;
    };
    std::vector<Made> const table = {
        {"PEM, one", root_pem(), one},
        {"PEM, two", chain, both()},
        {"PEM, the other order", intermediate_pem() + root_pem(), both()},
        {"PEM, the same twice", root_pem() + root_pem(), one},
        {"PEM, text around", text + root_pem() + text + intermediate_pem() + text, both()},
        {"PEM, CRLF", with_crlf(text + chain), both()},
        {"PEM, second CRLF", root_pem() + with_crlf(intermediate_pem()), both()},
        {"PEM, byte order mark", "\xEF\xBB\xBF" + chain, both()},
        {"PEM, indented first line", "  " + chain, both()},
        {"PEM, no last newline", chain.substr(0, chain.size() - 1), both()},
        {"PEM, key and revocation list between",
         root_pem() + key_pem() + TestPki::shared().trusted().revocation_list({}) +
             intermediate_pem(),
         both()},
        {"PEM, X509 CERTIFICATE", replaced(root_pem(), " CERTIFICATE", " X509 CERTIFICATE"), one},
        {"PEM, TRUSTED CERTIFICATE without settings",
         replaced(root_pem(), " CERTIFICATE", " TRUSTED CERTIFICATE"), one},
        {"DER", root_der(), one},
        {"DER, two in a row", root_der() + intermediate_der(), both()},
        {"DER as bare base64", body_of(root_pem()), one},
        {"PKCS#7, PEM", p7_pem, both()},
        {"PKCS#7, PEM, CRLF, text", with_crlf(text + p7_pem + text), both()},
        {"PKCS#7, CERTIFICATE label", replaced(p7_pem, "PKCS7", "CERTIFICATE"), both()},
        {"PKCS#7, CMS label", replaced(p7_pem, "PKCS7", "CMS"), both()},
        {"PKCS#7, long label", replaced(p7_pem, "PKCS7", "PKCS #7 SIGNED DATA"), both()},
        {"PKCS#7, bare base64", body_of(p7_pem), both()},
        {"PKCS#7, bare base64, CRLF", with_crlf(body_of(p7_pem)), both()},
        {"PKCS#7 and PEM", sealsql::testing::to_pkcs7(root_pem()) + intermediate_pem(), both()},
        {"JKS", two_entries(), both()},
        {"JKS, changeit", two_entries("changeit"), both()},
        {"JKS, no password", two_entries(""), both()},
        {"JKS, another password", two_entries("s3cret"), both(), "s3cret"},
        {"JCEKS", two_entries("tencentdb", 0xCECECECE), both()},
        {"JKS, version 1",
         jks({jks_entry(2, big_endian(root_der().size(), 4) + root_der())}, "tencentdb", 0xFEEDFEED,
             1),
         one},
        {"JKS, a key's certificates are not trusted",
         jks({jks_key({intermediate_der()}), jks_entry(2, jks_certificate(root_der()))}), one},
        {"JKS, password of all planes",
         sealed(jks({jks_entry(2, jks_certificate(root_der()))})
                    .substr(0, 12 + 19 + 11 + root_der().size()),
                std::string("\0a\0\xE9\x20\xAC\xD8\x3D\xDE\x00", 10)),
         one, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
    };
    for (auto const& row : table) {
        INFO(row.name);
        check_found(row.bytes, row.expected, row.password);
    }
}

TEST_CASE("Formats as openssl makes them", "[trust_formats]")
{
    if (!can_run("openssl")) {
        WARN("SKIPPED: there is no openssl command");
        return;
    }
    std::string const p12 = "openssl pkcs12 -export -nokeys -in chain.pem -out out ";
    check_rows({
        {"PEM with text", "openssl x509 -in root.pem -text -out out", digests_of({root_pem()})},
        {"TRUSTED CERTIFICATE", "openssl x509 -in root.pem -trustout -addtrust serverAuth -out out",
         digests_of({root_pem()})},
        {"DER", "openssl x509 -in root.pem -outform DER -out out", digests_of({root_pem()})},
        {"PKCS#7 DER", "openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out out",
         both()},
        {"PKCS#7 PEM", "openssl crl2pkcs7 -nocrl -certfile chain.pem -out out", both()},
        {"PKCS#7 text",
         "openssl crl2pkcs7 -nocrl -certfile chain.pem | openssl pkcs7 -print_certs "
         "-out out",
         both()},
        {"PKCS#12", p12 + "-passout pass:tencentdb", both()},
        {"PKCS#12, changeit", p12 + "-passout pass:changeit", both()},
        {"PKCS#12, empty password", p12 + "-passout pass:", both()},
        {"PKCS#12, another password", p12 + "-passout pass:s3cret", both(), "s3cret"},
        {"PKCS#12, UTF-8 password", p12 + "-passout pass:p\xC3\xA4ss", both(), "p\xC3\xA4ss"},
        {"PKCS#12, not encrypted", p12 + "-certpbe NONE -passout pass:tencentdb", both()},
        {"PKCS#12, not encrypted, no MAC", p12 + "-certpbe NONE -nomac -passout pass:", both()},
        {"PKCS#12, encrypted, no MAC", p12 + "-nomac -passout pass:tencentdb", both()},
        {"PKCS#12, triple DES", p12 + "-certpbe PBE-SHA1-3DES -passout pass:tencentdb", both()},
        {"PKCS#12 as base64", p12 + "-passout pass:tencentdb && base64 out > o && mv o out",
         both()},
    });

    TemporaryDirectory const directory;
    directory.write("root.pem", root_pem());
    if (!run(directory.path(), "openssl list -providers -provider legacy")) {
        WARN("SKIPPED: OpenSSL's legacy provider cannot be loaded");
        return;
    }
    check_rows({{"PKCS#12, RC2-40", p12 + "-legacy -passout pass:tencentdb", both()},
                {"PKCS#12, RC2-40, another password", p12 + "-legacy -passout pass:s3cret", both(),
                 "s3cret"}});
    // The program's own OpenSSL knows no more than before.
    CHECK(OSSL_PROVIDER_available(nullptr, "legacy") == 0);
}

TEST_CASE("Formats as keytool makes them", "[trust_formats]")
{
    if (!can_run("keytool")) {
        WARN("SKIPPED: there is no keytool");
        return;
    }
    auto const import = [](std::string const& options) {
        std::string const add = "keytool -importcert -noprompt -keystore out " + options + " ";
        return add + "-file root.pem -alias root && " + add +
               "-file intermediate.pem -alias intermediate";
    };
    std::string const pass = " -storepass tencentdb";
    check_rows({
        {"JKS", import("-storetype JKS" + pass), both()},
        {"JKS, another password", import("-storetype JKS -storepass s3cret"), both(), "s3cret"},
        {"JCEKS", import("-storetype JCEKS" + pass), both()},
        {"PKCS#12 under .jks", import("-storetype PKCS12" + pass), both()},
        {"PKCS#12, not encrypted, no MAC",
         import("-storetype PKCS12 -J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE "
                "-J-Dkeystore.pkcs12.macAlgorithm=NONE" +
                pass),
         both()},
        {"PKCS#12 with a key: what is marked as trusted counts",
         "openssl pkcs12 -export -in leaf.pem -inkey leaf.key -name leaf -passout pass:tencentdb "
         "-out out && keytool -importcert -noprompt -keystore out -storetype PKCS12" +
             pass + " -file root.pem -alias root",
         digests_of({root_pem()})},
    });
    TemporaryDirectory const directory;
    if (run(directory.path(), "openssl list -providers -provider legacy"))
        check_rows({{"PKCS#12, RC2-40",
                     import("-storetype PKCS12 -J-Dkeystore.pkcs12.legacy" + pass), both()}});
    else
        WARN("SKIPPED: OpenSSL's legacy provider cannot be loaded");
}

TEST_CASE("What is refused as trust", "[trust_formats]")
{
    std::string const chain = root_pem() + intermediate_pem();
    std::string const p7_pem = sealsql::testing::to_pkcs7(chain);
    std::string const p7_der = [&] {
        std::string base64 = replaced(body_of(p7_pem), "\n", "");
        std::string der(base64.size(), '\0');
        int const size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.data()),
                                         reinterpret_cast<unsigned char const*>(base64.data()),
                                         static_cast<int>(base64.size()));
        auto const padding =
            static_cast<std::size_t>(std::count(base64.begin(), base64.end(), '='));
        der.resize(static_cast<std::size_t>(size) - padding);
        return der;
    }();
    std::string const identity = sealsql::testing::to_pkcs12(TestPki::shared().good(), "tencentdb");
    std::string const locked = sealsql::testing::to_pkcs12(TestPki::shared().good(), "other");
    std::string flipped = two_entries();
    flipped[flipped.size() - 40] = static_cast<char>(flipped[flipped.size() - 40] ^ 1);
    std::string const encrypted_certificate =
        "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00000000000000000"
        "000000000000000\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n";
    struct Refused {
        std::string name;
        std::string bytes;
        std::string message; // of it
        std::string remedy;  // of it
        std::optional<std::string> password = std::nullopt;
    };
    std::string const one_entry = jks_entry(2, jks_certificate(root_der()));
    std::vector<Refused> const table = {
        {"empty", "", "is empty", "BEGIN CERTIFICATE"},
        {"byte order mark alone", "\xEF\xBB\xBF", "is empty", "BEGIN CERTIFICATE"},
        {"text", "hello world, this is no certificate!", "holds no certificate", "PKCS#12"},
        {"base64 of a text", "aGVsbG8gd29ybGQ=", "holds no certificate", "DER"},
        {"UTF-16", std::string("\xFF\xFE-\0-\0", 6), "UTF-16", "save it as UTF-8"},
        {"zip", std::string("PK\x03\x04\x14\0", 6) + chain, "ZIP archive",
         "zip_bundle(path), of <sealsql/zip_bundle.hpp>; or unzip it and name the .pem, .p7b or .jks"},
        {"zip, empty", "PK\x05\x06", "ZIP archive", "zip_bundle"},
        {"zip, in pieces", "PK\x07\x08", "ZIP archive", "zip_bundle"},
        {"key, PEM", key_pem(), "a private key (PEM)", "BEGIN CERTIFICATE"},
        {"key, encrypted", sealsql::testing::encrypt_key(key_pem(), "x"), "a private key (PEM)",
         ""},
        {"key, DER", unit::from_hex("3081870201003013"), "a private key (DER)",
         "BEGIN CERTIFICATE"},
        {"a DER of another kind", unit::from_hex("3081870A0100A013"), "something else (DER)",
         "BEGIN CERTIFICATE"},
        {"revocation list", TestPki::shared().trusted().revocation_list({}),
         "a revocation list (PEM)", ""},
        {"PEM, second damaged", root_pem() + replaced(intermediate_pem(), "M", "*"),
         "is damaged: its certificate 2 cannot be read (PEM", "fetch the file again"},
        {"PEM, no certificate inside", as_pem("CERTIFICATE", "not a certificate"),
         "its certificate 1 cannot be read (PEM", "fetch the file again"},
        {"PEM, bytes behind the certificate", as_pem("CERTIFICATE", root_der() + "x"),
         "its certificate 1 cannot be read", "fetch the file again"},
        {"PEM, encrypted: nobody is asked", root_pem() + encrypted_certificate,
         "its certificate 2 cannot be read", "fetch the file again"},
        {"PEM, a key without end", root_pem() + key_pem().substr(0, 60), "has no end",
         "fetch the file again"},
        {"PEM, a begin in the text", "see -----BEGIN CERTIFICATE----- below\n" + root_pem(),
         "its certificate 1 cannot be read", "fetch the file again"},
        {"DER, cut", root_der().substr(0, 100), "certificate 1 cannot be read (DER)", "fetch"},
        {"DER, second cut", root_der() + intermediate_der().substr(0, 100),
         "certificate 2 cannot be read (DER)", "fetch"},
        {"DER, bytes behind", root_der() + "\n", "certificate 2 cannot be read (DER)", "fetch"},
        {"PKCS#7, cut", p7_der.substr(0, p7_der.size() - 1), "damaged PKCS#7", "fetch"},
        {"PKCS#7, bytes behind", p7_der + "x", "damaged PKCS#7", "fetch"},
        {"PKCS#7, damaged PEM", as_pem("PKCS7", p7_der.substr(0, 400)),
         "its certificate 1 cannot be read (PEM, PKCS7)", "fetch"},
        {"PKCS#7, empty", sealsql::testing::to_pkcs7(""), "PKCS#7 that holds no certificate",
         "BEGIN CERTIFICATE"},
        {"PKCS#12 of a key", identity, "PKCS#12 keystore that holds no certificate to trust",
         "pkcs12 -cacerts -nokeys"},
        {"PKCS#12, unknown password", locked,
         "none of the passwords tencentdb, changeit and the empty one fits this PKCS#12 keystore",
         "TrustAnchors::file(path, Secret{"},
        {"PKCS#12, wrong password", locked,
         "the password that was given does not fit this PKCS#12 keystore",
         "TrustAnchors::file(path, Secret{", "wrong"},
        {"PKCS#12, a known password does not help where one was given", identity,
         "the password that was given does not fit", "Secret{", ""},
        {"PKCS#12, cut", identity.substr(0, identity.size() - 1), "damaged PKCS#12 keystore",
         "fetch"},
        {"PKCS#12, bytes behind", identity + "x", "damaged PKCS#12 keystore", "fetch"},
        {"JKS, unknown password", two_entries("s3cret"),
         "none of the passwords tencentdb, changeit and the empty one fits this JKS keystore",
         "TrustAnchors::file(path, Secret{"},
        {"JKS, wrong password", two_entries(), "the password that was given does not fit",
         "Secret{", "wrong"},
        {"JKS, password that is not UTF-8", two_entries(), "does not fit this JKS", "Secret{",
         "\xFF"},
        {"JKS, a bit flipped", flipped, "fits this JKS keystore, or it is damaged", "fetch"},
        {"JCEKS, unknown password", two_entries("s3cret", 0xCECECECE), "this JCEKS keystore",
         "Secret{"},
        {"JKS, empty", jks({}), "JKS keystore that holds no certificate", "keytool -importcert"},
        {"JKS of a key", jks({jks_key({root_der()})}),
         "JKS keystore that holds no certificate to trust, only private keys",
         "keytool -importcert"},
        {"JCEKS with a secret key", jks({one_entry, jks_entry(3, "x")}, "tencentdb", 0xCECECECE),
         "JCEKS keystore whose entry 2 is a secret key", "keytool -exportcert -rfc"},
        {"JKS, unknown entry", jks({one_entry, jks_entry(3, "x")}), "its entry 2 cannot be read",
         "fetch"},
        {"JKS, version 3", jks({one_entry}, "tencentdb", 0xFEEDFEED, 3), "unknown version",
         "fetch"},
        {"JKS, not X.509", jks({jks_entry(2, jks_certificate(root_der(), "PGP"))}),
         "its entry 1 cannot be read", "fetch"},
        {"JKS, no certificate inside", jks({one_entry, jks_entry(2, jks_certificate("hello"))}),
         "the certificate of its entry 2 cannot be read", "fetch"},
        {"JKS, bytes behind a certificate", jks({jks_entry(2, jks_certificate(root_der() + "x"))}),
         "the certificate of its entry 1 cannot be read", "fetch"},
        {"JKS, bytes behind the entries",
         sealed(two_entries().substr(0, two_entries().size() - 20) + "x", utf16("tencentdb")),
         "its entry 2 cannot be read", "fetch"},
        {"JKS, more entries promised",
         sealed(big_endian(0xFEEDFEED, 4) + big_endian(2, 4) + big_endian(9, 4) + one_entry,
                utf16("tencentdb")),
         "it ends within its entry 2", "fetch"},
        {"JKS, four billion entries promised",
         sealed(big_endian(0xFEEDFEED, 4) + big_endian(2, 4) + big_endian(0xFFFFFFFF, 4),
                utf16("tencentdb")),
         "too many entries", "fetch"},
        {"JKS, a chain of four billion",
         jks({jks_entry(1, big_endian(0, 4) + big_endian(0xFFFFFFFF, 4))}), "too many", "fetch"},
    };
    TemporaryDirectory const directory;
    for (auto const& row : table) {
        INFO(row.name);
        auto const file = directory.write("ca.pem", row.bytes);
        auto const check_error = [&](TrustAnchors const& anchors, std::string_view name) {
            auto const error =
                error_of<TlsError>([&] { static_cast<void>(load_trust_store(anchors)); });
            CAPTURE(error.what());
            CHECK(error.reason() == TlsReason::ca_malformed);
            CHECK(contains(error.message(), row.message));
            CHECK(contains(error.message(), name));
            CHECK_FALSE(error.remedy().empty());
            CHECK(contains(error.remedy(), row.remedy));
            CHECK_FALSE(contains(error.what(), "s3cret"));
        };
        if (row.password) {
            check_error(TrustAnchors::file(file, Secret{*row.password}), file.string());
            check_error(TrustAnchors::memory(row.bytes, Secret{*row.password}),
                        "TrustAnchors::memory()");
        } else {
            check_error(file, file.string());
            check_error(TrustAnchors::memory(row.bytes), "TrustAnchors::memory()");
            // Nor does anything that is good make up for it.
            check_error(TrustAnchors::memory(root_pem()) + file, file.string());
        }
    }
}

TEST_CASE("A file of more than 16 MiB is not read", "[trust_formats]")
{
    TemporaryDirectory const directory;
    auto const file = directory.write("ca.pem", root_pem());
    std::filesystem::resize_file(file, (16U << 20U) + 1);
    auto const error = error_of<TlsError>([&] { static_cast<void>(load_trust_store(file)); });
    CHECK(error.reason() == TlsReason::ca_unreadable);
    CHECK(contains(error.message(), "larger than 16 MiB"));
    CHECK(contains(error.message(), file.string()));
    std::string const large((16U << 20U) + 1, 'x');
    CHECK_THROWS_AS(load_trust_store(TrustAnchors::memory(large)), TlsError);
}

TEST_CASE("A keystore or certificate that ends early is refused, wherever", "[trust_formats]")
{
    std::string const store = two_entries();
    std::string const p7 = sealsql::testing::to_pkcs7(root_pem());
    std::string const p12 = sealsql::testing::to_pkcs12(TestPki::shared().good(), "tencentdb");
    for (auto const& whole :
         {store, root_der(), root_der() + intermediate_der(), root_pem(), p7, body_of(p7), p12}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            std::string_view const part{whole.data(), size};
            bool const is_whole_certificate = part == root_der();
            bool const lacks_newline_only = whole.starts_with("-----") && size + 1 == whole.size();
            bool const is_base64 =
                !whole.starts_with("-----") && contains(whole, "\n") && size + 1 == whole.size();
            if (is_whole_certificate || lacks_newline_only || is_base64)
                continue;
            CAPTURE(size, whole.size());
            try {
                static_cast<void>(load_trust_store(TrustAnchors::memory(part)));
                FAIL("was read");
            } catch (TlsError const& error) {
                if (error.reason() != TlsReason::ca_malformed || error.remedy().empty())
                    FAIL(error.what());
            }
        }
    }
}

TEST_CASE("A flipped bit anywhere in a JKS is noticed", "[trust_formats]")
{
    std::string store = two_entries();
    for (std::size_t i = 0; i < store.size(); ++i) {
        store[i] = static_cast<char>(store[i] ^ 0x10);
        CAPTURE(i);
        try {
            static_cast<void>(load_trust_store(TrustAnchors::memory(store)));
            FAIL("was read");
        } catch (TlsError const&) { // NOLINT(bugprone-empty-catch)
        }
        store[i] = static_cast<char>(store[i] ^ 0x10);
    }
}

TEST_CASE("The JKS reader alone, on every beginning of a keystore", "[trust_formats]")
{
    std::string const store = jks({jks_key({root_der(), intermediate_der()}),
                                   jks_entry(2, jks_certificate(root_der())), jks_key({})});
    for (std::size_t size = 0; size <= store.size(); ++size) {
        unit::Packet const packet{std::string_view{store}.substr(0, size)};
        auto const span = packet.span();
        JksReader reader{{reinterpret_cast<char const*>(span.data()), span.size()}};
        std::size_t count = 0;
        while (reader.next()) {
            ++count;
            CHECK(packet.holds(reader.certificate()));
        }
        CHECK((reader.verdict() == JksReader::Verdict::pass) == (size == store.size()));
        if (size == store.size()) {
            CHECK(count == 1);
            CHECK(reader.keys() == 2);
            CHECK(reader.entry() == 3);
        }
        CHECK_FALSE(reader.next());
    }
}

TEST_CASE("A directory is all of its certificates, whatever they are called", "[trust_formats]")
{
    TemporaryDirectory const directory;
    auto const trust = TrustAnchors::directory(directory.path());
    auto const refusal = [&] {
        return error_of<TlsError>([&] { static_cast<void>(load_trust_store(trust)); });
    };
    CHECK(contains(refusal().message(), "has no file with a certificate"));
    CHECK(contains(refusal().message(), directory.path().string()));
    directory.write("README", "These are the CAs.");
    directory.write("server.key", key_pem());
    directory.write("empty", "");
    std::filesystem::create_directory(directory.path() / "folder");
    std::ofstream{directory.path() / "folder" / "ca.pem"} << leaf_pem();
    std::filesystem::create_symlink("nowhere", directory.path() / "dangling");
    REQUIRE(::mkfifo((directory.path() / "pipe").c_str(), 0600) == 0);
    CHECK(contains(refusal().message(), "has no file with a certificate"));

    auto const first = directory.write("one", root_pem());
    CHECK(digests_in(trust) == digests_of({root_pem()}));
    auto const store = load_trust_store(trust);
    CHECK(load_trust_store(trust) == store);

    SECTION("added")
    {
        directory.write("two.jks", jks({jks_entry(2, jks_certificate(intermediate_der()))}));
        CHECK(digests_in(trust) == both());
        SECTION("and removed")
        {
            std::filesystem::remove(first);
            CHECK(digests_in(trust) == digests_of({intermediate_pem()}));
        }
    }
    SECTION("changed in place")
    {
        directory.write("one", intermediate_pem());
        CHECK(digests_in(trust) == digests_of({intermediate_pem()}));
    }
    SECTION("linked, as openssl rehash does")
    {
        std::filesystem::create_symlink("one", directory.path() / "12345678.0");
        CHECK(digests_in(trust) == digests_of({root_pem()}));
    }
    SECTION("a folder that openssl rehash made, with what else lies there")
    {
        std::filesystem::rename(first, directory.path() / "12345678.0");
        directory.write("12345678.r0", TestPki::shared().trusted().revocation_list({}));
        directory.write("ca.srl", "1A2B3C4D5E6F\n");
        directory.write("index.txt", "V\t301231235959Z\t\t01\tunknown\t/CN=db\n");
        directory.write("openssl.cnf", "[req]\ndistinguished_name = name\n");
        directory.write("db.csr", "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
                                  "-----END CERTIFICATE REQUEST-----\n");
        directory.write("response.der", unit::from_hex("3081870A0100A013"));
        directory.write(".gitkeep", "");
        auto const log = directory.write("server.log", "started\n");
        std::filesystem::resize_file(log, (16U << 20U) + 1);
        CHECK(digests_in(trust) == digests_of({root_pem()}));
        std::filesystem::remove(directory.path() / "12345678.0");
        CHECK(contains(refusal().message(), "has no file with a certificate in it; the CA file " +
                                                log.string() + " is larger than 16 MiB"));
    }
    SECTION("what may not be read is passed over, and told of where nothing is left")
    {
        directory.write("two.pem", intermediate_pem());
        std::filesystem::permissions(directory.path() / "two.pem", std::filesystem::perms::none);
        bool const may_read_all = ::access((directory.path() / "two.pem").c_str(), R_OK) == 0;
        CHECK(digests_in(trust) == (may_read_all ? both() : digests_of({root_pem()})));
        std::filesystem::remove(first);
        if (!may_read_all)
            CHECK(contains(refusal().message(), "two.pem cannot be opened: Permission denied"));
    }
    SECTION("a damaged file is not passed over")
    {
        directory.write("two.pem", intermediate_pem().substr(0, 200));
        CHECK(contains(refusal().message(), "two.pem"));
        CHECK(contains(refusal().message(), "is damaged"));
    }
    SECTION("nor is a keystore with an unknown password")
    {
        directory.write("two.jks", two_entries("s3cret"));
        CHECK(contains(refusal().message(), "two.jks"));
    }
    SECTION("a directory that is none")
    {
        auto const error = error_of<TlsError>(
            [&] { static_cast<void>(load_trust_store(TrustAnchors::directory(first))); });
        CHECK(error.reason() == TlsReason::ca_unreadable);
        CHECK(contains(error.message(), first.string()));
        CHECK_THROWS_AS(load_trust_store(TrustAnchors::directory(directory.path() / "missing")),
                        TlsError);
    }
}

TEST_CASE("A keystore that takes too many rounds of hashing is refused before they are done",
          "[trust_formats]")
{
    auto const encode = [](PKCS12* file) {
        unsigned char* bytes = nullptr;
        int const size = i2d_PKCS12(file, &bytes);
        std::string text{reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size)};
        OPENSSL_free(bytes);
        return text;
    };
    STACK_OF(X509)* const certificates = sk_X509_new_null();
    std::string const der = root_der();
    auto const* next = reinterpret_cast<unsigned char const*>(der.data());
    sk_X509_push(certificates, d2i_X509(nullptr, &next, static_cast<long>(der.size())));
    auto const make = [&](int algorithm, int checksum_rounds) {
        return PKCS12_create("tencentdb", nullptr, nullptr, nullptr, certificates, 0, algorithm, 1,
                             checksum_rounds, 0);
    };
    /// A keystore that says of its certificates' encryption what was not done.
    auto const claiming = [&](X509_ALGOR* encryption) {
        PKCS12* const file = make(NID_aes_256_cbc, -1);
        STACK_OF(PKCS7)* const safes = PKCS12_unpack_authsafes(file);
        PKCS7_ENC_CONTENT* const content = sk_PKCS7_value(safes, 0)->d.encrypted->enc_data;
        X509_ALGOR_free(content->algorithm);
        content->algorithm = encryption;
        REQUIRE(PKCS12_pack_authsafes(file, safes) == 1);
        sk_PKCS7_pop_free(safes, PKCS7_free);
        std::string bytes = encode(file);
        PKCS12_free(file);
        return bytes;
    };
    auto const expect = [](std::string const& name, std::string const& bytes) {
        INFO(name);
        auto const begin = std::chrono::steady_clock::now();
        auto const error = error_of<TlsError>(
            [&] { static_cast<void>(load_trust_store(TrustAnchors::memory(bytes))); });
        CAPTURE(error.what());
        CHECK(error.reason() == TlsReason::ca_malformed);
        CHECK(contains(error.message(), "takes more than ten million rounds of hashing"));
        CHECK(contains(error.remedy(), "-iter"));
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
    };
    unsigned char salt[] = "12345678";
    constexpr int most = 2'147'483'647;
    expect("PBKDF2", claiming(PKCS5_pbe2_set(EVP_aes_256_cbc(), most, salt, 8)));
    expect("PKCS#12's own",
           claiming(PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2'500'001, salt, 8)));
    expect("scrypt",
           claiming(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, 8, nullptr, 16'384, 8, 1000)));
    // 70,000 rounds, for which 8 million are put: DER's numbers have the same length.
    PKCS12* const file = make(NID_aes_256_cbc, 70'000);
    std::string const good = encode(file);
    PKCS12_free(file);
    CHECK(digests_in(TrustAnchors::memory(good)) == digests_of({root_pem()}));
    std::string const slow = replaced(good, std::string_view{"\x02\x03\x01\x11\x70", 5},
                                      std::string_view{"\x02\x03\x7F\xFF\xFF", 5});
    REQUIRE(slow != good);
    expect("the checksum", slow);
    // What writers do ask for.
    CHECK_THROWS_AS(load_trust_store(TrustAnchors::memory(
                        claiming(PKCS5_pbe2_set(EVP_aes_256_cbc(), 10'000, salt, 8)))),
                    TlsError); // for it was not encrypted so
    sk_X509_pop_free(certificates, X509_free);
}

TEST_CASE("A sum trusts whom its parts trust, and sees each of them change", "[trust_formats]")
{
    TemporaryDirectory const directory;
    auto const first = directory.write("first.pem", root_pem());
    auto const second =
        directory.write("second.jks", jks({jks_entry(2, jks_certificate(intermediate_der()))}));
    auto const sum = TrustAnchors::file(first) + second;
    CHECK(digests_in(sum) == both());
    auto const store = load_trust_store(sum);
    CHECK(load_trust_store(sum) == store);
    CHECK(digests_in(sum + TrustAnchors::memory(leaf_pem())) ==
          digests_of({root_pem(), intermediate_pem(), leaf_pem()}));

    directory.write("second.jks", leaf_pem());
    CHECK(digests_in(sum) == digests_of({root_pem(), leaf_pem()}));
    std::filesystem::remove(second);
    CHECK_THROWS_AS(digests_in(sum), TlsError);
}

TEST_CASE("What is asked for again and again stays parsed, however much else is", "[trust_formats]")
{
    auto const usual = TrustAnchors::memory(root_pem());
    auto const store = load_trust_store(usual);
    for (int i = 0; i < 40; ++i) {
        static_cast<void>(load_trust_store(
            TrustAnchors::memory("CA " + std::to_string(i) + "\n" + intermediate_pem())));
        if (load_trust_store(usual) != store)
            FAIL("parsed anew after " << i);
    }
}

TEST_CASE("The system's store follows SSL_CERT_FILE and SSL_CERT_DIR", "[trust_formats]")
{
    // No other thread of this test reads the environment.
    struct Environment {
        Environment() = default;
        Environment(Environment const&) = delete;
        Environment& operator=(Environment const&) = delete;
        ~Environment()
        {
            ::unsetenv("SSL_CERT_FILE");
            ::unsetenv("SSL_CERT_DIR");
        }
    } const cleared;
    TemporaryDirectory const directory;
    auto const file = directory.write("system.pem", root_pem());
    auto const folder = directory.path() / "folder";
    std::filesystem::create_directory(folder);
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    ::setenv("SSL_CERT_DIR", folder.c_str(), 1);
    auto const system = TrustAnchors::system();
    CHECK(digests_in(system) == digests_of({root_pem()}));
    CHECK(load_trust_store(system) == load_trust_store(system));
    CHECK(digests_in(system + TrustAnchors::memory(leaf_pem())) ==
          digests_of({root_pem(), leaf_pem()}));

    directory.write("system.pem", root_pem() + intermediate_pem());
    CHECK(digests_in(system) == both());

    directory.write("system.pem", root_pem() + intermediate_pem().substr(0, 100));
    auto const damaged = error_of<TlsError>([&] { static_cast<void>(load_trust_store(system)); });
    CHECK(contains(damaged.message(), "SSL_CERT_FILE"));
    CHECK(contains(damaged.message(), "is damaged"));

    std::filesystem::remove(file);
    auto const empty = error_of<TlsError>([&] { static_cast<void>(load_trust_store(system)); });
    CHECK(empty.reason() == TlsReason::ca_unreadable);
    CHECK(contains(empty.message(), "is empty"));
    CHECK(contains(empty.message(), file.string()));
    CHECK(contains(empty.remedy(), "ca-certificates"));

    std::ofstream{folder / "5f15c80c.0"} << root_pem();
    CHECK(load_trust_store(system) != nullptr);
}

TEST_CASE("Reading trust leaves OpenSSL's error queue as it was", "[trust_formats]")
{
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 1);
    auto const before = ERR_peek_last_error();
    CHECK_THROWS_AS(load_trust_store(TrustAnchors::memory("x")), TlsError);
    CHECK_THROWS_AS(load_trust_store(TrustAnchors::memory(root_der().substr(0, 99))), TlsError);
    static_cast<void>(load_trust_store(TrustAnchors::memory(two_entries())));
    CHECK(ERR_peek_last_error() == before);
    ERR_clear_error();
}
