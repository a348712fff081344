// What statements and rows cost, against raw Connector/C in the same run.
//
//   sealsql_query_benchmark tables             makes what all the others need
//   sealsql_query_benchmark list               the workloads, for scripts: name, count, two counts for a counter of
//                                              instructions (0 0: not for it, nor for ROUNDS), ways
//   sealsql_query_benchmark ROUNDS [WORKLOAD...]
//                                              CPU and wall time in pairs: a line with workload, way, the medians of
//                                              both ratios to the first way, and of both times in microseconds
//   sealsql_query_benchmark WORKLOAD WAY COUNT one workload COUNT times: its checksum, the peak of memory in KiB and
//                                              the seconds of CPU
//
// Every way of a workload has to come to the same checksum. The server and the login come from the environment: HOST, PORT,
// USER_NAME, PASSWORD, CA, DATABASE, SERVER_KIND.

#include "query_workloads.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
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
    struct Costs {
        std::vector<double> cpu_ratio;
        std::vector<double> wall_ratio;
        std::vector<double> cpu;
        std::vector<double> wall;
    };
    std::vector<Costs> of_ways(workload.ways.size());
    for (int round = 0; round < rounds; ++round) {
        Cost raw;
        std::uint64_t expected = 0;
        for (std::size_t i = 0; i < workload.ways.size(); ++i) {
            std::uint64_t checksum = 0;
            Cost const cost = measure(workload.ways[i], workload.count, checksum);
            if (i == 0) {
                raw = cost;
                expected = checksum;
            }
            if (checksum != expected)
                throw std::runtime_error(workload.name + ": the checksum of " +
                                         workload.ways[i].name + " is another");
            of_ways[i].cpu_ratio.push_back(cost.cpu / raw.cpu);
            of_ways[i].wall_ratio.push_back(cost.wall / raw.wall);
            of_ways[i].cpu.push_back(cost.cpu);
            of_ways[i].wall.push_back(cost.wall);
        }
    }
    double const microseconds = 1e6 / static_cast<double>(workload.count);
    std::cout << std::fixed << std::setprecision(5);
    for (std::size_t i = 0; i < workload.ways.size(); ++i)
        std::cout << workload.name << ' ' << workload.ways[i].name << ' '
                  << median(of_ways[i].cpu_ratio) << ' ' << median(of_ways[i].wall_ratio) << ' '
                  << median(of_ways[i].cpu) * microseconds << ' '
                  << median(of_ways[i].wall) * microseconds << std::endl;
}

/// The most memory that this program has had since it was started.
std::string peak_of_memory()
{
    std::ifstream status{"/proc/self/status"};
    for (std::string word; status >> word;)
        if (word == "VmHWM:" && status >> word)
            return word;
    throw std::runtime_error("/proc/self/status has no VmHWM");
}

} // namespace

int main(int argc, char** argv)
try {
    std::vector<std::string> const arguments(argv + 1, argv + argc);
    auto const workloads = benchmark::workloads();
    if (arguments == std::vector<std::string>{"list"}) {
        for (auto const& workload : workloads) {
            std::cout << workload.name << ' ' << workload.count << ' ' << workload.few << ' '
                      << workload.more;
            for (auto const& way : workload.ways)
                std::cout << ' ' << way.name;
            std::cout << '\n';
        }
        return 0;
    }
    if (arguments == std::vector<std::string>{"tables"}) {
        benchmark::make_tables();
        return 0;
    }
    if (!arguments.empty() && arguments[0].find_first_not_of("0123456789") == std::string::npos) {
        int const rounds = std::stoi(arguments[0]);
        for (auto const& workload : workloads)
            if (workload.few != 0 &&
                (arguments.size() == 1 || std::find(arguments.begin() + 1, arguments.end(),
                                                    workload.name) != arguments.end()))
                compare(workload, rounds);
        // SOCI calls mysql_library_end() on its way out, after which no connection may be closed: see "Limits" in
        // the README.
        std::_Exit(0);
    }
    if (arguments.size() == 3) {
        for (auto const& workload : workloads)
            for (auto const& way : workload.ways)
                if (workload.name == arguments[0] && way.name == arguments[1]) {
                    std::uint64_t checksum = 0;
                    Cost const cost = measure(way, std::stoul(arguments[2]), checksum);
                    std::cout << checksum << ' ' << peak_of_memory() << ' ' << cost.cpu << '\n';
                    return 0;
                }
    }
    std::cerr
        << "usage: sealsql_query_benchmark tables | list | ROUNDS [WORKLOAD...] | WORKLOAD WAY COUNT\n";
    return 2;
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
