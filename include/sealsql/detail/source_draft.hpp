#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_settings.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

/// @file
/// What the clients of Python, PHP, Ruby and Node have in common: their settings are values of a program.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Settings of TextMeaning::own that several of these clients have.
enum class SourceSetting : std::uint8_t {
    /// A dictionary of connection attributes.
    attributes,
    isolation_level,
    /// Flags of the protocol, by names with `,` between.
    flags,
    /// Django's driver.
    engine,
    /// PyMySQL's `verify_mode`.
    verify_mode,
    /// Here a client's own begin.
    other,
};

/// A translation in the making, of values in a program.
class SourceDraft : public TextDraft {
public:
    SourceDraft(TextGrammar const& grammar, SourceValues const& values) noexcept
        : TextDraft{grammar}, values_{&values}
    {
    }

protected:
    [[nodiscard]] SourceValues const& values() const noexcept { return *values_; }

    /// Those of another piece of the text, which has to live until all is taken.
    void set_values(SourceValues const& values) noexcept { values_ = &values; }

    /// Takes note of the named values from `begin` on, before `end`. Those in a dictionary have the names
    /// `outer.inner`; those without a name are what `positions` says, names with a space between.
    void gather(std::size_t begin, std::size_t end, std::string_view positions = {});

    /// Takes note of one, whatever its own name is.
    void gather_value(std::string_view name, std::size_t index) { gather_value({}, name, index); }

    /// `none`, `optional` or `required`; empty if it is not said.
    [[nodiscard]] std::string_view verify_mode() const noexcept { return verify_mode_; }

    /// Whether a dictionary by the name of `ssl` was gathered.
    [[nodiscard]] bool has_dictionary() const noexcept { return has_dictionary_; }

    /// Whether the setting was gathered.
    [[nodiscard]] bool has(std::string_view name) const noexcept;

    /// An empty host and port 0 are as if they were not there.
    bool takes_empty_for_unset = false;

    /// For sources where a host that is `localhost`, or left out, is the local socket of a server.
    void explain_localhost();

    /// What it comes to; over a local socket, these clients use TLS only where it was set up.
    [[nodiscard]] Translation finish_source();

    void take_own(TextSetting const& setting, std::string_view value) override;

private:
    void gather_value(std::string_view outer, std::string_view name, std::size_t index);
    [[nodiscard]] std::string_view kept_name(TextSetting const& setting, std::string_view name);
    [[nodiscard]] std::string_view constant(TextSetting const& setting, std::string_view name,
                                            std::size_t index);
    [[nodiscard]] bool is_dictionary(std::string_view name) const noexcept;
    [[nodiscard]] std::string_view joined(std::string_view name, std::size_t list);
    void take_attributes(std::string_view name, std::size_t index);
    void take_flags(std::string_view name, std::string_view value);
    void take_verify_mode(std::string_view name, std::string_view value);

    SourceValues const* values_;
    /// Names that are put together of a dictionary's and a key in it.
    std::list<std::string> names_{};
    std::array<ScratchText, 4> lists_{};
    std::size_t list_count_ = 0;
    std::size_t step_count_ = 0;
    std::string_view verify_mode_{};
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
