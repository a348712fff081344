// printable(): text from outside that cannot act on a terminal or a log.

#include <sealsql/printable.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

using sealsql::printable;
using sealsql::detail::utf8_sequence;

namespace {

// By the bits, independently of the code under test.
std::string utf8(std::uint32_t code_point)
{
    auto const byte = [](std::uint32_t value) {
        return static_cast<char>(static_cast<unsigned char>(value));
    };
    auto const tail = [&](unsigned shift) { return byte(0x80U | ((code_point >> shift) & 0x3FU)); };
    if (code_point < 0x80)
        return {byte(code_point)};
    if (code_point < 0x800)
        return {byte(0xC0U | (code_point >> 6U)), tail(0)};
    if (code_point < 0x10000)
        return {byte(0xE0U | (code_point >> 12U)), tail(6), tail(0)};
    return {byte(0xF0U | (code_point >> 18U)), tail(12), tail(6), tail(0)};
}

std::string escaped(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        text.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return text;
}

} // namespace

TEST_CASE("Ordinary text stays as it is", "[printable]")
{
    CHECK(printable("").empty());
    CHECK(printable("You have an error in your SQL syntax; check 'x' (\"y\") <z> & 50% \\ ~`!") ==
          "You have an error in your SQL syntax; check 'x' (\"y\") <z> & 50% \\ ~`!");
    for (std::uint32_t code_point = 0x20; code_point < 0x7F; ++code_point)
        CHECK(printable(utf8(code_point)) == utf8(code_point));
    for (std::uint32_t const code_point : {0xA0U, 0xE9U, 0x7FFU, 0x800U, 0x4E2DU, 0xD7FFU, 0xE000U,
                                           0xFFFDU, 0x10000U, 0x1F512U, 0x10FFFFU}) {
        CAPTURE(code_point);
        CHECK(printable(utf8(code_point)) == utf8(code_point));
    }
}

TEST_CASE("Control characters are escaped", "[printable]")
{
    for (std::uint32_t code_point = 0; code_point < 0xA0; ++code_point) {
        if (code_point >= 0x20 && code_point < 0x7F)
            continue;
        CAPTURE(code_point);
        CHECK(printable(utf8(code_point)) == escaped(utf8(code_point)));
        CHECK(printable("a" + utf8(code_point) + "b") == "a" + escaped(utf8(code_point)) + "b");
    }
    CHECK(printable(std::string_view{"a\0b", 3}) == "a\\x00b");
    CHECK(printable("line\r\nERROR: forged\t\x1b[31m\x7f") ==
          "line\\x0d\\x0aERROR: forged\\x09\\x1b[31m\\x7f");
    CHECK(printable("\xC2\x9B"
                    "31m") == "\\xc2\\x9b31m"); // C1 CSI, which some terminals obey
}

TEST_CASE("Marks that reorder or hide text are escaped", "[printable]")
{
    for (std::uint32_t const code_point :
         {0x200BU, 0x200CU, 0x200DU, 0x200EU, 0x200FU, 0x2028U, 0x2029U, 0x202AU, 0x202BU, 0x202CU,
          0x202DU, 0x202EU, 0x2066U, 0x2067U, 0x2068U, 0x2069U, 0xFEFFU}) {
        CAPTURE(code_point);
        CHECK(printable(utf8(code_point)) == escaped(utf8(code_point)));
    }
    for (std::uint32_t const code_point :
         {0x200AU, 0x2010U, 0x2027U, 0x202FU, 0x2065U, 0x206AU, 0xFEFEU, 0xFF00U}) {
        CAPTURE(code_point);
        CHECK(printable(utf8(code_point)) == utf8(code_point));
    }
}

TEST_CASE("Every character of Unicode's Bidi_Control is escaped", "[printable]")
{
    // Found: U+061C, ARABIC LETTER MARK, is one as well (PropList.txt).
    for (std::uint32_t const code_point : {0x061CU, 0x200EU, 0x200FU, 0x202AU, 0x202BU, 0x202CU,
                                           0x202DU, 0x202EU, 0x2066U, 0x2067U, 0x2068U, 0x2069U}) {
        CAPTURE(code_point);
        CHECK(printable(utf8(code_point)) == escaped(utf8(code_point)));
    }
}

TEST_CASE("Bytes that are not UTF-8 are escaped one by one", "[printable]")
{
    // Never the start of a sequence.
    for (unsigned byte = 0x80; byte <= 0xFF; ++byte) {
        std::string const alone(1, static_cast<char>(static_cast<unsigned char>(byte)));
        CAPTURE(byte);
        CHECK(printable(alone) == escaped(alone));
        CHECK(printable("a" + alone) == "a" + escaped(alone));
        CHECK(printable(alone + "a") == escaped(alone) + "a");
    }
    SECTION("overlong forms")
    {
        for (std::string const bytes :
             {"\xC0\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x80\xAF", "\xE0\x9F\xBF",
              "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF", "\xF8\x88\x80\x80\x80",
              "\xFC\x84\x80\x80\x80\x80"}) {
            CAPTURE(escaped(bytes));
            CHECK(printable(bytes) == escaped(bytes));
        }
        CHECK(printable("\xC0\x9B[2J") == "\\xc0\\x9b[2J"); // an ESC in disguise
    }
    SECTION("surrogates and what lies beyond Unicode")
    {
        for (std::string const bytes :
             {"\xED\xA0\x80", "\xED\xAF\xBF", "\xED\xB0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80",
              "\xF5\x80\x80\x80", "\xF7\xBF\xBF\xBF"}) {
            CAPTURE(escaped(bytes));
            CHECK(printable(bytes) == escaped(bytes));
        }
    }
    SECTION("sequences cut short")
    {
        for (std::uint32_t const code_point : {0xE9U, 0x4E2DU, 0x1F512U}) {
            std::string const whole = utf8(code_point);
            for (std::size_t size = 1; size < whole.size(); ++size) {
                std::string const cut = whole.substr(0, size);
                CHECK(printable(cut) == escaped(cut));
                CHECK(printable(cut + "x") == escaped(cut) + "x");
                CHECK(printable(cut + utf8(0xE9)) == escaped(cut) + utf8(0xE9));
                CHECK(printable(cut + "\n") == escaped(cut + "\n"));
            }
        }
    }
    SECTION("a continuation too many") { CHECK(printable("\xC3\xA9\xA9") == "\xC3\xA9\\xa9"); }
}

TEST_CASE("utf8_sequence() knows every code point and nothing else", "[printable]")
{
    std::uint32_t wrong = 0;
    for (std::uint32_t code_point = 0; code_point < 0x110000; ++code_point) {
        bool const surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        std::string const bytes = utf8(code_point);
        std::uint32_t read = 0;
        std::size_t const size = utf8_sequence(bytes, read);
        bool const right = surrogate ? size == 0 : size == bytes.size() && read == code_point;
        wrong += right ? 0U : 1U;
    }
    CHECK(wrong == 0);
    std::uint32_t unused = 0;
    CHECK(utf8_sequence("", unused) == 0);
}

TEST_CASE("Whatever comes in, what goes out is UTF-8 without controls", "[printable]")
{
    std::mt19937 random{20240607}; // NOLINT(cert-msc51-cpp): the same each time, on purpose
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random() % 24, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(static_cast<unsigned char>(
                random() % 3 == 0 ? 0x80U + random() % 0x80U : random() % 0x100U));
        std::string const safe = printable(bytes);
        std::string_view rest = safe;
        bool good = true;
        while (good && !rest.empty()) {
            std::uint32_t code_point = 0;
            std::size_t const size = utf8_sequence(rest, code_point);
            good = size != 0 && code_point >= 0x20 && !(code_point >= 0x7F && code_point < 0xA0);
            rest.remove_prefix(size == 0 ? rest.size() : size);
        }
        if (!good || printable(safe) != safe)
            FAIL("for " << escaped(bytes));
    }
    SUCCEED();
}
