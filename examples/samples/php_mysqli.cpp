// The vendor's sample for PHP with mysqli. Mended: mysqli_connect_errno() takes no argument, so that it threw on success;
// MYSQLI_CLIENT_SSL stood in the place of the socket's name, behind the port, and was no flag at all.

#include "sample.hpp"

#include <sealsql/text/php.hpp>

#include <exception>

int main()
try {
    auto const translation = sealsql::translate_mysqli(sample::fill(R"(
$conn = mysqli_init();
mysqli_ssl_set($conn, NULL, NULL, "<path of the downloaded certificate>", NULL, NULL);
mysqli_real_connect($conn, '<database access address>', '<database access username>', '<database access password>',
                    '<the specified database to be accessed>', <access port>, NULL, MYSQLI_CLIENT_SSL);
)"));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    auto const answer = db.query_value<std::string>("SELECT CONCAT('mysqli: ', CURRENT_USER())");
    std::cout << sealsql::printable(answer) << '\n';
} catch (std::exception const& error) {
    // die(), which PHP's own way to end is a 0 for the shell that started it.
    std::cerr << "Failed to connect to MySQL: " << error.what() << '\n';
    return 1;
}
