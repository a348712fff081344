#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/ask_role.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/host_failures.hpp>
#include <sealsql/detail/host_places.hpp>
#include <sealsql/detail/name_watch.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/role_watch.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_options.ipp>
#include <sealsql/impl/connection_source.ipp>
#include <sealsql/impl/deadline.ipp>
#include <sealsql/impl/detail/host_failures.ipp>
#include <sealsql/impl/detail/host_places.ipp>
#include <sealsql/impl/detail/name_watch.ipp>
#include <sealsql/impl/detail/role_watch.ipp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/observer.ipp>
#include <sealsql/impl/server_role.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/server_role.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/transport.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(Target target) noexcept
{
    switch (target) {
    case Target::any:
        return "any";
    case Target::primary:
        return "primary";
    case Target::replica:
        return "replica";
    case Target::prefer_replica:
        return "prefer_replica";
    }
    return "unknown";
}

namespace detail {

/// Whether a server of this role is one of those that are wanted.
[[nodiscard]] SEALSQL_INLINE bool fits(ServerRole role, Target target) noexcept
{
    switch (target) {
    case Target::any:
        return true;
    case Target::primary:
        return role == ServerRole::primary;
    case Target::replica:
        return role == ServerRole::replica;
    case Target::prefer_replica:
        return role == ServerRole::primary || role == ServerRole::replica;
    }
    return false;
}

} // namespace detail

class HostList::Implementation {
public:
    using Clock = detail::Clock;

    Implementation(std::vector<Host> hosts, ConnectionOptions common, HostListOptions options)
        : hosts_{std::move(hosts)}, common_{std::move(common)}, options_{options},
          places_{hosts_, options_}, roles_{options_.ask_interval}
    {
        check_list();
        common_.endpoint = Endpoint::tcp(hosts_.front().name, hosts_.front().port);
        trust_.push_back(std::make_unique<Watched>(common_));
        for (Host const& host : hosts_) {
            ConnectionOptions own = options_for(host, {});
            sealsql::check(own);
            if (host.ssl)
                trust_.push_back(std::make_unique<Watched>(std::move(own)));
            trust_of_.push_back(host.ssl ? &trust_.back()->watch : &trust_.front()->watch);
            names_.push_back(detail::is_ip_address(host.name)
                                 ? nullptr
                                 : std::make_unique<detail::NameWatch>(
                                       host.name, options_.target != Target::primary,
                                       options_.look_up_interval));
        }
    }

    [[nodiscard]] ConnectionOptions const& common() const noexcept { return common_; }

    [[nodiscard]] Connection connect(Clock::time_point deadline, std::stop_token const& stop)
    {
        auto const latest = std::min(deadline, Clock::now() + common_.timeouts.connect);
        std::size_t rested = 0;
        std::vector<std::size_t> const order = places_.in_order(rested);
        Attempt attempt{.generation = generation_now(), .stop = stop};
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (attempt.second_best && i >= rested)
                break;
            if (stop.stop_requested())
                throw OperationCancelled{Error{
                    detail::cancelled(CancelReason::stop_requested, CancelOutcome::not_sent,
                                      "no connection was made: a stop was requested", false)}};
            auto const now = Clock::now();
            if (now >= latest && i != 0)
                break;
            auto const share = (latest - now) / static_cast<std::int64_t>(order.size() - i);
            if (auto connection = try_host(order[i], now + share, attempt))
                return std::move(*connection);
        }
        if (attempt.second_best) {
            roles_.note_use(attempt.second_server, true);
            return std::move(*attempt.second_best);
        }
        attempt.failures.throw_all(hosts_.size(), options_.target);
    }

    [[nodiscard]] bool still_fits(Connection& connection)
    {
        if (!connection.usable())
            return false;
        if (options_.target == Target::any)
            return true;
        try {
            auto const wait = std::min(common_.timeouts.read, common_.timeouts.connect);
            detail::RoleAndReason const answer = detail::ask_role(connection, Clock::now() + wait);
            detail::Session const& session =
                detail::require(detail::SessionAccess::session(connection));
            for (std::size_t host = 0; host < hosts_.size(); ++host)
                if (note_role(host, session.target(), answer.role))
                    break;
            return detail::fits(answer.role, options_.target);
        } catch (Error const&) {
            return false;
        }
    }

    [[nodiscard]] std::uint64_t generation()
    {
        for (std::size_t host = 0; host < hosts_.size(); ++host)
            if (names_[host] && names_[host]->look())
                note_move(host);
        return generation_now();
    }

    void maintain(std::stop_token const& stop)
    {
        if (options_.target == Target::any)
            return;
        auto const round = roles_.begin_round();
        if (!round)
            return;
        constexpr std::chrono::seconds longest{2};
        auto const latest =
            Clock::now() + std::min<Clock::duration>(longest, common_.timeouts.connect);
        std::uint64_t const generation = generation_now();
        bool is_replica_found = false;
        auto const answers = roles_.ask_all(
            generation, latest,
            [&](detail::ServerInUse const& server, Clock::time_point end) {
                return connect_to_ask(server.host, server.dialled, end, stop);
            },
            [&](Connection& connection, Clock::time_point end) {
                return ask(connection, end, stop).role;
            });
        for (auto const& [server, role] : answers) {
            note_answer(server, role);
            if (role == ServerRole::replica) {
                places_.end_rest(server.host, server.address);
                is_replica_found = true;
            }
        }
        if (!roles_.uses_second_best(generation_now()))
            return;
        for (auto const& [host, address] : places_.not_resting())
            if (!is_replica_found && !stop.stop_requested() && Clock::now() < latest &&
                !is_in_use(answers, host, address))
                is_replica_found = is_replica_again(host, address, latest, stop);
        if (is_replica_found)
            role_changes_.fetch_add(1, std::memory_order_relaxed);
    }

    [[nodiscard]] std::vector<HostStatus> status() const { return places_.status(); }

private:
    // --- What was asked for ---

    void check_list() const
    {
        auto const refuse = [](std::string message, std::string remedy) {
            throw detail::client_error(detail::error_code::unknown_error, std::move(message),
                                       std::move(remedy));
        };
        if (hosts_.empty())
            refuse("a HostList has no host", "give it at least one");
        constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
        if (options_.first_rest <= std::chrono::milliseconds::zero() ||
            options_.longest_rest < options_.first_rest || options_.longest_rest > longest)
            refuse("a HostList's rests are not 0 < .first_rest <= .longest_rest <= a year",
                   "check HostListOptions");
        if (options_.look_up_interval < std::chrono::milliseconds::zero() ||
            options_.look_up_interval > longest)
            refuse("a HostList's .look_up_interval is not between 0 and a year",
                   "check HostListOptions");
        if (options_.ask_interval < std::chrono::milliseconds::zero() ||
            options_.ask_interval > longest)
            refuse("a HostList's .ask_interval is not between 0 and a year",
                   "check HostListOptions");
        SslOptions const* const ssl = common_.transport.ssl();
        for (std::size_t i = 0; i < hosts_.size(); ++i) {
            Host const& host = hosts_[i];
            if (ssl == nullptr && (host.ssl || !host.server_name.empty()))
                refuse(detail::concat({"the host ", detail::target_of(host, {}),
                                       " has TLS settings, and the connections are in plaintext"}),
                       "remove them, or what chose plaintext");
            for (std::size_t other = 0; other < i; ++other)
                if (hosts_[other].port == host.port &&
                    detail::equal_ignoring_case(hosts_[other].name, host.name))
                    refuse(detail::concat({"the host ", detail::target_of(host, {}),
                                           " stands twice in a HostList"}),
                           "name each host once");
        }
        if (hosts_.size() > 1 && ssl != nullptr &&
            (!ssl->server_name.empty() || !ssl->also_accept_names.empty()))
            throw detail::tls_error(
                TlsReason::options_contradict, TlsStage::configuration,
                "SslOptions of a HostList name one .server_name for several hosts, or have "
                ".also_accept_names, and each host has to prove that it is itself",
                "remove it, or give each Host the .server_name that its certificate is for, or an "
                ".ssl of its own");
    }

    /// With the name to check that is this host's own, by whichever address it is dialled.
    [[nodiscard]] ConnectionOptions options_for(Host const& host, std::string const& address) const
    {
        ConnectionOptions options = common_;
        options.endpoint = Endpoint::tcp(address.empty() ? host.name : address, host.port);
        if (SslOptions const* const common = common_.transport.ssl()) {
            SslOptions ssl = host.ssl ? *host.ssl : *common;
            if (!host.server_name.empty())
                ssl.server_name = host.server_name;
            else if (!address.empty() && ssl.verify == VerifyMode::identity &&
                     ssl.server_name.empty())
                ssl.server_name = host.name;
            else if (!address.empty() && ssl.sni_name.empty())
                ssl.sni_name = host.name;
            options.transport = common_.transport.demands_tls()
                                    ? Transport::tls(std::move(ssl))
                                    : Transport::insecure_tls_if_offered(std::move(ssl));
        }
        return options;
    }

    // --- Trying ---

    /// What connect() has got so far.
    struct Attempt {
        /// Before it.
        std::uint64_t generation = 0;
        std::stop_token const& stop;
        detail::HostFailures failures{};
        std::optional<Connection> second_best{};
        detail::ServerInUse second_server{};
        /// If that is part of the next connection.
        Clock::time_point look_up_began = Clock::time_point::max();
    };

    [[nodiscard]] std::optional<Connection> try_host(std::size_t host, Clock::time_point latest,
                                                     Attempt& attempt)
    {
        detail::HostFailures& failures = attempt.failures;
        std::stop_token const& stop = attempt.stop;
        std::vector<std::string> known;
        detail::Stopwatch const looking_up;
        attempt.look_up_began = names_[host] ? Clock::now() : Clock::time_point::max();
        try {
            known = addresses_of(host, latest, stop);
        } catch (OperationCancelled const& error) {
            tell_not_connected(host, looking_up.span(), error);
            Error const said = late(error);
            note_failure(host, {}, said, failures, {}, std::make_exception_ptr(said));
            return {};
        } catch (Error const& error) {
            tell_not_connected(host, looking_up.span(), error);
            note_failure(host, {}, error, failures, {}, std::current_exception());
            return {};
        }
        // Of a name that stands for several servers, each is tried, and rests, by itself.
        std::vector<std::string> each{{}};
        if (known.size() > 1)
            each = known;
        places_.set_addresses(host, each);
        for (std::size_t i = 0; i < each.size(); ++i) {
            auto const now = Clock::now();
            auto const share = (latest - now) / static_cast<std::int64_t>(each.size() - i);
            try {
                if (auto connection = try_place(host, each[i], known, now + share, attempt))
                    return connection;
            } catch (OperationCancelled const& error) {
                Error const said = late(error);
                note_failure(host, each[i], said, failures, {}, std::make_exception_ptr(said));
            } catch (TlsError const& error) {
                note_failure(host, each[i], error, failures, error, std::current_exception());
            } catch (Error const& error) {
                note_failure(host, each[i], error, failures, {}, std::current_exception());
            }
        }
        return {};
    }

    /// This host's share of the time was over, which says nothing against another try.
    /// @throws OperationCancelled if it was the caller who called it off
    [[nodiscard]] static Error late(OperationCancelled const& error)
    {
        if (error.reason() == CancelReason::stop_requested)
            throw OperationCancelled{error};
        return Error{{.code = error.code(),
                      .sqlstate = error.sqlstate(),
                      .message = error.message(),
                      .remedy = error.remedy(),
                      .retryable = true,
                      .poisons_connection = true}};
    }

    /// Those of its name; none if that is an address.
    [[nodiscard]] std::vector<std::string> addresses_of(std::size_t host, Clock::time_point latest,
                                                        std::stop_token const& stop)
    {
        if (!names_[host])
            return {};
        detail::NameWatch::Found found = names_[host]->find(latest, stop);
        if (found.has_moved)
            note_move(host);
        return std::move(found.addresses);
    }

    /// @param address empty: by the host's name, at one of the addresses `known`
    [[nodiscard]] std::optional<Connection> try_place(std::size_t host, std::string const& address,
                                                      std::vector<std::string> const& known,
                                                      Clock::time_point latest, Attempt& attempt)
    {
        std::optional<Connection> connection{connect_to(
            host, address, latest, address.empty() && !known.empty() ? &known : nullptr, attempt)};
        if (options_.target == Target::any) {
            note_success(host, address);
            return connection;
        }
        detail::RoleAndReason const answer = ask(*connection, latest, attempt.stop);
        static_cast<void>(note_role(host, detail::target_of(hosts_[host], address), answer.role));
        bool const is_second_best =
            options_.target == Target::prefer_replica && answer.role == ServerRole::primary;
        detail::ServerInUse const server{
            .host = host,
            .address = address,
            .dialled = !address.empty() || known.empty() ? address : known.front(),
            .role = answer.role,
            .generation = attempt.generation};
        if (detail::fits(answer.role, options_.target) && !is_second_best) {
            note_success(host, address);
            roles_.note_use(server, false);
            return connection;
        }
        if (is_second_best) {
            note_success(host, address);
            if (!attempt.second_best) {
                attempt.second_best = std::move(connection);
                attempt.second_server = server;
            }
            return {};
        }
        note_failure(host, address, unfit(host, address, answer), attempt.failures, {}, {});
        return {};
    }

    [[nodiscard]] Connection connect_to(std::size_t host, std::string const& address,
                                        Clock::time_point latest,
                                        std::vector<std::string> const* known,
                                        Attempt& attempt) const
    {
        auto const look_up_began = std::exchange(attempt.look_up_began, Clock::time_point::max());
        try {
            return detail::connect_until(options_for(hosts_[host], address), latest, attempt.stop,
                                         known, look_up_began);
        } catch (TlsError const& error) {
            trust_of_[host]->throw_if_it_passes(error);
            throw;
        }
    }

    [[nodiscard]] static detail::RoleAndReason ask(Connection& connection, Clock::time_point latest,
                                                   std::stop_token const& stop)
    {
        detail::LimitedSession const limit{
            detail::require(detail::SessionAccess::session(connection)), latest, stop};
        return detail::ask_role(connection, latest);
    }

    // --- What those in use have become ---

    /// @param address empty: by the host's name
    [[nodiscard]] Connection connect_to_ask(std::size_t host, std::string const& address,
                                            Clock::time_point latest, std::stop_token const& stop)
    {
        ConnectionOptions options = options_for(hosts_[host], address);
        options.compression = {};
        options.multi_statements = false;
        options.local_infile = false;
        options.observer = {}; // what is told is the caller's operations
        return detail::connect_until(std::move(options), latest, stop);
    }

    void note_answer(detail::ServerInUse const& server, ServerRole role)
    {
        if (role == server.role || role == ServerRole::unknown)
            return;
        std::string const target = detail::target_of(hosts_[server.host], server.address);
        // A name that stands for several servers by turns may have been noted as what another of them is.
        std::uint64_t const before = role_changes_.load(std::memory_order_relaxed);
        static_cast<void>(note_role(server.host, target, role));
        if (role != ServerRole::unfit && role_changes_.load(std::memory_order_relaxed) == before)
            note_change(server.host, role);
    }

    [[nodiscard]] static bool is_in_use(std::vector<detail::RoleWatch::Answer> const& answers,
                                        std::size_t host, std::string const& address)
    {
        return std::any_of(answers.begin(), answers.end(), [&](auto const& answer) {
            return answer.server.host == host && answer.server.address == address;
        });
    }

    /// Asks one of those that could not be used. One that fails rests again.
    [[nodiscard]] bool is_replica_again(std::size_t host, std::string const& address,
                                        Clock::time_point latest, std::stop_token const& stop)
    {
        try {
            auto connection = connect_to_ask(host, address, latest, stop);
            detail::RoleAndReason const answer = ask(connection, latest, stop);
            static_cast<void>(
                note_role(host, detail::target_of(hosts_[host], address), answer.role));
            if (!detail::fits(answer.role, options_.target))
                let_rest(host, address, unfit(host, address, answer), true);
            return answer.role == ServerRole::replica;
        } catch (Error const& error) {
            if (!stop.stop_requested())
                let_rest(host, address, error, false);
            return false;
        }
    }

    [[nodiscard]] Error unfit(std::size_t host, std::string const& address,
                              detail::RoleAndReason const& answer) const
    {
        return Error{
            {.code = detail::error_code::unknown_error,
             .message = detail::concat(
                 {detail::target_of(hosts_[host], address), " ", answer.reason, ", and a ",
                  options_.target == Target::primary ? "primary" : "replica", " is wanted"}),
             .remedy = "wait until a failover is over, or check .target in "
                       "HostListOptions and the servers' settings",
             .retryable = true,
             .poisons_connection = true}};
    }

    // --- What became of it ---

    void tell(std::size_t host, std::string_view what, Error const* error = nullptr) const
    {
        if (!common_.observer)
            return;
        ConnectionOptions const options = detail::without_password(options_for(hosts_[host], {}));
        options.observer->on_host({.options = options, .what = what, .error = error});
    }

    /// As a connection tells it that comes further.
    void tell_not_connected(std::size_t host, Span const& span, Error const& error) const
    {
        if (!common_.observer)
            return;
        ConnectionOptions const options = detail::without_password(options_for(hosts_[host], {}));
        options.observer->on_connect({.options = options, .span = span, .error = &error});
    }

    void note_success(std::size_t host, std::string const& address)
    {
        places_.note_success(host, address);
        tell(host, "chosen");
    }

    /// @param original null if the host answers, and is not what is wanted
    void note_failure(std::size_t host, std::string const& address, Error const& error,
                      detail::HostFailures& failures, std::optional<TlsError> tls,
                      std::exception_ptr original)
    {
        let_rest(host, address, error, !original);
        failures.add(detail::target_of(hosts_[host], address), error, std::move(tls),
                     std::move(original));
    }

    void let_rest(std::size_t host, std::string const& address, Error const& error, bool answers)
    {
        places_.note_failure(host, address, error.message(), answers);
        tell(host, answers ? "unfit" : "resting", &error);
    }

    /// @return whether it is one of this host's
    bool note_role(std::size_t host, std::string const& target, ServerRole role)
    {
        using Change = detail::HostPlaces::RoleChange;
        Change const change = places_.note_role(host, target, role);
        if (change == Change::changed)
            note_change(host, role);
        return change != Change::not_here;
    }

    void note_change(std::size_t host, ServerRole role)
    {
        role_changes_.fetch_add(1, std::memory_order_relaxed);
        tell(host, role == ServerRole::primary ? "promoted" : "demoted");
    }

    /// As far as it is known.
    [[nodiscard]] std::uint64_t generation_now()
    {
        std::uint64_t changes = role_changes_.load(std::memory_order_relaxed);
        for (auto const& name : names_)
            changes += name ? name->moves() : 0;
        for (auto const& watched : trust_)
            changes += watched->watch.generation();
        return changes;
    }

    void note_move(std::size_t host)
    {
        places_.forget(host);
        tell(host, "moved");
    }

    std::vector<Host> hosts_;
    ConnectionOptions common_;
    HostListOptions options_;

    /// Whom to trust: by the common options, and by those of a host's own.
    struct Watched {
        explicit Watched(ConnectionOptions watched) : options{std::move(watched)}, watch{options} {}

        ConnectionOptions options;
        detail::TrustWatch watch;
    };
    std::vector<std::unique_ptr<Watched>> trust_;
    std::vector<detail::TrustWatch const*> trust_of_; // each host

    std::vector<std::unique_ptr<detail::NameWatch>> names_; // of each host; null for an address
    detail::HostPlaces places_;
    detail::RoleWatch roles_;
    std::atomic<std::uint64_t> role_changes_ = 0;
};

SEALSQL_INLINE HostList::HostList(std::vector<Host> hosts, ConnectionOptions common,
                                  HostListOptions options)
    : implementation_{new Implementation{std::move(hosts), std::move(common), options}}
{
}

SEALSQL_INLINE HostList::~HostList() = default;

SEALSQL_INLINE void HostList::destroy(Implementation* implementation) noexcept
{
    delete implementation; // NOLINT(cppcoreguidelines-owning-memory): Owned calls it
}

SEALSQL_INLINE Connection HostList::connect()
{
    return connect(detail::Clock::time_point::max(), {});
}

SEALSQL_INLINE Connection HostList::connect(std::chrono::steady_clock::time_point deadline,
                                            std::stop_token const& stop)
{
    return implementation_->connect(deadline, stop);
}

SEALSQL_INLINE bool HostList::still_fits(Connection& connection)
{
    return implementation_->still_fits(connection);
}

SEALSQL_INLINE std::uint64_t HostList::generation() { return implementation_->generation(); }

SEALSQL_INLINE void HostList::maintain(std::stop_token const& stop)
{
    implementation_->maintain(stop);
}

SEALSQL_INLINE ConnectionOptions const& HostList::options() const noexcept
{
    return implementation_->common();
}

SEALSQL_INLINE std::vector<HostStatus> HostList::status() const
{
    return implementation_->status();
}

} // namespace sealsql::inline SEALSQL_ABI
