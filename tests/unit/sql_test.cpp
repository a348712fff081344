// Sql: a literal becomes one by itself, text that was put together does not.

#include <sealsql/sql.hpp>

#include "support/catch.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using sealsql::Sql;

namespace {

[[maybe_unused]] void takes(Sql) {}

template <class Text>
concept accepted = requires(Text&& text)
{
    takes(static_cast<Text&&>(text));
};

// Also not by asking for it: unchecked() is the only way.
template <class Text>
concept constructible = requires(Text&& text)
{
    Sql{static_cast<Text&&>(text)};
};

template <class... Texts>
constexpr bool all_refused = ((!accepted<Texts> && !constructible<Texts>)&&...);

static_assert(all_refused<std::string, std::string&, std::string const&, std::string const>);
static_assert(all_refused<std::string_view, std::string_view&, std::string_view const&>);
static_assert(all_refused<char const*, char const*&, char const* const&, char*, char*&>);
static_assert(all_refused<char (&)[16], char (&)[1]>);
static_assert(all_refused<std::filesystem::path, std::vector<char>, std::array<char, 4>>);
static_assert(all_refused<std::nullptr_t, int, char, bool>);
static_assert(all_refused<char8_t const (&)[9], wchar_t const (&)[9]>);

struct TextLike {
    // NOLINTNEXTLINE(google-explicit-constructor): what such types do
    operator std::string_view() const;
};
static_assert(all_refused<TextLike, TextLike&, TextLike const&>);

// A type that converts to Sql is on its own.
static_assert(!std::default_initializable<Sql>);
static_assert(std::copyable<Sql>);
static_assert(std::is_trivially_copyable_v<Sql>);
static_assert(std::is_trivially_destructible_v<Sql>);
static_assert(!std::convertible_to<Sql, std::string_view>);
static_assert(noexcept(Sql::unchecked(std::string_view{})));

// Literals.
constexpr Sql constant = "SELECT 1";
static_assert(constant.text() == "SELECT 1");
static_assert(Sql{""}.text().empty());
static constexpr char named[] = "SELECT 2"; // NOLINT(modernize-avoid-c-arrays): a named literal
static_assert(Sql{named}.text() == "SELECT 2");

} // namespace

TEST_CASE("A literal converts to Sql", "[sql]")
{
    auto const text = [](Sql sql) { return sql.text(); };
    CHECK(text("SELECT 1") == "SELECT 1");
    CHECK(text("").empty());
    CHECK(text("SELECT '"
               "a"
               "'") == "SELECT 'a'");
    CHECK(text(R"(SELECT "x")") == "SELECT \"x\"");
    CHECK(text(named) == "SELECT 2");
    CHECK(text("SELECT '\xC3\xA9'").size() == 11);
}

TEST_CASE("Text that was put together has to be spelt out", "[sql]")
{
    std::string const table = "t1";
    std::string const statement = "SELECT * FROM " + table;
    Sql const sql = Sql::unchecked(statement);
    CHECK(sql.text() == "SELECT * FROM t1");
    CHECK(sql.text().data() == statement.data()); // a view
    CHECK(Sql::unchecked(std::string_view{"a\0b", 3}).text().size() == 3);
}
