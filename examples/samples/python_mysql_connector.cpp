// The vendor's sample for Python with MySQL Connector. Mended: the port, which it lacks; and `ssl_ca` alone verifies nothing at all
// there: it takes any certificate, or none and plaintext, and then shows the password to whoever asks for it. Here a CA that is
// named is a CA that is checked. And `print(err)` swallowed the failure: this program ends with 1.

#include "sample.hpp"

#include <sealsql/text/python.hpp>

int main()
{
    try {
        auto const translation = sealsql::translate_mysql_connector_python(sample::fill(R"(
    conn = mysql.connector.connect(user='<database access username>',
                                   password='<database access password>',
                                   database='<the specified database to be accessed>',
                                   host='<database access address>',
                                   port=<access port>,
                                   ssl_ca='<path of the downloaded certificate>')
)"));
        std::cout << to_text(translation);
        sealsql::Connection db{translation.options};
        sample::prove_encryption(db);
        auto const answer =
            db.query_value<std::string>("SELECT CONCAT('Connector/Python: ', CURRENT_USER())");
        std::cout << sealsql::printable(answer) << '\n';
    } catch (std::exception const& err) { // except mysql.connector.Error as err
        std::cerr << err.what() << '\n';
        return 1;
    }
}
