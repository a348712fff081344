#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/libzip.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/trust_anchors.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/trust_anchors.hpp>
#include <sealsql/zip_bundle.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void close_member(zip_file_t* member) noexcept { zip_fclose(member); }

/// libzip's note of what went wrong.
struct ZipError {
    ZipError() noexcept { zip_error_init(&error); }
    ZipError(ZipError const&) = delete;
    ZipError& operator=(ZipError const&) = delete;
    ~ZipError() { zip_error_fini(&error); }

    zip_error_t error{};
};

/// Throws what is wrong with the archive, or with a file in it.
[[noreturn]] SEALSQL_INLINE void refuse_archive(std::string const& name, std::string_view what,
                                                char const* remedy)
{
    throw tls_error(TlsReason::ca_malformed, TlsStage::configuration, concat({name, what}), remedy);
}

/// As refuse_archive(), by what libzip says.
[[noreturn]] SEALSQL_INLINE void refuse_archive(std::string const& name, zip_error_t* error)
{
    switch (zip_error_code_zip(error)) {
    case ZIP_ER_MULTIDISK:
        refuse_archive(
            name, " is one of several pieces of a ZIP archive",
            "put the pieces together, or unzip them and name the .pem, .p7b or .jks inside");
    case ZIP_ER_COMPNOTSUPP:
        refuse_archive(name, " is packed in a way that libzip does not know",
                       "unzip the archive and name the .pem, .p7b or .jks inside");
    case ZIP_ER_ENCRNOTSUPP:
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_WRONGPASSWD:
        refuse_archive(
            name, " is encrypted, and no password for archives can be given",
            "unzip the archive with its password and name the .pem, .p7b or .jks inside");
    default:
        refuse_archive(name,
                       concat({" is damaged: ", printable(zip_error_strerror(error)), " (ZIP)"}),
                       "fetch the archive again from the server's operator");
    }
}

SEALSQL_INLINE void unpack_zip(std::string_view archive, std::string const& name, VisitMember visit,
                               void* context)
{
    constexpr zip_int64_t most_members = 1000;
    constexpr std::size_t largest = std::size_t{16} << 20U;
    ZipError failure;
    Owned<zip_source_t, zip_source_free> source{
        zip_source_buffer_create(archive.data(), archive.size(), 0, &failure.error)};
    Owned<zip_t, zip_discard> const zip{
        source ? zip_open_from_source(source.get(), ZIP_RDONLY, &failure.error) : nullptr};
    if (!zip)
        refuse_archive(name, &failure.error);
    static_cast<void>(source.release()); // which the archive owns from now on

    zip_int64_t const count = zip_get_num_entries(zip.get(), 0);
    if (count > most_members)
        refuse_archive(name, " is a ZIP archive of more than 1000 files",
                       "name the archive that holds the CA's certificates only");
    std::string content;
    std::size_t total = 0;
    for (zip_int64_t i = 0; i < count; ++i) {
        auto const index = static_cast<zip_uint64_t>(i);
        zip_stat_t facts{};
        zip_stat_init(&facts);
        if (zip_stat_index(zip.get(), index, 0, &facts) != 0)
            refuse_archive(name, zip_get_error(zip.get()));
        std::string_view const member =
            (facts.valid & ZIP_STAT_NAME) != 0 ? facts.name : "a file without name";
        std::string const where = concat({name, ", in it ", printable(member)});
        Owned<zip_file_t, close_member> const file{zip_fopen_index(zip.get(), index, 0)};
        if (!file)
            refuse_archive(where, zip_get_error(zip.get()));
        content.clear();
        std::array<char, 16384> piece{};
        zip_int64_t size = 0;
        // To its end, where libzip compares the checksum. What the archive says of sizes is not relied upon.
        while ((size = zip_fread(file.get(), piece.data(), piece.size())) > 0) {
            total += static_cast<std::size_t>(size);
            if (total > largest)
                refuse_archive(name, " is a ZIP archive of more than 16 MiB when unpacked",
                               "name the archive that holds the CA's certificates only");
            content.append(piece.data(), static_cast<std::size_t>(size));
        }
        if (size < 0)
            refuse_archive(where, zip_file_get_error(file.get()));
        visit(member, content, context);
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE TrustAnchors zip_bundle(TrustAnchors anchors)
{
    anchors.set_unpacker(detail::unpack_zip);
    return anchors;
}

} // namespace sealsql::inline SEALSQL_ABI
