#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/host_failures.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/impl/error.ipp>

#include <cstddef>
#include <exception>
#include <string>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void HostFailures::throw_all(std::size_t hosts, Target target) const
{
    if (all_.empty())
        throw fatal_client_error(error_code::conn_host_error,
                                 "no time was left to connect to any host",
                                 "give more time, or try again");
    if (all_.size() == 1 && hosts == 1) {
        if (all_[0].original)
            std::rethrow_exception(all_[0].original);
        throw all_[0].error;
    }
    // The one that gives most hope says what kind of error it is.
    Failure const* chosen = &all_.front();
    bool are_all_tls = true;
    for (Failure const& failure : all_) {
        if (failure.error.retryable() && !chosen->error.retryable())
            chosen = &failure;
        are_all_tls = are_all_tls && failure.tls.has_value();
    }
    std::string message =
        concat({"none of ", hosts == 1 ? "the addresses" : std::to_string(hosts) + " hosts",
                " can be used", target == Target::any ? "" : " as ",
                target == Target::any ? "" : to_string(target)});
    char const* separator = ": ";
    for (Failure const& failure : all_) {
        bool const is_named = failure.error.message().find(failure.target) != std::string::npos;
        message += separator;
        if (!is_named)
            message += concat({failure.target, ": "});
        message += failure.error.message();
        separator = "; ";
    }
    if (all_.size() < hosts)
        message += "; no time was left for the others";
    ErrorData data{.code = chosen->error.code(),
                   .sqlstate = chosen->error.sqlstate(),
                   .message = std::move(message),
                   .remedy = chosen->error.remedy(),
                   .origin = chosen->error.origin(),
                   .retryable = chosen->error.retryable(),
                   .poisons_connection = true};
    if (!are_all_tls)
        throw Error{std::move(data)};
    if (Certificate const* const certificate = chosen->tls->certificate()) {
        data.certificate = *certificate;
        data.depth = chosen->tls->certificate_depth();
        data.has_certificate = true;
    }
    throw TlsError{std::move(data), chosen->tls->reason(), chosen->tls->stage()};
}

} // namespace sealsql::inline SEALSQL_ABI::detail
