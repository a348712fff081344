#include "status.hpp"

#include "terminal_text.hpp"

#include <chrono>
#include <cstddef>
#include <iomanip>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>

namespace cli {

namespace {

std::string date(std::chrono::sys_seconds time)
{
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const clock{time - day};
    std::ostringstream text;
    text << std::setfill('0') << static_cast<int>(date.year()) << '-' << std::setw(2)
         << static_cast<unsigned>(date.month()) << '-' << std::setw(2)
         << static_cast<unsigned>(date.day()) << ' ' << std::setw(2) << clock.hours().count() << ':'
         << std::setw(2) << clock.minutes().count() << ':' << std::setw(2)
         << clock.seconds().count() << " UTC";
    return text.str();
}

std::string remaining(std::chrono::sys_seconds end)
{
    auto const left = std::chrono::floor<std::chrono::days>(end - std::chrono::system_clock::now());
    if (left.count() < 0)
        return "expired";
    return std::to_string(left.count()) + (left.count() == 1 ? " day left" : " days left");
}

std::string names_of(sealsql::Certificate const& certificate)
{
    std::string names;
    for (auto const* const list : {&certificate.dns_names, &certificate.ip_addresses}) {
        for (std::string const& name : *list)
            names += (names.empty() ? "" : ", ") + name;
    }
    return names.empty() ? "none" : names;
}

std::string_view meaning(sealsql::TlsInfo const& tls)
{
    switch (tls.verify_mode) {
    case sealsql::VerifyMode::identity:
        return "VERIFY_IDENTITY";
    case sealsql::VerifyMode::ca:
        return "VERIFY_CA (not checked: the name)";
    case sealsql::VerifyMode::none:
        return tls.pinned ? "REQUIRED (checked: its pin; not checked: CA, name and dates)"
                          : "REQUIRED (not checked: who the server is)";
    }
    return "unknown";
}

} // namespace

void write_status(std::ostream& out, sealsql::Connection& db, Options const& options)
{
    constexpr int width = 18;
    auto const line = [&](std::string_view name, std::string_view value) {
        out << std::left << std::setw(width) << (std::string{name} + ':') << terminal_text(value)
            << '\n';
    };
    using Session = std::tuple<std::string, std::optional<std::string>>;
    auto const [user, database] = db.query_one<Session>("SELECT CURRENT_USER(), DATABASE()");
    out << "--------------\n";
    line("Server version", db.server_version());
    line("Connection id", std::to_string(db.connection_id()));
    line("Connection", options.socket ? "local socket " + *options.socket
                                      : options.host.value_or("localhost") + ", port " +
                                            std::to_string(options.port.value_or(3306)) + ", TCP");
    line("Current user", user);
    line("Current database", database.value_or("none"));
    if (sealsql::TlsInfo const* const tls = db.tls(); tls == nullptr) {
        line("TLS", options.socket ? "not in use: a local socket" : "NOT IN USE: plaintext");
    } else {
        line("TLS", tls->version);
        line("Cipher", tls->cipher);
        line("Verify mode", meaning(*tls));
        line("Verified name", tls->verified_name.empty() ? "none" : tls->verified_name);
        if (tls->pinned)
            line("Pinned", "yes");
        line("Peer subject", tls->peer.subject);
        line("Peer issuer", tls->peer.issuer);
        line("Peer names", names_of(tls->peer));
        line("Valid from", date(tls->peer.not_before));
        line("Valid until",
             date(tls->peer.not_after) + " (" + remaining(tls->peer.not_after) + ")");
        line("SHA-256", tls->peer.sha256_hex());
    }
    out << "--------------\n";
}

} // namespace cli
