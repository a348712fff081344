// Whose text it is, told from its look; and what all forms have in common: no allocation storm.

#include <sealsql/text/any.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace sealsql;
using unit::contains;
using unit::error_of;
using unit::summary;

TEST_CASE("the form of a text is told from its look", "[text][any]")
{
    struct Row {
        std::string_view text;
        TextForm form;
    };
    for (Row const& row : {
             Row{"jdbc:mysql://h/d", TextForm::mysql_jdbc},
             Row{" JDBC:MYSQL://h/d\n", TextForm::mysql_jdbc},
             Row{"jdbc:mariadb://h/d", TextForm::mariadb_jdbc},
             Row{"Server=h;User ID=u", TextForm::ado_net},
             Row{"data source=h", TextForm::ado_net},
             Row{"Server=h;Password=a=>b", TextForm::ado_net},
             Row{"mysql://u:=>DATABASES@h/d", TextForm::uri},
             Row{"Pwd=a@tc;Server=h", TextForm::ado_net},
             Row{"u:p@tcp(h:3306)/d?tls=true", TextForm::go_dsn},
             Row{"u:p@unix(/m.sock)/d", TextForm::go_dsn},
             Row{"u@tcp/d", TextForm::go_dsn},
             Row{"tcp(h)/d", TextForm::go_dsn},
             Row{"mysql://u:p@h/d", TextForm::uri},
             Row{"mariadb://u:p@h/d?ssl-mode=REQUIRED", TextForm::uri},
             Row{"u:p@h:3306/d", TextForm::uri},
             Row{"mysql://u:p@h/d?ssl={}", TextForm::node_url},
             Row{"mysql://u:p@h/d?connectionLimit=5&x=1", TextForm::node_url},
             Row{"mysql.createConnection({host: 'h'})", TextForm::node_object},
             Row{"{host: 'h'}", TextForm::node_object},
             Row{"var fs = require('fs');\nvar conn = mysql.createConnection({host: 'h'});",
                 TextForm::node_object},
             Row{"mysql:host=h;dbname=d", TextForm::pdo},
             Row{"new PDO('mysql:host=h')", TextForm::pdo},
             Row{"$o = [PDO::ATTR_TIMEOUT => 1];", TextForm::pdo},
             Row{"mysqli_connect('h')", TextForm::mysqli},
             Row{"$db = new mysqli('h');", TextForm::mysqli},
             Row{"conn = mysql.connector.connect(user='u')", TextForm::mysql_connector_python},
             Row{"{'user': 'u', 'ssl_ca': 'c'}", TextForm::mysql_connector_python},
             Row{"pymysql.connect(user='u')", TextForm::pymysql},
             Row{"MySQLdb.connect('h')", TextForm::mysqlclient},
             Row{"DATABASES = {'default': {}}", TextForm::django},
             Row{"{'ENGINE': 'django.db.backends.mysql'}", TextForm::django},
             Row{"Mysql2::Client.new(host: 'h')", TextForm::ruby},
             Row{":host => 'h'", TextForm::ruby},
             Row{"{host: 'h', username: 'u'}", TextForm::ruby},
             Row{"mysql -h h -u u", TextForm::mysql_command_line},
             Row{"MYSQL_PWD=x /usr/bin/mysql -h h", TextForm::mysql_command_line},
             Row{"--host=h", TextForm::mysql_command_line},
             Row{"/usr/bin/mariadb -h h", TextForm::mariadb_command_line},
             Row{"[client]\nhost=h", TextForm::option_file},
             Row{"# mine\n[client]\nhost=h", TextForm::option_file},
             Row{"; mine\n[client]\nhost=h", TextForm::option_file},
             Row{"app:pw@/shop", TextForm::go_dsn},
             Row{"\xEF\xBB\xBF[client]\nhost=h", TextForm::option_file},
             Row{"# mine\npymysql.connect(user='u')", TextForm::pymysql},
             Row{"# mine\nDATABASES = {'default': {}}", TextForm::django},
         }) {
        INFO(row.text);
        CHECK(to_string(form_of(row.text)) == to_string(row.form));
        CHECK_NOTHROW(text_form(to_string(row.form)));
    }
    for (char const* const text : {"", "S3cr3t", "host S3cr3t", "a=b;S3cr3t"}) {
        INFO(text);
        auto const error = error_of([&] { (void)form_of(text); });
        CHECK_FALSE(contains(error.what(), "S3cr3t"));
    }
    CHECK(contains(error_of([] { (void)text_form("odbc"); }).remedy(), "go-dsn"));
    CHECK(summary(translate("  jdbc:mysql://u:p@h/d\r\n").options) == "u:p@h:3306/d identity");
    CHECK(summary(translate("\xEF\xBB\xBFu:p@tcp(h)/d").options) == "u:p@h:3306/d identity");
    CHECK(summary(translate("jdbc:mariadb://h/d?user=u&password=p \n").options) ==
          "u:p @h:3306/d identity");
}

TEST_CASE("a login that the text leaves out is told to be filled in", "[text][any]")
{
    auto const remedy = [](char const* text) {
        return std::string{translate(text).findings.back().remedy};
    };
    for (char const* const nobody :
         {"jdbc:mysql://h/d", "mysql:host=h;dbname=d", "Server=h;Database=d", "tcp(h)/d",
          "Mysql2::Client.new(host: 'h')", "mysql -h h d", "[client]\nhost=h\n"})
        CHECK(remedy(nobody) == ".login(user, password)");
    for (char const* const unproven :
         {"jdbc:mysql://u@h/d", "Server=h;Uid=u", "u@tcp(h)/d", "mysql -h h -u u d"})
        CHECK(remedy(unproven) == ".login(user, Secret::from_env(…))");
    for (char const* const whole : {"jdbc:mysql://u:p@h/d", "Server=h;Uid=u;Pwd=p", "u:p@tcp(h)/d"})
        CHECK_FALSE(contains(remedy(whole), ".login("));
    // What asks for it has said so.
    CHECK(translate("mysql -h h -u u -p d").findings.size() ==
          translate("mysql -h h -u u d").findings.size());
}

TEST_CASE("a text of no form gets a remedy by what it looks like", "[text][any]")
{
    struct Row {
        char const* text;
        char const* remedy;
    };
    for (Row const& row : {
             Row{"DATABASE_URL=mysql://u:S3cr3t@h/d", "give the URL alone"},
             Row{"export DATABASE_URL=\"mysql://u:S3cr3t@h/d\"", "give the URL alone"},
             Row{"spring.datasource.url=jdbc:mysql://h/d", "give the URL alone"},
             Row{"{\"ConnectionStrings\": {\"Main\": \"Server=h;Password=S3cr3t\"}}",
                 "give the connection string alone"},
             Row{"Driver={MySQL ODBC 9.0};Server=h;Password=S3cr3t", "the names of ADO.NET"},
             Row{"r2dbc:mysql://u:S3cr3t@h/d", "as JDBC's URL"},
             Row{"jdbc:aws-wrapper:mysql://h/d?user=u&password=S3cr3t", "jdbc:mysql://host"},
             Row{"mysqldump -h h -u u -pS3cr3t d", "give its options to mysql"},
             Row{"mariadb-dump -h h -u u -pS3cr3t d", "give its options to mariadb"},
             Row{"development:\n  adapter: mysql2\n  password: S3cr3t\n", "as Ruby's hash"},
             Row{"development:\n  adapter: mysql2\n  username: u\n  password: S3cr3t\n",
                 "as Ruby's hash"},
             Row{"spring:\n  datasource:\n    username: u\n    password: S3cr3t\n",
                 "give the URL alone"},
             Row{"new DataSource({type: 'mysql', username: 'u', password: 'S3cr3t'})",
                 "mysql2's call"},
             Row{"new MySqlConnectionStringBuilder { Password = \"S3cr3t\" }", "what it makes"},
             Row{"cfg := mysql.Config{User: \"u\", Passwd: \"S3cr3t\"}", "FormatDSN()"},
             Row{"'mysql' => ['driver' => 'mysql', 'password' => 'S3cr3t']", "new PDO("},
             Row{"DB_HOST=h\nDB_PASSWORD=S3cr3t\n", "as one URL"},
             Row{"- name: DB_HOST\n  value: h\n", "as one URL"},
             Row{"sudo mysql -u u -pS3cr3t", "begin with the program's name"},
             Row{"db:3306", "say it"},
         }) {
        INFO(row.text);
        std::string remedy;
        std::string message;
        try {
            (void)form_of(row.text);
        } catch (Error const& error) {
            remedy = error.remedy();
            message = error.message();
        }
        CHECK(remedy.find(row.remedy) != remedy.npos);
        CHECK((message + remedy).find("S3cr3t") == std::string::npos);
    }
}

namespace {

/// A block of the vendor's page as it is printed, with values in the places of what stands in angle brackets.
std::string filled(std::string_view block)
{
    constexpr std::pair<std::string_view, std::string_view> values[] = {
        {"<path of the downloaded certificate>", "/ca.pem"},
        {"<downloaded certificate>", "/ca.pem"},
        {"<CA certificate>", "/ca.pem"},
        {"<database access address>", "db.internal"},
        {"<IP address>", "db.internal"},
        {"<database access username>", "app"},
        {"<username>", "app"},
        {"<database access password>", "top-S3cr3t"},
        {"<password>", "top-S3cr3t"},
        {"<the specified database to be accessed>", "shop"},
        {"<access port>", "3307"},
        {"<port number>", "3307"},
    };
    std::string text{block};
    for (auto const& [placeholder, value] : values) {
        for (std::size_t at = text.find(placeholder); at != text.npos; at = text.find(placeholder))
            text.replace(at, placeholder.size(), value);
    }
    return text;
}

} // namespace

TEST_CASE("the vendor's samples as they are printed", "[text][any]")
{
    struct Row {
        std::string_view block;
        TextForm form;
        std::string_view summary;
    };
    for (Row const& row : {
             Row{R"($conn = mysqli_init();
mysqli_ssl_set($conn,NULL,NULL, "<path of the downloaded certificate>", NULL, NULL);
mysqli_real_connect($conn, '<database access address>', '<database access username>', '<database access password>', '<the specified database to be accessed>', <access port>, MYSQLI_CLIENT_SSL);
if (mysqli_connect_errno($conn)) {
die('Failed to connect to MySQL: '.mysqli_connect_error());
}
)",
                 TextForm::mysqli, "app:top-S3cr3t@db.internal:3307/shop identity /ca.pem"},
             Row{R"($options = array(
    PDO::MYSQL_ATTR_SSL_CA => '<path of the downloaded certificate>'
);
$db = new PDO('mysql:host=<database access address>;port=<access port>;dbname=<the specified database to be accessed>', '<database access username>', '<database access password>', $options);
)",
                 TextForm::pdo, "app:top-S3cr3t@db.internal:3307/shop identity /ca.pem"},
             Row{R"(try:
    conn = mysql.connector.connect(user='<database access username>',
                                   password='<database access password>',
                                   database='<the specified database to be accessed>',
                                   host='<database access address>',
                                   ssl_ca='<path of the downloaded certificate>')
except mysql.connector.Error as err:
    print(err)
)",
                 TextForm::mysql_connector_python,
                 "app:top-S3cr3t@db.internal:3306/shop identity /ca.pem"},
             Row{R"(conn = pymysql.connect(user='<database access username>',
                       password='<database access password>',
                       database='<the specified database to be accessed>',
                       host='<database access address>',
                       ssl={'ca': '<path of the downloaded certificate>'})
)",
                 TextForm::pymysql, "app:top-S3cr3t@db.internal:3306/shop identity /ca.pem"},
             Row{R"(DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.mysql',
        'NAME': '<the specified database to be accessed>',
        'USER': '<database access username>',
        'PASSWORD': '<database access password>',
        'HOST': '<database access address>',
        'PORT': '<access port>',
        'OPTIONS': {
            'ssl': {'ca': '<path of the downloaded certificate>'}
        }
    }
}
)",
                 TextForm::django, "app:top-S3cr3t@db.internal:3307/shop identity /ca.pem"},
             Row{R"(var fs = require('fs');
var mysql = require('mysql');
const serverCa = [fs.readFileSync("<path of the downloaded certificate>", "utf8")];
var conn=mysql.createConnection({
    host:"<database access address>",
    user:"<database access username>",
    password:"<database access password>",
    database:"<the specified database to be accessed>",
    port:<access port>,
    ssl: {
        rejectUnauthorized: true,
        ca: serverCa
    }
});
conn.connect(function(err) {
  if (err) throw err;
});
)",
                 TextForm::node_object, "app:top-S3cr3t@db.internal:3307/shop identity /ca.pem"},
             Row{R"(client = Mysql2::Client.new(
        :host     => '<database access address>',
        :username => '<database access username>',
        :password => '<database access password>',
        :database => '<the specified database to be accessed>',
        :sslca => '<path of the downloaded certificate>'
    )
)",
                 TextForm::ruby, "app:top-S3cr3t@db.internal:3306/shop identity /ca.pem"},
         }) {
        INFO(row.block);
        std::string const text = filled(row.block);
        CHECK(to_string(form_of(text)) == to_string(row.form));
        CHECK(summary(translate(text).options) == row.summary);
    }
    // Of these the connection text is put together by the program, or no program takes it.
    for (
        std::string_view const block : {
            R"(mysql -P <port number> -h <IP address>  -u <username> -p<password> --ssl-ca<CA certificate>
)",
            R"(# generate truststore and keystore in code

String importCert = " -import "+
    " -alias mysqlServerCACert "+
    " -file " + ssl_ca +
    " -keystore truststore "+
    " -trustcacerts " +
    " -storepass password -noprompt ";
String genKey = " -genkey -keyalg rsa " +
    " -alias mysqlClientCertificate -keystore keystore " +
    " -storepass password123 -keypass password " +
    " -dname CN=MS ";
sun.security.tools.keytool.Main.main(importCert.trim().split("\\s+"));
sun.security.tools.keytool.Main.main(genKey.trim().split("\\s+"));

# use the generated keystore and truststore

System.setProperty("javax.net.ssl.keyStore","<path of the downloaded certificate>");
System.setProperty("javax.net.ssl.keyStorePassword","tencentdb");
System.setProperty("javax.net.ssl.trustStore","<path of the downloaded certificate>");
System.setProperty("javax.net.ssl.trustStorePassword","tencentdb");

url = String.format("jdbc:mysql://%s/%s?serverTimezone=UTC&useSSL=true", '<database access address>', '<the specified database to be accessed>');
properties.setProperty("user", '<database access username>');
properties.setProperty("password", '<database access password>');
conn = DriverManager.getConnection(url, properties);
)",
            R"(var builder = new MySqlConnectionStringBuilder
{
    Server = "<database access address>",
    UserID = "<database access username>",
    Password = "<database access password>",
    Database = "<the specified database to be accessed>",
    SslMode = MySqlSslMode.VerifyCA,
    SslCa = "<downloaded certificate>",
};
using (var connection = new MySqlConnection(builder.ConnectionString))
{
    connection.Open();
}
)",
            R"(rootCertPool := x509.NewCertPool()
pem, _ := ioutil.ReadFile("<path of the downloaded certificate>")
if ok := rootCertPool.AppendCertsFromPEM(pem); !ok {
    log.Fatal("Failed to append PEM.")
}
mysql.RegisterTLSConfig("custom", &tls.Config{RootCAs: rootCertPool})
var connectionString string
connectionString = fmt.Sprintf("%s:%s@tcp(%s:<access port>)/%s?allowNativePasswords=true&tls=custom","<database access username>" , "<database access password>", "<database access address>", '<the specified database to be accessed>')
db, _ := sql.Open("mysql", connectionString)
)",
        }) {
        INFO(block);
        auto const error = error_of([&] { (void)translate(filled(block)); });
        CHECK_FALSE(contains(error.what(), "top-S3cr3t"));
    }
}

TEST_CASE("what stands around the call that connects is passed over", "[text][any]")
{
    for (
        auto const& [form, text] : std::initializer_list<std::pair<TextForm, std::string_view>>{
            {TextForm::pymysql, "import os, ssl\nfrom pymysql import (cursors,\n  err)\n"
                                "pymysql.connect(host='h', user='u')"},
            {TextForm::pymysql,
             "try:\n  # don't\n  db = connect(host='h', user='u')\n"
             "except (OSError, ValueError) as e:\n"
             "  print(f\"no: {e}\")\n\n  # why\n  exit(1)\nfinally: print('''a'b''')\n"
             "db.close()"},
            {TextForm::pymysql, "db = connect(host='h', user='u')\ncursor = db.cursor()\n"
                                "if db.open:\n\tprint('open')\nelse:\n\tprint('Cannot connect')"},
            // Lines that go on, and comments at any depth.
            {TextForm::pymysql, "    from pymysql import \\\n        cursors\n"
                                "    if os.environ.get('DEV'):\n        print('dev')\n# note\n"
                                "        print('more') ; \\\nexit(1)\n# more\n"
                                "    try:\n        connect(host='h', user='u')\n"
                                "    finally:\n        exit(0)"},
            {TextForm::mysqli, "<?php\n$c = mysqli_connect('h', 'u');\n"
                               "if (!$c) { die('it\\'s } off'); } else { echo \"on\"; /* } */ }\n"
                               "echo 'done', PHP_EOL;\nmysqli_close($c);"},
            {TextForm::pdo,
             "try {\n  $db = new PDO('mysql:host=h', 'u');\n} catch (PDOException $e) {\n"
             "  // don't\n  die($e->getMessage());\n}"},
            {TextForm::node_object,
             "import mysql from 'mysql2/promise';\ntry {\n"
             "  const c = await mysql.createConnection({host: 'h', user: 'u'});\n"
             "} catch (err) { console.error(err); } finally { /* end */ }\n"
             "c.end();"},
            {TextForm::node_object, "module.exports = {host: 'h', user: 'u'};"},
            // Without braces, up to the semicolon, or up to the line that tells that it ends before.
            {TextForm::node_object,
             "try { if (x)\n console.log('a',\n 'b');\nelse if (y) console.log('c')\n else exit()\n }"
             " finally { /* end */ }\n"
             "mysql.createConnection({host: 'h', user: 'u'});\nif (x) exit()"},
            {TextForm::ruby, "require 'mysql2'\nMysql2::Client.new(host: 'h', username: 'u')"},
        }) {
        INFO(text);
        CHECK(summary(translate(form, text).options) == "u@h:3306/ identity");
    }

    // What may change how it connects is not passed over.
    for (auto const& row : std::initializer_list<std::pair<TextForm, std::string_view>>{
             {TextForm::pymysql,
              "c = {'host': 'h', 'password': 'S3cr3t'}\nif x:\n  c['ssl_ca'] = ''\n"
              "connect(**c)"},
             {TextForm::pymysql,
              "c = {'host': 'h', 'password': 'S3cr3t'}\nif x: c.update(y)\nconnect(**c)"},
             {TextForm::pymysql,
              "c = dict(host='h', password='S3cr3t')\nif x: c.clear()\nconnect(**c)"},
             {TextForm::pymysql,
              "H = 'h'\nfrom settings import H\nconnect(host=H, password='S3cr3t')"},
             {TextForm::pymysql,
              "H = 'h'\nfrom settings import *\nconnect(host=H, password='S3cr3t')"},
             {TextForm::pymysql,
              "try:\n  connect(host='h', password='S3cr3t')\nexcept E:\n  connect(host='i')"},
             {TextForm::pymysql, "if x:\n  connect(host='h', password='S3cr3t')"},
             {TextForm::pymysql,
              "db = connect(host='h', password='S3cr3t')\nif x:\n db.ssl = None"},
             {TextForm::pymysql,
              "db = connect(host='h', password='S3cr3t')\nif x:\n  print('a\n')"},
             {TextForm::pymysql, "db = connect(host='h', password='S3cr3t')\nif x\n  print()"},
             {TextForm::pymysql, "db = connect(host='h', password='S3cr3t')\nprint((]))"},
             {TextForm::pymysql, "connect(password=print('S3cr3t'), host='h')"},
             {TextForm::pymysql,
              "c = dict(host='h', password='S3cr3t')\nprint(f'{c.clear()}')\nconnect(**c)"},
             // A comment does not end the block, and an indented line goes on with it.
             {TextForm::pymysql, "if x:\n    print('dev')\n# note\n"
                                 "    ssl_args = {'verify_mode': 'none'}\n"
                                 "connect(host='h', password='S3cr3t', ssl=ssl_args)"},
             {TextForm::pymysql, "try:\n\tif x:\n\t\tprint('dev')\n"
                                 "                 s = {'verify_mode': 'none'}\n"
                                 "\tconnect(host='h', password='S3cr3t', ssl=s)\n"
                                 "except: exit(1)"},
             {TextForm::pymysql, "if x: \\\ns = {'verify_mode': 'none'}\n"
                                 "connect(host='h', password='S3cr3t', ssl=s)"},
             {TextForm::pymysql, "if x: \\\r\ns = {'verify_mode': 'none'}\n"
                                 "connect(host='h', password='S3cr3t', ssl=s)"},
             {TextForm::mysqli,
              "$h = 'h'; if ($x) { echo \"{$f($h)}\"; } mysqli_connect($h, 'u', 'S3cr3t');"},
             {TextForm::mysqli,
              "$h = 'h'; if ($x) { $h = 'i'; } mysqli_connect($h, 'u', 'S3cr3t');"},
             {TextForm::mysqli, "$c = mysqli_init(); if ($x) { mysqli_SSL_set($c, 0); }"
                                "mysqli_real_connect($c, 'h', 'u', 'S3cr3t');"},
             {TextForm::mysqli,
              "$c = mysqli_init(); if (mysqli_real_connect($c, 'h', 'u', 'S3cr3t')) {}"},
             {TextForm::mysqli, "mysqli_connect('h', 'u', 'S3cr3t'); if ($x) { echo <<<A\n'\nA; }"},
             {TextForm::pdo, "try { $db = new PDO('mysql:host=h', 'u', 'S3cr3t');"},
             {TextForm::pdo, "try { $db = new PDO('mysql:host=h', 'u', 'S3cr3t'); }"},
             {TextForm::pdo, "$db = new PDO('mysql:host=h', 'u', 'S3cr3t');"
                             "if ($x) { $db->setAttribute(PDO::ATTR_AUTOCOMMIT, 0); }"},
             {TextForm::node_object,
              "const o = {host: 'h', password: 'S3cr3t'};\n"
              "if (x) { // don't\n o.ssl = false }\nmysql.createConnection(o)"},
             {TextForm::node_object,
              "const o = {host: 'h', password: 'S3cr3t'};\n"
              "if (x) { /'/.test(y); o.ssl = false; /'/ }\nmysql.createConnection(o)"},
             // Something in what was assigned is assigned anew.
             {TextForm::node_object,
              "const config = {host: 'h', password: 'S3cr3t', ssl: {rejectUnauthorized: false}};\n"
              "config.ssl.rejectUnauthorized = true;\nmysql.createConnection(config)"},
             {TextForm::node_object,
              "app.config = {host: 'h', password: 'S3cr3t'};\napp.config.host = 'i';\n"
              "mysql.createConnection(app.config)"},
             {TextForm::pymysql, "c = connect(host='h', password='S3cr3t')\nc.ssl = True"},
             {TextForm::mysqli, "$c = mysqli_init(); $c->host = 'h';\n"
                                "mysqli_real_connect($c, 'i', 'u', 'S3cr3t');"},
             // The statement goes on in the next line.
             {TextForm::node_object,
              "if (process.env.DEV) console.log('dev'),\n  s = {rejectUnauthorized: false};\n"
              "mysql.createConnection({host: 'h', password: 'S3cr3t', ssl: s})"},
             {TextForm::node_object, "const o = {host: 'h', password: 'S3cr3t'};\n"
                                     "if (x) { `${o.ssl = false}` }\nmysql.createConnection(o)"},
         }) {
        INFO(row.second);
        auto const error = error_of([&] { (void)translate(row.first, row.second); });
        CHECK_FALSE(contains(error.what(), "S3cr3t"));
    }
    std::string long_one = "connect(host='h')\nif x:\n";
    for (int i = 0; i < 1000; ++i)
        long_one += "  print(a_name)\n";
    CHECK(
        contains(error_of([&] { (void)translate(TextForm::pymysql, long_one); }).what(), "8 KiB"));
}

TEST_CASE("what an import or install_as_MySQLdb() says of the client", "[text][any]")
{
    constexpr std::string_view entry =
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'HOST': 'h', "
        "'OPTIONS': {'ssl': {'ca': 'c'}}}}";
    std::string const installed =
        "import pymysql\npymysql.install_as_MySQLdb()\n" + std::string{entry};
    CHECK(translate(installed).client == "Django over PyMySQL 1.2");
    CHECK(translate(installed).before.checks_name);
    CHECK_FALSE(translate(entry).before.checks_name);
    // It may not be run.
    CHECK_FALSE(translate("if x:\n  pymysql.install_as_MySQLdb()\n" + std::string{entry})
                    .before.checks_name);
    CHECK(translate("pymysql.install_as_MySQLdb()\nMySQLdb.connect(host='h')").client ==
          "PyMySQL 1.2");
    CHECK(translate("{'ENGINE': 'mysql.connector.django', 'HOST': 'h'}").client ==
          "Django over MySQL Connector/Python 26.7");
    CHECK(translate("import mysql from 'mysql';\nmysql.createConnection({host: 'h'})").client ==
          "Node mysql 2.18");
}

TEST_CASE("what other versions of a client make of a text", "[text][any]")
{
    struct Row {
        TextForm form;
        std::string_view text;
        /// A piece of what is said, empty where nothing is.
        std::string_view version;
    };
    using Form = TextForm;
    for (Row const& row : {
             Row{Form::pymysql, "connect(host='h', ssl={'ca': 'c'})",
                 "PyMySQL 1.0: goes on without"},
             Row{Form::pymysql, "connect(host='h', ssl_ca='c')", "PyMySQL 1.0: goes on without"},
             Row{Form::pymysql, "connect(host='h')", {}}, // it goes on in any version
             Row{Form::django, "{'HOST': 'h', 'OPTIONS': {'ssl_ca': 'c'}}", "PyMySQL 1.0: goes on"},
             Row{Form::django, "{'HOST': 'h', 'OPTIONS': {'ssl': {'ca': 'c'}}}", "Connector/C 3.4"},
             Row{Form::django, "{'HOST': 'h', 'ENGINE': 'mysql.connector.django'}", {}},
             Row{Form::mysqlclient, "connect('h', ssl={'ca': 'c'})", "Connector/C 3.4"},
             Row{Form::mysqlclient, "connect(unix_socket='/s', ssl={'ca': 'c'})", {}},
             Row{Form::ruby, "host: 'h', sslca: 'c'", "Connector/C 3.4"},
             Row{Form::ruby, "host: 'h', sslca: 'c', ssl_mode: :verify_identity",
                 "mysql2 0.5.5: TLS or no connection"},
             Row{Form::ruby, "host: 'h', ssl_mode: :disabled", {}},
             Row{Form::node_url, "mysql://h?ssl=true", "mysql 2.18: TLS, and no certificate"},
             Row{Form::node_url, "mysql://h?ssl={\"ca\":\"c\"}", {}},
             Row{Form::mysqlclient, "connect('h', ssl={})", {}},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?useSSL=true",
                 "Connector/J 5.1: the certificate"},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?sslMode=REQUIRED&useSSL=true",
                 "Connector/J 5.1: no sslMode"},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?useSSL=true&requireSSL=true",
                 "Connector/J 5.1: no sslMode"},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?sslMode=PREFERRED", {}},
             Row{Form::mariadb_jdbc, "jdbc:mariadb://h/d?useSsl=true", {}},
             Row{Form::mariadb_command_line, "mariadb -h h --ssl-ca=c", "mariadb 11.8: TLS or no"},
             Row{Form::mariadb_command_line,
                 "mariadb -h h --ssl-ca=c --ssl-verify-server-cert",
                 {}},
             Row{Form::mysql_command_line, "mysql -h h --ssl-ca=c", {}},
             Row{Form::option_file, "[client]\nhost=h\nssl-ca=c", {}},
         }) {
        INFO(row.text);
        std::string const text = to_text(translate(row.form, row.text));
        bool const speaks = contains(text, "depends on the version that reads it");
        CHECK(speaks == !row.version.empty());
        CHECK(contains(text, row.version));
    }
}

TEST_CASE("a typical text costs at most 20 allocations, and leaves no password in memory",
          "[text][any]")
{
    // Each with a database, a CA of its own and a password that no small-string buffer holds.
    for (
        char const* const text :
        {"jdbc:mysql://shop_user:very-very-secret-pw@db.example.internal:3306/shop?"
         "sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreUrl=file:/etc/ssl/certs/db-ca.jks&"
         "trustCertificateKeyStorePassword=changeit",
         "jdbc:mariadb://db.example.internal/shop?user=shop_user&password=very-very-secret-pw&"
         "sslMode=verify-full&serverSslCert=/etc/ssl/certs/db-ca.pem",
         "Server=db.example.internal;User ID=shop_user;Password=very-very-secret-pw;Database=shop;"
         "SslMode=VerifyFull;SslCa=/etc/ssl/certs/db-ca.pem",
         "shop_user:very-very-secret-pw@tcp(db.example.internal:3306)/shop?tls=true&timeout=5s",
         "mysql://shop_user:very-very-secret-pw@db.example.internal:3306/shop?"
         "ssl-mode=VERIFY_IDENTITY&ssl-ca=/etc/ssl/certs/db-ca.pem",
         "mysql://shop_user:very-very-secret-pw@db.example.internal:3306/shop?"
         "ssl={\"ca\":\"/etc/ssl/certs/db-ca.pem\",\"verifyIdentity\":true}",
         "{host: 'db.example.internal', user: 'shop_user', password: 'very-very-secret-pw', "
         "database: 'shop', ssl: {ca: fs.readFileSync('/etc/ssl/certs/db-ca.pem')}}",
         "new PDO('mysql:host=db.example.internal;dbname=shop', 'shop_user', 'very-very-secret-pw', "
         "[PDO::MYSQL_ATTR_SSL_CA => '/etc/ssl/certs/db-ca.pem'])",
         "mysql:host=db.example.internal;dbname=shop;user=shop_user;password=very-very-secret-pw",
         "$c = mysqli_init(); mysqli_ssl_set($c, NULL, NULL, '/etc/ssl/certs/db-ca.pem', NULL, NULL);"
         "mysqli_real_connect($c, 'db.example.internal', 'shop_user', \"very-very\\x2dsecret-pw\", 'shop');",
         "mysql.connector.connect(host='db.example.internal', user='shop_user', "
         "password='very-very-secret-' 'pw', database='shop', ssl_ca='/etc/ssl/certs/db-ca.pem')",
         "pymysql.connect(host='db.example.internal', user='shop_user', password='very-very-secret-pw', "
         "database='shop', ssl={'ca': '/etc/ssl/certs/db-ca.pem'})",
         "MySQLdb.connect('db.example.internal', 'shop_user', 'very-very\\x2dsecret-pw', 'shop', "
         "ssl={'ca': '/etc/ssl/certs/db-ca.pem'})",
         "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'HOST': 'db.example.internal', "
         "'USER': 'shop_user', 'PASSWORD': 'very-very-secret-pw', 'NAME': 'shop', 'PORT': '3306', "
         "'OPTIONS': {'ssl': {'ca': '/etc/ssl/certs/db-ca.pem'}}}}",
         "Mysql2::Client.new(:host => 'db.example.internal', :username => 'shop_user', "
         ":password => 'very-very-secret-pw', :database => 'shop', :sslca => '/etc/ssl/certs/db-ca.pem')",
         "mysql -h db.example.internal -u shop_user -p'very-very-secret-pw' "
         "--ssl-ca=/etc/ssl/certs/db-ca.pem shop",
         "mariadb -h db.example.internal -u shop_user -pvery-very\\-secret-pw "
         "--ssl-ca=/etc/ssl/certs/db-ca.pem shop",
         "[client]\nhost=db.example.internal\nuser=shop_user\npassword='very-very-secret-pw'\n"
         "ssl-ca=/etc/ssl/certs/db-ca.pem\n[mysql]\ndatabase=shop\n"}) {
        INFO(text);
        (void)unit::freed_with("very-very-secret-pw");
        auto const before = unit::allocations();
        std::optional<Translation> translation = translate(text);
        auto const after = unit::allocations();
        CHECK(translation->options.password.reveal() == "very-very-secret-pw");
        translation.reset();
        CHECK(unit::freed_with({}) == 0);
        if (before) {
            INFO(*after - *before);
            CHECK(*after - *before <= 20);
        }
    }
}

TEST_CASE("a refused text leaves no password in memory", "[text][any]")
{
    for (char const* const text :
         {"jdbc:mysql://u:very-very-secret-pw@h/d?bogus=1",
          "jdbc:mysql://h/d?user=u&password=very-very-secret-pw&sslMode=x",
          "Server=h;Password=\"very-very-secret-pw\";Bogus=1",
          "u:very-very-secret-pw@tcp(h)/d?tls=x", "mysql://u:very-very-secret-pw@h?ssl-mode=x",
          "mysql://u:very-very-secret-pw@h?ssl={\"x\":1}",
          "{password: 'very-very-secret-pw', x: 1}",
          "new PDO('mysql:host=h', 'u', 'very-very-secret-pw', [PDO::X => 1])",
          "mysql:host=h;password=very-very-secret-pw;x=1",
          "mysqli_connect('h', 'u', \"very-very\\x2dsecret-pw\", 'd', 'x')",
          "pymysql.connect(password='very-very-secret-' 'pw', x=1)",
          "pymysql.connect(password='very-very\\x2dsecret-pw', x=",
          "{'ENGINE': 'mysql', 'HOST': 'h', 'PASSWORD': 'very-very-secret-pw', 'X': 1}",
          ":password => \"very-very\\x2dsecret-pw\", :x => 1", "mysql -p'very-very-secret-pw' --x",
          "mariadb -pvery-very\\-secret-pw --port=x",
          "[client]\npassword=\"very-very-secret-pw\"\nx=1\n"}) {
        INFO(text);
        (void)unit::freed_with("very-very-secret-pw");
        bool is_refused = false;
        try {
            (void)translate(text);
        } catch (Error const&) {
            is_refused = true;
        }
        CHECK(unit::freed_with({}) == 0);
        CHECK(is_refused);
    }
}
