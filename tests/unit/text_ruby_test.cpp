// What Ruby's mysql2 connects with: hashes as Ruby reads them, and what a translation says of them.

#include <sealsql/text/ruby.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
using unit::contains;
using unit::finding;
using unit::summary;

TEST_CASE("options of mysql2 that are accepted", "[text][ruby]")
{
    unit::check_accepted(
        {
            {"{hostname: 'g', host: '', username: 'u'}", "u@localhost:3306/ identity"},
            // The vendor's sample.
            {"client = Mysql2::Client.new(\n"
             "        :host     => 'db.internal',\n"
             "        :username => 'app',\n"
             "        :password => 'pw',\n"
             "        :database => 'shop',\n"
             "        :sslca => '/ca.pem'\n"
             "    )\n",
             "app:pw@db.internal:3306/shop identity /ca.pem"},
            {"Mysql2::Client.new(host: 'h', username: 'u')", "u@h:3306/ identity"},
            {"Mysql2::Client.new({host: 'h', username: 'u'})", "u@h:3306/ identity"},
            {"{host: 'h', username: 'u'}", "u@h:3306/ identity"},
            {"{ :host => 'h', :username => 'u', }", "u@h:3306/ identity"},
            {":host => 'h', :username => 'u'", "u@h:3306/ identity"},
            {"host: 'h', username: 'u'", "u@h:3306/ identity"},
            {"\"host\" => 'h', 'username' => 'u'", "u@h:3306/ identity"},
            {"\"host\": 'h', \"username\": 'u'", "u@h:3306/ identity"},
            {":\"host\" => 'h', :'username' => 'u'", "u@h:3306/ identity"},
            {"options = {host: 'h', username: 'u'}\nclient = Mysql2::Client.new(options)",
             "u@h:3306/ identity"},
            {"@client = Mysql2::Client.new(host: 'h', username: 'u')", "u@h:3306/ identity"},
            {"$o = {host: 'h', username: 'u'}\n@@c = ::Mysql2::Client.new($o)",
             "u@h:3306/ identity"},
            {"require 'mysql2'; Mysql2::Client.new(host: 'h', username: 'u')",
             "u@h:3306/ identity"},
            {"pw = 'p'\nMysql2::Client.new(host: 'h', username: 'u', password: pw)",
             "u:p@h:3306/ identity"},
            {"{hostname: 'h', user: 'u', pass: 'p', dbname: 'd'}", "u:p@h:3306/d identity"},
            {"{host: 'h', user: 'u', db: 'd', port: 3_307}", "u@h:3307/d identity"},
            {"{host: 'h', user: 'u', port: '3307'}", "u@h:3307/ identity"},
            {"{host: :h, user: :u}", "u@h:3306/ identity"},
            {"{host: nil, user: 'u'}", "u@localhost:3306/ identity"},
            {"{user: 'u'}", "u@localhost:3306/ identity"},
            {"{host: 'localhost', user: 'u'}", "u@localhost:3306/ identity"},
            {"{socket: '/s.sock', user: 'u'}", "u@/s.sock/ plaintext"},
            {"{host: 'localhost', socket: '/s.sock', user: 'u'}", "u@/s.sock/ plaintext"},
            {"{host: '', sock: '/s.sock', user: 'u'}", "u@/s.sock/ plaintext"},
            {"{host: 'h', socket: '/s.sock', user: 'u'}", "u@h:3306/ identity"},
            {"{host: 'LOCALHOST', socket: '/s.sock', user: 'u'}", "u@LOCALHOST:3306/ identity"},
            {"{host: '::1', user: 'u'}", "u@::1:3306/ identity"},
            {"{host: 'h', user: 'u', ssl_mode: :disabled}", "u@h:3306/ plaintext"},
            {"{host: 'h', user: 'u', ssl_mode: 'preferred'}", "u@h:3306/ identity"},
            {"{host: 'h', user: 'u', ssl_mode: :required}", "u@h:3306/ identity"},
            {"{host: 'h', user: 'u', ssl_mode: :verify_ca, sslca: 'c'}", "u@h:3306/ ca c"},
            {"{host: 'h', user: 'u', ssl_mode: 'SSL_MODE_VERIFY_IDENTITY', sslca: 'c'}",
             "u@h:3306/ identity c"},
            {"{host: 'h', user: 'u', sslca: 'c', sslverify: true}", "u@h:3306/ identity c"},
            {"{host: 'h', user: 'u', sslca: 'c', sslverify: false}", "u@h:3306/ ca c"},
            {"{host: 'h', user: 'u', sslcapath: 'd/', sslverify: false}", "u@h:3306/ ca d/"},
            {"{host: 'h', user: 'u', sslverify: false}", "u@h:3306/ none"},
            {"{host: 'h', user: 'u', ssl_mode: :verify_ca}", "u@h:3306/ identity"},
            {"{host: 'h', user: 'u', sslcapath: 'd/'}", "u@h:3306/ identity d/"},
            {"{host: 'h', user: 'u', password: 'it\\'s\\\\\\n'}", "u:it's\\\\n@h:3306/ identity"},
            {"{host: 'h', user: 'u', password: \"\\x41\\u00e9\\u{e9}\\101\\s\\q\"}",
             "u:A\xC3\xA9\xC3\xA9"
             "A q@h:3306/ identity"},
            {"{host: 'h', user: 'u', password: \"a#b# {\"}", "u:a#b# {@h:3306/ identity"},
            {"{host: 'h', user: 'u', password: 'a#{b}'}", "u:a#{b}@h:3306/ identity"},
            {"{host: 'h', user: 'u', password: 'a' 'b'}", "u:ab@h:3306/ identity"},
            {"{host: 'h', user: 'u', password: \"a\r\nb\\\r\nc\rd\"}",
             "u:a\nbc\rd@h:3306/ identity"},
            {"{host: 'h', # where\n user: 'u' # who\n}", "u@h:3306/ identity"},
            {"{host: 'h', user: 'u', password: 'p:a@s/s?w#rd&x=1%;\"q'}",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"{host: 'h', user: 'u', host: 'i'}", "u@i:3306/ identity"},
            // `opts[:username] || opts[:user]`
            {"{hostname: 'g', user: 'v', pass: 'q', db: 'e', dbname: 'f', database: 'd', host: 'h',"
             " username: 'u', password: 'p'}",
             "u:p@h:3306/d identity"},
            {"{host: 'h', username: 'u', user: 'v', password: nil, pass: 'p', dbname: 'd', db: 'e'}",
             "u:p@h:3306/d identity"},
            {"{host: 'h', user: 'u', flags: Mysql2::Client::MULTI_STATEMENTS}",
             "u@h:3306/ identity"},
            {"{host: 'h', user: 'u', reconnect: false, symbolize_keys: true, as: :array}",
             "u@h:3306/ identity"},
        },
        translate_ruby);
}

TEST_CASE("options of mysql2 that are refused", "[text][ruby]")
{
    unit::check_refused(
        {
            {"{password: 'S3cr3t', hots: 'h'}", "'hots'"},
            {"{password: 'S3cr3t', Host: 'h'}", "'Host'"},
            // Of other clients of Ruby, and of versions to come: mysql2 passes over them.
            {"{password: 'S3cr3t', ssl_ca: 'c'}", "'ssl_ca'"},
            {"{password: 'S3cr3t', tls_ca: 'c'}", "'tls_ca'"},
            {"{password: 'S3cr3t', tls_version: 'TLSv1.3'}", "'tls_version'"},
            {"{password: 'S3cr3t', charset_name: 'latin1'}", "'charset_name'"},
            {"{password: 'S3cr3t', collation: 'utf8mb4_bin'}", "'collation'"},
            // The key would be what the variable holds.
            {"{password: 'S3cr3t', host => 'h'}", "comma is missing"},
            {"{username: 'S3cr3t', password: false}", "'password' is true or false where"},
            {"{password: 'S3cr3t', sslca: false}", "'sslca' is true or false where"},
            {"{password: 'S3cr3t', username: {}}", "'username' is a dictionary"},
            // With it, mysql2 sets TLS up, and without it does not.
            {"{password: 'S3cr3t', sslverify: nil}", "'sslverify' is nothing"},
            {"{password: 'S3cr3t', 'a b!' => 'h'}", "does not know"},
            {"{password: ENV['S3cr3t']}", "value of password"},
            {"{password: ENV.fetch('S3cr3t')}", "'password'"},
            {"{password: 'S3cr3t', host: host}", "'host'"},
            {"{password: \"S3cr3t#{x}\"}", "computed"},
            {"{password: \"S3cr3t#$x\"}", "computed"},
            {"{password: \"S3cr3t#@x\"}", "computed"},
            {"{password: %q(S3cr3t)}", "no literal"},
            {"{password: 'S3cr3t' + x}", "computed"},
            {"{password: 'S3cr3t'.strip}", "computed"},
            {"{password: \"S3cr3t\\C-a\"}", "by its key"},
            {"{password: \"S3cr3t\\0\"}", "NUL"},
            {"{password: \"S3cr3t\\u{41 42}\"}", "escape"},
            {"{password: 'S3cr3t', host: 'a b'}", "not one name"},
            {"{password: 'S3cr3t', host: ['h']}", "list"},
            {"{password: 'S3cr3t', host: {a: 1}}", "'host.a'"},
            {"{password: 'S3cr3t', port: 0x10}", "not decimal"},
            {"{password: 'S3cr3t', port: 99999}", "'port'"},
            {"{password: 'S3cr3t', ssl_mode: :on}", "'ssl_mode'"},
            {"{password: 'S3cr3t', ssl_mode: 3}", "'ssl_mode'"},
            // mysql2 makes TLS of these, whatever the mode is.
            {"{password: 'S3cr3t', ssl_mode: :disabled, sslca: 'c'}", "asks for no TLS"},
            {"{password: 'S3cr3t', ssl_mode: :disabled, sslcert: 'a', sslkey: 'b'}",
             "asks for no TLS"},
            {"{password: 'S3cr3t', ssl_mode: :disabled, sslverify: false}", "asks for no TLS"},
            {"{password: 'S3cr3t', ssl_mode: Mysql2::Client::SSL_MODE_X}", "'ssl_mode'"},
            {"{password: 'S3cr3t', sslca: ''}", "empty path"},
            {"{password: 'S3cr3t', sslkey: 'k'}", "no certificate"},
            {"{password: 'S3cr3t', sslverify: 'false'}", "true or false"},
            {"{password: 'S3cr3t', sslverify: 0}", "neither true nor false"},
            {"{password: 'S3cr3t', sslcipher: 'HIGH:!MD5'}", "list of ciphers"},
            {"{password: 'S3cr3t', local_infile: true}", "cannot be honoured"},
            {"{password: 'S3cr3t', reconnect: true}", "cannot be honoured"},
            {"{password: 'S3cr3t', secure_auth: false}", "cannot be honoured"},
            {"{password: 'S3cr3t', default_file: '~/.my.cnf'}", "translate_option_file_at()"},
            {"{password: 'S3cr3t', flags: Mysql2::Client::INTERACTIVE}", "flag"},
            {"{password: 'S3cr3t', flags: Mysql2::Client::SSL | Mysql2::Client::INTERACTIVE}",
             "flag"},
            {"{password: 'S3cr3t', connect_attrs: {a: b}}", "'connect_attrs'"},
            {"{password: 'S3cr3t'", "closing }"},
            {"{password: 'S3cr3t}", "string does not end"},
            {"{password: 'S3cr3t' host: 'h'}", "comma is missing"},
            {"{password: 'S3cr3t', 'h'}", "key without a value"},
            {"{password: 'S3cr3t', : 'h'}", "without a name"},
            {"Mysql2::Client.new('S3cr3t')", "without a name"},
            {"Mysql2::Client.new(options, 'S3cr3t' => 1)", "without a name"},
            {"Client.connect(password: 'S3cr3t')", "something else is called"},
            // What may never be run.
            {"o = {password: 'S3cr3t'}\nbegin\nputs('x')\nrescue\no = {sslverify: false}\nend\n"
             "Mysql2::Client.new(o)",
             "stands alone"},
            {"o = {password: 'S3cr3t'}\n__END__\no = {sslverify: false}", "stands alone"},
            // What a text may begin with, or end with, elsewhere than a quote.
            {"puts(<<~NOTE)\no = {password: 'S3cr3t', sslverify: false}\nNOTE\n"
             "Mysql2::Client.new(o)",
             "cannot be told"},
            {"puts(%q('))\no = {password: 'S3cr3t'}\nMysql2::Client.new(o)", "cannot be told"},
            {"puts(/'/, x)\no = {password: 'S3cr3t'}\nMysql2::Client.new(o)", "cannot be told"},
            {"puts(?')\no = {password: 'S3cr3t'}\nMysql2::Client.new(o)", "cannot be told"},
            {"puts(\n=begin\n'\n=end\n)\no = {password: 'S3cr3t'}\nMysql2::Client.new(o)",
             "cannot be told"},
            {"require 'S3cr3t'", "neither a call nor a dictionary"},
            {"require 'mysql2'; Mysql2::Client.new(host: 'g', password: 'S3cr3t')\n"
             "Mysql2::Client.new(host: 'h')",
             "more than one call"},
            {"@o = {password: 'S3cr3t'}\nputs(@o.clear)\nMysql2::Client.new(@o)",
             "in another place"},
            {"enable_cleartext_plugin: true, password: 'S3cr3t', ssl_mode: :disabled, host: 'h'",
             "not checked"},
        },
        translate_ruby);
}

TEST_CASE("what is said of mysql2's TLS", "[text][ruby]")
{
    auto const sample = translate_ruby("{host: 'h', username: 'u', sslca: 'c'}");
    CHECK(sample.before == Protection{.uses_tls = true, .checks_chain = true});
    CHECK(contains(finding(sample, "sslca").before, "without TLS"));
    CHECK(translate_ruby("{host: 'h', user: 'u'}").before == Protection{});
    CHECK(
        finding(translate_ruby("{host: 'h', ssl_mode: :disabled}"), "ssl_mode=disabled").severity ==
        FindingSeverity::danger);
    CHECK(finding(translate_ruby("{host: 'h', sslverify: false}"), "sslverify").severity ==
          FindingSeverity::danger);
    CHECK(contains(finding(translate_ruby("{host: 'localhost'}"), "host").before, "local socket"));

    // sslverify sets TLS up, whatever it says; a CA is checked, and no name is.
    Protection const tls{.uses_tls = true};
    Protection const chain{.uses_tls = true, .checks_chain = true};
    CHECK(translate_ruby("{host: 'h', sslverify: false}").before == tls);
    CHECK(translate_ruby("{host: 'h', sslverify: true}").before == tls);
    CHECK(translate_ruby("{host: 'h', sslca: 'c', sslverify: false}").before == chain);
    CHECK(translate_ruby("{host: 'h', sslca: 'c', sslverify: true}").before == chain);
}

TEST_CASE("what is said of mysql2's modes", "[text][ruby]")
{
    // An empty `what`: no finding is about a later version.
    auto const says = [](Translation const& translation, std::string_view what) {
        bool is_said = false;
        bool is_of_versions = false;
        for (TranslationFinding const& one : translation.findings) {
            is_said = is_said || contains(one.before, what);
            is_of_versions = is_of_versions || contains(one.before, "mysql2 0.5.");
        }
        return what.empty() ? !is_of_versions : is_said;
    };
    constexpr std::string_view heeded = "mysql2 0.5.5: TLS or no connection";
    struct Row {
        std::string_view mode;
        /// Of mysql2 that heeds the mode, without a CA and with one; nothing where it does the same as 0.5.3.
        std::string_view later;
        std::string_view later_with_ca;
    };
    for (Row const& row : {
             Row{"preferred", "mysql2 0.5.4: TLS where it is offered", {}},
             Row{"required", "and whatever certificate", {}},
             Row{"verify_ca", "mysql2 0.5.4: TLS where it is offered", {}},
             Row{"verify_identity", heeded, heeded},
             Row{"SSL_MODE_VERIFY_IDENTITY", heeded, heeded},
         }) {
        INFO(row.mode);
        std::string const hash = "{host: 'h', ssl_mode: '" + std::string{row.mode} + "'";
        // mysql2 0.5.3 heeds none of them.
        auto const alone = translate_ruby(hash + "}");
        CHECK(alone.before == Protection{});
        CHECK(says(alone, row.later));
        CHECK(says(alone, "no TLS: everybody"));
        CHECK_FALSE(says(alone, "public CA"));
        auto const with_ca = translate_ruby(hash + ", sslca: 'c'}");
        CHECK(with_ca.before == Protection{.uses_tls = true, .checks_chain = true});
        CHECK(says(with_ca, row.later_with_ca));
        CHECK(says(with_ca, "goes on without TLS"));
    }
    // It concerns no local socket.
    CHECK(says(translate_ruby("{socket: '/s', ssl_mode: :required}"), {}));
}

TEST_CASE("mysql2's other options", "[text][ruby]")
{
    auto const options =
        translate_ruby(
            "{host: 'h', user: 'u', connect_timeout: 3, read_timeout: 4, write_timeout: 5,"
            " init_command: 'SET @a = 1', encoding: 'latin1', connect_attrs: {app: 'x'},"
            " sslca: 'c', sslcert: 'a', sslkey: 'b',"
            " enable_cleartext_plugin: true}")
            .options;
    CHECK(options.timeouts == Timeouts{.connect = 3s, .read = 4s, .write = 5s});
    CHECK(options.init_statements == std::vector<std::string>{"SET @a = 1"});
    CHECK(translate_ruby("{init_command: 'SET @a = 1', init_command: 'SET @b = 2'}")
              .options.init_statements == std::vector<std::string>{"SET @b = 2"});
    CHECK(options.character_set == "latin1");
    CHECK_FALSE(options.found_rows);
    CHECK(translate_ruby("{flags: Mysql2::Client::FOUND_ROWS}").options.found_rows);
    CHECK(options.connection_attributes == sealsql::ConnectionAttributes{{"app", "x"}});
    CHECK(options.transport.ssl()->identity == ClientIdentity::pem_files("a", "b"));
    CHECK(options.login_methods.contains(LoginMethod::mysql_clear_password));
}

TEST_CASE("lists of mysql2's options", "[text][ruby]")
{
    auto const sample = translate_ruby_options(
        {{"host", "h"}, {"username", "u"}, {"password", "p"}, {"sslca", "c"}});
    CHECK(summary(sample.options) == "u:p@h:3306/ identity c");
    CHECK(sample.before == Protection{.uses_tls = true, .checks_chain = true});
    CHECK(summary(translate_ruby_options({{"host", "h"}, {"ssl_mode", "disabled"}}).options) ==
          "@h:3306/ plaintext");
    CHECK(translate_ruby_options({{"host", "h"}, {"connect_attrs.app", "x"}})
              .options.connection_attributes == ConnectionAttributes{{"app", "x"}});
    for (KeywordList const& list : {
             KeywordList{{"host", "h"}, {"sslCa", "S3cr3t"}},
             KeywordList{{"host", "h"}, {"ssl_mode", "S3cr3t"}},
             KeywordList{{"password", "S3cr3t"}, {"reconnect", "true"}},
         }) {
        auto const error = unit::error_of([&] { (void)translate_ruby_options(list); });
        CHECK_FALSE(unit::contains(error.what(), "S3cr3t"));
    }
}
