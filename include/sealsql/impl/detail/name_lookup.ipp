#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/name_lookup.hpp>
#include <sealsql/detail/per_process.hpp>
#include <sealsql/detail/signals_blocked.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/process_id.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Those under way, by host.
struct Lookups {
    std::mutex mutex{};
    std::map<std::string, std::shared_ptr<Lookup>> by_host{};
};

SEALSQL_INLINE void look_up(std::string const& host, Lookup& lookup) noexcept
{
    std::vector<std::string> addresses;
    std::optional<Error> error;
    try {
        addresses = resolve(host);
    } catch (Error const& found) {
        error = found;
    } catch (...) {
        // No memory: no address.
    }
    {
        Lookups& all = PerProcess<Lookups>::get();
        std::lock_guard const lock{all.mutex};
        all.by_host.erase(host);
    }
    {
        std::lock_guard const lock{lookup.mutex};
        lookup.addresses = std::move(addresses);
        lookup.error = std::move(error);
        lookup.is_done = true;
    }
    lookup.done.notify_all();
}

SEALSQL_INLINE std::shared_ptr<Lookup> begin_look_up(std::string const& host)
{
    Lookups& all = PerProcess<Lookups>::get();
    std::lock_guard const lock{all.mutex};
    std::shared_ptr<Lookup>& lookup = all.by_host[host];
    if (lookup)
        return lookup;
    auto begun = std::make_shared<Lookup>();
    try {
        SignalsBlocked const signals;
        std::thread{[host, begun] { look_up(host, *begun); }}.detach();
    } catch (std::system_error const& error) {
        all.by_host.erase(host);
        throw client_error(error_code::unknown_error,
                           concat({"no thread to look up the host in: ", error.code().message()}),
                           "let the process have more threads (ulimit -u)");
    }
    lookup = begun;
    return begun;
}

SEALSQL_INLINE std::vector<std::string> TimeLimit::look_up(std::string const& host,
                                                           Clock::time_point latest)
{
    looked_up_.clear();
    if (is_ip_address(host))
        return looked_up_ = resolve(host);
    std::shared_ptr<Lookup> const lookup = begin_look_up(host);
    look_up_began_ = lookup->began;
    std::unique_lock lock{lookup->mutex};
    auto const is_done = [&lookup] { return lookup->is_done; };
    // The end of time is further than the condition variable counts.
    Clock::time_point const end = std::min({when_, latest, Clock::now() + std::chrono::hours{24}});
    if (!lookup->done.wait_until(lock, stop_, end, is_done)) {
        std::string const what =
            concat({"the resolver has not answered yet where ", printable(host), " is"});
        if (reason() != CancelReason::none)
            throw OperationCancelled{
                Error{cancelled(reason(), CancelOutcome::not_sent, what, true)}};
        throw Error{{.code = error_code::unknown_host,
                     .message = concat({what, ", within connect_timeout()"}),
                     .remedy = "check this machine's DNS, or raise connect_timeout()",
                     .retryable = true}};
    }
    if (lookup->error)
        throw Error{*lookup->error};
    if (lookup->addresses.empty())
        throw client_error(error_code::unknown_error,
                           concat({"no memory was left to look up ", printable(host)}));
    return looked_up_ = lookup->addresses;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
