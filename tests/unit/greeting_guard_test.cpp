// GreetingGuard: what is let through before TLS, and what an attacker tries there.

#include <sealsql/detail/greeting_guard.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using sealsql::detail::GreetingGuard;
using Phase = GreetingGuard::Phase;
using Verdict = GreetingGuard::Verdict;
using unit::from_hex;
using unit::Packet;
namespace wire = sealsql::testing::wire;
namespace capability = sealsql::testing::wire::capability;

namespace {

constexpr std::size_t tls_request_size = 36;
constexpr std::size_t buffer_size = 2048;

struct Greeting {
    std::string name;
    std::string bytes;
};

// As servers sent them.
std::string mariadb_10_11()
{
    return from_hex("64 00 00 00 0a 35 2e 35 2e 35 2d 31 30 2e 31 31 2e 31 39 2d 4d 61 72 69 61 44 "
                    "42 2d 30 2b 64 65 62 31 32 75 31 00 04 00 00 00"
                    "7c 26 43 60 3b 42 7a 63 00 fe ff 2d 02 00 ff 81 15 00 00 00 00 00 00 1d 00 00 "
                    "00 5e 2f 6d 5a 5c 3e 5e 41 66 61 33 79 00 6d 79"
                    "73 71 6c 5f 6e 61 74 69 76 65 5f 70 61 73 73 77 6f 72 64 00");
}

std::string mysql_9_7()
{
    return from_hex("4b 00 00 00 0a 39 2e 37 2e 34 2d 32 00 08 00 00 00 75 7b 34 66 05 20 5d 36 00 "
                    "ff ff ff 02 00 ff df 15 00 00 00 00 00 00 00 00"
                    "00 00 33 5c 04 62 5b 36 56 4a 20 2b 46 48 00 63 61 63 68 69 6e 67 5f 73 68 61 "
                    "32 5f 70 61 73 73 77 6f 72 64 00");
}

// From MySQL's protocol documentation.
std::string mysql_5_6()
{
    return from_hex("50 00 00 00 0a 35 2e 36 2e 34 2d 6d 37 2d 6c 6f 67 00 56 0a 00 00 52 42 33 76 "
                    "7a 26 47 72 00 ff ff 08 02 00 0f c0 15 00 00 00"
                    "00 00 00 00 00 00 00 2b 79 44 26 2f 5a 5a 33 30 35 5a 47 00 6d 79 73 71 6c 5f "
                    "6e 61 74 69 76 65 5f 70 61 73 73 77 6f 72 64"
                    "00");
}

// The same source; this one was built without TLS and names no plugin.
std::string mysql_5_5()
{
    return from_hex("36 00 00 00 0a 35 2e 35 2e 32 2d 6d 32 00 0b 00 00 00 64 76 48 40 49 2d 43 4a "
                    "00 ff f7 08 02 00 00 00 00 00 00 00 00 00 00 00"
                    "00 00 00 2a 34 64 7c 63 5a 77 6b 34 5e 5d 3a 00");
}

std::vector<Greeting> greetings()
{
    return {{"MariaDB 10.11", mariadb_10_11()},
            {"MySQL 9.7", mysql_9_7()},
            {"MySQL 5.6", mysql_5_6()},
            {"scripted MariaDB", wire::greeting_packet()},
            {"scripted MySQL", wire::greeting_packet(wire::mysql_greeting())}};
}

Verdict read(GreetingGuard& guard, std::string_view bytes)
{
    Packet const packet{bytes};
    return guard.on_read(packet.span());
}

Verdict verdict_on(std::string_view bytes, bool needs_tls = true)
{
    GreetingGuard guard{needs_tls};
    return read(guard, bytes);
}

// Where the header says another length, and the payload has it.
std::string with_payload_of(std::string_view greeting, std::size_t size)
{
    std::string const payload{greeting.substr(4, size)};
    return wire::packet(0, payload);
}

GreetingGuard after_greeting(std::string const& bytes = mariadb_10_11())
{
    GreetingGuard guard{true};
    REQUIRE(read(guard, bytes) == Verdict::pass);
    REQUIRE(guard.phase() == Phase::request);
    return guard;
}

// Once there is a verdict, nothing changes it.
void check_final(GreetingGuard& guard, Verdict verdict)
{
    CHECK(guard.verdict() == verdict);
    CHECK_FALSE(guard.ready_for_handshake());
    CHECK(read(guard, mariadb_10_11()) == verdict);
    CHECK(guard.on_write(tls_request_size) == verdict);
    CHECK(guard.on_write(1) == verdict);
    CHECK(guard.verdict() == verdict);
    CHECK_FALSE(guard.ready_for_handshake());
}

} // namespace

TEST_CASE("The greetings of real servers pass, and the 36 bytes of the TLS request after them",
          "[greeting_guard]")
{
    for (Greeting const& greeting : greetings()) {
        CAPTURE(greeting.name);
        for (bool const needs_tls : {true, false}) {
            GreetingGuard guard{needs_tls};
            CHECK(guard.phase() == Phase::greeting);
            CHECK(guard.verdict() == Verdict::pass);
            CHECK_FALSE(guard.tls_offered());
            CHECK(read(guard, greeting.bytes) == Verdict::pass);
            CHECK(guard.phase() == Phase::request);
            CHECK(guard.tls_offered());
            CHECK_FALSE(guard.ready_for_handshake());
            CHECK(guard.on_write(tls_request_size) == Verdict::pass);
            CHECK(guard.phase() == Phase::before_handshake);
            CHECK(guard.ready_for_handshake());
            guard.hand_over();
            CHECK(guard.phase() == Phase::handed_over);
            CHECK_FALSE(guard.ready_for_handshake());
            CHECK(read(guard, "anything, as TLS answers for it now") == Verdict::pass);
            CHECK(guard.on_write(7) == Verdict::pass);
            CHECK(guard.verdict() == Verdict::pass);
        }
    }
}

TEST_CASE("A greeting may come in pieces", "[greeting_guard]")
{
    for (Greeting const& greeting : greetings()) {
        CAPTURE(greeting.name);
        SECTION("byte by byte: " + greeting.name)
        {
            GreetingGuard guard{true};
            for (std::size_t i = 0; i < greeting.bytes.size(); ++i) {
                REQUIRE(guard.phase() == Phase::greeting);
                REQUIRE(read(guard, std::string_view{greeting.bytes}.substr(i, 1)) ==
                        Verdict::pass);
                REQUIRE_FALSE(guard.ready_for_handshake());
            }
            CHECK(guard.phase() == Phase::request);
            CHECK(guard.tls_offered());
        }
        SECTION("in two, cut anywhere: " + greeting.name)
        {
            for (std::size_t cut = 0; cut <= greeting.bytes.size(); ++cut) {
                CAPTURE(cut);
                GreetingGuard guard{true};
                if (cut != 0)
                    CHECK(read(guard, greeting.bytes.substr(0, cut)) == Verdict::pass);
                CHECK(guard.phase() ==
                      (cut < greeting.bytes.size() ? Phase::greeting : Phase::request));
                if (cut < greeting.bytes.size()) {
                    CHECK_FALSE(guard.tls_offered());
                    CHECK(read(guard, greeting.bytes.substr(cut)) == Verdict::pass);
                }
                CHECK(guard.phase() == Phase::request);
                CHECK(guard.tls_offered());
            }
        }
    }
}

TEST_CASE("The client must not speak before the greeting is whole", "[greeting_guard]")
{
    std::string const bytes = mariadb_10_11();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        GreetingGuard guard{true};
        if (size != 0)
            REQUIRE(read(guard, bytes.substr(0, size)) == Verdict::pass);
        CHECK(guard.on_write(tls_request_size) == Verdict::unexpected_write);
        check_final(guard, Verdict::unexpected_write);
    }
}

TEST_CASE("A greeting whose own length says less is malformed", "[greeting_guard]")
{
    for (Greeting const& greeting : greetings()) {
        std::size_t const whole = greeting.bytes.size() - 4;
        for (std::size_t size = 0; size < whole; ++size) {
            CAPTURE(greeting.name, size);
            GreetingGuard guard{true};
            CHECK(read(guard, with_payload_of(greeting.bytes, size)) ==
                  Verdict::malformed_greeting);
            check_final(guard, Verdict::malformed_greeting);
        }
        CHECK(verdict_on(with_payload_of(greeting.bytes, whole)) == Verdict::pass);
    }
}

TEST_CASE("A byte behind the greeting is an injection", "[greeting_guard]")
{
    for (Greeting const& greeting : greetings()) {
        CAPTURE(greeting.name);
        for (std::string const& injected :
             {std::string(1, '\0'), wire::packet(2, wire::ok()),
              std::string("\x16\x03\x03\x00\x7a", 5), greeting.bytes,
              std::string(buffer_size - greeting.bytes.size(), 'x'), std::string(buffer_size, 'x'),
              std::string(20'000, 'x')}) {
            CAPTURE(injected.size());
            SECTION("in the same segment: " + greeting.name + std::to_string(injected.size()))
            {
                for (bool const needs_tls : {true, false}) {
                    GreetingGuard guard{needs_tls};
                    CHECK(read(guard, greeting.bytes + injected) == Verdict::bytes_after_greeting);
                    check_final(guard, Verdict::bytes_after_greeting);
                }
            }
            SECTION("in the next segment, before the request: " + greeting.name +
                    std::to_string(injected.size()))
            {
                GreetingGuard guard = after_greeting(greeting.bytes);
                CHECK(read(guard, injected) == Verdict::bytes_after_greeting);
                check_final(guard, Verdict::bytes_after_greeting);
            }
            SECTION("after the request, before the handshake: " + greeting.name +
                    std::to_string(injected.size()))
            {
                GreetingGuard guard = after_greeting(greeting.bytes);
                REQUIRE(guard.on_write(tls_request_size) == Verdict::pass);
                CHECK(read(guard, injected) == Verdict::bytes_after_greeting);
                check_final(guard, Verdict::bytes_after_greeting);
            }
            SECTION("with the greeting's last byte: " + greeting.name +
                    std::to_string(injected.size()))
            {
                GreetingGuard guard{true};
                std::size_t const cut = greeting.bytes.size() - 1;
                REQUIRE(read(guard, greeting.bytes.substr(0, cut)) == Verdict::pass);
                CHECK(read(guard, greeting.bytes.substr(cut) + injected) ==
                      Verdict::bytes_after_greeting);
                check_final(guard, Verdict::bytes_after_greeting);
            }
        }
    }
}

TEST_CASE("An injection is one also behind a greeting that offers no TLS", "[greeting_guard]")
{
    CHECK(verdict_on(wire::greeting_packet(wire::stripped()) + "x") ==
          Verdict::bytes_after_greeting);
    CHECK(verdict_on(wire::greeting_packet(wire::stripped()) + "x", false) ==
          Verdict::bytes_after_greeting);
}

TEST_CASE("A greeting without the TLS bit", "[greeting_guard]")
{
    for (std::string const& bytes :
         {wire::greeting_packet(wire::stripped()),
          wire::greeting_packet(wire::stripped(wire::mysql_greeting())), mysql_5_5()}) {
        SECTION("is refused where TLS is needed " + std::to_string(bytes.size()))
        {
            GreetingGuard guard{true};
            CHECK(read(guard, bytes) == Verdict::tls_not_offered);
            CHECK_FALSE(guard.tls_offered());
            check_final(guard, Verdict::tls_not_offered);
        }
        SECTION("passes where it is not " + std::to_string(bytes.size()))
        {
            GreetingGuard guard{false};
            CHECK(read(guard, bytes) == Verdict::pass);
            CHECK_FALSE(guard.tls_offered());
            CHECK(guard.phase() == Phase::request);
            guard.hand_over();
            CHECK(guard.on_write(200) == Verdict::pass);
        }
    }
    SECTION("stripped from a real one, bit by bit")
    {
        // The lower capabilities stand behind version, connection id, nonce and NUL.
        for (std::string bytes : {mariadb_10_11(), mysql_9_7(), mysql_5_6()}) {
            std::size_t const place = bytes.find('\0', 5) + 1 + 4 + 8 + 1;
            auto const high = static_cast<unsigned char>(bytes[place + 1]);
            REQUIRE((high & 0x08U) != 0);
            bytes[place + 1] = static_cast<char>(high & 0xF7U);
            CHECK(verdict_on(bytes) == Verdict::tls_not_offered);
        }
    }
}

TEST_CASE("An error instead of a greeting is told apart, with what it claims", "[greeting_guard]")
{
    SECTION("before capabilities are settled: without a state")
    {
        GreetingGuard guard{true};
        CHECK(
            read(guard, wire::packet(0, wire::error(1130, "", "Host '10.0.0.1' is not allowed"))) ==
            Verdict::error_packet);
        CHECK(guard.claimed_code() == 1130);
        CHECK(guard.claimed_message() == "Host '10.0.0.1' is not allowed");
        check_final(guard, Verdict::error_packet);
    }
    SECTION("with a state")
    {
        GreetingGuard guard{false};
        CHECK(read(guard, wire::packet(0, wire::error(1040, "08004", "Too many connections"))) ==
              Verdict::error_packet);
        CHECK(guard.claimed_code() == 1040);
        CHECK(guard.claimed_message() == "Too many connections");
        check_final(guard, Verdict::error_packet);
    }
    SECTION("in pieces")
    {
        std::string const bytes =
            wire::packet(0, wire::error(1040, "08004", "Too many connections"));
        GreetingGuard guard{true};
        for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
            REQUIRE(read(guard, bytes.substr(i, 1)) == Verdict::pass);
        CHECK(read(guard, bytes.substr(bytes.size() - 1)) == Verdict::error_packet);
        CHECK(guard.claimed_message() == "Too many connections");
    }
    SECTION("as short as it may be, and shorter")
    {
        GreetingGuard guard{true};
        CHECK(read(guard, wire::packet(0, "\xff\x10\x04")) == Verdict::error_packet);
        CHECK(guard.claimed_code() == 0x0410);
        CHECK(guard.claimed_message().empty());
        CHECK(verdict_on(wire::packet(0, "\xff\x10")) == Verdict::malformed_greeting);
        CHECK(verdict_on(wire::packet(0, "\xff")) == Verdict::malformed_greeting);
    }
    SECTION("with a state that is cut off")
    {
        for (std::string_view const text : {"#", "#0", "#0800"}) {
            GreetingGuard guard{true};
            CHECK(read(guard, wire::packet(0, std::string("\xff\x10\x04").append(text))) ==
                  Verdict::error_packet);
            CHECK(guard.claimed_message().empty());
        }
    }
    SECTION("nothing is claimed where no error came")
    {
        GreetingGuard guard{true};
        CHECK(guard.claimed_message().empty());
        CHECK(guard.claimed_code() == 0);
        CHECK(read(guard, "\x01") == Verdict::pass);
        CHECK(guard.claimed_message().empty());
    }
    SECTION("with more behind it")
    {
        GreetingGuard guard{true};
        CHECK(read(guard, wire::packet(0, wire::error(1040, "08004", "Too many connections")) +
                              mariadb_10_11()) == Verdict::error_packet);
        check_final(guard, Verdict::error_packet);
    }
}

TEST_CASE("A progress report instead of a greeting is refused when its number is there",
          "[greeting_guard]")
{
    // Found: Connector/C crashes at it, so it must not see the packet whole.
    std::string const bytes = wire::packet(0, "\xff\xff\xff" + std::string(20, 'p'));
    CHECK(verdict_on(bytes) == Verdict::malformed_greeting);
    GreetingGuard guard{false};
    for (std::size_t i = 0; i < 6; ++i)
        REQUIRE(read(guard, bytes.substr(i, 1)) == Verdict::pass);
    CHECK(read(guard, bytes.substr(6, 1)) == Verdict::malformed_greeting);
    CHECK(guard.claimed_code() == 0);
    check_final(guard, Verdict::malformed_greeting);
}

TEST_CASE("What an error claims ends where its packet ends", "[greeting_guard]")
{
    // Found: the message takes in what came behind the packet.
    GreetingGuard guard{true};
    REQUIRE(read(guard, wire::packet(0, wire::error(1040, "08004", "Too many connections")) +
                            "trailing") == Verdict::error_packet);
    CHECK(guard.claimed_message() == "Too many connections");
}

TEST_CASE("An error is one however much comes behind it", "[greeting_guard]")
{
    // Found: beyond the guard's buffer the same packet gets another verdict.
    std::string const error = wire::packet(0, wire::error(1040, "08004", "Too many connections"));
    CHECK(verdict_on(error + std::string(buffer_size - error.size(), 'x')) ==
          Verdict::error_packet);
    CHECK(verdict_on(error + std::string(buffer_size - error.size() + 1, 'x')) ==
          Verdict::error_packet);
}

TEST_CASE("What does not have the form of a greeting is malformed", "[greeting_guard]")
{
    SECTION("a sequence number that is not 0")
    {
        for (unsigned sequence = 1; sequence < 256; ++sequence) {
            wire::GreetingOptions options;
            options.sequence = static_cast<std::uint8_t>(sequence);
            CHECK(verdict_on(wire::greeting_packet(options)) == Verdict::malformed_greeting);
        }
        // Told as soon as the header is there.
        CHECK(verdict_on(std::string_view{"\x40\0\0\x01", 4}) == Verdict::malformed_greeting);
        // An error packet must not do either: it is no answer to anything yet.
        CHECK(verdict_on(wire::packet(1, wire::error(1040, "", "x"))) ==
              Verdict::malformed_greeting);
    }
    SECTION("another protocol version")
    {
        for (unsigned version = 0; version < 256; ++version) {
            if (version == 10 || version == 0xFF)
                continue;
            wire::GreetingOptions options;
            options.protocol = static_cast<std::uint8_t>(version);
            CAPTURE(version);
            CHECK(verdict_on(wire::greeting_packet(options)) == Verdict::malformed_greeting);
        }
    }
    SECTION("an empty packet")
    {
        CHECK(verdict_on(std::string(4, '\0')) == Verdict::malformed_greeting);
    }
    SECTION("without the capabilities that every server has since 4.1")
    {
        CHECK(verdict_on(wire::greeting_packet(wire::GreetingOptions{}.without(
                  capability::protocol_41))) == Verdict::malformed_greeting);
        CHECK(verdict_on(wire::greeting_packet(wire::GreetingOptions{}.without(
                  capability::secure_connection))) == Verdict::malformed_greeting);
        // Also in plaintext.
        CHECK(verdict_on(
                  wire::greeting_packet(wire::GreetingOptions{}.without(capability::protocol_41)),
                  false) == Verdict::malformed_greeting);
    }
    SECTION("a version or a plugin without an end")
    {
        std::string no_end = mariadb_10_11();
        no_end.back() = 'x';
        CHECK(verdict_on(no_end) == Verdict::malformed_greeting);
        CHECK(verdict_on(wire::packet(0, "\x0a" + std::string(90, 'v'))) ==
              Verdict::malformed_greeting);
    }
    SECTION("a login method without a name, which would pass every list of allowed ones")
    {
        CHECK(verdict_on(wire::greeting_packet(wire::GreetingOptions{}.with_plugin(""))) ==
              Verdict::malformed_greeting);
    }
    SECTION("a nonce that is longer than the packet")
    {
        std::string bytes = mariadb_10_11();
        std::size_t const place = bytes.find('\0', 5) + 1 + 4 + 8 + 1 + 2 + 1 + 2 + 2;
        REQUIRE(bytes[place] == 21);
        bytes[place] = '\xff';
        CHECK(verdict_on(bytes) == Verdict::malformed_greeting);
    }
    SECTION("other protocols")
    {
        for (std::string_view const bytes :
             {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
              "220 mail.example ESMTP\r\n", "+OK ready\r\n", "-ERR unknown command\r\n"}) {
            CAPTURE(bytes);
            CHECK(verdict_on(bytes) == Verdict::malformed_greeting);
        }
        CHECK(verdict_on(std::string_view{"\x15\x03\x03\x00\x02\x02\x28", 7}) ==
              Verdict::malformed_greeting); // a TLS alert
    }
}

TEST_CASE("A greeting is not larger than a greeting can be", "[greeting_guard]")
{
    auto const sized = [](std::size_t packet) {
        // The version is as long as it takes.
        wire::GreetingOptions options;
        options.server_version = "9";
        options.server_version.append(packet - wire::greeting_packet(options).size(), 'x');
        return wire::greeting_packet(options);
    };
    SECTION("as large as the buffer")
    {
        REQUIRE(sized(buffer_size).size() == buffer_size);
        CHECK(verdict_on(sized(buffer_size)) == Verdict::pass);
        CHECK(verdict_on(sized(buffer_size) + "x") == Verdict::bytes_after_greeting);
    }
    SECTION("larger, in one piece")
    {
        CHECK(verdict_on(sized(buffer_size + 1)) == Verdict::malformed_greeting);
        CHECK(verdict_on(sized(16'384)) == Verdict::malformed_greeting);
    }
    SECTION("larger, told by its header alone")
    {
        CHECK(verdict_on(std::string_view{"\xff\xff\xff\x00", 4}) == Verdict::malformed_greeting);
        CHECK(verdict_on(wire::int3(buffer_size - 3) + std::string(1, '\0')) ==
              Verdict::malformed_greeting);
        CHECK(verdict_on(wire::int3(buffer_size - 4) + std::string(1, '\0')) == Verdict::pass);
    }
    SECTION("larger, in pieces cut anywhere in the header")
    {
        std::string const bytes = sized(5000);
        for (std::size_t cut = 1; cut < 6; ++cut) {
            GreetingGuard guard{true};
            auto verdict = read(guard, bytes.substr(0, cut));
            CHECK(verdict == (cut < 4 ? Verdict::pass : Verdict::malformed_greeting));
            verdict = read(guard, bytes.substr(cut));
            CHECK(verdict == Verdict::malformed_greeting);
        }
    }
    SECTION("small, with a flood behind it that begins inside the header")
    {
        for (std::size_t cut = 1; cut < 4; ++cut) {
            std::string const bytes = mariadb_10_11() + std::string(9000, 'x');
            GreetingGuard guard{true};
            CHECK(read(guard, bytes.substr(0, cut)) == Verdict::pass);
            CHECK(read(guard, bytes.substr(cut)) == Verdict::bytes_after_greeting);
        }
    }
}

TEST_CASE("What the client may send before TLS is the request and nothing else", "[greeting_guard]")
{
    for (std::size_t const size :
         {std::size_t{0}, std::size_t{1}, std::size_t{32}, std::size_t{35}, std::size_t{37},
          std::size_t{72}, std::size_t{200}, static_cast<std::size_t>(-1)}) {
        CAPTURE(size);
        GreetingGuard guard = after_greeting();
        CHECK(guard.on_write(size) == Verdict::unexpected_write);
        check_final(guard, Verdict::unexpected_write);
    }
    SECTION("not in pieces")
    {
        GreetingGuard guard = after_greeting();
        CHECK(guard.on_write(4) == Verdict::unexpected_write);
        CHECK(guard.on_write(32) == Verdict::unexpected_write);
    }
    SECTION("not twice")
    {
        GreetingGuard guard = after_greeting();
        CHECK(guard.on_write(tls_request_size) == Verdict::pass);
        CHECK(guard.on_write(tls_request_size) == Verdict::unexpected_write);
        check_final(guard, Verdict::unexpected_write);
    }
    SECTION("also where TLS is not needed, as long as it was offered and nobody handed over")
    {
        GreetingGuard guard{false};
        REQUIRE(read(guard, mariadb_10_11()) == Verdict::pass);
        CHECK(guard.on_write(200) == Verdict::unexpected_write);
    }
}

TEST_CASE("Nothing that is not a greeting gets to the handshake", "[greeting_guard]")
{
    // A fixed seed: what fails once fails always.
    std::mt19937 random{20240608}; // NOLINT(cert-msc51-cpp)
    auto const known = greetings();
    for (int i = 0; i < 100'000; ++i) {
        std::string bytes = known[random() % known.size()].bytes;
        // Change, drop, insert.
        for (unsigned change = random() % 4; change > 0; --change) {
            std::size_t const place = random() % bytes.size();
            auto const byte = static_cast<char>(static_cast<unsigned char>(random() & 0xFFU));
            switch (random() % 3) {
            case 0:
                bytes[place] = byte;
                break;
            case 1:
                bytes.insert(place, 1, byte);
                break;
            default:
                bytes.erase(place, 1);
                break;
            }
        }
        Packet const packet{bytes};
        GreetingGuard whole{true};
        auto const verdict = whole.on_read(packet.span());

        // However it is cut, the verdict is the same, if not from the first piece on.
        GreetingGuard pieces{true};
        std::size_t const cut = random() % (bytes.size() + 1);
        auto cut_verdict = Verdict::pass;
        if (cut != 0)
            cut_verdict = pieces.on_read(packet.span().first(cut));
        if (cut != bytes.size())
            cut_verdict = pieces.on_read(packet.span().subspan(cut));
        bool const agrees =
            cut_verdict == verdict || (verdict != Verdict::pass && cut_verdict != Verdict::pass);
        bool const honest = whole.phase() != Phase::request ||
                            (verdict == Verdict::pass && whole.tls_offered() &&
                             wire::read_little_endian(bytes, 0, 3) + 4 == bytes.size() &&
                             bytes[3] == 0 && bytes[4] == 10);
        bool const not_ready = !whole.ready_for_handshake() && !pieces.ready_for_handshake();
        if (!agrees || !honest || !not_ready)
            FAIL("for " << wire::printable(bytes) << " cut at " << cut);
    }
    SUCCEED();
}
