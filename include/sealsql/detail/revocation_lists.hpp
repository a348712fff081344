#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/revocation.hpp>

struct stack_st_X509_CRL; // OpenSSL's own tag for STACK_OF(X509_CRL)

namespace sealsql::inline SEALSQL_ABI::detail {

/// Frees the stack, and gives up one share of each list in it.
void release_revocation_lists(stack_st_X509_CRL* lists) noexcept;

/// Parsed revocation lists. OpenSSL counts the owners of each, but not of the stack that they are in.
using RevocationLists = Owned<stack_st_X509_CRL, release_revocation_lists>;

/// Whether two stacks hold the same objects in the same order.
[[nodiscard]] bool same_lists(RevocationLists const& left, RevocationLists const& right) noexcept;

/// What revocation is looked up in.
struct LoadedRevocation {
    RevocationLists lists; // null: it is not looked up

    /// Whether they hold the same lists, which were read from the same state of the same files.
    friend bool operator==(LoadedRevocation const& left, LoadedRevocation const& right) noexcept
    {
        return same_lists(left.lists, right.lists);
    }
};

/// Another stack with the same lists.
[[nodiscard]] RevocationLists share(RevocationLists const& lists);

/// The lists in the files, parsed; null if `revocation` is off. Unchanged files are parsed once and shared.
/// @throws TlsError with TlsReason::revocation_unknown, naming the file that is missing, damaged or empty
[[nodiscard]] RevocationLists load_revocation_lists(Revocation const& revocation);

/// Whether load_revocation_lists() may give these again.
[[nodiscard]] bool is_current(RevocationLists const& lists);

} // namespace sealsql::inline SEALSQL_ABI::detail
