// Lists of hosts some of which are dead, silent, false, or not what is wanted. Each host has to prove its own name, and no
// login goes to one that did not.

#include "deaf.hpp"
#include "victim.hpp"

#include <sealsql/detail/role_watch.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/retry.hpp>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/fake_name.hpp"
#include "support/soon.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

namespace {

FakeName const name_of_a{"a.hosts.test", {"127.0.0.1"}};
FakeName const name_of_b{"b.hosts.test", {"127.0.0.1"}};
FakeName const name_of_none{"gone.hosts.test"};
FakeName const name_of_two{"cluster.hosts.test", {"127.0.0.2", "127.0.0.3"}};

using Settings = std::vector<std::pair<std::string, std::string>>;

Step pairs(Settings const& settings)
{
    ResultSet result{.columns = {{.name = "Variable_name"}, {.name = "Value"}}, .rows = {}};
    for (auto const& [name, value] : settings)
        result.rows.push_back({name, value});
    return result_set(result);
}

Settings const takes_writes{{"innodb_read_only", "OFF"}, {"read_only", "OFF"}};
Settings const takes_none{{"innodb_read_only", "OFF"}, {"read_only", "ON"}};

/// Answers all that it is asked.
Step says(Settings const& variables, Settings const& status = {})
{
    return serve(
        {{"SHOW GLOBAL VARIABLES", {pairs(variables)}}, {"SHOW GLOBAL STATUS", {pairs(status)}}});
}

Script server_that(Step const& what, Identity const& identity = TestPki::shared().good())
{
    return logged_in(identity) + Script{what};
}

constexpr std::size_t many = 50;

ConnectionOptions common(std::chrono::milliseconds patience = 30s)
{
    return ConnectionBuilder::to_host("unused")
        .login(victim_user, Secret{victim_password})
        .ssl({.ca = good_ca()})
        .connect_timeout(patience)
        .read_timeout(30s)
        .options();
}

Host host_of(ScriptedServer const& server, std::string name = "127.0.0.1")
{
    return {std::move(name), server.port()};
}

/// Where nobody listens.
Host dead() { return {"127.0.0.9", 1}; }

Error error_of(HostList& hosts)
{
    try {
        static_cast<void>(hosts.connect());
    } catch (Error const& error) {
        return error;
    }
    throw std::runtime_error{"connected"};
}

std::uint64_t port_of(Connection& db) { return db.query_value<std::uint64_t>("SELECT port"); }

/// One that also says which it is, by a number.
Step says_and_is(int number, Settings const& variables)
{
    return serve({{"SHOW GLOBAL VARIABLES", {pairs(variables)}},
                  {"SELECT port",
                   {result_set({{{.name = "port", .type = wire::ColumnType::bigint}},
                                {{std::to_string(number)}}})}}});
}

Identity certificate_for(std::string name)
{
    return TestPki::shared().trusted().issue({.dns = {std::move(name)}});
}

} // namespace

TEST_CASE("what a server says of itself tells its role", "[hostile][hosts]")
{
    Settings const galera{{"read_only", "OFF"},
                          {"wsrep_on", "ON"},
                          {"wsrep_provider", "/usr/lib/galera/libgalera_smm.so"},
                          {"wsrep_reject_queries", "NONE"}};
    auto const node = [](char const* ready, char const* status, char const* state) {
        return Settings{{"wsrep_cluster_status", status},
                        {"wsrep_local_state", state},
                        {"wsrep_local_state_comment", "as it says"},
                        {"wsrep_ready", ready}};
    };
    auto const plus = [](Settings settings, char const* name, char const* value) {
        std::erase_if(settings, [&](auto const& one) { return one.first == name; });
        settings.emplace_back(name, value);
        return settings;
    };
    struct Row {
        Settings variables;
        Settings status;
        ServerRole role;
    };
    for (Row const& row : std::vector<Row>{
             {takes_writes, {}, ServerRole::primary},
             {{{"READ_ONLY", "off"}}, {}, ServerRole::primary},
             {{{"read_only", "0"}}, {}, ServerRole::primary},
             {takes_none, {}, ServerRole::replica},
             {{{"read_only", "1"}}, {}, ServerRole::replica},
             {{{"read_only", "NO_LOCK_NO_ADMIN"}}, {}, ServerRole::replica},
             {plus(takes_writes, "super_read_only", "ON"), {}, ServerRole::replica},
             {plus(takes_writes, "innodb_read_only", "ON"), {}, ServerRole::replica},
             {plus(takes_writes, "transaction_read_only", "ON"), {}, ServerRole::replica},
             {plus(takes_writes, "tx_read_only", "ON"), {}, ServerRole::replica},
             {galera, node("ON", "Primary", "4"), ServerRole::primary},
             {plus(galera, "read_only", "ON"), node("ON", "Primary", "4"), ServerRole::replica},
             {galera, node("ON", "Primary", "2"), ServerRole::unfit}, // a donor
             {galera, node("ON", "Primary", "1"), ServerRole::unfit},
             {galera, node("OFF", "Primary", "4"), ServerRole::unfit},
             {galera, node("ON", "non-Primary", "4"), ServerRole::unfit},
             {galera, {}, ServerRole::unfit},
             {plus(galera, "wsrep_reject_queries", "ALL"), node("ON", "Primary", "4"),
              ServerRole::unfit},
             {plus(galera, "wsrep_on", "OFF"), {}, ServerRole::primary},
             {plus(galera, "wsrep_provider", "none"), {}, ServerRole::primary},
         }) {
        ScriptedServer server{server_that(says(row.variables, row.status))};
        std::optional<ServerRole> role;
        Outcome const outcome =
            attack(server, careful(server), [&](Connection& db) { role = server_role(db); });
        INFO(outcome.describe());
        REQUIRE(role);
        CHECK(std::string{to_string(*role)} == to_string(row.role));
    }
}

TEST_CASE("a server that does not say what it is, is an error", "[hostile][hosts]")
{
    wire::TextRow const row{"read_only", "OFF"};
    for (Script const& answer : std::vector<Script>{
             {pairs({})},
             {pairs({{"something_else", "OFF"}})},
             {result_set({{{.name = "one"}}, {{"read_only"}}})},
             {result_set({{{.name = "a"}, {.name = "b"}}, {{"read_only", std::nullopt}}})},
             {ok()},
             {error(1227, "42000", "Access denied")},
             {result_head({{.name = "a"}, {.name = "b"}}), endless_rows(wire::text_row(row))},
             {silence()},
         }) {
        ScriptedServer server{logged_in(TestPki::shared().good()) +
                              Script{serve({{"SHOW GLOBAL VARIABLES", answer}})}};
        HostList hosts{{host_of(server)}, common(1s), {.target = Target::primary}};
        auto const begin = std::chrono::steady_clock::now();
        auto const error = error_of(hosts);
        CAPTURE(error.what());
        CHECK(std::chrono::steady_clock::now() - begin < 1s + slack);
        CHECK_FALSE(error.message().empty());
    }
}

TEST_CASE("each host has to prove its own name, not another one's", "[hostile][hosts]")
{
    ScriptedServer a{server_that(says(takes_writes), certificate_for("a.hosts.test")),
                     {.connections = many}};
    ScriptedServer b{server_that(says(takes_writes), certificate_for("b.hosts.test")),
                     {.connections = many}};
    SECTION("which each can")
    {
        for (auto const& name : {"a.hosts.test", "b.hosts.test"}) {
            HostList hosts{{host_of(std::string{name} == "a.hosts.test" ? a : b, name)}, common()};
            auto db = hosts.connect();
            CHECK(db.tls()->verified_name == name);
        }
    }
    SECTION("and where they stand in each other's place, neither is accepted")
    {
        HostList hosts{{host_of(b, "a.hosts.test"), host_of(a, "b.hosts.test")}, common()};
        try {
            static_cast<void>(hosts.connect());
            FAIL("a false host was accepted");
        } catch (TlsError const& error) {
            CAPTURE(error.what());
            CHECK(error.reason() == TlsReason::name_mismatch);
            CHECK_FALSE(error.retryable());
            CHECK(error.certificate() != nullptr);
            CHECK(error.message().find("a.hosts.test:") != std::string::npos);
            CHECK(error.message().find("b.hosts.test:") != std::string::npos);
        }
        CHECK_FALSE(leaked(a.finish()));
        CHECK_FALSE(leaked(b.finish()));
    }
    SECTION("or the one name that it was given instead")
    {
        HostList hosts{{{"127.0.0.1", a.port(), "a.hosts.test"}, {"127.0.0.1", b.port()}},
                       common()};
        CHECK(hosts.connect().tls()->verified_name == "a.hosts.test");
        HostList wrong{{{"127.0.0.1", a.port(), "b.hosts.test"}}, common()};
        CHECK_THROWS_AS(wrong.connect(), TlsError);
    }
}

TEST_CASE("a CA of a host's own is that host's only", "[hostile][hosts]")
{
    Authority const other;
    TrustFile const other_ca{other.certificate_pem()};
    ScriptedServer a{server_that(says(takes_writes), other.issue({.dns = {"a.hosts.test"}})),
                     {.connections = many}};
    SslOptions const ssl{.ca = other_ca.path()};
    HostList hosts{{dead(), {"a.hosts.test", a.port(), "", ssl}}, common()};
    CHECK(hosts.connect().tls()->verified_name == "a.hosts.test");
    HostList without{{host_of(a, "a.hosts.test")}, common()};
    CHECK_THROWS_AS(without.connect(), TlsError);
}

TEST_CASE("a host that failed rests, and the others serve", "[hostile][hosts]")
{
    ScriptedServer untrusted{server_that(serve(), TestPki::shared().other_authority()),
                             {.connections = many}};
    ScriptedServer good{server_that(serve()), {.connections = many}};
    HostList hosts{{dead(), host_of(untrusted), {"gone.hosts.test"}, host_of(good)},
                   common(),
                   {.first_rest = 60s, .longest_rest = 60s}};
    for (int i = 0; i < 5; ++i)
        CHECK(hosts.connect().usable());
    CHECK(good.accepted() == 5);
    CHECK(untrusted.accepted() == 1);
    auto const status = hosts.status();
    REQUIRE(status.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(status[i].is_resting == (i < 3));
        CHECK(status[i].failures == (i < 3 ? 1U : 0U));
        CHECK(status[i].reason.empty() == (i == 3));
    }
    CHECK(status[2].reason.find("unknown") != std::string::npos);
    CHECK_FALSE(leaked(untrusted.finish()));
}

TEST_CASE("when all rest they are tried all the same", "[hostile][hosts]")
{
    ScriptedServer server{{close()}, {.then = {server_that(serve())}}};
    HostList hosts{{dead(), host_of(server)}, common(), {.first_rest = 60s, .longest_rest = 60s}};
    CHECK_THROWS_AS(hosts.connect(), Error);
    CHECK(hosts.connect().usable());
    CHECK(hosts.status()[0].is_resting);
    CHECK_FALSE(hosts.status()[1].is_resting);
}

TEST_CASE("the error names each host with its own reason", "[hostile][hosts]")
{
    ScriptedServer untrusted{server_that(serve(), TestPki::shared().other_authority()),
                             {.connections = many}};
    ScriptedServer replica{server_that(says(takes_none)), {.connections = many}};
    std::string const at = ":" + std::to_string(untrusted.port());
    SECTION("of several kinds")
    {
        HostList hosts{{dead(), {"gone.hosts.test"}, host_of(untrusted), host_of(replica)},
                       common(),
                       {.target = Target::primary}};
        auto const error = error_of(hosts);
        CAPTURE(error.what());
        for (std::string const& part : std::vector<std::string>{
                 "none of 4 hosts can be used as primary", "refused", "gone.hosts.test", at,
                 "takes no writes: its read_only is ON", ":" + std::to_string(replica.port())})
            CHECK(error.message().find(part) != std::string::npos);
        CHECK(error.retryable());
        CHECK(std::string{error.what()}.find(victim_password) == std::string::npos);
    }
    SECTION("of TLS only")
    {
        HostList hosts{{host_of(untrusted), host_of(untrusted, "localhost")}, common()};
        try {
            static_cast<void>(hosts.connect());
            FAIL("connected");
        } catch (TlsError const& error) {
            CHECK(error.reason() == TlsReason::issuer_not_trusted);
            CHECK(advise(error) == RetryAdvice::newer_trust);
        }
    }
    SECTION("of one host, its own error")
    {
        HostList hosts{{dead()}, common()};
        CHECK(error_of(hosts).code() == 2003);
        CHECK(error_of(hosts).message().starts_with("cannot connect"));
    }
}

TEST_CASE("a silent host does not use up the time of the others", "[hostile][hosts]")
{
    ScriptedServer silent{{silence()}, {.connections = many}};
    ScriptedServer good{server_that(serve()), {.connections = many}};
    auto const round = [&] {
        HostList hosts{{host_of(silent), host_of(good)}, common(2s)};
        auto const begin = std::chrono::steady_clock::now();
        try {
            CHECK(hosts.connect().usable());
        } catch (Error const& error) { // a machine so busy that the second half was not enough
            WARN(error.what());
            return std::chrono::steady_clock::duration::max();
        }
        return std::chrono::steady_clock::now() - begin;
    };
    auto const took = unless_late(round, [](auto one) { return one >= 1800ms; });
    CHECK(took >= 900ms);
    CHECK(took < 1800ms);
    // And no longer than the caller has.
    HostList all_silent{{host_of(silent), host_of(silent, "localhost")}, common(60s)};
    auto const late = std::chrono::steady_clock::now() + 500ms;
    CHECK_THROWS_AS(all_silent.connect(late, {}), Error);
    CHECK(std::chrono::steady_clock::now() - late < slack);
}

TEST_CASE("the host is the one that is wanted", "[hostile][hosts]")
{
    ScriptedServer primary{server_that(says_and_is(1, takes_writes)), {.connections = many}};
    ScriptedServer replica{server_that(says_and_is(2, takes_none)), {.connections = many}};
    auto const first_choice = [&](Target target, bool is_primary_first) {
        std::vector<Host> list{host_of(primary), host_of(replica)};
        if (!is_primary_first)
            std::reverse(list.begin(), list.end());
        HostList hosts{list, common(), {.target = target}};
        auto db = hosts.connect();
        CHECK(hosts.still_fits(db));
        auto again = hosts.connect();
        CHECK(port_of(again) == port_of(db));
        return port_of(db);
    };
    for (bool const is_primary_first : {true, false}) {
        CHECK(first_choice(Target::primary, is_primary_first) == 1);
        CHECK(first_choice(Target::replica, is_primary_first) == 2);
        CHECK(first_choice(Target::prefer_replica, is_primary_first) == 2);
        CHECK(first_choice(Target::any, is_primary_first) == (is_primary_first ? 1 : 2));
    }
    HostList no_replica{{dead(), host_of(primary)}, common(), {.target = Target::prefer_replica}};
    auto db = no_replica.connect();
    CHECK(port_of(db) == 1);
    CHECK(no_replica.still_fits(db));
    HostList none{{host_of(primary)}, common(), {.target = Target::replica}};
    auto const error = error_of(none);
    CHECK(error.message().find("takes writes, and a replica is wanted") != std::string::npos);
    CHECK(error.retryable());
}

TEST_CASE("who wants any server is not made to wait for its answer", "[hostile][hosts]")
{
    ScriptedServer server{server_that(serve())};
    HostList hosts{{host_of(server)}, common()};
    auto db = hosts.connect();
    CHECK(hosts.still_fits(db));
    db.close();
    CHECK_FALSE(hosts.still_fits(db));
    CHECK(server.finish().commands.size() <= 1); // COM_QUIT
}

TEST_CASE("random order spreads the connections", "[hostile][hosts]")
{
    ScriptedServer a{server_that(serve()), {.connections = many}};
    ScriptedServer b{server_that(serve()), {.connections = many}};
    HostList hosts{{host_of(a), host_of(b)}, common(), {.order = HostOrder::random}};
    for (int i = 0; i < 40; ++i)
        CHECK(hosts.connect().usable());
    CHECK(a.accepted() > 5); // below which it is once in a million
    CHECK(b.accepted() > 5);
}

TEST_CASE("a failover is noticed once, and followed", "[hostile][hosts]")
{
    // The first one asked twice: once when it is chosen, and then when it is not any more.
    auto const asks = [](Settings const& now) {
        return Script{serve_until("SHOW GLOBAL VARIABLES"), pairs(now)};
    };
    ScriptedServer first{logged_in(TestPki::shared().good()) + asks(takes_writes) +
                             asks(takes_none) + Script{says(takes_none)},
                         {.then = {server_that(says(takes_none))}}};
    ScriptedServer second{server_that(says_and_is(2, takes_writes)), {.connections = many}};

    struct Listener : Observer {
        explicit Listener(std::vector<std::string>& to) : told{&to} {}
        void on_host(HostEvent const& event) noexcept override
        {
            told->push_back(std::string{event.what} + " " +
                            std::to_string(event.options.endpoint.port()) +
                            (event.options.password.empty() ? "" : " with the password"));
        }
        std::vector<std::string>* told;
    };
    std::vector<std::string> told;
    ConnectionOptions options = common();
    options.observer = make_observer<Listener>(told);
    HostList hosts{{host_of(first), host_of(second)}, options, {.target = Target::primary}};

    auto old = hosts.connect();
    auto const before = hosts.generation();
    CHECK(hosts.generation() == before);
    CHECK_FALSE(hosts.still_fits(old));
    auto const after = hosts.generation();
    CHECK(after != before);
    CHECK_FALSE(hosts.still_fits(old)); // known already
    CHECK(hosts.generation() == after);
    auto fresh = hosts.connect();
    CHECK(port_of(fresh) == 2);
    CHECK(hosts.still_fits(fresh));
    CHECK(hosts.generation() == after);
    CHECK(hosts.status()[0].role == ServerRole::replica);
    CHECK(hosts.status()[1].role == ServerRole::primary);

    std::string const one = " " + std::to_string(first.port());
    CHECK(std::count(told.begin(), told.end(), "chosen" + one) == 1);
    CHECK(std::count(told.begin(), told.end(), "demoted" + one) == 1);
    CHECK(std::count(told.begin(), told.end(), "chosen " + std::to_string(second.port())) == 1);
}

namespace {

/// Two servers of one name, told apart by their number.
struct Moving {
    FakeName name{"moving.hosts.test", {"127.0.0.2"}};
    Identity identity = certificate_for("moving.hosts.test");
    ScriptedServer first{server_that(says_and_is(1, takes_writes), identity),
                         {.address = "127.0.0.2", .connections = many}};
    ScriptedServer second{server_that(says_and_is(2, takes_writes), identity),
                          {.address = "127.0.0.3", .port = first.port(), .connections = many}};

    struct Listener : Observer {
        explicit Listener(std::atomic<int>& count) : moves{&count} {}
        void on_host(HostEvent const& event) noexcept override
        {
            if (event.what == "moved" && event.options.endpoint.host() == "moving.hosts.test" &&
                event.options.password.empty())
                ++*moves;
        }
        std::atomic<int>* moves;
    };
    std::atomic<int> moves = 0;

    std::shared_ptr<HostList> list(HostListOptions const& options)
    {
        ConnectionOptions connections = common();
        connections.observer = make_observer<Listener>(moves);
        return std::make_shared<HostList>(std::vector<Host>{host_of(first, name.name())},
                                          connections, options);
    }
    void move() { name.stand_for({"127.0.0.3"}); }
};

} // namespace

TEST_CASE("a failover by DNS is noticed when a connection is made", "[hostile][hosts]")
{
    Moving servers;
    Target const target = GENERATE(Target::any, Target::primary);
    auto const hosts = servers.list(
        {.target = target, .first_rest = 60s, .longest_rest = 60s, .look_up_interval = 0ms});
    auto old = hosts->connect();
    CHECK(port_of(old) == 1);
    auto const before = hosts->generation();
    CHECK(hosts->connect().usable());
    CHECK(hosts->generation() == before);
    CHECK(servers.name.lookups() == 2); // once for each connection
    servers.move();
    CHECK(hosts->generation() == before); // nobody looks in the background
    auto fresh = hosts->connect();
    CHECK(port_of(fresh) == 2);
    CHECK(fresh.tls()->verified_name == "moving.hosts.test");
    auto const after = hosts->generation();
    CHECK(after != before);
    CHECK(servers.moves == 1);
    CHECK(hosts->connect().usable());
    CHECK(hosts->generation() == after);
    // What could not be used does not make its successor rest.
    servers.name.stand_for({"127.0.0.9"});
    CHECK_THROWS_AS(hosts->connect(), Error);
    CHECK(hosts->status()[0].is_resting);
    servers.move();
    CHECK(hosts->connect().usable());
    CHECK_FALSE(hosts->status()[0].is_resting);
}

TEST_CASE("a pool leaves a server that its name does not stand for any more", "[hostile][hosts]")
{
    Moving servers;
    auto const hosts = servers.list({.look_up_interval = 20ms});
    ConnectionPool pool{hosts, {.max_size = 1, .reset = ResetPolicy::never}};
    auto const where = [&] { return port_of(*pool.acquire()); };
    CHECK(where() == 1);
    REQUIRE(soon([&] {
        REQUIRE(where() == 1);
        return servers.name.lookups() > 4;
    }));
    CHECK(servers.first.accepted() == 1);
    servers.move();
    CHECK(soon([&] { return where() == 2; })); // the first one still answers
    CHECK(servers.moves == 1);
    CHECK(servers.second.accepted() <= 2);
}

namespace {

/// A server that becomes something else while all goes on.
struct Changing {
    explicit Changing(int id, bool writes = false)
        : number{id}, takes_writes_now{writes}, server{script(), {.connections = many}}
    {
    }

    Script script()
    {
        Step const role = [this](sealsql::testing::Session& session) {
            ++asked;
            pairs(takes_writes_now ? takes_writes : takes_none)(session);
        };
        Step const may_be_down = [this](sealsql::testing::Session& session) {
            if (is_down)
                session.close();
        };
        return Script{may_be_down} +
               server_that(
                   serve({{"SHOW GLOBAL VARIABLES", {role}},
                          {"SELECT port",
                           {result_set({{{.name = "port", .type = wire::ColumnType::bigint}},
                                        {{std::to_string(number)}}})}}}));
    }

    int number;
    std::atomic<bool> takes_writes_now;
    std::atomic<bool> is_down = false;
    std::atomic<int> asked = 0;
    ScriptedServer server;
};

/// A pool that is never idle, and only reads.
struct Reader {
    Reader(std::vector<Host> list, Target target, std::chrono::milliseconds ask_interval = 50ms)
        : hosts{std::make_shared<HostList>(std::move(list), common(),
                                           HostListOptions{.target = target,
                                                           .first_rest = 40ms,
                                                           .longest_rest = 80ms,
                                                           .ask_interval = ask_interval})}
    {
    }

    std::uint64_t where() { return port_of(*pool.acquire()); }

    /// Whether all that is read for so long comes from there.
    bool stays_at(std::uint64_t number, std::chrono::milliseconds time)
    {
        for (auto const end = std::chrono::steady_clock::now() + time;
             std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(10ms))
            if (where() != number)
                return false;
        return true;
    }
    bool comes_to(std::uint64_t number)
    {
        return soon([&] { return where() == number; });
    }

    std::shared_ptr<HostList> hosts;
    ConnectionPool pool{hosts, {.max_size = 1, .reset = ResetPolicy::never}};
};

} // namespace

TEST_CASE("a pool that only reads leaves a server that was demoted or promoted", "[hostile][hosts]")
{
    for (Target const target : {Target::primary, Target::replica}) {
        INFO(to_string(target));
        bool const writes = target == Target::primary;
        Changing first{1, writes};
        Changing second{2, !writes};
        Reader reader{{host_of(first.server), host_of(second.server)}, target};
        CHECK(reader.stays_at(1, 1300ms));
        CHECK(soon([&] { return reader.where() == 1 && first.asked > 1; }));
        CHECK(first.server.accepted() == 2); // one to ask by, which is kept
        CHECK(second.server.accepted() == 0);
        first.takes_writes_now = !writes;
        second.takes_writes_now = writes;
        CHECK(reader.comes_to(2));
        CHECK(reader.stays_at(2, 500ms));
        CHECK(reader.pool.statistics().closed.outdated <= 2);
        CHECK(reader.hosts->status()[0].role ==
              (writes ? ServerRole::replica : ServerRole::primary));
    }
}

TEST_CASE("a pool that prefers a replica goes back to one", "[hostile][hosts]")
{
    Changing primary{1, true};
    Changing replica{2};
    Reader reader{{host_of(primary.server), host_of(replica.server)}, Target::prefer_replica};
    CHECK(reader.where() == 2);
    SECTION("that was away when the pool was made anew")
    {
        replica.is_down = true;
        static_cast<void>(reader.hosts->connect()); // the list knows
        {
            auto db = reader.pool.acquire();
            db.discard();
        }
        CHECK(reader.stays_at(1, 500ms));
        replica.is_down = false;
    }
    SECTION("that was a primary for a while")
    {
        replica.takes_writes_now = true;
        CHECK(reader.comes_to(1));
        CHECK(reader.stays_at(1, 500ms));
        replica.takes_writes_now = false;
    }
    CHECK(reader.comes_to(2));
    CHECK(reader.stays_at(2, 500ms));
}

TEST_CASE("a pool that wants any server, or is not to ask, has no connection more",
          "[hostile][hosts]")
{
    Changing first{1, true};
    auto const check_it = [&](Target target, std::chrono::milliseconds interval) {
        auto const before = first.server.accepted();
        Reader reader{{host_of(first.server)}, target, interval};
        CHECK(reader.stays_at(1, 1300ms));
        CHECK(first.server.accepted() == before + 1);
    };
    check_it(Target::any, 50ms);
    check_it(Target::primary, 0ms);
}

TEST_CASE("a server that does not answer any more is not asked for good", "[hostile][hosts]")
{
    using sealsql::detail::Clock;
    constexpr std::size_t gone = 0;
    constexpr std::size_t alive = 1;
    ScriptedServer server{server_that(serve()), {.connections = many}};
    sealsql::detail::RoleWatch roles{1ms};
    std::vector<std::size_t> asked;
    sealsql::detail::ErrorData failure;
    failure.code = 2013;
    auto const connect = [&](sealsql::detail::ServerInUse const& one, Clock::time_point) {
        if (one.host == alive)
            return Connection{careful(server)};
        asked.push_back(one.host);
        throw Error{failure};
    };
    auto const ask = [&](Connection&, Clock::time_point) {
        asked.push_back(alive);
        return ServerRole::replica;
    };
    auto const round = [&] {
        asked.clear();
        auto const answers = roles.ask_all(7, Clock::now() + 30s, connect, ask);
        CHECK(answers.size() == asked.size());
        for (auto const& [one, role] : answers)
            CHECK(role == (one.host == alive ? ServerRole::replica : ServerRole::unknown));
        return asked;
    };
    using Asked = std::vector<std::size_t>;
    roles.note_use({.host = gone, .generation = 7}, false);
    roles.note_use({.host = alive, .generation = 7}, false);
    CHECK(round() == Asked{gone, alive});
    CHECK(round() == Asked{alive, gone});
    // Whoever connected to it has heard of it.
    roles.note_use({.host = gone, .generation = 7}, false);
    CHECK(round() == Asked{alive, gone});
    CHECK(round() == Asked{alive, gone});
    // To refuse is to answer, and to be stopped says nothing.
    failure.code = 1040;
    CHECK(round() == Asked{alive, gone});
    failure.code = 2013;
    failure.cancel_reason = CancelReason::stop_requested;
    for (int i = 0; i < 4; ++i)
        CHECK(round() == Asked{alive, gone});
    failure.cancel_reason = CancelReason::none;
    for (int i = 0; i < 3; ++i)
        CHECK(round() == Asked{alive, gone});
    CHECK(round() == Asked{alive});
    CHECK(round() == Asked{alive});
    roles.note_use({.host = gone, .generation = 7}, false);
    CHECK(round().size() == 2);
    CHECK(server.accepted() == 1);
}

TEST_CASE("a single server may be another one behind the same name", "[hostile][hosts]")
{
    Moving servers;
    ConnectionOptions options = common();
    options.endpoint = Endpoint::tcp(servers.name.name(), servers.first.port());
    options.observer = make_observer<Moving::Listener>(servers.moves);
    auto const source = std::make_shared<SingleServer>(options);
    auto const before = source->generation();
    auto db = source->connect(std::chrono::steady_clock::time_point::max(), {});
    CHECK(port_of(db) == 1);
    CHECK(servers.name.lookups() == 1);
    ConnectionPool pool{source, {.max_size = 2, .reset = ResetPolicy::never}};
    {
        auto const one = pool.acquire();
        auto const two = pool.acquire();
        CHECK(port_of(*one) + port_of(*two) == 2);
    }
    CHECK(source->generation() == before);
    servers.move();
    SECTION("found when one is made")
    {
        db = source->connect(std::chrono::steady_clock::time_point::max(), {});
        CHECK(port_of(db) == 2);
        CHECK(source->generation() != before);
    }
    SECTION("found in the background")
    {
        CHECK(soon([&] { return source->generation() != before; }));
    }
    CHECK(servers.moves == 1);
    auto const after = source->generation();
    CHECK(port_of(*pool.acquire()) == 2);
    CHECK(source->generation() == after);
}

TEST_CASE("the look-up is part of the connection that an observer is told of", "[hostile][hosts]")
{
    struct Listener : Observer {
        void on_connect(ConnectEvent const& event) noexcept override
        {
            durations.push_back(event.span.duration);
            codes.push_back(event.error != nullptr ? event.error->code() : 0);
            has_password = has_password || event.options.password.c_str()[0] != '\0';
        }
        std::vector<std::chrono::nanoseconds> durations;
        std::vector<int> codes;
        bool has_password = false;
    };
    auto const listener = std::make_shared<Listener>();
    FakeName name{"told.hosts.test", {"127.0.0.1"}};
    ScriptedServer server{server_that(says(takes_writes), certificate_for(name.name())),
                          {.connections = many}};
    ConnectionOptions options = common();
    options.observer = make_observer(listener);
    HostList hosts{{host_of(server, name.name())}, options};
    name.hang();
    auto connecting = std::async(std::launch::async, [&] { return hosts.connect().usable(); });
    CHECK(soon([&] { return name.lookups() == 1; }));
    std::this_thread::sleep_for(200ms);
    name.answer();
    CHECK(connecting.get());
    REQUIRE(listener->durations.size() == 1);
    CHECK(listener->durations[0] >= 190ms);
    CHECK(listener->durations[0] < 200ms + slack);
    CHECK(listener->codes[0] == 0);

    name.stand_for({});
    CHECK(error_of(hosts).code() == 2005);
    CHECK(listener->codes == std::vector<int>{0, 2005});
    CHECK_FALSE(listener->has_password);
}

TEST_CASE("nobody waits for a look-up in the background", "[hostile][hosts]")
{
    Moving servers;
    auto const hosts = servers.list({.look_up_interval = 1ms});
    auto db = hosts->connect();
    auto const before = hosts->generation();
    servers.name.hang();
    int const lookups = servers.name.lookups();
    REQUIRE(soon([&] {
        CHECK(hosts->generation() == before);
        return servers.name.lookups() > lookups;
    }));
    auto const begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        CHECK(hosts->generation() == before);
        std::this_thread::sleep_for(2ms);
    }
    CHECK(std::chrono::steady_clock::now() - begin < slack);
    CHECK(servers.name.lookups() == lookups + 1); // and it is not asked again meanwhile
    servers.move();
    servers.name.answer();
    CHECK(soon([&] { return hosts->generation() != before; }));
    // That it is unknown for a moment says nothing.
    auto const after = hosts->generation();
    servers.name.stand_for({});
    int const now = servers.name.lookups();
    CHECK(soon([&] {
        CHECK(hosts->generation() == after);
        return servers.name.lookups() > now + 3;
    }));
}

TEST_CASE("a new CA of the common options or of one host's is noticed", "[hostile][hosts]")
{
    TemporaryDirectory const directory;
    bool const is_own = GENERATE(true, false);
    auto const ca = directory.write("ca.pem", TestPki::shared().trust_pem());
    ConnectionOptions options = common();
    Host host{"a.hosts.test"};
    if (is_own)
        host.ssl = SslOptions{.ca = ca};
    else
        options.transport = Transport::tls({.ca = ca});
    HostList hosts{{{"b.hosts.test"}, host}, options};
    auto const before = hosts.generation();
    directory.write("ca.pem", Authority{}.certificate_pem());
    std::this_thread::sleep_for(1100ms); // before which it is not looked at again
    auto const after = hosts.generation();
    CHECK(after != before);
    CHECK(hosts.generation() == after);
}

TEST_CASE("of a name that stands for several servers, each is asked", "[hostile][hosts]")
{
    Identity const identity = certificate_for("cluster.hosts.test");
    ScriptedServer replica{server_that(says_and_is(1, takes_none), identity),
                           {.address = "127.0.0.2", .connections = many}};
    ScriptedServer primary{server_that(says_and_is(2, takes_writes), identity),
                           {.address = "127.0.0.3", .port = replica.port(), .connections = many}};
    HostList writers{
        {host_of(replica, "cluster.hosts.test")}, common(), {.target = Target::primary}};
    for (int i = 0; i < 3; ++i) {
        auto db = writers.connect();
        CHECK(port_of(db) == 2);
        CHECK(db.tls()->verified_name == "cluster.hosts.test");
        CHECK(writers.still_fits(db));
    }
    CHECK(replica.accepted() == 1); // then it rests
    CHECK(primary.transcript().sni == "cluster.hosts.test");
    REQUIRE(writers.status().size() == 2);
    CHECK(writers.status()[0].role == ServerRole::replica);
    CHECK(writers.status()[1].endpoint.host() == "127.0.0.3");
    auto const before = writers.generation();
    CHECK(writers.generation() == before); // two servers, and no change of roles
    HostList readers{
        {host_of(replica, "cluster.hosts.test")}, common(), {.target = Target::prefer_replica}};
    auto db = readers.connect();
    CHECK(port_of(db) == 1);
}

TEST_CASE("of a name with a dead address that one rests", "[hostile][hosts]")
{
    ScriptedServer server{server_that(says(takes_writes), certificate_for("cluster.hosts.test")),
                          {.address = "127.0.0.3", .connections = many}};
    Deaf deaf{0, "127.0.0.2", server.port()};
    deaf.fill();
    Target const target = GENERATE(Target::any, Target::primary);
    ConnectionOptions options = common();
    options.timeouts.dial = 1500ms;
    HostList hosts{{host_of(server, "cluster.hosts.test")},
                   options,
                   {.target = target, .first_rest = 60s, .longest_rest = 60s}};
    auto const begin = std::chrono::steady_clock::now();
    CHECK(hosts.connect().tls()->verified_name == "cluster.hosts.test");
    CHECK(std::chrono::steady_clock::now() - begin >= 1490ms);
    for (int i = 0; i < 3; ++i)
        CHECK(hosts.connect().usable());
    REQUIRE(hosts.status().size() == 2);
    CHECK(hosts.status()[0].failures == 1); // it was dialled once
    CHECK(hosts.status()[0].is_resting);
    CHECK_FALSE(hosts.status()[1].is_resting);
}

TEST_CASE("the error of a name names each of its addresses", "[hostile][hosts]")
{
    HostList hosts{{{"cluster.hosts.test", 1}}, common()};
    auto const error = error_of(hosts);
    CAPTURE(error.what());
    CHECK(error.message().starts_with("none of the addresses can be used: "));
    CHECK(error.message().find("127.0.0.2:1") != std::string::npos);
    CHECK(error.message().find("127.0.0.3:1") != std::string::npos);
    CHECK(error.code() == 2003);
}

TEST_CASE("hosts are reached by IPv6, by name and by number", "[hostile][hosts]")
{
    FakeName const name{"six.hosts.test", {"::1"}};
    Identity const identity =
        TestPki::shared().trusted().issue({.dns = {name.name()}, .ip = {"::1"}});
    ScriptedServer server{server_that(says(takes_writes), identity),
                          {.address = "::1", .connections = many}};
    for (char const* const host : {"::1", "six.hosts.test"}) {
        HostList hosts{{{host, server.port()}}, common(), {.target = Target::primary}};
        auto db = hosts.connect();
        CHECK(db.tls()->verified_name == host);
        CHECK(hosts.still_fits(db));
        CHECK(hosts.status()[0].role == ServerRole::primary);
    }
}

TEST_CASE("a host that stands for others by its address does not pass for their name",
          "[hostile][hosts]")
{
    ScriptedServer one{server_that(says(takes_writes), certificate_for("a.hosts.test")),
                       {.address = "127.0.0.2", .connections = many}};
    HostList hosts{{host_of(one, "cluster.hosts.test")}, common(), {.target = Target::primary}};
    auto const error = error_of(hosts);
    CHECK(error.message().find("not for cluster.hosts.test") != std::string::npos);
    CHECK_FALSE(leaked(one.finish()));
}

TEST_CASE("a request to stop is heard between two hosts", "[hostile][hosts]")
{
    std::stop_source stop;
    ScriptedServer silent{{silence()}, {.connections = many}};
    ScriptedServer good{server_that(serve()), {.connections = many}};
    HostList hosts{{host_of(silent), host_of(good)}, common()};
    std::jthread const stopper{[&] {
        silent.wait_until_accepted(1);
        stop.request_stop();
    }};
    CHECK_THROWS_AS(hosts.connect(std::chrono::steady_clock::time_point::max(), stop.get_token()),
                    Error);
    CHECK(good.accepted() == 0);
}

TEST_CASE("many threads use one list", "[hostile][hosts]")
{
    ScriptedServer primary{server_that(says(takes_writes)), {.connections = 200}};
    ScriptedServer replica{server_that(says(takes_none)), {.connections = 200}};
    HostList hosts{{dead(), host_of(replica), host_of(primary)},
                   common(),
                   {.target = Target::primary,
                    .order = HostOrder::random,
                    .first_rest = 1ms,
                    .longest_rest = 2ms}};
    std::atomic<int> connected = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                try {
                    for (int n = 0; n < 5; ++n) {
                        auto db = hosts.connect();
                        if (hosts.still_fits(db) && hosts.status().size() == 3)
                            ++connected;
                        static_cast<void>(hosts.generation());
                    }
                } catch (Error const&) {
                    // counted by its absence
                }
            });
    }
    CHECK(connected == 40);
}
