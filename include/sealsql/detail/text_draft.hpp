#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/text_taker.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

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

/// A translation in the making: gathers the settings of a text, tells which of them count, and has those taken.
class TextDraft : public TextTaker {
public:
    using TextTaker::TextTaker;

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
        if (grammar().refuses_duplicates || !has(name) || !has(other))
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
            if (name.starts_with("amp;"))
                refuse("a '&' is written as &amp;, as a file of XML has it",
                       "write each &amp; as &");
            // Behind a password it may be a piece of it, which a separator in it cut off.
            bool const is_cut_off = i != 0 && !pairs_[i].is_literal && !pairs_[i - 1].is_literal &&
                                    !pairs_[i - 1].is_delimited;
            bool const follows_secret =
                is_cut_off && (names_secret(pairs_[i - 1].name) ||
                               (settings[i - 1] != nullptr && is_secret(settings[i - 1]->meaning)));
            // A name alone, or one with more behind a space, may be a password whose sign is missing.
            bool const may_be_secret =
                !pairs_[i].is_literal &&
                (!pairs_[i].has_value || (name.find(' ') != name.npos && names_secret(name)));
            if (follows_secret || may_be_secret || !is_quotable_name(name))
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
            return grammar().first_name_counts ? place_of(pairs_[i].name, settings[i]->name) : 0;
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
                if (grammar().refuses_duplicates || pairs_[i].is_final ||
                    (grammar().refuses_synonyms && !has_one_name &&
                     pairs_[i].value != pairs_[j].value))
                    refuse_setting(name,
                                   has_one_name ? std::string{"stands there twice"}
                                                : concat({"stands there twice: ", pairs_[j].name,
                                                          " is the same here"}),
                                   has_one_name ? "remove one of the two"
                                                : "remove one of the two, or give both one value");
                is_superseded = true;
            }
            if (!pairs_[i].is_literal && !pairs_[i].is_delimited)
                check_bare(settings[i], name, pairs_[i].value);
            if (is_superseded)
                note_superseded(name);
            else if (!pairs_[i].is_removal)
                take(*settings[i], name, value_of(name, pairs_[i]));
        }
    }

    /// As find_setting().
    [[nodiscard]] TextSetting const* find(std::string_view name) const noexcept
    {
        return find_setting(grammar(), name);
    }

protected:
    /// Of a value that stands in the text as it is.
    /// @param setting null for one that is not in the grammar
    void check_bare(TextSetting const* setting, std::string_view name, std::string_view value) const
    {
        bool is_list = true;
        if (setting != nullptr) {
            switch (setting->meaning) {
            case TextMeaning::password:
            case TextMeaning::ca_password:
            case TextMeaning::identity_password:
                return;
            case TextMeaning::own:
                is_list = equal_in_any_case(name, "sessionVariables");
                break;
            case TextMeaning::attributes:
            case TextMeaning::program_name:
            case TextMeaning::tls_versions:
            case TextMeaning::ciphers:
            case TextMeaning::cipher_suites:
            case TextMeaning::init_statement:
            case TextMeaning::added_statement:
                break;
            default:
                is_list = false;
            }
        }
        bool const holds_more = is_list ? holds_next_string(value)
                                        : holds_next_argument(value) || holds_next_column(value);
        if (holds_more && !value.starts_with("-----BEGIN "))
            refuse_setting(name, "holds what is no part of its value",
                           "give the connection text alone, without what stands around it");
    }

    /// For a name that is not in the grammar: whether it is taken.
    virtual bool take_unknown(std::string_view, std::string_view) { return false; }

    /// For Encoding::own: appends the value that the text means; false if it is malformed.
    virtual bool decode(std::string_view raw, std::string& decoded) const
    {
        return percent_decode(raw, grammar().encoding, decoded);
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
                   (grammar().ignores_case && equal_in_any_case(left_name, right_name));
        case TextMeaning::added_statement:
            return false;
        default:
            return true;
        }
    }

private:
    /// False if it is malformed; the scratch is used only if there is something to decode.
    [[nodiscard]] bool decode_into(ScratchText& scratch, TextPair const& pair,
                                   std::string_view& text) const
    {
        if (grammar().encoding == Encoding::none || pair.is_literal)
            return true;
        std::string& decoded = scratch.clean(text.size());
        bool const is_well_formed = decode(text, decoded);
        text = is_well_formed ? std::string_view{decoded} : std::string_view{};
        return is_well_formed;
    }

    std::array<TextPair, max_text_pairs> pairs_{};
    std::size_t pair_count_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
