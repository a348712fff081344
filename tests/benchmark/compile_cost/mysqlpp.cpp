// The same with MySQL++.

#include <mysql++.h>

#include <cstdlib>
#include <iostream>
#include <string>

struct User {
    long long id;
    std::string name;
};

int main(int argc, char** argv)
{
    if (argc < 5)
        return 2;
    mysqlpp::Connection db{true};
    db.set_option(new mysqlpp::SslOption(nullptr, nullptr, argv[3], nullptr, nullptr));
    db.connect(argv[4], argv[1], argv[2], std::getenv("PASSWORD"));
    mysqlpp::Query query = db.query("SELECT id, name FROM users WHERE id < %0");
    query.parse();
    mysqlpp::UseQueryResult result = query.use(10);
    while (mysqlpp::Row const row = result.fetch_row()) {
        User const user{static_cast<long long>(row["id"]), std::string(row["name"])};
        std::cout << user.id << ' ' << user.name << '\n';
    }
}
