// URIs as MySQL Shell and the X DevAPI have them.

#include <sealsql/text/uri.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
using unit::contains;
using unit::finding;
using unit::summary;

TEST_CASE("URIs that are accepted", "[text][uri]")
{
    unit::check_accepted(
        {
            {"mysql://u:p@h:3307/d", "u:p@h:3307/d identity"},
            {"mariadb://u:p@h/d", "u:p@h:3306/d identity"},
            {"u:p@h:3307/d", "u:p@h:3307/d identity"},
            {"u@h", "u@h:3306/ identity"},
            {"h", "@h:3306/ identity"},
            {"h/d", "@h:3306/d identity"},
            {"mysql://u:@h", "u@h:3306/ identity"},
            {"mysql://h/", "@h:3306/ identity"},
            {"mysql://h?ssl-mode=REQUIRED", "@h:3306/ identity"},
            {"mysql://odd:p%3Aa%40s%2Fs%3Fw%23rd%26x%3D1%25%3B%22q@h:1/appdb",
             "odd:p:a@s/s?w#rd&x=1%;\"q@h:1/appdb identity"},
            {"mysql://u:a+b@h", "u:a+b@h:3306/ identity"},
            {"mysql://u:a%3Ab@h", "u:a:b@h:3306/ identity"},
            {"u:a(b@h", "u:a(b@h:3306/ identity"},
            {"mysql://u%20v@h", "u v@h:3306/ identity"},
            {"mysql://u@[::1]:3307/d", "u@::1:3307/d identity"},
            {"mysql://[fe80::1]", "@fe80::1:3306/ identity"},
            {"mysql://[fe80::1%25eth0]", "@fe80::1%eth0:3306/ identity"},
            {"mysql://u@h/a%2Fb", "u@h:3306/a/b identity"},
            {"mysql://u@(/run/mysqld/mysqld.sock)/d", "u@/run/mysqld/mysqld.sock/d plaintext"},
            {"mysql://u:p@%2Frun%2Fm.sock/d", "u:p@/run/m.sock/d plaintext"},
            {"u:p@/run%2Fm.sock/d", "u:p@/run/m.sock/d plaintext"},
            {"mysql://u@/run%2fm.sock?ssl-mode=DISABLED", "u@/run/m.sock/ plaintext"},
            {"u@(/run/a%20b.sock)", "u@/run/a b.sock/ plaintext"},
            {"u@(./m.sock)/d", "u@./m.sock/d plaintext"},
            {"h?ssl-ca=(/a%20b.pem)", "@h:3306/ identity /a b.pem"},
            {"h?net-buffer-length=8192&client-interactive=false", "@h:3306/ identity"},
            {"u@%2frun%2fm.sock", "u@/run/m.sock/ plaintext"},
            {"mysql://h?ssl-mode=disabled", "@h:3306/ plaintext"},
            {"mysql://h?ssl-mode=PREFERRED", "@h:3306/ identity"},
            {"mysql://h?SSL-MODE=verify_ca&Ssl-Ca=(/etc/ca.pem)", "@h:3306/ ca /etc/ca.pem"},
            {"mysql://h?ssl-mode=VERIFY_IDENTITY&ssl-ca=%2Fetc%2Fca.pem",
             "@h:3306/ identity /etc/ca.pem"},
            {"mysql://h?ssl-ca=(/etc/a&b=c.pem)", "@h:3306/ identity /etc/a&b=c.pem"},
            {"mysql://h?ssl-ca=/etc/ca.pem", "@h:3306/ identity /etc/ca.pem"},
            {"mysql://h?ssl-capath=(/etc/certs)", "@h:3306/ identity /etc/certs"},
            {"mysql://h?ssl-mode=VERIFY_CA", "@h:3306/ identity"},
            {"mysql://h?tls-versions=[TLSv1.2,TLSv1.3]", "@h:3306/ identity"},
            {"mysql://h?compression=PREFERRED", "@h:3306/ identity"},
            {"mysql://h?", "@h:3306/ identity"},
            {"mysql://u@h:3307/d?ssl-ca=(/etc/a@b.pem)", "u@h:3307/d identity /etc/a@b.pem"},
            {"mysql://u@(/run/a@b.sock)/a%2Fb%40c", "u@/run/a@b.sock/a/b@c plaintext"},
            {"mysql://(/m.sock)?ssl-ca=(/ca.pem)", "@/m.sock/ ca /ca.pem"},
        },
        translate_uri);
}

TEST_CASE("URIs that are refused", "[text][uri]")
{
    unit::check_refused(
        {
            {"u:p@h/d?ssl-ca=/ca.pem\",\"u\",\"S3cr3t\")", "no part of"},
            {"u:p@h/d,app,S3cr3t", "no part of"},
            {"mysqlx://u:S3cr3t@h", "neither mysql nor mariadb"},
            {"mysqlx+srv://u:S3cr3t@h", "neither mysql nor mariadb"},
            {"MYSQL://u:S3cr3t@h", "neither mysql nor mariadb"},
            {"jdbc:mysql://u:S3cr3t@h", "as if a login ended there"},
            {"mysql://u:S3cr3t@", "no host"},
            {"mysql://u:S3cr3t@/d", "no host"},
            {"mysql://u:S3cr3t@/run/m.sock", "as (/path"},
            {"mysql://u:x@S3cr3t@h", "more than one '@'"},
            {"mysql://u:x:S3cr3t@h", "as %3A"},
            {"u::S3cr3t@h", "as %3A"},
            {"mysql://u:S3cr3t@(/m%zz.sock)", "cannot be decoded"},
            {"mysql://u:S3cr3t@h?ssl-mode=DISABLED&ssl-ca=c", "there is no TLS"},
            {"mysql://u:S3cr3t@h?ssl-crl=c&ssl-mode=DISABLED", "there is no TLS"},
            {"mysql://u:S3cr3t@h?connection-attributes=[a=b%2Cc]", "encoded ','"},
            {"mysql://u:S3cr3t@h?character-set=utf8", "is none"},
            {"mysql://u:S3cr3t@h?client-interactive=true", "cannot be honoured"},
            {"mysql://u:x/S3cr3t@h", "as if a login ended there"},
            {"mysql://u:x?S3cr3t@h", "as if a login ended there"},
            {"mysql://u:2024/S3cr3t@h", "as if a login ended there"},
            {"mysql://u:2024?S3cr3t=x@h/d", "as if a login ended there"},
            {"mysql://u:2024?S3cr3t=1&ssl-ca=x@h/d", "as if a login ended there"},
            {"mysql://u:2024?@S3cr3t", "as if a login ended there"},
            {"u/v:S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:p@x/S3cr3t@h", "as if a login ended there"},
            {"mysql://u:p@x?S3cr3t=1@h", "as if a login ended there"},
            {"mysql://u:p@(/m.sock)/S3cr3t@h", "as if a login ended there"},
            {"mysql://u:S3cr3t@h/a/b", "holds a '/'"},
            {"mysql://u:x#S3cr3t@h", "a '#'"},
            {"mysql://u:S3cr3t@h/d ", "a space"},
            {"mysql://u:x S3cr3t@h/d", "a space"},
            {"mysql://u:S3cr3t@h?ssl-ca= c", "a space"},
            {"mysql://:S3cr3t@h", "no user"},
            {"@S3cr3t", "no user"},
            {"mysql://u:S3cr3t@h%", "cannot be decoded"},
            {"mysql://u:S3cr3t%@h", "cannot be decoded"},
            {"mysql://u:S3cr3t%g0@h", "cannot be decoded"},
            {"mysql://u:S3cr3t%00@h", "cannot be decoded"},
            {"mysql://u:S3cr3t@h:/d", "'port'"},
            {"mysql://u:S3cr3t@h:x/d", "'port'"},
            {"mysql://u:S3cr3t@h:70000/d", "'port'"},
            {"mysql://u:S3cr3t@[::1/d", "no IPv6 address"},
            {"mysql://u:S3cr3t@[h1,h2]/d", "no IPv6 address"},
            {"mysql://u:S3cr3t@[h1:2]/d", "no IPv6 address"},
            {"mysql://u:S3cr3t@[(address=h1:1,priority=1),(address=h2:1,priority=2)]/d",
             "no IPv6 address"},
            {"mysql://u:S3cr3t@[::1]x/d", "no port"},
            {"mysql://u:S3cr3t@(/m.sock/d", "no path of a socket"},
            {"mysql://u:S3cr3t@(m.sock)/d", "no path of a socket"},
            {"mysql://u:S3cr3t@(/m.sock)x/d", "neither '/' nor '?'"},
            {"mysql://u:S3cr3t@h$/d", "not one name"},
            {"mysql://u:S3cr3t@h,i/d", "not one name"},
            {"mysql://u:S3cr3t@h/d%", "cannot be decoded"},
            {"mysql://u:S3cr3t@h?ssl-mode", "no '='"},
            {"mysql://u:S3cr3t@h?=x", "no '='"},
            {"mysql://u:S3cr3t@h?ssl%2Dmode=DISABLED", "an encoded one"},
            {"mysql://u:S3cr3t@h?(ssl-mode)=DISABLED", "an encoded one"},
            {"mysql://u:S3cr3t@h?ssl-mode=BOGUS", "VERIFY_IDENTITY"},
            {"mysql://u:S3cr3t@h?ssl-mode=", "VERIFY_IDENTITY"},
            {"mysql://u:S3cr3t@h?bogus=1", "'bogus'"},
            {"mysql://u:S3cr3t@h?ssl-ca=a&ssl-ca=b", "stands there twice"},
            {"mysql://u:S3cr3t@h?ssl-ca=a&SSL-CA=b", "stands there twice"},
            {"mysql://u:S3cr3t@h?ssl-ca=(a", "not closed"},
            {"mysql://u:S3cr3t@h?ssl-ca=(a)b", "more stands behind"},
            {"mysql://u:S3cr3t@h?ssl-ca=", "empty path"},
            {"mysql://u:S3cr3t@h?ssl-key=k", "no certificate"},
            {"mysql://u:S3cr3t@h?tls-version=TLSv2", "a version of TLS"},
            {"mysql://u:S3cr3t@h?tls-versions=[TLSv1.1]", "does not connect"},
            {"mysql://u:S3cr3t@h?compression=REQUIRED", "cannot be honoured"},
            {"mysql://u:S3cr3t@h?local-infile=1", "cannot be honoured"},
            {"mysql://u:S3cr3t@h?auth-method=mysql_clear_password&ssl-mode=DISABLED",
             "not checked"},
            {"mysql://u:S3cr3t@(/m.sock)?ssl-mode=VERIFY_IDENTITY", "no host name"},
            {"mysql://u:S3cr3t@h?connection-attributes=[a=b", "not closed"},
        },
        translate_uri);
}

TEST_CASE("what is said of TLS in a URI", "[text][uri]")
{
    CHECK(translate_uri("h").before == Protection{.uses_tls = true});
    CHECK(translate_uri("h?ssl-ca=a").before ==
          Protection{.uses_tls = true, .refuses_plaintext = true, .checks_chain = true});
    CHECK(translate_uri("h?ssl-mode=VERIFY_IDENTITY&ssl-ca=a").findings.front().severity ==
          FindingSeverity::fine);
    CHECK(finding(translate_uri("h?ssl-mode=VERIFY_CA&ssl-ca=a"), "ssl-mode=VERIFY_CA").severity ==
          FindingSeverity::warning);
    CHECK(finding(translate_uri("(/m.sock)"), "").severity == FindingSeverity::fine);
    CHECK(contains(finding(translate_uri("mysql://localhost/d"), "host").before, "local socket"));
    CHECK_THROWS_AS(finding(translate_uri("mysql://localhost:3306"), "host"), std::logic_error);
    CHECK_THROWS_AS(finding(translate_uri("localhost"), "host"), std::logic_error);
}

TEST_CASE("a URI's other attributes", "[text][uri]")
{
    auto const options = translate_uri("h?connect-timeout=1500&auth-method=mysql_clear_password&"
                                       "connection-attributes=[a=b,c]&ssl-crl=(/crl.pem)&"
                                       "ssl-cipher=ECDHE-RSA-AES128-GCM-SHA256&"
                                       "tls-ciphersuites=[TLS_AES_128_GCM_SHA256]&"
                                       "ssl-cert=c.pem&ssl-key=k.pem")
                             .options;
    CHECK(options.timeouts.connect == 1500ms);
    CHECK(options.login_methods.contains(LoginMethod::mysql_clear_password));
    CHECK(options.connection_attributes == sealsql::ConnectionAttributes{{"a", "b"}, {"c", ""}});
    SslOptions const& ssl = *options.transport.ssl();
    CHECK(ssl.revocation == Revocation::of_whole_chain({"/crl.pem"}));
    CHECK(ssl.ciphers == std::vector<std::string>{"ECDHE-RSA-AES128-GCM-SHA256"});
    CHECK(ssl.cipher_suites == std::vector<std::string>{"TLS_AES_128_GCM_SHA256"});
    CHECK(ssl.identity == ClientIdentity::pem_files("c.pem", "k.pem"));
    CHECK(contains(finding(translate_uri("h?compression=PREFERRED"), "compression").before,
                   "where the server can"));
    CHECK(contains(
        finding(translate_uri("h?connection-attributes=false"), "connection-attributes").before,
        "no attributes"));
    CHECK_THROWS_AS(
        finding(translate_uri("h?compression=DISABLED&connection-attributes=true"), "compression"),
        std::logic_error);
}
