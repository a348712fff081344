// Rows as tuples, aggregates and single values: how many fields, which errors.

#include <sealsql/detail/match_columns.hpp>
#include <sealsql/detail/read_row.hpp>

#include <sealsql/column.hpp>
#include <sealsql/error.hpp>
#include <sealsql/row.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using sealsql::Column;
using sealsql::Columns;
using sealsql::ColumnType;
using sealsql::Error;
using sealsql::FieldView;
using sealsql::RowType;
using sealsql::detail::field_count;
using sealsql::detail::FieldsOf;
using sealsql::detail::member_count;
using sealsql::detail::read_row;
using unit::contains;
using unit::error_of;

namespace {

// --- How many members ---

using Bytes = std::vector<std::byte>;
template <class T>
using Opt = std::optional<T>;

template <class... Types>
struct Members;
template <class A>
struct Members<A> {
    A a;
};
template <class A, class B>
struct Members<A, B> {
    A a;
    B b;
};
template <class A, class B, class C>
struct Members<A, B, C> {
    A a;
    B b;
    C c;
};

template <class A>
constexpr bool counts_alone = member_count<Members<A>> == 1 && field_count<Members<A>> == 1;
template <class A, class B>
constexpr bool counts_with = member_count<Members<A, B>> == 2 && member_count<Members<B, A>> == 2 &&
                             member_count<Members<A, B, A>> == 3;
template <class... Types>
constexpr bool counts = (counts_alone<Types> && ...) && (counts_with<int, Types> && ...) &&
                        (counts_with<std::string, Types> && ...) &&
                        (counts_with<std::string_view, Types> && ...) &&
                        (counts_with<Opt<std::string>, Types> && ...) &&
                        (counts_with<Opt<int>, Types> && ...) &&
                        (counts_with<Bytes, Types> && ...) &&
                        (counts_with<Opt<Bytes>, Types> && ...);

static_assert(counts<bool, signed char, short, int, unsigned, long, std::uint64_t, float, double,
                     long double>);
static_assert(counts<std::string, std::string_view, Bytes>);
static_assert(
    counts<Opt<bool>, Opt<int>, Opt<double>, Opt<std::string>, Opt<std::string_view>, Opt<Bytes>>);

struct Nothing {};
static_assert(member_count<Nothing> == 0);

struct WithDefaults {
    int id = 7;
    std::string name = "nobody";
    Opt<std::string> email = "none";
    Bytes avatar{std::byte{1}};
};
static_assert(member_count<WithDefaults> == 4);

struct Const {
    int const id;
    std::string const name;
};
static_assert(member_count<Const> == 2);

struct Enum {
    enum class Kind { a, b } kind;
    int id;
};
static_assert(member_count<Enum> == 2); // unreadable, but counted

struct MoveOnly {
    std::unique_ptr<int> pointer;
    int id;
};
static_assert(member_count<MoveOnly> == 2);

struct WithFunctions {
    int id;
    std::string name;
    static int answer() { return 42; }
    [[nodiscard]] std::string hello() const { return "hello " + name; }
    friend bool operator==(WithFunctions const&, WithFunctions const&) = default;
};
static_assert(member_count<WithFunctions> == 2);

struct Nested {
    WithFunctions inner;
    int id;
};
static_assert(member_count<Nested> == 2);

struct WithArray {
    std::array<int, 3> values;
    int id;
};
static_assert(member_count<WithArray> == 2);

template <std::size_t... Indices>
auto tuple_of_ints(std::index_sequence<Indices...>)
    -> std::tuple<decltype(static_cast<void>(Indices), 0)...>;

// Aggregates of 1 to 52 members, each with a last one that is not like the others.
// clang-format off
template <std::size_t> struct Sized;
template <> struct Sized<1> { Opt<std::string> z; };
template <> struct Sized<2> { int a; Opt<std::string> z; };
template <> struct Sized<3> { int a, b; Opt<std::string> z; };
template <> struct Sized<4> { int a, b, c; Opt<std::string> z; };
template <> struct Sized<5> { int a, b, c, d; Opt<std::string> z; };
template <> struct Sized<6> { int a, b, c, d, e; Opt<std::string> z; };
template <> struct Sized<7> { int a, b, c, d, e, f; Opt<std::string> z; };
template <> struct Sized<8> { int a, b, c, d, e, f, g; Opt<std::string> z; };
template <> struct Sized<9> { int a, b, c, d, e, f, g, h; Opt<std::string> z; };
template <> struct Sized<10> { int a, b, c, d, e, f, g, h, i; Opt<std::string> z; };
template <> struct Sized<11> { int a, b, c, d, e, f, g, h, i, j; Opt<std::string> z; };
template <> struct Sized<12> { int a, b, c, d, e, f, g, h, i, j, k; Opt<std::string> z; };
template <> struct Sized<13> { int a, b, c, d, e, f, g, h, i, j, k, l; Opt<std::string> z; };
template <> struct Sized<14> { int a, b, c, d, e, f, g, h, i, j, k, l, m; Opt<std::string> z; };
template <> struct Sized<15> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n; Opt<std::string> z; };
template <> struct Sized<16> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o; Opt<std::string> z; };
template <> struct Sized<17> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p; Opt<std::string> z; };
template <> struct Sized<18> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q; Opt<std::string> z; };
template <> struct Sized<19> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r; Opt<std::string> z; };
template <> struct Sized<20> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s; Opt<std::string> z; };
template <> struct Sized<21> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t; Opt<std::string> z; };
template <> struct Sized<22> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u; Opt<std::string> z; };
template <> struct Sized<23> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v; Opt<std::string> z; };
template <> struct Sized<24> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w; Opt<std::string> z; };
template <> struct Sized<25> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x; Opt<std::string> z; };
template <> struct Sized<26> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y; Opt<std::string> z; };
template <> struct Sized<27> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2; Opt<std::string> z; };
template <> struct Sized<28> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3; Opt<std::string> z; };
template <> struct Sized<29> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4; Opt<std::string> z; };
template <> struct Sized<30> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5; Opt<std::string> z; };
template <> struct Sized<31> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6; Opt<std::string> z; };
template <> struct Sized<32> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7; Opt<std::string> z; };
template <> struct Sized<33> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8; Opt<std::string> z; };
template <> struct Sized<34> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9; Opt<std::string> z; };
template <> struct Sized<35> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10; Opt<std::string> z; };
template <> struct Sized<36> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11; Opt<std::string> z; };
template <> struct Sized<37> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12; Opt<std::string> z; };
template <> struct Sized<38> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13; Opt<std::string> z; };
template <> struct Sized<39> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14; Opt<std::string> z; };
template <> struct Sized<40> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15; Opt<std::string> z; };
template <> struct Sized<41> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16; Opt<std::string> z; };
template <> struct Sized<42> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17; Opt<std::string> z; };
template <> struct Sized<43> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18; Opt<std::string> z; };
template <> struct Sized<44> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19; Opt<std::string> z; };
template <> struct Sized<45> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20; Opt<std::string> z; };
template <> struct Sized<46> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21; Opt<std::string> z; };
template <> struct Sized<47> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22; Opt<std::string> z; };
template <> struct Sized<48> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22, y23; Opt<std::string> z; };
template <> struct Sized<49> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22, y23, y24; Opt<std::string> z; };
template <> struct Sized<50> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22, y23, y24, y25; Opt<std::string> z; };
template <> struct Sized<51> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22, y23, y24, y25, y26; Opt<std::string> z; };
template <> struct Sized<52> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22, y23, y24, y25, y26, y27; Opt<std::string> z; };
template <> struct Sized<53> { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21, y22, y23, y24, y25, y26, y27, y28; Opt<std::string> z; };
// clang-format on

static_assert(member_count<Sized<53>> > sealsql::detail::max_members);

// --- What is a row, and of which fields ---

static_assert(RowType<sealsql::Row>);
static_assert(RowType<int> && RowType<std::string> && RowType<Opt<int>> && RowType<Bytes>);
static_assert(RowType<std::tuple<int, std::string>> && RowType<std::tuple<>>);
static_assert(RowType<WithFunctions> && RowType<Sized<52>>);
static_assert(!RowType<int*> && !RowType<std::vector<int>> && !RowType<std::unique_ptr<int>> &&
              !RowType<char>);
static_assert(!RowType<void> && !RowType<int&> && !RowType<Enum::Kind>);

static_assert(field_count<int> == 1);
static_assert(field_count<Opt<std::string>> == 1);
static_assert(field_count<Bytes> == 1); // a class, but one value
static_assert(field_count<std::tuple<int>> == 1);
static_assert(field_count<std::tuple<int, Opt<std::string>, Bytes>> == 3);
static_assert(field_count<std::tuple<>> == 0);
static_assert(field_count<decltype(tuple_of_ints(std::make_index_sequence<100>{}))> ==
              100); // no limit

static_assert(std::is_same_v<FieldsOf<WithFunctions>, std::tuple<int&, std::string&>>);
static_assert(std::is_same_v<FieldsOf<std::tuple<int, Bytes>>, std::tuple<int&, Bytes&>>);
static_assert(std::is_same_v<FieldsOf<double>, std::tuple<double&>>);

template <class T>
constexpr bool readable = sealsql::detail::all_fields_readable<FieldsOf<T>>;
static_assert(readable<WithDefaults> && readable<WithFunctions> && readable<std::tuple<>> &&
              readable<Opt<bool>>);
static_assert(!readable<Enum> && !readable<MoveOnly> && !readable<Nested> && !readable<WithArray> &&
              !readable<std::tuple<int, char>>);

template <class T>
constexpr bool has_view = sealsql::detail::any_field_is_view<FieldsOf<T>>;
static_assert(has_view<std::string_view> && has_view<Opt<std::string_view>> &&
              has_view<std::tuple<int, std::string_view>>);
static_assert(has_view<Members<int, Opt<std::string_view>>> && !has_view<WithDefaults> &&
              !has_view<std::tuple<>> && !has_view<std::string>);

// --- Rows to read ---

struct Source {
    std::vector<std::unique_ptr<Column>> columns; // each stays where it is
    std::vector<FieldView> fields;

    Source& add(std::string name, char const* text, ColumnType type = ColumnType::var_string)
    {
        columns.push_back(std::make_unique<Column>());
        columns.back()->name = std::move(name);
        columns.back()->type = type;
        columns.back()->nullable = text == nullptr;
        fields.emplace_back(sealsql::WireForm::text, *columns.back());
        if (text != nullptr)
            fields.back().set(text, std::char_traits<char>::length(text));
        return *this;
    }
};

template <class T>
void read_into(Source const& source, T& row)
{
    sealsql::detail::ColumnPositions<T> positions;
    positions.find(source.fields);
    read_row(source.fields, positions, row);
}

template <class T>
T read(Source const& source)
{
    T row{};
    read_into(source, row);
    return row;
}

std::vector<FieldView> fields_of(Columns const& columns)
{
    std::vector<FieldView> fields;
    for (Column const& column : columns)
        fields.emplace_back(sealsql::WireForm::text, column);
    return fields;
}

template <std::size_t Size>
void check_size()
{
    static_assert(member_count<Sized<Size>> == Size);
    static_assert(field_count<Sized<Size>> == Size);
    CAPTURE(Size);
    std::vector<std::string> texts;
    Source source;
    for (std::size_t i = 0; i < Size; ++i)
        texts.push_back(std::to_string(1000 + i));
    for (std::size_t i = 0; i < Size; ++i)
        source.add(std::string{sealsql::detail::member_names<Sized<Size>>.names[i]},
                   texts[i].c_str(), ColumnType::integer);
    auto const row = read<Sized<Size>>(source);
    CHECK(row.z == std::to_string(1000 + Size - 1));
    // Each member is the one of its position.
    auto copy = row;
    auto const fields = sealsql::detail::tie_members(copy);
    auto const check = [](int value, std::size_t index) {
        CHECK(value == 1000 + static_cast<int>(index));
    };
    [&]<std::size_t... Indices>(std::index_sequence<Indices...>)
    {
        (check(std::get<Indices>(fields), Indices), ...);
    }
    (std::make_index_sequence<Size - 1>{});
}

template <std::size_t... Sizes>
void check_sizes(std::index_sequence<Sizes...>)
{
    (check_size<Sizes + 1>(), ...);
}

} // namespace

TEST_CASE("Aggregates of 1 to 52 members are filled by name", "[read_row]")
{
    check_sizes(std::make_index_sequence<sealsql::detail::max_members>{});
}

TEST_CASE("A row becomes an aggregate, a tuple or a single value", "[read_row]")
{
    Source two;
    two.add("id", "7", ColumnType::integer).add("name", "Ada");
    CHECK(read<WithFunctions>(two) == WithFunctions{7, "Ada"});
    CHECK(read<std::tuple<int, std::string>>(two) == std::tuple{7, std::string{"Ada"}});
    CHECK(std::get<1>(read<std::tuple<int, std::string_view>>(two)).data() == two.fields[1].data());

    Source one;
    one.add("n", "42");
    CHECK(read<int>(one) == 42);
    CHECK(read<Opt<std::uint64_t>>(one) == 42U);
    CHECK(read<std::string>(one) == "42");
    CHECK(read<std::tuple<double>>(one) == std::tuple{42.0});

    Source named;
    named.add("A", "42", ColumnType::big_int);
    CHECK(read<Members<long>>(named).a == 42);
}

TEST_CASE("NULL needs an optional", "[read_row]")
{
    Source source;
    source.add("id", "7", ColumnType::integer).add("email", nullptr);
    CHECK(read<std::tuple<int, Opt<std::string>>>(source) == std::tuple{7, Opt<std::string>{}});

    SECTION("which loses what the row before left in it")
    {
        std::tuple<int, Opt<std::string>> row{1, "old"};
        read_into(source, row);
        CHECK_FALSE(std::get<1>(row).has_value());
    }
    SECTION("which takes the next value")
    {
        Source next;
        next.add("id", "8").add("email", "ada@example");
        std::tuple<int, Opt<std::string>> row;
        read_into(source, row);
        read_into(next, row);
        CHECK(std::get<1>(row) == "ada@example");
    }
    SECTION("and is an error without one, that names the column")
    {
        auto const error =
            error_of([&] { static_cast<void>(read<std::tuple<int, std::string>>(source)); });
        CHECK(contains(error.message(), "column 2 (email) is NULL"));
        CHECK(contains(error.remedy(), "std::optional"));
        CHECK(error.sqlstate() == "22002");
        CHECK(error.origin() == sealsql::ErrorOrigin::client);
        CHECK_FALSE(error.poisons_connection());
        CHECK_FALSE(error.retryable());
    }
    SECTION("also for an aggregate and a single value")
    {
        struct User {
            int id;
            std::string email;
        };
        CHECK(contains(error_of([&] { static_cast<void>(read<User>(source)); }).message(),
                       "the member email cannot be NULL"));
        Source one;
        one.add("MAX(id)", nullptr);
        CHECK(contains(error_of([&] { static_cast<void>(read<int>(one)); }).message(),
                       "column 1 (MAX(id)) is NULL"));
        CHECK_FALSE(read<Opt<int>>(one).has_value());
    }
    SECTION("an empty text is not NULL")
    {
        Source empty;
        empty.add("t", "");
        CHECK(read<Opt<std::string>>(empty) == "");
        CHECK(read<std::string>(empty).empty());
    }
}

TEST_CASE("A value that does not fit is an error that names column and value", "[read_row]")
{
    Source source;
    source.add("id", "7").add("age", "300");
    auto const error =
        error_of([&] { static_cast<void>(read<std::tuple<int, std::uint8_t>>(source)); });
    CHECK(contains(error.message(), "column 2 (age) has the value '300'"));
    CHECK(error.sqlstate() == "22018");
    CHECK_FALSE(error.remedy().empty());
    CHECK_FALSE(error.poisons_connection());
    CHECK(contains(error_of([&] {
                       static_cast<void>(read<std::tuple<int, Opt<std::int8_t>>>(source));
                   }).message(),
                   "(age)"));

    SECTION("control characters of name and value are escaped")
    {
        Source evil;
        evil.add("\x1b[2J", "\x1b]0;x\a");
        auto const refused = error_of([&] { static_cast<void>(read<int>(evil)); });
        CHECK(contains(refused.message(), "\\x1b[2J"));
        CHECK(contains(refused.message(), "\\x1b]0;x\\x07"));
        CHECK_FALSE(contains(refused.what(), "\x1b"));
    }
    SECTION("a long one is cut")
    {
        std::string const text(100'000, 'x');
        Source large;
        large.add("blob", text.c_str());
        auto const refused = error_of([&] { static_cast<void>(read<int>(large)); });
        CHECK(refused.message().size() < 300);
        CHECK(contains(refused.message(), std::string(64, 'x') + "…'"));
        CHECK_FALSE(contains(refused.message(), std::string(65, 'x')));
        std::string const fits(64, 'x');
        Source small;
        small.add("c", fits.c_str());
        CHECK_FALSE(
            contains(error_of([&] { static_cast<void>(read<int>(small)); }).message(), "…"));
    }
}

TEST_CASE("A value that is cut for its error message is not cut inside a character", "[read_row]")
{
    // Found: the 64th byte may be inside a UTF-8 sequence, whose first half then shows as \xc3.
    std::string const text = std::string(63, 'x') + "\xC3\xA9" + "yz";
    Source source;
    source.add("c", text.c_str());
    auto const error = error_of([&] { static_cast<void>(read<int>(source)); });
    CHECK_FALSE(contains(error.message(), "\\xc3"));
}

TEST_CASE("Another number of columns is an error that names them", "[read_row]")
{
    Columns columns;
    CHECK(contains(
        error_of([&] { sealsql::detail::throw_column_count(3, fields_of(columns)); }).message(),
        "the row type has 3 fields, but the statement gives 0 columns"));
    CHECK(contains(
        error_of([&] { sealsql::detail::throw_column_count(3, fields_of(columns)); }).remedy(),
        "execute()"));
    for (std::string const name : {"id", "na\x1bme"}) {
        Column column;
        column.name = name;
        columns.push_back(column);
    }
    auto const error =
        error_of([&] { sealsql::detail::throw_column_count(3, fields_of(columns)); });
    CHECK(error.message() ==
          "the row type has 3 fields, but the statement gives 2 columns (id, na\\x1bme)");
    CHECK(contains(error.remedy(), "as many columns"));
    CHECK_FALSE(error.poisons_connection());

    SECTION("though not without end")
    {
        for (int i = 0; i < 4000; ++i) {
            Column column;
            column.name = std::string(1000, 'n');
            columns.push_back(column);
        }
        auto const many =
            error_of([&] { sealsql::detail::throw_column_count(3, fields_of(columns)); });
        CHECK(contains(many.message(), "4002 columns (id, "));
        CHECK(contains(many.message(), ", …)"));
        CHECK(many.message().size() < 1000);
    }
}
