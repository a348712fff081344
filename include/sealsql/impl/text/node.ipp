#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/text_url.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/text/node.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class NodeSetting : std::uint8_t {
    ssl = static_cast<std::uint8_t>(SourceSetting::other),
    min_version,
    max_version,
    charset,
};

// Of "Connection options" in the README of mysql, of lib/connection_config.js of mysql2, and of tls.connect() in
// Node's documentation.
inline constexpr TextSetting node_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"user", TextMeaning::user},
    {"password|password1", TextMeaning::password},
    {"database", TextMeaning::database},
    {"socketPath", TextMeaning::socket},
    own("ssl", NodeSetting::ssl),
    {"ssl.ca", TextMeaning::ca_file},
    {"ssl.cert", TextMeaning::certificate_file},
    {"ssl.key", TextMeaning::key_file},
    {"ssl.passphrase", TextMeaning::identity_password},
    {"ssl.ciphers", TextMeaning::ciphers},
    answer("ssl.rejectUnauthorized", TlsQuestion::chain),
    answer("ssl.verifyIdentity", TlsQuestion::name),
    own("ssl.minVersion", NodeSetting::min_version),
    own("ssl.maxVersion", NodeSetting::max_version),
    {"ssl.honorCipherOrder", TextMeaning::moot, "it is the server's to say", a_boolean},
    {"ssl.checkServerIdentity|ssl.secureContext|ssl.session|ssl.pskCallback", TextMeaning::refused,
     "it is a function or object of the Node program"},
    {"ssl.secureProtocol|ssl.secureOptions|ssl.ecdhCurve|ssl.sigalgs|ssl.dhparam|"
     "ssl.clientCertEngine",
     TextMeaning::refused, "minVersion, maxVersion and ciphers are what it can be said with"},
    {"ssl.pfx|ssl.crl|ssl.servername", TextMeaning::refused,
     "mysql and mysql2 pass over it, unlike Node's own tls.connect()"},
    {"connectTimeout", TextMeaning::connect_timeout},
    own("charset", NodeSetting::charset),
    own("flags", SourceSetting::flags),
    own("connectAttributes", SourceSetting::attributes),
    {"enableCleartextPlugin", TextMeaning::clear_password},
    {"multipleStatements", TextMeaning::only_false, why::one_statement},
    {"compress", TextMeaning::only_false, why::no_compression},
    {"insecureAuth", TextMeaning::only_false, why::no_old_login},
    {"localInfile", TextMeaning::only_false, why::no_files},
    {"infileStreamFactory|stream|authPlugins|authSwitchHandler|queryFormat|typeCast|Promise",
     TextMeaning::refused, "it is a function or object of the Node program"},
    {"passwordSha1|password2|password3", TextMeaning::refused, why::one_password},
    {"localAddress", TextMeaning::refused, why::no_counterpart},
    {"charsetNumber", TextMeaning::refused, "charset is what it can be said with"},
    {"uri", TextMeaning::refused, "it is a URL: give that alone"},
    {"timezone|dateStrings", TextMeaning::moot, why::dates},
    {"stringifyObjects|supportBigNumbers|bigNumberStrings|decimalNumbers|debug|trace|nestTables|"
     "rowsAsArray|namedPlaceholders|enableKeepAlive|disableEval|jsonStrings|gracefulEnd|"
     "isServer",
     TextMeaning::moot, why::api},
    {"keepAliveInitialDelay|maxPreparedStatements", TextMeaning::moot, why::api, a_number},
    {"waitForConnections|resetOnRelease", TextMeaning::moot, why::pool, a_boolean},
    {"connectionLimit|queueLimit|maxIdle|idleTimeout|acquireTimeout", TextMeaning::moot, why::pool,
     a_number},
};

inline constexpr TextGrammar node_grammar{.client = "Node mysql2 3.24",
                                          .form = "the options for Node",
                                          .settings = rows(node_settings),
                                          .first_name_counts = true,
                                          .true_words = "true 1",
                                          .false_words = "false 0",
                                          .boolean_ignores_case = false,
                                          .counts_found_rows = true,
                                          .unit = std::chrono::milliseconds{1}};

/// The older of the two packages: it has fewer settings, and passes over those of the other.
inline constexpr TextGrammar node_mysql_grammar = [] {
    TextGrammar grammar = node_grammar;
    grammar.client = "Node mysql 2.18";
    return grammar;
}();

/// Whether the program requires `mysql` and not mysql2.
[[nodiscard]] inline bool requires_mysql(SourceValues const& values) noexcept
{
    for (std::size_t i = 0; i < values.size(); i = values[i].end) {
        SourceValue const& value = values[i];
        bool const is_required = value.kind == SourceValue::Kind::call && value.text == "require" &&
                                 value.end > i + 1 && values[i + 1].text == "mysql";
        // Of `import mysql from 'mysql'`, the text in quotes.
        bool const is_imported = value.kind == SourceValue::Kind::imported && value.text == "mysql";
        if (is_required || is_imported)
            return true;
    }
    return false;
}

class NodeDraft : public SourceDraft {
public:
    explicit NodeDraft(SourceValues const& values) noexcept
        : SourceDraft{requires_mysql(values) ? node_mysql_grammar : node_grammar, values}
    {
    }

    [[nodiscard]] Translation translate_url(std::string_view url)
    {
        check_text(url);
        check_characters(url);
        TextScanner scanner{url};
        std::string_view const scheme = scanner.take_while(
            [](char c) { return (is_word(c) && c != '_') || c == '+' || c == '-' || c == '.'; });
        bool const has_letter = !scheme.empty() && ascii_lower(scheme.front()) >= 'a';
        if (!has_letter || !scanner.skip("://") ||
            is_one_of(scheme, "http https ws wss ftp file", true))
            refuse("the URL has no scheme, or one for which other rules hold",
                   "write mysql://user:password@host:port/database");
        std::string_view authority = scanner.take_until("/?#");
        check_behind_server(*this, scanner.rest(), true);
        std::string_view login;
        bool const has_login = cut_login(*this, authority, login, true);
        if (authority.starts_with(':') || (has_login && authority.empty()))
            refuse("no host is named", "write localhost if that is meant");
        if (has_login)
            take_login(*this, login, Encoding::percent);
        if (options.user.find(':') != options.user.npos || authority.find('%') != authority.npos ||
            url.substr(0, url.find_first_of("?#")).find('\\') != url.npos)
            refuse(
                "a ':' in the user, a '%' in the host or a '\\' is another thing to mysql than to "
                "mysql2",
                "write a '\\' as %5C, the host as it is, and such a user in an object");
        take_address(*this, authority, Encoding::none);
        if (scanner.skip('/'))
            take_database(scanner.take_until("?#"));
        if (scanner.skip('?'))
            read_query(scanner.take_until("#"));
        if (!scanner.at_end())
            note_fragment(*this);
        return finish();
    }

    [[nodiscard]] Translation translate_list(KeywordList const& list)
    {
        for (auto const& [name, value] : list) {
            has_ssl_ = has_ssl_ || name.starts_with("ssl.");
            push({.name = name, .value = value});
        }
        return finish();
    }

    [[nodiscard]] Translation translate_object()
    {
        SourceRange const range = find_settings(*this, values(), "createConnection createPool");
        // The one argument may be a URL.
        if (range.end == range.begin + 1 && values()[range.begin].name.data() == nullptr) {
            SourceValue const& only = values()[values().resolve(range.begin)];
            if (only.kind == SourceValue::Kind::text)
                return translate_url(only.text);
        }
        gather(range.begin, range.end);
        return finish();
    }

private:
    /// Node leaves out what it calls white space, and decodes no bytes that are no text.
    void check_characters(std::string_view url) const
    {
        auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
        if (url.ends_with(' ') || std::any_of(url.begin(), url.end(), is_control))
            refuse("it holds a control character, or a space at its end, which Node leaves out",
                   "remove it, or write it as %09, %0A or %20");
        ScratchText scratch;
        std::string& decoded = scratch.clean(url.size());
        if (!percent_decode(url, Encoding::percent, decoded))
            return; // in which part, is said where that is read
        if (!is_utf8(decoded))
            refuse("what it holds by %XX is no UTF-8",
                   "write each character as the bytes that UTF-8 has for it, as in %C3%A9");
    }

    void take_database(std::string_view database)
    {
        if (database.find('/') != database.npos ||
            is_one_of(database, ". .. %2e .%2e %2e. %2e%2e", true))
            refuse("the database is a path", "name it alone, with a '/' in it as %2F");
        check_database(*this, database);
        auto const is_plain = [](char c) { return is_word(c) || c == '-' || c == '.' || c == '$'; };
        bool const is_encoded = !std::all_of(database.begin(), database.end(), is_plain);
        if (is_encoded && is_mysql())
            refuse_setting("database", "is encoded, and mysql does not decode it",
                           "write it as it is, in an object");
        if (is_encoded)
            note("database", "mysql 2.18: with %XX in the place of special characters", {},
                 "mysql2 decodes it, and the text does not say which of the two reads it");
        take_encoded(TextMeaning::database, "database", database);
    }

    [[nodiscard]] bool is_mysql() const noexcept { return &grammar() == &node_mysql_grammar; }

    [[noreturn]] void refuse_profile() const
    {
        refuse_setting("ssl", "is a profile of the driver's, by a name",
                       "name the CA's file: ssl={\"ca\":…}");
    }

    void read_query(std::string_view query)
    {
        // As long as it has room, no view into it changes.
        std::string& decoded = decoded_.clean(query.size());
        auto const decode = [&](std::string_view text) {
            std::size_t const begin = decoded.size();
            if (!percent_decode(text, Encoding::form, decoded))
                refuse("an option cannot be decoded", "write a '%' in it as %25");
            return std::string_view{decoded}.substr(begin);
        };
        while (!query.empty()) {
            TextPair const pair = cut_pair(query, '&');
            if (pair.name.empty() && !pair.has_value)
                continue;
            std::string_view const name = decode(pair.name);
            // mysql2 takes what stands before the '?', and the first of several; mysql takes the last.
            bool const is_double = is_one_of(name, "host port user password database", false) ||
                                   (name == "password1" && !options.password.empty()) ||
                                   has(name) || (name == "ssl" && names_ssl_);
            names_ssl_ = names_ssl_ || name == "ssl";
            if (is_double && find(name) != nullptr)
                refuse_setting(
                    name,
                    "stands there twice, or belongs before the '?': mysql and mysql2 differ in "
                    "what they take",
                    "say it once, and the server and login before the '?'");
            if (name.find('.') != name.npos && find(name) != nullptr)
                refuse_setting(name, "is an option that mysql and mysql2 pass over",
                               "write it as JSON: ssl={…}");
            std::string_view const value = decode(pair.value);
            // What is JSON is read as that, and anything else is a text as it stands.
            std::string_view const json = trimmed(value);
            bool const is_quoted = json.size() > 1 && json.starts_with('"') && json.ends_with('"');
            bool const is_value =
                is_quoted || json.starts_with('{') || is_one_of(json, "null true false", false);
            // What is unknown may be a piece of a password: nothing of it is read.
            if (find(name) == nullptr || !is_value) {
                std::uint64_t number = 0;
                push({.name = name,
                      .value = read_number(json, UINT64_MAX, number) ? json : value,
                      .has_value = pair.has_value});
                continue;
            }
            set_values(objects_.emplace_back(SourceLanguage::javascript, json));
            gather_value(name, 0);
        }
    }

    void take_own(TextSetting const& setting, std::string_view value) override
    {
        std::string_view const name = setting.name;
        switch (static_cast<NodeSetting>(setting.id)) {
        case NodeSetting::ssl:
            if (value != "true" && value != "false")
                refuse_profile();
            has_ssl_ = has_ssl_ || value == "true";
            is_ssl_alone_ = value == "true";
            refuses_ssl_ = value == "false";
            return;
        case NodeSetting::min_version:
            if (value == "TLSv1.3")
                ssl.min_version = TlsVersion::tls1_3;
            else if (value == "TLSv1" || value == "TLSv1.1")
                note(name, "also TLS 1.0 or 1.1", "TLS 1.2 or later",
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
        }
        SourceDraft::take_own(setting, value);
    }

    [[nodiscard]] Translation finish()
    {
        refuse_number("ssl.rejectUnauthorized"); // both packages compare it with false
        for (TextPair const& pair : pairs()) {
            if (pair.name == "ssl" && pair.is_delimited)
                refuse_profile(); // "false" is a name as well
        }
        take_pairs();
        bool const skips = says_no(TlsQuestion::chain);
        has_ssl_ = has_ssl_ || has_dictionary() || has_ca() || !certificate_file.empty() || skips ||
                   says(TlsQuestion::name);
        if (has_ssl_ && refuses_ssl_)
            refuse_setting("ssl", "is false, and something is said of it", "say one of the two");
        ask_first(
            {{TlsQuestion::chain, false, AskedTls::unverified, "ssl.rejectUnauthorized=false"},
             {TlsQuestion::name, true, AskedTls::identity, "ssl.verifyIdentity=true"},
             {TlsQuestion::name, false, AskedTls::chain, "ssl.verifyIdentity=false"}});
        if (asked == AskedTls::unsaid && has_ssl_)
            ask_tls(AskedTls::on, "ssl");
        else if (refuses_ssl_)
            ask_tls(AskedTls::off, "ssl=false");
        // To Node, a number is the port of this machine, and 0 is nothing.
        if (!socket.empty() && socket.find('/') == socket.npos)
            refuse_setting("socketPath", "is no path", "write it with its folder, as /run/m.sock");
        if (host.empty() && socket.empty())
            host = "localhost";
        if (is_mysql())
            note({}, "no login by caching_sha2_password, which is MySQL's own choice since 8.0",
                 "logs in by it", "the package mysql does not have it; mysql2 does");
        // It looks for rejectUnauthorized in what it was given.
        if (is_ssl_alone_ && !is_mysql())
            note("ssl",
                 "mysql 2.18: TLS, and no certificate is checked; mysql2 does not connect by it",
                 {}, why::other_version);
        bool const checks = !skips && !(is_ssl_alone_ && is_mysql());
        set_before(has_ssl_ && socket.empty(), true, checks,
                   checks && !is_mysql() && says_yes(TlsQuestion::name));
        return TextDraft::finish();
    }

    /// Of a URL's query.
    std::list<SourceValues> objects_{};
    ScratchText decoded_{};
    bool names_ssl_ = false;
    bool has_ssl_ = false;
    bool refuses_ssl_ = false;
    /// `ssl` is true, and not a dictionary.
    bool is_ssl_alone_ = false;
};

} // namespace detail

SEALSQL_INLINE Translation translate_node_url(std::string_view url)
{
    detail::SourceValues const none{detail::SourceLanguage::javascript, {}};
    return detail::NodeDraft{none}.translate_url(url);
}

SEALSQL_INLINE Translation translate_node_options(KeywordList const& options)
{
    detail::SourceValues const none{detail::SourceLanguage::javascript, {}};
    return detail::NodeDraft{none}.translate_list(options);
}

SEALSQL_INLINE Translation translate_node_object(std::string_view object)
{
    detail::SourceValues const values{detail::SourceLanguage::javascript, object};
    return detail::NodeDraft{values}.translate_object();
}

} // namespace sealsql::inline SEALSQL_ABI
