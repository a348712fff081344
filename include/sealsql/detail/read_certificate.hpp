#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>

#include <chrono>
#include <string>
#include <string_view>

struct x509_st; // OpenSSL's own tag for X509

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a certificate says of itself, made safe to print. Its author may be hostile.
[[nodiscard]] Certificate read_certificate(x509_st const* x509);

/// `2026-11-24 07:58:00 UTC`
[[nodiscard]] std::string format_time(std::chrono::sys_seconds time);

/// The same of this moment.
[[nodiscard]] std::string format_now();

/// The beginning of a text that was made safe to print, as much as people read: a certificate may hold
/// 100 kB of names, and errors go into logs.
[[nodiscard]] std::string brief(std::string_view text);

} // namespace sealsql::inline SEALSQL_ABI::detail
