#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/checks_on_top.ipp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/ssl_options.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE TlsReason reason_for(int error) noexcept
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return TlsReason::issuer_not_trusted;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return TlsReason::self_signed;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TlsReason::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TlsReason::not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TlsReason::name_mismatch;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        return TlsReason::wrong_purpose;
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        return TlsReason::chain_too_long;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return TlsReason::too_weak;
    case X509_V_ERR_CERT_REVOKED:
        return TlsReason::revoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        return TlsReason::revocation_unknown;
    default:
        return TlsReason::certificate_rejected;
    }
}

/// What the server sent, in words: a chain that is not complete is seen by it.
[[nodiscard]] SEALSQL_INLINE std::string describe_sent(X509_STORE_CTX* chain)
{
    STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(chain);
    constexpr int most = 4;
    int const count = sk_X509_num(sent);
    std::string text =
        concat({std::to_string(count), count == 1 ? " certificate" : " certificates"});
    for (int i = 0; i < count && i < most; ++i)
        text += concat({i == 0 ? ": " : "; ",
                        brief(read_name(X509_get_subject_name(sk_X509_value(sent, i))))});
    if (count > most)
        text += "; …";
    return text;
}

/// Decides about a chain by the policy of `tls`. All that may refuse a server's certificate is in here, so
/// that a handshake and a check without one (server_chain.ipp) decide alike.
/// @return whether the server may pass; if not, the refusal is kept
[[nodiscard]] SEALSQL_INLINE bool judge_chain(X509_STORE_CTX* chain, TlsState& tls)
{
    // Connector/C 3.4 sets a callback that accepts everything; it must not be asked.
    X509_STORE_CTX_set_verify_cb(chain, [](int ok, X509_STORE_CTX*) { return ok; });
    tls.certificate_checked = false;
    demand_checks(chain, *tls.policy);
    if (tls.policy->options.verify == VerifyMode::none || X509_verify_cert(chain) == 1) {
        // Never an error that is left from before: the caller of OpenSSL would be told it.
        tls.certificate_checked = pass_checks_on_top(chain, tls);
        X509_STORE_CTX_set_error(
            chain, tls.certificate_checked ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
        return tls.certificate_checked;
    }
    int const error = X509_STORE_CTX_get_error(chain);
    X509* failed = X509_STORE_CTX_get_current_cert(chain);
    if (failed == nullptr)
        failed = X509_STORE_CTX_get0_cert(chain);
    tls.refused = true;
    tls.refusal.reason = reason_for(error);
    tls.refusal.detail = X509_verify_cert_error_string(error);
    tls.refusal.depth = X509_STORE_CTX_get_error_depth(chain);
    if (failed != nullptr)
        tls.refusal.certificate = read_certificate(failed);
    tls.refusal.sent = describe_sent(chain);
    explain_refusal(chain, error, tls);
    return false;
}

/// Decides about the server's chain, in place of OpenSSL's default. Called during the handshake.
SEALSQL_INLINE int verify_certificate(X509_STORE_CTX* chain, void*) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr)
        return 0;
    try {
        return judge_chain(chain, call->state().tls) ? 1 : 0;
    } catch (...) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
    }
    return 0;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
