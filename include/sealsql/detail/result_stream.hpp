#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>

#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

class Session;

/// One statement's answer while it comes in: what Rows is made of, without its template.
///
/// Its destructor reads what is left, so that the connection can be used again; if the server does
/// not come to an end within the read timeout, the connection is closed instead.
class ResultStream {
public:
    ResultStream() noexcept;
    ResultStream(ResultStream&& other) noexcept;
    ResultStream& operator=(ResultStream&& other) noexcept;
    ~ResultStream();

    /// Sends a statement and reads up to the first row.
    ResultStream(Shared<Session> session, std::string_view sql);

    /// The same with parameters, through the session's cache of prepared statements.
    ResultStream(Shared<Session> session, std::string_view sql, Arguments const& arguments);

    /// The same for a statement that the caller keeps.
    ResultStream(Shared<Session> session, Shared<Statement> const& statement,
                 Arguments const& arguments);

    /// Moves to the next row of this result.
    /// @return false at its end
    bool next();

    enum class Wanted : std::uint8_t { anything, rows, out_parameters };

    /// Moves to the statement's next result that is wanted, leaving out what is left of this one, and those in between,
    /// within one read timeout.
    /// @return false if there is none
    bool next_result(Wanted wanted = Wanted::anything);

    /// Reads all that is left, of all results, within one read timeout.
    void finish();

    /// As finish(), but closes the connection instead of failing.
    void abandon() noexcept;

    /// What is read up to the next result is one operation with the statement: one call reads it.
    void read_at_once() noexcept { is_at_once_ = true; }

    /// The current row; valid until next().
    [[nodiscard]] View<FieldView const> fields() const noexcept { return reader_.fields(); }

    /// Empty if the statement has no rows to give.
    [[nodiscard]] Columns const& columns() const noexcept
    {
        return reader_.columns() ? *reader_.columns() : no_columns();
    }

    /// The same for rows that outlive this object; null for empty.
    [[nodiscard]] Shared<Columns const> const& shared_columns() const noexcept
    {
        return reader_.columns();
    }

    /// Whether the columns are the OUT and INOUT parameters of a procedure.
    [[nodiscard]] bool has_out_parameters() const noexcept { return reader_.has_out_parameters(); }

    /// What the server said at the end of the latest result that ended.
    [[nodiscard]] Completion const& completion() const noexcept { return reader_.completion(); }
    /// @see ReplyReader::info
    [[nodiscard]] std::string const& info() const noexcept { return reader_.info(); }

private:
    void begin(Shared<Session> session, Shared<Statement> const& statement);
    void fail(Error const& error) noexcept;
    void read_result_header(Clock::time_point deadline);
    /// As next_result(), of whatever kind, within what limit_rest() has set.
    bool skip_to_next_result();
    /// @param packet the next one, if it is here already
    bool next_slowly(bool is_here, Bytes packet);
    void on_end() noexcept;
    /// From now on, all that is left of the answer has the time of one read.
    void limit_rest() noexcept;
    template <class Step>
    bool guarded(Step const& step);
    void release() noexcept;
    void begin_call() noexcept;

    Shared<Session> session_;
    ReplyReader reader_;
    Clock::time_point limit_ = Clock::time_point::max();
    std::uint64_t rows_ = 0; // that were read, of all results
    bool is_at_once_ = false;
    Operation operation_; // within the session, which outlives it
};

} // namespace sealsql::inline SEALSQL_ABI::detail
