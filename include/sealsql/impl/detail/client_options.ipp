#pragma once

#include <sealsql/detail/client_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/impl/detail/text_settings.ipp>
#include <sealsql/login_method.hpp>
#include <sealsql/translation.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

enum class ClientSetting : std::uint8_t {
    password,
    protocol,
    max_packet,
    old_ciphers,
    suites,
    groups,
    sni,
    fips,
    compression,
    login_method,
    ssl,
    verify,
    crl_file,
    crl_directory,
    init_command,
};

[[nodiscard]] constexpr TextSetting client_own(std::string_view name, ClientSetting id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

/// An option that is no matter of the connection.
[[nodiscard]] constexpr ClientOption client_display(std::string_view name, char letter,
                                                    OptionValue value, bool has_mysql = true,
                                                    bool has_mariadb = true) noexcept
{
    return {{name, TextMeaning::moot,
             "it concerns what the program does with statements and results",
             value == OptionValue::boolean ? a_boolean : any_value},
            letter,
            value,
            has_mysql,
            has_mariadb};
}

/// An option that cannot be honoured.
[[nodiscard]] constexpr ClientOption client_refused(std::string_view name, std::string_view why,
                                                    OptionValue value, bool has_mysql = true,
                                                    bool has_mariadb = true) noexcept
{
    return {{name, TextMeaning::refused, why}, '\0', value, has_mysql, has_mariadb};
}

inline constexpr std::string_view client_no_login = "there is no such login";
inline constexpr std::string_view client_no_rsa =
    "no password is sent without TLS, encrypted by itself or not";
inline constexpr std::string_view client_option_file =
    "it names options of a file: give that to translate_option_file()";
inline constexpr std::string_view client_no_files = "no server is handed files of this machine";

// Of mysql 9.7 (client/mysql.cc and what it includes) and mariadb 10.11 (its --help).
inline constexpr ClientOption client_options[] = {
    {{"host", TextMeaning::host}, 'h', OptionValue::required},
    {{"port", TextMeaning::port}, 'P', OptionValue::required},
    {{"user", TextMeaning::user}, 'u', OptionValue::required},
    {client_own("password", ClientSetting::password), 'p', OptionValue::optional},
    {{"socket", TextMeaning::socket}, 'S', OptionValue::required},
    {{"database", TextMeaning::database}, 'D', OptionValue::required},
    {client_own("protocol", ClientSetting::protocol), '\0', OptionValue::required},
    {{"default-character-set", TextMeaning::character_set}, '\0', OptionValue::required},
    {{"connect-timeout", TextMeaning::connect_timeout}, '\0', OptionValue::required},
    {client_own("init-command", ClientSetting::init_command), '\0', OptionValue::required},
    {{"init-command-add", TextMeaning::init_statement}, '\0', OptionValue::required, true, false},
    {client_own("max-allowed-packet", ClientSetting::max_packet), '\0', OptionValue::required},
    {client_own("default-auth", ClientSetting::login_method), '\0', OptionValue::required},
    {{"enable-cleartext-plugin", TextMeaning::clear_password},
     '\0',
     OptionValue::boolean,
     true,
     false},
    {{"enable-cleartext-plugin", TextMeaning::moot, "mariadb itself does nothing by it", a_boolean},
     '\0',
     OptionValue::boolean,
     false,
     true},
    {{"secure-auth", TextMeaning::only_true, "the login method of MySQL 4.0 is broken"},
     '\0',
     OptionValue::boolean,
     false,
     true},
    // TLS
    {{"ssl-mode", TextMeaning::tls_mode}, '\0', OptionValue::required, true, false},
    {client_own("ssl", ClientSetting::ssl), '\0', OptionValue::boolean, false, true},
    {client_own("ssl-verify-server-cert", ClientSetting::verify), '\0', OptionValue::boolean, false,
     true},
    {{"ssl-ca", TextMeaning::ca_file}, '\0', OptionValue::required},
    {{"ssl-capath", TextMeaning::ca_directory}, '\0', OptionValue::required},
    {{"ssl-cert", TextMeaning::certificate_file}, '\0', OptionValue::required},
    {{"ssl-key", TextMeaning::key_file}, '\0', OptionValue::required},
    {client_own("ssl-crl", ClientSetting::crl_file), '\0', OptionValue::required},
    {client_own("ssl-crlpath", ClientSetting::crl_directory), '\0', OptionValue::required},
    {client_own("ssl-cipher", ClientSetting::old_ciphers), '\0', OptionValue::required},
    {client_own("tls-ciphersuites", ClientSetting::suites), '\0', OptionValue::required, true,
     false},
    {{"tls-version", TextMeaning::tls_versions}, '\0', OptionValue::required},
    {client_own("tls-kex", ClientSetting::groups), '\0', OptionValue::required, true, false},
    {client_own("tls-sni-servername", ClientSetting::sni), '\0', OptionValue::required, true,
     false},
    {client_own("ssl-fips-mode", ClientSetting::fips), '\0', OptionValue::required, true, false},
    {{"force-pqc", TextMeaning::only_false, "name the groups in .groups"},
     '\0',
     OptionValue::boolean,
     true,
     false},
    {{"use-pqc-sign", TextMeaning::only_true, "OpenSSL offers the signatures that it has"},
     '\0',
     OptionValue::boolean,
     true,
     false},
    {{"ssl-session-data", TextMeaning::moot, "sessions are resumed by themselves"},
     '\0',
     OptionValue::required,
     true,
     false},
    {{"ssl-session-data-continue-on-failed-reuse", TextMeaning::moot,
      "a session that the server does not take up again is made anew", a_boolean},
     '\0',
     OptionValue::boolean,
     true,
     false},
    {{"get-server-public-key", TextMeaning::moot, client_no_rsa, a_boolean},
     '\0',
     OptionValue::boolean,
     true,
     false},
    {{"server-public-key-path", TextMeaning::moot, client_no_rsa},
     '\0',
     OptionValue::required,
     true,
     false},
    // What cannot be had
    {{"compress", TextMeaning::only_false, "the protocol is not compressed"},
     'C',
     OptionValue::boolean},
    {client_own("compression-algorithms", ClientSetting::compression), '\0', OptionValue::required,
     true, false},
    {{"zstd-compression-level", TextMeaning::moot, "the protocol is not compressed", a_number},
     '\0',
     OptionValue::required,
     true,
     false},
    {{"local-infile", TextMeaning::only_false, client_no_files}, '\0', OptionValue::boolean},
    client_refused("load-data-local-dir", client_no_files, OptionValue::required, true, false),
    {{"reconnect", TextMeaning::only_false,
      "a lost session loses its transaction, and only the program knows what that means"},
     '\0',
     OptionValue::boolean},
    client_refused("bind-address", "the system chooses the local address", OptionValue::required,
                   true, false),
    client_refused("dns-srv-name", "no server is looked up by SRV records", OptionValue::required,
                   true, false),
    client_refused("network-namespace", "a connection is of the program's own network",
                   OptionValue::required, true, false),
    client_refused("plugin-dir", "login methods are not loaded from elsewhere",
                   OptionValue::required),
    client_refused("password1", client_no_login, OptionValue::optional, true, false),
    client_refused("password2", client_no_login, OptionValue::optional, true, false),
    client_refused("password3", client_no_login, OptionValue::optional, true, false),
    client_refused("register-factor", client_no_login, OptionValue::required, true, false),
    client_refused("oci-config-file", client_no_login, OptionValue::required, true, false),
    client_refused("authentication-oci-client-config-profile", client_no_login,
                   OptionValue::required, true, false),
    client_refused("authentication-openid-connect-client-id-token-file", client_no_login,
                   OptionValue::required, true, false),
    client_refused("plugin-authentication-kerberos-client-mode", client_no_login,
                   OptionValue::required, true, false),
    client_refused("plugin-authentication-webauthn-device", client_no_login, OptionValue::required,
                   true, false),
    client_refused("plugin-authentication-webauthn-client-preserve-privacy", client_no_login,
                   OptionValue::boolean, true, false),
    client_refused("login-path", client_option_file, OptionValue::required, true, false),
    client_refused("defaults-file", client_option_file, OptionValue::required),
    client_refused("defaults-extra-file", client_option_file, OptionValue::required),
    client_refused("defaults-group-suffix", client_option_file, OptionValue::required),
    {{"no-defaults", TextMeaning::moot, "no option file is read"}, '\0', OptionValue::none},
    client_refused("print-defaults", "it does not connect", OptionValue::none),
    {{"net-buffer-length", TextMeaning::moot, "buffers grow as they need to"},
     '\0',
     OptionValue::required},
    {{"connect-expired-password", TextMeaning::moot,
      "the server's error of an expired password is reported", a_boolean},
     '\0',
     OptionValue::boolean},
    // What the program does for people
    client_display("abort-source-on-error", '\0', OptionValue::boolean, false),
    client_display("auto-rehash", '\0', OptionValue::boolean),
    client_display("no-auto-rehash", 'A', OptionValue::none),
    client_display("auto-vertical-output", '\0', OptionValue::boolean),
    client_display("batch", 'B', OptionValue::none),
    client_display("binary-as-hex", '\0', OptionValue::boolean),
    client_display("binary-mode", '\0', OptionValue::boolean),
    client_display("character-sets-dir", '\0', OptionValue::required),
    client_display("column-names", '\0', OptionValue::boolean),
    client_display("skip-column-names", 'N', OptionValue::none),
    client_display("column-type-info", '\0', OptionValue::boolean),
    client_display("commands", '\0', OptionValue::boolean, true, false),
    client_display("comments", 'c', OptionValue::boolean),
    client_display("debug", '#', OptionValue::optional),
    client_display("debug-check", '\0', OptionValue::boolean),
    client_display("debug-info", 'T', OptionValue::boolean),
    client_display("delimiter", '\0', OptionValue::required),
    client_display("execute", 'e', OptionValue::required),
    client_display("force", 'f', OptionValue::boolean),
    {{"help", TextMeaning::refused, "it does not connect"}, '?', OptionValue::none},
    client_display("histignore", '\0', OptionValue::required, true, false),
    client_display("html", 'H', OptionValue::boolean),
    client_display("i-am-a-dummy", '\0', OptionValue::boolean),
    client_display("ignore-spaces", 'i', OptionValue::boolean),
    client_display("line-numbers", '\0', OptionValue::boolean),
    client_display("skip-line-numbers", 'L', OptionValue::none),
    client_display("max-join-size", '\0', OptionValue::required),
    client_display("named-commands", 'G', OptionValue::boolean),
    client_display("no-beep", 'b', OptionValue::boolean),
    client_display("one-database", 'o', OptionValue::none),
    client_display("pager", '\0', OptionValue::optional),
    client_display("print-query-on-error", '\0', OptionValue::boolean, false),
    client_display("progress-reports", '\0', OptionValue::boolean, false),
    client_display("prompt", '\0', OptionValue::required),
    client_display("quick", 'q', OptionValue::boolean),
    client_display("quick-max-column-width", '\0', OptionValue::required, false),
    client_display("raw", 'r', OptionValue::boolean),
    client_display("safe-updates", 'U', OptionValue::boolean),
    client_display("sandbox", '\0', OptionValue::boolean, false),
    client_display("select-limit", '\0', OptionValue::required),
    client_display("server-arg", '\0', OptionValue::required, false),
    client_display("show-warnings", '\0', OptionValue::boolean),
    client_display("sigint-ignore", '\0', OptionValue::boolean),
    client_display("silent", 's', OptionValue::none),
    client_display("syslog", 'j', OptionValue::boolean, true, false),
    client_display("system-command", '\0', OptionValue::boolean, true, false),
    client_display("table", 't', OptionValue::boolean),
    client_display("tee", '\0', OptionValue::required),
    client_display("unbuffered", 'n', OptionValue::boolean),
    client_display("verbose", 'v', OptionValue::none),
    {{"version", TextMeaning::refused, "it does not connect"}, 'V', OptionValue::none},
    client_display("vertical", 'E', OptionValue::boolean),
    client_display("wait", 'w', OptionValue::optional),
    client_display("xml", 'X', OptionValue::boolean),
};

static_assert(std::size(client_options) <= std::size_t{3} * 64,
              "ClientDraft::seen_ has a bit for each");

inline constexpr TlsWord client_tls_words[] = {
    {"DISABLED", AskedTls::off},
    {"PREFERRED", AskedTls::if_offered},
    {"REQUIRED", AskedTls::on},
    {"VERIFY_CA", AskedTls::chain},
    {"VERIFY_IDENTITY", AskedTls::identity},
};

[[nodiscard]] constexpr TextGrammar client_grammar(std::string_view client,
                                                   std::string_view form) noexcept
{
    return {.client = client,
            .form = form,
            .tls_words = {client_tls_words, std::size(client_tls_words)},
            .true_words = "1 on true",
            .false_words = "0 off false",
            .own = ClientDraft::take_own};
}

inline constexpr TextGrammar client_grammars[] = {
    client_grammar("mysql 9.7", "the command line of mysql"),
    client_grammar("mariadb 10.11", "the command line of mariadb"),
    client_grammar("mysql 9.7", "the option file of mysql"),
    client_grammar("mariadb 10.11", "the option file of mariadb"),
};

SEALSQL_INLINE ClientDraft::ClientDraft(ClientProgram program, bool is_file) noexcept
    : TextDraft{client_grammars[(is_file ? 2U : 0U) +
                                (program == ClientProgram::mariadb ? 1U : 0U)]},
      program_{program}, is_file_{is_file}
{
}

/// Whether `known` begins with `name`; dashes are underscores, and to mariadb letters have no case.
[[nodiscard]] inline bool begins_with(std::string_view known, std::string_view name,
                                      bool ignores_case) noexcept
{
    if (known.size() < name.size())
        return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char const c = name[i] == '_' ? '-' : ignores_case ? ascii_lower(name[i]) : name[i];
        if (c != known[i])
            return false;
    }
    return true;
}

SEALSQL_INLINE ClientOption const* ClientDraft::find_letter(char letter) const noexcept
{
    if (letter == '\0')
        return nullptr;
    for (ClientOption const& option : client_options) {
        if (option.letter == (letter == 'I' ? '?' : letter) && is_known(option))
            return &option;
    }
    return nullptr;
}

SEALSQL_INLINE ClientOption const* ClientDraft::find_exactly(std::string_view name) const noexcept
{
    for (ClientOption const& option : client_options) {
        if (is_known(option) && option.setting.name.size() == name.size() &&
            begins_with(option.setting.name, name, program_ == ClientProgram::mariadb))
            return &option;
    }
    return nullptr;
}

SEALSQL_INLINE ClientOption const* ClientDraft::find_by_beginning(std::string_view name) const
{
    // mysql 9.7 does not take these any more.
    if (program_ == ClientProgram::mysql || name.empty())
        return nullptr;
    ClientOption const* found = nullptr;
    for (ClientOption const& option : client_options) {
        if (!is_known(option) || !begins_with(option.setting.name, name, true))
            continue;
        if (found != nullptr)
            refuse_setting(name, "is the beginning of more than one option",
                           "write the whole name");
        found = &option;
    }
    return found;
}

SEALSQL_INLINE void ClientDraft::refuse_unknown(std::string_view name) const
{
    // A value may stand directly behind the name: `--ssl-ca/etc/ca.pem`, as the vendors' documents have it.
    for (ClientOption const& option : client_options) {
        std::string_view const known = option.setting.name;
        bool const is_followed = option.value == OptionValue::required && is_known(option) &&
                                 name.size() > known.size() && name.starts_with(known) &&
                                 !is_word(name[known.size()]) && name[known.size()] != '-';
        if (is_followed)
            refuse_setting(known, "has something behind its name that is not its value",
                           "write a '=' between the two");
    }
    if (is_secret_next_ || !is_quotable_name(name) || name.starts_with("pass"))
        refuse("there is an option that the program does not have",
               "look for a slip of the pen, or remove it");
    refuse_setting(name, "is none that the program has",
                   "look for a slip of the pen, or remove it");
}

SEALSQL_INLINE FoundOption ClientDraft::find_option(std::string_view name) const
{
    FoundOption found{.option = find_exactly(name)};
    if (found.option != nullptr)
        return found;
    bool const ignores_case = program_ == ClientProgram::mariadb;
    auto const cut = [&](std::string_view prefix) {
        bool const is_there = name.size() > prefix.size() &&
                              begins_with(prefix, name.substr(0, prefix.size()), ignores_case);
        if (is_there)
            name.remove_prefix(prefix.size());
        return is_there;
    };
    bool const is_loose = cut("loose-");
    found.is_negated = cut("skip-") || cut("disable-");
    found.is_enabled = !found.is_negated && cut("enable-");
    found.option = find_exactly(name);
    if (found.option == nullptr)
        found.option = find_by_beginning(name);
    if (found.option == nullptr && !is_loose)
        refuse_unknown(name);
    bool const may_be_skipped =
        found.option == nullptr || found.option->value == OptionValue::boolean ||
        (found.is_negated && (found.option->setting.name == "password" ||
                              found.option->setting.meaning == TextMeaning::moot));
    if ((found.is_negated || found.is_enabled) && !may_be_skipped)
        refuse_setting(found.option->setting.name, "can be neither skipped nor enabled",
                       "give it a value, or remove it");
    return found;
}

/// The beginning of a mode's name is enough, if it is that of one alone.
[[nodiscard]] inline std::string_view whole_mode(std::string_view value) noexcept
{
    std::string_view found;
    for (TlsWord const& known : client_tls_words) {
        if (value.empty() || !equal_in_any_case(known.word.substr(0, value.size()), value))
            continue;
        if (!found.empty())
            return value;
        found = known.word;
    }
    return found.empty() ? value : found;
}

SEALSQL_INLINE void ClientDraft::take_option(FoundOption found, std::string_view name,
                                             std::string_view value, bool has_value)
{
    is_secret_next_ = false;
    if (found.option == nullptr) {
        return add_finding(FindingSeverity::note, is_quotable_name(name) ? name : "loose-…",
                           "an option that is not known is passed over",
                           "an option that is not known is passed over", "loose- says so",
                           "remove it");
    }
    ClientOption const& option = *found.option;
    TextSetting const& setting = option.setting;
    auto const index = static_cast<std::size_t>(&option - client_options);
    std::uint64_t const bit = std::uint64_t{1} << (index % 64);
    bool const is_seen = (seen_[index / 64] & bit) != 0;
    seen_[index / 64] |= bit;
    bool const is_password = setting.name == "password";
    // A password in a file may go on in the next line; after -p alone, people forget that a space ends it.
    is_secret_next_ = is_password && (is_file_ || !has_value);
    switch (option.value) {
    case OptionValue::none:
        if (has_value)
            refuse_setting(setting.name, "has a value, and can have none");
        value = "";
        break;
    case OptionValue::boolean:
        if (has_value && (found.is_negated || found.is_enabled))
            refuse_setting(setting.name, "is skipped or enabled and has a value");
        if (!has_value)
            value = found.is_negated ? "0" : "1";
        break;
    case OptionValue::optional:
        if (!has_value && is_password) {
            is_password_asked_ = !found.is_negated;
            options.password = Secret{};
            return;
        }
        break;
    case OptionValue::required:
        if (!has_value && !found.is_negated)
            refuse_setting(setting.name, "has no value", "write it behind a '='");
        break;
    }
    if (is_seen && setting.meaning == TextMeaning::moot)
        return;
    if (is_seen && setting.meaning != TextMeaning::init_statement)
        add_finding(FindingSeverity::note, setting.name, "the last of several counts",
                    "the last of several counts", "the setting stands there more than once",
                    "remove the ones that do not count");
    if (setting.meaning == TextMeaning::port && value == "0") {
        port = 3306;
        return;
    }
    take(setting, setting.name,
         setting.meaning == TextMeaning::tls_mode ? whole_mode(value) : value);
}

SEALSQL_INLINE void ClientDraft::take_own(TextSetting const& setting, std::string_view value)
{
    std::string_view const name = setting.name;
    auto const said = [&] { return read_boolean(name, value) ? Said::yes : Said::no; };
    auto const path = [&](std::string& target) {
        if (value.empty())
            refuse_setting(name, "is an empty path", "name the file, or remove the setting");
        target = value;
    };
    switch (static_cast<ClientSetting>(setting.id)) {
    case ClientSetting::password:
        is_password_asked_ = false;
        return take(TextMeaning::password, name, value);
    case ClientSetting::protocol: {
        // The beginning of a word is enough for both programs.
        std::string_view found;
        for (std::string_view const word : {"TCP", "SOCKET", "PIPE", "MEMORY"}) {
            if (!value.empty() && equal_in_any_case(word.substr(0, value.size()), value))
                found = word;
        }
        if (found != "TCP" && found != "SOCKET")
            refuse_setting(name, "is neither TCP nor SOCKET");
        protocol_ = found;
        return;
    }
    case ClientSetting::max_packet: {
        std::uint64_t unit = 1;
        if (!value.empty()) {
            std::size_t const suffix = std::string_view{"kmg"}.find(ascii_lower(value.back()));
            if (suffix != std::string_view::npos) {
                unit = std::uint64_t{1} << (10U * (suffix + 1));
                value.remove_suffix(1);
            }
        }
        std::uint64_t count = 0;
        if (!read_number(value, (std::uint64_t{1} << 30U) / unit, count) || count * unit < 16'384)
            refuse_setting(name, "is not between 16 KiB and 1 GiB");
        options.max_allowed_packet = static_cast<std::size_t>(count * unit);
        return;
    }
    case ClientSetting::old_ciphers:
    case ClientSetting::suites: {
        // One list at a time is what TextMeaning::ciphers knows.
        auto ciphers = std::move(ssl.ciphers);
        auto suites = std::move(ssl.cipher_suites);
        take(TextMeaning::ciphers, name, value);
        if (ssl.ciphers.empty())
            ssl.ciphers = std::move(ciphers);
        if (ssl.cipher_suites.empty())
            ssl.cipher_suites = std::move(suites);
        return;
    }
    case ClientSetting::groups: {
        ssl.groups.clear();
        TextScanner scanner{value};
        while (!scanner.at_end()) {
            std::string_view const group = scanner.take_until(":");
            scanner.skip(':');
            if (!is_quotable_name(group))
                refuse_setting(name, "is no list of groups with ':' between");
            ssl.groups.emplace_back(group);
        }
        return;
    }
    case ClientSetting::sni:
        sni_ = value;
        return;
    case ClientSetting::fips:
        if (!equal_in_any_case(value, "OFF"))
            refuse_setting(name, "cannot be honoured: it is OpenSSL's configuration that says so");
        return;
    case ClientSetting::compression:
        if (!equal_in_any_case(value, "uncompressed"))
            refuse_setting(name, "cannot be honoured: the protocol is not compressed",
                           "remove it if the program can do without");
        return;
    case ClientSetting::login_method:
        for (LoginMethod const method : all_login_methods) {
            if (to_string(method) != value || shows_password(method))
                continue;
            return add_finding(FindingSeverity::note, name, "the method that is tried first",
                               "the server names the method, and each that is allowed is answered",
                               "the server decides by the user's account", ".login_methods({…})");
        }
        return refuse_setting(name, "names a login method that is not to be had this way",
                              "have the user log in with caching_sha2_password");
    case ClientSetting::ssl:
        ssl_ = said();
        return;
    case ClientSetting::verify:
        verifies_ = said();
        return;
    case ClientSetting::crl_file:
        return path(crl_file_);
    case ClientSetting::crl_directory:
        return path(crl_directory_);
    case ClientSetting::init_command:
        if (value.empty())
            refuse_setting(name, "is an empty statement", "remove it");
        init_command_ = value;
        return;
    }
}

SEALSQL_INLINE void ClientDraft::finish_address()
{
    bool const is_local = host.empty() || host == "localhost";
    bool const by_socket = protocol_ == "SOCKET" || (protocol_.empty() && is_local);
    if (protocol_ == "SOCKET" && !is_local)
        refuse_setting("protocol", "is SOCKET, and a host is named that is not this machine",
                       "remove one of the two");
    if (by_socket && socket.empty() && protocol_ == "SOCKET")
        refuse_setting("protocol", "is SOCKET, and which socket that is depends on the machine",
                       "name it by --socket");
    if (!by_socket && !socket.empty()) {
        socket.clear();
        add_finding(FindingSeverity::note, "socket",
                    "not used, as the host is another machine or TCP is asked for", "not used",
                    "a socket is of this machine", "remove it, or remove the host");
    }
    if (by_socket && socket.empty())
        add_finding(FindingSeverity::note, host.empty() ? "" : "host",
                    "the local socket of a server on this machine",
                    "the network, as for every other host",
                    "which socket that is depends on the machine; a name of a host is one here",
                    "to_socket(path) with plaintext_over_local_socket()");
    if (host.empty())
        host = "localhost";
    if (!sni_.empty() && sni_ != host)
        refuse_setting("tls-sni-servername",
                       "cannot be honoured: the name that is sent is the one that is checked",
                       "dial that name, or say .server_name in ssl() to have it checked");
}

SEALSQL_INLINE void ClientDraft::finish_tls()
{
    bool const has_file = has_ca() || !certificate_file.empty() || !key_file.empty();
    if (program_ == ClientProgram::mysql) {
        if (asked == AskedTls::unsaid && has_ca())
            ask_tls(AskedTls::on, ca_file.empty() ? "ssl-capath" : "ssl-ca");
        // With a CA and no mode it is VERIFY_CA, without either PREFERRED.
        bool const by_ca = asked == AskedTls::on && has_ca() && asked_by.find('=') == asked_by.npos;
        bool const chain = by_ca || asked == AskedTls::chain || asked == AskedTls::identity;
        before = {.uses_tls = asked != AskedTls::off,
                  .refuses_plaintext = chain || asked == AskedTls::on,
                  .checks_chain = chain,
                  .checks_name = asked == AskedTls::identity};
        return;
    }
    if (ssl_ == Said::no)
        ask_tls(AskedTls::off, "skip-ssl");
    else if (verifies_ == Said::yes)
        ask_tls(AskedTls::identity, "ssl-verify-server-cert");
    else if (verifies_ == Said::no)
        ask_tls(has_ca() ? AskedTls::chain : AskedTls::unverified, "skip-ssl-verify-server-cert");
    else if (ssl_ == Said::yes || has_file)
        ask_tls(AskedTls::on, has_ca() ? "ssl-ca" : ssl_ == Said::yes ? "ssl" : "ssl-cert");
    bool const off = asked == AskedTls::off;
    bool const verifies = !off && verifies_ == Said::yes;
    before = {.uses_tls = !off,
              .refuses_plaintext = verifies,
              .checks_chain = verifies || (!off && has_ca()),
              .checks_name = verifies};
}

SEALSQL_INLINE Translation ClientDraft::finish_client()
{
    finish_address();
    finish_tls();
    for (std::string* const list : {&crl_file_, &crl_directory_}) {
        if (!list->empty())
            revocation_lists.push_back(std::move(*list));
    }
    if (!init_command_.empty())
        options.init_statements.insert(options.init_statements.begin(), std::move(init_command_));
    if (!socket.empty()) {
        before.checks_name = false;
        if (!has_ca())
            before = {};
    }
    if (is_password_asked_)
        add_finding(
            FindingSeverity::note, "password", "asked for on the terminal",
            "nobody is asked: the password is still to be filled in",
            options.database.empty()
                ? "a library does not talk to a terminal"
                : "a library does not talk to a terminal; a word behind -p and a space is the "
                  "database",
            ".login(user, Secret::from_env(…))");
    if (options.user.empty())
        add_finding(FindingSeverity::note, {}, "the user's name on this machine",
                    "no user: the name is still to be filled in",
                    "who runs a service is seldom who logs in", ".login(user, password)");
    return finish();
}

} // namespace sealsql::inline SEALSQL_ABI::detail
