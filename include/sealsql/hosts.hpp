#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/server_role.hpp>
#include <sealsql/ssl_options.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// One of several servers, by what they are at the moment. Not part of <sealsql/sealsql.hpp>: include it where it is
/// needed.

namespace sealsql::inline SEALSQL_ABI {

/// Which server is wanted.
enum class Target : std::uint8_t {
    /// Whichever answers first; it is not asked what it is.
    any,
    /// One that takes writes.
    primary,
    /// One that takes none.
    replica,
    /// One that takes no writes if there is one, and else one that does.
    prefer_replica,
};

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(Target target) noexcept;

/// In which order hosts are tried.
enum class HostOrder : std::uint8_t {
    /// As they were given: the first one that can be used.
    ordered,
    /// Shuffled each time, so that the connections are spread over all.
    random,
};

/// One of several servers.
struct Host {
    /// A name or an IP address, IPv6 without brackets. Of a name with several addresses, each is a server of its own: it is
    /// asked what it is, and rests by itself.
    std::string name;

    std::uint16_t port = 3306;

    /// What the certificate must be for instead of `name`, as in SslOptions::server_name.
    std::string server_name{};

    /// Whom to trust for this host, if not as all others.
    std::optional<SslOptions> ssl{};

    friend bool operator==(Host const&, Host const&) = default;
};

/// How a HostList chooses.
struct HostListOptions {
    Target target = Target::any;

    HostOrder order = HostOrder::ordered;

    /// How long a host that failed, or is not what is wanted, is tried after all others only: half of this to all of
    /// it, by chance, and twice as much each further time.
    std::chrono::milliseconds first_rest{1000};

    /// Above which it does not grow.
    std::chrono::milliseconds longest_rest{30'000};

    /// How often the hosts' names are looked up while a pool uses what it has, beside each time that a connection is made.
    /// It is done in the background, and nobody waits for it. Zero: never.
    std::chrono::milliseconds look_up_interval{5'000};

    /// How often each server that a pool has connections to is asked what it is, so that they leave it when it is not what is
    /// wanted any more, though nothing fails there. Where Target::prefer_replica had to take a primary, the others are asked
    /// as well, whether there is a replica again. Over one connection more to each server, verified as all others, in the
    /// pool's maintenance thread; a pool without it has ConnectionPool::maintain(). Who gave no answer three times running is
    /// asked again when a connection was made to it. Zero: never. Target::any asks nobody.
    std::chrono::milliseconds ask_interval{2'000};

    friend bool operator==(HostListOptions const&, HostListOptions const&) = default;
};

/// How a host of a HostList is doing.
struct HostStatus {
    Endpoint endpoint{};
    /// As it last said.
    ServerRole role = ServerRole::unknown;
    /// How often in a row it failed or was not what is wanted.
    unsigned failures = 0;
    bool is_resting = false;
    /// Why it rests; empty if it does not.
    std::string reason{};
};

namespace detail {

template <class>
inline constexpr bool is_not_meant = false;

} // namespace detail

/// Makes connections to one of several servers: for a pool or run_transaction(), or by connect().
///
/// ```
/// HostList writers{{{"db-1.internal"}, {"db-2.internal"}}, options, {.target = Target::primary}};
/// HostList readers{{{"db-1.internal"}, {"db-2.internal"}}, options, {.target = Target::prefer_replica}};
/// auto const id = run_transaction(writers, [](Transaction& tx) { return place_order(tx); });
/// ```
///
/// **Each host's certificate is checked for that host's own name**, never for another one's of the list. What the
/// servers say of themselves is asked over the verified connection and never guessed; nor is it guessed from the SQL
/// which of them a statement may go to: that is the caller's choice, by two lists as above.
///
/// A host that failed, or is not what is wanted, rests for a while, which means that it is tried after all others.
/// Each host gets its share of the time that is left, so that a dead one does not use it up.
///
/// When a server changes its role, generation() changes: a pool then replaces its connections. The servers that a pool uses
/// are asked every few seconds (HostListOptions::ask_interval), and when they refuse to write. generation() also changes when a
/// name comes to stand for another server, which is how a failover by DNS shows: when none of its addresses is one that it
/// had. Names that stand for one of several servers by turns do not count, unless a Target::primary is wanted: an address that
/// the name had within the last five minutes is no other server. How far behind a replica is, it does not ask.
///
/// Any number of threads may call it at once.
class HostList final : public ConnectionSource {
public:
    /// @param common all that the hosts have in common; its endpoint is not used
    /// @throws Error if there is no host, one stands there twice, or what results for one of them is refused by check();
    ///     if `common` names an SslOptions::server_name or also_accept_names for several hosts
    HostList(std::vector<Host> hosts, ConnectionOptions common, HostListOptions options = {});

    /// Names without braces of their own, which would be taken for something else; refused with what to write.
    template <class Name>
        requires std::convertible_to<Name const&, std::string_view>
        HostList(std::initializer_list<Name>, ConnectionOptions const&, HostListOptions const& = {})
        {
            static_assert(detail::is_not_meant<Name>,
                          "each host of a HostList has braces of its own: "
                          "HostList{{{\"a\"}, {\"b\", 3307}}, options}");
        }

    ~HostList() override;

    /// Connects by Timeouts::connect of the common options.
    [[nodiscard]] Connection connect();

    /// Connects to one of the hosts.
    /// @throws Error naming each host with the reason why it could not be used; a TlsError if that was TLS for each. One
    ///     host's own error if there is but one host
    [[nodiscard]] Connection connect(std::chrono::steady_clock::time_point deadline,
                                     std::stop_token const& stop) override;

    /// Whether the server still is what is wanted: asks it, unless that is Target::any.
    [[nodiscard]] bool still_fits(Connection& connection) override;

    [[nodiscard]] std::uint64_t generation() override;

    /// Asks the servers in use what they are, when HostListOptions::ask_interval says so; two seconds at most.
    void maintain(std::stop_token const& stop) override;

    /// The common options, with the first host's endpoint.
    [[nodiscard]] ConnectionOptions const& options() const noexcept override;

    /// How each host is doing, in the order in which they were given. A name whose addresses are tried one by one has
    /// an entry for each.
    [[nodiscard]] std::vector<HostStatus> status() const;

private:
    class Implementation;
    static void destroy(Implementation* implementation) noexcept;

    detail::Owned<Implementation, destroy> implementation_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/hosts.ipp>
#endif
