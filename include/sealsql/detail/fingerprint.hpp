#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/owned.hpp>

#include <cstddef>
#include <string>
#include <string_view>

struct evp_md_ctx_st; // OpenSSL's own tag for EVP_MD_CTX

namespace sealsql::inline SEALSQL_ABI::detail {

void release_digest(evp_md_ctx_st* context) noexcept;

/// SHA-256 over fields, each with its size before it, and over the process's salt: equal for equal fields
/// within this process. Secrets may be among the fields: nobody who sees the value can try passwords against
/// it elsewhere.
class Fingerprint {
public:
    Fingerprint() noexcept;

    void add(void const* bytes, std::size_t size) noexcept;
    void add(std::string_view text) noexcept { add(text.data(), text.size()); }

    /// A file by what changes when it is replaced or written.
    /// @return whether there is a file, regular or not
    bool add_file(char const* path) noexcept;

    /// @throws TlsError if OpenSSL cannot compute it
    [[nodiscard]] std::string value();

private:
    Owned<evp_md_ctx_st, release_digest> context_;
    bool good_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
