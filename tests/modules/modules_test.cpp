// Modules that use sealsql come and go, side by side: each finds its own connections, and none leaves a hook behind that
// points into nothing.

#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/scripted_server.hpp"
#include "support/soon.hpp"
#include "support/trust_file.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <openssl/ssl.h>

using namespace sealsql::testing;
using namespace sealsql::testing::steps;

namespace {

using Connect = int (*)(char const*, std::uint16_t, char const*);

class Module {
public:
    explicit Module(char const* path) : handle_{::dlopen(path, RTLD_NOW | RTLD_LOCAL)}
    {
        INFO(path);
        REQUIRE(handle_ != nullptr);
        connect_ = reinterpret_cast<Connect>(::dlsym(handle_, "sealsql_module_connect"));
        REQUIRE(connect_ != nullptr);
    }
    ~Module() { ::dlclose(handle_); }
    Module(Module const&) = delete;
    Module& operator=(Module const&) = delete;

    int connect(ScriptedServer const& server) const
    {
        return connect_(server.address().c_str(), server.port(), good_ca().c_str());
    }

private:
    void* handle_;
    Connect connect_ = nullptr;
};

Script honest() { return logged_in(TestPki::shared().good()) + Script{serve()}; }
Script stripped()
{
    GreetingOptions options;
    options.capabilities &= ~wire::capability::ssl;
    return {greeting(options), expect_login(), ok(), serve()};
}

/// Connector/C without sealsql, to a server that would be refused by it.
bool raw_connection_to_stripped_works()
{
    ScriptedServer server{stripped()};
    return raw_connection_works({.host = server.address(), .port = server.port()});
}

void check_modules_one_after_the_other()
{
    for (char const* const path : {SEALSQL_MODULE_A, SEALSQL_MODULE_B, SEALSQL_MODULE_A}) {
        {
            Module const module{path};
            ScriptedServer good{honest()};
            CHECK(module.connect(good) == 0);
            ScriptedServer bad{stripped()};
            CHECK(module.connect(bad) == 1);
            CHECK(bad.finish().received_plain.empty());
        }
        // The module is closed; what it registered is called all the same.
        CHECK(raw_connection_to_stripped_works());
        SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
        CHECK(context != nullptr);
        SSL_CTX_free(context);
    }
}

/// What a program prints that ends well.
std::string said_by(std::string const& command)
{
    FILE* const output = ::popen(command.c_str(), "r");
    REQUIRE(output != nullptr);
    std::string said;
    for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output))
        said += static_cast<char>(c);
    CHECK(::pclose(output) == 0);
    return said;
}

/// Of one that connects to this server.
std::string said_by(char const* program, ScriptedServer const& server,
                    std::string const& more_arguments = {})
{
    return said_by(std::string{program} + " " + server.address() + " " +
                   std::to_string(server.port()) + " " + good_ca().native() + more_arguments);
}

} // namespace

TEST_CASE("a module that was closed leaves no hook into nothing", "[modules]")
{
    check_modules_one_after_the_other();
}

TEST_CASE("two copies of sealsql in one process each find their own connections", "[modules]")
{
    Module const a{SEALSQL_MODULE_A};
    Module const b{SEALSQL_MODULE_B};
    std::atomic<int> connected = 0;
    std::atomic<int> refused = 0;
    std::atomic<int> raw = 0;
    constexpr int rounds = 10;
    std::vector<std::thread> threads;
    for (Module const* const module : {&a, &b}) {
        threads.emplace_back([&, module] {
            for (int i = 0; i < rounds; ++i) {
                ScriptedServer good{honest()};
                connected += module->connect(good) == 0 ? 1 : 0;
                ScriptedServer bad{stripped()};
                refused += module->connect(bad) == 1 ? 1 : 0;
            }
        });
    }
    threads.emplace_back([&] {
        for (int i = 0; i < rounds; ++i)
            raw += raw_connection_to_stripped_works() ? 1 : 0;
    });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(connected == 2 * rounds);
    CHECK(refused == 2 * rounds);
    CHECK(raw == rounds);
}

TEST_CASE("connections that are static objects go in peace after main", "[modules]")
{
    ScriptedServer server{honest(), {.connections = 3}};
    CHECK(said_by(SEALSQL_AT_EXIT, server, std::string{" "} + SEALSQL_MODULE_A) ==
          "lost\nnot connected\n");
    for (Transcript const& seen : server.finish_all())
        CHECK(seen.connected);
}

TEST_CASE("a pool that is a global object goes in peace after main", "[modules]")
{
    // On a busy machine the program may be over before it has connected.
    SECTION("with a connection that is idle")
    {
        auto const round = [] {
            ScriptedServer server{honest()};
            CHECK(said_by(SEALSQL_POOL_AT_EXIT, server) == "lost\n");
            return server.finish().tls_finished;
        };
        CHECK(unless_late(round, [](bool tls_finished) { return !tls_finished; }));
    }
    SECTION("while one is being made")
    {
        auto const round = [] {
            ScriptedServer server{
                {greeting(), expect_ssl_request(), expect_client_hello(),
                 [](sealsql::testing::Session& session) { session.listen_silently(); }}};
            auto const began = std::chrono::steady_clock::now();
            CHECK(said_by(SEALSQL_POOL_AT_EXIT, server) == "lost\n");
            CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{2} + slack);
            return server.finish().received_plain.size() >
                   100; // with the first message of the handshake
        };
        CHECK(unless_late(round, [](bool hello_seen) { return !hello_seen; }));
    }
}

TEST_CASE("pools are made and destroyed in a maintenance thread that exit waits for", "[modules]")
{
    CHECK(said_by("timeout 60 " SEALSQL_POOLS_AT_EXIT) == "destroyed\nmade\n");
}
