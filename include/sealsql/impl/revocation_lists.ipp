#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/fingerprint.hpp>
#include <sealsql/detail/input_file.hpp>
#include <sealsql/detail/load_cache.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/revocation_lists.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/fingerprint.ipp>
#include <sealsql/impl/input_file.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/revocation.hpp>

#include <cerrno>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>
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

/// How much is read of a file: the largest lists of public CAs have some 10 MiB.
inline constexpr std::size_t max_list_size = std::size_t{64} << 20U;

[[nodiscard]] SEALSQL_INLINE TlsError unreadable_list(std::string const& path,
                                                      FileFailure const& failure)
{
    return list_error(
        concat({"the revocation list ", printable(path), failure.text()}),
        failure.kind == FileFailure::Kind::irregular
            ? "give .revocation in SslOptions the paths of files or folders"
            : "check the paths given as .revocation in SslOptions, their permissions, "
              "and what fetches the lists");
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
        throw unreadable_list(path, {.kind = FileFailure::Kind::unread, .error = errno});
    }
    for (;;) {
        errno = 0;
        dirent const* const entry = ::readdir(folder.get()); // NOLINT(concurrency-mt-unsafe)
        if (entry == nullptr)
            break;
        entries.push_back(concat({path, "/", entry->d_name}));
    }
    if (errno != 0)
        throw unreadable_list(path, {.kind = FileFailure::Kind::unread, .error = errno});
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
    Fingerprint state;
    for (std::string const& path : paths) {
        if (list_folder(path, entries))
            continue;
        state.add_file(path.c_str());
        files.named.push_back(path);
    }
    state.add("in folders");
    for (std::string const& path : entries) {
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
            continue; // folders and the like, among them the folder above, which changes with its neighbours
        state.add_file(path.c_str());
        files.found.push_back(path);
    }
    files.state = state.value();
    return files;
}

/// Adds the lists of one file, whatever form they have.
SEALSQL_INLINE void add_lists(RevocationLists const& lists, std::string const& path,
                              bool is_in_folder)
{
    std::string content;
    if (FileFailure const failure = read_file(path.c_str(), max_list_size, content))
        throw unreadable_list(path, failure);
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

[[nodiscard]] SEALSQL_INLINE LoadCache<RevocationLists>& loaded_lists()
{
    // Never destroyed: a connection may be opened while static objects go.
    static auto* const cache = // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
        new LoadCache<RevocationLists>;
    return *cache;
}

SEALSQL_INLINE bool is_current(RevocationLists const& lists)
{
    return loaded_lists().holds(
        [&](RevocationLists const& kept) { return same_lists(kept, lists); });
}

SEALSQL_INLINE RevocationLists load_revocation_lists(Revocation const& revocation)
{
    if (!revocation.is_on())
        return {};
    ErrorQueueGuard const errors;
    LoadCache<RevocationLists>& cache = loaded_lists();
    Fingerprint wanted;
    for (std::string const& path : revocation.lists())
        wanted.add(path);
    std::string const names = wanted.value();
    ListFiles const files = find_list_files(revocation.lists());
    if (RevocationLists lists = cache.find(names, files.state))
        return lists;
    return cache.keep(names, files.state, parse_lists(files));
}

} // namespace sealsql::inline SEALSQL_ABI::detail
