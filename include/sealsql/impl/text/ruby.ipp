#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/text/ruby.hpp>
#include <sealsql/translation.hpp>

#include <iterator>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

inline constexpr std::string_view ruby_fetching = "how rows are taken is said of each query";
inline constexpr std::string_view ruby_own_type = "a column's type in C++ is the program's choice";
inline constexpr std::string_view ruby_option_file =
    "it names an option file: give that to translate_option_file()";

// Of lib/mysql2/client.rb.
inline constexpr TextSetting ruby_settings[] = {
    {"host", TextMeaning::host},
    {"hostname", TextMeaning::host},
    {"port", TextMeaning::port},
    {"socket", TextMeaning::socket},
    {"sock", TextMeaning::socket},
    {"username", TextMeaning::user},
    {"user", TextMeaning::user},
    {"password", TextMeaning::password},
    {"pass", TextMeaning::password},
    {"database", TextMeaning::database},
    {"dbname", TextMeaning::database},
    {"db", TextMeaning::database},
    {"encoding", TextMeaning::character_set},
    {"charset_name", TextMeaning::character_set},
    {"collation", TextMeaning::collation},
    {"connect_timeout", TextMeaning::connect_timeout},
    {"read_timeout", TextMeaning::read_timeout},
    {"write_timeout", TextMeaning::write_timeout},
    {"ssl_mode", TextMeaning::tls_mode},
    {"sslca", TextMeaning::ca_file},
    {"ssl_ca", TextMeaning::ca_file},
    {"tls_ca", TextMeaning::ca_file},
    {"sslcapath", TextMeaning::ca_directory},
    {"ssl_ca_path", TextMeaning::ca_directory},
    {"tls_ca_path", TextMeaning::ca_directory},
    {"sslcert", TextMeaning::certificate_file},
    {"ssl_cert", TextMeaning::certificate_file},
    {"tls_cert", TextMeaning::certificate_file},
    {"sslkey", TextMeaning::key_file},
    {"ssl_key", TextMeaning::key_file},
    {"tls_key", TextMeaning::key_file},
    {"sslcipher", TextMeaning::ciphers},
    {"ssl_cipher", TextMeaning::ciphers},
    {"tls_cipher", TextMeaning::ciphers},
    {"tls_version", TextMeaning::tls_versions},
    source_own("sslverify", SourceSetting::verify_certificate),
    {"init_command", TextMeaning::init_statement},
    source_own("flags", SourceSetting::flags),
    source_own("connect_attrs", SourceSetting::attributes),
    source_own("default_auth", SourceSetting::login_method),
    {"enable_cleartext_plugin", TextMeaning::clear_password},
    {"local_infile", TextMeaning::only_false, "no server is handed files of this machine"},
    {"reconnect", TextMeaning::only_false,
     "a lost session loses its transaction, and only the program knows what that means"},
    {"default_file", TextMeaning::refused, ruby_option_file},
    {"default_group", TextMeaning::refused, ruby_option_file},
    {"secure_auth", TextMeaning::only_true, "the login method of MySQL 4.0 is broken"},
    {"get_server_public_key", TextMeaning::moot,
     "no password is sent without TLS, encrypted by itself or not", a_boolean},
    {"automatic_close", TextMeaning::moot, "a connection is closed with its object", a_boolean},
    {"application_timezone", TextMeaning::moot, "dates are handed over as the server sends them"},
    {"database_timezone", TextMeaning::moot, "dates are handed over as the server sends them"},
    {"as", TextMeaning::moot, ruby_fetching},
    {"async", TextMeaning::moot, ruby_fetching, a_boolean},
    {"cache_rows", TextMeaning::moot, "query_all() keeps rows, query() streams them", a_boolean},
    {"stream", TextMeaning::moot, "query_all() keeps rows, query() streams them", a_boolean},
    {"cast", TextMeaning::moot, ruby_own_type, a_boolean},
    {"cast_booleans", TextMeaning::moot, ruby_own_type, a_boolean},
    {"symbolize_keys", TextMeaning::moot, ruby_fetching, a_boolean},
};

// As parse_ssl_mode() reads them: in any case, with or without the prefix.
inline constexpr TlsWord ruby_tls_words[] = {
    {"disabled", AskedTls::off},
    {"preferred", AskedTls::if_offered},
    {"required", AskedTls::on},
    {"verify_ca", AskedTls::chain},
    {"verify_identity", AskedTls::identity},
    {"ssl_mode_disabled", AskedTls::off},
    {"ssl_mode_preferred", AskedTls::if_offered},
    {"ssl_mode_required", AskedTls::on},
    {"ssl_mode_verify_ca", AskedTls::chain},
    {"ssl_mode_verify_identity", AskedTls::identity},
};

class RubyDraft : public SourceDraft {
public:
    using SourceDraft::SourceDraft;

    [[nodiscard]] Translation translate(SourceRange range)
    {
        takes_empty_for_unset = true;
        gather(range.begin, range.end);
        take_gathered();
        bool const by_mode = asked != AskedTls::unsaid;
        Answer const verify = verification().certificate;
        bool const has_tls_file = has_ca() || !certificate_file.empty() || !key_file.empty() ||
                                  !ssl.ciphers.empty() || !ssl.cipher_suites.empty();
        if (!by_mode && verify == Answer::no)
            ask_tls(AskedTls::unverified, "sslverify");
        else if (!by_mode && verify == Answer::yes)
            ask_tls(AskedTls::identity, "sslverify");
        else if (!by_mode && has_tls_file)
            ask_tls(AskedTls::on, has_ca() ? "sslca" : "sslcert");
        // Over MariaDB Connector/C 3.3, of the modes only required and what is above it do anything.
        bool const demands = by_mode && (asked == AskedTls::on || asked == AskedTls::chain ||
                                         asked == AskedTls::identity);
        bool const uses = asked != AskedTls::off && (has_tls_file || demands);
        before = {.uses_tls = uses,
                  .refuses_plaintext = uses && demands,
                  .checks_chain = uses && asked != AskedTls::unverified && has_ca(),
                  .checks_name = uses && has_ca() && asked == AskedTls::identity};
        explain_localhost();
        return finish_source();
    }
};

} // namespace detail

SEALSQL_INLINE Translation translate_ruby(std::string_view text)
{
    static constexpr detail::TextGrammar grammar{
        .client = "mysql2 0.5 over MariaDB Connector/C 3.3",
        .form = "the options of mysql2",
        .settings = {detail::ruby_settings, std::size(detail::ruby_settings)},
        .tls_words = {detail::ruby_tls_words, std::size(detail::ruby_tls_words)},
        .true_words = "true",
        .false_words = "false",
        .boolean_ignores_case = false,
        .own = detail::SourceDraft::take_own};
    detail::SourceValues const values{detail::SourceLanguage::ruby, text};
    detail::SourceRange const range =
        detail::find_settings(detail::TextDraft{grammar}, values, "new");
    return detail::RubyDraft{grammar, values}.translate(range);
}

} // namespace sealsql::inline SEALSQL_ABI
