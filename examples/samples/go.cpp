// The vendor's sample for Go. Mended: the database's name stood in single quotes, which is not Go; the errors of reading the file
// and of opening were dropped; and sql.Open() does not connect, so that the sample ended before anything had been verified.

#include "sample.hpp"

#include <sealsql/text/go_dsn.hpp>

#include <exception>

int main()
try {
    // rootCertPool.AppendCertsFromPEM(pem)
    // mysql.RegisterTLSConfig("custom", &tls.Config{RootCAs: rootCertPool})
    sealsql::GoTlsConfig const custom{
        .name = "custom", .ssl = {.ca = sample::fill("<path of the downloaded certificate>")}};
    std::string const connection_string = sample::fill(
        "<database access username>:<database access password>@tcp(<database access address>:<access port>)"
        "/<the specified database to be accessed>?allowNativePasswords=true&tls=custom",
        sample::as_it_is);

    auto const translation = sealsql::translate_go_dsn(connection_string, {custom});
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    auto const answer = db.query_value<std::string>("SELECT CONCAT('Go: ', CURRENT_USER())");
    std::cout << sealsql::printable(answer) << '\n';
} catch (std::exception const& error) {
    // log.Fatal(err)
    std::cerr << error.what() << '\n';
    return 1;
}
