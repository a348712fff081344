#ifndef SEALSQL_TESTS_SUPPORT_FORGE_HPP
#define SEALSQL_TESTS_SUPPORT_FORGE_HPP

// Certificates put together at will, for what CertificateSpec cannot say: any extension with any content, old versions, keys of
// any kind. What comes out may break every rule; that is the point.

#include "certificates.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sealsql::testing {

/// An extension as openssl.cnf has it, such as {"basicConstraints", "critical,CA:TRUE,pathlen:0"}. The name may be an object
/// identifier, and the value `DER:` and hexadecimal digits.
struct ForgedExtension {
    std::string name;
    std::string value;
};

struct Forgery {
    std::string common_name = "forged";
    std::vector<ForgedExtension> extensions = {};
    std::chrono::seconds not_before = std::chrono::hours(-1); // from now
    std::chrono::seconds not_after = std::chrono::hours(24);
    std::string key = "P-256"; // a curve, ED25519, or RSA with the bits behind it: RSA2048
    std::string digest = "SHA256";
    int version = 3;
    bool names_issuer_key = true; // by the authorityKeyIdentifier
};

/// Signed with the issuer's key. The chain is left empty.
[[nodiscard]] Identity forge(Forgery const& forgery, Identity const& issuer);

/// Signed with its own key.
[[nodiscard]] Identity forge_self_signed(Forgery const& forgery);

/// The same certificate with the last byte of its signature changed.
[[nodiscard]] Identity with_broken_signature(Identity identity);

/// What a server's certificate usually says, and `names` as openssl.cnf has them: `DNS:a,IP:1.2.3.4`.
[[nodiscard]] std::vector<ForgedExtension> server_extensions(std::string const& names);

/// What a CA's certificate usually says.
[[nodiscard]] std::vector<ForgedExtension> authority_extensions();

} // namespace sealsql::testing

#endif
