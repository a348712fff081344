#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/openssl.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// @file
/// In TLS 1.3 the client guesses which group the server wants for the key exchange, and sends a share of that
/// group (RFC 8446, 4.2.8). OpenSSL guesses X25519. MySQL 9 wants P-256, and asks for another ClientHello: a
/// key made for nothing and one more way to the server and back, in each handshake. So the session of such a
/// server is kept with the groups in the order that suits it, and the next guess is right.
///
/// Which groups there are is OpenSSL's business and its configuration's. It has no function that tells, so
/// they are read from our own ClientHello. None is added or left out.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Reads numbers and vectors (RFC 8446, 3) of a message; what is not there is zero or empty.
struct HelloReader {
    std::string_view rest;

    std::string_view take(std::size_t size) noexcept
    {
        std::string_view const taken = rest.substr(0, size);
        rest.remove_prefix(taken.size());
        return taken;
    }
    std::size_t number(std::size_t size) noexcept
    {
        std::size_t value = 0;
        for (char const byte : take(size))
            value = value << 8U | static_cast<unsigned char>(byte);
        return value;
    }
    HelloReader vector(std::size_t size_of_length) noexcept
    {
        return {take(number(size_of_length))};
    }
};

/// The groups that a ClientHello offers, as it has them: two bytes each.
[[nodiscard]] SEALSQL_INLINE std::string_view groups_of(std::string_view client_hello) noexcept
{
    HelloReader hello{client_hello};
    hello.take(1 + 3 + 2 + 32); // type, length, version, random
    hello.vector(1);            // session
    hello.vector(2);            // ciphers
    hello.vector(1);            // compression
    HelloReader extensions = hello.vector(2);
    while (!extensions.rest.empty()) {
        std::size_t const type = extensions.number(2);
        HelloReader extension = extensions.vector(2);
        if (type == TLSEXT_TYPE_supported_groups)
            return extension.vector(2).rest;
    }
    return {};
}

/// Notes what is offered, when the server has asked for another ClientHello.
SEALSQL_INLINE void note_client_hello(TlsState& tls, std::string_view message)
{
    if (!message.empty() && message.front() == SSL3_MT_CLIENT_HELLO && ++tls.hellos == 2)
        tls.offered_groups = groups_of(message);
}

/// The groups that were offered with the server's choice at the head, as SSL_set1_groups_list() takes them.
/// Empty if that cannot be said.
[[nodiscard]] SEALSQL_INLINE std::string groups_that_suit(SSL* ssl, std::string_view offered)
{
    char const* const chosen =
        SSL_group_to_name(ssl, static_cast<int>(SSL_get_negotiated_group(ssl)));
    if (chosen == nullptr)
        return {};
    std::string list = chosen;
    for (HelloReader groups{offered}; !groups.rest.empty();) {
        auto const id = static_cast<int>(groups.number(2));
        char const* const name = SSL_group_to_name(ssl, TLSEXT_nid_unknown | id);
        if (name == nullptr)
            return {}; // which would be left out
        if (std::string_view{name} != chosen)
            list += concat({":", name});
    }
    return list;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
