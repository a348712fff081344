// What an observer is told of connections to a real server.

#include "server.hpp"

#include <sealsql/blob.hpp>
#include <sealsql/bulk.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/results.hpp>
#include <sealsql/temporal.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;

/// One event, with copies of what it referred to.
struct Told {
    std::string what; // connect, dial, handshake, or the kind of operation
    std::string text{};
    std::string name{};
    std::string summary{};
    Span span{};
    std::optional<Error> error{};
    bool is_tls_error = false;
    std::optional<TlsInfo> tls{};
    std::string system{};
    std::string address{};
    bool is_prepared = false;
    bool is_abandoned = false;
    std::uint64_t affected = 0;
    std::uint64_t returned = 0;
    std::uint64_t batch = 0;
    std::vector<std::string> parameters{};
};

class Recorder : public Observer {
public:
    explicit Recorder(ObserverOptions wanted = {}) : wanted_{wanted} {}

    [[nodiscard]] ObserverOptions options() const noexcept override { return wanted_; }

    void on_connect(ConnectEvent const& event) noexcept override { add("connect", event); }
    void on_dial(DialEvent const& event) noexcept override { add("dial", event); }
    void on_handshake(HandshakeEvent const& event) noexcept override
    {
        add("handshake", event);
        if (event.tls != nullptr)
            told.back().tls = *event.tls;
    }
    void on_operation(OperationEvent const& event) noexcept override
    {
        add(to_string(event.kind), event);
        Told& last = told.back();
        last.text = event.statement;
        last.name = event.name;
        last.summary = event.summary;
        last.is_prepared = event.is_prepared;
        last.is_abandoned = event.is_abandoned;
        last.affected = event.affected_rows;
        last.returned = event.returned_rows;
        last.batch = event.batch_size;
        last.parameters.assign(event.parameters.begin(), event.parameters.end());
        if (then)
            then();
    }

    /// What was told since the last time, as words.
    [[nodiscard]] std::vector<std::string> words() const
    {
        std::vector<std::string> all;
        for (Told const& one : told)
            all.push_back(one.what + (one.text.empty() ? "" : " " + one.text) +
                          (one.error ? " !" : ""));
        return all;
    }

    [[nodiscard]] Told const& last() const { return told.back(); }

    std::vector<Told> told;
    std::function<void()> then;

private:
    template <class Event>
    void add(std::string what, Event const& event)
    {
        Told one{.what = std::move(what)};
        one.span = event.span;
        if (event.error != nullptr) {
            one.error = *event.error;
            one.is_tls_error = dynamic_cast<TlsError const*>(event.error) != nullptr;
        }
        one.system = event.peer.system;
        one.address = event.peer.address;
        has_password = has_password || !event.options.password.empty();
        told.push_back(std::move(one));
    }

public:
    bool has_password = false;

private:
    ObserverOptions wanted_;
};

/// A connection, and what its observer was told since it was there.
struct Observed {
    explicit Observed(ObserverOptions wanted = {})
        : recorder{std::make_shared<Recorder>(wanted)},
          db{builder().observer(make_observer(recorder)).connect()}
    {
        recorder->told.clear();
    }

    std::shared_ptr<Recorder> recorder;
    Connection db;
};

/// Whether both are of one and the same failure: copies of an Error share what they say.
bool is_same(std::optional<Error> const& one, Error const& other)
{
    return one && &one->message() == &other.message();
}

using Words = std::vector<std::string>;

bool is_mariadb() { return Server::get().is_mariadb(); }

} // namespace

TEST_CASE("an observer is told how a connection comes to be", "[integration][observer]")
{
    auto const recorder = std::make_shared<Recorder>();
    auto const before = std::chrono::system_clock::now();
    {
        auto db = builder()
                      .init_statement("SET @secret = 'word'")
                      .observer(make_observer(recorder))
                      .connect();
        auto const after = std::chrono::system_clock::now();
        REQUIRE(recorder->words() ==
                Words{"handshake", "dial", "query SET @secret = ?", "connect"});
        Told const& handshake = recorder->told[0];
        Told const& dial = recorder->told[1];
        Told const& connect = recorder->told[3];
        REQUIRE(handshake.tls);
        CHECK(*handshake.tls == *db.tls());
        CHECK(connect.system == (is_mariadb() ? "mariadb" : "mysql"));
        CHECK(connect.address == "127.0.0.1");
        CHECK_FALSE(recorder->has_password);
        CHECK(before <= connect.span.begin);
        CHECK(connect.span.begin <= dial.span.begin);
        CHECK(dial.span.begin <= handshake.span.begin);
        CHECK(handshake.span.duration.count() > 0);
        CHECK(handshake.span.duration < dial.span.duration);
        CHECK(dial.span.duration < connect.span.duration);
        CHECK(connect.span.begin + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                       connect.span.duration) <=
              after);
        recorder->told.clear();
    }
    CHECK(recorder->told.empty());
    CHECK(recorder.use_count() == 1);
}

TEST_CASE("an observer is told why there is no connection, by the caller's own error",
          "[integration][observer]")
{
    auto const recorder = std::make_shared<Recorder>();
    Server const& server = Server::get();
    auto const handle = make_observer(recorder);

    SECTION("another password")
    {
        Error const error = error_of([&] {
            static_cast<void>(to_server()
                                  .login(server["USER"], Secret{"wrong"})
                                  .ssl({.ca = server["CA"]})
                                  .observer(handle)
                                  .connect());
        });
        REQUIRE(recorder->words() == Words{"handshake", "dial !", "connect !"});
        CHECK(recorder->told[0].tls->cipher.size() > 3);
        CHECK(recorder->told[0].tls->verified_name == server.host());
        CHECK(is_same(recorder->told[1].error, error));
        CHECK(is_same(recorder->told[2].error, error));
        CHECK(error.code() == 1045);
    }
    SECTION("a server that is not trusted")
    {
        TlsError const error = tls_error_of([&] {
            static_cast<void>(to_server()
                                  .login(server["USER"], password())
                                  .ssl({.ca = server["OTHER_CA"]})
                                  .observer(handle)
                                  .connect());
        });
        REQUIRE(recorder->words() == Words{"handshake !", "dial !", "connect !"});
        for (Told const& one : recorder->told) {
            CHECK(is_same(one.error, error));
            CHECK(one.is_tls_error);
            CHECK_FALSE(one.tls);
        }
    }
    SECTION("a host that is unknown")
    {
        Error const error = error_of([&] {
            static_cast<void>(ConnectionBuilder::to_host("no-such-host.invalid", 3306)
                                  .login("me", Secret{"secret"})
                                  .ssl({.ca = server["CA"]})
                                  .observer(handle)
                                  .connect());
        });
        REQUIRE(recorder->words() == Words{"connect !"});
        CHECK(is_same(recorder->told[0].error, error));
        CHECK(recorder->told[0].address.empty());
    }
    SECTION("an init statement that fails")
    {
        Error const error = error_of([&] {
            static_cast<void>(builder().init_statement("SET nonsense").observer(handle).connect());
        });
        REQUIRE(recorder->words() ==
                Words{"handshake", "dial", "query SET nonsense !", "connect !"});
        CHECK(is_same(recorder->told[2].error, error));
        CHECK(is_same(recorder->told[3].error, error));
    }
    CHECK_FALSE(recorder->has_password);
}

TEST_CASE("an observer is told of statements in text", "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    db.execute("CREATE TEMPORARY TABLE item (id INT PRIMARY KEY, name VARCHAR(20))");
    CHECK(recorder->last().summary == "CREATE TABLE item");
    CHECK(
        db.execute("INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three')").affected_rows ==
        3);
    Told const& insert = recorder->last();
    CHECK(insert.text == "INSERT INTO item VALUES (?, ?), (?, ?), (?, ?)");
    CHECK(insert.name == "INSERT");
    CHECK(insert.summary == "INSERT item");
    CHECK(insert.affected == 3);
    CHECK(insert.returned == 0);
    CHECK_FALSE(insert.is_prepared);
    CHECK_FALSE(insert.error);
    CHECK(insert.address == "127.0.0.1");
    CHECK(insert.span.duration.count() > 0);

    CHECK(db.query_all<int>("SELECT id FROM item").size() == 3);
    CHECK(recorder->last().returned == 3);
    CHECK(recorder->last().affected == 0);
    CHECK_FALSE(recorder->last().is_abandoned);
    CHECK(recorder->told.size() == 3);

    db.execute("SELECT id FROM item"); // whose rows are dropped unasked
    CHECK(recorder->last().returned == 3);
    CHECK_FALSE(recorder->last().is_abandoned);

    Error const error = error_of([&] { db.execute("INSERT INTO item VALUES (1, 'again')"); });
    CHECK(is_same(recorder->last().error, error));
    CHECK(error.code() == 1062);
    CHECK(recorder->told.size() == 5);

    // What the caller's type makes of it is not the operation's.
    CHECK_THROWS_AS(static_cast<void>(db.query_value<int>("SELECT 'no number'")), Error);
    CHECK(recorder->told.size() == 6);
    CHECK_FALSE(recorder->last().error);

    // Refused here; the server never saw it.
    CHECK_THROWS_AS(db.execute(""), Error);
    CHECK(recorder->told.size() == 7);
    CHECK(recorder->last().error);
    CHECK(db.usable());
}

TEST_CASE("an observer is told of prepared statements", "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    auto statement = db.prepare("SELECT ? + 'literal'");
    REQUIRE(recorder->words() == Words{"prepare SELECT ? + ?"});
    recorder->told.clear();
    CHECK(statement.query_all<double>(1).size() == 1);
    REQUIRE(recorder->words() == Words{"execute SELECT ? + ?"});
    CHECK(recorder->last().is_prepared);
    CHECK(recorder->last().returned == 1);
    CHECK(recorder->last().parameters.empty());
    recorder->told.clear();

    // MariaDB prepares and executes in one exchange.
    CHECK(db.query_value<int>("SELECT ? + 1", 2) == 3);
    CHECK(recorder->words() == (is_mariadb()
                                    ? Words{"execute SELECT ? + ?"}
                                    : Words{"prepare SELECT ? + ?", "execute SELECT ? + ?"}));
    recorder->told.clear();
    CHECK(db.query_value<int>("SELECT ? + 1", 3) == 4);
    CHECK(recorder->words() == Words{"execute SELECT ? + ?"});
    recorder->told.clear();

    Error const error = error_of([&] { static_cast<void>(db.prepare("SELEKT 'x'")); });
    CHECK(recorder->words() == Words{"prepare SELEKT ? !"});
    CHECK(is_same(recorder->last().error, error));
    recorder->told.clear();

    Error const second = error_of([&] { db.execute("SELEKT ?", 1); });
    CHECK(recorder->last().what == "execute");
    for (Told const& one : recorder->told)
        CHECK(is_same(one.error, second));
    recorder->told.clear();

    Error const count = error_of([&] { static_cast<void>(statement.query_all<double>(1, 2)); });
    CHECK(recorder->words() == Words{"execute SELECT ? + ? !"});
    CHECK(is_same(recorder->last().error, count));
}

TEST_CASE("an observer is told of answers that are not read to their end",
          "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    Sql const many =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
        "SELECT i FROM n";
    {
        auto rows = db.query<int>(many);
        CHECK(*rows.begin() == 1);
        CHECK(recorder->told.empty()); // it is under way

        Error const busy = error_of([&] { db.execute("DO 1"); });
        REQUIRE(recorder->words() == Words{"query DO ? !"});
        CHECK(is_same(recorder->last().error, busy));
        CHECK_THROWS_AS(db.ping(), Error);
        CHECK(recorder->words() == Words{"query DO ? !", "ping ping !"});
        recorder->told.clear();
    }
    REQUIRE(recorder->told.size() == 1);
    CHECK(recorder->last().is_abandoned);
    CHECK_FALSE(recorder->last().error);
    CHECK(recorder->last().returned == 500);
    CHECK(recorder->last().summary == "SELECT SELECT n SELECT n");
    recorder->told.clear();

    {
        auto rows = db.query<int>(many);
        auto moved = std::move(rows);
        CHECK(*moved.begin() == 1);
        db.close();
    }
    REQUIRE(recorder->told.size() == 1);
    CHECK(recorder->last().is_abandoned);
    REQUIRE(recorder->last().error);
    CHECK(recorder->last().error->code() == 2006);
    recorder->told.clear();

    Error const closed = error_of([&] { db.ping(); });
    CHECK(is_same(recorder->last().error, closed));
    CHECK(recorder->told.size() == 1);
}

TEST_CASE("an observer is told when the server ends the connection", "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    auto const id = db.connection_id();
    recorder->told.clear();
    auto root = admin();
    root.execute(Sql::unchecked("KILL " + std::to_string(id)));
    Error const error = error_of([&] { db.execute("SELECT SLEEP(5)"); });
    REQUIRE(recorder->words() == Words{"query SELECT SLEEP(?) !"});
    CHECK(is_same(recorder->last().error, error));
    CHECK(error.poisons_connection());
}

TEST_CASE("an observer is told of each statement of a batch", "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    db.execute("CREATE TEMPORARY TABLE item (id INT PRIMARY KEY, name VARCHAR(20))");
    recorder->told.clear();
    Pipeline batch{db};
    batch.execute("INSERT INTO item VALUES (1, 'a'), (2, 'b')");
    auto const bad = batch.execute("INSERT INTO item VALUES (?, 'c')", 1);
    auto const all = batch.query_all<int>("SELECT id FROM item WHERE id < 9");
    auto const wrong = batch.query_all<std::string>("SELEKT");
    CHECK(recorder->told.empty());
    CHECK(batch.try_run() == 2);
    CHECK(recorder->words() == Words{"prepare INSERT INTO item VALUES (?, ?)",
                                     "query INSERT INTO item VALUES (?, ?), (?, ?)",
                                     "execute INSERT INTO item VALUES (?, ?) !",
                                     "query SELECT id FROM item WHERE id < ?", "query SELEKT !"});
    CHECK(recorder->told[1].affected == 2);
    CHECK(is_same(recorder->told[2].error, *bad.error()));
    CHECK(recorder->told[3].returned == 2);
    CHECK(is_same(recorder->told[4].error, *wrong.error()));
    recorder->told.clear();

    Pipeline lost{db};
    lost.execute("DO 1");
    lost.execute(Sql::unchecked("KILL CONNECTION_ID()"));
    lost.execute("DO 2");
    Error const error = error_of([&] { lost.run(); });
    REQUIRE(recorder->told.size() == 3);
    CHECK_FALSE(recorder->told[0].error);
    CHECK(recorder->told[1].error);
    CHECK(is_same(recorder->told[2].error, error));
}

TEST_CASE("an observer is told of many rows", "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    db.execute("CREATE TEMPORARY TABLE item (id INT PRIMARY KEY, name VARCHAR(20)) ENGINE=InnoDB");
    recorder->told.clear();
    std::vector<std::tuple<int, std::string>> rows;
    for (int i = 0; i < 3000; ++i)
        rows.emplace_back(i, "secret");
    bulk_execute(db, "INSERT INTO item VALUES (?, ?)", rows);
    std::uint64_t sent = 0;
    std::uint64_t affected = 0;
    for (Told const& one : recorder->told) {
        CHECK_FALSE(one.error);
        CHECK(one.text.find("secret") == std::string::npos);
        if (one.what != "bulk")
            continue;
        CHECK(one.text == "INSERT INTO item VALUES (?, ?)");
        CHECK(one.is_prepared);
        sent += one.batch;
        affected += one.affected;
    }
    CHECK(sent == 3000);
    CHECK(affected == 3000);
    Words const words = recorder->words();
    CHECK(std::count(words.begin(), words.end(), "query COMMIT AND NO CHAIN NO RELEASE") > 0);
    recorder->told.clear();

    rows = {{5000, "x"}, {1, "y"}};
    CHECK_THROWS_AS(bulk_execute(db, "INSERT INTO item VALUES (?, ?)", rows), BulkError);
    CHECK(std::any_of(recorder->told.begin(), recorder->told.end(), [](Told const& one) {
        return one.what == "bulk" && one.error && one.error->code() == 1062;
    }));
}

TEST_CASE("an observer is told of data that the client sends", "[integration][observer]")
{
    if (!is_mariadb())
        admin().execute("SET GLOBAL local_infile = 1");
    auto const recorder = std::make_shared<Recorder>();
    auto db = builder().local_infile().observer(make_observer(recorder)).connect();
    db.execute("CREATE TEMPORARY TABLE item (id INT PRIMARY KEY, name VARCHAR(20))");
    recorder->told.clear();
    Sql const load = "LOAD DATA LOCAL INFILE 'x' INTO TABLE item";
    CHECK(load_data(db, load, std::string_view{"1\tsecret\n2\tb\n"}).affected_rows == 2);
    REQUIRE(recorder->words() == Words{"load_data LOAD DATA LOCAL INFILE ? INTO TABLE item"});
    CHECK(recorder->last().summary == "LOAD DATA item");
    CHECK(recorder->last().affected == 2);
    recorder->told.clear();

    // What is no Error is told as one all the same.
    auto const source = [](std::span<std::byte>) -> std::size_t {
        throw std::runtime_error{"mine"};
    };
    CHECK_THROWS_AS(load_data(db, load, source), std::runtime_error);
    REQUIRE(recorder->told.size() == 1);
    REQUIRE(recorder->last().error);
    CHECK(recorder->last().error->message().find("given up") != std::string::npos);
    CHECK_FALSE(db.usable());
}

TEST_CASE("an observer is told of values in pieces, several results and commands",
          "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    std::size_t size = 0;
    static_cast<void>(
        read_in_pieces(db, "SELECT REPEAT('x', 100000)",
                       [&](std::span<std::byte const> piece) { size += piece.size(); }));
    CHECK(size == 100'000);
    CHECK(recorder->words() == Words{"prepare SELECT REPEAT(?, ?)", "execute SELECT REPEAT(?, ?)"});
    CHECK(recorder->last().returned == 1);
    recorder->told.clear();

    db.execute("CREATE TEMPORARY TABLE item (content LONGBLOB)");
    recorder->told.clear();
    std::string const content(3'000'000, 'x');
    CHECK(execute_in_pieces(db, "INSERT INTO item VALUES (?)", BlobSource{content}).affected_rows ==
          1);
    CHECK(recorder->words() ==
          Words{"prepare INSERT INTO item VALUES (?)", "execute INSERT INTO item VALUES (?)"});
    CHECK(recorder->last().affected == 1);
    recorder->told.clear();

    db.ping();
    CHECK(recorder->words() == Words{"ping ping"});
    CHECK(recorder->last().name == "PING");
    recorder->told.clear();

    db.reset();
    CHECK(recorder->words() ==
          Words{"reset reset", "select_database select_database", "query SET NAMES utf8mb4"});
    recorder->told.clear();

    {
        Transaction transaction{db};
        db.execute("DO 1");
        transaction.commit();
    }
    {
        Transaction const transaction{db};
    }
    CHECK(recorder->words() ==
          Words{"query START TRANSACTION", "query DO ?", "query COMMIT AND NO CHAIN NO RELEASE",
                "query START TRANSACTION", "query ROLLBACK AND NO CHAIN NO RELEASE"});
}

TEST_CASE("an observer gets as much of a statement as it wants", "[integration][observer]")
{
    SECTION("as sent")
    {
        Observed observed{{.text = StatementText::as_sent, .summary = false}};
        observed.db.execute("DO 'literal' -- and a comment");
        CHECK(observed.recorder->last().text == "DO 'literal' -- and a comment");
        CHECK(observed.recorder->last().summary.empty());
        CHECK(observed.recorder->last().name == "DO");
    }
    SECTION("no more than so many bytes of it")
    {
        Observed observed{{.text = StatementText::as_sent, .longest_text = 6}};
        observed.db.execute("DO '\xC3\xA9\xC3\xA9'");
        CHECK(observed.recorder->last().text == "DO '\xC3\xA9");
    }
    SECTION("nothing")
    {
        Observed observed{{.text = StatementText::none, .summary = false}};
        observed.db.execute("DO 'literal'");
        CHECK(observed.recorder->last().text.empty());
        observed.db.execute("DO ?", "parameter");
        CHECK(observed.recorder->last().parameters.empty());
    }
    SECTION("parameters")
    {
        Observed observed{{.parameters = true, .longest_text = 5}};
        auto const day = std::chrono::year_month_day{std::chrono::year{2026}, std::chrono::month{2},
                                                     std::chrono::day{3}};
        auto const time =
            std::chrono::sys_days{day} + std::chrono::hours{4} + std::chrono::milliseconds{5};
        CHECK(observed.db
                  .query_all("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", -1,
                             std::uint64_t{18446744073709551615U}, std::int8_t{-128}, 1.5, 0.25F,
                             "too long", nullptr, std::optional<int>{}, day, time)
                  .size() == 1);
        CHECK(observed.recorder->last().parameters ==
              Words{"-1", "18446744073709551615", "-128", "1.5", "0.25", "too l", "NULL", "NULL",
                    "2026-02-03", "2026-02-03 04:00:00.005000"});
        observed.db.execute("DO 1");
        CHECK(observed.recorder->last().parameters.empty());
    }
}

namespace {

/// Of the operations of this kind, one after the other.
std::vector<Words> parameters_of(Recorder const& recorder, std::string const& kind)
{
    std::vector<Words> all;
    for (Told const& one : recorder.told)
        if (one.what == kind)
            all.push_back(one.parameters);
    return all;
}

} // namespace

TEST_CASE("an observer is told the parameters of batches only if it asks for them",
          "[integration][observer]")
{
    bool const asks = GENERATE(true, false);
    Observed observed{{.parameters = asks, .longest_text = 8}};
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    auto const told = [&](std::string const& kind, std::vector<Words> expected) {
        if (!asks)
            for (Words& words : expected)
                words.clear();
        CHECK(parameters_of(*recorder, kind) == expected);
        recorder->told.clear();
    };
    db.execute("CREATE TEMPORARY TABLE item (id INT PRIMARY KEY, name TEXT, price DOUBLE, content "
               "LONGBLOB) ENGINE=InnoDB");
    recorder->told.clear();

    SECTION("a pipeline")
    {
        Pipeline batch{db};
        batch.execute("INSERT INTO item (id, name) VALUES (?, ?)", 1, "one");
        batch.execute("INSERT INTO item (id, name) VALUES (?, ?)", 2, std::optional<std::string>{});
        batch.execute("DO 1");
        auto const wrong =
            batch.execute("INSERT INTO item (id, name) VALUES (?, ?)", 1, "again, and long");
        CHECK(batch.try_run() == 1);
        CHECK(wrong.error() != nullptr);
        told("execute", {{"1", "one"}, {"2", "NULL"}, {"1", "again, a"}});
        CHECK(parameters_of(*recorder, "query").empty());

        Pipeline lost{db};
        lost.execute(Sql::unchecked("KILL CONNECTION_ID()"));
        lost.execute("INSERT INTO item (id, name) VALUES (?, ?)", 3, "three");
        CHECK_THROWS_AS(lost.run(), Error);
        told("execute", {{"3", "three"}});
    }
    SECTION("many rows")
    {
        std::vector<std::tuple<int, std::optional<std::string>, double>> rows{
            {1, "one", 1.5}, {2, std::nullopt, 2.5}, {3, "much longer", 3.5}};
        bulk_execute(db, "INSERT INTO item (id, name, price) VALUES (?, ?, ?)", rows);
        told("bulk", {{"1", "one", "1.5", "2", "NULL", "2.5", "3", "much lon", "3.5"}});
        for (int i = 4; i < 3000; ++i)
            rows.emplace_back(i, "secret", 0);
        rows.erase(rows.begin(), rows.begin() + 3);
        bulk_execute(db, "INSERT INTO item (id, name, price) VALUES (?, ?, ?)", rows);
        for (Told const& one : recorder->told) {
            CHECK(one.parameters.size() <= 128);
            if (one.what == "bulk" && asks)
                CHECK(one.parameters.size() == std::min<std::size_t>(one.batch * 3, 128));
        }
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM item WHERE name = 'secret'") == 2996);
        recorder->told.clear();
        // One after the other, to find which is wrong.
        rows = {{5000, "x", 1}, {1, "y", 1}};
        CHECK_THROWS_AS(
            bulk_execute(db, "INSERT INTO item (id, name, price) VALUES (?, ?, ?)", rows),
            BulkError);
        told("bulk", {{"5000", "x", "1", "1", "y", "1"}, {"5000", "x", "1"}, {"1", "y", "1"}});
    }
    SECTION("more than are told")
    {
        Words expected;
        auto const all = [&]<std::size_t... I>(std::index_sequence<I...>)
        {
            (expected.push_back(std::to_string(I)), ...);
            db.execute(Sql::unchecked("DO ?" +
                                      [] {
                                          std::string text;
                                          for (std::size_t i = 1; i < sizeof...(I); ++i)
                                              text += "+?";
                                          return text;
                                      }()),
                       I...);
        };
        all(std::make_index_sequence<200>{});
        expected.resize(128);
        told("execute", {expected});
    }
    SECTION("what is sent in pieces")
    {
        execute_in_pieces(db, "INSERT INTO item (content, id, name) VALUES (?, ?, ?)",
                          BlobSource{std::string_view{"content"}}, 7, "seven");
        told("execute", {{"...", "7", "seven"}});
        std::string read;
        static_cast<void>(read_in_pieces(
            db, "SELECT content FROM item WHERE id = ?",
            [&](std::span<std::byte const> piece) {
                read.append(reinterpret_cast<char const*>(piece.data()), piece.size());
            },
            7));
        CHECK(read == "content");
        told("execute", {{"7"}});
    }
    CHECK_FALSE(recorder->has_password);
}

TEST_CASE("an observer that uses the connection it is told of gets an error",
          "[integration][observer]")
{
    Observed observed;
    auto& recorder = observed.recorder;
    auto& db = observed.db;
    int refused = 0;
    auto const reuse = [&, &connection = db] {
        try {
            connection.ping();
        } catch (Error const& error) {
            refused += error.message().find("observer") != std::string::npos ? 1 : 0;
        }
        try {
            static_cast<void>(connection.query_value<int>("SELECT ?", 1));
        } catch (Error const& error) {
            refused += error.message().find("observer") != std::string::npos ? 1 : 0;
        }
    };
    recorder->then = reuse;
    CHECK(db.query_value<int>("SELECT 1") == 1);
    CHECK(refused == 2);
    CHECK(recorder->told.size() == 1);
    Pipeline batch{db};
    batch.execute("DO 1");
    batch.execute("DO 2");
    batch.run();
    CHECK(refused == 6);
    CHECK(recorder->told.size() == 3);

    // Another connection can be used, here one that nobody observes.
    auto other = builder().connect();
    int asked = 0;
    recorder->then = [&] { asked += other.query_value<int>("SELECT 1"); };
    db.ping();
    CHECK(asked == 1);

    // Whoever closes it does no harm.
    recorder->then = [&connection = db] { connection.close(); };
    CHECK(db.query_value<int>("SELECT 1") == 1);
    CHECK_FALSE(db.usable());
}

TEST_CASE("several connections tell one observer", "[integration][observer]")
{
    auto const recorder = std::make_shared<Recorder>();
    {
        auto const options = builder().observer(make_observer(recorder)).options();
        Connection one{options};
        Connection two{options};
        recorder->told.clear();
        auto rows = one.query<int>("SELECT 1");
        two.ping();
        CHECK(rows.all().size() == 1);
        CHECK(recorder->words() == Words{"ping ping", "query SELECT ?"});
        CHECK(recorder.use_count() == 2);
    }
    CHECK(recorder.use_count() == 1);
}
