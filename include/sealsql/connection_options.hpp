#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/ssl_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// A server on the network. `localhost` means the loopback address here, never a local socket.
struct TcpEndpoint {
    /// A name or an IP address, IPv6 without brackets. A name with several addresses is tried in the
    /// resolver's order.
    std::string host;
    std::uint16_t port = 3306;

    friend bool operator==(TcpEndpoint const&, TcpEndpoint const&) = default;
};

/// A server on this machine, behind a Unix domain socket.
struct SocketEndpoint {
    std::filesystem::path path;

    friend bool operator==(SocketEndpoint const&, SocketEndpoint const&) = default;
};

/// TLS or no connection.
struct TlsRequired {
    SslOptions ssl;

    friend bool operator==(TlsRequired const&, TlsRequired const&) = default;
};

/// TLS when the server offers it, plaintext when it does not: a network attacker decides.
struct TlsIfOffered {
    SslOptions ssl;

    friend bool operator==(TlsIfOffered const&, TlsIfOffered const&) = default;
};

/// No TLS. Over a network this is for ConnectionBuilder::insecure_plaintext_over_network() to say.
struct Plaintext {
    friend bool operator==(Plaintext const&, Plaintext const&) = default;
};

/// Longest times. Each is a whole: a peer that sends a byte now and then does not stretch it.
struct Timeouts {
    /// From the first address that is dialled to the end of the last init statement. The resolver's
    /// time comes on top: the system's resolver cannot be interrupted.
    std::chrono::milliseconds connect{10'000};

    /// For a server's whole answer to a statement, and again for each row that follows it.
    std::chrono::milliseconds read{300'000};

    /// For handing a whole statement to the network.
    std::chrono::milliseconds write{60'000};

    friend bool operator==(Timeouts const&, Timeouts const&) = default;
};

/// Everything that a connection is made from: what ConnectionBuilder builds. A plain value, to be
/// kept and used many times.
struct ConnectionOptions {
    /// Where the server is.
    std::variant<TcpEndpoint, SocketEndpoint> endpoint;
    /// Whether and how TLS protects the connection.
    std::variant<TlsRequired, TlsIfOffered, Plaintext> transport;

    /// Whom to log in as.
    std::string user;
    Secret password;
    /// Empty: none is selected.
    std::string database;

    Timeouts timeouts;

    /// Of statements and results.
    std::string character_set = "utf8mb4";

    /// Run in this order on each new connection, and again after Connection::reset().
    std::vector<std::string> init_statements;

    /// Shown in the server's `performance_schema.session_connect_attrs`.
    std::vector<std::pair<std::string, std::string>> attributes;

    /// Bytes of the largest row that is accepted; a server that sends a larger one is cut off. How
    /// large a statement may be is the server's `max_allowed_packet`.
    std::size_t max_packet_size = std::size_t{64} << 20U;

    friend bool operator==(ConnectionOptions const&, ConnectionOptions const&) = default;
};

namespace detail {

/// The TLS that is demanded or welcome; null for plaintext.
[[nodiscard]] SslOptions const* ssl_of(ConnectionOptions const& options) noexcept;

} // namespace detail

/// Refuses options that cannot be meant, such as an empty host. Connecting does it first.
/// @throws Error with the cure as remedy; TlsError where it is about TLS
void check(ConnectionOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/connection_options.ipp>
#endif
