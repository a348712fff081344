#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>

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
    std::ifstream in;
    // Unbuffered, so that no copy of the secret stays behind in the stream.
    in.rdbuf()->pubsetbuf(nullptr, 0);
    in.open(file, std::ios::binary);
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    auto const size = static_cast<std::size_t>(in.gcount());
    bool const readable = in.is_open() && !in.bad();
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
