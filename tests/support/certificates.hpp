#ifndef SEALSQL_TESTS_SUPPORT_CERTIFICATES_HPP
#define SEALSQL_TESTS_SUPPORT_CERTIFICATES_HPP

// Certificates made in the test process with OpenSSL 3: good ones, and every kind of bad one that a
// client must refuse.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace sealsql::testing {

/// A directory that is gone, with all that is in it, when this object is.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

    /// Writes a file, readable by its owner only, and says where it is.
    std::filesystem::path write(std::string_view name, std::string_view content) const;

private:
    std::filesystem::path path_;
};

/// Which key a certificate gets.
enum class KeyKind : std::uint8_t {
    p256,    // fast to make: the default
    rsa2048, // what cloud servers use
    rsa1024, // too weak for OpenSSL's security level 2
};

/// What a certificate says it may be used for.
enum class Purpose : std::uint8_t { server, client, ocsp, any };

/// What to write into a certificate. Strings may hold any byte, zero included.
struct CertificateSpec {
    std::vector<std::string> common_names = {"sealsql test"};
    std::vector<std::string> dns = {};
    std::vector<std::string> ip = {};
    std::chrono::seconds not_before = std::chrono::hours(-1); // from now
    std::chrono::seconds not_after = std::chrono::hours(24);  // from now
    bool authority = false;
    KeyKind key = KeyKind::p256;
    Purpose purpose = Purpose::server;
    std::string digest = "SHA256"; // with which the issuer signs
    bool must_staple = false;      // RFC 7633
};

/// A certificate, its key, and the certificates that are sent along with it.
struct Identity {
    std::string certificate_pem;
    std::string key_pem;
    std::string chain_pem = {};

    /// What a server sends: the certificate and then the chain.
    [[nodiscard]] std::string full_chain_pem() const { return certificate_pem + chain_pem; }
};

/// A certification authority. Copies share the key.
class Authority {
public:
    /// A root, that is, one that signed itself.
    explicit Authority(CertificateSpec spec = {});

    [[nodiscard]] std::string const& certificate_pem() const noexcept
    {
        return identity_.certificate_pem;
    }
    [[nodiscard]] std::string const& key_pem() const noexcept { return identity_.key_pem; }
    [[nodiscard]] Identity const& identity() const noexcept { return identity_; }

    /// A certificate signed by this authority; its chain holds the intermediates, not the root.
    [[nodiscard]] Identity issue(CertificateSpec const& spec) const;

    /// An authority below this one. With `spec.authority` false it is one that has no right to
    /// issue anything.
    [[nodiscard]] Authority subordinate(CertificateSpec const& spec) const;

    /// A revocation list (PEM) that names `revoked`; the offsets count from now.
    [[nodiscard]] std::string
    revocation_list(std::vector<Identity> const& revoked,
                    std::chrono::seconds last_update = std::chrono::hours(-1),
                    std::chrono::seconds next_update = std::chrono::hours(24)) const;

private:
    explicit Authority(Identity below);

    Identity identity_;
    std::shared_ptr<x509_st> certificate_;
    std::shared_ptr<evp_pkey_st> key_;
    bool is_root_ = true;
};

/// A certificate that signed itself and is no authority.
[[nodiscard]] Identity self_signed(CertificateSpec const& spec);

/// The first certificate of a PEM text as DER.
[[nodiscard]] std::string to_der(std::string_view certificate_pem);

/// The same private key, encrypted (PKCS#8, AES-256).
[[nodiscard]] std::string encrypt_key(std::string_view key_pem, std::string_view passphrase);

/// Certificate, key and chain in one PKCS#12 file.
[[nodiscard]] std::string to_pkcs12(Identity const& identity, std::string_view passphrase);

/// The certificates of a PEM text as PKCS#7 (`.p7b`), PEM.
[[nodiscard]] std::string to_pkcs7(std::string_view certificates_pem);

/// SHA-256 of a certificate, or of its public key (the usual pin), in lower-case hexadecimal.
[[nodiscard]] std::string sha256_of_certificate(std::string_view certificate_pem);
[[nodiscard]] std::string sha256_of_public_key(std::string_view certificate_pem);

/// One row of a table of servers: who it says it is, whom the client trusts, and why it is in the
/// table.
struct PkiCase {
    std::string name;
    std::string reason;
    Identity identity;
    std::string trust_pem;
};

/// A ready-made set. Everything is made when first asked for and kept. All servers stand for
/// 127.0.0.1, `localhost` and `db.sealsql.test` unless their oddity is just that they do not. Safe
/// to use from several threads.
class TestPki {
public:
    TestPki();

    /// The set that all tests of a process share: no key is made twice.
    static TestPki& shared();

    /// The authority that the client trusts.
    [[nodiscard]] Authority const& trusted() const noexcept { return trusted_; }
    [[nodiscard]] std::string const& trust_pem() const noexcept
    {
        return trusted_.certificate_pem();
    }

    // To be accepted.
    Identity const& good();     // SAN IP:127.0.0.1, IP:::1, DNS:localhost, DNS:db.sealsql.test
    Identity const& good_rsa(); // the same with RSA-2048, as cloud servers have it
    Identity const&
    good_wildcard(); // DNS:*.sealsql.test only; right for db.sealsql.test, wrong for all else
    Identity const& via_intermediate(); // issued by an intermediate that the server sends along
    Identity const& good_client();      // clientAuth; for servers that ask for a client certificate

    // To be refused, always with trusted() as the only trust.
    Identity const& other_authority(); // right names, but an authority that nobody trusts
    Identity const&
    impostor_authority();            // an authority with the trusted one's name and another key
    Identity const& self_signed();   // no authority at all
    Identity const& expired();       // was right until an hour ago
    Identity const& not_yet_valid(); // will be right in an hour
    Identity const& wrong_name();    // DNS:other.example only
    Identity const& wrong_ip();      // IP:127.0.0.9 only
    Identity const&
    cn_only(); // CN=127.0.0.1 and CN=localhost without SAN: RFC 6125 forbids to look there
    Identity const& ip_in_dns_name();   // DNS:127.0.0.1: an address must stand in an iPAddress
    Identity const& partial_wildcard(); // DNS:d*.sealsql.test: a star must be a whole label
    Identity const& bare_wildcard();    // DNS:*: would match every one-label host
    Identity const& wrong_purpose();    // clientAuth only: a stolen client key must not play server
    Identity const& weak_key();         // RSA-1024
    Identity const& weak_digest();      // signed with SHA-1
    Identity const&
    missing_intermediate(); // the leaf of via_intermediate() without what leads to the root
    Identity const& issued_by_leaf(); // signed with a *server's* certificate, which is no authority
    Identity const&
    embedded_nul(); // DNS:localhost\0.other.example: C string functions read `localhost`

    // An authority that has itself expired; to be refused even by those who trust it.
    Authority const& expired_authority();
    Identity const& under_expired_authority();

    // An authority between the trusted one and via_intermediate().
    Authority const& intermediate();

    /// Everything to be accepted by a client that dials 127.0.0.1 (or `db.sealsql.test` for the
    /// wildcard).
    std::vector<PkiCase> accepted_cases();

    /// Everything to be refused by a client that dials 127.0.0.1, `localhost` or `db.sealsql.test`.
    std::vector<PkiCase> refused_cases();

private:
    template <class Make>
    Identity const& once(char const* name, Make make);
    template <class Make>
    Authority const& authority_once(char const* name, Make make);

    std::recursive_mutex mutex_;
    Authority trusted_;
    std::map<std::string, Identity> identities_;
    std::map<std::string, Authority> authorities_;
};

/// Writes `identity` as `<name>.crt` (with chain) and `<name>.key`.
struct IdentityFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};
IdentityFiles write_pem_files(TemporaryDirectory const& directory, std::string_view name,
                              Identity const& identity);

/// Writes one PEM text and says where it is.
std::filesystem::path write_pem_file(TemporaryDirectory const& directory, std::string_view name,
                                     std::string_view pem);

} // namespace sealsql::testing

#endif
