#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/text_settings.hpp>

#include <cstddef>
#include <string_view>

/// @file
/// The values that stand in a piece of a program: literals, lists, dictionaries, calls. What somebody wrote
/// to connect from Python, PHP, Ruby or JavaScript is read with it, and nothing is run: where a value would have to be
/// computed, the text is refused.

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
    };

    Kind kind = Kind::word;
    /// The text is not what stands in the source: there were escapes, or several pieces.
    bool is_decoded = false;
    /// The key of a pair, the keyword of an argument, or the variable that it is assigned to.
    std::string_view name{};
    /// Of a call, what is called, without `new`.
    std::string_view text{};
    /// The index behind the last value that it holds.
    std::size_t end = 0;
};

/// A text as values, in the order in which they stand. Views into the text and into this object.
class SourceValues {
public:
    /// @throws Error if the text cannot be read; no part of the text but the key of a value is in it
    SourceValues(SourceLanguage language, std::string_view text);

    [[nodiscard]] SourceLanguage language() const noexcept { return language_; }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] SourceValue const& operator[](std::size_t index) const noexcept
    {
        return values_[index];
    }

    /// Whether commas stand between them, so that they are one list of arguments without brackets around it.
    [[nodiscard]] bool are_arguments() const noexcept { return are_arguments_; }

    /// The value itself; for a variable that was assigned before, what was assigned to it.
    [[nodiscard]] std::size_t resolve(std::size_t index) const noexcept;

private:
    SourceLanguage language_;
    List<SourceValue> values_;
    /// What was decoded: there may be a password among it.
    ScratchText decoded_;
    bool are_arguments_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/detail/source_values.ipp>
#endif
