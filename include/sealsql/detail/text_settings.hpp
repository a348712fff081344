#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/translation.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// What connection texts of all clients have in common: settings with names and values. A family's header cuts
/// its text into TextPairs; the family's TextGrammar says what each name means; TextDraft does the rest.

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a client's setting means to us.
enum class TextMeaning : std::uint8_t {
    host,
    port,
    user,
    password, // a secret
    database,
    socket,
    character_set,
    collation,
    connect_timeout, // in TextGrammar::unit; 0: the client's "no limit", see TextDraft::set_timeout()
    read_timeout,
    write_timeout,
    tls_mode, // one of TextGrammar::tls_words
    ca_file,
    ca_directory,
    ca_password, // a secret
    certificate_file,
    key_file,
    identity_file,     // certificate and key in one
    identity_password, // a secret: of identity_file or key_file
    crl_file,
    crl_directory,
    ciphers, // OpenSSL's or IANA's names, with `,` `:` or spaces between; suites of TLS 1.3 among them
    cipher_suites, // the same, where the client has two settings
    tls_versions,  // with `,` between
    server_name,
    init_statement,
    max_packet,     // bytes
    attributes,     // `name:value,…`
    clear_password, // a boolean: mysql_clear_password may be used
    login_method,   // that the client begins with
    program_name,   // a connection attribute
    sql_mode,
    time_zone,
    autocommit, // a boolean
    tls_answer, // a boolean about TLS: TextSetting::id is the TlsQuestion
    moot,       // has no counterpart here and needs none; `note` says why, in a finding
    only_false, // a boolean that cannot be true here; `note` says why, in an error
    only_true,
    refused, // whatever its value; `note` says why, in an error
    own,     // the family's: TextDraft::take_own() is called
};

/// What a client's boolean about TLS answers.
enum class TlsQuestion : std::uint8_t {
    use,      // is there TLS?
    leave,    // is there none?
    demand,   // is plaintext refused?
    chain,    // is the certificate checked?
    name,     // and the host's name?
    no_chain, // is any certificate accepted?
    no_name,  // is any name?
};

/// A name that a client knows. Its members stand in the order in which a row of a table is read.
struct TextSetting { // NOLINT(clang-analyzer-optin.performance.Padding)
    /// Or several of the same meaning, with `|` between.
    std::string_view name{};
    TextMeaning meaning = TextMeaning::own;
    std::string_view note{};
    /// Tells the family's own settings apart; those with the same number are one setting by several names. Of a
    /// moot one, what its value has to be: any_value, a_boolean or a_number.
    std::uint8_t id = 0;
};

inline constexpr std::uint8_t any_value = 0;
inline constexpr std::uint8_t a_boolean = 1;
inline constexpr std::uint8_t a_number = 2;

/// A family's own setting.
template <class Id>
[[nodiscard]] constexpr TextSetting own(std::string_view name, Id id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

[[nodiscard]] constexpr TextSetting answer(std::string_view name, TlsQuestion question) noexcept
{
    return {name, TextMeaning::tls_answer, {}, static_cast<std::uint8_t>(question)};
}

/// Notes that settings of several clients have.
namespace why {
inline constexpr std::string_view no_files = "no server is handed files of this machine";
inline constexpr std::string_view no_compression = "the protocol is not compressed";
inline constexpr std::string_view no_rsa =
    "no password is sent without TLS, encrypted by itself or not";
inline constexpr std::string_view no_old_login = "the login method of MySQL 4.0 is broken";
inline constexpr std::string_view one_statement = "a query is one statement";
inline constexpr std::string_view one_password = "a login has one password";
inline constexpr std::string_view no_counterpart = "there is nothing that it could be said to";
inline constexpr std::string_view found_rows =
    "affected rows are those that changed, not those that were found";
inline constexpr std::string_view reconnect =
    "a lost session loses its transaction, and only the program knows what that means";
inline constexpr std::string_view srv_records = "no server is looked up by SRV records";
inline constexpr std::string_view option_file =
    "it names an option file: give that to translate_option_file()";
inline constexpr std::string_view session_timeout = "a session's wait_timeout is not changed";
inline constexpr std::string_view statement_size =
    "it limits statements: how long one may be is the server's max_allowed_packet";
inline constexpr std::string_view buffers = "buffers grow as they need to";
inline constexpr std::string_view dates = "dates are handed over as the server sends them";
inline constexpr std::string_view own_type = "a column's type in C++ is the program's choice";
inline constexpr std::string_view fetching = "how rows are taken is said of each query";
inline constexpr std::string_view kept_rows = "query_all() keeps rows, query() streams them";
inline constexpr std::string_view api = "it concerns how the driver's own functions behave";
inline constexpr std::string_view pool = "it concerns the driver's pool of connections";
inline constexpr std::string_view expired_password =
    "the server's error of an expired password is reported";
} // namespace why

/// What a text asks of TLS, whatever its client makes of it.
enum class AskedTls : std::uint8_t {
    /// Nothing.
    unsaid,
    /// No TLS: obeyed.
    off,
    /// TLS if it is offered: not a word about the check.
    if_offered,
    /// TLS: not a word about the check.
    on,
    /// TLS without a check: obeyed.
    unverified,
    /// Chain and no name: obeyed.
    chain,
    /// Chain and name.
    identity,
};

/// A value of a client's TLS mode.
struct TlsWord {
    /// Or several, with `|` between.
    std::string_view words{};
    AskedTls asked = AskedTls::unsaid;
};

/// Those of MySQL's own clients.
inline constexpr TlsWord mysql_tls_words[] = {
    {"DISABLED", AskedTls::off},
    {"PREFERRED", AskedTls::if_offered},
    {"REQUIRED", AskedTls::on},
    {"VERIFY_CA", AskedTls::chain},
    {"VERIFY_IDENTITY", AskedTls::identity},
};

/// A table, to hand over.
template <class Row, std::size_t Size>
[[nodiscard]] constexpr View<Row const> rows(Row const (&table)[Size]) noexcept
{
    return {table, Size};
}

/// `name=value` in a text; both views into it, not decoded yet.
struct TextPair {
    std::string_view name{};
    std::string_view value{};
    /// False for a name alone.
    bool has_value = true;
    /// Neither name nor value is encoded, whatever the grammar.
    bool is_literal = false;
    /// The value ends where it was meant to, in quotes or before the host: nothing behind it is a piece of it.
    bool is_delimited = false;
    /// Takes back what was said before under the same name, and says nothing itself.
    bool is_removal = false;
};

/// Cuts the first `name=value` off from a list of such; empty, without a value, where there is none.
[[nodiscard]] constexpr TextPair cut_pair(std::string_view& list, char separator) noexcept
{
    std::string_view value = cut_first(list, separator);
    bool const has_value = value.find('=') != value.npos;
    std::string_view const name = cut_first(value, '=');
    return {.name = name, .value = value, .has_value = has_value};
}

/// What is too much for any text that is meant.
inline constexpr std::size_t max_text_size = std::size_t{64} << 10U;
inline constexpr std::size_t max_text_pairs = 128;

/// How a client reads its settings.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there are a dozen of them, and this is how they are read
struct TextGrammar {
    /// The client and the version that its behaviour was measured with, and what its text is called.
    std::string_view client{};
    std::string_view form{};
    View<TextSetting const> settings{};
    /// Those that another client has as well, and what stands before their names here.
    std::array<View<TextSetting const>, 4> shared_settings{};
    std::string_view shared_prefix{};
    View<TlsWord const> tls_words = rows(mysql_tls_words);
    /// Names are equal in upper and lower case.
    bool ignores_case = false;
    /// A name twice is an error, and not the last one's gain.
    bool refuses_duplicates = false;
    std::string_view true_words = "true 1 yes on";
    std::string_view false_words = "false 0 no off";
    bool boolean_ignores_case = true;
    std::chrono::milliseconds unit{1000};
    Encoding encoding = Encoding::none;
};

/// What the name means; null if the client does not know it.
[[nodiscard]] TextSetting const* find_setting(TextGrammar const& grammar,
                                              std::string_view name) noexcept;

/// Text that may be a secret, erased when it goes.
class ScratchText {
public:
    ScratchText() = default;
    ScratchText(ScratchText const&) = delete;
    ScratchText& operator=(ScratchText const&) = delete;
    ~ScratchText() { erase_memory(text_.data(), text_.size()); }

    /// Empty, with room for so much: as long as no more comes, no copy is left behind by growing.
    [[nodiscard]] std::string& clean(std::size_t room)
    {
        erase_memory(text_.data(), text_.size());
        text_.clear();
        text_.reserve(room);
        return text_;
    }

private:
    std::string text_;
};

/// A translation in the making: takes settings, refuses what cannot be, and makes of what is left the options
/// and findings. No error that it throws quotes a value.
class TextDraft {
public:
    explicit TextDraft(TextGrammar const& grammar) noexcept : grammar_{grammar} {}
    TextDraft(TextDraft const&) = delete;
    TextDraft& operator=(TextDraft const&) = delete;
    virtual ~TextDraft() = default;

    /// @throws Error if the text is too long or holds NUL
    void check_text(std::string_view text) const;

    /// Takes note of a pair, for take_pairs().
    void push(TextPair const& pair);
    [[nodiscard]] View<TextPair const> pairs() const noexcept
    {
        return {pairs_.data(), pair_count_};
    }

    /// Takes all settings, the last of each name.
    /// @throws Error naming the setting that is unknown, cannot be read or cannot be honoured
    void take_pairs();

    /// Takes one, with its value as it is meant. `name` is for errors and findings.
    void take(TextSetting const& setting, std::string_view name, std::string_view value);

    /// As above, for what a text says by its place and not by a name.
    void take(TextMeaning meaning, std::string_view name, std::string_view value)
    {
        take(TextSetting{.name = name, .meaning = meaning}, name, value);
    }

    /// As above, of a value that is encoded.
    void take_encoded(TextMeaning meaning, std::string_view name, std::string_view value,
                      Encoding encoding = Encoding::percent);

    /// Cuts `user:password@` off from what a URL has before its path; false if it is not there.
    [[nodiscard]] bool cut_login(std::string_view& authority, std::string_view& login) const;

    /// `user:password`.
    void take_login(std::string_view login, Encoding encoding);

    /// `host:port`, `[IPv6]:port`.
    void take_address(std::string_view address, Encoding encoding);

    /// The text is not what its client reads. `what` quotes nothing of it.
    [[noreturn]] void refuse(std::string_view what, std::string_view remedy = {}) const;

    /// The same for a setting.
    [[noreturn]] void refuse_setting(std::string_view name, std::string_view what,
                                     std::string_view remedy = {}) const;

    /// For a name that the client does not know, and that may be quoted.
    [[noreturn]] void refuse_unknown(std::string_view name) const;

    /// By the client's words, or an error.
    [[nodiscard]] bool read_boolean(std::string_view name, std::string_view value) const;

    /// As find_setting().
    [[nodiscard]] TextSetting const* find(std::string_view name) const noexcept
    {
        return find_setting(grammar_, name);
    }

    void add_finding(FindingSeverity severity, std::string_view setting, std::string_view before,
                     std::string_view now, std::string_view reason, std::string_view remedy = {});

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

    /// Of a URL.
    void note_fragment()
    {
        note_same("#", "what stands behind it is passed over", "it is the URL's fragment",
                  "write a '#' that belongs to a value as %23");
    }

    /// Of a client to which it is a socket.
    void explain_local_host(std::string_view setting)
    {
        note(setting, "the local socket of a server on this machine",
             "the network, as for every other host",
             "which socket that is depends on the machine; a name of a host is one here",
             "to_socket(path) with plaintext_over_local_socket()");
    }

    void note_superseded(std::string_view setting)
    {
        note_same(setting, "the last of several counts", "the setting stands there more than once",
                  "remove the ones that do not count");
    }

    /// Zero, a client's "no limit", becomes our usual limit, with a finding.
    void set_timeout(std::string_view name, std::chrono::milliseconds& timeout,
                     std::chrono::milliseconds value);

    /// What the text asks of TLS, by this setting.
    void ask_tls(AskedTls asked, std::string_view setting);

    [[nodiscard]] bool is_asked(std::initializer_list<AskedTls> any) const noexcept;

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
    [[nodiscard]] Translation finish();

    // What was taken so far. A family may change it before finish(), above all `before`.

    ConnectionOptions options{};
    /// What is said of TLS beside `ca_file` and so on.
    SslOptions ssl{};
    std::string host{};
    std::uint16_t port = 3306;
    std::string socket{};
    AskedTls asked = AskedTls::unsaid;
    /// The setting that said so, as the text spells it.
    std::string asked_by{};
    /// The text says, in so many words, that plaintext is welcome where TLS is not offered.
    bool allows_fallback = false;
    /// A path or, of this and the other files, the content as PEM.
    std::string ca_file{};
    std::string ca_directory{};
    Secret ca_password{};
    bool has_ca_password = false;
    std::string certificate_file{};
    std::string key_file{};
    std::string identity_file{};
    Secret identity_password{};
    std::string crl_file{};
    std::string crl_directory{};
    std::string collation{};
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

    /// For TextMeaning::own; the setting's name is then the one in the text.
    virtual void take_own(TextSetting const& setting, std::string_view value);

    /// For a name that is not in the grammar: whether it is taken.
    virtual bool take_unknown(std::string_view name, std::string_view value);

    /// For Encoding::own: appends the value that the text means; false if it is malformed.
    virtual bool decode(std::string_view raw, std::string& decoded) const;

private:
    enum class Answer : std::uint8_t { none, no, yes };

    void take_tls_mode(std::string_view name, std::string_view value);
    void take_ciphers(std::string_view name, std::string_view value);
    void take_versions(std::string_view name, std::string_view value);
    void take_login_method(std::string_view name, std::string_view value);
    void set_variable(std::string_view name, std::string_view variable, std::string_view value);
    [[nodiscard]] bool decode_into(ScratchText& scratch, TextPair const& pair,
                                   std::string_view& text) const;
    void take_attributes(std::string_view name, std::string_view value);
    void finish_endpoint();
    void finish_character_set();
    void finish_files();
    void finish_transport();
    void finish_login_methods();
    /// TLS without a check; what only a check could use is refused or left out.
    void leave_unverified(FindingSeverity severity);
    void compare();
    /// Adds a finding of what the text asks of TLS, and both do.
    void obey_tls(FindingSeverity severity, std::string_view what, std::string_view reason,
                  std::string_view remedy);

    TextGrammar const& grammar_;
    std::array<TextPair, max_text_pairs> pairs_{};
    std::size_t pair_count_ = 0;
    std::array<Answer, 7> answers_{};
    std::vector<TranslationFinding> findings_{};
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/detail/text_settings.ipp>
#endif
