// What a list of hosts decides without a server: what a server's answers say of it, which role fits, how long to rest,
// which lists are refused.

#include <sealsql/detail/name_watch.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/sealsql.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
using unit::contains;

namespace {

ConnectionOptions common()
{
    return ConnectionBuilder::to_host("unused").login("app", Secret{"hunter2"}).options();
}

Error error_of(std::function<void()> const& function)
{
    try {
        function();
    } catch (Error const& error) {
        return error;
    }
    throw std::logic_error{"no error"};
}

} // namespace

TEST_CASE("A list of hosts that cannot be meant is refused", "[hosts]")
{
    struct Row {
        std::vector<Host> hosts;
        std::function<void(ConnectionOptions&)> change;
        HostListOptions options;
        char const* message;
    };
    auto const as_is = [](ConnectionOptions&) {};
    auto const plaintext = [](ConnectionOptions& o) { o.transport = Transport::plaintext(); };
    for (Row const& row : std::vector<Row>{
             {{}, as_is, {}, "no host"},
             {{{""}}, as_is, {}, "host name is empty"},
             {{{"a"}, {"b", 0}}, as_is, {}, "port is 0"},
             {{{"a"}, {"b c"}}, as_is, {}, "characters"},
             {{{"a"}, {"A"}}, as_is, {}, "stands twice"},
             {{{"a"}, {"b"}}, [](ConnectionOptions& o) { o.user.clear(); }, {}, "user name"},
             {{{"a"}, {"b"}}, as_is, {.first_rest = 0ms}, "rests"},
             {{{"a"}, {"b"}}, as_is, {.first_rest = 2s, .longest_rest = 1s}, "rests"},
             {{{"a"}}, as_is, {.look_up_interval = -1ms}, "look_up_interval"},
             {{{"a"}}, as_is, {.ask_interval = -1ms}, "ask_interval"},
             {{{"a"}, {"b", 3306, "c"}}, plaintext, {}, "plaintext"},
             {{{"a"}, {"b", 3306, "", SslOptions{}}}, plaintext, {}, "plaintext"},
             // One name for all would let each host pose as any other.
             {{{"a"}, {"b"}},
              [](ConnectionOptions& o) { o.transport = Transport::tls({.server_name = "c"}); },
              {},
              "one .server_name for several hosts"},
         }) {
        ConnectionOptions options = common();
        row.change(options);
        auto const error = error_of([&] { HostList{row.hosts, options, row.options}; });
        CAPTURE(row.message, error.what());
        CHECK(contains(error.message(), row.message));
        CHECK_FALSE(error.remedy().empty());
        CHECK_FALSE(contains(error.what(), "hunter2"));
    }
}

TEST_CASE("Lists that can be meant are taken", "[hosts]")
{
    HostList const several{{{"a"}, {"a", 3307}, {"::1"}, {"b", 3306, "other.test"}}, common()};
    CHECK(several.options().endpoint == Endpoint::tcp("a"));
    CHECK(several.options().user == "app");
    auto const status = several.status();
    REQUIRE(status.size() == 4);
    CHECK(status[1].endpoint == Endpoint::tcp("a", 3307));
    CHECK(status[1].role == ServerRole::unknown);
    CHECK_FALSE(status[1].is_resting);
    // With one host there is nobody to be mistaken for.
    ConnectionOptions options = common();
    options.transport = Transport::tls({.server_name = "c"});
    HostList const one{{{"a"}}, options};
    CHECK(one.options().endpoint == Endpoint::tcp("a"));
}

namespace {

bool note(detail::NameWatch& name, std::vector<std::string> const& addresses)
{
    return name.note(addresses, detail::Clock::now());
}

} // namespace

TEST_CASE("A name has moved when it has none of its addresses any more", "[hosts]")
{
    detail::NameWatch name{"one.test", false, 0ms};
    CHECK_FALSE(note(name, {"10.0.0.1"}));
    CHECK_FALSE(note(name, {"10.0.0.1"}));
    CHECK_FALSE(note(name, {}));
    CHECK_FALSE(note(name, {"10.0.0.2", "10.0.0.1"}));
    CHECK_FALSE(note(name, {"10.0.0.2"})); // one that it had
    CHECK(note(name, {"10.0.0.3"}));
    CHECK_FALSE(note(name, {"10.0.0.3"}));
    CHECK(note(name, {"10.0.0.2"})); // back again
    CHECK(note(name, {"fd00::1", "fd00::2"}));
}

TEST_CASE("A name that stands for one server after the other has not moved each time", "[hosts]")
{
    detail::NameWatch name{"readers.test", true, 0ms};
    CHECK_FALSE(note(name, {"10.0.0.1"}));
    CHECK(note(name, {"10.0.0.2"}));
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(note(name, {"10.0.0.1"}));
        CHECK_FALSE(note(name, {"10.0.0.2"}));
    }
    CHECK(note(name, {"10.0.0.3"}));
    for (int i = 4; i < 200; ++i) // of so many, not all are remembered
        CHECK(note(name, {"10.0.0." + std::to_string(i)}));
    CHECK(note(name, {"10.0.0.1"}));
}

TEST_CASE("An answer that comes behind a newer one is no news", "[hosts]")
{
    for (bool const takes_turns : {false, true}) {
        detail::NameWatch name{"one.test", takes_turns, 0ms};
        auto const first = detail::Clock::now();
        CHECK_FALSE(name.note({"10.0.0.1"}, first));
        CHECK(name.note({"10.0.0.2"}, first + 2ms));
        CHECK_FALSE(name.note({"10.0.0.1"}, first + 1ms));
        CHECK_FALSE(name.note({"10.0.0.3"}, first + 1ms));
        CHECK_FALSE(name.note({"10.0.0.2"}, first + 3ms));
        CHECK(name.moves() == 1);
    }
}

TEST_CASE("An address is not looked up in the background", "[hosts]")
{
    HostList hosts{{{"127.0.0.1"}, {"::1"}}, common(), {.look_up_interval = 1ms}};
    auto const first = hosts.generation();
    CHECK(hosts.generation() == first);
}
