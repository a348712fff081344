// Accounts that demand a client certificate, and the ways in which they are refused without the right one.

#include "server.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <fstream>
#include <iterator>
#include <string>

using namespace sealsql;
using namespace sealsql::testing;

namespace {

ClientIdentity client()
{
    Server const& server = Server::get();
    return ClientIdentity::pem_files(server["CLIENT_CERT"], server["CLIENT_KEY"]);
}

std::string content(std::string const& file)
{
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// An account that demands something of the certificate, as long as this object.
class Account {
public:
    explicit Account(std::string const& demand)
    {
        auto db = admin();
        db.execute(Sql::unchecked("DROP USER IF EXISTS " + name()));
        db.execute(Sql::unchecked("CREATE USER " + name() + " IDENTIFIED BY '" +
                                  Server::get()["PASSWORD"] + "' REQUIRE " + demand));
    }
    Account(Account const&) = delete;
    Account& operator=(Account const&) = delete;
    ~Account()
    {
        try {
            admin().execute(Sql::unchecked("DROP USER " + name()));
        } catch (Error const&) { // the server goes with the tests
        }
    }

    static constexpr char user[] = "demanding";

private:
    static std::string name() { return std::string{"'"} + user + "'@'%'"; }
};

Connection connect_as(std::string const& user, ClientIdentity const& identity,
                      sealsql::TlsVersion minimum = sealsql::TlsVersion::tls1_2)
{
    return to_server()
        .login(user, password())
        .ssl({.ca = Server::get()["CA"], .min_version = minimum, .identity = identity})
        .connect();
}

void check_denied(std::string const& user, ClientIdentity const& identity, char const* remedy)
{
    auto const error = error_of([&] { connect_as(user, identity); });
    CAPTURE(error.what());
    CHECK(error.code() == 1045);
    CHECK(error.remedy().find(remedy) != std::string::npos);
}

constexpr char subject[] = "/O=sealsql test/CN=sealsql test client";
constexpr char issuer[] = "/O=sealsql test/CN=sealsql test root";

} // namespace

TEST_CASE("an account with REQUIRE X509 needs a client certificate", "[integration][valgrind]")
{
    Server const& server = Server::get();
    auto db = connect_as(server["X509_USER"], client());
    CHECK(db.query_value<std::string>("SELECT CURRENT_USER()").find(server["X509_USER"]) == 0);
    check_denied(server["X509_USER"], {}, "give it as .identity in SslOptions");
}

TEST_CASE("every form of client certificate is taken by a real server", "[integration]")
{
    Server const& server = Server::get();
    TemporaryDirectory const directory;
    Identity const pem{content(server["CLIENT_CERT"]), content(server["CLIENT_KEY"])};
    Secret const passphrase{"a passphrase"};
    for (ClientIdentity const& identity :
         {client(),
          ClientIdentity::file(directory.write("both.pem", pem.key_pem + pem.certificate_pem)),
          ClientIdentity::file(directory.write("both.p12", to_pkcs12(pem, passphrase.reveal())),
                               passphrase),
          ClientIdentity::pem_files(
              server["CLIENT_CERT"],
              directory.write("locked.key", encrypt_key(pem.key_pem, passphrase.reveal())),
              passphrase),
          ClientIdentity::memory(pem.certificate_pem, Secret{std::string_view{pem.key_pem}})}) {
        INFO(identity.describe());
        CHECK(connect_as(server["X509_USER"], identity, sealsql::TlsVersion::tls1_3).usable());
    }
}

TEST_CASE("accounts may demand a subject, an issuer, or both", "[integration]")
{
    for (std::string const& demand :
         {std::string{"SUBJECT '"} + subject + "'", std::string{"ISSUER '"} + issuer + "'",
          std::string{"SUBJECT '"} + subject + "' AND ISSUER '" + issuer + "'"}) {
        INFO(demand);
        Account const account{demand};
        CHECK(connect_as(Account::user, client()).usable());
        check_denied(Account::user, {}, "give it as .identity in SslOptions");
    }
    for (std::string const& demand :
         {std::string{"SUBJECT '/CN=somebody else'"}, std::string{"ISSUER '/CN=another CA'"}}) {
        INFO(demand);
        Account const account{demand};
        check_denied(Account::user, client(), "CN=sealsql test client");
    }
}

TEST_CASE("accounts that demand TLS alone, or nothing, are content with or without",
          "[integration]")
{
    Server const& server = Server::get();
    for (std::string const& user : {server["TLS_ONLY_USER"], server["USER"]}) {
        CHECK(connect_as(user, client()).usable());
        CHECK(connect_as(user, {}).usable());
    }
}

TEST_CASE("a client certificate of a CA that the server does not know is refused by name",
          "[integration]")
{
    CertificateSpec spec;
    spec.common_names = {"a stranger"};
    spec.purpose = Purpose::client;
    Identity const stranger = Authority{}.issue(spec);
    for (int attempt = 0; attempt < 20; ++attempt) { // its alert races with the login
        auto const error = tls_error_of([&] {
            connect_as(Server::get()["USER"],
                       ClientIdentity::memory(stranger.certificate_pem,
                                              Secret{std::string_view{stranger.key_pem}}));
        });
        CAPTURE(error.what());
        CHECK(error.reason() == TlsReason::handshake_refused);
        CHECK(error.remedy().find("CN=a stranger") != std::string::npos);
    }
}
