// The same with Boost.MySQL.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/describe/class.hpp>
#include <boost/mysql.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

struct User {
    std::int64_t id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, name))

int main(int argc, char** argv)
{
    if (argc < 5)
        return 2;
    boost::asio::io_context context;
    boost::asio::ssl::context tls{boost::asio::ssl::context::tls_client};
    tls.load_verify_file(argv[3]);
    tls.set_verify_mode(boost::asio::ssl::verify_peer);
    tls.set_verify_callback(boost::asio::ssl::host_name_verification(argv[1]));
    boost::mysql::any_connection_params settings;
    settings.ssl_context = &tls;
    boost::mysql::any_connection db{context, settings};
    boost::mysql::connect_params login;
    login.server_address.emplace_host_and_port(argv[1]);
    login.username = argv[2];
    login.password = std::getenv("PASSWORD");
    login.database = argv[4];
    login.ssl = boost::mysql::ssl_mode::require;
    db.connect(login);
    boost::mysql::static_results<User> result;
    db.execute(boost::mysql::with_params("SELECT id, name FROM users WHERE id < {}", 10), result);
    for (User const& user : result.rows())
        std::cout << user.id << ' ' << user.name << '\n';
}
