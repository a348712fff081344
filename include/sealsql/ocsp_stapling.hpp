#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/revocation.hpp>

#include <cstdint>
#include <string_view>

/// @file
/// Not part of <sealsql/sealsql.hpp>: include it where SslOptions::ocsp_stapling is set.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// @copydoc StapleCheck
[[nodiscard]] bool check_staple(stack_st_X509* chain, std::string_view response, bool is_required,
                                CertificateRefusal& refusal, std::int64_t& valid_until);

} // namespace detail

/// What to do about OCSP responses (RFC 6960) that a server staples to its handshake: its CA's word, a few
/// days old at most, that its certificate was not revoked. MySQL and MariaDB staple none; what ends TLS in
/// front of them (HAProxy, stunnel, a cloud's proxy) may. Nothing is fetched from anywhere.
///
/// A response counts if it is about the server's certificate, signed by the CA that issued it or by a
/// responder that this CA made for it, and in its time. One that is none of this refuses the server, as one
/// does that says `revoked` or `unknown`. The CAs above are not looked up; see Revocation for those. A
/// responder's own certificate is not looked up either.
///
/// A TLS session that is resumed rests on the response of its first handshake, and ends with it.
class OcspStapling {
public:
    /// A server that staples nothing passes, unless its certificate says that it always does (RFC 7633). So
    /// this stops a server that has not heard of its certificate's end, and no attacker who has got hold of
    /// its key: he staples nothing.
    [[nodiscard]] static OcspPolicy if_sent() noexcept { return {&detail::check_staple, false}; }

    /// A server that staples nothing is refused.
    [[nodiscard]] static OcspPolicy required() noexcept { return {&detail::check_staple, true}; }
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/ocsp_stapling.ipp>
#endif
