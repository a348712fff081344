// expect: sealsql cannot read a column into one of this row's fields: use integers, floating-point
// numbers, bool, std::string, std::string_view or std::vector<std::byte>, a std::optional of one of
// them, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise
// sealsql::ValueTraits for the field's type
#include <sealsql/connection.hpp>

struct Good {
    int id;
    int parent;
};
struct Bad {
    int id;
    Good* parent;
};

// A column is text or a number, and no pointer.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<Good>("SELECT id, parent FROM t"));
#else
    static_cast<void>(db.query<Bad>("SELECT id, parent FROM t"));
#endif
}
