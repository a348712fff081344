// Command lines of mysql and mariadb: words as a shell makes them, options as the programs read them.

#include <sealsql/text/command_line.hpp>

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

TEST_CASE("command lines of mysql that are accepted", "[text][command_line]")
{
    unit::check_accepted(
        {
            // The vendor's sample, with the '=' that is missing there.
            {"mysql -P 3307 -h db.internal -u app -ppw --ssl-ca=/ca.pem",
             "app:pw@db.internal:3307/ identity /ca.pem"},
            {"mysql -h h -u u", "u@h:3306/ identity"},
            {"/usr/local/bin/mysql -hh -uu -P3307 d", "u@h:3307/d identity"},
            {"-h h -u u", "u@h:3306/ identity"},
            {"mysql --host=h --user=u --password=p --database=d", "u:p@h:3306/d identity"},
            {"mysql --host h --user u d", "u@h:3306/d identity"},
            {"mysql d -h h -u u", "u@h:3306/d identity"},
            {"mysql -u u -h h -p d", "u@h:3306/d identity"},
            {"mysql -u u -h h --password d", "u@h:3306/d identity"},
            {"mysql -u u -h h -p'S p'", "u:S p@h:3306/ identity"},
            {"mysql -u u -h h -p'p:a@s/s?w#rd&x=1%;\"q'",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"mysql -u u -h h -p\"a\\\"b\\\\c\\d\"", "u:a\"b\\c\\d@h:3306/ identity"},
            {"mysql -u u -h h -pa\\ b\\$c", "u:a b$c@h:3306/ identity"},
            {"mysql -u u -h h -p'a'\"b\"c", "u:abc@h:3306/ identity"},
            {"mysql -u u -h h --password=", "u@h:3306/ identity"},
            {"mysql -u u -h h --skip-password", "u@h:3306/ identity"},
            {"mysql -u u -h h \\\n  -P 3307 # where\n", "u@h:3307/ identity"},
            {"mysql -u u -h ::1", "u@::1:3306/ identity"},
            {"mysql -u u", "u@localhost:3306/ identity"},
            {"mysql -u u -S /s.sock", "u@/s.sock/ plaintext"},
            {"mysql -u u --protocol=SOCKET --socket=/s.sock", "u@/s.sock/ plaintext"},
            {"mysql -u u --protocol=tcp -S /s.sock", "u@localhost:3306/ identity"},
            {"mysql -u u -h h -S /s.sock", "u@h:3306/ identity"},
            {"mysql -u u -h h --ssl-mode=DISABLED", "u@h:3306/ plaintext"},
            {"mysql -u u -h h --ssl-mode=PREFERRED", "u@h:3306/ identity"},
            {"mysql -u u -h h --ssl_mode=req", "u@h:3306/ identity"},
            {"mysql -u u -h h --ssl-mode=VERIFY_CA --ssl-ca c", "u@h:3306/ ca c"},
            {"mysql -u u -h h --ssl-mode verify_identity --ssl-ca=c", "u@h:3306/ identity c"},
            {"mysql -u u -h h --ssl-capath=d/", "u@h:3306/ identity d/"},
            {"mysql -u u -h h --ssl-ca=a --ssl-ca=b", "u@h:3306/ identity b"},
            {"MYSQL_PWD=p MYSQL_HOST=h mysql -u u", "u:p@h:3306/ identity"},
            {"MYSQL_PWD='a b' mysql -h h -u u -pq", "u:q@h:3306/ identity"},
            {"mysql -u u -h h -P 0", "u@h:3306/ identity"},
            {"mysql -u u -h h -BNe 'SELECT 1; SELECT 2'", "u@h:3306/ identity"},
            {"mysql -u u -h h --execute 'SELECT 1' --table --verbose -vvv", "u@h:3306/ identity"},
            {"mysql --no-defaults -u u -h h -- d", "u@h:3306/d identity"},
            {"mysql -u u -h h --loose-no-such-thing=1", "u@h:3306/ identity"},
            {"mysql -u u -h h --loose-ssl-ca=c", "u@h:3306/ identity c"},
            {"mysql -u u -h h --skip-compress --disable-reconnect --enable-table --skip-pager",
             "u@h:3306/ identity"},
            {"mysql -u u -h h --compress --skip-compress", "u@h:3306/ identity"},
            {"mysql -u u -h h -C --compress=0 --local-infile --disable-local-infile",
             "u@h:3306/ identity"},
            {"mysql -u u -h h --tls-sni-servername=h", "u@h:3306/ identity"},
            // The word that is no option counts before --database, wherever it stands.
            {"mysql -u u -h h d -D e --database=f", "u@h:3306/d identity"},
            {"mysql -h h -wu u", "u@h:3306/ identity"},
            {"mysql --no-login-paths -u u -h h --telemetry-client", "u@h:3306/ identity"},
            // To a shell, these are no spaces.
            {"mysql -u u -h h -pa\vb\fc", "u:a\vb\fc@h:3306/ identity"},
            {"mysql -u u -h h -p'a\r'", "u:a\r@h:3306/ identity"},
            {"mysql -u u -P 3307 -S /s", "u@/s/ plaintext"},
            // A folder only behind the '=' of a variable.
            {"mysql -u u -h h --password=~p --ssl-ca=~/c", "u:~p@h:3306/ identity ~/c"},
        },
        translate_mysql_command_line);
}

TEST_CASE("command lines of mysql that are refused", "[text][command_line]")
{
    unit::check_refused(
        {
            // As a program for texts writes two dashes.
            {"mysql -h db -u app \u2014password=S3cr3t", "type it as '-'"},
            {"mysql -h db -u app \u2013ssl-mode=REQUIRED -pS3cr3t", "type it as '-'"},
            {"mysql mysql://app:S3cr3t@db/shop", "a URL stands there"},
            {"mysql -h db:3307 -pS3cr3t", "holds a ':'"},
            // The vendor's sample as it is printed.
            {"mysql -P 3306 -h h -u u -pS3cr3t --ssl-ca/ca.pem", "'ssl-ca' has something behind"},
            {"mysql -h h --pS3cr3t d", "there is an option"},
            {"mysql -h h -pab --S3cr3t d", "there is an option"},
            {"mysql -h h --PasswordS3cr3t d", "there is an option"},
            {"MYSQL_PWD=ab S3cr3t=1 mysql -h h", "something stands before"},
            {"mysql -pS3cr3t --ssl-verify-server-cert", "mariadb has, and mysql"},
            {"mysql -pS3cr3t --hots=h", "'hots'"},
            {"mysql -pS3cr3t --hos=h", "'hos'"},
            {"mysql -pS3cr3t --SSL-CA=c", "'SSL-CA'"},
            {"mysql -pS3cr3t --ssl", "'ssl'"},
            {"mysql -pS3cr3t --skip-ssl", "'ssl'"},
            {"mysql -pS3cr3t --ssl-verify-server-cert", "'ssl-verify-server-cert'"},
            {"mysql -u u -p --S3cr3t", "does not have"},
            {"mysql -u u --passwordS3cr3t", "does not have"},
            {"mysql -pS3cr3t -h h -- -d", "behind --"},
            {"mysql -h h -- -pS3cr3t", "behind --"},
            {"mysql -u u -p d S3cr3t", "more than one word"},
            {"mysql -u u - pS3cr3t -h h", "more than one word"},
            {"mysql -pS3cr3t -Z", "short option"},
            {"mysql -pS3cr3t -?", "'help'"},
            {"mysql -pS3cr3t --version", "'version'"},
            {"mysql -pS3cr3t --host", "'host'"},
            {"mysql -pS3cr3t -P", "'port'"},
            {"mysql -pS3cr3t --port=1k", "'port'"},
            {"mysql -pS3cr3t --port=abc", "'port'"},
            {"mysql -pS3cr3t --port=", "'port'"},
            {"mysql -pS3cr3t --skip-port", "neither skipped"},
            {"mysql -pS3cr3t --batch=1", "can have none"},
            {"mysql -pS3cr3t --table=maybe", "neither true nor false"},
            {"mysql -pS3cr3t --skip-table=1", "is skipped or enabled"},
            {"mysql --skip-password=S3cr3t", "'password' is skipped or enabled"},
            {"mysql -pS3cr3t --ssl-mode=VERIFY_", "'ssl-mode'"},
            {"mysql -pS3cr3t --ssl-mode=ON", "'ssl-mode'"},
            {"mysql -pS3cr3t --ssl-ca=", "empty path"},
            {"mysql -pS3cr3t --ssl-key=k", "no certificate"},
            {"mysql -pS3cr3t --tls-version=foo", "version of TLS"},
            {"mysql -pS3cr3t --tls-version=TLSv1.1", "does not connect"},
            {"mysql -pS3cr3t --ssl-cipher=HIGH:!MD5", "list of ciphers"},
            {"mysql -pS3cr3t --protocol=PIPE", "neither TCP nor SOCKET"},
            {"mysql -pS3cr3t --protocol=SOCKET", "name it by --socket"},
            {"mysql -pS3cr3t --protocol=SOCKET -h h -S /s", "not this machine"},
            {"mysql -pS3cr3t -h=h", "not one name"},
            {"mysql -pS3cr3t -h 'a b'", "not one name"},
            {"mysql -pS3cr3t --compress", "cannot be honoured"},
            {"mysql -pS3cr3t -C", "cannot be honoured"},
            {"mysql -pS3cr3t --skip-compress --compress", "cannot be honoured"},
            {"mysql -pS3cr3t --local-infile=1", "cannot be honoured"},
            {"mysql -pS3cr3t --defaults-file=x", "translate_option_file_at()"},
            {"mysql -pS3cr3t --login-path=x", "translate_option_file_at()"},
            {"mysql -pS3cr3t --plugin-dir=/x", "cannot be honoured"},
            {"mysql -pS3cr3t --default-auth=mysql_clear_password", "login method"},
            {"mysql -pS3cr3t --tls-sni-servername=other", "is the one that is checked"},
            {"mysql -pS3cr3t --ssl-fips-mode=ON", "ssl-fips-mode"},
            {"mysql -pS3cr3t --max-allowed-packet=2G", "max-allowed-packet"},
            {"mysql -pS3cr3t --connect-timeout=-1", "'connect-timeout'"},
            {"mysql -pS3cr3t -h $HOST", "compute"},
            {"mysql -pS3cr3t -h \"$HOST\"", "compute"},
            {"mysql -pS3cr3t -h `hostname`", "compute"},
            {"mysql -pS3cr3t --ssl-ca ~/ca.pem", "compute"},
            {"mysql -pS3cr3t -h h*", "compute"},
            {"MYSQL_UNIX_PORT=~/s mysql -pS3cr3t", "compute"},
            {"MYSQL_PWD=S3cr3t:~ mysql -h h", "compute"},
            {"mysql -h h -pS3cr3t\r\n", "carriage return"},
            {"mysql -h h \\\r\n -pS3cr3t", "carriage return"},
            {"mysql -pS3cr3t --wait=1", "can have none"},
            {"mysql -pS3cr3t < dump.sql", "more than one command"},
            {"mysql -pS3cr3t; ls", "more than one command"},
            {"mysql -pS3cr3t && ls", "more than one command"},
            {"mysql -pS3cr3t\nls", "more than one line"},
            {"mysql -p'S3cr3t", "not closed"},
            {"mysql -p\"S3cr3t", "not closed"},
            {"mysql -pS3cr3t\\", "backslash"},
            {"mariadb -pS3cr3t", "translate_mariadb_command_line()"},
            {"mysqldump -pS3cr3t", "not the program's name"},
            {"LD_PRELOAD=x mysql -pS3cr3t", "'LD_PRELOAD'"},
            {"MYSQL_PWD=S3cr3t", "nothing in it"},
            {"# -pS3cr3t", "nothing in it"},
        },
        translate_mysql_command_line);
}

TEST_CASE("command lines of mariadb that are accepted", "[text][command_line]")
{
    unit::check_accepted(
        {
            {"mariadb -P 3307 -h db.internal -u app -ppw --ssl-ca=/ca.pem",
             "app:pw@db.internal:3307/ identity /ca.pem"},
            {"mysql -h h -u u", "u@h:3306/ identity"},
            {"mariadb -h h -u u", "u@h:3306/ identity"},
            {"mariadb --hos=h --us=u", "u@h:3306/ identity"},
            {"mariadb --HOST=h --USER=u", "u@h:3306/ identity"},
            {"mariadb -h h -u u --ssl", "u@h:3306/ identity"},
            {"mariadb -h h -u u --ssl=1", "u@h:3306/ identity"},
            {"mariadb -h h -u u --ssl=TRUE", "u@h:3306/ identity"},
            {"mariadb -h h -u u --enable-ssl", "u@h:3306/ identity"},
            {"mariadb -h h -u u --skip-ssl", "u@h:3306/ plaintext"},
            {"mariadb -h h -u u --ssl=0", "u@h:3306/ plaintext"},
            {"mariadb -h h -u u --ssl=off", "u@h:3306/ plaintext"},
            {"mariadb -h h -u u --disable-ssl", "u@h:3306/ plaintext"},
            // The last word counts, and each that names a file or a cipher is one.
            {"mariadb -h h -u u --skip-ssl --ssl-ca=c", "u@h:3306/ identity c"},
            {"mariadb -h h -u u --ssl=0 --ssl-capath=d/", "u@h:3306/ identity d/"},
            {"mariadb -h h -u u --skip-ssl --ssl-cert=a --ssl-key=b", "u@h:3306/ identity"},
            {"mariadb -h h -u u --skip-ssl --ssl-cipher=ECDHE-RSA-AES128-GCM-SHA256",
             "u@h:3306/ identity"},
            {"mariadb -h h -u u --skip-ssl --ssl-crl=l", "u@h:3306/ identity"},
            {"mariadb -h h -u u --skip-ssl --ssl-crlpath=m", "u@h:3306/ identity"},
            {"mariadb -h h -u u --skip-ssl --tls-version=TLSv1.2", "u@h:3306/ plaintext"},
            {"mariadb -h h -u u --ssl-ca=c --skip-ssl", "u@h:3306/ plaintext"},
            {"mariadb -h h -u u --skip-ssl --ssl-ca=c --ssl=0", "u@h:3306/ plaintext"},
            // To check the name, it uses TLS whatever else is said.
            {"mariadb -h h -u u --skip-ssl --ssl-verify-server-cert", "u@h:3306/ identity"},
            {"mariadb -h h -u u --ssl-verify-server-cert --ssl-ca=c --skip-ssl",
             "u@h:3306/ identity c"},
            {"mariadb -h h -u u --skip-ssl --ssl-verify-server-cert=0", "u@h:3306/ plaintext"},
            {"mariadb -h h -u u --ssl-verify-server-cert", "u@h:3306/ identity"},
            {"mariadb -h h -u u --ssl-verify-server-cert --ssl-ca=c", "u@h:3306/ identity c"},
            {"mariadb -h h -u u --skip-ssl-verify-server-cert --ssl-ca=c", "u@h:3306/ ca c"},
            {"mariadb -h h -u u --ssl-verify-server-cert=0", "u@h:3306/ none"},
            {"mariadb -h h -u u --ssl_ca c", "u@h:3306/ identity c"},
            {"mariadb -h h -u u --ssl-capath d/", "u@h:3306/ identity d/"},
            {"mariadb -h h -u u --ssl-cert=a --ssl-key=b", "u@h:3306/ identity"},
            {"mariadb -h h -u u --tls-version=TLSv1.2,TLSv1.3", "u@h:3306/ identity"},
            {"mariadb -u u", "u@localhost:3306/ identity"},
            {"mariadb -u u -S /s.sock", "u@/s.sock/ plaintext"},
            {"mariadb -u u -S /s.sock -h localhost", "u@/s.sock/ plaintext"},
            {"mariadb -u u -S /s.sock -h h", "u@h:3306/ identity"},
            // The last of a port, a socket and --protocol says by which it is.
            {"mariadb -u u -S /s.sock -P 3307", "u@localhost:3307/ identity"},
            {"mariadb -u u -S /s.sock --port=0 -h localhost", "u@localhost:3306/ identity"},
            {"mariadb -u u -P 3307 -S /s.sock", "u@/s.sock/ plaintext"},
            {"mariadb -u u --protocol=tcp -S /s.sock", "u@/s.sock/ plaintext"},
            {"mariadb -u u -S /s.sock --protocol=tcp", "u@localhost:3306/ identity"},
            {"mariadb -u u -P 3307 --protocol=socket -S /s -h h", "u@h:3307/ identity"},
            {"MYSQL_UNIX_PORT=/s mariadb -u u -P 3307", "u@localhost:3307/ identity"},
            {"mariadb -u u -h ::1 -P 3307", "u@::1:3307/ identity"},
            {"mariadb -u u -h h -p'p:a@s/s?w#rd&x=1%;\"q'",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"mariadb -u u -h g -h h -p'p' -pq", "u:q@h:3306/ identity"},
            {"mariadb -u u -h h --reconnect --skip-reconnect", "u@h:3306/ identity"},
            {"mariadb -u u -S /s.sock --ssl-ca=c", "u@/s.sock/ ca c"},
            {"mariadb -u u --protocol=tc -h localhost", "u@localhost:3306/ identity"},
            {"mariadb -u u -h h -p", "u@h:3306/ identity"},
            {"mariadb -u u -h h -- -d", "u@h:3306/-d identity"},
            {"mariadb -u u -h h --loose-foo=1", "u@h:3306/ identity"},
            {"mariadb -u u -h h --secure-auth", "u@h:3306/ identity"},
            {"mariadb -u u -h h --enable-cleartext-plugin", "u@h:3306/ identity"},
            {"mariadb -u u -h h --sandbox --quick-max-column-width=80", "u@h:3306/ identity"},
            {"MYSQL_TCP_PORT=3307 mariadb -u u -h h", "u@h:3307/ identity"},
            {"MYSQL_UNIX_PORT=/s mariadb -u u", "u@/s/ plaintext"},
        },
        translate_mariadb_command_line);
}

TEST_CASE("command lines of mariadb that are refused", "[text][command_line]")
{
    unit::check_refused(
        {
            {"mariadb -pS3cr3t --ssl-mode=REQUIRED", "'ssl-mode'"},
            {"mariadb -pS3cr3t --tls-ciphersuites=x", "'tls-ciphersuites'"},
            {"mariadb -pS3cr3t --get-server-public-key", "'get-server-public-key'"},
            {"mariadb -pS3cr3t --s=1", "more than one option"},
            {"mariadb -pS3cr3t --connect=1", "more than one option"},
            {"mariadb -pS3cr3t --ssl-c=1", "more than one option"},
            {"mariadb -pS3cr3t --=1", "does not have"},
            {"mariadb -pS3cr3t --foo=1", "'foo'"},
            {"mariadb -pS3cr3t --ssl=maybe", "neither true nor false"},
            {"mariadb -pS3cr3t --skip-host=x", "neither skipped"},
            {"mariadb -pS3cr3t --maximum-port=4", "'maximum-port'"},
            {"mariadb -pS3cr3t --ssl-ca/ca.pem", "'ssl-ca' has something behind"},
            {"mariadb -pS3cr3t --ssl-ca", "'ssl-ca'"},
            {"mariadb -pS3cr3t --ssl-verify-server-cert=0 --ssl-cert=a --ssl-key=b",
             "show it to anybody"},
            {"mariadb -pS3cr3t --ssl-verify-server-cert=0 --ssl-crl=l", "looks at no certificate"},
            {"mariadb -pS3cr3t --skip-secure-auth", "cannot be honoured"},
            {"mariadb -pS3cr3t --reconnect", "cannot be honoured"},
            {"mariadb -pS3cr3t --local-infile", "cannot be honoured"},
            {"mariadb -pS3cr3t --compress", "cannot be honoured"},
            {"mariadb -pS3cr3t --plugin-dir=x", "cannot be honoured"},
            {"mariadb -pS3cr3t --defaults-extra-file=x", "translate_option_file_at()"},
            {"mariadb -pS3cr3t --default-auth=dialog", "login method"},
            {"mariadb -pS3cr3t --default-character-set=a,b", "character set"},
            {"mariadb -pS3cr3t --protocol=foo", "neither TCP nor SOCKET"},
            {"mariadb -pS3cr3t --port=65536", "'port'"},
            {"mariadb -pS3cr3t --init-command=", "empty statement"},
            {"mariadb -pS3cr3t --max-allowed-packet=1x", "max-allowed-packet"},
            {"mariadb -pS3cr3t --max-allowed-packet=1K", "max-allowed-packet"},
            {"mariadb -pS3cr3t -h h | cat", "more than one command"},
            {"mariadb-dump -pS3cr3t", "not the program's name"},
            {"sudo mariadb -pS3cr3t", "not the program's name"},
            {"mariadb -pS3cr3t {a,b}", "compute"},
        },
        translate_mariadb_command_line);
}

TEST_CASE("what is said of a command line's TLS", "[text][command_line]")
{
    auto const sample = translate_mysql_command_line("mysql -h h -u u --ssl-ca=c");
    CHECK(sample.before ==
          Protection{.uses_tls = true, .refuses_plaintext = true, .checks_chain = true});
    CHECK(contains(finding(sample, "ssl-ca").before, "any name"));
    CHECK(translate_mysql_command_line("mysql -h h -u u").before == Protection{.uses_tls = true});
    CHECK(translate_mysql_command_line("mysql -h h -u u --ssl-mode=REQUIRED --ssl-ca=c").before ==
          Protection{.uses_tls = true, .refuses_plaintext = true});
    CHECK(translate_mysql_command_line("mysql -h h --ssl-mode=VERIFY_IDENTITY --ssl-ca=c").before ==
          Protection{.uses_tls = true,
                     .refuses_plaintext = true,
                     .checks_chain = true,
                     .checks_name = true});
    CHECK(finding(translate_mysql_command_line("mysql -h h --ssl-mode=dis"), "ssl-mode=DISABLED")
              .severity == FindingSeverity::danger);
    CHECK(translate_mariadb_command_line("mariadb -h h -u u --ssl-ca=c").before ==
          Protection{.uses_tls = true, .checks_chain = true});
    CHECK(finding(translate_mariadb_command_line("mariadb -h h --ssl-verify-server-cert=0"),
                  "skip-ssl-verify-server-cert")
              .severity == FindingSeverity::danger);

    auto const again = translate_mariadb_command_line("mariadb -h h -u u --skip-ssl --ssl-ca=c");
    CHECK(again.before == Protection{.uses_tls = true, .checks_chain = true});
    CHECK(contains(finding(again, "skip-ssl").reason, "turns TLS on"));
    auto const name =
        translate_mariadb_command_line("mariadb -h h -u u --ssl-verify-server-cert --skip-ssl");
    CHECK(name.before == Protection{.uses_tls = true,
                                    .refuses_plaintext = true,
                                    .checks_chain = true,
                                    .checks_name = true});
    CHECK(contains(finding(name, "skip-ssl").before, "TLS all the same"));
    CHECK(contains(finding(translate_mysql_command_line("mysql -h h --tls-version=TLSv1.1,TLSv1.2"),
                           "tls-version")
                       .before,
                   "TLS 1.2 or later"));
    CHECK(contains(
        finding(translate_mariadb_command_line("mariadb -h h --tls-version=TLSv1.1"), "tls-version")
            .before,
        "no other"));

    auto const asks = translate_mysql_command_line("mysql -p -h h");
    CHECK(contains(finding(asks, "password").before, "terminal"));
    CHECK(contains(finding(translate_mysql_command_line("mysql -h h -p word"), "password").reason,
                   "database"));
    CHECK(contains(finding(asks, "").remedy, "translate_option_file_at()"));
    CHECK_FALSE(contains(to_text(translate_mysql_command_line("mysql --no-defaults -p -h h")),
                         "translate_option_file_at()"));
    CHECK(contains(finding(translate_mysql_command_line("mysql -u u"), "").before, "option"));
    CHECK(finding(translate_mysql_command_line("mysql -h a -h b"), "host").severity ==
          FindingSeverity::note);
}

TEST_CASE("a command line's other options", "[text][command_line]")
{
    auto const options =
        translate_mysql_command_line(
            "mysql -h h -u u --connect-timeout=3 --init-command='SET @a = 1' --init-command-add='SET @b = 2'"
            " --max-allowed-packet=32M --default-character-set=latin1 --ssl-ca=c --ssl-cert=a --ssl-key=b"
            " --ssl-crl=l --ssl-crlpath=m --tls-version=TLSv1.3 --tls-ciphersuites=TLS_AES_128_GCM_SHA256"
            " --tls-kex=X25519:P-256 --enable-cleartext-plugin")
            .options;
    CHECK(options.timeouts.connect == 3s);
    CHECK(options.init_statements == std::vector<std::string>{"SET @a = 1", "SET @b = 2"});
    CHECK(options.max_allowed_packet == std::size_t{32} << 20U);
    CHECK(options.character_set == "latin1");
    SslOptions const& ssl = *options.transport.ssl();
    CHECK(ssl.identity == ClientIdentity::pem_files("a", "b"));
    CHECK(ssl.revocation == Revocation::of_whole_chain({"l", "m"}));
    CHECK(ssl.min_version == TlsVersion::tls1_3);
    CHECK(ssl.cipher_suites == std::vector<std::string>{"TLS_AES_128_GCM_SHA256"});
    CHECK(ssl.groups == std::vector<std::string>{"X25519", "P-256"});
    CHECK(options.login_methods.contains(LoginMethod::mysql_clear_password));
}

TEST_CASE("a command line without end", "[text][command_line]")
{
    CHECK_THROWS_AS(translate_mysql_command_line(std::string(70'000, 'x')), Error);
    std::string words = "mysql -h h";
    for (int i = 0; i < 300; ++i)
        words += " -t";
    CHECK(contains(unit::error_of([&] { (void)translate_mysql_command_line(words); }).what(),
                   "256 words"));
}
