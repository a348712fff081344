#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE bool holds(std::vector<std::string> const& texts,
                                        std::string_view wanted) noexcept
{
    for (std::string const& text : texts) {
        if (text == wanted)
            return true;
    }
    return false;
}

/// A host's addresses in the resolver's order, as numbers: Connector/C is never given a name, which
/// it would try to read as a list, a socket or a URL.
[[nodiscard]] SEALSQL_INLINE std::vector<std::string> resolve(std::string const& host)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    addrinfo* found = nullptr;
    int const error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    Owned<addrinfo, ::freeaddrinfo> const owner{found};
    std::vector<std::string> addresses;
    for (addrinfo const* entry = error == 0 ? found : nullptr; entry != nullptr;
         entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(),
                          static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) != 0)
            continue;
        std::string address = text.data();
        if (!holds(addresses, address))
            addresses.push_back(std::move(address));
    }
    if (addresses.empty())
        throw Error{
            {.code = error_code::unknown_host,
             .message = concat({"the host ", printable(host), " is unknown: ",
                                (error != 0 ? ::gai_strerror(error) : "it has no address")}),
             .remedy = "check the name given to to_host(), and this machine's DNS",
             .retryable = error == EAI_AGAIN}};
    return addresses;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
