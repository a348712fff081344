// An aggregate's members by their names, and what is said when they and the columns of a statement do not fit each other.

#include <sealsql/detail/match_columns.hpp>
#include <sealsql/detail/member_names.hpp>

#include <sealsql/column.hpp>
#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sealsql::Column;
using sealsql::Columns;
using sealsql::ColumnType;
using sealsql::Error;
using sealsql::FieldView;
using sealsql::WireForm;
using sealsql::detail::ColumnPositions;
using sealsql::detail::member_names;
using sealsql::detail::read_row;
using unit::contains;
using unit::error_of;

// --- Names ---

namespace outer::inner {

struct User {
    int id;
    std::string name;
    std::optional<std::string> email;
};

template <class T, int Number>
struct Generic {
    T object;  // as the compilers call what they point into
    T phantom; // likewise
    T m0;
};

struct Odd {
    int _;
    int __x; // NOLINT(bugprone-reserved-identifier): somebody has it
    int class_;
    int x1y2Z3;
    int größe;
    int a;
    int string_view;
    int std;
};

struct With {
    struct Member {
        int object;
    };
    int object;
};

} // namespace outer::inner

namespace {

struct Anonymous {
    bool is_there;
};

struct Only {
    std::vector<std::byte> bytes{};
};

template <class T>
std::vector<std::string> names()
{
    std::vector<std::string> all;
    for (std::string_view const name : member_names<T>.names)
        all.emplace_back(name);
    return all;
}

using Names = std::vector<std::string>;

static_assert(member_names<outer::inner::User>.names[1] == "name");

} // namespace

TEST_CASE("The names of members", "[match_columns]")
{
    CHECK(names<outer::inner::User>() == Names{"id", "name", "email"});
    CHECK(names<outer::inner::Generic<std::string, 7>>() == Names{"object", "phantom", "m0"});
    CHECK(names<outer::inner::Generic<outer::inner::User, -1>>() ==
          Names{"object", "phantom", "m0"});
    CHECK(names<outer::inner::Odd>() ==
          Names{"_", "__x", "class_", "x1y2Z3", "größe", "a", "string_view", "std"});
    CHECK(names<outer::inner::With>() == Names{"object"});
    CHECK(names<outer::inner::With::Member>() == Names{"object"});
    CHECK(names<Anonymous>() == Names{"is_there"});
    CHECK(names<Only>() == Names{"bytes"});
    struct Local {
        int in_function;
        int second;
    };
    CHECK(names<Local>() == Names{"in_function", "second"});
}

// --- Columns ---

namespace {

Column column(std::string name, ColumnType type = ColumnType::integer, bool nullable = false)
{
    Column made;
    made.name = std::move(name);
    made.type = type;
    made.nullable = nullable;
    return made;
}

/// The positions of T's members, as one text.
template <class T>
std::string find(Columns const& columns)
{
    std::vector<FieldView> fields;
    for (Column const& one : columns)
        fields.emplace_back(WireForm::text, one);
    ColumnPositions<T> positions;
    positions.find(fields);
    std::string found;
    for (std::size_t i = 0; i < sealsql::detail::member_count<T>; ++i)
        found += std::to_string(positions.of(i));
    return found;
}

template <class T>
Error refusal_of(Columns const& columns)
{
    return error_of([&] { static_cast<void>(find<T>(columns)); });
}

struct User {
    int id;
    std::string name;
    std::optional<std::string> email;
};

struct Two {
    int a;
    int b;
};

struct Reserved {
    int default_;
    int a;
};

struct Overlapping {
    int x;
    int x_;
};

struct Wide {
    std::int64_t number;
    double real;
    bool flag;
    std::string text;
    std::vector<std::byte> bytes;
};

ColumnType const text_type = ColumnType::var_string;

} // namespace

TEST_CASE("Members take the columns of their names, in any order", "[match_columns]")
{
    CHECK(find<User>({column("id"), column("name", text_type), column("email", text_type, true)}) ==
          "012");
    CHECK(find<User>({column("email", text_type), column("id"), column("name", text_type)}) ==
          "120");
    CHECK(find<User>({column("EMAIL", text_type), column("Id"), column("nAmE", text_type)}) ==
          "120");
    // What C++ cannot name.
    CHECK(find<Reserved>({column("default"), column("a")}) == "01");
    CHECK(find<Reserved>({column("a"), column("DEFAULT")}) == "10");
    CHECK(find<Reserved>({column("default_"), column("a")}) == "01");
    // The types that go together.
    CHECK(find<Wide>({column("number", ColumnType::big_int), column("real", ColumnType::double_),
                      column("flag", ColumnType::tiny_int), column("text", text_type),
                      column("bytes", ColumnType::blob)}) == "01234");
}

TEST_CASE("All that does not fit is said at once", "[match_columns]")
{
    auto const error = refusal_of<User>({column("id", text_type), column("nick", text_type),
                                         column("email", text_type), column("Email", text_type)});
    for (char const* part : {"the member id cannot hold a column of type VARCHAR",
                             "no column has the name of the member name",
                             "several columns have the name of the member email",
                             "no member has the name of the column nick"}) {
        CAPTURE(part);
        CHECK(contains(error.message(), part));
    }
    CHECK(error.sqlstate() == "07006");
    CHECK_FALSE(error.poisons_connection());
    CHECK(contains(error.remedy(), "AS"));
    CHECK(error.origin() == sealsql::ErrorOrigin::client);
}

TEST_CASE("Each thing that does not fit", "[match_columns]")
{
    auto const says = [](Error const& error, std::string_view part) {
        INFO(error.message());
        CHECK(contains(error.message(), part));
        // And nothing else.
        CHECK(error.message().find("; ") == std::string::npos);
    };
    says(refusal_of<Two>({column("a")}), "no column has the name of the member b");
    says(refusal_of<Two>({column("a"), column("b"), column("c")}),
         "no member has the name of the column c");
    says(refusal_of<Two>({column("a"), column("b"), column("A")}),
         "several columns have the name of the member a");
    says(refusal_of<Two>({column("a"), column("b", ColumnType::integer, true)}),
         "the member b cannot be NULL, and its column may be");
    says(refusal_of<Two>({column("a"), column("b", ColumnType::double_)}),
         "the member b cannot hold a column of type DOUBLE");
    Column unsigned_text = column("b", text_type);
    says(refusal_of<Two>({column("a"), unsigned_text}),
         "the member b cannot hold a column of type VARCHAR");
    // An empty name is nobody's.
    says(refusal_of<Two>({column("a"), column("b"), column("")}),
         "no member has the name of the column ");
}

TEST_CASE("The usual columns are checked as any others", "[match_columns]")
{
    // In the members' order and spelling, which is found out without a search.
    CHECK(contains(
        refusal_of<Two>({column("a", text_type), column("b", ColumnType::integer, true)}).message(),
        "the member a cannot hold a column of type VARCHAR; the member b cannot be NULL"));
    CHECK(contains(refusal_of<Two>({column("a"), column("a")}).message(),
                   "several columns have the name of the member a"));
}

TEST_CASE("No column is left out because two members go by one name", "[match_columns]")
{
    // `x_` stands for a column x as well; then y must not be forgotten.
    auto const error = refusal_of<Overlapping>({column("x"), column("y")});
    CHECK(contains(error.message(), "no member has the name of the column y"));
    // And one that could be either is said to be so.
    CHECK(contains(refusal_of<Overlapping>({column("x"), column("x_")}).message(),
                   "several columns have the name of the member x_"));
}

TEST_CASE("Names of columns are a server's words", "[match_columns]")
{
    auto const error = refusal_of<Two>(
        {column("a"), column("b"), column("\x1b[2J"), column(std::string(5000, 'n'))});
    CHECK(contains(error.message(), "\\x1b[2J"));
    CHECK(error.message().find('\x1b') == std::string::npos);
    CHECK(error.message().size() < 600);
    // However many do not fit.
    Columns many;
    for (int i = 0; i < 4000; ++i)
        many.push_back(column("column " + std::to_string(i)));
    CHECK(refusal_of<Two>(many).message().size() < 3000);
    // A statement without rows is another mistake.
    CHECK(contains(refusal_of<Two>({}).remedy(), "execute()"));
}

TEST_CASE("A row is read by the positions that were found", "[match_columns]")
{
    Columns const columns{column("email", text_type, true), column("name", text_type),
                          column("id")};
    std::vector<FieldView> fields;
    for (Column const& one : columns)
        fields.emplace_back(WireForm::text, one);
    ColumnPositions<User> positions;
    positions.find(fields);
    fields[1].set("Ada", 3);
    fields[2].set("7", 1);
    User user{.id = 1, .name = "before", .email = "before"};
    read_row({fields.data(), fields.size()}, positions, user);
    CHECK(user.id == 7);
    CHECK(user.name == "Ada");
    CHECK_FALSE(user.email);
    // Errors name the column by its place in the statement.
    fields[2].set("x", 1);
    auto const error = error_of([&] { read_row({fields.data(), fields.size()}, positions, user); });
    CHECK(contains(error.message(), "column 3 (id)"));
}
