#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/source_reader.hpp>
#include <sealsql/detail/source_value.hpp>
#include <sealsql/detail/text_settings.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// @file
/// The values that stand in a piece of a program: literals, lists, dictionaries, calls. What somebody wrote
/// to connect from Python, PHP, Ruby or JavaScript is read with it, and nothing is run: where a value would have to be
/// computed, the text is refused. What usually stands around a call that connects, such as imports, is passed over
/// unread, and kept for others to look through.

namespace sealsql::inline SEALSQL_ABI::detail {

/// A text as values, in the order in which they stand. Views into the text and into this object.
class SourceValues {
public:
    /// @throws Error if the text cannot be read; no part of the text but the key of a value is in it
    SourceValues(SourceLanguage language, std::string_view text) : language_{language}
    {
        // Room for what is usual, at once.
        values_.resize(32);
        values_.resize(0);
        // But to PHP, each line ends with a line feed, within a string as well.
        if (language != SourceLanguage::php && text.size() <= max_text_size &&
            text.find('\r') != text.npos) {
            std::string& lines = lines_.clean(text.size());
            for (std::size_t i = 0; i < text.size(); ++i) {
                if (text[i] != '\r')
                    lines += text[i];
                else if (text.substr(i + 1, 1) != "\n")
                    lines += language == SourceLanguage::ruby ? '\r' : '\n';
            }
            text = lines;
        }
        are_arguments_ = SourceReader{language, text, values_, decoded_}.read_statements();
    }

    [[nodiscard]] SourceLanguage language() const noexcept { return language_; }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] SourceValue const& operator[](std::size_t index) const noexcept
    {
        return values_[index];
    }

    /// Whether commas stand between them, so that they are one list of arguments without brackets around it.
    [[nodiscard]] bool are_arguments() const noexcept { return are_arguments_; }

    /// The value itself; for a variable that was assigned before, what was assigned to it.
    [[nodiscard]] std::size_t resolve(std::size_t index) const noexcept
    {
        SourceValue const& value = values_[index];
        if (value.kind != SourceValue::Kind::word && value.kind != SourceValue::Kind::unpacked)
            return index;
        std::size_t found = index;
        for (std::size_t i = 0; i < index; i = values_[i].end)
            if (values_[i].name == value.text && values_[i].end <= index)
                found = i;
        return found;
    }

private:
    SourceLanguage language_;
    List<SourceValue> values_;
    /// The text with other ends of lines, and what was decoded: there may be a password among it.
    ScratchText lines_;
    ScratchText decoded_;
    bool are_arguments_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
