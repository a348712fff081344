#pragma once

#include <sealsql/detail/client_program.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What may stand behind an option's name.
enum class OptionValue : std::uint8_t {
    none,
    /// `--ssl`, `--skip-ssl`, `--ssl=0`
    boolean,
    /// With `=` or not at all.
    optional,
    /// With `=`, or as the next word.
    required,
};

/// Options that one of the programs, or both, know.
struct ClientOption {
    /// Each name with `:` and the letter behind it, if it has a short form.
    TextSetting setting{};
    OptionValue value = OptionValue::required;
    bool has_mysql = true;
    bool has_mariadb = true;
};

/// An option that was looked up.
struct FoundOption {
    /// Null: not known, and marked with `loose-` as one that may be passed over.
    ClientOption const* option = nullptr;
    /// As the table has it, without the letter.
    std::string_view name{};
    /// Said by `skip-` or `disable-`.
    bool is_negated = false;
    /// Said by `enable-`.
    bool is_enabled = false;
};

enum class ClientSetting : std::uint8_t {
    password,
    protocol,
    max_packet,
    groups,
    sni,
    fips,
    compression,
    login_method,
    init_command,
};

/// No matter of the connection.
[[nodiscard]] constexpr ClientOption client_display(std::string_view names, OptionValue value,
                                                    bool has_mysql = true,
                                                    bool has_mariadb = true) noexcept
{
    return {{names, TextMeaning::moot,
             "it concerns what the program does with statements and results",
             value == OptionValue::boolean ? a_boolean : any_value},
            value,
            has_mysql,
            has_mariadb};
}

/// What mysql has and mariadb has not.
[[nodiscard]] constexpr ClientOption mysql_alone(TextSetting const& setting,
                                                 OptionValue value = OptionValue::required) noexcept
{
    return {setting, value, true, false};
}

/// The other way round: all of these are booleans.
[[nodiscard]] constexpr ClientOption mariadb_alone(TextSetting const& setting) noexcept
{
    return {setting, OptionValue::boolean, false, true};
}

inline constexpr std::string_view client_no_login = "there is no such login";
inline constexpr std::string_view client_option_file =
    "it names options of a file: give that to translate_option_file_at()";
inline constexpr std::string_view client_no_connection = "it does not connect";

// Of mysql 9.7 (client/mysql.cc and what it includes) and mariadb 10.11 (its --help).
inline constexpr ClientOption client_options[] = {
    {{"host:h", TextMeaning::host}},
    {{"port:P", TextMeaning::port}},
    {{"user:u", TextMeaning::user}},
    {own("password:p", ClientSetting::password), OptionValue::optional},
    {{"socket:S", TextMeaning::socket}},
    {{"database:D", TextMeaning::database}},
    {own("protocol", ClientSetting::protocol)},
    {{"default-character-set", TextMeaning::character_set}},
    {{"connect-timeout", TextMeaning::connect_timeout}},
    {own("init-command", ClientSetting::init_command)},
    mysql_alone({"init-command-add", TextMeaning::added_statement}),
    {own("max-allowed-packet", ClientSetting::max_packet)},
    {own("default-auth", ClientSetting::login_method)},
    mysql_alone({"enable-cleartext-plugin", TextMeaning::clear_password}, OptionValue::boolean),
    mariadb_alone({"enable-cleartext-plugin", TextMeaning::moot,
                   "mariadb itself does nothing by it", a_boolean}),
    mariadb_alone({"secure-auth", TextMeaning::only_true, why::no_old_login}),
    // TLS
    mysql_alone({"ssl-mode", TextMeaning::tls_mode}),
    mariadb_alone(answer("ssl", TlsQuestion::use)),
    mariadb_alone(answer("ssl-verify-server-cert", TlsQuestion::name)),
    {{"ssl-ca", TextMeaning::ca_file}},
    {{"ssl-capath", TextMeaning::ca_directory}},
    {{"ssl-cert", TextMeaning::certificate_file}},
    {{"ssl-key", TextMeaning::key_file}},
    {{"ssl-crl", TextMeaning::crl_file}},
    {{"ssl-crlpath", TextMeaning::crl_directory}},
    {{"ssl-cipher", TextMeaning::ciphers}},
    mysql_alone({"tls-ciphersuites", TextMeaning::cipher_suites}),
    {{"tls-version", TextMeaning::tls_versions}},
    mysql_alone(own("tls-kex", ClientSetting::groups)),
    mysql_alone(own("tls-sni-servername", ClientSetting::sni)),
    mysql_alone(own("ssl-fips-mode", ClientSetting::fips)),
    mysql_alone({"force-pqc", TextMeaning::only_false, "name the groups in .groups"},
                OptionValue::boolean),
    mysql_alone(
        {"use-pqc-sign", TextMeaning::only_true, "OpenSSL offers the signatures that it has"},
        OptionValue::boolean),
    mysql_alone({"ssl-session-data", TextMeaning::moot, "sessions are resumed by themselves"}),
    mysql_alone({"ssl-session-data-continue-on-failed-reuse", TextMeaning::moot,
                 "a session that the server does not take up again is made anew", a_boolean},
                OptionValue::boolean),
    mysql_alone({"get-server-public-key", TextMeaning::moot, why::no_rsa, a_boolean},
                OptionValue::boolean),
    mysql_alone({"server-public-key-path", TextMeaning::moot, why::no_rsa}),
    // What cannot be had
    {{"compress:C", TextMeaning::only_false, why::no_compression}, OptionValue::boolean},
    mysql_alone(own("compression-algorithms", ClientSetting::compression)),
    mysql_alone({"zstd-compression-level", TextMeaning::moot, why::no_compression, a_number}),
    {{"local-infile", TextMeaning::only_false, why::no_files}, OptionValue::boolean},
    mysql_alone({"load-data-local-dir", TextMeaning::refused, why::no_files}),
    {{"reconnect", TextMeaning::only_false, why::reconnect}, OptionValue::boolean},
    mysql_alone({"bind-address", TextMeaning::refused, "the system chooses the local address"}),
    mysql_alone({"dns-srv-name", TextMeaning::refused, why::srv_records}),
    mysql_alone({"network-namespace", TextMeaning::refused,
                 "a connection is of the program's own network"}),
    {{"plugin-dir", TextMeaning::refused, "login methods are not loaded from elsewhere"}},
    mysql_alone({"password1|password2|password3", TextMeaning::refused, client_no_login},
                OptionValue::optional),
    mysql_alone({"register-factor|oci-config-file|authentication-oci-client-config-profile|"
                 "authentication-openid-connect-client-id-token-file|"
                 "plugin-authentication-kerberos-client-mode|plugin-authentication-webauthn-device",
                 TextMeaning::refused, client_no_login}),
    mysql_alone({"plugin-authentication-webauthn-client-preserve-privacy", TextMeaning::refused,
                 client_no_login},
                OptionValue::boolean),
    mysql_alone({"login-path", TextMeaning::refused, client_option_file}),
    {{"defaults-file|defaults-extra-file|defaults-group-suffix", TextMeaning::refused,
      client_option_file}},
    {{"no-defaults", TextMeaning::moot, "no option file is read"}, OptionValue::none},
    mysql_alone({"no-login-paths", TextMeaning::moot, "no option file is read"}, OptionValue::none),
    {{"print-defaults|help:?|version:V", TextMeaning::refused, client_no_connection},
     OptionValue::none},
    {{"net-buffer-length", TextMeaning::moot, why::buffers}},
    {{"connect-expired-password", TextMeaning::moot, why::expired_password, a_boolean},
     OptionValue::boolean},
    // What the program does for people
    client_display("auto-rehash|auto-vertical-output|binary-as-hex|binary-mode|column-names|"
                   "column-type-info|comments:c|debug-check|debug-info:T|force:f|html:H|"
                   "i-am-a-dummy|ignore-spaces:i|line-numbers|named-commands:G|no-beep:b|quick:q|"
                   "raw:r|safe-updates:U|show-warnings|sigint-ignore|table:t|unbuffered:n|"
                   "vertical:E|xml:X",
                   OptionValue::boolean),
    client_display("commands|syslog:j|system-command|telemetry-client", OptionValue::boolean, true,
                   false),
    client_display("abort-source-on-error|print-query-on-error|progress-reports|sandbox",
                   OptionValue::boolean, false),
    client_display("no-auto-rehash:A|batch:B|skip-column-names:N|skip-line-numbers:L|"
                   "one-database:o|silent:s|verbose:v|wait:w",
                   OptionValue::none),
    client_display("debug:#|pager", OptionValue::optional),
    client_display("character-sets-dir|delimiter|execute:e|max-join-size|prompt|select-limit|tee",
                   OptionValue::required),
    client_display("histignore", OptionValue::required, true, false),
    client_display("quick-max-column-width|server-arg", OptionValue::required, false),
};

inline constexpr OtherVersion mariadb_program_versions[] = {
    {"ssl-ca", &Protection::checks_chain, &Protection::refuses_plaintext,
     "mariadb 11.8: TLS or no connection, and the certificate is for the host, too, unless that is "
     "127.0.0.1 or ::1"},
};

[[nodiscard]] constexpr TextGrammar client_grammar(std::string_view client, std::string_view form,
                                                   View<OtherVersion const> const versions = {},
                                                   bool has_legacy_tls = false) noexcept
{
    return {.client = client,
            .form = form,
            .versions = versions,
            .missing_user = "the user's name on this machine",
            .has_legacy_tls = has_legacy_tls,
            .true_words = "1 on true",
            .false_words = "0 off false"};
}

inline constexpr TextGrammar client_grammars[] = {
    client_grammar("mysql 9.7", "the command line of mysql"),
    client_grammar("mariadb 10.11", "the command line of mariadb", rows(mariadb_program_versions),
                   true),
    client_grammar("mysql 9.7", "the option file of mysql"),
    client_grammar("mariadb 10.11", "the option file of mariadb", rows(mariadb_program_versions),
                   true),
};

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

/// The beginning of a mode's name is enough, if it is that of one alone.
[[nodiscard]] inline std::string_view whole_mode(std::string_view value) noexcept
{
    std::string_view found;
    for (TlsWord const& known : mysql_tls_words) {
        if (value.empty() || !equal_in_any_case(known.words.substr(0, value.size()), value))
            continue;
        if (!found.empty())
            return value;
        found = known.words;
    }
    return found.empty() ? value : found;
}

/// A translation in the making, of the options of a command-line client.
class ClientDraft : public TextDraft {
public:
    explicit ClientDraft(ClientProgram program, bool is_file) noexcept
        : TextDraft{client_grammars[(is_file ? 2U : 0U) +
                                    (program == ClientProgram::mariadb ? 1U : 0U)]},
          program_{program}, is_file_{is_file}
    {
    }

protected:
    [[nodiscard]] ClientProgram program() const noexcept { return program_; }

    /// Of the option file that is being read.
    std::size_t current_line = 0;

    /// By its long name without `--`.
    /// @throws Error if it is not known or, to mariadb, not by this beginning of its name
    [[nodiscard]] FoundOption find_option(std::string_view name, bool has_value) const
    {
        FoundOption found = find_exactly(name);
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
        bool const is_negated = cut("skip-") || cut("disable-");
        bool const is_enabled = !is_negated && cut("enable-");
        found = find_exactly(name);
        if (found.option == nullptr)
            found = find_by_beginning(name);
        if (found.option == nullptr && !is_loose)
            refuse_option(name, has_value);
        found.is_negated = is_negated;
        found.is_enabled = is_enabled;
        bool const may_be_skipped =
            found.option == nullptr || found.option->value == OptionValue::boolean ||
            (is_negated &&
             (found.name == "password" || found.option->setting.meaning == TextMeaning::moot));
        if ((found.is_negated || found.is_enabled) && !may_be_skipped)
            refuse_setting(found.name, "can be neither skipped nor enabled",
                           "give it a value, or remove it");
        return found;
    }

    /// By its letter; no option if there is none.
    [[nodiscard]] FoundOption find_letter(char letter) const noexcept
    {
        return find_if([wanted = letter == 'I' ? '?' : letter](auto&, auto, char known) {
            return known == wanted && known != '\0';
        });
    }

    /// Takes an option; the last of its name counts.
    void take_option(FoundOption found, std::string_view name, std::string_view value,
                     bool has_value)
    {
        bool const was_password = std::exchange(is_behind_password_, false);
        is_secret_next_ = false;
        if (found.option == nullptr) {
            return note_same(is_quotable_name(name) && !was_password ? name : "loose-…",
                             "an option that is not known is passed over", "loose- says so",
                             "remove it");
        }
        ClientOption const& option = *found.option;
        TextSetting const& setting = option.setting;
        bool const is_repeated = has(found.name);
        if (!is_repeated)
            push({.name = found.name});
        bool const is_password = found.name == "password";
        // A password in a file may go on in the next line; after -p alone, people forget that a space ends it.
        is_secret_next_ = is_password && (is_file_ || !has_value);
        is_behind_password_ = is_password;
        if (has_value && (found.is_negated || found.is_enabled))
            refuse_setting(found.name, "is skipped or enabled and has a value");
        switch (option.value) {
        case OptionValue::none:
            if (has_value)
                refuse_setting(found.name, "has a value, and can have none");
            value = "";
            break;
        case OptionValue::boolean:
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
                refuse_setting(found.name, "has no value", "write it behind a '='");
            break;
        }
        if (is_repeated && setting.meaning == TextMeaning::moot)
            return;
        if (is_repeated && setting.meaning != TextMeaning::added_statement)
            note_superseded(found.name);
        if (setting.meaning == TextMeaning::only_false ||
            setting.meaning == TextMeaning::only_true) {
            // It may be taken back: finish_switches().
            push({.name = found.name, .value = read_boolean(found.name, value) ? "1" : "0"});
            return;
        }
        // On mariadb's command line, who names a port or a socket also says that it is to be used.
        bool const chooses = program_ == ClientProgram::mariadb && !is_file_;
        if (chooses && setting.meaning == TextMeaning::port)
            protocol_ = "TCP";
        else if (chooses && setting.meaning == TextMeaning::socket)
            protocol_ = "SOCKET";
        if (setting.meaning == TextMeaning::port && value == "0") {
            port = 3306;
            return;
        }
        if (turns_tls_on(setting.meaning) && says_no(TlsQuestion::use)) {
            forget(TlsQuestion::use);
            note_same("skip-ssl", "does not count", "an option behind it turns TLS on again",
                      "remove it, or write it behind all that begin with ssl");
        }
        take(setting, found.name,
             setting.meaning == TextMeaning::tls_mode ? whole_mode(value) : value);
    }

    [[nodiscard]] Translation finish_client()
    {
        finish_switches();
        finish_address();
        finish_tls();
        if (!init_command_.empty())
            options.init_statements.insert(options.init_statements.begin(),
                                           std::move(init_command_));
        finish_socket();
        has_said_password = is_password_asked_;
        if (is_password_asked_)
            note("password", "asked for on the terminal",
                 "nobody is asked: the password is still to be filled in",
                 options.database.empty()
                     ? "a library does not talk to a terminal"
                     : "a library does not talk to a terminal; a word behind -p and a space is the "
                       "database",
                 ".login(user, Secret::from_env(…))");
        return finish();
    }

private:
    /// To mariadb, whose last word on TLS counts: these are one, whatever their value.
    [[nodiscard]] bool turns_tls_on(TextMeaning meaning) const noexcept
    {
        switch (meaning) {
        case TextMeaning::ca_file:
        case TextMeaning::ca_directory:
        case TextMeaning::certificate_file:
        case TextMeaning::key_file:
        case TextMeaning::crl_file:
        case TextMeaning::crl_directory:
        case TextMeaning::ciphers:
            return program_ == ClientProgram::mariadb;
        default:
            return false;
        }
    }

    /// The first that it holds of; is_it(option, name, letter), which is NUL if there is none.
    template <class Predicate>
    [[nodiscard]] FoundOption find_if(Predicate is_it) const
    {
        for (ClientOption const& option : client_options) {
            if (program_ == ClientProgram::mysql ? !option.has_mysql : !option.has_mariadb)
                continue;
            for (std::string_view names = option.setting.name; !names.empty();) {
                std::string_view letter = cut_first(names, '|');
                std::string_view const name = cut_first(letter, ':');
                if (is_it(option, name, letter.empty() ? '\0' : letter.front()))
                    return {.option = &option, .name = name};
            }
        }
        return {};
    }

    [[nodiscard]] FoundOption find_exactly(std::string_view name) const noexcept
    {
        return find_if([&](auto&, std::string_view known, char) {
            return known.size() == name.size() &&
                   begins_with(known, name, program_ == ClientProgram::mariadb);
        });
    }

    [[nodiscard]] FoundOption find_by_beginning(std::string_view name) const
    {
        // mysql 9.7 does not take these any more.
        if (program_ == ClientProgram::mysql || name.empty())
            return {};
        std::string_view first;
        auto const begins = [&](auto&, std::string_view known, char) {
            return known != first && begins_with(known, name, true);
        };
        FoundOption const found = find_if(begins);
        first = found.name;
        if (found.option != nullptr && find_if(begins).option != nullptr)
            refuse_setting(name, "is the beginning of more than one option",
                           "write the whole name");
        return found;
    }

    [[noreturn]] void refuse_option(std::string_view name, bool has_value) const
    {
        bool const is_mysql = program_ == ClientProgram::mysql;
        for (ClientOption const& option : client_options) {
            if (is_mysql ? !option.has_mysql : !option.has_mariadb)
                for (std::string_view names = option.setting.name; !names.empty();) {
                    std::string_view letter = cut_first(names, '|');
                    if (std::string_view const known = cut_first(letter, ':'); known == name)
                        refuse_setting(known,
                                       is_mysql ? "is one that mariadb has, and mysql 9.7 has not"
                                                : "is one that mysql has, and mariadb has not",
                                       "if the program is the other one, say so: by "
                                       "ClientProgram, or to sealsql-translate by --program or "
                                       "--from");
                }
        }
        // A value may stand directly behind the name: `--ssl-ca/etc/ca.pem`, as the vendors' documents have it.
        FoundOption const followed =
            find_if([&](ClientOption const& option, std::string_view known, char) {
                return option.value == OptionValue::required && name.size() > known.size() &&
                       name.starts_with(known) && !is_word(name[known.size()]) &&
                       name[known.size()] != '-';
            });
        if (followed.option != nullptr)
            refuse_setting(followed.name, "has something behind its name that is not its value",
                           "write a '=' between the two");
        // It may be a password, or hold one: on a line of its own, or behind `--p` or `Password `.
        bool const may_be_secret = is_secret_next_ ||
                                   (!has_value && (is_file_ || is_behind_password_)) ||
                                   names_secret(name) || name.find(' ') != name.npos ||
                                   name.starts_with('p') || name.starts_with('P');
        if (may_be_secret || !is_quotable_name(name))
            refuse(concat({"there is an option that the program does not have",
                           is_file_ ? ", in line " : "",
                           is_file_ ? std::to_string(current_line) : std::string{}}),
                   why::unknown_setting);
        refuse_setting(name, "is none that the program has", why::unknown_setting);
    }

    void take_own(TextSetting const& setting, std::string_view value) override
    {
        std::string_view const name = setting.name;
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
            if (!read_number(value, (std::uint64_t{1} << 30U) / unit, count) ||
                count * unit < 16'384)
                refuse_setting(name, "is not between 16 KiB and 1 GiB");
            options.max_allowed_packet = static_cast<std::size_t>(count * unit);
            return;
        }
        case ClientSetting::groups: {
            ssl.groups.clear();
            while (!value.empty()) {
                std::string_view const group = cut_first(value, ':');
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
                refuse_setting(name,
                               "cannot be honoured: it is OpenSSL's configuration that says so");
            return;
        case ClientSetting::compression:
            if (!equal_in_any_case(value, "uncompressed"))
                refuse_setting(name, "cannot be honoured: the protocol is not compressed",
                               "remove it if the program can do without");
            return;
        case ClientSetting::login_method:
            if (value == to_string(LoginMethod::mysql_clear_password))
                refuse_setting(name, "names a login method that is not to be had this way",
                               "have the user log in with caching_sha2_password");
            return take(TextMeaning::login_method, name, value);
        case ClientSetting::init_command:
            if (value.empty())
                refuse_setting(name, "is an empty statement", "remove it");
            init_command_ = value;
            return;
        }
    }

    /// Takes the last of each of those that cannot be set to everything.
    void finish_switches()
    {
        for (std::size_t i = 0; i < pairs().size(); ++i) {
            TextPair const& pair = pairs()[i];
            View<TextPair const> const later = pairs().subspan(i + 1);
            bool const is_last = std::none_of(later.begin(), later.end(), [&](TextPair const& one) {
                return one.name == pair.name;
            });
            if (is_last && !pair.value.empty())
                take(find_exactly(pair.name).option->setting, pair.name, pair.value);
        }
    }

    void finish_address()
    {
        bool const is_local = host.empty() || host == "localhost";
        bool const by_socket = is_local && protocol_ != "TCP";
        // mariadb goes to the host then.
        if (protocol_ == "SOCKET" && !is_local && program_ == ClientProgram::mysql)
            refuse_setting("protocol", "is SOCKET, and a host is named that is not this machine",
                           "remove one of the two");
        if (by_socket && socket.empty() && protocol_ == "SOCKET")
            refuse_setting("protocol", "is SOCKET, and which socket that is depends on the machine",
                           "name it by --socket");
        if (!by_socket && !socket.empty()) {
            socket.clear();
            note("socket", "not used, as the host is another machine or TCP is asked for",
                 "not used", "a socket is of this machine", "remove it, or remove the host");
        }
        if (by_socket && socket.empty())
            note_local_host(host.empty() ? "" : "host");
        if (host.empty())
            host = "localhost";
        if (!sni_.empty() && sni_ != host)
            refuse_setting("tls-sni-servername",
                           "cannot be honoured: the name that is sent is the one that is checked",
                           "dial that name, or say .server_name in ssl() to have it checked");
    }

    void finish_tls()
    {
        if (program_ == ClientProgram::mysql) {
            if (asked == AskedTls::unsaid && has_ca())
                ask_tls(AskedTls::on, ca_file.empty() ? "ssl-capath" : "ssl-ca");
            // With a CA and no mode it is VERIFY_CA, without either PREFERRED.
            bool const by_ca =
                asked == AskedTls::on && has_ca() && asked_by.find('=') == asked_by.npos;
            bool const chain = by_ca || is_asked({AskedTls::chain, AskedTls::identity});
            return set_before(asked != AskedTls::off, chain || asked == AskedTls::on, chain,
                              asked == AskedTls::identity);
        }
        bool const verifies = says_yes(TlsQuestion::name);
        bool const has_file = has_ca() || !certificate_file.empty() || !key_file.empty();
        // The library below it uses TLS wherever it has to check the name, whatever is said of TLS itself.
        if (verifies && says_no(TlsQuestion::use))
            note("skip-ssl", "TLS all the same, by the system's CAs",
                 "TLS, by the CA that is named or else by the system's",
                 "ssl-verify-server-cert asks for it", "remove one of the two");
        ask_first({{TlsQuestion::name, true, AskedTls::identity, "ssl-verify-server-cert"},
                   {TlsQuestion::use, false, AskedTls::off, "skip-ssl"},
                   {TlsQuestion::name, false, has_ca() ? AskedTls::chain : AskedTls::unverified,
                    "skip-ssl-verify-server-cert"}});
        if (asked == AskedTls::unsaid && (says_yes(TlsQuestion::use) || has_file))
            ask_tls(AskedTls::on, has_ca()                     ? "ssl-ca"
                                  : says_yes(TlsQuestion::use) ? "ssl"
                                                               : "ssl-cert");
        set_before(asked != AskedTls::off, verifies, verifies || has_ca(), verifies);
    }

    ClientProgram program_;
    bool is_file_;
    bool is_secret_next_ = false;
    bool is_behind_password_ = false;
    bool is_password_asked_ = false;
    std::string protocol_{};
    std::string sni_{};
    std::string init_command_{};
};

} // namespace sealsql::inline SEALSQL_ABI::detail
