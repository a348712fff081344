#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/text_url.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/text/jdbc.hpp>
#include <sealsql/translation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class JdbcSetting : std::uint8_t {
    trust_store,
    server_certificate,
    key_store,
    system_trust_store,
    system_trust_store_password,
    system_key_store,
    system_key_store_password,
    encoding,
    result_encoding,
    attributes,
    session_variables,
    protocol,
};

namespace why {
inline constexpr std::string_view one_server =
    "there is one server, and no other that could be chosen";
inline constexpr std::string_view store_kind = "the kind is told from the file's content";
inline constexpr std::string_view java_class = "it names a class of the Java program";
inline constexpr std::string_view way = "the way to the server is the system's";
inline constexpr std::string_view method_names =
    "login_methods() names those that are allowed, by their names in the protocol";
} // namespace why

// What both drivers have.
inline constexpr TextSetting jdbc_settings[] = {
    {"user", TextMeaning::user},
    {"sslMode", TextMeaning::tls_mode},
    own("trustCertificateKeyStoreUrl", JdbcSetting::trust_store),
    {"trustCertificateKeyStorePassword", TextMeaning::ca_password},
    own("clientCertificateKeyStoreUrl", JdbcSetting::key_store),
    {"clientCertificateKeyStorePassword", TextMeaning::identity_password},
    own("javax.net.ssl.trustStore", JdbcSetting::system_trust_store),
    own("javax.net.ssl.trustStorePassword", JdbcSetting::system_trust_store_password),
    own("javax.net.ssl.keyStore", JdbcSetting::system_key_store),
    own("javax.net.ssl.keyStorePassword", JdbcSetting::system_key_store_password),
    {"javax.net.ssl.trustStoreType|javax.net.ssl.keyStoreType", TextMeaning::moot, why::store_kind},
    answer("fallbackToSystemTrustStore", TlsQuestion::own_ca),
    answer("fallbackToSystemKeyStore", TlsQuestion::own_key),
    {"allowPublicKeyRetrieval", TextMeaning::moot, why::no_rsa, a_boolean},
    {"connectTimeout", TextMeaning::connect_timeout},
    {"socketTimeout", TextMeaning::read_timeout},
    {"connectionCollation", TextMeaning::collation},
    own("sessionVariables", JdbcSetting::session_variables),
    {"connectionAttributes", TextMeaning::attributes},
    {"useAffectedRows", TextMeaning::changed_rows},
    {"autoReconnect", TextMeaning::only_false, why::reconnect},
    {"allowMultiQueries", TextMeaning::only_false, why::one_statement},
    {"useCompression", TextMeaning::only_false, why::no_compression},
    {"createDatabaseIfNotExist", TextMeaning::only_false, "connecting creates nothing"},
    {"interactiveClient", TextMeaning::only_false, why::session_timeout},
    {"disconnectOnExpiredPasswords", TextMeaning::only_true,
     "an account whose password has expired cannot log in"},
    {"passwordCharacterEncoding", TextMeaning::refused, why::no_counterpart},
    {"socketFactory|localSocketAddress", TextMeaning::refused, why::way},
    {"serverTimezone|connectionTimeZone|zeroDateTimeBehavior", TextMeaning::moot, why::dates},
    {"tinyInt1isBit|transformedBitIsBoolean|nullDatabaseMeansCurrent|useServerPrepStmts|"
     "useReadAheadInput|cachePrepStmts|rewriteBatchedStatements|dumpQueriesOnException|"
     "includeInnodbStatusInDeadlockExceptions|includeThreadDumpInDeadlockExceptions|tcpKeepAlive|"
     "continueBatchOnError|jdbcCompliantTruncation",
     TextMeaning::moot, why::api, a_boolean},
    {"defaultFetchSize", TextMeaning::moot, why::api},
};

// Of "Configuration Properties" in the manual of MySQL Connector/J 9.
inline constexpr TextSetting mysql_jdbc_settings[] = {
    {"password|password1", TextMeaning::password},
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"dbname", TextMeaning::database},
    own("protocol", JdbcSetting::protocol),
    answer("useSSL", TlsQuestion::use),
    answer("requireSSL", TlsQuestion::demand),
    answer("verifyServerCertificate", TlsQuestion::chain),
    {"trustCertificateKeyStoreType|clientCertificateKeyStoreType", TextMeaning::moot,
     why::store_kind},
    {"tlsVersions|enabledTLSProtocols", TextMeaning::tls_versions},
    {"tlsCiphersuites|enabledSSLCipherSuites", TextMeaning::ciphers},
    {"serverRSAPublicKeyFile", TextMeaning::moot, why::no_rsa},
    {"maxAllowedPacket", TextMeaning::moot, why::statement_size},
    own("characterEncoding", JdbcSetting::encoding),
    own("characterSetResults", JdbcSetting::result_encoding),
    own("connectionAttributes", JdbcSetting::attributes),
    {"autoReconnectForPools|reconnectAtTxEnd", TextMeaning::only_false, why::reconnect},
    {"allowLoadLocalInfile|allowUrlInLocalInfile", TextMeaning::only_false, why::no_files},
    {"forceConnectionTimeZoneToSession", TextMeaning::only_false,
     "the session's time zone is the server's: sessionVariables=time_zone='…' sets it"},
    {"fipsCompliantJsse", TextMeaning::only_false, "it concerns Java's TLS"},
    {"paranoid", TextMeaning::moot, "no error and no log holds a password", a_boolean},
    {"defaultAuthenticationPlugin", TextMeaning::moot,
     "the server says which login method it is; login_methods() limits them"},
    {"allowLoadLocalInfileInPath", TextMeaning::refused, why::no_files},
    {"password2|password3", TextMeaning::refused, why::one_password},
    {"disabledAuthenticationPlugins", TextMeaning::refused, why::method_names},
    {"socksProxyHost|socksProxyPort|socksProxyRemoteDns|tcpTrafficClass|path", TextMeaning::refused,
     why::way},
    {"dnsSrv", TextMeaning::only_false, "one server is dialled, by its name or address"},
    {"authenticationPlugins|connectionLifecycleInterceptors|queryInterceptors|"
     "exceptionInterceptors|propertiesTransform|clientInfoProvider|KeyManagerFactoryProvider|"
     "trustManagerFactoryProvider|keyStoreProvider|sslContextProvider|"
     "authenticationFidoCallbackHandler|authenticationWebAuthnCallbackHandler|"
     "authenticationOpenidConnectCallbackHandler|useConfigs",
     TextMeaning::refused, why::java_class},
    {"ldapServerHostname|ociConfigFile|ociConfigProfile|customCharsetMapping", TextMeaning::refused,
     why::no_counterpart},
    {"useLegacyDatetimeCode|useTimezone|useJDBCCompliantTimezoneShift|noDatetimeStringSync|"
     "preserveInstants|sendFractionalSeconds|sendFractionalSecondsForTime|"
     "treatMysqlDatetimeAsTimestamp|treatUtilDateAsTimestamp|yearIsDateType|"
     "cacheDefaultTimeZone|cacheDefaultTimezone",
     TextMeaning::moot, why::dates, a_boolean},
    {"useUnicode|detectCustomCollations", TextMeaning::moot,
     "texts are handed over as the server sends them", a_boolean},
    {"dontTrackOpenResources|queryTimeoutKillsConnection|allowNanAndInf|autoClosePStmtStreams|"
     "compensateOnDuplicateKeyUpdateCounts|emulateUnsupportedPstmts|"
     "generateSimpleParameterMetadata|processEscapeCodesForPrepStmts|useStreamLengthsInPrepStmts|"
     "clobberStreamingResults|emptyStringsConvertToZero|holdResultsOpenOverStatementClose|"
     "padCharsWithSpace|populateInsertRowWithDefaultValues|scrollTolerantForwardOnly|"
     "strictUpdates|useColumnNamesInFindColumn|useOldAliasMetadataBehavior|"
     "getProceduresReturnsFunctions|noAccessToProcedureBodies|nullCatalogMeansCurrent|"
     "nullNamePatternMatchesAll|useHostsInPrivileges|useInformationSchema|autoDeserialize|"
     "blobsAreStrings|emulateLocators|functionsNeverReturnBlobs|pedantic|rollbackOnPooledClose|"
     "enableEscapeProcessing|enableQueryTimeouts|overrideSupportsIntegrityEnhancementFacility|"
     "ultraDevHack|allowSlaveDownConnections|trackSessionState|useCursorFetch|"
     "useLocalSessionState|useLocalTransactionState|alwaysSendSetIsolation|"
     "cacheCallableStmts|cacheResultSetMetadata|cacheServerConfiguration|"
     "dontCheckOnDuplicateKeyUpdateInSQL|elideSetAutoCommits|maintainTimeStats|"
     "readOnlyPropagatesToServer|useUnbufferedInput|tcpNoDelay|profileSQL|logSlowQueries|"
     "autoSlowLog|explainSlowQueries|gatherPerfMetrics|logXaCommands|traceProtocol|"
     "enablePacketDebug|useUsageAdvisor|autoGenerateTestcaseScript|"
     "includeThreadNamesAsStatementComment|useNanosForElapsedTime|ignoreNonTxTables|"
     "pinGlobalTxToPhysicalConnection|useOnlyServerErrorMessages",
     TextMeaning::moot, why::api, a_boolean},
    {"callableStmtCacheSize|metadataCacheSize|prepStmtCacheSize|prepStmtCacheSqlLimit|"
     "largeRowSizeThreshold|tcpRcvBuf|tcpSndBuf|slowQueryThresholdMillis|slowQueryThresholdNanos|"
     "maxQuerySizeToLog|packetDebugBufferSize|resultSetSizeThreshold|reportMetricsIntervalMillis|"
     "blobSendChunkSize|locatorFetchBufferSize|maxByteArrayAsHex",
     TextMeaning::moot, why::api, a_number},
    {"maxRows|databaseTerm|netTimeoutForStreamingResults|logger|profilerEventHandler|"
     "queryInfoCacheFactory|parseInfoCacheFactory|serverConfigCacheFactory|connectionGroup|"
     "clobCharacterEncoding|openTelemetry|resourceId",
     TextMeaning::moot, why::api},
    {"maxReconnects|initialTimeout|queriesBeforeRetrySource|queriesBeforeRetryMaster|"
     "secondsBeforeRetrySource|secondsBeforeRetryMaster|loadBalanceStrategy|haLoadBalanceStrategy|"
     "loadBalanceBlacklistTimeout|loadBalanceBlocklistTimeout|loadBalancePingTimeout|"
     "loadBalanceAutoCommitStatementRegex|loadBalanceAutoCommitStatementThreshold|"
     "loadBalanceConnectionGroup|loadBalanceExceptionChecker|loadBalanceHostRemovalGracePeriod|"
     "loadBalanceSQLExceptionSubclassFailover|loadBalanceSQLStateFailover|"
     "loadBalanceValidateConnectionOnSwapServer|replicationConnectionGroup|serverAffinityOrder|"
     "failOverReadOnly|retriesAllDown|ha.loadBalanceStrategy|haEnableJMX|"
     "allowSourceDownConnections|allowReplicaDownConnections|allowMasterDownConnections|"
     "readFromSourceWhenNoReplicas|selfDestructOnPingMaxOperations|"
     "selfDestructOnPingSecondsLifetime|replicationEnableJMX|ha.enableJMX",
     TextMeaning::moot, why::one_server},
};

// Of "About MariaDB Connector/J" in MariaDB's documentation.
inline constexpr TextSetting mariadb_jdbc_settings[] = {
    {"password", TextMeaning::password},
    {"localSocket", TextMeaning::socket},
    answer("useSsl", TlsQuestion::use),
    answer("trustServerCertificate", TlsQuestion::no_chain),
    answer("disableSslHostnameVerification", TlsQuestion::no_name),
    own("serverSslCert", JdbcSetting::server_certificate),
    own("trustStore", JdbcSetting::trust_store),
    {"trustStorePassword", TextMeaning::ca_password},
    own("keyStore", JdbcSetting::key_store),
    {"keyStorePassword|keyPassword", TextMeaning::identity_password},
    {"keyStoreType|trustStoreType|clientKeyStoreType|clientTrustStoreType", TextMeaning::moot,
     why::store_kind},
    {"enabledSslProtocolSuites", TextMeaning::tls_versions},
    {"enabledSslCipherSuites", TextMeaning::ciphers},
    {"serverRsaPublicKeyFile|cachingRsaPublicKeyFile", TextMeaning::moot, why::no_rsa},
    {"autocommit", TextMeaning::autocommit},
    {"initSql", TextMeaning::init_statement},
    {"allowLocalInfile", TextMeaning::only_false, why::no_files},
    {"maxAllowedPacket", TextMeaning::moot, why::statement_size, a_number},
    {"restrictedAuth", TextMeaning::refused, why::method_names},
    {"pipe|tlsSocketType", TextMeaning::refused, why::way},
    {"credentialType|servicePrincipalName|galeraAllowedState|timezone|transactionIsolation|"
     "geometryDefaultType",
     TextMeaning::refused, why::no_counterpart},
    {"forceConnectionTimeZoneToSession|preserveInstants|useLegacyDatetimeCode|yearIsDateType|"
     "useFractionalSeconds",
     TextMeaning::moot, why::dates},
    {"useUnicode|characterEncoding", TextMeaning::moot,
     "the driver takes no notice of it: texts are utf8mb4"},
    {"permitMysqlScheme", TextMeaning::moot, "it is seen from the text itself"},
    {"blankTableNameMeta|useCatalogTerm|useBulkStmts|useBulkStmtsForInserts|cacheCodecs|"
     "returnMultiValuesGeneratedIds|tcpAbortiveClose|allowPipelining|disablePipeline|"
     "useMysqlMetadata|assureReadOnly|permitRedirect|permitNoResults|"
     "pinGlobalTxToPhysicalConnection|useResetConnection|registerJmxPool",
     TextMeaning::moot, why::api, a_boolean},
    {"prepStmtCacheSize|maxQuerySizeToLog|tcpKeepIdle|tcpKeepCount|tcpKeepInterval|uuidAsString|"
     "socketTimeoutOnClose|maxPoolSize|minPoolSize|maxIdleTime|poolValidMinDelay|poolName|pool|"
     "retriesAllDown|transactionReplay|transactionReplaySize|failover|log|loadBalancePingTimeout",
     TextMeaning::moot, why::api},
};

inline constexpr TlsWord mariadb_jdbc_words[] = {
    {"disable|DISABLED|0|false", AskedTls::off},
    {"trust", AskedTls::unverified},
    {"REQUIRED", AskedTls::on},
    {"verify-ca|VERIFY_CA", AskedTls::chain},
    {"verify-full|VERIFY_FULL|VERIFY_IDENTITY|1|true", AskedTls::identity},
};

/// Both of them.
class JdbcUrl : public TextDraft {
public:
    using TextDraft::TextDraft;

    [[nodiscard]] Translation translate(std::string_view url, KeywordList const& properties)
    {
        check_text(url);
        auto const push_properties = [&] {
            for (auto const& [name, value] : properties)
                push_property({.name = name, .value = value, .is_literal = true});
        };
        if (!decodes()) // the URL's count before them, and to MySQL's they count before the URL's
            push_properties();
        TextScanner scanner{url};
        read_scheme(scanner);
        if (!scanner.skip("//"))
            refuse("there is no '//' before the host");
        std::string_view const authority = scanner.take_until(decodes() ? "/?#" : "/?");
        check_behind_server(*this, scanner.rest(), decodes(),
                            decodes() ? std::string_view{}
                                      : "give the login behind the '?', as user=…&password=…, or "
                                        "look for a slip of the pen in the properties' names");
        if (scanner.rest().starts_with("#{"))
            refuse_placeholder("host");
        read_host(authority);
        if (scanner.skip('/')) {
            std::string_view const name = scanner.take_until(decodes() ? "?#" : "?");
            if (decodes() && trimmed(name).starts_with('/'))
                refuse("there is another '/' behind that before the database",
                       "write one '/', and one of the name as %2F");
            if (authority.find('(') != authority.npos && name.find(')') != name.npos)
                refuse("a ')' stands behind the host, as if one in a value had ended it",
                       "write a ')' of a password as %29, and a '/' as %2F");
            check_database(*this, trimmed(name));
            if (!percent_decode(name, grammar().encoding, options.database))
                refuse("the database's name cannot be decoded", "write a '%' in it as %25");
            if (decodes())
                options.database = std::string{trimmed(options.database)};
        }
        if (scanner.skip('?'))
            read_properties(scanner.take_until(decodes() ? "#" : ""));
        if (decodes())
            push_properties();
        if (!scanner.at_end())
            note_fragment(*this);
        if (host.empty() && socket.empty())
            host = "localhost";
        if (!decodes())
            check_older_names();
        take_pairs();
        return finish();
    }

private:
    static constexpr std::string_view verifies = "verifyServerCertificate=true";

    /// Connector/J of MySQL does, that of MariaDB does not.
    [[nodiscard]] bool decodes() const noexcept { return grammar().encoding != Encoding::none; }

    void read_scheme(TextScanner& scanner) const
    {
        bool const is_known = decodes()
                                  ? scanner.skip_ignoring_case("jdbc:mysql:")
                                  : scanner.skip("jdbc:mariadb:") || scanner.skip("jdbc:mysql:");
        if (!is_known)
            refuse(decodes() ? "the URL does not begin with 'jdbc:mysql:'"
                             : "the URL does not begin with 'jdbc:mariadb:' or 'jdbc:mysql:'",
                   "other protocols, such as mysqlx, are not MySQL's classic one");
        if (scanner.peek() != '/')
            refuse("the URL is one for several servers, or of another protocol",
                   "name one server, as jdbc:mysql://host:port/database");
    }

    /// What begins a list of `(name=value)`.
    [[nodiscard]] bool skip_address(TextScanner& scanner) const
    {
        return decodes() ? scanner.skip_ignoring_case("address=") : scanner.skip("address=");
    }

    void read_host(std::string_view text)
    {
        if (std::string_view login; decodes() && cut_login(*this, text, login)) {
            bool const has_password = login.find(':') != login.npos;
            if (TextScanner begin{login}; begin.peek() == '(' || skip_address(begin))
                refuse("an '@' stands in the address's parentheses", "write it as %40");
            if (login.find(',') != login.npos)
                refuse("a ',' stands in the login, where it separates servers", "write it as %2C");
            push_final("user", trimmed(cut_first(login, ':')), true);
            if (has_password)
                push_final("password", trimmed(login), true);
        }
        TextScanner scanner{text};
        if (skip_address(scanner))
            read_parts(scanner, "");
        else if (decodes() && scanner.peek() == '(')
            read_parts(scanner, ",");
        else
            take_address(*this, text, grammar().encoding);
    }

    /// `(name=value)(name=value)…`, or one `(name=value,name=value…)`.
    void read_parts(TextScanner& scanner, std::string_view separator)
    {
        while (scanner.skip('(')) {
            TextScanner parts{scanner.take_until(")")};
            if (!scanner.skip(')'))
                refuse("a '(' of the address is not closed");
            while (!parts.at_end()) {
                read_part(parts.take_until(separator));
                (void)parts.skip(',');
            }
            if (!separator.empty())
                break;
        }
        if (!scanner.at_end())
            refuse("the address holds more than (name=value)", "name one server");
    }

    void read_part(std::string_view part)
    {
        std::size_t const equals = part.find('=');
        if (equals == part.npos)
            refuse("a part of the address has no '='");
        std::string_view const name = trimmed(part.substr(0, equals));
        std::string_view const value = trimmed(part.substr(equals + 1));
        if (decodes())
            return push_final(name, value);
        if (equal_in_any_case(name, "host"))
            host = value;
        else if (equal_in_any_case(name, "port"))
            take(TextMeaning::port, "port", value);
        else if (!equal_in_any_case(name, "type") || (value != "master" && value != "primary"))
            refuse("the address holds more than host, port and type=primary",
                   "user and password are properties");
    }

    /// Of the host's part: not to be said again.
    void push_final(std::string_view name, std::string_view value, bool is_delimited = false)
    {
        push({.name = name, .value = value, .is_delimited = is_delimited, .is_final = true});
    }

    /// Of what stands elsewhere.
    void push_property(TextPair const& pair)
    {
        ScratchText scratch;
        std::string_view name = pair.name;
        if (name.find('%') != name.npos) {
            std::string& decoded = scratch.clean(name.size());
            name = percent_decode(name, grammar().encoding, decoded) ? decoded : name;
        }
        if (decodes() && is_one_of(name, "host port dbname protocol path", true))
            refuse_setting(name, "belongs to the host, before the '/'");
        push(pair);
    }

    void read_properties(std::string_view text)
    {
        while (!text.empty()) {
            TextPair pair = cut_pair(text, '&');
            if (pair.name.empty() && !pair.has_value)
                continue;
            if (decodes()) { // what is encoded is kept
                pair.name = trimmed(pair.name);
                pair.value = trimmed(pair.value);
            }
            push_property(pair);
        }
    }

    /// Of useSsl and those that belong to it, letters have a case to MariaDB's, unlike in all other properties.
    void check_older_names() const
    {
        for (TextPair const& pair : pairs()) {
            TextSetting const* const setting = find(pair.name);
            if (setting == nullptr || setting->meaning != TextMeaning::tls_answer)
                continue;
            auto const question = static_cast<TlsQuestion>(setting->id);
            if (question == TlsQuestion::own_ca || question == TlsQuestion::own_key)
                continue;
            if (!is_one_of(pair.name,
                           "useSsl useSSL trustServerCertificate disableSslHostnameVerification",
                           false))
                refuse_setting(pair.name, "is passed over by the driver in this spelling",
                               concat({"write ", setting->name, ", or remove it"}));
            if (read_boolean(pair.name, pair.value) &&
                !is_one_of(pair.value, grammar().true_words, false))
                refuse_setting(pair.name, "has a value that the driver does not take for true",
                               "write it as true, or remove the setting");
        }
    }

    /// The path that a store's URL names.
    [[nodiscard]] std::string store_path(std::string_view name, std::string_view url) const
    {
        TextScanner scanner{url};
        if (!scanner.skip_ignoring_case("file:")) {
            // MariaDB's takes a path as well; MySQL's reports "no protocol".
            if (decodes() || url.empty() || url.starts_with("classpath:"))
                refuse_setting(name, "is no URL of a file", "write it as file:/path/to/the/store");
            return std::string{url};
        }
        if (scanner.skip("//") && scanner.peek() != '/' && !scanner.skip("localhost"))
            refuse_setting(name, "is a URL of another machine's file");
        std::string path;
        if (!percent_decode(scanner.rest(), Encoding::percent, path) || path.empty())
            refuse_setting(name, "is no URL of a file", "write it as file:/path/to/the/store");
        return path;
    }

    void take_own(TextSetting const& setting, std::string_view value) override
    {
        std::string_view const name = setting.name;
        switch (static_cast<JdbcSetting>(setting.id)) {
        case JdbcSetting::trust_store:
        case JdbcSetting::server_certificate: // beside the other, the driver does not look at it
            if (!ca_file.empty())
                refuse_setting(name, "stands beside another setting that names the CA's file",
                               "remove serverSslCert, or else the trust store");
            if (static_cast<JdbcSetting>(setting.id) == JdbcSetting::server_certificate)
                return take(TextMeaning::ca_file, name, value);
            ca_file = store_path(name, value);
            return;
        case JdbcSetting::system_trust_store:
            system_trust_store_ = value;
            return;
        case JdbcSetting::system_trust_store_password:
            system_trust_store_password_ = Secret{value};
            return;
        case JdbcSetting::key_store:
            identity_file = store_path(name, value);
            return;
        case JdbcSetting::system_key_store:
            system_key_store_ = value;
            return;
        case JdbcSetting::system_key_store_password:
            system_key_store_password_ = Secret{value};
            return;
        case JdbcSetting::encoding:
            return take(TextMeaning::character_set, name, character_set(name, value));
        case JdbcSetting::result_encoding:
            result_character_set_ = {};
            if (equal_in_any_case(value, "null"))
                return note(name, "each column comes in its own character set",
                            "all come in the connection's character set",
                            "texts are handed over as the server sends them, and it converts them");
            result_character_set_ = character_set(name, value);
            return;
        case JdbcSetting::attributes:
            if (value != "none")
                return take(TextMeaning::attributes, name, value);
            return note(name, "sends none at all", "sends those of MariaDB Connector/C",
                        "the library says its own name and version to the server");
        case JdbcSetting::session_variables:
            return take_session_variables(name, value);
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
            {"utf-8 utf8", "utf8mb4"},
            {"iso-8859-1 iso8859_1 iso8859-1 latin1 cp1252 windows-1252", "latin1"},
            {"us-ascii ascii", "ascii"},
            {"iso-8859-2 iso8859_2 latin2", "latin2"},
            {"windows-1251 cp1251", "cp1251"},
            {"koi8-r koi8_r", "koi8r"},
            {"gbk", "gbk"},
            {"gb18030", "gb18030"},
            {"gb2312 euc_cn", "gb2312"},
            {"big5", "big5"},
            {"shift_jis sjis", "sjis"},
            {"windows-31j ms932", "cp932"},
            {"euc-jp euc_jp", "ujis"},
            {"euc-kr euc_kr", "euckr"},
        };
        for (Names const& one : known) {
            if (is_one_of(java, one.java, true))
                return one.mysql;
        }
        refuse_setting(name, "is none of Java's encodings, or has no character set of MySQL",
                       "write UTF-8");
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

    /// What useSSL and the like come to: nothing beside sslMode, but to MariaDB's, to which it is the other way round.
    void finish_legacy_settings()
    {
        using Question = TlsQuestion;
        bool const has_mode = asked != AskedTls::unsaid;
        bool const has_older = says(Question::use) || says(Question::chain) ||
                               says_yes(Question::demand) || says_yes(Question::no_chain) ||
                               says_yes(Question::no_name);
        bool const counts = !has_mode || (!decodes() && says_yes(Question::use));
        if (has_mode && has_older)
            note_same(counts ? "sslMode" : "useSSL",
                      counts ? "useSsl and those that belong to it count, and sslMode does not"
                             : "sslMode counts, and none of the older settings",
                      "both stand there", "remove useSSL and those that belong to it");
        if (!counts)
            return;
        if (decodes())
            ask_first(
                {{Question::use, false, AskedTls::off, "useSSL=false"},
                 {Question::chain, true, AskedTls::chain, verifies},
                 {Question::chain, false, AskedTls::unverified, "verifyServerCertificate=false"},
                 {Question::demand, true, AskedTls::on, "requireSSL=true"},
                 {Question::use, true, AskedTls::if_offered, "useSSL=true"}});
        else if (says_yes(Question::use))
            ask_first(
                {{Question::no_chain, true, AskedTls::unverified, "trustServerCertificate=true"},
                 {Question::no_name, true, AskedTls::chain, "disableSslHostnameVerification=true"},
                 {Question::use, true, AskedTls::identity, "useSsl=true"}});
        else
            ask_first({{Question::use, false, AskedTls::off, "useSsl=false"}});
    }

    /// Java's system properties count where the driver's are not said, unless it is told not to look for them.
    void finish_system_stores()
    {
        if (says_no(TlsQuestion::own_ca)) {
            system_trust_store_.clear();
            // MariaDB's leaves it to Java then, which trusts the system's CAs.
            if (decodes() && ca_file.empty() && is_asked({AskedTls::chain, AskedTls::identity}))
                refuse_setting(
                    "fallbackToSystemTrustStore",
                    "is off, and no other trust store is named: the driver trusts nobody",
                    "name the CA, by trustCertificateKeyStoreUrl=file:/path/to/the/store");
        }
        if (says_no(TlsQuestion::own_key))
            system_key_store_.clear();
        if (ca_file.empty() && !system_trust_store_.empty()) {
            ca_file = std::move(system_trust_store_);
            has_ca_password = !system_trust_store_password_.empty();
            ca_password = std::move(system_trust_store_password_);
        }
        if (system_key_store_.empty() || !identity_file.empty())
            return;
        if (system_key_store_ == ca_file) {
            return note("javax.net.ssl.keyStore", "looks for a client's key in it, and finds none",
                        "no client certificate is shown",
                        "it is the file of the CA, which holds no key of a client's",
                        ".identity = ClientIdentity::file(…) with the client's own file");
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
        bool const falls_back =
            is_asked({AskedTls::unsaid, AskedTls::if_offered}) ||
            (asked == AskedTls::unverified && decodes() && !says_yes(TlsQuestion::demand));
        set_before(asked != AskedTls::off && (asked != AskedTls::unsaid || decodes()), !falls_back,
                   is_asked({AskedTls::chain, AskedTls::identity}), is_asked({AskedTls::identity}));
        // The driver checks no name then, and the setting says nothing of it.
        if (asked_by == verifies)
            asked = AskedTls::on;
        return TextDraft::finish();
    }

    std::string system_trust_store_{};
    Secret system_trust_store_password_{};
    std::string system_key_store_{};
    Secret system_key_store_password_{};
    std::string_view result_character_set_{};
};

inline constexpr OtherVersion mysql_jdbc_versions[] = {
    {"useSSL=true", &Protection::uses_tls, &Protection::checks_chain,
     "MySQL Connector/J 5.1: the certificate leads to a trusted CA, for whatever name; it goes on without "
     "TLS as well"},
    {"", &Protection::refuses_plaintext, nullptr,
     "MySQL Connector/J 5.1: no sslMode counts; the certificate leads to a trusted CA only if useSSL=true "
     "stands there, for whatever name; the login is sent without TLS as well"},
};

inline constexpr TextGrammar mysql_jdbc_grammar{
    .client = "MySQL Connector/J 9.1",
    .form = "the JDBC URL",
    .settings = rows(mysql_jdbc_settings),
    .shared_settings = {rows(jdbc_settings)},
    .versions = rows(mysql_jdbc_versions),
    .caseless_names = "user password host port dbname protocol path paranoid",
    .refuses_synonyms = true,
    .has_legacy_tls = false,
    .true_words = "true yes",
    .false_words = "false no",
    .counts_found_rows = true,
    .unit = std::chrono::milliseconds{1},
    .encoding = Encoding::form};

inline constexpr TextGrammar mariadb_jdbc_grammar{.client = "MariaDB Connector/J 3.5",
                                                  .form = "the JDBC URL",
                                                  .settings = rows(mariadb_jdbc_settings),
                                                  .shared_settings = {rows(jdbc_settings)},
                                                  .tls_words = rows(mariadb_jdbc_words),
                                                  .ignores_case = true,
                                                  .refuses_synonyms = true,
                                                  // Also one without a value.
                                                  .true_words = " true 1",
                                                  .false_words = "false 0",
                                                  .counts_found_rows = true,
                                                  .unit = std::chrono::milliseconds{1}};

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
