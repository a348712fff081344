#pragma once

#include <sealsql/detail/backoff.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/host_places.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/server_role.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE std::string target_of(Host const& host, std::string const& address)
{
    return concat(
        {printable(address.empty() ? host.name : address), ":", std::to_string(host.port)});
}

SEALSQL_INLINE HostPlaces::HostPlaces(std::vector<Host> const& hosts,
                                      HostListOptions const& options)
    : hosts_{hosts}, options_{options}
{
    for (Host const& host : hosts_) {
        Place place;
        place.target = target_of(host, {});
        places_.push_back({std::move(place)});
    }
}

SEALSQL_INLINE std::vector<std::size_t> HostPlaces::in_order(std::size_t& rested) const
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
            for (Place const& place : places_[host]) {
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
        return rests[left].answers != rests[right].answers ? rests[left].answers
                                                           : rests[left].until < rests[right].until;
    });
    rested = static_cast<std::size_t>(resting - order.begin());
    return order;
}

SEALSQL_INLINE void HostPlaces::set_addresses(std::size_t host, std::vector<std::string>& addresses)
{
    auto const now = Clock::now();
    std::lock_guard const lock{mutex_};
    std::vector<Place> fresh;
    for (std::string const& address : addresses) {
        if (Place* const known = find(host, address)) {
            fresh.push_back(*known);
            continue;
        }
        Place place;
        place.address = address;
        place.target = target_of(hosts_[host], address);
        fresh.push_back(std::move(place));
    }
    places_[host] = std::move(fresh);
    std::stable_partition(addresses.begin(), addresses.end(), [&](std::string const& address) {
        Place const* const place = find(host, address);
        return place != nullptr && !place->is_resting(now);
    });
}

SEALSQL_INLINE void HostPlaces::forget(std::size_t host)
{
    std::lock_guard const lock{mutex_};
    for (Place& place : places_[host]) {
        Place fresh;
        fresh.address = std::move(place.address);
        fresh.target = std::move(place.target);
        place = std::move(fresh);
    }
}

SEALSQL_INLINE void HostPlaces::note_success(std::size_t host, std::string const& address)
{
    std::lock_guard const lock{mutex_};
    if (Place* const place = find(host, address)) {
        place->failures = 0;
        place->rests_until = Clock::time_point::min();
        place->answers = false;
        place->reason.clear();
    }
}

SEALSQL_INLINE void HostPlaces::note_failure(std::size_t host, std::string const& address,
                                             std::string const& reason, bool answers)
{
    std::lock_guard const lock{mutex_};
    // A name that cannot be resolved stands for all of its addresses.
    for (Place& place : places_[host])
        if (place.address == address || address.empty())
            let_rest(place, reason, answers);
}

SEALSQL_INLINE std::vector<HostPlaces::Where> HostPlaces::not_resting() const
{
    auto const now = Clock::now();
    std::vector<Where> all;
    std::lock_guard const lock{mutex_};
    for (std::size_t host = 0; host < places_.size(); ++host)
        for (Place const& place : places_[host])
            if (!place.is_resting(now))
                all.push_back({host, place.address});
    return all;
}

SEALSQL_INLINE void HostPlaces::end_rest(std::size_t host, std::string const& address)
{
    std::lock_guard const lock{mutex_};
    if (Place* const place = find(host, address)) {
        place->rests_until = Clock::time_point::min();
        place->answers = false;
        place->reason.clear();
    }
}

SEALSQL_INLINE HostPlaces::RoleChange
HostPlaces::note_role(std::size_t host, std::string const& target, ServerRole role)
{
    std::lock_guard const lock{mutex_};
    for (Place& place : places_[host]) {
        if (place.target != target)
            continue;
        place.role = role;
        if (role == ServerRole::unfit)
            return RoleChange::none;
        ServerRole const before = std::exchange(place.last_known_role, role);
        return before != ServerRole::unknown && before != role ? RoleChange::changed
                                                               : RoleChange::none;
    }
    return RoleChange::not_here;
}

SEALSQL_INLINE std::vector<HostStatus> HostPlaces::status() const
{
    auto const now = Clock::now();
    std::vector<HostStatus> all;
    std::lock_guard const lock{mutex_};
    for (std::size_t host = 0; host < hosts_.size(); ++host)
        for (Place const& place : places_[host])
            all.push_back(
                {.endpoint = Endpoint::tcp(
                     place.address.empty() ? hosts_[host].name : place.address, hosts_[host].port),
                 .role = place.role,
                 .failures = place.failures,
                 .is_resting = place.is_resting(now),
                 .reason = place.is_resting(now) ? place.reason : std::string{}});
    return all;
}

SEALSQL_INLINE HostPlaces::Place* HostPlaces::find(std::size_t host, std::string const& address)
{
    for (Place& place : places_[host])
        if (place.address == address)
            return &place;
    return nullptr;
}

SEALSQL_INLINE void HostPlaces::let_rest(Place& place, std::string const& reason,
                                         bool answers) const
{
    ++place.failures;
    auto const longest =
        longest_backoff(options_.first_rest, options_.longest_rest, place.failures);
    // Half of it is sure: whoever came back to a silent host at once would wait for it again.
    place.rests_until = Clock::now() + longest / 2 + random_part(longest / 2);
    place.answers = answers;
    place.reason = reason;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
