#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
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

[[nodiscard]] inline bool is_boolean(TextSetting const& setting) noexcept
{
    switch (setting.meaning) {
    case TextMeaning::clear_password:
    case TextMeaning::only_false:
    case TextMeaning::only_true:
    case TextMeaning::autocommit:
    case TextMeaning::found_rows:
    case TextMeaning::changed_rows:
    case TextMeaning::tls_answer:
        return true;
    default:
        return setting.meaning == TextMeaning::moot && setting.id == a_boolean;
    }
}

/// Whether its value is a text, and no number or boolean.
[[nodiscard]] inline bool is_text(TextSetting const& setting) noexcept
{
    switch (setting.meaning) {
    case TextMeaning::port:
    case TextMeaning::connect_timeout:
    case TextMeaning::read_timeout:
    case TextMeaning::write_timeout:
    case TextMeaning::max_packet:
    case TextMeaning::moot:
    case TextMeaning::refused:
    case TextMeaning::own:
        return false;
    default:
        return !is_boolean(setting);
    }
}

/// Whether the client's values of it, such as a class, are nothing to look into.
[[nodiscard]] inline bool is_ignored(TextSetting const& setting) noexcept
{
    return setting.meaning == TextMeaning::refused ||
           (setting.meaning == TextMeaning::moot && setting.id == any_value);
}

/// Whether it is the language's word for that there is no value.
[[nodiscard]] inline bool is_nothing(SourceValue const& value) noexcept
{
    return value.kind == SourceValue::Kind::word &&
           is_one_of(value.text, "None nil null undefined", true);
}

/// `connect` of `pymysql.connect`.
[[nodiscard]] inline std::string_view last_part(std::string_view path) noexcept
{
    std::size_t const at = path.find_last_of(".:>\\");
    return at == path.npos ? path : path.substr(at + 1);
}

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
    void gather(std::size_t begin, std::size_t end, std::string_view positions = {})
    {
        using Kind = SourceValue::Kind;
        for (std::size_t i = begin; i < end; i = values()[i].end) {
            // A variable that holds others twice, and so on, would be walked through without end.
            if (++step_count_ > 10 * max_text_pairs)
                refuse("there are more than 1280 values in dictionaries that are unpacked");
            if (values()[i].kind == Kind::unpacked) {
                SourceValue const& held = values()[values().resolve(i)];
                if (held.kind != Kind::pairs)
                    refuse("a dictionary is unpacked that is not in the text",
                           "put the dictionary in front of the call, or give it alone");
                std::size_t const inside = values().resolve(i);
                gather(inside + 1, held.end);
                continue;
            }
            std::string_view name = values()[i].name;
            if (name.data() == nullptr) {
                std::size_t const inside = values().resolve(i);
                if (values()[inside].kind == Kind::pairs && positions.empty()) {
                    gather(inside + 1, values()[inside].end);
                    continue;
                }
                name = positions.substr(0, positions.find(' '));
                if (name.empty())
                    refuse("a value stands there without a name", "give each value its name");
            }
            (void)cut_first(positions, ' ');
            gather_value({}, name, i);
        }
    }

    /// Takes note of names and values that are no text of a program.
    void gather(KeywordList const& list)
    {
        for (auto const& [name, value] : list) {
            std::size_t const dot = name.find('.');
            TextSetting const* const outer = dot == name.npos ? nullptr : find(name.substr(0, dot));
            if (outer != nullptr && is_own(*outer, SourceSetting::attributes)) {
                options.connection_attributes.push_back(
                    {std::string{name.substr(dot + 1)}, std::string{value}});
                continue;
            }
            has_dictionary_ = has_dictionary_ || name.starts_with("ssl.");
            TextSetting const* const setting = find(name);
            if (setting == nullptr || !is_unset(*setting, value))
                push({.name = name, .value = value, .is_literal = true});
        }
    }

    /// Takes note of one, whatever its own name is.
    void gather_value(std::string_view name, std::size_t index) { gather_value({}, name, index); }

    /// `none`, `optional` or `required`; empty if it is not said.
    [[nodiscard]] std::string_view verify_mode() const noexcept { return verify_mode_; }

    /// Whether a dictionary by the name of `ssl` was gathered.
    [[nodiscard]] bool has_dictionary() const noexcept { return has_dictionary_; }

    /// For a boolean that the client compares with true and false: to it, a number is neither, and 0 may leave on
    /// what it was to take away.
    void refuse_number(std::string_view name) const
    {
        for (TextPair const& pair : pairs()) {
            if (pair.name == name && (pair.value == "0" || pair.value == "1"))
                refuse_setting(name,
                               "is a number, and to the client that is neither true nor false",
                               "write it as true or false");
        }
    }

    /// An empty host and port 0 are as if they were not there.
    bool takes_empty_for_unset = false;

    /// Settings that None or null makes false, while to leave them out does not.
    std::string_view false_if_none{};

    /// Whether the text says that it is nothing, which is something else than not to name it.
    bool leaves_autocommit = false;

    /// For sources where a host that is `localhost`, or left out, is the local socket of a server, and no other host
    /// is, whatever socket is named.
    void explain_localhost()
    {
        bool const ignores_case = values().language() == SourceLanguage::php;
        bool const is_local = host.empty() || host == "localhost" ||
                              (ignores_case && equal_in_any_case(host, "localhost"));
        if (!is_local)
            return leave_socket();
        if (!socket.empty())
            return;
        host = "localhost";
        note_local_host(has("host") ? "host" : "");
    }

    void leave_socket()
    {
        if (socket.empty())
            return;
        socket.clear();
        note_same(has("unix_socket")           ? "unix_socket"
                  : has("OPTIONS.unix_socket") ? "OPTIONS.unix_socket"
                                               : "socket",
                  "not used, as there is a host",
                  "the client takes a socket only if the host is localhost or left out",
                  "remove it, or remove the host");
    }

    /// What it comes to; over a local socket, these clients use TLS only where it was set up.
    [[nodiscard]] Translation finish_source()
    {
        finish_socket();
        return finish();
    }

    void take_own(TextSetting const& setting, std::string_view value) override
    {
        std::string_view const name = setting.name;
        switch (static_cast<SourceSetting>(setting.id)) {
        case SourceSetting::attributes:
            return refuse_setting(name, "is no dictionary");
        case SourceSetting::isolation_level:
            if (value.empty())
                return; // the server's own
            for (std::string_view const level :
                 {"read uncommitted", "read committed", "repeatable read", "serializable"}) {
                if (!equal_in_any_case(level, value))
                    continue;
                options.init_statements.push_back(
                    concat({"SET SESSION TRANSACTION ISOLATION LEVEL ", level}));
                return;
            }
            return refuse_setting(name, "is no isolation level");
        case SourceSetting::flags:
            return take_flags(name, value);
        case SourceSetting::verify_mode:
            return take_verify_mode(name, value);
        case SourceSetting::engine:
        case SourceSetting::other:
            return;
        }
    }

private:
    [[nodiscard]] static bool is_own(TextSetting const& setting, SourceSetting which) noexcept
    {
        return setting.meaning == TextMeaning::own &&
               setting.id == static_cast<std::uint8_t>(which);
    }

    /// Whether the value is as if the setting were not there.
    [[nodiscard]] bool is_unset(TextSetting const& setting, std::string_view value) const noexcept
    {
        bool const is_port = setting.meaning == TextMeaning::port;
        // To Ruby, an empty text is true, and takes the place of the setting's other names.
        bool const may_be_unset = is_port || (setting.meaning == TextMeaning::host &&
                                              values().language() != SourceLanguage::ruby);
        // To JavaScript, it is false, and the setting's other name counts.
        if (setting.meaning == TextMeaning::password && value.empty() &&
            values().language() == SourceLanguage::javascript)
            return true;
        return takes_empty_for_unset && may_be_unset &&
               (value.empty() || (is_port && value == "0"));
    }

    void gather_value(std::string_view outer, std::string_view name, std::size_t index)
    {
        std::array<char, 96> whole{};
        std::string_view full = name;
        if (!outer.empty()) {
            if (outer.size() + 1 + name.size() > whole.size())
                refuse_setting(outer, "holds a name that the client does not know");
            outer.copy(whole.data(), outer.size());
            whole[outer.size()] = '.';
            name.copy(whole.data() + outer.size() + 1, name.size());
            full = {whole.data(), outer.size() + 1 + name.size()};
        }
        TextSetting const* const setting = find(full);
        if (setting != nullptr && name.find('.') != name.npos)
            refuse_setting(full, "is one name with a dot in it, and the client knows a dictionary",
                           "write the dictionary, with what follows the dot as a key in it");
        std::size_t const at = values().resolve(index);
        SourceValue const& value = values()[at];
        using Kind = SourceValue::Kind;
        bool const holds_settings = value.kind == Kind::pairs && is_dictionary(full);
        // To the language, the last value takes the place of the first as a whole; here it would be put into it.
        if (has_within(full) || (holds_settings && has(full)))
            refuse_twice(full);
        if (setting == nullptr && !holds_settings) {
            if (!is_quotable_name(full))
                refuse("a name stands there that the client does not know");
            refuse_unknown(full);
        }
        if (value.kind == Kind::pairs && (setting == nullptr || !is_ignored(*setting))) {
            if (setting != nullptr && is_own(*setting, SourceSetting::attributes))
                return take_attributes(full, at);
            // To Python, what is empty is false.
            bool const is_true =
                value.end != at + 1 || values().language() != SourceLanguage::python;
            has_dictionary_ = has_dictionary_ || (name == "ssl" && is_true);
            for (std::size_t i = at + 1; i < value.end; i = values()[i].end) {
                if (values()[i].name.data() == nullptr)
                    refuse_setting(name, "holds something without a key");
                gather_value(full, values()[i].name, i);
            }
            if (!holds_settings && value.end == at + 1)
                refuse_setting(full, "is a dictionary where one value should stand",
                               "write the value, or remove it");
            return;
        }
        bool const is_literal = value.kind == Kind::text || value.kind == Kind::number;
        bool const is_none = is_nothing(value);
        bool const says_nothing = is_none || (is_literal && is_unset(*setting, value.text));
        // To leave it out would leave the first to count.
        if (says_nothing && has(full))
            refuse_twice(full);
        if (says_nothing && !is_none)
            return;
        std::string_view const kept = kept_name(*setting, full);
        if (is_none && is_one_of(full.substr(full.rfind('.') + 1), false_if_none, false))
            refuse_setting(full, "is nothing, which the client takes for false",
                           "write what is meant, or remove it");
        if (is_none) {
            // To say so is something else than to say nothing.
            if (is_own(*setting, SourceSetting::isolation_level))
                push({.name = kept});
            leaves_autocommit = leaves_autocommit || setting->meaning == TextMeaning::autocommit;
            return;
        }
        push({.name = kept,
              .value = constant(*setting, kept, at),
              .is_delimited = value.kind == Kind::text,
              .is_bytes = value.is_bytes});
    }

    /// Whether a setting was gathered out of a dictionary by that name.
    [[nodiscard]] bool has_within(std::string_view name) const noexcept
    {
        View<TextPair const> const gathered = pairs();
        return std::any_of(gathered.begin(), gathered.end(), [&](TextPair const& pair) {
            return pair.name.size() > name.size() && pair.name[name.size()] == '.' &&
                   pair.name.starts_with(name);
        });
    }

    [[noreturn]] void refuse_twice(std::string_view name) const
    {
        refuse_setting(name, "stands there twice", "remove the one that does not count");
    }

    /// The name as it stands in the table, or a copy where it is not there as a whole.
    [[nodiscard]] std::string_view kept_name(TextSetting const& setting, std::string_view name)
    {
        for (std::string_view names = setting.name; !names.empty();) {
            std::string_view const known = cut_first(names, '|');
            if (known == name)
                return known;
        }
        return names_.emplace_back(name);
    }

    /// What a setting is set to, where nothing has to be computed.
    [[nodiscard]] std::string_view constant(TextSetting const& setting, std::string_view name,
                                            std::size_t index)
    {
        using Kind = SourceValue::Kind;
        SourceValue const& value = values()[index];
        bool const is_node_file = values().language() == SourceLanguage::javascript &&
                                  is_one_of(last_part(name), "ca cert key", false);
        switch (value.kind) {
        case Kind::text:
            if (is_boolean(setting))
                refuse_setting(name, "is a text where true or false should stand",
                               "write it without quotes, or remove it");
            return value.text;
        case Kind::number:
            // What is 0 or False is to Python as if it were not there, and what is not is no text. To JavaScript, 0 is
            // nothing as well, and what has a sign or a fraction is a text without them.
            if (is_text(setting) &&
                (values().language() == SourceLanguage::python ||
                 (values().language() == SourceLanguage::javascript &&
                  (value.text == "0" ||
                   !std::all_of(value.text.begin(), value.text.end(), is_digit)))))
                refuse_setting(name, "is a number where a text should stand",
                               "write it in quotes, or remove it");
            return value.text;
        case Kind::word:
            if (is_one_of(value.text, "true false", true) && is_text(setting))
                refuse_setting(name, "is true or false where a text should stand",
                               "write the text, or remove it");
            if (is_one_of(value.text, "true false", true) || is_own(setting, SourceSetting::flags))
                return value.text;
            break;
        case Kind::flags:
        case Kind::list:
            if (is_ignored(setting))
                return {};
            // Node takes a list of one for that one.
            if (is_node_file && value.end > index + 1 && values()[index + 1].end == value.end)
                return constant(setting, name, values().resolve(index + 1));
            if (setting.meaning == TextMeaning::tls_versions ||
                setting.meaning == TextMeaning::ciphers ||
                setting.meaning == TextMeaning::cipher_suites ||
                setting.meaning == TextMeaning::sql_mode || setting.meaning == TextMeaning::own)
                return joined(name, index);
            refuse_setting(name, "is a list where one value should stand",
                           "name one; several CAs can stand in one file");
        case Kind::call:
            // Where a file is read, its name is what we want.
            if (is_node_file && last_part(value.text) == "readFileSync" && value.end > index + 1)
                return constant(setting, name, values().resolve(index + 1));
            break;
        case Kind::pairs:
        case Kind::unpacked:
        case Kind::passed:
        case Kind::imported:
            break;
        }
        if (!is_ignored(setting))
            refuse_setting(name, "is no literal, and no program is run here", why::computed);
        return {};
    }

    [[nodiscard]] bool is_dictionary(std::string_view name) const noexcept
    {
        auto const begins_with_it = [&](std::string_view known) {
            return known.size() > name.size() && known[name.size()] == '.' &&
                   known.starts_with(name);
        };
        std::string_view const prefix = grammar().shared_prefix;
        if (begins_with_it(prefix))
            return true;
        auto const holds_it = [&](View<TextSetting const> table) {
            return std::any_of(table.begin(), table.end(), [&](TextSetting const& setting) {
                return begins_with_it(setting.name);
            });
        };
        if (holds_it(grammar().settings))
            return true;
        if (!name.starts_with(prefix))
            return false;
        name.remove_prefix(prefix.size());
        for (View<TextSetting const> const table : grammar().shared_settings) {
            if (holds_it(table))
                return true;
        }
        return false;
    }

    [[nodiscard]] std::string_view joined(std::string_view name, std::size_t list)
    {
        if (list_count_ == lists_.size())
            refuse("there are more than 4 lists");
        std::size_t room = 1;
        for (std::size_t i = list + 1; i < values()[list].end; ++i)
            room += values()[i].text.size() + 1;
        std::string& text = lists_[list_count_++].clean(room);
        for (std::size_t i = list + 1; i < values()[list].end; i = values()[i].end) {
            SourceValue const& value = values()[values().resolve(i)];
            using Kind = SourceValue::Kind;
            bool const is_flag = values()[list].kind == Kind::flags && value.kind == Kind::word;
            if (!is_flag && value.kind != Kind::text && value.kind != Kind::number)
                refuse_setting(name, "holds something that is no literal");
            if (value.text.find(',') != std::string_view::npos)
                refuse_setting(name, "holds a text with a comma in it");
            if (text.size() + value.text.size() + 1 > room)
                refuse_setting(name, "holds something that is no literal");
            if (!text.empty())
                text += ',';
            text += value.text;
        }
        return text;
    }

    void take_attributes(std::string_view name, std::size_t index)
    {
        if (!options.connection_attributes.empty())
            refuse_twice(name);
        for (std::size_t i = index + 1; i < values()[index].end; i = values()[i].end) {
            SourceValue const& value = values()[values().resolve(i)];
            bool const is_literal =
                value.kind == SourceValue::Kind::text || value.kind == SourceValue::Kind::number;
            if (values()[i].name.empty() || !is_literal)
                refuse_setting(name, "holds something that is no name with a text");
            options.connection_attributes.push_back(
                {std::string{values()[i].name}, std::string{value.text}});
        }
    }

    void take_flags(std::string_view name, std::string_view value)
    {
        // What all clients say, or what concerns the client alone.
        constexpr std::string_view harmless =
            "0 SSL LONG_PASSWORD LONG_PASSWD LONG_FLAG CONNECT_WITH_DB PROTOCOL_41 TRANSACTIONS "
            "SECURE_CONNECTION MULTI_STATEMENTS MULTI_RESULTS PS_MULTI_RESULTS PLUGIN_AUTH REMEMBER_OPTIONS "
            "RESERVED IGNORE_SIGPIPE";
        // What is not there here either.
        constexpr std::string_view missing = "-CONNECT_ATTRS -LOCAL_FILES -COMPRESS";
        TextScanner scanner{value};
        bool has_other = false;
        while (!scanner.at_end()) {
            std::string_view flag = scanner.take_until(", ");
            (void)scanner.take_while([](char c) { return c == ',' || c == ' '; });
            bool const is_taken_away = flag.starts_with('-');
            flag = last_part(flag);
            bool const is_missing = is_one_of(flag, missing, false);
            for (std::string_view const prefix : {"MYSQLI_CLIENT_", "CLIENT_", "-"}) {
                if (flag.starts_with(prefix))
                    flag.remove_prefix(prefix.size());
            }
            bool const is_counting = flag == "FOUND_ROWS";
            if (is_counting)
                options.found_rows = !is_taken_away;
            else if (!is_missing && !is_one_of(flag, harmless, false))
                refuse_setting(
                    name,
                    "names a flag that cannot be honoured: it changes what the server does, "
                    "or is not known",
                    "remove it if the program can do without");
            has_other = has_other || !is_counting;
        }
        if (has_other)
            note(
                name, {}, "nothing follows from it",
                "these flags are the protocol's own affair; nothing is compressed, and a query is one "
                "statement");
    }

    void take_verify_mode(std::string_view name, std::string_view value)
    {
        // As texts, 0 and 1 are known to it as well, and as numbers they are not: no telling which was meant.
        if (is_one_of(value, "none false no", true))
            verify_mode_ = "none";
        else if (is_one_of(value, "optional", true))
            verify_mode_ = "optional";
        else if (is_one_of(value, "required true yes", true))
            verify_mode_ = "required";
        else
            refuse_setting(name, "has a value that the client does not know",
                           "write 'none' or 'required', or leave it out");
    }

    SourceValues const* values_;
    /// Names that are put together of a dictionary's and a key in it.
    std::list<std::string> names_{};
    std::array<ScratchText, 4> lists_{};
    std::size_t list_count_ = 0;
    std::size_t step_count_ = 0;
    std::string_view verify_mode_{};
    bool has_dictionary_ = false;
};

/// Whether the value at `index` was passed over: what stands around what connects. `names` are those of calls that connect.
/// @throws Error by `draft` if one of these is in it, or a setting, or a variable that may hold some
[[nodiscard]] inline bool is_passed_over(TextDraft const& draft, SourceValues const& values,
                                         std::size_t index, std::string_view names)
{
    using Kind = SourceValue::Kind;
    bool const is_import = values[index].kind == Kind::imported;
    if (!is_import && values[index].kind != Kind::passed)
        return false;
    enum class Variable : std::uint8_t { none, object, settings };
    auto const variable = [&](std::string_view name) {
        Variable found = Variable::none;
        bool was_nothing = false;
        for (std::size_t i = 0; i < values.size(); i = values[i].end) {
            SourceValue const& value = values[i];
            if (value.name.data() == nullptr || value.name != name)
                continue;
            if (is_nothing(value)) {
                was_nothing = true;
                continue;
            }
            bool const is_object = (value.kind == Kind::call || value.kind == Kind::passed) &&
                                   last_part(value.text) != "readFileSync";
            if (!is_object)
                return Variable::settings;
            found = Variable::object;
        }
        // What is nothing until an object takes its place is that object's.
        return found == Variable::none && was_nothing ? Variable::settings : found;
    };
    bool const is_php = values.language() == SourceLanguage::php;
    bool const is_ruby = values.language() == SourceLanguage::ruby;
    TextScanner scanner{values[index].text};
    while (!scanner.at_end()) {
        auto const is_part = [&](char c) {
            return is_word(c) || c == '$' || (c == '@' && is_ruby) ||
                   static_cast<unsigned char>(c) >= 0x80;
        };
        std::string_view const word = scanner.take_while(is_part);
        if (word.empty()) {
            // Everything may have come in.
            if (scanner.take() == '*' && is_import)
                draft.refuse("an import without names may change what is used",
                             "give the part that connects alone");
            continue;
        }
        Variable const kind = variable(word);
        if (kind == Variable::settings)
            draft.refuse("something that is used is used in another place as well",
                         "give the part that connects alone");
        if (is_import)
            continue;
        if (is_one_of(word, names, is_php))
            draft.refuse(
                "a call that connects stands where it may not be run, or there is more than one",
                "give the part that connects alone");
        if (kind == Variable::none && draft.find(word) != nullptr)
            draft.refuse("a setting is named outside of what connects",
                         "give the part that connects alone");
    }
    return true;
}

/// The call of which the last part of what is called is one of `names`, or else the dictionary that stands
/// last, or else the assigned values themselves; as the range of what it holds.
struct SourceRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_call = false;
};

/// @throws Error by `draft` if there is none, or more than one call
[[nodiscard]] inline SourceRange find_settings(TextDraft const& draft, SourceValues const& values,
                                               std::string_view names)
{
    using Kind = SourceValue::Kind;
    if (values.are_arguments())
        return {.begin = 0, .end = values.size(), .is_call = true};
    SourceRange found;
    bool has_dictionary = false;
    bool has_other = false;
    bool has_word = false;
    for (std::size_t i = 0; i < values.size(); i = values[i].end) {
        SourceValue const& value = values[i];
        if (is_passed_over(draft, values, i, names)) {
            has_other = true;
            continue;
        }
        if (value.kind == Kind::call && is_one_of(value.text, "require fs.readFileSync", false) &&
            value.name.data() != nullptr) {
            continue; // for others to use
        }
        if (value.kind == Kind::call) {
            if (!is_one_of(last_part(value.text), names, false))
                draft.refuse("something else is called than what connects",
                             "give the call that connects alone");
            if (found.is_call)
                draft.refuse("there is more than one call that connects", "give one of them");
            found = {.begin = i + 1, .end = value.end, .is_call = true};
        } else if (value.kind == Kind::pairs) {
            has_dictionary = true;
            if (!found.is_call)
                found = {.begin = i + 1, .end = value.end, .is_call = false};
        } else if (value.name.data() == nullptr) {
            has_other = true;
            has_word = has_word || value.kind == Kind::word;
        }
    }
    if (found.is_call || has_dictionary) {
        // Such as `rescue`: what follows may never be run.
        if (has_word)
            draft.refuse("a word stands alone that may decide what is run",
                         "give the part that connects alone");
        return found;
    }
    if (has_other || values.size() == 0)
        draft.refuse("there is neither a call nor a dictionary in it",
                     "give the call that connects, or the dictionary of its arguments");
    return {.begin = 0, .end = values.size(), .is_call = true};
}

} // namespace sealsql::inline SEALSQL_ABI::detail
