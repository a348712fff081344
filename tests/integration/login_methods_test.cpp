// Login methods on real servers: each that the server has, and each way to leave one out.

#include "server.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;

namespace {

/// A user of its own method, as long as the test runs.
class TemporaryUser {
public:
    TemporaryUser(std::string name, std::string const& method) : name_{std::move(name)}
    {
        Connection db = admin();
        drop(db);
        db.execute(Sql::unchecked("CREATE USER '" + name_ + "'@'%' IDENTIFIED " +
                                  (Server::get().is_mariadb()
                                       ? "VIA " + method + " USING PASSWORD('" + secret + "')"
                                       : "WITH " + method + " BY '" + secret + "'")));
    }
    TemporaryUser(TemporaryUser const&) = delete;
    TemporaryUser& operator=(TemporaryUser const&) = delete;
    ~TemporaryUser()
    {
        Connection db = admin();
        drop(db);
    }

    [[nodiscard]] auto builder() const
    {
        return to_server()
            .login(name_, Secret{std::string_view{secret}})
            .ssl({.ca = Server::get()["CA"]});
    }

private:
    void drop(Connection& db) const
    {
        db.execute(Sql::unchecked("DROP USER IF EXISTS '" + name_ + "'@'%'"));
    }

    inline static std::string const secret = "Login-method-1";
    std::string name_;
};

/// Those that this server has, by its own name and that of the protocol.
std::vector<std::pair<std::string, LoginMethod>> methods()
{
    std::vector<std::pair<std::string, LoginMethod>> found;
    Connection db = admin();
    for (auto const& [name, method] : std::vector<std::pair<std::string, LoginMethod>>{
             {"mysql_native_password", LoginMethod::mysql_native_password},
             {"caching_sha2_password", LoginMethod::caching_sha2_password},
             {"sha256_password", LoginMethod::sha256_password},
             {"ed25519", LoginMethod::client_ed25519},
             {"parsec", LoginMethod::parsec}}) {
        auto const active = db.query_value<int>(
            Sql::unchecked("SELECT COUNT(*) FROM information_schema.plugins WHERE plugin_status = "
                           "'ACTIVE' AND plugin_type = 'AUTHENTICATION' AND plugin_name = '" +
                           name + "'"));
        if (active != 0)
            found.emplace_back(name, method);
    }
    return found;
}

} // namespace

TEST_CASE("every login method that the server has works", "[integration]")
{
    auto const all = methods();
    REQUIRE_FALSE(all.empty());
    for (auto const& [name, method] : all) {
        INFO(name);
        TemporaryUser const user{"by_" + name, name};
        auto db = user.builder().connect();
        CHECK(db.query_value<int>("SELECT 1") == 1);
        // Also where it is the only one, and the greeting names another.
        auto only = user.builder().login_methods({method}).connect();
        CHECK(only.query_value<int>("SELECT 1") == 1);
        // And where one that shows the password may be asked for, and is not.
        auto more =
            user.builder().login_methods({method, LoginMethod::mysql_clear_password}).connect();
        CHECK(more.query_value<int>("SELECT 1") == 1);
    }
}

TEST_CASE("a login method that is not named is refused", "[integration]")
{
    for (auto const& [name, method] : methods()) {
        INFO(name);
        TemporaryUser const user{"not_by_" + name, name};
        LoginMethod const other = method == LoginMethod::client_ed25519
                                      ? LoginMethod::mysql_native_password
                                      : LoginMethod::client_ed25519;
        Error const error =
            error_of([&] { static_cast<void>(user.builder().login_methods({other}).connect()); });
        INFO(error.what());
        CHECK(error.code() == 5010);
        CHECK(error.message().find(to_string(method)) != std::string::npos);
        CHECK(error.remedy().find("login_methods(") != std::string::npos);
    }
}

TEST_CASE("a server in order is not found out of order", "[integration]")
{
    auto db = builder().connect();
    // More packets than there are sequence numbers.
    std::size_t rows = 0;
    for (Row const& row :
         db.query("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
                  "SELECT i FROM n"))
        rows += row.size();
    CHECK(rows == 900);
    for (int i = 0; i < 300; ++i)
        db.ping();
    db.reset();
    CHECK(db.query_value<int>("SELECT 1") == 1);
}
