// Connection strings of .NET: quoting, synonyms and removals as DbConnectionStringBuilder has them.

#include <sealsql/text/ado_net.hpp>

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

TEST_CASE("ADO.NET strings that are accepted", "[text][ado_net]")
{
    unit::check_accepted(
        {
            // The vendor's sample, as its builder writes it.
            {"Server=h;User ID=u;Password=p;Database=d;SSL Mode=VerifyCA;SSL CA=/ca.pem",
             "u:p@h:3306/d ca /ca.pem"},
            {"server=h", "@h:3306/ identity"},
            {" ; ;Server = h ; ", "@h:3306/ identity"},
            {"HOST=h;uid=u;pwd=p;initial catalog=d", "u:p@h:3306/d identity"},
            {"Data Source=h;User Name=u", "u@h:3306/ identity"},
            {"DataSource=h;UserID=u", "u@h:3306/ identity"},
            {"Address=h;Username=u", "u@h:3306/ identity"},
            {"Addr=h;User=u", "u@h:3306/ identity"},
            {"Network Address=h;Port=3307", "@h:3307/ identity"},
            {"Server=h;Password=a\"b", ":a\"b@h:3306/ identity"},
            {"Server=h;Password=a=b", ":a=b@h:3306/ identity"},
            {"Server=h;Password= =a", ":=a@h:3306/ identity"},
            {"Server=h;Password=\"\u00A0\"", ":\u00A0@h:3306/ identity"},
            {"Server=h;Password=a'b c", ":a'b c@h:3306/ identity"},
            {"Server=h;Password=  p  ;User=u", "u:p@h:3306/ identity"},
            {"Server=h;Password=\"  p;q  \"", ":  p;q  @h:3306/ identity"},
            {"Server=h;Password='p;q'", ":p;q@h:3306/ identity"},
            {"Server=h;Password=\"a\"\"b\"", ":a\"b@h:3306/ identity"},
            {"Server=h;Password='a''b'", ":a'b@h:3306/ identity"},
            {"Server=h;Password=\"a''b\"", ":a''b@h:3306/ identity"},
            {"Server=h;Password=\"p:a@s/s?w#rd&x=1%;\"\"q\" ;User=odd",
             "odd:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"Server=h;Password=\"\"", "@h:3306/ identity"},
            {"Server=h;Password=;Password=p", ":p@h:3306/ identity"},
            {"Server=g;Host=h", "@h:3306/ identity"},
            {"Server=h;Pwd1=p;ssl-ca-pwd=x", ":p@h:3306/ identity"}, // of MySql.Data alone
            {"Server=h;Dns-Srv=false;Replication=no;PerfMon=no", "@h:3306/ identity"},
            {"Server=h;DateTime Kind=Utc;Force Synchronous=yes", "@h:3306/ identity"},
            {"Server=h;DeferConnectionReset=true;Pooling=true;Connection Reset=",
             "@h:3306/ identity"},
            {"Server=h;Password=a\nb", ":a\nb@h:3306/ identity"},
            {"Server=::1;Port=3307", "@::1:3307/ identity"},
            {"Server=/run/m.sock;User=u", "u@/run/m.sock/ plaintext"},
            {"Server=/run/m.sock;Protocol=UnixSocket", "@/run/m.sock/ plaintext"},
            {"Server=m.sock;Protocol=3", "@m.sock/ plaintext"},
            {"Server=./m.sock", "@./m.sock/ plaintext"},
            {"Server=h;Protocol=1", "@h:3306/ identity"},
            {"Server=h;Protocol=Tcp", "@h:3306/ identity"},
            {"Server=h;SslMode=None", "@h:3306/ plaintext"},
            {"Server=h;SslMode=disabled", "@h:3306/ plaintext"},
            {"Server=h;SslMode=Preferred", "@h:3306/ identity"},
            {"Server=h;Ssl-Mode=REQUIRED", "@h:3306/ identity"},
            {"Server=h;SslMode=4;SslCa=/ca.pem", "@h:3306/ identity /ca.pem"},
            {"Server=h;SslMode=VerifyFull;CACertificateFile=/ca.pem", "@h:3306/ identity /ca.pem"},
            {"Server=h;SslMode=VerifyCA", "@h:3306/ identity"},
            {"Server=h;Database=\"\"", "@h:3306/ identity"},
            {"Server=h;UseCompression=true;usecompression=false", "@h:3306/ identity"},
        },
        translate_ado_net);
}

TEST_CASE("ADO.NET strings that are refused", "[text][ado_net]")
{
    unit::check_refused(
        {
            {"Server=h;User=app\nPassword=S3cr3t;", "text alone"},
            {"Server=h;SslCa=/ca.pem\nDB_PASSWORD=S3cr3t", "no part of"},
            {"Server=h;Uid=u;Password S3cr3t Database=db", "setting 3 is none"},
            {"Server=h;Pwd=&quot;S3cr3t&quot;", "a file of XML"},
            {"mysql -u u -h h -pS3cr3t --ssl-mode=REQUIRED", "setting 1 is none"},
            {"Server=h:3306;Password=S3cr3t", "holds a ':'"},
            {"Password=S3cr3t", "no host"},
            {"Server=h;Password=S3cr3t;User", "no '='"},
            {"Server=h;Password=a;S3cr3t", "no '='"},
            {"Server=h;Password=a;S3cr3t;", "no '='"},
            {"Server=h;Password=a;S3cr3t=1", "that separates"},
            {"S3cr3t", "index 0"},
            {"=S3cr3t", "no name"},
            {"Server=h; =S3cr3t", "no name"},
            {"Server=h;Password==S3cr3t", "no '='"},
            {"Server=h;Password=S3cr3t'", "ends with a quote"},
            {"Server=h;Password=S3cr3t\"", "ends with a quote"},
            {"Server=h;Password=\u00A0S3cr3t", "unusual space"},
            {"Server=h;Password=S3cr3t\u3000;User=u", "unusual space"},
            {"Server=h;Password='S3cr3t';\"SslMode\"=None", "name is in quotes"},
            {"Server=h;Password='S3cr3t';'User'=u", "name is in quotes"},
            {"Server=h;Password=\"S3cr3t", "not closed"},
            {"Server=h;Password='S3cr3t", "not closed"},
            {"Server=h;Password=\"S3cr3t\"\"", "not closed"},
            {"Server=h;Password=\"S3cr3t\"x", "closing quote"},
            {"Server=h;Password='S3cr3t' x", "closing quote"},
            {"Server=h;Password=a\\;S3cr3t", "no '='"},
            {"Server=h;Password={a;S3cr3t}", "no '='"},
            {"Server=h,i;Password=S3cr3t", "not one name"},
            {"Server=\"\";Password=S3cr3t", "no host"},
            {"Server=h;Port=x;Password=S3cr3t", "'Port'"},
            {"Server=h;Port=0;Password=S3cr3t", "'Port'"},
            {"Server=h;Password2=x;S3cr3t=1", "setting 3"},
            {"Server=h;Password=S3cr3t\xC2\x85;User=u", "unusual space"},
            {"Server=h;Password=S3cr3t;User=u;Bogus=1", "'Bogus'"},
            {"Server=h;Password=S3cr3t;User=u;Ssl Ca File=x", "'Ssl Ca File'"},
            {"Server=h;Password=S3cr3t;User=u;Server Name=x", "is none"},
            {"Server=h;Password=S3cr3t;SslMode=VerifyEverything", "VerifyFull"},
            {"Server=h;Password='S3cr3t';Bogus=1", "'Bogus'"},
            {"Server=h;Password=S3cr3t;SslMode=5", "VerifyFull"},
            {"Server=h;Password=S3cr3t;SslCa=\"\"", "empty path"},
            {"Server=h;Password=S3cr3t;SslKey=/k.pem", "no certificate"},
            {"Server=h;Password=S3cr3t;SslCert=/c.pem", "without its key"},
            {"Server=h;Password=S3cr3t;SslCa=/c.PFX", "is a .pfx"},
            {"Server=h;Password=S3cr3t;CertificateFile=/ca.pem", "is a .pem"},
            {"Server=h;Password=S3cr3t;Password=", "has a value before"},
            {"Server=h;Password=S3cr3t;PWD=", "has a value before"},
            {"Server=h;Password='S3cr3t';SslMode=VerifyFull;SSL Mode=", "has a value before"},
            {"Server=h;Password=S3cr3t;AllowLoadLocalInfileInPath=/x", "cannot be honoured"},
            {"Server=h;Password=S3cr3t;Dns-Srv=true", "cannot be honoured"},
            {"Server=h;Password=S3cr3t;Date Time Kind=Utc", "is none"},
            {"Server=h;Password=S3cr3t;Deferred Reset=1", "is none"},
            {"Server=h;Password=S3cr3t;Protocol=NamedPipe", "neither a socket nor tcp"},
            {"Server=h;Password=S3cr3t;Protocol=2", "neither a socket nor tcp"},
            {"Server=h;Password=S3cr3t;Protocol=0", "neither a socket nor tcp"},
            {"Server=h;Password=S3cr3t;Pipe Name=x", "cannot be honoured"},
            {"Server=h;Password=S3cr3t;UseCompression=true", "cannot be honoured"},
            {"Server=h;Password=S3cr3t;AllowLoadLocalInfile=yes", "cannot be honoured"},
            {"Server=h;Password=S3cr3t;UseAffectedRows=maybe", "neither true nor false"},
            {"Server=h;Password=S3cr3t;Pooling=maybe", "neither true nor false"},
            {"Server=h;Password=S3cr3t;MaximumPoolSize=many", "no number"},
            {"Server=h;Password=S3cr3t;CertificateStoreLocation=CurrentUser", "cannot be honoured"},
            {"Server=h;Password=S3cr3t;ServerRedirectionMode=Required", "nobody else"},
            {"Server=h;Password=S3cr3t;TlsVersion=SSL3", "a version of TLS"},
            {"Server=h;Password=S3cr3t;ConnectionTimeout=-1", "no number"},
            {"Server=/m.sock;Password=S3cr3t;SslMode=VerifyFull", "no host name"},
            {"Server=h;Password=S3cr3t;CertificateFile=a.pfx;SslCert=b.pem;SslKey=c.pem", "twice"},
        },
        translate_ado_net);
}

TEST_CASE("what is said of TLS in an ADO.NET string", "[text][ado_net]")
{
    // No options of a program behind the text.
    CHECK_NOTHROW(translate_ado_net("Server=h;Uid=u;Application Name=My App - Prod, 2nd"));
    CHECK(translate_ado_net("Server=h").before == Protection{.uses_tls = true});
    CHECK(translate_ado_net("Server=h;SslMode=Required").before ==
          Protection{.uses_tls = true, .refuses_plaintext = true});
    auto const chain = translate_ado_net("Server=h;Uid=u;Pwd=p;SslMode=VerifyCA;SslCa=/ca.pem");
    CHECK(chain.findings.size() == 3);
    CHECK(contains(chain.findings[0].before, "system's CAs"));
    CHECK(contains(chain.findings[1].before, "MySql.Data 9.3"));
    CHECK(chain.findings[2].severity == FindingSeverity::warning);
    CHECK(contains(
        finding(translate_ado_net("Server=h;SslMode=VerifyFull"), "SslMode=VerifyFull").before,
        "was revoked"));
    CHECK(translate_ado_net("Server=h;Uid=u;Pwd=p;SslMode=VerifyFull;SslCa=/ca.pem")
              .findings.size() == 2);
    CHECK(translate_ado_net("Server=h;SslMode=VerifyFull;SkipCertificateRevocationCheck=true")
              .findings.front()
              .severity == FindingSeverity::fine);
}

TEST_CASE("an ADO.NET string's other options", "[text][ado_net]")
{
    auto const options =
        translate_ado_net("Server=h;Connection Timeout=5;Default Command Timeout=0;"
                          "Application Name=app;CharSet=utf8;Pooling=true;"
                          "TlsVersion=[TLS 1.2, Tls13];"
                          "CertificateFile=/c.pfx;CertificatePassword=x")
            .options;
    CHECK(options.timeouts.connect == 5s);
    CHECK(options.found_rows);
    CHECK_FALSE(translate_ado_net("Server=h;Use Affected Rows=yes").options.found_rows);
    CHECK(options.timeouts.read == Timeouts{}.read);
    CHECK(options.character_set == "utf8mb4"); // to MariaDB and MySQL, utf8 is no such thing
    CHECK(contains(
        finding(translate_ado_net("Server=h;Character Set=latin1"), "Character Set").reason,
        "MySqlConnector takes no notice"));
    CHECK(contains(finding(translate_ado_net("Server=h;ServerRedirectionMode=Preferred"),
                           "ServerRedirectionMode")
                       .before,
                   "another server"));
    CHECK(contains(finding(translate_ado_net("Server=h;TlsVersion=TLS 1.1"), "TlsVersion").now,
                   "no other"));
    CHECK(options.connection_attributes == sealsql::ConnectionAttributes{{"program_name", "app"}});
    CHECK(options.transport.ssl()->min_version == TlsVersion::tls1_2);
    CHECK(options.transport.ssl()->identity == ClientIdentity::file("/c.pfx", Secret{"x"}));
    CHECK(translate_ado_net("Server=h;SslCert=c.pem;SslKey=k.pem")
              .options.transport.ssl()
              ->identity == ClientIdentity::pem_files("c.pem", "k.pem"));
}
