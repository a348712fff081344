#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// @file
/// ENUM and SET as C++ enums, whose enumerators are named once, directly behind the enum:
///
/// ```
/// enum class Colour { red, green, blue };
/// template <>
/// inline constexpr auto sealsql::enum_names<Colour> = sealsql::names<Colour>(
///     {{Colour::red, "red"}, {Colour::green, "green"}, {Colour::blue, "blue"}});
/// ```
///
/// With that, `Colour` is a type of ENUM columns, and `SetOf<Colour>` one of SET columns. Names are those of the
/// column, letter for letter, in any order.

namespace sealsql::inline SEALSQL_ABI {

/// An enumerator and its name in the column.
template <class E>
struct EnumName {
    E value;
    std::string_view name;
};

/// The names of an enum, as names() gives them.
template <class E, std::size_t Count>
struct EnumNames {
    static constexpr std::size_t size = Count;
    EnumName<E> list[Count];

    /// The position of a name; Count if there is none.
    [[nodiscard]] constexpr std::size_t find(std::string_view name) const noexcept
    {
        std::size_t i = 0;
        while (i < Count && list[i].name != name)
            ++i;
        return i;
    }

    /// The position of an enumerator; Count if it has no name.
    [[nodiscard]] constexpr std::size_t find(E value) const noexcept
    {
        std::size_t i = 0;
        while (i < Count && list[i].value != value)
            ++i;
        return i;
    }
};

namespace detail {

/// Not constexpr, so that calling it ends the compilation with its name.
inline void two_enumerators_or_names_are_the_same() {}

} // namespace detail

/// To be assigned to enum_names. Two enumerators or names that are the same do not compile.
template <class E, std::size_t Count>
[[nodiscard]] consteval EnumNames<E, Count> names(EnumName<E> const (&list)[Count])
{
    static_assert(std::is_enum_v<E>);
    EnumNames<E, Count> names{};
    for (std::size_t i = 0; i < Count; ++i) {
        names.list[i] = list[i];
        if (names.find(list[i].value) != i || names.find(list[i].name) != i)
            detail::two_enumerators_or_names_are_the_same();
    }
    return names;
}

/// The names of the enumerators of E; specialise it as the head of this file shows.
template <class E>
inline constexpr auto enum_names = nullptr;

/// An enum whose enumerators have names.
template <class E>
concept NamedEnum =
    std::is_enum_v<E> && !std::is_same_v<decltype(enum_names<E>), std::nullptr_t const>;

/// The name in the column; empty if the enumerator has none.
template <NamedEnum E>
[[nodiscard]] constexpr std::string_view enum_name(E value) noexcept
{
    for (EnumName<E> const& entry : enum_names<E>.list)
        if (entry.value == value)
            return entry.name;
    return {};
}

/// The enumerator with that name, letter for letter.
template <NamedEnum E>
[[nodiscard]] constexpr std::optional<E> enum_value(std::string_view name) noexcept
{
    for (EnumName<E> const& entry : enum_names<E>.list)
        if (entry.name == name)
            return entry.value;
    return std::nullopt;
}

namespace detail {

template <class E>
inline constexpr std::size_t enum_size = enum_names<E>.size;

template <NamedEnum E>
consteval bool can_be_set()
{
    for (EnumName<E> const& entry : enum_names<E>.list)
        if (entry.name.empty() || entry.name.find(',') != std::string_view::npos)
            return false;
    return enum_size<E> <= 64;
}

} // namespace detail

/// A SET: which enumerators are in it.
template <NamedEnum E>
class SetOf {
    static_assert(detail::can_be_set<E>(),
                  "a SET has at most 64 members, and no name is empty or holds a comma");

public:
    SetOf() noexcept = default;

    /// Enumerators without a name are left out, as no SET can hold them.
    SetOf(std::initializer_list<E> members) noexcept
    {
        for (E const member : members)
            insert(member);
    }

    /// As a SET column writes it: names with commas between them, or nothing.
    [[nodiscard]] static std::optional<SetOf> parse(std::string_view text) noexcept
    {
        SetOf set;
        while (!text.empty()) {
            std::size_t const comma = text.find(',');
            std::size_t const found = enum_names<E>.find(text.substr(0, comma));
            if (found == detail::enum_size<E> || comma == text.size() - 1)
                return std::nullopt;
            set.bits_ |= std::uint64_t{1} << found;
            text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        }
        return set;
    }

    [[nodiscard]] bool contains(E member) const noexcept { return (bits_ & bit(member)) != 0; }
    [[nodiscard]] bool empty() const noexcept { return bits_ == 0; }

    /// @return false if it was in already, or has no name
    bool insert(E member) noexcept
    {
        bool const is_new = !contains(member) && bit(member) != 0;
        bits_ |= bit(member);
        return is_new;
    }

    /// @return false if it was not in
    bool erase(E member) noexcept
    {
        bool const was_in = contains(member);
        bits_ &= ~bit(member);
        return was_in;
    }

    [[nodiscard]] friend SetOf operator|(SetOf left, SetOf right) noexcept
    {
        left.bits_ |= right.bits_;
        return left;
    }
    [[nodiscard]] friend SetOf operator&(SetOf left, SetOf right) noexcept
    {
        left.bits_ &= right.bits_;
        return left;
    }
    friend bool operator==(SetOf const&, SetOf const&) = default;

    /// The names with commas between them, in the order of enum_names.
    friend std::string to_string(SetOf set)
    {
        std::string text;
        for (EnumName<E> const& entry : enum_names<E>.list) {
            if (!set.contains(entry.value))
                continue;
            if (!text.empty())
                text += ',';
            text += entry.name;
        }
        return text;
    }

private:
    [[nodiscard]] static std::uint64_t bit(E member) noexcept
    {
        std::size_t const found = enum_names<E>.find(member);
        return found == detail::enum_size<E> ? 0 : std::uint64_t{1} << found;
    }

    std::uint64_t bits_ = 0; ///< by position in enum_names
};

/// ENUM, and text: a name of enum_names, letter for letter.
template <NamedEnum E>
struct ValueTraits<E> {
    [[nodiscard]] static bool decode(FieldView const& field, E& value) noexcept
    {
        auto const found = enum_value<E>(field.bytes());
        if (!found || !accepts(field))
            return false;
        value = *found;
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return field.is_text() && detail::holds_strings(field.column());
    }

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    /// An enumerator without a name is nothing that the column can hold.
    [[nodiscard]] static bool encode(detail::WireWriter& writer, E value)
    {
        writer.length_encoded_text(enum_name(value));
        return enum_names<E>.find(value) != detail::enum_size<E>;
    }
};

/// SET, and text: names of enum_names with commas between them.
template <NamedEnum E>
struct ValueTraits<SetOf<E>> {
    [[nodiscard]] static bool decode(FieldView const& field, SetOf<E>& value) noexcept
    {
        auto const found = SetOf<E>::parse(field.bytes());
        if (!found || !accepts(field))
            return false;
        value = *found;
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return field.is_text() && detail::holds_strings(field.column());
    }

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, SetOf<E> value)
    {
        writer.length_encoded_text(to_string(value));
        return true;
    }
};

} // namespace sealsql::inline SEALSQL_ABI
