// URLs and options of Node's mysql and mysql2.

#include <sealsql/text/node.hpp>

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

TEST_CASE("URLs for Node that are accepted", "[text][node]")
{
    unit::check_accepted(
        {
            {"mysql://u:p@h:3307/d", "u:p@h:3307/d identity"},
            {"any://u:p@h/d", "u:p@h:3306/d identity"},
            {"a.b+c-1://u:p@h/d", "u:p@h:3306/d identity"},
            {"mysql://u:%C3%A9@h/a%2Fb", "u:\xc3\xa9@h:3306/a/b identity"},
            {"mysql://u:@h?password1=p", "u:p@h:3306/ identity"},
            {"mysql://h", "@h:3306/ identity"},
            {"mysql://h/", "@h:3306/ identity"},
            {"mysql:///d", "@localhost:3306/d identity"},
            {"mysql://u@h", "u@h:3306/ identity"},
            {"mysql://u:@h", "u@h:3306/ identity"},
            {"mysql://odd:p%3Aa%40s%2Fs%3Fw%23rd%26x%3D1%25%3B%22q@h:1/appdb",
             "odd:p:a@s/s?w#rd&x=1%;\"q@h:1/appdb identity"},
            {"mysql://u:a+b@h", "u:a+b@h:3306/ identity"},
            {"mysql://u:a:b@h", "u:a:b@h:3306/ identity"},
            {"mysql://u:p@[::1]:3307/d", "u:p@::1:3307/d identity"},
            {"mysql://h/a%20b", "@h:3306/a b identity"},
            {"mysql://h?ssl={}", "@h:3306/ identity"},
            {"mysql://h?ssl=true", "@h:3306/ identity"},
            {"mysql://h?ssl=false", "@h:3306/ plaintext"},
            {"mysql://h?ssl=null", "@h:3306/ identity"},
            {"mysql://h?ssl={\"rejectUnauthorized\":false}", "@h:3306/ none"},
            {"mysql://h?ssl=%7B%22rejectUnauthorized%22%3Afalse%7D", "@h:3306/ none"},
            {"mysql://h?ssl={\"rejectUnauthorized\":true}", "@h:3306/ identity"},
            {"mysql://h?ssl={\"ca\":\"ca.pem\"}", "@h:3306/ identity ca.pem"},
            {"mysql://h?ssl={\"ca\":[\"ca.pem\"],\"verifyIdentity\":true}",
             "@h:3306/ identity ca.pem"},
            {"mysql://h?ssl={\"ca\":\"ca.pem\",\"verifyIdentity\":false}", "@h:3306/ ca ca.pem"},
            {"mysql://h?ssl={\"ca\":\"a\\u00e9\\/b\\\"\"}", "@h:3306/ identity a\xc3\xa9/b\""},
            {"mysql://h?ssl=%7B%22ca%22%3A%22a%2Bb+c%22%7D", "@h:3306/ identity a+b c"},
            {"mysql://u:p@ss@h/d", "u:p@ss@h:3306/d identity"},
            {"mysql://u@v:p:@q@h", "u@v:p:@q@h:3306/ identity"},
            {"mysql://u:%20p%20@h", "u: p @h:3306/ identity"},
            {"mysql://h?password1=%20p%20", ": p @h:3306/ identity"},
            {"mysql://h?password1=%22%20p%20%22", ": p @h:3306/ identity"},
            {"mysql://h?connectTimeout=%201500%20&ssl=%20true", "@h:3306/ identity"},
            {"mysql://h?charset=UTF8MB4_GENERAL_CI", "@h:3306/ identity"},
            {"mysql://h?timezone=Z&dateStrings=true", "@h:3306/ identity"},
            {"mysql://h?&multipleStatements=false&", "@h:3306/ identity"},
            {"mysql://h?flags=-FOUND_ROWS", "@h:3306/ identity"},
            {"mysql://h#x", "@h:3306/ identity"},
            {"mysql://u@h:3307/d?ssl={\"ca\":\"/a@b.pem\"}", "u@h:3307/d identity /a@b.pem"},
            {"mysql://h?socketPath=/m.sock", "@/m.sock/ plaintext"},
        },
        translate_node_url);
}

TEST_CASE("URLs for Node that are refused", "[text][node]")
{
    unit::check_refused(
        {
            {"mysql://u:p@h/d?socketPath=/m.sock\",\"u\",\"S3cr3t\")", "no part of"},
            {"mysql://u:p@h/d?charset=utf8&passwordS3cr3t", "setting 2 is none"},
            {"u:S3cr3t@h/d", "no scheme"},
            {"://u:S3cr3t@h/d", "no scheme"},
            {"mysql:u:S3cr3t@h/d", "no scheme"},
            {"my_sql://u:S3cr3t@h/d", "no scheme"},
            {"1sql://u:S3cr3t@h/d", "no scheme"},
            {"HTTP://u:S3cr3t@h/d", "for which other rules hold"},
            // Node leaves these out, and takes what is left.
            {"mysql://u:S3cr3t\t@h/d", "which Node leaves out"},
            {"mysql://u:S3cr3t@h/d ", "which Node leaves out"},
            {"mysql://u:S3cr3t%E9@h/d", "no UTF-8"},
            // mysql reads these in its own way.
            {"mysql://u%3Av:S3cr3t@h/d", "another thing to mysql"},
            {"mysql://u:S3cr3t\\@h/d", "another thing to mysql"},
            {"mysql://u:S3cr3t@h%41/d", "another thing to mysql"},
            {"mysql://u:S3cr3t@", "no host is named"},
            {"mysql://u:S3cr3t@:3307/d", "no host is named"},
            {"mysql://u:S3cr3t@h@:3307/d", "no host is named"},
            {"mysql://u:S3cr3t@h/a/b", "is a path"},
            {"mysql://u:S3cr3t@h/%2E.", "is a path"},
            {"mysql://u:S3cr3t@h?password1=p", "'password1' stands there twice, or belongs before"},
            {"mysql://u:S3cr3t@h?ssl=\"false\"", "profile"},
            {"mysql://u:S3cr3t@h?ssl={\"rejectUnauthorized\":[false]}", "one value should stand"},
            {"mysql://u:S3cr3t@h?ssl={\"servername\":\"x\"}", "pass over it"},
            {"mysql://u:S3cr3t@h?multipleStatements={}", "is a dictionary"},
            {"mysql://u:S3cr3t@h?socketPath=false", "where a text should stand"},
            {"mysql://h?password1=p&S3cr3t={}", "what stands at setting 2"},
            {"mysql://h?password1=p&S3cr3t=true", "what stands at setting 2"},
            {"mysql://u:S3cr3t@h?user=v", "'user' stands there twice, or belongs before"},
            {"mysql://h?user=u&password=S3cr3t", "'user' stands there twice, or belongs before"},
            {"mysql://u:S3cr3t@h?ssl={\"rejectUnauthorized\":false}&ssl={}",
             "'ssl' stands there twice"},
            {"mysql://u:S3cr3t@h?ssl=false&ssl=true", "'ssl' stands there twice"},
            {"mysql://u:S3cr3t@h?ssl=null&ssl=true", "'ssl' stands there twice"},
            {"mysql://u:S3cr3t@h?socketPath=0&ssl={}", "'socketPath' is no path"},
            {"mysql://u:x/S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:x?S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:x#S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:2024/S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:2024?S3cr3t=x@h/d", "as if a login ended there"},
            {"mysql://u:2024#S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:p@x/S3cr3t@h/d", "as if a login ended there"},
            {"mysql://u:S3cr3t%@h/d", "cannot be decoded"},
            {"mysql://u:S3cr3t%00@h/d", "cannot be decoded"},
            {"mysql://u:S3cr3t@h:/d", "'port'"},
            {"mysql://u:S3cr3t@h:0/d", "'port'"},
            {"mysql://u:S3cr3t@[::1/d", "nothing closes"},
            {"mysql://u:S3cr3t@[::1]1/d", "no port"},
            {"mysql://u:S3cr3t@h,i/d", "not one name"},
            {"mysql://u:S3cr3t@h/d%x", "cannot be decoded"},
            {"mysql://u:S3cr3t@h?ssl-mode=REQUIRED", "'ssl-mode'"},
            {"mysql://u:S3cr3t@h?ssl=Amazon%20RDS", "profile"},
            {"mysql://u:S3cr3t@h?ssl=", "profile"},
            {"mysql://u:S3cr3t@h?ssl={", "closing }"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\"}", "key without a value"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":}", "no literal"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":\"x}", "does not end"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":\"x\"", "closing }"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":\"x\"}}", "should have ended"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":\"x\\u12\"}", "escape that does not end"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":\"\\ud800\"}", "escape of no character"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":[\"x\",\"y\"]}", "one value should stand"},
            {"mysql://u:S3cr3t@h?ssl={\"ca\":{\"a\":1}}", "'ssl.ca.a'"},
            {"mysql://u:S3cr3t@h?ssl={\"bogus\":1}", "'ssl.bogus'"},
            // Both packages compare it with false, and check after all.
            {"mysql://u:S3cr3t@h?ssl={\"rejectUnauthorized\":0}",
             "'ssl.rejectUnauthorized' is a number"},
            // Both pass it over.
            {"mysql://u:S3cr3t@h?ssl={}&ssl.rejectUnauthorized=false",
             "'ssl.rejectUnauthorized' is an option that"},
            {"mysql://u:S3cr3t@h?ssl={\"rejectUnauthorized\":false,\"rejectUnauthorized\":null}",
             "'ssl.rejectUnauthorized' stands there twice"},
            {"mysql://u:S3cr3t@h?connectAttributes={\"a\":\"b\"}&connectAttributes={\"c\":\"d\"}",
             "'connectAttributes' stands there twice"},
            {"mysql://u:S3cr3t@h?ssl={\"rejectUnauthorized\":\"no\"}",
             "true or false should stand"},
            {"mysql://u:S3cr3t@h?ssl={\"rejectUnauthorized\":false,\"cert\":\"c\",\"key\":\"k\"}",
             "client certificate"},
            {"mysql://u:S3cr3t@h?ssl={\"maxVersion\":\"TLSv1.1\"}", "not broken"},
            {"mysql://u:S3cr3t@h?multipleStatements=true", "cannot be honoured"},
            {"mysql://u:S3cr3t@h?compress=true", "cannot be honoured"},
            {"mysql://u:S3cr3t@h?flags=%2BLOCAL_FILES", "a flag that cannot"},
            {"mysql://u:S3cr3t@h?charset=a%20b", "character set"},
            {"mysql://u:S3cr3t@h?connectTimeout=1s", "no number"},
            {"mysql://u:S3cr3t@h?bogus=1", "'bogus'"},
        },
        translate_node_url);
}

TEST_CASE("objects of Node programs that are accepted", "[text][node]")
{
    unit::check_accepted(
        {
            {"{host: 'h', password: '', password1: 'q'}", ":q@h:3306/ identity"},
            {"let conn = null;\ntry {\n  conn = await mysql.createConnection({host: 'h'});\n} finally {\n"
             "  if (conn) await conn.end();\n}",
             "@h:3306/ identity"},
            {"{host: 'h'}", "@h:3306/ identity"},
            {"{host:'h',port:3307}", "@h:3307/ identity"},
            {"{host:'h',port:'3307'}", "@h:3307/ identity"},
            {"{}", "@localhost:3306/ identity"},
            {"{\n  host: \"h\", // the server\n  user: \"u\", /* who */\n}", "u@h:3306/ identity"},
            {"{'host': 'h', \"user\": `u`}", "u@h:3306/ identity"},
            {"{host: 'h', password: 'it\\'s'}", ":it's@h:3306/ identity"},
            {"{host: 'h', password: \"a\\\\b\\n\"}", ":a\\b\n@h:3306/ identity"},
            {"{host: 'h', password: '// x'}", ":// x@h:3306/ identity"},
            {"{host: 'h', password: '{,}'}", ":{,}@h:3306/ identity"},
            {"{host: 'h', password: '%41+'}", ":%41+@h:3306/ identity"},
            {"{host: 'h', password: `$1`}", ":$1@h:3306/ identity"},
            {"{host: 'h', password: `a\r\nb\rc`}", ":a\nb\nc@h:3306/ identity"},
            {"{host: 'h', password: 'a\\\r\nb'}", ":ab@h:3306/ identity"},
            {"{host: 'h', password: ''}", "@h:3306/ identity"},
            {"{host: 'h', password: 1234567}", ":1234567@h:3306/ identity"},
            {"{host: 'h', database: 'd'}", "@h:3306/d identity"},
            {"{host: '::1', port: 3307}", "@::1:3307/ identity"},
            {"{host: 'h', user: 'u', password: 'p:a@s/s?w#rd&x=1%;\"q'}",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"{host: 'g', host: 'h'}", "@h:3306/ identity"},
            {"{host: 'h', password: 'p', password1: 'q'}", ":p@h:3306/ identity"},
            {"{host: 'h', multipleStatements: true, multipleStatements: false}",
             "@h:3306/ identity"},
            {"var conn=mysql.createConnection({host:'h',user:'u'});", "u@h:3306/ identity"},
            {"const conn = mysql.createPool({host:'h', connectionLimit: 10, resetOnRelease: true});",
             "@h:3306/ identity"},
            {"{host:'h', ssl: {rejectUnauthorized: true, ca: [fs.readFileSync(\"ca.pem\", \"utf8\")]}}",
             "@h:3306/ identity ca.pem"},
            {"{host:'h', ssl: {ca: fs.readFileSync('ca.pem')}}", "@h:3306/ identity ca.pem"},
            {"{host:'h', ssl: {ca: fs.readFileSync('ca.pem').toString()}}",
             "@h:3306/ identity ca.pem"},
            {"{host:'h', ssl: {ca: readFileSync( 'ca.pem' ), verifyIdentity: true,}}",
             "@h:3306/ identity ca.pem"},
            {"{host:'h', ssl: {ca: 'ca.pem', verifyIdentity: false}}", "@h:3306/ ca ca.pem"},
            {"{host:'h', ssl: {rejectUnauthorized: false}}", "@h:3306/ none"},
            {"{host:'h', ssl: {rejectUnauthorized: false, ca: 'ca.pem'}}", "@h:3306/ none"},
            {"{host:'h', ssl: {}}", "@h:3306/ identity"},
            {"{host:'h', ssl: {}, ssl: {ca: 'ca.pem'}}", "@h:3306/ identity ca.pem"},
            {"{host:'h', ssl: undefined, ssl: {ca: 'ca.pem'}}", "@h:3306/ identity ca.pem"},
            {"{host:'h', ssl: true}", "@h:3306/ identity"},
            {"{host:'h', ssl: false}", "@h:3306/ plaintext"},
            {"{host:'h', ssl: undefined}", "@h:3306/ identity"},
            {"{socketPath: '/m.sock', user: 'u'}", "u@/m.sock/ plaintext"},
            {"{host: 'h', socketPath: '/m.sock', user: 'u'}", "u@/m.sock/ plaintext"},
            {"{host:'h', connectAttributes: {a: 'b'}}", "@h:3306/ identity"},
            {"{host:'h', password: 'a\\x41\\u{e9}\\ud83d\\ude00\\q'}",
             ":aA\xc3\xa9\xf0\x9f\x98\x80q@h:3306/ identity"},
            // The vendor's sample, with what is above the call.
            {"var fs = require('fs');\nvar mysql = require('mysql');\n"
             "const serverCa = [fs.readFileSync(\"ca.pem\", \"utf8\")];\n"
             "var conn=mysql.createConnection({\n  host:\"h\",\n  user:\"u\",\n  password:\"p\",\n"
             "  ssl: {\n    rejectUnauthorized: true,\n    ca: serverCa\n  }\n});",
             "u:p@h:3306/ identity ca.pem"},
            {"mysql.createConnection('mysql://u:p@h/d?ssl={\"ca\":\"c\"}')",
             "u:p@h:3306/d identity c"},
            {"const url = 'mysql://u:p@h/d';\nconst db = mysql.createPool(url);",
             "u:p@h:3306/d identity"},
            {"const pool = await mysql.createPool({host: 'h', flags: ['-FOUND_ROWS', '-COMPRESS']})",
             "@h:3306/ identity"},
        },
        translate_node_object);
}

TEST_CASE("objects of Node programs that are refused", "[text][node]")
{
    unit::check_refused(
        {
            {"{host: 'h', ssl: {ca: `-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nS3cr3t`}}",
             "a private key"},
            {"let host = 'a'; try { const y = require('y'); host = 'b'; } catch (e) {}\n"
             "mysql.createConnection({host: host, password: 'S3cr3t'})",
             "may not be run"},
            {"S3cr3t", "neither a call nor"},
            {"[{host:'h', password:'S3cr3t'}]", "neither a call nor"},
            {"{host:'h', password:'S3cr3t'", "closing }"},
            {"{host:'h', password:'S3cr3t", "does not end"},
            {"{host:'h', password:'S3cr3t\\", "does not end"},
            {"{host:'h' password:'S3cr3t'}", "comma is missing"},
            {"{host 'h', password:'S3cr3t'}", "comma is missing"},
            {"{host, password:'S3cr3t'}", "key without a value"},
            {"{...defaults, password:'S3cr3t'}", "no literal"},
            {"{[k]: 1, password:'S3cr3t'}", "comma is missing"},
            {"{password:'S3cr3t', host: process.env.HOST}", "no literal"},
            {"{password:'S3cr3t', host: h}", "no literal"},
            {"{password:'S3cr3t', host: a[0]}", "computed"},
            {"{password:'S3cr3t', host: 'a' + 'b'}", "computed"},
            {"{password:'S3cr3t', host: `${h}`}", "computed"},
            {"{password:'S3cr3t\\x4'}", "does not end"},
            {"{password:'S3cr3t\\u0000'}", "NUL"},
            {"{password:'S3cr3t\\u12'}", "does not end"},
            {"{password:'S3cr3t', host:'h'} x", "should have ended"},
            {"{password:'S3cr3t', host: {a: 1}}", "'host.a'"},
            {"{password:'S3cr3t', ssl: {ca: {a: 1}}}", "'ssl.ca.a'"},
            {"{password:'S3cr3t', ssl: {ca: readFileSync}}", "no literal"},
            {"{password:'S3cr3t', ssl: {ca: readFileSync(path)}}", "no literal"},
            {"{password:'S3cr3t', ssl: {ca: readFileSync('x'}}", "comma is missing"},
            {"{password:'S3cr3t', ssl: {ca: ['a', 'b']}}", "one value should stand"},
            {"{password:'S3cr3t', ssl: {ca: ''}}", "empty path"},
            {"{password:'S3cr3t', ssl: {ca: 'c', rejectUnauthorized: 0}}",
             "'ssl.rejectUnauthorized' is a number"},
            {"{password:'S3cr3t', ssl: {ca: 'c', rejectUnauthorized: 1}}",
             "'ssl.rejectUnauthorized' is a number"},
            {"{password:'S3cr3t', ssl: {ca: 'c'}, 'ssl.rejectUnauthorized': false}",
             "one name with a dot"},
            // To JavaScript, the last one takes the place of the first.
            {"{password:'S3cr3t', ssl: {rejectUnauthorized: false}, ssl: {ca: 'c'}}",
             "'ssl' stands there twice"},
            {"{password:'S3cr3t', ssl: {rejectUnauthorized: false}, ssl: {}}",
             "'ssl' stands there twice"},
            {"{password:'S3cr3t', ssl: {rejectUnauthorized: false}, ssl: true}",
             "'ssl' stands there twice"},
            {"{password:'S3cr3t', ssl: false, ssl: {ca: 'c'}}", "'ssl' stands there twice"},
            {"{password:'S3cr3t', ssl: {rejectUnauthorized: false, rejectUnauthorized: undefined}}",
             "'ssl.rejectUnauthorized' stands there twice"},
            {"{password:'S3cr3t', connectAttributes: {a: 'b'}, connectAttributes: {c: 'd'}}",
             "'connectAttributes' stands there twice"},
            {"{password:'S3cr3t', ssl: {bogus: 1}}", "'ssl.bogus'"},
            {"{password:'S3cr3t', ssl: {checkServerIdentity: 1}}", "cannot be honoured"},
            {"{password:'S3cr3t', ssl: 'Amazon RDS'}", "profile"},
            {"{password:'S3cr3t', ssl: 'false'}", "profile"},
            {"{password:'S3cr3t', ssl: {rejectUnauthorized: [false]}}", "one value should stand"},
            {"{password:'S3cr3t', ssl: {pfx: 'c'}}", "pass over it"},
            {"{password:'S3cr3t', user: ['u']}", "one value should stand"},
            {"{password: fs.readFileSync('S3cr3t')}", "'password' is no literal"},
            {"{password:'S3cr3t', socketPath: false}", "where a text should stand"},
            {"{password:'S3cr3t', enableCleartextPlugin: {}}", "is a dictionary"},
            {"{password: 'S3cr3t\r\n'}", "does not end on its line"},
            {"{password: 'S3cr3t', user: 0}", "is a number where a text should stand"},
            {"{password: 'S3cr3t', user: 3307.0}", "is a number where a text should stand"},
            {"{password:'S3cr3t', user:'u', bogus: 1}", "'bogus'"},
            {"{password:'S3cr3t', bogus: 1}", "'bogus'"},
            {"{password:'S3cr3t', typeCast: false}", "cannot be honoured"},
            {"{password:'S3cr3t', uri: 'mysql://h'}", "give that alone"},
            {"{password:'S3cr3t', password2: 'p'}", "one password"},
            {"mysql.createConnection('S3cr3t')", "no scheme"},
            {"var m = require('mysql');\nm.createConnection('mysql://u:S3cr3t@h/a%20b')",
             "mysql does not decode it"},
            {"mysql.createConnection('S3cr3t', 'mysql://h')", "without a name"},
            {"password = 'S3cr3t'\nhost = 'a b'", "not one name"},
            {"{password:'S3cr3t', multipleStatements: true}", "cannot be honoured"},
            {"{password:'S3cr3t', ssl: {minVersion: 'TLSv9'}}", "no version of TLS"},
            {"{password:'S3cr3t', ssl: {key: 'k'}}", "no certificate"},
        },
        translate_node_object);
}

TEST_CASE("options for Node as a keyword list", "[text][node]")
{
    // The vendor's sample.
    auto const sample = translate_node_options({{"host", "h"},
                                                {"user", "u"},
                                                {"password", "a%41\"+"},
                                                {"database", "d"},
                                                {"port", "3307"},
                                                {"ssl.rejectUnauthorized", "true"},
                                                {"ssl.ca", "ca.pem"}});
    CHECK(summary(sample.options) == "u:a%41\"+@h:3307/d identity ca.pem");
    CHECK(sample.before ==
          Protection{.uses_tls = true, .refuses_plaintext = true, .checks_chain = true});
    CHECK(contains(sample.findings.front().before, "any name"));

    auto const pem = translate_node_options({{"host", "h"},
                                             {"ssl.ca", "-----BEGIN X"},
                                             {"ssl.cert", "-----BEGIN C"},
                                             {"ssl.key", "-----BEGIN K"}});
    CHECK(pem.options.transport.ssl()->ca == TrustAnchors::memory("-----BEGIN X"));
    CHECK(pem.options.transport.ssl()->identity ==
          ClientIdentity::memory("-----BEGIN C", Secret{"-----BEGIN K"}));
    CHECK(summary(translate_node_options({{"ssl.rejectUnauthorized", "false"}}).options) ==
          "@localhost:3306/ none");
    CHECK_THROWS_AS(translate_node_options({{"ssl.rejectUnauthorized", "0"}}), Error);
    CHECK(translate_node_options({{"host", "h"}}).before == Protection{});
    CHECK(translate_node_options({{"host", "h"}}).options.found_rows);
    CHECK_FALSE(translate_node_url("mysql://h?flags=-FOUND_ROWS").options.found_rows);
    CHECK(translate_node_object("{flags: ['-COMPRESS', 'FOUND_ROWS']}").options.found_rows);
    CHECK(translate_node_url("mysql://h?connectTimeout=1500").options.timeouts.connect == 1500ms);
    CHECK(
        contains(finding(translate_node_url("mysql://h/a%20b"), "database").before, "mysql 2.18"));
    CHECK(translate_node_object("{connectAttributes: {a: 'b'}}").options.connection_attributes ==
          sealsql::ConnectionAttributes{{"a", "b"}});
}

TEST_CASE("What looks like a key behind a password is not quoted", "[text][node]")
{
    // A quote in the password was not escaped: the rest of it stands where keys do.
    try {
        static_cast<void>(sealsql::translate_node_object("{host:'h', password:'abc', tailpiece:'"));
        FAIL("it cannot be read");
    } catch (sealsql::Error const& error) {
        CHECK(error.message().find("tailpiece") == std::string::npos);
        CHECK(error.message().find("line 1") != std::string::npos);
    }
}

TEST_CASE("the two packages of Node are told apart", "[text][node]")
{
    constexpr std::string_view call =
        "const db = mysql.createConnection({host: 'h', ssl: {ca: 'c', verifyIdentity: true}});";
    auto const with = [&](std::string_view package) {
        return translate_node_object("const mysql = require('" + std::string{package} + "');\n" +
                                     std::string{call});
    };
    auto const older = with("mysql");
    CHECK(older.client == "Node mysql 2.18");
    // An option that it does not have and passes over.
    CHECK_FALSE(older.before.checks_name);
    CHECK(protection_of(older.options).checks_name);
    CHECK(contains(finding(older, "").before, "caching_sha2_password"));
    auto const newer = with("mysql2");
    CHECK(newer.client == "Node mysql2 3.24");
    CHECK(newer.before.checks_name);
    CHECK_FALSE(contains(to_text(newer), "caching_sha2_password"));
    CHECK(with("mysql2/promise").client == newer.client);
    CHECK(translate_node_object(call).client == newer.client);
}
