// expect: sealsql cannot read a column into one of this row's fields: use integers, floating-point
// numbers, bool, std::string, std::string_view or std::vector<std::byte>, a std::optional of one of
// them, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise
// sealsql::ValueTraits for the field's type
#include <sealsql/connection.hpp>

#include <string>

struct Address {
    std::string street;
    std::string town;
};
struct Flat {
    int id;
    std::string street;
    std::string town;
};
struct Nested {
    int id;
    Address address;
};

// Rows are flat.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_one<Flat>("SELECT 1, 'a', 'b'"));
#else
    static_cast<void>(db.query_one<Nested>("SELECT 1, 'a', 'b'"));
#endif
}
