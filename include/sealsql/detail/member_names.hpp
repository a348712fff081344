#pragma once

#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

/// An object whose members have addresses at compile time; never defined, and never read.
template <class T>
struct Phantom {
    T object;
};
template <class T>
extern Phantom<T> const phantom;

/// A pointer to a member as a template argument; Clang takes it only inside a class.
template <class Pointer>
struct MemberAddress {
    Pointer pointer;
};
template <class Pointer>
MemberAddress(Pointer) -> MemberAddress<Pointer>;

/// Both compilers write the address as `…phantom<T>.object.name…`.
template <MemberAddress Address>
consteval std::string_view name_of_member() noexcept
{
    std::string_view text = __PRETTY_FUNCTION__;
    // Behind the last "object." or, where the member is reached by its class, "::".
    std::size_t end = text.size();
    constexpr auto is_of_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || static_cast<unsigned char>(c) >= 0x80U;
    };
    // GCC ends with " [with …; std::string_view = …]" in some versions; the address is in front of that.
    if (std::size_t const other = text.find("; std::string_view"); other != std::string_view::npos)
        end = other;
    while (end > 0 && !is_of_name(text[end - 1]))
        --end;
    std::size_t begin = end;
    while (begin > 0 && is_of_name(text[begin - 1]))
        --begin;
    return text.substr(begin, end - begin);
}

template <class T>
struct MemberNames {
    std::string_view names[member_count<T>];
};

/// The names of an aggregate's members, in their order.
template <class T>
consteval MemberNames<T> find_member_names()
{
    return []<std::size_t... Indices>(std::index_sequence<Indices...>)
    {
        return MemberNames<T>{{name_of_member<MemberAddress{
            &std::get<Indices>(tie_members(phantom<T>.object))}>()...}};
    }
    (std::make_index_sequence<member_count<T>>{});
}

template <class T>
inline constexpr MemberNames<T> member_names = find_member_names<T>();

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

} // namespace sealsql::inline SEALSQL_ABI::detail
