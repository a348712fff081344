#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/openssl_ocsp.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/ocsp_stapling.hpp>

#include <cstdint>
#include <ctime>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

inline constexpr std::int64_t ocsp_clock_skew = 300;
/// How long a response holds that says no end.
inline constexpr std::int64_t ocsp_endless_life = std::int64_t{24} * 3600;

/// Whether the certificate says that its server always staples (RFC 7633).
[[nodiscard]] SEALSQL_INLINE bool must_staple(X509* certificate)
{
    constexpr long status_request = 5; // NOLINT(google-runtime-int): OpenSSL's type
    auto* const features =
        static_cast<TLS_FEATURE*>(X509_get_ext_d2i(certificate, NID_tlsfeature, nullptr, nullptr));
    Owned<TLS_FEATURE, TLS_FEATURE_free> const owner{features};
    for (int i = 0; features != nullptr && i < sk_ASN1_INTEGER_num(features); ++i) {
        if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == status_request)
            return true;
    }
    return false;
}

/// Whether the CA made this certificate for signing its responses (RFC 6960, 4.2.2.2).
[[nodiscard]] SEALSQL_INLINE bool is_responder_of(X509* certificate, X509* issuer)
{
    constexpr int wanted = 112; // bits, as the chain has by security level 2
    int strength = 0;
    if (X509_get_signature_info(certificate, nullptr, nullptr, &strength, nullptr) != 1 ||
        strength < wanted || EVP_PKEY_get_security_bits(X509_get0_pubkey(certificate)) < wanted)
        return false;
    // The extension has to be there: without one OpenSSL says that all is allowed.
    return X509_check_issued(issuer, certificate) == X509_V_OK &&
           X509_verify(certificate, X509_get0_pubkey(issuer)) == 1 &&
           (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
           (X509_get_extended_key_usage(certificate) & XKU_OCSP_SIGN) != 0 &&
           (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0 &&
           X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

/// Whether a digest of this algorithm could not be made up for another response.
[[nodiscard]] SEALSQL_INLINE bool is_strong_signature(OCSP_BASICRESP const* response)
{
    ASN1_OBJECT const* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, OCSP_resp_get0_tbs_sigalg(response));
    int digest = NID_undef;
    if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, nullptr) != 1)
        return false;
    constexpr int sha224_size = 28;
    EVP_MD const* const md = digest != NID_undef ? EVP_get_digestbynid(digest) : nullptr;
    // Without a digest of its own: Ed25519, Ed448, and RSA-PSS, whose parameters OpenSSL knows.
    return digest == NID_undef || (md != nullptr && EVP_MD_get_size(md) >= sha224_size);
}

/// Whether the CA, or a responder that it made, signed the response.
[[nodiscard]] SEALSQL_INLINE bool is_signed_by(OCSP_BASICRESP* response, X509* issuer)
{
    STACK_OF(X509) const* const sent = OCSP_resp_get0_certs(response);
    auto const verifies = [&](X509* signer) {
        STACK_OF(X509)* const signers = sk_X509_new_null();
        if (signers == nullptr || sk_X509_push(signers, signer) == 0) {
            sk_X509_free(signers);
            throw std::bad_alloc{};
        }
        // By its name or key, and by none that came along with the response: who it is was decided here.
        constexpr unsigned long flags = // NOLINT(google-runtime-int): OpenSSL's type
            OCSP_NOINTERN | OCSP_TRUSTOTHER;
        bool const is_good = OCSP_basic_verify(response, signers, nullptr, flags) == 1;
        sk_X509_free(signers);
        return is_good;
    };
    if (!is_strong_signature(response))
        return false;
    if (verifies(issuer))
        return true;
    constexpr int most = 8; // each costs a signature's check
    for (int i = 0; i < sk_X509_num(sent) && i < most; ++i) {
        X509* const certificate = sk_X509_value(sent, i);
        if (is_responder_of(certificate, issuer) && verifies(certificate))
            return true;
    }
    return false;
}

/// What the response says about the certificate; null if nothing. Belongs to the response.
[[nodiscard]] SEALSQL_INLINE OCSP_SINGLERESP* answer_about(OCSP_BASICRESP* response,
                                                           X509* certificate, X509* issuer)
{
    constexpr int most = 64; // of other certificates
    for (int i = 0; i < OCSP_resp_count(response) && i < most; ++i) {
        OCSP_SINGLERESP* const single = OCSP_resp_get0(response, i);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL asks for it and changes nothing
        auto* const id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
        ASN1_OBJECT* algorithm = nullptr;
        if (OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, id) != 1)
            continue;
        EVP_MD const* const digest = EVP_get_digestbyobj(algorithm);
        if (digest == nullptr)
            continue;
        Owned<OCSP_CERTID, OCSP_CERTID_free> const ours{
            OCSP_cert_to_id(digest, certificate, issuer)};
        if (ours && OCSP_id_cmp(ours.get(), id) == 0)
            return single;
    }
    return nullptr;
}

/// Judges what the answer says.
[[nodiscard]] SEALSQL_INLINE bool judge_answer(OCSP_SINGLERESP* answer, CertificateRefusal& refusal,
                                               std::int64_t& valid_until)
{
    ASN1_GENERALIZEDTIME* revoked_at = nullptr;
    ASN1_GENERALIZEDTIME* begin = nullptr;
    ASN1_GENERALIZEDTIME* end = nullptr;
    int reason = -1;
    int const status = OCSP_single_get0_status(answer, &reason, &revoked_at, &begin, &end);
    if (status == V_OCSP_CERTSTATUS_REVOKED) { // which stays so, however old the answer
        refusal.reason = TlsReason::revoked;
        refusal.detail = concat(
            {"its CA's OCSP response, which the server sent, says so", reason >= 0 ? " (" : "",
             reason >= 0 ? OCSP_crl_reason_str(reason) : "", reason >= 0 ? ")" : ""});
        refusal.remedy = "give the server a new certificate, and find out why this one was revoked";
        return false;
    }
    if (status != V_OCSP_CERTSTATUS_GOOD) {
        refusal.detail =
            "its CA's OCSP response, which the server sent, says that the CA does not know it";
        refusal.remedy = "ask the CA why, and renew the server's certificate";
        return false;
    }
    std::int64_t const now = std::time(nullptr);
    auto const seconds = [](ASN1_GENERALIZEDTIME const* time) -> std::int64_t {
        return read_time(time).time_since_epoch().count();
    };
    // In the form that the standard has; others are read as other times.
    if (begin == nullptr || ASN1_GENERALIZEDTIME_check(begin) != 1 ||
        (end != nullptr && ASN1_GENERALIZEDTIME_check(end) != 1)) {
        refusal.detail = "the OCSP response that the server sent has no time";
        return false;
    }
    valid_until = end != nullptr ? seconds(end) : seconds(begin) + ocsp_endless_life;
    if (seconds(begin) > now + ocsp_clock_skew) {
        refusal.detail = "the OCSP response that the server sent has not begun";
        refusal.remedy = "set the clock of this machine, or that of the CA's responder";
        return false;
    }
    if (valid_until <= now - ocsp_clock_skew || valid_until < seconds(begin)) {
        refusal.detail = "the OCSP response that the server sent is past its end";
        return false;
    }
    return true;
}

SEALSQL_INLINE bool check_staple(stack_st_X509* chain, std::string_view response, bool is_required,
                                 CertificateRefusal& refusal, std::int64_t& valid_until)
{
    valid_until = std::numeric_limits<std::int64_t>::max();
    X509* const certificate = sk_X509_value(chain, 0);
    X509* const issuer = sk_X509_value(chain, 1);
    refusal.reason = TlsReason::revocation_unknown;
    refusal.depth = 0;
    refusal.certificate = read_certificate(certificate);
    refusal.remedy = "look why the server, or what ends TLS in front of it, has no fresh response";
    if (response.empty()) {
        if (!is_required && !must_staple(certificate))
            return true;
        refusal.detail = is_required ? "the server sent no OCSP response"
                                     : "the server sent no OCSP response, and its certificate says "
                                       "that it always does";
        refusal.remedy = is_required
                             ? "switch OCSP stapling on where the server's TLS ends, or use "
                               "OcspStapling::if_sent() in .ocsp_stapling in SslOptions"
                             : "switch OCSP stapling on where the server's TLS ends";
        return false;
    }
    if (issuer == nullptr) {
        // Who has the server's key could sign for himself.
        refusal.detail = "it is trusted itself, so that no CA's OCSP response can speak for it";
        refusal.remedy = "name its CA in .ca in SslOptions, or remove .ocsp_stapling";
        return !is_required;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as OpenSSL has them
    auto const* next = reinterpret_cast<unsigned char const*>(response.data());
    unsigned char const* const end = next + response.size();
    Owned<OCSP_RESPONSE, OCSP_RESPONSE_free> const parsed{
        d2i_OCSP_RESPONSE(nullptr, &next, static_cast<long>(response.size()))}; // NOLINT: its type
    if (!parsed || next != end) {
        refusal.detail = "what the server sent as an OCSP response is none";
        return false;
    }
    int const status = OCSP_response_status(parsed.get());
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        refusal.detail = concat({"the OCSP response that the server sent is an error: ",
                                 OCSP_response_status_str(status)});
        return false;
    }
    Owned<OCSP_BASICRESP, OCSP_BASICRESP_free> const basic{OCSP_response_get1_basic(parsed.get())};
    if (!basic) {
        refusal.detail = "the OCSP response that the server sent is of an unknown kind";
        return false;
    }
    if (!is_signed_by(basic.get(), issuer)) {
        refusal.detail =
            "the OCSP response that the server sent was not signed by its CA, or by a responder of it";
        return false;
    }
    OCSP_SINGLERESP* const answer = answer_about(basic.get(), certificate, issuer);
    if (answer == nullptr) {
        refusal.detail = "the OCSP response that the server sent is about another certificate";
        return false;
    }
    return judge_answer(answer, refusal, valid_until);
}

} // namespace sealsql::inline SEALSQL_ABI::detail
