// The pool against a real server: who gets what, what passes from one borrower to the next, and how it ends.

#include "server.hpp"

#include <sealsql/pool.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

} // namespace

TEST_CASE("a pool lends a connection again", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 2}};
    std::uint64_t id = 0;
    {
        auto db = pool.acquire();
        id = db->connection_id();
        CHECK(pool.statistics().lent == 1);
        CHECK(pool.loans().at(0).taken_by.find("pool_test.cpp:") != std::string::npos);
    }
    CHECK(pool.statistics().lent == 0);
    CHECK(pool.statistics().idle == 1);
    auto db = pool.acquire();
    CHECK(db->connection_id() == id);
    auto const seen = pool.statistics();
    CHECK(seen.opened == 1);
    CHECK(seen.acquired == 2);
    CHECK(seen.resets == 0);
}
