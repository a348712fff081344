#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A literal as a template argument: `Because<Sentence{"..."}>`. Without a constructor, which GCC would run character by character:
/// the sentences of the umbrella took a fiftieth of what it costs a user's file.
template <std::size_t Size>
struct Sentence {
    char text[Size];
};
template <std::size_t Size>
Sentence(char const (&)[Size]) -> Sentence<Size>; // Clang 14 does not find it by itself

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
