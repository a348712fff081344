// JDBC URLs of both Connector/J: their corner cases as the drivers read them, and what a translation says of them.

#include <sealsql/text/jdbc.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
using unit::contains;
using unit::error_of;
using unit::finding;
using unit::summary;

namespace {

Translation mysql(std::string_view url) { return translate_mysql_jdbc(url); }
Translation mariadb(std::string_view url) { return translate_mariadb_jdbc(url); }

/// By properties behind a URL that is right.
Translation mysql_with(std::string_view properties)
{
    return mysql(std::string{"jdbc:mysql://u:p@h/d?"}.append(properties));
}

} // namespace

TEST_CASE("URLs of MySQL Connector/J that are accepted", "[text][jdbc]")
{
    unit::check_accepted(
        {
            {"jdbc:mysql://db.internal/shop?serverTimezone=UTC&useSSL=true",
             "@db.internal:3306/shop identity"},
            {"jdbc:mysql://odd:p%3Aa%40s%2Fs%3Fw%23rd%26x%3D1%25%3B%22q@h:1/appdb",
             "odd:p:a@s/s?w#rd&x=1%;\"q@h:1/appdb identity"},
            {"jdbc:mysql://u:a%2Bb@h/d", "u:a+b@h:3306/d identity"},
            {"jdbc:mysql://u:a+b@h/d", "u:a b@h:3306/d identity"},
            {"jdbc:mysql://h/d?user=u&password=a+b", "u:a b@h:3306/d identity"},
            {"jdbc:mysql://h/d?user=u&password=a%2Bb", "u:a+b@h:3306/d identity"},
            {"jdbc:mysql://h/d?user=u&password=a=b", "u:a=b@h:3306/d identity"},
            {"jdbc:mysql://h/d?user= u&password=p ", "u:p@h:3306/d identity"},
            {"jdbc:mysql://h/d?user=u&password=+p%20", "u: p @h:3306/d identity"},
            {"jdbc:mysql://u : p @h/%20d+", "u:p@h:3306/d identity"},
            {"jdbc:mysql://h/d?user=u&password=p@q/r?s", "u:p@q/r?s@h:3306/d identity"},
            {"JDBC:MySQL://u:p@h/d", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u@h", "u@h:3306/ identity"},
            {"jdbc:mysql://u:@h/", "u@h:3306/ identity"},
            {"jdbc:mysql:///d", "@localhost:3306/d identity"},
            {"jdbc:mysql://", "@localhost:3306/ identity"},
            {"jdbc:mysql://:3307/d", "@localhost:3307/d identity"},
            {"jdbc:mysql://u:p@[::1]:3307/d", "u:p@::1:3307/d identity"},
            {"jdbc:mysql://[fe80::1]", "@fe80::1:3306/ identity"},
            {"jdbc:mysql://u:p@[fe80::1%25eth0]:3307/d", "u:p@fe80::1%eth0:3307/d identity"},
            {"jdbc:mysql://(host=h,port=3307,user=u,password=p%2Cq)/d", "u:p,q@h:3307/d identity"},
            {"jdbc:mysql://u:p@(host=h, port=3307)/d", "u:p@h:3307/d identity"},
            {"jdbc:mysql://address=(protocol=tcp)(host=h)(port=3307)(user=u)(password=p%29)/d",
             "u:p)@h:3307/d identity"},
            {"jdbc:mysql://address=(host=h)(sslMode=VERIFY_IDENTITY)/d", "@h:3306/d identity"},
            {"jdbc:mysql://ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=3307)/d", "@h:3307/d identity"},
            {"jdbc:mysql://(Host=h,DbName=e)/d?USER=u&PassWord=p", "u:p@h:3306/e identity"},
            {"jdbc:mysql://u:p@h/a%2Fb+c", "u:p@h:3306/a/b c identity"},
            {"jdbc:mysql://u:p@h/d#fragment", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?sslMode=REQUIRED#x", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?&&useSSL=true&", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h?sslMode=preferred", "u:p@h:3306/ identity"},
            {"jdbc:mysql://u:p@h/d?sslMode=disabled", "u:p@h:3306/d plaintext"},
            {"jdbc:mysql://u:p@h/d?useSSL=false", "u:p@h:3306/d plaintext"},
            {"jdbc:mysql://u:p@h/d?useSSL=false&sslMode=REQUIRED", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?useSSL=NO&requireSSL=true", "u:p@h:3306/d plaintext"},
            {"jdbc:mysql://u:p@h/d?useSSL=true&requireSSL=true&verifyServerCertificate=false",
             "u:p@h:3306/d none"},
            {"jdbc:mysql://u:p@h/d?verifyServerCertificate=true&"
             "trustCertificateKeyStoreUrl=file:/etc/ca.jks",
             "u:p@h:3306/d identity /etc/ca.jks"},
            {"jdbc:mysql://u:p@h/d?sslMode=VERIFY_CA", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?sslMode=Verify_Identity&"
             "trustCertificateKeyStoreUrl=file:///etc/my%2520ca.jks&"
             "trustCertificateKeyStorePassword=tencentdb",
             "u:p@h:3306/d identity /etc/my ca.jks"},
            {"jdbc:mysql://u:p@h/d?ssl%4Dode=DISABLED", "u:p@h:3306/d plaintext"},
            {"jdbc:mysql://u:p@h/d?retriesAllDown=120&failOverReadOnly=true&openTelemetry=PREFERRED&"
             "ha.loadBalanceStrategy=random&haEnableJMX=false&maxByteArrayAsHex=1024&"
             "useOnlyServerErrorMessages=true&cacheDefaultTimezone=true&serverAffinityOrder=",
             "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?sslMode=DISABLED&sslMode=REQUIRED", "u:p@h:3306/d identity"},
            {"jdbc:mysql://u:p@h/d?allowMultiQueries=true&allowMultiQueries=false",
             "u:p@h:3306/d identity"},
            {"jdbc:mysql://h:3307/d?&user=u&password=p@q/r?s", "u:p@q/r?s@h:3307/d identity"},
            {"jdbc:mysql://h:3307?user=u@v&password=p", "u@v:p@h:3307/ identity"},
        },
        mysql);
}

TEST_CASE("URLs of MySQL Connector/J that are refused", "[text][jdbc]")
{
    unit::check_refused(
        {
            // What stood behind it.
            {"jdbc:mysql://db:3306/shop\nspring.datasource.password=S3cr3t", "text alone"},
            {"jdbc:mysql://db:3306/shop\", \"app\", \"S3cr3t\"", "text alone"},
            {"jdbc:mysql://db/shop;user=app;password=S3cr3t", "text alone"},
            {"mysql://u:S3cr3t@h/d", "does not begin"},
            {"jdbc:mariadb://u:S3cr3t@h/d", "does not begin"},
            {"jdbc:mysql+srv://u:S3cr3t@h/d", "does not begin"},
            {"mysqlx://u:S3cr3t@h/d", "does not begin"},
            {"jdbc:mysql:loadbalance://u:S3cr3t@h,i/d", "several servers"},
            {"jdbc:mysql:replication://u:S3cr3t@h,i/d", "several servers"},
            {"jdbc:mysql:u:S3cr3t@h/d", "several servers"},
            {"jdbc:mysql:/u:S3cr3t@h/d", "no '//'"},
            {"jdbc:mysql://u:S3cr3t@h,i/d", "not one name"},
            {"jdbc:mysql://u:S3cr3t@[h,i]/d", "no IPv6 address"},
            // The driver makes a host and its port of these.
            {"jdbc:mysql://u:S3cr3t@[h:1]/d", "no IPv6 address"},
            {"jdbc:mysql://u:S3cr3t@[1:2:3]/d", "no IPv6 address"},
            {"jdbc:mysql://u:S3cr3t@[fe80::1%eth0]/d", "write a '%' in it as %25"},
            // And two servers of this.
            {"jdbc:mysql://u:2024,S3cr3t@h/d", "write it as %2C"},
            {"jdbc:mysql://u:S3cr3t@h//d", "another '/'"},
            {"jdbc:mysql://u:S3cr3t@h/ /d", "another '/'"},
            {"jdbc:mysql://u:S3cr3t@[::1/d", "no IPv6 address"},
            {"jdbc:mysql://u:S3cr3t@[::1]x/d", "no port"},
            {"jdbc:mysql://u:S3cr3t@h:x/d", "'port'"},
            {"jdbc:mysql://u:S3cr3t@h:0/d", "'port'"},
            {"jdbc:mysql://u:S3cr3t@h:/d", "'port'"},
            {"jdbc:mysql://u:x@S3cr3t@h/d", "more than one '@'"},
            {"jdbc:mysql://u:x/S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:x?S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:2024/S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:2024#S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:2024?S3cr3t=x@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:2024?S3cr3t=1&user=x@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:2024/d?user=x#S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u/v:S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:p@x/S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mysql://u:p@x?S3cr3t=1@h/d", "as if a login ended there"},
            {"jdbc:mysql://h/d?user=u&password=x&S3cr3t", "that separates"},
            {"jdbc:mysql://h/d?user=u&password=x&S3cr3t=1", "that separates"},
            {"jdbc:mysql://u:S3cr3t%@h/d", "cannot be decoded"},
            {"jdbc:mysql://h/d?password=S3cr3t%zz", "cannot be decoded"},
            {"jdbc:mysql://u:S3cr3t%00@h/d", "cannot be decoded"},
            {"jdbc:mysql://h/d?password=S3cr3t%E9", "cannot be decoded"},
            {"jdbc:mysql://h/d?user=u&amp;password=S3cr3t", "as a file of XML has it"},
            // What stood behind the text.
            {"jdbc:mysql://h/d?trustCertificateKeyStoreUrl=file:c\npassword=S3cr3t", "no part of"},
            {"jdbc:mysql://h/d?trustCertificateKeyStoreUrl=file:c\", \"u\", \"S3cr3t\");",
             "no part of"},
            {"jdbc:mysql://h/d?sessionVariables=sql_mode=ANSI\npassword=S3cr3t", "no part of"},
            {"jdbc:mysql://h/d?serverTimezone=UTC\npassword=S3cr3t", "no part of"},
            {"jdbc:mysql://h/d root S3cr3t", "no part of"},
            {"jdbc:mysql://h/d,root,S3cr3t", "no part of"},
            {"jdbc:mysql://#{host}/d?password=S3cr3t", "has a placeholder"},
            // A password cut off, or without its sign.
            {"jdbc:mysql://address=(host=h)(user=u)(password=ab)/S3cr3t)/d", "as %29"},
            {"jdbc:mysql://h/d?user=u&passwordS3cr3t", "setting 2 is none"},
            {"jdbc:mysql://h/d?user=u&password S3cr3t", "setting 2 is none"},
            {"jdbc:mysql://%s/%s?user=u&password=S3cr3t", "has a placeholder"},
            {"jdbc:mysql://h:3306,i:3306/d?user=u&password=S3cr3t", "name one server"},
            {"jdbc:mysql://${H:h}:${P:3306}/d?user=u&password=S3cr3t", "has a placeholder"},
            {"jdbc:mysql://<host>/d?user=u&password=S3cr3t", "has a placeholder"},
            {"jdbc:mysql://${DB_HOST}:3306/d?user=u&password=S3cr3t", "has a placeholder"},
            {"jdbc:mysql://u:S3cr3t@h/d%", "database's name"},
            {"jdbc:mysql://(host=h,port=1,password=S3cr3t/d", "not closed"},
            {"jdbc:mysql://(host=h,password=S3cr3t),(host=i)/d", "more than (name=value)"},
            {"jdbc:mysql://(host=h,password=x@y/z?S3cr3t=1)/d", "write it as %40"},
            {"jdbc:mysql://address=(host=h)(password=x@y/z?S3cr3t=1)/d", "write it as %40"},
            {"jdbc:mysql://Address=(host=h)(password=x@y/z?S3cr3t=1)/d", "write it as %40"},
            {"jdbc:mysql://(host=h)(password=S3cr3t)/d", "more than (name=value)"},
            {"jdbc:mysql://address=(host=h)(password=S3cr3t/d", "not closed"},
            {"jdbc:mysql://address=(host=h)(password=S3cr3t),address=(host=i)/d",
             "more than (name=value)"},
            {"jdbc:mysql://address=(host)(password=S3cr3t)/d", "no '='"},
            {"jdbc:mysql://address=(protocol=pipe)(password=S3cr3t)/d", "not tcp"},
            // What the host's part says counts, however the other is spelt.
            {"jdbc:mysql://u:S3cr3t@h/d?user=v", "stands there twice"},
            // What follows anything that is called like a password may be a piece of it.
            {"jdbc:mysql://h/d?password2=x&S3cr3t=y", "stands at setting 2"},
            {"jdbc:mysql://h/d?javax.net.ssl.trustStorePassword=x&S3cr3t=y", "stands at setting 2"},
            {"jdbc:mysql://u:S3cr3t@h/d?us%65r=v", "is the same here"},
            {"jdbc:mysql://u:S3cr3t@h/d?password1=v", "is the same here"},
            {"jdbc:mysql://u:S3cr3t@(host=h,user=v)/d", "stands there twice"},
            {"jdbc:mysql://(host=h,HOST=i,password=S3cr3t)/d", "is the same here"},
            {"jdbc:mysql://h/d?PASSWORD=S3cr3t&password=v", "is the same here"},
            {"jdbc:mysql://(host=h,password=S3cr3t,sslMode=DISABLED)/d?ssl%4Dode=REQUIRED",
             "twice"},
            {"jdbc:mysql://u:S3cr3t@h/d?host=i", "belongs to the host"},
            {"jdbc:mysql://u:S3cr3t@h/d?ho%73t=i", "belongs to the host"},
            {"jdbc:mysql://u:S3cr3t@h:1/d?p%6Frt=2", "belongs to the host"},
            {"jdbc:mysql://u:S3cr3t@h/d?DBNAME=e", "belongs to the host"},
            {"jdbc:mysql://u:S3cr3t@h/d?enabledTLSProtocols=TLSv1.2&tlsVersions=TLSv1.3",
             "is the same here"},
            {"jdbc:mysql://u:S3cr3t@h/d?SSLMODE=required", "is none"},
            {"jdbc:mysql://u:S3cr3t@h/d?sslmode=REQUIRED", "is none"},
            {"jdbc:mysql://u:S3cr3t@h/d?bogus=1", "'bogus'"},
            {"jdbc:mysql://u:S3cr3t@h/d?sslMode=BOGUS", "VERIFY_IDENTITY"},
            {"jdbc:mysql://u:S3cr3t@h/d?sslMode=", "VERIFY_IDENTITY"},
            {"jdbc:mysql://u:S3cr3t@h/d?useSSL", "neither true nor false"},
            {"jdbc:mysql://u:S3cr3t@h/d?useSSL=1", "neither true nor false"},
            {"jdbc:mysql://u:S3cr3t@h/d?useSSL=true;sslMode=REQUIRED", "neither true nor false"},
            {"jdbc:mysql://u:S3cr3t@h/d?trustCertificateKeyStoreUrl=/etc/ca.jks", "no URL"},
            {"jdbc:mysql://u:S3cr3t@h/d?trustCertificateKeyStoreUrl=http://x/ca.jks", "no URL"},
            {"jdbc:mysql://u:S3cr3t@h/d?trustCertificateKeyStoreUrl=file://x/ca.jks",
             "another machine"},
            {"jdbc:mysql://u:S3cr3t@h/d?allowMultiQueries=true", "cannot be honoured"},
            {"jdbc:mysql://u:S3cr3t@h/d?allowMultiQueries=false&allowMultiQueries=true",
             "cannot be honoured"},
            {"jdbc:mysql://u:S3cr3t@h/d?allowLoadLocalInfile=true&allowUrlInLocalInfile=false",
             "cannot be honoured"},
            {"jdbc:mysql://u:S3cr3t@h/d?autoReconnect=true", "cannot be honoured"},
            {"jdbc:mysql://u:S3cr3t@h/d?useAffectedRows=maybe", "neither true nor false"},
            {"jdbc:mysql://u:S3cr3t@h/d?socketFactory=x.Y", "cannot be honoured"},
            {"jdbc:mysql://u:S3cr3t@h/d?KeyManagerFactoryProvider=X", "cannot be honoured"},
            {"jdbc:mysql://u:S3cr3t@h/d?connectTimeout=1s", "no number"},
            {"jdbc:mysql://u:S3cr3t@h/d?characterEncoding=Klingon", "no character set"},
            // To Java neither is an encoding.
            {"jdbc:mysql://u:S3cr3t@h/d?characterEncoding=utf8mb4", "no character set"},
            {"jdbc:mysql://u:S3cr3t@h/d?characterEncoding=", "no character set"},
            {"jdbc:mysql://u:S3cr3t@h/d?characterSetResults=latin1", "another"},
            {"jdbc:mysql://u:S3cr3t@h/d?characterSetResults=", "no character set"},
            {"jdbc:mysql://u:S3cr3t@h/d?connectionAttributes=None", "an attribute without"},
            {"jdbc:mysql://u:S3cr3t@h/d?sessionVariables=a", "no list of variables"},
            {"jdbc:mysql://u:S3cr3t@h/d?sessionVariables=a='b", "not closed"},
            {"jdbc:mysql://u:S3cr3t@h/d?tlsVersions=SSLv3", "a version of TLS"},
            {"jdbc:mysql://u:S3cr3t@h/d?tlsVersions=TLSv1,TLSv1.1", "does not connect"},
            {"jdbc:mysql://u:S3cr3t@h/d?tlsCiphersuites=HIGH:!aNULL", "list of ciphers"},
            {"jdbc:mysql://u:S3cr3t@h/d?verifyServerCertificate=false&"
             "clientCertificateKeyStoreUrl=file:/c.p12",
             "client certificate"},
        },
        mysql);
}

TEST_CASE("what is said of TLS in a URL of MySQL Connector/J", "[text][jdbc]")
{
    auto const left_out = mysql("jdbc:mysql://u:p@h/d");
    CHECK(left_out.before == Protection{.uses_tls = true});
    CHECK(left_out.findings.size() == 3); // plaintext, chain, name
    CHECK(mysql_with("sslMode=REQUIRED").before ==
          Protection{.uses_tls = true, .refuses_plaintext = true});
    CHECK(finding(mysql_with("sslMode=REQUIRED"), "sslMode=REQUIRED").remedy ==
          ".verify = VerifyMode::none in ssl(), with .ca left out");
    CHECK(mysql_with("sslMode=VERIFY_IDENTITY").findings.front().severity == FindingSeverity::fine);
    CHECK(finding(mysql_with("sslMode=VERIFY_CA&trustCertificateKeyStoreUrl=file:ca.jks"),
                  "sslMode=VERIFY_CA")
              .severity == FindingSeverity::warning);
    auto const chain = mysql_with("verifyServerCertificate=true");
    CHECK(chain.before ==
          Protection{.uses_tls = true, .refuses_plaintext = true, .checks_chain = true});
    REQUIRE(chain.findings.size() == 2);
    CHECK(contains(finding(chain, "verifyServerCertificate=true").before, "any name"));
    CHECK(finding(mysql_with("verifyServerCertificate=false"), "verifyServerCertificate=false")
              .severity == FindingSeverity::danger);
    CHECK(finding(mysql_with("useSSL=false"), "useSSL=false").severity == FindingSeverity::danger);
    CHECK(contains(finding(mysql_with("serverTimezone=UTC"), "serverTimezone").reason, "dates"));
    auto const unused = mysql_with("sslMode=DISABLED&trustCertificateKeyStoreUrl=file:ca.jks");
    CHECK(contains(finding(unused, "sslMode=DISABLED").now, "not used"));
    CHECK(contains(finding(mysql_with("sslMode=REQUIRED&useSSL=false"), "useSSL").now, "sslMode"));
    CHECK(mysql_with("sslMode=VERIFY_CA").findings.size() == 2);
    CHECK(finding(mysql_with("sslMode=REQUIRED#x"), "#").severity == FindingSeverity::note);
}

TEST_CASE("what a Java program gives beside the URL", "[text][jdbc]")
{
    // The vendor's sample: one file as key store and trust store.
    auto const sample = translate_mysql_jdbc("jdbc:mysql://h/d?serverTimezone=UTC&useSSL=true",
                                             {{"javax.net.ssl.keyStore", "ca.jks"},
                                              {"javax.net.ssl.keyStorePassword", "tencentdb"},
                                              {"javax.net.ssl.trustStore", "ca.jks"},
                                              {"javax.net.ssl.trustStorePassword", "tencentdb"},
                                              {"user", "u+v"},
                                              {"password", "a%2Bb+"}});
    CHECK(summary(sample.options) == "u+v:a%2Bb+@h:3306/d identity ca.jks");
    CHECK(sample.options.transport.ssl()->ca == TrustAnchors::file("ca.jks", Secret{"tencentdb"}));
    CHECK(sample.options.transport.ssl()->identity.empty());
    CHECK(finding(sample, "javax.net.ssl.keyStore").severity == FindingSeverity::note);

    auto const identity =
        translate_mysql_jdbc("jdbc:mysql://u@h/d", {{"javax.net.ssl.keyStore", "c.p12"},
                                                    {"javax.net.ssl.keyStorePassword", "x"}});
    CHECK(identity.options.transport.ssl()->identity == ClientIdentity::file("c.p12", Secret{"x"}));

    KeywordList const stores{{"javax.net.ssl.trustStore", "ca.jks"},
                             {"javax.net.ssl.keyStore", "c.p12"}};
    CHECK(summary(translate_mysql_jdbc("jdbc:mysql://h/?fallbackToSystemKeyStore=false", stores)
                      .options) == "@h:3306/ identity ca.jks");
    auto const alone = translate_mariadb_jdbc("jdbc:mariadb://h/?fallbackToSystemTrustStore=0&"
                                              "fallbackToSystemKeyStore=0",
                                              stores)
                           .options;
    CHECK(*alone.transport.ssl() == SslOptions{});

    // MySQL's refuses every certificate then: the system's CAs are not what it trusted.
    for (std::string_view const verifies :
         {"sslMode=VERIFY_CA", "sslMode=VERIFY_IDENTITY", "verifyServerCertificate=true"}) {
        std::string const url =
            "jdbc:mysql://h/db?fallbackToSystemTrustStore=false&" + std::string{verifies};
        INFO(url);
        auto const error = unit::error_of([&] { (void)translate_mysql_jdbc(url, stores); });
        CHECK(contains(error.what(), "trusts nobody"));
        CHECK_THROWS_AS(translate_mysql_jdbc(url), Error);
        CHECK(
            summary(translate_mysql_jdbc(url + "&trustCertificateKeyStoreUrl=file:own.jks").options)
                .ends_with(" own.jks"));
    }
    CHECK(summary(translate_mysql_jdbc("jdbc:mysql://h/?fallbackToSystemTrustStore=false&"
                                       "sslMode=REQUIRED",
                                       stores)
                      .options) == "@h:3306/ identity");

    // To MySQL's they count, where the host's part does not say it, and to MariaDB's the URL's.
    KeywordList const beside{{"user", "properties"},
                             {"sslMode", "DISABLED"},
                             {"javax.net.ssl.trustStore", "system.jks"}};
    std::string const query =
        "?user=url&sslMode=VERIFY_CA&trustCertificateKeyStoreUrl=file:url.jks";
    auto const both = translate_mysql_jdbc("jdbc:mysql://h/d" + query, beside);
    CHECK(summary(both.options) == "properties@h:3306/d plaintext");
    CHECK(finding(both, "user").severity == FindingSeverity::note);
    CHECK(summary(translate_mariadb_jdbc("jdbc:mariadb://h/d" + query, beside).options) ==
          "url@h:3306/d ca url.jks");
    CHECK(
        contains(error_of([&] { (void)translate_mysql_jdbc("jdbc:mysql://u@h/d", beside); }).what(),
                 "stands there twice"));
    CHECK(contains(error_of([] {
                       (void)translate_mysql_jdbc("jdbc:mysql://h/d", {{"host", "i"}});
                   }).what(),
                   "belongs to the host"));
}

TEST_CASE("properties beside a JDBC URL are as hostile as it", "[text][jdbc]")
{
    using Property = std::pair<std::string_view, std::string_view>;
    for (Property const& property :
         {Property{"password", std::string_view{"S3\0cr3t", 7}}, Property{"sslMode", "S3cr3t"},
          Property{"S3cr3t\x1b", "x"}, Property{std::string_view{"a\0", 2}, "S3cr3t"},
          Property{"", "S3cr3t"}}) {
        auto const error =
            error_of([&] { (void)translate_mysql_jdbc("jdbc:mysql://h/d", {property}); });
        CHECK_FALSE(contains(error.what(), "S3cr3t"));
        CHECK_FALSE(contains(error.what(), "\x1b"));
    }
    KeywordList const many(129, {"useSSL", "true"});
    CHECK(contains(error_of([&] { (void)translate_mysql_jdbc("jdbc:mysql://h/d", many); }).what(),
                   "128"));
    std::string const longest(70'000, 'x');
    CHECK(contains(error_of([&] { (void)mysql("jdbc:mysql://h/" + longest); }).what(), "64 KiB"));
    CHECK(contains(error_of([&] { (void)mysql({"jdbc:mysql://h/\0", 16}); }).what(), "NUL"));
}

TEST_CASE("a JDBC URL's other properties", "[text][jdbc]")
{
    CHECK(mysql_with("connectTimeout=1500").options.timeouts.connect == 1500ms);
    CHECK(mysql_with("").options.found_rows);
    CHECK(contains(to_builder_code(mysql_with("useAffectedRows=false")), ".found_rows()"));
    CHECK_FALSE(mysql_with("useAffectedRows=true").options.found_rows);
    CHECK(mariadb("jdbc:mariadb://h/d").options.found_rows);
    CHECK_FALSE(mariadb("jdbc:mariadb://h/d?useAffectedRows").options.found_rows);
    CHECK(mysql_with("socketTimeout=0").options.timeouts == Timeouts{});
    CHECK(mysql_with("characterEncoding=UTF-8").options.character_set == "utf8mb4");
    CHECK(mysql_with("characterEncoding=Cp1252&characterSetResults=latin1").options.character_set ==
          "latin1");
    CHECK(
        mysql_with("sessionVariables=sql_mode='A,B',@x=f(1,2);y=3").options.init_statements ==
        std::vector<std::string>{"SET SESSION sql_mode='A,B'", "SET @x=f(1,2)", "SET SESSION y=3"});
    SslOptions const suites =
        *mysql_with("tlsCiphersuites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256,"
                    "TLS_RSA_WITH_AES_256_CBC_SHA,"
                    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
             .options.transport.ssl();
    CHECK(suites.ciphers == std::vector<std::string>{"ECDHE-RSA-AES128-GCM-SHA256", "AES256-SHA",
                                                     "ECDHE-ECDSA-CHACHA20-POLY1305"});
    CHECK(suites.cipher_suites == std::vector<std::string>{"TLS_AES_128_GCM_SHA256"});
    SslOptions const old = *mariadb("jdbc:mariadb://h/d?enabledSslProtocolSuites=TLSv1,TLSv1.1")
                                .options.transport.ssl();
    CHECK(old.min_version == TlsVersion::tls1_0);
    CHECK(old.max_version == TlsVersion::tls1_1);
    CHECK(old.insecure_legacy_tls);
    auto const mixed = mysql_with("enabledTLSProtocols=TLSv1,TLSv1.1,TLSv1.2");
    CHECK(mixed.options.transport.ssl()->min_version == TlsVersion::tls1_2);
    CHECK(mixed.options.transport.ssl()->max_version == TlsVersion::tls1_2);
    CHECK(finding(mixed, "enabledTLSProtocols").severity == FindingSeverity::note);
    CHECK(finding(mixed, "enabledTLSProtocols").before == "TLS 1.2 or later");
    CHECK(contains(finding(mariadb("jdbc:mariadb://h/d?enabledSslProtocolSuites=TLSv1.1,TLSv1.2"),
                           "enabledSslProtocolSuites")
                       .before,
                   "also TLS 1.0"));
    for (std::string_view const null : {"characterSetResults=null", "characterSetResults=NULL"})
        CHECK(contains(finding(mysql_with(null), "characterSetResults").before, "each column"));
    auto const no_attributes = mysql_with("connectionAttributes=none");
    CHECK(no_attributes.options.connection_attributes.empty());
    CHECK(contains(finding(no_attributes, "connectionAttributes").before, "none at all"));
    CHECK(mysql_with("connectionAttributes=a:b,c:d").options.connection_attributes.size() == 2);
}

TEST_CASE("URLs of MariaDB Connector/J that are accepted", "[text][jdbc]")
{
    unit::check_accepted(
        {
            {"jdbc:mariadb://h/d", "@h:3306/d identity"},
            {"jdbc:mysql://h/d", "@h:3306/d identity"},
            {"jdbc:mariadb://h:3307/d?user=u&password=p", "u:p@h:3307/d identity"},
            {"jdbc:mariadb://h/d?user=u&password=p:a@s/s?w#rd", "u:p:a@s/s?w#rd@h:3306/d identity"},
            {"jdbc:mariadb://h/d?user=u&password=a+b%2B", "u:a+b%2B@h:3306/d identity"},
            {"jdbc:mariadb://h/d?user=u&password=a=b", "u:a=b@h:3306/d identity"},
            {"jdbc:mariadb://h/d?user=u&password= p ", "u: p @h:3306/d identity"},
            {"jdbc:mariadb://h/a%20b", "@h:3306/a%20b identity"},
            {"jdbc:mariadb://h", "@h:3306/ identity"},
            {"jdbc:mariadb:///d", "@localhost:3306/d identity"},
            {"jdbc:mariadb://h?user=u", "u@h:3306/ identity"},
            {"jdbc:mariadb://[::1]:3307/d", "@::1:3307/d identity"},
            {"jdbc:mariadb://[::1]/d", "@::1:3306/d identity"},
            {"jdbc:mariadb://address=(host=h)(port=3307)(type=master)/d", "@h:3307/d identity"},
            {"jdbc:mariadb://address=(host=h)(type=primary)/d", "@h:3306/d identity"},
            {"jdbc:mariadb://address=(Host=h)(PORT=3307)/d", "@h:3307/d identity"},
            {"jdbc:mariadb://h/d?trustStore=/a&trustCertificateKeyStoreUrl=/a",
             "@h:3306/d identity /a"},
            {"jdbc:mariadb://h/d?USER=u&PassWord=p", "u:p@h:3306/d identity"},
            {"jdbc:mariadb://h/d?sslMode=disable", "@h:3306/d plaintext"},
            {"jdbc:mariadb://h/d?sslMode=DISABLED", "@h:3306/d plaintext"},
            {"jdbc:mariadb://h/d?sslMode=0", "@h:3306/d plaintext"},
            {"jdbc:mariadb://h/d?sslMode=trust", "@h:3306/d none"},
            {"jdbc:mariadb://h/d?sslMode=required", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?sslMode=verify-ca&serverSslCert=/ca.pem", "@h:3306/d ca /ca.pem"},
            {"jdbc:mariadb://h/d?sslMode=VERIFY_CA&trustStore=/ca.jks", "@h:3306/d ca /ca.jks"},
            {"jdbc:mariadb://h/d?sslMode=verify-full&serverSslCert=/ca.pem",
             "@h:3306/d identity /ca.pem"},
            {"jdbc:mariadb://h/d?sslmode=TRUE", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?useSSL=true&serverSslCert=/ca.pem", "@h:3306/d identity /ca.pem"},
            {"jdbc:mariadb://h/d?useSsl=false", "@h:3306/d plaintext"},
            {"jdbc:mariadb://h/d?useSsl&sslMode=disable&tcpKeepAlive=", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?useSsl=true&trustServerCertificate", "@h:3306/d none"},
            {"jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=true", "@h:3306/d none"},
            {"jdbc:mariadb://h/d?useSsl=1&disableSslHostnameVerification=1&trustStore=file:/ca.jks",
             "@h:3306/d ca /ca.jks"},
            {"jdbc:mariadb://h/d?trustServerCertificate=true", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?sslMode=disable&useSSL=true", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?sslMode=trust&useSsl=true", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?sslMode=verify-full&useSsl=true&trustServerCertificate=true",
             "@h:3306/d none"},
            {"jdbc:mariadb://h/d?sslMode=verify-full&trustServerCertificate=true",
             "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?sslMode=verify-full&useSsl=false", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?localSocket=/run/m.sock&user=u", "u@/run/m.sock/d plaintext"},
            {"jdbc:mariadb://localhost/d?localSocket=/run/m.sock", "@/run/m.sock/d plaintext"},
            {"jdbc:mariadb://h/d?sslMode=disable&sslMode=verify-full", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=FALSE", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?FallbackToSystemKeyStore=TRUE", "@h:3306/d identity"},
            {"jdbc:mariadb://h:3307/d#e?user=u&password=p@q", "u:p@q@h:3307/d#e identity"},
            {"jdbc:mariadb://h/d?serverSslCert=/a.pem&serverSslCert=/b.pem",
             "@h:3306/d identity /b.pem"},
            {"jdbc:mariadb://h/d?", "@h:3306/d identity"},
            {"jdbc:mariadb://h/d?&user=u&", "u@h:3306/d identity"},
        },
        mariadb);
}

TEST_CASE("URLs of MariaDB Connector/J that are refused", "[text][jdbc]")
{
    unit::check_refused(
        {
            {"JDBC:MARIADB://h/d?password=S3cr3t", "does not begin"},
            {"mariadb://h/d?password=S3cr3t", "does not begin"},
            {"jdbc:mariadb:replication://h,i/d?password=S3cr3t", "several servers"},
            {"jdbc:mariadb:sequential://h,i/d?password=S3cr3t", "several servers"},
            {"jdbc:mariadb:h/d?password=S3cr3t", "several servers"},
            {"jdbc:mariadb:/h/d?password=S3cr3t", "no '//'"},
            {"jdbc:mariadb://u:S3cr3t@h/d", "'port'"},
            {"jdbc:mariadb://u@h/d?password=S3cr3t", "not one name"},
            {"jdbc:mariadb://u:2024/S3cr3t@h/d", "as if a login ended there"},
            {"jdbc:mariadb://u:2024?S3cr3t=x@h/d", "as if a login ended there"},
            {"jdbc:mariadb://h,i/d?password=S3cr3t", "not one name"},
            {"jdbc:mariadb://h:1,i:2/d?password=S3cr3t", "name one server"},
            {"jdbc:mariadb://h:/d?password=S3cr3t", "'port'"},
            {"jdbc:mariadb://h:99999/d?password=S3cr3t", "'port'"},
            {"jdbc:mariadb://[::1/d?password=S3cr3t", "no IPv6 address"},
            {"jdbc:mariadb://[h]/d?password=S3cr3t", "no IPv6 address"},
            {"jdbc:mariadb://address=(host=h)(user=u)/d?password=S3cr3t", "more than host"},
            {"jdbc:mariadb://address=(host=h)(password=S3cr3t)/d", "more than host"},
            {"jdbc:mariadb://address=(host=h)(type=replica)/d?password=S3cr3t", "more than host"},
            {"jdbc:mariadb://address=(host=h)(port=x)/d?password=S3cr3t", "'port'"},
            {"jdbc:mariadb://address=(host=h/d?password=S3cr3t", "not closed"},
            {"jdbc:mariadb://address=(host=h),address=(host=i)/d?password=S3cr3t",
             "more than (name=value)"},
            {"jdbc:mariadb://h/d?password=x&S3cr3t", "that separates"},
            {"jdbc:mariadb://h/d?password=S3cr3t&sslMode=bogus", "verify-full"},
            {"jdbc:mariadb://h/d?password=S3cr3t&sslMode=PREFERRED", "verify-full"},
            {"jdbc:mariadb://h/d?password=S3cr3t&useSsl=yes", "neither true nor false"},
            {"jdbc:mariadb://h/d?password=S3cr3t&user=u&useSsl=true&trustServerCertificate=TRUE",
             "does not take for true"},
            {"jdbc:mariadb://h/d?password=S3cr3t&user=u&useSsl=true&trustservercertificate=true",
             "passed over by the driver"},
            {"jdbc:mariadb://h/d?password=S3cr3t&useSsl=1&disableSslHostnameVerification=True",
             "does not take for true"},
            {"jdbc:mariadb://h/d?password=S3cr3t&useSsl=1&disablesslHostnameVerification=1",
             "passed over by the driver"},
            {"jdbc:mariadb://h/d?password=S3cr3t&usessl=true", "passed over by the driver"},
            {"jdbc:mariadb://h/d?password=S3cr3t&useSSL=TRUE", "does not take for true"},
            // Java's hash table tells which of them counts.
            {"jdbc:mariadb://h/d?password=S3cr3t&useSsl=true&useSSL=false", "is the same here"},
            {"jdbc:mariadb://h/d?password=S3cr3t&PASSWORD=S3cr3t2", "is the same here"},
            {"jdbc:mariadb://h/d?password=S3cr3t&trustStore=/a&trustCertificateKeyStoreUrl=/b",
             "is the same here"},
            {"jdbc:mariadb://h/d?password=S3cr3t&trustStore=/b.jks&serverSslCert=/a.pem",
             "stands beside"},
            {"jdbc:mariadb://h/d?password=S3cr3t&serverSslCert=/a.pem&trustStore=/b.jks",
             "stands beside"},
            {"jdbc:mariadb://h/d?password=S3cr3t&user=u&allowMultiQueries", "cannot be honoured"},
            {"jdbc:mariadb://h/d?password=S3cr3t&user=u&bogus=1", "'bogus'"},
            {"jdbc:mariadb://h/d?password=S3cr3t&user=u&verifyServerCertificate=true", "is none"},
            {"jdbc:mariadb://h/d?password=S3cr3t&trustStore=classpath:ca.jks", "no URL"},
            {"jdbc:mariadb://h/d?password=S3cr3t&serverSslCert=", "empty path"},
            {"jdbc:mariadb://h/d?password=S3cr3t&allowLocalInfile=true", "cannot be honoured"},
            {"jdbc:mariadb://h/d?password=S3cr3t&useCompression=true", "cannot be honoured"},
            {"jdbc:mariadb://h/d?password=S3cr3t&pipe=x", "cannot be honoured"},
            {"jdbc:mariadb://h/d?password=S3cr3t&restrictedAuth=x", "cannot be honoured"},
            {"jdbc:mariadb://h/d?password=S3cr3t&connectTimeout=-1", "no number"},
            {"jdbc:mariadb://h/d?password=S3cr3t&localSocket=/m.sock&sslMode=verify-full",
             "no host name"},
            {"jdbc:mariadb://h/d?password=S3cr3t&sslMode=trust&keyStore=/c.p12",
             "client certificate"},
        },
        mariadb);
}

TEST_CASE("what is said of TLS in a URL of MariaDB Connector/J", "[text][jdbc]")
{
    Protection const full{
        .uses_tls = true, .refuses_plaintext = true, .checks_chain = true, .checks_name = true};
    CHECK(mariadb("jdbc:mariadb://h/d").before == Protection{});
    auto const older = mariadb("jdbc:mariadb://h/d?sslMode=disable&useSSL=true");
    CHECK(older.before == full);
    CHECK(contains(finding(older, "sslMode").now, "useSsl"));
    auto const trusting =
        mariadb("jdbc:mariadb://h/d?sslMode=verify-full&useSsl=true&trustServerCertificate=true");
    CHECK(trusting.before == Protection{.uses_tls = true, .refuses_plaintext = true});
    CHECK(finding(trusting, "trustServerCertificate=true").severity == FindingSeverity::danger);
    CHECK(mariadb("jdbc:mariadb://h/d?sslMode=verify-full&trustServerCertificate=true").before ==
          full);
}

TEST_CASE("a certificate's text in a JDBC URL", "[text][jdbc]")
{
    auto const translation =
        mariadb("jdbc:mariadb://h/d?sslMode=verify-full&serverSslCert="
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
    CHECK(translation.options.transport.ssl()->ca ==
          TrustAnchors::memory("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));
    CHECK(mariadb("jdbc:mariadb://h/d?initSql=A&initSql=B").options.init_statements ==
          std::vector<std::string>{"B"});
    CHECK(mariadb("jdbc:mariadb://h/d?autocommit=false").options.init_statements ==
          std::vector<std::string>{"SET autocommit = 0"});
}
