// The pool against a real server: who gets what, what passes from one borrower to the next, and how it ends.

#include "server.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/results.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
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

/// Waits for what another thread is about to do.
template <class Condition>
bool soon(Condition const& condition)
{
    for (int i = 0; i < 500; ++i) {
        if (condition())
            return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

[[maybe_unused]] void kill(std::uint64_t id)
{
    admin().execute(Sql::unchecked("KILL " + std::to_string(id)));
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
        db_.execute("DROP TABLE IF EXISTS pool_table, pool_triggered");
        db_.execute("DROP FUNCTION IF EXISTS pool_lock_it");
        db_.execute("DROP FUNCTION IF EXISTS pool_note");
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
            std::uint64_t const id = pool.acquire()->connection_id();
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

TEST_CASE("a pool that never resets still rolls back", "[integration][pool]")
{
    Scene const scene;
    ConnectionPool pool{builder().options(), {.max_size = 1, .reset = ResetPolicy::never}};
    {
        auto db = pool.acquire();
        db->execute("SET @pool_secret = 1");
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
        static_cast<void>(db->query_all<int>("SELECT a FROM pool_table WHERE a IN (1, 2)"));
        CHECK_THROWS_AS(db->execute("INSERT INTO pool_no_table (a) VALUES (1)"), Error);
        auto const now = std::get<1>(prepared(*db));
        if (i == 0)
            first = now;
        CHECK(now == first);
    }
    CHECK(pool.statistics().resets == 0);
}

TEST_CASE("a database that cannot be chosen back costs the connection", "[integration][pool]")
{
    ConnectionOptions options = builder().options();
    options.database.clear();
    ConnectionPool pool{options, {.max_size = 1}};
    pool.acquire()->execute("USE information_schema");
    CHECK_FALSE(pool.acquire()->query_value<std::optional<std::string>>("SELECT DATABASE()"));
    CHECK(pool.statistics().closed.altered == 1);
}
