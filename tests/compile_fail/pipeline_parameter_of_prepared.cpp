// expect: sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
#include <sealsql/pipeline.hpp>

struct Money {
    int cents;
};

// As of the connection itself.
void go(sealsql::Pipeline& batch, sealsql::PreparedStatement const& statement, Money price)
{
#if defined(SEALSQL_TEST_CONTROL)
    batch.execute(statement, price.cents);
#else
    batch.execute(statement, price);
#endif
}
