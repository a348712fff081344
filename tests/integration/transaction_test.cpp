// Transactions and savepoints, and all the ways in which they end, against a real server.

#include "server.hpp"

#include <sealsql/blob.hpp>
#include <sealsql/bulk.hpp>
#include <sealsql/compose.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/results.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

/// A table that other connections see, for as long as this object lives.
class Table {
public:
    Table()
    {
        db.execute("DROP TABLE IF EXISTS tx_account");
        db.execute("CREATE TABLE tx_account (id INT PRIMARY KEY, balance INT NOT NULL) "
                   "ENGINE=InnoDB");
        db.execute("INSERT INTO tx_account VALUES (1, 100), (2, 100)");
    }
    ~Table()
    {
        try {
            db.execute("DROP TABLE IF EXISTS tx_account, tx_made");
        } catch (Error const&) {
        }
    }
    Table(Table const&) = delete;
    Table& operator=(Table const&) = delete;

    int balance(int id)
    {
        return db.query_value<int>("SELECT balance FROM tx_account WHERE id = ?", id);
    }
    int rows() { return db.query_value<int>("SELECT COUNT(*) FROM tx_account"); }

    Connection db = builder().connect();
};

void move(Transaction& tx, int amount)
{
    tx.execute("UPDATE tx_account SET balance = balance - ? WHERE id = 1", amount);
    tx.execute("UPDATE tx_account SET balance = balance + ? WHERE id = 2", amount);
}

/// The error of `work`, which changes row 1 and then row 2 on a connection of its own: a deadlock, which it loses.
template <class Work>
Error lost_deadlock(Work const& work)
{
    auto db = builder().connect();
    Transaction heavy{db};
    // It has changed more rows, so that it is not the one that is rolled back.
    heavy.execute(
        "INSERT INTO tx_account VALUES (30, 1), (31, 1), (32, 1), (33, 1), (34, 1), (35, 1)");
    heavy.execute("UPDATE tx_account SET balance = balance - 1 WHERE id = 2");
    auto const lock_waits = [&] {
        return admin().query_value<int>(
            "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
    };
    // InnoDB answers from a copy that it does not renew while it is asked more often than each 100 ms.
    for (int tries = 0; tries < 200 && lock_waits() != 0; ++tries)
        std::this_thread::sleep_for(120ms);
    auto lost = std::async(std::launch::async, [&] { return error_of(work); });
    for (int tries = 0; tries < 200 && lock_waits() == 0; ++tries)
        std::this_thread::sleep_for(120ms);
    heavy.execute("UPDATE tx_account SET balance = balance - 1 WHERE id = 1");
    Error error = lost.get();
    heavy.commit();
    return error;
}

} // namespace

TEST_CASE("A transaction runs statements that bring their values along", "[transaction]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE bound (id INT NOT NULL) ENGINE=InnoDB");
    {
        Transaction transaction{db};
        transaction.execute(sealsql::compose("INSERT INTO bound VALUES (?)", 7));
        CHECK(transaction.query_value<int>("SELECT id FROM bound WHERE id IN " +
                                           sealsql::in(std::vector{6, 7})) == 7);
    }
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM bound") == 0);
}

TEST_CASE("a transaction is rolled back unless committed", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    {
        Transaction tx{db};
        CHECK(tx.is_active());
        move(tx, 10);
        CHECK(tx.query_value<int>("SELECT balance FROM tx_account WHERE id = 1") == 90);
        CHECK(table.balance(1) == 100);
    }
    CHECK(table.balance(1) == 100);
    {
        Transaction tx{db};
        move(tx, 20);
        tx.commit();
        CHECK_FALSE(tx.is_active());
        CHECK(table.balance(1) == 80);
        auto const error = error_of([&] { tx.commit(); });
        CHECK(error.sqlstate() == "25000");
        CHECK(error.remedy().find("another Transaction") != std::string::npos);
        CHECK_THROWS_AS(tx.rollback(), Error);
        CHECK_THROWS_AS(tx.execute("DO 1"), Error);
    }
    {
        Transaction tx{db};
        move(tx, 20);
        tx.rollback();
        CHECK(table.balance(1) == 80);
        CHECK_THROWS_AS(tx.execute("DO 1"), Error);
        CHECK_THROWS_AS(tx.commit(), Error);
        tx.rollback(); // which it is
    }
    try {
        Transaction tx{db};
        move(tx, 20);
        throw std::runtime_error("in the middle");
    } catch (std::runtime_error const&) {
    }
    CHECK(table.balance(2) == 120);
    CHECK(db.usable());
}

TEST_CASE("how a transaction begins", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    for (auto const isolation : {Isolation::read_uncommitted, Isolation::read_committed,
                                 Isolation::repeatable_read, Isolation::serializable}) {
        Transaction tx{db, {.isolation = isolation}};
        move(tx, 10);
        auto other = builder().connect();
        Transaction reader{other, {.isolation = isolation}};
        if (isolation == Isolation::serializable) {
            other.execute("SET SESSION innodb_lock_wait_timeout = 1");
            CHECK(error_of([&] {
                      static_cast<void>(
                          reader.query_value<int>("SELECT balance FROM tx_account WHERE id = 1"));
                  }).code() == 1205);
            CHECK(reader.is_active());
            continue;
        }
        auto const seen = [&] {
            return reader.query_value<int>("SELECT balance FROM tx_account WHERE id = 1");
        };
        CHECK(seen() == (isolation == Isolation::read_uncommitted ? 90 : 100));
        tx.commit();
        CHECK(seen() == (isolation == Isolation::repeatable_read ? 100 : 90));
        reader.rollback();
        table.db.execute("UPDATE tx_account SET balance = 100");
    }

    SECTION("read-only")
    {
        Transaction tx{db, {.read_only = true}};
        CHECK(tx.query_value<int>("SELECT balance FROM tx_account WHERE id = 1") == 100);
        CHECK(error_of([&] { move(tx, 1); }).code() == 1792);
        tx.commit();
    }
    SECTION("read-write in a session whose transactions are read-only")
    {
        db.execute("SET SESSION TRANSACTION READ ONLY");
        {
            Transaction tx{db};
            CHECK(error_of([&] { move(tx, 1); }).code() == 1792);
        }
        for (bool const consistent : {false, true}) {
            Transaction tx{db, {.read_write = true, .consistent_snapshot = consistent}};
            move(tx, 1);
            tx.commit();
        }
        CHECK(table.balance(1) == 98);
        CHECK(error_of([&] {
                  Transaction{db, {.read_only = true, .read_write = true}};
              }).remedy() == "remove one of the two");
        Transaction usual{db}; // for that one only
        CHECK(error_of([&] { move(usual, 1); }).code() == 1792);
    }
    SECTION("a consistent snapshot is of the beginning")
    {
        auto const read_after_change = [&](TransactionOptions const& options) {
            Transaction tx{db, options};
            table.db.execute("UPDATE tx_account SET balance = balance + 1 WHERE id = 1");
            return tx.query_value<int>("SELECT balance FROM tx_account WHERE id = 1");
        };
        CHECK(read_after_change({}) == 101);
        CHECK(read_after_change({.consistent_snapshot = true}) == 101);
        CHECK(read_after_change({.isolation = Isolation::repeatable_read,
                                 .read_only = true,
                                 .consistent_snapshot = true}) == 102);
    }
    SECTION("a snapshot whatever the session is set to")
    {
        db.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        Transaction tx{db, {.consistent_snapshot = true}};
        table.db.execute("UPDATE tx_account SET balance = 7 WHERE id = 1");
        CHECK(tx.query_value<int>("SELECT balance FROM tx_account WHERE id = 1") == 100);
        tx.commit();
        // And for that one only.
        Transaction next{db};
        CHECK(next.query_value<int>("SELECT balance FROM tx_account WHERE id = 1") == 7);
        table.db.execute("UPDATE tx_account SET balance = 8 WHERE id = 1");
        CHECK(next.query_value<int>("SELECT balance FROM tx_account WHERE id = 1") == 8);
        next.commit();
        CHECK_THROWS_AS(
            (Transaction{db,
                         {.isolation = Isolation::read_committed, .consistent_snapshot = true}}),
            Error);
        Transaction usual{db}; // nothing is left under way
        usual.commit();
    }
    SECTION("not inside another")
    {
        Transaction tx{db};
        move(tx, 5);
        CHECK(error_of([&] { Transaction{db}; }).sqlstate() == "25001");
        CHECK(error_of([&] { tx.execute("START TRANSACTION"); }).sqlstate() == "25001");
        CHECK(error_of([&] { tx.execute("begin"); }).sqlstate() == "25001");
        tx.commit();
        CHECK(table.balance(1) == 95);
        db.execute("BEGIN");
        CHECK_THROWS_AS(Transaction{db}, Error);
        db.execute("ROLLBACK");
    }
}

TEST_CASE("what completion_type adds to COMMIT and ROLLBACK does not outlive a Transaction",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    db.execute("SET completion_type = ?", GENERATE(as<std::string>{}, "CHAIN", "RELEASE"));
    int id = 10;
    auto const insert = [&] { db.execute("INSERT INTO tx_account VALUES (?, 0)", ++id); };
    {
        Transaction tx{db};
        insert();
        tx.commit();
    }
    insert(); // which is committed by itself
    CHECK(table.rows() == 4);
    {
        Transaction tx{db};
        insert();
        tx.rollback();
    }
    insert();
    CHECK(table.rows() == 5);
    {
        Transaction tx{db};
        insert();
    }
    insert();
    CHECK(table.rows() == 6);
    std::vector<std::tuple<int, int>> const rows{{1000, 1}, {1001, 1}, {1002, 1}, {1002, 1}};
    CHECK_THROWS_AS(bulk_execute(db, "INSERT INTO tx_account VALUES (?, ?)", rows), BulkError);
    CHECK_THROWS_AS(
        bulk_execute(db, "INSERT INTO tx_account VALUES (?, ?)", rows, {.atomic = true}),
        BulkError);
    insert();
    CHECK(table.rows() == 10);
    bulk_execute(db, "INSERT INTO tx_account VALUES (?, ?)",
                 std::vector<std::tuple<int, int>>{{2000, 1}, {2001, 1}});
    insert();
    CHECK(table.rows() == 13);
    CHECK(db.usable());
}

TEST_CASE("an isolation level does not outlive the Transaction that did not begin with it",
          "[integration][transaction]")
{
    struct ReadOnlyServer {
        Connection db = admin();
        ReadOnlyServer() { db.execute("SET GLOBAL read_only = 1"); }
        ReadOnlyServer(ReadOnlyServer const&) = delete;
        ReadOnlyServer& operator=(ReadOnlyServer const&) = delete;
        ~ReadOnlyServer() { db.execute("SET GLOBAL read_only = 0"); }
    };
    Table table;
    auto db = builder().connect();
    {
        ReadOnlyServer const server;
        Error const error = error_of([&] {
            Transaction{db, {.isolation = Isolation::serializable, .read_write = true}};
        });
        CHECK(error.code() == 1290);
    }
    Transaction tx{db};
    CHECK(tx.query_value<int>("SELECT COUNT(*) FROM tx_account") == 2);
    // A serializable one would have locked what it read.
    table.db.execute("SET SESSION innodb_lock_wait_timeout = 1");
    CHECK(table.db.execute("UPDATE tx_account SET balance = 1").affected_rows == 2);
}

TEST_CASE("a statement that commits by itself is noticed", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    SECTION("at once by execute()")
    {
        Transaction tx{db};
        move(tx, 10);
        Error const error = error_of([&] { tx.execute("CREATE TABLE tx_made (a INT)"); });
        INFO(error.what());
        CHECK(error.sqlstate() == "25000");
        CHECK_FALSE(error.retryable());
        CHECK_FALSE(error.poisons_connection());
        CHECK_FALSE(tx.is_active());
        CHECK(table.balance(1) == 90); // committed
        CHECK_THROWS_AS(tx.commit(), Error);
        CHECK_THROWS_AS(tx.rollback(), Error);
        CHECK_THROWS_AS(tx.execute("UPDATE tx_account SET balance = 0"), Error);
        CHECK(table.balance(1) == 90);
    }
    SECTION("by whatever call it was run")
    {
        Transaction tx{db};
        move(tx, 10);
        db.execute("CREATE TABLE tx_made (a INT)");
        CHECK_FALSE(tx.is_active());
        CHECK_THROWS_AS(tx.commit(), Error);
    }
    SECTION("in a batch")
    {
        Transaction tx{db};
        move(tx, 10);
        Pipeline batch{db};
        batch.execute("CREATE TABLE tx_made (a INT)");
        batch.execute("DO 1");
        batch.run();
        CHECK_THROWS_AS(tx.commit(), Error);
    }
    SECTION("even if it fails")
    {
        Transaction tx{db};
        move(tx, 10);
        CHECK(error_of([&] { tx.execute("CREATE TABLE tx_account (a INT)"); }).code() == 1050);
        Error const error =
            error_of([&] { tx.execute("UPDATE tx_account SET balance = 0 WHERE id = 1"); });
        INFO(error.what());
        CHECK(std::string_view{error.what()}.find("1050") != std::string_view::npos);
        CHECK(table.balance(1) == 90);
        CHECK_THROWS_AS(tx.rollback(), Error);
    }
    SECTION("COMMIT and ROLLBACK as text")
    {
        for (Sql const statement : {Sql{"COMMIT"}, Sql{"ROLLBACK"}}) {
            Transaction tx{db};
            move(tx, 10);
            CHECK_THROWS_AS(tx.execute(statement), Error);
            CHECK_THROWS_AS(db.execute("DO 1"), Error);
            CHECK_THROWS_AS(Transaction{db}, Error);
            CHECK_THROWS_AS(tx.rollback(), Error); // which it cannot know
            db.execute("DO 1");
        }
        CHECK(table.balance(1) == 90);
    }
    SECTION("a reset")
    {
        Transaction tx{db};
        move(tx, 10);
        db.reset();
        CHECK_THROWS_AS(tx.commit(), Error);
        CHECK(table.balance(1) == 100);
    }
    CHECK(db.usable());
    Transaction next{db};
    next.commit();
}

namespace {

/// All ways to have a statement run on a connection: each adds row 50.
std::vector<std::pair<char const*, std::function<void(Connection&, PreparedStatement&)>>> const&
ways_to_write()
{
    static std::vector<
        std::pair<char const*, std::function<void(Connection&, PreparedStatement&)>>> const ways{
        {"execute",
         [](Connection& db, PreparedStatement&) {
             db.execute("INSERT INTO tx_account VALUES (50, 1)");
         }},
        {"execute with parameters",
         [](Connection& db, PreparedStatement&) {
             db.execute("INSERT INTO tx_account VALUES (?, ?)", 50, 1);
         }},
        {"a composed statement",
         [](Connection& db, PreparedStatement&) {
             db.execute(sealsql::compose("INSERT INTO tx_account VALUES (?, 1)", 50));
         }},
        {"a prepared statement",
         [](Connection&, PreparedStatement& insert) { insert.execute(50, 1); }},
        {"one that is prepared now",
         [](Connection& db, PreparedStatement&) {
             db.prepare("INSERT INTO tx_account VALUES (50, 1) /* now */").execute();
         }},
        {"several results",
         [](Connection& db, PreparedStatement&) {
             Results results{db, "INSERT INTO tx_account VALUES (50, 1)"};
             results.finish();
         }},
        {"a batch of one",
         [](Connection& db, PreparedStatement&) {
             Pipeline batch{db};
             batch.execute("INSERT INTO tx_account VALUES (?, ?)", 50, 1);
             batch.run();
         }},
        {"a batch of two",
         [](Connection& db, PreparedStatement&) {
             Pipeline batch{db};
             batch.execute("INSERT INTO tx_account VALUES (50, 1)");
             batch.execute("INSERT INTO tx_account VALUES (51, 1)");
             batch.run();
         }},
        {"in bulk",
         [](Connection& db, PreparedStatement&) {
             bulk_execute(db, "INSERT INTO tx_account VALUES (?, ?)",
                          std::vector<std::tuple<int, int>>{{50, 1}, {51, 1}});
         }},
        {"in bulk, atomically",
         [](Connection& db, PreparedStatement&) {
             bulk_execute(db, "INSERT INTO tx_account VALUES (?, ?)",
                          std::vector<std::tuple<int, int>>{{50, 1}, {51, 1}}, {.atomic = true});
         }},
        {"LOAD DATA",
         [](Connection& db, PreparedStatement&) {
             load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE tx_account",
                       std::string_view{"50\t1\n"});
         }},
        {"in pieces",
         [](Connection& db, PreparedStatement&) {
             execute_in_pieces(db, "INSERT INTO tx_account VALUES (?, ?)", 50,
                               BlobSource{std::string_view{"1"}});
         }},
    };
    return ways;
}

} // namespace

TEST_CASE("when a transaction is over, nothing of what was meant for it is stored by itself",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().local_infile().connect();
    auto insert = db.prepare("INSERT INTO tx_account VALUES (?, ?)");
    auto const stored = [&] {
        return table.db.query_value<int>(
            "SELECT COUNT(*) FROM tx_account WHERE id BETWEEN 50 AND 59");
    };
    enum class End { deadlock, commits, fails, text };
    auto const how = GENERATE(End::deadlock, End::commits, End::fails, End::text);
    auto const end_it = [&](Connection& on) {
        switch (how) {
        case End::deadlock:
            CHECK(lost_deadlock([&] {
                      on.execute("UPDATE tx_account SET balance = 0 WHERE id = 1");
                      on.execute("UPDATE tx_account SET balance = 0 WHERE id = 2");
                  }).code() == 1213);
            table.db.execute("DELETE FROM tx_account WHERE id BETWEEN 30 AND 35");
            break;
        case End::commits:
            on.execute("CREATE TABLE IF NOT EXISTS tx_made (a INT)");
            break;
        case End::fails:
            CHECK(error_of([&] { on.execute("CREATE TABLE tx_account (a INT)"); }).code() == 1050);
            break;
        case End::text:
            on.execute("COMMIT");
            break;
        }
    };
    for (auto const& named : ways_to_write()) {
        auto const& name = named.first;
        auto const& way = named.second;
        CAPTURE(static_cast<int>(how), name);
        {
            Transaction tx{db};
            end_it(db);
            for (int time = 0; time < 2; ++time) {
                Error const error = error_of([&] { way(db, insert); });
                CAPTURE(error.what());
                CHECK(error.origin() == ErrorOrigin::client);
                CHECK(error.retryable() == (how == End::deadlock));
                CHECK(error.sqlstate() == (how == End::deadlock ? "40000" : "25000"));
                CHECK(error.remedy().find("let the Transaction go") != std::string::npos);
                CHECK_FALSE(error.poisons_connection());
                if (how == End::deadlock)
                    CHECK(error.message().find("1213") != std::string::npos);
            }
            // What cleans up, and what asks.
            db.ping();
            static_cast<void>(db.warnings());
            db.execute(" rollback work ; ");
            CHECK_THROWS_AS(Transaction{db}, Error);
            CHECK_THROWS_AS(way(db, insert), Error);
            CHECK_THROWS_AS(tx.commit(), Error);
            CHECK_THROWS_AS(way(db, insert), Error);
            CHECK_FALSE(tx.is_active());
            CHECK(stored() == 0);
        }
        // It is gone.
        way(db, insert);
        CHECK(stored() != 0);
        CHECK(db.query_value<int>("SELECT @@autocommit") == 1);
        table.db.execute("DELETE FROM tx_account WHERE id BETWEEN 50 AND 59");
    }
    // And within one.
    for (auto const& named : ways_to_write()) {
        auto const& name = named.first;
        auto const& way = named.second;
        CAPTURE(name);
        Transaction tx{db};
        way(db, insert);
        CHECK(stored() == 0);
        tx.rollback();
    }
    {
        Transaction tx{db};
        end_it(db);
        CHECK_THROWS_AS(db.execute("DO 1"), Error);
        if (how == End::deadlock)
            tx.rollback();
        else
            CHECK_THROWS_AS(tx.rollback(), Error);
        db.execute("INSERT INTO tx_account VALUES (50, 1)"); // he knows
        CHECK(stored() == 1);
    }
}

TEST_CASE("an error by whatever call has the server asked whether the transaction goes on",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    Transaction tx{db};
    move(tx, 10);
    CHECK(error_of([&] { db.execute("INSERT INTO tx_account VALUES (1, 1)"); }).code() == 1062);
    REQUIRE(db.warnings().size() == 1);
    CHECK(db.warnings()[0].code == 1062);
    db.execute("INSERT INTO tx_account VALUES (3, 1)");
    CHECK(tx.is_active());
    tx.commit();
    CHECK(table.rows() == 3);
}

TEST_CASE("a reset does not let what was meant for a transaction be stored",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().init_statement("SET @begun = 1").connect();
    {
        Transaction tx{db};
        move(tx, 10);
        db.reset();
        CHECK_THROWS_AS(db.execute("INSERT INTO tx_account VALUES (50, 1)"), Error);
        CHECK_THROWS_AS(tx.commit(), Error);
    }
    CHECK(db.query_value<int>("SELECT @begun") == 1);
    CHECK(table.rows() == 2);
    CHECK(table.balance(1) == 100);
}

TEST_CASE("no statement begins a transaction within one", "[integration][transaction]")
{
    Table table;
    auto db = builder().multi_statements().connect();
    Transaction tx{db};
    move(tx, 10);
    for (char const* const sql :
         {"START TRANSACTION", " start transaction read only", "/* so */ begin",
          "-- so\nBEGIN WORK", "BEGIN;", "COMMIT AND CHAIN", "rollback work and chain",
          "DO 1; BEGIN", "DO ';' ;  START  TRANSACTION"}) {
        CAPTURE(sql);
        CHECK(error_of([&] { db.execute(Sql::unchecked(sql)); }).sqlstate() == "25001");
        CHECK(error_of([&] { tx.execute(Sql::unchecked(sql)); }).sqlstate() == "25001");
        CHECK(error_of([&] { static_cast<void>(db.prepare(Sql::unchecked(sql))); }).sqlstate() ==
              "25001");
        CHECK(error_of([&] { Results{db, Sql::unchecked(sql)}; }).sqlstate() == "25001");
        for (bool const is_alone : {true, false}) {
            Pipeline batch{db};
            batch.execute(Sql::unchecked(sql));
            if (!is_alone)
                batch.execute("DO 1");
            CHECK(error_of([&] { batch.run(); }).sqlstate() == "25001");
        }
    }
    for (char const* const sql : {"DO 1; DO 'BEGIN'", "SET @begin = 1 -- ; BEGIN",
                                  "ROLLBACK TO SAVEPOINT begin_with", "SELECT 1 AS chain"}) {
        CAPTURE(sql);
        tx.execute("SAVEPOINT begin_with");
        Results results{db, Sql::unchecked(sql)};
        results.finish();
    }
    tx.commit();
    CHECK(table.balance(1) == 90);
    if (Server::get().is_mariadb()) { // one that was prepared before
        auto begin = db.prepare("START TRANSACTION");
        Transaction next{db};
        CHECK(error_of([&] { begin.execute(); }).sqlstate() == "25001");
        db.execute("BEGIN NOT ATOMIC DO 1; END");
        next.commit();
    }
}

TEST_CASE("of a batch nothing stays either where autocommit was off before",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().init_statement("SET autocommit = 0").connect();
    {
        Transaction tx{db};
        Pipeline batch{db};
        batch.execute("UPDATE tx_account SET balance = 0 WHERE id = 1");
        batch.execute("UPDATE tx_account SET balance = 0 WHERE id = 2");
        batch.execute("INSERT INTO tx_account VALUES (99, 1)");
        CHECK(lost_deadlock([&] { batch.run(); }).code() == 1213);
        CHECK_FALSE(tx.is_active());
        CHECK_THROWS_AS(db.execute("INSERT INTO tx_account VALUES (98, 1)"), Error);
        CHECK_THROWS_AS(tx.commit(), Error);
    }
    CHECK(db.query_value<int>("SELECT @@autocommit") == 0);
    db.execute("COMMIT");
    CHECK(table.db.query_value<int>("SELECT COUNT(*) FROM tx_account WHERE id > 90") == 0);
}

TEST_CASE(
    "a batch's error that leaves the transaction's scope leaves nothing either where autocommit "
    "was off before",
    "[integration][transaction]")
{
    Table table;
    auto db = builder().init_statement("SET autocommit = 0").connect();
    CHECK(lost_deadlock([&] {
              Transaction const tx{db};
              Pipeline batch{db};
              batch.execute("UPDATE tx_account SET balance = 0 WHERE id = 1");
              batch.execute("UPDATE tx_account SET balance = 0 WHERE id = 2");
              batch.execute("INSERT INTO tx_account VALUES (99, 1)");
              batch.run();
          }).code() == 1213);
    CHECK(db.query_value<int>("SELECT @@autocommit") == 0);
    db.execute("COMMIT");
    CHECK(table.db.query_value<int>("SELECT COUNT(*) FROM tx_account WHERE id > 90") == 0);
}

TEST_CASE(
    "nothing stays of what came behind a statement that commits, where autocommit was off before",
    "[integration][transaction]")
{
    Table table;
    auto db = builder().init_statement("SET autocommit = 0").multi_statements().connect();
    bool const is_batch = GENERATE(false, true);
    bool const is_noticed = GENERATE(false, true);
    CAPTURE(is_batch, is_noticed);
    {
        Transaction tx{db};
        if (is_batch) {
            Pipeline batch{db};
            batch.execute("CREATE TABLE IF NOT EXISTS tx_made (a INT)");
            batch.execute("INSERT INTO tx_account VALUES (99, 1)");
            batch.run();
        } else {
            Results results{db, "CREATE TABLE IF NOT EXISTS tx_made (a INT); "
                                "INSERT INTO tx_account VALUES (99, 1)"};
            results.finish();
        }
        CHECK_FALSE(tx.is_active());
        if (is_noticed)
            CHECK_THROWS_AS(tx.commit(), Error);
    }
    CHECK(db.usable());
    db.execute("COMMIT");
    CHECK(table.db.query_value<int>("SELECT COUNT(*) FROM tx_account WHERE id > 90") == 0);
}

TEST_CASE("a transaction that is over does nothing to the next one", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    std::optional<Transaction> first{std::in_place, db};
    first->execute("INSERT INTO tx_account VALUES (97, 1)");
    first->rollback();
    {
        Transaction second{db};
        Pipeline batch{db};
        batch.execute("INSERT INTO tx_account VALUES (98, 1)");
        batch.execute("INSERT INTO tx_account VALUES (99, 1)");
        batch.run();
        first->rollback();
        CHECK(table.rows() == 2);
        CHECK(second.is_active());
        CHECK(db.query_value<int>("SELECT @@autocommit") == 0);
        first.reset();
        CHECK(table.rows() == 2);
        CHECK(second.is_active());
        CHECK(db.query_value<int>("SELECT @@autocommit") == 0);
    }
    CHECK(table.rows() == 2);
    CHECK(db.query_value<int>("SELECT @@autocommit") == 1);
}

TEST_CASE("nothing comes along with a ROLLBACK of a transaction that is over",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().multi_statements().connect();
    Transaction tx{db};
    db.execute("CREATE TABLE IF NOT EXISTS tx_made (a INT)");
    for (char const* const sql :
         {"ROLLBACK; /*!50000 DELETE FROM tx_account */", "ROLLBACK; DELETE FROM tx_account",
          "ROLLBACK /*!50000 ; DELETE FROM tx_account */"}) {
        CAPTURE(sql);
        CHECK(error_of([&] { Results{db, Sql::unchecked(sql)}.finish(); }).sqlstate() == "25000");
    }
    db.execute("ROLLBACK; -- and no more");
    CHECK(table.rows() == 2);
}

TEST_CASE("an error of a statement leaves the transaction as the server has it",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    Transaction tx{db};
    move(tx, 10);
    CHECK(error_of([&] { tx.execute("INSERT INTO tx_account VALUES (?, 0)", 1); }).code() == 1062);
    CHECK(tx.is_active());
    tx.execute("INSERT INTO tx_account VALUES (?, 0)", 3);
    tx.commit();
    CHECK(table.rows() == 3);
    CHECK(table.balance(1) == 90);
}

TEST_CASE("a deadlock ends the whole transaction", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    auto other = builder().connect();
    Transaction tx{db};
    tx.execute("UPDATE tx_account SET balance = balance - 1 WHERE id = 1");
    // The other one has changed more rows, so that it is this one that is rolled back.
    Transaction heavy{other};
    heavy.execute("INSERT INTO tx_account VALUES (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (8, 1)");
    heavy.execute("UPDATE tx_account SET balance = balance - 1 WHERE id = 2");
    auto waits = std::async(std::launch::async, [&] {
        heavy.execute("UPDATE tx_account SET balance = balance - 1 WHERE id = 1");
    });
    auto const lock_waits = [&] {
        return admin().query_value<int>(
            "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
    };
    for (int tries = 0; tries < 200 && lock_waits() == 0; ++tries)
        std::this_thread::sleep_for(120ms);
    Error const deadlock =
        error_of([&] { tx.execute("UPDATE tx_account SET balance = balance - 1 WHERE id = 2"); });
    CHECK(deadlock.code() == 1213);
    CHECK(deadlock.retryable());
    waits.get();
    CHECK_FALSE(tx.is_active());
    Error const next = error_of([&] { tx.execute("DELETE FROM tx_account"); });
    CHECK(std::string_view{next.what()}.find("1213") != std::string_view::npos);
    CHECK(next.retryable());
    CHECK_THROWS_AS(tx.commit(), Error);
    tx.rollback(); // which it is
    heavy.commit();
    CHECK(table.rows() == 8);
    CHECK(db.usable());
}

TEST_CASE(
    "of a batch nothing stays when the server takes its transaction back at one of its statements",
    "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    Transaction tx{db};
    Pipeline batch{db};
    batch.execute("UPDATE tx_account SET balance = 0 WHERE id = 1");
    batch.execute("UPDATE tx_account SET balance = 0 WHERE id = 2");
    batch.execute("INSERT INTO tx_account VALUES (99, 1)");
    batch.execute("INSERT INTO tx_account VALUES (?, ?)", 98, 1);
    CHECK(lost_deadlock([&] { batch.run(); }).code() == 1213);
    CHECK_FALSE(tx.is_active());
    SECTION("and it cannot be committed")
    {
        Error const error = error_of([&] { tx.commit(); });
        CHECK(error.code() != 1213);
        CHECK(error.retryable());
    }
    SECTION("or gone on with")
    {
        CHECK(error_of([&] { tx.execute("INSERT INTO tx_account VALUES (97, 1)"); }).retryable());
    }
    SECTION("however it is rolled back") { tx.rollback(); }
    tx.rollback();
    CHECK(table.db.query_value<int>("SELECT COUNT(*) FROM tx_account WHERE id > 90") == 0);
    CHECK(table.balance(1) == 99);
    // What comes later is committed by itself again.
    db.execute("INSERT INTO tx_account VALUES (96, 1)");
    CHECK(table.db.query_value<int>("SELECT COUNT(*) FROM tx_account WHERE id = 96") == 1);
}

TEST_CASE("autocommit is on again after a transaction with a batch, whichever way it ends",
          "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    bool const is_committed = GENERATE(false, true);
    {
        Transaction tx{db};
        Pipeline batch{db};
        batch.execute("INSERT INTO tx_account VALUES (98, 1)");
        batch.execute("INSERT INTO tx_account VALUES (99, 1)");
        batch.run();
        if (is_committed)
            tx.commit();
    }
    CHECK(table.rows() == (is_committed ? 4 : 2));
    CHECK(db.query_value<int>("SELECT @@autocommit") == 1);
    db.execute("INSERT INTO tx_account VALUES (97, 1)");
    CHECK(table.rows() == (is_committed ? 5 : 3));
}

TEST_CASE("of a bulk operation that loses a deadlock no later row stays",
          "[integration][transaction]")
{
    enum class Within { nothing, transaction, statement, autocommit_off };
    Table table;
    table.db.execute("INSERT INTO tx_account VALUES (3, 100), (4, 100), (5, 0)");
    auto db = builder().connect();
    // Enough for a unit that has been sent before, which changes nothing, or else the other would lose.
    std::vector<std::tuple<int, int>> rows(200, {0, 5});
    rows.insert(rows.end(), {{0, 1}, {0, 2}, {0, 3}, {0, 4}});
    auto const within =
        GENERATE(Within::nothing, Within::transaction, Within::statement, Within::autocommit_off);
    bool const is_atomic = GENERATE(false, true);
    bool const is_array = Server::get().is_mariadb() && GENERATE(false, true);
    std::string const update = std::string{"UPDATE tx_account SET balance = ? WHERE id = ? AND "} +
                               (is_array ? "balance <> 0" : "balance <> @@pseudo_thread_id * 0");
    CAPTURE(static_cast<int>(within), is_atomic, is_array);
    {
        std::optional<Transaction> tx;
        if (within == Within::transaction)
            tx.emplace(db);
        if (within == Within::statement)
            db.execute("START TRANSACTION");
        if (within == Within::autocommit_off)
            db.execute("SET autocommit = 0");
        Error const error = lost_deadlock([&] {
            try {
                bulk_execute(db, Sql::unchecked(update), rows, {.atomic = is_atomic});
            } catch (BulkError const& failed) {
                std::uint64_t const before = is_array ? 0 : 128;
                CHECK(failed.row() == before);
                CHECK(failed.rows_applied() ==
                      (within == Within::nothing && !is_atomic ? before : 0));
                throw;
            }
        });
        CHECK(error.code() == 1213);
        CHECK(error.retryable());
        if (tx)
            CHECK_FALSE(tx->is_active());
        else
            db.execute("COMMIT");
    }
    CHECK(table.balance(1) == 99);
    CHECK(table.balance(3) == 100);
    CHECK(table.balance(4) == 100);
    if (within == Within::autocommit_off)
        db.execute("SET autocommit = 1");
    CHECK(db.query_value<int>("SELECT @@autocommit") == 1);
    db.execute("INSERT INTO tx_account VALUES (97, 1)");
    CHECK(table.db.query_value<int>("SELECT COUNT(*) FROM tx_account WHERE id = 97") == 1);
}

TEST_CASE("a bulk operation that waits too long for a lock leaves the caller's transaction",
          "[integration][transaction]")
{
    Table table;
    bool const is_autocommit = GENERATE(false, true);
    CAPTURE(is_autocommit);
    auto db = builder().connect();
    db.execute("SET SESSION innodb_lock_wait_timeout = 1");
    auto other = builder().connect();
    Transaction holder{other};
    holder.execute("UPDATE tx_account SET balance = 0 WHERE id = 2");
    if (is_autocommit)
        db.execute("START TRANSACTION");
    else
        db.execute("SET autocommit = 0");
    db.execute("INSERT INTO tx_account VALUES (3, 100)");
    std::vector<std::tuple<int, int>> rows(128, {50, 3});
    rows.insert(rows.end(), {{60, 3}, {0, 2}, {70, 3}});
    try {
        bulk_execute(db, "UPDATE tx_account SET balance = ? + 0 * @@autocommit WHERE id = ?", rows);
        FAIL("it got the lock");
    } catch (BulkError const& error) {
        CHECK(error.code() == 1205);
        CHECK(error.rows_applied() == 128);
    }
    db.execute("COMMIT");
    CHECK(table.balance(3) == 50);
}

TEST_CASE("a lock that is not had in time costs the statement only", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    db.execute("SET SESSION innodb_lock_wait_timeout = 1");
    auto other = builder().connect();
    Transaction holder{other};
    holder.execute("UPDATE tx_account SET balance = 0 WHERE id = 2");
    Transaction tx{db};
    tx.execute("UPDATE tx_account SET balance = 1 WHERE id = 1");
    CHECK(error_of([&] { tx.execute("UPDATE tx_account SET balance = 1 WHERE id = 2"); }).code() ==
          1205);
    tx.commit();
    CHECK(table.balance(1) == 1);
}

TEST_CASE("savepoints, one in the other", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    Transaction tx{db};
    auto const insert = [&](int id) { tx.execute("INSERT INTO tx_account VALUES (?, 0)", id); };
    auto const count = [&] { return tx.query_value<int>("SELECT COUNT(*) FROM tx_account"); };
    insert(10);
    {
        Savepoint outer{tx};
        insert(11);
        {
            Savepoint inner{tx};
            insert(12);
        }
        CHECK(count() == 4);
        {
            Savepoint inner{tx};
            insert(13);
            inner.release();
            CHECK_THROWS_AS(inner.release(), Error);
            CHECK_THROWS_AS(inner.rollback(), Error);
        }
        CHECK(count() == 5);
        {
            Savepoint inner{tx};
            insert(14);
            inner.rollback();
            CHECK(count() == 5);
        }
        {
            // An outer one takes those in it along.
            Savepoint inner{tx};
            insert(15);
            outer.rollback();
            CHECK_THROWS_AS(inner.release(), Error);
        }
        CHECK(count() == 3);
    }
    {
        Savepoint after_error{tx};
        insert(20);
        CHECK_THROWS_AS(insert(20), Error);
    }
    CHECK(count() == 3);
    {
        Savepoint kept{tx};
        insert(30);
        kept.release();
    }
    tx.commit();
    CHECK(table.rows() == 4);
    CHECK_THROWS_AS(Savepoint{tx}, Error);

    // Where it cannot be rolled back to, the transaction cannot be committed.
    Transaction broken{db};
    {
        Savepoint lost{broken};
        broken.execute("INSERT INTO tx_account VALUES (40, 0)");
        db.execute("RELEASE SAVEPOINT sealsql_1");
    }
    CHECK(broken.is_active());
    CHECK_THROWS_AS(broken.commit(), Error);
    broken.rollback();
    CHECK(table.rows() == 4);
}

TEST_CASE("a lost connection takes its transaction along", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    auto const kill = [&] {
        table.db.execute(Sql::unchecked("KILL " + std::to_string(db.connection_id())));
        // Until the server has let go.
        for (int tries = 0;
             tries < 500 && table.db.query_value<int>(
                                "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?",
                                db.connection_id()) != 0;
             ++tries)
            std::this_thread::sleep_for(10ms);
    };
    SECTION("noticed by a statement")
    {
        Transaction tx{db};
        move(tx, 10);
        kill();
        Error const error = error_of([&] { move(tx, 10); });
        CHECK(error.poisons_connection());
        CHECK(error.retryable());
        CHECK_FALSE(tx.is_active());
        Error const commit = error_of([&] { tx.commit(); });
        CHECK(commit.sqlstate() != "08007"); // COMMIT was not sent
        tx.rollback();
    }
    SECTION("noticed by commit(): nobody knows")
    {
        Transaction tx{db};
        move(tx, 10);
        kill();
        try {
            tx.commit();
            FAIL("the connection is gone");
        } catch (CommitUnknown const& error) {
            CHECK(error.sqlstate() == "08007");
            CHECK_FALSE(error.retryable());
            CHECK(error.poisons_connection());
        }
    }
    SECTION("noticed by rollback() and the destructor: it comes to the same")
    {
        {
            Transaction tx{db};
            move(tx, 10);
            kill();
            tx.rollback();
        }
        db = builder().connect();
        {
            Transaction tx{db};
            Savepoint savepoint{tx};
            move(tx, 10);
            kill();
        }
        CHECK_FALSE(db.usable());
    }
    CHECK(table.balance(1) == 100);
}

TEST_CASE("rows that are open when a transaction ends", "[integration][transaction]")
{
    Table table;
    auto db = builder().connect();
    {
        Transaction tx{db};
        move(tx, 10);
        {
            auto rows = tx.query("SELECT id FROM tx_account");
            CHECK(error_of([&] { tx.commit(); }).code() == 2014);
            CHECK(error_of([&] { tx.rollback(); }).code() == 2014);
        }
        tx.commit();
    }
    CHECK(table.balance(1) == 90);
    {
        std::optional<Rows<Row>> rows;
        Transaction tx{db};
        move(tx, 10);
        rows = tx.query("SELECT id FROM tx_account");
    }
    CHECK_FALSE(db.usable());
    CHECK(table.balance(1) == 90);
}
