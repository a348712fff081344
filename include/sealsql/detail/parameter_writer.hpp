#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Out of line, so that each statement does not carry the text.
[[noreturn, gnu::cold]] void throw_unsendable_parameter(std::size_t index);

/// What texts may hold: the bytes of the longest character. Of `any`, which goes for every other character set, it cannot be
/// told.
enum class TextRule : std::uint8_t { any = 0, ascii = 1, utf8mb3 = 3, utf8mb4 = 4 };

/// What a character set, by its name, can represent. The servers' `utf8` is utf8mb3.
[[nodiscard]] TextRule text_rule(std::string_view character_set) noexcept;

/// Whether the text consists of characters that can be represented.
[[nodiscard]] bool is_representable(std::string_view text, TextRule rule) noexcept;

/// Refuses a text, which has its length in front, that cannot be represented.
void require_representable(Bytes parameter, std::size_t index, TextRule rule);

/// Writes the parameters of COM_STMT_EXECUTE, in their order: the bits of those that are NULL, the types,
/// then the values. See "COM_STMT_EXECUTE" in MySQL's source documentation.
class ParameterWriter {
public:
    ParameterWriter(ByteBuffer& buffer, std::size_t count) : buffer_{&buffer}
    {
        std::size_t const nulls_size = (count + 7) / 8;
        nulls_at_ = buffer.size();
        types_at_ = nulls_at_ + nulls_size + 1;
        std::size_t const size = nulls_size + 1 + 2 * count;
        std::memset(buffer.reserve(size), 0, size);
        buffer.commit(size);
        buffer.begin()[types_at_ - 1] = std::byte{1}; // the types follow
    }

    /// What texts have to be from now on; bytes need not.
    void set_text_rule(TextRule rule) noexcept { text_rule_ = rule; }

    template <class T>
    void add(T const& value)
    {
        using Value = typename OptionalValue<T>::Value;
        if constexpr (is_null_constant<T>) {
            add_null(ColumnType::null);
        } else if constexpr (is_optional<T>) {
            if (value)
                add(*value);
            else
                add_null(parameter_type<Value>.type);
        } else {
            set_type(parameter_type<T>);
            WireWriter writer{*buffer_};
            std::size_t const begin = buffer_->size();
            if (!encode_value(writer, value))
                throw_unsendable_parameter(index_);
            if constexpr (parameter_type<Value>.type == ColumnType::var_string)
                if (text_rule_ != TextRule::any)
                    require_representable(buffer_->bytes().subspan(begin), index_, text_rule_);
            ++index_;
        }
    }

    void add_null(ColumnType type)
    {
        set_type({type, false});
        buffer_->begin()[nulls_at_ + index_ / 8] |= std::byte{1} << (index_ % 8);
        ++index_;
    }

    /// A value that was encoded before.
    void add_encoded(ParameterType type, void const* bytes, std::size_t size)
    {
        set_type(type);
        std::size_t const begin = buffer_->size();
        buffer_->append(bytes, size);
        if (type.type == ColumnType::var_string && text_rule_ != TextRule::any)
            require_representable(buffer_->bytes().subspan(begin), index_, text_rule_);
        ++index_;
    }

    /// All of them, as another writer has written them.
    void add_all(Bytes written)
    {
        buffer_->remove(nulls_at_, buffer_->size() - nulls_at_);
        buffer_->append(written.data(), written.size());
    }

    /// Two bytes for each.
    [[nodiscard]] Bytes types() const noexcept
    {
        return {buffer_->begin() + types_at_, 2 * index_};
    }

    /// How many were added.
    [[nodiscard]] std::size_t count() const noexcept { return index_; }

private:
    void set_type(ParameterType type) noexcept
    {
        std::byte* const to = buffer_->begin() + types_at_ + 2 * index_;
        to[0] = static_cast<std::byte>(type.type);
        to[1] = type.is_unsigned ? std::byte{0x80} : std::byte{0};
    }

    ByteBuffer* buffer_;
    std::size_t nulls_at_ = 0;
    std::size_t types_at_ = 0;
    std::size_t index_ = 0;
    TextRule text_rule_ = TextRule::any;
};

/// The parameters of one statement, without their types: how many, and who writes them.
struct Arguments {
    std::size_t count = 0;
    void const* context = nullptr;
    void (*write)(void const* context, ParameterWriter& writer) = nullptr;
};

/// Valid as long as `write`, which adds `count` parameters to a ParameterWriter.
template <class Write>
[[nodiscard]] Arguments arguments_from(std::size_t count, Write const& write) noexcept
{
    return {count, &write, [](void const* context, ParameterWriter& writer) {
                (*static_cast<Write const*>(context))(writer);
            }};
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/parameter_writer.ipp>
#endif
