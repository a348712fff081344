#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/text/jdbc.hpp>
#include <sealsql/translation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class JdbcSetting : std::uint8_t {
    use_tls,
    require_tls,
    verify_certificate,
    trust_certificate,
    skip_name,
    trust_store,
    trust_store_password,
    system_trust_store,
    system_trust_store_password,
    key_store,
    key_store_password,
    system_key_store,
    system_key_store_password,
    encoding,
    result_encoding,
    session_variables,
    autocommit,
    protocol,
};

[[nodiscard]] constexpr TextSetting jdbc_own(std::string_view name, JdbcSetting id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

inline constexpr std::string_view jdbc_about_api =
    "it concerns how the driver's own functions behave";
inline constexpr std::string_view jdbc_about_work = "it concerns how the driver does its work";
inline constexpr std::string_view jdbc_about_dates =
    "dates and times are handed over as the server sends them";
inline constexpr std::string_view jdbc_about_many =
    "there is one server, and no other that could be chosen";
inline constexpr std::string_view jdbc_about_stores = "the kind is told from the file's content";
inline constexpr std::string_view jdbc_about_rsa =
    "no password is sent without TLS, encrypted by itself or not";
inline constexpr std::string_view jdbc_no_reconnect =
    "a lost connection has lost its transaction, and is not made anew behind the program's back";
inline constexpr std::string_view jdbc_no_files = "no server is handed files of this machine";
inline constexpr std::string_view jdbc_no_compression = "the protocol is not compressed";
inline constexpr std::string_view jdbc_no_many_statements = "a query is one statement";
inline constexpr std::string_view jdbc_found_rows =
    "affected rows are those that changed, not those that were found";
inline constexpr std::string_view jdbc_no_classes = "it names a class of the Java program";

// Of "Configuration Properties" in the manual of MySQL Connector/J 9.
inline constexpr TextSetting mysql_jdbc_settings[] = {
    {"user", TextMeaning::user},
    {"password|password1", TextMeaning::password},
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"dbname", TextMeaning::database},
    jdbc_own("protocol", JdbcSetting::protocol),
    {"sslMode", TextMeaning::tls_mode},
    jdbc_own("useSSL", JdbcSetting::use_tls),
    jdbc_own("requireSSL", JdbcSetting::require_tls),
    jdbc_own("verifyServerCertificate", JdbcSetting::verify_certificate),
    jdbc_own("trustCertificateKeyStoreUrl", JdbcSetting::trust_store),
    jdbc_own("trustCertificateKeyStorePassword", JdbcSetting::trust_store_password),
    jdbc_own("clientCertificateKeyStoreUrl", JdbcSetting::key_store),
    jdbc_own("clientCertificateKeyStorePassword", JdbcSetting::key_store_password),
    jdbc_own("javax.net.ssl.trustStore", JdbcSetting::system_trust_store),
    jdbc_own("javax.net.ssl.trustStorePassword", JdbcSetting::system_trust_store_password),
    jdbc_own("javax.net.ssl.keyStore", JdbcSetting::system_key_store),
    jdbc_own("javax.net.ssl.keyStorePassword", JdbcSetting::system_key_store_password),
    {"trustCertificateKeyStoreType|clientCertificateKeyStoreType|javax.net.ssl.trustStoreType|"
     "javax.net.ssl.keyStoreType",
     TextMeaning::moot, jdbc_about_stores},
    {"fallbackToSystemTrustStore|fallbackToSystemKeyStore", TextMeaning::moot,
     "nothing is taken from Java's own stores: where no CA is named, it is the system's",
     a_boolean},
    {"tlsVersions|enabledTLSProtocols", TextMeaning::tls_versions},
    {"tlsCiphersuites|enabledSSLCipherSuites", TextMeaning::ciphers},
    {"allowPublicKeyRetrieval", TextMeaning::moot, jdbc_about_rsa, a_boolean},
    {"serverRSAPublicKeyFile", TextMeaning::moot, jdbc_about_rsa},
    {"connectTimeout", TextMeaning::connect_timeout},
    {"socketTimeout", TextMeaning::read_timeout},
    {"maxAllowedPacket", TextMeaning::moot,
     "it limits statements: how long one may be is the server's max_allowed_packet"},
    jdbc_own("characterEncoding", JdbcSetting::encoding),
    jdbc_own("characterSetResults", JdbcSetting::result_encoding),
    {"connectionCollation", TextMeaning::collation},
    jdbc_own("sessionVariables", JdbcSetting::session_variables),
    {"connectionAttributes", TextMeaning::attributes},
    {"useAffectedRows", TextMeaning::only_true, jdbc_found_rows},
    {"autoReconnect|autoReconnectForPools|failOverReadOnly|reconnectAtTxEnd|retriesAllDown",
     TextMeaning::only_false, jdbc_no_reconnect},
    {"allowMultiQueries", TextMeaning::only_false, jdbc_no_many_statements},
    {"useCompression", TextMeaning::only_false, jdbc_no_compression},
    {"allowLoadLocalInfile|allowUrlInLocalInfile", TextMeaning::only_false, jdbc_no_files},
    {"createDatabaseIfNotExist", TextMeaning::only_false, "connecting creates nothing"},
    {"interactiveClient", TextMeaning::only_false, "a session's wait_timeout is not changed"},
    {"forceConnectionTimeZoneToSession", TextMeaning::only_false,
     "the session's time zone is the server's: sessionVariables=time_zone='…' sets it"},
    {"disconnectOnExpiredPasswords", TextMeaning::only_true,
     "an account whose password has expired cannot log in"},
    {"fipsCompliantJsse", TextMeaning::only_false, "it concerns Java's TLS"},
    {"paranoid", TextMeaning::moot, "no error and no log holds a password", a_boolean},
    {"defaultAuthenticationPlugin", TextMeaning::moot,
     "the server says which login method it is; login_methods() limits them"},
    {"allowLoadLocalInfileInPath", TextMeaning::refused, jdbc_no_files},
    {"password2|password3", TextMeaning::refused, "a login has one password"},
    {"disabledAuthenticationPlugins", TextMeaning::refused,
     "login_methods() names those that are allowed, by their names in the protocol"},
    {"socketFactory|socksProxyHost|socksProxyPort|socksProxyRemoteDns|localSocketAddress|"
     "tcpTrafficClass|path",
     TextMeaning::refused, "the way to the server is the system's"},
    {"dnsSrv", TextMeaning::only_false, "one server is dialled, by its name or address"},
    {"authenticationPlugins|connectionLifecycleInterceptors|queryInterceptors|"
     "exceptionInterceptors|propertiesTransform|clientInfoProvider|keyManagerFactoryProvider|"
     "trustManagerFactoryProvider|keyStoreProvider|sslContextProvider|"
     "authenticationFidoCallbackHandler|authenticationWebAuthnCallbackHandler|"
     "authenticationOpenidConnectCallbackHandler|useConfigs",
     TextMeaning::refused, jdbc_no_classes},
    {"ldapServerHostname|ociConfigFile|ociConfigProfile|customCharsetMapping|"
     "passwordCharacterEncoding",
     TextMeaning::refused, "there is nothing that it could be said to"},
    {"serverTimezone|connectionTimeZone|zeroDateTimeBehavior", TextMeaning::moot, jdbc_about_dates},
    {"useLegacyDatetimeCode|useTimezone|useJDBCCompliantTimezoneShift|noDatetimeStringSync|"
     "preserveInstants|sendFractionalSeconds|sendFractionalSecondsForTime|"
     "treatMysqlDatetimeAsTimestamp|treatUtilDateAsTimestamp|yearIsDateType|cacheDefaultTimeZone",
     TextMeaning::moot, jdbc_about_dates, a_boolean},
    {"useUnicode|detectCustomCollations", TextMeaning::moot,
     "texts are handed over as the server sends them", a_boolean},
    {"continueBatchOnError|dontTrackOpenResources|queryTimeoutKillsConnection|allowNanAndInf|"
     "autoClosePStmtStreams|compensateOnDuplicateKeyUpdateCounts|emulateUnsupportedPstmts|"
     "generateSimpleParameterMetadata|processEscapeCodesForPrepStmts|useStreamLengthsInPrepStmts|"
     "clobberStreamingResults|emptyStringsConvertToZero|holdResultsOpenOverStatementClose|"
     "jdbcCompliantTruncation|padCharsWithSpace|populateInsertRowWithDefaultValues|"
     "scrollTolerantForwardOnly|strictUpdates|tinyInt1isBit|transformedBitIsBoolean|"
     "useColumnNamesInFindColumn|useOldAliasMetadataBehavior|getProceduresReturnsFunctions|"
     "noAccessToProcedureBodies|nullDatabaseMeansCurrent|nullCatalogMeansCurrent|"
     "nullNamePatternMatchesAll|useHostsInPrivileges|useInformationSchema|autoDeserialize|"
     "blobsAreStrings|emulateLocators|functionsNeverReturnBlobs|pedantic|rollbackOnPooledClose|"
     "enableEscapeProcessing|enableQueryTimeouts|overrideSupportsIntegrityEnhancementFacility|"
     "ultraDevHack|allowSlaveDownConnections|trackSessionState",
     TextMeaning::moot, jdbc_about_api, a_boolean},
    {"maxRows|databaseTerm|netTimeoutForStreamingResults", TextMeaning::moot, jdbc_about_api},
    {"useServerPrepStmts|useCursorFetch|useLocalSessionState|useLocalTransactionState|"
     "alwaysSendSetIsolation|cacheCallableStmts|cachePrepStmts|cacheResultSetMetadata|"
     "cacheServerConfiguration|dontCheckOnDuplicateKeyUpdateInSQL|elideSetAutoCommits|"
     "maintainTimeStats|readOnlyPropagatesToServer|rewriteBatchedStatements|useReadAheadInput|"
     "useUnbufferedInput|tcpKeepAlive|tcpNoDelay|profileSQL|logSlowQueries|autoSlowLog|"
     "explainSlowQueries|gatherPerfMetrics|logXaCommands|traceProtocol|enablePacketDebug|"
     "useUsageAdvisor|autoGenerateTestcaseScript|dumpQueriesOnException|"
     "includeInnodbStatusInDeadlockExceptions|includeThreadDumpInDeadlockExceptions|"
     "includeThreadNamesAsStatementComment|useNanosForElapsedTime",
     TextMeaning::moot, jdbc_about_work, a_boolean},
    {"callableStmtCacheSize|metadataCacheSize|prepStmtCacheSize|prepStmtCacheSqlLimit|"
     "largeRowSizeThreshold|tcpRcvBuf|tcpSndBuf|slowQueryThresholdMillis|slowQueryThresholdNanos|"
     "maxQuerySizeToLog|packetDebugBufferSize|resultSetSizeThreshold|reportMetricsIntervalMillis|"
     "blobSendChunkSize|locatorFetchBufferSize",
     TextMeaning::moot, jdbc_about_work, a_number},
    {"defaultFetchSize|logger|profilerEventHandler|queryInfoCacheFactory|"
     "parseInfoCacheFactory|serverConfigCacheFactory|connectionGroup",
     TextMeaning::moot, jdbc_about_work},
    {"maxReconnects|initialTimeout|queriesBeforeRetrySource|queriesBeforeRetryMaster|"
     "secondsBeforeRetrySource|secondsBeforeRetryMaster|loadBalanceStrategy|haLoadBalanceStrategy|"
     "loadBalanceBlacklistTimeout|loadBalanceBlocklistTimeout|loadBalancePingTimeout|"
     "allowSourceDownConnections|allowReplicaDownConnections|allowMasterDownConnections|"
     "readFromSourceWhenNoReplicas|selfDestructOnPingMaxOperations|"
     "selfDestructOnPingSecondsLifetime|replicationEnableJMX|ha.enableJMX",
     TextMeaning::moot, jdbc_about_many},
};

inline constexpr TlsWord mysql_jdbc_words[] = {
    {"DISABLED", AskedTls::off},
    {"PREFERRED", AskedTls::if_offered},
    {"REQUIRED", AskedTls::on},
    {"VERIFY_CA", AskedTls::chain},
    {"VERIFY_IDENTITY", AskedTls::identity},
};

// Of "About MariaDB Connector/J" in MariaDB's documentation.
inline constexpr TextSetting mariadb_jdbc_settings[] = {
    {"user", TextMeaning::user},
    {"password", TextMeaning::password},
    {"localSocket", TextMeaning::socket},
    {"sslMode", TextMeaning::tls_mode},
    jdbc_own("useSsl", JdbcSetting::use_tls),
    jdbc_own("trustServerCertificate", JdbcSetting::trust_certificate),
    jdbc_own("disableSslHostnameVerification", JdbcSetting::skip_name),
    {"serverSslCert", TextMeaning::ca_file},
    jdbc_own("trustStore|trustCertificateKeyStoreUrl", JdbcSetting::trust_store),
    jdbc_own("trustStorePassword|trustCertificateKeyStorePassword",
             JdbcSetting::trust_store_password),
    jdbc_own("keyStore|clientCertificateKeyStoreUrl", JdbcSetting::key_store),
    jdbc_own("keyStorePassword|clientCertificateKeyStorePassword|keyPassword",
             JdbcSetting::key_store_password),
    jdbc_own("javax.net.ssl.trustStore", JdbcSetting::system_trust_store),
    jdbc_own("javax.net.ssl.trustStorePassword", JdbcSetting::system_trust_store_password),
    jdbc_own("javax.net.ssl.keyStore", JdbcSetting::system_key_store),
    jdbc_own("javax.net.ssl.keyStorePassword", JdbcSetting::system_key_store_password),
    {"keyStoreType|trustStoreType|clientKeyStoreType|clientTrustStoreType|"
     "javax.net.ssl.trustStoreType|javax.net.ssl.keyStoreType",
     TextMeaning::moot, jdbc_about_stores},
    {"fallbackToSystemTrustStore|fallbackToSystemKeyStore", TextMeaning::moot,
     "nothing is taken from Java's own stores: where no CA is named, it is the system's",
     a_boolean},
    {"enabledSslProtocolSuites", TextMeaning::tls_versions},
    {"enabledSslCipherSuites", TextMeaning::ciphers},
    {"allowPublicKeyRetrieval", TextMeaning::moot, jdbc_about_rsa, a_boolean},
    {"serverRsaPublicKeyFile|cachingRsaPublicKeyFile", TextMeaning::moot, jdbc_about_rsa},
    {"connectTimeout", TextMeaning::connect_timeout},
    {"socketTimeout", TextMeaning::read_timeout},
    {"connectionCollation", TextMeaning::collation},
    jdbc_own("sessionVariables", JdbcSetting::session_variables),
    {"connectionAttributes", TextMeaning::attributes},
    jdbc_own("autocommit", JdbcSetting::autocommit),
    {"initSql", TextMeaning::init_statement},
    {"useAffectedRows", TextMeaning::only_true, jdbc_found_rows},
    {"allowMultiQueries", TextMeaning::only_false, jdbc_no_many_statements},
    {"useCompression", TextMeaning::only_false, jdbc_no_compression},
    {"allowLocalInfile", TextMeaning::only_false, jdbc_no_files},
    {"createDatabaseIfNotExist", TextMeaning::only_false, "connecting creates nothing"},
    {"interactiveClient", TextMeaning::only_false, "a session's wait_timeout is not changed"},
    {"autoReconnect", TextMeaning::only_false, jdbc_no_reconnect},
    {"maxAllowedPacket", TextMeaning::moot,
     "it limits statements: how long one may be is the server's max_allowed_packet", a_number},
    {"restrictedAuth", TextMeaning::refused,
     "login_methods() names those that are allowed, by their names in the protocol"},
    {"pipe|socketFactory|localSocketAddress|tlsSocketType", TextMeaning::refused,
     "the way to the server is the system's"},
    {"credentialType|servicePrincipalName|galeraAllowedState|timezone|transactionIsolation|"
     "passwordCharacterEncoding|geometryDefaultType",
     TextMeaning::refused, "there is nothing that it could be said to"},
    {"disconnectOnExpiredPasswords", TextMeaning::only_true,
     "an account whose password has expired cannot log in"},
    {"serverTimezone|connectionTimeZone|forceConnectionTimeZoneToSession|preserveInstants|"
     "useLegacyDatetimeCode|yearIsDateType|zeroDateTimeBehavior|useFractionalSeconds",
     TextMeaning::moot, jdbc_about_dates},
    {"useUnicode|characterEncoding", TextMeaning::moot,
     "the driver takes no notice of it: texts are utf8mb4"},
    {"permitMysqlScheme", TextMeaning::moot, "it is seen from the text itself"},
    {"tinyInt1isBit|transformedBitIsBoolean|blankTableNameMeta|nullDatabaseMeansCurrent|"
     "useCatalogTerm|useServerPrepStmts|useBulkStmts|useBulkStmtsForInserts|useReadAheadInput|"
     "cachePrepStmts|cacheCodecs|rewriteBatchedStatements|returnMultiValuesGeneratedIds|"
     "dumpQueriesOnException|includeInnodbStatusInDeadlockExceptions|"
     "includeThreadDumpInDeadlockExceptions|tcpKeepAlive|tcpAbortiveClose|allowPipelining|"
     "disablePipeline|useMysqlMetadata|assureReadOnly|permitRedirect|permitNoResults|"
     "pinGlobalTxToPhysicalConnection|continueBatchOnError|jdbcCompliantTruncation|"
     "useResetConnection|registerJmxPool",
     TextMeaning::moot, jdbc_about_work, a_boolean},
    {"prepStmtCacheSize|defaultFetchSize|maxQuerySizeToLog|tcpKeepIdle|tcpKeepCount|"
     "tcpKeepInterval|uuidAsString|socketTimeoutOnClose|maxPoolSize|minPoolSize|maxIdleTime|"
     "poolValidMinDelay|poolName|pool|retriesAllDown|transactionReplay|transactionReplaySize|"
     "failover|log|loadBalancePingTimeout",
     TextMeaning::moot, jdbc_about_work},
};

inline constexpr TlsWord mariadb_jdbc_words[] = {
    {"disable", AskedTls::off},
    {"DISABLED", AskedTls::off},
    {"0", AskedTls::off},
    {"false", AskedTls::off},
    {"trust", AskedTls::unverified},
    {"REQUIRED", AskedTls::on},
    {"verify-ca", AskedTls::chain},
    {"VERIFY_CA", AskedTls::chain},
    {"verify-full", AskedTls::identity},
    {"VERIFY_FULL", AskedTls::identity},
    {"VERIFY_IDENTITY", AskedTls::identity},
    {"1", AskedTls::identity},
    {"true", AskedTls::identity},
};

/// Both of them.
class JdbcUrl : public TextDraft {
public:
    explicit JdbcUrl(TextGrammar const& grammar) noexcept
        : TextDraft{grammar}, decodes_{grammar.decode != nullptr}
    {
    }

    [[nodiscard]] Translation translate(std::string_view url, KeywordList const& properties)
    {
        check_text(url);
        for (auto const& [name, value] : properties)
            push({.name = name, .value = value, .is_literal = true});
        begin_of_host_ = pairs_.size();
        TextScanner scanner{url};
        read_scheme(scanner);
        if (!scanner.skip("//"))
            refuse("there is no '//' before the host");
        read_host(scanner.take_until(decodes_ ? "/?#" : "/?"));
        if (scanner.skip('/')) {
            std::string_view const name = scanner.take_until(decodes_ ? "?#" : "?");
            if (!decodes_)
                options.database = name;
            else if (!percent_decode(name, PlusSign::is_space, options.database))
                refuse("the database's name cannot be decoded", "write a '%' in it as %25");
        }
        if (scanner.skip('?'))
            read_properties(scanner.take_until(decodes_ ? "#" : ""));
        if (!scanner.at_end())
            add_finding(FindingSeverity::note, "#", "what stands behind it is passed over",
                        "what stands behind it is passed over", "it is the URL's fragment",
                        "write a '#' that belongs to a value as %23");
        if (host.empty() && socket.empty())
            host = "localhost";
        take(pairs_);
        return finish();
    }

    static void take_own(TextDraft& draft, TextSetting const& setting, std::string_view value)
    {
        static_cast<JdbcUrl&>(draft).take_own(static_cast<JdbcSetting>(setting.id), setting.name,
                                              value);
    }

private:
    using TextDraft::take;

    void push(TextPair const& pair)
    {
        if (!pairs_.push(pair))
            refuse("there are more than 128 properties");
    }

    void read_scheme(TextScanner& scanner) const
    {
        bool const is_known = decodes_
                                  ? scanner.skip_ignoring_case("jdbc:mysql:")
                                  : scanner.skip("jdbc:mariadb:") || scanner.skip("jdbc:mysql:");
        if (!is_known)
            refuse(decodes_ ? "the URL does not begin with 'jdbc:mysql:'"
                            : "the URL does not begin with 'jdbc:mariadb:' or 'jdbc:mysql:'",
                   "other protocols, such as mysqlx, are not MySQL's classic one");
        if (scanner.peek() != '/')
            refuse("the URL is one for several servers, or of another protocol",
                   "name one server, as jdbc:mysql://host:port/database");
    }

    void read_host(std::string_view text)
    {
        if (std::size_t const at = text.rfind('@'); decodes_ && at != text.npos) {
            std::string_view const login = text.substr(0, at);
            if (login.find('@') != login.npos)
                refuse("there is more than one '@' before the host", "write a '@' in a password as "
                                                                     "%40");
            std::size_t const colon = login.find(':');
            push_once("user", login.substr(0, colon), true);
            if (colon != login.npos)
                push_once("password", login.substr(colon + 1), true);
            text.remove_prefix(at + 1);
        }
        TextScanner scanner{text};
        if (scanner.skip("address="))
            return read_address(scanner);
        if (decodes_ && scanner.peek() == '(')
            return read_named_parts(scanner);
        if (scanner.skip('[')) {
            host = scanner.take_until("]");
            if (!scanner.skip(']') || host.find(':') == host.npos)
                refuse("the host in brackets is no IPv6 address",
                       "name one server; brackets around several are not for this");
        } else {
            std::string_view const name = scanner.take_until(":");
            if (!decodes_)
                host = name;
            else if (!percent_decode(name, PlusSign::is_space, host))
                refuse("the host cannot be decoded");
        }
        if (scanner.skip(':'))
            take(TextMeaning::port, "port", scanner.take(scanner.rest().size()));
        if (!scanner.at_end())
            refuse("something stands behind the host that is no port");
    }

    /// `(name=value)(name=value)…`
    void read_address(TextScanner& scanner)
    {
        while (scanner.skip('(')) {
            std::string_view const part = scanner.take_until(")");
            if (!scanner.skip(')'))
                refuse("a '(' of the address is not closed");
            read_part(part);
        }
        if (!scanner.at_end())
            refuse("the address holds more than (name=value)", "name one server");
    }

    /// `(name=value,name=value…)`
    void read_named_parts(TextScanner& scanner)
    {
        scanner.skip('(');
        TextScanner parts{scanner.take_until(")")};
        if (!scanner.skip(')') || !scanner.at_end())
            refuse("the host in parentheses is not closed, or is not alone", "name one server");
        while (!parts.at_end()) {
            read_part(parts.take_until(","));
            parts.skip(',');
        }
    }

    void read_part(std::string_view part)
    {
        std::size_t const equals = part.find('=');
        if (equals == part.npos)
            refuse("a part of the address has no '='");
        std::string_view const name = trimmed(part.substr(0, equals));
        std::string_view const value = trimmed(part.substr(equals + 1));
        if (decodes_)
            return push_once(name, value);
        if (name == "host")
            host = value;
        else if (name == "port")
            take(TextMeaning::port, "port", value);
        else if (name != "type" || (value != "master" && value != "primary"))
            refuse("the address holds more than host, port and type=primary",
                   "user and password are properties");
    }

    /// Of the host's part: not to be said again.
    void push_once(std::string_view name, std::string_view value, bool is_delimited = false)
    {
        push({.name = name, .value = value, .is_delimited = is_delimited});
        end_of_host_ = pairs_.size();
    }

    void read_properties(std::string_view text)
    {
        TextScanner scanner{text};
        while (!scanner.at_end()) {
            std::string_view const property = scanner.take_until("&");
            scanner.skip('&');
            if (property.empty())
                continue;
            std::size_t const equals = property.find('=');
            std::string_view name = property.substr(0, equals);
            if (decodes_)
                name = trimmed(name);
            if (decodes_ && is_one_of(name, "host port dbname protocol path", false))
                refuse_setting(name, "belongs to the host, before the '/'");
            View<TextPair const> const said{pairs_};
            for (std::size_t i = begin_of_host_; i < end_of_host_; ++i) {
                if (said[i].name == name)
                    refuse_setting(name, "is said before the '/' and again behind the '?'",
                                   "say it once");
            }
            push({.name = name,
                  .value =
                      equals == property.npos ? std::string_view{} : property.substr(equals + 1),
                  .has_value = equals != property.npos});
        }
    }

    /// The path that a store's URL names.
    [[nodiscard]] std::string store_path(std::string_view name, std::string_view url) const
    {
        TextScanner scanner{url};
        if (!scanner.skip_ignoring_case("file:")) {
            // MariaDB's takes a path as well; MySQL's reports "no protocol".
            if (decodes_ || url.empty() || url.starts_with("classpath:"))
                refuse_setting(name, "is no URL of a file", "write it as file:/path/to/the/store");
            return std::string{url};
        }
        if (scanner.skip("//") && scanner.peek() != '/' && !scanner.skip("localhost"))
            refuse_setting(name, "is a URL of another machine's file");
        std::string path;
        if (!percent_decode(scanner.rest(), PlusSign::is_itself, path) || path.empty())
            refuse_setting(name, "is no URL of a file", "write it as file:/path/to/the/store");
        return path;
    }

    void take_own(JdbcSetting setting, std::string_view name, std::string_view value)
    {
        switch (setting) {
        case JdbcSetting::use_tls:
            use_tls_ = read_boolean(name, value) ? Said::yes : Said::no;
            return;
        case JdbcSetting::require_tls:
            require_tls_ = read_boolean(name, value);
            return;
        case JdbcSetting::verify_certificate:
            verify_ = read_boolean(name, value) ? Said::yes : Said::no;
            return;
        case JdbcSetting::trust_certificate:
            trust_ = read_boolean(name, value);
            return;
        case JdbcSetting::skip_name:
            skip_name_ = read_boolean(name, value);
            return;
        case JdbcSetting::trust_store:
            ca_file = store_path(name, value);
            return;
        case JdbcSetting::trust_store_password:
            return take(TextMeaning::ca_password, name, value);
        case JdbcSetting::system_trust_store:
            system_trust_store_ = value;
            return;
        case JdbcSetting::system_trust_store_password:
            system_trust_store_password_ = Secret{value};
            return;
        case JdbcSetting::key_store:
            identity_file = store_path(name, value);
            return;
        case JdbcSetting::key_store_password:
            return take(TextMeaning::identity_password, name, value);
        case JdbcSetting::system_key_store:
            system_key_store_ = value;
            return;
        case JdbcSetting::system_key_store_password:
            system_key_store_password_ = Secret{value};
            return;
        case JdbcSetting::encoding:
            return take(TextMeaning::character_set, name, character_set(name, value));
        case JdbcSetting::result_encoding:
            result_character_set_ =
                value.empty() || value == "null" ? std::string_view{} : character_set(name, value);
            return;
        case JdbcSetting::session_variables:
            return take_session_variables(name, value);
        case JdbcSetting::autocommit:
            if (!read_boolean(name, value))
                options.init_statements.emplace_back("SET autocommit=0");
            return;
        case JdbcSetting::protocol:
            if (!equal_in_any_case(value, "tcp"))
                refuse_setting(name, "is not tcp", "name the host and port of the server");
            return;
        }
    }

    /// MySQL's name for Java's of an encoding.
    [[nodiscard]] std::string_view character_set(std::string_view name, std::string_view java) const
    {
        struct Names {
            std::string_view java;
            std::string_view mysql;
        };
        static constexpr Names known[] = {
            {"utf-8 utf8 utf8mb4", "utf8mb4"},
            {"iso-8859-1 iso8859_1 iso8859-1 latin1 cp1252 windows-1252", "latin1"},
            {"us-ascii ascii", "ascii"},
            {"iso-8859-2 iso8859_2 latin2", "latin2"},
            {"windows-1251 cp1251", "cp1251"},
            {"koi8-r koi8_r koi8r", "koi8r"},
            {"gbk ms936", "gbk"},
            {"gb18030", "gb18030"},
            {"gb2312 euc_cn", "gb2312"},
            {"big5", "big5"},
            {"shift_jis sjis", "sjis"},
            {"windows-31j ms932 cp932", "cp932"},
            {"euc-jp euc_jp", "ujis"},
            {"euc-kr euc_kr", "euckr"},
        };
        for (Names const& one : known) {
            if (is_one_of(value_or(java, "utf-8"), one.java, true))
                return one.mysql;
        }
        refuse_setting(name, "names an encoding for which no character set of MySQL is known",
                       "write UTF-8");
    }

    [[nodiscard]] static std::string_view value_or(std::string_view text,
                                                   std::string_view otherwise) noexcept
    {
        return text.empty() ? otherwise : text;
    }

    /// `name=value` with `,` or `;` between that are not within quotes or parentheses.
    void take_session_variables(std::string_view name, std::string_view value)
    {
        std::size_t from = 0;
        char quote = '\0';
        std::size_t depth = 0;
        for (std::size_t i = 0; i <= value.size(); ++i) {
            char const c = i < value.size() ? value[i] : ',';
            bool const is_end =
                i == value.size() || ((c == ',' || c == ';') && quote == '\0' && depth == 0);
            if (is_end) {
                std::string_view const one = trimmed(value.substr(from, i - from));
                from = i + 1;
                if (one.empty() && i == value.size())
                    break;
                if (one.find('=') == one.npos || one.front() == '=')
                    refuse_setting(name, "is no list of variables", "write it as name=value,…");
                options.init_statements.push_back(
                    concat({one.front() == '@' ? "SET " : "SET SESSION ", one}));
            } else if (quote != '\0') {
                quote = c == quote ? '\0' : quote;
            } else if (c == '\'' || c == '"' || c == '`') {
                quote = c;
            } else if (c == '(') {
                ++depth;
            } else if (c == ')' && depth != 0) {
                --depth;
            }
        }
        if (quote != '\0' || depth != 0)
            refuse_setting(name, "holds a quote or parenthesis that is not closed");
    }

    /// What useSSL and the like come to where sslMode is not said.
    void finish_legacy_settings()
    {
        if (asked != AskedTls::unsaid) {
            if (use_tls_ != Said::nothing || verify_ != Said::nothing || require_tls_ || trust_ ||
                skip_name_)
                add_finding(FindingSeverity::note, "useSSL",
                            "sslMode counts, and none of the older "
                            "settings",
                            "sslMode counts, and none of the older settings", "both stand there",
                            "remove useSSL and those that belong to it");
            return;
        }
        if (decodes_) {
            if (use_tls_ == Said::no)
                ask_tls(AskedTls::off, "useSSL=false");
            else if (verify_ == Said::yes)
                ask_tls(AskedTls::chain, "verifyServerCertificate=true");
            else if (verify_ == Said::no)
                ask_tls(AskedTls::unverified, "verifyServerCertificate=false");
            else if (require_tls_)
                ask_tls(AskedTls::on, "requireSSL=true");
            else if (use_tls_ == Said::yes)
                ask_tls(AskedTls::if_offered, "useSSL=true");
        } else if (use_tls_ == Said::no) {
            ask_tls(AskedTls::off, "useSsl=false");
        } else if (use_tls_ == Said::yes) {
            if (trust_)
                ask_tls(AskedTls::unverified, "trustServerCertificate=true");
            else if (skip_name_)
                ask_tls(AskedTls::chain, "disableSslHostnameVerification=true");
            else
                ask_tls(AskedTls::identity, "useSsl=true");
        }
    }

    /// Java's system properties count where the driver's are not said.
    void finish_system_stores()
    {
        if (ca_file.empty() && !system_trust_store_.empty()) {
            ca_file = std::move(system_trust_store_);
            has_ca_password = !system_trust_store_password_.empty();
            ca_password = std::move(system_trust_store_password_);
        }
        if (system_key_store_.empty() || !identity_file.empty())
            return;
        if (system_key_store_ == ca_file) {
            add_finding(FindingSeverity::note, "javax.net.ssl.keyStore",
                        "looks for a client's key in it, and finds none",
                        "no client certificate is shown",
                        "it is the file of the CA, which holds no key of a client's",
                        ".identity = ClientIdentity::file(…) with the client's own file");
            return;
        }
        identity_file = std::move(system_key_store_);
        identity_password = std::move(system_key_store_password_);
    }

    [[nodiscard]] Translation finish()
    {
        finish_legacy_settings();
        finish_system_stores();
        if (!result_character_set_.empty() && result_character_set_ != options.character_set)
            refuse_setting("characterSetResults", "is another than that of statements",
                           "leave it out: results come in the connection's character set");
        bool const says_nothing = asked == AskedTls::unsaid;
        bool const uses_tls = asked != AskedTls::off && !(says_nothing && !decodes_);
        bool const falls_back = says_nothing || asked == AskedTls::if_offered ||
                                (asked == AskedTls::unverified && decodes_ && !require_tls_);
        before = {.uses_tls = uses_tls,
                  .refuses_plaintext = uses_tls && !falls_back,
                  .checks_chain = asked == AskedTls::chain || asked == AskedTls::identity,
                  .checks_name = asked == AskedTls::identity};
        return TextDraft::finish();
    }

    enum class Said : std::uint8_t { nothing, no, yes };

    bool decodes_;
    Said use_tls_ = Said::nothing;
    Said verify_ = Said::nothing;
    bool require_tls_ = false;
    bool trust_ = false;
    bool skip_name_ = false;
    std::string system_trust_store_{};
    Secret system_trust_store_password_{};
    std::string system_key_store_{};
    Secret system_key_store_password_{};
    std::string_view result_character_set_{};
    TextPairs pairs_{};
    std::size_t begin_of_host_ = 0; // of what the host's part says, in pairs_
    std::size_t end_of_host_ = 0;
};

inline constexpr TextGrammar mysql_jdbc_grammar{
    .client = "MySQL Connector/J 9.1",
    .form = "the JDBC URL",
    .settings = {mysql_jdbc_settings, std::size(mysql_jdbc_settings)},
    .tls_words = {mysql_jdbc_words, std::size(mysql_jdbc_words)},
    .true_words = "true yes",
    .false_words = "false no",
    .unit = std::chrono::milliseconds{1},
    .decode = [](std::string_view raw,
                 std::string& decoded) { return percent_decode(raw, PlusSign::is_space, decoded); },
    .own = JdbcUrl::take_own};

inline constexpr TextGrammar mariadb_jdbc_grammar{
    .client = "MariaDB Connector/J 3.5",
    .form = "the JDBC URL",
    .settings = {mariadb_jdbc_settings, std::size(mariadb_jdbc_settings)},
    .tls_words = {mariadb_jdbc_words, std::size(mariadb_jdbc_words)},
    .ignores_case = true,
    .true_words = "true 1",
    .false_words = "false 0",
    .unit = std::chrono::milliseconds{1},
    .own = JdbcUrl::take_own};

} // namespace detail

SEALSQL_INLINE Translation translate_mysql_jdbc(std::string_view url, KeywordList const& properties)
{
    return detail::JdbcUrl{detail::mysql_jdbc_grammar}.translate(url, properties);
}

SEALSQL_INLINE Translation translate_mariadb_jdbc(std::string_view url,
                                                  KeywordList const& properties)
{
    return detail::JdbcUrl{detail::mariadb_jdbc_grammar}.translate(url, properties);
}

} // namespace sealsql::inline SEALSQL_ABI
