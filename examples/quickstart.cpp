// The main example: connect with a CA, look at what TLS agreed on, create, insert and query typed rows, and be refused where
// a connection could not be trusted. examples/quickstart.sh builds it and starts a private server for it.

#include "tls_stripper.hpp"

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

struct User {
    std::int64_t id;
    std::string name;
    std::optional<std::string> email;
};

/// The values of `--name value` pairs.
class Arguments {
public:
    Arguments(int count, char** texts)
    {
        for (int i = 1; i + 1 < count; i += 2)
            values_[texts[i]] = texts[i + 1];
    }

    std::string const& operator[](std::string const& name) const
    {
        auto const found = values_.find("--" + name);
        if (found == values_.end())
            throw std::runtime_error("--" + name + " is missing; see examples/quickstart.sh");
        return found->second;
    }

private:
    std::map<std::string, std::string> values_;
};

/// Runs a connection attempt that has to fail, and shows how it does.
void show_refusal(char const* title, std::function<sealsql::Connection()> const& connect)
{
    std::cout << "\n--- " << title << '\n';
    try {
        connect();
    } catch (sealsql::TlsError const& error) {
        std::cout << "refused (" << to_string(error.reason()) << "): " << error.message()
                  << "\n  what to do: " << error.remedy() << '\n';
        return;
    }
    throw std::runtime_error("this connection should have been refused");
}

void run(Arguments const& arguments)
{
    std::string const& host = arguments["host"];
    auto const port = static_cast<std::uint16_t>(std::stoul(arguments["port"]));
    auto const password = sealsql::Secret::from_env("SEALSQL_PASSWORD");
    std::string const& user = arguments["user"];

    std::cout << "--- connect with the CA\n";
    auto db = sealsql::ConnectionBuilder::to_host(host, port)
                  .login(user, password)
                  .ssl({.ca = arguments["ca"]})
                  .database(arguments["database"])
                  .connect();
    sealsql::TlsInfo const& tls = *db.tls();
    std::cout << "server      " << db.server_version() << "\nTLS         " << tls.version << ", "
              << tls.cipher << "\ncertificate " << tls.peer.subject << ", issued by "
              << tls.peer.issuer << "\nverified as " << tls.verified_name << "\nSHA-256     "
              << tls.peer.sha256_hex() << '\n';

    std::cout << "\n--- create, insert, query\n";
    db.execute("CREATE TEMPORARY TABLE users (id BIGINT PRIMARY KEY AUTO_INCREMENT, "
               "name VARCHAR(40) NOT NULL, email VARCHAR(80))");
    auto const inserted = db.execute("INSERT INTO users (name, email) VALUES "
                                     "('Ann', 'ann@example.com'), ('Bob', NULL)");
    std::cout << inserted.affected_rows << " rows inserted\n";
    for (auto const& [id, name, email] : db.query<User>("SELECT id, name, email FROM users"))
        std::cout << id << ' ' << name << ' ' << email.value_or("(no address)") << '\n';
    auto const total = db.query_value<std::int64_t>("SELECT COUNT(*) FROM users");
    std::cout << total << " users in all\n";

    show_refusal("a CA that did not sign the server's certificate", [&] {
        return sealsql::ConnectionBuilder::to_host(host, port)
            .login(user, password)
            .ssl({.ca = arguments["other-ca"]})
            .connect();
    });
    show_refusal("a name that the certificate is not for", [&] {
        return sealsql::ConnectionBuilder::to_host(arguments["wrong-name-host"], port)
            .login(user, password)
            .ssl({.ca = arguments["ca"]})
            .connect();
    });
    TlsStripper attacker;
    show_refusal("an attacker who removes the offer of TLS", [&] {
        return sealsql::ConnectionBuilder::to_host("127.0.0.1", attacker.port())
            .login(user, password)
            .ssl({.ca = arguments["ca"]})
            .connect();
    });
    std::cout << "  the attacker received " << attacker.received() << " bytes\n";
    if (attacker.received() != 0)
        throw std::runtime_error("nothing may be sent to a server that does not offer TLS");
}

} // namespace

int main(int count, char** texts)
{
    try {
        run(Arguments{count, texts});
        return EXIT_SUCCESS;
    } catch (std::exception const& error) {
        std::cerr << "quickstart: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
