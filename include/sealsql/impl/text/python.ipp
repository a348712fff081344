#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/text/python.hpp>
#include <sealsql/translation.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

inline constexpr std::string_view python_own_type =
    "a column's type in C++ is the program's choice";
inline constexpr std::string_view python_no_pool =
    "one connection is made; a pool is the program's own";
inline constexpr std::string_view python_option_file =
    "it names an option file: give that to translate_option_file()";
inline constexpr std::string_view python_no_files = "no server is handed files of this machine";
inline constexpr std::string_view python_no_compression = "the protocol is not compressed";
inline constexpr std::string_view python_warnings = "the number of warnings is in each result";

// Of DEFAULT_CONFIGURATION in its constants.py, and what abstracts.py takes beside.
inline constexpr TextSetting connector_python_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"unix_socket", TextMeaning::socket},
    {"user", TextMeaning::user},
    {"username", TextMeaning::user},
    {"password", TextMeaning::password},
    {"passwd", TextMeaning::password},
    {"database", TextMeaning::database},
    {"db", TextMeaning::database},
    {"charset", TextMeaning::character_set},
    {"collation", TextMeaning::collation},
    {"connection_timeout", TextMeaning::connect_timeout},
    {"connect_timeout", TextMeaning::connect_timeout},
    {"read_timeout", TextMeaning::read_timeout},
    {"write_timeout", TextMeaning::write_timeout},
    {"ssl_ca", TextMeaning::ca_file},
    {"ssl_cert", TextMeaning::certificate_file},
    {"ssl_key", TextMeaning::key_file},
    source_own("ssl_cipher", SourceSetting::old_ciphers),
    source_own("tls_ciphersuites", SourceSetting::suites),
    {"tls_versions", TextMeaning::tls_versions},
    source_own("ssl_disabled", SourceSetting::ssl_disabled),
    source_own("ssl_verify_cert", SourceSetting::verify_certificate),
    source_own("ssl_verify_identity", SourceSetting::verify_name),
    {"init_command", TextMeaning::init_statement},
    source_own("autocommit", SourceSetting::autocommit),
    source_own("time_zone", SourceSetting::time_zone),
    source_own("sql_mode", SourceSetting::sql_mode),
    source_own("auth_plugin", SourceSetting::login_method),
    source_own("client_flags", SourceSetting::flags),
    source_own("conn_attrs", SourceSetting::attributes),
    {"allow_local_infile", TextMeaning::only_false, python_no_files},
    {"allow_local_infile_in_path", TextMeaning::refused, python_no_files},
    {"compress", TextMeaning::only_false, python_no_compression},
    {"dns_srv", TextMeaning::only_false, "no server is looked up by SRV records"},
    {"force_ipv6", TextMeaning::only_false, "all addresses of a name are tried"},
    {"failover", TextMeaning::refused, "one server is connected to"},
    {"option_files", TextMeaning::refused, python_option_file},
    {"option_groups", TextMeaning::refused, python_option_file},
    {"read_default_file", TextMeaning::refused, python_option_file},
    {"dsn", TextMeaning::refused, "the client itself does not support it"},
    {"password1", TextMeaning::refused, "a login has one password"},
    {"password2", TextMeaning::refused, "a login has one password"},
    {"password3", TextMeaning::refused, "a login has one password"},
    {"kerberos_auth_mode", TextMeaning::refused, "there is no login by Kerberos"},
    {"krb_service_principal", TextMeaning::refused, "there is no login by Kerberos"},
    {"oci_config_file", TextMeaning::refused, "there is no login by OCI"},
    {"oci_config_profile", TextMeaning::refused, "there is no login by OCI"},
    {"openid_token_file", TextMeaning::refused, "there is no login by OpenID"},
    {"fido_callback", TextMeaning::refused, "there is no login by a security key"},
    {"webauthn_callback", TextMeaning::refused, "there is no login by a security key"},
    {"buffered", TextMeaning::moot, "query_all() keeps rows, query() streams them", a_boolean},
    {"consume_results", TextMeaning::moot, "rows that are not read are passed over", a_boolean},
    {"converter_class", TextMeaning::moot, python_own_type},
    {"converter_str_fallback", TextMeaning::moot, python_own_type, a_boolean},
    {"get_warnings", TextMeaning::moot, python_warnings, a_boolean},
    {"raise_on_warnings", TextMeaning::moot, python_warnings, a_boolean},
    {"pool_name", TextMeaning::moot, python_no_pool},
    {"pool_size", TextMeaning::moot, python_no_pool, a_number},
    {"pool_reset_session", TextMeaning::moot, python_no_pool, a_boolean},
    {"raw", TextMeaning::moot, python_own_type, a_boolean},
    {"use_pure", TextMeaning::moot, "there is one implementation", a_boolean},
    {"use_unicode", TextMeaning::moot, "texts are bytes of the character set", a_boolean},
};

// Of Connection.__init__() in its connections.py.
inline constexpr TextSetting pymysql_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"unix_socket", TextMeaning::socket},
    {"user", TextMeaning::user},
    {"password", TextMeaning::password},
    {"passwd", TextMeaning::password},
    {"database", TextMeaning::database},
    {"db", TextMeaning::database},
    {"charset", TextMeaning::character_set},
    {"collation", TextMeaning::collation},
    {"connect_timeout", TextMeaning::connect_timeout},
    {"read_timeout", TextMeaning::read_timeout},
    {"write_timeout", TextMeaning::write_timeout},
    source_own("ssl", SourceSetting::ssl),
    {"ssl.ca", TextMeaning::ca_file},
    {"ssl.capath", TextMeaning::ca_directory},
    {"ssl.cert", TextMeaning::certificate_file},
    {"ssl.key", TextMeaning::key_file},
    {"ssl.password", TextMeaning::identity_password},
    {"ssl.cipher", TextMeaning::ciphers},
    source_own("ssl.check_hostname", SourceSetting::verify_name),
    source_own("ssl.verify_mode", SourceSetting::verify_mode),
    {"ssl_ca", TextMeaning::ca_file},
    {"ssl_cert", TextMeaning::certificate_file},
    {"ssl_key", TextMeaning::key_file},
    {"ssl_key_password", TextMeaning::identity_password},
    source_own("ssl_disabled", SourceSetting::ssl_disabled),
    source_own("ssl_verify_cert", SourceSetting::verify_certificate),
    source_own("ssl_verify_identity", SourceSetting::verify_name),
    {"init_command", TextMeaning::init_statement},
    {"max_allowed_packet", TextMeaning::max_packet},
    source_own("autocommit", SourceSetting::autocommit),
    source_own("sql_mode", SourceSetting::sql_mode),
    source_own("client_flag", SourceSetting::flags),
    source_own("program_name", SourceSetting::program_name),
    {"local_infile", TextMeaning::only_false, python_no_files},
    {"compress", TextMeaning::only_false, python_no_compression},
    {"named_pipe", TextMeaning::only_false, "there are no named pipes on Linux"},
    {"auth_plugin_map", TextMeaning::refused, "no login method of the program's own can be added"},
    {"bind_address", TextMeaning::refused, "the system chooses the local address"},
    {"read_default_file", TextMeaning::refused, python_option_file},
    {"read_default_group", TextMeaning::refused, python_option_file},
    {"binary_prefix", TextMeaning::moot, "it concerns how the client sends parameters", a_boolean},
    {"conv", TextMeaning::moot, python_own_type},
    {"cursorclass", TextMeaning::moot, "how rows are taken is said of each query"},
    {"defer_connect", TextMeaning::moot, "connecting is a call of its own", a_boolean},
    {"server_public_key", TextMeaning::moot,
     "no password is sent without TLS, encrypted by itself or not"},
    {"use_unicode", TextMeaning::moot, "texts are bytes of the character set", a_boolean},
};

// Of Connection.__init__() in its connections.py and _mysql.c.
inline constexpr TextSetting mysqlclient_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"unix_socket", TextMeaning::socket},
    {"user", TextMeaning::user},
    {"password", TextMeaning::password},
    {"passwd", TextMeaning::password},
    {"database", TextMeaning::database},
    {"db", TextMeaning::database},
    {"charset", TextMeaning::character_set},
    {"collation", TextMeaning::collation},
    {"connect_timeout", TextMeaning::connect_timeout},
    {"read_timeout", TextMeaning::read_timeout},
    {"write_timeout", TextMeaning::write_timeout},
    {"ssl_mode", TextMeaning::tls_mode},
    source_own("ssl", SourceSetting::ssl),
    {"ssl.ca", TextMeaning::ca_file},
    {"ssl.capath", TextMeaning::ca_directory},
    {"ssl.cert", TextMeaning::certificate_file},
    {"ssl.key", TextMeaning::key_file},
    {"ssl.cipher", TextMeaning::ciphers},
    {"init_command", TextMeaning::init_statement},
    source_own("autocommit", SourceSetting::autocommit),
    source_own("sql_mode", SourceSetting::sql_mode),
    source_own("client_flag", SourceSetting::flags),
    source_own("auth_plugin", SourceSetting::login_method),
    {"local_infile", TextMeaning::only_false, python_no_files},
    {"compress", TextMeaning::only_false, python_no_compression},
    {"named_pipe", TextMeaning::only_false, "there are no named pipes on Linux"},
    {"multi_statements", TextMeaning::moot, "a query is one statement", a_boolean},
    {"read_default_file", TextMeaning::refused, python_option_file},
    {"read_default_group", TextMeaning::refused, python_option_file},
    {"binary_prefix", TextMeaning::moot, "it concerns how the client sends parameters", a_boolean},
    {"conv", TextMeaning::moot, python_own_type},
    {"cursorclass", TextMeaning::moot, "how rows are taken is said of each query"},
    {"server_public_key_path", TextMeaning::moot,
     "no password is sent without TLS, encrypted by itself or not"},
    {"use_unicode", TextMeaning::moot, "texts are bytes of the character set", a_boolean},
};

// Of django.db.utils and the mysql backend; OPTIONS go to PyMySQL or mysqlclient as they are.
inline constexpr TextSetting django_settings[] = {
    {"HOST", TextMeaning::host},
    {"PORT", TextMeaning::port},
    {"USER", TextMeaning::user},
    {"PASSWORD", TextMeaning::password},
    {"NAME", TextMeaning::database},
    source_own("ENGINE", SourceSetting::engine),
    {"ATOMIC_REQUESTS", TextMeaning::moot, "what a transaction holds is the program's choice",
     a_boolean},
    source_own("AUTOCOMMIT", SourceSetting::autocommit),
    {"CONN_MAX_AGE", TextMeaning::moot, python_no_pool},
    {"CONN_HEALTH_CHECKS", TextMeaning::moot, python_no_pool, a_boolean},
    {"DISABLE_SERVER_SIDE_CURSORS", TextMeaning::moot, "it concerns PostgreSQL", a_boolean},
    {"TEST", TextMeaning::moot, "it concerns Django's tests"},
    source_own("TIME_ZONE", SourceSetting::time_zone),
    {"USE_TZ", TextMeaning::moot, "dates are handed over as the server sends them", a_boolean},
    {"OPTIONS.host", TextMeaning::host},
    {"OPTIONS.port", TextMeaning::port},
    {"OPTIONS.unix_socket", TextMeaning::socket},
    {"OPTIONS.user", TextMeaning::user},
    {"OPTIONS.password", TextMeaning::password},
    {"OPTIONS.passwd", TextMeaning::password},
    {"OPTIONS.database", TextMeaning::database},
    {"OPTIONS.db", TextMeaning::database},
    {"OPTIONS.charset", TextMeaning::character_set},
    {"OPTIONS.collation", TextMeaning::collation},
    {"OPTIONS.connect_timeout", TextMeaning::connect_timeout},
    {"OPTIONS.read_timeout", TextMeaning::read_timeout},
    {"OPTIONS.write_timeout", TextMeaning::write_timeout},
    {"OPTIONS.ssl_mode", TextMeaning::tls_mode},
    source_own("OPTIONS.ssl", SourceSetting::ssl),
    {"OPTIONS.ssl.ca", TextMeaning::ca_file},
    {"OPTIONS.ssl.capath", TextMeaning::ca_directory},
    {"OPTIONS.ssl.cert", TextMeaning::certificate_file},
    {"OPTIONS.ssl.key", TextMeaning::key_file},
    {"OPTIONS.ssl.password", TextMeaning::identity_password},
    {"OPTIONS.ssl.cipher", TextMeaning::ciphers},
    source_own("OPTIONS.ssl.check_hostname", SourceSetting::verify_name),
    source_own("OPTIONS.ssl.verify_mode", SourceSetting::verify_mode),
    {"OPTIONS.ssl_ca", TextMeaning::ca_file},
    {"OPTIONS.ssl_cert", TextMeaning::certificate_file},
    {"OPTIONS.ssl_key", TextMeaning::key_file},
    {"OPTIONS.ssl_key_password", TextMeaning::identity_password},
    source_own("OPTIONS.ssl_disabled", SourceSetting::ssl_disabled),
    source_own("OPTIONS.ssl_verify_cert", SourceSetting::verify_certificate),
    source_own("OPTIONS.ssl_verify_identity", SourceSetting::verify_name),
    {"OPTIONS.init_command", TextMeaning::init_statement},
    {"OPTIONS.max_allowed_packet", TextMeaning::max_packet},
    source_own("OPTIONS.autocommit", SourceSetting::autocommit),
    source_own("OPTIONS.sql_mode", SourceSetting::sql_mode),
    source_own("OPTIONS.isolation_level", SourceSetting::isolation_level),
    source_own("OPTIONS.client_flag", SourceSetting::flags),
    source_own("OPTIONS.program_name", SourceSetting::program_name),
    source_own("OPTIONS.auth_plugin", SourceSetting::login_method),
    {"OPTIONS.local_infile", TextMeaning::only_false, python_no_files},
    {"OPTIONS.compress", TextMeaning::only_false, python_no_compression},
    {"OPTIONS.bind_address", TextMeaning::refused, "the system chooses the local address"},
    {"OPTIONS.read_default_file", TextMeaning::refused, python_option_file},
    {"OPTIONS.read_default_group", TextMeaning::refused, python_option_file},
    {"OPTIONS.conv", TextMeaning::moot, python_own_type},
    {"OPTIONS.cursorclass", TextMeaning::moot, "how rows are taken is said of each query"},
    {"OPTIONS.use_unicode", TextMeaning::moot, "texts are bytes of the character set", a_boolean},
};

// By what mysqlclient makes of them over MariaDB Connector/C, which has no VERIFY_CA: it checks the name, too.
inline constexpr TlsWord python_tls_words[] = {
    {"DISABLED", AskedTls::off},
    {"PREFERRED", AskedTls::if_offered},
    {"REQUIRED", AskedTls::on},
    {"VERIFY_CA", AskedTls::on},
    {"VERIFY_IDENTITY", AskedTls::identity},
};

class PythonDraft : public SourceDraft {
public:
    using SourceDraft::SourceDraft;

    static constexpr std::string_view connecting =
        "connect Connect Connection MySQLConnection CMySQLConnection MySQLConnectionPool";

    [[nodiscard]] Translation connector(SourceRange range)
    {
        host = "127.0.0.1";
        gather(range.begin, range.end);
        take_gathered();
        ask_by_booleans(has_ca() ? "ssl_ca" : "");
        before = {.uses_tls = verification().disabled != Answer::yes,
                  .refuses_plaintext = false,
                  .checks_chain = verification().certificate == Answer::yes,
                  .checks_name = verification().certificate == Answer::yes &&
                                 verification().name == Answer::yes};
        explain_autocommit();
        return finish_source();
    }

    [[nodiscard]] Translation pymysql(SourceRange range)
    {
        host = "localhost";
        takes_empty_for_unset = true;
        gather(range.begin, range.end);
        take_gathered();
        finish_pymysql();
        explain_autocommit();
        return finish_source();
    }

    [[nodiscard]] Translation mysqlclient(SourceRange range)
    {
        takes_empty_for_unset = true;
        gather(range.begin, range.end, "host user passwd db port unix_socket");
        take_gathered();
        finish_mysqlclient();
        explain_localhost();
        explain_autocommit();
        return finish_source();
    }

    [[nodiscard]] Translation django(SourceRange range, std::string_view alias)
    {
        takes_empty_for_unset = true;
        gather_database(range, alias);
        take_gathered();
        // Django takes a host with a slash for a socket.
        if (host.starts_with('/')) {
            socket = std::move(host);
            host.clear();
        }
        bool const is_pymysql =
            verification().certificate != Answer::none || verification().name != Answer::none ||
            verification().disabled != Answer::none || !verification().mode.empty();
        if (is_pymysql)
            finish_pymysql();
        else
            finish_mysqlclient();
        explain_localhost();
        Translation translation = finish_source();
        translation.client = is_pymysql ? "Django over PyMySQL 1.2"
                                        : "Django over mysqlclient and MariaDB Connector/C 3.3";
        return translation;
    }

private:
    /// `Client.connect()` switches autocommit off where nothing is said.
    void explain_autocommit()
    {
        if (has("autocommit"))
            return;
        add_finding(FindingSeverity::note, {},
                    "transactions begin by themselves (autocommit is off)",
                    "each statement is committed by itself, unless the server says otherwise",
                    "that is what Python's DB-API asks of its clients, and no other",
                    R"(.init_statement("SET autocommit = 0"))");
    }

    /// By ssl_disabled, ssl_verify_cert and ssl_verify_identity.
    void ask_by_booleans(std::string_view otherwise)
    {
        SourceVerification const& said = verification();
        if (said.disabled == Answer::yes)
            return ask_tls(AskedTls::off, "ssl_disabled=True");
        if (said.certificate == Answer::no)
            return ask_tls(AskedTls::unverified, "ssl_verify_cert=False");
        if (said.name == Answer::no)
            return ask_tls(AskedTls::chain, "ssl_verify_identity=False");
        if (said.name == Answer::yes)
            return ask_tls(AskedTls::identity, "ssl_verify_identity=True");
        if (said.certificate == Answer::yes)
            return ask_tls(AskedTls::on, "ssl_verify_cert=True");
        if (!otherwise.empty())
            ask_tls(AskedTls::on, otherwise);
    }

    /// PyMySQL sends a password that is a text in Latin-1, whatever the connection's character set is.
    void encode_password()
    {
        std::string_view text = options.password.reveal();
        ScratchText scratch;
        std::string& latin1 = scratch.clean(text.size());
        while (!text.empty()) {
            std::uint32_t code_point = 0;
            std::size_t const size = utf8_sequence(text, code_point);
            if (code_point > 0xFF)
                refuse_setting("password", "holds a character that PyMySQL cannot send",
                               "give it as bytes");
            latin1 +=
                size < 2 ? text.front() : static_cast<char>(static_cast<unsigned char>(code_point));
            text.remove_prefix(size == 0 ? 1 : size);
        }
        options.password = Secret{std::string_view{latin1}};
    }

    void finish_pymysql()
    {
        encode_password();
        SourceVerification const& said = verification();
        bool const by_keywords = !has_dictionary() && said.ssl == Answer::none &&
                                 (said.certificate != Answer::none || said.name != Answer::none ||
                                  has_ca() || !certificate_file.empty());
        if (said.disabled == Answer::yes || said.ssl == Answer::no) {
            ask_tls(AskedTls::off,
                    said.disabled == Answer::yes ? "ssl_disabled=True" : "ssl=False");
        } else if (said.mode == "none") {
            ask_tls(AskedTls::unverified, "verify_mode");
        } else if (has_dictionary() && said.name == Answer::no) {
            ask_tls(AskedTls::chain, "check_hostname");
        } else if (by_keywords) {
            ask_by_booleans(has_ca() ? "ssl_ca" : "");
        } else if (has_dictionary() || said.ssl == Answer::yes || has_ca()) {
            ask_tls(AskedTls::on, "ssl");
        }
        // As PyMySQL's _create_ssl_ctx() has it; without any setting it takes TLS where it is offered.
        bool const off = asked == AskedTls::off;
        bool const chain = by_keywords         ? said.certificate == Answer::yes
                           : said.mode.empty() ? has_ca()
                                               : said.mode != "none";
        before = {.uses_tls = !off,
                  .refuses_plaintext = !off && (by_keywords || has_dictionary() || has_ca()),
                  .checks_chain = !off && chain,
                  .checks_name = !off && chain &&
                                 (by_keywords ? said.name == Answer::yes
                                              : has_ca() && said.name != Answer::no)};
    }

    void finish_mysqlclient()
    {
        SourceVerification const& said = verification();
        bool const by_mode = asked != AskedTls::unsaid;
        if (!by_mode && said.ssl == Answer::no)
            ask_tls(AskedTls::off, "ssl=False");
        else if (!by_mode && (has_dictionary() || said.ssl == Answer::yes))
            ask_tls(AskedTls::on, "ssl");
        // Over MariaDB Connector/C 3.3: what is given is used if TLS is offered, and a CA is checked then.
        bool const demands = asked == AskedTls::chain || asked == AskedTls::identity ||
                             (by_mode && asked == AskedTls::on);
        before = {.uses_tls = asked != AskedTls::off && (by_mode || has_dictionary() || has_ca()),
                  .refuses_plaintext = demands,
                  .checks_chain = asked != AskedTls::off && (has_ca() || asked == AskedTls::chain ||
                                                             asked == AskedTls::identity),
                  .checks_name = asked == AskedTls::chain || asked == AskedTls::identity};
    }

    void gather_database(SourceRange range, std::string_view alias)
    {
        using Kind = SourceValue::Kind;
        SourceValues const& all = values();
        std::size_t only = range.end;
        bool is_entry = false;
        std::size_t databases = 0;
        for (std::size_t i = range.begin; i < range.end; i = all[i].end) {
            SourceValue const& value = all[all.resolve(i)];
            is_entry = is_entry || all[i].name == "ENGINE" || all[i].name == "NAME" ||
                       all[i].name == "HOST" || all[i].name == "USER";
            if (value.kind != Kind::pairs || all[i].name == "OPTIONS" || all[i].name == "TEST")
                continue;
            ++databases;
            if (all[i].name == alias)
                only = i;
        }
        if (is_entry)
            return gather(range.begin, range.end);
        if (only == range.end)
            refuse(databases == 0 ? "there is no entry of a database in it"
                                  : "there is no database of that alias in it",
                   "give DATABASES, or the entry of one database");
        std::size_t const inside = all.resolve(only);
        gather(inside + 1, all[inside].end);
    }
};

template <std::size_t Size>
[[nodiscard]] constexpr TextGrammar python_grammar(std::string_view client, std::string_view form,
                                                   TextSetting const (&settings)[Size]) noexcept
{
    return {.client = client,
            .form = form,
            .settings = {settings, Size},
            .tls_words = {python_tls_words, std::size(python_tls_words)},
            .true_words = "True 1",
            .false_words = "False 0",
            .boolean_ignores_case = false,
            .own = SourceDraft::take_own};
}

/// Reads the text, and refuses a keyword that stands twice in a call, as Python does.
template <class Translate>
[[nodiscard]] Translation translate_python(TextGrammar grammar, std::string_view text,
                                           Translate translate)
{
    SourceValues const values{SourceLanguage::python, text};
    SourceRange const range = find_settings(TextDraft{grammar}, values, PythonDraft::connecting);
    grammar.refuses_duplicates = range.is_call;
    PythonDraft draft{grammar, values};
    return translate(draft, range);
}

} // namespace detail

SEALSQL_INLINE Translation translate_mysql_connector_python(std::string_view text)
{
    return detail::translate_python(
        detail::python_grammar("MySQL Connector/Python 26.7", "the arguments of mysql.connector",
                               detail::connector_python_settings),
        text, [](detail::PythonDraft& draft, detail::SourceRange range) {
            return draft.connector(range);
        });
}

SEALSQL_INLINE Translation translate_pymysql(std::string_view text)
{
    return detail::translate_python(
        detail::python_grammar("PyMySQL 1.2", "the arguments of PyMySQL", detail::pymysql_settings),
        text,
        [](detail::PythonDraft& draft, detail::SourceRange range) { return draft.pymysql(range); });
}

SEALSQL_INLINE Translation translate_mysqlclient(std::string_view text)
{
    return detail::translate_python(
        detail::python_grammar("mysqlclient over MariaDB Connector/C 3.3",
                               "the arguments of mysqlclient", detail::mysqlclient_settings),
        text, [](detail::PythonDraft& draft, detail::SourceRange range) {
            return draft.mysqlclient(range);
        });
}

SEALSQL_INLINE Translation translate_django(std::string_view text, std::string_view alias)
{
    return detail::translate_python(
        detail::python_grammar("Django", "Django's DATABASES", detail::django_settings), text,
        [alias](detail::PythonDraft& draft, detail::SourceRange range) {
            return draft.django(range, alias);
        });
}

} // namespace sealsql::inline SEALSQL_ABI
