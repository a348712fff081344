// The same with nothing but Connector/C.

#include <mysql.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
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
    MYSQL* const db = mysql_init(nullptr);
    my_bool const on = 1;
    mysql_optionsv(db, MYSQL_OPT_SSL_CA, argv[3]);
    mysql_optionsv(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
    if (mysql_real_connect(db, argv[1], argv[2], std::getenv("PASSWORD"), argv[4], 3306, nullptr,
                           0) == nullptr) {
        std::cerr << mysql_error(db) << '\n';
        return 1;
    }
    MYSQL_STMT* const statement = mysql_stmt_init(db);
    char const* const sql = "SELECT id, name FROM users WHERE id < ?";
    int limit = 10;
    MYSQL_BIND parameter{};
    parameter.buffer_type = MYSQL_TYPE_LONG;
    parameter.buffer = &limit;
    User user{};
    char name[129];
    unsigned long size = 0;
    MYSQL_BIND columns[2]{};
    columns[0].buffer_type = MYSQL_TYPE_LONGLONG;
    columns[0].buffer = &user.id;
    columns[1].buffer_type = MYSQL_TYPE_STRING;
    columns[1].buffer = name;
    columns[1].buffer_length = sizeof name;
    columns[1].length = &size;
    if (mysql_stmt_prepare(statement, sql, std::strlen(sql)) != 0 ||
        mysql_stmt_bind_param(statement, &parameter) != 0 || mysql_stmt_execute(statement) != 0 ||
        mysql_stmt_bind_result(statement, columns) != 0) {
        std::cerr << mysql_stmt_error(statement) << '\n';
        return 1;
    }
    while (mysql_stmt_fetch(statement) == 0) {
        user.name.assign(name, size);
        std::cout << user.id << ' ' << user.name << '\n';
    }
    mysql_stmt_close(statement);
    mysql_close(db);
}
