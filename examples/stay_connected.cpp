// Staying connected: money goes from one account to another, over a pool of connections to whichever of several servers takes
// writes, while servers restart, fail over and get new certificates. Start it, and restart the server: it goes on.
//
//   DB_PASSWORD=… stay_connected SECONDS USER DATABASE CA-FILE HOST[:PORT]...
//
// It makes the tables example_account and example_transfer in that database anew, and drops them at its end. A transfer that
// does not succeed within 30 seconds ends it.

#include <sealsql/hosts.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/retry.hpp>
#include <sealsql/sealsql.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace std::chrono_literals;

/// The server that takes writes, whichever of them it is at the moment. Each certificate is checked for its own host's name.
std::shared_ptr<HostList> writers(std::vector<std::string> const& arguments)
{
    std::vector<Host> hosts;
    for (std::size_t i = 4; i < arguments.size(); ++i) {
        auto const colon = arguments[i].rfind(':');
        unsigned long const port =
            colon == std::string::npos ? 3306 : std::stoul(arguments[i].substr(colon + 1));
        if (port == 0 || port > 65535)
            throw std::invalid_argument("no port: " + arguments[i]);
        hosts.push_back(
            {.name = arguments[i].substr(0, colon), .port = static_cast<std::uint16_t>(port)});
    }
    auto options = ConnectionBuilder::to_host(hosts.at(0).name) // or to another one of them
                       .login(arguments[1], Secret::from_env("DB_PASSWORD"))
                       .database(arguments[2])
                       .ssl({.ca = arguments[3]})
                       .connect_timeout(3s)
                       .options();
    return std::make_shared<HostList>(std::move(hosts), std::move(options),
                                      HostListOptions{.target = Target::primary});
}

/// Runs again after a lost connection, a deadlock, a failover and the like; never twice what was committed once.
/// @return how often it was tried
int transfer(ConnectionPool& pool, int from, int to, int amount)
{
    // What only this transfer can have written tells whether it was committed when the answer to COMMIT is lost.
    auto const id =
        static_cast<std::int64_t>(std::random_device{}()) << 31U ^ std::random_device{}();
    RetryPolicy policy{.time_limit = 30s, .attempt_limit = 5s}; // then KILL QUERY, and again
    policy.was_committed = [&](Connection& db) {
        return db.query_value<bool>("SELECT COUNT(*) FROM example_transfer WHERE id = ?", id);
    };
    int attempts = 0;
    run_transaction(
        pool,
        [&](Transaction& tx) {
            ++attempts;
            auto const balance = tx.query_value<int>(
                "SELECT balance FROM example_account WHERE id = ? FOR UPDATE", from);
            if (balance < amount)
                throw std::domain_error{"there are only " + std::to_string(balance)};
            tx.execute("UPDATE example_account SET balance = balance - ? WHERE id = ?", amount,
                       from);
            tx.execute("UPDATE example_account SET balance = balance + ? WHERE id = ?", amount, to);
            tx.execute("INSERT INTO example_transfer VALUES (?)", id);
        },
        policy);
    return attempts;
}

void run(std::vector<std::string> const& arguments)
{
    ConnectionPool pool{writers(arguments), {.max_size = 4}};
    run_repeatable(pool, [](Connection& db) { // what may be done twice
        db.execute("CREATE TABLE IF NOT EXISTS example_account (id INT PRIMARY KEY, balance INT)");
        db.execute("CREATE TABLE IF NOT EXISTS example_transfer (id BIGINT PRIMARY KEY)");
        db.execute("REPLACE INTO example_account VALUES (1, 100), (2, 100)");
    });
    auto const end =
        std::chrono::steady_clock::now() + std::chrono::seconds{std::stoi(arguments[0])};
    for (int count = 1; std::chrono::steady_clock::now() < end; ++count) {
        int const from = 1 + count % 2;
        std::cout << "transfer " << count << ": ";
        try {
            int const attempts = transfer(pool, from, 3 - from, count % 5 == 0 ? 1000 : 10);
            std::cout << "done, attempts: " << attempts << std::endl;
        } catch (std::domain_error const& error) { // of the work: it was rolled back
            std::cout << "refused, " << error.what() << std::endl;
        } catch (CommitUnknown const& error) { // .was_committed could not be asked in time
            std::cout << "nobody knows, " << error.what() << std::endl;
        }
        std::this_thread::sleep_for(100ms);
    }
    auto const total = run_repeatable(pool, [](Connection& db) {
        return db.query_value<int>("SELECT CAST(SUM(balance) AS SIGNED) FROM example_account");
    });
    auto const seen = pool.statistics();
    std::cout << "total " << total << ", connections: " << seen.opened
              << ", broken: " << seen.closed.broken << std::endl;
    run_repeatable(pool, [](Connection& db) {
        db.execute("DROP TABLE IF EXISTS example_account, example_transfer");
    });
}

} // namespace

int main(int count, char** texts)
try {
    std::vector<std::string> const arguments(texts + 1, texts + count);
    if (arguments.size() < 5)
        throw std::invalid_argument("stay_connected SECONDS USER DATABASE CA-FILE HOST[:PORT]...");
    run(arguments);
    return 0;
} catch (std::exception const& error) { // an Error says what to do about it
    std::cerr << "stay_connected: " << error.what() << '\n';
    return 1;
}
