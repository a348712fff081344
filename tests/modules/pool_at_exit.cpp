// A program whose pool is a global object: made before OpenSSL was, and so destroyed after it has cleaned up. Until then its
// maintenance thread has two seconds, in which another global object takes its time.
//
//   pool_at_exit HOST PORT CA
// It prints what it did at the end, and exits with 0.

#include <sealsql/pool.hpp>
#include <sealsql/sealsql.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::optional<sealsql::ConnectionPool> pool;

struct Latecomer {
    ~Latecomer()
    {
        std::this_thread::sleep_for(std::chrono::seconds{2});
        if (!pool)
            return;
        try {
            auto const db = pool->acquire_for(std::chrono::milliseconds{100});
            db->ping();
            std::puts("pinged");
        } catch (sealsql::Error const&) {
            std::puts("lost");
        }
    }
};
Latecomer const latecomer;

} // namespace

int main(int count, char** arguments)
{
    if (count != 4)
        return 2;
    auto const port = static_cast<std::uint16_t>(std::atoi(arguments[2]));
    pool.emplace(sealsql::ConnectionBuilder::to_host(arguments[1], port)
                     .login("module_user", sealsql::Secret{"module_password"})
                     .ssl({.ca = arguments[3]})
                     .connect_timeout(std::chrono::seconds{30})
                     .options(),
                 sealsql::PoolOptions{.min_size = 1});
    std::this_thread::sleep_for(std::chrono::milliseconds{300}); // it is made, or is being made
    return 0;
}
