#pragma once

#include <sealsql/text/any.hpp>
#include <sealsql/text/option_file.hpp>

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace translator {

/// The command line.
struct Options {
    /// The text; read from the file or from standard input if it is missing or `-`.
    std::optional<std::string> text;
    /// A file that holds the text.
    std::optional<std::string> file;
    /// Of an option file, whose it is and which groups count.
    std::optional<sealsql::ClientProgram> program;
    std::optional<std::string> group_suffix;
    /// Of Django's databases, which one.
    std::optional<std::string> alias;
    /// The name of a form or of a language; told from the text if it is missing.
    std::optional<std::string> from;
    /// What the program gives its client beside the text, as names and values.
    std::vector<std::pair<std::string, std::string>> with;
    bool json = false;
    bool check = false;
    bool help = false;
    bool version = false;
};

/// What is wrong with the command line, and what to write instead.
class UsageError : public std::runtime_error {
public:
    UsageError(std::string const& message, std::string const& remedy)
        : std::runtime_error{message + "\nRemedy: " + remedy}
    {
    }
};

/// Reads the command line, without the program's name.
/// @throws UsageError
[[nodiscard]] Options parse_options(std::span<char const* const> arguments);

/// The form by its name, or, by the name of a language or of what several clients share (`php`, `jdbc`), the one of
/// its forms that the text looks like.
/// @throws sealsql::Error if there is no form by that name, or nothing can be told from the text
/// @throws UsageError if the text looks like none of those that the name is short for
[[nodiscard]] sealsql::TextForm form_named(std::string_view name, std::string_view text);

[[nodiscard]] std::string help_text();

} // namespace translator
