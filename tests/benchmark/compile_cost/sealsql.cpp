// As users would write it; also for compiled mode.

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <iostream>
#include <string>

struct User {
    std::int64_t id;
    std::string name;
};

int main(int argc, char** argv)
{
    if (argc < 5)
        return 2;
    auto db = sealsql::ConnectionBuilder::to_host(argv[1])
                  .login(argv[2], sealsql::Secret::from_env("PASSWORD"))
                  .ssl({.ca = argv[3]})
                  .database(argv[4])
                  .connect();
    for (User const& user : db.query<User>("SELECT id, name FROM users WHERE id < ?", 10))
        std::cout << user.id << ' ' << user.name << '\n';
}
