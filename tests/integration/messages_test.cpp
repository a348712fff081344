// The messages of tests/hostile/messages_test.cpp that real servers write, from real servers.

#include "server.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

using namespace sealsql;
using namespace sealsql::testing;

namespace {

/// The server takes no plaintext from the network, as long as this object.
class SecureTransportOnly {
public:
    SecureTransportOnly() { admin().execute("SET GLOBAL require_secure_transport = ON"); }
    SecureTransportOnly(SecureTransportOnly const&) = delete;
    SecureTransportOnly& operator=(SecureTransportOnly const&) = delete;
    ~SecureTransportOnly()
    {
        try {
            admin().execute("SET GLOBAL require_secure_transport = OFF");
        } catch (Error const&) { // the tests after this one say so
        }
    }
};

Error plaintext_error(std::string const& user)
{
    return error_of([&] {
        return to_server().login(user, password()).insecure_plaintext_over_network().connect();
    });
}

void check_message(Error const& error, std::initializer_list<int> codes, std::string const& cure)
{
    CAPTURE(error.what(), error.code());
    CHECK(std::find(codes.begin(), codes.end(), error.code()) != codes.end());
    CHECK(error.message().find(Server::get().host() + ":") != std::string::npos);
    CHECK(error.remedy().find(cure) != std::string::npos);
    CHECK(std::string{error.what()}.find(Server::get()["PASSWORD"]) == std::string::npos);
    CHECK(error.origin() != ErrorOrigin::server); // nobody vouches for what came in plaintext
}

} // namespace

TEST_CASE("a server that demands TLS says so to plaintext and the cure is named", "[integration]")
{
    Server const& server = Server::get();
    SecureTransportOnly const demand;
    Error const error = plaintext_error(server["USER"]);
    // MySQL's default method would show the password, so that the login ends before its 3159 can come.
    if (server.is_mariadb())
        check_message(error, {1045, 3159}, "TLS");
    else
        check_message(error, {3159, 5010}, "call ssl()");
}

TEST_CASE("an account that demands TLS says so to plaintext and the cure is named", "[integration]")
{
    Server const& server = Server::get();
    Error const error = plaintext_error(server["TLS_ONLY_USER"]);
    if (server.is_mariadb())
        check_message(error, {1045}, "when it demands TLS");
    else
        check_message(error, {1045, 5010}, "call ssl()");
}

TEST_CASE("2061 is said before the server can say it", "[integration]")
{
    Server const& server = Server::get();
    if (server.is_mariadb())
        return; // it has no method that needs TLS
    Error const error = plaintext_error(server["USER"]);
    check_message(error, {5010}, "call ssl()");
    CHECK(error.message().find("asks for the login method caching_sha2_password") !=
          std::string::npos);
}

TEST_CASE("an account that demands a certificate says 1045 and the cure is named", "[integration]")
{
    Server const& server = Server::get();
    Error const error = error_of([&] {
        return to_server()
            .login(server["X509_USER"], password())
            .ssl({.ca = server["CA"]})
            .connect();
    });
    CAPTURE(error.what());
    CHECK(error.code() == 1045);
    CHECK(error.origin() == ErrorOrigin::server);
    CHECK(error.message().find(server.host() + ":") != std::string::npos);
    CHECK(error.remedy().find(".identity in SslOptions") != std::string::npos);
}
