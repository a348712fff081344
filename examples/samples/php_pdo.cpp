// The vendor's sample for PHP with PDO, which is right as it stands. With `localhost` it would go to the local socket, and without
// the option it would be in plaintext, neither of which it says.

#include "sample.hpp"

#include <sealsql/text/php.hpp>

#include <exception>

int main()
try {
    auto const translation = sealsql::translate_pdo(sample::fill(R"(
$options = array(
    PDO::MYSQL_ATTR_SSL_CA => '<path of the downloaded certificate>'
);
$db = new PDO('mysql:host=<database access address>;port=<access port>;dbname=<the specified database to be accessed>',
              '<database access username>', '<database access password>', $options);
)"));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    for (sealsql::Row const& row : db.query("SELECT CURRENT_USER() AS user, DATABASE() AS base"))
        std::cout << "PDO: " << sealsql::printable(row.get<std::string>("user")) << " in "
                  << sealsql::printable(row.get<std::string>("base")) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
