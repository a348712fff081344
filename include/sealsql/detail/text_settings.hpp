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
    moot,           // has no counterpart here and needs none; `note` says why, in a finding
    only_false,     // a boolean that cannot be true here; `note` says why, in an error
    only_true,
    refused, // whatever its value; `note` says why, in an error
    own,     // the family's: TextGrammar::own is called
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
    std::string_view word{};
    AskedTls asked = AskedTls::unsaid;
};

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

/// What is too much for any text that is meant.
inline constexpr std::size_t max_text_size = std::size_t{64} << 10U;
inline constexpr std::size_t max_text_pairs = 128;

class TextDraft;

/// How a client reads its settings.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there are a dozen of them, and this is how they are read
struct TextGrammar {
    /// The client and the version that its behaviour was measured with, and what its text is called.
    std::string_view client{};
    std::string_view form{};
    View<TextSetting const> settings{};
    View<TlsWord const> tls_words{};
    /// Names are equal in upper and lower case.
    bool ignores_case = false;
    /// `-` and `_` in names are equal.
    bool ignores_dashes = false;
    /// A name twice is an error, and not the last one's gain.
    bool refuses_duplicates = false;
    std::string_view true_words = "true 1 yes on";
    std::string_view false_words = "false 0 no off";
    bool boolean_ignores_case = true;
    std::chrono::milliseconds unit{1000};
    /// Appends the value that the text means, of `value` or `name`; false if it is malformed. Null: taken as it is.
    bool (*decode)(std::string_view raw, std::string& decoded) = nullptr;
    /// For TextMeaning::own; the setting's name is then the one in the text.
    void (*own)(TextDraft& draft, TextSetting const& setting, std::string_view value) = nullptr;
    /// For a name that is not in `settings`: whether it is taken. Null: none is.
    bool (*unknown)(TextDraft& draft, std::string_view name, std::string_view value) = nullptr;
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

/// Pairs of a text, in its order.
class TextPairs {
public:
    /// False if there is no room: the text is refused.
    [[nodiscard]] bool push(TextPair const& pair) noexcept
    {
        if (size_ == pairs_.size())
            return false;
        pairs_[size_++] = pair;
        return true;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // NOLINTNEXTLINE(google-explicit-constructor): it is one
    [[nodiscard]] operator View<TextPair const>() const noexcept { return {pairs_.data(), size_}; }

private:
    std::array<TextPair, max_text_pairs> pairs_{};
    std::size_t size_ = 0;
};

/// A translation in the making: takes settings, refuses what cannot be, and makes of what is left the options
/// and findings. No error that it throws quotes a value.
class TextDraft {
public:
    explicit TextDraft(TextGrammar const& grammar) noexcept : grammar_{&grammar} {}

    /// @throws Error if the text is too long or holds NUL
    void check_text(std::string_view text) const;

    /// Takes all settings, the last of each name.
    /// @throws Error naming the setting that is unknown, cannot be read or cannot be honoured
    void take(View<TextPair const> pairs);

    /// Takes one, with its value as it is meant. `name` is for errors and findings.
    void take(TextSetting const& setting, std::string_view name, std::string_view value);

    /// As above, for what a text says by its place and not by a name.
    void take(TextMeaning meaning, std::string_view name, std::string_view value)
    {
        take(TextSetting{.name = name, .meaning = meaning}, name, value);
    }

    /// As above, of a value that is percent-encoded; `plus` as percent_decode() has it.
    void take_encoded(TextMeaning meaning, std::string_view name, std::string_view value,
                      PlusSign plus = PlusSign::is_itself);

    /// The text is not what its client reads. `what` quotes nothing of it.
    [[noreturn]] void refuse(std::string_view what, std::string_view remedy = {}) const;

    /// The same for a setting.
    [[noreturn]] void refuse_setting(std::string_view name, std::string_view what,
                                     std::string_view remedy = {}) const;

    /// By the client's words, or an error.
    [[nodiscard]] bool read_boolean(std::string_view name, std::string_view value) const;

    /// As find_setting().
    [[nodiscard]] TextSetting const* find(std::string_view name) const noexcept
    {
        return find_setting(*grammar_, name);
    }

    void add_finding(FindingSeverity severity, std::string_view setting, std::string_view before,
                     std::string_view now, std::string_view reason, std::string_view remedy = {});

    /// Zero, a client's "no limit", becomes our usual limit, with a finding.
    void set_timeout(std::string_view name, std::chrono::milliseconds& timeout,
                     std::chrono::milliseconds value);

    /// What the text asks of TLS, by this setting.
    void ask_tls(AskedTls asked, std::string_view setting);

    /// Whether TLS was given a CA.
    [[nodiscard]] bool has_ca() const noexcept { return !ca_file.empty() || !ca_directory.empty(); }

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
    std::vector<std::string> revocation_lists{};
    std::string collation{};
    bool has_character_set = false;
    bool allows_clear_password = false;
    bool allows_native_password = true;
    /// What the source's client would have made sure of; the family sets it before finish().
    Protection before{};

private:
    void take_tls_mode(std::string_view name, std::string_view value);
    void take_ciphers(std::string_view name, std::string_view value);
    void take_versions(std::string_view name, std::string_view value);
    [[nodiscard]] bool is_same(TextSetting const& left, TextSetting const& right) const noexcept;
    [[nodiscard]] std::string_view decoded(std::string_view name, TextPair const& pair,
                                           ScratchText& scratch) const;
    void take_attributes(std::string_view name, std::string_view value);
    void finish_endpoint();
    void finish_character_set();
    void finish_files();
    void finish_transport();
    void finish_login_methods();
    /// TLS without a check; what only a check could use is refused or left out.
    void leave_unverified(FindingSeverity severity);
    void compare();
    /// As `add_finding`, of what the text asks of TLS.
    void add_tls_finding(FindingSeverity severity, std::string_view before, std::string_view now,
                         std::string_view reason, std::string_view remedy);

    TextGrammar const* grammar_;
    std::vector<TranslationFinding> findings_{};
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/detail/text_settings.ipp>
#endif
