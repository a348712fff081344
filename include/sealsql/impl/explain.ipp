#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/error.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(FindingTopic topic) noexcept
{
    switch (topic) {
    case FindingTopic::contradiction:
        return "contradiction";
    case FindingTopic::trust:
        return "trust";
    case FindingTopic::name:
        return "name";
    case FindingTopic::pins:
        return "pins";
    case FindingTopic::revocation:
        return "revocation";
    case FindingTopic::protocol:
        return "protocol";
    case FindingTopic::identity:
        return "identity";
    case FindingTopic::resumption:
        return "resumption";
    case FindingTopic::own_check:
        return "own_check";
    case FindingTopic::key_log:
        return "key_log";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(FindingSeverity severity) noexcept
{
    switch (severity) {
    case FindingSeverity::fine:
        return "fine";
    case FindingSeverity::note:
        return "note";
    case FindingSeverity::warning:
        return "warning";
    case FindingSeverity::danger:
        return "danger";
    }
    return "unknown";
}

namespace detail {

/// Gathers findings, one topic after the other.
class Explainer {
public:
    explicit Explainer(SslOptions const& options) noexcept : options_{options} {}

    [[nodiscard]] std::vector<Finding> findings()
    {
        explain_contradiction();
        explain_trust();
        explain_name();
        explain_pins();
        explain_revocation();
        explain_protocol();
        explain_identity();
        explain_resumption();
        explain_own_check();
        explain_key_log();
        return std::move(findings_);
    }

private:
    using Topic = FindingTopic;
    using Severity = FindingSeverity;

    void add(Topic topic, Severity severity, std::string text, std::string remedy = {})
    {
        findings_.push_back({topic, severity, std::move(text), std::move(remedy)});
    }

    [[nodiscard]] bool verifies() const noexcept { return options_.verify != VerifyMode::none; }
    [[nodiscard]] bool pins() const noexcept { return !options_.pins.empty(); }

    void explain_contradiction()
    {
        try {
            sealsql::check(options_);
        } catch (TlsError const& error) {
            add(Topic::contradiction, Severity::danger,
                concat({error.message(), "; connecting is refused before anything is sent"}),
                error.remedy());
        }
    }

    void explain_trust()
    {
        if (!verifies()) {
            if (pins())
                add(Topic::trust, Severity::note,
                    "No CA is asked: the server is known by its key or certificate alone, and its "
                    "dates and names are not looked at.",
                    "remove .verify = VerifyMode::none and name the CA in .ca to have both checked");
            else
                add(Topic::trust, Severity::danger,
                    "Nobody vouches for the server: whoever sits on the way can answer with a "
                    "certificate of his own, read and change everything, and is shown the password "
                    "itself if he asks for it. Only those who merely listen are kept out.",
                    "remove .verify = VerifyMode::none and name the CA of the server in .ca");
        } else if (options_.ca.is_system()) {
            add(Topic::trust, Severity::note,
                "The chain has to end at one of the system's CAs, usually more than a hundred: each "
                "of them, and who breaks into one or deceives one, can make a certificate for this "
                "server.",
                "if one CA makes your servers' certificates, name it alone in .ca");
        } else if (options_.ca.includes_system()) {
            add(Topic::trust, Severity::note,
                concat({"The chain has to end at a CA among ", options_.ca.describe(),
                        ": the system's are usually more than a hundred, and each of them can make "
                        "a certificate for this server."}),
                "name in .ca only the CA that makes your servers' certificates");
        } else {
            add(Topic::trust, Severity::fine,
                concat(
                    {"The chain has to end at one of ", options_.ca.describe(),
                     ", and at no other. Whoever holds such a CA's key can pose as the server."}));
        }
    }

    void explain_name()
    {
        switch (options_.verify) {
        case VerifyMode::identity:
            add(Topic::name, Severity::fine,
                concat({"The certificate has to be for ",
                        options_.server_name.empty()
                            ? "the host that is dialled"
                            : printable(options_.server_name).append(" (.server_name)"),
                        options_.also_accept_names.empty() ? "" : " or one of ", other_names(),
                        ": a certificate for another name does not help an attacker."}));
            if (!options_.also_accept_names.empty())
                add(Topic::name, Severity::note,
                    "Whoever holds a certificate of a trusted CA for any one of these names can pose as "
                    "the server.",
                    "name in .also_accept_names only hosts that are as much yours as the server");
            return;
        case VerifyMode::ca:
            if (pins())
                add(Topic::name, Severity::note,
                    "The certificate may be for any name: what tells the server from others of the "
                    "same CA are the pins.",
                    "use VerifyMode::identity to have the name checked, too");
            else
                add(Topic::name, Severity::warning,
                    "The certificate may be for any name: whoever holds any certificate of the "
                    "trusted CA, such as another customer of the same cloud, can pose as the server.",
                    "use VerifyMode::identity, with .server_name where the certificate names "
                    "another host than the one that is dialled");
            return;
        case VerifyMode::none:
            if (pins())
                add(Topic::name, Severity::note,
                    "The name in the certificate is not looked at: the key stands for it.");
            else
                add(Topic::name, Severity::danger,
                    "The certificate may be for any name, or for none.",
                    "use VerifyMode::identity, which is what you get without .verify");
            return;
        }
    }

    /// `a, b, c (.also_accept_names)`; nothing if there are none.
    [[nodiscard]] std::string other_names() const
    {
        std::string names;
        for (std::string const& name : options_.also_accept_names)
            names += concat({names.empty() ? "" : ", ", printable(name)});
        return names.empty() ? names : names.append(" (.also_accept_names)");
    }

    void explain_pins()
    {
        if (!pins())
            return;
        bool has_key = false;
        bool has_certificate = false;
        for (Pin const& pin : options_.pins)
            (pin.is_public_key() ? has_key : has_certificate) = true;
        char const* const what = has_key && has_certificate ? "keys and certificates"
                                 : has_key                  ? "keys"
                                                            : "certificates";
        add(Topic::pins, Severity::fine,
            concat({verifies() ? "The chain has to hold one of " : "The server has to have one of ",
                    std::to_string(options_.pins.size()), " known ", what,
                    verifies()
                        ? ": a CA alone, even a trusted one, cannot make another server pass."
                        : ": nobody else passes, whatever CA vouches for him."}));
        if (has_certificate && !has_key)
            add(Topic::pins, Severity::warning,
                "A pinned certificate is no longer the server's as soon as it is renewed: then no "
                "client connects until it has the new one's.",
                "pin the key instead: Pin::public_key(), which a renewal may keep");
    }

    void explain_revocation()
    {
        if (options_.ocsp_stapling.is_required())
            add(Topic::revocation, Severity::fine,
                "The server has to send its CA's word, no older than the CA allows, that its certificate "
                "was not revoked (OCSP stapling). Of the CAs themselves it says nothing.");
        else if (options_.ocsp_stapling.is_on())
            add(Topic::revocation, Severity::note,
                "What the CA says of the server's certificate is checked if the server sends it (OCSP "
                "stapling). Who poses as the server with a stolen key sends nothing.",
                "use OcspStapling::required() if your servers send it");
        if (options_.revocation.is_of_whole_chain())
            add(Topic::revocation, Severity::fine,
                "Every certificate of the chain is looked up in the revocation lists, and refused if "
                "there is no list of its issuer that is in force. A theft is noticed when the CA has "
                "published it and the file was fetched, no sooner.");
        else if (options_.revocation.is_on())
            add(Topic::revocation, Severity::note,
                "The server's certificate is looked up in the revocation lists; its CAs are not, so "
                "a stolen and revoked intermediate CA goes on being trusted.",
                "use Revocation::of_whole_chain()");
        else if (verifies() && !options_.ocsp_stapling.is_required())
            add(Topic::revocation, Severity::note,
                "No revocation list is looked up: whoever stole the server's key can pose as the server "
                "until the certificate expires, also after the CA has revoked it.",
                "name the CA's revocation lists in .revocation, or keep certificates short-lived");
        else if (!verifies() && !pins())
            add(Topic::revocation, Severity::note,
                "Revocation is not looked up, as nothing of the certificate is.");
        else if (!verifies())
            add(Topic::revocation, Severity::note,
                "Revocation is not looked up: a pin holds until it is taken out of .pins.",
                "take a pin out as soon as its key may be in other hands");
    }

    void explain_protocol()
    {
        std::string const range =
            concat({to_string(options_.min_version), " to ", to_string(options_.max_version)});
        if (options_.insecure_legacy_tls || options_.min_version < TlsVersion::tls1_2)
            add(Topic::protocol, Severity::danger,
                concat(
                    {"Versions ", range,
                     " are taken, with signatures by SHA-1, keys of any length and no security "
                     "level: who records or changes the traffic may be able to break it, and the "
                     "check of the server with it."}),
                "update the server (TLS 1.2 is in MySQL since 5.7 and in MariaDB since 10.1), then "
                "remove .insecure_legacy_tls and .min_version");
        else if (options_.max_version < TlsVersion::tls1_3)
            add(Topic::protocol, Severity::note,
                concat(
                    {"Versions ", range,
                     " are taken. TLS 1.2 shows the server's certificate, and that of the client, "
                     "to everybody on the way, and with some ciphers has no forward secrecy: "
                     "recordings can be read by whoever gets the server's key later."}),
                "remove .max_version, so that servers that know TLS 1.3 use it");
        else
            add(Topic::protocol, Severity::fine,
                concat(
                    {"Versions ", range,
                     " are taken; nobody on the way can talk the two sides into an older one."}));
        if (!options_.ciphers.empty() || !options_.cipher_suites.empty() ||
            !options_.groups.empty())
            add(Topic::protocol, Severity::note,
                "Ciphers, suites or groups are chosen by hand: new ones are not used, and ones that "
                "are broken meanwhile are, until somebody changes the list.",
                "leave .ciphers, .cipher_suites and .groups out unless a rule demands them");
        if (options_.security_level > min_security_level)
            add(Topic::protocol, Severity::fine,
                concat({"Keys and signatures weaker than OpenSSL's security level ",
                        std::to_string(options_.security_level), " are refused."}));
    }

    void explain_identity()
    {
        if (options_.identity.empty()) {
            add(Topic::identity, Severity::fine,
                "No client certificate is shown. An account with REQUIRE X509 refuses the login.",
                "give .identity in SslOptions if the account demands one");
            return;
        }
        add(Topic::identity,
            options_.min_version < TlsVersion::tls1_3 ? Severity::note : Severity::fine,
            options_.min_version < TlsVersion::tls1_3
                ? concat(
                      {"Who we are is shown to a server that asks for it (",
                       options_.identity.describe(),
                       "); with TLS 1.2, everybody on the way can read the certificate, never the "
                       "key."})
                : concat({"Who we are is shown to a server that asks for it (",
                          options_.identity.describe(), "), and to nobody else."}),
            options_.min_version < TlsVersion::tls1_3 ? ".min_version = TlsVersion::tls1_3 hides it"
                                                      : "");
    }

    void explain_resumption()
    {
        if (options_.session_resumption && !options_.also_check)
            add(Topic::resumption, Severity::note,
                "A connection may resume the TLS session of an earlier one that was checked by the "
                "same settings, for a day at most: that long a CA that is taken away elsewhere, and "
                "not by a change of these settings or files, goes unnoticed.",
                ".session_resumption = false has every connection checked, at twice the cost");
        else
            add(Topic::resumption, Severity::fine,
                "Every connection is checked anew; no session is resumed.");
    }

    void explain_own_check()
    {
        if (options_.also_check)
            add(Topic::own_check, Severity::fine,
                "A function of the caller's is asked last. It can refuse and cannot accept.");
    }

    void explain_key_log()
    {
        if (!options_.key_log_file.empty())
            add(Topic::key_log, Severity::danger,
                concat({"What decrypts the connections is written to ",
                        printable(options_.key_log_file.string()),
                        ": whoever has that file and a recording reads everything, passwords "
                        "included."}),
                "remove .key_log_file as soon as the debugging is over, and delete the file");
    }

    SslOptions const& options_;
    std::vector<Finding> findings_;
};

} // namespace detail

SEALSQL_INLINE std::vector<Finding> explain(SslOptions const& options)
{
    return detail::Explainer{options}.findings();
}

} // namespace sealsql::inline SEALSQL_ABI
