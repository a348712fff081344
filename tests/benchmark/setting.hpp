#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace benchmark {

/// What the environment says of the server and the login.
[[nodiscard]] inline std::string setting(char const* name)
{
    char const* const value = std::getenv(name);
    if (value == nullptr)
        throw std::runtime_error(std::string{name} + " is not set");
    return value;
}

} // namespace benchmark
