#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/view.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A statement that a server has prepared, for the session that it was prepared in.
struct Statement {
    /// Of an execution that has described them. Not a procedure's parameters, which are described each time.
    void note_columns(Shared<Columns const> const& columns_now)
    {
        described = columns_now;
        if (columns)
            columns = columns_now;
    }

    std::string sql{};
    std::uint32_t id = 0;
    unsigned parameters = 0;
    Shared<Columns const> columns{}; // null: the server does not say that it gives rows
    /// As described last, for MariaDB describes them once: also of what gives rows though its preparation does not say so,
    /// such as INSERT … RETURNING.
    Shared<Columns const> described{};
    /// That of the session when it was prepared; zero for never.
    std::uint64_t generation = 0;
    /// See Session::databases_.
    std::uint64_t databases = 0;
    /// Those of its parameters in its executions, two bytes each. See keeps_types().
    std::string types{};
};

/// MySQL (8.0.22 and later) works out at the first execution what a parameter is that stands where nothing tells, as in
/// `SET @a = ?`, and goes on to make that of all values that come later: of a number's `abc` would be 0, and of a date's
/// 0000-00-00. So types of other kinds need a statement of their own.
/// @param before of the executions up to now, to which these are added
/// @return whether a statement that was executed with those types can be executed with these
[[nodiscard]] bool keeps_types(std::string& before, Bytes types);

/// The statements that were used last, by their text.
class StatementCache {
public:
    explicit StatementCache(std::size_t capacity) noexcept : capacity_{capacity} {}

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Null if it is not here.
    [[nodiscard]] Shared<Statement> find(std::string_view sql) noexcept
    {
        std::size_t const hash = std::hash<std::string_view>{}(sql);
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            Entry& entry = entries_[i];
            if (entry.hash == hash && entry.statement->sql == sql) {
                entry.last_used = ++clock_;
                return entry.statement;
            }
        }
        return {};
    }

    /// Keeps a statement that is not here.
    /// @return the one that had to go for it, or itself if nothing is kept; null if none
    [[nodiscard]] Shared<Statement> insert(Shared<Statement> statement)
    {
        if (capacity_ == 0)
            return statement;
        Entry entry;
        entry.hash = std::hash<std::string_view>{}(statement->sql);
        entry.last_used = ++clock_;
        entry.statement = std::move(statement);
        if (entries_.size() < capacity_) {
            entries_.push_back(std::move(entry));
            return {};
        }
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < entries_.size(); ++i)
            if (entries_[i].last_used < entries_[oldest].last_used)
                oldest = i;
        statement = std::move(entries_[oldest].statement);
        entries_[oldest] = std::move(entry);
        return statement;
    }

    /// Forgets one.
    void remove(std::string_view sql) noexcept
    {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].statement->sql != sql)
                continue;
            entries_[i] = entries_[entries_.size() - 1];
            entries_.resize(entries_.size() - 1);
            return;
        }
    }

    void clear() noexcept { entries_ = {}; }

    /// The same, with a last word to each.
    template <class LastWord>
    void clear_with(LastWord const& last_word)
    {
        for (std::size_t i = 0; i < entries_.size(); ++i)
            last_word(*entries_[i].statement);
        clear();
    }

private:
    struct Entry {
        std::size_t hash = 0;
        std::uint64_t last_used = 0;
        Shared<Statement> statement{};
    };

    List<Entry> entries_;
    std::size_t capacity_;
    std::uint64_t clock_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
