#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/text/uri.hpp>
#include <sealsql/translation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class UriSetting : std::uint8_t { compression, attributes, login_method };

[[nodiscard]] constexpr TextSetting uri_own(std::string_view name, UriSetting id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

// Of "Connecting to the Server Using URI-Like Strings or Key-Value Pairs" in MySQL's manual.
inline constexpr TextSetting uri_settings[] = {
    {"ssl-mode", TextMeaning::tls_mode},
    {"ssl-ca", TextMeaning::ca_file},
    {"ssl-capath", TextMeaning::ca_directory},
    {"ssl-cert", TextMeaning::certificate_file},
    {"ssl-key", TextMeaning::key_file},
    {"ssl-crl", TextMeaning::crl_file},
    {"ssl-crlpath", TextMeaning::crl_directory},
    {"ssl-cipher", TextMeaning::ciphers},
    {"tls-ciphersuites", TextMeaning::cipher_suites},
    {"tls-version|tls-versions", TextMeaning::tls_versions},
    {"connect-timeout", TextMeaning::connect_timeout},
    {"net-read-timeout", TextMeaning::read_timeout},
    {"net-write-timeout", TextMeaning::write_timeout},
    {"character-set", TextMeaning::character_set},
    uri_own("auth-method", UriSetting::login_method),
    uri_own("compression", UriSetting::compression),
    uri_own("connection-attributes", UriSetting::attributes),
    {"get-server-public-key", TextMeaning::moot,
     "no password is sent without TLS, encrypted by itself or not", a_boolean},
    {"server-public-key-path", TextMeaning::moot,
     "no password is sent without TLS, encrypted by itself or not"},
    {"compression-algorithms", TextMeaning::moot, "the protocol is not compressed"},
    {"compression-level", TextMeaning::moot, "the protocol is not compressed", a_number},
    {"max-allowed-packet", TextMeaning::max_packet},
    {"local-infile", TextMeaning::only_false, "no server is handed files of this machine"},
    {"mysql-plugin-dir|authentication-oci-client-config-profile|"
     "authentication-openid-connect-client-id-token-file|oci-config-file|fido-register-factor|"
     "plugin-authentication-kerberos-client-mode|ssh|ssh-config-file|ssh-identity-file|"
     "ssh-identity-pass",
     TextMeaning::refused, "there is nothing that it could be said to"},
};

inline constexpr TlsWord uri_words[] = {
    {"DISABLED", AskedTls::off},
    {"PREFERRED", AskedTls::if_offered},
    {"REQUIRED", AskedTls::on},
    {"VERIFY_CA", AskedTls::chain},
    {"VERIFY_IDENTITY", AskedTls::identity},
};

class UriText : public TextDraft {
public:
    using TextDraft::TextDraft;

    [[nodiscard]] Translation translate(std::string_view text)
    {
        check_text(text);
        TextScanner scanner{text};
        read_scheme(scanner);
        read_login(scanner);
        read_host(scanner);
        if (scanner.skip('/'))
            take_encoded(TextMeaning::database, "schema", scanner.take_until("?"));
        if (scanner.skip('?'))
            read_attributes(scanner);
        if (!scanner.at_end())
            refuse("something stands behind the server that is neither '/' nor '?'");
        return finish();
    }

    /// A value in parentheses stands as it is.
    static bool decode(std::string_view raw, std::string& decoded)
    {
        if (raw.size() >= 2 && raw.front() == '(' && raw.back() == ')') {
            decoded += raw.substr(1, raw.size() - 2);
            return true;
        }
        return percent_decode(raw, PlusSign::is_itself, decoded);
    }

    static void take_own(TextDraft& draft, TextSetting const& setting, std::string_view value)
    {
        static_cast<UriText&>(draft).take_own(static_cast<UriSetting>(setting.id), setting.name,
                                              value);
    }

private:
    using TextDraft::take;

    void read_scheme(TextScanner& scanner) const
    {
        TextScanner after = scanner;
        std::string_view const scheme =
            after.take_while([](char c) { return is_word(c) || c == '+' || c == '-' || c == '.'; });
        if (!after.skip("://"))
            return;
        if (scheme != "mysql" && scheme != "mariadb")
            refuse(
                "the scheme is neither mysql nor mariadb",
                "mysqlx is the X protocol, which is served at another port, 33060 as a rule: give "
                "the URI of the classic one");
        scanner = after;
    }

    void read_login(TextScanner& scanner)
    {
        std::string_view const before_path = TextScanner{scanner}.take_until("/?([");
        std::size_t const at = before_path.rfind('@');
        if (at == before_path.npos)
            return;
        std::string_view const login = before_path.substr(0, at);
        if (login.find('@') != login.npos)
            refuse("there is more than one '@' before the host",
                   "write a '@' in a password as %40");
        std::size_t const colon = login.find(':');
        take_encoded(TextMeaning::user, "user", login.substr(0, colon));
        if (colon != login.npos)
            take_encoded(TextMeaning::password, "password", login.substr(colon + 1));
        (void)scanner.take(at + 1);
    }

    void read_host(TextScanner& scanner)
    {
        if (scanner.skip('(')) {
            std::string_view const path = scanner.take_until(")");
            if (!scanner.skip(')') || !path.starts_with('/'))
                refuse("what stands in parentheses is no path of a socket",
                       "write (/path/to/the/socket)");
            return take(TextMeaning::socket, "socket", path);
        }
        if (scanner.skip('[')) {
            host = scanner.take_until("]");
            if (!scanner.skip(']') || host.find(':') == host.npos || host.find(',') != host.npos)
                refuse("the host in brackets is no IPv6 address",
                       "name one server; lists of servers are not for this");
        } else {
            std::string_view const name = scanner.take_until(":/?");
            if (name.starts_with("%2F") || name.starts_with("%2f"))
                return take_encoded(TextMeaning::socket, "socket", name);
            take_encoded(TextMeaning::host, "host", name);
        }
        if (scanner.skip(':'))
            take(TextMeaning::port, "port", scanner.take_until("/?"));
    }

    void read_attributes(TextScanner& scanner)
    {
        TextPairs pairs;
        while (!scanner.at_end()) {
            TextPair pair;
            pair.name = scanner.take_until("=&");
            pair.has_value = scanner.skip('=');
            if (!pair.has_value || pair.name.empty())
                refuse("an attribute has no '=' or no name", "write ?name=value&name=value");
            std::string_view const rest = scanner.rest();
            std::size_t const begin = scanner.position();
            if (scanner.peek() == '(') {
                (void)scanner.take_until(")");
                if (!scanner.skip(')') || (!scanner.at_end() && scanner.peek() != '&'))
                    refuse("a value's '(' is not closed, or more stands behind it");
            } else {
                (void)scanner.take_until("&");
            }
            pair.value = rest.substr(0, scanner.position() - begin);
            scanner.skip('&');
            if (!pairs.push(pair))
                refuse("there are more than 128 attributes");
        }
        take(pairs);
    }

    void take_own(UriSetting setting, std::string_view name, std::string_view value)
    {
        switch (setting) {
        case UriSetting::login_method:
            if (equal_in_any_case(value, "mysql_clear_password"))
                allows_clear_password = true;
            else
                add_finding(FindingSeverity::note, name, "the method that is tried first",
                            "nothing follows from it", "the server says which login method it is",
                            "login_methods({…})");
            return;
        case UriSetting::compression:
            if (is_one_of(value, "required true 1", true))
                refuse_setting(name, "cannot be honoured: the protocol is not compressed",
                               "remove it if the program can do without");
            if (!is_one_of(value, "preferred disabled false 0", true))
                refuse_setting(name, "is none of REQUIRED, PREFERRED and DISABLED");
            return;
        case UriSetting::attributes:
            return take_connection_attributes(name, value);
        }
    }

    /// `[name=value,…]`, or a boolean, by which the client's own are sent or not.
    void take_connection_attributes(std::string_view name, std::string_view value)
    {
        if (!value.starts_with('[')) {
            (void)read_boolean(name, value);
            return;
        }
        TextScanner scanner{value};
        scanner.skip('[');
        TextScanner list{scanner.take_until("]")};
        if (!scanner.skip(']') || !scanner.at_end())
            refuse_setting(name, "is a list that is not closed");
        while (!list.at_end()) {
            std::string_view const attribute = list.take_until(",");
            list.skip(',');
            std::size_t const equals = attribute.find('=');
            if (attribute.empty() || equals == 0)
                refuse_setting(name, "holds an attribute without a name");
            std::string_view const text =
                equals == attribute.npos ? std::string_view{} : attribute.substr(equals + 1);
            options.connection_attributes.push_back(
                {std::string{attribute.substr(0, equals)}, std::string{text}});
        }
    }

    [[nodiscard]] Translation finish()
    {
        // With a CA and no mode, the client itself takes VERIFY_CA.
        bool const is_on = asked != AskedTls::off && socket.empty();
        bool const implies_chain = asked == AskedTls::unsaid && has_ca();
        before = {.uses_tls = is_on,
                  .refuses_plaintext = is_on && (implies_chain || (asked != AskedTls::unsaid &&
                                                                   asked != AskedTls::if_offered)),
                  .checks_chain = is_on && (implies_chain || asked == AskedTls::chain ||
                                            asked == AskedTls::identity),
                  .checks_name = is_on && asked == AskedTls::identity};
        return TextDraft::finish();
    }
};

inline constexpr TextGrammar uri_grammar{.client = "MySQL Shell 9",
                                         .form = "the URI",
                                         .settings = {uri_settings, std::size(uri_settings)},
                                         .tls_words = {uri_words, std::size(uri_words)},
                                         .ignores_case = true,
                                         .refuses_duplicates = true,
                                         .true_words = "true 1",
                                         .false_words = "false 0",
                                         .unit = std::chrono::milliseconds{1},
                                         .decode = UriText::decode,
                                         .own = UriText::take_own};

} // namespace detail

SEALSQL_INLINE Translation translate_uri(std::string_view text)
{
    return detail::UriText{detail::uri_grammar}.translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI
