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

SEALSQL_INLINE void ComposedSql::add_place_in_list()
{
    if (size_ == detail::max_parameters)
        throw detail::client_error(
            detail::error_code::unknown_error,
            "a list for IN has more than 65535 values, which is the most that a statement can have; "
            "nothing was sent",
            "put the values into a temporary table and join it", "07001");
    text_ += text_.empty() ? "(?" : ", ?";
}

SEALSQL_INLINE void ComposedSql::end_list()
{
    // `IN ()` is no SQL, and `NOT IN (NULL)` holds of nothing.
    text_ += text_.empty() ? "(SELECT NULL FROM DUAL WHERE FALSE)" : ")";
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

SEALSQL_INLINE ComposedSql ComposedSql::join(std::initializer_list<ComposedSql> conditions,
                                             std::string_view between, std::string_view nothing)
{
    ComposedSql joined;
    for (ComposedSql const& condition : conditions) {
        if (condition.empty())
            continue;
        joined.text_ += joined.empty() ? " ((" : between;
        joined += condition;
    }
    joined.text_ += joined.empty() ? nothing : ")) ";
    return joined;
}

SEALSQL_INLINE ComposedSql all_of(std::initializer_list<ComposedSql> conditions)
{
    return ComposedSql::join(conditions, ") AND (", " TRUE ");
}

SEALSQL_INLINE ComposedSql any_of(std::initializer_list<ComposedSql> conditions)
{
    return ComposedSql::join(conditions, ") OR (", " FALSE ");
}

SEALSQL_INLINE ComposedSql one_of(std::string_view chosen, std::initializer_list<SqlChoice> choices)
{
    std::string names;
    for (SqlChoice const& choice : choices) {
        if (choice.name == chosen)
            return ComposedSql{choice.sql};
        names += names.empty() ? "" : ", ";
        names += printable(choice.name);
    }
    throw detail::client_error(
        detail::error_code::unknown_error,
        detail::concat({"'", detail::shown(chosen), "' is none of the choices: ", names,
                        "; nothing was sent"}),
        "ask for one of them", "42000");
}

} // namespace sealsql::inline SEALSQL_ABI
