// Real servers resume, in both versions of TLS.

#include "server.hpp"

#include "support/catch.hpp"

#include <string>

using namespace sealsql;
using namespace sealsql::testing;

TEST_CASE("real servers resume sessions", "[integration][valgrind]")
{
    for (TlsVersion const version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
        INFO(to_string(version));
        Server const& server = Server::get();
        auto const way =
            to_server()
                .login(server["USER"], password())
                .ssl({.ca = server["CA"], .min_version = version, .max_version = version});
        auto first = way.connect();
        CHECK(first.query_value<int>("SELECT 1") == 1);
        for (int i = 0; i < 20; ++i) {
            auto next = way.connect();
            CHECK(next.tls()->resumed);
            CHECK(next.tls()->version == to_string(version));
            CHECK(next.tls()->peer == first.tls()->peer);
            CHECK(next.query_value<int>("SELECT 1") == 1);
        }
    }
}

TEST_CASE("a session that the server has forgotten means a full handshake", "[integration]")
{
    auto const way = builder();
    static_cast<void>(way.connect().query_value<int>("SELECT 1"));
    CHECK(way.connect().tls()->resumed);
    // The server makes a new context, and with it new ticket keys.
    admin().execute(
        Sql::unchecked(Server::get().is_mariadb() ? "FLUSH SSL" : "ALTER INSTANCE RELOAD TLS"));
    auto db = way.connect();
    CHECK_FALSE(db.tls()->resumed);
    CHECK(db.query_value<int>("SELECT 1") == 1);
    CHECK(way.connect().tls()->resumed);
}
