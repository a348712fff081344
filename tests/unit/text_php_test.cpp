// What PHP programs connect with: literals as PHP reads them, PDO's data source names, mysqli's arguments by place.

#include <sealsql/text/php.hpp>

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

namespace {

Translation pdo(std::string_view text) { return translate_pdo(text); }

} // namespace

TEST_CASE("texts of PDO that are accepted", "[text][php]")
{
    unit::check_accepted(
        {
            // The vendor's sample.
            {"$options = array(\n"
             "    PDO::MYSQL_ATTR_SSL_CA => '/ca.pem'\n"
             ");\n"
             "$db = new PDO('mysql:host=db.internal;port=3307;dbname=shop', 'app', 'pw', $options);\n",
             "app:pw@db.internal:3307/shop identity /ca.pem"},
            {"mysql:host=h", "@h:3306/ identity"},
            {"mysql:host=h;port=3307;dbname=d;charset=utf8mb4", "@h:3307/d identity"},
            {"mysql:host=h;user=u;password=p", "u:p@h:3306/ identity"},
            {"mysql:host=h;user=u;password=a;;b;;;;c=d", "u:a;b;;c=d@h:3306/ identity"},
            {"mysql:host=h;user=u;password=%41\"'", "u:%41\"'@h:3306/ identity"},
            {"mysql:host=h; port=1;\n dbname=d;", "@h:1/d identity"},
            {"mysql:host=h;host=i", "@i:3306/ identity"},
            {"mysql:host=h;host=", "@localhost:3306/ identity"},
            {"mysql:host=h;port=1;port=", "@h:3306/ identity"},
            {"mysql:host=h;user=u;password=p;password=", "u@h:3306/ identity"},
            {"mysql:host=;unix_socket=/s.sock", "@localhost:3306/ identity"},
            {"mysql:host=;dbname=d", "@localhost:3306/d identity"},
            {"mysql:dbname=d", "@localhost:3306/d identity"},
            {"mysql:", "@localhost:3306/ identity"},
            {"mysql:unix_socket=/s.sock;dbname=d", "@/s.sock/d plaintext"},
            {"mysql:unix_socket=/s.sock;host=localhost", "@/s.sock/ plaintext"},
            {"mysql:unix_socket=/s.sock;host=h", "@h:3306/ identity"},
            {"mysql:host=h\n", "@h:3306/ identity"},
            {"mysql:host=::1", "@::1:3306/ identity"},
            // As PHP itself wants it.
            {"mysql:host=[::1];port=3307", "@::1:3307/ identity"},
            {"new PDO('mysql:host=h', 'u', 'p')", "u:p@h:3306/ identity"},
            {"<?php $db = new PDO('mysql:host=h', 'u', 'p'); ?>", "u:p@h:3306/ identity"},
            {"new \\PDO(\"mysql:host=h\", \"u\", \"p\");", "u:p@h:3306/ identity"},
            {"$db = new PDO('mysql:host=h', 'u');", "u@h:3306/ identity"},
            {"new PDO('mysql:host=h;user=x;password=y', 'u', null)", "u:y@h:3306/ identity"},
            {"new PDO(username: 'u', password: 'p', dsn: 'mysql:host=h;user=x;password=y')",
             "u:p@h:3306/ identity"},
            {"new PDO('mysql:host=h;user=x', NULL, NULL, NULL)", "x@h:3306/ identity"},
            {"new PDO(dsn: 'mysql:host=h', password: 'p', username: 'u')", "u:p@h:3306/ identity"},
            {"new PDO(username: 'u', dsn: 'mysql:host=h;user=v;password=q', password: 'p')",
             "u:p@h:3306/ identity"},
            {"new PDO('mysql:host=h', 'u', 'p:a@s/s?w#rd&x=1%;\"q')",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"mysql:host=h;user=u;password=p:a@s/s?w#rd&x=1%;;\"q",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"PDO::connect('mysql:host=h', 'u')", "u@h:3306/ identity"},
            {"new Pdo\\Mysql('mysql:host=h', 'u', 'p', [Pdo\\Mysql::ATTR_SSL_CA => 'c'])",
             "u:p@h:3306/ identity c"},
            {"new PDO('mysql:host=h', 'u', 'p', [1009 => 'c'])", "u:p@h:3306/ identity c"},
            {"new PDO('mysql:host=h', 'u', 'p', [\\PDO::MYSQL_ATTR_SSL_CA => 'c',])",
             "u:p@h:3306/ identity c"},
            {"new PDO('mysql:host=h', 'u', 'p', [PDO::MYSQL_ATTR_SSL_CAPATH => 'd/'])",
             "u:p@h:3306/ identity d/"},
            {"new PDO('mysql:host=h', 'u', 'p', [PDO::MYSQL_ATTR_SSL_CA => 'c', "
             "PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false])",
             "u:p@h:3306/ none"},
            {"new PDO('mysql:host=h', 'u', 'p', [PDO::MYSQL_ATTR_SSL_CA => 'c', "
             "PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => TRUE])",
             "u:p@h:3306/ identity c"},
            {"new PDO('mysql:host=h', 'u', 'p', [])", "u:p@h:3306/ identity"},
            {"new PDO('mysql:host=h;' . 'dbname=d', 'u')", "u@h:3306/d identity"},
            {"$dsn = 'mysql:host=h'; $user = 'u'; new PDO($dsn, $user, 'p');",
             "u:p@h:3306/ identity"},
            {"new PDO('mysql:host=h', 'u', 'it\\'s\\\\\\n')", "u:it's\\\\n@h:3306/ identity"},
            {"new PDO('mysql:host=h', 'u', \"\\x41\\u{e9}\\101\\$x\\q\")",
             "u:A\xC3\xA9"
             "A$x\\q@h:3306/ identity"},
            {"new PDO('mysql:host=h', 'u', \"a$ b{c\")", "u:a$ b{c@h:3306/ identity"},
            {"// who\n# where\n/* what */ new PDO('mysql:host=h' /* x */, 'u') // y",
             "u@h:3306/ identity"},
            {"$db = new PDO('mysql:host=h', 'u'); $db->setAttribute(PDO::ATTR_ERRMODE, "
             "PDO::ERRMODE_EXCEPTION);",
             "u@h:3306/ identity"},
            {"$db = new PDO('mysql:host=h', 'u'); "
             "$db->setAttribute(PDO::MYSQL_ATTR_USE_BUFFERED_QUERY, false);",
             "u@h:3306/ identity"},
            {"new PDO('mysql:host=h', 'u', '', array(PDO::ATTR_PERSISTENT => true, "
             "PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION))",
             "u@h:3306/ identity"},
        },
        pdo);
}

TEST_CASE("texts of PDO that are refused", "[text][php]")
{
    unit::check_refused(
        {
            {"mysql:dbname=d;unix_socket=/s.sock', 'root', 'S3cr3t'", "no part of"},
            {"mysql:host=h;dbname=d;password S3cr3t user=u", "does not know"},
            {"mysql:host=db;dbname=shop\nusername=app\npassword=S3cr3t", "text alone"},
            {"mysql:host=db;dbname=x', 'u', 'S3cr3t', [PDO::ATTR_PERSISTENT => true]",
             "text alone"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1009 => 'c', 1014 => null])",
             "'PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT' is nothing"},
            {"MySQL:host=h;password=S3cr3t", "begin with mysql:"},
            {"mysql:HOST=h;password=S3cr3t", "'HOST'"},
            {"mysql:host =h;password=S3cr3t", "'host '"},
            {"mysql:hostname=h;password=S3cr3t", "'hostname'"},
            {"mysql: host=h;password=S3cr3t", "' host'"},
            {"mysql:host=h;password=a;S3cr3t", "no '='"},
            {"mysql:host=h;password=a;S3cr3t=1", "does not know"},
            {"mysql:host=h;S3cr3t", "no '='"},
            {"mysql:host= h;password=S3cr3t", "not one name"},
            {"mysql:host=h:3307;password=S3cr3t", "holds a port"},
            {"mysql:host=a,b;password=S3cr3t", "not one name"},
            {"mysql:host=h;port=x;password=S3cr3t", "'port'"},
            {"mysql:host=h;port=0;password=S3cr3t", "'port'"},
            {"mysql:host=h;charset=utf8 ;password=S3cr3t", "character set"},
            {"pgsql:host=h;password=S3cr3t", "cannot be read as PHP"},
            {"new PDO('pgsql:host=h', 'u', 'S3cr3t')", "begin with mysql:"},
            {"new PDO('uri:file:///S3cr3t')", "begin with mysql:"},
            {"new PDO(getenv('S3cr3t'))", "no literal"},
            {"new PDO('mysql:password=S3cr3t', dsn: 'mysql:')", "two of them"},
            {"new PDO(\"mysql:host=$host\", 'u', 'S3cr3t')", "computed"},
            {"new PDO(\"mysql:host={$host}\", 'u', 'S3cr3t')", "computed"},
            {"new PDO('mysql:host=' . $host, 'u', 'S3cr3t')", "computed"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', $options)", "no array"},
            {"new PDO('mysql:host=h', $_ENV['USER'], 'S3cr3t')", "computed"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [PDO::ATTR_FOO => 1])", "does not know"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [PDO::mysql_attr_ssl_ca => 'c'])",
             "does not know"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1234 => 'c'])", "'1234'"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', ['c'])", "no array"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1009 => 'c', 'd'])", "without a key"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1009 => ''])", "empty path"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1007 => 'k'])", "no certificate"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1014 => 'false'])", "true or false"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [1014 => false, 1008 => 'c', 1007 => 'k'])",
             "show it to anybody"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [PDO::MYSQL_ATTR_LOCAL_INFILE => true])",
             "cannot be honoured"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [PDO::MYSQL_ATTR_IGNORE_SPACE => true])",
             "cannot be honoured"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t', [], 1)", "does not have"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t') new PDO('mysql:')", "should have ended"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t'); new PDO('mysql:');", "more than one call"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t'); $db->exec('SET NAMES utf8');",
             "something else"},
            // It is connected by then, and setAttribute() returns false.
            {"$db = new PDO('mysql:host=h', 'u', 'S3cr3t', [PDO::MYSQL_ATTR_SSL_CA => 'c']); "
             "$db->setAttribute(PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT, false);",
             "behind the call that connects"},
            {"$db = new PDO('mysql:host=h', 'u', 'S3cr3t'); $db->setAttribute(1009, 'c');",
             "behind the call that connects"},
            {"$db = new PDO('mysql:host=h', 'u', 'S3cr3t'); "
             "$db->setAttribute(PDO::MYSQL_ATTR_INIT_COMMAND, 'SET @a = 1');",
             "behind the call that connects"},
            {"$db = new PDO('mysql:host=h', 'u', 'S3cr3t'); $db->setAttribute(PDO::ATTR_TIMEOUT, 3);",
             "behind the call that connects"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t'", "closing )"},
            {"new PDO('mysql:host=h', 'u', 'S3cr3t)", "string does not end"},
            {"new PDO; // S3cr3t", "no data source name"},
            {"$password = 'S3cr3t';", "no call that connects"},
            {"/* S3cr3t", "comment does not end"},
            {"try { new PDO('mysql:host=h', 'u', 'S3cr3t'); }", "not followed by catch"},
        },
        pdo);
}

TEST_CASE("texts of mysqli that are accepted", "[text][php]")
{
    unit::check_accepted(
        {
            // The vendor's sample, without its handling of errors.
            {"$conn = mysqli_init();\n"
             "mysqli_ssl_set($conn,NULL,NULL, \"/ca.pem\", NULL, NULL);\n"
             "mysqli_real_connect($conn, 'db.internal', 'app', 'pw', 'shop', 3307, MYSQLI_CLIENT_SSL);\n",
             "app:pw@db.internal:3307/shop identity /ca.pem"},
            {"mysqli_real_connect($c, 'h', 'u', 'p', 'd', 3307, NULL, MYSQLI_CLIENT_SSL);",
             "u:p@h:3307/d identity"},
            {"mysqli_real_connect($c, 'h', 'u', 'p', 'd', 3307, NULL, 2048);",
             "u:p@h:3307/d identity"},
            {"mysqli_real_connect($c, 'h', 'u', 'p', NULL, 0, NULL, 0);", "u:p@h:3306/ identity"},
            // No TLS follows from it by itself, that somebody could want to go without a check.
            {"mysqli_real_connect($c, 'h', 'u', 'p', 'd', 3306, NULL, "
             "MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT);",
             "u:p@h:3306/d identity"},
            {"$c->ssl_set(null, null, 'c', null, null); $c->real_connect('h', 'u', 'p', 'd', 3306, "
             "null, 64);",
             "u:p@h:3306/d none"},
            {"$c->ssl_set(null, null, 'c', null, null); $c->real_connect('h', 'u', 'p', 'd', 3306, "
             "null, MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT | "
             "MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);",
             "u:p@h:3306/d identity c"},
            {"mysqli_real_connect($c, 'h', 'u', 'p', 'd', 3306, NULL, MYSQLI_CLIENT_SSL | "
             "MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT);",
             "u:p@h:3306/d none"},
            {"$c->real_connect('h', 'u', 'p', 'd', 3306, null, MYSQLI_CLIENT_SSL)",
             "u:p@h:3306/d identity"},
            {"$c = new mysqli(); $c->ssl_set(null, null, 'c', null, null); $c->real_connect('h', 'u');",
             "u@h:3306/ identity c"},
            {"$c = mysqli_init(); $c->ssl_set(null, null, null, 'd/', null); $c->real_connect('h', 'u');",
             "u@h:3306/ identity d/"},
            {"new mysqli('h', 'u', 'p', 'd', 3307)", "u:p@h:3307/d identity"},
            {"$db = new mysqli('h', 'u', 'p');", "u:p@h:3306/ identity"},
            {"$db = new \\mysqli('h', 'u', 'p');", "u:p@h:3306/ identity"},
            {"mysqli_connect('h', 'u', 'p', 'd')", "u:p@h:3306/d identity"},
            {"mysqli_connect(hostname: 'h', database: 'd', username: 'u')", "u@h:3306/d identity"},
            {"mysqli_real_connect(mysql: $c, hostname: 'h', username: 'u', flags: MYSQLI_CLIENT_SSL)",
             "u@h:3306/ identity"},
            {"mysqli_connect('p:h', 'u')", "u@h:3306/ identity"},
            {"mysqli_connect('localhost', 'u')", "u@localhost:3306/ identity"},
            {"mysqli_connect(null, 'u')", "u@localhost:3306/ identity"},
            {"mysqli_connect('localhost', 'u', 'p', 'd', 0, '/s.sock')", "u:p@/s.sock/d plaintext"},
            {"mysqli_connect('LocalHost', 'u', 'p', 'd', 0, '/s.sock')", "u:p@/s.sock/d plaintext"},
            {"mysqli_connect(null, 'u', 'p', 'd', 0, '/s.sock')", "u:p@/s.sock/d plaintext"},
            {"mysqli_connect('p:localhost', 'u', '', '', 0, '/s.sock')", "u@/s.sock/ plaintext"},
            {"mysqli_connect('db.internal', 'u', 'p', 'd', 3306, '/s.sock')",
             "u:p@db.internal:3306/d identity"},
            {"mysqli_connect('p:h', 'u', '', '', 0, '/s.sock')", "u@h:3306/ identity"},
            {"mysqli_connect('127.0.0.1', 'u')", "u@127.0.0.1:3306/ identity"},
            {"mysqli_connect('::1', 'u')", "u@::1:3306/ identity"},
            {"mysqli_connect('p:[fe80::1]', 'u')", "u@fe80::1:3306/ identity"},
            {"mysqli_connect('0', 'u')", "u@0:3306/ identity"},
            {"mysqli_connect('', 'u', 'p', 'd', 0)", "u:p@localhost:3306/d identity"},
            {"$c = new mysqli; $c->real_connect('h', 'u');", "u@h:3306/ identity"},
            {"mysqli_real_connect(username: 'u', mysql: $c, hostname: 'h')", "u@h:3306/ identity"},
            {"MYSQLI_CONNECT('h', 'u')", "u@h:3306/ identity"},
            {"mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT); new mysqli('h', 'u')",
             "u@h:3306/ identity"},
            {"$c = new mysqli('h', 'u'); $c->set_charset('utf8mb4');", "u@h:3306/ identity"},
            {"$c = mysqli_init(); mysqli_options($c, MYSQLI_OPT_CONNECT_TIMEOUT, 5); "
             "mysqli_real_connect($c, 'h', 'u');",
             "u@h:3306/ identity"},
            {"$c = mysqli_init(); $c->options(MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, true); "
             "$c->ssl_set(null, null, 'c', null, null); $c->real_connect('h', 'u');",
             "u@h:3306/ identity c"},
            {"$c = mysqli_init(); $c->options(MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, false); "
             "$c->ssl_set(null, null, 'c', null, null); $c->real_connect('h', 'u');",
             "u@h:3306/ identity c"},
            {"$c = new mysqli('h', 'u'); $c->options(MYSQLI_OPT_INT_AND_FLOAT_NATIVE, 1);",
             "u@h:3306/ identity"},
            {"$h = 'h'; $p = 'p'; mysqli_connect($h, 'u', $p);", "u:p@h:3306/ identity"},
            {"mysqli_connect('h', 'u', 'p:a@s/s?w#rd&x=1%;\"q')",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"mysqli_connect('h', 'u', '')", "u@h:3306/ identity"},
            {"mysqli_connect('h', 'u', 12345)", "u:12345@h:3306/ identity"},
        },
        translate_mysqli);
}

TEST_CASE("texts of mysqli that are refused", "[text][php]")
{
    unit::check_refused(
        {
            {"mysqli_connect('p:', 'u', 'S3cr3t', '', 0, '/s.sock')", "holds a port"},
            {"mysqli_init(); // S3cr3t", "no call that connects"},
            {"$p = 'S3cr3t';", "no call that connects"},
            {"'S3cr3t'", "something else stands"},
            {"mysqli_connect('h', 'u', 'S3cr3t'); mysqli_connect('h');", "more than one call"},
            {"mysqli_connect('h', 'u', 'S3cr3t') or die('x')", "should have ended"},
            {"if (mysqli_connect('h', 'u', 'S3cr3t')) { }", "may not be run"},
            {"mysqli_connect('h', 'u', 'S3cr3t'); mysqli_query($c, 'SELECT 1');",
             "something else is called"},
            {"mysqli_connect('h:3307', 'u', 'S3cr3t')", "holds a port"},
            {"mysqli_connect('[::1]:3307', 'u', 'S3cr3t')", "holds a ':'"},
            {"mysqli_connect('[h]', 'u', 'S3cr3t')", "not one name"},
            // PHP makes 1.5 and 1.0E+20 of these.
            {"mysqli_connect('h', 1.50, 'S3cr3t')", "is a number"},
            {"mysqli_connect('S3cr3t', 'u', 99999999999999999999)", "'password' is a number"},
            {"mysqli_connect('h', 'u', 'S3cr3t', +5)", "'database' is a number"},
            {"new mysqli 'S3cr3t'", "should have ended"},
            {"mysqli_connect('h', 'u', 'S3cr3t', 'd', '33O6')", "'port'"},
            {"mysqli_connect('h', 'u', 'S3cr3t', 'd', 65536)", "'port'"},
            {"mysqli_connect('h', 'u', 'S3cr3t', 'd', 3306, '/s', 2048)", "does not have"},
            {"mysqli_connect('h', $user, 'S3cr3t')", "'username'"},
            {"mysqli_connect('h', 'u', $_ENV['S3cr3t'])", "computed"},
            {"mysqli_connect('h', 'u', getenv('S3cr3t'))", "'password'"},
            {"mysqli_connect('h', 'u', ['S3cr3t'])", "'password'"},
            {"mysqli_connect('h', 'u', \"S3cr3t$x\")", "computed"},
            {"mysqli_connect('h', 'u', \"S3cr3t\\u{110000}\")", "no character"},
            {"mysqli_connect('h', 'u', \"S3cr3t\\0\")", "NUL"},
            {"mysqli_connect('h', 'u', \"S3cr3t\\400\")", "NUL"},
            {"mysqli_connect('a b', 'u', 'S3cr3t')", "not one name"},
            {"mysqli_connect(host: 'h', password: 'S3cr3t')", "does not have"},
            {"mysqli_real_connect($c, 'h', 'u', 'S3cr3t', '', 1, null, MYSQLI_CLIENT_IGNORE_SPACE)",
             "flags"},
            {"mysqli_real_connect($c, 'h', 'u', 'S3cr3t', '', 1, null, MYSQLI_CLIENT_COMPRESS)",
             "flags"},
            {"mysqli_real_connect($c, 'h', 'u', 'S3cr3t', '', 1, null, 32)", "flags"},
            {"mysqli_real_connect($c, 'h', 'u', 'S3cr3t', '', 1, null, MYSQLI_CLIENT_SSL | "
             "MYSQLI_CLIENT_INTERACTIVE)",
             "flags"},
            {"$c->ssl_set('k', null, 'c', null, null); $c->real_connect('h', 'u', 'S3cr3t')",
             "no certificate"},
            {"$c->ssl_set(null, null, '', null, null); $c->real_connect('h', 'u', 'S3cr3t')",
             "empty path"},
            {"$c->ssl_set(null, null, null, null, 'HIGH:!MD5'); $c->real_connect('h', 'u', 'S3cr3t')",
             "list of ciphers"},
            {"$c->options(MYSQLI_OPT_LOCAL_INFILE, true); $c->real_connect('h', 'u', 'S3cr3t')",
             "cannot be honoured"},
            {"$c->options(MYSQLI_READ_DEFAULT_FILE, 'f'); $c->real_connect('h', 'u', 'S3cr3t')",
             "translate_option_file_at()"},
            {"$c->options(MYSQLI_OPT_FOO, 1); $c->real_connect('h', 'u', 'S3cr3t')",
             "'MYSQLI_OPT_FOO'"},
            {"$c->options(21, 1); $c->real_connect('h', 'u', 'S3cr3t')", "constant and a value"},
            {"$c->options(MYSQLI_OPT_CONNECT_TIMEOUT); $c->real_connect('h', 'u', 'S3cr3t')",
             "constant and a value"},
            {"$c->options(MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, 2); $c->real_connect('h', 'u', 'S3cr3t')",
             "neither true nor false"},
            // It is connected by then.
            {"$c = new mysqli('h', 'u', 'S3cr3t'); $c->ssl_set(null, null, 'c', null, null);",
             "behind the call that connects"},
            {"$c = mysqli_connect('h', 'u', 'S3cr3t'); mysqli_ssl_set($c, null, null, 'c', null, null);",
             "behind the call that connects"},
            {"$c = new mysqli('h', 'u', 'S3cr3t'); $c->options(MYSQLI_OPT_CONNECT_TIMEOUT, 3);",
             "behind the call that connects"},
            {"$c = mysqli_connect('h', 'u', 'S3cr3t'); "
             "mysqli_set_opt($c, MYSQLI_INIT_COMMAND, 'SET @a = 1');",
             "behind the call that connects"},
            {"$c->set_charset('a b'); $c->real_connect('h', 'u', 'S3cr3t')", "character set"},
            {"mysqli_connect('h', 'u', 'S3cr3t'", "closing )"},
            {"mysqli_connect('h' 'u', 'S3cr3t')", "comma is missing"},
        },
        translate_mysqli);
}

TEST_CASE("what is said of a PHP client's TLS", "[text][php]")
{
    Protection const full{
        .uses_tls = true, .refuses_plaintext = true, .checks_chain = true, .checks_name = true};
    auto const sample =
        translate_pdo("new PDO('mysql:host=h', 'u', 'p', [PDO::MYSQL_ATTR_SSL_CA => 'c'])");
    CHECK(sample.before == full);
    REQUIRE(sample.findings.size() == 1);
    CHECK(sample.findings[0].severity == FindingSeverity::fine);

    auto const plain = translate_pdo("mysql:host=h");
    CHECK(plain.before == Protection{});
    CHECK(contains(finding(plain, "").before, "no TLS"));

    auto const skips =
        translate_pdo("new PDO('mysql:host=h', 'u', 'p', [PDO::MYSQL_ATTR_SSL_CA => 'c',"
                      " PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false])");
    CHECK(skips.before == Protection{.uses_tls = true, .refuses_plaintext = true});
    CHECK(to_text(skips).find("danger") != std::string::npos);

    // Its option means nothing to mysqli.
    auto const passed_over = translate_mysqli(
        "$c = mysqli_init(); $c->options(MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, false);"
        "$c->ssl_set(null, null, 'c', null, null); $c->real_connect('h', 'u', 'p');");
    CHECK(passed_over.before == full);
    REQUIRE(passed_over.findings.size() == 1);
    CHECK(passed_over.findings[0].setting == "MYSQLI_OPT_SSL_VERIFY_SERVER_CERT");
    CHECK(contains(passed_over.findings[0].reason, "passes over it"));

    // The vendor's slip: the flag stands where the socket should.
    auto const slip =
        translate_mysqli("$c = mysqli_init(); mysqli_ssl_set($c, null, null, 'c', null, null);"
                         "mysqli_real_connect($c, 'h', 'u', 'p', 'd', 1, MYSQLI_CLIENT_SSL);");
    CHECK(slip.before == full);
    CHECK(finding(slip, "socket").severity == FindingSeverity::warning);
    CHECK(contains(finding(translate_pdo("mysql:dbname=d"), "").before, "local socket"));
    CHECK(finding(translate_pdo("mysql:unix_socket=/s;host=h"), "unix_socket").severity ==
          FindingSeverity::note);
    CHECK(finding(translate_pdo("mysql:host=a;host=b"), "host").severity == FindingSeverity::note);
}

TEST_CASE("what mysqli's flags do by themselves and beside a CA", "[text][php]")
{
    Protection const none{};
    Protection const tls{.uses_tls = true, .refuses_plaintext = true};
    Protection const full{
        .uses_tls = true, .refuses_plaintext = true, .checks_chain = true, .checks_name = true};
    struct Row {
        std::string_view flags;
        Protection alone;
        Protection with_ca;
        std::string_view verify;
        std::string_view verify_with_ca;
    };
    // As PHP 8.2 was measured to do.
    for (Row const& row : {
             Row{"0", none, full, "identity", "identity c"},
             Row{"MYSQLI_CLIENT_SSL", tls, full, "identity", "identity c"},
             Row{"MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT", none, tls, "identity", "none"},
             Row{"MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT", none, full, "identity", "identity c"},
             Row{"1073741824", none, full, "identity", "identity c"},
             Row{"MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT", full, full, "identity",
                 "identity c"},
             Row{"MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT", tls, tls, "none",
                 "none"},
             Row{"MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT | "
                 "MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT",
                 full, full, "identity", "identity c"},
         }) {
        INFO(row.flags);
        std::string const connect =
            "$c->real_connect('h', 'u', '', '', 3306, null, " + std::string{row.flags} + ");";
        auto const alone = translate_mysqli(connect);
        CHECK(alone.before == row.alone);
        CHECK(summary(alone.options) == "u@h:3306/ " + std::string{row.verify});
        auto const with_ca =
            translate_mysqli("$c->ssl_set(null, null, 'c', null, null);" + connect);
        CHECK(with_ca.before == row.with_ca);
        CHECK(summary(with_ca.options) == "u@h:3306/ " + std::string{row.verify_with_ca});
    }
    CHECK(contains(
        finding(translate_mysqli("$c->real_connect('h', 'u', '', '', 3306, null, 64)"), "flags")
            .reason,
        "no TLS by itself"));
    CHECK(contains(finding(translate_mysqli("$c->real_connect('h', 'u', '', '', 3306, null, 2048)"),
                           "MYSQLI_CLIENT_SSL")
                       .before,
                   "whatever certificate"));
}

TEST_CASE("a PHP client's other settings", "[text][php]")
{
    auto const pdo =
        translate_pdo("new PDO('mysql:host=h;charset=latin1', 'u', 'p', [PDO::ATTR_TIMEOUT => 3,"
                      " PDO::MYSQL_ATTR_INIT_COMMAND => 'SET @a = 1', PDO::ATTR_AUTOCOMMIT => 0,"
                      " PDO::MYSQL_ATTR_SSL_CERT => 'a', PDO::MYSQL_ATTR_SSL_KEY => 'b',"
                      " PDO::MYSQL_ATTR_SSL_CIPHER => 'ECDHE-RSA-AES128-GCM-SHA256'])");
    CHECK(pdo.options.timeouts.connect == 3s);
    CHECK(pdo.options.character_set == "latin1");
    CHECK(pdo.options.init_statements ==
          std::vector<std::string>{"SET @a = 1", "SET autocommit = 0"});
    CHECK(pdo.options.transport.ssl()->identity == ClientIdentity::pem_files("a", "b"));
    CHECK(pdo.options.transport.ssl()->ciphers.size() == 1);

    CHECK(
        translate_pdo("new PDO('mysql:host=h', 'u', 'p', [1002 => 'A', PDO::MYSQL_ATTR_INIT_COMMAND"
                      " => 'B'])")
            .options.init_statements == std::vector<std::string>{"B"});
    CHECK(translate_mysqli("$c->options(MYSQLI_INIT_COMMAND, 'A'); $c->options(MYSQLI_INIT_COMMAND,"
                           " 'B'); $c->real_connect('h', 'u');")
              .options.init_statements == std::vector<std::string>{"A", "B"});

    CHECK_FALSE(pdo.options.found_rows);
    CHECK(translate_pdo("new PDO('mysql:host=h', 'u', 'p', [PDO::MYSQL_ATTR_FOUND_ROWS => true])")
              .options.found_rows);
    CHECK(translate_mysqli("mysqli_real_connect($c, 'h', 'u', 'p', 'd', 1, null, "
                           "MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_FOUND_ROWS)")
              .options.found_rows);

    auto const mysqli = translate_mysqli(
        "$c = mysqli_init(); $c->options(MYSQLI_OPT_READ_TIMEOUT, 4);"
        "$c->options(MYSQLI_INIT_COMMAND, 'SET @a = 1'); $c->options(MYSQLI_SET_CHARSET_NAME, 'latin1');"
        "$c->ssl_set('k', 'c', 'ca', null, null); $c->real_connect('h', 'u');");
    CHECK(mysqli.options.timeouts.read == 4s);
    CHECK(mysqli.options.init_statements == std::vector<std::string>{"SET @a = 1"});
    CHECK(mysqli.options.character_set == "latin1");
    CHECK(mysqli.options.transport.ssl()->identity == ClientIdentity::pem_files("c", "k"));
}

TEST_CASE("what a PHP program gives PDO beside the text", "[text][php]")
{
    KeywordList const options{
        {"username", "u"}, {"password", "p"}, {"PDO::MYSQL_ATTR_SSL_CA", "c"}};
    for (std::string_view const text : {"mysql:host=h", "new PDO('mysql:host=h')"}) {
        INFO(text);
        auto const translation = translate_pdo(text, options);
        CHECK(summary(translation.options) == "u:p@h:3306/ identity c");
        CHECK(translation.before.checks_name);
    }
    // By other names of the constants, and before what the text says.
    CHECK(summary(translate_pdo("mysql:host=h;user=a;password=b",
                                {{"username", "u"}, {"Pdo\\Mysql::ATTR_SSL_CA", "c"}})
                      .options) == "u:b@h:3306/ identity c");
    CHECK(summary(translate_pdo("mysql:host=h", {{"1009", "c"}, {"1014", "false"}}).options) ==
          "@h:3306/ none");
    for (KeywordList const& list : {
             KeywordList{{"host", "S3cr3t"}},
             KeywordList{{"PDO::MYSQL_ATTR_SSL", "S3cr3t"}},
             KeywordList{{"password", "S3cr3t"}, {"PDO::MYSQL_ATTR_COMPRESS", "true"}},
         }) {
        auto const error = unit::error_of([&] { (void)translate_pdo("mysql:host=h", list); });
        CHECK_FALSE(contains(error.what(), "S3cr3t"));
    }
}
