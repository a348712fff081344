// A pool whose server stops answering, or answers in another way than it should: in time, and never with a connection that is
// not known to be good.

#include "victim.hpp"

#include <sealsql/connection_source.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pool.hpp>

#include "support/catch.hpp"
#include "support/soon.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Step number(std::string value)
{
    return result_set({.columns = {{.name = "n"}}, .rows = {{std::move(value)}}});
}

Script after_login(Script const& answers) { return logged_in(TestPki::shared().good()) + answers; }

Script honest() { return after_login({serve({{"SELECT 1", {number("1")}}})}); }

std::chrono::milliseconds time_of(std::function<void()> const& work)
{
    auto const begin = Clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

Error error_of(std::function<void()> const& work)
{
    try {
        work();
    } catch (Error const& error) {
        return error;
    }
    FAIL("no error where one was expected");
    throw 0;
}

bool answers(ConnectionPool& pool)
{
    auto const db = pool.acquire();
    return db->query_value<int>("SELECT 1") == 1;
}

/// A source of which the test says what comes before an attempt to connect, and may keep it from being made.
class Directed : public ConnectionSource {
public:
    explicit Directed(ScriptedServer const& server) : server_{careful(server)} {}

    Connection connect(Clock::time_point deadline, std::stop_token const& stop) override
    {
        if (before_connecting)
            before_connecting(deadline, stop);
        return server_.connect(deadline, stop);
    }
    bool still_fits(Connection& db) override { return fits && server_.still_fits(db); }
    std::uint64_t generation() override
    {
        ++times_asked;
        return number;
    }
    ConnectionOptions const& options() const noexcept override { return server_.options(); }

    std::function<void(Clock::time_point, std::stop_token const&)> before_connecting;
    std::atomic<int> times_asked{0};
    std::atomic<bool> fits{true};
    std::atomic<std::uint64_t> number{1};

private:
    SingleServer server_;
};

/// Does what the test says when it is told of a pool.
class Teller : public Observer {
public:
    void on_pool(PoolEvent const& event) noexcept override
    {
        if (when_told)
            when_told(event);
    }

    std::function<void(PoolEvent const&)> when_told;
};

[[noreturn]] void refuse()
{
    throw Error{{.code = 1040, .message = "Too many connections", .remedy = {}, .retryable = true}};
}

/// What a host does that does not answer.
void hang(Clock::time_point deadline, std::stop_token const& stop)
{
    while (!stop.stop_requested() && Clock::now() < deadline)
        std::this_thread::sleep_for(1ms);
    static_cast<void>(connect(
        ConnectionBuilder::to_host("127.0.0.1", 1).login("nobody", Secret{}).ssl({}).options(),
        std::min(deadline, Clock::now()), stop));
}

/// A command by its first byte.
std::string command(char code) { return {code}; }

} // namespace

TEST_CASE("a server that does not answer holds nobody who returns a connection", "[hostile][pool]")
{
    ScriptedServer server{after_login({serve_until(command('\x1F')), silence()}),
                          {.connections = 2, .then = {honest()}}};
    ConnectionPool pool{careful(server), {.max_size = 1, .return_timeout = 300ms}};
    auto db = pool.acquire();
    db->execute("SET @a = 1");
    auto const took = time_of([&] { db.give_back(); });
    CHECK(took >= 250ms);
    CHECK(took < slack);
    CHECK(pool.statistics().closed.broken == 1);
    CHECK(answers(pool));
    pool.shutdown();
    server.finish();
}

TEST_CASE("a server that gives no sign of life holds nobody who acquires", "[hostile][pool]")
{
    struct Seen {
        std::string message;
        std::chrono::milliseconds took{};
        PoolStatistics statistics;
        [[nodiscard]] bool has_tried_again() const
        {
            return message.find("the latest attempt to connect failed") != std::string::npos;
        }
    };
    auto const round = [] {
        ScriptedServer server{
            after_login({serve_until(command('\x0E')), silence()}),
            {.connections = 2, .then = {after_login({serve_until("CURRENT_ROLE"), silence()})}}};
        ConnectionPool pool{careful(server), {.max_size = 1, .validate_after = 0ms}};
        {
            auto db = pool.acquire();
        }
        Seen seen;
        seen.took = time_of([&] {
            seen.message = error_of([&] { static_cast<void>(pool.acquire_for(400ms)); }).message();
        });
        seen.statistics = pool.statistics();
        pool.shutdown();
        server.finish();
        return seen;
    };
    // The first does not answer the ping, and leaves half of the time to the second, which lets no session begin.
    Seen const seen = unless_late(round, [](Seen const& one) {
        return one.took >= 2s || one.statistics.closed.broken != 1 || !one.has_tried_again();
    });
    CHECK(seen.took >= 350ms);
    CHECK(seen.took < 2s);
    CHECK(seen.statistics.closed.broken == 1);
    CHECK(seen.has_tried_again());
    CHECK(seen.statistics.lent == 0);
    CHECK(seen.statistics.connecting == 0);
}

TEST_CASE("many connections to a server that went silent hold nobody", "[hostile][pool]")
{
    constexpr std::size_t count = 12;
    // How long it takes to acquire one when all are idle and silent, and only a new one would not be.
    auto const time_to = [](std::function<void(ConnectionPool&)> const& acquire) {
        Script const silent = after_login({serve_until(command('\x0E')), silence()});
        std::vector<Script> then(count - 1, silent);
        then.push_back(honest());
        ScriptedServer server{silent, {.connections = count + 1, .then = then}};
        ConnectionPool pool{careful(server), {.max_size = count, .validate_after = 0ms}};
        {
            std::vector<PooledConnection> all;
            while (all.size() != count)
                all.push_back(pool.acquire());
        }
        return time_of([&] { acquire(pool); });
    };
    SECTION("past the time that there is")
    {
        auto const round = [&] {
            return time_to([&](ConnectionPool& pool) {
                CHECK(error_of([&] { static_cast<void>(pool.acquire_for(100ms)); }).retryable());
                CHECK(pool.statistics().closed.broken < count);
                CHECK(pool.statistics().lent == 0);
            });
        };
        // Each of them may take a twentieth of a second.
        CHECK(unless_late(round, [](auto took) { return took >= 400ms; }) < 400ms);
    }
    SECTION("and leave time for another")
    {
        auto const round = [&] {
            return time_to([&](ConnectionPool& pool) {
                auto const db = pool.acquire_for(5s);
                CHECK(db->query_value<int>("SELECT 1") == 1);
                CHECK(pool.statistics().closed.broken == count);
            });
        };
        CHECK(unless_late(round, [](auto took) { return took >= 4s; }) < 4s);
    }
}

TEST_CASE("a borrower without a deadline gets another connection for a silent one",
          "[hostile][pool]")
{
    ScriptedServer server{after_login({serve_until(command('\x0E')), silence()}),
                          {.connections = 2, .then = {honest()}}};
    ConnectionPool pool{careful(server), {.max_size = 1, .validate_after = 0ms}};
    {
        auto db = pool.acquire();
    }
    auto db = pool.acquire_until(Clock::time_point::max());
    CHECK(db->query_value<int>("SELECT 1") == 1);
    db.give_back();
    pool.shutdown();
    server.finish();
}

TEST_CASE("a stop request ends the wait for a sign of life", "[hostile][pool]")
{
    auto const round = [] {
        ScriptedServer server{after_login({serve_until(command('\x0E')), silence()})};
        ConnectionPool pool{careful(server), {.max_size = 1, .validate_after = 0ms}};
        {
            auto db = pool.acquire();
        }
        std::stop_source stop;
        auto later = std::async(std::launch::async, [&] {
            std::this_thread::sleep_for(100ms);
            stop.request_stop();
        });
        auto const took = time_of([&] {
            CHECK_THROWS_AS(pool.acquire_until(Clock::now() + 10s, stop.get_token()),
                            OperationCancelled);
        });
        CHECK(pool.statistics().lent == 0);
        CHECK(pool.drain(Clock::now() + slack));
        server.finish();
        return took;
    };
    // Before the ping itself is given up.
    CHECK(unless_late(round, [](auto took) { return took >= 900ms; }) < 900ms);
}

TEST_CASE("a server that says goodbye to an idle connection is not heard by the next borrower",
          "[hostile][pool]")
{
    ScriptedServer server{
        after_login({serve_until("SELECT 1"), number("1"), next_sequence(0),
                     error(4031, "HY000", "The client was disconnected by the server"), close()}),
        {.connections = 2, .then = {honest()}}};
    ConnectionPool pool{careful(server), {.max_size = 1}};
    CHECK(answers(pool));
    REQUIRE(server.wait_until_ended(1));
    CHECK(answers(pool));
    CHECK(pool.statistics().closed.broken == 1);
    pool.shutdown();
    server.finish();
}

TEST_CASE("a server that cannot report changes has each session reset", "[hostile][pool]")
{
    ScriptedServer server{
        after_login({serve({{"session_track", {error(1193, "HY000", "Unknown system variable")}},
                            {"SELECT 1", {number("1")}}})})};
    ConnectionPool pool{careful(server), {.max_size = 1}};
    CHECK(answers(pool));
    CHECK(pool.statistics().resets == 1);
    CHECK(pool.statistics().idle == 1);
    pool.shutdown();
    server.finish();
}

TEST_CASE("a server that answers the rollback with rows or an error loses the connection",
          "[hostile][pool]")
{
    auto const in_transaction = packet(wire::ok(0, 0, {}, 3));
    Script answer;
    SECTION("an error") { answer = {error(1105, "HY000", "no")}; }
    SECTION("still in a transaction") { answer = {in_transaction}; }
    SECTION("nothing that is an answer") { answer = {packet("\x05")}; }
    SECTION("the end") { answer = {close()}; }
    ScriptedServer server{
        after_login({serve({{"START TRANSACTION", {in_transaction}}, {"ROLLBACK", answer}})})};
    ConnectionPool pool{careful(server), {.max_size = 1, .reset = ResetPolicy::never}};
    {
        auto db = pool.acquire();
        db->execute("START TRANSACTION");
    }
    CHECK(pool.statistics().closed.broken == 1);
    CHECK(pool.statistics().idle == 0);
    pool.shutdown();
    server.finish();
}

TEST_CASE("a server that refuses every login is not asked without a pause", "[hostile][pool]")
{
    auto const round = [] {
        ScriptedServer server{{greeting(), start_tls(TestPki::shared().good()), expect_login(),
                               error(1040, "08004", "Too many connections"), close()},
                              {.connections = 1000}};
        ConnectionPool pool{careful(server), {.max_size = 8}};
        std::atomic<int> told{0};
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 8; ++i)
                threads.emplace_back([&] {
                    if (error_of([&] { static_cast<void>(pool.acquire_for(1s)); }).code() == 1040)
                        ++told;
                });
        }
        // At the first, all try at once; then one at a time, with ever longer pauses.
        CHECK(server.accepted() < 8 + 12);
        pool.shutdown();
        server.finish();
        return told.load();
    };
    // Who got no answer in his time cannot be told of one.
    CHECK(unless_late(round, [](int told) { return told != 8; }) == 8);
}

TEST_CASE("who lost the idle connection while the server refused finds it when it is back",
          "[hostile][pool]")
{
    ScriptedServer server{honest(), {.connections = 2}};
    auto const source = std::make_shared<Directed>(server);
    std::atomic<bool> refuses{false};
    source->before_connecting = [&](auto, auto const&) {
        if (refuses)
            refuse();
    };
    ConnectionPool pool{source, {.max_size = 2, .validate_after = 0ms}};
    auto held = pool.acquire();
    refuses = true;
    // Its last attempt leaves a pause that is longer than its time.
    CHECK_THROWS_AS(pool.acquire_for(300ms), Error);
    held.give_back();
    source->fits = false;
    {
        std::jthread const back{[&] {
            soon([&] { return pool.statistics().closed.unfit == 1; });
            refuses = false;
        }};
        CHECK(time_of([&] { static_cast<void>(pool.acquire_for(30s)); }) < slack);
    }
    CHECK(pool.statistics().closed.unfit == 1);
    pool.shutdown();
    server.finish();
}

namespace {

/// What came of four borrowers whose attempts to connect all failed once.
struct SecondAttempts {
    std::vector<std::size_t> order;  ///< in which they tried again
    std::uint64_t failed_before = 0; ///< attempts that had failed when the first of them did so
    std::size_t called_off = 0;
};

/// Lets four borrowers fail in the order 1, 3, 0, 2, each while the others wait or connect, and calls each off as soon as it tries
/// again, so that it is the next one's turn.
SecondAttempts fail_out_of_order(ScriptedServer const& server)
{
    constexpr std::array<std::size_t, 4> order{1, 3, 0, 2};
    auto const source = std::make_shared<Directed>(server);
    ConnectionPool pool{source, {.max_size = order.size()}};
    thread_local std::size_t who = 0;
    std::array<std::atomic<bool>, order.size()> may_fail{};
    std::array<std::stop_source, order.size()> stops;
    std::mutex mutex;
    SecondAttempts seen;
    source->before_connecting = [&](auto, auto const&) {
        if (!may_fail.at(who)) {
            soon([&] { return may_fail.at(who).load(); });
        } else {
            std::lock_guard const lock{mutex};
            if (seen.order.empty())
                seen.failed_before = pool.statistics().connects_failed;
            seen.order.push_back(who);
            stops.at(who).request_stop();
        }
        refuse();
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < order.size(); ++i) {
            threads.emplace_back([&, i] {
                who = i;
                try {
                    static_cast<void>(
                        pool.acquire_until(Clock::now() + 20s, stops.at(i).get_token()));
                } catch (OperationCancelled const&) {
                    std::lock_guard const lock{mutex};
                    ++seen.called_off;
                }
            });
            soon([&] { return pool.statistics().connecting == i + 1; });
        }
        std::uint64_t failed = 0;
        for (std::size_t const i : order) {
            may_fail.at(i) = true;
            ++failed;
            // Closer than soon() looks: the first of them tries again after some 20 ms.
            auto const until = Clock::now() + 5s;
            while (pool.statistics().connects_failed < failed && Clock::now() < until)
                std::this_thread::yield();
        }
    }
    pool.shutdown();
    return seen;
}

} // namespace

TEST_CASE("those whose attempts failed are served in the order in which they came",
          "[hostile][pool]")
{
    ScriptedServer server{honest(), {.connections = 0}};
    // On a busy machine one of them may try again before all have failed, which says nothing about their order.
    SecondAttempts seen;
    for (int round = 0; round < 100 && seen.failed_before != 4; ++round)
        seen = fail_out_of_order(server);
    REQUIRE(seen.failed_before == 4);
    CHECK(seen.order == std::vector<std::size_t>{0, 1, 2, 3});
    CHECK(seen.called_off == 4);
    server.finish();
}

TEST_CASE("who connects in vain gets the connection that came back meanwhile", "[hostile][pool]")
{
    auto const round = [] {
        ScriptedServer server{honest()};
        auto const source = std::make_shared<Directed>(server);
        ConnectionPool pool{source, {.max_size = 2}};
        auto held = pool.acquire();
        source->before_connecting = hang;
        std::jthread const returns{[&] {
            soon([&] { return pool.statistics().connecting == 1; });
            held.give_back();
        }};
        try {
            auto const db = pool.acquire_for(400ms);
            CHECK(db->query_value<int>("SELECT 1") == 1);
            CHECK(pool.statistics().timeouts == 0);
            return true;
        } catch (Error const&) { // it came back too late
            return false;
        }
    };
    CHECK(unless_late(round, [](bool has_got) { return !has_got; }));
}

TEST_CASE("the end of one thread's time is not what others are told of the server",
          "[hostile][pool]")
{
    ScriptedServer server{after_login({serve_until("CURRENT_ROLE"), silence()}),
                          {.connections = 2, .then = {honest()}}};
    ConnectionOptions options = careful(server);
    options.timeouts.connect = 1s; // the attempt lasts for longer
    ConnectionPool pool{options, {.max_size = 1}};
    auto hurried = std::async(std::launch::async, [&] {
        return error_of([&] { static_cast<void>(pool.acquire_for(1500ms)); });
    });
    REQUIRE(soon([&] { return pool.statistics().connecting == 1; }));
    CHECK(answers(pool));
    CHECK(hurried.get().retryable());
    CHECK(pool.statistics().waited == 1);
    pool.shutdown();
    server.finish();
}

TEST_CASE("a connection is closed before another takes its place", "[hostile][pool]")
{
    ScriptedServer server{honest(), {.connections = 2}};
    auto const teller = std::make_shared<Teller>();
    std::atomic<int> returned{0};
    std::atomic<bool> was_closed{false};
    teller->when_told = [&](PoolEvent const& event) {
        if (event.kind == PoolEventKind::returned && ++returned == 1)
            was_closed = server.wait_until_ended(1);
    };
    ConnectionOptions options = careful(server);
    options.observer = make_observer(std::shared_ptr<Observer>{teller});
    ConnectionPool pool{options, {.max_size = 1}};
    auto db = pool.acquire();
    auto next = std::async(std::launch::async, [&] { return answers(pool); });
    REQUIRE(soon([&] { return pool.statistics().waiting == 1; }));
    db.discard();
    db.give_back();
    CHECK(next.get());
    CHECK(was_closed);
    pool.shutdown();
    server.finish();
}

TEST_CASE("a pool is drained when the last connection is closed", "[hostile][pool]")
{
    ScriptedServer server{honest()};
    auto const teller = std::make_shared<Teller>();
    std::atomic<bool> is_told{false};
    std::atomic<bool> goes_on{false};
    teller->when_told = [&](PoolEvent const& event) {
        if (event.kind != PoolEventKind::returned)
            return;
        is_told = true;
        soon([&] { return goes_on.load(); });
    };
    ConnectionOptions options = careful(server);
    options.observer = make_observer(std::shared_ptr<Observer>{teller});
    ConnectionPool pool{options, {.max_size = 1}};
    auto db = pool.acquire();
    pool.shutdown();
    {
        std::jthread const returns{[&] { db.give_back(); }};
        CHECK(pool.drain(Clock::now() + slack));
        CHECK(soon([&] { return is_told.load(); }));
        // Though the observer holds up who returned it, for longer.
        CHECK(server.wait_until_ended(1, slack));
        goes_on = true;
    }
    server.finish();
}

TEST_CASE("what is outdated by the time that it is in order is not lent again", "[hostile][pool]")
{
    std::atomic<Directed*> directed{nullptr};
    Step const changes{[&](testing::Session&) { directed.load()->number = 2; }};
    ScriptedServer server{after_login({serve_until(command('\x1F')), changes, ok(), serve()}),
                          {.connections = 2, .then = {honest()}}};
    auto const source = std::make_shared<Directed>(server);
    directed = source.get();
    ConnectionPool pool{source, {.max_size = 1}};
    auto db = pool.acquire();
    db->execute("SET @a = 1");
    db.give_back();
    CHECK(pool.statistics().closed.outdated == 1);
    CHECK(pool.statistics().idle == 0);
    CHECK(answers(pool));
    pool.shutdown();
    server.finish();
}

TEST_CASE("what is outdated by the time that it is made does not fill the pool", "[hostile][pool]")
{
    ScriptedServer server{honest(), {.connections = 2}};
    auto const source = std::make_shared<Directed>(server);
    ConnectionPool pool{source, {.min_size = 1, .max_size = 1, .maintenance_thread = false}};
    source->before_connecting = [&](auto, auto const&) {
        if (source->number == 1) {
            source->number = 2;
            pool.maintain(); // another thread's, which finds nothing to close yet
        }
    };
    pool.maintain();
    CHECK(pool.statistics().closed.outdated == 1);
    CHECK(pool.statistics().idle == 1);
    CHECK(answers(pool));
    pool.shutdown();
    server.finish();
}

TEST_CASE("a pool's thread rests while a borrower waits for the server", "[hostile][pool]")
{
    ScriptedServer server{honest()};
    auto const source = std::make_shared<Directed>(server);
    source->before_connecting = [borrower = std::this_thread::get_id()](auto until,
                                                                        auto const& stop) {
        if (std::this_thread::get_id() == borrower)
            hang(until, stop);
        refuse();
    };
    ConnectionPool pool{source, {.min_size = 2, .max_size = 2}};
    REQUIRE(soon([&] { return pool.statistics().connects_failed != 0; }));
    int const before = source->times_asked;
    CHECK(error_of([&] { static_cast<void>(pool.acquire_for(600ms)); }).retryable());
    CHECK(source->times_asked - before < 100);
    pool.shutdown();
}
