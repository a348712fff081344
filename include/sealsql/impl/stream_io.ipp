#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/stream_io.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

/// OpenSSL counts in int.
inline constexpr std::size_t most_at_once = std::size_t{1} << 30U;

SEALSQL_INLINE long read_some(ConnectionState& state, int socket, View<std::byte> room) noexcept
{
    int const size = static_cast<int>(std::min(room.size(), most_at_once));
    if (state.tls.ssl == nullptr)
        return state.tls.finished
                   ? -1
                   : receive(state, socket, reinterpret_cast<char*>(room.data()), size); // NOLINT
    if (tls_is_gone())
        return -1;
    ErrorQueueGuard const errors;
    return SSL_read(state.tls.ssl, room.data(), size);
}

SEALSQL_INLINE bool write_all(ConnectionState& state, int socket, Bytes bytes) noexcept
{
    if (state.tls.ssl != nullptr && tls_is_gone())
        return false;
    ErrorQueueGuard const errors;
    while (!bytes.empty()) {
        int const size = static_cast<int>(std::min(bytes.size(), most_at_once));
        int sent = -1;
        if (state.tls.ssl != nullptr)
            sent = SSL_write(state.tls.ssl, bytes.data(), size);
        else if (!state.tls.finished)
            sent = transmit(state, socket, reinterpret_cast<char const*>(bytes.data()),
                            size); // NOLINT
        if (sent <= 0)
            return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI::detail
