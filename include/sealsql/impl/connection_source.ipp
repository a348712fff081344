#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/name_watch.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_options.ipp>
#include <sealsql/impl/deadline.ipp>
#include <sealsql/impl/detail/name_watch.ipp>
#include <sealsql/impl/detail/trust_watch.ipp>
#include <sealsql/impl/observer.ipp>
#include <sealsql/observer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE SingleServer::SingleServer(ConnectionOptions options) : options_{std::move(options)}
{
    check(options_);
    trust_ = std::make_unique<detail::TrustWatch>(options_);
    constexpr std::chrono::seconds interval{5};
    Endpoint const& endpoint = options_.endpoint;
    if (!endpoint.is_local_socket() && !detail::is_ip_address(endpoint.host()))
        name_ = std::make_unique<detail::NameWatch>(endpoint.host(), true, interval);
}

SEALSQL_INLINE SingleServer::~SingleServer() = default;

SEALSQL_INLINE Connection SingleServer::connect(std::chrono::steady_clock::time_point deadline,
                                                std::stop_token const& stop)
{
    try {
        return connect_to_it(deadline, stop);
    } catch (TlsError const& error) {
        trust_->throw_if_it_passes(error);
        throw;
    }
}

SEALSQL_INLINE Connection SingleServer::connect_to_it(
    std::chrono::steady_clock::time_point deadline, std::stop_token const& stop)
{
    if (!name_)
        return sealsql::connect(options_, deadline, stop);
    detail::TimeLimit limit{deadline, stop, std::chrono::milliseconds{1}, nullptr};
    auto const note = [&] {
        if (name_->note(limit.looked_up(), limit.look_up_began()))
            note_move();
    };
    try {
        Connection made = detail::connect_within(options_, limit, nullptr);
        note();
        return made;
    } catch (Error const& error) {
        note();
        name_->throw_if_it_passes(error);
        throw;
    } catch (...) {
        note();
        throw;
    }
}

SEALSQL_INLINE void SingleServer::note_move() const
{
    if (!options_.observer)
        return;
    ConnectionOptions const options = detail::without_password(options_);
    options.observer->on_host({.options = options, .what = "moved"});
}

SEALSQL_INLINE bool SingleServer::still_fits(Connection& connection)
{
    try {
        connection.ping();
        return true;
    } catch (Error const&) {
        return false;
    }
}

SEALSQL_INLINE std::uint64_t SingleServer::generation()
{
    if (!name_)
        return trust_->generation();
    if (name_->look())
        note_move();
    return trust_->generation() + name_->moves();
}

} // namespace sealsql::inline SEALSQL_ABI
