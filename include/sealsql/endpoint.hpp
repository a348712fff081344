#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// Where a server is: at a port of a host, or behind a Unix domain socket of this machine.
class Endpoint {
public:
    /// Nowhere yet: a host without a name, which check() refuses.
    Endpoint() = default;

    /// A server on the network. `localhost` means the loopback address here, never a local socket.
    /// @param host a name or an IP address, IPv6 without brackets; a name with several addresses is
    ///     tried in the resolver's order
    [[nodiscard]] static Endpoint tcp(std::string host, std::uint16_t port = 3306)
    {
        Endpoint endpoint;
        endpoint.host_ = std::move(host);
        endpoint.port_ = port;
        return endpoint;
    }

    /// A server on this machine, by the path of its socket.
    [[nodiscard]] static Endpoint local_socket(std::filesystem::path path)
    {
        Endpoint endpoint;
        endpoint.is_local_socket_ = true;
        endpoint.path_ = std::move(path);
        return endpoint;
    }

    [[nodiscard]] bool is_local_socket() const noexcept { return is_local_socket_; }

    /// Empty for a local socket.
    [[nodiscard]] std::string const& host() const noexcept { return host_; }

    /// Without meaning for a local socket.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// Empty on the network.
    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

    friend bool operator==(Endpoint const&, Endpoint const&) = default;

private:
    bool is_local_socket_ = false;
    std::uint16_t port_ = 3306;
    std::string host_;
    std::filesystem::path path_;
};

} // namespace sealsql::inline SEALSQL_ABI
