// expect: a std::string_view is valid until the next row only and would dangle here: use
// std::string, or go through the rows with query()
#include <sealsql/connection.hpp>

#include <optional>
#include <string>
#include <string_view>

struct Good {
    int id;
    std::optional<std::string> name;
};
struct Bad {
    int id;
    std::optional<std::string_view> name;
};

// Also where the view is optional.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_opt<Good>("SELECT 1, 'a'"));
#else
    static_cast<void>(db.query_opt<Bad>("SELECT 1, 'a'"));
#endif
}
