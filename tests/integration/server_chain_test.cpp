// The chain of real servers, full and resumed, and what would become of it under another CA.

#include "server.hpp"

#include "support/catch.hpp"

#include <sealsql/server_chain.hpp>

#include <chrono>
#include <string>

using namespace sealsql;
using namespace sealsql::testing;

TEST_CASE("a real server's chain is the same in full and resumed connections",
          "[integration][valgrind]")
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
        auto const second = way.connect();
        REQUIRE(second.tls()->resumed);
        ServerChain const full = server_chain(first);
        ServerChain const resumed = server_chain(second);
        CHECK(full.sent().front() == first.tls()->peer);
        CHECK(resumed.sent() == full.sent());
        CHECK(resumed.verified() == full.verified());
        REQUIRE(resumed.verified().size() == 2);

        // Made for two days.
        Expiry const soonest = first_to_expire(resumed);
        CHECK(soonest.days_left() <= 1);
        CHECK(soonest.days_left() >= 0);
        CHECK(first_to_expire(resumed, soonest.certificate.not_after + std::chrono::days{3})
                  .days_left() == -3);

        CHECK(survives(resumed, server["CA"]));
        Verdict const verdict = survives(resumed, server["OTHER_CA"]);
        REQUIRE_FALSE(verdict.accepted());
        auto const other =
            to_server()
                .login(server["USER"], password())
                .ssl({.ca = server["OTHER_CA"], .min_version = version, .max_version = version});
        TlsError const connecting = tls_error_of([&] { static_cast<void>(other.connect()); });
        CHECK(verdict.refusal->reason() == connecting.reason());
        CHECK(verdict.refusal->message() == connecting.message());
        CHECK(verdict.refusal->remedy() == connecting.remedy());
    }
}
