// Units of work that are run again on a real server: after deadlocks, lock waits, killed connections, lost answers to
// COMMIT, a server that takes no writes, and a new certificate. Each proves that it was done exactly once.

#include "server.hpp"

#include <sealsql/connection_source.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/retry.hpp>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/soon.hpp"
#include "support/tcp_proxy.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

/// Accounts, and the transfers that were made.
class Bank {
public:
    Bank()
    {
        drop();
        db.execute("CREATE TABLE retry_account (id INT PRIMARY KEY, balance INT NOT NULL) "
                   "ENGINE=InnoDB");
        db.execute("CREATE TABLE retry_done (id INT PRIMARY KEY) ENGINE=InnoDB");
        db.execute("INSERT INTO retry_account VALUES (1, 100), (2, 100)");
    }
    ~Bank()
    {
        try {
            drop();
        } catch (Error const&) {
        }
    }
    Bank(Bank const&) = delete;
    Bank& operator=(Bank const&) = delete;

    int balance(int id)
    {
        return db.query_value<int>("SELECT balance FROM retry_account WHERE id = ?", id);
    }
    int done() { return db.query_value<int>("SELECT COUNT(*) FROM retry_done"); }

    Connection db = builder().connect();

private:
    void drop() { db.execute("DROP TABLE IF EXISTS retry_account, retry_done"); }
};

void add(Transaction& tx, int id, int amount)
{
    tx.execute("UPDATE retry_account SET balance = balance + ? WHERE id = ?", amount, id);
}

bool is_done(Connection& db, int id)
{
    return db.query_value<int>("SELECT COUNT(*) FROM retry_done WHERE id = ?", id) == 1;
}

RetryPolicy quick() { return {.time_limit = 30s, .first_pause = 5ms, .longest_pause = 50ms}; }

/// Lends one connection, as a pool does.
class OneConnection {
public:
    class Lease {
    public:
        explicit Lease(OneConnection& pool) noexcept : pool_{&pool} { ++pool.lent; }
        Lease(Lease&& other) noexcept : pool_{std::exchange(other.pool_, nullptr)} {}
        Lease& operator=(Lease&&) = delete;
        ~Lease()
        {
            if (pool_ != nullptr)
                --pool_->lent;
        }
        Connection& operator*() const noexcept { return *pool_->connection; }

    private:
        OneConnection* pool_;
    };

    Lease acquire_until(std::chrono::steady_clock::time_point, std::stop_token)
    {
        REQUIRE(lent == 0);
        ++acquired;
        if (!connection || !connection->usable())
            connection.emplace(connection_options);
        return Lease{*this};
    }
    ConnectionOptions const& options() const noexcept { return connection_options; }

    ConnectionOptions connection_options = builder().options();
    std::optional<Connection> connection;
    int lent = 0;
    int acquired = 0;
};

/// What the proxy does with the COMMIT that comes next, and with its answer.
enum class CommitIs { forwarded, swallowed };

/// A proxy that loses the answer to one COMMIT, on demand.
class LosingProxy {
public:
    explicit LosingProxy(CommitIs what)
        : what_{what}, proxy_{{.server_port = Server::get().port(),
                               .change = [this](Direction direction, std::string piece) {
                                   return change(direction, std::move(piece));
                               }}}
    {
    }

    LosingProxy(LosingProxy const&) = delete;
    LosingProxy& operator=(LosingProxy const&) = delete;
    ~LosingProxy()
    {
        std::lock_guard const lock{mutex_};
        cutter_ = {}; // which waits for it
    }

    /// The next thing that the client says is the COMMIT.
    void arm() { state_ = State::armed; }

    [[nodiscard]] ConnectionOptions options() const
    {
        Server const& server = Server::get();
        return ConnectionBuilder::to_host(proxy_.address(), proxy_.port())
            .login(server["USER"], password())
            .ssl({.ca = server["CA"], .server_name = server.host()})
            .database(server["DATABASE"])
            .options();
    }

private:
    enum class State { idle, armed, sent, cut };

    std::string change(Direction direction, std::string piece)
    {
        State expected = State::armed;
        if (direction == Direction::to_server &&
            state_.compare_exchange_strong(expected, State::sent)) {
            if (what_ == CommitIs::forwarded)
                return piece;
            cut();
            return {};
        }
        expected = State::sent;
        if (direction == Direction::to_client && what_ == CommitIs::forwarded &&
            state_.compare_exchange_strong(expected, State::cut)) {
            cut(); // the server has answered, so it has committed
            return {};
        }
        return piece;
    }

    void cut()
    {
        std::lock_guard const lock{mutex_};
        cutter_ = std::async(std::launch::async, [this] { proxy_.drop_connections(true); });
    }

    CommitIs what_;
    std::atomic<State> state_ = State::idle;
    TcpProxy proxy_;
    std::mutex mutex_;
    std::future<void> cutter_; // from a thread of the proxy
};

/// A setting of the whole server, put back at the end.
class GlobalReadOnly {
public:
    GlobalReadOnly() { set(true); }
    ~GlobalReadOnly() { set(false); }
    GlobalReadOnly(GlobalReadOnly const&) = delete;
    GlobalReadOnly& operator=(GlobalReadOnly const&) = delete;

    static void set(bool on)
    {
        Connection db = admin();
        if (on)
            db.execute("SET GLOBAL read_only = 1");
        else
            db.execute("SET GLOBAL read_only = 0");
    }
};

} // namespace

TEST_CASE("what the work returns is returned, and what it throws rolls back",
          "[integration][retry]")
{
    Bank bank;
    ConnectionOptions const options = builder().options();
    CHECK(run_transaction(options, [](Transaction& tx) {
              add(tx, 1, 5);
              return tx.query_value<std::string>("SELECT balance FROM retry_account WHERE id = 1");
          }) == "105");
    CHECK(bank.balance(1) == 105);
    int calls = 0;
    CHECK_THROWS_AS(run_transaction(options,
                                    [&](Transaction& tx) {
                                        ++calls;
                                        add(tx, 1, 5);
                                        throw std::runtime_error{"no"};
                                    }),
                    std::runtime_error);
    CHECK(calls == 1);
    CHECK(bank.balance(1) == 105);
    // An error that stays is thrown as it is.
    CHECK(error_of([&] {
              run_transaction(options, [&](Transaction& tx) {
                  ++calls;
                  add(tx, 1, 5);
                  tx.execute("INSERT INTO retry_account VALUES (1, 0)");
              });
          }).code() == 1062);
    CHECK(calls == 2);
    CHECK(bank.balance(1) == 105);
    CHECK(run_repeatable(options, [](Connection& db) {
              return db.query_value<int>("SELECT balance FROM retry_account WHERE id = 1");
          }) == 105);
}

TEST_CASE("two transactions that deadlock both come through", "[integration][retry]")
{
    Bank bank;
    std::barrier both_hold_one{2};
    std::atomic<int> calls = 0;
    auto const transfer = [&](int from, int to) {
        bool is_first = true;
        run_transaction(
            builder().options(),
            [&](Transaction& tx) {
                ++calls;
                add(tx, from, -10);
                if (std::exchange(is_first, false))
                    both_hold_one.arrive_and_wait();
                add(tx, to, 10);
            },
            quick());
    };
    auto other = std::async(std::launch::async, [&] { transfer(2, 1); });
    transfer(1, 2);
    other.get();
    CHECK(calls >= 3); // one of them was rolled back
    CHECK(bank.balance(1) == 100);
    CHECK(bank.balance(2) == 100);
}

TEST_CASE("a lock that is not had in time has the whole transaction run again",
          "[integration][retry]")
{
    Bank bank;
    auto holder_db = builder().connect();
    std::optional<Transaction> holder;
    holder.emplace(holder_db);
    add(*holder, 2, 1);
    OneConnection pool;
    struct Listener : Observer {
        explicit Listener(OneConnection const& observed) : pool{&observed} {}
        void on_retry(RetryEvent const& event) noexcept override
        {
            // It is about to pause.
            ++told;
            held = held || pool->lent != 0;
            code = event.error.code();
            has_password = has_password || !event.options.password.empty();
        }
        OneConnection const* pool;
        int told = 0;
        bool held = false;
        int code = 0;
        bool has_password = false;
    };
    auto const listener = std::make_shared<Listener>(pool);
    pool.connection_options.observer = make_observer(listener);
    pool.connection_options.init_statements = {"SET SESSION innodb_lock_wait_timeout = 1"};
    int calls = 0;
    run_transaction(
        pool,
        [&](Transaction& tx) {
            if (++calls == 2)
                holder.reset();
            add(tx, 1, 10);
            add(tx, 2, 10);
        },
        quick());
    CHECK(calls == 2);
    CHECK(pool.acquired == 2);
    CHECK(pool.lent == 0);
    CHECK(listener->told == 1);
    CHECK(listener->code == 1205);
    CHECK_FALSE(listener->held);
    CHECK_FALSE(pool.connection_options.password.empty());
    CHECK_FALSE(listener->has_password);
    CHECK(bank.balance(1) == 110);
    CHECK(bank.balance(2) == 110);
}

TEST_CASE("a connection that is killed in the middle is replaced", "[integration][retry]")
{
    Bank bank;
    auto const kill_first = [&](int& calls) {
        return [&](Transaction& tx) {
            add(tx, 1, 10);
            if (++calls == 1)
                bank.db.execute(
                    Sql::unchecked("KILL " + std::to_string(tx.connection().connection_id())));
            add(tx, 2, 10);
            return tx.connection().connection_id();
        };
    };
    int calls = 0;
    SECTION("of a pool")
    {
        ConnectionPool pool{builder().options(), {.max_size = 1}};
        run_transaction(pool, kill_first(calls), quick());
        CHECK(pool.loans().empty());
    }
    SECTION("of a source")
    {
        SingleServer source{builder().options()};
        run_transaction(source, kill_first(calls), quick());
    }
    SECTION("made of options") { run_transaction(builder().options(), kill_first(calls), quick()); }
    CHECK(calls == 2);
    CHECK(bank.balance(1) == 110);
    CHECK(bank.balance(2) == 110);
}

TEST_CASE("only the unit's own COMMIT is asked about", "[integration][retry]")
{
    auto const options = builder().options();
    int asked = 0;
    RetryPolicy policy;
    policy.was_committed = [&](Connection&) {
        ++asked;
        return true;
    };
    auto const unknown = [] {
        throw CommitUnknown{{.code = 2013, .message = "another one's", .remedy = {}}};
    };
    CHECK_THROWS_AS(run_repeatable(
                        options,
                        [&](Connection&) -> int {
                            unknown();
                            return 1;
                        },
                        policy),
                    CommitUnknown);
    CHECK_THROWS_AS(run_transaction(
                        options,
                        [&](Transaction&) -> int {
                            unknown();
                            return 1;
                        },
                        policy),
                    CommitUnknown);
    CHECK(asked == 0);
}

TEST_CASE("a COMMIT whose answer is lost is not repeated unknowingly", "[integration][retry]")
{
    CommitIs const what = GENERATE(CommitIs::forwarded, CommitIs::swallowed);
    CAPTURE(what == CommitIs::forwarded);
    Bank bank;
    LosingProxy proxy{what};
    int calls = 0;
    auto const work = [&](Transaction& tx) {
        tx.execute("INSERT INTO retry_done VALUES (7)");
        add(tx, 1, 10);
        if (++calls == 1)
            proxy.arm();
        return calls;
    };
    RetryPolicy policy = quick();
    SECTION("without a check it is said that nobody knows")
    {
        try {
            static_cast<void>(run_transaction(proxy.options(), work, policy));
            FAIL("the answer was lost");
        } catch (CommitUnknown const& error) {
            CHECK(error.sqlstate() == "08007");
        }
        CHECK(calls == 1);
    }
    SECTION("if nothing can be written there is nothing to know")
    {
        policy.transaction.read_only = true;
        CHECK(run_transaction(
                  proxy.options(),
                  [&](Transaction& tx) {
                      auto const balance =
                          tx.query_value<int>("SELECT balance FROM retry_account WHERE id = ?", 1);
                      if (++calls == 1)
                          proxy.arm();
                      return balance;
                  },
                  policy) == 100);
        CHECK(calls == 1);
    }
    SECTION("with a check it is done exactly once")
    {
        int asked = 0;
        policy.was_committed = [&](Connection& db) {
            ++asked;
            return is_done(db, 7);
        };
        int const result = run_transaction(proxy.options(), work, policy);
        CHECK(asked == 1);
        CHECK(result == (what == CommitIs::forwarded ? 1 : 2));
        CHECK(calls == result);
        CHECK(bank.done() == 1);
        CHECK(bank.balance(1) == 110);
    }
    SECTION("a check that fails leaves it unknown, and says why")
    {
        policy.was_committed = [](Connection& db) {
            return db.query_value<bool>("SELECT no_such_column FROM retry_done");
        };
        try {
            static_cast<void>(run_transaction(proxy.options(), work, policy));
            FAIL("the check failed");
        } catch (CommitUnknown const& error) {
            CHECK(std::string{error.what()}.find("no_such_column") != std::string::npos);
        }
        CHECK(calls == 1);
    }
    SECTION("a check that finds nothing on the last attempt says so")
    {
        policy.attempts = 1;
        policy.was_committed = [](Connection&) { return false; };
        auto const error =
            error_of([&] { static_cast<void>(run_transaction(proxy.options(), work, policy)); });
        CHECK(error.retryable());
        CHECK(error.sqlstate() == "40000");
        CHECK(calls == 1);
    }
}

TEST_CASE("the check waits for a COMMIT that is still at work", "[integration][retry]")
{
    Bank bank;
    auto slow_db = builder().connect();
    std::future<void> slow;
    RetryPolicy policy = quick();
    // An ordinary SELECT, which would see nothing yet outside of a serializable transaction.
    policy.was_committed = [](Connection& db) { return is_done(db, 7); };
    int calls = 0;
    auto const options = builder().options();
    detail::ConnectionFromOptions connection{options};
    bool const commits = true;
    detail::run_unit(
        connection, policy,
        [&](Connection&) {
            ++calls;
            auto tx = std::make_unique<Transaction>(slow_db);
            tx->execute("INSERT INTO retry_done VALUES (7)");
            slow = std::async(std::launch::async, [tx = std::move(tx)] {
                std::this_thread::sleep_for(500ms);
                tx->commit();
            });
            throw CommitUnknown{
                {.code = 2013, .sqlstate = "08007", .message = "lost", .remedy = "look for it"}};
        },
        &commits);
    slow.get();
    CHECK(calls == 1);
    CHECK(bank.done() == 1);
}

TEST_CASE("a server that takes no writes for a while is waited for", "[integration][retry]")
{
    Bank bank;
    std::optional<GlobalReadOnly> read_only;
    read_only.emplace();
    std::atomic<int> calls = 0;
    auto writable_again = std::async(std::launch::async, [&] {
        while (calls < 3)
            std::this_thread::sleep_for(5ms);
        read_only.reset();
    });
    run_transaction(
        builder().options(),
        [&](Transaction& tx) {
            ++calls;
            add(tx, 1, 10);
        },
        quick());
    writable_again.get();
    CHECK(calls >= 3);
    CHECK(bank.balance(1) == 110);

    // What the caller asked for himself is no failover.
    RetryPolicy policy = quick();
    policy.transaction.read_only = true;
    calls = 0;
    CHECK(error_of([&] {
              run_transaction(
                  builder().options(),
                  [&](Transaction& tx) {
                      ++calls;
                      add(tx, 1, 10);
                  },
                  policy);
          }).code() == 1792);
    CHECK(calls == 1);
}

TEST_CASE("what runs at the deadline, or when a stop is requested, is stopped",
          "[integration][retry]")
{
    Bank bank;
    RetryPolicy policy = quick();
    std::stop_source stop;
    std::future<void> stopper;
    CancelReason reason = CancelReason::deadline;
    SECTION("by the deadline") { policy.time_limit = 500ms; }
    SECTION("by a request")
    {
        reason = CancelReason::stop_requested;
        policy.stop = stop.get_token();
        stopper = std::async(std::launch::async, [&] {
            std::this_thread::sleep_for(300ms);
            stop.request_stop();
        });
    }
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    auto const begin = std::chrono::steady_clock::now();
    try {
        run_transaction(
            pool,
            [](Transaction& tx) {
                add(tx, 1, 10);
                static_cast<void>(tx.query_value<int>("SELECT SLEEP(30)"));
            },
            policy);
        FAIL("it was not stopped");
    } catch (OperationCancelled const& error) {
        CHECK(error.reason() == reason);
    }
    CHECK(std::chrono::steady_clock::now() - begin < slack);
    CHECK(bank.balance(1) == 100);
}

TEST_CASE("a server that freezes holds nobody past the deadline", "[integration][retry]")
{
    Server const& server = Server::get();
    TcpProxy proxy{{.server_port = server.port()}};
    auto const options = ConnectionBuilder::to_host(proxy.address(), proxy.port())
                             .login(server["USER"], password())
                             .ssl({.ca = server["CA"], .server_name = server.host()})
                             .options();
    auto const begin = std::chrono::steady_clock::now();
    RetryPolicy policy = quick();
    policy.time_limit = 1s;
    CHECK_THROWS_AS(run_transaction(
                        options,
                        [&](Transaction& tx) {
                            proxy.stall(true);
                            tx.execute("DO 1");
                        },
                        policy),
                    Error);
    CHECK(std::chrono::steady_clock::now() - begin < 1s + slack);
    proxy.stall(false);
}

TEST_CASE("a new CA file is noticed without a word of the caller's", "[integration][retry]")
{
    Server const& server = Server::get();
    TemporaryDirectory const directory;
    auto const ca = directory.write("ca.pem", TestPki::shared().trust_pem());
    auto const options = to_server().login(server["USER"], password()).ssl({.ca = ca}).options();
    std::atomic<std::chrono::steady_clock::time_point> replaced{};
    auto replace = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(700ms);
        auto const fresh = directory.path() / "fresh.pem";
        std::filesystem::copy_file(server["CA"], fresh);
        std::filesystem::rename(fresh, ca);
        replaced = std::chrono::steady_clock::now();
    });
    CHECK(run_repeatable(options, [](Connection& db) { return db.query_value<int>("SELECT 1"); }) ==
          1);
    replace.get();
    CHECK(std::chrono::steady_clock::now() - replaced.load() < slack);
}

TEST_CASE("a file that is half-written for a moment is waited for where it was good before",
          "[integration][retry]")
{
    Server const& server = Server::get();
    TemporaryDirectory const directory;
    auto const ca = directory.path() / "ca.pem";
    std::filesystem::copy_file(server["CA"], ca);
    auto const options = to_server().login(server["USER"], password()).ssl({.ca = ca}).options();
    auto const work = [](Transaction& tx) { return tx.connection().query_value<int>("SELECT 1"); };
    auto const replace_it = [&] {
        static_cast<void>(directory.write("ca.pem", "-----BEGIN CERTIFI"));
        return std::async(std::launch::async, [&] {
            std::this_thread::sleep_for(300ms);
            auto const fresh = directory.path() / "fresh.pem";
            std::filesystem::copy_file(server["CA"], fresh);
            std::filesystem::rename(fresh, ca);
        });
    };

    ConnectionPool pool{options, {.max_size = 1}};
    auto list = std::make_shared<HostList>(
        std::vector<Host>{{options.endpoint.host(), options.endpoint.port()}}, options);
    ConnectionPool pool_of_list{list, {.max_size = 1}};
    SingleServer single{options};
    for (int i = 0; i < 3; ++i) {
        INFO(i);
        auto const began = std::chrono::steady_clock::now();
        auto replaced = replace_it();
        CHECK((i == 0   ? run_transaction(pool, work)
               : i == 1 ? run_transaction(pool_of_list, work)
                        : run_transaction(single, work)) == 1);
        CHECK(std::chrono::steady_clock::now() - began >= 250ms);
        replaced.get();
    }

    // One that never was good is an error at once.
    static_cast<void>(directory.write("ca.pem", "-----BEGIN CERTIFI"));
    ConnectionPool never{options, {.max_size = 1}};
    auto const began = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(run_transaction(never, work), TlsError);
    CHECK(std::chrono::steady_clock::now() - began < slack);
}
