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
#include <sealsql/impl/stream_io.ipp>
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

SEALSQL_INLINE ExecuteResult run_to_end(ResultStream& stream)
{
    stream.finish();
    Completion const& completion = stream.completion();
    return {.affected_rows = completion.affected_rows,
            .last_insert_id = completion.last_insert_id,
            .warning_count = completion.warnings};
}

} // namespace detail

SEALSQL_INLINE PreparedStatement Connection::prepare(Sql sql)
{
    detail::Session& session = detail::require(session_);
    auto statement = detail::Shared<detail::Statement>::make();
    statement->sql = std::string{sql.text()};
    session.prepare(statement);
    return PreparedStatement{session_, std::move(statement)};
}

SEALSQL_INLINE std::vector<Warning> Connection::warnings()
{
    std::vector<Warning> all;
    Warning warning;
    std::size_t bytes = 0;
    detail::ResultStream stream{session_, "SHOW WARNINGS"};
    while (stream.next()) {
        auto const fields = stream.fields();
        if (fields.size() != 3 || !ValueTraits<int>::decode(fields[1], warning.code))
            break;
        warning.level = fields[0].bytes();
        warning.message = fields[2].bytes();
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
    std::string answer{stream.next() && !stream.fields().empty() ? stream.fields()[0].bytes()
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
    if (id == 0) {
        std::string const answer = detail::ask(session_, "SELECT CONNECTION_ID()");
        Column const column;
        if (!ValueTraits<std::uint64_t>::decode(FieldView{answer, column}, id))
            id = 0;
    }
    return id;
}

SEALSQL_INLINE TlsInfo const* Connection::tls() const noexcept
{
    return session_ ? session_->tls() : nullptr;
}

SEALSQL_INLINE bool Connection::usable() const noexcept { return session_ && session_->usable(); }

SEALSQL_INLINE void detail::throw_row_count(char const* found)
{
    throw detail::client_error(
        detail::error_code::unknown_error,
        detail::concat({"the statement gives ", found, ", but exactly one was asked for"}),
        "use query() or query_all() for any number of rows, query_opt() for "
        "one at most");
}

} // namespace sealsql::inline SEALSQL_ABI
