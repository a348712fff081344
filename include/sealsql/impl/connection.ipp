#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/impl/socket_io.ipp>
#include <sealsql/impl/tls_engine.ipp>
#include <sealsql/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE Connection::Connection(ConnectionOptions const& options)
    : session_{detail::Shared<detail::Session>::make(options)}
{
}

SEALSQL_INLINE Connection::Connection(Connection&&) noexcept = default;

SEALSQL_INLINE Connection& Connection::operator=(Connection&& other) noexcept
{
    if (this != &other) {
        close();
        session_ = std::move(other.session_);
    }
    return *this;
}

SEALSQL_INLINE Connection::~Connection() { close(); }

SEALSQL_INLINE void Connection::close() noexcept
{
    if (session_)
        session_->close();
}

namespace detail {

[[nodiscard]] SEALSQL_INLINE Session& require(Shared<Session> const& session)
{
    if (!session)
        throw fatal_client_error(error_code::commands_out_of_sync, "the connection was moved from",
                                 "use the object that it was moved to");
    return *session;
}

} // namespace detail

SEALSQL_INLINE ExecuteResult Connection::execute(Sql sql)
{
    detail::ResultStream stream{session_, sql.text()};
    stream.finish();
    detail::Completion const& completion = stream.completion();
    return {.affected_rows = completion.affected_rows,
            .last_insert_id = completion.last_insert_id,
            .warning_count = completion.warnings};
}

SEALSQL_INLINE std::vector<Warning> Connection::warnings()
{
    std::vector<Warning> all;
    Warning warning;
    std::size_t bytes = 0;
    detail::ResultStream stream{session_, "SHOW WARNINGS"};
    while (stream.next()) {
        auto const cells = stream.cells();
        if (cells.size() != 3 || !ValueTraits<int>::from_text(cells[1].text(), warning.code))
            break;
        warning.level = cells[0].text();
        warning.message = cells[2].text();
        all.push_back(warning);
        bytes += warning.level.size() + warning.message.size();
        // The most that max_error_count allows, and more than so many are long.
        if (all.size() == 65'535 || bytes > std::size_t{16} << 20U)
            break;
    }
    stream.finish();
    return all;
}

SEALSQL_INLINE void Connection::ping() { detail::require(session_).ping(); }
SEALSQL_INLINE void Connection::reset() { detail::require(session_).reset(); }

namespace detail {

/// The one value of a statement of ours, without the templates of Connection::query_value().
[[nodiscard]] SEALSQL_INLINE std::string ask(Shared<Session> const& session, std::string_view sql)
{
    ResultStream stream{session, sql};
    std::string answer{stream.next() && !stream.cells().empty() ? stream.cells()[0].text()
                                                                : std::string_view{}};
    stream.finish();
    return answer;
}

} // namespace detail

SEALSQL_INLINE std::string const& Connection::server_version()
{
    std::string& version = detail::require(session_).server_version;
    if (version.empty())
        version = detail::ask(session_, "SELECT VERSION()");
    return version;
}

SEALSQL_INLINE std::uint64_t Connection::connection_id()
{
    std::uint64_t& id = detail::require(session_).connection_id;
    if (id == 0 &&
        !ValueTraits<std::uint64_t>::from_text(detail::ask(session_, "SELECT CONNECTION_ID()"), id))
        id = 0;
    return id;
}

SEALSQL_INLINE TlsInfo const* Connection::tls() const noexcept
{
    return session_ ? session_->tls() : nullptr;
}

SEALSQL_INLINE bool Connection::usable() const noexcept { return session_ && session_->usable(); }

SEALSQL_INLINE void Connection::throw_row_count(char const* found)
{
    throw detail::client_error(
        detail::error_code::unknown_error,
        detail::concat({"the statement gives ", found, ", but exactly one was asked for"}),
        "use query() or query_all() for any number of rows, query_opt() for "
        "one at most");
}

} // namespace sealsql::inline SEALSQL_ABI
