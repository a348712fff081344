// The DSN of Go's driver: its corner cases as the driver itself reads them, and what a translation says of them.

#include <sealsql/text/go_dsn.hpp>

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

std::vector<GoTlsConfig> const registered{
    {"custom", {.ca = "ca.pem"}},
    {"Loose", {.verify = VerifyMode::none}},
    {"named", {.ca = "ca.pem", .server_name = "db.internal"}},
    {"chain", {.ca = "ca.pem", .verify = VerifyMode::ca}},
    {"a/b", {.ca = "slash.pem"}},
};

Translation translate(std::string_view text) { return translate_go_dsn(text, registered); }

} // namespace

TEST_CASE("Go DSNs that are accepted", "[text][go_dsn]")
{
    unit::check_accepted(
        {
            // The vendor's sample.
            {"app:pw@tcp(db.internal:3306)/shop?allowNativePasswords=true&tls=custom",
             "app:pw@db.internal:3306/shop identity ca.pem"},
            // Everything after the first ':' and before the last '@' is the password, as it stands.
            {"odd:p:a@s/s?w#rd&x=1%;\"q@tcp(h:1)/appdb",
             "odd:p:a@s/s?w#rd&x=1%;\"q@h:1/appdb identity"},
            {"u:%40@tcp(h)/", "u:%40@h:3306/ identity"},
            {"u:p@ss@tcp(h)/d", "u:p@ss@h:3306/d identity"},
            {"u:p(x)@tcp(h)/d", "u:p(x)@h:3306/d identity"},
            {"u:@tcp(h)/", "u@h:3306/ identity"},
            {":pw@tcp(h)/", ":pw@h:3306/ identity"},
            {"", "@127.0.0.1:3306/ identity"},
            {"/", "@127.0.0.1:3306/ identity"},
            {"/dbname", "@127.0.0.1:3306/dbname identity"},
            {"@/", "@127.0.0.1:3306/ identity"},
            {"user@/", "user@127.0.0.1:3306/ identity"},
            {"u:p@/d", "u:p@127.0.0.1:3306/d identity"},
            {"u:p@tcp/d", "u:p@127.0.0.1:3306/d identity"},
            {"u:p@(h:1)/d", "u:p@h:1/d identity"},
            {"u:p@tcp(:3307)/d", "u:p@localhost:3307/d identity"},
            {"u:p@tcp([de:ad:be:ef::ca:fe]:80)/d", "u:p@de:ad:be:ef::ca:fe:80/d identity"},
            {"u:p@tcp([::1])/d", "u:p@::1:3306/d identity"},
            {"u:p@tcp(::1)/d", "u:p@::1:3306/d identity"},
            {"u:p@unix(/run/mysqld/mysqld.sock)/d", "u:p@/run/mysqld/mysqld.sock/d plaintext"},
            {"u:p@unix/d", "u:p@/tmp/mysql.sock/d plaintext"},
            {"u:p@tcp(h)/d%2Fb%20%25", "u:p@h:3306/d/b % identity"},
            {"u:p@tcp(h)/a+b", "u:p@h:3306/a+b identity"},
            {"u:p@tcp(h)/d?", "u:p@h:3306/d identity"},
            {"u:p@tcp(h)/d?&&tls=true&", "u:p@h:3306/d identity"},
            {"u:p@tcp(h)/d?tls=TRUE", "u:p@h:3306/d identity"},
            {"u:p@tcp(h)/d?tls=0", "u:p@h:3306/d plaintext"},
            {"u:p@tcp(h)/d?tls=Skip-Verify", "u:p@h:3306/d none"},
            {"u:p@tcp(h)/d?tls=preferred", "u:p@h:3306/d identity"},
            {"u:p@tcp(h)/d?tls=true&allowFallbackToPlaintext=true", "u:p@h:3306/d identity?"},
            {"u:p@tcp(h)/d?tls=Loose", "u:p@h:3306/d none"},
            {"u:p@tcp(h)/d?tls=named", "u:p@h:3306/d identity ca.pem"},
            {"u:p@tcp(h)/d?tls=chain", "u:p@h:3306/d ca ca.pem"},
            {"u:p@tcp(h)/d?tls=a%2Fb", "u:p@h:3306/d identity slash.pem"},
            {"u:p@tcp(h)/d?tls=skip%2Dverify", "u:p@h:3306/d none"},
            {"u:p@tcp(h)/d?allowNativePasswords=true&time_zone=UTC", "u:p@h:3306/d identity"},
            {"u:p@tcp(h)/d?tls=false&tls=true", "u:p@h:3306/d identity"},
        },
        translate);
}

TEST_CASE("Go DSNs that are refused", "[text][go_dsn]")
{
    unit::check_refused(
        {
            // The program around it.
            {"sql.Open(\"mysql\", \"app:S3cr3t@tcp(db:3306)/shop\")", "the DSN alone"},
            {"dsn := \"app:S3cr3t@tcp(db:3306)/shop\"", "the DSN alone"},
            {"dsn: app:S3cr3t@tcp(db:3306)/shop", "the DSN alone"},
            {"DSN=app:S3cr3t@tcp(db:3306)/shop", "the DSN alone"},
            {"mysql://app:S3cr3t@tcp(db:3306)/shop", "the DSN alone"},
            {"app:S3cr3t@tcp(db:3306)/shop\nOTHER=1", "text alone"},
            {"app:S3cr3t@tcp(db:3306)/shop?sslmode=disable", "asked for by tls="},
            {"app:S3cr3t@tcp(db:3306)/shop?useSSL=true", "asked for by tls="},
            {"u:S3cr3t@tcp(h)", "no slash"},
            {"u:S3cr3t@tcp(h:1/d", "not closed"},
            {"u:S3cr3t@tcp(h)x/d", "not closed"},
            {"u:S3cr3t@tcp(h)/d?time_zone=Europe/Paris", "not closed"},
            {"u:S3cr3t@h:1/d", "neither 'tcp' nor 'unix'"},
            {"u:S3cr3t@cloudsql(p:r:i)/d", "neither 'tcp' nor 'unix'"},
            {"u:S3cr3t@tcp6([::1]:1)/d", "neither 'tcp' nor 'unix'"},
            {"u:x@S3cr3t/d", "neither 'tcp' nor 'unix'"},
            {"u:S3cr3t@TCP(h)/d", "neither 'tcp' nor 'unix'"},
            {"u:S3cr3t@unix(@abstract)/d", "neither 'tcp' nor 'unix'"},
            {"u:S3cr3t@tcp(h:)/d", "'port'"},
            {"u:S3cr3t@tcp(h:0)/d", "'port'"},
            {"u:S3cr3t@tcp(h:65536)/d", "'port'"},
            {"u:S3cr3t@tcp(h:mysql)/d", "'port'"},
            {"u:S3cr3t@tcp(h:3306 )/d", "'port'"},
            {"u:S3cr3t@tcp([::1)/d", "nothing closes"},
            {"u:S3cr3t@tcp([::1]3306)/d", "no port"},
            {"u:S3cr3t@tcp(h h:1)/d", "not one name"},
            {"u:S3cr3t@tcp(h,i)/d", "not one name"},
            {"u:S3cr3t@tcp(h)/d%", "database's name"},
            {"u:S3cr3t@tcp(h)/d%zz", "database's name"},
            {"u:S3cr3t@tcp(h)/d%00", "database's name"},
            {"u:S3cr3t@tcp(h)/d?tls", "no '='"},
            {"u:S3cr3t@tcp(h)/d?tls=unknown", "not registered"},
            {"u:S3cr3t@tcp(h)/d?tls=CUSTOM", "not registered"},
            {"u:S3cr3t@tcp(h)/d?tls=", "write true, false, skip-verify"},
            {"u:S3cr3t@tcp(h)/d?tls=%4", "cannot be decoded"},
            {"u:p@tcp(h)/d?sql_mode=ANSI\nDB_PASSWORD=S3cr3t", "no part of"},
            {"u:p@tcp(h)/d?sql_mode=ANSI\", \"u\", \"S3cr3t\")", "no part of"},
            {"u:p@tcp(h)/d app S3cr3t", "no part of"},
            {"u:S3cr3t@tcp(h)/d?TLS=true", "upper from lower case"},
            // Of names the driver decodes nothing, and of values not those that are words and numbers.
            {"u:S3cr3t@tcp(h)/d?t%6Cs=skip-verify", "decodes values alone"},
            {"u:S3cr3t@tcp(h)/d?sql+mode=1", "decodes values alone"},
            {"u:S3cr3t@tcp(h)/d?allowFallbackToPlaintext=tru%65", "neither true nor false"},
            {"u:S3cr3t@tcp(h)/d?timeout=1%73", "no duration"},
            {"u:S3cr3t@tcp(h)/d?collation=utf8mb4%5Fbin", "collation"},
            {"tcp(h)/d?user=u&password=S3cr3t", "before the '@'"},
            {"u@tcp(h)/d?Password=S3cr3t", "before the '@'"},
            {"u@tcp(h)/d?passwd=S3cr3t", "before the '@'"},
            {"u@tcp(h)/d?password=x&S3cr3t=y;z", "before the '@'"},
            {"u:x@tcp(h)/d?password=S3cr3t", "before the '@'"},
            {"u:S3cr3t@tcp(h)/d?allowNativePasswords=yes", "neither true nor false"},
            {"u:S3cr3t@tcp(h)/d?allowOldPasswords=true", "cannot be honoured"},
            {"u:S3cr3t@tcp(h)/d?allowAllFiles=1", "cannot be honoured"},
            {"u:S3cr3t@tcp(h)/d?clientFoundRows=yes", "neither true nor false"},
            {"u:S3cr3t@tcp(h)/d?compress=true", "cannot be honoured"},
            {"u:S3cr3t@tcp(h)/d?multiStatements=true", "cannot be honoured"},
            {"u:S3cr3t@tcp(h)/d?strict=true", "cannot be honoured"},
            {"u:S3cr3t@tcp(h)/d?timeout=30", "no duration"},
            {"u:S3cr3t@tcp(h)/d?timeout=", "no duration"},
            {"u:S3cr3t@tcp(h)/d?readTimeout=-1s", "no duration"},
            {"u:S3cr3t@tcp(h)/d?writeTimeout=.s", "no duration"},
            {"u:S3cr3t@tcp(h)/d?timeout=99999999999999999999h", "no duration"},
            {"u:S3cr3t@tcp(h)/d?parseTime=maybe", "neither true nor false"},
            {"u:S3cr3t@tcp(h)/d?charset=utf8;DROP", "character set"},
            {"u:S3cr3t@tcp(h)/d?collation=a%20b", "collation"},
            {"u:S3cr3t@tcp(h)/d?connectionAttributes=a", "without a name or a value"},
            {"u:S3cr3t@tcp(h)/d?sql_mode=", "no value of a system variable"},
            {"u:S3cr3t@tcp(h)/d?sql_mode=1;2", "no value of a system variable"},
            {"u:S3cr3t@tcp(h)/d?a b=1", "is none"},
            {"u:S3cr3t@tcp(h)/d?tls=skip-verify&allowCleartextPasswords=true", "not checked"},
        },
        translate);
}

TEST_CASE("what is said of a Go DSN's TLS", "[text][go_dsn]")
{
    auto const left_out = translate("u:p@tcp(h)/d");
    CHECK(left_out.before == Protection{});
    CHECK(finding(left_out, "").severity == FindingSeverity::note);
    CHECK(contains(finding(left_out, "").before, "no TLS"));
    CHECK(contains(finding(left_out, "").remedy, "insecure_plaintext_over_network()"));

    auto const off = translate("u:p@tcp(h)/d?tls=false");
    CHECK(finding(off, "tls=false").severity == FindingSeverity::danger);

    auto const full = translate("u:p@tcp(h)/d?tls=custom");
    REQUIRE(full.findings.size() == 1);
    CHECK(full.findings[0].severity == FindingSeverity::fine);
    CHECK(full.before == protection_of(full.options));

    auto const preferred = translate("u:p@tcp(h)/d?tls=preferred");
    CHECK(preferred.before == Protection{.uses_tls = true});
    CHECK(preferred.findings.size() == 3); // plaintext, chain, name

    CHECK(finding(translate("u:p@tcp(h)/d?tls=skip-verify"), "tls=skip-verify").severity ==
          FindingSeverity::danger);
    CHECK(finding(translate("u:p@tcp(h)/d?tls=chain"), "tls=chain").severity ==
          FindingSeverity::warning);
    auto const fallback = translate("u:p@tcp(h)/d?tls=custom&allowFallbackToPlaintext=true");
    CHECK(finding(fallback, "tls=custom").severity == FindingSeverity::danger);
    CHECK_FALSE(fallback.before.refuses_plaintext);
    CHECK(finding(translate("u:p@tcp(h)/d?tls=false&tls=true"), "tls").severity ==
          FindingSeverity::note);
}

TEST_CASE("a Go DSN's other parameters", "[text][go_dsn]")
{
    auto const options = [](std::string_view parameters) {
        return translate(std::string{"u:p@tcp(h)/d?tls=true&"}.append(parameters)).options;
    };
    CHECK(options("timeout=1m30s").timeouts.connect == 90s);
    CHECK(options("timeout=1.5h").timeouts.connect == 90min);
    CHECK(options("readTimeout=250ms").timeouts.read == 250ms);
    CHECK(options("writeTimeout=1ns").timeouts.write == 1ms);
    CHECK(options("writeTimeout=1500us").timeouts.write == 1ms);
    CHECK(options("readTimeout=0").timeouts == Timeouts{});
    CHECK(options("clientFoundRows=true").found_rows);
    CHECK_FALSE(options("").found_rows);
    CHECK(options("charset=latin1,utf8mb4").character_set == "latin1");
    auto const collated = options("collation=utf8mb4_bin&sql_mode=%27ANSI%27");
    CHECK(collated.character_set == "utf8mb4");
    CHECK(collated.init_statements ==
          std::vector<std::string>{"SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET sql_mode='ANSI'"});
    CHECK(options("time_zone=%27%2B00:00%27").init_statements ==
          std::vector<std::string>{"SET time_zone='+00:00'"});
    CHECK(options("connectionAttributes=a:b,c:d%20e").connection_attributes ==
          sealsql::ConnectionAttributes{{"a", "b"}, {"c", "d e"}});
    CHECK_FALSE(options("allowNativePasswords=false")
                    .login_methods.contains(LoginMethod::mysql_native_password));
    CHECK(options("allowCleartextPasswords=true")
              .login_methods.contains(LoginMethod::mysql_clear_password));
    CHECK(contains(finding(translate("u:p@tcp(h)/d?parseTime=true"), "parseTime").reason, "type"));
}

TEST_CASE("a piece of a password behind a separator is not quoted", "[text][go_dsn]")
{
    // A slash in the network part moves the split; whatever follows may be the password.
    for (char const* const text :
         {"u:p/S3cr3t@tcp(h)", "u:p@tcp(h)/d?S3cr3t", "u:a@b/S3cr3t?x", "u:x@tcp(h)/?S3cr3t%%=1"}) {
        INFO(text);
        try {
            (void)translate(text);
        } catch (Error const& error) {
            CHECK_FALSE(contains(error.what(), "S3cr3t"));
        }
    }
}
