#ifndef SEALSQL_TESTS_HYGIENE_USE_HPP
#define SEALSQL_TESTS_HYGIENE_USE_HPP

#include <sealsql/sealsql.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>

/// Where the servers of odr_main.cpp are.
struct Servers {
    std::uint16_t honest; // its certificate is signed by `ca`
    std::uint16_t impostor;
    char const* ca;
};

namespace {

sealsql::Connection connect_to(Servers const& servers, std::uint16_t port)
{
    return sealsql::ConnectionBuilder::to_host("127.0.0.1", port)
        .login("app", sealsql::Secret{"secret"})
        .ssl({.ca = servers.ca})
        .connect_timeout(std::chrono::seconds{30})
        .connect();
}

/// Whether sealsql, as the including file sees it, does what it should: each file has a copy of its own of this.
bool use_sealsql(Servers const& servers)
{
    try {
        if (!connect_to(servers, servers.honest).tls())
            return false;
    } catch (sealsql::Error const& error) {
        std::fprintf(stderr, "the honest server was refused: %s\n", error.what());
        return false;
    }
    try {
        static_cast<void>(connect_to(servers, servers.impostor));
        std::fputs("the impostor was accepted\n", stderr);
        return false;
    } catch (sealsql::TlsError const& error) {
        if (error.reason() == sealsql::TlsReason::issuer_not_trusted)
            return true;
        std::fprintf(stderr, "the impostor was refused for another reason: %s\n", error.what());
        return false;
    }
}

} // namespace

#endif
