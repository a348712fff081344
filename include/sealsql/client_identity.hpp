#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/secret.hpp>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// Asks for the passphrase of an encrypted key. `what` names the key, such as `the client key file
/// /etc/db/client.key`; `context` is what was given along with the function. An empty Secret means that
/// there is none. What it throws comes out of connect().
///
/// A pointer and no std::function, which would cost every file that includes sealsql a tenth of what all
/// of sealsql costs it; a lambda without captures is one.
using PassphraseCallback = Secret (*)(char const* what, void* context);

namespace detail {

/// Where the client's certificate and key come from.
struct IdentitySource {
    enum class Kind : std::uint8_t { none, pem_files, file, memory };

    Kind kind = Kind::none;
    std::filesystem::path certificate_file{}; // or the one that holds both
    std::filesystem::path key_file{};
    std::string certificate{}; // in memory
    Secret key{};              // in memory, or both
    Secret passphrase{};
    PassphraseCallback ask = nullptr;
    void* context = nullptr;

    friend bool operator==(IdentitySource const&, IdentitySource const&) = default;
};

/// A null pointer, such as std::getenv() gives for what is not set, is an empty path, which check()
/// refuses.
template <class Path>
    requires std::convertible_to<Path, std::filesystem::path>
[[nodiscard]] std::filesystem::path path_or_empty(Path&& path)
{
    if constexpr (std::is_pointer_v<std::remove_cvref_t<Path>>) {
        if (path == nullptr)
            return {};
    }
    return std::forward<Path>(path);
}

} // namespace detail

/// Who we are: the certificate that is shown to a server that asks for one, such as for an account with
/// `REQUIRE X509`, and its private key.
///
/// Forms are told from the content, never from the name: PEM, DER and PKCS#12; keys as PKCS#8 or in the
/// traditional form of their kind, encrypted or not. In PEM the certificate may stand among those of the
/// CAs between it and the root, which are sent along.
///
/// Everything is read and checked before the server is dialled: whether the files can be read and the
/// key opened, whether key and certificate belong together, whether the certificate is in force, meant
/// for clients and strong enough. A passphrase that was given for a key that is not encrypted is not needed
/// and not used, so that a key's file can be encrypted, or be so no more, without a word to the program: to
/// refuse it would make no key safer. Nothing is ever asked on the terminal. The parsed key is kept for the
/// life of the process and used again until the file changes: a new certificate is used by the next
/// connect. (Certificate and key in two files are renewed one after the other, and do not fit in
/// between; one file with both has no such moment.)
class ClientIdentity {
public:
    /// None: a server that asks for a certificate gets none.
    ClientIdentity() = default;

    /// The certificate (and those of the CAs below the root) in one file, the key in another.
    template <class CertificatePath, class KeyPath>
        requires(std::convertible_to<CertificatePath, std::filesystem::path>&&
                     std::convertible_to<KeyPath, std::filesystem::path>)
    [[nodiscard]] static ClientIdentity pem_files(CertificatePath&& certificate, KeyPath&& key,
                                                  Secret passphrase = {})
    {
        ClientIdentity identity;
        identity.source_.kind = detail::IdentitySource::Kind::pem_files;
        identity.source_.certificate_file =
            detail::path_or_empty(std::forward<CertificatePath>(certificate));
        identity.source_.key_file = detail::path_or_empty(std::forward<KeyPath>(key));
        identity.source_.passphrase = std::move(passphrase);
        return identity;
    }

    /// Both in one file: PKCS#12 (`.p12`, `.pfx`), or PEM.
    template <class Path>
        requires std::convertible_to<Path, std::filesystem::path>
    [[nodiscard]] static ClientIdentity file(Path&& path, Secret passphrase = {})
    {
        ClientIdentity identity;
        identity.source_.kind = detail::IdentitySource::Kind::file;
        identity.source_.certificate_file = detail::path_or_empty(std::forward<Path>(path));
        identity.source_.passphrase = std::move(passphrase);
        return identity;
    }

    /// As pem_files(), from the content of such files.
    [[nodiscard]] static ClientIdentity memory(std::string_view certificate, Secret key,
                                               Secret passphrase = {})
    {
        ClientIdentity identity = memory(std::move(key), std::move(passphrase));
        identity.source_.certificate = certificate;
        return identity;
    }

    /// As file(), from the content of such a file.
    [[nodiscard]] static ClientIdentity memory(Secret both, Secret passphrase = {})
    {
        ClientIdentity identity;
        identity.source_.kind = detail::IdentitySource::Kind::memory;
        identity.source_.key = std::move(both);
        identity.source_.passphrase = std::move(passphrase);
        return identity;
    }

    /// The same, whose passphrase `ask` is called for if the key is encrypted and no passphrase was
    /// given: while connecting, in the thread that does, once for each version of the file (and more
    /// often only if several threads need it for the first time at once). `context` must live as long as
    /// connections are made with this.
    [[nodiscard]] ClientIdentity asking(PassphraseCallback ask, void* context = nullptr) const
    {
        ClientIdentity identity = *this;
        identity.source_.ask = ask;
        identity.source_.context = context;
        return identity;
    }

    /// Whether there is none.
    [[nodiscard]] bool empty() const noexcept
    {
        return source_.kind == detail::IdentitySource::Kind::none;
    }

    /// In words, for messages: `no client certificate`, or where it is. Never a secret.
    [[nodiscard]] std::string describe() const;

    /// For the TLS engine.
    [[nodiscard]] detail::IdentitySource const& source() const noexcept { return source_; }

    /// Whether both come from the same place with the same passphrase.
    friend bool operator==(ClientIdentity const&, ClientIdentity const&) = default;

private:
    detail::IdentitySource source_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/client_identity.ipp>
#endif
