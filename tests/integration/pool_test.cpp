// The pool against a real server: who gets what, what passes from one borrower to the next, and how it ends.

#include "server.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/detail/plain_statement.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/results.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"
#include "support/soon.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

/// The connection has gone when this returns.
void kill(std::uint64_t id)
{
    auto root = admin();
    // The list of processes leaves it out before its end is sent.
    REQUIRE(soon([&] {
        try {
            root.execute(Sql::unchecked("KILL " + std::to_string(id)));
            return false;
        } catch (Error const& error) {
            return error.code() == 1094; // no such thread
        }
    }));
}

std::uint64_t id_of(ConnectionPool& pool)
{
    auto const db = pool.acquire();
    return db->connection_id();
}

bool answers(ConnectionPool& pool)
{
    auto const db = pool.acquire();
    return db->query_value<int>("SELECT 1") == 1;
}

/// What one borrower does to the session, and what the next one must not see.
struct Trace {
    char const* name;
    std::function<void(Connection&)> leave;
    /// True if it is still there.
    std::function<bool(Connection&)> is_there;
};

bool is_free(char const* lock)
{
    return admin().query_value<std::optional<int>>("SELECT IS_FREE_LOCK(?)", lock) == 1;
}

std::vector<Trace> traces()
{
    bool const is_mariadb = Server::get().is_mariadb();
    std::vector<Trace> all{
        {"user variable", [](Connection& db) { db.execute("SET @pool_secret = 'x'"); },
         [](Connection& db) {
             return db.query_value<std::optional<std::string>>("SELECT @pool_secret").has_value();
         }},
        {"user variable of a SELECT",
         [](Connection& db) {
             static_cast<void>(db.query_all<std::optional<int>>("SELECT @pool_seen := 1"));
         },
         [](Connection& db) {
             return db.query_value<std::optional<std::string>>("SELECT @pool_seen").has_value();
         }},
        {"temporary table",
         [](Connection& db) { db.execute("CREATE TEMPORARY TABLE pool_temp (a INT)"); },
         [](Connection& db) {
             try {
                 static_cast<void>(db.query_all<int>("SELECT a FROM pool_temp"));
                 return true;
             } catch (Error const&) {
                 return false;
             }
         }},
        {"session variable",
         [](Connection& db) { db.execute("SET SESSION sort_buffer_size = 65536"); },
         [](Connection& db) {
             return db.query_value<std::int64_t>("SELECT @@sort_buffer_size") == 65536;
         }},
        {"SQL mode", [](Connection& db) { db.execute("SET sql_mode = 'ANSI_QUOTES'"); },
         [](Connection& db) {
             return db.query_value<std::string>("SELECT @@sql_mode") == "ANSI_QUOTES";
         }},
        {"autocommit", [](Connection& db) { db.execute("SET autocommit = 0"); },
         [](Connection& db) { return db.query_value<int>("SELECT @@autocommit") == 0; }},
        {"database", [](Connection& db) { db.execute("USE information_schema"); },
         [](Connection& db) {
             return db.query_value<std::string>("SELECT DATABASE()") == "information_schema";
         }},
        {"character set", [](Connection& db) { db.execute("SET NAMES latin1"); },
         [](Connection& db) {
             return db.query_value<std::string>("SELECT @@character_set_client") == "latin1" ||
                    db.character_set() == "latin1";
         }},
        {"lock by GET_LOCK",
         [](Connection& db) { CHECK(db.query_value<int>("SELECT GET_LOCK('pool_lock', 1)") == 1); },
         [](Connection&) { return !is_free("pool_lock"); }},
        {"lock that a trigger takes",
         [](Connection& db) { db.execute("INSERT INTO pool_locking VALUES (1)"); },
         [](Connection&) { return !is_free("pool_locked"); }},
        {"lock that a trigger takes, of a prepared statement",
         [](Connection& db) { db.execute("INSERT INTO pool_locking VALUES (?)", 2); },
         [](Connection&) { return !is_free("pool_locked"); }},
        {"the same, prepared before",
         [](Connection& db) { db.execute("INSERT INTO pool_locking VALUES (?)", 3); },
         [](Connection&) { return !is_free("pool_locked"); }},
        {"lock that a trigger takes, in a batch",
         [](Connection& db) {
             Pipeline batch{db};
             batch.execute("INSERT INTO pool_locking VALUES (?)", 4);
             batch.run();
         },
         [](Connection&) { return !is_free("pool_locked"); }},
        {"stored function with the name of one of the server's",
         [](Connection& db) { static_cast<void>(db.query_all<int>("SELECT sum (1)")); },
         [](Connection&) { return !is_free("pool_summed"); }},
        {"lock by GET_LOCK in a prepared statement",
         [](Connection& db) {
             CHECK(db.query_value<int>("SELECT get_lock (?, 1)", "pool_lock_2") == 1);
         },
         [](Connection&) { return !is_free("pool_lock_2"); }},
        {"lock by GET_LOCK in a prepared statement that is run again",
         [](Connection& db) {
             auto prepared = db.prepare("SELECT `get_lock`(?, 1)");
             CHECK(prepared.query_value<int>("pool_lock_3") == 1);
         },
         [](Connection&) { return !is_free("pool_lock_3"); }},
        {"lock by GET_LOCK in a stored function",
         [](Connection& db) {
             CHECK(db.query_value<int>("SELECT pool_lock_it('pool_lock_4')") == 1);
         },
         [](Connection&) { return !is_free("pool_lock_4"); }},
        {"lock by GET_LOCK in a pipeline",
         [](Connection& db) {
             Pipeline batch{db};
             batch.execute("SELECT 1");
             batch.execute("DO GET_LOCK('pool_lock_5', 1)");
             batch.run();
         },
         [](Connection&) { return !is_free("pool_lock_5"); }},
        {"variable of a stored function",
         [](Connection& db) { CHECK(db.query_value<int>("SELECT pool_note()") == 1); },
         [](Connection& db) {
             return db.query_value<std::optional<std::string>>("SELECT @pool_noted").has_value();
         }},
        {"variable of a trigger",
         [](Connection& db) { db.execute("INSERT INTO pool_triggered VALUES (1)"); },
         [](Connection& db) {
             return db.query_value<std::optional<std::string>>("SELECT @pool_noted").has_value();
         }},
        {"LOCK TABLES", [](Connection& db) { db.execute("LOCK TABLES pool_table READ"); },
         [](Connection& db) {
             try {
                 db.execute("INSERT INTO pool_table VALUES (77)"); // 1099 while locked
                 return false;
             } catch (Error const&) {
                 return true;
             }
         }},
        {"open transaction",
         [](Connection& db) {
             db.execute("START TRANSACTION");
             db.execute("INSERT INTO pool_table VALUES (1)");
         },
         [](Connection& db) {
             return db.query_value<int>("SELECT COUNT(*) FROM pool_table WHERE a = 1") != 0;
         }},
        {"open transaction of a prepared statement",
         [](Connection& db) {
             db.execute("SET autocommit = 0");
             db.execute("INSERT INTO pool_table VALUES (?)", 2);
         },
         [](Connection& db) {
             return db.query_value<int>("SELECT COUNT(*) FROM pool_table WHERE a = 2") != 0;
         }},
        {"isolation level of the next transaction",
         [](Connection& db) { db.execute("SET TRANSACTION READ ONLY"); },
         [](Connection& db) {
             try {
                 db.execute("INSERT INTO pool_table VALUES (3)");
                 return false;
             } catch (Error const&) {
                 return true; // 1792
             }
         }},
        {"statement by SQL PREPARE",
         [](Connection& db) { db.execute("PREPARE pool_prepared FROM 'SELECT 1'"); },
         [](Connection& db) {
             try {
                 static_cast<void>(db.query_all<int>("EXECUTE pool_prepared"));
                 return true;
             } catch (Error const&) {
                 return false; // 1243
             }
         }},
        {"HANDLER", [](Connection& db) { db.execute("HANDLER pool_table OPEN"); },
         [](Connection& db) {
             try {
                 static_cast<void>(db.query_all<int>("HANDLER pool_table READ FIRST"));
                 return true;
             } catch (Error const&) {
                 return false;
             }
         }},
        {"FOUND_ROWS()",
         [](Connection& db) {
             static_cast<void>(db.query_all<int>(
                 "SELECT SQL_CALC_FOUND_ROWS 1 FROM information_schema.tables LIMIT 1"));
         },
         [](Connection& db) { return db.query_value<int>("SELECT FOUND_ROWS()") > 1; }},
        {"what a procedure does", [](Connection& db) { db.execute("CALL pool_procedure()"); },
         [](Connection& db) {
             return db.query_value<std::optional<std::string>>("SELECT @pool_called").has_value();
         }},
        {"role", [](Connection& db) { db.execute("SET ROLE pool_role"); },
         [](Connection& db) {
             return db.query_value<std::optional<std::string>>("SELECT CURRENT_ROLE()")
                        .value_or("NONE")
                        .find("pool_role") != std::string::npos;
         }},
        {"XA transaction",
         [](Connection& db) {
             db.execute("XA START 'pool_xa'");
             db.execute("INSERT INTO pool_table VALUES (5)");
         },
         [](Connection& db) {
             try {
                 db.execute("START TRANSACTION"); // 1399 within one
                 return db.query_value<int>("SELECT COUNT(*) FROM pool_table WHERE a = 5") != 0;
             } catch (Error const&) {
                 return true;
             }
         }},
        {"time zone", [](Connection& db) { db.execute("SET time_zone = '+03:00'"); },
         [](Connection& db) {
             return db.query_value<std::string>("SELECT @@time_zone") == "+03:00";
         }},
    };
    if (is_mariadb) {
        all.push_back(
            {"compound statement",
             [](Connection& db) { db.execute("BEGIN NOT ATOMIC SET @pool_block = 1; END"); },
             [](Connection& db) {
                 return db.query_value<std::optional<std::string>>("SELECT @pool_block")
                     .has_value();
             }});
        all.push_back({"sequence's last value by standard words",
                       [](Connection& db) {
                           CHECK(db.query_value<int>("SELECT NEXT VALUE FOR pool_sequence") > 0);
                       },
                       [](Connection& db) {
                           return db
                               .query_value<std::optional<int>>("SELECT LASTVAL(pool_sequence)")
                               .has_value();
                       }});
        all.push_back({"sequence's last value",
                       [](Connection& db) {
                           CHECK(db.query_value<int>("SELECT NEXTVAL(pool_sequence)") > 0);
                       },
                       [](Connection& db) {
                           return db
                               .query_value<std::optional<int>>("SELECT LASTVAL(pool_sequence)")
                               .has_value();
                       }});
    }
    return all;
}

/// What the traces need, for as long as this object lives.
class Scene {
public:
    Scene()
    {
        clean();
        std::string const database = Server::get()["DATABASE"];
        db_.execute(Sql::unchecked("USE " + database));
        db_.execute("CREATE TABLE pool_table (a INT) ENGINE=InnoDB");
        db_.execute("CREATE TABLE pool_triggered (a INT) ENGINE=InnoDB");
        db_.execute("CREATE TRIGGER pool_trigger BEFORE INSERT ON pool_triggered FOR EACH ROW "
                    "SET @pool_noted = 1");
        db_.execute("CREATE TABLE pool_locking (a INT) ENGINE=InnoDB");
        db_.execute("CREATE TRIGGER pool_locker BEFORE INSERT ON pool_locking FOR EACH ROW "
                    "SET NEW.a = NEW.a + GET_LOCK('pool_locked', 1)");
        db_.execute("CREATE FUNCTION sum (a INT) RETURNS INT NO SQL "
                    "RETURN GET_LOCK('pool_summed', 1)");
        db_.execute("CREATE FUNCTION pool_lock_it(name TEXT) RETURNS INT NO SQL "
                    "RETURN GET_LOCK(name, 1)");
        db_.execute("CREATE FUNCTION pool_note() RETURNS INT NO SQL BEGIN SET @pool_noted = 1; "
                    "RETURN 1; END");
        db_.execute("CREATE PROCEDURE pool_procedure() SET @pool_called = 1");
        db_.execute("CREATE ROLE pool_role");
        std::string const user = Server::get()["USER"];
        auto const hosts =
            db_.query_all<std::string>("SELECT host FROM mysql.user WHERE user = ?", user);
        for (std::string const& host : hosts)
            db_.execute(Sql::unchecked("GRANT pool_role TO '" + user + "'@'" + host + "'"));
        if (Server::get().is_mariadb())
            db_.execute("CREATE SEQUENCE pool_sequence");
    }
    ~Scene()
    {
        try {
            clean();
        } catch (Error const&) {
        }
    }
    Scene(Scene const&) = delete;
    Scene& operator=(Scene const&) = delete;

private:
    void clean()
    {
        std::string const database = Server::get()["DATABASE"];
        db_.execute(Sql::unchecked("USE " + database));
        db_.execute("DROP TABLE IF EXISTS pool_table, pool_triggered, pool_locking");
        db_.execute("DROP FUNCTION IF EXISTS pool_lock_it");
        db_.execute("DROP FUNCTION IF EXISTS pool_note");
        db_.execute("DROP FUNCTION IF EXISTS sum ");
        db_.execute("DROP PROCEDURE IF EXISTS pool_procedure");
        db_.execute("DROP ROLE IF EXISTS pool_role");
        if (Server::get().is_mariadb())
            db_.execute("DROP SEQUENCE IF EXISTS pool_sequence");
    }

    Connection db_ = admin();
};

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
}

TEST_CASE("nothing passes from one borrower to the next", "[integration][pool]")
{
    Scene const scene;
    for (ResetPolicy const policy : {ResetPolicy::when_changed, ResetPolicy::always}) {
        ConnectionPool pool{builder().options(), {.max_size = 1, .reset = policy}};
        for (Trace const& trace : traces()) {
            INFO(trace.name);
            std::uint64_t const id = id_of(pool);
            {
                auto db = pool.acquire();
                REQUIRE(db->connection_id() == id);
                trace.leave(*db);
            }
            auto db = pool.acquire();
            // What no reset takes back costs the connection.
            bool const is_role = std::string_view{trace.name} == "role";
            CHECK((db->connection_id() == id) == !is_role);
            CHECK_FALSE(trace.is_there(*db));
        }
    }
}

TEST_CASE("each of these traces would be seen", "[integration][pool]")
{
    Scene const scene;
    for (Trace const& trace : traces()) {
        INFO(trace.name);
        auto db = builder().connect();
        trace.leave(db);
        CHECK(trace.is_there(db));
    }
}

TEST_CASE("what is taken for the server's own is no stored function", "[integration][pool]")
{
    auto db = admin();
    db.execute(Sql::unchecked("USE " + Server::get()["DATABASE"]));
    auto const is_called = [&](std::string_view word, std::string_view space) {
        std::string const name{word};
        db.execute("SET @pool_called = NULL");
        try {
            db.execute(Sql::unchecked("DROP FUNCTION IF EXISTS `" + name + "`"));
            db.execute(Sql::unchecked("CREATE FUNCTION `" + name +
                                      "` (a INT) RETURNS INT NO SQL BEGIN SET @pool_called = 1; "
                                      "RETURN 1; END"));
            static_cast<void>(
                db.query_all(Sql::unchecked("SELECT " + name + std::string{space} + "(1)")));
        } catch (Error const&) { // it is a word of the language, or wants other arguments
        }
        db.execute(Sql::unchecked("DROP FUNCTION IF EXISTS `" + name + "`"));
        return db.query_value<std::optional<std::string>>("SELECT @pool_called").has_value();
    };
    for (std::string_view const word : detail::words_before_parenthesis) {
        INFO(word);
        CHECK_FALSE(is_called(word, " "));
        CHECK_FALSE(is_called(word, ""));
    }
    for (std::string_view const word : detail::plain_functions) {
        INFO(word);
        CHECK_FALSE(is_called(word, ""));
    }
    CHECK(is_called("sum", " "));
    CHECK(is_called("pool_unknown", ""));
}

TEST_CASE("what a trigger changed before its statement failed does not pass to the next borrower",
          "[integration][pool]")
{
    auto db = admin();
    db.execute(Sql::unchecked("USE " + Server::get()["DATABASE"]));
    db.execute("DROP TABLE IF EXISTS pool_refusing");
    db.execute("CREATE TABLE pool_refusing (id INT)");
    db.execute("CREATE TRIGGER pool_refuse BEFORE INSERT ON pool_refusing FOR EACH ROW BEGIN "
               "SET @pool_refused = NEW.id; SIGNAL SQLSTATE '45000'; END");
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    {
        auto lent = pool.acquire();
        CHECK_THROWS_AS(lent->execute("INSERT INTO pool_refusing VALUES (7)"), Error);
        CHECK(lent->query_value<std::optional<int>>("SELECT 1") == 1);
        CHECK_THROWS_AS(lent->execute("INSERT INTO pool_refusing VALUES (8)"), Error);
    }
    auto lent = pool.acquire();
    CHECK_FALSE(lent->query_value<std::optional<std::string>>("SELECT @pool_refused").has_value());
    db.execute("DROP TABLE pool_refusing");
}

TEST_CASE("a pool that never resets still rolls back", "[integration][pool]")
{
    Scene const scene;
    ConnectionPool pool{builder().options(), {.max_size = 1, .reset = ResetPolicy::never}};
    {
        auto db = pool.acquire();
        db->execute("SET @pool_secret = 1");
        db->execute("SET completion_type = 'RELEASE'"); // which would cost the connection
        db->execute("START TRANSACTION");
        db->execute("INSERT INTO pool_table VALUES (1)");
    }
    auto db = pool.acquire();
    CHECK(db->query_value<int>("SELECT COUNT(*) FROM pool_table") == 0);
    CHECK(db->query_value<int>("SELECT @pool_secret") == 1);
    CHECK(pool.statistics().rollbacks == 1);
    CHECK(pool.statistics().resets == 0);
}

TEST_CASE("plain statements leave what was prepared", "[integration][pool]")
{
    Scene const scene;
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    auto const prepared = [](Connection& db) {
        return db.query_one<std::tuple<std::string, std::int64_t>>(
            "SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
    };
    std::int64_t first = 0;
    for (int i = 0; i < 10; ++i) {
        auto db = pool.acquire();
        db->execute("INSERT INTO pool_table (a) VALUES (?)", i);
        CHECK(db->query_value<int>("SELECT COUNT(*) FROM pool_table WHERE a = ?", i) == 1);
        {
            Transaction tx{*db};
            tx.execute("UPDATE pool_table SET a = a + 0 WHERE a = ?", i);
            tx.commit();
        }
        Transaction{*db, {.isolation = Isolation::read_committed}}.commit();
        static_cast<void>(db->query_all<int>("SELECT a FROM pool_table WHERE a IN (1, 2)"));
        auto const now = std::get<1>(prepared(*db));
        if (i == 0)
            first = now;
        CHECK(now == first);
    }
    CHECK(pool.statistics().resets == 0); // though each wrote
    {
        auto db = pool.acquire();
        CHECK_THROWS_AS(db->execute("INSERT INTO pool_no_table (a) VALUES (1)"), Error);
    }
    CHECK(pool.statistics().resets == 1); // what it changed before it failed nobody would say
}

TEST_CASE("a database that cannot be chosen back costs the connection", "[integration][pool]")
{
    ConnectionOptions options = builder().options();
    options.database.clear();
    ConnectionPool pool{options, {.max_size = 1}};
    {
        auto db = pool.acquire();
        db->execute("USE information_schema");
    }
    auto db = pool.acquire();
    CHECK_FALSE(db->query_value<std::optional<std::string>>("SELECT DATABASE()"));
    CHECK(pool.statistics().closed.altered == 1);
}

// --- Who gets what ---

TEST_CASE("those who wait are served in the order in which they came", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    constexpr unsigned count = 8;
    std::vector<unsigned> order;
    std::mutex mutex;
    std::vector<std::jthread> threads;
    {
        auto held = pool.acquire();
        for (unsigned i = 0; i < count; ++i) {
            threads.emplace_back([&, i] {
                auto db = pool.acquire();
                std::lock_guard const lock{mutex};
                order.push_back(i);
            });
            REQUIRE(soon([&] { return pool.statistics().waiting == i + 1; }));
        }
    }
    threads.clear();
    CHECK(order == std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 7});
    auto const seen = pool.statistics();
    CHECK(seen.waited == count);
    CHECK(seen.opened == 1);
    CHECK(seen.longest_wait > 0ns);
    CHECK(seen.total_wait >= seen.longest_wait);
}

TEST_CASE("nobody who comes later overtakes those who wait", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    std::atomic<bool> has_got{false};
    std::jthread waiter;
    {
        auto held = pool.acquire();
        waiter = std::jthread{[&] {
            auto db = pool.acquire();
            has_got = true;
        }};
        REQUIRE(soon([&] { return pool.statistics().waiting == 1; }));
    }
    // The connection is promised to the other by now, however slow it is to wake up.
    auto db = pool.acquire();
    CHECK(has_got);
}

TEST_CASE("a pool makes as many connections as are wanted, up to its size", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 3}};
    auto one = pool.acquire();
    auto two = pool.acquire();
    auto three = pool.acquire();
    CHECK(one->connection_id() != two->connection_id());
    CHECK(two->connection_id() != three->connection_id());
    CHECK(pool.statistics().lent == 3);
    Error const error = error_of([&] { static_cast<void>(pool.acquire_for(50ms)); });
    CHECK(error.retryable());
    CHECK_FALSE(error.poisons_connection());
    CHECK(error.message().find("3 of at most 3 are lent") != std::string::npos);
    CHECK(error.message().find("0 are being made, 0 others wait") != std::string::npos);
    CHECK(error.remedy().find("loans()") != std::string::npos);
    CHECK(pool.statistics().timeouts == 1);
    CHECK(pool.statistics().waiting == 0);
    two.give_back();
    CHECK_FALSE(two);
    auto again = pool.acquire_for(0ms);
    CHECK(again);
    CHECK_THROWS_AS(pool.acquire_for(0ms), Error);
}

TEST_CASE("waiting can be called off", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    auto held = pool.acquire();
    std::stop_source stop;
    std::jthread asker{[&] {
        soon([&] { return pool.statistics().waiting == 1; });
        stop.request_stop();
    }};
    auto const began = std::chrono::steady_clock::now();
    Error const error =
        error_of([&] { static_cast<void>(pool.acquire_until(began + 30s, stop.get_token())); });
    asker.join();
    CHECK(std::chrono::steady_clock::now() - began < 10s);
    CHECK(error.sqlstate() == "HY008");
    CHECK_FALSE(error.retryable());
    held.give_back();
    // Also before it begins, whatever there is.
    CHECK_THROWS_AS(pool.acquire_until(began + 30s, stop.get_token()), Error);
    CHECK(pool.acquire());
}

TEST_CASE("what goes wrong while connecting is told", "[integration][pool]")
{
    SECTION("a wrong password, at once, to all who wait")
    {
        auto const options = to_server()
                                 .login(Server::get()["USER"], Secret{std::string_view{"wrong"}})
                                 .ssl({.ca = Server::get()["CA"]})
                                 .options();
        ConnectionPool pool{options, {.max_size = 1}};
        auto const began = std::chrono::steady_clock::now();
        std::atomic<int> denied{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                if (error_of([&] { static_cast<void>(pool.acquire()); }).code() == 1045)
                    ++denied;
            });
        for (std::thread& one : threads)
            one.join();
        CHECK(denied == 4);
        CHECK(std::chrono::steady_clock::now() - began < 10s);
    }
    SECTION("a server that is not there, when the time is over")
    {
        auto const options = ConnectionBuilder::to_host("127.0.0.1", 1)
                                 .login("nobody", Secret{})
                                 .ssl({.ca = Server::get()["CA"]})
                                 .options();
        ConnectionPool pool{options};
        auto const began = std::chrono::steady_clock::now();
        Error const error = error_of([&] { static_cast<void>(pool.acquire_for(1'500ms)); });
        auto const took = std::chrono::steady_clock::now() - began;
        CHECK(took > 1'400ms);
        CHECK(took < slack);
        CHECK(error.code() == 2003);
        CHECK(error.message().find("the latest attempt to connect failed") != std::string::npos);
        // Not as often as it could, and not only once.
        auto const failed = pool.statistics().connects_failed;
        CHECK(failed >= 3);
        CHECK(failed < 30);
    }
}

// --- What is lent ---

TEST_CASE("a lost connection is not lent again", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 2}};
    SECTION("lost while it was idle")
    {
        std::uint64_t const id = id_of(pool);
        kill(id);
        auto db = pool.acquire();
        CHECK(db->query_value<int>("SELECT 1") == 1);
        CHECK(db->connection_id() != id);
        CHECK(pool.statistics().closed.broken == 1);
    }
    SECTION("lost while it was lent")
    {
        {
            auto db = pool.acquire();
            kill(db->connection_id());
            CHECK_THROWS_AS(db->ping(), Error);
        }
        CHECK(pool.statistics().closed.broken == 1);
        CHECK(pool.statistics().idle == 0);
        CHECK(answers(pool));
    }
    SECTION("the others are asked when one was lost")
    {
        {
            auto one = pool.acquire();
            auto other = pool.acquire();
            kill(other->connection_id());
            one.give_back();
            CHECK_THROWS_AS(other->ping(), Error);
        }
        auto const before = pool.statistics().validations;
        CHECK(answers(pool));
        CHECK(pool.statistics().validations == before + 1);
        CHECK(answers(pool));
        CHECK(pool.statistics().validations == before + 1);
    }
    SECTION("lost while it waits to be put in order")
    {
        auto db = pool.acquire();
        auto const id = db->connection_id();
        db->execute("SET @a = 1");
        kill(id);
        db.give_back();
        CHECK(pool.statistics().closed.broken == 1);
        CHECK(id_of(pool) != id);
    }
}

TEST_CASE("those who wait get a new connection in place of a lost one", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    auto lost = pool.acquire();
    kill(lost->connection_id());
    std::atomic<bool> has_got{false};
    std::jthread waiter{[&] { has_got = answers(pool); }};
    REQUIRE(soon([&] { return pool.statistics().waiting == 1; }));
    CHECK_THROWS_AS(lost->ping(), Error);
    lost.give_back();
    waiter.join();
    CHECK(has_got);
}

TEST_CASE("a borrower can have the connection closed", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    std::uint64_t const id = id_of(pool);
    SECTION("by saying so")
    {
        auto db = pool.acquire();
        db.discard();
    }
    SECTION("by taking it")
    {
        auto db = pool.acquire();
        Connection const mine = std::move(*db);
        db.give_back();
        CHECK(mine.usable());
    }
    SECTION("by putting another in its place")
    {
        auto db = pool.acquire();
        *db = builder().connect();
    }
    CHECK(id_of(pool) != id);
    CHECK(pool.statistics().closed.discarded == 1);
}

TEST_CASE("what outlives a loan costs the connection and can do nothing", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    std::uint64_t id = 0;
    SECTION("a prepared statement")
    {
        std::optional<PreparedStatement> statement;
        {
            auto db = pool.acquire();
            id = db->connection_id();
            statement.emplace(db->prepare("SELECT ?"));
        }
        CHECK(id_of(pool) != id);
        CHECK_THROWS_AS(statement->query_value<int>(1), Error);
    }
    SECTION("rows")
    {
        std::optional<Rows<int>> rows;
        {
            auto db = pool.acquire();
            id = db->connection_id();
            rows.emplace(db->query<int>("SELECT 1 UNION ALL SELECT 2"));
        }
        CHECK(id_of(pool) != id);
    }
    SECTION("a transaction")
    {
        std::optional<Transaction> transaction;
        {
            auto db = pool.acquire();
            id = db->connection_id();
            transaction.emplace(*db);
        }
        CHECK(id_of(pool) != id);
        CHECK_FALSE(transaction->is_active());
    }
    CHECK(pool.statistics().closed.still_used == 1);
}

TEST_CASE("connections come back while an exception is on its way", "[integration][pool]")
{
    Scene const scene;
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    for (int i = 0; i < 3; ++i) {
        CHECK_THROWS_AS(
            [&] {
                auto db = pool.acquire();
                Transaction tx{*db};
                tx.execute("INSERT INTO pool_table VALUES (1)");
                throw std::runtime_error{"in the middle"};
            }(),
            std::runtime_error);
        CHECK(pool.statistics().idle == 1);
    }
    auto db = pool.acquire();
    CHECK(db->query_value<int>("SELECT COUNT(*) FROM pool_table") == 0);
    CHECK(pool.statistics().opened == 1);
}

TEST_CASE("rows that were given up are read before the connection comes back",
          "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    std::uint64_t const id = id_of(pool);
    {
        auto db = pool.acquire();
        for (int const value : db->query<int>("SELECT 1 UNION ALL SELECT 2"))
            if (value == 1)
                break;
    }
    auto db = pool.acquire();
    CHECK(db->connection_id() == id);
    CHECK(db->query_value<int>("SELECT 3") == 3);
}

// --- Time ---

TEST_CASE("a pool keeps its minimum open and closes what nobody wants", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.min_size = 2, .max_size = 4, .idle_timeout = 150ms}};
    REQUIRE(soon([&] { return pool.statistics().idle == 2; }));
    {
        auto one = pool.acquire();
        auto two = pool.acquire();
        auto three = pool.acquire();
        auto four = pool.acquire();
    }
    CHECK(pool.statistics().opened >= 4);
    CHECK(soon([&] { return pool.statistics().closed.idle >= 2; }));
    CHECK(pool.statistics().idle == 2);
    kill(id_of(pool));
    std::this_thread::sleep_for(400ms);
    CHECK(pool.statistics().idle == 2);
}

TEST_CASE("connections are replaced when they are old", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 2, .max_lifetime = 300ms}};
    auto lent = pool.acquire();
    std::uint64_t const id = lent->connection_id();
    {
        auto idle = pool.acquire();
    }
    CHECK(soon([&] { return pool.statistics().closed.lifetime == 1; }));
    CHECK(lent->query_value<int>("SELECT 1") == 1); // nobody takes it away
    std::this_thread::sleep_for(50ms);              // the last tenth is at random
    lent.give_back();
    CHECK(pool.statistics().closed.lifetime == 2);
    CHECK(id_of(pool) != id);
}

TEST_CASE("connections that are made together do not go together", "[integration][pool]")
{
    constexpr auto lifetime = 1'000ms;
    constexpr std::size_t count = 12;
    // One goes while not even the first is as old as it may be, and none more than a tenth earlier. If this thread slept over
    // that tenth, or all chose its end, it says nothing.
    bool has_one_gone_early = false;
    for (int i = 0; i < 10 && !has_one_gone_early; ++i) {
        ConnectionPool pool{
            builder().options(),
            {.max_size = count, .max_lifetime = lifetime, .maintenance_thread = false}};
        auto const begin = std::chrono::steady_clock::now();
        {
            std::vector<PooledConnection> lent;
            for (std::size_t n = 0; n < count; ++n)
                lent.push_back(pool.acquire());
        }
        auto now = begin;
        for (std::uint64_t gone = 0; gone == 0 && now < begin + lifetime;) {
            std::this_thread::sleep_for(1ms);
            pool.maintain();
            gone = pool.statistics().closed.lifetime;
            now = std::chrono::steady_clock::now();
            if (gone != 0)
                CHECK(now >= begin + lifetime * 9 / 10);
            has_one_gone_early = gone != 0 && now < begin + lifetime;
        }
    }
    CHECK(has_one_gone_early);
}

TEST_CASE("a pool's connections resume the first one's TLS session", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 3}};
    auto first = pool.acquire();
    CHECK(first->query_value<int>("SELECT 1") == 1); // its tickets came with the answer
    auto second = pool.acquire();
    CHECK(second->tls()->resumed);
    first.discard();
    first.give_back();
    auto third = pool.acquire();
    CHECK(third->tls()->resumed);
}

TEST_CASE("without its thread a pool is kept in order by its user", "[integration][pool]")
{
    ConnectionPool pool{
        builder().options(),
        {.min_size = 1, .max_size = 2, .idle_timeout = 50ms, .maintenance_thread = false}};
    std::this_thread::sleep_for(100ms);
    CHECK(pool.statistics().idle == 0);
    pool.maintain();
    CHECK(pool.statistics().idle == 1);
    {
        auto one = pool.acquire();
        auto two = pool.acquire();
    }
    std::this_thread::sleep_for(100ms);
    CHECK(pool.statistics().idle == 2);
    pool.maintain();
    CHECK(pool.statistics().idle == 1);
}

TEST_CASE("a connection that was idle for long is asked for a sign of life", "[integration][pool]")
{
    // How often, if it is lent anew at once, and then after a while.
    auto const round = [] {
        ConnectionPool pool{builder().options(), {.max_size = 1, .validate_after = 50ms}};
        std::uint64_t const id = id_of(pool);
        CHECK(id_of(pool) == id);
        auto const at_once = pool.statistics().validations;
        std::this_thread::sleep_for(100ms);
        CHECK(id_of(pool) == id);
        CHECK(pool.statistics().validations == at_once + 1);
        return at_once;
    };
    CHECK(unless_late(round, [](auto at_once) { return at_once != 0; }) == 0);
}

namespace {

/// Keeps what pools tell.
class Listener : public Observer {
public:
    void on_pool(PoolEvent const& event) noexcept override
    {
        std::lock_guard const lock{mutex_};
        has_password = has_password || !event.options.password.empty();
        told_.push_back(std::string{names_.at(static_cast<std::size_t>(event.kind))} +
                        (event.reason.empty() ? "" : " ") + std::string{event.reason} +
                        (event.error != nullptr ? " !" : "") + " " + std::string{event.pool_name});
    }

    [[nodiscard]] std::vector<std::string> told()
    {
        std::lock_guard const lock{mutex_};
        return told_;
    }

    bool has_password = false;

private:
    std::array<char const*, 6> names_{"opened", "closed", "acquired", "returned", "failed", "leak"};
    std::mutex mutex_;
    std::vector<std::string> told_;
};

} // namespace

TEST_CASE("an observer is told what a pool does", "[integration][pool]")
{
    std::vector<std::string> const expected{
        "opened shop",   "acquired shop", "failed ! shop", "leak the nightly report shop",
        "returned shop", "acquired shop", "returned shop", "closed shutdown shop"};
    auto const round = [] {
        auto const listener = std::make_shared<Listener>();
        auto options = builder().options();
        options.observer = make_observer(std::shared_ptr<Observer>{listener});
        {
            ConnectionPool pool{options, {.max_size = 1, .leak_after = 100ms, .name = "shop"}};
            auto db = pool.acquire();
            db.set_label("the nightly report");
            CHECK_THROWS_AS(pool.acquire_for(10ms), Error);
            REQUIRE(soon([&] { return pool.statistics().leaks_suspected == 1; }));
            auto const loans = pool.loans();
            REQUIRE(loans.size() == 1);
            CHECK(loans[0].taken_by == "the nightly report");
            CHECK(loans[0].is_overdue);
            CHECK(loans[0].held >= 100ms);
            std::this_thread::sleep_for(150ms);
            CHECK(pool.statistics().leaks_suspected == 1); // told once
            db.give_back();
            CHECK(pool.loans().empty());
            {
                auto another = pool.acquire();
            }
        }
        CHECK_FALSE(options.password.empty());
        CHECK_FALSE(listener->has_password);
        return listener->told();
    };
    // On a busy machine the first may be overdue before the second has failed.
    CHECK(unless_late(round, [&](auto const& told) { return told != expected; }) == expected);
}

// --- New trust ---

namespace {

/// A source whose generation and fitness the test decides.
class Changing : public ConnectionSource {
public:
    explicit Changing(ConnectionOptions options) : server_{std::move(options)} {}

    Connection connect(std::chrono::steady_clock::time_point deadline,
                       std::stop_token const& stop) override
    {
        return server_.connect(deadline, stop);
    }
    bool still_fits(Connection& db) override { return fits && server_.still_fits(db); }
    std::uint64_t generation() override { return number; }
    ConnectionOptions const& options() const noexcept override { return server_.options(); }

    std::atomic<bool> fits{true};
    std::atomic<std::uint64_t> number{1};

private:
    SingleServer server_;
};

} // namespace

TEST_CASE("another generation of the source retires all connections", "[integration][pool]")
{
    auto const source = std::make_shared<Changing>(builder().options());
    ConnectionPool pool{source, {.max_size = 2}};
    auto lent = pool.acquire();
    std::uint64_t const id = lent->connection_id();
    {
        auto idle = pool.acquire();
    }
    source->number = 2;
    CHECK(soon([&] { return pool.statistics().closed.outdated == 1; })); // nobody has to come
    lent.give_back();
    CHECK(pool.statistics().closed.outdated == 2);
    CHECK(id_of(pool) != id);
    CHECK(pool.statistics().opened == 3);
}

TEST_CASE("a server that refuses to write is asked about before it is lent again",
          "[integration][pool]")
{
    Scene const scene;
    auto const source = std::make_shared<Changing>(builder().options());
    ConnectionPool pool{source, {.max_size = 2}};
    std::uint64_t id = 0;
    {
        auto db = pool.acquire();
        id = db->connection_id();
        Transaction tx{*db, {.read_only = true}};
        CHECK(error_of([&] { tx.execute("INSERT INTO pool_table VALUES (1)"); }).code() == 1792);
    }
    source->fits = false;
    CHECK(id_of(pool) != id);
    CHECK(pool.statistics().validations == 1);
    CHECK(pool.statistics().closed.unfit == 1);
}

TEST_CASE("new files of CAs make another generation", "[integration][pool]")
{
    char name[] = "/tmp/sealsql-pool-ca-XXXXXX";
    int const file = ::mkstemp(name);
    REQUIRE(file >= 0);
    ::close(file);
    auto const write = [&](std::string const& text) { std::ofstream{name} << text; };
    std::ifstream original{Server::get()["CA"]};
    std::string const pem{std::istreambuf_iterator<char>{original}, {}};
    write(pem);
    auto const options = to_server()
                             .login(Server::get()["USER"], password())
                             .ssl({.ca = TrustAnchors{std::filesystem::path{name}}})
                             .options();
    SingleServer source{options};
    auto const first = source.generation();
    std::this_thread::sleep_for(1'100ms);
    CHECK(source.generation() == first);
    write("what is being written"); // cannot be used: nothing changes
    std::this_thread::sleep_for(1'100ms);
    CHECK(source.generation() == first);
    write(pem + "\n# as new\n");
    CHECK(soon([&] { return source.generation() != first; }));
    auto const second = source.generation();
    CHECK(source.connect(std::chrono::steady_clock::now() + 10s, {}).usable());
    std::this_thread::sleep_for(1'100ms);
    CHECK(source.generation() == second);
    ::unlink(name);
}

// --- The end ---

TEST_CASE("a pool that was shut down lends nothing", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    auto held = pool.acquire();
    std::string told;
    std::jthread waiter{
        [&] { told = error_of([&] { static_cast<void>(pool.acquire()); }).message(); }};
    REQUIRE(soon([&] { return pool.statistics().waiting == 1; }));
    pool.shutdown();
    waiter.join();
    CHECK(told.find("shut down") != std::string::npos);
    CHECK_FALSE(error_of([&] { static_cast<void>(pool.acquire()); }).retryable());
    CHECK(held->query_value<int>("SELECT 1") == 1);
    CHECK_FALSE(pool.drain(std::chrono::steady_clock::now() + 50ms));
    {
        std::jthread const returns{[&] {
            std::this_thread::sleep_for(50ms);
            held.give_back();
        }};
        CHECK(pool.drain(std::chrono::steady_clock::now() + 20s));
    }
    CHECK(pool.statistics().closed.shutdown == 1);
    pool.shutdown();
}

TEST_CASE("a connection can outlive its pool", "[integration][pool]")
{
    PooledConnection db;
    std::uint64_t id = 0;
    {
        ConnectionPool pool{builder().options(), {.min_size = 1}};
        db = pool.acquire();
        id = db->connection_id();
    }
    CHECK(db->query_value<int>("SELECT 1") == 1);
    db = {};
    CHECK(soon([&] {
        return admin().query_value<int>(
                   "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?", id) == 0;
    }));
}

TEST_CASE("a forked child lets its parent's pool alone", "[integration][pool]")
{
    std::optional<ConnectionPool> pool;
    pool.emplace(builder().options(), PoolOptions{.min_size = 2, .max_size = 3});
    REQUIRE(soon([&] { return pool->statistics().idle == 2; }));
    auto lent = pool->acquire();
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(60); // a child that waits for threads it does not have
        bool refused = false;
        try {
            static_cast<void>(pool->acquire());
        } catch (Error const& error) {
            refused = error.message().find("belongs to the parent") != std::string::npos;
        }
        lent.give_back();
        pool.reset();
        std::_Exit(refused ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    // What is the parent's is as it was.
    CHECK(lent->query_value<int>("SELECT 1") == 1);
    auto other = pool->acquire();
    CHECK(other->query_value<int>("SELECT 2") == 2);
    CHECK(pool->statistics().opened == 2);
}

TEST_CASE("a forked child does not wait for what its parent's threads hold", "[integration][pool]")
{
    ConnectionPool pool{builder().options(), {.max_size = 1}};
    auto lent = pool.acquire();
    std::jthread const looks{[&](std::stop_token const& stop) {
        while (!stop.stop_requested())
            static_cast<void>(pool.statistics());
    }};
    for (int i = 0; i < 30; ++i) {
        pid_t const child = ::fork();
        if (child == 0) {
            ::alarm(60);
            lent.set_label("a child's");
            std::_Exit(0);
        }
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
    }
}

TEST_CASE("options of a pool that cannot be meant are refused", "[integration][pool]")
{
    auto const refused = [](PoolOptions const& options) {
        CHECK_FALSE(error_of([&] {
                        ConnectionPool const pool{builder().options(), options};
                    })
                        .remedy()
                        .empty());
    };
    refused({.max_size = 0});
    refused({.min_size = 3, .max_size = 2});
    refused({.acquire_timeout = -1ms});
    refused({.return_timeout = 0ms});
    refused({.max_lifetime = std::chrono::hours{24 * 800}});
    CHECK_THROWS_AS(ConnectionPool{std::shared_ptr<ConnectionSource>{}}, Error);
}

TEST_CASE("many threads share few connections", "[integration][pool]")
{
    Scene const scene;
    ConnectionPool pool{builder().options(), {.max_size = 3, .max_lifetime = 200ms}};
    constexpr int each = 100;
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i)
        threads.emplace_back([&, i] {
            for (int n = 0; n < each; ++n) {
                auto db = pool.acquire_for(60s);
                int const value = db->query_value<int>("SELECT ?", n * 100 + i);
                if (value == n * 100 + i)
                    ++done;
                if (n % 25 == 7)
                    db.discard();
                if (n % 25 == 13)
                    db->execute("SET @a = 1");
                if (n % 25 == 20)
                    db->execute("START TRANSACTION");
            }
        });
    for (std::thread& one : threads)
        one.join();
    CHECK(done == 12 * each);
    auto const seen = pool.statistics();
    CHECK(seen.acquired == 12 * each);
    CHECK(seen.lent == 0);
    CHECK(seen.waiting == 0);
    CHECK(seen.idle <= 3);
    CHECK(seen.closed.discarded == 12 * 4);
    CHECK(seen.closed.broken == 0);
    CHECK(seen.resets >= 1);
    CHECK(seen.rollbacks >= 1);
}
