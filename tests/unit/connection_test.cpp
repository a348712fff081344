// Connection: what can be asked of it, without one.

#include <sealsql/connection.hpp>

#include "support/catch.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using sealsql::Connection;
using sealsql::ConnectionOptions;
using sealsql::Row;
using sealsql::Rows;
using sealsql::Sql;

namespace {

// One session: it moves, and is never two.
static_assert(std::is_nothrow_move_constructible_v<Connection>);
static_assert(std::is_nothrow_move_assignable_v<Connection>);
static_assert(!std::copy_constructible<Connection>);
static_assert(!std::is_copy_assignable_v<Connection>);
static_assert(!std::default_initializable<Connection>);
static_assert(std::constructible_from<Connection, ConnectionOptions const&>);
static_assert(
    !std::convertible_to<ConnectionOptions, Connection>); // connecting is never by accident

struct User {
    int id;
    std::optional<std::string> name;
};
enum class Colour { red };
class Opaque {
public:
    explicit Opaque(int number) : number_{number} {}
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

template <class Text>
concept takes_as_sql = requires(Connection& db, Text&& text)
{
    db.execute(std::forward<Text>(text));
}
|| requires(Connection& db, Text&& text) { db.query(std::forward<Text>(text)); }
|| requires(Connection& db, Text&& text) { db.query_all(std::forward<Text>(text)); };
static_assert(takes_as_sql<Sql>);
static_assert(!takes_as_sql<std::string> && !takes_as_sql<std::string const&> &&
              !takes_as_sql<std::string_view>);
static_assert(!takes_as_sql<char const*> && !takes_as_sql<char (&)[8]>);

template <class T>
concept can_query = requires(Connection& db)
{
    db.query<T>("SELECT 1");
};
template <class T>
concept can_query_all = requires(Connection& db)
{
    db.query_all<T>("SELECT 1");
};
template <class T>
concept can_query_opt = requires(Connection& db)
{
    db.query_opt<T>("SELECT 1");
};
template <class T>
concept can_query_one = requires(Connection& db)
{
    db.query_one<T>("SELECT 1");
};
template <class T>
concept can_query_value = requires(Connection& db)
{
    db.query_value<T>("SELECT 1");
};

template <class T>
constexpr bool is_a_row = can_query<T>&& can_query_all<T>&& can_query_opt<T>&& can_query_one<T>;
static_assert(is_a_row<Row> && is_a_row<User> && is_a_row<std::tuple<int, std::string>> &&
              is_a_row<int>);
static_assert(can_query_value<int> && can_query_value<std::optional<std::string>> &&
              can_query_value<bool>);

template <class T>
constexpr bool is_refused = !can_query<T> && !can_query_all<T> && !can_query_opt<T> &&
                            !can_query_one<T> && !can_query_value<T>;

static_assert(std::same_as<decltype(std::declval<Connection&>().query("SELECT 1")), Rows<Row>>);
static_assert(
    std::same_as<decltype(std::declval<Connection&>().query<User>("SELECT 1")), Rows<User>>);
static_assert(std::same_as<decltype(std::declval<Connection&>().query_all<User>("SELECT 1")),
                           std::vector<User>>);
static_assert(std::same_as<decltype(std::declval<Connection&>().query_opt<User>("SELECT 1")),
                           std::optional<User>>);
static_assert(
    std::same_as<decltype(std::declval<Connection&>().query_one<User>("SELECT 1")), User>);
static_assert(
    std::same_as<decltype(std::declval<Connection&>().query_value<int>("SELECT 1")), int>);

} // namespace

TEST_CASE("Whether a type can be a row can be asked", "[connection]")
{
    // Found: the sentence for a wrong type is a static_assert in a body, so the question is answered with yes.
    CHECK(is_refused<Colour>);
    CHECK(is_refused<Opaque>);
    CHECK(is_refused<std::pair<int, int>>);
    CHECK(is_refused<std::vector<int>>);
    CHECK(is_refused<int*>);
    CHECK(Opaque{1}.number() == 1);
}
