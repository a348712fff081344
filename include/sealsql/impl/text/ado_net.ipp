#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/text/ado_net.hpp>
#include <sealsql/translation.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class AdoSetting : std::uint8_t { protocol, redirection, charset, revocation };

// Those of MySqlConnector 2.6 and of MySql.Data 9.3.
inline constexpr TextSetting ado_settings[] = {
    {"Server|Host|Data Source|DataSource|Address|Addr|Network Address", TextMeaning::host},
    {"Port", TextMeaning::port},
    {"User ID|UserID|Username|Uid|User name|User", TextMeaning::user},
    {"Password|pwd|Password1|pwd1", TextMeaning::password},
    {"Database|Initial Catalog", TextMeaning::database},
    own("Connection Protocol|ConnectionProtocol|Protocol", AdoSetting::protocol),
    {"SSL Mode|SslMode|Ssl-Mode", TextMeaning::tls_mode},
    {"SSL CA|CACertificateFile|CA Certificate File|SslCa|Ssl-Ca", TextMeaning::ca_file},
    {"SSL Cert|SslCert|Ssl-Cert", TextMeaning::certificate_file},
    {"SSL Key|SslKey|Ssl-Key", TextMeaning::key_file},
    {"Certificate File|CertificateFile", TextMeaning::identity_file},
    {"Certificate Password|CertificatePassword|Ssl-Ca-Pwd", TextMeaning::identity_password},
    {"Certificate Store Location|CertificateStoreLocation|Certificate Thumbprint|"
     "CertificateThumbprint|Certificate Thumb Print",
     TextMeaning::refused, "there is no certificate store of Windows"},
    own("Skip Certificate Revocation Check|SkipCertificateRevocationCheck", AdoSetting::revocation),
    {"TLS Version|TlsVersion|Tls-Version", TextMeaning::tls_versions},
    {"TLS Cipher Suites|TlsCipherSuites", TextMeaning::ciphers},
    {"Allow Public Key Retrieval|AllowPublicKeyRetrieval", TextMeaning::moot, why::no_rsa,
     a_boolean},
    {"Server RSA Public Key File|ServerRsaPublicKeyFile", TextMeaning::moot, why::no_rsa},
    {"Connection Timeout|ConnectionTimeout|Connect Timeout", TextMeaning::connect_timeout},
    {"Default Command Timeout|DefaultCommandTimeout|Command Timeout", TextMeaning::read_timeout},
    own("Character Set|CharSet|CharacterSet", AdoSetting::charset),
    {"Application Name|ApplicationName", TextMeaning::program_name},
    own("Server Redirection Mode|ServerRedirectionMode", AdoSetting::redirection),
    {"Use Affected Rows|UseAffectedRows", TextMeaning::changed_rows},
    {"Use Compression|UseCompression|Compress", TextMeaning::only_false, why::no_compression},
    {"Allow Load Local Infile|AllowLoadLocalInfile", TextMeaning::only_false, why::no_files},
    {"Allow Load Local Infile In Path|AllowLoadLocalInfileInPath", TextMeaning::refused,
     why::no_files},
    {"Interactive Session|InteractiveSession|Interactive", TextMeaning::only_false,
     why::session_timeout},
    {"No Backslash Escapes|NoBackslashEscapes", TextMeaning::only_false,
     "it is the session's sql_mode"},
    {"Integrated Security|IntegratedSecurity", TextMeaning::only_false,
     "a login is made with a password"},
    {"Dns-Srv|DnsSrv", TextMeaning::only_false, why::srv_records},
    {"Replication", TextMeaning::only_false, why::no_counterpart},
    {"Allow Batch|AllowBatch|Allow User Variables|AllowUserVariables|Allow Zero DateTime|"
     "AllowZeroDateTime|Convert Zero DateTime|ConvertZeroDateTime|Ignore Command Transaction|"
     "IgnoreCommandTransaction|Ignore Prepare|IgnorePrepare|Old Guids|OldGuids|"
     "Treat Tiny As Boolean|TreatTinyAsBoolean|Auto Enlist|AutoEnlist|Use XA Transactions|"
     "UseXaTransactions|Pipelining|Respect Binary Flags|RespectBinaryFlags|Check Parameters|"
     "CheckParameters|Functions Return String|FunctionsReturnString|Sql Server Mode|SqlServerMode|"
     "Use Procedure Bodies|UseProcedureBodies|Logging|Treat Blobs As UTF8|TreatBlobsAsUTF8|"
     "Use Usage Advisor|UseUsageAdvisor|Usage Advisor|Use Performance Monitor|"
     "UsePerformanceMonitor|UsePerfMon|PerfMon|Table Cache|TableCache|TableCaching|"
     "RewriteBatchedStatements|Use Default Command Timeout For EF|UseDefaultCommandTimeoutForEF|"
     "Force Synchronous|ForceSynchronous|Include Security Asserts|IncludeSecurityAsserts",
     TextMeaning::moot, why::api, a_boolean},
    {"DateTimeKind|DateTime Kind|GUID Format|GuidFormat|Cancellation Timeout|"
     "CancellationTimeout|Default Table Cache Age|DefaultTableCacheAge|Procedure Cache Size|"
     "ProcedureCacheSize|Procedure Cache|ProcedureCache|BlobAsUTF8IncludePattern|"
     "BlobAsUTF8ExcludePattern",
     TextMeaning::moot, why::api},
    {"Persist Security Info|PersistSecurityInfo", TextMeaning::moot,
     "a password is kept as a Secret, which is never printed", a_boolean},
    {"Keep Alive|Keepalive|KeepAlive", TextMeaning::moot, "it is the system's", a_number},
    {"Pooling|Connection Reset|ConnectionReset|Defer Connection Reset|DeferConnectionReset|"
     "Cache Server Properties|CacheServerProperties",
     TextMeaning::moot, why::pool, a_boolean},
    {"Connection Lifetime|ConnectionLifetime|Connection Idle Timeout|ConnectionIdleTimeout|"
     "Connection Idle Ping Time|ConnectionIdlePingTime|Minimum Pool Size|Min Pool Size|"
     "MinimumPoolSize|MinPoolSize|Maximum Pool Size|Max Pool Size|MaximumPoolSize|MaxPoolSize|"
     "DNS Check Interval|DnsCheckInterval",
     TextMeaning::moot, why::pool, a_number},
    {"Load Balance|LoadBalance", TextMeaning::moot,
     "there is one server, and no other that could be chosen"},
    {"Pipe Name|PipeName|Pipe|Shared Memory Name|SharedMemoryName|Server SPN|ServerSPN|"
     "DefaultAuthenticationPlugin|Password2|pwd2|Password3|pwd3|OCI Config File|OciConfigFile|"
     "OCI Config Profile|OciConfigProfile|OpenIdIdentityToken|Kerberos Auth Mode|KerberosAuthMode|"
     "Command Interceptors|CommandInterceptors|Exception Interceptors|ExceptionInterceptors",
     TextMeaning::refused, why::no_counterpart},
};

inline constexpr TlsWord ado_words[] = {
    {"None|Disabled|0", AskedTls::off},   {"Preferred|Prefered|1", AskedTls::if_offered},
    {"Required|2", AskedTls::on},         {"VerifyCA|3", AskedTls::chain},
    {"VerifyFull|4", AskedTls::identity},
};

class AdoString : public TextDraft {
public:
    using TextDraft::TextDraft;

    [[nodiscard]] Translation translate(std::string_view text)
    {
        check_text(text);
        if (text.find("&quot;") != text.npos || text.find("&amp;") != text.npos)
            refuse("characters are written as &quot; or &amp;, as a file of XML has them",
                   "write each as it is meant: \" and &");
        TextScanner scanner{text};
        for (;;) {
            (void)scanner.take_while([](char c) { return c == ';' || is_space(c); });
            if (scanner.at_end())
                break;
            TextPair pair;
            pair.name = read_key(scanner);
            pair.value = read_value(scanner);
            pair.is_delimited = !pair.value.empty() && is_quote(pair.value.front());
            pair.is_removal = pair.value.empty();
            if (pair.is_removal)
                check_removal(pair.name);
            push(pair);
        }
        take_pairs();
        return finish();
    }

private:
    [[nodiscard]] static bool is_quote(char c) noexcept { return c == '"' || c == '\''; }

    [[noreturn]] void refuse_at(std::size_t position, std::string_view what) const
    {
        refuse(
            concat({what, ", at index ", std::to_string(position)}),
            "write name=value;… and put a value that holds a ';' or begins or ends with a space or "
            "quote in quotes");
    }

    [[nodiscard]] std::string_view read_key(TextScanner& scanner) const
    {
        std::size_t const begin = scanner.position();
        std::string_view const rest = scanner.rest();
        for (;;) {
            (void)scanner.take_until("=;");
            if (!scanner.skip('='))
                refuse_at(begin, "an option has no '='");
            if (!scanner.skip('=')) // two are one, of the name
                break;
        }
        std::string_view const key = trimmed(rest.substr(0, scanner.position() - begin - 1));
        if (key.empty())
            refuse_at(begin, "an option has no name");
        if (is_quote(key.front()))
            refuse_at(begin, "an option's name is in quotes");
        return key;
    }

    [[nodiscard]] std::string_view read_value(TextScanner& scanner) const
    {
        scanner.skip_spaces();
        std::size_t const begin = scanner.position();
        std::string_view const rest = scanner.rest();
        char const quote = scanner.peek();
        if (!is_quote(quote)) {
            std::string_view const value = trimmed(scanner.take_until(";"));
            bool is_ragged = !value.empty() && is_quote(value.back());
            // .NET cuts these off as well.
            std::string_view spaces = "\xC2\x85 \u00A0 \u1680 \u2000 \u2001 \u2002 \u2003 \u2004 "
                                      "\u2005 \u2006 \u2007 \u2008 \u2009 \u200A \u2028 \u2029 "
                                      "\u202F \u205F \u3000";
            while (!spaces.empty()) {
                std::string_view const space = cut_first(spaces, ' ');
                is_ragged = is_ragged || value.starts_with(space) || value.ends_with(space);
            }
            if (is_ragged)
                refuse_at(begin,
                          "a value ends with a quote, or begins or ends with an unusual space");
            return value;
        }
        scanner.skip(quote);
        do {
            (void)scanner.take_until({&quote, 1});
            if (!scanner.skip(quote))
                refuse_at(begin, "a value's quote is not closed");
        } while (scanner.skip(quote));
        std::string_view const value = rest.substr(0, scanner.position() - begin);
        scanner.skip_spaces();
        if (!scanner.at_end() && scanner.peek() != ';')
            refuse_at(scanner.position(), "something stands behind a value's closing quote");
        return value;
    }

    /// MySql.Data, other than MySqlConnector, mostly keeps what was said before.
    void check_removal(std::string_view name) const
    {
        TextSetting const* const setting = find(name);
        if (setting == nullptr)
            return;
        for (TextPair const& earlier : pairs()) {
            TextSetting const* const known = earlier.is_removal ? nullptr : find(earlier.name);
            if (known != nullptr && is_same(*known, earlier.name, *setting, name))
                refuse_setting(name, "is empty, and has a value before",
                               "remove the one that does not count");
        }
    }

    /// A value as it stands there: bare, or in quotes of which those of its own kind are doubled in it.
    bool decode(std::string_view raw, std::string& decoded) const override
    {
        char const quote = raw.empty() ? '\0' : raw.front();
        if (!is_quote(quote)) {
            decoded += raw;
            return true;
        }
        if (raw.size() < 2 || raw.back() != quote)
            return false;
        for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
            decoded += raw[i];
            if (raw[i] == quote)
                ++i;
        }
        return true;
    }

    void take_own(TextSetting const& setting, std::string_view value) override
    {
        std::string_view const name = setting.name;
        switch (static_cast<AdoSetting>(setting.id)) {
        case AdoSetting::protocol:
            // By name or by number, of the enumeration MySqlConnectionProtocol.
            is_socket_ = is_one_of(value, "unixsocket unix 3", true);
            if (!is_socket_ && !is_one_of(value, "socket sockets tcp 1", true))
                refuse_setting(name, "is neither a socket nor tcp",
                               "name the host and port of the server");
            return;
        case AdoSetting::redirection:
            if (equal_in_any_case(value, "Required"))
                refuse_setting(name, "cannot be honoured: nobody else is dialled than the server "
                                     "that is named");
            if (equal_in_any_case(value, "Preferred"))
                return note(name, "goes on to another server if this one says so",
                            "stays at the server that is named",
                            "nobody else is dialled than the server that is named");
            if (!equal_in_any_case(value, "Disabled"))
                refuse_setting(name, "is neither Disabled nor Preferred");
            return;
        case AdoSetting::revocation:
            skips_revocation_ = read_boolean(name, value);
            return;
        case AdoSetting::charset:
            if (!equal_in_any_case(value, "utf8mb4"))
                note_same(
                    name, "utf8mb4, whatever it says",
                    "MySqlConnector takes no notice of it; MySql.Data does, and to the program "
                    "its texts are Unicode either way",
                    ".character_set(…)");
            return;
        }
    }

    [[nodiscard]] Translation finish()
    {
        auto const ends_with = [](std::string_view path, std::string_view ending) {
            return path.size() >= ending.size() &&
                   equal_in_any_case(path.substr(path.size() - ending.size()), ending);
        };
        if (ends_with(ca_file, ".pfx"))
            refuse(
                "the file of the CA is a .pfx, which MySql.Data shows to the server as the client's",
                "name a client's certificate as CertificateFile, and as SslCa the server's CA");
        if (ends_with(identity_file, ".pem"))
            refuse(
                "CertificateFile is a .pem, which MySql.Data takes for the server's CA",
                "name the CA as SslCa, and a client's certificate and key as SslCert and SslKey");
        if (!certificate_file.empty() && key_file.empty())
            refuse("a client's certificate is named without its key, of which the client takes no "
                   "notice",
                   "name the key as SslKey, too, or remove SslCert");
        if (is_socket_ || host.starts_with('/') || host.starts_with("./"))
            socket = std::move(host);
        set_before(asked != AskedTls::off && socket.empty(),
                   !is_asked({AskedTls::unsaid, AskedTls::if_offered}),
                   is_asked({AskedTls::chain, AskedTls::identity}), is_asked({AskedTls::identity}));
        if (before.checks_chain && has_ca()) {
            note_system_cas();
            note(asked_by,
                 "MySql.Data 9.3, as run under Mono: whoever calls his CA by that one's name is "
                 "believed, whatever host his certificate is for",
                 {},
                 "what a text protects depends on the client that reads it, and it does not say "
                 "which that is");
        }
        // With a CA of one's own, the client passes over what else is wrong with the chain.
        if (before.checks_name && !has_ca() && !skips_revocation_)
            add_finding(FindingSeverity::warning, asked_by,
                        "asks where the certificate says whether it was revoked", "does not ask",
                        "nobody but the server is dialled",
                        ".ocsp_stapling or .revocation in ssl()");
        return TextDraft::finish();
    }

    bool is_socket_ = false;
    bool skips_revocation_ = false;
};

inline constexpr TextGrammar ado_grammar{.client = "MySqlConnector 2.6",
                                         .form = "the ADO.NET connection string",
                                         .settings = rows(ado_settings),
                                         .tls_words = rows(ado_words),
                                         .ignores_case = true,
                                         .true_words = "true yes",
                                         .false_words = "false no",
                                         .counts_found_rows = true,
                                         .encoding = Encoding::own};

} // namespace detail

SEALSQL_INLINE Translation translate_ado_net(std::string_view text)
{
    return detail::AdoString{detail::ado_grammar}.translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI
