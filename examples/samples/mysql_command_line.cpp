// The vendor's command line. Mended: the `=` that `--ssl-ca` lacks, without which no client takes it. What it protects depends on
// which program is called `mysql`: Oracle's checks the chain and not the name, MariaDB's 10.11 goes on in plaintext where no TLS is
// offered. And `-p<password>` shows the password to every user of the machine: here it comes from the environment.

#include "sample.hpp"

#include <sealsql/text/command_line.hpp>

#include <exception>

namespace {

/// In single quotes of a shell, where nothing but they themselves means anything.
std::string in_shell_quotes(std::string const& value, char)
{
    std::string spelt;
    for (char const c : value)
        c == '\'' ? spelt += "'\\''" : spelt += c;
    return spelt;
}

} // namespace

int main()
try {
    auto const translation = sealsql::translate_mysql_command_line(sample::fill(
        "mysql -P <access port> -h '<database access address>' -u '<database access username>'"
        " -p'<database access password>' --ssl-ca='<path of the downloaded certificate>'"
        " '<the specified database to be accessed>'",
        in_shell_quotes));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    auto const user = db.query_value<std::string>("SELECT CONCAT('mysql: ', CURRENT_USER())");
    std::cout << sealsql::printable(user) << '\n';
    // What `status` says first.
    std::cout << "Server version: " << sealsql::printable(db.server_version()) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
