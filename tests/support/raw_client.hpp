#ifndef SEALSQL_TESTS_SUPPORT_RAW_CLIENT_HPP
#define SEALSQL_TESTS_SUPPORT_RAW_CLIENT_HPP

// Connector/C as everybody uses it, without sealsql: what must go on working beside it. Who includes this links Connector/C.

#include <cstdint>
#include <string>

#include <mysql.h>

namespace sealsql::testing {

struct RawLogin {
    std::string host;
    std::uint16_t port = 0;
    std::string user = "raw";
    std::string password = "raw";
    std::string ca = {}; // empty: plaintext
};

/// Whether a connection can be made as told, and `statement` is answered; with `answer`, if that is given.
inline bool raw_connection_works(RawLogin const& login, char const* statement = "SELECT 1",
                                 std::string const& answer = {})
{
    MYSQL* const handle = mysql_init(nullptr);
    unsigned const protocol = MYSQL_PROTOCOL_TCP;
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
    my_bool const off = 0;
    mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
    if (!login.ca.empty())
        mysql_options(handle, MYSQL_OPT_SSL_CA, login.ca.c_str());
    bool good =
        mysql_real_connect(handle, login.host.c_str(), login.user.c_str(), login.password.c_str(),
                           nullptr, login.port, nullptr, 0) != nullptr;
    good = good && (mysql_get_ssl_cipher(handle) != nullptr) == !login.ca.empty();
    good = good && mysql_query(handle, statement) == 0;
    if (good && !answer.empty()) {
        MYSQL_RES* const result = mysql_store_result(handle);
        MYSQL_ROW const row = result != nullptr ? mysql_fetch_row(result) : nullptr;
        good = row != nullptr && row[0] == answer;
        mysql_free_result(result);
    }
    mysql_close(handle);
    return good;
}

} // namespace sealsql::testing

#endif
