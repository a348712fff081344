// The same with SOCI.

#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>

#include <cstdlib>
#include <iostream>
#include <string>

struct User {
    long long id;
    std::string name;
};

namespace soci {

template <>
struct type_conversion<User> {
    using base_type = values;
    static void from_base(values const& row, indicator, User& user)
    {
        user.id = row.get<long long>("id");
        user.name = row.get<std::string>("name");
    }
    static void to_base(User const& user, values& row, indicator& is)
    {
        row.set("id", user.id);
        row.set("name", user.name);
        is = i_ok;
    }
};

} // namespace soci

int main(int argc, char** argv)
{
    if (argc < 5)
        return 2;
    soci::session db{soci::mysql, "host=" + std::string{argv[1]} + " user=" + argv[2] +
                                      " password=" + std::getenv("PASSWORD") + " sslca=" + argv[3] +
                                      " db=" + argv[4]};
    int const limit = 10;
    soci::rowset<User> const users =
        (db.prepare << "SELECT id, name FROM users WHERE id < :limit", soci::use(limit));
    for (User const& user : users)
        std::cout << user.id << ' ' << user.name << '\n';
}
