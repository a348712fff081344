// Money transfers from many threads over a pool, for a conductor that breaks servers and network meanwhile.
//
// What became of each unit goes into a ledger, a file that no database knows of; the conductor compares. A line is
//   A id begin end               the commit was acknowledged
//   F id begin end code text     it was not committed, and never will be
//   U id begin end code text     the answer to COMMIT was lost: not known
//   R id present|absent begin end  what came of an unknown one
//   Q time                       the first statement of a unit was answered by the primary
//   T begin end server           a total was read, preferably on a replica
//   E begin end code text        a total could not be read
//   V text                       something that must not be
// with times of the monotonic clock in nanoseconds.
//
// It ends when standard input says "stop" or ends, and prints one line of JSON.

#include "program.hpp"

#include <sealsql/deadline.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/retry.hpp>
#include <sealsql/sealsql.hpp>
#include <sealsql/transaction.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sealsql::chaos::Clock;
using sealsql::chaos::Holdings;
using sealsql::chaos::Ledger;
using sealsql::chaos::now_ns;
using sealsql::chaos::Settings;

/// What may be broken on purpose, so that the checks are seen to fail.
enum class Mutation : std::uint8_t {
    none,
    /// An unknown commit is run again without a word.
    silent_repeat,
    /// An unknown commit is reported as a failure.
    forget_unknown,
    /// Each statement is committed by itself, and the unit is run again all the same.
    no_transaction,
    /// A unit is acknowledged before it is committed.
    early_acknowledgement,
    /// TLS when it is offered, else plaintext.
    plaintext_if_not_offered,
    /// A thread waits in a call for longer than it may.
    no_deadline,
    /// A connection is taken and never given back.
    leak,
};

Mutation mutation_of(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, Mutation>, 8> names{{
        {"none", Mutation::none},
        {"silent_repeat", Mutation::silent_repeat},
        {"forget_unknown", Mutation::forget_unknown},
        {"no_transaction", Mutation::no_transaction},
        {"early_acknowledgement", Mutation::early_acknowledgement},
        {"plaintext_if_not_offered", Mutation::plaintext_if_not_offered},
        {"no_deadline", Mutation::no_deadline},
        {"leak", Mutation::leak},
    }};
    for (auto const& [known, mutation] : names) {
        if (name == known)
            return mutation;
    }
    throw std::runtime_error("no such mutation: " + std::string{name});
}

struct Counts {
    std::atomic<std::uint64_t> acknowledged{0};
    std::atomic<std::uint64_t> unknown{0};
    std::atomic<std::uint64_t> present{0};
    std::atomic<std::uint64_t> absent{0};
    std::atomic<std::uint64_t> unresolved{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> totals_read{0};
    std::atomic<std::uint64_t> totals_failed{0};
    std::array<std::atomic<std::uint64_t>, 4> totals_from{};
    std::atomic<std::uint64_t> violations{0};
    std::atomic<std::int64_t> longest_overrun_ns{0};
};

/// What a thread is at, for the watchdog.
struct Post {
    std::atomic<std::int64_t> must_end_by{0}; // 0: in no call
    std::atomic<std::int64_t> reported{0};
};

class Workload {
public:
    explicit Workload(Settings settings)
        : settings_{std::move(settings)}, mutation_{mutation_of(settings_["mutation"])},
          ledger_{settings_["ledger"]}, unit_time_{settings_.number("unit-ms")},
          grace_{std::chrono::milliseconds{settings_.number("grace-ms")}},
          accounts_{static_cast<int>(settings_.number("accounts"))},
          total_{settings_.number("accounts") * settings_.number("balance")}
    {
    }

    /// Threads and pools from their making to their end.
    void run(std::stop_token const& stop, bool is_counted)
    {
        is_counted_ = is_counted;
        auto const readers = static_cast<std::size_t>(settings_.number("readers"));
        std::size_t const writers = static_cast<std::size_t>(settings_.number("threads")) - readers;
        auto const connections = static_cast<std::size_t>(settings_.number("connections"));
        // Each node of a cluster takes writes: then all are to be used.
        auto const order = settings_.number("cluster") != 0 ? sealsql::HostOrder::random
                                                            : sealsql::HostOrder::ordered;
        Servers primary{*this, sealsql::Target::primary, order, connections - readers};
        Servers replica{*this, sealsql::Target::prefer_replica, sealsql::HostOrder::random,
                        readers};
        if (mutation_ == Mutation::leak && is_counted)
            leaked_.push_back(primary.pool.acquire());
        std::vector<Post> posts(writers + readers);
        {
            std::jthread const watchdog{[&](std::stop_token const& done) { watch(posts, done); }};
            std::vector<std::jthread> threads;
            for (std::size_t index = 0; index < writers; ++index)
                threads.emplace_back(
                    [&, index] { transfer(primary.pool, posts[index], index, stop); });
            for (std::size_t index = writers; index < writers + readers; ++index)
                threads.emplace_back([&, index] { read_totals(replica.pool, posts[index], stop); });
        }
    }

    [[nodiscard]] Counts const& counts() const noexcept { return counts_; }
    void violation(std::string const& text)
    {
        ++counts_.violations;
        ledger_.line("V ", text);
    }

private:
    [[nodiscard]] sealsql::ConnectionOptions connection_options() const
    {
        auto const first = settings_.hosts().front();
        auto const answer_time =
            mutation_ == Mutation::no_deadline ? std::chrono::milliseconds{60s} : unit_time_;
        auto const builder =
            sealsql::ConnectionBuilder::to_host(first.first, first.second)
                .login(settings_["user"], sealsql::Secret::from_env("SEALSQL_CHAOS_PASSWORD"))
                .database("app")
                .connect_timeout(2s)
                .read_timeout(answer_time)
                .write_timeout(answer_time);
        sealsql::SslOptions ssl{.ca = settings_["ca"]};
        ssl.session_resumption = settings_.number("resumption") != 0;
        return mutation_ == Mutation::plaintext_if_not_offered
                   ? builder.insecure_tls_if_offered(ssl).options()
                   : builder.ssl(ssl).options();
    }

    /// Hosts, and a pool of connections to those of them that are wanted.
    struct Servers {
        Servers(Workload const& workload, sealsql::Target target, sealsql::HostOrder order,
                std::size_t connections)
            : pool{std::make_shared<sealsql::HostList>(
                       hosts_of(workload), workload.connection_options(),
                       sealsql::HostListOptions{.target = target, .order = order}),
                   {.max_size = connections, .return_timeout = 1s}}
        {
        }

        static std::vector<sealsql::Host> hosts_of(Workload const& workload)
        {
            std::vector<sealsql::Host> hosts;
            for (auto const& [address, port] : workload.settings_.hosts())
                hosts.push_back({.name = address, .port = port});
            return hosts;
        }

        sealsql::ConnectionPool pool;
    };

    [[nodiscard]] sealsql::RetryPolicy policy() const
    {
        sealsql::RetryPolicy policy;
        policy.time_limit =
            mutation_ == Mutation::no_deadline ? std::chrono::milliseconds{60s} : unit_time_;
        return policy;
    }

    /// A call that may last until `deadline`, under the watchdog's eye.
    template <class Call>
    auto under_watch(Post& post, Clock::time_point deadline, Call const& call)
    {
        struct Watch {
            Workload* workload;
            Post* post;
            std::int64_t by;
            Watch(Workload& of, Post& at, Clock::time_point when)
                : workload{&of}, post{&at}, by{now_ns(when)}
            {
                post->must_end_by = by;
            }
            Watch(Watch const&) = delete;
            Watch& operator=(Watch const&) = delete;
            ~Watch()
            {
                post->must_end_by = 0;
                std::int64_t const over = now_ns() - by;
                std::int64_t longest = workload->counts_.longest_overrun_ns;
                while (over > longest &&
                       !workload->counts_.longest_overrun_ns.compare_exchange_weak(longest, over)) {
                }
            }
        } const watch{*this, post, deadline};
        return call();
    }

    void watch(std::vector<Post>& posts, std::stop_token const& done)
    {
        while (!done.stop_requested()) {
            std::this_thread::sleep_for(20ms);
            std::int64_t const now = now_ns();
            for (std::size_t index = 0; index < posts.size(); ++index) {
                std::int64_t const by = posts[index].must_end_by;
                if (by != 0 && now > by + grace_.count() &&
                    posts[index].reported.exchange(by) != by)
                    violation("thread " + std::to_string(index) + " is still in a call " +
                              std::to_string((now - by) / 1'000'000) + " ms after its deadline");
            }
        }
    }

    struct Transfer {
        std::int64_t id;
        int from;
        int to;
        int amount;
    };

    void transfer(sealsql::ConnectionPool& pool, Post& post, std::size_t thread,
                  std::stop_token const& stop)
    {
        std::mt19937 random{
            static_cast<unsigned>(settings_.number("seed") + static_cast<long>(thread))};
        auto number = [&](int least, int most) {
            return std::uniform_int_distribution<int>{least, most}(random);
        };
        while (!stop.stop_requested()) {
            Transfer unit{next_id(thread), number(1, accounts_), number(1, accounts_ - 1),
                          number(1, 100)};
            if (unit.to >= unit.from)
                ++unit.to;
            one_transfer(pool, post, unit);
            std::this_thread::sleep_for(std::chrono::milliseconds{
                number(0, 2 * static_cast<int>(settings_.number("think-ms")))});
        }
    }

    std::int64_t next_id(std::size_t thread)
    {
        return static_cast<std::int64_t>(thread + 1) * 1'000'000'000 + ++last_id_;
    }

    void one_transfer(sealsql::ConnectionPool& pool, Post& post, Transfer const& unit)
    {
        Clock::time_point const begin = Clock::now();
        Clock::time_point const deadline = begin + unit_time_;
        // Every other unit tells the library how to find out; what is left is found out here.
        bool const asks_itself = unit.id % 2 == 0;
        std::optional<bool> is_there;
        auto const asked = [&] {
            if (!is_there)
                return;
            ++counts_.unknown;
            ledger_.line("U ", unit.id, ' ', now_ns(begin), ' ', now_ns(), " 0 asked");
            resolved(unit, begin, *is_there);
        };
        try {
            sealsql::RetryPolicy retry = policy();
            if (mutation_ == Mutation::silent_repeat)
                retry.was_committed = [](sealsql::Connection&) { return false; };
            else if (!asks_itself && mutation_ == Mutation::none)
                retry.was_committed = [&](sealsql::Connection& db) {
                    is_there = was_committed(db, unit);
                    return *is_there;
                };
            under_watch(post, deadline, [&] {
                if (mutation_ == Mutation::no_transaction)
                    sealsql::run_repeatable(
                        pool, [&](sealsql::Connection& db) { move_money(db, unit); }, retry);
                else
                    sealsql::run_transaction(
                        pool, [&](sealsql::Transaction& tx) { move_money(tx, unit); }, retry);
            });
            asked();
            if (mutation_ != Mutation::early_acknowledgement)
                acknowledge(unit, begin);
        } catch (sealsql::CommitUnknown const& error) {
            if (mutation_ == Mutation::forget_unknown)
                return failure(unit, begin, error);
            unknown(unit, begin, error);
            find_out(pool, post, unit);
        } catch (sealsql::Error const& error) {
            asked();
            failure(unit, begin, error);
        }
    }

    template <class On>
    void move_money(On& on, Transfer const& unit)
    {
        [[maybe_unused]] auto const balance = on.template query_value<std::int64_t>(
            "SELECT balance FROM account WHERE id = ? FOR UPDATE", unit.from);
        answered();
        on.execute("UPDATE account SET balance = balance - ? WHERE id = ?", unit.amount, unit.from);
        on.execute("UPDATE account SET balance = balance + ? WHERE id = ?", unit.amount, unit.to);
        on.execute(
            "INSERT INTO transfer (id, from_account, to_account, amount) VALUES (?, ?, ?, ?)",
            unit.id, unit.from, unit.to, unit.amount);
        if (mutation_ == Mutation::early_acknowledgement && early_id_.exchange(unit.id) != unit.id)
            acknowledge(unit, Clock::now());
    }

    /// For RetryPolicy::was_committed, in a transaction in which a SELECT waits for those that write on the same server. On
    /// another node of a cluster nothing would wait: there it writes what the unit wrote.
    bool was_committed(sealsql::Connection& db, Transfer const& unit)
    {
        if (settings_.number("cluster") != 0)
            db.execute("UPDATE account SET looked = looked + 1 WHERE id = ?", unit.from);
        return db.query_value<std::int64_t>("SELECT COUNT(*) FROM transfer WHERE id = ?", unit.id) >
               0;
    }

    /// Looks for the unit until that is known. The lost COMMIT may still be on its way, on a connection that is cut off from
    /// us but not from the server, or on a node that is cut off from the others: so this writes what the unit wrote, which
    /// either waits for it or makes it fail.
    void find_out(sealsql::ConnectionPool& pool, Post& post, Transfer const& unit)
    {
        Clock::time_point const begin = Clock::now();
        while (Clock::now() < begin + 90s) {
            Clock::time_point const deadline = Clock::now() + unit_time_;
            try {
                bool const is_there = under_watch(post, deadline, [&] {
                    return sealsql::run_transaction(
                        pool,
                        [&](sealsql::Transaction& tx) {
                            tx.execute("UPDATE account SET looked = looked + 1 WHERE id = ?",
                                       unit.from);
                            return tx.query_value<std::int64_t>(
                                       "SELECT COUNT(*) FROM transfer WHERE id = ?", unit.id) > 0;
                        },
                        policy());
                });
                return resolved(unit, begin, is_there);
            } catch (sealsql::Error const&) {
                std::this_thread::sleep_for(100ms);
            }
        }
        ++counts_.unresolved;
    }

    void read_totals(sealsql::ConnectionPool& pool, Post& post, std::stop_token const& stop)
    {
        while (!stop.stop_requested()) {
            Clock::time_point const begin = Clock::now();
            Clock::time_point const deadline = begin + unit_time_;
            try {
                auto const [server, total] = under_watch(post, deadline, [&] {
                    return sealsql::run_repeatable(
                        pool,
                        [&](sealsql::Connection& db) {
                            sealsql::OperationDeadline const limit{db, deadline};
                            return db.query_one<std::tuple<std::uint64_t, std::int64_t>>(
                                "SELECT @@server_id, CAST(SUM(balance) AS SIGNED) FROM account");
                        },
                        policy());
                });
                if (total != total_ && mutation_ != Mutation::no_transaction)
                    violation("server " + std::to_string(server) + " has a total of " +
                              std::to_string(total));
                if (is_counted_) {
                    ++counts_.totals_read;
                    ++counts_.totals_from.at(server < 4 ? server : 0);
                    ledger_.line("T ", now_ns(begin), ' ', now_ns(), ' ', server);
                }
            } catch (sealsql::Error const& error) {
                ++counts_.totals_failed;
                ledger_.line("E ", now_ns(begin), ' ', now_ns(), ' ', error.code(), ' ',
                             brief(error));
            }
            std::this_thread::sleep_for(
                std::chrono::milliseconds{2 * settings_.number("think-ms")});
        }
    }

    /// Enough for seeing how soon after a fault it was, and not more.
    void answered()
    {
        std::int64_t const now = now_ns();
        std::int64_t last = last_answer_;
        if (now - last > 2'000'000 && last_answer_.compare_exchange_strong(last, now))
            ledger_.line("Q ", now);
    }

    void acknowledge(Transfer const& unit, Clock::time_point begin)
    {
        ++counts_.acknowledged;
        ledger_.line("A ", unit.id, ' ', now_ns(begin), ' ', now_ns());
    }

    void unknown(Transfer const& unit, Clock::time_point begin, sealsql::Error const& error)
    {
        ++counts_.unknown;
        ledger_.line("U ", unit.id, ' ', now_ns(begin), ' ', now_ns(), ' ', error.code(), ' ',
                     brief(error));
    }

    void resolved(Transfer const& unit, Clock::time_point begin, bool is_there)
    {
        ++(is_there ? counts_.present : counts_.absent);
        ledger_.line("R ", unit.id, is_there ? " present " : " absent ", now_ns(begin), ' ',
                     now_ns());
    }

    void failure(Transfer const& unit, Clock::time_point begin, sealsql::Error const& error)
    {
        ++counts_.failed;
        ledger_.line("F ", unit.id, ' ', now_ns(begin), ' ', now_ns(), ' ', error.code(), ' ',
                     brief(error));
    }

    static std::string brief(sealsql::Error const& error)
    {
        std::string text = error.message().substr(0, 200);
        for (char& c : text) {
            if (c == '\n')
                c = ' ';
        }
        return text;
    }

    Settings settings_;
    Mutation mutation_;
    Ledger ledger_;
    std::chrono::milliseconds unit_time_;
    std::chrono::nanoseconds grace_;
    int accounts_;
    std::int64_t total_;
    Counts counts_;
    std::atomic<std::int64_t> last_id_{0};
    std::atomic<std::int64_t> last_answer_{0};
    std::atomic<std::int64_t> early_id_{0};
    std::vector<sealsql::PooledConnection> leaked_;
    bool is_counted_ = false;
};

/// Until standard input says so or ends.
void wait_for_the_word()
{
    std::string line;
    while (std::getline(std::cin, line) && line != "stop")
        continue;
}

int run(int count, char const* const* arguments)
{
    Settings const settings{count, arguments};
    Workload workload{settings};

    // What is made once and kept, such as the files of CAs that OpenSSL has read, is made in the first round.
    {
        std::stop_source stop;
        std::jthread const timer{[&] {
            std::this_thread::sleep_for(std::chrono::milliseconds{settings.number("warm-up-ms")});
            stop.request_stop();
        }};
        workload.run(stop.get_token(), false);
    }
    Holdings const start = Holdings::now();
    std::cout << "ready" << std::endl;

    {
        std::stop_source stop;
        std::jthread const listener{[&] {
            wait_for_the_word();
            stop.request_stop();
        }};
        workload.run(stop.get_token(), true);
    }
    Holdings const end = Holdings::now();

    auto compare = [&](char const* what, std::size_t before, std::size_t after, std::size_t spare) {
        if (after > before + spare)
            workload.violation(std::string{what} + ": " + std::to_string(before) +
                               " at the start, " + std::to_string(after) + " at the end");
    };
    compare("descriptors", start.descriptors, end.descriptors, 0);
    compare("threads", start.threads, end.threads, 0);
    if (start.allocated_kib != 0) {
        // The cache of TLS sessions is bounded, but keeps those of former CAs: 256 at most, of some 7 KiB each.
        auto const spare = static_cast<std::size_t>(settings.number("spare-kib") +
                                                    2048 * settings.number("resumption"));
        compare("KiB allocated", start.allocated_kib, end.allocated_kib, spare);
        compare("KiB resident", start.resident_kib, end.resident_kib, spare + 4096);
    }

    Counts const& counts = workload.counts();
    std::cout << "{\"acknowledged\": " << counts.acknowledged << ", \"unknown\": " << counts.unknown
              << ", \"present\": " << counts.present << ", \"absent\": " << counts.absent
              << ", \"unresolved\": " << counts.unresolved << ", \"failed\": " << counts.failed
              << ", \"totals_read\": " << counts.totals_read
              << ", \"totals_failed\": " << counts.totals_failed << ", \"totals_from\": ["
              << counts.totals_from[1] << ", " << counts.totals_from[2] << ", "
              << counts.totals_from[3]
              << "], \"longest_overrun_ms\": " << counts.longest_overrun_ns / 1'000'000
              << ", \"violations\": " << counts.violations << ", \"start\": " << start.json()
              << ", \"end\": " << end.json() << "}" << std::endl;
    return counts.violations == 0 && counts.unresolved == 0 ? 0 : 1;
}

} // namespace

int main(int count, char** arguments)
try {
    return run(count, arguments);
} catch (std::exception const& error) {
    std::cerr << "workload: " << error.what() << '\n';
    return 2;
}
