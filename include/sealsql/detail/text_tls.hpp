#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_report.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/revocation.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// OpenSSL's name of a cipher of TLS 1.2 for IANA's, such as ECDHE-RSA-AES128-GCM-SHA256 for
/// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
[[nodiscard]] inline std::string openssl_cipher_name(std::string_view iana)
{
    std::string name{iana.substr(iana.find('_') + 1)};
    auto const replace = [&](std::string_view what, std::string_view with) {
        if (auto const at = name.find(what); at != name.npos)
            name.replace(at, what.size(), with);
    };
    if (name.starts_with("RSA_WITH_"))
        name.erase(0, 9);
    replace("WITH_", "");
    replace("AES_", "AES");
    replace("CAMELLIA_", "CAMELLIA");
    replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305");
    replace("CBC_", "");
    for (char& c : name)
        c = c == '_' ? '-' : c;
    return name;
}

/// What a text asks of TLS: by a mode or by answers, and by what it says of versions, ciphers and files.
class TextTls : public TextReport {
public:
    using TextReport::TextReport;

    /// What the text asks of TLS, by this setting.
    void ask_tls(AskedTls what, std::string_view setting)
    {
        asked = what;
        asked_by = printable(setting);
    }

    /// What booleans ask for: the first of these answers that was given.
    void ask_first(std::initializer_list<TlsRule> rules)
    {
        for (TlsRule const& rule : rules) {
            if (rule.answer ? says_yes(rule.question) : says_no(rule.question))
                return ask_tls(rule.asked, rule.setting);
        }
    }

    [[nodiscard]] bool is_asked(std::initializer_list<AskedTls> any) const noexcept
    {
        return std::find(any.begin(), any.end(), asked) != any.end();
    }

    /// What was answered; neither is true if nothing was.
    [[nodiscard]] bool says_yes(TlsQuestion question) const noexcept
    {
        return answers_[static_cast<std::size_t>(question)] == Answer::yes;
    }
    [[nodiscard]] bool says_no(TlsQuestion question) const noexcept
    {
        return answers_[static_cast<std::size_t>(question)] == Answer::no;
    }
    [[nodiscard]] bool says(TlsQuestion question) const noexcept
    {
        return answers_[static_cast<std::size_t>(question)] != Answer::none;
    }
    void forget(TlsQuestion question) noexcept
    {
        answers_[static_cast<std::size_t>(question)] = Answer::none;
    }

    /// Whether TLS was given a CA.
    [[nodiscard]] bool has_ca() const noexcept { return !ca_file.empty() || !ca_directory.empty(); }

    /// Or anything that is of use to TLS alone.
    [[nodiscard]] bool has_tls_file() const noexcept
    {
        return has_ca() || !certificate_file.empty() || !key_file.empty() || !ssl.ciphers.empty() ||
               !ssl.cipher_suites.empty();
    }

    /// Of a client to which a CA that is named is one more.
    void note_system_cas()
    {
        note(asked_by, "the system's CAs are trusted, too", "the CA that is named, and no other",
             "more than a hundred CAs could make a certificate for the server",
             ".ca = TrustAnchors::system() + TrustAnchors::file(…) in ssl()");
    }

    // What was taken so far. A family may change it before TextOutcome::finish().

    /// What is said of TLS beside `ca_file` and so on.
    SslOptions ssl{};
    AskedTls asked = AskedTls::unsaid;
    /// The text says, in so many words, that plaintext is welcome where TLS is not offered.
    bool allows_fallback = false;
    /// The setting that said what is asked, as the text spells it.
    std::string asked_by{};
    /// A path or, of this and the other files, the content as PEM.
    std::string ca_file{};
    std::string ca_directory{};
    Secret ca_password{};
    std::string certificate_file{};
    std::string key_file{};
    std::string identity_file{};
    Secret identity_password{};
    std::string crl_file{};
    std::string crl_directory{};
    bool has_ca_password = false;

protected:
    /// As a boolean of the client answers it.
    void take_answer(TlsQuestion question, bool is_yes) noexcept
    {
        answers_[static_cast<std::size_t>(question)] = is_yes ? Answer::yes : Answer::no;
    }

    void take_tls_mode(std::string_view name, std::string_view value)
    {
        std::string all;
        for (TlsWord const& row : grammar().tls_words) {
            for (std::string_view words = row.words; !words.empty();) {
                std::string_view const word = cut_first(words, '|');
                if (equal_in_any_case(word, value))
                    return ask_tls(row.asked, concat({name, "=", word}));
                all += concat({all.empty() ? "" : ", ", word});
            }
        }
        refuse_setting(name, "has a value that the client does not know",
                       concat({"write one of ", all}));
    }

    void take_ciphers(std::string_view name, std::string_view value)
    {
        std::vector<std::string> ciphers;
        std::vector<std::string> suites;
        TextScanner scanner{value};
        auto const is_separator = [](char c) {
            return c == ',' || c == ':' || c == '[' || c == ']' || is_space(c);
        };
        for (;;) {
            (void)scanner.take_while(is_separator);
            std::string_view const one =
                scanner.take_while([&](char c) { return is_word(c) || c == '-'; });
            if (one.empty())
                break;
            bool const is_iana = one.starts_with("TLS_") || one.starts_with("SSL_");
            if (is_iana && one.find("_WITH_") == one.npos)
                suites.emplace_back(one);
            else if (is_iana)
                ciphers.push_back(openssl_cipher_name(one));
            else
                ciphers.emplace_back(one);
        }
        if (!scanner.at_end())
            refuse_setting(
                name, "is more than a list of ciphers",
                "name the ciphers one by one: rules such as 'HIGH:!aNULL' are not needed, as no "
                "weak one is ever used");
        if (ciphers.empty() && suites.empty())
            refuse_setting(name, "names no cipher", "remove it to have OpenSSL's choice");
        // The client may have a setting for each.
        if (!ciphers.empty())
            ssl.ciphers = std::move(ciphers);
        if (!suites.empty())
            ssl.cipher_suites = std::move(suites);
    }

    void take_versions(std::string_view name, std::string_view value)
    {
        // Of TLSv1, TLSv1.2, TLS 1.2, TLS12, tlsv1_2 what is behind the letters.
        constexpr std::array<std::string_view, 4> spellings{"1 1.0 10 1_0", "1.1 11 1_1",
                                                            "1.2 12 1_2", "1.3 13 1_3"};
        std::array<bool, 4> has{};
        auto const is_around = [](char c) {
            return std::string_view{"[]()'\" \t"}.find(c) != std::string_view::npos;
        };
        if (value.empty())
            refuse_setting(name, "names no version of TLS", "write TLSv1.2,TLSv1.3 or remove it");
        while (!value.empty()) {
            TextScanner scanner{cut_first(value, ',')};
            (void)scanner.take_while(is_around);
            (void)scanner.skip_ignoring_case("TLS");
            scanner.skip_spaces();
            (void)scanner.skip_ignoring_case("v");
            std::string_view const one = scanner.take_while([&](char c) { return !is_around(c); });
            (void)scanner.take_while(is_around);
            bool is_known = one.empty(); // TLS alone: the first
            has[0] = has[0] || is_known;
            for (std::size_t i = 0; i < has.size(); ++i) {
                bool const is_it = is_one_of(one, spellings[i], false);
                has[i] = has[i] || is_it;
                is_known = is_known || is_it;
            }
            if (!is_known || !scanner.at_end())
                refuse_setting(name, "names a version of TLS that there is not",
                               "write TLSv1.2, TLSv1.3 or both");
        }
        if (has[2] || has[3]) {
            if ((has[0] || has[1]) && grammar().has_legacy_tls)
                note(name, "also TLS 1.0 or 1.1", "TLS 1.2 or later",
                     "versions before 1.2 are broken (RFC 8996), and the text names a later one",
                     ".min_version = TlsVersion::tls1_0, .insecure_legacy_tls = true in ssl()");
            else if (has[0] || has[1])
                note_same(name, "TLS 1.2 or later",
                          "the client does not have TLS 1.0 and 1.1 any more",
                          "remove those from the list");
            ssl.min_version = has[2] ? TlsVersion::tls1_2 : TlsVersion::tls1_3;
            ssl.max_version = has[3] ? TlsVersion::tls1_3 : TlsVersion::tls1_2;
            ssl.insecure_legacy_tls = false;
            return;
        }
        if (!grammar().has_legacy_tls)
            refuse_setting(name,
                           "names TLS 1.0 or 1.1 and no other, with which the client does not "
                           "connect",
                           "write TLSv1.2, TLSv1.3 or both");
        add_finding(
            FindingSeverity::danger, name, "TLS 1.0 or 1.1 and no other",
            "TLS 1.0 or 1.1 and no other",
            "the text says so; who records or changes the traffic may be able to break it",
            "update the server, then remove .insecure_legacy_tls, .min_version and .max_version");
        ssl.min_version = has[0] ? TlsVersion::tls1_0 : TlsVersion::tls1_1;
        ssl.max_version = has[1] ? TlsVersion::tls1_1 : TlsVersion::tls1_0;
        ssl.insecure_legacy_tls = true;
    }

    /// Makes of the files what `ssl` has of them.
    void finish_files()
    {
        auto const is_pem = [](std::string_view text) { return text.starts_with("-----BEGIN "); };
        auto const holds_key = [&](std::string_view text) {
            return is_pem(text) && text.find("PRIVATE KEY-") != text.npos;
        };
        if (holds_key(ca_file) || (holds_key(certificate_file) && !key_file.empty()))
            refuse("a private key stands among certificates that are for all to see",
                   "leave it out there: its place is the setting of the key");
        if (!ca_file.empty()) {
            if (is_pem(ca_file))
                ssl.ca = TrustAnchors::memory(ca_file);
            else if (has_ca_password)
                ssl.ca = TrustAnchors::file(std::move(ca_file), std::move(ca_password));
            else
                ssl.ca = TrustAnchors::file(std::move(ca_file));
        }
        if (!ca_directory.empty()) {
            TrustAnchors const directory = TrustAnchors::directory(std::move(ca_directory));
            if (ssl.ca.is_system())
                ssl.ca = directory;
            else
                ssl.ca += directory;
        }
        if (certificate_file.empty() && !key_file.empty())
            refuse("a client's key is named, and no certificate that it belongs to",
                   "name the certificate's file, too");
        if (is_pem(certificate_file) != is_pem(key_file) && !key_file.empty())
            refuse("of a client's certificate and key one is a file and one is in the text",
                   "give both in the same way");
        if (!identity_file.empty() && !certificate_file.empty())
            refuse("a client's certificate is named twice", "name one of the two");
        std::string& certificate = identity_file.empty() ? certificate_file : identity_file;
        bool const has_key = !key_file.empty();
        if (is_pem(certificate) && has_key)
            ssl.identity = ClientIdentity::memory(certificate, Secret{std::move(key_file)},
                                                  std::move(identity_password));
        else if (is_pem(certificate))
            ssl.identity = ClientIdentity::memory(Secret{std::move(certificate)},
                                                  std::move(identity_password));
        else if (has_key)
            ssl.identity = ClientIdentity::pem_files(std::move(certificate), std::move(key_file),
                                                     std::move(identity_password));
        else if (!certificate.empty())
            ssl.identity =
                ClientIdentity::file(std::move(certificate), std::move(identity_password));
        std::vector<std::string> lists;
        for (std::string* const list : {&crl_file, &crl_directory}) {
            if (!list->empty())
                lists.push_back(std::move(*list));
        }
        if (!lists.empty())
            ssl.revocation = Revocation::of_whole_chain(std::move(lists));
    }

private:
    enum class Answer : std::uint8_t { none, no, yes };

    std::array<Answer, 9> answers_{};
};

} // namespace sealsql::inline SEALSQL_ABI::detail
