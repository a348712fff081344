#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/fingerprint.hpp>
#include <sealsql/detail/input_file.hpp>
#include <sealsql/detail/load_cache.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/trust_store.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/fingerprint.ipp>
#include <sealsql/impl/input_file.ipp>
#include <sealsql/impl/trust_formats.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>

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

/// Why a file, whose `name` is said in messages, could not be read.
[[nodiscard]] SEALSQL_INLINE TlsError unreadable(FileFailure const& failure,
                                                 std::string const& name)
{
    switch (failure.kind) {
    case FileFailure::Kind::directory:
        return unreadable(concat({name, failure.text()}),
                          "give .ca the path of a file, or TrustAnchors::directory()");
    case FileFailure::Kind::too_large:
        return unreadable(concat({name, " is larger than 16 MiB, which is the limit"}),
                          "give .ca a file that holds the CA's certificates only");
    case FileFailure::Kind::irregular:
        return unreadable(concat({name, failure.text()}), "give .ca the path of a file");
    default:
        return unreadable(concat({name, failure.text()}),
                          "check the path given as .ca in SslOptions, and its permissions");
    }
}

/// A whole file, whose `name` is said in messages.
[[nodiscard]] SEALSQL_INLINE std::string read_whole(std::filesystem::path const& path,
                                                    std::string const& name)
{
    std::string content;
    if (FileFailure const failure = read_file(path.c_str(), max_trust_size, content))
        throw unreadable(failure, name);
    return content;
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
        TrustReader reader{store, name, nullptr, nullptr};
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
                std::string const name = entry.filename().native();
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
    std::string const name = concat({"the CA file ", printable(source.path.native())});
    TrustReader reader{store, name, source.has_password ? &source.password : nullptr,
                       source.unpack};
    if (!reader.read(read_whole(source.path, name)))
        throw reader.nothing();
}

SEALSQL_INLINE void add_directory(X509_STORE* store, TrustSource const& source)
{
    std::string const name = concat({"the CA directory ", printable(source.path.native())});
    bool found = false;
    std::string passed_over;
    std::error_code failure;
    each_entry(source.path, failure, [&](std::filesystem::path const& entry) {
        struct stat status {};
        if (::stat(entry.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            return; // folders, and links to what is gone
        std::string const file = concat({"the CA file ", printable(entry.native())});
        std::string content;
        if (FileFailure const unread = read_file(entry.c_str(), max_trust_size, content)) {
            using Kind = FileFailure::Kind;
            bool const may_not = unread.kind == Kind::unopened && unread.error == EACCES;
            if (!may_not && unread.kind != Kind::too_large)
                throw unreadable(unread, file);
            // Such as a server's key, or the log beside it. No CA of ours.
            passed_over = unreadable(unread, file).message();
            return;
        }
        TrustReader reader{store, file, nullptr, source.unpack};
        found = reader.read(content) || found;
    });
    if (failure)
        throw unreadable(
            concat({name, " cannot be read: ", std::generic_category().message(failure.value())}),
            "check the path given to TrustAnchors::directory(), and its permissions");
    if (!found)
        throw tls_error(
            TlsReason::ca_malformed, TlsStage::configuration,
            concat({name, " has no file with a certificate in it", passed_over.empty() ? "" : "; ",
                    passed_over}),
            "put the CA's certificate into it, in PEM, DER, PKCS#7, PKCS#12 or JKS form");
}

SEALSQL_INLINE void add_memory(X509_STORE* store, TrustSource const& source)
{
    TrustReader reader{store, "the CA data given to TrustAnchors::memory()",
                       source.has_password ? &source.password : nullptr, source.unpack};
    if (!reader.read(source.bytes))
        throw reader.nothing();
}

/// Reads the extensions of each certificate now. OpenSSL would do it at the first use, which may be the handshakes of several
/// threads at once; that is safe, but by atomics which the thread sanitizer of an application does not see in libcrypto, so it
/// would report a data race.
SEALSQL_INLINE void read_extensions(X509_STORE* store)
{
    STACK_OF(X509_OBJECT) const* const objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i)
        if (X509* const certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)))
            X509_check_purpose(certificate, -1, 0); // a damaged one is refused when it is used
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
    read_extensions(store.get());
    return store;
}

// --- Parsed once ---

/// Of what is asked for. Passwords are in it and not in the cache.
[[nodiscard]] SEALSQL_INLINE std::string fingerprint_of(TrustAnchors const& anchors)
{
    Fingerprint fingerprint;
    for (TrustSource const& source : anchors.sources()) {
        fingerprint.add(&source.kind, sizeof source.kind);
        fingerprint.add(source.path.native());
        fingerprint.add(source.bytes);
        fingerprint.add(source.has_password ? "with" : "without");
        fingerprint.add(&source.unpack, sizeof source.unpack);
        fingerprint.add(source.password.reveal());
    }
    return fingerprint.value();
}

/// A directory and the files in it.
SEALSQL_INLINE void add_directory_state(Fingerprint& state, std::filesystem::path const& directory)
{
    state.add_file(directory.c_str());
    std::error_code ignored; // it is reported when the directory is read
    each_entry(directory, ignored,
               [&](std::filesystem::path const& entry) { state.add_file(entry.c_str()); });
}

/// Of the files that it is read from, as they are now.
[[nodiscard]] SEALSQL_INLINE std::string state_of(TrustAnchors const& anchors)
{
    Fingerprint state;
    for (TrustSource const& source : anchors.sources()) {
        switch (source.kind) {
        case TrustSource::Kind::system: {
            SystemPlaces const places;
            state.add_file(places.file);
            state.add(places.directories);
            // Its files come and go under names of their own, of which the directory's time tells: a system
            // has hundreds.
            places.each_directory(
                [&](std::filesystem::path const& directory) { state.add_file(directory.c_str()); });
            break;
        }
        case TrustSource::Kind::file:
            state.add_file(source.path.c_str());
            break;
        case TrustSource::Kind::directory:
            add_directory_state(state, source.path);
            break;
        case TrustSource::Kind::memory:
            break;
        }
    }
    return state.value();
}

[[nodiscard]] SEALSQL_INLINE LoadCache<TrustStore>& trust_stores()
{
    // Never destroyed: a connection may be opened while static objects go.
    static auto* const cache = new LoadCache<TrustStore>; // NOLINT(cppcoreguidelines-owning-memory)
    return *cache;
}

SEALSQL_INLINE bool is_current(TrustStore const& store)
{
    return trust_stores().holds([&](TrustStore const& kept) { return kept == store; });
}

SEALSQL_INLINE TrustStore load_trust_store(TrustAnchors const& anchors)
{
    ErrorQueueGuard const errors;
    LoadCache<TrustStore>& cache = trust_stores();
    std::string const wanted = fingerprint_of(anchors);
    std::string const state = state_of(anchors);
    if (TrustStore store = cache.find(wanted, state))
        return store;
    TrustStore store = make_store(anchors);
    // What changed while it was read, or was not there before, is read again next time.
    return state_of(anchors) == state ? cache.keep(wanted, state, std::move(store))
                                      : std::move(store);
}

} // namespace sealsql::inline SEALSQL_ABI::detail
