// What statements and rows cost, against raw Connector/C in the same run.
//
//   sealsql_query_benchmark ROUNDS             all workloads: CPU and wall time in pairs, medians and ratios
//   sealsql_query_benchmark WORKLOAD WAY COUNT one workload COUNT times, prints its checksum: for a counter of
//                                              instructions, and of peak memory
//   sealsql_query_benchmark list               the workloads, each with its ways and two counts, for scripts
//
// Every way of a workload has to come to the same checksum. The server and the login come from the environment: HOST, PORT,
// USER_NAME, PASSWORD, CA, DATABASE.

#include "query_workloads.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Cost {
    double cpu = 0; // user and system, in seconds
    double wall = 0;
};

Cost measure(benchmark::Way const& way, std::size_t count, std::uint64_t& checksum)
{
    auto const cpu_now = [] {
        timespec now{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
    };
    double const cpu = cpu_now();
    auto const wall = std::chrono::steady_clock::now();
    checksum = way.run(count);
    return {cpu_now() - cpu,
            std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count()};
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Ratios of pairs that ran one after the other, for the machine is not the same from one second to the next.
void compare(benchmark::Workload const& workload, int rounds)
{
    std::vector<std::vector<double>> cpu(workload.ways.size());
    std::vector<std::vector<double>> wall(workload.ways.size());
    std::vector<double> raw_cpu;
    for (int round = 0; round < rounds; ++round) {
        Cost raw;
        std::uint64_t expected = 0;
        for (std::size_t i = 0; i < workload.ways.size(); ++i) {
            std::uint64_t checksum = 0;
            Cost const cost = measure(workload.ways[i], workload.count, checksum);
            if (i == 0) {
                raw = cost;
                expected = checksum;
                raw_cpu.push_back(cost.cpu);
            }
            if (checksum != expected)
                throw std::runtime_error(workload.name + ": the checksum of " +
                                         workload.ways[i].name + " is another");
            cpu[i].push_back(cost.cpu / raw.cpu);
            wall[i].push_back(cost.wall / raw.wall);
        }
    }
    std::cout << std::fixed;
    for (std::size_t i = 1; i < workload.ways.size(); ++i)
        std::cout << std::left << std::setw(18) << workload.name << std::setw(22)
                  << workload.ways[i].name << std::right << std::setprecision(2) << "CPU "
                  << median(cpu[i]) << "  wall " << median(wall[i])
                  << "  raw: " << std::setprecision(3)
                  << median(raw_cpu) / static_cast<double>(workload.count) * 1e6
                  << " us of CPU each\n";
}

} // namespace

int main(int argc, char** argv)
try {
    std::vector<std::string> const arguments(argv + 1, argv + argc);
    auto const workloads = benchmark::workloads();
    if (arguments == std::vector<std::string>{"list"}) {
        for (auto const& workload : workloads) {
            std::cout << workload.name << ' ' << workload.count;
            for (auto const& way : workload.ways)
                std::cout << ' ' << way.name;
            std::cout << '\n';
        }
        return 0;
    }
    if (arguments.size() == 1) {
        benchmark::make_tables();
        for (auto const& workload : workloads)
            compare(workload, std::stoi(arguments[0]));
        return 0;
    }
    if (arguments.size() == 3) {
        for (auto const& workload : workloads)
            for (auto const& way : workload.ways)
                if (workload.name == arguments[0] && way.name == arguments[1]) {
                    std::cout << way.run(std::stoul(arguments[2])) << '\n';
                    return 0;
                }
    }
    std::cerr << "usage: sealsql_query_benchmark ROUNDS | WORKLOAD WAY COUNT | list\n";
    return 2;
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
