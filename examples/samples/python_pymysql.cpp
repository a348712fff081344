// The vendor's sample for Python with PyMySQL. Mended: the port, which it lacks. PyMySQL up to 1.0 goes on in plaintext where the
// server, or somebody in its place, offers no TLS; sealsql does not.

#include "sample.hpp"

#include <sealsql/text/python.hpp>

#include <exception>

int main()
try {
    auto const translation = sealsql::translate_pymysql(sample::fill(R"(
conn = pymysql.connect(user='<database access username>',
                       password='<database access password>',
                       database='<the specified database to be accessed>',
                       host='<database access address>',
                       port=<access port>,
                       ssl={'ca': '<path of the downloaded certificate>'})
)"));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    auto const answer = db.query_value<std::string>("SELECT CONCAT('PyMySQL: ', CURRENT_USER())");
    std::cout << sealsql::printable(answer) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
