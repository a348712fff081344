#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/impl/detail/text_settings.ipp>
#include <sealsql/login_method.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] inline bool is_boolean(TextSetting const& setting) noexcept
{
    switch (setting.meaning) {
    case TextMeaning::clear_password:
    case TextMeaning::only_false:
    case TextMeaning::only_true:
        return true;
    case TextMeaning::moot:
        return setting.id == a_boolean;
    case TextMeaning::own:
        return setting.id >= static_cast<std::uint8_t>(SourceSetting::autocommit);
    default:
        return false;
    }
}

/// Whether the client's values of it, such as a class, are nothing to look into.
[[nodiscard]] inline bool is_ignored(TextSetting const& setting) noexcept
{
    return setting.meaning == TextMeaning::refused ||
           (setting.meaning == TextMeaning::moot && setting.id == any_value);
}

SEALSQL_INLINE std::string_view last_part(std::string_view path) noexcept
{
    std::size_t const at = path.find_last_of(".:>\\");
    return at == path.npos ? path : path.substr(at + 1);
}

SEALSQL_INLINE void SourceDraft::push(std::string_view name, std::string_view value)
{
    if (!pairs_.push({name, value}))
        refuse("there are more than 128 settings");
}

SEALSQL_INLINE bool SourceDraft::is_dictionary(std::string_view name) const noexcept
{
    for (TextSetting const& setting : grammar_.settings) {
        if (setting.name.size() > name.size() && setting.name[name.size()] == '.' &&
            setting.name.starts_with(name))
            return true;
    }
    return false;
}

SEALSQL_INLINE Translation SourceDraft::finish_source()
{
    if (!socket.empty()) {
        if (!has_ca())
            before = {};
        before.checks_name = false;
    }
    return finish();
}

SEALSQL_INLINE std::string_view SourceDraft::joined(std::string_view name, std::size_t list)
{
    if (list_count_ == lists_.size())
        refuse("there are more than 4 lists");
    std::size_t room = 1;
    for (std::size_t i = list + 1; i < values_[list].end; ++i)
        room += values_[i].text.size() + 1;
    std::string& text = lists_[list_count_++].clean(room);
    for (std::size_t i = list + 1; i < values_[list].end; i = values_[i].end) {
        SourceValue const& value = values_[values_.resolve(i)];
        using Kind = SourceValue::Kind;
        bool const is_flag = values_[list].kind == Kind::flags && value.kind == Kind::word;
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

SEALSQL_INLINE void SourceDraft::gather_value(std::string_view outer, std::string_view name,
                                              std::size_t index)
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
    SourceValue const& value = values_[values_.resolve(index)];
    using Kind = SourceValue::Kind;
    if (setting == nullptr && (value.kind != Kind::pairs || !is_dictionary(full))) {
        if (!is_quotable_name(full))
            refuse("a name stands there that the client does not know");
        refuse_setting(full, concat({"is none that ", grammar_.client, " is known to have"}),
                       "look for a slip of the pen, or remove it");
    }
    auto const refuse_computed = [&] {
        refuse_setting(setting->name, "is no literal, and no program is run here",
                       "put the value itself into the text");
    };
    bool const may_be_unset =
        setting != nullptr && takes_empty_for_unset &&
        (setting->meaning == TextMeaning::host || setting->meaning == TextMeaning::port);
    if (may_be_unset && (value.kind == Kind::text || value.kind == Kind::number) &&
        (value.text.empty() || value.text == "0"))
        return;
    switch (value.kind) {
    case Kind::text:
        if (is_boolean(*setting))
            refuse_setting(setting->name, "is a text where true or false should stand");
        return push(setting->name, value.text);
    case Kind::number:
        return push(setting->name, value.text);
    case Kind::word: {
        std::string_view const word = value.text;
        if (is_one_of(word, "None nil null", true))
            return;
        bool const is_true_or_false = is_one_of(word, "true false", true);
        bool const is_flag = setting->meaning == TextMeaning::own &&
                             setting->id == static_cast<std::uint8_t>(SourceSetting::flags);
        if (is_true_or_false || is_flag)
            return push(setting->name, word);
        if (!is_ignored(*setting))
            refuse_computed();
        return push(setting->name, {});
    }
    case Kind::flags:
    case Kind::list: {
        if (is_ignored(*setting))
            return push(setting->name, {});
        bool const may_be_list = setting->meaning == TextMeaning::tls_versions ||
                                 setting->meaning == TextMeaning::ciphers ||
                                 (setting->meaning == TextMeaning::own && !is_boolean(*setting));
        if (!may_be_list)
            refuse_setting(setting->name, "is a list where one value should stand");
        return push(setting->name, joined(setting->name, values_.resolve(index)));
    }
    case Kind::pairs: {
        std::size_t const inside = values_.resolve(index);
        if (setting != nullptr && is_ignored(*setting))
            return push(setting->name, {});
        if (setting != nullptr && setting->meaning == TextMeaning::own &&
            setting->id == static_cast<std::uint8_t>(SourceSetting::attributes))
            return take_attributes(setting->name, inside);
        has_dictionary_ = has_dictionary_ || (name == "ssl" && value.end != inside + 1);
        for (std::size_t i = inside + 1; i < value.end; i = values_[i].end) {
            if (values_[i].name.data() == nullptr)
                refuse_setting(name, "holds something without a key");
            gather_value(full, values_[i].name, i);
        }
        return;
    }
    case Kind::call:
    case Kind::unpacked:
        if (!is_ignored(*setting))
            refuse_computed();
        return push(setting->name, {});
    }
}

SEALSQL_INLINE void SourceDraft::gather(std::size_t begin, std::size_t end,
                                        std::string_view positions)
{
    using Kind = SourceValue::Kind;
    for (std::size_t i = begin; i < end; i = values_[i].end) {
        // A variable that holds others twice, and so on, would be walked through without end.
        if (++step_count_ > 10 * max_text_pairs)
            refuse("there are more than 1280 values in dictionaries that are unpacked");
        if (values_[i].kind == Kind::unpacked) {
            SourceValue const& held = values_[values_.resolve(i)];
            bool const is_dictionary =
                held.kind == Kind::pairs || (held.kind == Kind::call && held.text == "dict");
            if (!is_dictionary)
                refuse("a dictionary is unpacked that is not in the text",
                       "put the dictionary in front of the call, or give it alone");
            std::size_t const inside = values_.resolve(i);
            gather(inside + 1, held.end);
            continue;
        }
        std::string_view name = values_[i].name;
        if (name.data() == nullptr) {
            std::size_t const inside = values_.resolve(i);
            if (values_[inside].kind == Kind::pairs && positions.empty()) {
                gather(inside + 1, values_[inside].end);
                continue;
            }
            name = positions.substr(0, positions.find(' '));
            if (name.empty())
                refuse("a value stands there without a name", "give each value its name");
        }
        positions.remove_prefix(positions.find(' ') == positions.npos ? positions.size()
                                                                      : positions.find(' ') + 1);
        gather_value({}, name, i);
    }
}

SEALSQL_INLINE bool SourceDraft::has(std::string_view name) const noexcept
{
    for (TextPair const& pair : View<TextPair const>{pairs_}) {
        if (pair.name == name)
            return true;
    }
    return false;
}

SEALSQL_INLINE void SourceDraft::take_attributes(std::string_view name, std::size_t index)
{
    for (std::size_t i = index + 1; i < values_[index].end; i = values_[i].end) {
        SourceValue const& value = values_[values_.resolve(i)];
        bool const is_literal =
            value.kind == SourceValue::Kind::text || value.kind == SourceValue::Kind::number;
        if (values_[i].name.empty() || !is_literal)
            refuse_setting(name, "holds something that is no name with a text");
        options.connection_attributes.push_back(
            {std::string{values_[i].name}, std::string{value.text}});
    }
}

SEALSQL_INLINE void SourceDraft::set_variable(std::string_view setting, std::string_view variable,
                                              std::string_view value)
{
    for (char const c : value) {
        if (!is_word(c) && std::string_view{"+-:/, "}.find(c) == std::string_view::npos)
            refuse_setting(setting, "holds a character that does not belong there");
    }
    options.init_statements.push_back(concat({"SET ", variable, " = '", value, "'"}));
}

SEALSQL_INLINE void SourceDraft::take_login_method(std::string_view name, std::string_view value)
{
    for (LoginMethod const method : all_login_methods) {
        if (to_string(method) != value)
            continue;
        if (method == LoginMethod::dialog)
            break;
        if (method == LoginMethod::mysql_clear_password)
            allows_clear_password = true;
        else
            add_finding(FindingSeverity::note, name, "the method that is tried first",
                        "the server names the method", "each method that is allowed is answered",
                        ".login_methods({…})");
        return;
    }
    refuse_setting(name, "names a login method that is not to be had",
                   "have the user log in with caching_sha2_password");
}

SEALSQL_INLINE void SourceDraft::take_flags(std::string_view name, std::string_view value)
{
    TextScanner scanner{value};
    while (!scanner.at_end()) {
        std::string_view flag = scanner.take_until(", ");
        (void)scanner.take_while([](char c) { return c == ',' || c == ' '; });
        flag = last_part(flag);
        for (std::string_view const prefix : {"MYSQLI_CLIENT_", "CLIENT_", "-"}) {
            if (flag.starts_with(prefix))
                flag.remove_prefix(prefix.size());
        }
        // What all clients say, or what concerns the client alone.
        constexpr std::string_view harmless =
            "0 SSL LONG_PASSWORD LONG_PASSWD LONG_FLAG CONNECT_WITH_DB PROTOCOL_41 TRANSACTIONS "
            "SECURE_CONNECTION MULTI_STATEMENTS MULTI_RESULTS PS_MULTI_RESULTS PLUGIN_AUTH REMEMBER_OPTIONS "
            "RESERVED IGNORE_SIGPIPE";
        if (!is_one_of(flag, harmless, false))
            refuse_setting(name,
                           "names a flag that changes what the server does, or that is not known",
                           "remove it if the program can do without");
    }
    add_finding(
        FindingSeverity::note, name, {}, "nothing follows from it",
        "these flags are the protocol's own affair; nothing is compressed, and a query is one "
        "statement");
}

SEALSQL_INLINE void SourceDraft::take_own(TextSetting const& setting, std::string_view value)
{
    std::string_view const name = setting.name;
    auto const answer = [&] { return read_boolean(name, value) ? Answer::yes : Answer::no; };
    switch (static_cast<SourceSetting>(setting.id)) {
    case SourceSetting::attributes:
        return refuse_setting(name, "is no dictionary");
    case SourceSetting::program_name:
        options.connection_attributes.push_back({"program_name", std::string{value}});
        return;
    case SourceSetting::login_method:
        return take_login_method(name, value);
    case SourceSetting::old_ciphers:
    case SourceSetting::suites: {
        // One list at a time is what TextMeaning::ciphers knows.
        auto ciphers = std::move(ssl.ciphers);
        auto suites = std::move(ssl.cipher_suites);
        take(TextMeaning::ciphers, name, value);
        if (ssl.ciphers.empty())
            ssl.ciphers = std::move(ciphers);
        if (ssl.cipher_suites.empty())
            ssl.cipher_suites = std::move(suites);
        return;
    }
    case SourceSetting::sql_mode:
        return set_variable(name, "sql_mode", value);
    case SourceSetting::time_zone:
        return set_variable(name, "time_zone", value);
    case SourceSetting::isolation_level:
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
    case SourceSetting::engine:
        if (value.find("mysql") == value.npos)
            refuse_setting(name, "is of another database than MySQL or MariaDB");
        return;
    case SourceSetting::verify_mode:
        return take_verify_mode(name, value);
    case SourceSetting::autocommit:
        if (!read_boolean(name, value))
            options.init_statements.emplace_back("SET autocommit = 0");
        return;
    case SourceSetting::ssl:
        verification_.ssl = answer();
        return;
    case SourceSetting::ssl_disabled:
        verification_.disabled = answer();
        return;
    case SourceSetting::verify_certificate:
        verification_.certificate = answer();
        return;
    case SourceSetting::verify_name:
        verification_.name = answer();
        return;
    }
}

SEALSQL_INLINE void SourceDraft::take_verify_mode(std::string_view name, std::string_view value)
{
    if (is_one_of(value, "none 0 false no", true))
        verification_.mode = "none";
    else if (is_one_of(value, "optional", true))
        verification_.mode = "optional";
    else if (is_one_of(value, "required 1 true yes", true))
        verification_.mode = "required";
    else
        refuse_setting(name, "has a value that the client does not know",
                       "write 'required', or leave it out");
}

SEALSQL_INLINE void SourceDraft::explain_localhost()
{
    if (!socket.empty() || (!host.empty() && host != "localhost"))
        return;
    host = "localhost";
    add_finding(FindingSeverity::note, has("host") ? "host" : "",
                "the local socket of a server on this machine",
                "the network, as for every other host",
                "which socket that is depends on the machine; a name of a host is one here",
                "to_socket(path) with plaintext_over_local_socket()");
}

SEALSQL_INLINE SourceRange find_settings(TextDraft const& draft, SourceValues const& values,
                                         std::string_view names)
{
    using Kind = SourceValue::Kind;
    if (values.are_arguments())
        return {.begin = 0, .end = values.size(), .is_call = true};
    SourceRange found;
    bool has_dictionary = false;
    bool has_other = false;
    for (std::size_t i = 0; i < values.size(); i = values[i].end) {
        SourceValue const& value = values[i];
        if (value.kind == Kind::call && value.text != "dict") {
            if (!is_one_of(last_part(value.text), names, false))
                draft.refuse("something else is called than what connects",
                             "give the call that connects alone");
            if (found.is_call)
                draft.refuse("there is more than one call that connects", "give one of them");
            found = {.begin = i + 1, .end = value.end, .is_call = true};
        } else if (value.kind == Kind::pairs || value.kind == Kind::call) {
            has_dictionary = true;
            if (!found.is_call)
                found = {.begin = i + 1, .end = value.end, .is_call = false};
        } else if (value.name.data() == nullptr) {
            has_other = true;
        }
    }
    if (found.is_call || has_dictionary)
        return found;
    if (has_other || values.size() == 0)
        draft.refuse("there is neither a call nor a dictionary in it",
                     "give the call that connects, or the dictionary of its arguments");
    return {.begin = 0, .end = values.size(), .is_call = true};
}

} // namespace sealsql::inline SEALSQL_ABI::detail
