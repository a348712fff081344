#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_settings.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// @file
/// What the clients of Python, PHP and Ruby have in common: their settings are values of a program.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Settings of TextMeaning::own that several of these clients have. Those from `autocommit` on are booleans.
enum class SourceSetting : std::uint8_t {
    /// A dictionary of connection attributes.
    attributes,
    /// One of them.
    program_name,
    /// A login method.
    login_method,
    /// As TextMeaning::ciphers, where another setting has the suites of TLS 1.3.
    old_ciphers,
    suites,
    /// Of the session.
    sql_mode,
    time_zone,
    isolation_level,
    /// Flags of the protocol, by names with `,` between.
    flags,
    /// Django's driver.
    engine,
    /// PyMySQL's `verify_mode`.
    verify_mode,

    autocommit = 0x80,
    // What SourceVerification holds.
    ssl,
    ssl_disabled,
    verify_certificate,
    verify_name,
};

/// What a boolean of three values says.
enum class Answer : std::uint8_t { none, yes, no };

/// What the text says of TLS in booleans.
struct SourceVerification {
    Answer ssl = Answer::none;
    Answer disabled = Answer::none;
    Answer certificate = Answer::none;
    Answer name = Answer::none;
    /// `none`, `optional` or `required`; empty if it is not said.
    std::string_view mode{};
};

[[nodiscard]] constexpr TextSetting source_own(std::string_view name, SourceSetting id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

/// A translation in the making, of values in a program.
class SourceDraft : public TextDraft {
public:
    SourceDraft(TextGrammar const& grammar, SourceValues const& values) noexcept
        : TextDraft{grammar}, grammar_{grammar}, values_{values}
    {
    }

    /// For TextGrammar::own.
    static void take_own(TextDraft& draft, TextSetting const& setting, std::string_view value)
    {
        static_cast<SourceDraft&>(draft).take_own(setting, value);
    }

protected:
    [[nodiscard]] SourceValues const& values() const noexcept { return values_; }

    /// Takes note of the named values from `begin` on, before `end`. Those in a dictionary have the names
    /// `outer.inner`; those without a name are what `positions` says, names with a space between.
    void gather(std::size_t begin, std::size_t end, std::string_view positions = {});

    /// Takes note of one, whatever its own name is.
    void gather_value(std::string_view name, std::size_t index) { gather_value({}, name, index); }

    [[nodiscard]] SourceVerification const& verification() const noexcept { return verification_; }

    /// A flag says that the certificate is not looked at.
    void set_unverified() noexcept { verification_.certificate = Answer::no; }

    /// Whether a dictionary by the name of `ssl` was gathered.
    [[nodiscard]] bool has_dictionary() const noexcept { return has_dictionary_; }

    /// Takes all that was gathered.
    void take_gathered() { take(pairs_); }

    /// Whether the setting was gathered.
    [[nodiscard]] bool has(std::string_view name) const noexcept;

    /// `SET name = 'value'` on each connection; the value holds nothing that could end the quotes.
    void set_variable(std::string_view setting, std::string_view variable, std::string_view value);

    /// An empty host and port 0 are as if they were not there.
    bool takes_empty_for_unset = false;

    /// For sources where a host that is `localhost`, or left out, is the local socket of a server.
    void explain_localhost();

    /// What it comes to; over a local socket, these clients use TLS only where it was set up.
    [[nodiscard]] Translation finish_source();

private:
    void gather_value(std::string_view outer, std::string_view name, std::size_t index);
    void push(std::string_view name, std::string_view value);
    [[nodiscard]] bool is_dictionary(std::string_view name) const noexcept;
    [[nodiscard]] std::string_view joined(std::string_view name, std::size_t list);
    void take_attributes(std::string_view name, std::size_t index);
    void take_own(TextSetting const& setting, std::string_view value);
    void take_login_method(std::string_view name, std::string_view value);
    void take_flags(std::string_view name, std::string_view value);
    void take_verify_mode(std::string_view name, std::string_view value);

    TextGrammar const& grammar_;
    SourceValues const& values_;
    TextPairs pairs_{};
    std::array<ScratchText, 4> lists_{};
    std::size_t list_count_ = 0;
    std::size_t step_count_ = 0;
    SourceVerification verification_{};
    bool has_dictionary_ = false;
};

/// `connect` of `pymysql.connect`.
[[nodiscard]] std::string_view last_part(std::string_view path) noexcept;

/// The call of which the last part of what is called is one of `names`, or else the dictionary that stands
/// last, or else the assigned values themselves; as the range of what it holds.
struct SourceRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_call = false;
};

/// @throws Error by `draft` if there is none, or more than one call
[[nodiscard]] SourceRange find_settings(TextDraft const& draft, SourceValues const& values,
                                        std::string_view names);

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/detail/source_draft.ipp>
#endif
