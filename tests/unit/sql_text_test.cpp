// SQL that brings its values along: names, pieces, literals. What the servers make of it: integration/sql_text_test.cpp.

#include "helpers.hpp"

#include <sealsql/compose.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/format.hpp>
#include <sealsql/named_parameters.hpp>
#include <sealsql/types.hpp>

#include "support/catch.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
using detail::SqlProblem;
using detail::SqlScanner;
using unit::contains;
using unit::error_of;

namespace {

/// The marks outside of quotes and comments, or the problem.
std::string marks(std::string_view sql)
{
    std::string found;
    SqlScanner scanner{sql};
    while (scanner.next())
        found += sql.substr(scanner.begin(), scanner.end() - scanner.begin());
    return scanner.problem() == SqlProblem::none
               ? found
               : "problem " + std::to_string(static_cast<int>(scanner.problem()));
}

std::string problem(SqlProblem problem)
{
    return "problem " + std::to_string(static_cast<int>(problem));
}

/// The parameters as COM_STMT_EXECUTE has them.
std::string parameters(BoundSql const& sql)
{
    detail::ByteBuffer buffer;
    detail::Arguments const arguments = sql.arguments();
    detail::ParameterWriter writer{buffer, arguments.count};
    arguments.write(arguments.context, writer);
    CHECK(writer.count() == sql.size());
    return {detail::as_text(buffer.begin()), buffer.size()};
}

template <class... Values>
std::string parameters_of(Values const&... values)
{
    detail::ByteBuffer buffer;
    detail::ParameterWriter writer{buffer, sizeof...(values)};
    (writer.add(values), ...);
    return {detail::as_text(buffer.begin()), buffer.size()};
}

struct User {
    std::int64_t id = 7;
    std::string name = "Ann";
    std::optional<int> default_;
};

template <class T>
struct Once {
    std::vector<T> elements;

    [[nodiscard]] auto begin() { return elements.begin(); }
    [[nodiscard]] auto end() { return elements.end(); }
};

LiteralRules const escaping{};
LiteralRules const plain{"utf8mb4", false};

} // namespace

TEST_CASE("marks are found outside of quotes and comments", "[sql_text]")
{
    CHECK(marks("") == "");
    CHECK(marks("a = ? AND b=:b_2 AND c>:C") == "?:b_2:C");
    CHECK(marks("'?' \"?\" `?` ?") == "?");
    CHECK(marks("'it''s ?' \"a\"\"?\" `a``?` ?") == "?");
    CHECK(marks(R"('\n\\' ? '\\\\''?' ?)") == "??");
    CHECK(marks(R"("\'" ? '\"' ?)") == "??");
    CHECK(marks(R"(`\` ?)") == "?");
    CHECK(marks("# ?\n? -- ?\n? /* ? */ ? /*/ ? */ ? --") == "????");
    CHECK(marks("1--? 1---? 1--1 --\t?\n? ---- ?") == "???");
    CHECK(marks("/*+ NO_INDEX(t) ? */ ?") == "?");
    CHECK(marks("@a:=:b, a$b, {d '2020-01-01'}, 12:30, :: :1") == ":b{}");
    CHECK(marks(":größe ") == ":größe");
    CHECK(marks("/ ? -") == "?");
    CHECK(marks("/") == "");
    CHECK(marks(":") == "");
    CHECK(marks("a:") == "");
}

TEST_CASE("what means one thing here and another there is refused", "[sql_text]")
{
    CHECK(marks("'abc") == problem(SqlProblem::open_quote));
    CHECK(marks("`abc``") == problem(SqlProblem::open_quote));
    CHECK(marks("'a''") == problem(SqlProblem::open_quote));
    CHECK(marks("/* abc *") == problem(SqlProblem::open_comment));
    CHECK(marks("/*/") == problem(SqlProblem::open_comment));
    CHECK(marks(R"('it\'s')") == problem(SqlProblem::quote_depends_on_mode));
    CHECK(marks(R"('\')") == problem(SqlProblem::quote_depends_on_mode));
    CHECK(marks(R"('\\\'')") == problem(SqlProblem::quote_depends_on_mode));
    CHECK(marks(R"("\"")") == problem(SqlProblem::quote_depends_on_mode));
    CHECK(marks("/*! ? */") == problem(SqlProblem::comment_is_sql_to_some));
    CHECK(marks("/*!50000 ? */") == problem(SqlProblem::comment_is_sql_to_some));
    CHECK(marks("/*M! ? */") == problem(SqlProblem::comment_is_sql_to_some));
    CHECK(marks("/*+ INDEX(`a*/b`) */") == problem(SqlProblem::quote_in_hint));
    CHECK(marks("AS $$ ? $$") == problem(SqlProblem::dollar));
    CHECK(marks("$js$ ? $js$") == problem(SqlProblem::dollar));
    CHECK(marks(std::string_view{"a\0b", 3}) == problem(SqlProblem::nul));
    CHECK(marks("a --\xA0 ?") == problem(SqlProblem::dashes));
    CHECK(marks("here:LOOP") == problem(SqlProblem::colon));
    CHECK(marks("`here`:LOOP") == problem(SqlProblem::colon));

    static_assert(detail::check_piece("a = ? -- b\n", 1) == SqlProblem::none);
    static_assert(detail::check_piece("a = ? -- b", 1) == SqlProblem::open_line);
    static_assert(detail::check_piece("a = ? # b", 1) == SqlProblem::open_line);
    static_assert(detail::check_piece("a = ?", 0) == SqlProblem::count);
    static_assert(detail::check_piece("'", 0) == SqlProblem::open_quote);

    static_assert(detail::check_format("{} {{}} {}, ({})", 3) == SqlProblem::none);
    static_assert(detail::check_format("'{}' {}", 1) == SqlProblem::none); // that in quotes is text
    static_assert(detail::check_format("'{}'", 1) == SqlProblem::count);
    static_assert(detail::check_format("{}{}", 2) == SqlProblem::place_not_apart);
    static_assert(detail::check_format("x{}", 1) == SqlProblem::place_not_apart);
    static_assert(detail::check_format("{}x", 1) == SqlProblem::place_not_apart);
    static_assert(detail::check_format("'a'{}", 1) == SqlProblem::place_not_apart);
    static_assert(detail::check_format("{}'a'", 1) == SqlProblem::place_not_apart);
    static_assert(detail::check_format("@{}", 1) == SqlProblem::place_not_apart);
    static_assert(detail::check_format("{0}", 1) == SqlProblem::brace);
    static_assert(detail::check_format("{", 0) == SqlProblem::brace);
    static_assert(detail::check_format("}", 0) == SqlProblem::brace);
    static_assert(detail::check_format("{} {} ", 1) == SqlProblem::count);
}

TEST_CASE("named parameters are an object's members", "[sql_text]")
{
    User user;
    auto const insert = named("INSERT INTO t VALUES (:name, :ID, ':id', :default, :name)", user);
    CHECK(insert.text() == "INSERT INTO t VALUES (?, ?, ':id', ?, ?)");
    CHECK(insert.size() == 4);
    CHECK(parameters(insert) == parameters_of(user.name, user.id, user.default_, user.name));

    // It is a view: what counts is the object when the statement runs.
    user.default_ = 3;
    auto const copy = insert;
    CHECK(parameters(copy) == parameters_of(user.name, user.id, user.default_, user.name));

    static_assert(!std::constructible_from<NamedSql<User>, Sql, User>);
}

TEST_CASE("names that do not fit are one error", "[sql_text]")
{
    User const user;
    Error const error = error_of([&] { (void)named("SELECT :nam, :id, ?, :x\n-- :name", user); });
    CHECK(
        error.message() ==
        "the object and the statement do not fit each other: no member has the name of :nam; a ? has no name; no "
        "member has the name of :x; the statement does not name the member name; the statement does not name the "
        "member default_; nothing was sent");
    CHECK(contains(error_of([&] { (void)named("SELECT 'it\\'s', :id", user); }).message(),
                   "odd number of backslashes"));
}

TEST_CASE("pieces are put together with their values", "[sql_text]")
{
    std::vector<int> const ids{1, 2, 3};
    std::string const city = "Ulm";
    std::optional<int> const nothing;
    auto const sql = compose("SELECT * FROM ") + identifier("shop", "us`ers.x") + " WHERE" +
                     all_of({compose("age > ? AND city = ?", 17, city), when(false, "x = ?", 1),
                             compose("id IN ") + in(ids), compose("y <=> ?", nothing)}) +
                     "ORDER BY " + one_of("new", {{"name", "name ASC"}, {"new", "made DESC"}}) +
                     when(true, " LIMIT ?", std::uint8_t{5});
    CHECK(
        sql.text() ==
        "SELECT * FROM `shop`.`us``ers.x` WHERE ((age > ? AND city = ?) AND (id IN (?, ?, ?)) AND (y <=> ?)) "
        "ORDER BY made DESC LIMIT ?");
    CHECK(sql.size() == 7);
    CHECK(parameters(sql) == parameters_of(17, city, 1, 2, 3, nothing, std::uint8_t{5}));

    // It owns its values.
    auto copy = sql;
    copy += copy;
    CHECK(copy.size() == 14);
    CHECK(parameters(copy).size() > 2 * parameters_of(17, city, 1, 2, 3, nothing).size() - 16);
}

TEST_CASE("pieces at their ends", "[sql_text]")
{
    CHECK(ComposedSql{}.empty());
    CHECK(in(std::vector<int>{}).text() == "(SELECT NULL FROM DUAL WHERE FALSE)");
    CHECK(in(std::vector<std::string>{"a"}).text() == "(?)");
    CHECK(all_of({}).text() == " TRUE ");
    CHECK(any_of({when(false, "x")}).text() == " FALSE ");
    CHECK(any_of({compose("a"), compose("b")}).text() == " ((a) OR (b)) ");
    CHECK(in(std::vector<int>(65'535, 1)).size() == 65'535);
    CHECK(contains(error_of([] { (void)in(std::vector<int>(65'536, 1)); }).message(), "65535"));
    CHECK(contains(
        error_of([] { (void)compose("?", std::numeric_limits<double>::quiet_NaN()); }).message(),
        "parameter 1"));
    for (std::string_view const bad : {std::string_view{}, std::string_view{"a\0b", 3},
                                       std::string_view{"a\xC3"}, std::string_view{"\xE4`"}})
        CHECK(
            contains(error_of([&] { (void)identifier("a", bad); }).message(), "cannot be a name"));
    Error const error = error_of([] {
        (void)one_of("x; DROP TABLE t\n", {{"name", "name ASC"}, {"new", "n"}});
    });
    CHECK(contains(error.message(), "name, new"));
    CHECK(!contains(error.message(), "\n"));
    CHECK(contains(error_of([] { (void)compose(Sql::unchecked("a = '"), 1); }).message(),
                   "not closed"));
    CHECK(compose(Sql::unchecked("a = ?"), 1).size() == 1);
}

TEST_CASE("pieces that are counted at run time", "[sql_text]")
{
    std::vector<ComposedSql> pieces;
    CHECK(all_of(pieces).text() == " TRUE ");
    CHECK(any_of(pieces).text() == " FALSE ");
    CHECK(join(pieces, ", ").empty());
    pieces.push_back(compose("a = ?", 1));
    pieces.emplace_back();
    pieces.push_back(compose("b = ?", "x"));
    CHECK(all_of(pieces).text() == " ((a = ?) AND (b = ?)) ");
    CHECK(any_of(pieces).text() == " ((a = ?) OR (b = ?)) ");
    CHECK(join(pieces, ", ").text() == "a = ?, b = ?");
    CHECK(parameters(join(pieces, ", ")) == parameters_of(1, "x"));
    CHECK(join({compose("a"), when(false, "b"), compose("c DESC")}, ", ").text() == "a, c DESC");

    // As of views that cannot be gone through where they are const.
    CHECK(parameters(in(Once<int>{{2, 4}})) == parameters_of(2, 4));
    CHECK(any_of(Once<ComposedSql>{{compose("a"), compose("b")}}).text() == " ((a) OR (b)) ");
    CHECK(parameters(in({1, 2})) == parameters_of(1, 2));
    CHECK(parameters(in(std::vector<bool>{true, false})) == parameters_of(true, false));

    std::vector<SqlChoice> choices{{"name", "name ASC"}};
    choices.push_back({"new", Sql::unchecked("made DESC")});
    CHECK(one_of("new", choices).text() == "made DESC");
    CHECK(contains(error_of([&] { (void)one_of("old", choices); }).message(), "name, new"));
}

TEST_CASE("lists for several columns", "[sql_text]")
{
    std::vector<std::pair<int, std::string>> pairs{{1, "a"}, {2, "b"}};
    CHECK(in(pairs).text() == "((?, ?), (?, ?))");
    CHECK(parameters(in(pairs)) == parameters_of(1, "a", 2, "b"));
    pairs.clear();
    CHECK(in(pairs).text() == "(SELECT NULL, NULL FROM DUAL WHERE FALSE)");
    CHECK(in({std::tuple{1, 2.5, "x"}}).text() == "((?, ?, ?))");
    CHECK(in({std::tuple{1}}).text() == "((?))");
    CHECK(in(std::vector<std::array<int, 2>>{{1, 2}}).text() == "((?, ?))");
    std::vector<std::tuple<int, int>> const many(32'768);
    CHECK(contains(error_of([&] { (void)in(many); }).message(), "65535"));
}

TEST_CASE("literals", "[sql_text]")
{
    CHECK(literal_of(escaping, -5) == "-5");
    CHECK(literal_of(escaping, std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(literal_of(escaping, std::numeric_limits<std::uint64_t>::max()) ==
          "18446744073709551615");
    CHECK(literal_of(escaping, true) == "1");
    CHECK(literal_of(escaping, nullptr) == "NULL");
    CHECK(literal_of(escaping, std::optional<int>{}) == "NULL");
    CHECK(literal_of(escaping, std::optional<int>{3}) == "3");
    CHECK(literal_of(escaping, 0.1) == "1e-01");
    CHECK(literal_of(escaping, 0.1F) == "1.0000000149011612e-01");
    CHECK(literal_of(escaping, Decimal{"-12.50"}) == "-12.50");
    CHECK(literal_of(escaping, "it's") == "'it''s'");
    CHECK(literal_of(escaping, R"(\' OR 1 -- )") == R"('\\'' OR 1 -- ')");
    CHECK(literal_of(plain, R"(C:\)") == R"(_utf8mb4 x'433A5C')");
    CHECK(literal_of(plain, "it's") == "'it''s'");
    CHECK(literal_of(escaping, std::vector{std::byte{0}, std::byte{0xFF}}) == "_binary x'00FF'");
    CHECK(literal_of(escaping, std::vector<std::byte>{}) == "_binary x''");
    CHECK(literal_of(escaping, std::chrono::year_month_day{2026y / 2 / 28}) == "DATE'2026-02-28'");
    CHECK(literal_of(escaping, std::chrono::year_month_day{2026y / 2 / 29}) == "'2026-02-29'");
    CHECK(literal_of(escaping, DateTime{}) == "'0000-00-00 00:00:00.000000'");
    CHECK(literal_of(escaping, DateTime{2024y / 2 / 29, 1h + 2us}) ==
          "TIMESTAMP'2024-02-29 01:00:00.000002'");
    CHECK(literal_of(escaping, -(30h + 1us)) == "TIME'-30:00:00.000001'");
    CHECK(literal_of(escaping, 0us) == "TIME'00:00:00.000000'");
    CHECK(literal_of(escaping, 2026y) == "2026");

    for (double const bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        CHECK_THROWS_AS(literal_of(escaping, bad), Error);
    for (std::string_view const bad : {"\xC3", "\xC3'", "\xED\xA0\x80", "\xFF"})
        CHECK(error_of([&] { (void)literal_of(escaping, bad); }).sqlstate() == "22021");
    CHECK_THROWS_AS(literal_of({"utf8mb3", true}, "😀"), Error);
    CHECK_THROWS_AS(literal_of({"ascii", true}, "ä"), Error);
    CHECK(literal_of({"utf8mb3", true}, "ä") == "'ä'");
    CHECK(literal_of({"latin1", true}, "\xE4") == "'\xE4'");
    for (char const* const unsafe :
         {"gbk", "big5", "sjis", "cp932", "gb18030", "utf16", "", "nobody's"})
        CHECK(contains(error_of([&] {
                           (void)literal_of({unsafe, true}, "a");
                       }).message(),
                       "nothing was sent"));
}

TEST_CASE("texts that have to be UTF-8", "[sql_text]")
{
    std::string const filler(20, 'a');
    for (std::size_t const before : {0U, 1U, 7U, 8U, 9U, 20U}) {
        std::string const start = filler.substr(0, before);
        for (std::string_view const good : {"", "a", "ä", "中", "😀", "äaaaaaaaaaaaaaaaa"}) {
            std::string const text = start + std::string{good};
            CHECK(detail::is_representable(text, detail::TextRule::utf8mb4));
        }
        for (std::string_view const bad :
             {"\xC3", "\xC3(", "\xE4\xB8", "\xED\xA0\x80", "\x80", "\xFF", "\xC0\x80"}) {
            std::string const text = start + std::string{bad};
            CHECK(!detail::is_representable(text, detail::TextRule::utf8mb4));
        }
    }
    detail::ByteBuffer buffer;
    detail::ParameterWriter writer{buffer, 4};
    writer.add("\xFF");
    writer.set_text_rule(detail::TextRule::utf8mb4);
    writer.add(std::vector{std::byte{0xFF}});
    CHECK(contains(error_of([&] { writer.add(std::string(300, 'a') + '\xFF'); }).message(),
                   "parameter 3 is not UTF-8"));
}

TEST_CASE("what a character set can represent", "[sql_text]")
{
    using detail::TextRule;
    CHECK(detail::text_rule("utf8mb4") == TextRule::utf8mb4);
    CHECK(detail::text_rule("UTF8MB4") == TextRule::utf8mb4);
    CHECK(detail::text_rule("utf8") == TextRule::utf8mb3);
    CHECK(detail::text_rule("utf8mb3") == TextRule::utf8mb3);
    CHECK(detail::text_rule("Ascii") == TextRule::ascii);
    for (char const* const other : {"latin1", "gbk", "binary", "", "utf8mb5", "utf16", "u"})
        CHECK(detail::text_rule(other) == TextRule::any);

    for (std::string const before : {"", "1234567", "12345678", "ä2345678"}) {
        bool const is_plain = !before.starts_with("ä");
        auto const fits = [&](char const* text, TextRule rule) {
            return detail::is_representable(before + text + "behind it", rule);
        };
        CHECK(fits("a", TextRule::ascii) == is_plain);
        CHECK_FALSE(fits("ä", TextRule::ascii));
        CHECK_FALSE(fits("\xFF", TextRule::ascii));
        CHECK(fits("ä中\xEF\xBF\xBF", TextRule::utf8mb3)); // the last of them
        CHECK_FALSE(fits("😀", TextRule::utf8mb3));
        CHECK_FALSE(fits("\xF0\x90\x80\x80", TextRule::utf8mb3)); // the first that is longer
        CHECK_FALSE(fits("\xFF", TextRule::utf8mb3));
        CHECK(fits("😀", TextRule::utf8mb4));
        CHECK(fits("\xFF", TextRule::any));
    }
}

TEST_CASE("formats", "[sql_text]")
{
    FormattedSql const sql =
        format_sql(escaping, "SELECT {}, '{}', {{}}, {} -- {}\n, ({})", 1, "a'b", nullptr);
    CHECK(sql.text() == "SELECT 1, '{}', {}, 'a''b' -- {}\n, (NULL)");
    Sql const view = sql;
    CHECK(view.text() == sql.text());
    CHECK(format_sql(escaping, "SELECT 1").text() == "SELECT 1");
    CHECK(format_sql(escaping, "{}", 2).text() == "2");
}
