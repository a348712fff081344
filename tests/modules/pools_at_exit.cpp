// A program whose pool has a source that destroys a pool and makes one in the maintenance thread, while the process exits and
// waits for that thread, and for the one of the pool that is destroyed.
//
//   pools_at_exit
// It prints what it did at the end, and exits with 0.

#include <sealsql/pool.hpp>
#include <sealsql/sealsql.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include <openssl/ssl.h>

namespace {

/// Connects to nothing.
class Source : public sealsql::ConnectionSource {
public:
    sealsql::Connection connect(std::chrono::steady_clock::time_point /*deadline*/,
                                std::stop_token const& /*stop*/) override
    {
        throw std::runtime_error{"there is no server"};
    }
    bool still_fits(sealsql::Connection& /*connection*/) override { return true; }
    std::uint64_t generation() override { return 0; }
    [[nodiscard]] sealsql::ConnectionOptions const& options() const noexcept override
    {
        return options_;
    }

private:
    sealsql::ConnectionOptions options_;
};

sealsql::PoolOptions with_thread() { return {.min_size = 1}; }

/// Keeps its pool's maintenance thread until the process exits.
class Kept : public Source {
public:
    void maintain(std::stop_token const& stop) override
    {
        if (has_begun_)
            return;
        has_begun_ = true;
        begun.set_value();
        while (!stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        end();
    }

    std::promise<void> begun;

private:
    virtual void end() = 0;

    bool has_begun_ = false;
};

/// The process still waits for its thread when the pool is destroyed.
class Slow : public Kept {
public:
    ~Slow() override { std::puts(is_over_ ? "destroyed" : "destroyed too early"); }

private:
    void end() override
    {
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
        is_over_ = true;
    }

    std::atomic<bool> is_over_ = false;
};

class Busy : public Kept {
public:
    std::unique_ptr<sealsql::ConnectionPool> other;

private:
    void end() override
    {
        std::this_thread::sleep_for(std::chrono::milliseconds{200}); // the process waits by now
        other.reset();
        sealsql::ConnectionPool const fresh{std::make_shared<Source>(), with_thread()};
        std::puts("made");
    }
};

// As in pool_at_exit.cpp: destroyed when all maintenance threads have ended.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::optional<sealsql::ConnectionPool> pool;

} // namespace

int main()
{
    OPENSSL_init_ssl(0, nullptr); // it is before its clean-up that the threads are waited for
    auto const busy = std::make_shared<Busy>();
    pool.emplace(busy, with_thread());
    busy->begun.get_future().wait();
    auto slow = std::make_shared<Slow>();
    auto slow_has_begun = slow->begun.get_future();
    busy->other = std::make_unique<sealsql::ConnectionPool>(std::move(slow), with_thread());
    slow_has_begun.wait();
    return 0;
}
