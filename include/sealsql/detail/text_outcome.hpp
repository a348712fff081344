#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/text_tls.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/translation.hpp>
#include <sealsql/transport.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What was taken of a text, and the options and findings that it comes to.
class TextOutcome : public TextTls {
public:
    explicit TextOutcome(TextGrammar const& grammar) noexcept : TextTls{grammar}
    {
        options.found_rows = grammar.counts_found_rows;
    }

    /// What it comes to.
    /// @throws Error if settings contradict each other
    [[nodiscard]] Translation finish()
    {
        check_names();
        finish_endpoint();
        finish_character_set();
        finish_files();
        finish_transport();
        finish_login_methods();
        compare();
        compare_versions();
        note_missing_login();
        return {std::move(options), grammar().client, before, std::move(findings)};
    }

    // What was taken so far. A family may change it before finish(), above all `before`.

    ConnectionOptions options{};
    std::string host{};
    std::string socket{};
    std::uint16_t port = 3306;
    std::string collation{};
    bool has_character_set = false;
    bool allows_clear_password = false;
    bool allows_native_password = true;
    /// A finding is about the password that is missing.
    bool has_said_password = false;
    /// What the source's client would have made sure of; the family sets it before finish().
    Protection before{};

protected:
    /// Sets `before`; without TLS there is nothing of it.
    void set_before(bool uses_tls, bool refuses_plaintext, bool checks_chain, bool checks_name)
    {
        before = {.uses_tls = uses_tls,
                  .refuses_plaintext = uses_tls && refuses_plaintext,
                  .checks_chain = uses_tls && checks_chain,
                  .checks_name = uses_tls && checks_name};
    }

    /// For clients that use TLS over a local socket only where they were given a CA.
    void finish_socket() noexcept
    {
        if (socket.empty())
            return;
        before.checks_name = false;
        if (!has_ca())
            before = {};
    }

private:
    void finish_endpoint()
    {
        if (!socket.empty()) {
            options.endpoint = Endpoint::local_socket(std::move(socket));
            return;
        }
        if (host.find(':') != host.npos && !is_ip_address(host.substr(0, host.find('%'))))
            refuse("the host holds a ':', and is no IPv6 address",
                   "name the port by the client's own setting for it");
        if (is_placeholder(host))
            refuse_placeholder("host");
        if (!is_plausible_host(host))
            refuse_several_servers(host.empty() ? "no host is named"
                                                : "the host is not one name or IP address");
        options.endpoint = Endpoint::tcp(std::move(host), port);
    }

    /// What stood behind the text, where it was given with more than itself, is in its last name then; a password among
    /// it would be shown.
    void check_names() const
    {
        if (holds_next_argument(options.user) || holds_next_argument(options.database))
            refuse("the user or the database holds what is no part of a name",
                   "give the connection text alone, without what stands around it");
    }

    void finish_character_set()
    {
        auto const is_name = [](std::string_view name) {
            for (char const c : name) {
                if (!is_word(c))
                    return false;
            }
            return !name.empty() && name.size() <= 64;
        };
        if (!is_name(options.character_set))
            refuse("the character set is none", "name one of the server's, such as utf8mb4");
        if (collation.empty())
            return;
        if (!is_name(collation))
            refuse("the collation is none", "name one of the server's, such as utf8mb4_general_ci");
        if (!has_character_set)
            options.character_set = collation.substr(0, collation.find('_'));
        options.init_statements.insert(
            options.init_statements.begin(),
            concat({"SET NAMES ", options.character_set, " COLLATE ", collation}));
    }

    void finish_transport()
    {
        bool const is_socket = options.endpoint.is_local_socket();
        bool const names_ca = !ssl.ca.is_system();
        auto const go_without = [&] {
            options.transport = Transport::plaintext();
            if (ssl != SslOptions{})
                obey_tls(FindingSeverity::note,
                         "what is said of certificates, versions and ciphers is not used",
                         "there is no TLS that it could be said to", {});
        };
        switch (asked) {
        case AskedTls::off:
            go_without();
            if (!is_socket)
                obey_tls(FindingSeverity::danger, "no TLS",
                         "the text says so: everybody on the way reads and changes all of it",
                         "call ssl() in place of insecure_plaintext_over_network()");
            return;
        case AskedTls::unverified:
            leave_unverified(is_socket ? FindingSeverity::note : FindingSeverity::danger);
            break;
        case AskedTls::chain:
            if (names_ca) {
                ssl.verify = VerifyMode::ca;
                ssl.server_name.clear();
                obey_tls(is_socket ? FindingSeverity::note : FindingSeverity::warning,
                         "the certificate may be for any name",
                         "the text says so: whoever holds any certificate of that CA, such as "
                         "another customer of the same cloud, can pose as the server",
                         "remove .verify = VerifyMode::ca");
            } else if (!is_socket) {
                note(
                    asked_by, "a certificate of any public CA for any name",
                    "a certificate of any public CA for the host that is dialled",
                    "no CA is named, and anybody can get a certificate of a public CA for his own name",
                    "name the server's CA in .ca, and then .verify = VerifyMode::ca");
            }
            break;
        case AskedTls::unsaid:
        case AskedTls::if_offered:
            if (is_socket && !names_ca)
                return go_without();
            break;
        case AskedTls::on:
            if (is_socket && !names_ca)
                leave_unverified(FindingSeverity::note);
            break;
        case AskedTls::identity:
            break;
        }
        if (is_socket && ssl.verify == VerifyMode::identity && ssl.server_name.empty()) {
            if (asked == AskedTls::identity || !names_ca)
                refuse("a local socket has no host name that a certificate could be for",
                       "name the host and leave the socket out, or leave TLS out");
            ssl.verify = VerifyMode::ca;
            obey_tls(FindingSeverity::note, "the chain is checked",
                     "a local socket has no host name that the certificate could be for",
                     ".server_name in ssl()");
        }
        check(ssl);
        if (!allows_fallback) {
            options.transport = Transport::tls(std::move(ssl));
            return;
        }
        options.transport = Transport::insecure_tls_if_offered(std::move(ssl));
        obey_tls(FindingSeverity::danger, "goes on without TLS where none is offered",
                 "the text says so: somebody on the way takes the offer away, and reads and "
                 "changes all of it",
                 "call ssl() in place of insecure_tls_if_offered()");
    }

    void finish_login_methods()
    {
        using Method = LoginMethod;
        if (allows_clear_password && !protection_of(options).checks_chain)
            refuse(
                "the password may be shown to the server (mysql_clear_password), and the server is "
                "not checked",
                "have the server checked, or leave mysql_clear_password out");
        if (allows_clear_password)
            options.login_methods = {Method::caching_sha2_password,
                                     Method::mysql_native_password,
                                     Method::client_ed25519,
                                     Method::sha256_password,
                                     Method::parsec,
                                     Method::mysql_clear_password};
        if (!allows_native_password)
            options.login_methods =
                options.login_methods &
                LoginMethods{Method::caching_sha2_password, Method::client_ed25519,
                             Method::sha256_password, Method::parsec, Method::mysql_clear_password};
    }

    /// TLS without a check; what only a check could use is refused or left out.
    void leave_unverified(FindingSeverity severity)
    {
        if (!ssl.identity.empty())
            refuse("a client certificate is named, and a TLS mode that would show it to anybody",
                   "have the server checked, or leave the certificate out");
        if (ssl.revocation.is_on())
            refuse("revocation lists are named, and a TLS mode that looks at no certificate",
                   "have the server checked, or leave the lists out");
        if (!ssl.ca.is_system()) {
            ssl.ca = TrustAnchors::system();
            obey_tls(FindingSeverity::warning, "the CA that is named is not used",
                     "the text says that the server is not checked",
                     "remove the setting to have the server checked against the CA");
        }
        ssl.server_name.clear();
        ssl.verify = VerifyMode::none;
        obey_tls(severity, "whoever answers is believed",
                 "the text says so: somebody on the way can pose as the server, read and change "
                 "everything, and is shown the password if he asks for it",
                 "remove .verify = VerifyMode::none and name the server's CA in .ca");
    }

    void compare()
    {
        using Severity = FindingSeverity;
        if (options.endpoint.is_local_socket()) {
            add_finding(Severity::fine, {}, {}, "a local socket: the kernel carries all of it",
                        "the permissions of the socket's folder tell the server from an impostor");
            return;
        }
        Protection const now = protection_of(options);
        if (!before.uses_tls && now.uses_tls) {
            note(asked_by, "no TLS: everybody on the way reads and changes all of it",
                 "TLS or no connection, chain and name checked",
                 "nothing in the text says that it has to go without",
                 "insecure_plaintext_over_network()");
        } else if (now.uses_tls) {
            if (!before.refuses_plaintext && now.refuses_plaintext)
                note(asked_by,
                     "goes on without TLS where none is offered, or where somebody on the way "
                     "takes the offer away",
                     "TLS or no connection", "the text does not say that plaintext is welcome",
                     "insecure_tls_if_offered()");
            if (!before.checks_chain && now.checks_chain)
                note(asked_by, "believes whatever certificate, so whoever answers",
                     "the certificate leads to a trusted CA",
                     "nothing in the text says that nobody is to be checked",
                     ".verify = VerifyMode::none in ssl(), with .ca left out");
            if (!before.checks_name && now.checks_name && asked != AskedTls::chain)
                note(asked_by, "the certificate may be for any name",
                     "the certificate is for the host that is dialled",
                     "whoever holds any certificate of a trusted CA could pose as the server",
                     ".verify = VerifyMode::ca in ssl(), with .ca named");
        }
        if (findings.empty())
            obey_tls(Severity::fine, "TLS or no connection, chain and name checked",
                     "the two do the same", {});
    }

    /// Many programs give the login beside the text.
    void note_missing_login()
    {
        if (options.user.empty())
            note({}, grammar().missing_user, "no user: the name is still to be filled in",
                 "there is no login without a user's name", ".login(user, password)");
        else if (options.password.empty() && !has_said_password)
            note({}, "no password, or one that the program gives beside the text",
                 "no password: one that there is, is still to be filled in", "the text names none",
                 ".login(user, Secret::from_env(…))");
    }

    /// What other versions of the client make of the text.
    void compare_versions()
    {
        if (options.endpoint.is_local_socket())
            return;
        for (OtherVersion const& other : grammar().versions) {
            bool const concerns_it = (other.by.empty() || other.by == asked_by) &&
                                     before.*other.has &&
                                     (other.lacks == nullptr || !(before.*other.lacks));
            if (concerns_it)
                note(asked_by, other.before, {}, why::other_version);
        }
    }

    /// Adds a finding of what the text asks of TLS, and both do.
    void obey_tls(FindingSeverity severity, std::string_view what, std::string_view reason,
                  std::string_view remedy)
    {
        add_finding(severity, asked_by, what, what, reason, remedy);
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail
