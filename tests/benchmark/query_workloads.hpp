#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
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
    std::size_t count;
    std::vector<Way> ways;
};

/// The tables that the workloads read.
void make_tables();

[[nodiscard]] std::vector<Workload> workloads();

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
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

private:
    std::uint64_t sum_ = 0;
};

} // namespace benchmark
