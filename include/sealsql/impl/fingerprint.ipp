#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/fingerprint.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>

#include <array>
#include <cstddef>
#include <string>

#include <sys/stat.h>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void release_digest(evp_md_ctx_st* context) noexcept { EVP_MD_CTX_free(context); }

struct FingerprintSalt {
    FingerprintSalt() noexcept
    {
        static_cast<void>(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())));
    }

    std::array<unsigned char, 16> bytes{};
};

SEALSQL_INLINE Fingerprint::Fingerprint() noexcept
    : context_{EVP_MD_CTX_new()}, good_{context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(),
                                                                      nullptr) == 1}
{
    static FingerprintSalt const salt;
    add(salt.bytes.data(), salt.bytes.size());
}

SEALSQL_INLINE void Fingerprint::add(void const* bytes, std::size_t size) noexcept
{
    good_ = good_ && EVP_DigestUpdate(context_.get(), &size, sizeof size) == 1 &&
            EVP_DigestUpdate(context_.get(), bytes, size) == 1;
}

SEALSQL_INLINE bool Fingerprint::add_file(char const* path) noexcept
{
    struct stat status {};
    bool const exists = ::stat(path, &status) == 0;
    add(path);
    add(&exists, sizeof exists);
    if (!exists)
        return false;
    add(&status.st_dev, sizeof status.st_dev);
    add(&status.st_ino, sizeof status.st_ino);
    add(&status.st_size, sizeof status.st_size);
    add(&status.st_mtim.tv_sec, sizeof status.st_mtim.tv_sec);
    add(&status.st_mtim.tv_nsec, sizeof status.st_mtim.tv_nsec);
    add(&status.st_ctim.tv_sec, sizeof status.st_ctim.tv_sec);
    add(&status.st_ctim.tv_nsec, sizeof status.st_ctim.tv_nsec);
    return true;
}

SEALSQL_INLINE std::string Fingerprint::value()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL cannot compute SHA-256", "check OpenSSL's configuration");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(digest.data()), size};
}

} // namespace sealsql::inline SEALSQL_ABI::detail
