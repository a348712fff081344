#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Follows the answer to one statement: packets in, what they mean out. One answer holds one result or
/// several; a result is a completion, or columns, rows and a completion.
///
/// Sans-I/O: whoever reads packets gives them here, whether by blocking calls or not. What does not fit is
/// `malformed`, and problem() says what it was.
class ReplyReader {
public:
    enum class Event : std::uint8_t {
        /// A packet on the way to one of the others, or a report of progress.
        more,
        /// columns() are known, rows follow.
        columns,
        /// fields() hold a row, valid as long as the packet.
        row,
        /// The result ends; completion() tells whether another follows.
        completion,
        /// error() says what the server refused; the answer ends.
        error,
        /// The server asks for a file.
        local_infile,
        malformed,
    };

    ReplyReader() noexcept = default;

    /// A new answer. `known_columns` are those of a prepared statement, for servers that do not repeat them.
    void begin(bool is_binary, Shared<Columns const> known_columns = {});

    [[nodiscard]] Event on_packet(Bytes packet);

    /// Within rows: whether the packet is one, and fields() hold it. Whatever else it is, on_packet() tells.
    [[nodiscard, gnu::always_inline]] bool is_row(Bytes packet) noexcept
    {
        View<FieldView> const fields{fields_.data(), fields_.size()};
        if (is_binary_)
            return parse_binary_row(packet, fields);
        return !packet.empty() && packet[0] < std::byte{0xFE} && parse_text_row(packet, fields);
    }

    /// Of the result under way, or that ended last; null if it has none.
    [[nodiscard]] Shared<Columns const> const& columns() const noexcept { return columns_; }

    [[nodiscard]] View<FieldView const> fields() const noexcept
    {
        return {fields_.data(), fields_.size()};
    }

    [[nodiscard]] Completion const& completion() const noexcept { return completion_; }

    /// What the latest result that had no rows said for people.
    [[nodiscard]] std::string const& info() const noexcept { return info_; }

    /// Valid as long as the packet.
    [[nodiscard]] ServerError const& error() const noexcept { return error_; }

    /// Whether the columns are the OUT and INOUT parameters of a procedure.
    [[nodiscard]] bool has_out_parameters() const noexcept
    {
        return (description_status_ & status_out_parameters) != 0;
    }

    [[nodiscard]] bool in_rows() const noexcept { return state_ == State::rows; }

    /// Whether packets of this answer are still to come.
    [[nodiscard]] bool is_under_way() const noexcept { return state_ != State::ended; }

    /// What was malformed, for a sentence that begins with the server's name.
    [[nodiscard]] char const* problem() const noexcept { return problem_; }

private:
    enum class State : std::uint8_t { ended, header, definitions, definitions_end, rows };

    [[nodiscard]] Event on_header(Bytes packet);
    [[nodiscard]] Event on_definition(Bytes packet);
    [[nodiscard]] Event on_completion(Completion const& completion) noexcept;
    [[nodiscard]] Event refuse(char const* problem) noexcept;
    void begin_rows();

    State state_ = State::ended;
    bool is_binary_ = false;
    std::uint16_t description_status_ = 0; // by the end of the definitions
    std::size_t missing_ = 0;              // definitions that are still to come
    Shared<Columns const> known_columns_;
    Shared<Columns const> columns_;
    Columns described_;
    List<FieldView> fields_;
    Completion completion_;
    std::string info_;
    ServerError error_;
    char const* problem_ = "";
};

/// As the public type has it.
[[nodiscard]] Column make_column(ColumnDefinition const& definition);

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/reply_reader.ipp>
#endif
