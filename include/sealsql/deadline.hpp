#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_limit.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/time_limit.hpp>

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

/// @file
/// Deadlines of the caller's, and std::stop_token: for statements, which the server is then told to stop, and for
/// connecting; and a time for each operation of a connection or pool. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

/// How an OperationDeadline stops what it limits.
struct DeadlineOptions {
    /// How long it may take, from the deadline or the request to stop: to have the server stop the statement, and to
    /// read its answer. What is not stopped by then costs the connection. At least a millisecond.
    std::chrono::milliseconds grace{1'000};

    /// Whether the connection's OperationTimeout does not count meanwhile, as for a report that takes long. If not, the
    /// earlier one counts.
    bool lifts_timeout = false;

    friend bool operator==(DeadlineOptions const&, DeadlineOptions const&) = default;
};

/// Limits all that runs on a connection while it lives, by whatever call: statements, prepared or not, pipelines, bulk
/// inserts, rows as they come, pings, resets, transactions.
///
/// ```
/// sealsql::OperationDeadline const limit{db, 2s, stop_token};
/// auto report = db.query_all<Line>("SELECT … ");
/// ```
///
/// At the deadline, or when the token says so, the server is told to stop the statement: by KILL QUERY over a second
/// connection to the same address, made from the same options and verified like the first, since no other way is
/// open while a statement runs. Whatever the peer does, the call ends within DeadlineOptions::grace after that, with
/// OperationCancelled. If the server has stopped, the connection is in step and can be used as before; if not, it is
/// closed, and the error says so. A statement without rows that came to its end all the same is reported as what it is:
/// done. Later statements are refused before they are sent; only what takes back a Transaction or a part of one still
/// runs, within the grace.
///
/// The COMMIT of a Transaction or of a bulk insert is not told to stop: its answer is waited for until the grace is over, and
/// then not known. With semi-synchronous replication, a server that is told to stop waiting for its replicas answers that it is
/// done, and a failover then loses what was answered so. The same befalls a statement that commits by itself, and a COMMIT that is
/// sent as text: where that matters, use a Transaction.
///
/// They can stand one in the other: the earlier deadline counts. To be able to name the connection to the server, the
/// first statement under one asks for its number: one round trip, once for each connection. The number in the
/// greeting is not taken, for anybody could have written it, and another connection would be hit. For the same reason
/// no KILL is sent where the second connection comes to another server than the first, as behind a balancer of
/// load, or to one that does not know the first by this number, address and port, as after a restart behind a proxy; the
/// connection is then closed instead.
///
/// For the thread that uses the connection; the token may be told by any. Ends with the connection's
/// session at the latest: it may outlive the Connection, and follows it where it is moved to.
class OperationDeadline {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Up to a point in time, and until the token says to stop.
    [[nodiscard]] OperationDeadline(Connection& connection, TimePoint when,
                                    std::stop_token stop = {}, DeadlineOptions options = {});

    /// For so long from now.
    template <class Count, class Period>
    [[nodiscard]] OperationDeadline(Connection& connection,
                                    std::chrono::duration<Count, Period> duration,
                                    std::stop_token stop = {}, DeadlineOptions options = {})
        : OperationDeadline{connection, detail::time_after(to_nanoseconds(duration)),
                            std::move(stop), options}
    {
    }

    /// Until the token says to stop.
    [[nodiscard]] OperationDeadline(Connection& connection, std::stop_token stop,
                                    DeadlineOptions options = {})
        : OperationDeadline{connection, TimePoint::max(), std::move(stop), options}
    {
    }

    OperationDeadline(OperationDeadline const&) = delete;
    OperationDeadline& operator=(OperationDeadline const&) = delete;
    ~OperationDeadline();

private:
    /// What no clock can count is for ever.
    template <class Count, class Period>
    [[nodiscard]] static std::chrono::nanoseconds
    to_nanoseconds(std::chrono::duration<Count, Period> duration)
    {
        constexpr std::chrono::duration<double> longest{1e9}; // 30 years
        if (duration > longest)
            return std::chrono::nanoseconds::max();
        if (duration < -longest)
            return std::chrono::nanoseconds::zero();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(duration);
    }

    detail::Shared<detail::Session> session_;
    detail::SessionLimit limit_;
};

namespace detail {

/// Of a session's options; the caller owns it.
[[nodiscard]] OperationLimit* make_operation_limit(Session& session);

} // namespace detail

/// A time for each operation of a connection, said once for all that is made from the same options, such as the
/// connections of a pool:
///
///     .operation_timeout(sealsql::OperationTimeout{.time = 2s})
///
/// What takes longer is stopped on the server, and ends as under an OperationDeadline: with OperationCancelled, within the
/// grace, and the connection stays if the server has stopped. The next operation has its time again. So has ROLLBACK: an
/// operation that was stopped does not end the Transaction that it is part of.
///
/// An operation is a call: one that runs a statement and reads what it gives, such as execute() and query_all(), a
/// preparation, a COMMIT, a ping, a Pipeline's run(). Rows that are read one by one have the time for the first, and again for
/// each, and so has leaving a loop over them, which reads the rest away. bulk_execute() and execute_in_pieces() have it for what
/// they send at a time. What counts is how long the call waits for the server: not what the caller does between two
/// rows, and not the source of load_data(). It does not count for connecting, which has Timeouts, and for what a pool
/// asks and resets, which has the pool's times.
///
/// An OperationDeadline counts as well, unless it lifts this one. As under one, the first statement of each
/// connection asks for its number.
struct OperationTimeout {
    std::chrono::milliseconds time{};
    /// @see DeadlineOptions::grace
    std::chrono::milliseconds grace = DeadlineOptions{}.grace;

    /// What options and their builder take.
    /// @throws Error if one of the two is less than a millisecond or longer than a year
    // NOLINTNEXTLINE(google-explicit-constructor): as said
    [[nodiscard]] operator OperationPolicy() const;
};

namespace detail {

/// Connects by the deadline. What takes too long says what it was that did.
/// @param addresses of the host, if it was looked up already
/// @param look_up_began if that is to be told as part of connecting
[[nodiscard]] Connection connect_until(ConnectionOptions options,
                                       std::chrono::steady_clock::time_point deadline,
                                       std::stop_token const& stop,
                                       std::vector<std::string> const* addresses = nullptr,
                                       Clock::time_point look_up_began = Clock::time_point::max());

} // namespace detail

/// Connects by a point in time at the latest, or until the token says to stop; the options' Timeouts hold as well.
/// Looking up the host's name counts, too: the system's resolver cannot be interrupted, so it runs in a thread of its
/// own, which is left behind when the time is over and ends when the resolver does. Names that are looked up already
/// are not looked up twice at a time.
/// @throws OperationCancelled at the deadline, or when told to stop
/// @throws Error as the constructor of Connection does
[[nodiscard]] Connection connect(ConnectionOptions const& options,
                                 std::chrono::steady_clock::time_point deadline,
                                 std::stop_token stop = {});

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/deadline.ipp>
#endif
