// The vendor's sample for Java with MySQL Connector/J. Mended: the port, which it lacks; and the two stores that it makes and never
// uses are gone. `useSSL=true` means nothing of the kind since 8.0.13: nothing is verified, the trust store is not read, and where
// no TLS is offered it goes on in plaintext. Here it is TLS, verified by that store: the bundle's .jks or any other of its files.

#include "sample.hpp"

#include <sealsql/text/jdbc.hpp>

#include <cctype>
#include <exception>

namespace {

/// In a URL, where Java reads a `+` as a space.
std::string in_url(std::string const& value, char)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string spelt;
    for (char const c : value) {
        auto const byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_')
            spelt += c;
        else
            spelt += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return spelt;
}

} // namespace

int main()
try {
    std::string const url = sample::fill("jdbc:mysql://<database access address>:<access port>"
                                         "/<the specified database to be accessed>"
                                         "?serverTimezone=UTC&useSSL=true",
                                         in_url);
    std::string const trust_store = sample::fill("<path of the downloaded certificate>");
    std::string const user = sample::fill("<database access username>");
    std::string const password = sample::fill("<database access password>");
    auto const translation =
        sealsql::translate_mysql_jdbc(url, {{"javax.net.ssl.keyStore", trust_store},
                                            {"javax.net.ssl.keyStorePassword", "tencentdb"},
                                            {"javax.net.ssl.trustStore", trust_store},
                                            {"javax.net.ssl.trustStorePassword", "tencentdb"},
                                            {"user", user},
                                            {"password", password}});
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    auto const answer = db.query_value<std::string>("SELECT CONCAT('JDBC: ', CURRENT_USER())");
    std::cout << sealsql::printable(answer) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
