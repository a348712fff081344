// The vendor's sample for Node.js with mysql. Mended: mysql cannot log in by MySQL 8's own method; and its `rejectUnauthorized` is
// about the chain only: no option of it checks the name.

#include "sample.hpp"

#include <sealsql/text/node.hpp>

#include <exception>

int main()
try {
    auto const translation = sealsql::translate_node_object(sample::fill(R"(
var fs = require('fs');
var mysql = require('mysql');
const serverCa = [fs.readFileSync("<path of the downloaded certificate>", "utf8")];
var conn=mysql.createConnection({
    host:"<database access address>",
    user:"<database access username>",
    password:"<database access password>",
    database:"<the specified database to be accessed>",
    port:<access port>,
    ssl: {
        rejectUnauthorized: true,
        ca: serverCa
    }
});
)"));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    auto const answer = db.query_value<std::string>("SELECT CONCAT('Node.js: ', CURRENT_USER())");
    std::cout << sealsql::printable(answer) << '\n';
} catch (std::exception const& err) { // if (err) throw err
    std::cerr << err.what() << '\n';
    return 1;
}
