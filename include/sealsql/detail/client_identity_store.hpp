#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/owned.hpp>

// OpenSSL's own tags for EVP_PKEY, STACK_OF(X509) and X509
struct evp_pkey_st;
struct stack_st_X509;
struct x509_st;

namespace sealsql::inline SEALSQL_ABI::detail {

// Each gives up one share of what OpenSSL counts the owners of.
void release_certificate(x509_st* certificate) noexcept;
void release_chain(stack_st_X509* chain) noexcept;
void release_key(evp_pkey_st* key) noexcept;

/// A certificate and what is needed to show it; parsed, checked, and shared by all connections that use
/// the same.
struct LoadedIdentity {
    Owned<x509_st, release_certificate> certificate;
    Owned<stack_st_X509, release_chain> chain; // sent along
    Owned<evp_pkey_st, release_key> key;

    /// Whether there is one.
    explicit operator bool() const noexcept { return certificate && chain && key; }

    /// Whether they were loaded by the same reading of the same files.
    friend bool operator==(LoadedIdentity const& left, LoadedIdentity const& right) noexcept
    {
        return left.certificate == right.certificate && left.key == right.key;
    }
};

/// Another owner of the same.
[[nodiscard]] LoadedIdentity share(LoadedIdentity const& identity) noexcept;

/// The identity, parsed and checked; none if there is none. The same unchanged files are parsed once and
/// shared; whether the certificate is in force is checked each time.
/// @throws TlsError naming the file and the cure, never a secret
[[nodiscard]] LoadedIdentity load_identity(ClientIdentity const& identity);

/// Whether load_identity() may give this one again.
[[nodiscard]] bool is_current(LoadedIdentity const& identity);

} // namespace sealsql::inline SEALSQL_ABI::detail
