#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace doctor {

/// The command line.
struct Options {
    std::string host;
    std::uint16_t port = 3306;
    std::optional<std::string> ssl_ca;
    std::optional<std::string> new_ca;
    std::vector<std::string> server_names; // any of which the certificate may be for
    std::chrono::milliseconds connect_timeout{10'000};
    bool try_protocols = true;
    bool json = false;
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

[[nodiscard]] char const* help_text() noexcept;

} // namespace doctor
