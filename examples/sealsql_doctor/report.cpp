#include "report.hpp"

#include "json.hpp"

#include <sealsql/printable.hpp>
#include <sealsql/sealsql.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace doctor {

namespace {

/// RFC 3339, in UTC.
std::string time_text(std::chrono::sys_seconds time)
{
    std::time_t const seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return "unknown";
    return text.data();
}

std::int64_t days_left(sealsql::Certificate const& certificate)
{
    return sealsql::Expiry{
        .role = {}, .certificate = {}, .left = certificate.not_after - sealsql::current_time()}
        .days_left();
}

template <class Texts>
std::string joined(Texts const& texts)
{
    std::string all;
    for (auto const& text : texts)
        (all += all.empty() ? "" : ", ") += text;
    return all;
}

std::string server_of(Options const& options)
{
    bool const is_ipv6 = options.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + sealsql::printable(options.host) + "]"
                    : sealsql::printable(options.host)) +
           ":" + std::to_string(options.port);
}

// --- For people ---

class Text {
public:
    explicit Text(std::ostream& out) : out_{out} {}

    void heading(std::string_view text) { out_ << '\n' << text << '\n'; }

    void line(std::string label, std::string_view text)
    {
        constexpr std::size_t width = 20;
        label.resize(std::max(width, label.size() + 1), ' ');
        out_ << "  " << label << text << '\n';
    }

    void certificate(std::string const& label, sealsql::Certificate const& certificate)
    {
        line(label, certificate.subject);
        line("  issued by", certificate.issuer);
        if (!certificate.dns_names.empty())
            line("  DNS names", joined(certificate.dns_names));
        if (!certificate.ip_addresses.empty())
            line("  addresses", joined(certificate.ip_addresses));
        line("  valid", time_text(certificate.not_before) + " to " +
                            time_text(certificate.not_after) + ", " +
                            days_text(days_left(certificate)) + " left");
        line("  serial number", certificate.serial_number);
        line("  SHA-256", certificate.sha256_hex());
    }

    void refusal(sealsql::TlsError const& error)
    {
        line("", error.message());
        if (!error.remedy().empty())
            line("", "Remedy: " + error.remedy());
    }

private:
    std::ostream& out_;
};

void write_inspection(Text& text, sealsql::Inspection const& found)
{
    text.line("address", found.address);
    if (!found.server_version.empty()) {
        text.line("version", found.server_version + " (says the greeting, before TLS)");
        text.line("login method", found.auth_plugin.empty() ? "none named" : found.auth_plugin);
        text.line("TLS", found.tls_offered ? "offered" : "not offered");
    }
    if (!found.has_tls)
        return;
    text.heading("TLS");
    text.line("agreed on", found.version + ", " + found.cipher);
    text.line("client certificate", found.asks_for_identity ? "asked for" : "not asked for");
    text.line("session", found.resumption == sealsql::ProbeAnswer::accepted  ? "resumes"
                         : found.resumption == sealsql::ProbeAnswer::refused ? "does not resume"
                                                                             : "not tried");
    for (sealsql::ProtocolSupport const& one : found.protocols)
        text.line(to_string(one.version),
                  one.answer == sealsql::ProbeAnswer::accepted  ? joined(one.ciphers)
                  : one.answer == sealsql::ProbeAnswer::refused ? "refused"
                                                                : "not tried");

    text.heading("Certificates, as the server sends them");
    std::size_t depth = 0;
    for (sealsql::Certificate const& certificate : found.chain.sent())
        text.certificate(std::to_string(depth++), certificate);
    text.line("pin of 0", found.chain.key_pin());
    if (found.chain.has_trust_anchor())
        text.certificate("trusted CA", found.chain.verified().back());
    sealsql::Expiry const first = sealsql::first_to_expire(found.chain);
    text.line("expires first", first.certificate.subject + ", in " + days_text(first.days_left()));
}

void write_verdicts(Text& text, Diagnosis const& diagnosis)
{
    text.heading("What each VerifyMode decides");
    for (sealsql::ModeVerdict const& one : diagnosis.found->verdicts) {
        text.line(to_string(one.mode),
                  one.verdict.accepted()
                      ? "accepted"
                      : std::string{"refused: "} + to_string(one.verdict.refusal->reason()));
        if (!one.verdict.accepted() && diagnosis.found->has_tls)
            text.refusal(*one.verdict.refusal);
    }
    if (diagnosis.with_new_ca) {
        bool const accepted = diagnosis.with_new_ca->accepted();
        text.line("new CA alone", accepted ? "accepted" : "refused");
        if (!accepted)
            text.refusal(*diagnosis.with_new_ca->refusal);
    }
}

// --- For programs ---

void write(JsonWriter& json, std::vector<std::string> const& texts)
{
    json.begin_array();
    for (std::string const& text : texts)
        json.value(text);
    json.end_array();
}

void write(JsonWriter& json, sealsql::Certificate const& certificate)
{
    json.begin_object();
    json.member("subject", certificate.subject);
    json.member("issuer", certificate.issuer);
    json.key("dns_names");
    write(json, certificate.dns_names);
    json.key("ip_addresses");
    write(json, certificate.ip_addresses);
    json.member("not_before", time_text(certificate.not_before));
    json.member("not_after", time_text(certificate.not_after));
    json.member("days_left", days_left(certificate));
    json.member("serial_number", certificate.serial_number);
    json.member("sha256", certificate.sha256_hex());
    json.end_object();
}

void write(JsonWriter& json, Problem const& problem)
{
    json.begin_object();
    json.member("code", problem.code);
    json.member("reason", problem.reason);
    json.member("stage", problem.stage);
    json.member("message", problem.message);
    json.member("remedy", problem.remedy);
    json.end_object();
}

void write(JsonWriter& json, sealsql::Verdict const& verdict)
{
    json.member("accepted", verdict.accepted());
    json.key("refusal");
    if (verdict.refusal)
        write(json, problem_of(*verdict.refusal));
    else
        json.null();
}

void write(JsonWriter& json, sealsql::Inspection const& found)
{
    json.member("address", found.address);
    json.key("greeting");
    json.begin_object();
    json.member("server_version", found.server_version);
    json.member("auth_plugin", found.auth_plugin);
    json.key("capabilities");
    write(json, capability_names(found.capabilities));
    json.member("tls_offered", found.tls_offered);
    json.end_object();

    json.key("tls");
    if (found.has_tls) {
        json.begin_object();
        json.member("version", found.version);
        json.member("cipher", found.cipher);
        json.member("asks_for_client_certificate", found.asks_for_identity);
        json.member("resumption", to_string(found.resumption));
        json.end_object();
    } else {
        json.null();
    }

    json.key("protocols");
    json.begin_array();
    for (sealsql::ProtocolSupport const& one : found.protocols) {
        json.begin_object();
        json.member("version", to_string(one.version));
        json.member("answer", to_string(one.answer));
        json.key("ciphers");
        write(json, one.ciphers);
        json.end_object();
    }
    json.end_array();

    json.key("chain");
    json.begin_array();
    for (sealsql::Certificate const& certificate : found.chain.sent())
        write(json, certificate);
    json.end_array();
    json.member("key_pin", found.chain.key_pin());
    json.key("trusted_ca");
    if (found.chain.has_trust_anchor())
        write(json, found.chain.verified().back());
    else
        json.null();

    json.key("expires_first");
    if (!found.chain.empty()) {
        sealsql::Expiry const first = sealsql::first_to_expire(found.chain);
        json.begin_object();
        json.member("role", to_string(first.role));
        json.member("subject", first.certificate.subject);
        json.member("days_left", first.days_left());
        json.end_object();
    } else {
        json.null();
    }

    json.key("verdicts");
    json.begin_array();
    for (sealsql::ModeVerdict const& one : found.verdicts) {
        json.begin_object();
        json.member("mode", to_string(one.mode));
        write(json, one.verdict);
        json.end_object();
    }
    json.end_array();
    json.member("connections", found.connections);
}

} // namespace

void write_text(std::ostream& out, Diagnosis const& diagnosis)
{
    Text text{out};
    out << server_of(diagnosis.options) << '\n';
    if (diagnosis.found)
        write_inspection(text, *diagnosis.found);
    if (diagnosis.problem) {
        text.heading("Problem");
        text.line("", diagnosis.problem->message);
    }
    if (diagnosis.found)
        write_verdicts(text, diagnosis);
    text.heading("What VerifyMode::identity checks with these options");
    for (sealsql::Finding const& finding : diagnosis.configuration)
        text.line(std::string{to_string(finding.topic)} + " (" + to_string(finding.severity) + ")",
                  finding.text);
    text.heading("What to change");
    for (std::string const& advice : diagnosis.advice)
        text.line("-", advice);
    if (diagnosis.advice.empty())
        text.line("-", "nothing");
    out << '\n'
        << (diagnosis.would_connect() ? "VerifyMode::identity, the default, would connect.\n"
                                      : "VerifyMode::identity, the default, would not connect.\n");
}

void write_json(std::ostream& out, Diagnosis const& diagnosis)
{
    JsonWriter json{out};
    json.begin_object();
    json.member("host", diagnosis.options.host);
    json.member("port", static_cast<int>(diagnosis.options.port));
    json.member("would_connect", diagnosis.would_connect());
    json.key("problem");
    if (diagnosis.problem)
        write(json, *diagnosis.problem);
    else
        json.null();
    if (diagnosis.found)
        write(json, *diagnosis.found);
    if (diagnosis.with_new_ca) {
        json.key("with_new_ca");
        json.begin_object();
        write(json, *diagnosis.with_new_ca);
        json.end_object();
    }
    json.key("configuration");
    json.begin_array();
    for (sealsql::Finding const& finding : diagnosis.configuration) {
        json.begin_object();
        json.member("topic", to_string(finding.topic));
        json.member("severity", to_string(finding.severity));
        json.member("text", finding.text);
        json.member("remedy", finding.remedy);
        json.end_object();
    }
    json.end_array();
    json.key("advice");
    write(json, diagnosis.advice);
    json.end_object();
}

} // namespace doctor
