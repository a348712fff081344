#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE Secret Secret::from_env(char const* variable)
{
    char const* const value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr)
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the environment variable ", printable(variable), " is not set"}),
            "set it, or give another name to Secret::from_env()");
    return Secret{std::string_view{value}};
}

SEALSQL_INLINE Secret Secret::from_file(std::filesystem::path const& file)
{
    std::array<char, 4097> buffer{};
    std::size_t size = 0;
    int const in = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool readable = in >= 0;
    // No stream, in whose buffer a copy of the secret could stay behind. A pipe gives it in parts.
    while (readable && size < buffer.size()) {
        ssize_t const part = ::read(in, buffer.data() + size, buffer.size() - size);
        if (part == 0)
            break;
        if (part > 0)
            size += static_cast<std::size_t>(part);
        else
            readable = errno == EINTR;
    }
    if (in >= 0)
        static_cast<void>(::close(in));
    std::string_view const text{buffer.data(), size};
    Secret secret{text.substr(0, text.find_first_of("\r\n"))};
    detail::erase_memory(buffer.data(), buffer.size());
    if (!readable)
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the file ", printable(file.native()), " cannot be read"}),
            "check the path given to Secret::from_file() and its permissions");
    if (size == buffer.size())
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the file ", printable(file.native()), " is longer than 4096 bytes"}),
            "give Secret::from_file() a file that holds the secret only");
    return secret;
}

} // namespace sealsql::inline SEALSQL_ABI
