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
    CHECK(summary(translate("  jdbc:mysql://u:p@h/d \n").options) == "u:p@h:3306/d identity");
}

TEST_CASE("a typical text costs at most 20 allocations, and leaves no password in memory",
          "[text][any]")
{
    // Each with a database, a CA of its own and a password that no small-string buffer holds.
    for (char const* const text :
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
          "database: 'shop', ssl: {ca: fs.readFileSync('/etc/ssl/certs/db-ca.pem')}}"}) {
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
          "{password: 'very-very-secret-pw', x: 1}"}) {
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
