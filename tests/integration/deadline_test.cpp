// Deadlines and requests to stop, against a real server: the statement stops, the connection stays.

#include "server.hpp"

#include <sealsql/blob.hpp>
#include <sealsql/bulk.hpp>
#include <sealsql/compression.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"
#include "support/soon.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A deadline, the grace of a second, and what a busy machine adds. What nobody stops lasts longer.
constexpr auto longest = 1s + 1s + slack;

/// Where the connection is to stay: it is closed if the statement does not stop, and not since the machine is busy.
constexpr DeadlineOptions patient{.grace = slack};

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

/// Whether a statement of this connection goes on running on the server.
bool runs(std::uint64_t id)
{
    auto root = admin();
    auto const is_over = [&] {
        return root.query_value<int>("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "
                                     "ID = ? AND INFO IS NOT NULL",
                                     id) == 0;
    };
    return !soon(is_over); // it may be tidying up
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
            OperationDeadline const limit{db, 200ms, {}, patient};
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
        stopped([&] { db.execute("SELECT SLEEP(30)"); });
    }
    SECTION("prepared")
    {
        stopped([&] { static_cast<void>(db.query_all<int>("SELECT SLEEP(?)", 30)); });
    }
    SECTION("that computes")
    {
        stopped([&] { db.execute("SELECT BENCHMARK(1000000000, SHA2('a', 256))"); });
    }
    SECTION("whose rows come slowly")
    {
        stopped([&] {
            for ([[maybe_unused]] auto const& row : db.query<std::tuple<int, int>>(
                     "SELECT 1, SLEEP(0.5) FROM information_schema.COLLATIONS"))
                ;
        });
    }
    SECTION("whose rows come fast and have no end")
    {
        stopped([&] {
            for ([[maybe_unused]] auto const& row :
                 db.query("SELECT a.ID, b.ID, c.ID FROM information_schema.COLLATIONS a, "
                          "information_schema.COLLATIONS b, information_schema.COLLATIONS c, "
                          "information_schema.COLLATIONS d"))
                ;
        });
    }
    SECTION("in a batch")
    {
        stopped([&] {
            Pipeline batch{db};
            batch.execute("DO 1");
            batch.execute("DO SLEEP(?)", 30);
            batch.execute("SELECT SLEEP(30) FROM information_schema.COLLATIONS");
            batch.run();
        });
    }
    SECTION("of several results")
    {
        db = builder().multi_statements().connect();
        std::uint64_t const other = db.connection_id();
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 200ms, {}, patient};
            db.execute("SELECT 1; SELECT SLEEP(30) FROM information_schema.COLLATIONS; SELECT 2");
        });
        REQUIRE(error);
        CHECK_FALSE(error->poisons_connection());
        require_usable(db, other);
    }
}

namespace {

/// A table that other connections see, for as long as this object lives.
class Table {
public:
    Table()
    {
        db.execute("DROP TABLE IF EXISTS deadline_row");
        db.execute(
            "CREATE TABLE deadline_row (id INT PRIMARY KEY, value INT NOT NULL) ENGINE=InnoDB");
        db.execute("INSERT INTO deadline_row VALUES (1, 0), (2, 0)");
    }
    ~Table()
    {
        try {
            db.execute("DROP TABLE IF EXISTS deadline_row");
        } catch (Error const&) {
        }
    }
    Table(Table const&) = delete;
    Table& operator=(Table const&) = delete;

    int value(int id)
    {
        return db.query_value<int>("SELECT value FROM deadline_row WHERE id = ?", id);
    }
    int rows() { return db.query_value<int>("SELECT COUNT(*) FROM deadline_row"); }

    Connection db = builder().connect();
};

} // namespace

TEST_CASE("A statement that waits for a row's lock leaves the queue at its deadline", "[deadline]")
{
    Table table;
    auto holder = builder().connect();
    Transaction holding{holder};
    holding.execute("UPDATE deadline_row SET value = 1 WHERE id = 1");

    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    {
        // Within which a busy server comes to the lock.
        OperationDeadline const limit{db, 1s, {}, patient};
        Transaction tx{db};
        tx.execute("UPDATE deadline_row SET value = 2 WHERE id = 2");
        Watch const watch;
        auto const error =
            cancelled_of([&] { tx.execute("UPDATE deadline_row SET value = 2 WHERE id = 1"); });
        REQUIRE(error);
        CHECK(error->outcome() == CancelOutcome::interrupted);
        CHECK(error->code() == 1317);
        CHECK(watch.elapsed() < longest);
        CHECK_FALSE(runs(id));
        // The transaction rolls back here, under a limit that is over.
    }
    require_usable(db, id);
    CHECK(table.value(2) == 0);
    {
        // Nobody waits for it any more, and nobody holds the other one.
        auto third = builder().connect();
        third.execute("SET innodb_lock_wait_timeout = 1");
        third.execute("UPDATE deadline_row SET value = 3 WHERE id = 2");
    }
    holding.commit();
    CHECK(table.value(1) == 1);
    CHECK(table.value(2) == 3);
}

TEST_CASE("A request to stop wakes the thread at once", "[deadline]")
{
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    db.execute("SELECT 1");
    auto const round = [&] {
        std::stop_source source;
        std::atomic<Clock::time_point> asked{};
        std::jthread const other{[&] {
            std::this_thread::sleep_for(150ms);
            asked = Clock::now();
            source.request_stop();
        }};
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 30s, source.get_token(), patient};
            db.execute("SELECT SLEEP(20)");
        });
        auto const took = Clock::now() - asked.load();
        REQUIRE(error);
        CHECK(error->reason() == CancelReason::stop_requested);
        require_usable(db, id);
        return took;
    };
    CHECK(unless_late(round, [](auto took) { return took >= 300ms; }) < 300ms);
}

TEST_CASE("Nothing is sent once the limit is met", "[deadline]")
{
    Table table;
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    std::stop_source source;
    source.request_stop();
    auto const refused = [&](CancelReason reason, auto&&... limits) {
        OperationDeadline const limit{db, limits...};
        for (int way = 0; way < 4; ++way) {
            auto const error = cancelled_of([&] {
                switch (way) {
                case 0:
                    db.execute("INSERT INTO deadline_row VALUES (3, 0)");
                    break;
                case 1:
                    db.execute("INSERT INTO deadline_row VALUES (?, 0)", 3);
                    break;
                case 2:
                    db.ping();
                    break;
                default: {
                    Pipeline batch{db};
                    batch.execute("INSERT INTO deadline_row VALUES (3, 0)");
                    batch.run();
                }
                }
            });
            REQUIRE(error);
            CHECK(error->reason() == reason);
            CHECK(error->outcome() == CancelOutcome::not_sent);
            CHECK_FALSE(error->poisons_connection());
            CHECK_FALSE(error->retryable());
        }
    };
    refused(CancelReason::deadline, Clock::now() - 1s);
    refused(CancelReason::deadline, 0s);
    refused(CancelReason::stop_requested, source.get_token());
    refused(CancelReason::stop_requested, 30s, source.get_token());
    CHECK(table.rows() == 2);
    require_usable(db, id);
}

TEST_CASE("The earlier of two limits counts", "[deadline]")
{
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    std::stop_source outer_stop;
    std::stop_source inner_stop;
    OperationDeadline const outer{db, 30s, outer_stop.get_token()};
    {
        OperationDeadline const inner{db, 100ms, inner_stop.get_token(), patient};
        CHECK(cancelled_of([&] { db.execute("SELECT SLEEP(30)"); }));
    }
    require_usable(db, id);
    {
        OperationDeadline const inner{db, 20s, inner_stop.get_token(), patient};
        inner_stop.request_stop();
        CHECK(cancelled_of([&] { db.execute("SELECT SLEEP(30)"); }));
    }
    db.execute("SELECT SLEEP(0.3)"); // the word to stop went with the inner one
    require_usable(db, id);
    {
        OperationDeadline const inner{db, 20s, {}, patient};
        outer_stop.request_stop();
        auto const error = cancelled_of([&] { db.execute("SELECT SLEEP(30)"); });
        REQUIRE(error);
        CHECK(error->reason() == CancelReason::stop_requested);
    }
    CHECK(cancelled_of([&] { db.ping(); }));
}

TEST_CASE("A KILL that comes too late hits no other statement", "[deadline]")
{
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    std::minstd_rand random{4711};
    // As long as about every other one is stopped, however fast the machine.
    int most_microseconds = 5000;
    int done = 0;
    int stopped = 0;
    for (int i = 0; i < 300; ++i) {
        auto const error = cancelled_of([&] {
            std::chrono::microseconds const time{
                std::uniform_int_distribution<int>{0, most_microseconds}(random)};
            OperationDeadline const limit{db, time, {}, patient};
            if (i % 3 == 0)
                db.execute("DO SLEEP(0.002)");
            else if (i % 3 == 1)
                static_cast<void>(db.query_all<int>("SELECT SLEEP(?)", 0.002));
            else
                db.execute("SELECT BENCHMARK(20000, SHA2('a', 256))");
        });
        (error ? stopped : done) += 1;
        most_microseconds += most_microseconds / (error ? 20 : -20);
        if (error) {
            INFO(i << ": " << error->what());
            REQUIRE_FALSE(error->poisons_connection());
        }
        // Neither refused nor cut short: SLEEP gives 1 where it is.
        INFO(i);
        REQUIRE(db.query_value<int>("SELECT SLEEP(0.001)") == 0);
    }
    INFO(done << " done, " << stopped << " stopped");
    CHECK(done > 10);
    CHECK(stopped > 10);
    require_usable(db, id);
}

TEST_CASE("What a COMMIT did is never told wrongly", "[deadline]")
{
    Table table;
    std::optional<Connection> db;
    std::minstd_rand random{42};
    // As long as about every other one is committed, however fast the machine.
    int most_microseconds = 1200;
    int committed = 0;
    int not_committed = 0;
    int unknown = 0;
    for (int i = 100; i < 400; ++i) {
        if (!db || !db->usable())
            db.emplace(builder().connect());
        enum class Told { yes, no, perhaps } told = Told::no;
        try {
            std::chrono::microseconds const time{
                std::uniform_int_distribution<int>{0, most_microseconds}(random)};
            OperationDeadline const limit{*db, time, {}, patient};
            Transaction tx{*db};
            tx.execute("INSERT INTO deadline_row VALUES (?, 0)", i);
            try {
                tx.commit();
                told = Told::yes;
            } catch (CommitUnknown const& error) {
                CHECK(error.cancel_reason() == CancelReason::deadline);
                told = Told::perhaps;
            }
        } catch (OperationCancelled const&) {
        }
        INFO(i << ": told " << static_cast<int>(told));
        int const found =
            table.db.query_value<int>("SELECT COUNT(*) FROM deadline_row WHERE id = ?", i);
        most_microseconds += most_microseconds / (told == Told::yes ? -20 : 20);
        if (told == Told::yes) {
            ++committed;
            CHECK(found == 1);
        } else if (told == Told::no) {
            ++not_committed;
            CHECK(found == 0);
        } else {
            ++unknown;
        }
    }
    INFO(committed << " committed, " << not_committed << " not, " << unknown << " unknown");
    CHECK(committed > 5);
    CHECK(not_committed > 5);
}

TEST_CASE("A bulk insert is stopped at its deadline", "[deadline]")
{
    Table table;
    auto holder = builder().connect();
    Transaction holding{holder};
    holding.execute("UPDATE deadline_row SET value = 1 WHERE id = 1");
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    std::vector<std::tuple<int, int>> const rows{{10, 1}, {11, 1}, {1, 1}, {12, 1}};
    Watch const watch;
    try {
        // Within which a busy server comes to the lock.
        OperationDeadline const limit{db, 1s, {}, patient};
        static_cast<void>(bulk_execute(
            db, "INSERT INTO deadline_row VALUES (?, ?) ON DUPLICATE KEY UPDATE value = 5", rows));
        FAIL("it was not stopped");
    } catch (BulkError const& error) {
        INFO(error.what());
        CHECK(error.cancel_reason() == CancelReason::deadline);
        CHECK_FALSE(error.retryable());
        CHECK_FALSE(error.poisons_connection());
        CHECK(error.rows_applied() == 0);
    }
    CHECK(watch.elapsed() < longest);
    CHECK(table.rows() == 2);
    require_usable(db, id);
}

namespace {

/// Whether the connection is as the error says, and works if that says so.
void check_as_told(Connection& db, OperationCancelled const& error, std::uint64_t id)
{
    INFO(error.what());
    CHECK(error.reason() == CancelReason::deadline);
    CHECK_FALSE(error.retryable());
    CHECK(db.usable() != error.poisons_connection());
    if (error.poisons_connection())
        CHECK(error.outcome() == CancelOutcome::unknown);
    else
        require_usable(db, id);
}

/// Tells whether the statement has gone from the server, with all that it did.
bool is_rolled_back(Table& table)
{
    return soon([&] { return table.rows() == 2; });
}

} // namespace

TEST_CASE("LOAD DATA is stopped at its deadline", "[deadline]")
{
    admin().execute("SET GLOBAL local_infile = 1");
    Table table;
    auto db = builder().local_infile().connect();
    std::uint64_t const id = db.connection_id();
    static constexpr char statement[] = "LOAD DATA LOCAL INFILE 'x' INTO TABLE deadline_row";
    SECTION("by a source of small portions, of which no piece is full for long")
    {
        int row = 10;
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 1s}; // within which a busy server asks for them
            load_data(db, statement, [&](std::span<std::byte> room) -> std::size_t {
                if (++row == 50'000)
                    return 0;
                std::string const line = std::to_string(row) + "\t1\n";
                std::memcpy(room.data(), line.data(), line.size());
                std::this_thread::sleep_for(1ms);
                return line.size();
            });
        });
        REQUIRE(error);
        CHECK(watch.elapsed() < longest);
        CHECK(error->poisons_connection());
        check_as_told(db, *error, id);
        CHECK(is_rolled_back(table));
        CHECK_FALSE(runs(id));
    }
    SECTION("between two pieces of the data")
    {
        int pieces = 0;
        int row = 10;
        std::string lines;
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 1s}; // within which a busy server asks for them
            load_data(db, statement, [&](std::span<std::byte> room) -> std::size_t {
                if (++pieces == 1000)
                    return 0;
                while (lines.size() < room.size())
                    lines += std::to_string(++row) + "\t1\n";
                std::memcpy(room.data(), lines.data(), room.size());
                lines.erase(0, room.size());
                std::this_thread::sleep_for(50ms);
                return room.size();
            });
        });
        REQUIRE(error);
        INFO(error->what());
        CHECK(pieces < 100);
        CHECK(watch.elapsed() < longest);
        CHECK(error->poisons_connection());
        check_as_told(db, *error, id);
        CHECK(is_rolled_back(table));
        CHECK_FALSE(runs(id));
    }
    SECTION("while the server works on them")
    {
        auto holder = builder().connect();
        Transaction holding{holder};
        holding.execute("INSERT INTO deadline_row VALUES (11, 0)");
        Watch const watch;
        auto const error = cancelled_of([&] {
            // Within which a busy server has them.
            OperationDeadline const limit{db, 1s, {}, patient};
            load_data(db, statement, "10\t1\n11\t1\n12\t1\n");
        });
        REQUIRE(error);
        CHECK(watch.elapsed() < longest);
        CHECK(error->outcome() == CancelOutcome::interrupted);
        CHECK_FALSE(error->poisons_connection());
        check_as_told(db, *error, id);
        holding.rollback();
        CHECK(is_rolled_back(table));
        CHECK(load_data(db, statement, "10\t1\n11\t1\n").affected_rows == 2);
    }
}

TEST_CASE("A compressed connection is stopped at its deadline and stays", "[deadline]")
{
    auto db = builder().compression(Compression::zlib()).connect();
    REQUIRE(is_compressed(db));
    std::uint64_t const id = db.connection_id();
    int way = 0;
    auto const stopped = [&](auto const& work) {
        INFO("way " << ++way);
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 200ms, {}, patient};
            work();
        });
        REQUIRE(error);
        CHECK(watch.elapsed() >= 200ms);
        CHECK(watch.elapsed() < longest);
        CHECK_FALSE(error->poisons_connection());
        check_as_told(db, *error, id);
        CHECK_FALSE(runs(id));
    };
    stopped([&] { db.execute("SELECT SLEEP(30)"); });
    stopped([&] { static_cast<void>(db.query_all<int>("SELECT SLEEP(?)", 30)); });
    stopped([&] {
        for ([[maybe_unused]] auto const& row :
             db.query("SELECT a.ID, REPEAT('x', 1000) FROM information_schema.COLLATIONS a, "
                      "information_schema.COLLATIONS b, information_schema.COLLATIONS c"))
            ;
    });
    stopped([&] {
        Pipeline batch{db};
        batch.execute("DO SLEEP(?)", 30);
        batch.execute("SELECT SLEEP(30) FROM information_schema.COLLATIONS");
        batch.run();
    });
    require_usable(db, id);
}

TEST_CASE("A statement over a local socket is stopped at its deadline", "[deadline]")
{
    Server const& server = Server::get();
    auto const socket =
        ConnectionBuilder::to_socket(server["SOCKET"]).login(server["USER"], password());
    bool const has_tls = GENERATE(true, false);
    ConnectionOptions const options =
        has_tls ? socket.ssl({.ca = server["CA"], .server_name = "localhost"}).options()
                : socket.plaintext_over_local_socket().options();
    auto db = connect(options, Clock::now() + 10s);
    std::uint64_t const id = db.connection_id();
    Watch const watch;
    auto const error = cancelled_of([&] {
        OperationDeadline const limit{db, 200ms, {}, patient};
        db.execute("SELECT SLEEP(30)");
    });
    REQUIRE(error);
    CHECK(watch.elapsed() < longest);
    CHECK_FALSE(error->poisons_connection());
    check_as_told(db, *error, id);
    CHECK_FALSE(runs(id));
}

TEST_CASE("A value that is written in pieces is stopped at its deadline", "[deadline]")
{
    Table table;
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    db.execute("CREATE TEMPORARY TABLE deadline_blob (id INT PRIMARY KEY, content LONGBLOB)");
    SECTION("by a source of small portions: nothing was executed")
    {
        int portions = 0;
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 200ms, {}, patient};
            execute_in_pieces(db, "INSERT INTO deadline_blob VALUES (?, ?)", 1,
                              BlobSource{[&](std::span<std::byte> room) -> std::size_t {
                                  std::this_thread::sleep_for(1ms);
                                  room[0] = std::byte{'x'};
                                  return ++portions == 50'000 ? 0 : 1;
                              }});
        });
        REQUIRE(error);
        CHECK(watch.elapsed() < longest);
        check_as_told(db, *error, id);
        REQUIRE(db.usable());
        CHECK(error->outcome() == CancelOutcome::not_sent);
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM deadline_blob") == 0);
    }
    SECTION("between two pieces: nothing was executed")
    {
        int portions = 0;
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 200ms, {}, patient};
            execute_in_pieces(db, "INSERT INTO deadline_blob VALUES (?, ?)", 1,
                              BlobSource{[&](std::span<std::byte> room) -> std::size_t {
                                  std::this_thread::sleep_for(50ms);
                                  return ++portions == 1000 ? 0 : room.size();
                              }});
        });
        REQUIRE(error);
        CHECK(portions < 20);
        CHECK(watch.elapsed() < longest);
        check_as_told(db, *error, id);
        REQUIRE(db.usable());
        CHECK(error->outcome() == CancelOutcome::not_sent);
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM deadline_blob") == 0);
    }
    SECTION("while the server works on it")
    {
        auto holder = builder().connect();
        Transaction holding{holder};
        holding.execute("UPDATE deadline_row SET value = 1 WHERE id = 1");
        std::string const large(3'000'000, '1');
        Watch const watch;
        auto const error = cancelled_of([&] {
            OperationDeadline const limit{db, 1s, {}, patient}; // within which a busy server has it
            execute_in_pieces(db, "UPDATE deadline_row SET value = LENGTH(?) WHERE id = ?",
                              BlobSource{large}, 1);
        });
        REQUIRE(error);
        CHECK(watch.elapsed() < longest);
        CHECK(error->outcome() == CancelOutcome::interrupted);
        check_as_told(db, *error, id);
        REQUIRE(db.usable());
        holding.commit();
        CHECK(table.value(1) == 1);
    }
    CHECK_FALSE(runs(id));
    CHECK(execute_in_pieces(db, "INSERT INTO deadline_blob VALUES (?, ?)", 1,
                            BlobSource{std::string_view{"whole"}})
              .affected_rows == 1);
}

TEST_CASE("A value that is read in pieces is stopped at its deadline", "[deadline]")
{
    admin().execute("SET GLOBAL max_allowed_packet = 67108864");
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    std::size_t got = 0;
    Watch const watch;
    std::optional<OperationCancelled> error;
    SECTION("by a slow reader")
    {
        error = cancelled_of([&] {
            OperationDeadline const limit{db, 1s}; // within which a busy server begins
            static_cast<void>(read_in_pieces(
                db, "SELECT REPEAT('x', ?)",
                [&](std::span<std::byte const> piece) {
                    got += piece.size();
                    std::this_thread::sleep_for(10ms);
                },
                8'000'000));
        });
        REQUIRE(error);
        INFO(error->what());
        CHECK(got != 0);
        CHECK(got < 8'000'000);
    }
    SECTION("before it begins")
    {
        error = cancelled_of([&] {
            OperationDeadline const limit{db, 200ms, {}, patient};
            static_cast<void>(read_in_pieces(
                db, "SELECT CONCAT('x', SLEEP(?))",
                [&](std::span<std::byte const> piece) { got += piece.size(); }, 30));
        });
        REQUIRE(error);
        CHECK_FALSE(error->poisons_connection());
    }
    CHECK(watch.elapsed() < longest);
    check_as_told(db, *error, id);
    CHECK_FALSE(runs(id));
}

TEST_CASE("Rows that are dropped do not reach the caller", "[deadline]")
{
    auto db = builder().connect();
    std::uint64_t const id = db.connection_id();
    OperationDeadline const limit{db, 200ms, {}, patient};
    // Read by a slow caller: the deadline passes between two rows.
    int rows = 0;
    auto const error = cancelled_of([&] {
        for ([[maybe_unused]] auto const& row :
             db.query("SELECT a.ID, REPEAT('x', 1000) FROM information_schema.COLLATIONS a, "
                      "information_schema.COLLATIONS b, information_schema.COLLATIONS c"))
            if (++rows == 10)
                std::this_thread::sleep_for(250ms);
    });
    REQUIRE(error);
    CHECK_FALSE(error->poisons_connection());
    CHECK(rows < 5000); // those that had come
    CHECK(db.usable());
    CHECK_FALSE(runs(id));
}

TEST_CASE("Without a second connection the first is closed at the deadline", "[deadline]")
{
    {
        auto root = admin();
        root.execute("DROP USER IF EXISTS 'deadline_one'@'%'");
        root.execute("CREATE USER 'deadline_one'@'%' IDENTIFIED BY 'One_and_only_1' WITH "
                     "MAX_USER_CONNECTIONS 1");
    }
    auto db = to_server()
                  .login("deadline_one", Secret{"One_and_only_1"})
                  .ssl({.ca = Server::get()["CA"]})
                  .connect();
    Watch const watch;
    auto const error = cancelled_of([&] {
        OperationDeadline const limit{db, 200ms};
        db.execute("SELECT SLEEP(30)");
    });
    admin().execute("DROP USER 'deadline_one'@'%'");
    REQUIRE(error);
    INFO(error->what());
    CHECK(error->outcome() == CancelOutcome::unknown);
    CHECK(error->poisons_connection());
    CHECK_FALSE(db.usable());
    CHECK(watch.elapsed() < longest);
}

TEST_CASE("Connecting has a deadline", "[deadline]")
{
    ConnectionOptions const options = builder().options();
    {
        auto db = connect(options, Clock::now() + 10s);
        CHECK(db.query_value<int>("SELECT 1") == 1);
        // The limit was that of connecting, and has gone.
        CHECK(db.query_value<int>("SELECT SLEEP(0.1)") == 0);
    }
    auto const error = cancelled_of([&] { static_cast<void>(connect(options, Clock::now())); });
    REQUIRE(error);
    CHECK(error->outcome() == CancelOutcome::not_sent);
    std::stop_source source;
    source.request_stop();
    auto const stopped = cancelled_of(
        [&] { static_cast<void>(connect(options, Clock::now() + 10s, source.get_token())); });
    REQUIRE(stopped);
    CHECK(stopped->reason() == CancelReason::stop_requested);
    // The init statements count.
    ConnectionOptions slow = options;
    slow.init_statements = {"DO SLEEP(30)"};
    Watch const watch;
    CHECK(cancelled_of([&] { static_cast<void>(connect(slow, Clock::now() + 300ms)); }));
    CHECK(watch.elapsed() < longest);
}

// --- A time for each operation ---

namespace {

constexpr auto each = 600ms;
constexpr auto longest_of_each = 4s; // what is stopped would last longer

ConnectionOptions limited_options()
{
    return builder().operation_timeout(OperationTimeout{.time = each, .grace = 10s}).options();
}

/// Runs it, which is stopped.
template <class Work>
OperationCancelled stopped_of_each(Work const& work)
{
    Watch const watch;
    auto const error = cancelled_of(work);
    REQUIRE(error);
    INFO(error->what());
    CHECK(watch.elapsed() >= each);
    CHECK(watch.elapsed() < longest_of_each);
    CHECK(error->reason() == CancelReason::deadline);
    CHECK(error->outcome() != CancelOutcome::unknown);
    CHECK_FALSE(error->poisons_connection());
    CHECK_FALSE(error->retryable());
    return *error;
}

} // namespace

TEST_CASE("Each operation is stopped when its time is over and the connection stays",
          "[deadline][each]")
{
    Connection db{limited_options()};
    std::uint64_t const id = db.connection_id();
    for (int i = 0; i < 2; ++i) {
        stopped_of_each([&] { db.execute("SELECT SLEEP(5)"); });
        CHECK_FALSE(runs(id));
        stopped_of_each([&] { static_cast<void>(db.query_all<int>("SELECT SLEEP(?)", 5)); });
        require_usable(db, id);
    }
    auto statement = db.prepare("SELECT SLEEP(?)");
    stopped_of_each([&] { static_cast<void>(statement.query_all<int>(5)); });
    CHECK_FALSE(runs(id));
    CHECK(statement.query_value<int>(0) == 0); // as before
    stopped_of_each([&] {
        Pipeline batch{db};
        batch.execute("DO 1");
        batch.execute("DO SLEEP(?)", 5);
        batch.execute("SELECT SLEEP(5) FROM information_schema.COLLATIONS");
        batch.run();
    });
    CHECK_FALSE(runs(id));
    // One that is asked for as a whole, however often a row comes.
    stopped_of_each([&] {
        static_cast<void>(db.query_all<std::tuple<int, int>>(
            "SELECT 1, SLEEP(0.02) FROM information_schema.COLLATIONS"));
    });
    require_usable(db, id);
    stopped_of_each([&] { db.execute("SELECT BENCHMARK(1000000000, SHA2('a', 256))"); });
    for (int i = 0; i < 4; ++i)
        CHECK(db.query_value<int>("SELECT SLEEP(0.2)") == 0); // each has its time
    db.ping();
    require_usable(db, id);
}

TEST_CASE("Who reads rows slowly is not stopped", "[deadline][each]")
{
    Connection db{limited_options()};
    std::uint64_t const id = db.connection_id();
    int rows = 0;
    for ([[maybe_unused]] auto const& row :
         db.query("WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers "
                  "WHERE n < 900) SELECT n, REPEAT('x', 5000) FROM numbers"))
        if (++rows % 100 == 0)
            std::this_thread::sleep_for(each);
    CHECK(rows == 900);
    // Leaving early reads the rest away, for no longer than that.
    Watch const watch;
    for ([[maybe_unused]] auto const& row :
         db.query("WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers "
                  "WHERE n < 900) SELECT a.n, b.n, c.n FROM numbers a, numbers b, numbers c"))
        break;
    CHECK(watch.elapsed() < each + slack); // all of it takes minutes
    CHECK_FALSE(runs(id));
    require_usable(db, id);
}

TEST_CASE("A transaction goes back behind an operation whose time was over", "[deadline][each]")
{
    Table table;
    auto holder = builder().connect();
    Transaction holding{holder};
    holding.execute("UPDATE deadline_row SET value = 1 WHERE id = 1");

    Connection db{limited_options()};
    std::uint64_t const id = db.connection_id();
    {
        Transaction tx{db};
        tx.execute("UPDATE deadline_row SET value = 2 WHERE id = 2");
        auto const error =
            stopped_of_each([&] { tx.execute("UPDATE deadline_row SET value = 2 WHERE id = 1"); });
        CHECK(error.outcome() == CancelOutcome::interrupted);
        // It goes on, if its caller wants that.
        CHECK(tx.query_value<int>("SELECT value FROM deadline_row WHERE id = 2") == 2);
    }
    require_usable(db, id);
    CHECK(table.value(2) == 0);
    {
        Transaction tx{db};
        tx.execute("UPDATE deadline_row SET value = 3 WHERE id = 2");
        stopped_of_each([&] { tx.execute("UPDATE deadline_row SET value = 3 WHERE id = 1"); });
        tx.commit();
    }
    CHECK(table.value(2) == 3);
    holding.commit();
    CHECK(table.value(1) == 1);
    std::vector<std::tuple<int, int>> const rows{{10, 1}, {11, 1}};
    CHECK(bulk_execute(db, "INSERT INTO deadline_row VALUES (?, ?)", rows).affected_rows == 2);
}

TEST_CASE("Each connection of a pool has a time for each operation", "[deadline][each]")
{
    ConnectionPool pool{limited_options(), {.max_size = 2}};
    auto const use = [&] {
        auto db = pool.acquire();
        stopped_of_each([&] { db->execute("SELECT SLEEP(5)"); });
        CHECK(db->query_value<int>("SELECT 1") == 1);
        db.give_back();
        auto other = pool.acquire();
        CHECK(other->query_value<int>("SELECT SLEEP(0.05)") == 0);
        Transaction tx{*other};
        tx.commit();
    };
    for (int i = 0; i < 2; ++i) {
        auto held = pool.acquire();
        CHECK(held->query_value<int>("SELECT 1") == 1);
        use();
        stopped_of_each([&] { held->execute("SELECT SLEEP(5)"); });
    }
    // Those that were stopped are put in order, and no one is lost.
    CHECK(pool.statistics().opened == 2);
    CHECK(pool.statistics().closed.broken == 0);
    // Only what is put in order costs a reset.
    auto const resets = pool.statistics().resets;
    for (int i = 0; i < 4; ++i) {
        auto const db = pool.acquire();
        CHECK(db->query_value<int>("SELECT 1") == 1);
    }
    CHECK(pool.statistics().resets == resets);
    // None of the second connections is left, over which the server was told.
    auto root = admin();
    int connections = 0;
    for (int i = 0; i < 40; ++i) {
        connections = root.query_value<int>(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = ?",
            Server::get()["USER"]);
        if (connections == 2)
            break;
        std::this_thread::sleep_for(50ms);
    }
    CHECK(connections == 2);
}

TEST_CASE("A deadline counts beside the time of each operation or lifts it", "[deadline][each]")
{
    Connection db{limited_options()};
    std::uint64_t const id = db.connection_id();
    {
        OperationDeadline const limit{db, 30s};
        stopped_of_each([&] { db.execute("SELECT SLEEP(5)"); });
        require_usable(db, id); // the next has its time
    }
    {
        OperationDeadline const limit{db, 100ms, {}, {.grace = 10s}};
        Watch const watch;
        CHECK(cancelled_of([&] { db.execute("SELECT SLEEP(5)"); }));
        CHECK(watch.elapsed() < longest_of_each);
        CHECK(cancelled_of([&] { db.ping(); }));
    }
    {
        OperationDeadline const limit{db, 30s, {}, {.lifts_timeout = true}};
        CHECK(db.query_value<int>("SELECT SLEEP(1.2)") == 0);
    }
    stopped_of_each([&] { db.execute("SELECT SLEEP(5)"); });
    require_usable(db, id);
}

TEST_CASE("A KILL by the time of each operation hits no other statement", "[deadline][each]")
{
    Connection db{
        builder().operation_timeout(OperationTimeout{.time = 3ms, .grace = 10s}).options()};
    std::uint64_t id = 0;
    {
        OperationDeadline const limit{db, 30s, {}, {.lifts_timeout = true}};
        id = db.connection_id();
    }
    // A KILL takes as long as this machine needs for a second connection, so what it is to meet lasts about as long.
    Watch const watch;
    REQUIRE(cancelled_of([&] { db.execute("SELECT SLEEP(5)"); }));
    double const to_stop = std::chrono::duration<double>{watch.elapsed()}.count();
    REQUIRE(to_stop < 2.5);
    int done = 0;
    int stopped = 0;
    for (int i = 0; i < 120; ++i) {
        double const lasts = to_stop * (i % 8) / 4;
        auto const error = cancelled_of([&] {
            if (i % 3 == 0)
                db.execute("DO SLEEP(?)", lasts); // which is done, however short it was cut
            else if (i % 3 == 1)
                static_cast<void>(db.query_all<int>("SELECT SLEEP(?)", lasts));
            else
                db.execute("SELECT SLEEP(?), BENCHMARK(100, SHA2('a', 256))", lasts);
        });
        (error ? stopped : done) += 1;
        if (error) {
            INFO(i << ": " << error->what());
            REQUIRE_FALSE(error->poisons_connection());
        }
        OperationDeadline const limit{db, 30s, {}, {.lifts_timeout = true}};
        REQUIRE(db.query_value<int>("SELECT SLEEP(0.001)") == 0);
    }
    INFO(done << " done, " << stopped << " stopped, " << to_stop << " s to stop");
    CHECK(done > 5);
    CHECK(stopped > 5);
    OperationDeadline const limit{db, 30s, {}, {.lifts_timeout = true}};
    require_usable(db, id);
}
