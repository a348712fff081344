#ifndef SEALSQL_TESTS_SUPPORT_TRUST_FILE_HPP
#define SEALSQL_TESTS_SUPPORT_TRUST_FILE_HPP

// CA files for clients that want one on disk.

#include "certificates.hpp"

#include <filesystem>
#include <string>

namespace sealsql::testing {

/// A CA file that lives as long as this object.
class TrustFile {
public:
    explicit TrustFile(std::string const& pem) : path_{directory_.write("ca.pem", pem)} {}
    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

private:
    TemporaryDirectory directory_;
    std::filesystem::path path_;
};

/// The CA that the good servers of TestPki are signed by.
inline std::filesystem::path const& good_ca()
{
    static TrustFile const file{TestPki::shared().trust_pem()};
    return file.path();
}

} // namespace sealsql::testing

#endif
