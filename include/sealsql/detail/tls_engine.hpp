#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/ssl_options.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Registers the hook that OpenSSL calls when an `SSL_CTX` is born. Once for each process and copy of
/// sealsql; later calls cost nothing.
/// @throws TlsError if OpenSSL refuses
void register_birth_hook();

/// The certificates to trust, parsed. The same unchanged file is parsed once and shared.
/// @throws TlsError naming the file if it cannot be read or holds no certificate
[[nodiscard]] TrustStore load_trust_store(TrustAnchors const& anchors);

/// Another owner of the same store.
[[nodiscard]] TrustStore share(TrustStore const& store) noexcept;

/// Whether the text is an IP address rather than a name.
[[nodiscard]] bool is_ip_address(std::string const& text);

/// The version text of the OpenSSL that this program runs with, such as `OpenSSL 3.0.22 …`.
[[nodiscard]] std::string openssl_version();

/// What a TLS alert means, in OpenSSL's words.
[[nodiscard]] std::string alert_text(int description);

/// Empties OpenSSL's error queue of this thread. Every call into libssl does the same at its beginning.
void forget_errors() noexcept;

/// Keeps OpenSSL's error queue of this thread as it was: others may be reading it.
class ErrorQueueGuard {
public:
    ErrorQueueGuard() noexcept;
    ErrorQueueGuard(ErrorQueueGuard const&) = delete;
    ErrorQueueGuard& operator=(ErrorQueueGuard const&) = delete;
    ~ErrorQueueGuard();
};

} // namespace sealsql::inline SEALSQL_ABI::detail
