#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_changes.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/impl/socket_io.ipp>
#include <sealsql/impl/stream_io.ipp>
#include <sealsql/impl/tls_engine.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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
            .warning_count = completion.warnings,
            .info = stream.info()};
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

namespace detail {

/// Whether a byte below 128 is always that character: not so where it may be the second half of another, and not known
/// of character sets that are not here.
[[nodiscard]] SEALSQL_INLINE bool is_ascii_superset(std::string_view character_set) noexcept
{
    for (std::string_view const name :
         {"utf8mb4", "utf8mb3", "utf8",   "latin1", "ascii",  "binary",   "latin2",  "latin5",
          "latin7",  "cp1250",  "cp1251", "cp1256", "cp1257", "cp850",    "cp852",   "cp866",
          "greek",   "hebrew",  "koi8r",  "koi8u",  "macce",  "macroman", "keybcs2", "armscii8",
          "geostd8", "tis620",  "dec8",   "hp8",    "euckr",  "gb2312",   "ujis",    "eucjpms"})
        if (name == character_set)
            return true;
    return false;
}

/// Whether the text is nothing but ASCII.
[[nodiscard]] SEALSQL_INLINE bool is_ascii(std::string_view text) noexcept
{
    unsigned char all = 0;
    for (char const c : text)
        all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
    return all < 0x80;
}

[[noreturn]] SEALSQL_INLINE void throw_unsafe_character_set(std::string_view character_set)
{
    throw client_error(
        error_code::unknown_error,
        concat(
            {"statements are taken to be in the character set ", printable(character_set),
             ", in which a quote or backslash may be half of another character; nothing was sent"}),
        "use utf8mb4: character_set(), or SET NAMES utf8mb4", "42000");
}

/// The character set of statements: known, or asked for.
[[nodiscard]] SEALSQL_INLINE std::string character_set(Shared<Session> const& shared)
{
    Session& session = require(shared);
    if (!session.client_character_set().empty())
        return session.client_character_set();
    std::string name;
    bool is_tracked = false;
    ResultStream stream{shared, "SHOW SESSION VARIABLES WHERE Variable_name IN "
                                "('character_set_client', 'session_track_system_variables')"};
    for (int rows = 0; rows < 2 && stream.next(); ++rows) {
        auto const fields = stream.fields();
        if (fields.size() != 2)
            break;
        std::string_view const value = fields[1].bytes();
        if (fields[0].bytes() == "character_set_client")
            name = value;
        else if (value == "*" || value.find("character_set_client") != std::string_view::npos)
            is_tracked = true;
    }
    stream.finish();
    if (is_tracked)
        session.set_client_character_set(name);
    return name;
}

SEALSQL_INLINE void require_safe_character_set(Shared<Session> const& session, std::string_view sql)
{
    if (is_ascii(sql))
        return;
    std::string const name = character_set(session);
    if (!is_ascii_superset(name))
        throw_unsafe_character_set(name);
}

} // namespace detail

SEALSQL_INLINE detail::ResultStream Connection::run(BoundSql const& statement)
{
    detail::require_safe_character_set(session_, statement.text());
    if (statement.size() == 0)
        return detail::ResultStream{session_, statement.text()};
    return detail::ResultStream{session_, statement.text(), statement.arguments()};
}

SEALSQL_INLINE std::string Connection::character_set() { return detail::character_set(session_); }

SEALSQL_INLINE bool Connection::backslash_escapes() const noexcept
{
    return !session_ || (session_->status() & detail::status_no_backslash_escapes) == 0;
}

SEALSQL_INLINE detail::WarningReader::WarningReader(Shared<Session> const& session)
    : stream_{session, "SHOW WARNINGS"}
{
    stream_.read_at_once();
}

SEALSQL_INLINE bool detail::WarningReader::next(Warning& warning)
{
    // The most that max_error_count allows, and more than so many are long.
    bool const is_enough = count_ == 65'535 || bytes_ > std::size_t{16} << 20U;
    if (!is_enough && stream_.next()) {
        auto const fields = stream_.fields();
        if (fields.size() == 3 && ValueTraits<int>::decode(fields[1], warning.code)) {
            warning.level = fields[0].bytes();
            warning.message = fields[2].bytes();
            bytes_ += warning.level.size() + warning.message.size();
            ++count_;
            return true;
        }
    }
    stream_.finish();
    return false;
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
