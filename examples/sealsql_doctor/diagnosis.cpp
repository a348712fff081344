#include "diagnosis.hpp"

#include "../ca_file.hpp"

#include <sealsql/sealsql.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace doctor {

namespace {

sealsql::TrustAnchors anchors_at(std::string const& path)
{
    std::error_code ignored;
    return examples::from_any_file(std::filesystem::is_directory(path, ignored)
                                       ? sealsql::TrustAnchors::directory(path)
                                       : sealsql::TrustAnchors::file(path));
}

sealsql::SslOptions ssl_options(Options const& options)
{
    sealsql::SslOptions ssl;
    if (options.ssl_ca)
        ssl.ca = anchors_at(*options.ssl_ca);
    if (!options.server_names.empty()) {
        ssl.server_name = options.server_names.front();
        ssl.also_accept_names = {options.server_names.begin() + 1, options.server_names.end()};
    }
    return ssl;
}

bool has_forward_secrecy(std::string_view cipher)
{
    return cipher.starts_with("ECDHE-") || cipher.starts_with("DHE-") || cipher.starts_with("TLS_");
}

/// Whether sealsql lets this login method see a password.
bool is_usual(std::string_view login_method)
{
    constexpr std::array<std::string_view, 5> usual{"caching_sha2_password",
                                                    "mysql_native_password", "client_ed25519",
                                                    "parsec", "sha256_password"};
    return std::find(usual.begin(), usual.end(), login_method) != usual.end();
}

class Adviser {
public:
    explicit Adviser(Diagnosis const& diagnosis) : diagnosis_{diagnosis} {}

    std::vector<std::string> advice()
    {
        if (diagnosis_.problem)
            add(diagnosis_.problem->remedy);
        if (!diagnosis_.found)
            return std::move(advice_);
        sealsql::Inspection const& found = *diagnosis_.found;
        if (found.has_tls) {
            advise_on_verdict(found);
            advise_on_expiry(found);
        }
        advise_on_protocols(found);
        if (found.has_tls && found.resumption == sealsql::ProbeAnswer::refused)
            add("sessions do not resume, so that each connection pays for a full handshake: let the "
                "server hand out session tickets, or keep its session cache on");
        if (found.has_tls && !found.asks_for_identity)
            add("the server does not ask for client certificates: if accounts are to demand one "
                "(REQUIRE X509), set ssl_ca in it");
        if (!found.auth_plugin.empty() && !is_usual(found.auth_plugin))
            add("the server's usual login method is " + found.auth_plugin +
                ", which sealsql does not take: give the account caching_sha2_password (MySQL) or "
                "ed25519 (MariaDB)");
        return std::move(advice_);
    }

private:
    void add(std::string const& text)
    {
        if (!text.empty() && std::find(advice_.begin(), advice_.end(), text) == advice_.end())
            advice_.push_back(text);
    }

    void advise_on_verdict(sealsql::Inspection const& found)
    {
        auto const& refusal = found.verdicts.front().verdict.refusal;
        if (refusal)
            add(refusal->remedy());
        if (diagnosis_.with_new_ca && !diagnosis_.with_new_ca->accepted())
            add("keep trusting the old CA until the server has a certificate of the new one");
    }

    void advise_on_expiry(sealsql::Inspection const& found)
    {
        constexpr std::int64_t soon = 30;
        for (sealsql::Expiry const& expiry : sealsql::expiries(found.chain)) {
            std::int64_t const days = expiry.days_left();
            if (days < 0)
                add("renew " + expiry.certificate.subject + ", which has expired");
            else if (days < soon)
                add("renew " + expiry.certificate.subject + ": it expires in " + days_text(days));
        }
    }

    void advise_on_protocols(sealsql::Inspection const& found)
    {
        using sealsql::ProbeAnswer;
        auto const& [tls1_0, tls1_1, tls1_2, tls1_3] = found.protocols;
        if (tls1_0.answer == ProbeAnswer::accepted || tls1_1.answer == ProbeAnswer::accepted)
            add("switch TLS 1.0 and 1.1 off in the server: tls_version = TLSv1.2,TLSv1.3");
        if (tls1_3.answer == ProbeAnswer::refused)
            add("let the server take TLS 1.3 (MySQL since 8.0.16, MariaDB since 10.4, both with "
                "OpenSSL 1.1.1 or later)");
        std::string weak;
        for (std::string const& cipher : tls1_2.ciphers) {
            if (!has_forward_secrecy(cipher))
                weak += (weak.empty() ? "" : ", ") + cipher;
        }
        if (!weak.empty())
            add("take the ciphers without forward secrecy out of the server's ssl_cipher: " + weak);
    }

    Diagnosis const& diagnosis_;
    std::vector<std::string> advice_;
};

} // namespace

Problem problem_of(sealsql::Error const& error)
{
    Problem problem{.code = error.code(),
                    .reason = {},
                    .stage = {},
                    .message = error.message(),
                    .remedy = error.remedy()};
    if (auto const* const of_tls = dynamic_cast<sealsql::TlsError const*>(&error)) {
        problem.reason = to_string(of_tls->reason());
        problem.stage = to_string(of_tls->stage());
    }
    return problem;
}

std::string days_text(std::int64_t days)
{
    return std::to_string(days) + (days == 1 ? " day" : " days");
}

bool Diagnosis::would_connect() const
{
    return found && found->verdicts.front().verdict.accepted();
}

Diagnosis diagnose(Options const& options)
{
    sealsql::SslOptions const ssl = ssl_options(options);
    Diagnosis diagnosis{.options = options,
                        .configuration = sealsql::explain(ssl),
                        .found = {},
                        .problem = {},
                        .with_new_ca = {},
                        .advice = {}};
    try {
        diagnosis.found = sealsql::inspect(options.host, options.port,
                                           {.ssl = ssl,
                                            .connect_timeout = options.connect_timeout,
                                            .try_protocols = options.try_protocols});
        if (diagnosis.found->refusal)
            diagnosis.problem = problem_of(*diagnosis.found->refusal);
        if (options.new_ca && diagnosis.found->has_tls)
            diagnosis.with_new_ca =
                sealsql::survives(diagnosis.found->chain, anchors_at(*options.new_ca));
    } catch (sealsql::Error const& error) {
        diagnosis.problem = problem_of(error);
    }
    diagnosis.advice = Adviser{diagnosis}.advice();
    return diagnosis;
}

std::vector<std::string> capability_names(std::uint32_t capabilities)
{
    // By the number of the bit, as MySQL and MariaDB call them.
    constexpr std::array<char const*, 32> names{"LONG_PASSWORD",
                                                "FOUND_ROWS",
                                                "LONG_FLAG",
                                                "CONNECT_WITH_DB",
                                                "NO_SCHEMA",
                                                "COMPRESS",
                                                "ODBC",
                                                "LOCAL_FILES",
                                                "IGNORE_SPACE",
                                                "PROTOCOL_41",
                                                "INTERACTIVE",
                                                "SSL",
                                                "IGNORE_SIGPIPE",
                                                "TRANSACTIONS",
                                                "RESERVED",
                                                "SECURE_CONNECTION",
                                                "MULTI_STATEMENTS",
                                                "MULTI_RESULTS",
                                                "PS_MULTI_RESULTS",
                                                "PLUGIN_AUTH",
                                                "CONNECT_ATTRS",
                                                "PLUGIN_AUTH_LENENC_CLIENT_DATA",
                                                "CAN_HANDLE_EXPIRED_PASSWORDS",
                                                "SESSION_TRACK",
                                                "DEPRECATE_EOF",
                                                "OPTIONAL_RESULTSET_METADATA",
                                                "ZSTD_COMPRESSION_ALGORITHM",
                                                "QUERY_ATTRIBUTES",
                                                "MULTI_FACTOR_AUTHENTICATION",
                                                "PROGRESS",
                                                "SSL_VERIFY_SERVER_CERT",
                                                "REMEMBER_OPTIONS"};
    std::vector<std::string> set;
    for (std::size_t bit = 0; bit < names.size(); ++bit) {
        if ((capabilities >> bit & 1U) != 0)
            set.emplace_back(names.at(bit));
    }
    return set;
}

} // namespace doctor
