#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <string_view>

/// @file
/// What is read from a piece of a program: its values, as data.

namespace sealsql::inline SEALSQL_ABI::detail {

/// In which language a text stands.
enum class SourceLanguage : unsigned char { python, php, ruby, javascript };

/// One value; those that it holds follow it.
struct SourceValue {
    enum class Kind : unsigned char {
        /// A string, or Ruby's symbol.
        text,
        /// Decimal digits, with a sign and a fraction if there are.
        number,
        /// A name: of a constant such as `None` or `PDO::ATTR_PERSISTENT`, or of a variable.
        word,
        /// Elements without keys.
        list,
        /// Elements with keys: a dictionary, hash or associative array.
        pairs,
        /// Arguments, with keys or without.
        call,
        /// Constants with `|` between.
        flags,
        /// Python's `**name`.
        unpacked,
        /// What stands around the rest: `text` is as it stands in the source.
        passed,
        /// The same, of an import.
        imported,
    };

    Kind kind = Kind::word;
    /// The text is not what stands in the source: there were escapes, or several pieces.
    bool is_decoded = false;
    /// Python's bytes, which no client encodes.
    bool is_bytes = false;
    /// The key of a pair, the keyword of an argument, or the variable that it is assigned to.
    std::string_view name{};
    /// Of a call, what is called, without `new`.
    std::string_view text{};
    /// The index behind the last value that it holds.
    std::size_t end = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
