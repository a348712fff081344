// Threads that come and go, and descriptors of local sockets, against a real server.

#include "server.hpp"

#include <sealsql/deadline.hpp>

#include "support/catch.hpp"
#include "support/sanitizers.hpp"

#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include <fcntl.h>
#include <malloc.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

std::size_t bytes_in_use() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

std::ptrdiff_t descriptors()
{
    std::filesystem::directory_iterator const begin{"/proc/self/fd"};
    return std::distance(begin, {});
}

/// Connects, works and leaves, in a thread of its own each time.
void run_threads(ConnectionOptions const& options, int count)
{
    for (int i = 0; i < count; ++i) {
        std::thread thread{[&options, i] {
            Connection db{options};
            if (i % 10 == 0) {
                OperationDeadline const limit{db, 10s};
                CHECK(db.query_value<int>("SELECT ?", i) == i);
            } else {
                CHECK(db.query_value<int>("SELECT ?", i) == i);
            }
        }};
        thread.join();
    }
}

} // namespace

TEST_CASE("Threads that come and go leave nothing behind", "[manners]")
{
    ConnectionOptions const options = builder().options();
    run_threads(options, 100);
    auto const memory = bytes_in_use();
    auto const files = descriptors();
    run_threads(options, 1000);
    CHECK(descriptors() == files);
    if (can_count_memory) {
        auto const more = static_cast<std::ptrdiff_t>(bytes_in_use() - memory);
        INFO(more << " bytes more");
        CHECK(more < 50'000); // not 50 bytes each
    }
}

TEST_CASE("A connection that another thread made is used and closed like one's own", "[manners]")
{
    std::optional<Connection> db;
    std::thread{[&] { db.emplace(builder().connect()); }}.join();
    std::thread{[&] { CHECK(db->query_value<int>("SELECT 1") == 1); }}.join();
    std::thread{[&] { db.reset(); }}.join();
}

TEST_CASE("A local socket does not go to a program that is started", "[manners]")
{
    auto const db = admin();
    int sockets = 0;
    for (auto const& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        int const one = std::atoi(entry.path().filename().c_str());
        int const flags = ::fcntl(one, F_GETFD);
        std::error_code gone;
        std::string const target = std::filesystem::read_symlink(entry.path(), gone).native();
        if (flags >= 0 && target.starts_with("socket:")) {
            ++sockets;
            INFO(one << " " << target);
            CHECK((flags & FD_CLOEXEC) != 0);
        }
    }
    CHECK(sockets > 0);
}
