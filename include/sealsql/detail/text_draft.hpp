#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/revocation.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/translation.hpp>
#include <sealsql/transport.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] inline bool is_secret(TextMeaning meaning) noexcept
{
    return meaning == TextMeaning::password || meaning == TextMeaning::ca_password ||
           meaning == TextMeaning::identity_password;
}

/// The place of a name among those of a setting, of which a text may have a prefix before it.
[[nodiscard]] inline std::size_t place_of(std::string_view name, std::string_view names) noexcept
{
    std::size_t place = 0;
    while (!names.empty() && !name.ends_with(cut_first(names, '|')))
        ++place;
    return place;
}

/// OpenSSL's name of a cipher of TLS 1.2 for IANA's, such as ECDHE-RSA-AES128-GCM-SHA256 for
/// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
[[nodiscard]] inline std::string openssl_cipher_name(std::string_view iana)
{
    std::string name{iana.substr(iana.find('_') + 1)};
    auto const replace = [&](std::string_view what, std::string_view with) {
        if (auto const at = name.find(what); at != name.npos)
            name.replace(at, what.size(), with);
    };
    if (name.starts_with("RSA_WITH_"))
        name.erase(0, 9);
    replace("WITH_", "");
    replace("AES_", "AES");
    replace("CAMELLIA_", "CAMELLIA");
    replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305");
    replace("CBC_", "");
    for (char& c : name)
        c = c == '_' ? '-' : c;
    return name;
}

/// A translation in the making: takes settings, refuses what cannot be, and makes of what is left the options
/// and findings. No error that it throws quotes a value.
class TextDraft {
public:
    explicit TextDraft(TextGrammar const& grammar) noexcept : grammar_{grammar}
    {
        options.found_rows = grammar.counts_found_rows;
    }
    TextDraft(TextDraft const&) = delete;
    TextDraft& operator=(TextDraft const&) = delete;
    virtual ~TextDraft() = default;

    /// @throws Error if the text is too long or holds NUL
    void check_text(std::string_view text) const
    {
        if (text.size() > max_text_size)
            refuse("the text is longer than 64 KiB", "give the connection text alone");
        if (text.find('\0') != text.npos)
            refuse("the text holds a NUL character", "give the connection text alone");
    }

    /// Takes note of a pair, for take_pairs().
    void push(TextPair const& pair)
    {
        if (pair_count_ == pairs_.size())
            refuse("there are more than 128 settings");
        pairs_[pair_count_++] = pair;
    }

    /// Of one setting by two names, for clients to which it is not the last that counts: forgets `other` if both are there.
    void prefer(std::string_view name, std::string_view other)
    {
        if (grammar_.refuses_duplicates || !has(name) || !has(other))
            return;
        auto* const begin = pairs_.data();
        auto* const end = std::remove_if(begin, begin + pair_count_,
                                         [&](TextPair const& pair) { return pair.name == other; });
        pair_count_ = static_cast<std::size_t>(end - begin);
        note_same(other, "does not count", "the client prefers the setting's other name",
                  "remove it");
    }

    [[nodiscard]] View<TextPair const> pairs() const noexcept
    {
        return {pairs_.data(), pair_count_};
    }

    /// Whether there is a pair of that name.
    [[nodiscard]] bool has(std::string_view name) const noexcept
    {
        return std::any_of(pairs_.begin(), pairs_.begin() + pair_count_,
                           [&](TextPair const& pair) { return pair.name == name; });
    }

    /// Takes all settings; of those that say the same, one.
    /// @throws Error naming the setting that is unknown, cannot be read or cannot be honoured
    void take_pairs()
    {
        std::array<TextSetting const*, max_text_pairs> settings{};
        ScratchText name_scratch;
        ScratchText value_scratch;
        auto const name_of = [&](TextPair const& pair) {
            std::string_view name = pair.name;
            (void)decode_into(name_scratch, pair, name);
            return name;
        };
        auto const value_of = [&](std::string_view name, TextPair const& pair) {
            std::string_view value = pair.value;
            if (!decode_into(value_scratch, pair, value))
                refuse_setting(
                    name, "has a value that cannot be decoded",
                    "write each special character of the value as the client asks for it");
            return value;
        };
        for (std::size_t i = 0; i < pair_count_; ++i) {
            std::string_view const name = name_of(pairs_[i]);
            settings[i] = find(name);
            if (settings[i] != nullptr)
                continue;
            // Behind a password it may be a piece of it, which a separator in it cut off.
            bool const is_cut_off = i != 0 && !pairs_[i].is_literal && !pairs_[i - 1].is_literal &&
                                    !pairs_[i - 1].is_delimited;
            bool const follows_secret =
                is_cut_off && (names_secret(pairs_[i - 1].name) ||
                               (settings[i - 1] != nullptr && is_secret(settings[i - 1]->meaning)));
            if (follows_secret || !is_quotable_name(name))
                refuse(concat({"what stands at setting ", std::to_string(i + 1),
                               " is none that the client knows"}),
                       follows_secret
                           ? "if the password before it holds the character that separates "
                             "settings, write that as the client asks for it"
                           : "write special characters of the values before it as the client "
                             "asks for them");
            if (!take_unknown(name, value_of(name, pairs_[i])))
                refuse_unknown(name);
        }
        auto const place = [&](std::size_t i) {
            return grammar_.first_name_counts ? place_of(pairs_[i].name, settings[i]->name) : 0;
        };
        for (std::size_t i = 0; i < pair_count_; ++i) {
            if (settings[i] == nullptr)
                continue;
            std::string_view const name = name_of(pairs_[i]);
            bool is_superseded = false;
            for (std::size_t j = 0; j < pair_count_; ++j) {
                if (settings[j] == nullptr ||
                    !is_same(*settings[i], pairs_[i].name, *settings[j], pairs_[j].name) ||
                    !(place(j) == place(i) ? j > i : place(j) < place(i)))
                    continue;
                bool const has_one_name = pairs_[i].name == pairs_[j].name;
                if (grammar_.refuses_duplicates || pairs_[i].is_final ||
                    (grammar_.refuses_synonyms && !has_one_name &&
                     pairs_[i].value != pairs_[j].value))
                    refuse_setting(name,
                                   has_one_name ? std::string{"stands there twice"}
                                                : concat({"stands there twice: ", pairs_[j].name,
                                                          " is the same here"}),
                                   has_one_name ? "remove one of the two"
                                                : "remove one of the two, or give both one value");
                is_superseded = true;
            }
            if (is_superseded)
                note_superseded(name);
            else if (!pairs_[i].is_removal)
                take(*settings[i], name, value_of(name, pairs_[i]));
        }
    }

    /// Takes one, with its value as it is meant. `name` is for errors and findings.
    void take(TextSetting const& setting, std::string_view name, std::string_view value)
    {
        auto const number = [&](std::uint64_t smallest, std::uint64_t largest) {
            std::uint64_t result = 0;
            if (!read_number(value, largest, result) || result < smallest)
                refuse_setting(name, "is no number in its range",
                               "write the number itself, in digits");
            return result;
        };
        auto const timeout = [&](std::chrono::milliseconds& target) {
            std::uint64_t const longest = 366ULL * 24 * 60 * 60 * 1000;
            auto const count = static_cast<std::int64_t>(number(0, longest));
            set_timeout(name, target, std::chrono::milliseconds{count * grammar_.unit.count()});
        };
        if (value.find('\0') != value.npos)
            refuse_setting(name, "holds a NUL character");
        auto const path = [&](std::string& target) {
            if (value.empty())
                refuse_setting(name, "is an empty path", "name the file, or remove the setting");
            target = value;
        };
        switch (setting.meaning) {
        case TextMeaning::host:
            host = value;
            return;
        case TextMeaning::port:
            port = static_cast<std::uint16_t>(number(1, 65535));
            return;
        case TextMeaning::user:
            options.user = value;
            return;
        case TextMeaning::password:
            options.password = Secret{value};
            return;
        case TextMeaning::database:
            options.database = value;
            return;
        case TextMeaning::socket:
            return path(socket);
        case TextMeaning::character_set:
            options.character_set = value;
            has_character_set = true;
            return;
        case TextMeaning::collation:
            collation = value;
            return;
        case TextMeaning::connect_timeout:
            return timeout(options.timeouts.connect);
        case TextMeaning::read_timeout:
            return timeout(options.timeouts.read);
        case TextMeaning::write_timeout:
            return timeout(options.timeouts.write);
        case TextMeaning::tls_mode:
            return take_tls_mode(name, value);
        case TextMeaning::ca_file:
            return path(ca_file);
        case TextMeaning::ca_directory:
            return path(ca_directory);
        case TextMeaning::ca_password:
            ca_password = Secret{value};
            has_ca_password = true;
            return;
        case TextMeaning::certificate_file:
            return path(certificate_file);
        case TextMeaning::key_file:
            return path(key_file);
        case TextMeaning::identity_file:
            return path(identity_file);
        case TextMeaning::identity_password:
            identity_password = Secret{value};
            return;
        case TextMeaning::crl_file:
            return path(crl_file);
        case TextMeaning::crl_directory:
            return path(crl_directory);
        case TextMeaning::ciphers:
        case TextMeaning::cipher_suites:
            return take_ciphers(name, value);
        case TextMeaning::tls_versions:
            return take_versions(name, value);
        case TextMeaning::init_statement:
        case TextMeaning::added_statement:
            if (value.empty())
                refuse_setting(name, "is an empty statement", "remove it");
            options.init_statements.emplace_back(value);
            return;
        case TextMeaning::max_packet:
            options.max_allowed_packet = number(16'384, std::uint64_t{1} << 30U);
            return;
        case TextMeaning::attributes:
            return take_attributes(name, value, ':', true);
        case TextMeaning::clear_password:
            allows_clear_password = read_boolean(name, value);
            return;
        case TextMeaning::login_method:
            return take_login_method(name, value);
        case TextMeaning::program_name:
            options.connection_attributes.push_back({"program_name", std::string{value}});
            return;
        case TextMeaning::sql_mode:
            return set_variable(name, "sql_mode", value);
        case TextMeaning::time_zone:
            return set_variable(name, "time_zone", value);
        case TextMeaning::autocommit:
            if (!read_boolean(name, value))
                options.init_statements.emplace_back("SET autocommit = 0");
            return;
        case TextMeaning::found_rows:
        case TextMeaning::changed_rows:
            options.found_rows =
                read_boolean(name, value) == (setting.meaning == TextMeaning::found_rows);
            return;
        case TextMeaning::tls_answer:
            answers_[setting.id] = read_boolean(name, value) ? Answer::yes : Answer::no;
            return;
        case TextMeaning::moot:
            if (setting.id == a_boolean)
                (void)read_boolean(name, value);
            else if (setting.id == a_number)
                (void)number(0, UINT64_MAX);
            return note(name, {}, "nothing follows from it", setting.note);
        case TextMeaning::only_false:
        case TextMeaning::only_true:
            if (read_boolean(name, value) != (setting.meaning == TextMeaning::only_true))
                refuse_setting(name, concat({"cannot be honoured: ", setting.note}),
                               "remove it if the program can do without");
            return;
        case TextMeaning::refused:
            return refuse_setting(name, concat({"cannot be honoured: ", setting.note}),
                                  "remove it if the program can do without");
        case TextMeaning::own:
            return take_own({name, TextMeaning::own, setting.note, setting.id}, value);
        }
    }

    /// As above, for what a text says by its place and not by a name.
    void take(TextMeaning meaning, std::string_view name, std::string_view value)
    {
        take(TextSetting{.name = name, .meaning = meaning}, name, value);
    }

    /// As above, of a value that is encoded.
    void take_encoded(TextMeaning meaning, std::string_view name, std::string_view value,
                      Encoding encoding = Encoding::percent)
    {
        ScratchText scratch;
        std::string& text = scratch.clean(value.size());
        if (!percent_decode(value, encoding, text))
            refuse_setting(name, "has a value that cannot be decoded", "write a '%' in it as %25");
        take(meaning, name, text);
    }

    /// Cuts `user:password@` off from what a URL has before its path; false if it is not there. `may_hold_at`: the
    /// last '@' ends it.
    [[nodiscard]] bool cut_login(std::string_view& authority, std::string_view& login,
                                 bool may_hold_at = false) const
    {
        std::size_t const at = authority.rfind('@');
        if (at == authority.npos)
            return false;
        login = authority.substr(0, at);
        if (!may_hold_at && login.find('@') != login.npos)
            refuse("there is more than one '@' before the host",
                   "write a '@' in a password as %40");
        authority.remove_prefix(at + 1);
        return true;
    }

    /// Of a URL, by what stands behind its server. A '/', '?' or '#' in a login ends the server's part, and the rest of
    /// the password then looks like a database or a setting: nothing of that may be quoted.
    void check_behind_server(std::string_view behind, bool has_fragment,
                             std::string_view remedy = {}) const
    {
        std::size_t const at = behind.rfind('@');
        if (at == behind.npos)
            return;
        std::string_view const before_at = behind.substr(0, at);
        std::size_t const question = before_at.find('?');
        bool is_cut = before_at.substr(0, question).find('@') != before_at.npos ||
                      question == before_at.npos ||
                      (has_fragment && before_at.find('#') != before_at.npos);
        std::string_view query = is_cut ? std::string_view{} : behind.substr(question + 1);
        // Settings may hold a '@': up to the last, the names tell them from a password.
        while (!is_cut && query.size() >= behind.size() - at) {
            TextPair const pair = cut_pair(query, '&');
            is_cut = (pair.has_value || !pair.name.empty()) && find(trimmed(pair.name)) == nullptr;
        }
        if (is_cut)
            refuse("an '@' stands behind the host, as if a login ended there",
                   !remedy.empty()
                       ? remedy
                       : "write each '/', '?', '#' and '@' of a login or database as %2F, %3F, %23 "
                         "and %40; if there is none, look for a slip of the pen in the settings");
    }

    /// `user:password`.
    void take_login(std::string_view login, Encoding encoding)
    {
        bool const has_password = login.find(':') != login.npos;
        take_encoded(TextMeaning::user, "user", cut_first(login, ':'), encoding);
        if (has_password)
            take_encoded(TextMeaning::password, "password", login, encoding);
    }

    /// `host:port`, `[IPv6]:port`.
    void take_address(std::string_view address, Encoding encoding)
    {
        TextScanner scanner{address};
        if (scanner.skip('[')) {
            take_encoded(TextMeaning::host, "host", scanner.take_until("],"), encoding);
            // Of what is none, clients make a host and a port.
            if (!scanner.skip(']') || host.find(':') == host.npos ||
                !is_ip_address(host.substr(0, host.find('%'))))
                refuse("the host in brackets is no IPv6 address, or nothing closes the bracket",
                       "name one server; brackets around several are not for this");
        } else {
            take_encoded(TextMeaning::host, "host", scanner.take_until(":"), encoding);
        }
        if (scanner.skip(':'))
            take(TextMeaning::port, "port", scanner.take(scanner.rest().size()));
        if (!scanner.at_end())
            refuse("something stands behind the host that is no port");
    }

    /// The text is not what its client reads. `what` quotes nothing of it.
    [[noreturn]] void refuse(std::string_view what, std::string_view remedy = {}) const
    {
        throw client_error(error_code::unknown_error, concat({grammar_.form, ": ", what}),
                           std::string{remedy});
    }

    /// The same for a setting.
    [[noreturn]] void refuse_setting(std::string_view name, std::string_view what,
                                     std::string_view remedy = {}) const
    {
        refuse(concat({"the setting '", printable(name), "' ", what}), remedy);
    }

    /// For a name that the client does not know, and that may be quoted.
    [[noreturn]] void refuse_unknown(std::string_view name) const
    {
        refuse_setting(name, concat({"is none that ", grammar_.client, " is known to have"}),
                       "look for a slip of the pen, or remove it");
    }

    /// By the client's words, or an error.
    [[nodiscard]] bool read_boolean(std::string_view name, std::string_view value) const
    {
        if (is_one_of(value, grammar_.true_words, grammar_.boolean_ignores_case))
            return true;
        if (!is_one_of(value, grammar_.false_words, grammar_.boolean_ignores_case))
            refuse_setting(name, "has a value that is neither true nor false",
                           "write it as true or false");
        return false;
    }

    /// As find_setting().
    [[nodiscard]] TextSetting const* find(std::string_view name) const noexcept
    {
        return find_setting(grammar_, name);
    }

    void add_finding(FindingSeverity severity, std::string_view setting, std::string_view earlier,
                     std::string_view now, std::string_view reason, std::string_view remedy = {})
    {
        if (findings_.empty())
            findings_.reserve(8);
        findings_.push_back({severity, printable(setting), earlier, now, reason, remedy});
    }

    /// As above, of what is different and safe.
    void note(std::string_view setting, std::string_view earlier, std::string_view now,
              std::string_view reason, std::string_view remedy = {})
    {
        add_finding(FindingSeverity::note, setting, earlier, now, reason, remedy);
    }

    /// As above, of what both do.
    void note_same(std::string_view setting, std::string_view what, std::string_view reason,
                   std::string_view remedy = {})
    {
        note(setting, what, what, reason, remedy);
    }

    /// Of a client to which a CA that is named is one more.
    void note_system_cas()
    {
        note(asked_by, "the system's CAs are trusted, too", "the CA that is named, and no other",
             "more than a hundred CAs could make a certificate for the server",
             ".ca = TrustAnchors::system() + TrustAnchors::file(…) in ssl()");
    }

    /// Of a URL.
    void note_fragment()
    {
        note_same("#", "what stands behind it is passed over", "it is the URL's fragment",
                  "write a '#' that belongs to a value as %23");
    }

    /// Of a client to which it is a socket.
    void note_local_host(std::string_view setting)
    {
        note(setting, "the local socket of a server on this machine",
             "the network, as for every other host",
             "which socket that is depends on the machine; a name of a host is one here",
             "to_socket(path) with plaintext_over_local_socket()");
    }

    void note_superseded(std::string_view setting)
    {
        note_same(setting,
                  grammar_.first_name_counts ? "one of several counts"
                                             : "the last of several counts",
                  "the setting stands there more than once", "remove the ones that do not count");
    }

    /// Zero, a client's "no limit", becomes our usual limit, with a finding.
    void set_timeout(std::string_view name, std::chrono::milliseconds& timeout,
                     std::chrono::milliseconds value)
    {
        constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
        if (value < std::chrono::milliseconds::zero() || value > longest)
            refuse_setting(name, "is not between 0 and a year");
        if (value != std::chrono::milliseconds::zero()) {
            timeout = value;
            return;
        }
        note(name, "waits without end", "waits as long as it usually does",
             "a peer that stays silent would hold the program for ever",
             "give connect_timeout(), read_timeout() or write_timeout() a longer time");
    }

    /// What the text asks of TLS, by this setting.
    void ask_tls(AskedTls what, std::string_view setting)
    {
        asked = what;
        asked_by = printable(setting);
    }

    /// What booleans ask for: the first of these answers that was given.
    void ask_first(std::initializer_list<TlsRule> rules)
    {
        for (TlsRule const& rule : rules) {
            if (rule.answer ? says_yes(rule.question) : says_no(rule.question))
                return ask_tls(rule.asked, rule.setting);
        }
    }

    [[nodiscard]] bool is_asked(std::initializer_list<AskedTls> any) const noexcept
    {
        return std::find(any.begin(), any.end(), asked) != any.end();
    }

    /// What was answered; neither is true if nothing was.
    [[nodiscard]] bool says_yes(TlsQuestion question) const noexcept
    {
        return answers_[static_cast<std::size_t>(question)] == Answer::yes;
    }
    [[nodiscard]] bool says_no(TlsQuestion question) const noexcept
    {
        return answers_[static_cast<std::size_t>(question)] == Answer::no;
    }
    [[nodiscard]] bool says(TlsQuestion question) const noexcept
    {
        return answers_[static_cast<std::size_t>(question)] != Answer::none;
    }
    void forget(TlsQuestion question) noexcept
    {
        answers_[static_cast<std::size_t>(question)] = Answer::none;
    }

    /// Whether TLS was given a CA.
    [[nodiscard]] bool has_ca() const noexcept { return !ca_file.empty() || !ca_directory.empty(); }

    /// Or anything that is of use to TLS alone.
    [[nodiscard]] bool has_tls_file() const noexcept
    {
        return has_ca() || !certificate_file.empty() || !key_file.empty() || !ssl.ciphers.empty() ||
               !ssl.cipher_suites.empty();
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
        return {std::move(options), grammar_.client, before, std::move(findings_)};
    }

    // What was taken so far. A family may change it before finish(), above all `before`.

    ConnectionOptions options{};
    /// What is said of TLS beside `ca_file` and so on.
    SslOptions ssl{};
    std::string host{};
    std::string socket{};
    std::uint16_t port = 3306;
    AskedTls asked = AskedTls::unsaid;
    /// The text says, in so many words, that plaintext is welcome where TLS is not offered.
    bool allows_fallback = false;
    /// The setting that said what is asked, as the text spells it.
    std::string asked_by{};
    /// A path or, of this and the other files, the content as PEM.
    std::string ca_file{};
    std::string ca_directory{};
    Secret ca_password{};
    std::string certificate_file{};
    std::string key_file{};
    std::string identity_file{};
    Secret identity_password{};
    std::string crl_file{};
    std::string crl_directory{};
    std::string collation{};
    bool has_ca_password = false;
    bool has_character_set = false;
    bool allows_clear_password = false;
    bool allows_native_password = true;
    /// What the source's client would have made sure of; the family sets it before finish().
    Protection before{};

protected:
    [[nodiscard]] TextGrammar const& grammar() const noexcept { return grammar_; }

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

    /// For TextMeaning::own; the setting's name is then the one in the text.
    virtual void take_own(TextSetting const&, std::string_view) {}

    /// For a name that is not in the grammar: whether it is taken.
    virtual bool take_unknown(std::string_view, std::string_view) { return false; }

    /// For Encoding::own: appends the value that the text means; false if it is malformed.
    virtual bool decode(std::string_view raw, std::string& decoded) const
    {
        return percent_decode(raw, grammar_.encoding, decoded);
    }

    /// Names and values with `separator` between them, and ',' between two such.
    void take_attributes(std::string_view name, std::string_view value, char separator,
                         bool needs_value)
    {
        while (!value.empty()) {
            std::string_view text = cut_first(value, ',');
            bool const has_value = text.find(separator) != text.npos;
            std::string_view const attribute = cut_first(text, separator);
            if (attribute.empty() || (needs_value && !has_value))
                refuse_setting(name, "holds an attribute without a name or a value");
            options.connection_attributes.push_back({std::string{attribute}, std::string{text}});
        }
    }

    /// Whether one of these two takes the place of the other.
    [[nodiscard]] bool is_same(TextSetting const& left, std::string_view left_name,
                               TextSetting const& right, std::string_view right_name) const noexcept
    {
        if (left.meaning != right.meaning)
            return false;
        switch (left.meaning) {
        case TextMeaning::own:
        case TextMeaning::tls_answer:
            return left.id == right.id;
        case TextMeaning::moot:
        case TextMeaning::only_false:
        case TextMeaning::only_true:
        case TextMeaning::refused: // with different settings in a row
            return left_name == right_name ||
                   (grammar_.ignores_case && equal_in_any_case(left_name, right_name));
        case TextMeaning::added_statement:
            return false;
        default:
            return true;
        }
    }

private:
    enum class Answer : std::uint8_t { none, no, yes };

    void take_tls_mode(std::string_view name, std::string_view value)
    {
        std::string all;
        for (TlsWord const& row : grammar_.tls_words) {
            for (std::string_view words = row.words; !words.empty();) {
                std::string_view const word = cut_first(words, '|');
                if (equal_in_any_case(word, value))
                    return ask_tls(row.asked, concat({name, "=", word}));
                all += concat({all.empty() ? "" : ", ", word});
            }
        }
        refuse_setting(name, "has a value that the client does not know",
                       concat({"write one of ", all}));
    }

    void take_ciphers(std::string_view name, std::string_view value)
    {
        std::vector<std::string> ciphers;
        std::vector<std::string> suites;
        TextScanner scanner{value};
        auto const is_separator = [](char c) {
            return c == ',' || c == ':' || c == '[' || c == ']' || is_space(c);
        };
        for (;;) {
            (void)scanner.take_while(is_separator);
            std::string_view const one =
                scanner.take_while([&](char c) { return is_word(c) || c == '-'; });
            if (one.empty())
                break;
            bool const is_iana = one.starts_with("TLS_") || one.starts_with("SSL_");
            if (is_iana && one.find("_WITH_") == one.npos)
                suites.emplace_back(one);
            else if (is_iana)
                ciphers.push_back(openssl_cipher_name(one));
            else
                ciphers.emplace_back(one);
        }
        if (!scanner.at_end())
            refuse_setting(
                name, "is more than a list of ciphers",
                "name the ciphers one by one: rules such as 'HIGH:!aNULL' are not needed, as no "
                "weak one is ever used");
        if (ciphers.empty() && suites.empty())
            refuse_setting(name, "names no cipher", "remove it to have OpenSSL's choice");
        // The client may have a setting for each.
        if (!ciphers.empty())
            ssl.ciphers = std::move(ciphers);
        if (!suites.empty())
            ssl.cipher_suites = std::move(suites);
    }

    void take_versions(std::string_view name, std::string_view value)
    {
        // Of TLSv1, TLSv1.2, TLS 1.2, TLS12, tlsv1_2 what is behind the letters.
        constexpr std::array<std::string_view, 4> spellings{"1 1.0 10 1_0", "1.1 11 1_1",
                                                            "1.2 12 1_2", "1.3 13 1_3"};
        std::array<bool, 4> has{};
        auto const is_around = [](char c) {
            return std::string_view{"[]()'\" \t"}.find(c) != std::string_view::npos;
        };
        if (value.empty())
            refuse_setting(name, "names no version of TLS", "write TLSv1.2,TLSv1.3 or remove it");
        while (!value.empty()) {
            TextScanner scanner{cut_first(value, ',')};
            (void)scanner.take_while(is_around);
            (void)scanner.skip_ignoring_case("TLS");
            scanner.skip_spaces();
            (void)scanner.skip_ignoring_case("v");
            std::string_view const one = scanner.take_while([&](char c) { return !is_around(c); });
            (void)scanner.take_while(is_around);
            bool is_known = one.empty(); // TLS alone: the first
            has[0] = has[0] || is_known;
            for (std::size_t i = 0; i < has.size(); ++i) {
                bool const is_it = is_one_of(one, spellings[i], false);
                has[i] = has[i] || is_it;
                is_known = is_known || is_it;
            }
            if (!is_known || !scanner.at_end())
                refuse_setting(name, "names a version of TLS that there is not",
                               "write TLSv1.2, TLSv1.3 or both");
        }
        if (has[2] || has[3]) {
            if ((has[0] || has[1]) && grammar_.has_legacy_tls)
                note(name, "also TLS 1.0 or 1.1", "TLS 1.2 or later",
                     "versions before 1.2 are broken (RFC 8996), and the text names a later one",
                     ".min_version = TlsVersion::tls1_0, .insecure_legacy_tls = true in ssl()");
            else if (has[0] || has[1])
                note_same(name, "TLS 1.2 or later",
                          "the client does not have TLS 1.0 and 1.1 any more",
                          "remove those from the list");
            ssl.min_version = has[2] ? TlsVersion::tls1_2 : TlsVersion::tls1_3;
            ssl.max_version = has[3] ? TlsVersion::tls1_3 : TlsVersion::tls1_2;
            ssl.insecure_legacy_tls = false;
            return;
        }
        if (!grammar_.has_legacy_tls)
            refuse_setting(name,
                           "names TLS 1.0 or 1.1 and no other, with which the client does not "
                           "connect",
                           "write TLSv1.2, TLSv1.3 or both");
        add_finding(
            FindingSeverity::danger, name, "TLS 1.0 or 1.1 and no other",
            "TLS 1.0 or 1.1 and no other",
            "the text says so; who records or changes the traffic may be able to break it",
            "update the server, then remove .insecure_legacy_tls, .min_version and .max_version");
        ssl.min_version = has[0] ? TlsVersion::tls1_0 : TlsVersion::tls1_1;
        ssl.max_version = has[1] ? TlsVersion::tls1_1 : TlsVersion::tls1_0;
        ssl.insecure_legacy_tls = true;
    }

    void take_login_method(std::string_view name, std::string_view value)
    {
        for (LoginMethod const method : all_login_methods) {
            if (to_string(method) != value || method == LoginMethod::dialog)
                continue;
            if (method == LoginMethod::mysql_clear_password)
                allows_clear_password = true;
            else
                note(name, "the method that is tried first",
                     "the server names the method, and each that is allowed is answered",
                     "the server decides by the user's account", ".login_methods({…})");
            return;
        }
        refuse_setting(name, "names a login method that is not to be had",
                       "have the user log in with caching_sha2_password");
    }

    void set_variable(std::string_view name, std::string_view variable, std::string_view value)
    {
        // Nothing that could end the quotes.
        for (char const c : value) {
            if (!is_word(c) && std::string_view{"+-:/, "}.find(c) == std::string_view::npos)
                refuse_setting(name, "holds a character that does not belong there");
        }
        options.init_statements.push_back(concat({"SET ", variable, " = '", value, "'"}));
    }

    /// False if it is malformed; the scratch is used only if there is something to decode.
    [[nodiscard]] bool decode_into(ScratchText& scratch, TextPair const& pair,
                                   std::string_view& text) const
    {
        if (grammar_.encoding == Encoding::none || pair.is_literal)
            return true;
        std::string& decoded = scratch.clean(text.size());
        bool const is_well_formed = decode(text, decoded);
        text = is_well_formed ? std::string_view{decoded} : std::string_view{};
        return is_well_formed;
    }

    void finish_endpoint()
    {
        if (!socket.empty()) {
            options.endpoint = Endpoint::local_socket(std::move(socket));
            return;
        }
        if (host.find(':') != host.npos && !is_ip_address(host.substr(0, host.find('%'))))
            refuse("the host holds a ':', and is no IPv6 address",
                   "name the port by the client's own setting for it");
        if (!is_plausible_host(host))
            refuse(host.empty() ? "no host is named" : "the host is not one name or IP address",
                   "name one server: a client that chooses among several has to do that itself");
        options.endpoint = Endpoint::tcp(std::move(host), port);
    }

    /// What stood behind the text, where it was given with more than itself, is in its last name then; a password among
    /// it would be shown.
    void check_names() const
    {
        auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
        for (std::string_view const name :
             {std::string_view{options.user}, std::string_view{options.database}}) {
            std::size_t const sign = name.find_last_of("=:");
            if (std::any_of(name.begin(), name.end(), is_control) || name.find('"') != name.npos ||
                name.find("',") != name.npos || name.ends_with('\'') ||
                (sign != name.npos && names_secret(name.substr(0, sign))))
                refuse("the user or the database holds what is no part of a name",
                       "give the connection text alone, without what stands around it");
        }
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

    void finish_files()
    {
        auto const is_pem = [](std::string_view text) { return text.starts_with("-----BEGIN "); };
        auto const holds_key = [&](std::string_view text) {
            return is_pem(text) && text.find("PRIVATE KEY-") != text.npos;
        };
        if (holds_key(ca_file) || (holds_key(certificate_file) && !key_file.empty()))
            refuse("a private key stands among certificates that are for all to see",
                   "leave it out there: its place is the setting of the key");
        if (!ca_file.empty()) {
            if (is_pem(ca_file))
                ssl.ca = TrustAnchors::memory(ca_file);
            else if (has_ca_password)
                ssl.ca = TrustAnchors::file(std::move(ca_file), std::move(ca_password));
            else
                ssl.ca = TrustAnchors::file(std::move(ca_file));
        }
        if (!ca_directory.empty()) {
            TrustAnchors const directory = TrustAnchors::directory(std::move(ca_directory));
            if (ssl.ca.is_system())
                ssl.ca = directory;
            else
                ssl.ca += directory;
        }
        if (certificate_file.empty() && !key_file.empty())
            refuse("a client's key is named, and no certificate that it belongs to",
                   "name the certificate's file, too");
        if (is_pem(certificate_file) != is_pem(key_file) && !key_file.empty())
            refuse("of a client's certificate and key one is a file and one is in the text",
                   "give both in the same way");
        if (!identity_file.empty() && !certificate_file.empty())
            refuse("a client's certificate is named twice", "name one of the two");
        std::string& certificate = identity_file.empty() ? certificate_file : identity_file;
        bool const has_key = !key_file.empty();
        if (is_pem(certificate) && has_key)
            ssl.identity = ClientIdentity::memory(certificate, Secret{std::move(key_file)},
                                                  std::move(identity_password));
        else if (is_pem(certificate))
            ssl.identity = ClientIdentity::memory(Secret{std::move(certificate)},
                                                  std::move(identity_password));
        else if (has_key)
            ssl.identity = ClientIdentity::pem_files(std::move(certificate), std::move(key_file),
                                                     std::move(identity_password));
        else if (!certificate.empty())
            ssl.identity =
                ClientIdentity::file(std::move(certificate), std::move(identity_password));
        std::vector<std::string> lists;
        for (std::string* const list : {&crl_file, &crl_directory}) {
            if (!list->empty())
                lists.push_back(std::move(*list));
        }
        if (!lists.empty())
            ssl.revocation = Revocation::of_whole_chain(std::move(lists));
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
        if (findings_.empty())
            obey_tls(Severity::fine, "TLS or no connection, chain and name checked",
                     "the two do the same", {});
    }

    /// What other versions of the client make of the text.
    void compare_versions()
    {
        if (options.endpoint.is_local_socket())
            return;
        for (OtherVersion const& other : grammar_.versions) {
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

    TextGrammar const& grammar_;
    std::array<TextPair, max_text_pairs> pairs_{};
    std::size_t pair_count_ = 0;
    std::vector<TranslationFinding> findings_{};
    std::array<Answer, 9> answers_{};
};

} // namespace sealsql::inline SEALSQL_ABI::detail
