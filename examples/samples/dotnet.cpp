// The vendor's sample for .NET with MySqlConnector. Mended: the port, which it lacks; and its SslMode was VerifyCA, with which
// every certificate of the CA can play the database: VerifyFull checks the name as well.

#include "sample.hpp"

#include <sealsql/text/ado_net.hpp>

#include <exception>

namespace {

/// In the quotes of a connection string, which double their like.
std::string doubled(std::string const& value, char before)
{
    std::string spelt;
    for (char const c : value)
        spelt.append(c == before ? 2U : 1U, c);
    return spelt;
}

} // namespace

int main()
try {
    // builder.ConnectionString
    auto const translation = sealsql::translate_ado_net(sample::fill(R"(
    Server = "<database access address>";
    Port = <access port>;
    UserID = "<database access username>";
    Password = "<database access password>";
    Database = "<the specified database to be accessed>";
    SslMode = VerifyFull;
    SslCa = "<path of the downloaded certificate>";
)",
                                                                     doubled));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options}; // connection.Open()
    sample::prove_encryption(db);
    auto const answer = db.query_value<std::string>("SELECT CONCAT('.NET: ', CURRENT_USER())");
    std::cout << sealsql::printable(answer) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
