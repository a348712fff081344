#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/text/node.hpp>
#include <sealsql/translation.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class NodeSetting : std::uint8_t {
    ssl,
    reject_unauthorized,
    verify_identity,
    min_version,
    max_version,
    charset,
    flags,
};

[[nodiscard]] constexpr TextSetting node_own(std::string_view name, NodeSetting id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

inline constexpr std::string_view node_about_api =
    "it concerns how the driver's own functions behave";
inline constexpr std::string_view node_about_pool = "it concerns the driver's pool of connections";
inline constexpr std::string_view node_no_functions =
    "it is a function or object of the Node program";

// Of "Connection options" in the README of mysql, of lib/connection_config.js of mysql2, and of tls.connect() in
// Node's documentation.
inline constexpr TextSetting node_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"user", TextMeaning::user},
    {"password|password1", TextMeaning::password},
    {"database", TextMeaning::database},
    {"socketPath", TextMeaning::socket},
    node_own("ssl", NodeSetting::ssl),
    {"ssl.ca", TextMeaning::ca_file},
    {"ssl.cert", TextMeaning::certificate_file},
    {"ssl.key", TextMeaning::key_file},
    {"ssl.pfx", TextMeaning::identity_file},
    {"ssl.passphrase", TextMeaning::identity_password},
    {"ssl.crl", TextMeaning::crl_file},
    {"ssl.ciphers", TextMeaning::ciphers},
    {"ssl.servername", TextMeaning::server_name},
    node_own("ssl.rejectUnauthorized", NodeSetting::reject_unauthorized),
    node_own("ssl.verifyIdentity", NodeSetting::verify_identity),
    node_own("ssl.minVersion", NodeSetting::min_version),
    node_own("ssl.maxVersion", NodeSetting::max_version),
    {"ssl.honorCipherOrder", TextMeaning::moot, "it is the server's to say", a_boolean},
    {"ssl.checkServerIdentity|ssl.secureContext|ssl.session|ssl.pskCallback", TextMeaning::refused,
     node_no_functions},
    {"ssl.secureProtocol|ssl.secureOptions|ssl.ecdhCurve|ssl.sigalgs|ssl.dhparam|"
     "ssl.clientCertEngine",
     TextMeaning::refused, "minVersion, maxVersion and ciphers are what it can be said with"},
    {"connectTimeout", TextMeaning::connect_timeout},
    node_own("charset", NodeSetting::charset),
    node_own("flags", NodeSetting::flags),
    {"enableCleartextPlugin", TextMeaning::clear_password},
    {"multipleStatements", TextMeaning::only_false, "a query is one statement"},
    {"compress", TextMeaning::only_false, "the protocol is not compressed"},
    {"insecureAuth", TextMeaning::only_false, "the login method of MySQL 4.0 is broken"},
    {"localInfile", TextMeaning::only_false, "no server is handed files of this machine"},
    {"infileStreamFactory|stream|authPlugins|authSwitchHandler|queryFormat|typeCast|"
     "passwordSha1|password2|password3|localAddress|charsetNumber|uri",
     TextMeaning::refused, node_no_functions},
    {"timezone|dateStrings", TextMeaning::moot,
     "dates and times are handed over as the server sends them"},
    {"stringifyObjects|supportBigNumbers|bigNumberStrings|decimalNumbers|debug|trace|nestTables|"
     "rowsAsArray|namedPlaceholders|enableKeepAlive|disableEval|jsonStrings|gracefulEnd|"
     "isServer",
     TextMeaning::moot, node_about_api},
    {"keepAliveInitialDelay|maxPreparedStatements", TextMeaning::moot, node_about_api, a_number},
    {"waitForConnections", TextMeaning::moot, node_about_pool, a_boolean},
    {"connectionLimit|queueLimit|maxIdle|idleTimeout|acquireTimeout", TextMeaning::moot,
     node_about_pool, a_number},
};

class NodeOptions : public TextDraft {
public:
    using TextDraft::TextDraft;

    [[nodiscard]] Translation translate_url(std::string_view url)
    {
        check_text(url);
        TextScanner scanner{url};
        (void)scanner.take_while(
            [](char c) { return is_word(c) || c == '+' || c == '-' || c == '.'; });
        if (scanner.position() == 0 || !scanner.skip("://"))
            refuse("the URL has no scheme", "write mysql://user:password@host:port/database");
        std::string_view authority = scanner.take_until("/?#");
        if (std::size_t const at = authority.rfind('@'); at != authority.npos) {
            std::string_view const login = authority.substr(0, at);
            if (login.find('@') != login.npos)
                refuse("there is more than one '@' before the host",
                       "write a '@' in a password as %40");
            std::size_t const colon = login.find(':');
            take_encoded(TextMeaning::user, "user", login.substr(0, colon));
            if (colon != login.npos)
                take_encoded(TextMeaning::password, "password", login.substr(colon + 1));
            authority.remove_prefix(at + 1);
        }
        read_host(authority);
        if (scanner.skip('/'))
            take_encoded(TextMeaning::database, "database", scanner.take_until("?#"));
        if (scanner.skip('?'))
            read_query(scanner.take_until("#"));
        if (!scanner.at_end())
            add_finding(FindingSeverity::note, "#", "what stands behind it is passed over",
                        "what stands behind it is passed over", "it is the URL's fragment",
                        "write a '#' that belongs to a value as %23");
        take(pairs_);
        return finish();
    }

    [[nodiscard]] Translation translate_list(KeywordList const& list)
    {
        for (auto const& [name, value] : list) {
            has_ssl_ = has_ssl_ || name.starts_with("ssl.");
            push({.name = name, .value = value, .is_literal = true});
        }
        take(pairs_);
        return finish();
    }

    [[nodiscard]] Translation translate_object(std::string_view text)
    {
        check_text(text);
        TextScanner scanner{text};
        (void)scanner.take_while([](char c) {
            return is_word(c) || is_space(c) || c == '.' || c == '=' || c == '(' || c == '$';
        });
        if (scanner.peek() != '{')
            refuse("there is no object", "give the object that the program connects by, {…}");
        read_object(scanner, {});
        (void)scanner.take_while(
            [](char c) { return is_space(c) || c == ')' || c == ';' || c == ','; });
        if (!scanner.at_end())
            refuse("something stands behind the object");
        take(pairs_);
        return finish();
    }

    /// A value as it stands in JavaScript.
    static bool decode(std::string_view raw, std::string& decoded)
    {
        char const quote = raw.empty() ? '\0' : raw.front();
        if (quote != '"' && quote != '\'' && quote != '`') {
            decoded += raw;
            return true;
        }
        TextScanner scanner{raw.substr(1, raw.size() - (raw.size() > 1 ? 2 : 1))};
        while (!scanner.at_end()) {
            char const c = scanner.take();
            if (c == '$' && quote == '`' && scanner.peek() == '{')
                return false; // to be computed
            if (c != '\\') {
                decoded += c;
                continue;
            }
            switch (char const escaped = scanner.take()) {
            case 'n':
                decoded += '\n';
                break;
            case 't':
                decoded += '\t';
                break;
            case 'r':
                decoded += '\r';
                break;
            case 'b':
                decoded += '\b';
                break;
            case 'f':
                decoded += '\f';
                break;
            case 'u':
                if (!decode_unicode(scanner, decoded))
                    return false;
                break;
            case '"':
            case '\'':
            case '`':
            case '\\':
            case '/':
            case '$':
                decoded += escaped;
                break;
            default:
                return false;
            }
        }
        return true;
    }

    static void take_own(TextDraft& draft, TextSetting const& setting, std::string_view value)
    {
        static_cast<NodeOptions&>(draft).take_own(static_cast<NodeSetting>(setting.id),
                                                  setting.name, value);
    }

private:
    using TextDraft::take;

    /// `XXXX` behind `\u`, with the second half of a pair where there is one.
    static bool decode_unicode(TextScanner& scanner, std::string& decoded)
    {
        auto const unit = [&](std::uint32_t& value) {
            std::string_view const digits = scanner.take(4);
            value = 0;
            for (char const c : digits) {
                if (hex_digit(c) > 15)
                    return false;
                value = value * 16 + hex_digit(c);
            }
            return digits.size() == 4;
        };
        std::uint32_t code_point = 0;
        if (!unit(code_point) || code_point == 0)
            return false;
        if (code_point >= 0xD800 && code_point < 0xE000) {
            std::uint32_t low = 0;
            if (code_point >= 0xDC00 || !scanner.skip("\\u") || !unit(low) || low < 0xDC00 ||
                low >= 0xE000)
                return false;
            code_point = 0x10000 + ((code_point - 0xD800) << 10U) + (low - 0xDC00);
        }
        auto const add = [&](std::uint32_t byte) {
            decoded += static_cast<char>(static_cast<unsigned char>(byte));
        };
        if (code_point < 0x80) {
            add(code_point);
        } else if (code_point < 0x800) {
            add(0xC0U | code_point >> 6U);
            add(0x80U | (code_point & 0x3FU));
        } else if (code_point < 0x10000) {
            add(0xE0U | code_point >> 12U);
            add(0x80U | (code_point >> 6U & 0x3FU));
            add(0x80U | (code_point & 0x3FU));
        } else {
            add(0xF0U | code_point >> 18U);
            add(0x80U | (code_point >> 12U & 0x3FU));
            add(0x80U | (code_point >> 6U & 0x3FU));
            add(0x80U | (code_point & 0x3FU));
        }
        return true;
    }

    void push(TextPair const& pair)
    {
        if (!pairs_.push(pair))
            refuse("there are more than 128 options");
    }

    void read_host(std::string_view text)
    {
        TextScanner scanner{text};
        if (scanner.skip('[')) {
            host = scanner.take_until("]");
            if (!scanner.skip(']'))
                refuse("the address begins with a '[' that nothing closes");
        } else {
            take_encoded(TextMeaning::host, "host", scanner.take_until(":"));
        }
        if (scanner.skip(':'))
            take(TextMeaning::port, "port", scanner.take(scanner.rest().size()));
        if (!scanner.at_end())
            refuse("something stands behind the host that is no port");
    }

    void read_query(std::string_view text)
    {
        TextScanner scanner{text};
        while (!scanner.at_end()) {
            TextScanner option{scanner.take_until("&")};
            scanner.skip('&');
            if (option.at_end())
                continue;
            if (decoded_count_ + 2 > decoded_.size())
                refuse("there are more than 16 options");
            std::string_view const encoded_name = option.take_until("=");
            std::string& name = decoded_[decoded_count_++].clean(encoded_name.size());
            option.skip('=');
            std::string& value = decoded_[decoded_count_++].clean(option.rest().size());
            if (!percent_decode(encoded_name, PlusSign::is_space, name) ||
                !percent_decode(option.rest(), PlusSign::is_space, value))
                refuse("an option cannot be decoded", "write a '%' in it as %25");
            std::string_view const json = trimmed(value);
            if (json.starts_with('{')) {
                TextScanner object{json};
                read_object(object, name);
                if (!object.at_end())
                    refuse_setting(name, "holds more than an object");
            } else {
                // A string in quotes is JSON as well.
                bool const is_quoted = json.size() > 1 && json.front() == '"' && json.back() == '"';
                push({.name = name, .value = json, .is_literal = !is_quoted});
            }
        }
    }

    static void skip_blanks(TextScanner& scanner) noexcept
    {
        for (;;) {
            scanner.skip_spaces();
            if (scanner.skip("//"))
                (void)scanner.take_until("\n");
            else if (scanner.skip("/*"))
                (void)scanner.take(scanner.rest().find("*/") == std::string_view::npos
                                       ? scanner.rest().size()
                                       : scanner.rest().find("*/") + 2);
            else
                return;
        }
    }

    /// The quoted text that comes next, quotes included.
    [[nodiscard]] std::string_view read_quoted(TextScanner& scanner) const
    {
        std::string_view const rest = scanner.rest();
        std::size_t const begin = scanner.position();
        char const quote = scanner.take();
        for (;;) {
            if (scanner.at_end())
                refuse("a quote is not closed");
            char const c = scanner.take();
            if (c == quote)
                return rest.substr(0, scanner.position() - begin);
            if (c == '\\')
                (void)scanner.take();
        }
    }

    [[nodiscard]] static bool is_quote(char c) noexcept
    {
        return c == '"' || c == '\'' || c == '`';
    }

    [[nodiscard]] std::string_view read_key(TextScanner& scanner) const
    {
        std::string_view key;
        if (is_quote(scanner.peek())) {
            key = read_quoted(scanner);
            key = key.substr(1, key.size() - 2);
        } else {
            key = scanner.take_while([](char c) { return is_word(c) || c == '$'; });
        }
        skip_blanks(scanner);
        if (key.empty() || !scanner.skip(':'))
            refuse("something in an object is no 'name: value'",
                   "write the values into the object, not names of variables");
        return key;
    }

    /// `{name: value, …}`; `outer` is the option that it is the value of.
    void read_object(TextScanner& scanner, std::string_view outer)
    {
        scanner.skip('{');
        if (outer == "ssl")
            push({.name = "ssl", .value = "true", .is_literal = true});
        for (;;) {
            skip_blanks(scanner);
            if (scanner.skip('}'))
                return;
            std::string_view const key = read_key(scanner);
            skip_blanks(scanner);
            if (scanner.peek() == '{') {
                if (!outer.empty() || (key != "ssl" && key != "connectAttributes"))
                    refuse("an object stands where the driver has none");
                read_object(scanner, key);
            } else {
                add_member(outer, key, read_value(scanner));
            }
            skip_blanks(scanner);
            if (!scanner.skip(',') && scanner.peek() != '}')
                refuse("an object is not closed, or a ',' is missing in it");
        }
    }

    void add_member(std::string_view outer, std::string_view key, std::string_view value)
    {
        if (outer == "connectAttributes") {
            ConnectionAttribute attribute{.name = std::string{key}};
            if (!decode(value, attribute.value))
                refuse_setting(key, "has a value that cannot be decoded");
            options.connection_attributes.push_back(std::move(attribute));
            return;
        }
        std::string_view name = key;
        if (!outer.empty()) {
            // The pair holds a view: one of the table's own names will do.
            std::string const full = concat({outer, ".", key});
            TextSetting const* const setting = find(full);
            if (setting == nullptr)
                refuse_setting(full.size() > 64 ? outer : std::string_view{full},
                               "is none that the driver is known to have",
                               "look for a slip of the pen, or remove it");
            name = setting->name.substr(setting->name.find(full), full.size());
        }
        push({.name = name, .value = value, .is_delimited = true});
    }

    /// A literal, or `readFileSync` of one, or a list of one such.
    [[nodiscard]] std::string_view read_value(TextScanner& scanner) const
    {
        if (scanner.skip('[')) {
            skip_blanks(scanner);
            std::string_view const value = read_single_value(scanner);
            skip_blanks(scanner);
            scanner.skip(',');
            skip_blanks(scanner);
            if (!scanner.skip(']'))
                refuse("a list has more than one element", "give one file with all certificates");
            return value;
        }
        return read_single_value(scanner);
    }

    [[nodiscard]] std::string_view read_single_value(TextScanner& scanner) const
    {
        if (is_quote(scanner.peek()))
            return read_quoted(scanner);
        std::string_view const word = scanner.take_while(
            [](char c) { return is_word(c) || c == '.' || c == '-' || c == '+' || c == '$'; });
        if (!word.ends_with("readFileSync")) {
            if (word.empty() ||
                (!is_one_of(word, "true false null undefined", false) && !is_digit(word.front())))
                refuse("a value would have to be computed, and no program is run here",
                       "put the value itself into the object");
            return word;
        }
        skip_blanks(scanner);
        if (!scanner.skip('('))
            refuse("readFileSync is not called");
        skip_blanks(scanner);
        if (!is_quote(scanner.peek()))
            refuse("the name of a file would have to be computed",
                   "put the file's path into the object");
        std::string_view const path = read_quoted(scanner);
        (void)scanner.take_until(")");
        if (!scanner.skip(')'))
            refuse("a '(' is not closed");
        if (scanner.skip(".toString"))
            (void)(scanner.take_until(")"), scanner.skip(')'));
        return path;
    }

    void take_own(NodeSetting setting, std::string_view name, std::string_view value)
    {
        bool const is_nothing = value == "null" || value == "undefined";
        switch (setting) {
        case NodeSetting::ssl:
            if (value != "true" && value != "false" && !is_nothing)
                refuse_setting(name, "is a profile of the driver's, by a name",
                               "name the CA's file: ssl={\"ca\":…}");
            has_ssl_ = has_ssl_ || value == "true";
            refuses_ssl_ = value == "false";
            return;
        case NodeSetting::reject_unauthorized:
            checks_chain_ = is_nothing || read_boolean(name, value);
            return;
        case NodeSetting::verify_identity:
            if (!is_nothing)
                verify_identity_ = read_boolean(name, value) ? Said::yes : Said::no;
            return;
        case NodeSetting::min_version:
            if (value == "TLSv1.3")
                ssl.min_version = TlsVersion::tls1_3;
            else if (value == "TLSv1" || value == "TLSv1.1")
                add_finding(
                    FindingSeverity::note, name, "also TLS 1.0 or 1.1", "TLS 1.2 or later",
                    "versions before 1.2 are broken (RFC 8996)",
                    ".min_version = TlsVersion::tls1_0, .insecure_legacy_tls = true in ssl()");
            else if (value != "TLSv1.2")
                refuse_setting(name, "is no version of TLS", "write TLSv1.2 or TLSv1.3");
            return;
        case NodeSetting::max_version:
            if (value == "TLSv1.2")
                ssl.max_version = TlsVersion::tls1_2;
            else if (value != "TLSv1.3")
                refuse_setting(name, "is no version of TLS that is not broken",
                               "write TLSv1.2 or TLSv1.3");
            return;
        case NodeSetting::charset: { // a collation, by its name in capitals, or a character set
            std::string lower;
            for (char const c : value)
                lower += ascii_lower(c);
            return take(value.find('_') == value.npos ? TextMeaning::character_set
                                                      : TextMeaning::collation,
                        name, lower);
        }
        case NodeSetting::flags:
            return take_flags(name, value);
        }
    }

    /// Names with `,` between and perhaps `-` before.
    void take_flags(std::string_view name, std::string_view value) const
    {
        TextScanner scanner{value};
        while (!scanner.at_end()) {
            std::string_view const flag = trimmed(scanner.take_until(","));
            scanner.skip(',');
            // Without FOUND_ROWS, affected rows are those that changed, as they are here.
            if (flag != "-FOUND_ROWS" && flag != "-CONNECT_ATTRS" && flag != "-LOCAL_FILES" &&
                flag != "-MULTI_STATEMENTS" && flag != "-COMPRESS")
                refuse_setting(name, "holds a flag that cannot be honoured",
                               "remove it if the program can do without");
        }
    }

    [[nodiscard]] Translation finish()
    {
        has_ssl_ = has_ssl_ || has_ca() || !certificate_file.empty() || !identity_file.empty() ||
                   !checks_chain_ || verify_identity_ != Said::nothing;
        if (has_ssl_ && refuses_ssl_)
            refuse_setting("ssl", "is false, and something is said of it", "say one of the two");
        if (!checks_chain_)
            ask_tls(AskedTls::unverified, "ssl.rejectUnauthorized=false");
        else if (verify_identity_ == Said::yes)
            ask_tls(AskedTls::identity, "ssl.verifyIdentity=true");
        else if (verify_identity_ == Said::no)
            ask_tls(AskedTls::chain, "ssl.verifyIdentity=false");
        else if (has_ssl_)
            ask_tls(AskedTls::on, "ssl");
        else if (refuses_ssl_)
            ask_tls(AskedTls::off, "ssl=false");
        if (host.empty() && socket.empty())
            host = "localhost";
        bool const uses_tls = has_ssl_ && socket.empty();
        before = {.uses_tls = uses_tls,
                  .refuses_plaintext = uses_tls,
                  .checks_chain = uses_tls && checks_chain_,
                  .checks_name = uses_tls && checks_chain_ && verify_identity_ == Said::yes};
        return TextDraft::finish();
    }

    enum class Said : std::uint8_t { nothing, no, yes };

    TextPairs pairs_{};
    std::array<ScratchText, 32> decoded_{};
    std::size_t decoded_count_ = 0;
    bool has_ssl_ = false;
    bool refuses_ssl_ = false;
    bool checks_chain_ = true;
    Said verify_identity_ = Said::nothing;
};

inline constexpr TextGrammar node_grammar{.client = "Node mysql2 3.24",
                                          .form = "the options for Node",
                                          .settings = {node_settings, std::size(node_settings)},
                                          .true_words = "true 1",
                                          .false_words = "false 0 null undefined",
                                          .boolean_ignores_case = false,
                                          .unit = std::chrono::milliseconds{1},
                                          .decode = NodeOptions::decode,
                                          .own = NodeOptions::take_own};

} // namespace detail

SEALSQL_INLINE Translation translate_node_url(std::string_view url)
{
    return detail::NodeOptions{detail::node_grammar}.translate_url(url);
}

SEALSQL_INLINE Translation translate_node_options(KeywordList const& options)
{
    return detail::NodeOptions{detail::node_grammar}.translate_list(options);
}

SEALSQL_INLINE Translation translate_node_object(std::string_view object)
{
    return detail::NodeOptions{detail::node_grammar}.translate_object(object);
}

} // namespace sealsql::inline SEALSQL_ABI
