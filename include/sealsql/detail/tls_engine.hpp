#pragma once

#include <sealsql/detail/config.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Registers the hook that OpenSSL calls when an `SSL_CTX` is born. Once for each process and copy of
/// sealsql; later calls cost nothing.
/// @throws TlsError if OpenSSL refuses
void register_birth_hook();

/// The version text of the OpenSSL that this program runs with, such as `OpenSSL 3.0.22 …`.
[[nodiscard]] std::string openssl_version();

/// What a TLS alert means, in OpenSSL's words.
[[nodiscard]] std::string alert_text(int description);

} // namespace sealsql::inline SEALSQL_ABI::detail
