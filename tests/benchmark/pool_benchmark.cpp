// What a pool costs, and how long threads wait for their turn.
//
//   sealsql_pool_benchmark [ROUNDS [COUNT]]   each thread COUNT times (10000) acquires, sends SELECT 1 and returns, ROUNDS times (5)
//
// Three ways to the same statement, in slices by turns, so that what disturbs the machine disturbs all; figures are medians of
// the slices:
//
//   bare    as many threads as connections, each with one of its own: nobody waits for anybody
//   floor   the threads hand connections on in strict order by pool_floor.hpp, which does nothing else: what any strict order
//           costs on this machine
//   pool    a ConnectionPool
//
// So `floor over bare` is the kernel's: one thread more put to sleep and one woken for each statement, and what moves between
// processors with it. `pool over floor` is the pool's own. CPU time is that of the process, kernel and all.
//
// A wait goes from asking for a connection to running with it; `in line` is how much of it was over when the connection came
// back. What is left is how long the thread that has its connection waits for a processor, which is up to the scheduler; and so
// is how soon those who hold connections get one. Where processors are fewer than threads, the longest waits are made of that,
// for the floor as for the pool. So waits are also measured with statements that keep the server, and not the processors, for
// 2 ms. The server and the login come from the environment, as pool.sh sets it.

#include "pool_floor.hpp"
#include "sealsql_connection.hpp"

#include <sealsql/pool.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;
using Statement = void (*)(sealsql::Connection&);

void select_1(sealsql::Connection& db)
{
    if (db.query_value<int>("SELECT 1") != 1)
        throw std::runtime_error("SELECT 1 gave something else");
}

void sleep_2_ms(sealsql::Connection& db) { db.execute("DO SLEEP(0.002)"); }

double at(std::vector<double> const& sorted, double share)
{
    return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share)];
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return at(values, 0.5);
}

double cpu_now()
{
    std::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// What `body` costs in all, in microseconds of CPU, in each of so many threads, which begin together.
double cpu_of(unsigned threads, std::function<void(unsigned)> const& body)
{
    std::atomic<unsigned> ready{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> all;
    for (unsigned i = 0; i < threads; ++i)
        all.emplace_back([&, i] {
            ++ready;
            go.wait(false);
            body(i);
        });
    while (ready != threads)
        std::this_thread::yield();
    double const before = cpu_now();
    go = true;
    go.notify_all();
    for (std::thread& one : all)
        one.join();
    return cpu_now() - before;
}

std::vector<std::unique_ptr<sealsql::Connection>> connect(unsigned count)
{
    std::vector<std::unique_ptr<sealsql::Connection>> all;
    for (unsigned i = 0; i < count; ++i) {
        all.push_back(std::make_unique<sealsql::Connection>(benchmark::connect_options()));
        select_1(*all.back());
    }
    return all;
}

/// Waits of threads for connections, in microseconds.
class Waits {
public:
    explicit Waits(unsigned threads) : threads_(threads) {}

    /// By one thread: from `asked` until it ran, of which it was in line until `handed`.
    void note(unsigned thread, Clock::time_point asked, Clock::time_point handed,
              Clock::time_point ran)
    {
        OfThread& own = threads_[thread];
        own.all.push_back(Microseconds{ran - asked}.count());
        own.in_line.push_back(Microseconds{std::max(handed, asked) - asked}.count());
    }

    [[nodiscard]] std::vector<double> all() const { return sorted(&OfThread::all); }
    [[nodiscard]] std::vector<double> in_line() const { return sorted(&OfThread::in_line); }

private:
    struct alignas(64) OfThread {
        std::vector<double> all{};
        std::vector<double> in_line{};
    };

    [[nodiscard]] std::vector<double> sorted(std::vector<double> OfThread::*which) const
    {
        std::vector<double> values;
        for (OfThread const& one : threads_)
            values.insert(values.end(), (one.*which).begin(), (one.*which).end());
        std::sort(values.begin(), values.end());
        return values;
    }

    std::vector<OfThread> threads_;
};

class Bare {
public:
    explicit Bare(unsigned connections) : connections_{connect(connections)} {}

    double run(unsigned threads, std::size_t each, Statement statement)
    {
        std::size_t const more = threads * each / connections_.size(); // as many statements in all
        return cpu_of(static_cast<unsigned>(connections_.size()), [&](unsigned i) {
            for (std::size_t n = 0; n != more; ++n)
                statement(*connections_[i]);
        });
    }

private:
    std::vector<std::unique_ptr<sealsql::Connection>> connections_;
};

class Floor {
public:
    Floor(unsigned threads, unsigned connections)
        : waits{threads}, connections_{connect(connections)},
          handed_(connections), turns_{connections}
    {
    }

    double run(unsigned threads, std::size_t each, Statement statement)
    {
        return cpu_of(threads, [&](unsigned i) {
            for (std::size_t n = 0; n != each; ++n) {
                Clock::time_point const asked = Clock::now();
                unsigned const token = turns_.take();
                waits.note(i, asked, handed_[token], Clock::now());
                statement(*connections_[token]);
                handed_[token] = Clock::now();
                turns_.give_back(token);
            }
        });
    }

    Waits waits;

private:
    std::vector<std::unique_ptr<sealsql::Connection>> connections_;
    std::vector<Clock::time_point> handed_;
    benchmark::Turns turns_;
};

class Pool {
public:
    Pool(unsigned threads, unsigned connections)
        : waits{threads}, connections_{connections}, pool_{benchmark::connect_options(),
                                                           {.max_size = connections}},
          loans_(connections)
    {
        std::vector<sealsql::PooledConnection> all;
        for (unsigned i = 0; i < connections; ++i) {
            all.push_back(pool_.acquire());
            select_1(*all.back());
            loans_[i].connection = &*all.back();
        }
    }

    double run(unsigned threads, std::size_t each, Statement statement)
    {
        double const cpu = cpu_of(threads, [&](unsigned i) {
            for (std::size_t n = 0; n != each; ++n) {
                Clock::time_point const asked = Clock::now();
                auto db = pool_.acquire();
                Clock::time_point& handed = handed_at(*db);
                waits.note(i, asked, handed, Clock::now());
                statement(*db);
                handed = Clock::now();
            }
        });
        if (pool_.statistics().opened != connections_ || pool_.statistics().resets != 0)
            throw std::runtime_error("the pool did more than to lend its connections");
        return cpu;
    }

    Waits waits;

private:
    struct Loan {
        sealsql::Connection* connection = nullptr;
        Clock::time_point handed{};
    };

    /// When it was returned, before which nobody can have had it.
    [[nodiscard]] Clock::time_point& handed_at(sealsql::Connection& db)
    {
        for (Loan& one : loans_)
            if (one.connection == &db)
                return one.handed;
        throw std::runtime_error("the pool lent a connection that it did not have");
    }

    unsigned connections_;
    sealsql::ConnectionPool pool_;
    std::vector<Loan> loans_;
};

void print_waits(std::string_view name, Waits const& waits)
{
    std::vector<double> const all = waits.all();
    std::vector<double> const in_line = waits.in_line();
    double const middle = at(all, 0.5);
    double const middle_in_line = at(in_line, 0.5);
    std::cout << "  " << name << " waits: median " << middle << " us, 99 % within "
              << at(all, 0.99) / middle << " medians, 99.99 % within " << at(all, 0.9999) / middle
              << ", longest " << all.back() / middle << "; in line: median " << middle_in_line
              << " us, 99 % within " << at(in_line, 0.99) / middle_in_line << ", longest "
              << in_line.back() / middle_in_line << '\n';
}

/// In slices, of which there are ten a round.
void compare(unsigned threads, unsigned connections, std::size_t rounds, std::size_t each)
{
    constexpr std::size_t slices = 10;
    std::size_t const few = std::max<std::size_t>(each / slices, 1);
    auto const statements = static_cast<double>(threads * few);
    Bare bare{connections};
    Floor floor{threads, connections};
    Pool pool{threads, connections};
    std::vector<double> without;
    std::vector<double> floor_over_bare;
    std::vector<double> pool_over_bare;
    std::vector<double> pool_over_floor;
    for (std::size_t i = 0; i < rounds * slices; ++i) {
        double const a = bare.run(threads, few, select_1) / statements;
        double const b = floor.run(threads, few, select_1) / statements;
        double const c = pool.run(threads, few, select_1) / statements;
        without.push_back(a);
        floor_over_bare.push_back(b - a);
        pool_over_bare.push_back(c - a);
        pool_over_floor.push_back(c - b);
    }
    std::cout << threads << " threads on " << connections << ", SELECT 1: CPU a statement: bare "
              << median(without) << " us; floor over bare " << median(floor_over_bare)
              << ", pool over bare " << median(pool_over_bare) << ", pool over floor "
              << median(pool_over_floor) << '\n';
    if (threads == connections)
        return;
    std::cout
        << "  floor over bare is what any strict order costs here; the pool's own is pool over floor\n";
    print_waits("floor", floor.waits);
    print_waits("pool ", pool.waits);
}

/// How long threads wait where statements take their time.
void compare_waits(unsigned threads, unsigned connections, std::size_t each)
{
    Floor floor{threads, connections};
    Pool pool{threads, connections};
    floor.run(threads, each, sleep_2_ms);
    pool.run(threads, each, sleep_2_ms);
    std::cout << threads << " threads on " << connections << ", 2 ms each\n";
    print_waits("floor", floor.waits);
    print_waits("pool ", pool.waits);
}

/// Acquiring and returning with nothing in between, and nobody else there.
void measure_alone(std::size_t count)
{
    sealsql::ConnectionPool pool{benchmark::connect_options(), {.max_size = 1}};
    {
        auto const db = pool.acquire();
        select_1(*db);
    }
    double const cpu = cpu_of(1, [&](unsigned) {
        for (std::size_t n = 0; n != count; ++n)
            pool.acquire().give_back();
    });
    std::cout << "acquiring and returning alone: CPU " << cpu / static_cast<double>(count)
              << " us\n";
}

} // namespace

int main(int argc, char* argv[])
{
    try {
        std::size_t const rounds = argc > 1 ? std::stoul(argv[1]) : 5;
        std::size_t const count = argc > 2 ? std::stoul(argv[2]) : 10'000;
        std::cout << std::fixed << std::setprecision(2);
        measure_alone(10 * count);
        compare(1, 1, rounds, count);
        compare(4, 4, rounds, count);
        compare(16, 4, rounds, count);
        compare_waits(16, 4, std::max<std::size_t>(count / 20, 20));
        return 0;
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
