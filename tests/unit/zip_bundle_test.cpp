// CAs in a ZIP archive, as vendors hand them out; and archives that are damaged, locked, or made to do harm.

#include <sealsql/zip_bundle.hpp> // first: it must stand on its own

#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/trust_store.hpp>

#include <sealsql/connection.hpp>
#include <sealsql/error.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/trust_anchors.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using sealsql::Secret;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TrustAnchors;
using sealsql::zip_bundle;
using sealsql::detail::load_trust_store;
using sealsql::testing::TemporaryDirectory;
using sealsql::testing::TestPki;
using sealsql::testing::to_der;
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

Digests one() { return {sealsql::testing::sha256_of_certificate(root_pem())}; }
Digests both()
{
    Digests digests = one();
    digests.insert(sealsql::testing::sha256_of_certificate(intermediate_pem()));
    return digests;
}

// --- A ZIP writer of our own, which can also write what is wrong ---

std::string little_endian(std::uint64_t value, unsigned size)
{
    std::string bytes;
    for (; size != 0; --size, value >>= 8U)
        bytes += static_cast<char>(static_cast<unsigned char>(value & 0xFFU));
    return bytes;
}

std::uint32_t crc32(std::string_view bytes)
{
    std::uint32_t crc = 0xFFFFFFFFU;
    for (char const c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

/// Blocks of zero bytes, at a thousandth of their size (RFC 1951): a match of 258 bytes at a distance of one is two bits
/// with codes that are made for it.
std::string deflated_zeros(std::size_t matches)
{
    std::string bits;
    auto const put = [&](unsigned value, unsigned count) { // the lowest bit first
        for (unsigned i = 0; i < count; ++i)
            bits += ((value >> i) & 1U) != 0 ? '1' : '0';
    };
    put(1, 1); // the last block
    put(2, 2); // with codes of its own
    put(285 - 256, 5);
    put(0, 5); // one code for distances
    put(14, 4);
    // The lengths of the codes for lengths, in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1.
    for (unsigned const length :
         {0U, 0U, 1U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 2U, 0U, 2U})
        put(length, 3);
    // So 18 (zeros) is 0, 1 is 10, 2 is 11; Huffman's codes have the highest bit first.
    auto const zeros = [&](unsigned count) {
        put(0, 1);
        put(count - 11, 7);
    };
    put(3, 2);              // literal 0: 2 bits
    zeros(138), zeros(117); // 1 to 255: none
    put(3, 2);              // 256, the end: 2 bits
    zeros(28);              // 257 to 284: none
    put(1, 2);              // 285, 258 bytes: 1 bit
    put(1, 2);              // distance 1: 1 bit
    put(1, 2);              // literal 0, code 10
    for (std::size_t i = 0; i < matches; ++i)
        put(0, 2); // code 0 for the length, code 0 for the distance
    put(3, 2);     // the end, code 11
    std::string bytes((bits.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] == '1')
            bytes[i / 8] = static_cast<char>(bytes[i / 8] | (1 << (i % 8)));
    }
    return bytes;
}

struct Member {
    std::string name;
    std::string content = {};   // as it lies in the archive
    std::uint32_t inflated = 0; // its size, if it is deflated
    std::uint32_t checksum = 0; // if it is deflated
    unsigned method = 0;        // stored
    unsigned flags = 0;
};

std::string zip_of(std::vector<Member> const& members, unsigned repeats = 1)
{
    std::string archive;
    std::string directory;
    std::size_t count = 0;
    for (Member const& one : members) {
        bool const is_stored = one.method == 0;
        std::string const common = little_endian(20, 2) + little_endian(one.flags, 2) +
                                   little_endian(one.method, 2) + little_endian(0, 2) +
                                   little_endian(0x21, 2) +
                                   little_endian(is_stored ? crc32(one.content) : one.checksum, 4) +
                                   little_endian(one.content.size(), 4) +
                                   little_endian(is_stored ? one.content.size() : one.inflated, 4) +
                                   little_endian(one.name.size(), 2) + little_endian(0, 2);
        // The same file may be in the directory many times.
        for (unsigned i = 0; i < repeats; ++i, ++count)
            directory += "PK\x01\x02" + little_endian(20, 2) + common + little_endian(0, 2) +
                         little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 4) +
                         little_endian(archive.size(), 4) + one.name;
        archive += "PK\x03\x04" + common + one.name + one.content;
    }
    return archive + directory + "PK\x05\x06" + little_endian(0, 4) + little_endian(count, 2) +
           little_endian(count, 2) + little_endian(directory.size(), 4) +
           little_endian(archive.size(), 4) + little_endian(0, 2);
}

bool can_run(std::string const& tool)
{
    return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0;
}

bool run(std::filesystem::path const& directory, std::string const& commands)
{
    std::string const all =
        "cd '" + directory.string() + "' && { " + commands + "; } >>tools.log 2>&1 </dev/null";
    return std::system(all.c_str()) == 0;
}

std::string read_file(std::filesystem::path const& path)
{
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("Every format is taken from an archive, as from a file", "[zip_bundle]")
{
    auto const chain = root_pem() + intermediate_pem();
    std::string const p7 = sealsql::testing::to_pkcs7(chain);
    std::string const key = TestPki::shared().trusted().key_pem();
    struct Row {
        std::string name;
        std::vector<Member> members;
        Digests expected;
    };
    std::vector<Row> const table{
        {"PEM", {{"ca.pem", root_pem()}}, one()},
        {"PEM of two", {{"ca.pem", chain}}, both()},
        {"two files", {{"a.crt", root_pem()}, {"b.cer", to_der(intermediate_pem())}}, both()},
        {"DER", {{"ca.cer", to_der(root_pem())}}, one()},
        {"PKCS#7", {{"ca.p7b", p7}}, both()},
        {"the same in two formats", {{"ca.pem", chain}, {"ca.p7b", p7}}, both()},
        {"names that lie",
         {{"ca.jks", root_pem()}, {"readme.txt", to_der(intermediate_pem())}},
         both()},
        {"a folder, and what is no certificate",
         {{"ca/"},
          {"ca/README.txt", "Import the file ca.pem."},
          {"ca/ca.pem", root_pem()},
          {"ca/empty", ""},
          {"__MACOSX/ca/._ca.pem", std::string("\0\5\x16\7\0\2\0\0Mac OS X", 16)},
          {"ca/server.key", key}},
         one()},
        {"names that lead elsewhere",
         {{"../../../etc/ca.pem", root_pem()}, {"/etc/ca.pem", to_der(intermediate_pem())}},
         both()},
        {"the same name twice", {{"ca.pem", root_pem()}, {"ca.pem", intermediate_pem()}}, both()},
        {"no name", {{"", root_pem()}}, one()},
        {"an archive in the archive is passed over",
         {{"ca.pem", root_pem()}, {"inner.zip", zip_of({{"ca.pem", intermediate_pem()}})}},
         one()},
    };
    for (Row const& row : table) {
        INFO(row.name);
        std::string const archive = zip_of(row.members);
        TemporaryDirectory const directory;
        auto const file = directory.write("ca.pem", archive); // a name that lies, too
        CHECK(digests_in(zip_bundle(file)) == row.expected);
        CHECK(digests_in(zip_bundle(TrustAnchors::memory(archive))) == row.expected);
        CHECK(digests_in(zip_bundle(TrustAnchors::directory(directory.path()))) == row.expected);
        // Nothing was unpacked.
        CHECK(std::distance(std::filesystem::directory_iterator{directory.path()}, {}) == 1);
        CHECK_THROWS_AS(load_trust_store(file), TlsError);
    }
}

TEST_CASE("What is no archive is taken as without zip_bundle()", "[zip_bundle]")
{
    TemporaryDirectory const directory;
    auto const file = directory.write("ca.zip", root_pem());
    CHECK(digests_in(zip_bundle(file)) == one());
    CHECK(digests_in(zip_bundle(TrustAnchors::memory(root_pem()) +
                                TrustAnchors::memory(zip_of({{"x", intermediate_pem()}})))) ==
          both());
    CHECK(zip_bundle(TrustAnchors::system()) == TrustAnchors::system());
    CHECK(zip_bundle(file) != TrustAnchors::file(file));
    CHECK(zip_bundle(file) == zip_bundle(TrustAnchors::file(file)));
    CHECK(zip_bundle(file).describe() == TrustAnchors::file(file).describe());
}

TEST_CASE("An archive is read once, and again when it changes", "[zip_bundle]")
{
    TemporaryDirectory const directory;
    auto const file = directory.write("ca.zip", zip_of({{"ca.pem", root_pem()}}));
    auto const store = load_trust_store(zip_bundle(file));
    CHECK(load_trust_store(zip_bundle(file)) == store);
    directory.write("ca.zip", zip_of({{"ca.pem", root_pem()}, {"b.pem", intermediate_pem()}}));
    CHECK(digests_in(zip_bundle(file)) == both());
}

TEST_CASE("The vendor's archive of .pem, .p7b and .jks, made by zip's and Java's own tools",
          "[zip_bundle]")
{
    struct Packer {
        std::string tool;
        std::string command;
    };
    std::vector<Packer> const packers{
        {"python3",
         "python3 -c \"import zipfile; z = zipfile.ZipFile('out', 'w', zipfile.ZIP_DEFLATED); "
         "[z.write(f, 'ca/' + f) for f in ('ca.pem', 'ca.p7b', 'ca.jks', 'ca.p12', 'README')]\""},
        {"zip", "mkdir ca && cp ca.* README ca && zip -r out.zip ca && mv out.zip out"},
        {"zip", "zip -0 out.zip ca.* README && mv out.zip out"},
        {"zip", "cat ca.pem | zip ca.zip - && mv ca.zip out"}, // sizes behind the content
        {"jar", "jar cf out ca.pem ca.p7b ca.jks README"},
    };
    TemporaryDirectory const directory;
    directory.write("ca.pem", root_pem() + intermediate_pem());
    directory.write("README", "Password of the .jks: tencentdb");
    bool const has_tools = can_run("openssl") && can_run("keytool");
    if (!has_tools) {
        WARN("SKIPPED: there is no openssl command, or no keytool");
        return;
    }
    bool const made = run(
        directory.path(),
        "openssl crl2pkcs7 -nocrl -certfile ca.pem -outform DER -out ca.p7b && "
        "openssl pkcs12 -export -nokeys -in ca.pem -passout pass:tencentdb -out ca.p12 && "
        "keytool -importcert -noprompt -keystore ca.jks -storetype JKS -storepass tencentdb -file ca.pem "
        "-alias ca");
    INFO(read_file(directory.path() / "tools.log"));
    REQUIRE(made);
    for (auto const& [tool, command] : packers) {
        INFO(command);
        if (!can_run(tool)) {
            WARN("SKIPPED: there is no " << tool);
            continue;
        }
        REQUIRE(run(directory.path(), command));
        CHECK(digests_in(zip_bundle(directory.path() / "out")) == both());
        REQUIRE(run(directory.path(), "rm -rf ca out"));
    }

    // Another password of the keystore goes with the archive; the other files need none.
    REQUIRE(run(
        directory.path(),
        "rm ca.jks ca.p12; keytool -importcert -noprompt -keystore ca.jks -storetype JKS -storepass "
        "s3cret -file ca.pem -alias ca; jar cf out ca.pem ca.jks"));
    auto const file = directory.path() / "out";
    CHECK(digests_in(zip_bundle(TrustAnchors::file(file, Secret{"s3cret"}))) == both());
    auto const error =
        error_of<TlsError>([&] { static_cast<void>(load_trust_store(zip_bundle(file))); });
    CHECK(contains(error.message(), file.string() + ", in it ca.jks: none of the passwords"));
    CHECK(contains(error.remedy(), "TrustAnchors::file(path, Secret{"));
}

TEST_CASE("Archives that are refused", "[zip_bundle]")
{
    constexpr unsigned deflated = 8;
    constexpr std::size_t match = 258;
    Member const pem{"ca.pem", root_pem()};
    std::string const good = zip_of({pem});
    std::string flipped = good;
    flipped[60] = static_cast<char>(flipped[60] ^ 1); // within the certificate
    Member bomb{"bomb", deflated_zeros(70'000), 70'000 * match + 1, 0, deflated};
    Member liar = bomb;
    liar.inflated = 100;
    constexpr std::size_t million = 4'000 * match + 1;
    Member const megabyte{"more", deflated_zeros(4'000), million, crc32(std::string(million, '\0')),
                          deflated};
    std::vector<Member> many(1001, Member{"x", "y"});
    std::string split = "PK\x07\x08" + good;
    split[split.size() - 18] = 1; // the number of this piece
    struct Row {
        std::string name;
        std::string archive;
        std::string message;
        std::string remedy;
    };
    std::vector<Row> const table{
        {"empty", zip_of({}), "is a ZIP archive that holds no file with a certificate",
         ".pem, .p7b or .jks"},
        {"no certificate",
         zip_of({{"README", "hello"}, {"key.pem", TestPki::shared().trusted().key_pem()}}),
         "is a ZIP archive that holds no file with a certificate", "fetch"},
        {"nothing but an archive", zip_of({{"inner.zip", good}}),
         "holds no file with a certificate", "an archive within it has to be unzipped first"},
        {"cut", good.substr(0, good.size() - 1), "is damaged", "fetch the archive again"},
        {"cut in the middle", good.substr(0, good.size() / 2), "is damaged",
         "fetch the archive again"},
        {"its first bytes alone", good.substr(0, 4), "is damaged", "fetch the archive again"},
        {"its end alone", good.substr(good.size() - 22), "is damaged", "fetch the archive again"},
        {"no archive at all", "PK\x03\x04 and then something else", "is damaged",
         "fetch the archive again"},
        {"a bit flipped in the certificate", flipped, ", in it ca.pem is damaged: CRC error",
         "fetch"},
        {"one piece of several", split, "is one of several pieces", "put the pieces together"},
        {"encrypted", zip_of({{"ca.pem", std::string(12, 'r') + root_pem(), 0, 0, 0, 1}}),
         ", in it ca.pem is encrypted", "unzip the archive with its password"},
        {"encrypted beside one that is not", zip_of({pem, {"b", std::string(40, 'r'), 0, 0, 0, 1}}),
         ", in it b is encrypted", "unzip the archive with its password"},
        {"packed as nobody does", zip_of({{"ca.pem", "xxxx", 4, 0, 6}}),
         ", in it ca.pem is packed in a way that libzip does not know", "unzip the archive"},
        {"no deflated data", zip_of({{"ca.pem", "\xFF\xFF\xFF\xFF", 4, 0, deflated}}),
         ", in it ca.pem is damaged", "fetch"},
        {"one file unpacks to 18 MiB", zip_of({pem, bomb}), "of more than 16 MiB when unpacked",
         "the CA's certificates only"},
        {"which says that it is small", zip_of({pem, liar}), "of more than 16 MiB when unpacked",
         ""},
        {"many unpack to as much, and are one in the archive", zip_of({megabyte}, 900),
         "of more than 16 MiB when unpacked", ""},
        {"more than 1000 files", zip_of(many), "more than 1000 files",
         "the CA's certificates only"},
        {"60,000 files that are one", zip_of({pem}, 60'000), "more than 1000 files", ""},
        {"a damaged certificate in it", zip_of({pem, {"two.pem", root_pem().substr(0, 200)}}),
         ", in it two.pem is damaged: its certificate 1", "fetch"},
        {"a damaged keystore in it", zip_of({pem, {"ca.jks", "\xFE\xED\xFE\xED"}}),
         ", in it ca.jks is a", "fetch"},
        {"a name with a terminal's commands", zip_of({{"a\x1b[2Jb", root_pem().substr(0, 200)}}),
         "[2Jb is damaged: its certificate 1", "fetch"},
        {"the same in UTF-8", zip_of({{"a\x1b[2Jb", root_pem(), 0, 0, 0, 0x800}}), "is damaged",
         "fetch"},
    };
    TemporaryDirectory const directory;
    for (Row const& row : table) {
        INFO(row.name);
        auto const file = directory.write("ca.zip", row.archive);
        auto const begin = std::chrono::steady_clock::now();
        for (TrustAnchors const& anchors :
             {TrustAnchors::file(file), TrustAnchors::memory(row.archive)}) {
            auto const error = error_of<TlsError>(
                [&] { static_cast<void>(load_trust_store(zip_bundle(anchors))); });
            CAPTURE(error.what());
            CHECK(error.reason() == TlsReason::ca_malformed);
            CHECK(contains(error.message(), row.message));
            CHECK(contains(error.message(), anchors.sources()[0].path.empty()
                                                ? "TrustAnchors::memory()"
                                                : file.string()));
            CHECK_FALSE(contains(error.what(), "\x1b"));
            CHECK_FALSE(error.remedy().empty());
            CHECK(contains(error.remedy(), row.remedy));
        }
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
    }
}

TEST_CASE("An archive that ends early or has a bit flipped never means another trust",
          "[zip_bundle]")
{
    std::string const whole =
        zip_of({{"a.pem", root_pem()}, {"b.cer", to_der(intermediate_pem())}});
    auto const read = [](std::string_view bytes) {
        try {
            return digests_in(zip_bundle(TrustAnchors::memory(bytes)));
        } catch (TlsError const& error) {
            CHECK_FALSE(error.remedy().empty());
            return Digests{};
        }
    };
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (!read({whole.data(), size}).empty())
            FAIL("what was cut after " << size << " bytes was read");
    }
    std::string changed = whole;
    for (char& byte : changed) {
        byte = static_cast<char>(byte ^ 0x04);
        Digests const found =
            read(changed); // what is left of it may be fewer, such as with a file hidden
        Digests const wanted = both();
        CHECK(std::includes(wanted.begin(), wanted.end(), found.begin(), found.end()));
        byte = static_cast<char>(byte ^ 0x04);
    }
}
