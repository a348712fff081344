#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/printable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE std::string read_name(X509_NAME const* name)
{
    Owned<BIO, BIO_free_all> const out{BIO_new(BIO_s_mem())};
    if (!out)
        return {};
    // RFC 2253 without escaping what is not ASCII: that is UTF-8 here, and made printable below.
    X509_NAME_print_ex(out.get(), name, 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* text = nullptr;
    long const size = BIO_get_mem_data(out.get(), &text); // NOLINT(google-runtime-int)
    return size > 0 ? printable({text, static_cast<std::size_t>(size)}) : std::string{};
}

[[nodiscard]] SEALSQL_INLINE std::chrono::sys_seconds read_time(ASN1_TIME const* time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

SEALSQL_INLINE std::string format_time(std::chrono::sys_seconds time)
{
    std::time_t const seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return "an unknown time";
    return text.data();
}

SEALSQL_INLINE std::string format_now()
{
    return format_time(std::chrono::sys_seconds{std::chrono::seconds{std::time(nullptr)}});
}

SEALSQL_INLINE std::string brief(std::string_view text)
{
    constexpr std::size_t longest = 200;
    if (text.size() <= longest)
        return std::string{text};
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end; // not within a character
    return concat({text.substr(0, end), "…"});
}

/// The DNS names and IP addresses of the subjectAltName extension (RFC 5280, 4.2.1.6), whatever else it
/// holds. For people to read only: OpenSSL compares them itself.
///
/// By ASN1_get_object() and not as GENERAL_NAMES: <openssl/x509v3.h> costs as much to compile as all the
/// rest of OpenSSL that is needed here.
SEALSQL_INLINE void read_alternative_names(X509 const* x509, Certificate& certificate)
{
    int const position = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
    X509_EXTENSION* const extension = position < 0 ? nullptr : X509_get_ext(x509, position);
    ASN1_OCTET_STRING const* const content =
        extension == nullptr ? nullptr : X509_EXTENSION_get_data(extension);
    if (content == nullptr)
        return;
    unsigned char const* next = ASN1_STRING_get0_data(content);
    unsigned char const* const end = next + ASN1_STRING_length(content);
    constexpr int failed = 0x80;
    constexpr int indefinite = 0x01;
    constexpr int dns_name = 2;
    constexpr int ip_address = 7;
    long size = 0; // NOLINT(google-runtime-int): OpenSSL's type
    int tag = 0;
    int tag_class = 0;
    int const outer = ASN1_get_object(&next, &size, &tag, &tag_class, end - next);
    if ((outer & (failed | indefinite)) != 0 || tag != V_ASN1_SEQUENCE || size != end - next)
        return;
    while (next != end) {
        int const inner = ASN1_get_object(&next, &size, &tag, &tag_class, end - next);
        if ((inner & (failed | indefinite)) != 0)
            return;
        auto const length = static_cast<std::size_t>(size);
        if (tag_class == V_ASN1_CONTEXT_SPECIFIC && tag == dns_name) {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
            certificate.dns_names.push_back(
                printable({reinterpret_cast<char const*>(next), length}));
        } else if (tag_class == V_ASN1_CONTEXT_SPECIFIC && tag == ip_address &&
                   (length == sizeof(in_addr) || length == sizeof(in6_addr))) {
            std::array<char, INET6_ADDRSTRLEN> text{};
            ::inet_ntop(length == sizeof(in_addr) ? AF_INET : AF_INET6, next, text.data(),
                        static_cast<socklen_t>(text.size()));
            certificate.ip_addresses.emplace_back(text.data());
        }
        next += size;
    }
}

SEALSQL_INLINE Certificate read_certificate(X509 const* x509)
{
    ErrorQueueGuard const errors;
    Certificate certificate;
    certificate.subject = read_name(X509_get_subject_name(x509));
    certificate.issuer = read_name(X509_get_issuer_name(x509));
    read_alternative_names(x509, certificate);
    certificate.not_before = read_time(X509_get0_notBefore(x509));
    certificate.not_after = read_time(X509_get0_notAfter(x509));
    Owned<BIGNUM, BN_free> const number{ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr)};
    if (char* const text = number ? BN_bn2hex(number.get()) : nullptr) {
        certificate.serial_number = text;
        OPENSSL_free(text);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(x509, EVP_sha256(), digest.data(), &size) == 1 &&
        size == certificate.sha256.size())
        std::memcpy(certificate.sha256.data(), digest.data(), size);
    return certificate;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
