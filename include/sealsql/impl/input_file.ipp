#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/input_file.hpp>
#include <sealsql/secret.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE std::string FileFailure::text() const
{
    switch (kind) {
    case Kind::none:
        break;
    case Kind::unopened:
        return concat({" cannot be opened: ", std::generic_category().message(error)});
    case Kind::unread:
        return concat({" cannot be read: ", std::generic_category().message(error)});
    case Kind::directory:
        return " is a directory";
    case Kind::irregular:
        return " is no regular file";
    case Kind::too_large:
        return " is too large";
    }
    return {};
}

/// Closes a file when it goes.
struct OpenFile {
    explicit OpenFile(char const* path) noexcept
        // A pipe would block here.
        : number{::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)}
    {
    }
    OpenFile(OpenFile const&) = delete;
    OpenFile& operator=(OpenFile const&) = delete;
    ~OpenFile()
    {
        if (number >= 0)
            ::close(number);
    }

    int number;
};

SEALSQL_INLINE FileFailure read_file(char const* path, std::size_t limit, std::string& content)
{
    using Kind = FileFailure::Kind;
    content.clear();
    OpenFile const file{path};
    if (file.number < 0)
        return {.kind = Kind::unopened, .error = errno};
    struct stat status {};
    if (::fstat(file.number, &status) != 0)
        return {.kind = Kind::unread, .error = errno};
    if (S_ISDIR(status.st_mode))
        return {.kind = Kind::directory};
    if (!S_ISREG(status.st_mode))
        return {.kind = Kind::irregular};
    // One byte more than it has, to see its end. A file that grows meanwhile is read from its start again: a
    // string that grew would leave a copy of a key behind.
    auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0)) + 1;
    for (;; size *= 2) {
        size = std::min(size, limit + 1);
        content.resize(size);
        std::size_t filled = 0;
        ssize_t part = 1;
        while (part != 0 && filled < size) {
            part = ::pread(file.number, content.data() + filled, size - filled,
                           static_cast<off_t>(filled));
            if (part < 0 && errno == EINTR)
                continue;
            if (part < 0) {
                int const error = errno;
                erase_memory(content.data(), content.size());
                return {.kind = Kind::unread, .error = error};
            }
            filled += static_cast<std::size_t>(part);
        }
        if (part == 0) {
            content.resize(filled);
            return {};
        }
        erase_memory(content.data(), content.size());
        content.clear();
        if (size > limit)
            return {.kind = Kind::too_large};
        content = std::string{};
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail
