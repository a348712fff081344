// The example of the README's first screen; a test compares the two.

#include <sealsql/sealsql.hpp>

#include <iostream>

struct User {
    std::int64_t id;
    std::string name;
    std::optional<std::string> email;
};

int main()
try {
    auto db = sealsql::ConnectionBuilder::to_host("db.internal")
                  .login("app", sealsql::Secret::from_env("DB_PASSWORD"))
                  .ssl({.ca = "/etc/ssl/db-ca.pem"})
                  .database("shop")
                  .connect();
    for (auto const& [id, name, email] : db.query<User>("SELECT id, name, email FROM users"))
        std::cout << id << ' ' << name << ' ' << email.value_or("-") << '\n';
} catch (sealsql::Error const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
