#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace cli {

/// What this program itself has to object to, and what to do about it.
class UsageError : public std::runtime_error {
public:
    UsageError(std::string const& message, std::string remedy)
        : std::runtime_error{message}, remedy_{std::move(remedy)}
    {
    }

    [[nodiscard]] std::string const& remedy() const noexcept { return remedy_; }

private:
    std::string remedy_;
};

} // namespace cli
