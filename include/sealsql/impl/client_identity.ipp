#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/printable.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE std::string ClientIdentity::describe() const
{
    using Kind = detail::IdentitySource::Kind;
    std::string const certificate = printable(source_.certificate_file.native());
    switch (source_.kind) {
    case Kind::none:
        break;
    case Kind::pem_files:
        return detail::concat({"the client certificate in ", certificate, " with the key in ",
                               printable(source_.key_file.native())});
    case Kind::file:
        return detail::concat({"the client certificate and key in ", certificate});
    case Kind::memory:
        return "a client certificate and key in memory";
    }
    return "no client certificate";
}

} // namespace sealsql::inline SEALSQL_ABI
