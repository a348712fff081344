#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace translator {

/// The command line.
struct Options {
    /// The text; read from standard input if it is missing or `-`.
    std::optional<std::string> text;
    /// The name of a form; told from the text if it is missing.
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

[[nodiscard]] std::string help_text();

} // namespace translator
