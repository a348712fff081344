#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/text/ruby.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

// Of lib/mysql2/client.rb.
inline constexpr TextSetting ruby_settings[] = {
    {"host|hostname", TextMeaning::host},
    {"port", TextMeaning::port},
    {"socket|sock", TextMeaning::socket},
    {"username|user", TextMeaning::user},
    {"password|pass", TextMeaning::password},
    {"database|dbname|db", TextMeaning::database},
    {"encoding", TextMeaning::character_set},
    {"connect_timeout", TextMeaning::connect_timeout},
    {"read_timeout", TextMeaning::read_timeout},
    {"write_timeout", TextMeaning::write_timeout},
    {"ssl_mode", TextMeaning::tls_mode},
    {"sslca", TextMeaning::ca_file},
    {"sslcapath", TextMeaning::ca_directory},
    {"sslcert", TextMeaning::certificate_file},
    {"sslkey", TextMeaning::key_file},
    {"sslcipher", TextMeaning::ciphers},
    answer("sslverify", TlsQuestion::chain),
    {"init_command", TextMeaning::init_statement},
    own("flags", SourceSetting::flags),
    own("connect_attrs", SourceSetting::attributes),
    {"default_auth", TextMeaning::login_method},
    {"enable_cleartext_plugin", TextMeaning::clear_password},
    {"local_infile", TextMeaning::only_false, why::no_files},
    {"reconnect", TextMeaning::only_false, why::reconnect},
    {"default_file|default_group", TextMeaning::refused, why::option_file},
    {"secure_auth", TextMeaning::only_true, why::no_old_login},
    {"get_server_public_key", TextMeaning::moot, why::no_rsa, a_boolean},
    {"automatic_close", TextMeaning::moot, "a connection is closed with its object", a_boolean},
    {"application_timezone|database_timezone", TextMeaning::moot, why::dates},
    {"as", TextMeaning::moot, why::fetching},
    {"async|symbolize_keys", TextMeaning::moot, why::fetching, a_boolean},
    {"cache_rows|stream", TextMeaning::moot, why::kept_rows, a_boolean},
    {"cast|cast_booleans", TextMeaning::moot, why::own_type, a_boolean},
};

// As parse_ssl_mode() reads them: in any case, with or without the prefix.
inline constexpr TlsWord ruby_tls_words[] = {
    {"disabled|ssl_mode_disabled", AskedTls::off},
    {"preferred|ssl_mode_preferred", AskedTls::if_offered},
    {"required|ssl_mode_required", AskedTls::on},
    {"verify_ca|ssl_mode_verify_ca", AskedTls::chain},
    {"verify_identity|ssl_mode_verify_identity", AskedTls::identity},
};

inline constexpr OtherVersion ruby_versions[] = {
    {"sslca", &Protection::checks_chain, &Protection::checks_name, connector_c_later},
};

inline constexpr TextGrammar ruby_grammar{.client = "mysql2 0.5.3 over MariaDB Connector/C 3.3",
                                          .form = "the options of mysql2",
                                          .settings = rows(ruby_settings),
                                          .tls_words = rows(ruby_tls_words),
                                          .versions = rows(ruby_versions),
                                          .first_name_counts = true,
                                          .true_words = "true",
                                          .false_words = "false",
                                          .boolean_ignores_case = false};

class RubyDraft : public SourceDraft {
public:
    using SourceDraft::SourceDraft;

    [[nodiscard]] Translation translate(SourceRange range)
    {
        takes_empty_for_unset = true;
        false_if_none = "sslverify";
        gather(range.begin, range.end);
        return finish_ruby();
    }

    [[nodiscard]] Translation translate(KeywordList const& list)
    {
        takes_empty_for_unset = true;
        gather(list);
        return finish_ruby();
    }

private:
    [[nodiscard]] Translation finish_ruby()
    {
        take_pairs();
        bool const by_mode = asked != AskedTls::unsaid;
        bool const sets_up_tls = has_tls_file() || says(TlsQuestion::chain);
        if (asked == AskedTls::off && sets_up_tls)
            refuse_setting("ssl_mode",
                           "asks for no TLS, and other options ask for it: over MariaDB "
                           "Connector/C it is those that count",
                           "remove ssl_mode, or else the other options about TLS");
        // A CA that is named is checked, whatever sslverify says.
        if (!by_mode)
            ask_first({{TlsQuestion::chain, false,
                        has_ca() ? AskedTls::chain : AskedTls::unverified, "sslverify"},
                       {TlsQuestion::chain, true, AskedTls::identity, "sslverify"}});
        if (asked == AskedTls::unsaid && has_tls_file())
            ask_tls(AskedTls::on, has_ca() ? "sslca" : "sslcert");
        // The mode comes to nothing, with a warning; sslverify sets TLS up, whatever it says.
        set_before(sets_up_tls, false, has_ca(), false);
        explain_localhost();
        if (by_mode && socket.empty())
            explain_mode();
        return finish_source();
    }

    /// Later versions of mysql2 heed the mode.
    void explain_mode()
    {
        std::string_view later{};
        if (asked == AskedTls::identity)
            later = "mysql2 0.5.5: TLS or no connection, chain and name checked";
        else if (!has_ca() && asked == AskedTls::on)
            later = "mysql2 0.5.5: TLS where it is offered, and whatever certificate";
        else if (!has_ca() && is_asked({AskedTls::if_offered, AskedTls::chain}))
            later = "mysql2 0.5.4: TLS where it is offered, with a certificate of one of the "
                    "system's CAs, for any name";
        if (!later.empty())
            note(asked_by, later, {}, why::other_version);
        // Here no mode was obeyed, so that there is no certificate for any name to speak of.
        if (asked == AskedTls::chain && !has_ca())
            asked = AskedTls::on;
    }
};

} // namespace detail

SEALSQL_INLINE Translation translate_ruby(std::string_view text)
{
    detail::SourceValues const values{detail::SourceLanguage::ruby, text};
    detail::SourceRange const range =
        detail::find_settings(detail::TextDraft{detail::ruby_grammar}, values, "new");
    return detail::RubyDraft{detail::ruby_grammar, values}.translate(range);
}

SEALSQL_INLINE Translation translate_ruby_options(KeywordList const& options)
{
    detail::SourceValues const none{detail::SourceLanguage::ruby, {}};
    return detail::RubyDraft{detail::ruby_grammar, none}.translate(options);
}

} // namespace sealsql::inline SEALSQL_ABI
