#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>

struct x509_st; // OpenSSL's own tag for X509

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a certificate says of itself, made safe to print. Its author may be hostile.
[[nodiscard]] Certificate read_certificate(x509_st const* x509);

} // namespace sealsql::inline SEALSQL_ABI::detail
