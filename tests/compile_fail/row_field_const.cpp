// expect: sealsql cannot read a column into one of this row's fields: use integers, floating-point
// numbers, bool, std::string, std::string_view or std::vector<std::byte>, a std::optional of one of
// them, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise
// sealsql::ValueTraits for the field's type
#include <sealsql/connection.hpp>

struct Good {
    int id;
};
struct Bad {
    int const id;
};

// What is const cannot be read into; without the sentence it fails inside <charconv>.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<Good>("SELECT 1"));
#else
    static_cast<void>(db.query<Bad>("SELECT 1"));
#endif
}
