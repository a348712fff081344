#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_outcome.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/secret.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Takes settings one at a time: reads what the value of each says, by what the setting means.
class TextTaker : public TextOutcome {
public:
    using TextOutcome::TextOutcome;

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
            set_timeout(name, target, std::chrono::milliseconds{count * grammar().unit.count()});
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
            if (value.find(',') != value.npos)
                refuse_several_servers("several servers are named");
            if (is_placeholder(value))
                refuse_placeholder(name);
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
            take_answer(static_cast<TlsQuestion>(setting.id), read_boolean(name, value));
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
        bool const is_well_formed = percent_decode(value, encoding, text);
        if (!is_well_formed && is_placeholder(value) && meaning != TextMeaning::password)
            refuse_placeholder(name);
        if (!is_well_formed)
            refuse_setting(name, "has a value that cannot be decoded", "write a '%' in it as %25");
        take(meaning, name, text);
    }

    /// By the client's words, or an error.
    [[nodiscard]] bool read_boolean(std::string_view name, std::string_view value) const
    {
        if (is_one_of(value, grammar().true_words, grammar().boolean_ignores_case))
            return true;
        if (!is_one_of(value, grammar().false_words, grammar().boolean_ignores_case))
            refuse_setting(name, "has a value that is neither true nor false",
                           "write it as true or false");
        return false;
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

protected:
    /// For TextMeaning::own; the setting's name is then the one in the text.
    virtual void take_own(TextSetting const&, std::string_view) {}

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

private:
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
};

} // namespace sealsql::inline SEALSQL_ABI::detail
