#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

template <std::size_t Size>
struct Sentence {
    char text[Size]{};

    // NOLINTNEXTLINE(google-explicit-constructor): a literal has to become a template argument
    consteval Sentence(char const (&literal)[Size])
    {
        for (std::size_t i = 0; i < Size; ++i)
            text[i] = literal[i];
    }
};

/// The reason why an overload is deleted. As the type of a defaulted last parameter it makes GCC
/// and Clang print the sentence, while `requires { call(); }` stays a question that can be asked:
/// a static_assert in the body would print as well, but turn the question into a hard error. Clang 14
/// prints the line that the function's name is on, so the sentence has to be on that line.
///
/// Where many functions share a sentence, an alias of this is what they return or take, and the sentence is a comment
/// on their lines: GCC prints what an alias stands for, and compiles a small header in the time that a sentence takes.
template <Sentence Reason>
struct Because {
};

} // namespace sealsql::inline SEALSQL_ABI::detail
