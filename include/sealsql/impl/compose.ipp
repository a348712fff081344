#pragma once

#include <sealsql/compose.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/read_row.ipp>
#include <sealsql/printable.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// More than the protocol can count.
inline constexpr std::size_t max_parameters = 65'535;

} // namespace detail

SEALSQL_INLINE ComposedSql& ComposedSql::operator+=(ComposedSql const& piece)
{
    if (&piece == this)
        return *this += ComposedSql{piece};
    text_ += piece.text_;
    std::size_t const before = values_.size();
    values_ += piece.values_;
    for (Value value : piece.places_) {
        value.end += before;
        places_.push_back(value);
    }
    size_ = places_.size();
    return *this;
}

SEALSQL_INLINE void ComposedSql::add(ParameterType type, bool is_null, detail::Bytes bytes)
{
    if (!bytes.empty())
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        values_.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    Value value;
    value.type = is_null && type.type == ColumnType::null ? ParameterType{} : type;
    value.is_null = is_null;
    value.end = values_.size();
    places_.push_back(value);
    size_ = places_.size();
}

SEALSQL_INLINE void ComposedSql::write(void const* statement, detail::ParameterWriter& writer)
{
    auto const& self = *static_cast<ComposedSql const*>(static_cast<BoundSql const*>(statement));
    std::size_t begin = 0;
    for (Value const& value : self.places_) {
        if (value.is_null)
            writer.add_null(value.type.type);
        else
            writer.add_encoded(value.type, self.values_.data() + begin, value.end - begin);
        begin = value.end;
    }
}

SEALSQL_INLINE void ComposedSql::add_place_in_list(std::string_view text)
{
    if (size_ == detail::max_parameters)
        throw detail::client_error(
            detail::error_code::unknown_error,
            "a list for IN has more than 65535 values, which is the most that a statement can have; "
            "nothing was sent",
            "put the values into a temporary table and join it", "07001");
    text_ += text;
}

SEALSQL_INLINE void ComposedSql::end_list(std::size_t values_of_each)
{
    if (!text_.empty()) {
        text_ += ')';
        return;
    }
    // `IN ()` is no SQL, and `NOT IN (NULL)` holds of nothing.
    text_ = "(SELECT NULL";
    for (std::size_t i = 1; i < values_of_each; ++i)
        text_ += ", NULL";
    text_ += " FROM DUAL WHERE FALSE)";
}

SEALSQL_INLINE ComposedSql ComposedSql::name(std::initializer_list<std::string_view> parts)
{
    ComposedSql quoted;
    for (std::string_view const part : parts) {
        if (part.empty() || part.find('\0') != std::string_view::npos ||
            !detail::is_representable(part, detail::TextRule::utf8mb4))
            throw detail::client_error(
                detail::error_code::unknown_error,
                detail::concat(
                    {"'", detail::shown(part), "' cannot be a name in SQL; nothing was sent"}),
                "names are not empty, in UTF-8 and without NUL", "42000");
        quoted.text_ += quoted.text_.empty() ? "`" : ".`";
        for (char const c : part)
            quoted.text_.append(c == '`' ? 2 : 1, c);
        quoted.text_ += '`';
    }
    return quoted;
}

SEALSQL_INLINE void ComposedSql::add_behind(ComposedSql const& piece, std::string_view between)
{
    if (piece.empty())
        return;
    text_ += between;
    *this += piece;
}

SEALSQL_INLINE ComposedSql ComposedSql::in_parentheses(std::string_view nothing) &&
{
    text_ += empty() ? nothing : ")) ";
    return std::move(*this);
}

namespace detail {

SEALSQL_INLINE void add_choice(std::string& names, std::string_view name)
{
    names += names.empty() ? "" : ", ";
    names += printable(name);
}

SEALSQL_INLINE void throw_no_choice(std::string_view chosen, std::string_view names)
{
    throw client_error(
        error_code::unknown_error,
        concat({"'", shown(chosen), "' is none of the choices: ", names, "; nothing was sent"}),
        "ask for one of them", "42000");
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
