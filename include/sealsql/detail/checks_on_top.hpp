#pragma once

#include <sealsql/certificate_check.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/revocation_lists.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/ssl_options.hpp>

#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a server's chain has to pass besides leading to a trusted CA and having the right name.
struct ChecksOnTop {
    std::vector<Pin> pins;
    /// Null if nothing is looked up.
    RevocationLists revocation_lists;
    bool revocation_of_whole_chain = false;
    unsigned max_chain_depth = default_max_chain_depth;
    int security_level = min_security_level;
    CertificateCheck also_check;
};

/// What the options ask for, ready to be used.
/// @throws TlsError if a file that they name cannot be used
[[nodiscard]] ChecksOnTop prepare_checks(SslOptions const& options);

/// The same checks for another connection.
[[nodiscard]] ChecksOnTop share(ChecksOnTop const& checks);

} // namespace sealsql::inline SEALSQL_ABI::detail
