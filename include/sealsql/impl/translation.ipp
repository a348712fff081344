#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/translation.hpp>
#include <sealsql/trust_anchors.hpp>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE Protection protection_of(ConnectionOptions const& options) noexcept
{
    SslOptions const* const ssl = options.transport.ssl();
    if (ssl == nullptr)
        return {};
    return {.uses_tls = true,
            .refuses_plaintext = options.transport.demands_tls(),
            .checks_chain = detail::verifies_server(*ssl),
            .checks_name = ssl->verify == VerifyMode::identity};
}

namespace detail {

/// Writes C++.
class CodeWriter {
public:
    [[nodiscard]] std::string builder(ConnectionOptions const& options)
    {
        code_ = "auto db = sealsql::ConnectionBuilder::";
        Endpoint const& endpoint = options.endpoint;
        if (endpoint.is_local_socket())
            add({"to_socket(", literal(endpoint.path().native()), ")"});
        else if (endpoint.port() == 3306)
            add({"to_host(", literal(endpoint.host()), ")"});
        else
            add({"to_host(", literal(endpoint.host()), ", ", std::to_string(endpoint.port()), ")"});
        call("login", {literal(options.user), ", ", secret(options.password, "DB_PASSWORD")});
        write_transport(options);
        if (!options.database.empty())
            call("database", {literal(options.database)});
        ConnectionOptions const usual;
        if (options.login_methods != usual.login_methods)
            call("login_methods", {"{", login_methods(options.login_methods), "}"});
        if (options.character_set != usual.character_set)
            call("character_set", {literal(options.character_set)});
        write_timeout("connect_timeout", options.timeouts.connect, usual.timeouts.connect);
        write_timeout("dial_timeout", options.timeouts.dial, usual.timeouts.dial);
        write_timeout("handshake_timeout", options.timeouts.handshake, usual.timeouts.handshake);
        write_timeout("login_timeout", options.timeouts.login, usual.timeouts.login);
        write_timeout("read_timeout", options.timeouts.read, usual.timeouts.read);
        write_timeout("write_timeout", options.timeouts.write, usual.timeouts.write);
        for (std::string const& statement : options.init_statements)
            call("init_statement", {literal(statement)});
        for (auto const& [name, value] : options.connection_attributes)
            call("connection_attribute", {literal(name), ", ", literal(value)});
        if (options.max_allowed_packet != usual.max_allowed_packet)
            call("max_allowed_packet", {std::to_string(options.max_allowed_packet)});
        if (options.found_rows)
            call("found_rows", {});
        call("connect", {});
        code_ += ";\n";
        return std::move(code_);
    }

private:
    void add(std::initializer_list<std::string_view> parts) { code_ += concat(parts); }

    void call(std::string_view name, std::initializer_list<std::string_view> arguments)
    {
        add({"\n              .", name, "(", concat(arguments), ")"});
    }

    /// A string literal. What could end it, or be something else to a compiler or a terminal, is in octal: three
    /// digits, which, unlike `\x`, do not swallow what comes after them.
    [[nodiscard]] static std::string literal(std::string_view text)
    {
        std::string quoted = "\"";
        while (!text.empty()) {
            char const first = text.front();
            std::uint32_t code_point = 0;
            std::size_t const size = utf8_sequence(text, code_point);
            std::string_view const whole = text.substr(0, size == 0 ? 1 : size);
            if (first == '\n')
                quoted += "\\n";
            else if (first == '"' || first == '\\')
                (quoted += '\\') += first;
            else if (first != '?' && printable(whole) == whole)
                quoted += whole;
            else
                for (char const c : whole) {
                    auto const byte = static_cast<unsigned char>(c);
                    quoted += '\\';
                    quoted += static_cast<char>('0' + (byte >> 6U));
                    quoted += static_cast<char>('0' + ((byte >> 3U) & 7U));
                    quoted += static_cast<char>('0' + (byte & 7U));
                }
            text.remove_prefix(whole.size());
        }
        return quoted += '"';
    }

    [[nodiscard]] static std::string secret(Secret const& secret, std::string_view variable)
    {
        return secret.empty() ? "sealsql::Secret{}"
                              : concat({"sealsql::Secret::from_env(\"", variable, "\")"});
    }

    [[nodiscard]] static std::string login_methods(LoginMethods methods)
    {
        std::string names;
        for (LoginMethod const method : all_login_methods) {
            if (methods.contains(method))
                names += concat(
                    {names.empty() ? "" : ", ", "sealsql::LoginMethod::", to_string(method)});
        }
        return names;
    }

    [[nodiscard]] static std::string anchors(TrustAnchors const& anchors)
    {
        std::string sum;
        bool const is_one = anchors.sources().size() == 1;
        for (TrustSource const& source : anchors.sources()) {
            if (!sum.empty())
                sum += " + ";
            std::string const password =
                source.has_password ? concat({", ", secret(source.password, "DB_CA_PASSWORD")})
                                    : std::string{};
            switch (source.kind) {
            case TrustSource::Kind::system:
                sum += "sealsql::TrustAnchors::system()";
                break;
            case TrustSource::Kind::file:
                sum += is_one && !source.has_password
                           ? literal(source.path.native())
                           : concat({"sealsql::TrustAnchors::file(", literal(source.path.native()),
                                     password, ")"});
                break;
            case TrustSource::Kind::directory:
                sum += concat(
                    {"sealsql::TrustAnchors::directory(", literal(source.path.native()), ")"});
                break;
            case TrustSource::Kind::memory:
                sum += concat(
                    {"sealsql::TrustAnchors::memory(", literal(source.bytes), password, ")"});
                break;
            }
        }
        return sum;
    }

    [[nodiscard]] static std::string identity(IdentitySource const& source)
    {
        std::string const passphrase =
            source.passphrase.empty()
                ? std::string{}
                : concat({", ", secret(source.passphrase, "DB_KEY_PASSPHRASE")});
        std::string const file = literal(source.certificate_file.native());
        switch (source.kind) {
        case IdentitySource::Kind::none:
            break;
        case IdentitySource::Kind::pem_files:
            return concat({"sealsql::ClientIdentity::pem_files(", file, ", ",
                           literal(source.key_file.native()), passphrase, ")"});
        case IdentitySource::Kind::file:
            return concat({"sealsql::ClientIdentity::file(", file, passphrase, ")"});
        case IdentitySource::Kind::memory:
            return concat({"sealsql::ClientIdentity::memory(",
                           source.certificate.empty() ? "" : literal(source.certificate),
                           source.certificate.empty() ? "" : ", ", secret(source.key, "DB_KEY"),
                           passphrase, ")"});
        }
        return "{}";
    }

    [[nodiscard]] static std::string version(TlsVersion version)
    {
        std::string_view const name = version == TlsVersion::tls1_0   ? "tls1_0"
                                      : version == TlsVersion::tls1_1 ? "tls1_1"
                                      : version == TlsVersion::tls1_2 ? "tls1_2"
                                                                      : "tls1_3";
        return concat({"sealsql::TlsVersion::", name});
    }

    /// `{"a", "b"}`
    [[nodiscard]] static std::string list(std::vector<std::string> const& texts)
    {
        std::string items;
        for (std::string const& text : texts)
            items += concat({items.empty() ? "" : ", ", literal(text)});
        return concat({"{", items, "}"});
    }

    /// In the order of the struct, as designated initialisers have to be.
    [[nodiscard]] static std::string ssl(SslOptions const& options)
    {
        SslOptions const usual;
        std::string fields;
        auto const field = [&](std::string_view name, std::string const& value) {
            fields +=
                concat({fields.empty() ? "" : ",\n                    ", ".", name, " = ", value});
        };
        auto const field_of_list = [&](std::string_view name,
                                       std::vector<std::string> const& texts) {
            if (!texts.empty())
                field(name, list(texts));
        };
        if (!options.ca.is_system())
            field("ca", anchors(options.ca));
        if (options.verify != usual.verify)
            field("verify", concat({"sealsql::VerifyMode::", to_string(options.verify)}));
        if (!options.server_name.empty())
            field("server_name", literal(options.server_name));
        if (options.min_version != usual.min_version)
            field("min_version", version(options.min_version));
        if (options.max_version != usual.max_version)
            field("max_version", version(options.max_version));
        field_of_list("ciphers", options.ciphers);
        field_of_list("cipher_suites", options.cipher_suites);
        field_of_list("groups", options.groups);
        if (!options.session_resumption)
            field("session_resumption", "false");
        if (options.insecure_legacy_tls)
            field("insecure_legacy_tls", "true");
        if (!options.key_log_file.empty())
            field("key_log_file", literal(options.key_log_file.native()));
        if (!options.identity.empty())
            field("identity", identity(options.identity.source()));
        std::string pins;
        for (Pin const& pin : options.pins)
            pins += concat({pins.empty() ? "" : ", ", "sealsql::Pin::",
                            !pin.is_public_key()  ? "certificate("
                            : pin.wants_reserve() ? "public_key("
                                                  : "public_key_without_reserve(",
                            literal(pin.text()), ")"});
        if (!pins.empty())
            field("pins", concat({"{", pins, "}"}));
        if (options.revocation.is_on())
            field("revocation", concat({"sealsql::Revocation::",
                                        options.revocation.is_of_whole_chain() ? "of_whole_chain("
                                                                               : "of_server_only(",
                                        list(options.revocation.lists()), ")"}));
        if (options.max_chain_depth != usual.max_chain_depth)
            field("max_chain_depth", std::to_string(options.max_chain_depth));
        if (options.security_level != usual.security_level)
            field("security_level", std::to_string(options.security_level));
        return concat({"{", fields, "}"});
    }

    void write_transport(ConnectionOptions const& options)
    {
        SslOptions const* const tls = options.transport.ssl();
        bool const is_socket = options.endpoint.is_local_socket();
        if (tls == nullptr)
            call(is_socket ? "plaintext_over_local_socket" : "insecure_plaintext_over_network", {});
        else if (!options.transport.demands_tls())
            call("insecure_tls_if_offered", {ssl(*tls)});
        else if (is_socket || *tls != SslOptions{})
            call("ssl", {ssl(*tls)});
    }

    void write_timeout(std::string_view name, std::chrono::milliseconds timeout,
                       std::chrono::milliseconds usual)
    {
        if (timeout != usual)
            call(name, {"std::chrono::milliseconds{", std::to_string(timeout.count()), "}"});
    }

    std::string code_;
};

[[nodiscard]] inline std::string_view protection_text(Protection const& protection) noexcept
{
    if (!protection.uses_tls)
        return "no TLS";
    if (!protection.refuses_plaintext)
        return protection.checks_chain && protection.checks_name
                   ? "TLS if it is offered, chain and name checked then; else plaintext"
               : protection.checks_chain
                   ? "TLS if it is offered, chain checked then; else plaintext"
                   : "TLS if it is offered, nothing checked; else plaintext";
    if (!protection.checks_chain)
        return "TLS or nothing; the server is not checked";
    return protection.checks_name ? "TLS or nothing; chain and name checked"
                                  : "TLS or nothing; chain checked, name not";
}

} // namespace detail

SEALSQL_INLINE std::string to_builder_code(ConnectionOptions const& options)
{
    return detail::CodeWriter{}.builder(options);
}

SEALSQL_INLINE std::string to_text(Translation const& translation)
{
    bool const is_local = translation.options.endpoint.is_local_socket();
    std::string text =
        detail::concat({"before:  ", detail::protection_text(translation.before), " (",
                        translation.client, is_local ? ", local socket)\n" : ")\n",
                        "now:     ", detail::protection_text(protection_of(translation.options)),
                        is_local ? " (local socket)\n" : "\n"});
    for (TranslationFinding const& finding : translation.findings) {
        text +=
            detail::concat({"\n", to_string(finding.severity), ": ",
                            finding.setting.empty() ? "what is left out" : finding.setting, "\n"});
        auto const line = [&](std::string_view label, std::string_view words) {
            if (!words.empty())
                text += detail::concat({"  ", label, words, "\n"});
        };
        line("before:  ", finding.before);
        line("now:     ", finding.now);
        line("because: ", finding.reason);
        line("change:  ", finding.remedy);
    }
    return text;
}

} // namespace sealsql::inline SEALSQL_ABI
