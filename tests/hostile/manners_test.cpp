// What the process around sealsql notices of it: its signals, its descriptors, its sockets.

#include "victim.hpp"

#include <sealsql/deadline.hpp>

#include "support/catch.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

std::atomic<int> signals{0}; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// A disposition of SIGPIPE, for as long as this object lives.
class SigPipe {
public:
    explicit SigPipe(void (*handler)(int))
    {
        struct sigaction action {};
        action.sa_handler = handler;
        REQUIRE(::sigaction(SIGPIPE, &action, &before_) == 0);
    }
    ~SigPipe() { ::sigaction(SIGPIPE, &before_, nullptr); }
    SigPipe(SigPipe const&) = delete;
    SigPipe& operator=(SigPipe const&) = delete;

    [[nodiscard]] static auto now()
    {
        struct sigaction action {};
        REQUIRE(::sigaction(SIGPIPE, nullptr, &action) == 0);
        return action.sa_handler;
    }

private:
    struct sigaction before_ {};
};

std::set<int> open_descriptors()
{
    std::set<int> all;
    for (auto const& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
        all.insert(std::atoi(entry.path().filename().c_str()));
    std::erase_if(all, [](int one) { return ::fcntl(one, F_GETFD) < 0; }); // the list's own
    return all;
}

/// The client's end of the connection to a port.
int socket_to(std::uint16_t port)
{
    for (int const one : open_descriptors()) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(one, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
            return one;
    }
    return -1;
}

int option_of(int socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(socket, level, name, &value, &size) == 0);
    return value;
}

void ping_until_lost(Connection& db)
{
    for (int i = 0; i < 100; ++i) {
        db.ping();
        std::this_thread::sleep_for(1ms);
    }
}

} // namespace

// First in this file, which is a test of its own: so that it sees how Connector/C is initialised.
TEST_CASE("SIGPIPE stays as the program has it and is never raised", "[hostile]")
{
    std::array<void (*)(int), 3> const handlers{SIG_DFL, SIG_IGN, [](int) { ++signals; }};
    for (auto const handler : handlers) {
        SigPipe const disposition{handler};
        for (bool const by_reset : {false, true}) {
            for (Stage const stage : all_stages()) {
                ScriptedServer server{up_to(stage, TestPki::shared().good()) +
                                      Script{by_reset ? steps::reset() : steps::close()}};
                Outcome const outcome = attack(server, careful(server), [](Connection& db) {
                    try {
                        static_cast<void>(db.query_all("SELECT a, b FROM t"));
                    } catch (Error const&) {
                    }
                    db.close();
                });
                CHECK(SigPipe::now() == handler);
            }
            // While idle; what is written then is answered by a RST, and what is written after that is the signal's case.
            ScriptedServer server{logged_in(TestPki::shared().good()) +
                                  Script{by_reset ? steps::reset() : steps::close()}};
            CHECK(attack(server, careful(server), ping_until_lost).error);
            CHECK(SigPipe::now() == handler);
        }
    }
    CHECK(signals == 0);
}

TEST_CASE("no descriptor of a connection goes to a program that is started", "[hostile]")
{
    auto const before = open_descriptors();
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}};
    auto const server_only = open_descriptors();
    Connection db{careful(server)};
    std::stop_source source;
    OperationDeadline const limit{db, 30s, source.get_token()};
    int const socket = socket_to(server.port());
    REQUIRE(socket >= 0);
    int found = 0;
    for (int const one : open_descriptors()) {
        if (server_only.contains(one))
            continue;
        ++found;
        INFO(
            "descriptor " << one << " "
                          << std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(one)));
        CHECK((::fcntl(one, F_GETFD) & FD_CLOEXEC) != 0);
    }
    CHECK(found >= 2); // the socket, and what the token wakes the thread by
    // And what a program sees that is started in the usual way.
    std::string const command = "test ! -e /proc/self/fd/" + std::to_string(socket);
    int const status = std::system(command.c_str()); // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the kernel is told when to give a silent server up", "[hostile]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()},
                          {.connections = 3}};
    {
        Connection const db{careful(server)};
        int const socket = socket_to(server.port());
        REQUIRE(socket >= 0);
        CHECK(option_of(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_KEEPINTVL) == 10);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_KEEPCNT) == 3);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 120'000);
    }
    ConnectionOptions options = careful(server);
    {
        options.keepalive = {.idle = 7s, .interval = 2s, .probes = 5, .unacknowledged = 1500ms};
        Connection const db{options};
        int const socket = socket_to(server.port());
        REQUIRE(socket >= 0);
        CHECK(option_of(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_KEEPIDLE) == 7);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_KEEPINTVL) == 2);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_KEEPCNT) == 5);
        CHECK(option_of(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 1500);
    }
    options.keepalive = {.idle = 0s, .unacknowledged = 0ms};
    Connection const db{options};
    int const socket = socket_to(server.port());
    REQUIRE(socket >= 0);
    CHECK(option_of(socket, SOL_SOCKET, SO_KEEPALIVE) == 0); // which Connector/C had switched on
    CHECK(option_of(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
}
