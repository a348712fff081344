#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/value.hpp>

#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Rows of parameters in their binary forms, waiting to be sent. Sans-I/O.
///
/// As COM_STMT_BULK_EXECUTE has them, each value behind a byte that tells whether it is NULL; or as
/// COM_STMT_EXECUTE has them, the values alone, and what is NULL kept apart. See "COM_STMT_BULK_EXECUTE" in
/// MariaDB's protocol documentation.
class BulkRows {
public:
    void begin_row() noexcept
    {
        index_ = 0;
        row_values_ = values_.size();
        row_nulls_ = nulls_.size();
    }

    template <class T>
    void add(T const& value)
    {
        using Value = typename OptionalValue<T>::Value;
        if constexpr (is_null_constant<T>) {
            add_null();
        } else if constexpr (is_optional<T>) {
            if (value)
                add<Value>(*value);
            else
                add_null();
        } else {
            mark(false);
            WireWriter writer{values_};
            std::size_t const begin = values_.size();
            if (!encode_value(writer, value))
                throw_unsendable_parameter(index_);
            if constexpr (parameter_type<Value>.type == ColumnType::var_string)
                if (text_rule_ != TextRule::any)
                    require_representable(values_.bytes().subspan(begin), index_, text_rule_);
            ++index_;
        }
    }

    void end_row() { ends_.push_back(values_.size()); }

    /// Takes the last row back, whether it came to its end or not.
    void drop_row()
    {
        if (!ends_.empty() && ends_[ends_.size() - 1] > row_values_)
            ends_.resize(ends_.size() - 1);
        values_.remove(row_values_, values_.size() - row_values_);
        nulls_.remove(row_nulls_, nulls_.size() - row_nulls_);
    }

    /// Which value of the row under way comes next.
    [[nodiscard]] std::size_t index() const noexcept { return index_; }

    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
    [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }

    /// Bytes of the values of all rows that ended.
    [[nodiscard]] std::size_t bytes() const noexcept
    {
        return ends_.empty() ? 0 : ends_[ends_.size() - 1];
    }

    /// The values of `count` rows.
    [[nodiscard]] Bytes values(std::size_t from, std::size_t count) const noexcept
    {
        std::size_t const begin = from == 0 ? 0 : ends_[from - 1];
        return {values_.begin() + begin, ends_[from + count - 1] - begin};
    }

    /// A byte for each value of `count` rows, 1 for NULL; only in the form without marks.
    [[nodiscard]] Bytes nulls(std::size_t from, std::size_t count,
                              std::size_t columns) const noexcept
    {
        return {nulls_.begin() + from * columns, count * columns};
    }

    /// Gives `count` values to a writer, one row after the other.
    void copy_values(std::size_t from, std::size_t count, View<ParameterType const> types,
                     ParameterWriter& writer) const
    {
        std::byte const* at = values_.begin() + (from == 0 ? 0 : ends_[from - 1]);
        std::byte const* mark = nulls_.begin() + (is_marked_ ? 0 : from * types.size());
        for (std::size_t i = 0; i < count; ++i) {
            ParameterType const type = types[i % types.size()];
            if (*(is_marked_ ? at : mark)++ != std::byte{0}) {
                writer.add_null(type.type);
                continue;
            }
            std::size_t const size = size_of_value(type, at, values_.begin() + values_.size());
            writer.add_encoded(type, at, size);
            at += size;
        }
    }

    /// Forgets the first rows.
    void drop_front(std::size_t count, std::size_t columns)
    {
        if (count == 0)
            return;
        std::size_t const size = ends_[count - 1];
        values_.consume(size);
        if (!is_marked_)
            nulls_.consume(count * columns);
        std::size_t const left = ends_.size() - count;
        for (std::size_t i = 0; i < left; ++i)
            ends_[i] = ends_[count + i] - size;
        ends_.resize(left);
        if (left == 0) {
            values_.clear();
            nulls_.clear();
        }
    }

    /// Whether each value has its mark before it.
    [[nodiscard]] bool is_marked() const noexcept { return is_marked_; }
    void set_marked(bool is_marked) noexcept { is_marked_ = is_marked; }

    /// What texts have to be from now on; bytes need not.
    void set_text_rule(TextRule rule) noexcept { text_rule_ = rule; }

    /// From the one form to the other.
    void take_marks_away(View<ParameterType const> types)
    {
        ByteBuffer plain;
        std::byte const* at = values_.begin();
        for (std::size_t row = 0; row < ends_.size(); ++row) {
            for (ParameterType const type : types) {
                std::byte const mark = *at++;
                nulls_.append(&mark, 1);
                if (mark != std::byte{0})
                    continue;
                std::size_t const size = size_of_value(type, at, values_.begin() + ends_[row]);
                plain.append(at, size);
                at += size;
            }
            ends_[row] = plain.size();
        }
        values_.clear();
        values_.append(plain.begin(), plain.size());
        is_marked_ = false;
    }

private:
    void add_null()
    {
        mark(true);
        ++index_;
    }

    void mark(bool is_null)
    {
        ByteBuffer& to = is_marked_ ? values_ : nulls_;
        *to.reserve(1) = is_null ? std::byte{1} : std::byte{0};
        to.commit(1);
    }

    /// Of what we wrote ourselves: numbers have the size of their type, all else tells its own.
    [[nodiscard]] static std::size_t size_of_value(ParameterType type, std::byte const* at,
                                                   std::byte const* end) noexcept
    {
        switch (type.type) {
        case ColumnType::tiny_int:
            return 1;
        case ColumnType::small_int:
        case ColumnType::year:
            return 2;
        case ColumnType::integer:
        case ColumnType::medium_int:
        case ColumnType::float_:
            return 4;
        case ColumnType::big_int:
        case ColumnType::double_:
            return 8;
        default:
            break;
        }
        std::size_t const left = static_cast<std::size_t>(end - at);
        WireReader reader{{at, left}};
        std::size_t const size = static_cast<std::size_t>(reader.length_encoded_integer());
        return left - reader.remaining() + size;
    }

    ByteBuffer values_;
    ByteBuffer nulls_;
    List<std::size_t> ends_; // of each row, in values_
    std::size_t index_ = 0;
    std::size_t row_values_ = 0;
    std::size_t row_nulls_ = 0;
    TextRule text_rule_ = TextRule::any;
    bool is_marked_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
