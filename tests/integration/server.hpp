#ifndef SEALSQL_TESTS_INTEGRATION_SERVER_HPP
#define SEALSQL_TESTS_INTEGRATION_SERVER_HPP

// The real server that these tests run against, as tests/support/with_servers.sh describes it.

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace sealsql::testing {

/// The settings in the file that SEALSQL_TEST_SERVER_ENV names.
class Server {
public:
    static Server const& get()
    {
        static Server const server;
        return server;
    }

    [[nodiscard]] std::string const& operator[](std::string const& key) const
    {
        auto const found = settings_.find("SEALSQL_TEST_" + key);
        if (found == settings_.end())
            throw std::runtime_error("the server's settings do not say " + key);
        return found->second;
    }

    [[nodiscard]] std::string const& host() const { return (*this)["HOST"]; }
    [[nodiscard]] std::uint16_t port() const
    {
        return static_cast<std::uint16_t>(std::stoul((*this)["PORT"]));
    }
    [[nodiscard]] bool is_mariadb() const { return (*this)["SERVER_KIND"] == "mariadb"; }
    [[nodiscard]] bool has(std::string const& key) const
    {
        return settings_.contains("SEALSQL_TEST_" + key);
    }

private:
    Server()
    {
        char const* const path = std::getenv("SEALSQL_TEST_SERVER_ENV");
        std::ifstream file{path != nullptr ? path : ""};
        if (!file)
            throw std::runtime_error("SEALSQL_TEST_SERVER_ENV names no readable file");
        for (std::string line; std::getline(file, line);) {
            auto const equals = line.find('=');
            if (equals != std::string::npos)
                settings_[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }

    std::map<std::string, std::string> settings_;
};

/// Up to the login, without a word about TLS.
inline auto to_server()
{
    Server const& server = Server::get();
    return ConnectionBuilder::to_host(server.host(), server.port());
}

inline Secret password() { return Secret{std::string_view{Server::get()["PASSWORD"]}}; }

/// The usual way in: the usual user, the server's CA, the test database.
inline auto builder()
{
    Server const& server = Server::get();
    return to_server()
        .login(server["USER"], password())
        .ssl({.ca = server["CA"]})
        .database(server["DATABASE"]);
}

/// As the one who may do everything.
inline Connection admin()
{
    Server const& server = Server::get();
    return ConnectionBuilder::to_socket(server["SOCKET"])
        .login(server["ADMIN_USER"], Secret{std::string_view{server["ADMIN_PASSWORD"]}})
        .plaintext_over_local_socket()
        .connect();
}

/// The error that `function` ends with.
template <class Function>
Error error_of(Function const& function)
{
    try {
        function();
    } catch (Error const& error) {
        return error;
    }
    throw std::runtime_error("no error where one was expected");
}

template <class Function>
TlsError tls_error_of(Function const& function)
{
    try {
        function();
    } catch (TlsError const& error) {
        return error;
    }
    throw std::runtime_error("no TlsError where one was expected");
}

} // namespace sealsql::testing

#endif
