#pragma once

#include "setting.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace benchmark {

/// One way to do a workload: runs it so many times and gives a checksum of all that it read.
struct Way {
    std::string name;
    std::function<std::uint64_t(std::size_t count)> run;
};

/// The first way is raw Connector/C.
struct Workload {
    std::string name;
    /// How often, for the clock.
    std::size_t count;
    /// For a counter of instructions: the difference leaves out the start of the program. Zero if it is too
    /// large for counters and for being repeated.
    std::size_t few;
    std::size_t more;
    std::vector<Way> ways;
};

constexpr std::size_t table_rows = 100'000;

/// The tables that the workloads read and write.
void make_tables();

[[nodiscard]] std::vector<Workload> workloads();

// Parts of workloads(), each in a file of its own; the last four add ways to the workloads that are there.
void add_bulk(std::vector<Workload>& workloads);
void add_pipeline(std::vector<Workload>& workloads);
void add_observer(std::vector<Workload>& workloads);
void add_soci(std::vector<Workload>& workloads);
void add_mysqlpp(std::vector<Workload>& workloads);
void add_boost_mysql(std::vector<Workload>& workloads);

/// Adds a way to a workload, if there is one of that name.
inline void add_way(std::vector<Workload>& workloads, std::string const& name, Way way)
{
    for (auto& workload : workloads)
        if (workload.name == name)
            workload.ways.push_back(std::move(way));
}

/// The query of the fetches: so many rows of all types.
[[nodiscard]] inline std::string fetch_sql(std::size_t count)
{
    return "SELECT id, i, d, t, dt, n FROM bench LIMIT " + std::to_string(count);
}

/// A checksum that hardly costs anything and notices order, content and NULLs.
class Checksum {
public:
    void add(std::uint64_t value) noexcept { sum_ = (sum_ ^ value) * 0x9E37'79B9'7F4A'7C15U + 1; }
    void add_text(char const* text, std::size_t size) noexcept
    {
        add(size);
        if (size != 0)
            add(static_cast<unsigned char>(text[0]) +
                256U * static_cast<unsigned char>(text[size - 1]));
    }
    void add_number(double number) noexcept
    {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &number, sizeof bits);
        add(bits);
    }
    /// A DATETIME that the library has taken apart; as binary rows have it.
    void add_datetime(unsigned year, unsigned month, unsigned day,
                      std::uint64_t microseconds) noexcept
    {
        add(year * 10'000U + month * 100U + day);
        add(microseconds);
    }
    /// The same as add_text() of its text, for libraries that take it apart unasked.
    void add_datetime_as_text(unsigned year, unsigned second) noexcept
    {
        char const text[19] = {
            static_cast<char>('0' + year / 1000), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            static_cast<char>('0' + second % 10)};
        add_text(text, sizeof text);
    }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

private:
    std::uint64_t sum_ = 0;
};

} // namespace benchmark
