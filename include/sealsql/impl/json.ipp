#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/json.hpp>
#include <sealsql/printable.hpp>

#include <cstdint>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Goes through a JSON text without recursion, so that no text can use up the stack.
class JsonScanner {
public:
    explicit JsonScanner(std::string_view text) noexcept : rest_{text} {}

    [[nodiscard]] bool scan() noexcept
    {
        do {
            if (!open_to_value())
                return false;
            if (!close_to_next())
                return false;
        } while (depth_ != 0);
        return rest_.empty();
    }

private:
    static constexpr std::size_t max_depth = 512;

    /// Takes everything up to and with a value that holds no others.
    bool open_to_value() noexcept
    {
        for (;;) {
            skip_space();
            bool const object = take('{');
            if (!object && !take('['))
                return scalar();
            if (depth_ == max_depth)
                return false;
            in_object_[depth_++] = object;
            skip_space();
            if (take(object ? '}' : ']')) {
                --depth_;
                return true;
            }
            if (object && !key())
                return false;
        }
    }

    /// Takes the ends behind a value, up to where another has to come.
    bool close_to_next() noexcept
    {
        for (;;) {
            skip_space();
            if (depth_ == 0)
                return true;
            bool const object = in_object_[depth_ - 1];
            if (take(',')) {
                skip_space();
                return !object || key();
            }
            if (!take(object ? '}' : ']'))
                return false;
            --depth_;
        }
    }

    bool key() noexcept
    {
        skip_space();
        if (!string())
            return false;
        skip_space();
        return take(':');
    }

    bool scalar() noexcept
    {
        return string() || word("true") || word("false") || word("null") || number();
    }

    bool string() noexcept
    {
        if (!take('"'))
            return false;
        while (!rest_.empty()) {
            auto const c = static_cast<unsigned char>(rest_.front());
            if (take('"'))
                return true;
            if (c < 0x20)
                return false;
            if (c == '\\') {
                rest_.remove_prefix(1);
                if (!escape())
                    return false;
                continue;
            }
            std::uint32_t code_point = 0;
            std::size_t const size = c < 0x80 ? 1 : utf8_sequence(rest_, code_point);
            if (size == 0)
                return false;
            rest_.remove_prefix(size);
        }
        return false;
    }

    bool escape() noexcept
    {
        if (take('u')) {
            for (int i = 0; i < 4; ++i)
                if (!take_any("0123456789abcdefABCDEF"))
                    return false;
            return true;
        }
        return take_any("\"\\/bfnrt");
    }

    bool number() noexcept
    {
        take('-');
        if (!take('0') && !digits())
            return false;
        if (take('.') && !digits())
            return false;
        if (take_any("eE")) {
            take_any("+-");
            return digits();
        }
        return true;
    }

    bool digits() noexcept
    {
        bool any = false;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            rest_.remove_prefix(1);
            any = true;
        }
        return any;
    }

    bool word(std::string_view expected) noexcept
    {
        if (rest_.substr(0, expected.size()) != expected)
            return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    bool take(char c) noexcept
    {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool take_any(std::string_view characters) noexcept
    {
        return !rest_.empty() && characters.find(rest_.front()) != std::string_view::npos &&
               take(rest_.front());
    }

    void skip_space() noexcept
    {
        while (take_any(" \t\r\n")) {
        }
    }

    std::string_view rest_;
    std::size_t depth_ = 0;
    bool in_object_[max_depth];
};

} // namespace detail

SEALSQL_INLINE bool is_json(std::string_view text) noexcept
{
    return detail::JsonScanner{text}.scan();
}

SEALSQL_INLINE Json::Json(std::string text) : text_{std::move(text)}
{
    if (!is_json(text_))
        throw detail::client_error(detail::error_code::unknown_error, "the text is not JSON",
                                   "check it against RFC 8259; the text is to be in UTF-8",
                                   "22032");
}

SEALSQL_INLINE bool ValueTraits<Json>::decode(FieldView const& field, Json& value)
{
    if (!accepts(field) || !is_json(field.bytes()))
        return false;
    value.text_.assign(field.bytes());
    return true;
}

SEALSQL_INLINE bool ValueTraits<Json>::accepts(FieldView const& field) noexcept
{
    return field.is_text() &&
           (field.column().type == ColumnType::json || detail::holds_strings(field.column()));
}

SEALSQL_INLINE bool ValueTraits<Json>::encode(detail::WireWriter& writer, Json const& value)
{
    writer.length_encoded_text(value.text_);
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI
