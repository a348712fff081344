// A shared library that uses sealsql and shows nothing of it: built twice, so that one process holds two copies.

#include <sealsql/sealsql.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace {

/// Made before anything of OpenSSL's, and so destroyed after OpenSSL has cleaned up.
std::optional<sealsql::Connection>
    kept; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

sealsql::Connection connect(char const* host, std::uint16_t port, char const* ca)
{
    return sealsql::ConnectionBuilder::to_host(host, port)
        .login("module_user", sealsql::Secret{"module_password"})
        .ssl({.ca = ca})
        .connect_timeout(std::chrono::seconds{5})
        .connect();
}

} // namespace

/// Leaves a connection to the end of the process.
extern "C" __attribute__((visibility("default"))) int
sealsql_module_keep(char const* host, std::uint16_t port, char const* ca)
{
    try {
        kept.emplace(connect(host, port, ca));
        kept->ping();
        return 0;
    } catch (sealsql::Error const&) {
        return 2;
    }
}

/// 0: connected over TLS. 1: refused by sealsql's own checks. 2: another error.
extern "C" __attribute__((visibility("default"))) int
sealsql_module_connect(char const* host, std::uint16_t port, char const* ca)
{
    try {
        auto const db = connect(host, port, ca);
        return db.tls() != nullptr ? 0 : 2;
    } catch (sealsql::TlsError const&) {
        return 1;
    } catch (sealsql::Error const&) {
        return 2;
    }
}
