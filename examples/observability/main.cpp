// sealsql-observe lines|spans: runs a few statements, of which some fail, with an observer that prints a line for each event, or
// that exports OpenTelemetry's spans as OTLP in JSON. The server comes from the environment, as for the samples: DB_ADDRESS, DB_PORT,
// DB_USERNAME, DB_PASSWORD, DB_DATABASE and DB_CA.

#include "printer.hpp"
#include "span_exporter.hpp"

#include <sealsql/pipeline.hpp>
#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

std::string environment(char const* name)
{
    char const* const value = std::getenv(name);
    if (value == nullptr)
        throw std::runtime_error(std::string{name} + " is not set");
    return value;
}

void run(sealsql::ObserverHandle const& observer)
{
    auto const port = static_cast<std::uint16_t>(std::stoul(environment("DB_PORT")));
    auto db = sealsql::ConnectionBuilder::to_host(environment("DB_ADDRESS"), port)
                  .login(environment("DB_USERNAME"), sealsql::Secret::from_env("DB_PASSWORD"))
                  .ssl({.ca = environment("DB_CA")})
                  .database(environment("DB_DATABASE"))
                  .observer(observer)
                  .connect();
    db.execute("CREATE TEMPORARY TABLE account (id INT PRIMARY KEY, mail VARCHAR(50))");
    db.execute("INSERT INTO account VALUES (1, 'literal@example.com')");
    db.execute("INSERT INTO account VALUES (?, ?)", 2, "parameter@example.com");
    for (int const id : db.query<int>("SELECT id FROM account WHERE mail LIKE ?", "%@example.com"))
        static_cast<void>(id);
    try {
        db.execute("INSERT INTO account VALUES (?, ?)", 1, "again@example.com");
    } catch (sealsql::Error const&) {
        // It is a duplicate; the observer was told.
    }
    sealsql::Pipeline batch{db};
    batch.execute("UPDATE account SET mail = ? WHERE id = ?", "new@example.com", 1);
    batch.execute("DELETE FROM account WHERE mail = 'literal@example.com'");
    batch.run();
    db.ping();
}

} // namespace

int main(int argc, char** argv)
try {
    std::string_view const form = argc == 2 ? argv[1] : "";
    if (form == "lines") {
        run(sealsql::make_observer<Printer>(std::cout));
    } else if (form == "spans") {
        run(sealsql::make_observer<SpanExporter>(std::cout, "sealsql-observe"));
    } else {
        std::cerr << "usage: sealsql-observe lines|spans\n";
        return 2;
    }
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
