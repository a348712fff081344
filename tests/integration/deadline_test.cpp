// Deadlines and requests to stop, against a real server: the statement stops, the connection stays.

#include "server.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <random>
#include <stop_token>
#include <thread>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto longest = 1400ms; // a deadline of 200 ms, the grace of a second, and some

template <class Function>
std::optional<OperationCancelled> cancelled_of(Function const& function)
{
    try {
        function();
    } catch (OperationCancelled const& error) {
        return error;
    }
    return {};
}

class Watch {
public:
    [[nodiscard]] auto elapsed() const { return Clock::now() - begin_; }

private:
    Clock::time_point begin_ = Clock::now();
};

/// Whether a statement of this connection is running on the server.
bool runs(std::uint64_t id)
{
    return admin().query_value<int>("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "
                                    "ID = ? AND COMMAND <> 'Sleep'",
                                    id) != 0;
}

void require_usable(Connection& db, std::uint64_t id)
{
    REQUIRE(db.usable());
    CHECK(db.query_value<int>("SELECT 1 + ?", 1) == 2);
    CHECK(db.query_value<std::uint64_t>("SELECT CONNECTION_ID()") == id);
}

} // namespace

TEST_CASE("A statement is stopped at its deadline and the connection stays", "[deadline]")
{
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    auto const stopped = [&](auto const& work) {
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 200ms};
            work();
        });
        REQUIRE(error);
        INFO(error->what());
        CHECK(watch.elapsed() >= 200ms);
        CHECK(watch.elapsed() < longest);
        CHECK(error->reason() == CancelReason::deadline);
        CHECK_FALSE(error->retryable());
        CHECK_FALSE(error->poisons_connection());
        CHECK(error->outcome() != CancelOutcome::unknown);
        CHECK_FALSE(runs(id));
        require_usable(db, id);
    };
    SECTION("text")
    {
        stopped([&] { db.execute("SELECT SLEEP(10)"); });
    }
    SECTION("prepared")
    {
        stopped([&] { static_cast<void>(db.query_all<int>("SELECT SLEEP(?)", 10)); });
    }
    SECTION("that computes")
    {
        stopped([&] { db.execute("SELECT BENCHMARK(1000000000, SHA2('a', 256))"); });
    }
    SECTION("whose rows come slowly")
    {
        stopped([&] {
            for ([[maybe_unused]] auto const& row : db.query<std::tuple<int, int>>(
                     "SELECT 1, SLEEP(0.05) FROM information_schema.COLLATIONS"))
                ;
        });
    }
}
