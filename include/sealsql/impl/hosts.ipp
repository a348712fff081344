#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_source.ipp>
#include <sealsql/impl/deadline.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/retry.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/transport.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(ServerRole role) noexcept
{
    switch (role) {
    case ServerRole::unknown:
        return "unknown";
    case ServerRole::primary:
        return "primary";
    case ServerRole::replica:
        return "replica";
    case ServerRole::unfit:
        return "unfit";
    }
    return "unknown";
}

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

// --- What a server says of itself ---

/// What is asked for, by name. What is not here the server does not have.
struct ServerSettings {
    // Variables.
    std::string read_only{};
    std::string super_read_only{};
    std::string innodb_read_only{};
    std::string transaction_read_only{};
    std::string tx_read_only{}; // its name before MySQL 8.0 and MariaDB 11.1
    std::string wsrep_on{};
    std::string wsrep_provider{};
    std::string wsrep_reject_queries{};
    // Status.
    std::string wsrep_ready{};
    std::string wsrep_cluster_status{};
    std::string wsrep_local_state{};
    std::string wsrep_local_state_comment{};

    void set(std::string_view name, std::string_view value)
    {
        struct Slot {
            std::string_view name;
            std::string* value;
        };
        for (Slot const& slot : {Slot{"read_only", &read_only},
                                 {"super_read_only", &super_read_only},
                                 {"innodb_read_only", &innodb_read_only},
                                 {"transaction_read_only", &transaction_read_only},
                                 {"tx_read_only", &tx_read_only},
                                 {"wsrep_on", &wsrep_on},
                                 {"wsrep_provider", &wsrep_provider},
                                 {"wsrep_reject_queries", &wsrep_reject_queries},
                                 {"wsrep_ready", &wsrep_ready},
                                 {"wsrep_cluster_status", &wsrep_cluster_status},
                                 {"wsrep_local_state", &wsrep_local_state},
                                 {"wsrep_local_state_comment", &wsrep_local_state_comment}})
            if (equal_ignoring_case(name, slot.name))
                *slot.value = value;
    }
};

/// Neither off nor missing: MariaDB 12 knows more words than ON.
[[nodiscard]] SEALSQL_INLINE bool is_on(std::string_view value) noexcept
{
    return !value.empty() && value != "0" && !equal_ignoring_case(value, "OFF");
}

[[nodiscard]] SEALSQL_INLINE bool is_galera(ServerSettings const& settings) noexcept
{
    return is_on(settings.wsrep_on) && !settings.wsrep_provider.empty() &&
           !equal_ignoring_case(settings.wsrep_provider, "none");
}

struct RoleAndReason {
    ServerRole role = ServerRole::unknown;
    /// In words, for a sentence that begins with the server's name.
    std::string reason{};
};

/// @return ServerRole::unknown if the answer does not tell
[[nodiscard]] SEALSQL_INLINE RoleAndReason role_of(ServerSettings const& settings)
{
    if (is_galera(settings)) {
        auto const unfit = [](std::string_view what, std::string_view value) {
            return RoleAndReason{ServerRole::unfit,
                                 concat({"is a Galera node whose ", what, " is ",
                                         value.empty() ? std::string{"not told"} : shown(value)})};
        };
        if (!equal_ignoring_case(settings.wsrep_cluster_status, "Primary"))
            return unfit("wsrep_cluster_status", settings.wsrep_cluster_status);
        if (!is_on(settings.wsrep_ready))
            return unfit("wsrep_ready", settings.wsrep_ready);
        if (settings.wsrep_local_state != "4")
            return unfit("wsrep_local_state", settings.wsrep_local_state_comment.empty()
                                                  ? settings.wsrep_local_state
                                                  : settings.wsrep_local_state_comment);
        if (is_on(settings.wsrep_reject_queries) &&
            !equal_ignoring_case(settings.wsrep_reject_queries, "NONE"))
            return unfit("wsrep_reject_queries", settings.wsrep_reject_queries);
    }
    if (settings.read_only.empty()) // every server since 2003 has it
        return {};
    struct Variable {
        char const* name;
        std::string const& value;
    };
    for (Variable const& variable : {Variable{"read_only", settings.read_only},
                                     {"super_read_only", settings.super_read_only},
                                     {"innodb_read_only", settings.innodb_read_only},
                                     {"transaction_read_only", settings.transaction_read_only},
                                     {"tx_read_only", settings.tx_read_only}})
        if (is_on(variable.value))
            return {ServerRole::replica, concat({"takes no writes: its ", variable.name, " is ",
                                                 shown(variable.value)})};
    return {ServerRole::primary, "takes writes"};
}

/// Reads the pairs that the statement gives.
SEALSQL_INLINE void read_settings(Session& session, std::string_view sql, ServerSettings& settings,
                                  Clock::time_point latest)
{
    constexpr std::size_t most = 64;
    try {
        session.send_query(sql, latest);
        session.begin_reply();
        ReplyReader reader;
        reader.begin(false);
        std::size_t rows = 0;
        while (reader.is_under_way()) {
            if (session.read_event(reader, latest) != ReplyReader::Event::row)
                continue;
            View<FieldView const> const fields = reader.fields();
            if (fields.size() != 2 || ++rows > most)
                session.reject("answers something else than what it was asked for");
            if (!fields[0].is_null() && !fields[1].is_null())
                settings.set(fields[0].bytes(), fields[1].bytes());
        }
        session.set_idle();
    } catch (Error const&) {
        throw; // by which the session is idle or closed
    } catch (...) {
        session.close(); // in the middle of the answer
        throw;
    }
}

[[nodiscard]] SEALSQL_INLINE RoleAndReason ask_role(Connection& connection,
                                                    Clock::time_point latest)
{
    Session& session = require(SessionAccess::session(connection));
    ServerSettings settings;
    read_settings(session,
                  "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', "
                  "'innodb_read_only', 'transaction_read_only', 'tx_read_only', 'wsrep_on', "
                  "'wsrep_provider', 'wsrep_reject_queries')",
                  settings, latest);
    if (is_galera(settings))
        read_settings(
            session,
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', "
            "'wsrep_local_state', 'wsrep_local_state_comment')",
            settings, latest);
    RoleAndReason answer = role_of(settings);
    if (answer.role == ServerRole::unknown)
        throw client_error(
            error_code::unknown_error,
            concat(
                {session.target(), " does not say whether it takes writes: it has no read_only"}),
            "check what sits between this program and the server, or use Target::any");
    return answer;
}

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

// --- Which host is next ---

/// How long a host rests after so many failures in a row.
[[nodiscard]] SEALSQL_INLINE std::chrono::nanoseconds longest_rest(HostListOptions const& options,
                                                                   unsigned failures) noexcept
{
    return longest_retry_pause(
        {.first_pause = options.first_rest, .longest_pause = options.longest_rest}, failures);
}

/// A host, or one of the addresses of its name.
struct Place {
    /// Empty: the host by its name.
    std::string address{};
    std::string target{};
    ServerRole role = ServerRole::unknown;
    /// As before it was unfit.
    ServerRole last_known_role = ServerRole::unknown;
    unsigned failures = 0;
    Clock::time_point rests_until = Clock::time_point::min();
    /// It answers, and is not what is wanted.
    bool answers = false;
    std::string reason{};

    [[nodiscard]] bool is_resting(Clock::time_point now) const noexcept
    {
        return now < rests_until;
    }
};

/// Why a host could not be used.
struct HostFailure {
    std::string target;
    Error error;
    std::optional<TlsError> tls;
    /// Null if nothing was thrown.
    std::exception_ptr original;
};

} // namespace detail

class HostList::Implementation {
public:
    using Clock = detail::Clock;

    Implementation(std::vector<Host> hosts, ConnectionOptions common, HostListOptions options)
        : hosts_{std::move(hosts)}, common_{std::move(common)}, options_{options}
    {
        check_list();
        common_.endpoint = Endpoint::tcp(hosts_.front().name, hosts_.front().port);
        trust_.push_back(std::make_unique<Watched>(common_));
        for (Host const& host : hosts_) {
            ConnectionOptions own = options_for(host, {});
            sealsql::check(own);
            detail::Place place;
            place.target = target_of(host, {});
            places_.push_back({std::move(place)});
            if (host.ssl)
                trust_.push_back(std::make_unique<Watched>(std::move(own)));
        }
    }

    [[nodiscard]] ConnectionOptions const& common() const noexcept { return common_; }

    [[nodiscard]] Connection connect(Clock::time_point deadline, std::stop_token const& stop)
    {
        auto const latest = std::min(deadline, Clock::now() + common_.timeouts.connect);
        std::size_t rested = 0;
        std::vector<std::size_t> const order = hosts_in_order(rested);
        std::vector<detail::HostFailure> failures;
        std::optional<Connection> second_best;
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (second_best && i >= rested)
                break;
            if (stop.stop_requested())
                throw OperationCancelled{Error{
                    detail::cancelled(CancelReason::stop_requested, CancelOutcome::not_sent,
                                      "no connection was made: a stop was requested", false)}};
            auto const now = Clock::now();
            if (now >= latest && i != 0)
                break;
            auto const share = (latest - now) / static_cast<std::int64_t>(order.size() - i);
            if (auto connection = try_host(order[i], now + share, stop, failures, second_best))
                return std::move(*connection);
        }
        if (second_best)
            return std::move(*second_best);
        throw_failures(failures);
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
                if (note_role(host, session.target(), answer))
                    break;
            return detail::fits(answer.role, options_.target);
        } catch (Error const&) {
            return false;
        }
    }

    [[nodiscard]] std::uint64_t generation()
    {
        std::uint64_t changes = role_changes_.load(std::memory_order_relaxed);
        for (auto const& watched : trust_)
            changes += watched->watch.generation();
        return changes;
    }

    [[nodiscard]] std::vector<HostStatus> status() const
    {
        auto const now = Clock::now();
        std::vector<HostStatus> all;
        std::lock_guard const lock{mutex_};
        for (std::size_t host = 0; host < hosts_.size(); ++host)
            for (detail::Place const& place : places_[host])
                all.push_back({.endpoint = Endpoint::tcp(place.address.empty() ? hosts_[host].name
                                                                               : place.address,
                                                         hosts_[host].port),
                               .role = place.role,
                               .failures = place.failures,
                               .is_resting = place.is_resting(now),
                               .reason = place.is_resting(now) ? place.reason : std::string{}});
        return all;
    }

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
        SslOptions const* const ssl = common_.transport.ssl();
        for (std::size_t i = 0; i < hosts_.size(); ++i) {
            Host const& host = hosts_[i];
            if (ssl == nullptr && (host.ssl || !host.server_name.empty()))
                refuse(detail::concat({"the host ", target_of(host, {}),
                                       " has TLS settings, and the connections are in plaintext"}),
                       "remove them, or what chose plaintext");
            for (std::size_t other = 0; other < i; ++other)
                if (hosts_[other].port == host.port &&
                    detail::equal_ignoring_case(hosts_[other].name, host.name))
                    refuse(detail::concat(
                               {"the host ", target_of(host, {}), " stands twice in a HostList"}),
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

    [[nodiscard]] static std::string target_of(Host const& host, std::string const& address)
    {
        return detail::concat(
            {printable(address.empty() ? host.name : address), ":", std::to_string(host.port)});
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

    /// Those that do not rest, and behind them the others: first who answers, though it is not what is wanted, then who
    /// may be back soonest.
    /// @param rested how many do not rest
    [[nodiscard]] std::vector<std::size_t> hosts_in_order(std::size_t& rested) const
    {
        std::vector<std::size_t> order(hosts_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        if (options_.order == HostOrder::random)
            std::shuffle(order.begin(), order.end(), std::minstd_rand{std::random_device{}()});
        struct Rest {
            bool is_resting = true;
            bool is_primary = false;
            bool answers = false;
            Clock::time_point until = Clock::time_point::max();
        };
        std::vector<Rest> rests(hosts_.size());
        auto const now = Clock::now();
        {
            std::lock_guard const lock{mutex_};
            for (std::size_t host = 0; host < hosts_.size(); ++host)
                for (detail::Place const& place : places_[host]) {
                    Rest& rest = rests[host];
                    rest.is_resting = rest.is_resting && place.is_resting(now);
                    rest.is_primary = rest.is_primary || place.role == ServerRole::primary;
                    rest.answers = rest.answers || place.answers;
                    rest.until = std::min(rest.until, place.rests_until);
                }
        }
        auto const resting = std::stable_partition(
            order.begin(), order.end(), [&](std::size_t host) { return !rests[host].is_resting; });
        if (options_.target == Target::prefer_replica)
            std::stable_partition(order.begin(), resting,
                                  [&](std::size_t host) { return !rests[host].is_primary; });
        std::stable_sort(resting, order.end(), [&](std::size_t left, std::size_t right) {
            return rests[left].answers != rests[right].answers
                       ? rests[left].answers
                       : rests[left].until < rests[right].until;
        });
        rested = static_cast<std::size_t>(resting - order.begin());
        return order;
    }

    [[nodiscard]] std::optional<Connection> try_host(std::size_t host, Clock::time_point latest,
                                                     std::stop_token const& stop,
                                                     std::vector<detail::HostFailure>& failures,
                                                     std::optional<Connection>& second_best)
    {
        std::vector<std::string> addresses;
        try {
            addresses = addresses_of(host, latest, stop);
        } catch (OperationCancelled const& error) {
            Error const said = late(error);
            note_failure(host, {}, said, failures, {}, std::make_exception_ptr(said));
            return {};
        } catch (Error const& error) {
            note_failure(host, {}, error, failures, {}, std::current_exception());
            return {};
        }
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            auto const now = Clock::now();
            auto const share = (latest - now) / static_cast<std::int64_t>(addresses.size() - i);
            try {
                if (auto connection =
                        try_place(host, addresses[i], now + share, stop, failures, second_best))
                    return connection;
            } catch (OperationCancelled const& error) {
                Error const said = late(error);
                note_failure(host, addresses[i], said, failures, {}, std::make_exception_ptr(said));
            } catch (TlsError const& error) {
                note_failure(host, addresses[i], error, failures, error, std::current_exception());
            } catch (Error const& error) {
                note_failure(host, addresses[i], error, failures, {}, std::current_exception());
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

    /// One empty address for a host that is dialled by its name; otherwise those of the name, the rested ones first.
    [[nodiscard]] std::vector<std::string> addresses_of(std::size_t host, Clock::time_point latest,
                                                        std::stop_token const& stop)
    {
        std::string const& name = hosts_[host].name;
        if (options_.target == Target::any || detail::is_ip_address(name))
            return {{}};
        detail::TimeLimit limit{latest, stop, std::chrono::milliseconds{1}, nullptr};
        std::vector<std::string> addresses = detail::resolve_within(name, limit, stop);
        if (addresses.size() == 1)
            addresses = {{}};
        auto const now = Clock::now();
        std::lock_guard const lock{mutex_};
        std::vector<detail::Place> fresh;
        for (std::string const& address : addresses) {
            if (detail::Place* const known = find(host, address)) {
                fresh.push_back(*known);
                continue;
            }
            detail::Place place;
            place.address = address;
            place.target = target_of(hosts_[host], address);
            fresh.push_back(std::move(place));
        }
        places_[host] = std::move(fresh);
        std::stable_partition(addresses.begin(), addresses.end(), [&](std::string const& address) {
            detail::Place const* const place = find(host, address);
            return place != nullptr && !place->is_resting(now);
        });
        return addresses;
    }

    [[nodiscard]] std::optional<Connection> try_place(std::size_t host, std::string const& address,
                                                      Clock::time_point latest,
                                                      std::stop_token const& stop,
                                                      std::vector<detail::HostFailure>& failures,
                                                      std::optional<Connection>& second_best)
    {
        std::optional<Connection> connection{
            detail::connect_until(options_for(hosts_[host], address), latest, stop)};
        if (options_.target == Target::any) {
            note_success(host, address);
            return connection;
        }
        detail::RoleAndReason const answer = [&] {
            detail::LimitedSession const limit{
                detail::require(detail::SessionAccess::session(*connection)), latest, stop};
            return detail::ask_role(*connection, latest);
        }();
        static_cast<void>(note_role(host, target_of(hosts_[host], address), answer));
        bool const is_second_best =
            options_.target == Target::prefer_replica && answer.role == ServerRole::primary;
        if (detail::fits(answer.role, options_.target) && !is_second_best) {
            note_success(host, address);
            return connection;
        }
        if (is_second_best) {
            note_success(host, address);
            if (!second_best)
                second_best = std::move(connection);
            return {};
        }
        note_failure(host, address, unfit(host, address, answer), failures, {}, {});
        return {};
    }

    [[nodiscard]] Error unfit(std::size_t host, std::string const& address,
                              detail::RoleAndReason const& answer) const
    {
        return Error{
            {.code = detail::error_code::unknown_error,
             .message = detail::concat(
                 {target_of(hosts_[host], address), " ", answer.reason, ", and a ",
                  options_.target == Target::primary ? "primary" : "replica", " is wanted"}),
             .remedy = "wait until a failover is over, or check .target in "
                       "HostListOptions and the servers' settings",
             .retryable = true,
             .poisons_connection = true}};
    }

    // --- What became of it ---

    /// Under the lock.
    [[nodiscard]] detail::Place* find(std::size_t host, std::string const& address)
    {
        for (detail::Place& place : places_[host])
            if (place.address == address)
                return &place;
        return nullptr;
    }

    void tell(std::size_t host, std::string_view what, Error const* error = nullptr) const
    {
        if (!common_.observer)
            return;
        ConnectionOptions const options = options_for(hosts_[host], {});
        options.observer->on_host({.options = options, .what = what, .error = error});
    }

    void note_success(std::size_t host, std::string const& address)
    {
        {
            std::lock_guard const lock{mutex_};
            if (detail::Place* const place = find(host, address)) {
                place->failures = 0;
                place->rests_until = Clock::time_point::min();
                place->answers = false;
                place->reason.clear();
            }
        }
        tell(host, "chosen");
    }

    /// @param original null if the host answers, and is not what is wanted
    void note_failure(std::size_t host, std::string const& address, Error const& error,
                      std::vector<detail::HostFailure>& failures, std::optional<TlsError> tls,
                      std::exception_ptr original)
    {
        bool const answers = !original;
        std::string target = target_of(hosts_[host], address);
        {
            std::lock_guard const lock{mutex_};
            // A name that cannot be resolved stands for all of its addresses.
            for (detail::Place& place : places_[host])
                if (place.address == address || address.empty())
                    let_rest(place, error.message(), answers);
        }
        tell(host, answers ? "unfit" : "resting", &error);
        failures.push_back({std::move(target), error, std::move(tls), std::move(original)});
    }

    /// Under the lock.
    void let_rest(detail::Place& place, std::string const& reason, bool answers) const
    {
        ++place.failures;
        auto const whole = detail::longest_rest(options_, place.failures);
        place.rests_until = Clock::now() + whole / 2 + detail::random_part(whole / 2);
        place.answers = answers;
        place.reason = reason;
    }

    /// @return whether it is one of this host's
    bool note_role(std::size_t host, std::string const& target, detail::RoleAndReason const& answer)
    {
        bool is_here = false;
        bool has_changed = false;
        {
            std::lock_guard const lock{mutex_};
            for (detail::Place& place : places_[host]) {
                if (place.target != target)
                    continue;
                is_here = true;
                place.role = answer.role;
                if (answer.role == ServerRole::unfit)
                    break;
                has_changed = place.last_known_role != ServerRole::unknown &&
                              place.last_known_role != answer.role;
                place.last_known_role = answer.role;
                if (has_changed)
                    role_changes_.fetch_add(1, std::memory_order_relaxed);
                break;
            }
        }
        if (has_changed)
            tell(host, answer.role == ServerRole::primary ? "promoted" : "demoted");
        return is_here;
    }

    [[noreturn]] void throw_failures(std::vector<detail::HostFailure> const& failures) const
    {
        if (failures.empty())
            throw detail::fatal_client_error(detail::error_code::conn_host_error,
                                             "no time was left to connect to any host",
                                             "give more time, or try again");
        if (failures.size() == 1 && hosts_.size() == 1) {
            if (failures[0].original)
                std::rethrow_exception(failures[0].original);
            throw failures[0].error;
        }
        // The one that gives most hope says what kind of error it is.
        detail::HostFailure const* chosen = &failures.front();
        bool all_are_tls = true;
        for (detail::HostFailure const& failure : failures) {
            if (failure.error.retryable() && !chosen->error.retryable())
                chosen = &failure;
            all_are_tls = all_are_tls && failure.tls.has_value();
        }
        std::string message =
            detail::concat({"none of ", std::to_string(hosts_.size()), " hosts can be used",
                            options_.target == Target::any ? "" : " as ",
                            options_.target == Target::any ? "" : to_string(options_.target)});
        char const* separator = ": ";
        for (detail::HostFailure const& failure : failures) {
            bool const is_named = failure.error.message().find(failure.target) != std::string::npos;
            message += separator;
            if (!is_named)
                message += detail::concat({failure.target, ": "});
            message += failure.error.message();
            separator = "; ";
        }
        if (failures.size() < hosts_.size())
            message += "; no time was left for the others";
        detail::ErrorData data{.code = chosen->error.code(),
                               .sqlstate = chosen->error.sqlstate(),
                               .message = std::move(message),
                               .remedy = chosen->error.remedy(),
                               .origin = chosen->error.origin(),
                               .retryable = chosen->error.retryable(),
                               .poisons_connection = true};
        if (!all_are_tls)
            throw Error{std::move(data)};
        if (Certificate const* const certificate = chosen->tls->certificate()) {
            data.certificate = *certificate;
            data.depth = chosen->tls->certificate_depth();
            data.has_certificate = true;
        }
        throw TlsError{std::move(data), chosen->tls->reason(), chosen->tls->stage()};
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

    mutable std::mutex mutex_;
    std::vector<std::vector<detail::Place>> places_; // of each host
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

SEALSQL_INLINE ConnectionOptions const& HostList::options() const noexcept
{
    return implementation_->common();
}

SEALSQL_INLINE std::vector<HostStatus> HostList::status() const
{
    return implementation_->status();
}

SEALSQL_INLINE ServerRole server_role(Connection& connection)
{
    detail::Session const& session = detail::require(detail::SessionAccess::session(connection));
    return detail::ask_role(connection, detail::Clock::now() + session.read_timeout()).role;
}

} // namespace sealsql::inline SEALSQL_ABI
