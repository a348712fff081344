// What observers get of the text of statements: no literal, in whatever SQL mode and character set, and a summary.

#include <sealsql/connection.hpp>
#include <sealsql/observer.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace std::string_view_literals;

TEST_CASE("a statement without its literals", "[unit][observer]")
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"", ""},
        {"SELECT 1", "SELECT ?"},
        {"SELECT name FROM account WHERE id = ?", "SELECT name FROM account WHERE id = ?"},
        {"SELECT * FROM t WHERE a='x' AND b = 'it''s' AND c=\"y\"",
         "SELECT * FROM t WHERE a=? AND b = ? AND c=?"},
        {"INSERT INTO t VALUES (-1, 2.5, .5, 1e-3, 0xFF, x'4D', b'01', N'n', _utf8mb4'u', NULL)",
         "INSERT INTO t VALUES (-?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"},
        {"SELECT t1.c2, `a b`.`c-d` FROM t1", "SELECT t1.c2, `a b`.`c-d` FROM t1"},
        {"SELECT `x = 'secret'` FROM t", "SELECT ? FROM t"},
        {"SELECT /* secret */ a -- secret\n, b # secret\n FROM t", "SELECT a , b FROM t"},
        {"SELECT a--1", "SELECT a--?"},
        {"SELECT 5.e1, 1.5E+10, 3days", "SELECT ?, ?, ?"},
        {"  SELECT\n\t1  ", "SELECT ?"},
        {"CREATE USER u IDENTIFIED BY 'secret'", "CREATE USER u IDENTIFIED BY ?"},
        {"SELECT 'a\\\\'", "SELECT ?"},
        {"SELECT 'caf\xC3\xA9'", "SELECT ?"},
        // Where it ends depends on the SQL mode, the server or the character set.
        {"SELECT 'a\\' , 'secret'", "SELECT ?..."},
        {"SELECT 'caf\xC3\xA9\\\\' , secret", "SELECT ?..."},
        {"SELECT 'secret", "SELECT ?..."},
        {"SELECT \"secret", "SELECT ?..."},
        {"SELECT `secret", "SELECT..."},
        {"SELECT /*! 'a*/ secret' */ b", "SELECT..."},
        {"SELECT /*M! 'a*/ secret' */ b", "SELECT..."},
        {"SELECT /*+ x('*/ secret') */ b", "SELECT..."},
        {"SELECT /* secret", "SELECT..."},
        {"SELECT $secret$", "SELECT..."},
        {"SELECT a\0'secret'"sv, "SELECT a..."},
        {"SELECT a --\xC2\xA0 'secret'", "SELECT a..."},
    };
    for (auto const& [sql, expected] : cases) {
        CAPTURE(sql);
        CHECK(without_literals(sql) == expected);
        CHECK(without_literals(sql).find("secret") == std::string::npos);
    }
}

TEST_CASE("a long statement is cut between words", "[unit][observer]")
{
    std::string sql = "SELECT a";
    for (int i = 0; i < 1000; ++i)
        sql += ", 'secret', longword";
    std::string const text = without_literals(sql, 100);
    CHECK(text.size() <= 103);
    CHECK(text.ends_with("..."));
    CHECK(text.find("secret") == std::string::npos);
    CHECK(without_literals("SELECT abcdef", 7) == "SELECT...");
    CHECK(without_literals("SELECT abcdef", 13) == "SELECT abcdef");
}

namespace {

/// How one server reads SQL.
struct Mode {
    bool has_backslash_escapes;
    bool has_ansi_quotes;
    bool runs_comments; // of the kind /*! */
};

/// The literals of a text, as a server in that mode finds them: an independent and simple reader, of quotes and comments only.
std::vector<std::string> literals_of(std::string_view sql, Mode mode)
{
    std::vector<std::string> found;
    bool in_run_comment = false;
    for (std::size_t i = 0; i < sql.size();) {
        auto const rest = sql.substr(i);
        char const c = sql[i];
        bool const is_line = c == '#' || (rest.starts_with("--") &&
                                          (rest.size() == 2 || rest[2] == ' ' || rest[2] == '\n'));
        if (is_line) {
            i = std::min(sql.find('\n', i), sql.size());
        } else if (rest.starts_with("/*!") && mode.runs_comments) {
            in_run_comment = true;
            i += 3;
        } else if (in_run_comment && rest.starts_with("*/")) {
            in_run_comment = false;
            i += 2;
        } else if (rest.starts_with("/*")) {
            std::size_t const end = sql.find("*/", i + 2);
            i = end == std::string_view::npos ? sql.size() : end + 2;
        } else if (c == '\'' || c == '"' || c == '`') {
            std::string text;
            std::size_t at = i + 1;
            for (; at < sql.size(); ++at) {
                bool const is_escape = sql[at] == '\\' && c != '`' && mode.has_backslash_escapes;
                bool const is_double = sql[at] == c && at + 1 < sql.size() && sql[at + 1] == c;
                if (sql[at] == c && !is_double)
                    break;
                if ((is_escape && at + 1 < sql.size()) || is_double)
                    ++at;
                text += sql[at];
            }
            i = at + 1;
            if (c == '\'' || (c == '"' && !mode.has_ansi_quotes))
                found.push_back(std::move(text));
        } else {
            ++i;
        }
    }
    return found;
}

} // namespace

TEST_CASE("no mode finds a literal of which a part is left", "[unit][observer]")
{
    constexpr std::string_view pieces[] = {"'",  "\"",  "`",  "\\",  "''",  " ",    "\n", "-- ",
                                           "--", "#",   "/*", "*/",  "/*!", "/*+",  "a",  "=",
                                           ",",  "(",   ")",  "x",   "_u",  "?",    ".",  "1",
                                           "$",  "\\'", "t1", "`n`", "'v'", "\"w\""};
    std::mt19937 random{7}; // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    std::size_t checked = 0;
    for (int i = 0; i < 60'000; ++i) {
        std::string sql;
        for (auto count = random() % 14 + 1; count != 0; --count) {
            sql += pieces[random() % std::size(pieces)];
            if (random() % 3 == 0)
                sql += "Q" + std::to_string(random() % 1'000'000) + "Q"; // what is looked for
        }
        std::string const text = without_literals(sql);
        static_cast<void>(query_summary(sql));
        for (unsigned bits = 0; bits < 8; ++bits) {
            Mode const mode{(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0};
            for (std::string const& literal : literals_of(sql, mode)) {
                for (std::size_t at = literal.find('Q'); at != std::string::npos;
                     at = literal.find('Q', at + 1)) {
                    std::size_t const end = literal.find('Q', at + 1);
                    if (end == std::string::npos || end - at < 4)
                        continue;
                    ++checked;
                    std::string const mark = literal.substr(at, end - at + 1);
                    if (text.find(mark) != std::string::npos) {
                        CAPTURE(sql, text, mark, bits);
                        FAIL_CHECK("a literal shows");
                    }
                    at = end;
                }
            }
        }
    }
    CHECK(checked > 10'000);
}

TEST_CASE("a summary of a statement", "[unit][observer]")
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"", ""},
        {"SELECT 1", "SELECT"},
        {"select * from account where id = ?", "SELECT account"},
        {"SELECT * FROM `shop`.`order item` o, customer AS c WHERE 1",
         "SELECT shop.order item customer"},
        {"SELECT a, b FROM t1 JOIN t2 ON t1.a = t2.b LEFT JOIN t3 USING (a) ORDER BY c, d",
         "SELECT t1 t2 t3"},
        {"SELECT EXTRACT(YEAR FROM d), TRIM('x' FROM y) FROM t", "SELECT t"},
        {"SELECT * FROM (SELECT id FROM a) x, b", "SELECT SELECT a b"},
        {"SELECT * FROM (a JOIN b) WHERE id IN (SELECT id FROM c)", "SELECT a b SELECT c"},
        {"(SELECT a FROM t) UNION (SELECT b FROM u)", "SELECT t SELECT u"},
        {"INSERT INTO t (a, b) VALUES (1, 2), (3, 4)", "INSERT t"},
        {"INSERT IGNORE t SET a = 1", "INSERT t"},
        {"INSERT INTO t SELECT * FROM u ON DUPLICATE KEY UPDATE a = VALUES(a)",
         "INSERT t SELECT u"},
        {"REPLACE INTO t VALUES (1)", "REPLACE t"},
        {"UPDATE LOW_PRIORITY t, u SET t.a = 1, u.b = (SELECT MAX(c) FROM v)",
         "UPDATE t u SELECT v"},
        {"DELETE FROM t WHERE a = 1", "DELETE t"},
        {"WITH x AS (SELECT a FROM t) SELECT * FROM x", "SELECT t SELECT x"},
        {"WITH x AS (SELECT a FROM t) DELETE FROM y", "SELECT t DELETE y"},
        {"CREATE TEMPORARY TABLE IF NOT EXISTS t (id INT)", "CREATE TABLE t"},
        {"DROP DATABASE shop", "DROP DATABASE shop"},
        {"ALTER USER 'me'@'here' IDENTIFIED BY 'secret'", "ALTER USER"},
        {"TRUNCATE TABLE t", "TRUNCATE t"},
        {"CALL move_money(1, 2)", "CALL move_money"},
        {"START TRANSACTION READ ONLY", "START TRANSACTION"},
        {"COMMIT", "COMMIT"},
        {"COMMIT AND NO CHAIN NO RELEASE", "COMMIT"},
        {"SET NAMES utf8mb4", "SET"},
        {"SHOW WARNINGS", "SHOW WARNINGS"},
        {"LOAD DATA LOCAL INFILE 'secret' INTO TABLE t FIELDS TERMINATED BY ','", "LOAD DATA t"},
        {"SELECT a FROM t; DELETE FROM u", "SELECT t DELETE u"},
        {"SELECT a FROM t WHERE b = 'x\\' FROM secret", "SELECT t"},
        {"/*! secret */ SELECT 1", ""},
    };
    for (auto const& [sql, expected] : cases) {
        CAPTURE(sql);
        CHECK(query_summary(sql) == expected);
    }
    std::string many = "SELECT * FROM t0";
    for (int i = 1; i < 200; ++i)
        many += ", table" + std::to_string(i);
    CHECK(query_summary(many).size() <= 255);
    CHECK(query_summary(std::string(100'000, '(')).empty());
}

namespace {

class Counter final : public Observer {
public:
    explicit Counter(int& gone) noexcept : gone_{&gone} {}
    ~Counter() override { ++*gone_; }

private:
    int* gone_;
};

} // namespace

TEST_CASE("handles of an observer", "[unit][observer]")
{
    int gone = 0;
    {
        ObserverHandle const handle = make_observer<Counter>(gone);
        REQUIRE(handle);
        CHECK(handle.get() == handle.operator->());
        ConnectionOptions one;
        one.observer = handle;
        ConnectionOptions const same = one;
        CHECK(one == same);
        CHECK(one != ConnectionOptions{});
        CHECK(gone == 0);
    }
    CHECK(gone == 1);

    auto const shared = std::make_shared<Counter>(gone);
    {
        ObserverHandle const handle = make_observer(shared);
        CHECK(handle == make_observer(shared));
        CHECK(handle.get() == shared.get());
    }
    CHECK(gone == 1);
    CHECK(shared.use_count() == 1);

    CHECK_FALSE(make_observer(std::shared_ptr<Observer>{}));
    CHECK(ObserverHandle{} == ObserverHandle{});
    CHECK(ObserverHandle{}.get() == nullptr);
}

TEST_CASE("an attempt to connect with options that cannot be meant is told", "[unit][observer]")
{
    struct Recorder final : Observer {
        void on_connect(ConnectEvent const& event) noexcept override
        {
            ++connects;
            CHECK(event.options.password.empty());
            REQUIRE(event.error != nullptr);
            message = event.error->message();
        }
        int connects = 0;
        std::string message;
    };
    auto const recorder = std::make_shared<Recorder>();
    ConnectionOptions options;
    options.password = Secret{"secret"};
    options.observer = make_observer(recorder);
    std::string thrown;
    try {
        Connection const db{options};
    } catch (Error const& error) {
        thrown = error.message();
    }
    CHECK(recorder->connects == 1);
    CHECK_FALSE(thrown.empty());
    CHECK(recorder->message == thrown);
    options.observer = {};
    CHECK(recorder.use_count() == 1);
}

TEST_CASE("observers get no secret of the TLS options", "[unit][observer]")
{
    SslOptions ssl;
    ssl.identity = ClientIdentity::memory("certificate", Secret{"key"}, Secret{"pass"});
    ssl.ca = TrustAnchors::system() + TrustAnchors::file("/ca.jks", Secret{"store"});
    ConnectionOptions options;
    options.password = Secret{"secret"};
    options.init_statements = {"SET @key = 'secret'"};
    options.transport = Transport::insecure_tls_if_offered(ssl);
    ConnectionOptions bare = detail::without_password(options);
    CHECK(bare.password.empty());
    CHECK(bare.init_statements == std::vector<std::string>{"SET @key = ?"});
    CHECK_FALSE(bare.transport.demands_tls());
    REQUIRE(bare.transport.ssl() != nullptr);
    CHECK(bare.transport.ssl()->identity == ClientIdentity::memory("certificate", Secret{}));
    CHECK(bare.transport.ssl()->ca == TrustAnchors::system() + TrustAnchors::file("/ca.jks"));
    options.transport =
        Transport::tls({.identity = ClientIdentity::pem_files("c", "k", Secret{"p"})});
    bare = detail::without_password(options);
    CHECK(bare.transport == Transport::tls({.identity = ClientIdentity::pem_files("c", "k")}));
    options.transport = Transport::plaintext();
    CHECK(detail::without_password(options).transport == Transport::plaintext());
}
