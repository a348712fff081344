#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/match_columns.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/row.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// What a statement did.
struct ExecuteResult {
    /// Rows changed, deleted or inserted. For an UPDATE, those that it really changed, or
    /// found if ConnectionOptions::found_rows is set.
    std::uint64_t affected_rows = 0;

    /// The first value that AUTO_INCREMENT gave; zero if there was none.
    std::uint64_t last_insert_id = 0;

    /// How many notes, warnings and errors `Connection::warnings()` would fetch.
    unsigned warning_count = 0;

    /// What the server says of it for people, such as `Records: 3  Duplicates: 0  Warnings: 0`; for programs, it is no number
    /// to rely on. Empty after most statements. See printable().
    std::string info{};

    friend bool operator==(ExecuteResult const&, ExecuteResult const&) = default;
};

namespace detail {

/// Reads what is left of an answer.
ExecuteResult run_to_end(ResultStream& stream);
inline ExecuteResult run_to_end(ResultStream&& stream) { return run_to_end(stream); }

[[noreturn, gnu::cold]] void throw_row_count(char const* found);

/// A wrong row type gets a sentence.
template <class T>
constexpr void check_row_type()
{
    if constexpr (!std::same_as<T, Row>)
        static_assert(all_fields_readable<FieldsOf<T>>,
                      "sealsql cannot read a column into one of this row's fields: use integers, "
                      "floating-point numbers, bool, std::string, std::string_view or "
                      "std::vector<std::byte>, a std::optional of one of them, include "
                      "<sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise "
                      "sealsql::ValueTraits for the field's type");
}

template <class T>
constexpr void check_owning_type()
{
    if constexpr (!std::same_as<T, Row>)
        static_assert(!any_field_is_view<FieldsOf<T>>,
                      "a std::string_view is valid until the next row only and would dangle here: "
                      "use std::string, or go through the rows with query()");
}

/// Reads the rows of one result into a T.
template <class T>
class RowReader {
public:
    /// @throws Error if the columns do not fit T
    void find_columns(View<FieldView const> fields)
    {
        if constexpr (!std::same_as<T, Row>)
            positions_.find(fields);
    }

    /// @pre the columns were found
    void read(View<FieldView const> fields, Shared<Columns const> const& columns, T& row) const
    {
        if constexpr (std::same_as<T, Row>)
            row.assign(fields, columns);
        else
            read_row(fields, positions_, row);
    }

private:
    struct NoPositions {};
    using Positions =
        typename std::conditional_t<std::same_as<T, Row>, std::type_identity<NoPositions>,
                                    LazyColumnPositions<T>>::type;
    [[no_unique_address]] Positions positions_{};
};

/// Goes once through the rows of a Range that reads them when it is told to advance().
template <class Range, class T>
class RowIterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    RowIterator() = default;
    explicit RowIterator(Range& range) noexcept : range_{&range} {}

    /// Valid until the iterator moves on.
    [[nodiscard]] T& operator*() const noexcept { return range_->row_; }
    [[nodiscard]] T* operator->() const noexcept { return &range_->row_; }

    RowIterator& operator++()
    {
        range_->advance();
        return *this;
    }
    void operator++(int) { range_->advance(); }

    friend bool operator==(RowIterator const& iterator, std::default_sentinel_t) noexcept
    {
        return iterator.at_end();
    }

private:
    [[nodiscard]] bool at_end() const noexcept { return range_->ended_; }

    Range* range_ = nullptr;
};

} // namespace detail

/// The rows of one statement, read from the server one by one as they are asked for: a range to go
/// through once.
///
/// The connection is busy as long as this object holds an unfinished answer. Leaving the loop early
/// is allowed: the destructor reads the rest away, for as long as the read timeout at most, and closes
/// the connection when that is not enough. Whoever has no more use for the connection calls
/// Connection::close() first. A statement that gives several results (CALL) shows them one after the
/// other, by next_result(); if it fails behind the result that is shown, next_result() and finish() throw the error, and
/// the destructor cannot.
template <RowType T>
class Rows {
public:
    /// An input iterator; its value is valid until it moves on.
    using Iterator = detail::RowIterator<Rows, T>;

    /// For Connection.
    explicit Rows(detail::ResultStream stream) : stream_{std::move(stream)}
    {
        reader_.find_columns(stream_.fields());
    }

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

    /// Moves on to the statement's next result that has rows to give, leaving out what is left of this one, within one
    /// read timeout.
    /// @return false if there is none
    bool next_result()
    {
        begun_ = true;
        ended_ = true;
        if (!stream_.next_result(detail::ResultStream::Wanted::rows))
            return false;
        reader_.find_columns(
            stream_.fields()); // if they do not fit, there is nothing to go through
        begun_ = false;
        ended_ = false;
        return true;
    }

    /// Reads away what is left of the answer and tells what the statement did. The connection is then
    /// free for the next statement.
    ExecuteResult finish()
    {
        begun_ = true;
        ended_ = true;
        return detail::run_to_end(stream_);
    }

    // Of a range that is not kept, the results behind this one are read away as well: nobody can ask for them any more, and
    // their errors are the statement's.

    /// All rows that are left, moved out of the range.
    [[nodiscard]] std::vector<T> all() &
    {
        std::vector<T> rows;
        for (T& row : *this)
            rows.push_back(std::move(row));
        return rows;
    }
    /// @copydoc all()
    [[nodiscard]] std::vector<T> all() &&
    {
        std::vector<T> rows = all();
        stream_.finish();
        return rows;
    }

    /// The only row, if there is one.
    /// @throws Error if there are more
    [[nodiscard]] std::optional<T> opt() &
    {
        auto row = begin();
        if (row == end())
            return std::nullopt;
        std::optional<T> only{std::move(*row)};
        if (++row != end())
            detail::throw_row_count("more than one row");
        return only;
    }
    /// @copydoc opt()
    [[nodiscard]] std::optional<T> opt() &&
    {
        std::optional<T> row = opt();
        stream_.finish();
        return row;
    }

    /// The only row.
    /// @throws Error if there are none or more
    [[nodiscard]] T one() &
    {
        auto row = opt();
        if (!row)
            detail::throw_row_count("no row");
        return *std::move(row);
    }
    /// @copydoc one()
    [[nodiscard]] T one() &&
    {
        T row = one();
        stream_.finish();
        return row;
    }

private:
    friend Iterator;

    void advance()
    {
        begun_ = true;
        ended_ = true; // also if what follows throws
        if (!stream_.next()) {
            if (!stream_.completion().more_results())
                stream_.finish();
            return;
        }
        reader_.read(stream_.fields(), stream_.shared_columns(), row_);
        ended_ = false;
    }

    detail::ResultStream stream_;
    [[no_unique_address]] detail::RowReader<T> reader_;
    T row_{};
    bool begun_ = false;
    bool ended_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI
