#include "report.hpp"

#include "../sealsql_doctor/json.hpp"

#include <string>

namespace translator {

namespace {

std::string_view name_of(sealsql::VerifyMode mode)
{
    switch (mode) {
    case sealsql::VerifyMode::identity:
        return "chain and name checked";
    case sealsql::VerifyMode::ca:
        return "chain checked, name not";
    case sealsql::VerifyMode::none:
        return "server not checked";
    }
    return "unknown";
}

void write(doctor::JsonWriter& json, std::string_view key, sealsql::Protection const& protection)
{
    json.key(key);
    json.begin_object();
    json.member("uses_tls", protection.uses_tls);
    json.member("refuses_plaintext", protection.refuses_plaintext);
    json.member("checks_chain", protection.checks_chain);
    json.member("checks_name", protection.checks_name);
    json.end_object();
}

void write(doctor::JsonWriter& json, Check const& check)
{
    json.member("confirmed", check.confirmed());
    json.member("problem", check.problem);
    json.member("remedy", check.remedy);
    json.member("version", check.version);
    json.member("cipher", check.cipher);
    json.member("server_version", check.server_version);
    json.member("server_cipher", check.server_cipher);
    json.member("subject", check.subject);
    json.key("claims");
    json.begin_array();
    for (Claim const& claim : check.claims) {
        json.begin_object();
        json.member("what", claim.what);
        json.member("holds", claim.holds);
        json.end_object();
    }
    json.end_array();
    json.key("verdicts");
    if (!check.verdicts) {
        json.null();
        return;
    }
    json.begin_object();
    for (sealsql::ModeVerdict const& one : *check.verdicts)
        json.member(to_string(one.mode),
                    one.verdict.accepted() ? "accepted" : to_string(one.verdict.refusal->reason()));
    json.end_object();
}

} // namespace

void write_text(std::ostream& out, sealsql::TextForm form, sealsql::Translation const& translation,
                std::optional<Check> const& check)
{
    out << "// from " << to_string(form) << ", as " << translation.client << " reads it\n"
        << to_builder_code(translation) << '\n'
        << to_text(translation);
    if (!check)
        return;
    out << "\nchecked with the server:\n";
    if (!check->problem.empty()) {
        out << "  not connected: " << check->problem << '\n';
        if (!check->remedy.empty())
            out << "  Remedy: " << check->remedy << '\n';
    } else if (check->cipher.empty()) {
        out << "  connected, and not encrypted; the server says so, too\n";
    } else {
        out << "  connected by " << check->version << ", " << check->cipher
            << "; the server says the same\n"
            << "  to " << check->subject << '\n';
    }
    for (Claim const& claim : check->claims)
        out << (claim.holds ? "  confirmed: " : "  NOT SO: ") << claim.what << '\n';
    if (check->verdicts) {
        for (sealsql::ModeVerdict const& one : *check->verdicts)
            out << "  " << name_of(one.mode) << ": "
                << (one.verdict.accepted() ? "accepted" : to_string(one.verdict.refusal->reason()))
                << '\n';
    }
}

void write_json(std::ostream& out, sealsql::TextForm form, sealsql::Translation const& translation,
                std::optional<Check> const& check)
{
    doctor::JsonWriter json{out};
    json.begin_object();
    json.member("form", to_string(form));
    json.member("client", translation.client);
    json.lines("code", to_builder_code(translation));
    write(json, "before", translation.before);
    write(json, "now", protection_of(translation.options));
    json.key("findings");
    json.begin_array();
    for (sealsql::TranslationFinding const& finding : translation.findings) {
        json.begin_object();
        json.member("severity", to_string(finding.severity));
        json.member("setting", finding.setting);
        json.member("before", finding.before);
        json.member("now", finding.now);
        json.member("reason", finding.reason);
        json.member("remedy", finding.remedy);
        json.end_object();
    }
    json.end_array();
    json.key("check");
    if (check) {
        json.begin_object();
        write(json, *check);
        json.end_object();
    } else {
        json.null();
    }
    json.end_object();
}

} // namespace translator
