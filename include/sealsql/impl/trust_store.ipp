#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/trust_store.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/trust_anchors.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <sys/types.h>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void release_store(x509_store_st* store) noexcept { X509_STORE_free(store); }

SEALSQL_INLINE TrustStore share(TrustStore const& store) noexcept
{
    return TrustStore{store && X509_STORE_up_ref(store.get()) == 1 ? store.get() : nullptr};
}

[[nodiscard]] SEALSQL_INLINE TrustStore make_store()
{
    TrustStore store{X509_STORE_new()};
    if (!store)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL has no memory for a trust store", {});
    return store;
}

[[nodiscard]] SEALSQL_INLINE TrustStore load_system_store()
{
    auto store = make_store();
    if (X509_STORE_set_default_paths(store.get()) != 1)
        throw tls_error(
            TlsReason::ca_unreadable, TlsStage::configuration,
            "the system's CA store cannot be read",
            "install the package ca-certificates, or name a CA file in .ssl({.ca = …})");
    return store;
}

[[nodiscard]] SEALSQL_INLINE TrustStore load_pem_file(std::filesystem::path const& file)
{
    std::string const name = printable(file.string());
    auto const refuse = [&](TlsReason reason, std::string message, char const* remedy) {
        return tls_error(reason, TlsStage::configuration, std::move(message), remedy);
    };
    std::error_code failure;
    // A pipe would block here, and with it every other connection that needs the cache.
    if (std::filesystem::exists(file, failure) && !std::filesystem::is_regular_file(file, failure))
        throw refuse(TlsReason::ca_unreadable,
                     concat({"the CA file ", name,
                             std::filesystem::is_directory(file, failure) ? " is a directory"
                                                                          : " is no regular file"}),
                     "give .ca the path of a PEM file");
    errno = 0;
    Owned<BIO, BIO_free_all> const in{BIO_new_file(file.c_str(), "rb")};
    if (!in) {
        int const number = errno;
        throw refuse(TlsReason::ca_unreadable,
                     concat({"the CA file ", name,
                             " cannot be opened: ", std::generic_category().message(number)}),
                     "check the path given as .ca in SslOptions, and its permissions");
    }
    auto store = make_store();
    int count = 0;
    for (;;) {
        Owned<X509, X509_free> const x509{
            // An encrypted block must not make OpenSSL ask on the terminal.
            PEM_read_bio_X509(
                in.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr)};
        if (!x509)
            break;
        if (X509_STORE_add_cert(store.get(), x509.get()) != 1)
            break;
        ++count;
    }
    unsigned long const error = ERR_peek_last_error(); // NOLINT(google-runtime-int): OpenSSL's type
    bool const at_end =
        ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (!at_end)
        throw refuse(TlsReason::ca_malformed,
                     concat({"the CA file ", name, " is damaged: its certificate ",
                             std::to_string(count + 1), " cannot be read"}),
                     "fetch the file again from the server's operator");
    if (count == 0)
        throw refuse(TlsReason::ca_malformed,
                     concat({"the CA file ", name, " holds no certificate in PEM form"}),
                     "give .ca a file with -----BEGIN CERTIFICATE----- in it; other formats can be "
                     "converted with `openssl x509` or `openssl pkcs7 -print_certs`");
    return store;
}

/// Parsed trust, kept for the process: parsing a system's bundle for each connection takes some 25 ms.
class TrustCache {
public:
    [[nodiscard]] TrustStore get(TrustAnchors const& anchors)
    {
        if (anchors.is_system())
            return get(Key{});
        std::filesystem::path const& file = anchors.source().file;
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0)
            return load_pem_file(file); // says what is wrong with the file
        return get(Key{.path = file,
                       .device = status.st_dev,
                       .inode = status.st_ino,
                       .size = status.st_size,
                       .seconds = status.st_mtim.tv_sec,
                       .nanoseconds = status.st_mtim.tv_nsec,
                       .change_seconds = status.st_ctim.tv_sec,
                       .change_nanoseconds = status.st_ctim.tv_nsec});
    }

private:
    /// A file by what changes when it is replaced or written.
    struct Key {
        std::filesystem::path path;
        dev_t device{};
        ino_t inode{};
        off_t size{};
        std::time_t seconds{};
        long nanoseconds{}; // NOLINT(google-runtime-int): POSIX's type
        std::time_t change_seconds{};
        long change_nanoseconds{}; // NOLINT(google-runtime-int)

        friend bool operator==(Key const&, Key const&) = default;
    };

    struct Entry {
        Key key;
        TrustStore store;
    };

    TrustStore get(Key const& key)
    {
        std::lock_guard const lock{mutex_};
        Entry* slot = nullptr;
        for (Entry& entry : entries_) {
            if (entry.store && entry.key == key)
                return share(entry.store);
            if (entry.store && entry.key.path == key.path)
                slot = &entry; // the file as it was before
        }
        if (slot == nullptr)
            slot = &entries_[next_++ % entries_.size()];
        TrustStore store = key.path.empty() ? load_system_store() : load_pem_file(key.path);
        slot->store.reset();
        slot->key = key;
        slot->store = std::move(store);
        return share(slot->store);
    }

    std::mutex mutex_;
    std::array<Entry, 16> entries_;
    std::size_t next_ = 0;
};

SEALSQL_INLINE TrustStore load_trust_store(TrustAnchors const& anchors)
{
    ErrorQueueGuard const errors;
    // Never destroyed: a connection may be opened while static objects go.
    static TrustCache* const cache = new TrustCache; // NOLINT(cppcoreguidelines-owning-memory)
    return cache->get(anchors);
}

} // namespace sealsql::inline SEALSQL_ABI::detail
