#pragma once

#include <sealsql/detail/config.hpp>

#include <concepts>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

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

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/trust_anchors.ipp>
#endif
