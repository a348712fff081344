#pragma once

#include <sealsql/detail/because.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {
// clang-format off
/// What constructors take that are deleted for text that is no literal.
using NoLiteral = Because<Sentence{"SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold anything that came from outside"}>;
// clang-format on
} // namespace detail

/// SQL text. A string literal converts to it; text that is put together at run time does not,
/// because that is how SQL injection is written.
///
/// A view: the text must live as long as the call that takes it.
class Sql {
public:
    /// From a literal, at compile time.
    template <std::size_t Size>
    // NOLINTNEXTLINE(google-explicit-constructor): `query("SELECT 1")` is the point
    consteval Sql(char const (&literal)[Size])
        : text_{literal, literal[Size - 1] == '\0' ? Size - 1 : Size}
    {
    }

    // clang-format off
    template <std::size_t Size>
    Sql(char (&)[Size], detail::NoLiteral = {}) = delete; // SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold anything that came from outside

    template <class Text>
        requires(std::convertible_to<Text const&, std::string_view> && !std::is_array_v<Text>)
    Sql(Text const&, detail::NoLiteral = {}) = delete; // SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold anything that came from outside
    // clang-format on

    /// SQL that was put together at run time. The caller answers for every byte of it: nothing in
    /// it may come from outside the program without being quoted for this server's SQL mode.
    [[nodiscard]] static Sql unchecked(std::string_view text) noexcept
    {
        return Sql{text, Unchecked{}};
    }

    /// The text itself.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    struct Unchecked {};
    Sql(std::string_view text, Unchecked) noexcept : text_{text} {}

    std::string_view text_;
};

} // namespace sealsql::inline SEALSQL_ABI
