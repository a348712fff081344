// A Galera node takes a transaction back when another node's changes the same, and says so to the command that comes next,
// whatever that is. Each way by which a statement of a transaction may reach the server has to heed that: or it would be
// executed, and committed, by itself.

#include "program.hpp"

#include <sealsql/deadline.hpp>
#include <sealsql/sealsql.hpp>
#include <sealsql/transaction.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using namespace sealsql;
using namespace std::chrono_literals;

Connection connect(chaos::Settings const& settings, std::size_t host)
{
    auto const& [address, port] = settings.hosts().at(host);
    return ConnectionBuilder::to_host(address, port)
        .login(settings["user"], Secret::from_env("SEALSQL_CHAOS_PASSWORD"))
        .ssl({.ca = settings["ca"]})
        .database("app")
        .connect();
}

void note(Transaction& tx, std::int64_t id) { tx.execute("INSERT INTO note VALUES (?)", id); }

struct Way {
    std::string_view name;
    /// Before the transaction is taken back.
    std::function<void(Transaction&)> before;
    /// Afterwards: it must not leave this note.
    std::function<void(Transaction&, std::int64_t)> after;
};

std::array const ways{
    Way{"a statement that was never prepared", [](Transaction&) {}, note},
    Way{"a statement that is prepared", [](Transaction& tx) { note(tx, 1000); }, note},
    Way{"a statement without parameters", [](Transaction&) {},
        [](Transaction& tx, std::int64_t) {
            tx.execute("UPDATE account SET looked = looked WHERE id = 3");
            note(tx, 2);
        }},
    Way{"behind the end of a prepared statement", [](Transaction& tx) { note(tx, 1003); },
        [](Transaction& tx, std::int64_t id) {
            {
                static_cast<void>(tx.connection().prepare("SELECT 1"));
            }
            note(tx, id);
        }},
    Way{"under a deadline that begins", [](Transaction& tx) { note(tx, 1004); },
        [](Transaction& tx, std::int64_t id) {
            OperationDeadline const limit{tx.connection(), 5s};
            note(tx, id);
        }},
};

/// Whether the note was left.
bool is_left(chaos::Settings const& settings, Way const& way, std::int64_t id)
{
    {
        Connection here = connect(settings, 0);
        Connection there = connect(settings, 1);
        try {
            Transaction tx{here};
            tx.execute("UPDATE account SET looked = looked + ? WHERE id = ?", 1, 1);
            way.before(tx);
            there.execute("UPDATE account SET looked = looked + 1 WHERE id = 1");
            std::this_thread::sleep_for(500ms);
            way.after(tx, id);
            tx.commit();
        } catch (Error const& error) {
            if (error.code() != 1213)
                std::cerr << "taken_back: " << way.name << ": " << error.what() << '\n';
        }
    }
    Connection other = connect(settings, 2);
    other.execute("SET SESSION wsrep_sync_wait = 15");
    return other.query_value<std::int64_t>("SELECT COUNT(*) FROM note") != 0;
}

} // namespace

int main(int count, char** arguments)
try {
    chaos::Settings const settings{count, arguments};
    std::int64_t id = 0;
    for (Way const& way : ways) {
        if (is_left(settings, way, id++)) {
            std::cout << "a transaction was taken back, and a part of it is there: " << way.name
                      << '\n';
            return 1;
        }
    }
    return 0;
} catch (std::exception const& error) {
    std::cerr << "taken_back: " << error.what() << '\n';
    return 2;
}
