#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/trust_anchors.hpp>

struct x509_store_st; // OpenSSL's own tag for X509_STORE

namespace sealsql::inline SEALSQL_ABI::detail {

/// Gives up one share of a store, of which OpenSSL counts the owners.
void release_store(x509_store_st* store) noexcept;

/// Parsed certificates to trust, shared by all connections that trust the same.
using TrustStore = Owned<x509_store_st, release_store>;

/// Another owner of the same store.
[[nodiscard]] TrustStore share(TrustStore const& store) noexcept;

/// The certificates to trust, parsed. What has not changed is parsed once and shared.
/// @throws TlsError naming the file and its format if it cannot be read or holds no certificate
[[nodiscard]] TrustStore load_trust_store(TrustAnchors const& anchors);

/// Whether load_trust_store() may give this one again. Not what a file held before it was replaced.
[[nodiscard]] bool is_current(TrustStore const& store);

} // namespace sealsql::inline SEALSQL_ABI::detail
