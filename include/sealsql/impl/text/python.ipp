#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/text/python.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

inline constexpr std::string_view python_no_pool =
    "one connection is made; a pool is the program's own";

// What all clients have.
inline constexpr TextSetting python_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"unix_socket", TextMeaning::socket},
    {"user", TextMeaning::user},
    {"password|passwd", TextMeaning::password},
    {"database|db", TextMeaning::database},
    {"charset", TextMeaning::character_set},
    {"collation", TextMeaning::collation},
    {"connect_timeout", TextMeaning::connect_timeout},
    {"read_timeout", TextMeaning::read_timeout},
    {"write_timeout", TextMeaning::write_timeout},
    {"init_command", TextMeaning::init_statement},
    {"autocommit", TextMeaning::autocommit},
    {"sql_mode", TextMeaning::sql_mode},
    {"compress", TextMeaning::only_false, why::no_compression},
    {"read_default_file", TextMeaning::refused, why::option_file},
    {"use_unicode", TextMeaning::moot, "texts are bytes of the character set", a_boolean},
};

// Of DEFAULT_CONFIGURATION in its constants.py, and what abstracts.py takes beside.
inline constexpr TextSetting connector_python_settings[] = {
    {"username", TextMeaning::user},
    {"connection_timeout", TextMeaning::connect_timeout},
    {"ssl_ca", TextMeaning::ca_file},
    {"ssl_cert", TextMeaning::certificate_file},
    {"ssl_key", TextMeaning::key_file},
    {"ssl_cipher", TextMeaning::ciphers},
    {"tls_ciphersuites", TextMeaning::cipher_suites},
    {"tls_versions", TextMeaning::tls_versions},
    answer("ssl_disabled", TlsQuestion::leave),
    answer("ssl_verify_cert", TlsQuestion::chain),
    answer("ssl_verify_identity", TlsQuestion::name),
    {"time_zone", TextMeaning::time_zone},
    {"auth_plugin", TextMeaning::login_method},
    own("client_flags", SourceSetting::flags),
    own("conn_attrs", SourceSetting::attributes),
    {"allow_local_infile", TextMeaning::only_false, why::no_files},
    {"allow_local_infile_in_path", TextMeaning::refused, why::no_files},
    {"dns_srv", TextMeaning::only_false, why::srv_records},
    {"force_ipv6", TextMeaning::only_false, "all addresses of a name are tried"},
    {"failover", TextMeaning::refused, "one server is connected to"},
    {"option_files|option_groups", TextMeaning::refused, why::option_file},
    {"dsn", TextMeaning::refused, "the client itself does not support it"},
    {"password1|password2|password3", TextMeaning::refused, why::one_password},
    {"kerberos_auth_mode|krb_service_principal", TextMeaning::refused,
     "there is no login by Kerberos"},
    {"oci_config_file|oci_config_profile", TextMeaning::refused, "there is no login by OCI"},
    {"openid_token_file", TextMeaning::refused, "there is no login by OpenID"},
    {"fido_callback|webauthn_callback", TextMeaning::refused,
     "there is no login by a security key"},
    {"buffered", TextMeaning::moot, why::kept_rows, a_boolean},
    {"consume_results", TextMeaning::moot, "rows that are not read are passed over", a_boolean},
    {"converter_class", TextMeaning::moot, why::own_type},
    {"converter_str_fallback|raw", TextMeaning::moot, why::own_type, a_boolean},
    {"get_warnings|raise_on_warnings", TextMeaning::moot,
     "the number of warnings is in each result", a_boolean},
    {"pool_name", TextMeaning::moot, python_no_pool},
    {"pool_size", TextMeaning::moot, python_no_pool, a_number},
    {"pool_reset_session", TextMeaning::moot, python_no_pool, a_boolean},
    {"use_pure", TextMeaning::moot, "there is one implementation", a_boolean},
};

// What PyMySQL and mysqlclient have: Connection.__init__() in their connections.py.
inline constexpr TextSetting python_driver_settings[] = {
    answer("ssl", TlsQuestion::use),
    {"ssl.ca", TextMeaning::ca_file},
    {"ssl.capath", TextMeaning::ca_directory},
    {"ssl.cert", TextMeaning::certificate_file},
    {"ssl.key", TextMeaning::key_file},
    {"ssl.cipher", TextMeaning::ciphers},
    own("client_flag", SourceSetting::flags),
    {"local_infile", TextMeaning::only_false, why::no_files},
    {"named_pipe", TextMeaning::only_false, "there are no named pipes on Linux"},
    {"read_default_group", TextMeaning::refused, why::option_file},
    {"binary_prefix", TextMeaning::moot, "it concerns how the client sends parameters", a_boolean},
    {"conv", TextMeaning::moot, why::own_type},
    {"cursorclass", TextMeaning::moot, why::fetching},
};

inline constexpr TextSetting pymysql_settings[] = {
    {"ssl_ca", TextMeaning::ca_file},
    {"ssl_cert", TextMeaning::certificate_file},
    {"ssl_key", TextMeaning::key_file},
    {"ssl.password|ssl_key_password", TextMeaning::identity_password},
    answer("ssl.check_hostname|ssl_verify_identity", TlsQuestion::name),
    own("ssl.verify_mode", SourceSetting::verify_mode),
    answer("ssl_disabled", TlsQuestion::leave),
    answer("ssl_verify_cert", TlsQuestion::chain),
    {"max_allowed_packet", TextMeaning::max_packet},
    {"program_name", TextMeaning::program_name},
    {"auth_plugin_map", TextMeaning::refused, "no login method of the program's own can be added"},
    {"bind_address", TextMeaning::refused, "the system chooses the local address"},
    {"defer_connect", TextMeaning::moot, "connecting is a call of its own", a_boolean},
    {"server_public_key", TextMeaning::moot, why::no_rsa},
};

// Of its _mysql.c as well.
inline constexpr TextSetting mysqlclient_settings[] = {
    {"ssl_mode", TextMeaning::tls_mode},
    {"auth_plugin", TextMeaning::login_method},
    {"multi_statements", TextMeaning::moot, why::one_statement, a_boolean},
    {"server_public_key_path", TextMeaning::moot, why::no_rsa},
};

// Of django.db.utils and the mysql backend; OPTIONS go to PyMySQL or mysqlclient as they are.
inline constexpr TextSetting django_settings[] = {
    {"HOST", TextMeaning::host},
    {"PORT", TextMeaning::port},
    {"USER", TextMeaning::user},
    {"PASSWORD", TextMeaning::password},
    {"NAME", TextMeaning::database},
    own("ENGINE", SourceSetting::engine),
    {"ATOMIC_REQUESTS", TextMeaning::moot, "what a transaction holds is the program's choice",
     a_boolean},
    {"AUTOCOMMIT", TextMeaning::autocommit},
    {"CONN_MAX_AGE", TextMeaning::moot, python_no_pool},
    {"CONN_HEALTH_CHECKS", TextMeaning::moot, python_no_pool, a_boolean},
    {"DISABLE_SERVER_SIDE_CURSORS", TextMeaning::moot, "it concerns PostgreSQL", a_boolean},
    {"TEST", TextMeaning::moot, "it concerns Django's tests"},
    {"TIME_ZONE", TextMeaning::moot, why::dates},
    {"USE_TZ", TextMeaning::moot, why::dates, a_boolean},
    own("OPTIONS.isolation_level", SourceSetting::isolation_level),
    {"OPTIONS.autocommit", TextMeaning::moot, "Django sets AUTOCOMMIT once it is connected",
     a_boolean},
};

// By what mysqlclient makes of them over MariaDB Connector/C, which has no VERIFY_CA: it checks the name, too.
inline constexpr TlsWord python_tls_words[] = {
    {"DISABLED", AskedTls::off},
    {"PREFERRED", AskedTls::if_offered},
    {"REQUIRED|VERIFY_CA", AskedTls::on},
    {"VERIFY_IDENTITY", AskedTls::identity},
};

inline constexpr OtherVersion pymysql_versions[] = {
    {{},
     &Protection::refuses_plaintext,
     nullptr,
     "PyMySQL 1.0: goes on without TLS where none is offered, or where somebody on the way takes the "
     "offer away"},
};

inline constexpr OtherVersion mysqlclient_versions[] = {
    {"ssl", &Protection::checks_chain, &Protection::checks_name, connector_c_later},
};

/// Of two names of a setting the one that counts, and the other.
struct PreferredName {
    std::string_view name;
    std::string_view other;
};

inline constexpr PreferredName connector_names[] = {
    {"user", "username"},
    {"password", "passwd"},
    {"database", "db"},
    {"connection_timeout", "connect_timeout"},
};
inline constexpr PreferredName pymysql_names[] = {{"password", "passwd"}, {"database", "db"}};
inline constexpr PreferredName mysqlclient_names[] = {{"passwd", "password"}, {"db", "database"}};

class PythonDraft : public SourceDraft {
public:
    using SourceDraft::SourceDraft;

    /// Of MySQL Connector/Python's backend for Django.
    static constexpr std::string_view connector_engine = "mysql.connector.django";

    static constexpr std::string_view connecting =
        "connect Connect Connection MySQLConnection CMySQLConnection MySQLConnectionPool";

    template <class Settings>
    [[nodiscard]] Translation connector(Settings const& settings)
    {
        host = "127.0.0.1";
        false_if_none = "autocommit";
        gather_all(settings);
        prefer_names(rows(connector_names));
        take_pairs();
        finish_connector();
        explain_autocommit();
        return finish_source();
    }

    template <class Settings>
    [[nodiscard]] Translation pymysql(Settings const& settings)
    {
        host = "localhost";
        takes_empty_for_unset = true;
        false_if_none = "check_hostname";
        gather_all(settings);
        prefer_pymysql_names();
        take_pairs();
        finish_pymysql();
        explain_autocommit();
        return finish_source();
    }

    template <class Settings>
    [[nodiscard]] Translation mysqlclient(Settings const& settings)
    {
        takes_empty_for_unset = true;
        gather_all(settings, "host user passwd db port unix_socket");
        prefer_names(rows(mysqlclient_names));
        take_pairs();
        finish_mysqlclient();
        explain_localhost();
        explain_autocommit();
        return finish_source();
    }

    /// Over PyMySQL or mysqlclient, of which Django's own backend takes the one that is there; the draft's grammar is told
    /// which.
    [[nodiscard]] Translation django(SourceRange entry, TextGrammar& own_grammar)
    {
        gather_entry(entry);
        bool const is_pymysql = has_any_of(rows(pymysql_settings)) || installs_pymysql();
        if (is_pymysql && has_any_of(rows(mysqlclient_settings)))
            refuse(
                "it is PyMySQL that connects, and OPTIONS holds settings that only mysqlclient has",
                "remove those of the client that is not used");
        own_grammar.client = is_pymysql ? "Django over PyMySQL 1.2"
                                        : "Django over mysqlclient and MariaDB Connector/C 3.3";
        if (is_pymysql)
            prefer_pymysql_names();
        else
            prefer_names(rows(mysqlclient_names));
        own_grammar.versions = is_pymysql ? rows(pymysql_versions) : rows(mysqlclient_versions);
        take_entry();
        if (is_pymysql) {
            if (host.empty())
                host = "localhost";
            finish_pymysql();
        } else {
            finish_mysqlclient();
            explain_localhost();
        }
        set_isolation_level();
        explain_django_autocommit();
        return finish_source();
    }

    /// By the backend that MySQL Connector/Python brings.
    [[nodiscard]] Translation django_over_connector(SourceRange entry)
    {
        over_connector_ = true;
        gather_entry(entry);
        prefer_names(rows(connector_names));
        take_entry();
        if (host.empty())
            host = "127.0.0.1";
        finish_connector();
        explain_django_autocommit();
        return finish_source();
    }

protected:
    void take_own(TextSetting const& setting, std::string_view value) override
    {
        if (static_cast<SourceSetting>(setting.id) != SourceSetting::engine)
            return SourceDraft::take_own(setting, value);
        // Backends that wrap Django's own keep the end of its name.
        if (over_connector_ ? value != connector_engine : !value.ends_with("backends.mysql"))
            refuse_setting(setting.name, "is none of which it is known by what client it connects",
                           "write 'django.db.backends.mysql' or 'mysql.connector.django' into the "
                           "database's entry itself");
    }

private:
    /// `Client.connect()` switches autocommit on or off, and off where nothing is said. `None` stands for the server's.
    void explain_autocommit()
    {
        if (leaves_autocommit)
            return;
        if (has("autocommit"))
            return switch_autocommit_on("autocommit");
        note({}, "transactions begin by themselves (autocommit is off)",
             "each statement is committed by itself, unless the server says otherwise",
             "that is what Python's DB-API asks of its clients, and no other",
             R"(.init_statement("SET autocommit = 0"))");
    }

    /// Django switches it on where nothing is said, whatever OPTIONS have.
    void explain_django_autocommit()
    {
        if (has("AUTOCOMMIT"))
            return switch_autocommit_on("AUTOCOMMIT");
        note({}, "each statement is committed by itself (autocommit is on)",
             "the same, unless the server says otherwise",
             "Django switches autocommit on for each connection",
             R"(.init_statement("SET autocommit = 1"))");
    }

    /// If that is what the last setting of this name says.
    void switch_autocommit_on(std::string_view name)
    {
        bool is_on = false;
        for (TextPair const& pair : pairs()) {
            if (pair.name == name)
                is_on = read_boolean(name, pair.value);
        }
        if (!is_on)
            return;
        options.init_statements.emplace_back("SET autocommit = 1");
        note_same(name, "each statement is committed by itself",
                  "the text says so, and a server may have it otherwise for who says nothing",
                  "remove the .init_statement() for the server's own");
    }

    void gather_all(SourceRange range, std::string_view positions = {})
    {
        gather(range.begin, range.end, range.is_call ? positions : std::string_view{});
    }

    void gather_all(KeywordList const& list, std::string_view = {}) { gather(list); }

    void prefer_names(View<PreferredName const> names)
    {
        std::string_view const prefix = grammar().shared_prefix;
        for (PreferredName const& one : names)
            prefer(concat({prefix, one.name}), concat({prefix, one.other}));
    }

    /// To PyMySQL, an empty password is none.
    void prefer_pymysql_names()
    {
        View<TextPair const> const gathered = pairs();
        std::string const name = concat({grammar().shared_prefix, "password"});
        bool const is_empty =
            std::any_of(gathered.begin(), gathered.end(), [&](TextPair const& pair) {
                return pair.name == name && pair.value.empty();
            });
        prefer_names(is_empty ? rows(mysqlclient_names) : rows(pymysql_names));
    }

    void gather_entry(SourceRange entry)
    {
        takes_empty_for_unset = true;
        false_if_none = "check_hostname AUTOCOMMIT";
        gather(entry.begin, entry.end);
    }

    /// Which of the two counts, HOST or OPTIONS.host, is not told by which stands last.
    void refuse_in_both() const
    {
        std::string_view const prefix = grammar().shared_prefix;
        for (TextPair const& option : pairs()) {
            for (TextPair const& pair : pairs()) {
                TextMeaning const meaning = find(pair.name)->meaning;
                if (option.name.starts_with(prefix) && !pair.name.starts_with(prefix) &&
                    meaning <= TextMeaning::database && find(option.name)->meaning == meaning)
                    refuse_setting(option.name,
                                   concat({"stands beside ", pair.name, ", which says the same"}),
                                   "remove the one that is not meant");
            }
        }
    }

    void take_entry()
    {
        // All of its backends count what an UPDATE found, unless OPTIONS have flags of their own.
        options.found_rows = !has("OPTIONS.client_flag") && !has("OPTIONS.client_flags");
        refuse_in_both();
        take_pairs();
        // Django takes a HOST with a slash for a socket, and does not look at OPTIONS.
        if (!host.starts_with('/') || has("OPTIONS.host"))
            return;
        if (socket.empty())
            socket = std::move(host);
        host.clear();
    }

    /// Whether a setting of this table was gathered.
    [[nodiscard]] bool has_any_of(View<TextSetting const> table) const noexcept
    {
        View<TextPair const> const gathered = pairs();
        return std::any_of(gathered.begin(), gathered.end(), [&](TextPair const& pair) {
            TextSetting const* const setting = find(pair.name);
            return std::any_of(table.begin(), table.end(),
                               [&](TextSetting const& one) { return &one == setting; });
        });
    }

    /// Whether the program has PyMySQL stand in for mysqlclient.
    [[nodiscard]] bool installs_pymysql() const noexcept
    {
        for (std::size_t i = 0; i < values().size(); i = values()[i].end) {
            std::string_view const text = values()[i].text;
            std::string_view const callee = text.substr(0, text.find('('));
            // Called by itself, and not in a block that may not be run.
            bool const is_it = values()[i].kind == SourceValue::Kind::passed &&
                               last_part(callee) == "install_as_MySQLdb" &&
                               callee.find_first_of(" \t\n:") == callee.npos;
            if (is_it)
                return true;
        }
        return false;
    }

    /// Django's own backend sets one where nothing is said; `None` stands for the server's.
    void set_isolation_level()
    {
        if (has("OPTIONS.isolation_level"))
            return;
        options.init_statements.emplace_back(
            "SET SESSION TRANSACTION ISOLATION LEVEL read committed");
        note_same({}, "transactions see what others commit (READ COMMITTED)",
                  "Django sets that where OPTIONS.isolation_level is left out; MySQL's and "
                  "MariaDB's own is REPEATABLE READ",
                  "remove the .init_statement() for the server's own");
    }

    void finish_connector()
    {
        // It makes up its mind about plaintext by ssl_verify_cert alone, and to check the name it checks the chain as
        // well, whatever ssl_verify_cert says.
        bool const chain = says_yes(TlsQuestion::chain);
        bool const name = says_yes(TlsQuestion::name);
        if (name)
            forget(TlsQuestion::chain);
        ask_by_booleans(has_ca() ? "ssl_ca" : "");
        // Over a local socket it leaves TLS out, whatever is said.
        set_before(socket.empty() && !says_yes(TlsQuestion::leave), chain, chain || name, name);
        if (before.checks_chain && has_ca())
            note_system_cas();
        for (std::string* const text :
             {&host, &socket, &options.user, &options.database, &options.character_set, &collation})
            *text = std::string{trimmed(*text)};
    }

    /// By ssl_disabled, ssl_verify_cert and ssl_verify_identity.
    void ask_by_booleans(std::string_view otherwise)
    {
        using Question = TlsQuestion;
        ask_first({{Question::leave, true, AskedTls::off, "ssl_disabled=True"},
                   {Question::chain, false, AskedTls::unverified, "ssl_verify_cert=False"},
                   {Question::name, false, AskedTls::chain, "ssl_verify_identity=False"},
                   {Question::name, true, AskedTls::identity, "ssl_verify_identity=True"},
                   {Question::chain, true, AskedTls::on, "ssl_verify_cert=True"}});
        if (asked == AskedTls::unsaid && !otherwise.empty())
            ask_tls(AskedTls::on, otherwise);
    }

    /// Whether it is bytes, and not a text, that the program gives as the password.
    [[nodiscard]] bool has_password_of_bytes() const noexcept
    {
        bool is_bytes = false;
        for (TextPair const& pair : pairs()) {
            if (find(pair.name)->meaning == TextMeaning::password)
                is_bytes = pair.is_bytes;
        }
        return is_bytes;
    }

    /// PyMySQL sends a password that is a text in Latin-1, whatever the connection's character set is.
    void encode_password()
    {
        if (has_password_of_bytes())
            return;
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

    void refuse_false_ssl(std::string_view client, std::string_view without) const
    {
        if (says_no(TlsQuestion::use))
            refuse_setting(concat({grammar().shared_prefix, "ssl"}),
                           concat({"is False, by which some versions of ", client,
                                   " use TLS and check nothing"}),
                           concat({"remove it; for a connection without TLS write ", without}));
    }

    /// Of these keywords PyMySQL makes a dictionary of its own, in the place of `ssl`.
    void refuse_two_dictionaries() const
    {
        if (!has_dictionary() && !says(TlsQuestion::use))
            return;
        for (std::string_view const keyword : {"ssl_ca", "ssl_cert", "ssl_key", "ssl_key_password",
                                               "ssl_verify_cert", "ssl_verify_identity"}) {
            std::string const name = concat({grammar().shared_prefix, keyword});
            if (has(name))
                refuse_setting(name, "stands beside ssl, and PyMySQL takes one of the two",
                               "say all of it by the dictionary ssl, or remove ssl");
        }
    }

    /// Python's ssl module checks no name in a certificate that is not checked, and PyMySQL never connects.
    void refuse_name_alone() const
    {
        bool const is_dictionary = has_dictionary();
        bool const skips_chain =
            is_dictionary ? verify_mode() == "none" : !says_yes(TlsQuestion::chain);
        bool const checks_name =
            is_dictionary ? !says_no(TlsQuestion::name) : says_yes(TlsQuestion::name);
        if (!has_ca() || !skips_chain || !checks_name)
            return;
        std::string_view const prefix = grammar().shared_prefix;
        if (!is_dictionary && !says_no(TlsQuestion::chain))
            refuse_setting(concat({prefix, "ssl_verify_identity"}),
                           "asks for the name in a certificate that nothing asks to check: PyMySQL "
                           "does not connect by that",
                           "add ssl_verify_cert=True");
        refuse_setting(concat({prefix, is_dictionary ? "ssl.verify_mode" : "ssl_verify_cert"}),
                       "takes away the check of the certificate, and that of the name in it stays: "
                       "PyMySQL does not connect by that",
                       is_dictionary
                           ? "remove it; to have nothing checked, write 'check_hostname': False"
                           : "remove it; to have nothing checked, remove ssl_verify_identity");
    }

    void finish_pymysql()
    {
        encode_password();
        using Question = TlsQuestion;
        refuse_number(concat({grammar().shared_prefix, "ssl_verify_cert"}));
        if (!says_yes(Question::leave)) {
            refuse_false_ssl("PyMySQL", "ssl_disabled=True");
            refuse_two_dictionaries();
            refuse_name_alone();
        }
        bool const has_keywords = !has_dictionary() && !says(Question::use);
        // Those that are false do not count.
        bool const by_keywords =
            has_keywords && (says_yes(Question::chain) || says_yes(Question::name) || has_ca() ||
                             !certificate_file.empty());
        if (says_yes(Question::leave))
            ask_tls(AskedTls::off, "ssl_disabled=True");
        else if (verify_mode() == "none")
            ask_tls(AskedTls::unverified, "verify_mode");
        else if (has_dictionary() && says_no(Question::name))
            ask_tls(AskedTls::chain, "check_hostname");
        else if (has_keywords)
            ask_by_booleans(has_ca() ? "ssl_ca" : "");
        else
            ask_tls(AskedTls::on, "ssl");
        // As PyMySQL's _create_ssl_ctx() has it; without any setting it takes TLS where it is offered.
        bool const chain = by_keywords             ? says_yes(Question::chain)
                           : verify_mode().empty() ? has_ca()
                                                   : verify_mode() != "none";
        bool const name =
            has_ca() && (by_keywords ? says_yes(Question::name) : !says_no(Question::name));
        set_before(asked != AskedTls::off, by_keywords || has_dictionary(), chain, chain && name);
    }

    void finish_mysqlclient()
    {
        bool const by_mode = asked != AskedTls::unsaid;
        refuse_false_ssl("mysqlclient", "ssl_mode='DISABLED'");
        if (!by_mode && (has_dictionary() || says_yes(TlsQuestion::use)))
            ask_tls(AskedTls::on, "ssl");
        if (asked == AskedTls::off && has_dictionary())
            refuse_setting(asked_by,
                           "asks for no TLS, and 'ssl' asks for it: over MariaDB Connector/C it is "
                           "'ssl' that counts",
                           "remove one of the two");
        // Over MariaDB Connector/C 3.3: by what is given, and by REQUIRED, TLS is used if it is offered, and a CA is
        // checked then. From VERIFY_CA on there is no going on without, and chain and name are checked.
        bool const verifies = asked == AskedTls::identity || asked_by.ends_with("=VERIFY_CA");
        set_before(has_dictionary() || asked == AskedTls::on || verifies, verifies,
                   has_ca() || verifies, verifies);
    }

    bool over_connector_ = false;
};

/// What the entry of that database holds; `range` if that is the entry itself.
[[nodiscard]] inline SourceRange find_database(TextDraft const& draft, SourceValues const& values,
                                               SourceRange range, std::string_view alias)
{
    std::size_t only = range.end;
    std::size_t databases = 0;
    for (std::size_t i = range.begin; i < range.end; i = values[i].end) {
        std::string_view const name = values[i].name;
        if (is_one_of(name, "ENGINE NAME HOST USER", false))
            return range;
        SourceValue const& value = values[values.resolve(i)];
        if (value.kind != SourceValue::Kind::pairs || name == "OPTIONS" || name == "TEST")
            continue;
        ++databases;
        if (name == alias)
            only = i;
    }
    if (only == range.end)
        draft.refuse(databases == 0 ? "there is no entry of a database in it"
                                    : "there is no database of that alias in it",
                     "give DATABASES, or the entry of one database");
    std::size_t const inside = values.resolve(only);
    return {.begin = inside + 1, .end = values[inside].end};
}

/// The text of the setting by this name, the last of several; empty if there is none.
[[nodiscard]] inline std::string_view text_of(SourceValues const& values, SourceRange range,
                                              std::string_view name) noexcept
{
    std::string_view text;
    for (std::size_t i = range.begin; i < range.end; i = values[i].end) {
        if (values[i].name == name)
            text = values[values.resolve(i)].text;
    }
    return text;
}

[[nodiscard]] inline TextGrammar python_grammar(std::string_view client, std::string_view form,
                                                View<TextSetting const> settings,
                                                std::array<View<TextSetting const>, 4> shared,
                                                std::string_view prefix = {},
                                                View<OtherVersion const> versions = {}) noexcept
{
    return {.client = client,
            .form = form,
            .settings = settings,
            .shared_settings = shared,
            .shared_prefix = prefix,
            .tls_words = rows(python_tls_words),
            .versions = versions,
            .true_words = "True 1",
            .false_words = "False 0",
            .boolean_ignores_case = false};
}

/// Reads the text, and refuses a keyword that stands twice in a call, as Python does.
template <class Finish>
[[nodiscard]] Translation translate_python(TextGrammar grammar, std::string_view text,
                                           Finish finish)
{
    SourceValues const values{SourceLanguage::python, text};
    SourceRange const range = find_settings(TextDraft{grammar}, values, PythonDraft::connecting);
    grammar.refuses_duplicates = range.is_call;
    return finish(grammar, values, range);
}

[[nodiscard]] inline TextGrammar connector_grammar() noexcept
{
    TextGrammar grammar =
        python_grammar("MySQL Connector/Python 26.7", "the arguments of mysql.connector",
                       rows(connector_python_settings), {rows(python_settings)});
    grammar.has_legacy_tls = false;
    return grammar;
}

[[nodiscard]] inline TextGrammar pymysql_grammar() noexcept
{
    return python_grammar("PyMySQL 1.2", "the arguments of PyMySQL", rows(pymysql_settings),
                          {rows(python_settings), rows(python_driver_settings)}, {},
                          rows(pymysql_versions));
}

[[nodiscard]] inline TextGrammar mysqlclient_grammar() noexcept
{
    return python_grammar("mysqlclient over MariaDB Connector/C 3.3",
                          "the arguments of mysqlclient", rows(mysqlclient_settings),
                          {rows(python_settings), rows(python_driver_settings)}, {},
                          rows(mysqlclient_versions));
}

} // namespace detail

SEALSQL_INLINE Translation translate_mysql_connector_python(std::string_view text)
{
    using namespace detail;
    return translate_python(
        connector_grammar(), text,
        [](TextGrammar& grammar, SourceValues const& values, SourceRange range) {
            return PythonDraft{grammar, values}.connector(range);
        });
}

SEALSQL_INLINE Translation translate_mysql_connector_python_options(KeywordList const& options)
{
    using namespace detail;
    TextGrammar const grammar = connector_grammar();
    SourceValues const none{SourceLanguage::python, {}};
    return PythonDraft{grammar, none}.connector(options);
}

SEALSQL_INLINE Translation translate_pymysql(std::string_view text)
{
    using namespace detail;
    return translate_python(
        pymysql_grammar(), text,
        [](TextGrammar& grammar, SourceValues const& values, SourceRange range) {
            return PythonDraft{grammar, values}.pymysql(range);
        });
}

SEALSQL_INLINE Translation translate_pymysql_options(KeywordList const& options)
{
    using namespace detail;
    TextGrammar const grammar = pymysql_grammar();
    SourceValues const none{SourceLanguage::python, {}};
    return PythonDraft{grammar, none}.pymysql(options);
}

SEALSQL_INLINE Translation translate_mysqlclient(std::string_view text)
{
    using namespace detail;
    return translate_python(
        mysqlclient_grammar(), text,
        [](TextGrammar& grammar, SourceValues const& values, SourceRange range) {
            return PythonDraft{grammar, values}.mysqlclient(range);
        });
}

SEALSQL_INLINE Translation translate_mysqlclient_options(KeywordList const& options)
{
    using namespace detail;
    TextGrammar const grammar = mysqlclient_grammar();
    SourceValues const none{SourceLanguage::python, {}};
    return PythonDraft{grammar, none}.mysqlclient(options);
}

SEALSQL_INLINE Translation translate_django(std::string_view text, std::string_view alias)
{
    using namespace detail;
    constexpr std::string_view form = "Django's DATABASES";
    constexpr std::string_view prefix = "OPTIONS.";
    return translate_python(
        python_grammar("Django", form, rows(django_settings),
                       {rows(python_settings), rows(python_driver_settings), rows(pymysql_settings),
                        rows(mysqlclient_settings)},
                       prefix),
        text, [&](TextGrammar& grammar, SourceValues const& values, SourceRange range) {
            // A file of settings has other dictionaries as well.
            for (std::size_t i = 0; i < values.size(); i = values[i].end) {
                std::size_t const inside = values.resolve(i);
                if (values[i].name == "DATABASES")
                    range = {.begin = inside + 1, .end = values[inside].end};
            }
            TextDraft const draft{grammar};
            SourceRange const entry = find_database(draft, values, range, alias);
            if (entry.begin == entry.end)
                draft.refuse("the entry of the database is empty", "name another by its alias");
            if (text_of(values, entry, "ENGINE") != PythonDraft::connector_engine)
                return PythonDraft{grammar, values}.django(entry, grammar);
            grammar = python_grammar(
                "Django over MySQL Connector/Python 26.7", form, rows(django_settings),
                {rows(python_settings), rows(connector_python_settings)}, prefix);
            grammar.has_legacy_tls = false;
            return PythonDraft{grammar, values}.django_over_connector(entry);
        });
}

} // namespace sealsql::inline SEALSQL_ABI
