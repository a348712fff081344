// The vendor's sample for Ruby with mysql2. Mended: the port, which it lacks. There `:sslca` alone checks the chain, not the name,
// and goes on in plaintext where no TLS is offered; with MySQL 8's way to log in it then sends the password in clear.

#include "sample.hpp"

#include <sealsql/text/ruby.hpp>

#include <exception>

int main()
try {
    auto const translation = sealsql::translate_ruby(sample::fill(R"(
client = Mysql2::Client.new(
        :host     => '<database access address>',
        :port     => <access port>,
        :username => '<database access username>',
        :password => '<database access password>',
        :database => '<the specified database to be accessed>',
        :sslca => '<path of the downloaded certificate>'
    )
)"));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    // client.query("…").each do |row|
    for (auto const& [id, name] :
         db.query<std::tuple<int, std::string>>("SELECT 1, 'one' UNION SELECT 2, 'two'"))
        std::cout << id << ' ' << sealsql::printable(name) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
