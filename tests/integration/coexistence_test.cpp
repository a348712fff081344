// The hooks see every connection of the process. Others must not notice, and nobody may reach across.

#include "server.hpp"

#include "support/catch.hpp"
#include "support/raw_client.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>

using namespace sealsql;
using namespace sealsql::testing;

namespace {

bool raw_connection_to_server_works(bool tls)
{
    Server const& server = Server::get();
    return raw_connection_works({.host = server.host(),
                                 .port = server.port(),
                                 .user = server["USER"],
                                 .password = server["PASSWORD"],
                                 .ca = tls ? server["CA"] : std::string{}},
                                "SELECT 42", "42");
}

/// libssl on its own: a context of somebody else's, and a handshake with itself in memory is not needed to see whether it
/// was touched.
bool raw_context_is_untouched()
{
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL* const ssl = SSL_new(context);
    bool const untouched = SSL_CTX_get_info_callback(context) == nullptr &&
                           SSL_get_info_callback(ssl) == nullptr &&
                           SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE;
    SSL_free(ssl);
    SSL_CTX_free(context);
    return untouched;
}

} // namespace

TEST_CASE("others use Connector/C and OpenSSL at the same time", "[integration]")
{
    std::atomic<int> ours = 0;
    std::atomic<int> raw_tls = 0;
    std::atomic<int> raw_plain = 0;
    std::atomic<int> contexts = 0;
    constexpr int rounds = 20;
    bool const plain_login_works = Server::get().is_mariadb(); // MySQL's default method needs TLS
    auto const repeat = [](auto function) {
        return std::thread{[function] {
            for (int i = 0; i < rounds; ++i)
                function();
        }};
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.push_back(repeat([&] {
            try {
                auto db = builder().connect();
                ours += db.query_value<int>("SELECT 1");
            } catch (Error const&) {
                // counted by its absence
            }
        }));
        threads.push_back(repeat([&] { raw_tls += raw_connection_to_server_works(true) ? 1 : 0; }));
        threads.push_back(repeat([&] {
            raw_plain += !plain_login_works || raw_connection_to_server_works(false) ? 1 : 0;
        }));
        threads.push_back(repeat([&] { contexts += raw_context_is_untouched() ? 1 : 0; }));
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(ours == 2 * rounds);
    CHECK(raw_tls == 2 * rounds);
    CHECK(raw_plain == 2 * rounds);
    CHECK(contexts == 2 * rounds);
}

TEST_CASE("a raw connection in between two of ours on one thread is left alone", "[integration]")
{
    auto db = builder().connect();
    CHECK(raw_connection_to_server_works(true));
    CHECK(raw_context_is_untouched());
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("no error of ours stays in OpenSSL's queue", "[integration]")
{
    // Others read it after their own calls, and would take ours for theirs.
    Server const& server = Server::get();
    ERR_clear_error();
    auto const good = builder().connect();
    CHECK(ERR_peek_error() == 0);
    auto const wrong = ConnectionBuilder::to_host(server["WRONG_NAME_HOST"], server.port())
                           .login("u", Secret{})
                           .ssl({.ca = server["CA"]});
    CHECK_THROWS_AS(wrong.connect(), TlsError);
    CHECK(ERR_peek_error() == 0);
    auto const unreadable = to_server().login("u", Secret{}).ssl({.ca = "/etc/hostname"});
    CHECK_THROWS_AS(unreadable.connect(), TlsError);
    CHECK(ERR_peek_error() == 0);
}
