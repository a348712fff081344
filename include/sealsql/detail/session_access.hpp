#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/prepared_statement.hpp>

#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// How the optional parts of the library reach what is below a Connection.
struct SessionAccess {
    /// Null if it was moved from.
    [[nodiscard]] static Shared<Session> const& session(Connection const& connection) noexcept
    {
        return connection.session_;
    }
    /// A connection of a session that was made.
    [[nodiscard]] static Connection connection(Shared<Session> session) noexcept
    {
        return Connection{std::move(session)};
    }
    /// @copydoc session(Connection const&)
    [[nodiscard]] static Shared<Session> const& session(PreparedStatement const& prepared) noexcept
    {
        return prepared.session_;
    }
    /// Null if it was moved from.
    [[nodiscard]] static Shared<Statement> const&
    statement(PreparedStatement const& prepared) noexcept
    {
        return prepared.statement_;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail
