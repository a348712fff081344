// What only a Galera cluster does, with one fault at a time. Prints what must not be.
//
// What only its caller can do to the nodes it asks for on standard output, and waits for a line on standard input:
//   please deafen N     from now on node N hears nothing of the others, which hear it
//   please heal         that is over, for all

#include "program.hpp"

#include <sealsql/call_site.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/retry.hpp>
#include <sealsql/sealsql.hpp>
#include <sealsql/transaction.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace sealsql;
using namespace std::chrono_literals;

ConnectionOptions options_of(chaos::Settings const& settings, std::size_t host)
{
    auto const& [address, port] = settings.hosts().at(host);
    return ConnectionBuilder::to_host(address, port)
        .login(settings["user"], Secret::from_env("SEALSQL_CHAOS_PASSWORD"))
        .ssl({.ca = settings["ca"]})
        .database("app")
        .connect_timeout(2s)
        .read_timeout(20s)
        .options();
}

Connection connect(chaos::Settings const& settings, std::size_t host)
{
    return Connection{options_of(settings, host)};
}

int count_notes(Connection& db, std::int64_t id)
{
    return db.query_value<int>("SELECT COUNT(*) FROM note WHERE id = ?", id);
}

/// By a node that knows all that was committed before.
int count_notes(chaos::Settings const& settings, std::int64_t id)
{
    Connection db = connect(settings, 2);
    db.execute("SET SESSION wsrep_sync_wait = 15");
    return count_notes(db, id);
}

void please(std::string_view what)
{
    std::cout << "please " << what << std::endl;
    std::string done;
    std::getline(std::cin, done);
}

// --- Transactions that are taken back ---
//
// A node takes a transaction back when another node's changes the same, and says so to the command that comes next, whatever
// that is. Each way by which a statement of a transaction may reach the server has to heed that: or it would be executed, and
// committed, by itself.

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
                std::cerr << "cluster: " << way.name << ": " << error.what() << '\n';
        }
    }
    return count_notes(settings, id) != 0;
}

std::string find_left(chaos::Settings const& settings)
{
    std::int64_t id = 0;
    for (Way const& way : ways) {
        if (is_left(settings, way, id++))
            return "a transaction was taken back, and a part of it is there: " +
                   std::string{way.name};
    }
    return {};
}

// --- Commits of which nobody heard what became ---

/// Whether RetryPolicy::was_committed is asked on a node that does not know yet what another one has committed.
std::string ask_behind(chaos::Settings const& settings)
{
    constexpr std::int64_t id = 2000;
    Connection first = connect(settings, 0);
    Connection holder = connect(settings, 1);
    ConnectionPool behind{options_of(settings, 1), {.max_size = 1, .reset = ResetPolicy::never}};
    int calls = 0;
    bool was_behind = false;
    std::jthread catches_up;
    detail::LentConnection<ConnectionPool> lent{behind, CallSite::here()};
    bool const commits = true;
    detail::run_unit(
        lent, {.was_committed = [&](Connection& db) { return count_notes(db, id) != 0; }},
        [&](Connection& db) {
            if (++calls != 1)
                return;
            holder.execute("FLUSH TABLES WITH READ LOCK"); // and nothing more is applied there
            first.execute("INSERT INTO note VALUES (?)", id);
            std::this_thread::sleep_for(200ms);
            was_behind = count_notes(db, id) == 0;
            catches_up = std::jthread{[&] {
                std::this_thread::sleep_for(1s);
                holder.execute("UNLOCK TABLES");
            }};
            throw CommitUnknown{
                {.code = 2013, .sqlstate = "08007", .message = "lost", .remedy = "look for it"}};
        },
        &commits);
    catches_up.join();
    if (!was_behind)
        return "the second node was not behind, so that nothing was shown";
    lent.rest();
    if (calls != 1)
        return "a node that was behind said that a transaction was not committed, which was";
    auto const again = behind.acquire();
    if (again->query_value<int>("SELECT @@SESSION.wsrep_sync_wait") != 0)
        return "wsrep_sync_wait was not put back";
    return {};
}

/// A node that hears nothing more of the others answers COMMIT with 1180, and they commit what it had sent.
std::string commit_deaf(chaos::Settings const& settings)
{
    constexpr std::int64_t id = 3000;
    std::vector<Host> hosts;
    for (auto const& [address, port] : settings.hosts())
        hosts.push_back({.name = address, .port = port});
    HostList nodes{hosts, options_of(settings, 0), {.target = Target::primary}};
    int calls = 0;
    int asked = 0;
    RetryPolicy policy;
    policy.was_committed = [&](Connection& db) {
        ++asked;
        db.execute("UPDATE account SET looked = looked + 1 WHERE id = 5");
        return count_notes(db, id) != 0;
    };
    run_transaction(
        nodes,
        [&](Transaction& tx) {
            tx.execute("UPDATE account SET looked = looked + 1 WHERE id = 5");
            note(tx, id);
            if (++calls == 1)
                please("deafen 0");
        },
        policy);
    please("heal");
    if (asked == 0)
        return "a node that had lost its cluster was believed";
    int const count = count_notes(settings, id);
    return count == 1 ? std::string{}
                      : "what a deaf node had in hand is there " + std::to_string(count) + " times";
}

} // namespace

int main(int count, char** arguments)
try {
    chaos::Settings const settings{count, arguments};
    std::vector<std::string> found{find_left(settings), ask_behind(settings)};
    if (settings.number("partitions") != 0)
        found.push_back(commit_deaf(settings));
    bool is_good = true;
    for (std::string const& text : found) {
        if (!text.empty())
            std::cout << text << '\n';
        is_good = is_good && text.empty();
    }
    return is_good ? 0 : 1;
} catch (std::exception const& error) {
    std::cerr << "cluster: " << error.what() << '\n';
    return 2;
}
