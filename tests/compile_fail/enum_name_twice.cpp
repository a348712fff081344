// expect: two_enumerators_or_names_are_the_same
#include <sealsql/enum_text.hpp>

enum class Colour { red, green };

#if defined(SEALSQL_TEST_CONTROL)
constexpr auto colours = sealsql::names<Colour>({{Colour::red, "red"}, {Colour::green, "green"}});
#else
constexpr auto colours = sealsql::names<Colour>({{Colour::red, "red"}, {Colour::green, "red"}});
#endif
