#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/translation.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// @file
/// What connection texts of all clients have in common: settings with names and values. A family's header cuts
/// its text into TextPairs; the family's TextGrammar says what each name means; TextDraft does the rest.

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a client's setting means to us.
enum class TextMeaning : std::uint8_t {
    // Up to the database: whom to connect to, and as whom.
    host,
    port,
    user,
    password, // a secret
    database,
    socket,
    character_set,
    collation,
    connect_timeout, // in TextGrammar::unit; 0: the client's "no limit", see TextTaker::set_timeout()
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
    init_statement,
    added_statement, // the same, where each of several counts
    max_packet,      // bytes
    attributes,      // `name:value,…`
    clear_password,  // a boolean: mysql_clear_password may be used
    login_method,    // that the client begins with
    program_name,    // a connection attribute
    sql_mode,
    time_zone,
    autocommit,   // a boolean
    found_rows,   // a boolean: the affected rows of an UPDATE are those that it found
    changed_rows, // a boolean: the other way round
    tls_answer,   // a boolean about TLS: TextSetting::id is the TlsQuestion
    moot,         // has no counterpart here and needs none; `note` says why, in a finding
    only_false,   // a boolean that cannot be true here; `note` says why, in an error
    only_true,
    refused, // whatever its value; `note` says why, in an error
    own,     // the family's: TextTaker::take_own() is called
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
    own_ca,   // where none is named, may it be one of the program's surroundings?
    own_key,  // the same of the client's certificate
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
inline constexpr std::string_view unknown_setting =
    "look for a slip of the pen; if it is another client's, say whose text it is";
inline constexpr std::string_view computed =
    "put the value itself into the text; of a password that the code takes from elsewhere, any "
    "text in quotes";
inline constexpr std::string_view no_files = "no server is handed files of this machine";
inline constexpr std::string_view no_compression = "the protocol is not compressed";
inline constexpr std::string_view no_rsa =
    "no password is sent without TLS, encrypted by itself or not";
inline constexpr std::string_view no_old_login = "the login method of MySQL 4.0 is broken";
inline constexpr std::string_view one_statement = "a query is one statement";
inline constexpr std::string_view one_password = "a login has one password";
inline constexpr std::string_view no_counterpart = "there is nothing that it could be said to";
inline constexpr std::string_view reconnect =
    "a lost session loses its transaction, and only the program knows what that means";
inline constexpr std::string_view srv_records = "no server is looked up by SRV records";
inline constexpr std::string_view option_file =
    "it names an option file: give that to translate_option_file_at()";
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
inline constexpr std::string_view other_version =
    "what a text protects depends on the version that reads it, and it does not say which that is";
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

/// What an answer asks for.
struct TlsRule {
    TlsQuestion question = TlsQuestion::use;
    bool answer = true;
    AskedTls asked = AskedTls::unsaid;
    /// As the text spells it.
    std::string_view setting{};
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

/// Another version of the client that was measured to make something else of a text than the grammar's own does.
struct OtherVersion {
    /// The setting that asked for TLS, as the finding about it has it; empty for any.
    std::string_view by{};
    /// It concerns texts by which the grammar's version makes sure of the first, and not of the second where there is one.
    bool Protection::*has = nullptr;
    bool Protection::*lacks = nullptr;
    /// The version, and what it does.
    std::string_view before{};
};

/// Those with MariaDB Connector/C 3.4 in place of 3.3; the name of an address of this machine is not looked at.
inline constexpr std::string_view connector_c_later =
    "over MariaDB Connector/C 3.4, of MariaDB 11.8: the certificate is for the host, too, unless that is "
    "127.0.0.1 or ::1";

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
    /// Bytes of a program, and no text.
    bool is_bytes = false;
    /// Takes back what was said before under the same name, and says nothing itself.
    bool is_removal = false;
    /// Not to be said again behind it.
    bool is_final = false;
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
    View<OtherVersion const> versions{};
    /// Who logs in where nobody is named.
    std::string_view missing_user = "no user, or one that the program gives beside the text";
    /// Names are equal in upper and lower case.
    bool ignores_case = false;
    /// Or these alone are, with a space between.
    std::string_view caseless_names{};
    /// A name twice is an error, and not the last one's gain.
    bool refuses_duplicates = false;
    /// Which of several names of one setting counts is left to a hash table: they are an error, unless they say
    /// the same.
    bool refuses_synonyms = false;
    /// Of names of one setting the one counts that stands first in its row, wherever it stands in the text.
    bool first_name_counts = false;
    /// The client can still do TLS 1.0 and 1.1.
    bool has_legacy_tls = true;
    std::string_view true_words = "true 1 yes on";
    std::string_view false_words = "false 0 no off";
    bool boolean_ignores_case = true;
    /// Where nothing is said, the affected rows of an UPDATE are those that it found.
    bool counts_found_rows = false;
    std::chrono::milliseconds unit{1000};
    Encoding encoding = Encoding::none;
};

/// What the name means; null if the client does not know it.
[[nodiscard]] inline TextSetting const* find_setting(TextGrammar const& grammar,
                                                     std::string_view name) noexcept
{
    bool const ignores_case = grammar.ignores_case || is_one_of(name, grammar.caseless_names, true);
    auto const find = [&](View<TextSetting const> table, std::string_view wanted) {
        for (TextSetting const& setting : table) {
            for (std::string_view names = setting.name; !names.empty();) {
                std::string_view const known = cut_first(names, '|');
                if (ignores_case ? equal_in_any_case(known, wanted) : known == wanted)
                    return &setting;
            }
        }
        return static_cast<TextSetting const*>(nullptr);
    };
    TextSetting const* const own = find(grammar.settings, name);
    if (own != nullptr || !name.starts_with(grammar.shared_prefix))
        return own;
    for (View<TextSetting const> const table : grammar.shared_settings) {
        TextSetting const* const shared = find(table, name.substr(grammar.shared_prefix.size()));
        if (shared != nullptr)
            return shared;
    }
    return nullptr;
}

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

} // namespace sealsql::inline SEALSQL_ABI::detail
