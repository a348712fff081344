#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>

/// @file
/// Where connections come from, for what makes them again and again: retries and pools. Not part of
/// <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {
class NameWatch;
class TrustWatch;
} // namespace detail

/// Makes connections: to one server (SingleServer), or to one of several (<sealsql/hosts.hpp>).
///
/// Any number of threads may call it at once. Not for a child that a process with several threads has forked: a thread that
/// is not there any more may have left a lock behind. (A pool refuses there.)
class ConnectionSource {
public:
    ConnectionSource() = default;
    ConnectionSource(ConnectionSource const&) = delete;
    ConnectionSource& operator=(ConnectionSource const&) = delete;
    virtual ~ConnectionSource() = default;

    /// Connects, by `deadline` at the latest and by the options' own Timeouts::connect.
    /// @throws Error as the constructor of Connection does; retryable if a file that SslOptions name cannot be used and could be
    ///     before, since it is just being replaced, and if a host's name is unknown and was not so before
    [[nodiscard]] virtual Connection connect(std::chrono::steady_clock::time_point deadline,
                                             std::stop_token const& stop) = 0;

    /// Whether a connection of this source that is at rest is still what was asked for: that its server is what it
    /// was chosen for. May ask the server; false if that fails.
    [[nodiscard]] virtual bool still_fits(Connection& connection) = 0;

    /// Changes when connections that were made before are to be replaced: another file of CAs, a failover. May be
    /// called often; what it takes to know is looked at now and then only.
    [[nodiscard]] virtual std::uint64_t generation() = 0;

    /// Finds out what generation() cannot say at once, such as what servers have become by now, by asking them. A pool has its
    /// maintenance thread call it, once a second or more often; what is due is for the source to say. By itself it does
    /// nothing.
    virtual void maintain(std::stop_token const& /*stop*/) {}

    /// What connections are made from.
    [[nodiscard]] virtual ConnectionOptions const& options() const noexcept = 0;
};

/// Connections to one server.
class SingleServer final : public ConnectionSource {
public:
    /// @throws Error if the options cannot be meant
    explicit SingleServer(ConnectionOptions options);
    ~SingleServer() override;

    [[nodiscard]] Connection connect(std::chrono::steady_clock::time_point deadline,
                                     std::stop_token const& stop) override;

    /// Whether the server gives a sign of life.
    [[nodiscard]] bool still_fits(Connection& connection) override;

    /// Changes with the content of the files that SslOptions name: CAs, revocation lists and the client's identity. They
    /// are looked at once a second at most. While one cannot be used, what was in force stays.
    ///
    /// And when the host's name comes to stand for another server, as after a failover by DNS; see HostList. It is looked up when
    /// a connection is made, and every five seconds in the background.
    [[nodiscard]] std::uint64_t generation() override;

    [[nodiscard]] ConnectionOptions const& options() const noexcept override { return options_; }

private:
    [[nodiscard]] Connection connect_to_it(std::chrono::steady_clock::time_point deadline,
                                           std::stop_token const& stop);
    void note_move() const;

    ConnectionOptions options_;
    std::unique_ptr<detail::TrustWatch> trust_;
    std::unique_ptr<detail::NameWatch> name_; // null for an address or a local socket
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/connection_source.ipp>
#endif
