#include "connect.hpp"

#include "../ca_file.hpp"
#include "password.hpp"

#include <sealsql/sealsql.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <pwd.h>
#include <unistd.h>

namespace cli {

namespace {

/// What the environment says, or nothing.
sealsql::Secret from_environment(char const* variable)
{
    if (std::getenv(variable) == nullptr) // NOLINT(concurrency-mt-unsafe)
        return {};
    return sealsql::Secret::from_env(variable);
}

/// The first line of the file; without one, what the environment says, or nothing.
sealsql::Secret secret(std::optional<std::string> const& file, char const* variable)
{
    if (file)
        return sealsql::Secret::from_file(*file);
    return from_environment(variable);
}

/// What `mysql` trusts: both, if both a file and a folder are named.
sealsql::TrustAnchors trusted(Options const& options)
{
    using sealsql::TrustAnchors;
    if (!options.ssl_ca)
        return options.ssl_ca_path ? TrustAnchors::directory(*options.ssl_ca_path)
                                   : TrustAnchors::system();
    auto password = secret(options.ssl_ca_password_file, "SEALSQL_CA_PASSWORD");
    bool const is_given = options.ssl_ca_password_file.has_value() || !password.empty();
    auto file = is_given ? TrustAnchors::file(*options.ssl_ca, std::move(password))
                         : TrustAnchors::file(*options.ssl_ca);
    if (options.ssl_ca_path)
        file += TrustAnchors::directory(*options.ssl_ca_path);
    return file;
}

sealsql::ClientIdentity identity(Options const& options)
{
    using sealsql::ClientIdentity;
    if (!options.ssl_cert)
        return {};
    auto passphrase = secret(options.ssl_key_password_file, "SEALSQL_KEY_PASSPHRASE");
    return options.ssl_key ? ClientIdentity::pem_files(*options.ssl_cert, *options.ssl_key,
                                                       std::move(passphrase))
                           : ClientIdentity::file(*options.ssl_cert, std::move(passphrase));
}

sealsql::SslOptions ssl_options(Options const& options)
{
    sealsql::SslOptions ssl;
    ssl.ca = examples::from_any_file(trusted(options));
    if (!options.revocation_lists.empty()) // which mysql looks all of the chain up in
        ssl.revocation = sealsql::Revocation::of_whole_chain(options.revocation_lists);
    ssl.pins = options.pins;
    ssl.max_chain_depth = options.max_chain_depth.value_or(ssl.max_chain_depth);
    ssl.security_level = options.security_level.value_or(ssl.security_level);
    ssl.identity = identity(options);
    if (!options.ssl_server_names.empty()) {
        ssl.server_name = options.ssl_server_names.front();
        ssl.also_accept_names = {options.ssl_server_names.begin() + 1,
                                 options.ssl_server_names.end()};
    }
    ssl.sni_name = options.sni_name.value_or("");
    if (options.tls_versions) {
        ssl.min_version = options.tls_versions->oldest;
        ssl.max_version = options.tls_versions->newest;
    }
    ssl.ciphers = options.ciphers;
    ssl.cipher_suites = options.cipher_suites;
    ssl.groups = options.groups;
    ssl.insecure_legacy_tls = options.insecure_legacy_tls;
    if (options.key_log_file)
        ssl.key_log_file = *options.key_log_file;
    switch (ssl_mode(options)) {
    case SslMode::verify_identity:
        ssl.verify = sealsql::VerifyMode::identity;
        break;
    case SslMode::verify_ca:
        ssl.verify = sealsql::VerifyMode::ca;
        break;
    case SslMode::required:
    case SslMode::preferred:
    case SslMode::disabled:
        ssl.verify = sealsql::VerifyMode::none;
        break;
    }
    return ssl;
}

std::string user(Options const& options)
{
    if (!options.user.empty())
        return options.user;
    passwd const* const entry = ::getpwuid(::geteuid()); // NOLINT(concurrency-mt-unsafe)
    return entry != nullptr ? entry->pw_name : "";
}

sealsql::Secret password(Options const& options)
{
    if (options.ask_password)
        return ask_password();
    if (options.password)
        return *options.password;
    return from_environment("SEALSQL_PASSWORD");
}

/// The library's usual ones, and the one that was asked for.
sealsql::LoginMethods login_methods(Options const& options)
{
    using sealsql::LoginMethod;
    if (!options.cleartext_password)
        return {};
    return {LoginMethod::caching_sha2_password,
            LoginMethod::mysql_native_password,
            LoginMethod::client_ed25519,
            LoginMethod::sha256_password,
            LoginMethod::parsec,
            LoginMethod::mysql_clear_password};
}

/// The builder is of another type for each way to reach a server; from here on all go the same way.
template <class Builder>
sealsql::ConnectionOptions finish(Builder const& server, Options const& options)
{
    sealsql::Timeouts const usual;
    return server.login(user(options), password(options))
        .login_methods(login_methods(options))
        .database(options.database)
        .connect_timeout(options.connect_timeout.value_or(usual.connect))
        .read_timeout(options.read_timeout.value_or(usual.read))
        .write_timeout(options.write_timeout.value_or(usual.write))
        .max_allowed_packet(
            options.max_packet.value_or(sealsql::ConnectionOptions{}.max_allowed_packet))
        .connection_attribute("program_name", "sealsql")
        .options();
}

} // namespace

sealsql::ConnectionOptions connection_options(Options const& options)
{
    using sealsql::ConnectionBuilder;
    SslMode const mode = ssl_mode(options);
    if (options.socket) {
        auto const server = ConnectionBuilder::to_socket(*options.socket);
        return mode == SslMode::disabled ? finish(server.plaintext_over_local_socket(), options)
                                         : finish(server.ssl(ssl_options(options)), options);
    }
    auto const server =
        ConnectionBuilder::to_host(options.host.value_or("localhost"), options.port.value_or(3306));
    switch (mode) {
    case SslMode::disabled:
        return finish(server.insecure_plaintext_over_network(), options);
    case SslMode::preferred:
        return finish(server.insecure_tls_if_offered(ssl_options(options)), options);
    default:
        return finish(server.ssl(ssl_options(options)), options);
    }
}

} // namespace cli
