#pragma once

#include <sealsql/certificate_check.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/impl/revocation_lists.ipp>
#include <sealsql/pin.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Lets OpenSSL's own verification of this one chain do its part.
SEALSQL_INLINE void demand_checks(X509_STORE_CTX* chain, TlsPolicy const& policy) noexcept
{
    X509_STORE_CTX_set_depth(chain, static_cast<int>(policy.options.max_chain_depth));
    if (!policy.revocation.lists)
        return;
    X509_STORE_CTX_set0_crls(chain, policy.revocation.lists.get());
    unsigned long flags = X509_V_FLAG_CRL_CHECK; // NOLINT(google-runtime-int): OpenSSL's type
    if (policy.options.revocation.is_of_whole_chain())
        flags |= X509_V_FLAG_CRL_CHECK_ALL;
    X509_STORE_CTX_set_flags(chain, flags);
}

/// SHA-256 of the SubjectPublicKeyInfo.
[[nodiscard]] SEALSQL_INLINE std::array<std::byte, 32> digest_key(X509 const* x509)
{
    unsigned char* encoded = nullptr;
    int const size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &encoded);
    std::array<std::byte, 32> digest{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as OpenSSL has them
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    bool const done = size > 0 && EVP_Digest(encoded, static_cast<std::size_t>(size), out, nullptr,
                                             EVP_sha256(), nullptr) == 1;
    OPENSSL_free(encoded);
    if (!done)
        throw std::bad_alloc{};
    return digest;
}

/// Refuses the server for what the certificate `x509` at this depth is.
SEALSQL_INLINE bool refuse(TlsState& tls, TlsReason reason, X509 const* x509, int depth,
                           std::string detail, char const* remedy)
{
    tls.refused = true;
    tls.refusal = {.reason = reason,
                   .detail = std::move(detail),
                   .depth = depth,
                   .certificate = read_certificate(x509),
                   .remedy = remedy};
    return false;
}

/// The certificate at this depth of the verified chain; null above its top. Where no chain is verified,
/// the server's own certificate is all.
[[nodiscard]] SEALSQL_INLINE X509* certificate_at(X509_STORE_CTX* context, TlsState const& tls,
                                                  int depth) noexcept
{
    if (tls.policy->options.verify == VerifyMode::none)
        return depth == 0 ? X509_STORE_CTX_get0_cert(context) : nullptr;
    return sk_X509_value(X509_STORE_CTX_get0_chain(context), depth);
}

// X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS and X509_CHECK_FLAG_NEVER_CHECK_SUBJECT of <openssl/x509v3.h>, for the
// reason at read_alternative_names(). RFC 9525: names are in the SAN only, and `*` is a whole label.
inline constexpr unsigned name_check_flags = 0x4 | 0x20;

/// The first of the policy's names that a certificate is for; empty if it is for none.
[[nodiscard]] SEALSQL_INLINE std::string find_name(X509* x509, TlsPolicy const& policy)
{
    ErrorQueueGuard const errors;
    auto const is_for = [x509](std::string const& name) {
        return is_ip_address(name) ? X509_check_ip_asc(x509, name.c_str(), 0) == 1
                                   : X509_check_host(x509, name.data(), name.size(),
                                                     name_check_flags, nullptr) == 1;
    };
    if (is_for(policy.name))
        return policy.name;
    for (std::string const& name : policy.other_names) {
        if (is_for(name))
            return name;
    }
    return {};
}

/// Whether a certificate is one of the pins. A pin of any has to be in a chain of which every signature
/// was verified.
[[nodiscard]] SEALSQL_INLINE bool check_pins(X509_STORE_CTX* context, TlsState& tls)
{
    std::string seen;
    int depth = 0;
    while (X509 const* const x509 = certificate_at(context, tls, depth++)) {
        std::array<std::byte, 32> const key = digest_key(x509);
        std::array<std::byte, 32> certificate{};
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as OpenSSL has them
        auto* const out = reinterpret_cast<unsigned char*>(certificate.data());
        if (X509_digest(x509, EVP_sha256(), out, nullptr) != 1)
            throw std::bad_alloc{};
        for (Pin const& pin : tls.policy->options.pins) {
            if (pin.sha256() == (pin.is_public_key() ? key : certificate))
                return true;
        }
        seen += seen.empty() ? "" : ", ";
        seen += concat({key_pin_text(key), " (", brief(read_certificate(x509).subject), ")"});
    }
    return refuse(
        tls, TlsReason::pin_mismatch, certificate_at(context, tls, 0), 0,
        concat({depth > 2 ? "the keys of its chain are " : "its key is ", seen}),
        "if the server got a new key on purpose, ask its operator for the pin, compare, and "
        "put it into .pins in SslOptions; if not, somebody else is answering");
}

/// Whether the key is as strong as the security level asks. For a key that no chain was built for.
[[nodiscard]] SEALSQL_INLINE bool check_key_strength(TlsState& tls, X509* x509)
{
    constexpr std::array<int, 6> bits{0, 80, 112, 128, 192, 256};
    EVP_PKEY const* const key = X509_get0_pubkey(x509);
    SslOptions const& options = tls.policy->options;
    int const wanted =
        options.insecure_legacy_tls ? 0 : bits[static_cast<std::size_t>(options.security_level)];
    if (key != nullptr && EVP_PKEY_get_security_bits(key) >= wanted)
        return true;
    return refuse(tls, TlsReason::too_weak, x509, 0, "EE certificate key too weak", "");
}

[[nodiscard]] SEALSQL_INLINE bool ask_caller(X509_STORE_CTX* context, TlsState& tls)
{
    struct Chain {
        X509_STORE_CTX* context;
        TlsState const* tls;
        int depth;
    } chain{context, &tls, 0};
    auto const next = [](void* place, Certificate& certificate) {
        auto* const at = static_cast<Chain*>(place);
        X509 const* const x509 = certificate_at(at->context, *at->tls, at->depth++);
        if (x509 != nullptr)
            certificate = read_certificate(x509);
        return x509 != nullptr;
    };
    std::string why;
    try {
        why = tls.policy->options.also_check.ask(next, &chain);
        if (why.empty())
            return true;
        why = concat({".also_check in SslOptions says: ", printable(why)});
    } catch (std::exception const& error) {
        why = concat({".also_check in SslOptions threw: ", printable(error.what())});
    } catch (...) {
        why = ".also_check in SslOptions threw what is no std::exception";
    }
    return refuse(tls, TlsReason::certificate_rejected, certificate_at(context, tls, 0), 0,
                  std::move(why), "ask whoever wrote that check");
}

/// What OpenSSL has not done: several names, pins and the caller's own check. Called once for each handshake, when the
/// chain has been accepted, or none was asked for.
/// @return whether the server may pass; if not, the refusal is kept
[[nodiscard]] SEALSQL_INLINE bool pass_checks_on_top(X509_STORE_CTX* context, TlsState& tls)
{
    SslOptions const& checks = tls.policy->options;
    bool const has_names =
        checks.verify == VerifyMode::identity && !tls.policy->other_names.empty();
    if (checks.pins.empty() && !checks.also_check && !has_names)
        return true;
    ErrorQueueGuard const errors;
    X509* const server = certificate_at(context, tls, 0);
    if (server == nullptr)
        return false;
    if (has_names && find_name(server, *tls.policy).empty())
        return refuse(tls, TlsReason::name_mismatch, server, 0, "hostname mismatch", "");
    if (!checks.pins.empty() && !check_pins(context, tls))
        return false;
    if (!checks.pins.empty() && tls.policy->options.verify == VerifyMode::none &&
        !check_key_strength(tls, server))
        return false;
    return !checks.also_check || ask_caller(context, tls);
}

/// What there is to say when OpenSSL refused for one of the checks on top.
SEALSQL_INLINE void explain_refusal(X509_STORE_CTX* context, int error, TlsState& tls)
{
    CertificateRefusal& refusal = tls.refusal;
    if (error == X509_V_ERR_CERT_CHAIN_TOO_LONG) {
        refusal.detail = concat({"more than ", std::to_string(tls.policy->options.max_chain_depth),
                                 " intermediate CAs stand between the server and a trusted CA"});
        refusal.remedy = "raise .max_chain_depth in SslOptions if such a chain is expected";
        return;
    }
    if (error == X509_V_ERR_PERMITTED_VIOLATION || error == X509_V_ERR_EXCLUDED_VIOLATION) {
        refusal.remedy = "give the server a certificate of a CA that may vouch for its names";
        return;
    }
    if (refusal.reason == TlsReason::revoked)
        refusal.remedy = "give the server a new certificate, and find out why this one was revoked";
    if (refusal.reason != TlsReason::revoked && refusal.reason != TlsReason::revocation_unknown)
        return;
    X509_CRL* const list = X509_STORE_CTX_get0_current_crl(context);
    std::string const whose =
        brief(list != nullptr ? read_name(X509_CRL_get_issuer(list)) : refusal.certificate.issuer);
    switch (error) {
    case X509_V_ERR_CERT_REVOKED:
        refusal.detail = concat({"it is in the revocation list of ", whose});
        break;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
        refusal.detail = concat(
            {"no revocation list of its issuer (", whose, ") is among those that were given"});
        refusal.remedy = "add the list of that CA to .revocation in SslOptions";
        break;
    case X509_V_ERR_CRL_HAS_EXPIRED:
        refusal.detail = concat({"the revocation list of ", whose, " is past its end"});
        refusal.remedy = "fetch the CA's new list, and look why that was not done in time";
        break;
    case X509_V_ERR_CRL_NOT_YET_VALID:
        refusal.detail = concat({"the revocation list of ", whose, " has not begun"});
        refusal.remedy = "set the clock of this machine, or that of the machine that made the list";
        break;
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        refusal.detail =
            concat({"the revocation list in the name of ", whose, " was not signed by that CA"});
        refusal.remedy = "fetch the list again from the CA; somebody may have made up this one";
        break;
    default:
        refusal.detail = concat({"its revocation list is not usable: ", refusal.detail});
        refusal.remedy = "fetch the CA's list again";
        break;
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail
