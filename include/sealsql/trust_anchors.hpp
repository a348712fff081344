#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/secret.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Is given the name and the bytes of a file in an archive, and what it was to be called with.
using VisitMember = void (*)(std::string_view name, std::string_view bytes, void* context);

/// Calls `visit` with each file of an archive, which messages call `name`. A pointer, so that only those who
/// use archives need a library for them.
/// @throws TlsError if the archive is damaged, encrypted or too large
using UnpackArchive = void (*)(std::string_view archive, std::string const& name, VisitMember visit,
                               void* context);

/// One place that trust comes from.
struct TrustSource {
    enum class Kind : std::uint8_t { system, file, directory, memory };

    Kind kind = Kind::system;
    bool has_password = false;
    std::filesystem::path path{};
    std::string bytes{};
    Secret password{};
    UnpackArchive unpack = nullptr; ///< null: archives are refused

    friend bool operator==(TrustSource const&, TrustSource const&) = default;
};

} // namespace detail

/// Whom to trust: the certificate authorities that a server's chain may end at.
///
/// Converts from a path, so that `.ca = "/etc/ssl/db-ca.pem"` says it. Trust that comes from other
/// places has a named function, and `+` adds places up:
/// `TrustAnchors::system() + TrustAnchors::file("corp.pem")`.
///
/// What a file is is told from its content, never from its name: PEM (also with text around it,
/// `TRUSTED CERTIFICATE` and PKCS#7 labels), DER, PKCS#7 (`.p7b`), PKCS#12 (`.p12`, `.pfx`), and Java's
/// JKS and JCEKS (`.jks`), each with one certificate or many, up to 16 MiB; and by zip_bundle() of
/// <sealsql/zip_bundle.hpp> the ZIP archive of such files that vendors hand out. Either all certificates of
/// a file are trusted or the file is refused, when the connection is opened: one that holds no
/// certificate, or a damaged one, or that no password opens. A file that changes is read again for the
/// next connection.
///
/// Certificates that belong to a private key in a keystore say who somebody is, not whom to trust: of
/// JKS, JCEKS and PKCS#12 files with private keys only the entries that Java marks as trusted count.
///
/// Where no password is given, a keystore is tried with those that such files are published with:
/// `tencentdb`, `changeit`, and the empty one. A password known to all protects against damage, not
/// against forgery, and PKCS#12 without a checksum has not even that; so the file has to come from a
/// place that you trust, as with PEM. A keystore that has another password is refused even where its
/// certificates could be read without.
class TrustAnchors {
public:
    /// The system's store: what OpenSSL uses when nothing is said (`openssl version -d`, or the
    /// environment's SSL_CERT_FILE and SSL_CERT_DIR).
    TrustAnchors() { sources_.resize(1); }

    /// @copydoc TrustAnchors()
    [[nodiscard]] static TrustAnchors system() { return {}; }

    /// The certificates in a file, one or many, and no others.
    [[nodiscard]] static TrustAnchors file(std::filesystem::path path)
    {
        return of({.kind = detail::TrustSource::Kind::file, .path = std::move(path)});
    }

    /// As file(), for a keystore with a password (JKS, JCEKS, PKCS#12). No other password is tried, also
    /// if this one is empty. Formats without password ignore it.
    [[nodiscard]] static TrustAnchors file(std::filesystem::path path, Secret password)
    {
        return of({.kind = detail::TrustSource::Kind::file,
                   .has_password = true,
                   .path = std::move(path),
                   .password = std::move(password)});
    }

    /// The certificates in all files of a directory, whatever their names: no `openssl rehash` is
    /// needed, and one that was made so is as good. Files that hold something else, such as keys, lists or
    /// notes, are passed over, and so are those that are larger than 16 MiB or that this program may not
    /// read, as a server's keys are. One that holds certificates but is damaged, or a keystore that none of
    /// the known passwords opens, makes an error that names it: whom it was meant to trust is not known,
    /// and what was meant to be trusted is not left out in silence. Folders in it are not looked into.
    [[nodiscard]] static TrustAnchors directory(std::filesystem::path path)
    {
        return of({.kind = detail::TrustSource::Kind::directory, .path = std::move(path)});
    }

    /// The certificates in bytes that are in memory already, in any format of a file. They are copied.
    [[nodiscard]] static TrustAnchors memory(std::string_view bytes)
    {
        return of({.kind = detail::TrustSource::Kind::memory, .bytes = std::string{bytes}});
    }

    /// As memory(), for a keystore with a password; see file().
    [[nodiscard]] static TrustAnchors memory(std::string_view bytes, Secret password)
    {
        return of({.kind = detail::TrustSource::Kind::memory,
                   .has_password = true,
                   .bytes = std::string{bytes},
                   .password = std::move(password)});
    }

    /// As file(). A null pointer, such as std::getenv() gives for what is not set, is an empty path,
    /// which check() refuses.
    template <class Path>
        requires(std::convertible_to<Path, std::filesystem::path> &&
                 !std::same_as<std::remove_cvref_t<Path>, TrustAnchors>)
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): `.ca = "/etc/ssl/db-ca.pem"` is the point
    TrustAnchors(Path&& path) : TrustAnchors{}
    {
        sources_[0].kind = detail::TrustSource::Kind::file;
        if constexpr (std::is_pointer_v<std::remove_cvref_t<Path>>) {
            if (path == nullptr)
                return;
        }
        sources_[0].path = std::forward<Path>(path);
    }

    /// Trusts whom `other` trusts as well.
    TrustAnchors& operator+=(TrustAnchors const& other);

    /// Whom `left` or `right` trusts.
    [[nodiscard]] friend TrustAnchors operator+(TrustAnchors left, TrustAnchors const& right)
    {
        left += right;
        return left;
    }

    /// Whether these are the system's and no others.
    [[nodiscard]] bool is_system() const noexcept
    {
        return sources_.size() == 1 && includes_system();
    }

    /// Whether the system's are among these.
    [[nodiscard]] bool includes_system() const noexcept;

    /// In words, for messages: `the system's CAs`, or `the CAs in` and the file's path, and so on with
    /// `and` between. No password, and nothing of bytes in memory.
    [[nodiscard]] std::string describe() const;

    /// For the TLS engine.
    [[nodiscard]] detail::List<detail::TrustSource> const& sources() const noexcept
    {
        return sources_;
    }

    /// For headers that can unpack archives.
    void set_unpacker(detail::UnpackArchive unpack) noexcept
    {
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (sources_[i].kind != detail::TrustSource::Kind::system)
                sources_[i].unpack = unpack;
        }
    }

    /// Whether both name the same sources, with the same passwords and in whatever order.
    friend bool operator==(TrustAnchors const& left, TrustAnchors const& right) noexcept
    {
        return left.sources_.size() == right.sources_.size() && left.includes(right);
    }

private:
    [[nodiscard]] static TrustAnchors of(detail::TrustSource source)
    {
        TrustAnchors anchors;
        anchors.sources_[0] = std::move(source);
        return anchors;
    }

    [[nodiscard]] bool includes(TrustAnchors const& other) const noexcept;

    /// No two are equal; empty in an object that was moved from, which check() refuses.
    detail::List<detail::TrustSource> sources_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/trust_anchors.ipp>
#endif
