#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/row.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// What a statement did.
struct ExecuteResult {
    /// Rows changed, deleted or inserted. For an UPDATE, those that it really changed.
    std::uint64_t affected_rows = 0;

    /// The first value that AUTO_INCREMENT gave; zero if there was none.
    std::uint64_t last_insert_id = 0;

    /// How many notes, warnings and errors `Connection::warnings()` would fetch.
    unsigned warning_count = 0;

    friend bool operator==(ExecuteResult const&, ExecuteResult const&) = default;
};

/// The rows of one statement, read from the server one by one as they are asked for: a range to go
/// through once.
///
/// The connection is busy as long as this object holds an unfinished answer. Leaving the loop early
/// is allowed: the destructor reads the rest away, for as long as the read timeout at most, and closes
/// the connection when that is not enough. Whoever has no more use for the connection calls
/// Connection::close() first. A statement that gives several results (CALL) shows them one after the
/// other, by next_result().
template <RowType T>
class Rows {
public:
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(Rows& rows) noexcept : rows_{&rows} {}

        /// Valid until the iterator moves on.
        [[nodiscard]] T& operator*() const noexcept { return rows_->row_; }
        [[nodiscard]] T* operator->() const noexcept { return &rows_->row_; }

        Iterator& operator++()
        {
            rows_->advance();
            return *this;
        }
        void operator++(int) { rows_->advance(); }

        friend bool operator==(Iterator const& iterator, std::default_sentinel_t) noexcept
        {
            return iterator.at_end();
        }

    private:
        [[nodiscard]] bool at_end() const noexcept { return rows_->ended_; }

        Rows* rows_ = nullptr;
    };

    /// For Connection.
    explicit Rows(detail::ResultStream stream) : stream_{std::move(stream)} { check_columns(); }

    /// Reads the first row, the first time that it is called.
    [[nodiscard]] Iterator begin()
    {
        if (!begun_)
            advance();
        return Iterator{*this};
    }

    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// What the server says of the columns; empty if the statement gives no rows.
    [[nodiscard]] Columns const& columns() const noexcept { return stream_.columns(); }

    /// Moves on to the statement's next result, leaving out what is left of this one.
    /// @return false if there is none
    bool next_result()
    {
        begun_ = !stream_.next_result();
        ended_ = begun_;
        if (!ended_)
            check_columns();
        return !ended_;
    }

    /// Reads away what is left of the answer and tells what the statement did. The connection is then
    /// free for the next statement.
    ExecuteResult finish()
    {
        begun_ = true;
        ended_ = true;
        stream_.finish();
        auto const& completion = stream_.completion();
        return {.affected_rows = completion.affected_rows,
                .last_insert_id = completion.last_insert_id,
                .warning_count = completion.warnings};
    }

private:
    void check_columns() const
    {
        if constexpr (!std::same_as<T, Row>) {
            if (stream_.columns().size() != detail::field_count<T>)
                detail::throw_column_count(detail::field_count<T>, stream_.columns());
        }
    }

    void advance()
    {
        begun_ = true;
        ended_ = true; // also if what follows throws
        if (!stream_.next()) {
            if (!stream_.completion().more_results())
                stream_.finish();
            return;
        }
        if constexpr (std::same_as<T, Row>)
            row_.assign(stream_.cells(), stream_.shared_columns());
        else
            detail::read_row(stream_.cells(), stream_.columns(), row_);
        ended_ = false;
    }

    detail::ResultStream stream_;
    T row_{};
    bool begun_ = false;
    bool ended_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI
