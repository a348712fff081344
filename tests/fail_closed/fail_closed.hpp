#ifndef SEALSQL_TESTS_FAIL_CLOSED_FAIL_CLOSED_HPP
#define SEALSQL_TESTS_FAIL_CLOSED_FAIL_CLOSED_HPP

// The ways to connect over a network that use TLS, or may, to servers that would let anybody in.

#include "hostile/victim.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::testing {

/// Up to the transport.
inline auto to_server(ScriptedServer const& server)
{
    return ConnectionBuilder::to_host(server.address(), server.port())
        .login(victim_user, Secret{victim_password})
        .connect_timeout(std::chrono::seconds{5});
}

/// Every way that ends in TLS when the server offers it.
inline std::vector<std::pair<std::string, ConnectionOptions>>
ways_into_tls(ScriptedServer const& server)
{
    auto const builder = to_server(server);
    return {
        {"VerifyMode::identity", builder.ssl({.ca = good_ca()}).options()},
        {"VerifyMode::ca", builder.ssl({.ca = good_ca(), .verify = VerifyMode::ca}).options()},
        {"VerifyMode::none", builder.ssl({.verify = VerifyMode::none}).options()},
        {"TLS if offered", builder.insecure_tls_if_offered().options()},
    };
}

/// Lets everybody in who speaks TLS with it. Its certificate is a good one, so that it is not the certificate that is
/// refused.
inline Script welcoming(wire::GreetingOptions const& options = {})
{
    using namespace steps;
    return logged_in(TestPki::shared().good(), {}, options) + Script{serve()};
}

/// One that agrees on every version and cipher, and so on anything that is left when the hooks have set nothing.
inline Script undemanding()
{
    using namespace steps;
    TlsOptions const tls{.ciphers = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"};
    return logged_in(TestPki::shared().good_rsa(), tls) + Script{serve()};
}

/// What must be true when a hook is missing.
inline void check_no_login(std::string const& name, Outcome const& outcome)
{
    INFO(name << "\n" << outcome.describe());
    CHECK_FALSE(outcome.connected);
    CHECK(outcome.error.has_value());
    CHECK_FALSE(leaked(outcome.seen));
    CHECK(outcome.seen.logins.empty());
    CHECK(outcome.text().find(victim_password) == std::string::npos);
    CHECK(outcome.elapsed < std::chrono::seconds{2});
}

} // namespace sealsql::testing

#endif
