// expect: sealsql cannot read a column into this type: use an integer, floating-point number, bool,
// std::string, std::string_view or std::vector<std::byte>, a std::optional of one of them,
// include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
#include <sealsql/row.hpp>

enum class Colour { red, green };

// An enumeration has no text of its own.
int go(sealsql::Row const& row)
{
#if defined(SEALSQL_TEST_CONTROL)
    return row.get<int>("colour");
#else
    return static_cast<int>(row.get<Colour>("colour"));
#endif
}
