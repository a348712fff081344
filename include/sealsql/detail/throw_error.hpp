#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/fwd.hpp>

#include <string>
#include <string_view>

/// @file
/// How bodies raise errors: one place that knows which numbers can be retried and which end a
/// connection.

namespace sealsql::inline SEALSQL_ABI::detail {

/// @see Error::retryable()
/// @param text the server's, for numbers that stand for several things
[[nodiscard]] bool is_retryable(int code, std::string_view text = {}) noexcept;

/// Whether the connection can be trusted once the files that SslOptions name have been replaced.
[[nodiscard]] bool is_cured_by_newer_files(TlsReason reason, TlsStage stage) noexcept;

/// @see Error::poisons_connection()
[[nodiscard]] bool poisons_connection(int code) noexcept;

/// An error that this program found; `message` is ours and safe to print.
[[nodiscard]] Error client_error(int code, std::string message, std::string remedy = {},
                                 std::string_view sqlstate = "HY000");

/// As client_error(), after which the connection cannot be used.
[[nodiscard]] Error fatal_client_error(int code, std::string message, std::string remedy = {});

/// An error that the other side reported; `text` is made safe to print here. Without a `remedy` it is the
/// usual one for the code, if there is one.
[[nodiscard]] Error peer_error(int code, std::string_view sqlstate, std::string_view text,
                               ErrorOrigin origin, std::string_view what_failed,
                               std::string remedy = {});

/// Throws what was kept as an Error as what it was: OperationCancelled or Error.
[[noreturn]] void throw_again(Error const& error);

/// No TLS that could be trusted; code 2026. Retryable also where newer files help.
[[nodiscard]] TlsError tls_error(TlsReason reason, TlsStage stage, std::string message,
                                 std::string remedy, Certificate const* certificate = nullptr,
                                 bool retryable = false, int depth = 0);

} // namespace sealsql::inline SEALSQL_ABI::detail
