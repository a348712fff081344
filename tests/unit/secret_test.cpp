// Secret: a password that is erased, compared in constant time and never printed.

#include <sealsql/secret.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <array>
#include <concepts>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

using sealsql::Secret;
using sealsql::testing::TemporaryDirectory;
using unit::contains;
using unit::error_of;

namespace {

// No way in or out by accident.
static_assert(!std::convertible_to<char const*, Secret>);
static_assert(!std::convertible_to<std::string, Secret>);
static_assert(!std::convertible_to<std::string_view, Secret>);
static_assert(std::constructible_from<Secret, char const*>);
static_assert(std::constructible_from<Secret, std::string>);
static_assert(std::constructible_from<Secret, std::string_view>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::convertible_to<Secret, char const*>);
static_assert(!std::convertible_to<Secret, bool>);

static_assert(std::is_nothrow_default_constructible_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);
static_assert(std::copyable<Secret>);

template <class Left, class Right>
concept comparable = requires(Left const& left, Right const& right)
{
    left == right;
};
static_assert(comparable<Secret, Secret>);
static_assert(!comparable<Secret, std::string>);
static_assert(!comparable<Secret, char const*>);

template <class T>
concept ordered = requires(T const& left, T const& right)
{
    left < right;
};
static_assert(!ordered<Secret>);

} // namespace

TEST_CASE("erase_memory() overwrites exactly what it is given", "[secret]")
{
    std::string text = "0123456789";
    sealsql::detail::erase_memory(text.data() + 2, 5);
    CHECK(text == std::string("01\0\0\0\0\0"
                              "789",
                              10));
    sealsql::detail::erase_memory(nullptr, 0);
}

TEST_CASE("A move leaves no copy behind", "[secret]")
{
    SECTION("the text stays where it is")
    {
        Secret source{"short"};
        auto const* const place = source.reveal().data();
        Secret target{std::move(source)};
        CHECK(target.reveal().data() == place);
        CHECK(target.reveal() == "short");
        CHECK(source.empty()); // NOLINT(bugprone-use-after-move): what is left is the point
        CHECK(source.reveal().empty());
        CHECK(source.c_str()[0] == '\0');
        CHECK(source == Secret{});

        Secret assigned;
        assigned = std::move(target);
        CHECK(assigned.reveal().data() == place);
        CHECK(target.empty()); // NOLINT(bugprone-use-after-move)
    }
    SECTION("the object itself never holds it")
    {
        alignas(Secret) std::array<char, sizeof(Secret)> memory{};
        auto* const secret = new (memory.data()) Secret{"inside"};
        CHECK_FALSE(contains({memory.data(), memory.size()}, "inside"));
        secret->~Secret();
    }
    SECTION("a string that it is made of is erased, in its small buffer")
    {
        std::string text = "hunter2";
        Secret const secret{std::move(text)};
        CHECK(secret.reveal() == "hunter2");
        CHECK(text.empty()); // NOLINT(bugprone-use-after-move): what is left is the point
        std::array<char, sizeof(std::string)> memory{};
        std::memcpy(memory.data(), static_cast<void const*>(&text), sizeof text);
        CHECK_FALSE(contains({memory.data(), memory.size()}, "unter2"));
    }
    SECTION("assigning it to itself keeps it")
    {
        Secret secret{"mine"};
        auto& same = secret;
        secret = same;
        CHECK(secret.reveal() == "mine");
        secret = std::move(same);
        CHECK(secret.reveal() == "mine");
    }
}

TEST_CASE("A copy is independent of its source", "[secret]")
{
    Secret source{"original"};
    Secret const copy{source};
    CHECK(copy == source);
    CHECK(copy.reveal().data() != source.reveal().data());
    source = Secret{"changed"};
    CHECK(copy.reveal() == "original");
}

TEST_CASE("A secret gives its text out by name only", "[secret]")
{
    Secret const secret{"p\0q"};
    CHECK(secret.reveal() == "p"); // a C string ends there

    Secret const with_nul{std::string_view{"p\0q", 3}};
    CHECK(with_nul.reveal() == std::string_view{"p\0q", 3});
    CHECK(std::strlen(with_nul.c_str()) == 1);
    CHECK(with_nul.c_str()[3] == '\0');

    CHECK(Secret{}.empty());
    CHECK(Secret{}.reveal().empty());
    CHECK(std::string_view{Secret{}.c_str()}.empty());
    CHECK(Secret{""}.empty());
    CHECK(Secret{std::string{}}.empty());
    CHECK_FALSE(Secret{" "}.empty());
}

TEST_CASE("A secret prints a placeholder", "[secret]")
{
    std::ostringstream out;
    out << Secret{"hunter2"} << ' ' << Secret{};
    CHECK(out.str() == "(secret) (secret)"); // whether there is one is not told either
    CHECK(Catch::Detail::stringify(Secret{"hunter2"}) == "(secret)");
}

TEST_CASE("Secrets compare by their text", "[secret]")
{
    CHECK(Secret{"abc"} == Secret{std::string{"abc"}});
    CHECK(Secret{} == Secret{""});
    CHECK(Secret{"abc"} != Secret{"abd"});
    CHECK(Secret{"abc"} != Secret{"bbc"});
    CHECK(Secret{"abc"} != Secret{"ab"});
    CHECK(Secret{"abc"} != Secret{});
    CHECK(Secret{std::string_view{"a\0b", 3}} != Secret{std::string_view{"a\0c", 3}});
    CHECK(Secret{"\x80"} != Secret{std::string_view{"\0", 1}});
}

TEST_CASE("A secret from the environment", "[secret]")
{
    constexpr char const* name = "SEALSQL_UNIT_TEST_SECRET";
    SECTION("that is set")
    {
        ::setenv(name, "s3cret value ", 1);
        CHECK(Secret::from_env(name).reveal() == "s3cret value ");
    }
    SECTION("that is set to nothing is an empty secret")
    {
        ::setenv(name, "", 1);
        CHECK(Secret::from_env(name).empty());
    }
    SECTION("that is not set is an error that names the variable")
    {
        ::unsetenv(name);
        auto const error = error_of([&] { static_cast<void>(Secret::from_env(name)); });
        CHECK(error.message() == "the environment variable SEALSQL_UNIT_TEST_SECRET is not set");
        CHECK(contains(error.remedy(), "from_env()"));
        CHECK(error.origin() == sealsql::ErrorOrigin::client);
        CHECK_FALSE(error.retryable());
        CHECK_FALSE(error.poisons_connection());
    }
    SECTION("whose name is made of control characters")
    {
        auto const error = error_of([] { static_cast<void>(Secret::from_env("A\x1b[2J")); });
        CHECK(contains(error.message(), "A\\x1b[2J"));
    }
    ::unsetenv(name);
}

TEST_CASE("A secret from a file is its first line", "[secret]")
{
    TemporaryDirectory const directory;
    auto const read = [&](std::string_view content) {
        return std::string{Secret::from_file(directory.write("secret", content)).reveal()};
    };
    CHECK(read("hunter2") == "hunter2");
    CHECK(read("hunter2\n") == "hunter2");
    CHECK(read("hunter2\r\n") == "hunter2");
    CHECK(read("hunter2\nand a comment\n") == "hunter2");
    CHECK(read(" with spaces \n") == " with spaces ");
    CHECK(read("\xC3\xA9t\xC3\xA9\n") == "\xC3\xA9t\xC3\xA9");
    CHECK(read(std::string_view{"a\0b\n", 4}) == std::string_view{"a\0b", 3});
    CHECK(read("").empty());
    CHECK(read("\nsecond line\n").empty());
    CHECK(read(std::string(4096, 'x')) == std::string(4096, 'x'));
}

TEST_CASE("A file that is no secret is an error that names it and not its content", "[secret]")
{
    TemporaryDirectory const directory;
    auto const refusal = [](std::filesystem::path const& file) {
        return error_of([&] { static_cast<void>(Secret::from_file(file)); });
    };
    SECTION("missing")
    {
        auto const error = refusal(directory.path() / "missing");
        CHECK(contains(error.message(), (directory.path() / "missing").string()));
        CHECK(contains(error.message(), "cannot be read"));
        CHECK(contains(error.remedy(), "from_file()"));
    }
    SECTION("a directory")
    {
        CHECK(contains(refusal(directory.path()).message(), "cannot be read"));
    }
    SECTION("no path at all") { CHECK(contains(refusal("").message(), "cannot be read")); }
    SECTION("too long")
    {
        auto const error = refusal(directory.write("long", std::string(4097, 'x')));
        CHECK(contains(error.message(), "longer than 4096 bytes"));
        CHECK_FALSE(contains(error.what(), "xxx"));
        // Even if its first line is short: such a file is not what was meant.
        auto const also =
            refusal(directory.write("long", "the-first-line\n" + std::string(5000, 'x')));
        CHECK_FALSE(contains(also.what(), "the-first-line"));
    }
    SECTION("a path with control characters")
    {
        auto const error = refusal(directory.path() / "a\x1b[2Jb");
        CHECK(contains(error.message(), "a\\x1b[2Jb"));
    }
}
