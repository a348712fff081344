#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/revocation_lists.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/revocation.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

/// @file
/// Revocation lists, read from files. They are given to each verification by itself
/// (X509_STORE_CTX_set0_crls()) and are in no X509_STORE: that one is shared by every connection with the
/// same CAs, also by those that ask for no lists or for others, and what it holds can be added to but not
/// taken out when a list is replaced.

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void release_revocation_lists(stack_st_X509_CRL* lists) noexcept
{
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
}

[[nodiscard]] SEALSQL_INLINE RevocationLists no_revocation_lists()
{
    RevocationLists lists{sk_X509_CRL_new_null()};
    if (!lists)
        throw std::bad_alloc{};
    return lists;
}

/// Adds a list that the stack shares with others.
SEALSQL_INLINE void add_shared(RevocationLists const& lists, X509_CRL* list)
{
    if (X509_CRL_up_ref(list) != 1)
        throw std::bad_alloc{};
    if (sk_X509_CRL_push(lists.get(), list) <= 0) {
        X509_CRL_free(list);
        throw std::bad_alloc{};
    }
}

SEALSQL_INLINE bool same_lists(RevocationLists const& left, RevocationLists const& right) noexcept
{
    int const count = left ? sk_X509_CRL_num(left.get()) : 0;
    if (count != (right ? sk_X509_CRL_num(right.get()) : 0))
        return false;
    for (int i = 0; i < count; ++i) {
        if (sk_X509_CRL_value(left.get(), i) != sk_X509_CRL_value(right.get(), i))
            return false;
    }
    return true;
}

SEALSQL_INLINE RevocationLists share(RevocationLists const& lists)
{
    if (!lists)
        return {};
    RevocationLists same = no_revocation_lists();
    for (int i = 0; i < sk_X509_CRL_num(lists.get()); ++i)
        add_shared(same, sk_X509_CRL_value(lists.get(), i));
    return same;
}

[[nodiscard]] SEALSQL_INLINE TlsError list_error(std::string message, char const* remedy)
{
    return tls_error(TlsReason::revocation_unknown, TlsStage::configuration, std::move(message),
                     remedy);
}

SEALSQL_INLINE TlsError unreadable_list(std::string const& path, int error)
{
    return list_error(concat({"the revocation list ", printable(path),
                              " cannot be read: ", std::generic_category().message(error)}),
                      "check the paths given as .revocation in SslOptions, their permissions, and "
                      "what fetches the lists");
}

/// Adds to `state` what changes when a file is replaced or written.
/// @return whether it is a file to be read; a folder's that is none is passed over
[[nodiscard]] SEALSQL_INLINE bool look_at_file(std::string& state, std::string const& path,
                                               bool is_in_folder)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw unreadable_list(path, errno);
    if (!S_ISREG(status.st_mode)) {
        if (is_in_folder)
            return false;
        // A pipe would block, and with it every other connection that needs the cache.
        throw list_error(concat({"the revocation list ", printable(path), " is no regular file"}),
                         "give .revocation in SslOptions the paths of files or folders");
    }
    state += path;
    state += '\0';
    state += is_in_folder ? 'd' : 'f';
    auto const add = [&](auto number) {
        state += std::to_string(static_cast<std::uint64_t>(number));
        state += ' ';
    };
    add(status.st_dev);
    add(status.st_ino);
    add(status.st_size);
    add(status.st_mtim.tv_sec);
    add(status.st_mtim.tv_nsec);
    add(status.st_ctim.tv_sec);
    add(status.st_ctim.tv_nsec);
    return true;
}

SEALSQL_INLINE void close_folder(DIR* folder) noexcept { static_cast<void>(::closedir(folder)); }

/// The files of a folder, and folders in it, by their paths.
/// @return whether `path` is a folder
[[nodiscard]] SEALSQL_INLINE bool list_folder(std::string const& path,
                                              std::vector<std::string>& entries)
{
    Owned<DIR, close_folder> const folder{::opendir(path.c_str())};
    if (!folder) {
        if (errno == ENOTDIR)
            return false;
        throw unreadable_list(path, errno);
    }
    for (;;) {
        errno = 0;
        dirent const* const entry = ::readdir(folder.get()); // NOLINT(concurrency-mt-unsafe)
        if (entry == nullptr)
            break;
        entries.push_back(concat({path, "/", entry->d_name}));
    }
    if (errno != 0)
        throw unreadable_list(path, errno);
    return true;
}

/// The files that are to be read.
struct ListFiles {
    /// Files that were named, and those that were found in folders.
    std::vector<std::string> named;
    std::vector<std::string> found;
    /// Differs if any of the files is another, or was written to.
    std::string state;
};

[[nodiscard]] SEALSQL_INLINE ListFiles find_list_files(std::vector<std::string> const& paths)
{
    ListFiles files;
    std::vector<std::string> entries;
    for (std::string const& path : paths) {
        if (!list_folder(path, entries) && look_at_file(files.state, path, false))
            files.named.push_back(path);
    }
    for (std::string const& path : entries) {
        if (look_at_file(files.state, path, true))
            files.found.push_back(path);
    }
    return files;
}

[[nodiscard]] SEALSQL_INLINE std::string read_list_file(std::string const& path)
{
    errno = 0;
    Owned<BIO, BIO_free_all> const in{BIO_new_file(path.c_str(), "rb")};
    std::string content;
    std::array<char, 16384> part{};
    int size = in ? 0 : -1;
    while (in && (size = BIO_read(in.get(), part.data(), static_cast<int>(part.size()))) > 0)
        content.append(part.data(), static_cast<std::size_t>(size));
    if (size < 0)
        throw unreadable_list(path, errno);
    return content;
}

/// Adds the lists of one file, whatever form they have.
SEALSQL_INLINE void add_lists(RevocationLists const& lists, std::string const& path,
                              bool is_in_folder)
{
    std::string const content = read_list_file(path);
    auto const take = [&](X509_CRL* list) {
        Owned<X509_CRL, X509_CRL_free> const owner{list};
        if (!owner)
            throw list_error(concat({"the revocation list ", printable(path), " is damaged"}),
                             "fetch the list again from its CA");
        add_shared(lists, list);
    };
    constexpr std::string_view begin = "-----BEGIN X509 CRL-----";
    constexpr char der_sequence = 0x30;
    std::size_t next = content.find(begin);
    if (next != std::string::npos) {
        while (next != std::string::npos) {
            std::size_t const after = content.find(begin, next + begin.size());
            std::string_view const one = std::string_view{content}.substr(
                next, after == std::string::npos ? after : after - next);
            Owned<BIO, BIO_free_all> const in{
                BIO_new_mem_buf(one.data(), static_cast<int>(one.size()))};
            take(in ? PEM_read_bio_X509_CRL(
                          in.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr)
                    : nullptr);
            next = after;
        }
    } else if (!content.empty() && content.front() == der_sequence) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
        auto const* at = reinterpret_cast<unsigned char const*>(content.data());
        auto const* const end = at + content.size();
        X509_CRL* const list = d2i_X509_CRL(nullptr, &at, end - at);
        Owned<X509_CRL, X509_CRL_free> const owner{at == end ? nullptr : list};
        // Beside lists a folder may hold certificates.
        if (list != nullptr || !is_in_folder)
            take(at == end ? list : nullptr);
    } else if (!is_in_folder) {
        throw list_error(
            concat({"the revocation list ", printable(path), " holds no list in PEM or DER form"}),
            "give .revocation a file with -----BEGIN X509 CRL----- in it, or its DER form");
    }
}

[[nodiscard]] SEALSQL_INLINE RevocationLists parse_lists(ListFiles const& files)
{
    RevocationLists lists = no_revocation_lists();
    for (std::string const& path : files.named)
        add_lists(lists, path, false);
    for (std::string const& path : files.found)
        add_lists(lists, path, true);
    if (sk_X509_CRL_num(lists.get()) == 0)
        throw list_error(
            "no revocation list is in the folders that .revocation in SslOptions names",
            "check what fetches the lists");
    return lists;
}

/// Parsed lists, kept for the process: a public CA's has many megabytes.
class RevocationCache {
public:
    [[nodiscard]] RevocationLists get(std::vector<std::string> const& paths)
    {
        std::string names;
        for (std::string const& path : paths) {
            names += path;
            names += '\0';
        }
        ListFiles files = find_list_files(paths);
        {
            std::lock_guard const lock{mutex_};
            Entry const* const known = find(names);
            if (known != nullptr && known->state == files.state)
                return share(known->lists);
        }
        // Without the lock: a file on a network that stalls must not hold up everybody else. Two threads may
        // parse the same; the later one's is kept.
        RevocationLists lists = parse_lists(files);
        RevocationLists shared = share(lists);
        std::lock_guard const lock{mutex_};
        Entry* slot = find(names);
        if (slot == nullptr)
            slot = &entries_[next_++ % entries_.size()];
        slot->names = std::move(names);
        slot->state = std::move(files.state);
        slot->lists = std::move(lists);
        return shared;
    }

private:
    struct Entry {
        std::string names;
        std::string state;
        RevocationLists lists;
    };

    /// The entry of these files, as they are or were before.
    [[nodiscard]] Entry* find(std::string const& names) noexcept
    {
        for (Entry& entry : entries_) {
            if (entry.lists && entry.names == names)
                return &entry;
        }
        return nullptr;
    }

    std::mutex mutex_;
    std::array<Entry, 16> entries_;
    std::size_t next_ = 0;
};

SEALSQL_INLINE RevocationLists load_revocation_lists(Revocation const& revocation)
{
    if (!revocation.is_on())
        return {};
    ErrorQueueGuard const errors;
    // Never destroyed: a connection may be opened while static objects go.
    static RevocationCache* const cache = // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
        new RevocationCache;
    return cache->get(revocation.lists());
}

} // namespace sealsql::inline SEALSQL_ABI::detail
