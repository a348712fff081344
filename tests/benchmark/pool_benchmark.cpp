// What a pool costs, against the same number of queries over bare connections in the same run.
//
//   sealsql_pool_benchmark [ROUNDS [COUNT]]   medians of ROUNDS (5), each thread COUNT times (10000): acquire, SELECT 1, return
//
// 16 threads on 4 connections against 4 threads with one each; then one thread on one. CPU time is that of the process, so
// it has what the kernel takes for waking threads. Waits: from asking for a connection to having it; `turns` counts how many
// others were served in between. Where a machine has fewer processors than threads, how long a thread waits for a processor is
// most of what it waits; so the waits are also measured with statements that keep the server, and not the processors, for 2 ms. The server and the login come from the environment, as pool.sh sets it.

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
#include <thread>
#include <vector>

namespace benchmark {

std::string setting(char const* name)
{
    char const* const value = std::getenv(name);
    if (value == nullptr)
        throw std::runtime_error(std::string{name} + " is not set");
    return value;
}

} // namespace benchmark

namespace {

using Clock = std::chrono::steady_clock;

struct Cost {
    double cpu = 0; // microseconds per query
    double wall = 0;
};

double cpu_now()
{
    std::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

void query(sealsql::Connection& db)
{
    if (db.query_value<int>("SELECT 1") != 1)
        throw std::runtime_error("SELECT 1 gave something else");
}

/// What `body` costs in each of so many threads, which begin together.
Cost measure(unsigned threads, std::size_t queries, std::function<void(unsigned)> const& body)
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
    double const cpu = cpu_now();
    Clock::time_point const wall = Clock::now();
    go = true;
    go.notify_all();
    for (std::thread& one : all)
        one.join();
    auto const count = static_cast<double>(queries);
    return {(cpu_now() - cpu) / count,
            std::chrono::duration<double, std::micro>{Clock::now() - wall}.count() / count};
}

Cost bare(unsigned connections, std::size_t queries)
{
    std::vector<std::unique_ptr<sealsql::Connection>> all;
    for (unsigned i = 0; i < connections; ++i) {
        all.push_back(std::make_unique<sealsql::Connection>(benchmark::connect_options()));
        query(*all.back());
    }
    return measure(connections, queries, [&](unsigned i) {
        for (std::size_t n = queries / connections; n != 0; --n)
            query(*all[i]);
    });
}

struct Waits {
    std::vector<double> microseconds{};
    std::uint64_t most_turns = 0;
};

Cost pooled(unsigned threads, unsigned connections, std::size_t queries, Waits& waits)
{
    sealsql::ConnectionPool pool{benchmark::connect_options(), {.max_size = connections}};
    {
        std::vector<sealsql::PooledConnection> all;
        for (unsigned i = 0; i < connections; ++i) {
            all.push_back(pool.acquire());
            query(*all.back());
        }
    }
    std::size_t const each = queries / threads;
    std::vector<std::vector<float>> times(threads);
    std::vector<std::uint64_t> turns(threads);
    for (auto& one : times)
        one.resize(each);
    std::atomic<std::uint64_t> served{0};
    Cost const cost = measure(threads, queries, [&](unsigned i) {
        for (std::size_t n = 0; n != each; ++n) {
            std::uint64_t const before = served.load(std::memory_order_relaxed);
            Clock::time_point const asked = Clock::now();
            auto db = pool.acquire();
            times[i][n] = std::chrono::duration<float, std::micro>{Clock::now() - asked}.count();
            turns[i] = std::max(turns[i], served.fetch_add(1, std::memory_order_relaxed) - before);
            query(*db);
        }
    });
    if (pool.statistics().opened != connections || pool.statistics().resets != 0)
        throw std::runtime_error("the pool did more than to lend its connections");
    for (unsigned i = 0; i < threads; ++i) {
        waits.microseconds.insert(waits.microseconds.end(), times[i].begin(), times[i].end());
        waits.most_turns = std::max(waits.most_turns, turns[i]);
    }
    return cost;
}

/// How long threads wait where statements take their time.
void compare_waits(unsigned threads, unsigned connections, std::size_t each)
{
    sealsql::ConnectionPool pool{benchmark::connect_options(), {.max_size = connections}};
    std::vector<std::vector<double>> times(threads);
    measure(threads, threads * each, [&](unsigned i) {
        for (std::size_t n = 0; n != each; ++n) {
            Clock::time_point const asked = Clock::now();
            auto db = pool.acquire();
            times[i].push_back(
                std::chrono::duration<double, std::micro>{Clock::now() - asked}.count());
            db->execute("DO SLEEP(0.002)");
        }
    });
    std::vector<double> all;
    for (auto const& one : times) // the first ones made the connections, and nobody was there yet
        all.insert(all.end(), one.begin() + static_cast<std::ptrdiff_t>(each / 10), one.end());
    std::sort(all.begin(), all.end());
    double const middle = all[all.size() / 2];
    std::cout << std::fixed << std::setprecision(2) << threads << " threads on " << connections
              << ", 2 ms each: waits: median " << middle << " us, longest " << all.back()
              << " us (ratio to the median " << all.back() / middle << ")\n";
}

double at(std::vector<double>& sorted, double share)
{
    return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share)];
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return at(values, 0.5);
}

void compare(unsigned threads, unsigned connections, std::size_t rounds, std::size_t queries)
{
    std::vector<double> bare_cpu;
    std::vector<double> pool_cpu;
    std::vector<double> more;
    std::vector<double> wall;
    Waits waits;
    for (std::size_t i = 0; i < rounds; ++i) {
        Cost const without = bare(connections, queries);
        Cost const with = pooled(threads, connections, queries, waits);
        bare_cpu.push_back(without.cpu);
        pool_cpu.push_back(with.cpu);
        more.push_back(with.cpu - without.cpu);
        wall.push_back(with.wall / without.wall);
    }
    std::sort(waits.microseconds.begin(), waits.microseconds.end());
    double const middle = at(waits.microseconds, 0.5);
    double const longest = waits.microseconds.back();
    std::cout << std::fixed << std::setprecision(2) << threads << " threads on " << connections
              << ": CPU " << median(pool_cpu) << " us, bare " << median(bare_cpu) << " us, ratio "
              << median(pool_cpu) / median(bare_cpu) << ", more " << median(more)
              << " us; wall ratio " << median(wall) << '\n'
              << "  waits: median " << middle << " us, 99 % within " << at(waits.microseconds, 0.99)
              << " us, 99.99 % within " << at(waits.microseconds, 0.9999) << " us, longest "
              << longest << " us (ratio to the median " << longest / middle
              << "); the most turns that one waited: " << waits.most_turns << '\n';
}

} // namespace

int main(int argc, char* argv[])
{
    try {
        std::size_t const rounds = argc > 1 ? std::stoul(argv[1]) : 5;
        std::size_t const count = argc > 2 ? std::stoul(argv[2]) : 10'000;
        compare(16, 4, rounds, 16 * count);
        compare(1, 1, rounds, count);
        compare_waits(16, 4, std::max<std::size_t>(count / 20, 20));
        return 0;
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
