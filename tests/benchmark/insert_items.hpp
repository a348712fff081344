#pragma once

// What the workload "insert" writes, the same for every library.

#include "query_workloads.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace benchmark {

struct Item {
    std::int64_t id;
    std::string name;
    double score;
};

inline std::span<Item const> items(std::size_t count)
{
    static std::vector<Item> const all = [] {
        std::vector<Item> made;
        for (std::size_t i = 0; i < table_rows; ++i)
            made.push_back({static_cast<std::int64_t>(i), "item's name, " + std::to_string(i * 7),
                            static_cast<double>(i) / 4});
        return made;
    }();
    return std::span{all}.first(count);
}

/// Of a statement, where whoever writes it decides.
constexpr std::size_t rows_of_statement = 1000;

constexpr char const truncate_sql[] = "TRUNCATE TABLE bench_insert";
constexpr char const inserted_sql[] =
    "SELECT CONCAT(COUNT(*), ' ', SUM(id), ' ', SUM(CRC32(name)), ' ', SUM(score)) FROM bench_insert";

/// @param text what the server answers to inserted_sql
inline std::uint64_t checksum_of(std::string_view text)
{
    Checksum checksum;
    for (char const c : text)
        checksum.add(static_cast<unsigned char>(c));
    return checksum.sum();
}

} // namespace benchmark
