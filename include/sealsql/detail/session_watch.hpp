#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// What an OperationEvent tells of.
enum class OperationKind : std::uint8_t {
    /// A statement in text.
    query,
    /// The server was asked to prepare a statement.
    prepare,
    /// A prepared statement, with its parameters.
    execute,
    /// Rows of parameters of bulk_execute(), as many as were sent before their replies were read.
    bulk,
    /// A statement that the client sends data for.
    load_data,
    ping,
    /// The session was put back to its beginning.
    reset,
    /// The database was chosen by a command of its own.
    select_database,
};

namespace detail {

/// How many parameters of one operation an observer is told of at most.
inline constexpr std::size_t most_told_parameters = 128;

/// One operation under way, as an observer is told of it in the end. It is destroyed by one of the three.
class WatchedOperation {
public:
    WatchedOperation() noexcept = default;
    WatchedOperation(WatchedOperation const&) = delete;
    WatchedOperation& operator=(WatchedOperation const&) = delete;

    virtual void succeed() noexcept = 0;
    virtual void fail(Error const& error) noexcept = 0;
    /// It ends by an exception that is no Error.
    virtual void give_up() noexcept = 0;

    std::uint64_t affected_rows = 0;
    std::uint64_t returned_rows = 0;
    std::uint64_t batch_size = 0;
    bool is_abandoned = false;

protected:
    virtual ~WatchedOperation() = default;
};

/// Tells an observer of one session. The umbrella knows only this much of it.
class SessionWatch {
public:
    SessionWatch() noexcept = default;
    SessionWatch(SessionWatch const&) = delete;
    SessionWatch& operator=(SessionWatch const&) = delete;
    virtual ~SessionWatch() = default;

    /// @param began if before now
    [[nodiscard]] virtual WatchedOperation* begin_connect(Clock::time_point began) noexcept = 0;
    virtual void begin_dial(std::string_view address) noexcept = 0;
    /// @param error null if the login succeeded
    virtual void end_dial(Session const& session, Error const* error) = 0;

    /// @return null if nobody is to be told
    [[nodiscard]] virtual WatchedOperation* begin(OperationKind kind, std::string_view statement,
                                                  Arguments const* arguments) noexcept = 0;

    /// Whether the observer is being told: it cannot use the session then.
    bool is_telling = false;
};

/// Owns one, or none.
class WatchOwner {
public:
    WatchOwner() noexcept = default;
    WatchOwner(WatchOwner const&) = delete;
    WatchOwner& operator=(WatchOwner const&) = delete;
    ~WatchOwner() { delete watch_; }

    /// Once.
    void take(SessionWatch* watch) noexcept { watch_ = watch; }

    explicit operator bool() const noexcept { return watch_ != nullptr; }
    [[nodiscard]] SessionWatch* get() const noexcept { return watch_; }
    [[nodiscard]] SessionWatch* operator->() const noexcept { return watch_; }

private:
    SessionWatch* watch_ = nullptr;
};

/// Owns what an observer is to be told of; empty, and free of cost, where there is none.
class Operation {
public:
    Operation() noexcept = default;
    explicit Operation(WatchedOperation* watched) noexcept : watched_{watched} {}
    Operation(SessionWatch* watch, OperationKind kind, std::string_view statement,
              Arguments const* arguments = nullptr) noexcept
        : watched_{watch != nullptr ? watch->begin(kind, statement, arguments) : nullptr}
    {
    }
    Operation(Operation&& other) noexcept : watched_{other.release()} {}
    Operation& operator=(Operation&& other) noexcept
    {
        give_up();
        watched_ = other.release();
        return *this;
    }
    ~Operation() { give_up(); }

    explicit operator bool() const noexcept { return watched_ != nullptr; }
    [[nodiscard]] WatchedOperation* operator->() const noexcept { return watched_; }

    void succeed() noexcept
    {
        if (watched_ != nullptr)
            release()->succeed();
    }
    void fail(Error const& error) noexcept
    {
        if (watched_ != nullptr)
            release()->fail(error);
    }
    void give_up() noexcept
    {
        if (watched_ != nullptr)
            release()->give_up();
    }

private:
    [[nodiscard]] WatchedOperation* release() noexcept
    {
        WatchedOperation* const watched = watched_;
        watched_ = nullptr;
        return watched;
    }

    WatchedOperation* watched_ = nullptr;
};

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
