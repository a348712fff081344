#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/process_id.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/waiting_line.hpp>
#include <sealsql/error.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A connection of a pool, and what the pool knows about it.
struct PoolEntry {
    explicit PoolEntry(Connection made) noexcept : connection{std::move(made)} {}

    Connection connection;
    /// The session of the connection that the pool made. A borrower may have put another in its place.
    Session const* session = nullptr;
    /// That of the source before it was made.
    std::uint64_t generation = 0;
    Clock::time_point expires = Clock::time_point::max();
    /// It was lent, or came back.
    Clock::time_point since{};
    /// What a session cannot be reset to: its database and role, as the server named them at the beginning.
    std::string beginning{};
    bool tracks_changes = false;
    bool is_lent = false;
    bool is_discarded = false;
    /// Its server refused to write: before it is lent again, the source is asked.
    bool is_doubtful = false;
    bool is_reported = false;
    CallSite where{};
    std::string label{};
};

/// What ConnectionPool and what it lent share; goes with the last of them.
///
/// One mutex, which is never held while anything is sent, received or connected, or an observer is called. Whoever gets a
/// connection, or the leave to make one, is decided under it by dispatch() alone; all else is looked after by the thread
/// that got it.
class PoolState {
public:
    PoolState(std::shared_ptr<ConnectionSource> source, PoolOptions const& options);
    PoolState(PoolState const&) = delete;
    PoolState& operator=(PoolState const&) = delete;
    ~PoolState();

    /// `began`: now.
    [[nodiscard]] PoolEntry& acquire(Clock::time_point began, Clock::time_point deadline,
                                     std::stop_token const& stop, CallSite const& where);
    /// @param latest when putting it in order ends, as PoolOptions::return_timeout does
    void take_back(PoolEntry& entry, Clock::time_point latest) noexcept;
    void set_label(PoolEntry& entry, std::string label);

    [[nodiscard]] ConnectionSource& source() const noexcept { return *source_; }
    [[nodiscard]] PoolOptions const& options() const noexcept { return options_; }
    [[nodiscard]] PoolStatistics statistics() const;
    [[nodiscard]] std::vector<PoolLoan> loans() const;

    void start();
    void maintain();
    void shutdown() noexcept;
    /// Ends the maintenance thread for good; it is waited for.
    void end_upkeep() noexcept;
    /// The first half of it.
    /// @return what ends that which the thread is doing
    [[nodiscard]] std::stop_source forbid_upkeep() noexcept;
    /// The thread that is to be waited for; none if that is the caller's.
    [[nodiscard]] std::thread take_upkeep() noexcept;
    [[nodiscard]] bool drain(Clock::time_point deadline) noexcept;

    /// Whether this is the process that made the pool.
    [[nodiscard]] bool is_ours() const noexcept { return owner_ == process_id(); }

    /// In a forked child: lets go of what idle connections hold there.
    void abandon() noexcept;

private:
    using Entries = std::vector<std::unique_ptr<PoolEntry>>;
    using Counter = std::uint64_t PoolStatistics::Closed::*;

    /// Why a connection is closed, for statistics and observers.
    struct Reason {
        Counter counter;
        std::string_view name;
    };
    static constexpr Reason broken{&PoolStatistics::Closed::broken, "broken"};
    static constexpr Reason idle_for_long{&PoolStatistics::Closed::idle, "idle"};
    static constexpr Reason too_old{&PoolStatistics::Closed::lifetime, "lifetime"};
    static constexpr Reason outdated{&PoolStatistics::Closed::outdated, "outdated"};
    static constexpr Reason unfit{&PoolStatistics::Closed::unfit, "unfit"};
    static constexpr Reason altered{&PoolStatistics::Closed::altered, "altered"};
    static constexpr Reason discarded{&PoolStatistics::Closed::discarded, "discarded"};
    static constexpr Reason still_used{&PoolStatistics::Closed::still_used, "still used"};
    static constexpr Reason shut_down{&PoolStatistics::Closed::shutdown, "shutdown"};

    /// The latest attempt to connect that failed.
    struct Failure {
        std::exception_ptr error;
        std::string text;
        int code = 0;
        bool is_retryable = false;
        Clock::time_point time{};
    };

    // Under mutex_. Each connection counts until it is closed.
    [[nodiscard]] bool has_room() const noexcept
    {
        return all_.size() + connecting_ < options_.max_size;
    }
    [[nodiscard]] std::size_t lent() const noexcept
    {
        return all_.size() - idle_.size() - closing_;
    }
    [[nodiscard]] bool may_connect(Clock::time_point now) const noexcept;
    [[nodiscard]] bool serve(Waiter& waiter, Clock::time_point now) noexcept;
    [[nodiscard]] bool serve_or_queue(Waiter& waiter, Clock::time_point now, Woken& woken) noexcept;
    void dispatch(Clock::time_point now, Woken& woken) noexcept;
    void end_all(Waiter::Outcome outcome, std::exception_ptr const& error, Woken& woken) noexcept;
    void lend(PoolEntry& entry, Waiter& waiter, Clock::time_point now) noexcept;
    [[nodiscard]] std::unique_ptr<PoolEntry> take_out(PoolEntry& entry, Reason reason) noexcept;
    void add(std::unique_ptr<PoolEntry> made, Clock::time_point now) noexcept;
    void note_failure(std::exception_ptr const& error, Clock::time_point now, bool counts);
    [[nodiscard]] Clock::time_point next_due(Clock::time_point now) const noexcept;
    void start_upkeep() noexcept;
    void end_attempt(std::unique_lock<std::mutex>& lock, std::unique_ptr<PoolEntry>& made) noexcept;

    // Not under it.
    void wait(Waiter& waiter, std::stop_token const& stop);
    void call_off(Waiter& waiter) noexcept;
    [[nodiscard]] bool make(Waiter& waiter, std::stop_token const& stop);
    [[nodiscard]] bool is_fit(Waiter& waiter, std::stop_token const& stop, Reason& why);
    [[nodiscard]] std::unique_ptr<PoolEntry> connect(Clock::time_point deadline,
                                                     std::stop_token const& stop);
    void begin_session(PoolEntry& entry);
    [[nodiscard]] bool is_to_be_reset(PoolEntry const& entry,
                                      Session const& session) const noexcept;
    [[nodiscard]] bool is_in_order(PoolEntry const& entry) const noexcept;
    [[nodiscard]] bool put_in_order(PoolEntry& entry, Clock::time_point latest,
                                    Reason& why) noexcept;
    [[nodiscard]] bool is_to_be_closed(PoolEntry& entry, Clock::time_point now,
                                       Reason& why) noexcept;
    [[nodiscard]] bool is_to_be_replaced(PoolEntry const& entry, Clock::time_point now,
                                         Reason& why) noexcept;
    [[nodiscard]] bool is_overtaken(PoolEntry const& entry, Reason& why) const noexcept;
    template <class IsOver>
    void close_idle(Reason reason, IsOver const& is_over) noexcept;
    void follow_generation();
    void require_ours() const;
    void run_upkeep();
    void report_leaks();
    void fill(std::stop_token const& stop);
    [[noreturn]] void throw_too_late(Waiter const& waiter);
    [[nodiscard]] bool is_observed() const noexcept { return told_.has_value(); }
    void notify(PoolEventKind kind, Clock::duration duration, std::string_view reason = {},
                Error const* error = nullptr) const noexcept;

    std::shared_ptr<ConnectionSource> const source_;
    PoolOptions const options_;
    /// The source's as its observer gets them; nothing if there is none.
    std::optional<ConnectionOptions> const told_;
    int const owner_ = process_id();
    std::mutex generation_mutex_{};
    std::atomic<std::uint64_t> generation_;

    std::mutex mutable mutex_;
    Entries all_;
    std::vector<PoolEntry*> idle_; // the one that came back last is last, and lent first
    WaitingLine line_;
    std::uint64_t arrivals_ = 0;
    std::size_t connecting_ = 0;
    std::size_t closing_ = 0; // that were idle
    std::atomic<bool> is_shut_down_{false};
    unsigned failures_ = 0; // since a connection was made
    Clock::time_point next_attempt_{};
    /// Idle since then or longer: something has broken that may have broken them, too.
    Clock::time_point doubtful_since_{};
    Failure failure_;
    PoolStatistics statistics_;
    std::minstd_rand random_;

    std::condition_variable upkeep_due_;
    std::condition_variable drained_;
    std::stop_source upkeep_stop_;
    bool is_upkeep_over_ = false;
    std::thread upkeep_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
