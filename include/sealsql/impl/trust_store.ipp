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
#include <sealsql/impl/trust_formats.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void release_store(x509_store_st* store) noexcept { X509_STORE_free(store); }

SEALSQL_INLINE TrustStore share(TrustStore const& store) noexcept
{
    return TrustStore{store && X509_STORE_up_ref(store.get()) == 1 ? store.get() : nullptr};
}

[[nodiscard]] SEALSQL_INLINE TlsError unreadable(std::string message, char const* remedy)
{
    return tls_error(TlsReason::ca_unreadable, TlsStage::configuration, std::move(message), remedy);
}

// --- Files ---

/// Closes a file when it goes.
struct OpenFile {
    explicit OpenFile(char const* path) noexcept
        // A pipe would block here, if one came between the look at it and this.
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

/// A whole file, whose `name` is said in messages.
[[nodiscard]] SEALSQL_INLINE std::string read_whole(std::filesystem::path const& path,
                                                    std::string const& name)
{
    struct stat status {};
    bool const exists = ::stat(path.c_str(), &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        throw unreadable(concat({name, " is a directory"}),
                         "give .ca the path of a file, or TrustAnchors::directory()");
    if (exists && !S_ISREG(status.st_mode))
        throw unreadable(concat({name, " is no regular file"}), "give .ca the path of a file");
    OpenFile const file{path.c_str()};
    std::string content;
    std::size_t filled = 0;
    // A byte too many is read of a file that is too large, which the reader refuses.
    while (file.number >= 0) {
        constexpr std::size_t step = 16384;
        if (content.size() < filled + step)
            content.resize(std::max(2 * content.size(), filled + step));
        ssize_t const size = ::read(file.number, content.data() + filled, content.size() - filled);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            break;
        filled += static_cast<std::size_t>(size);
        if (size == 0 || filled > max_trust_size) {
            content.resize(filled);
            return content;
        }
    }
    int const number = errno;
    throw unreadable(concat({name, file.number < 0 ? " cannot be opened: " : " cannot be read: ",
                             std::generic_category().message(number)}),
                     "check the path given as .ca in SslOptions, and its permissions");
}

/// The entries of a directory, in whatever order.
template <class Visit>
void each_entry(std::filesystem::path const& directory, std::error_code& failure,
                Visit const& visit)
{
    std::filesystem::directory_iterator entry{directory, failure};
    std::filesystem::directory_iterator const end;
    while (!failure && entry != end) {
        visit(entry->path());
        entry.increment(failure);
    }
}

// --- The system's store ---

/// Where OpenSSL looks when nothing is said.
struct SystemPlaces {
    char const* chosen_file = ::secure_getenv(X509_get_default_cert_file_env());
    char const* chosen_directories = ::secure_getenv(X509_get_default_cert_dir_env());
    char const* file = chosen_file != nullptr ? chosen_file : X509_get_default_cert_file();
    char const* directories =
        chosen_directories != nullptr ? chosen_directories : X509_get_default_cert_dir();

    template <class Visit>
    void each_directory(Visit const& visit) const
    {
        for (std::string_view rest = directories; !rest.empty();) {
            std::size_t const size = std::min(rest.size(), rest.find(':'));
            if (size != 0)
                visit(std::filesystem::path{rest.substr(0, size)});
            rest.remove_prefix(std::min(rest.size(), size + 1));
        }
    }
};

SEALSQL_INLINE void add_system(X509_STORE* store)
{
    SystemPlaces const places;
    // OpenSSL leaves out a damaged file, and says nothing.
    struct stat status {};
    if (places.chosen_file != nullptr && ::stat(places.chosen_file, &status) == 0 &&
        S_ISREG(status.st_mode)) {
        std::string const name = concat({"the CA file ", printable(places.chosen_file), " (",
                                         X509_get_default_cert_file_env(), ")"});
        TrustReader reader{store, name, nullptr};
        if (!reader.read(read_whole(places.chosen_file, name)))
            throw reader.nothing();
    }
    bool found = false;
    if (X509_STORE_set_default_paths(store) == 1) {
        found = sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) != 0;
        // Directories are searched when a chain is checked, by names such as 5f15c80c.0.
        places.each_directory([&](std::filesystem::path const& directory) {
            std::error_code ignored;
            each_entry(directory, ignored, [&](std::filesystem::path const& entry) {
                std::string const name = entry.filename().string();
                found = found || (name.size() > 9 && name[8] == '.' &&
                                  name.find_first_not_of("0123456789abcdef") == 8);
            });
        });
    }
    if (!found)
        throw unreadable(
            concat({"the system's CA store is empty: there is no certificate in ",
                    printable(places.file), " or ", printable(places.directories)}),
            "install the package ca-certificates, or name a CA file in .ssl({.ca = …})");
}

// --- One source after the other ---

SEALSQL_INLINE void add_file(X509_STORE* store, TrustSource const& source)
{
    std::string const name = concat({"the CA file ", printable(source.path.string())});
    TrustReader reader{store, name, source.has_password ? &source.password : nullptr};
    if (!reader.read(read_whole(source.path, name)))
        throw reader.nothing();
}

SEALSQL_INLINE void add_directory(X509_STORE* store, TrustSource const& source)
{
    std::string const name = concat({"the CA directory ", printable(source.path.string())});
    bool found = false;
    std::error_code failure;
    each_entry(source.path, failure, [&](std::filesystem::path const& entry) {
        struct stat status {};
        if (::stat(entry.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            return; // folders, and links to what is gone
        std::string const file = concat({"the CA file ", printable(entry.string())});
        TrustReader reader{store, file, nullptr};
        found = reader.read(read_whole(entry, file)) || found;
    });
    if (failure)
        throw unreadable(
            concat({name, " cannot be read: ", std::generic_category().message(failure.value())}),
            "check the path given to TrustAnchors::directory(), and its permissions");
    if (!found)
        throw tls_error(
            TlsReason::ca_malformed, TlsStage::configuration,
            concat({name, " has no file with a certificate in it"}),
            "put the CA's certificate into it, in PEM, DER, PKCS#7, PKCS#12 or JKS form");
}

SEALSQL_INLINE void add_memory(X509_STORE* store, TrustSource const& source)
{
    TrustReader reader{store, "the CA data given to TrustAnchors::memory()",
                       source.has_password ? &source.password : nullptr};
    if (!reader.read(source.bytes))
        throw reader.nothing();
}

/// All of them, or an error.
[[nodiscard]] SEALSQL_INLINE TrustStore make_store(TrustAnchors const& anchors)
{
    TrustStore store{X509_STORE_new()};
    if (!store)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL has no memory for a trust store", {});
    // Revocation is looked up in the lists that the caller names (checks_on_top.ipp), and nowhere else.
    X509_STORE_set_lookup_crls(
        store.get(),
        [](X509_STORE_CTX const*, X509_NAME const*) -> STACK_OF(X509_CRL) * { return nullptr; });
    // The system's first: whether it is empty can be told then.
    if (anchors.includes_system())
        add_system(store.get());
    for (TrustSource const& source : anchors.sources()) {
        switch (source.kind) {
        case TrustSource::Kind::system:
            break;
        case TrustSource::Kind::file:
            add_file(store.get(), source);
            break;
        case TrustSource::Kind::directory:
            add_directory(store.get(), source);
            break;
        case TrustSource::Kind::memory:
            add_memory(store.get(), source);
            break;
        }
    }
    if (anchors.sources().empty())
        throw tls_error(TlsReason::ca_malformed, TlsStage::configuration, "there is no CA to trust",
                        "give .ca its value again: it was moved from");
    return store;
}

// --- Parsed once ---

/// SHA-256 over fields, each with its size before it.
class Fingerprint {
public:
    Fingerprint() noexcept
        : good_{context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1}
    {
    }

    void add(void const* bytes, std::size_t size) noexcept
    {
        good_ = good_ && EVP_DigestUpdate(context_.get(), &size, sizeof size) == 1 &&
                EVP_DigestUpdate(context_.get(), bytes, size) == 1;
    }
    void add(std::string_view text) noexcept { add(text.data(), text.size()); }

    /// A file by what changes when it is replaced or written.
    void add_file(char const* path) noexcept
    {
        struct stat status {};
        bool const exists = ::stat(path, &status) == 0;
        add(path);
        add(&exists, sizeof exists);
        if (!exists)
            return;
        add(&status.st_dev, sizeof status.st_dev);
        add(&status.st_ino, sizeof status.st_ino);
        add(&status.st_size, sizeof status.st_size);
        add(&status.st_mtim.tv_sec, sizeof status.st_mtim.tv_sec);
        add(&status.st_mtim.tv_nsec, sizeof status.st_mtim.tv_nsec);
        add(&status.st_ctim.tv_sec, sizeof status.st_ctim.tv_sec);
        add(&status.st_ctim.tv_nsec, sizeof status.st_ctim.tv_nsec);
    }

    [[nodiscard]] std::string value()
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        if (!good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1)
            throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                            "OpenSSL cannot compute SHA-256", "check OpenSSL's configuration");
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        return {reinterpret_cast<char const*>(digest.data()), size};
    }

private:
    Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_{EVP_MD_CTX_new()};
    bool good_;
};

/// Parsed trust, kept for the process: parsing a system's bundle for each connection takes some 25 ms.
/// Files are looked at and read without the lock, as a network's file system may let them wait.
class TrustCache {
public:
    [[nodiscard]] TrustStore get(TrustAnchors const& anchors)
    {
        std::string const sources = fingerprint_of(anchors);
        std::string const state = state_of(anchors);
        if (TrustStore store = find(sources, state))
            return store;
        TrustStore store = make_store(anchors);
        // What changed while it was read, or was not there before, is read again next time.
        return state_of(anchors) == state ? keep(sources, state, std::move(store))
                                          : std::move(store);
    }

private:
    struct Entry {
        std::string sources{};
        std::string state{};
        TrustStore store;
    };

    /// Of what is asked for. Passwords are in it and not in the cache, with a salt, so that nobody who
    /// sees this memory can try passwords against it elsewhere.
    [[nodiscard]] std::string fingerprint_of(TrustAnchors const& anchors) const
    {
        Fingerprint fingerprint;
        fingerprint.add(&salt_, sizeof salt_);
        for (TrustSource const& source : anchors.sources()) {
            fingerprint.add(&source.kind, sizeof source.kind);
            fingerprint.add(source.path.native());
            fingerprint.add(source.bytes);
            fingerprint.add(source.has_password ? "with" : "without");
            fingerprint.add(source.password.reveal());
        }
        return fingerprint.value();
    }

    /// Of the files that it is read from, as they are now.
    [[nodiscard]] static std::string state_of(TrustAnchors const& anchors)
    {
        Fingerprint fingerprint;
        for (TrustSource const& source : anchors.sources()) {
            if (source.kind == TrustSource::Kind::system) {
                SystemPlaces const places;
                fingerprint.add_file(places.file);
                fingerprint.add(places.directories);
                places.each_directory([&](std::filesystem::path const& directory) {
                    fingerprint.add_file(directory.c_str());
                });
            } else if (source.kind != TrustSource::Kind::memory) {
                fingerprint.add_file(source.path.c_str());
            }
            if (source.kind == TrustSource::Kind::directory) {
                std::error_code ignored; // it is reported when the directory is read
                each_entry(source.path, ignored, [&](std::filesystem::path const& entry) {
                    fingerprint.add_file(entry.c_str());
                });
            }
        }
        return fingerprint.value();
    }

    [[nodiscard]] TrustStore find(std::string const& sources, std::string const& state)
    {
        std::lock_guard const lock{mutex_};
        for (Entry const& entry : entries_)
            if (entry.store && entry.sources == sources && entry.state == state)
                return share(entry.store);
        return {};
    }

    /// The store that another thread made meanwhile, or this one.
    [[nodiscard]] TrustStore keep(std::string const& sources, std::string const& state,
                                  TrustStore store)
    {
        std::lock_guard const lock{mutex_};
        Entry* slot = nullptr;
        for (Entry& entry : entries_) {
            if (!entry.store || entry.sources != sources)
                continue;
            if (entry.state == state)
                return share(entry.store);
            slot = &entry; // the files as they were before
        }
        if (slot == nullptr)
            slot = &entries_[next_++ % entries_.size()];
        slot->sources = sources;
        slot->state = state;
        slot->store = share(store);
        return store;
    }

    [[nodiscard]] static std::uint64_t make_salt() noexcept
    {
        std::uint64_t salt = 0;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): an integer as bytes
        static_cast<void>(RAND_bytes(reinterpret_cast<unsigned char*>(&salt), sizeof salt));
        return salt;
    }

    std::uint64_t const salt_ = make_salt();
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
