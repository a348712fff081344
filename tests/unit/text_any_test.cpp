// Whose text it is, told from its look; and what all forms have in common: no allocation storm.

#include <sealsql/text/any.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <string_view>

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
    CHECK(summary(translate("jdbc:mysql://h/d?user=u&password=p \n").options) ==
          "u:p @h:3306/d identity");
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
             Row{Form::ruby, "host: 'h', sslca: 'c', ssl_mode: :verify_identity", {}},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?useSSL=true",
                 "Connector/J 5.1: the certificate"},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?sslMode=REQUIRED&useSSL=true", {}},
             Row{Form::mysql_jdbc, "jdbc:mysql://h/d?useSSL=true&requireSSL=true", {}},
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
