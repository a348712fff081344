#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/shared.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

class Session;

/// What optional headers reach a connection's session by.
struct SessionOf {
    [[nodiscard]] static Shared<Session> const& get(Connection const& connection) noexcept
    {
        return connection.session_;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail
