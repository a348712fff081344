#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/text_url.hpp>
#include <sealsql/text/uri.hpp>
#include <sealsql/translation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class UriSetting : std::uint8_t { compression, attributes, login_method };

// Those of MySQL Shell 9.
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
    own("auth-method", UriSetting::login_method),
    own("compression", UriSetting::compression),
    own("connection-attributes", UriSetting::attributes),
    {"get-server-public-key", TextMeaning::moot, why::no_rsa, a_boolean},
    {"server-public-key-path", TextMeaning::moot, why::no_rsa},
    {"compression-algorithms", TextMeaning::moot, why::no_compression},
    {"compression-level", TextMeaning::moot, why::no_compression, a_number},
    {"net-buffer-length", TextMeaning::moot, why::buffers, a_number},
    {"max-allowed-packet", TextMeaning::max_packet},
    {"client-interactive", TextMeaning::only_false, why::session_timeout},
    {"local-infile", TextMeaning::only_false, why::no_files},
    {"mysql-plugin-dir|authentication-oci-client-config-profile|oci-config-file|"
     "plugin-authentication-kerberos-client-mode",
     TextMeaning::refused, why::no_counterpart},
};

class UriText : public TextDraft {
public:
    using TextDraft::TextDraft;

    [[nodiscard]] Translation translate(std::string_view text)
    {
        check_text(text);
        if (text.find_first_of("# \t\n\r") != text.npos)
            refuse("a '#', a space, a tab or the end of a line belongs to no part of it",
                   "write them as %23, %20, %09 and %0A");
        TextScanner scanner{text};
        read_scheme(scanner);
        read_server(scanner);
        if (scanner.skip('/')) {
            std::string_view const schema = scanner.take_until("?");
            if (schema.find('/') != schema.npos)
                refuse("the schema holds a '/'", "write it as %2F");
            check_database(*this, schema);
            take_encoded(TextMeaning::database, "schema", schema);
        }
        if (scanner.skip('?'))
            read_attributes(scanner);
        if (!scanner.at_end())
            refuse("something stands behind the server that is neither '/' nor '?'");
        return finish();
    }

private:
    void read_scheme(TextScanner& scanner)
    {
        TextScanner after = scanner;
        std::string_view const scheme =
            after.take_while([](char c) { return is_word(c) || c == '+' || c == '-' || c == '.'; });
        if (!after.skip("://"))
            return;
        if (scheme != "mysql" && scheme != "mariadb")
            refuse("the scheme is neither mysql nor mariadb",
                   scheme.starts_with("mysqlx")
                       ? "mysqlx is the X protocol, which is served at another port, 33060 as a "
                         "rule: give the URI of the classic one"
                       : "give mysql://user:password@host:port/schema, or the arguments of the "
                         "driver that the scheme names, as they stand in the program");
        scanner = after;
        has_scheme_ = true;
    }

    void read_server(TextScanner& scanner)
    {
        std::string_view authority = TextScanner{scanner}.take_until("/?");
        std::string_view login;
        if (cut_login(*this, authority, login)) {
            if (login.empty() || login.starts_with(':'))
                refuse("no user stands before the '@'", "name the user, or leave the login out");
            if (login.find(':') != login.rfind(':'))
                refuse("a password holds a ':', which the client leaves out", "write it as %3A");
            take_login(*this, login, Encoding::percent);
            (void)scanner.take(login.size() + 1);
        }
        if (scanner.skip('(')) {
            std::string_view const path = scanner.take_until(")");
            if (!scanner.skip(')') || !(path.starts_with('/') || path.starts_with('.')))
                refuse("what stands in parentheses is no path of a socket",
                       "write (/path/to/the/socket)");
            check_behind_server(*this, scanner.rest(), false);
            return take_encoded(TextMeaning::socket, "socket", path);
        }
        // A path's first '/' may stand there as it is; without another one it would be the schema of no host.
        std::string_view const rest = scanner.rest();
        std::string_view const path = rest.substr(0, rest.find_first_of("/?", 1));
        bool const is_path = path.starts_with('/') &&
                             (path.find("%2F") != path.npos || path.find("%2f") != path.npos);
        // An IPv6 address has no '/' and no '?' in it.
        std::string_view const address =
            is_path ? scanner.take(path.size()) : scanner.take_until("/?");
        check_behind_server(*this, scanner.rest(), false);
        if (is_path || address.starts_with("%2F") || address.starts_with("%2f"))
            return take_encoded(TextMeaning::socket, "socket", address);
        if (address.empty() && scanner.peek() == '/')
            refuse("no host is named", "write a socket's path as (/path/to/the/socket)");
        take_address(*this, address, Encoding::percent);
        if (has_scheme_ && address == "localhost")
            note_local_host("host");
    }

    void read_attributes(TextScanner& scanner)
    {
        while (!scanner.at_end()) {
            TextPair pair;
            pair.name = scanner.take_until("=&");
            pair.has_value = scanner.skip('=');
            if (!pair.has_value || pair.name.empty() ||
                pair.name.find_first_of("%(") != pair.name.npos)
                refuse("an attribute has no '=' or no name, or an encoded one",
                       "write ?name=value&name=value");
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
            for (std::string_view const encoded : {"%2C", "%2c", "%3D", "%3d"}) {
                if (pair.value.starts_with('[') && pair.value.find(encoded) != pair.value.npos)
                    refuse("a list holds an encoded ',' or '=', which may or may not separate",
                           "set it in the program: connection_attribute(name, value)");
            }
            scanner.skip('&');
            push(pair);
        }
        take_pairs();
    }

    /// A value in parentheses may hold what would end it otherwise.
    bool decode(std::string_view raw, std::string& decoded) const override
    {
        if (raw.size() >= 2 && raw.front() == '(' && raw.back() == ')')
            raw = raw.substr(1, raw.size() - 2);
        return percent_decode(raw, Encoding::percent, decoded);
    }

    void take_own(TextSetting const& setting, std::string_view value) override
    {
        std::string_view const name = setting.name;
        switch (static_cast<UriSetting>(setting.id)) {
        case UriSetting::login_method:
            if (equal_in_any_case(value, "mysql_clear_password"))
                allows_clear_password = true;
            else
                note(name, "the method that is tried first", "nothing follows from it",
                     "the server says which login method it is", "login_methods({…})");
            return;
        case UriSetting::compression:
            if (is_one_of(value, "required true 1", true))
                refuse_setting(name, "cannot be honoured: the protocol is not compressed",
                               "remove it if the program can do without");
            if (equal_in_any_case(value, "preferred"))
                return note(name, "compresses where the server can", "nothing is compressed",
                            why::no_compression);
            if (!is_one_of(value, "disabled false 0", true))
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
            if (!read_boolean(name, value))
                note(name, "no attributes are sent",
                     "those of MariaDB Connector/C are sent, such as its version and the process's "
                     "number",
                     "the library sends them by itself, and they hold no secret");
            return;
        }
        if (value.find(']') != value.size() - 1)
            refuse_setting(name, "is a list that is not closed", "write [name=value,name=value]");
        take_attributes(name, value.substr(1, value.size() - 2), '=', false);
    }

    [[nodiscard]] Translation finish()
    {
        if (asked == AskedTls::off &&
            (has_tls_file() || !crl_file.empty() || !crl_directory.empty()))
            refuse(
                "ssl-mode says that there is no TLS, and certificates or ciphers for it are named",
                "remove ssl-mode, or all that is for TLS");
        // With a CA and no mode, the client itself takes VERIFY_CA.
        bool const implies_chain = asked == AskedTls::unsaid && has_ca();
        set_before(asked != AskedTls::off && socket.empty(),
                   implies_chain || !is_asked({AskedTls::unsaid, AskedTls::if_offered}),
                   implies_chain || is_asked({AskedTls::chain, AskedTls::identity}),
                   is_asked({AskedTls::identity}));
        return TextDraft::finish();
    }

    bool has_scheme_ = false;
};

inline constexpr TextGrammar uri_grammar{.client = "MySQL Shell 9",
                                         .form = "the URI",
                                         .settings = rows(uri_settings),
                                         .ignores_case = true,
                                         .refuses_duplicates = true,
                                         .has_legacy_tls = false,
                                         .true_words = "true 1",
                                         .false_words = "false 0",
                                         .unit = std::chrono::milliseconds{1},
                                         .encoding = Encoding::own};

} // namespace detail

SEALSQL_INLINE Translation translate_uri(std::string_view text)
{
    return detail::UriText{detail::uri_grammar}.translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI
