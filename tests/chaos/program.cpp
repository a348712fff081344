#include "program.hpp"

#include "../support/sanitizers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace sealsql::chaos {

Settings::Settings(int count, char const* const* arguments)
    : values_{{"ca", ""},           {"ledger", ""},        {"user", "app"},
              {"threads", "16"},    {"readers", "2"},      {"connections", "8"},
              {"accounts", "100"},  {"balance", "100000"}, {"unit-ms", "4000"},
              {"grace-ms", "3000"}, {"think-ms", "25"},    {"warm-up-ms", "3000"},
              {"seed", "1"},        {"cluster", "0"},      {"mutation", "none"},
              {"spare-kib", "512"}, {"resumption", "1"},   {"partitions", "0"}}
{
    for (int index = 1; index + 1 < count; index += 2) {
        std::string const name = arguments[index];
        std::string const value = arguments[index + 1];
        if (name == "--host") {
            auto const colon = value.rfind(':');
            if (colon == std::string::npos)
                throw std::runtime_error("--host address:port");
            hosts_.emplace_back(value.substr(0, colon),
                                static_cast<std::uint16_t>(std::stoul(value.substr(colon + 1))));
        } else if (name.starts_with("--") && values_.contains(name.substr(2))) {
            values_[name.substr(2)] = value;
        } else {
            throw std::runtime_error("unknown option " + name);
        }
    }
    if (hosts_.empty() || values_["ca"].empty() || values_["ledger"].empty())
        throw std::runtime_error("--host, --ca and --ledger are needed");
}

std::string const& Settings::operator[](std::string const& name) const { return values_.at(name); }

long Settings::number(std::string const& name) const { return std::stol(values_.at(name)); }

Ledger::Ledger(std::string const& path)
    : descriptor_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)}
{
    if (descriptor_ < 0)
        throw std::system_error(errno, std::generic_category(), path);
}

Ledger::~Ledger() { ::close(descriptor_); }

void Ledger::write(std::string_view text) const
{
    // One call: O_APPEND keeps the lines of different threads apart only so.
    if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::system_error(errno, std::generic_category(), "the ledger");
}

namespace {

std::size_t entries(char const* folder)
{
    std::size_t count = 0;
    DIR* const directory = ::opendir(folder);
    if (directory == nullptr)
        return 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): only this thread has it
    while (::readdir(directory) != nullptr)
        ++count;
    ::closedir(directory);
    return count - 3; // ".", ".." and the folder's own
}

} // namespace

Holdings Holdings::now()
{
    Holdings holdings;
    ::malloc_trim(0);
    holdings.descriptors = entries("/proc/self/fd");
    holdings.threads = entries("/proc/self/task") + 1; // of which the folder's own is none
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> pages;
    holdings.resident_kib = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    if constexpr (sealsql::testing::can_count_memory) {
        struct mallinfo2 const info = ::mallinfo2();
        holdings.allocated_kib = (info.uordblks + info.hblkhd) / 1024;
    }
    return holdings;
}

std::string Holdings::json() const
{
    return "{\"descriptors\": " + std::to_string(descriptors) +
           ", \"threads\": " + std::to_string(threads) +
           ", \"resident_kib\": " + std::to_string(resident_kib) +
           ", \"allocated_kib\": " + std::to_string(allocated_kib) + "}";
}

} // namespace sealsql::chaos
