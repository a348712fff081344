#pragma once

#include <sealsql/sealsql.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

enum class SslMode : std::uint8_t { disabled, preferred, required, verify_ca, verify_identity };
enum class Protocol : std::uint8_t { tcp, socket };
enum class Layout : std::uint8_t { tabs, table, json };

struct TlsVersions {
    sealsql::TlsVersion oldest;
    sealsql::TlsVersion newest;
};

/// The command line. What was not given has no value, so that contradictions can be told.
struct Options {
    std::optional<std::string> host;
    std::optional<std::uint16_t> port;
    std::optional<std::string> socket;
    std::optional<Protocol> protocol;

    std::string user;
    std::optional<sealsql::Secret> password;
    bool ask_password = false;
    std::string database;

    bool cleartext_password = false;

    std::optional<SslMode> ssl_mode;
    std::optional<std::string> ssl_ca;
    std::optional<std::string> ssl_ca_path;
    std::optional<std::string> ssl_ca_password_file;
    std::optional<std::string> ssl_cert;
    std::optional<std::string> ssl_key;
    std::optional<std::string> ssl_key_password_file;
    std::vector<std::string> revocation_lists;
    sealsql::Pins pins;
    std::optional<unsigned> max_chain_depth;
    std::optional<int> security_level;
    std::vector<std::string> ssl_server_names; // any of which the certificate may be for
    std::optional<std::string> sni_name;
    std::optional<TlsVersions> tls_versions;
    bool insecure_legacy_tls = false;
    std::vector<std::string> ciphers;
    std::vector<std::string> cipher_suites;
    std::vector<std::string> groups;
    std::optional<std::string> key_log_file;

    std::optional<std::chrono::milliseconds> connect_timeout;
    std::optional<std::chrono::milliseconds> read_timeout;
    std::optional<std::chrono::milliseconds> write_timeout;
    std::optional<std::size_t> max_packet;

    std::optional<std::string> statements;
    std::optional<Layout> layout;
    bool prepared = false;
    bool column_names = true;
    bool raw = false;
    bool force = false;
    bool compress = false;
    bool local_infile = false;
    bool status = false;

    bool help = false;
    bool version = false;
};

/// Reads the command line (without the program's name) and overwrites a password in it, so that
/// `ps` does not show it for longer than it takes to get here.
/// @throws UsageError
[[nodiscard]] Options parse_options(std::span<char* const> arguments);

/// The mode in force. Over a local socket with no word about TLS it is plaintext, through the
/// kernel.
[[nodiscard]] SslMode ssl_mode(Options const& options);

/// `VERIFY_IDENTITY`
[[nodiscard]] char const* spelling(SslMode mode);

[[nodiscard]] std::string help_text();

} // namespace cli
