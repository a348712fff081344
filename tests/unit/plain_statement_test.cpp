// Which statements are known to leave a session as it was.

#include <sealsql/detail/plain_statement.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

using sealsql::detail::Command;
using sealsql::detail::CommandBuffer;
using sealsql::detail::Trace;
using sealsql::detail::trace_of;
using sealsql::detail::traces_of;

namespace {

Trace traces(std::initializer_list<std::pair<Command, std::string_view>> commands)
{
    CommandBuffer buffer;
    for (auto const& [command, text] : commands) {
        buffer.begin(command).text(text);
        buffer.end();
    }
    return traces_of(buffer.bytes());
}

} // namespace

TEST_CASE("the lists are sorted", "[plain_statement]")
{
    using namespace sealsql::detail;
    CHECK(std::is_sorted(plain_beginnings.begin(), plain_beginnings.end()));
    CHECK(std::is_sorted(words_before_parenthesis.begin(), words_before_parenthesis.end()));
    CHECK(std::is_sorted(plain_functions.begin(), plain_functions.end()));
    for (std::string_view const word : words_before_parenthesis)
        CHECK(is_one_of(words_before_parenthesis, word));
    for (std::string_view const word : plain_functions)
        CHECK(is_one_of(plain_functions, word));
}

TEST_CASE("plain statements", "[plain_statement]")
{
    for (std::string_view const sql :
         {"SELECT 1",
          "select name, price from product where id = ?",
          "  (SELECT 1) UNION (SELECT 2)",
          "SELECT COUNT(*), sum(a), Max(b) FROM t WHERE a IN (1, 2) AND (b = 3 OR c < (4 + 5) * 2)",
          "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)",
          "INSERT INTO `t` (a) VALUES (1)",
          "INSERT INTO shop.t(a) VALUES (1)",
          "REPLACE INTO `shop`.`t` (a) VALUES (1)",
          "INSERT IGNORE INTO t (a) SELECT b FROM u ON DUPLICATE KEY UPDATE a = VALUES(a)",
          "UPDATE t SET a = a + 1 WHERE id = (SELECT MIN(id) FROM u)",
          "DELETE FROM t WHERE a = 1;",
          "WITH x AS (SELECT 1) SELECT * FROM x",
          "START TRANSACTION READ ONLY",
          "BEGIN",
          "begin ;",
          "COMMIT",
          "ROLLBACK TO SAVEPOINT a",
          "SAVEPOINT a",
          "RELEASE SAVEPOINT a",
          "SHOW WARNINGS",
          "EXPLAIN SELECT 1",
          "DO 0",
          "SELECT CAST(a AS DECIMAL(10, 2)), SLEEP(0) FROM t FOR UPDATE",
          "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) FROM t",
          "SELECT -1 - -2",
          "SELECT a FROM t JOIN (SELECT 1 AS b) x USING (b)"}) {
        INFO(sql);
        CHECK(trace_of(sql) != Trace::anything);
    }
}

TEST_CASE("statements that may leave something", "[plain_statement]")
{
    for (std::string_view const sql : {"",
                                       " ",
                                       "SET NAMES latin1",
                                       "set @a = 1",
                                       "USE shop",
                                       "CALL p()",
                                       "LOCK TABLES t READ",
                                       "UNLOCK TABLES",
                                       "PREPARE s FROM 'SELECT 1'",
                                       "EXECUTE s",
                                       "DEALLOCATE PREPARE s",
                                       "CREATE TEMPORARY TABLE t (a INT)",
                                       "DROP TABLE t",
                                       "LOAD DATA LOCAL INFILE 'a' INTO TABLE t",
                                       "HANDLER t OPEN",
                                       "XA START 'a'",
                                       "FLUSH TABLES WITH READ LOCK",
                                       "KILL 1",
                                       "BEGIN NOT ATOMIC SET autocommit = 0; END",
                                       "START REPLICA",
                                       "SELECT @a := 1",
                                       "SELECT 1 INTO @a",
                                       "SELECT @@version",
                                       "SELECT GET_LOCK('a', 1)",
                                       "SELECT get_lock ('a', 1)",
                                       "DO GET_LOCK('a', 1)",
                                       "DO RELEASE_ALL_LOCKS()",
                                       "SELECT `GET_LOCK`('a', 1)",
                                       "SELECT `get_lock` ('a', 1)",
                                       "SELECT \"GET_LOCK\"('a', 1)",
                                       "SELECT a.max(1)",
                                       "SELECT `a`.`max`(1)",
                                       "SELECT a .max(1)",
                                       "SELECT GET_LOCK\n\t('a', 1)",
                                       "SELECT GET_LOCK/**/('a', 1)",
                                       "SELECT GET_LOCK -- x\n('a', 1)",
                                       "SELECT GET_LOCK #x\n('a', 1)",
                                       "SELECT /*! GET_LOCK('a', 1) */",
                                       "/* trace */ SELECT 1",
                                       "-- x\nSELECT 1",
                                       "SELECT 1; SET @a = 1",
                                       "SELECT 1; SELECT 2",
                                       "SELECT my_function(1)",
                                       "SELECT sum (1)", // a stored function, without IGNORE_SPACE
                                       "SELECT abs\n(1)",
                                       "INSERT INTO t VALUES (now (3))",
                                       "SELECT LATERAL (1)",
                                       "SELECT SQL_CALC_FOUND_ROWS a FROM t LIMIT 1",
                                       "select sql_calc_found_rows a from t limit 1",
                                       "INSERT INTO t SELECT my_function(1)",
                                       "INSERT INTO t VALUES (nextval(s))",
                                       "SELECT NEXT VALUE FOR s",
                                       "INSERT INTO t VALUES (next\n value for s)",
                                       "SELECT s.NEXTVAL",
                                       "SELECT 'INTO' get_lock('a', 1)",
                                       "SELECT `INTO `get_lock('a', 1)",
                                       "SELECT \xC3\xA4(1)",
                                       "SELECT 1 FROM t WHERE mail = 'a@b.example'"}) {
        INFO(sql);
        CHECK(trace_of(sql) == Trace::anything);
    }
    CHECK(trace_of({"SELECT 1\0", 9}) == Trace::anything);
    CHECK(trace_of("SELECT '" + std::string(30'000, 'x') + "'") == Trace::none);
    CHECK(trace_of("SELECT '" + std::string(40'000, 'x') + "'") == Trace::anything);
}

TEST_CASE("what a trigger may have locked", "[plain_statement]")
{
    for (std::string_view const sql :
         {"INSERT INTO t VALUES (1)", "  replace into t (a) values (1)", "UPDATE t SET a = 1",
          "DELETE FROM t", "WITH x AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM x)",
          "INSERT INTO t VALUES (1) RETURNING a"}) {
        INFO(sql);
        CHECK(trace_of(sql) == Trace::locks);
    }
    for (std::string_view const sql : {"SELECT a FROM t FOR UPDATE", "COMMIT", "SHOW WARNINGS"}) {
        INFO(sql);
        CHECK(trace_of(sql) == Trace::none);
    }
}

TEST_CASE("commands on their way", "[plain_statement]")
{
    CHECK(traces({{Command::query, "SELECT 1"}}) == Trace::none);
    CHECK(traces({{Command::close_statement, "1234"},
                  {Command::prepare, "SELECT ?"},
                  {Command::execute, "SET @a = 1, as a parameter"},
                  {Command::ping, ""}}) == Trace::none);
    CHECK(traces({{Command::query, "SELECT 1"}, {Command::query, "DELETE FROM t"}}) ==
          Trace::locks);
    CHECK(traces({{Command::query, "DELETE FROM t"}, {Command::query, "SELECT 1"}}) ==
          Trace::locks);
    CHECK(traces({{Command::prepare, "DELETE FROM t"}}) == Trace::locks);
    CHECK(traces({{Command::bulk_execute, "1234"}}) == Trace::locks);
    CHECK(traces({{Command::query, "SELECT 1"}, {Command::query, "SET @a = 1"}}) ==
          Trace::anything);
    // What is executed later and gives rows would look like a query.
    CHECK(traces({{Command::prepare, "DELETE FROM t returning(a)"}}) == Trace::anything);
    CHECK(traces({{Command::prepare, "DELETE FROM t RETURNING a"}}) == Trace::anything);
    CHECK(traces({{Command::prepare, "SELECT GET_LOCK(?, 1)"}}) == Trace::anything);
    CHECK(traces({{Command::select_database, "shop"}}) == Trace::anything);
    CHECK(traces({{Command::reset_connection, ""}}) == Trace::anything);
    CHECK(traces({{static_cast<Command>(0x11), "change of user"}}) == Trace::anything);
    CHECK(traces({{Command::query, std::string(std::size_t{17} << 20U, ' ')}}) == Trace::anything);
}

TEST_CASE("a function of a schema is not the server's own, whatever its name", "[plain_statement]")
{
    CHECK(trace_of("SELECT LOG(2)") == Trace::none);
    CHECK(trace_of("SELECT app.LOG(2)") == Trace::anything);
    CHECK(trace_of("SELECT app. LOG(2)") == Trace::anything);
    CHECK(trace_of("SELECT app . LOG(2)") == Trace::anything);
    CHECK(trace_of("SELECT uuid_to_bin('x')") ==
          Trace::anything); // MySQL's, and on MariaDB anybody's
}
