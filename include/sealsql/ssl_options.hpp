#pragma once

#include <sealsql/detail/config.hpp>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// How much of the server's certificate is checked. TLS itself is on in each of them.
enum class VerifyMode : std::uint8_t {
    /// The chain leads to a trusted CA, and the certificate is for the name that was dialled
    /// (RFC 9525). What `mysql` calls VERIFY_IDENTITY.
    identity,
    /// The chain leads to a trusted CA. Whoever holds any certificate of that CA can pose as the
    /// server, so the CA has to be named. What `mysql` calls VERIFY_CA.
    ca,
    /// Nothing. The connection is encrypted, but nobody knows to whom: a network attacker can sit in
    /// between, and is shown the password itself if he asks for it. What `mysql` calls REQUIRED.
    none,
};

/// The versions of TLS that can be asked for (RFC 5246, RFC 8446).
enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(VerifyMode mode) noexcept;

/// As OpenSSL and MySQL name it: `TLSv1.2`.
[[nodiscard]] char const* to_string(TlsVersion version) noexcept;

namespace detail {

/// Where trust comes from.
struct TrustSource {
    bool is_system = true;
    std::filesystem::path file{};

    friend bool operator==(TrustSource const&, TrustSource const&) = default;
};

} // namespace detail

/// Whom to trust: the certificate authorities that a server's chain may end at.
///
/// Converts from a path, so that `.ca = "/etc/ssl/db-ca.pem"` says it. Trust that comes from other
/// places has a named function; nothing of how it is kept is visible, so that more can follow.
class TrustAnchors {
public:
    /// The system's store: what OpenSSL uses when nothing is said (`openssl version -d`, or the
    /// environment's SSL_CERT_FILE and SSL_CERT_DIR).
    TrustAnchors() = default;

    /// @copydoc TrustAnchors()
    [[nodiscard]] static TrustAnchors system() { return {}; }

    /// The certificates in a PEM file, one or many, and no others.
    [[nodiscard]] static TrustAnchors file(std::filesystem::path path)
    {
        TrustAnchors anchors;
        anchors.source_ = {.is_system = false, .file = std::move(path)};
        return anchors;
    }

    /// As file(). A null pointer, such as std::getenv() gives for what is not set, is an empty path,
    /// which check() refuses.
    template <class Path>
        requires(std::convertible_to<Path, std::filesystem::path> &&
                 !std::same_as<std::remove_cvref_t<Path>, TrustAnchors>)
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): `.ca = "/etc/ssl/db-ca.pem"` is the point
    TrustAnchors(Path&& path) : source_{.is_system = false, .file = {}}
    {
        if constexpr (std::is_pointer_v<std::remove_cvref_t<Path>>) {
            if (path == nullptr)
                return;
        }
        source_.file = std::forward<Path>(path);
    }

    /// Whether these are the system's.
    [[nodiscard]] bool is_system() const noexcept { return source_.is_system; }

    /// In words, for messages: `the system's CAs`, or `the CAs in` and the file's path.
    [[nodiscard]] std::string describe() const;

    /// For the TLS engine.
    [[nodiscard]] detail::TrustSource const& source() const noexcept { return source_; }

    friend bool operator==(TrustAnchors const&, TrustAnchors const&) = default;

private:
    detail::TrustSource source_;
};

/// How a server is to prove itself. With nothing said: a certificate of a CA that the system trusts,
/// for the name that is dialled, over TLS 1.2 or later. Plaintext cannot be said here.
struct SslOptions {
    /// Whom to trust.
    TrustAnchors ca = TrustAnchors::system();

    /// What of the server's certificate is checked.
    VerifyMode verify = VerifyMode::identity;

    /// The name or IP address that the certificate must be for. Empty: the host that is dialled.
    /// For tunnels, local sockets and addresses that the certificate does not name. Also sent as the
    /// server name indication (RFC 6066), unless it is an IP address.
    std::string server_name{};

    /// The oldest version that is accepted.
    TlsVersion min_version = TlsVersion::tls1_2;

    friend bool operator==(SslOptions const&, SslOptions const&) = default;
};

namespace detail {

/// Whether the text can be a host name or IP address: not a pattern, which OpenSSL would let match many
/// names, nor a name in another script, which certificates hold in its `xn--` form only.
[[nodiscard]] bool is_plausible_host(std::string_view text) noexcept;

} // namespace detail

/// Refuses options that contradict each other, such as a CA that VerifyMode::none would ignore.
/// `ConnectionBuilder::ssl()` calls it.
/// @throws TlsError with TlsReason::options_contradict, and the cure as remedy
void check(SslOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/ssl_options.ipp>
#endif
