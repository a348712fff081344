#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/value.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

SEALSQL_INLINE Clock::time_point time_after(std::chrono::nanoseconds duration) noexcept
{
    Clock::time_point const now = Clock::now();
    return duration > Clock::time_point::max() - now ? Clock::time_point::max() : now + duration;
}

// --- A word to stop ---

SEALSQL_INLINE WakeUp::WakeUp() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (descriptor_ < 0)
        throw client_error(error_code::unknown_error,
                           concat({"a wait that a std::stop_token ends needs an event descriptor: ",
                                   std::generic_category().message(errno)}),
                           "let the process have more open files (ulimit -n)");
}

SEALSQL_INLINE WakeUp::~WakeUp() { static_cast<void>(::close(descriptor_)); }

SEALSQL_INLINE void WakeUp::raise() const noexcept
{
    std::uint64_t const one = 1;
    // It fails only where it is so high that it can be read anyway.
    [[maybe_unused]] ssize_t const written = ::write(descriptor_, &one, sizeof one);
}

SEALSQL_INLINE void WakeUp::lower() const noexcept
{
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t const got = ::read(descriptor_, &count, sizeof count);
}

SEALSQL_INLINE TimeLimit::TimeLimit(Clock::time_point when, std::stop_token stop,
                                    std::chrono::milliseconds grace, TimeLimit* outer)
    : outer_{outer}, when_{outer != nullptr ? std::min(when, outer->when_) : when},
      stop_{std::move(stop)}, grace_{std::max<Clock::duration>(grace,
                                                               std::chrono::milliseconds{1})},
      wake_up_{outer != nullptr ? outer->wake_up_ : nullptr}
{
    if (outer_ != nullptr)
        grace_ = std::min(grace_, outer_->grace_);
    if (!stop_.stop_possible())
        return;
    if (wake_up_ == nullptr)
        wake_up_ = &own_wake_up_.emplace();
    callback_.emplace(stop_, Raise{wake_up_});
}

SEALSQL_INLINE TimeLimit::~TimeLimit()
{
    callback_.reset(); // first: none raises it any more
    bool const was_raised = stop_.stop_requested();
    if (own_wake_up_ || wake_up_ == nullptr || !was_raised)
        return;
    // It belongs to those around, of whom one may have raised it, too.
    wake_up_->lower();
    if (outer_->stop_requested())
        wake_up_->raise();
}

SEALSQL_INLINE bool TimeLimit::stop_requested() const noexcept
{
    return stop_.stop_requested() || (outer_ != nullptr && outer_->stop_requested());
}

SEALSQL_INLINE CancelReason TimeLimit::reason() noexcept
{
    if (reason_ != CancelReason::none)
        return reason_;
    if (stop_requested()) {
        reason_ = CancelReason::stop_requested;
        end_ = Clock::now() + grace_;
    } else if (when_ != Clock::time_point::max() && Clock::now() >= when_) {
        reason_ = CancelReason::deadline;
        end_ = when_ + grace_;
    }
    return reason_;
}

SEALSQL_INLINE Clock::time_point TimeLimit::end() noexcept
{
    return reason() == CancelReason::none ? Clock::time_point::max() : end_;
}

SEALSQL_INLINE void TimeLimit::renew_grace() noexcept
{
    end_ = std::max(end_, Clock::now() + grace_);
}

/// What an OperationCancelled is made of.
[[nodiscard]] SEALSQL_INLINE ErrorData cancelled(CancelReason reason, CancelOutcome outcome,
                                                 std::string_view what, bool is_closed)
{
    int code = error_code::query_interrupted;
    if (outcome != CancelOutcome::interrupted)
        code = is_closed ? error_code::server_lost : error_code::unknown_error;
    return {
        .code = code,
        .message =
            concat({reason == CancelReason::deadline ? "the deadline of the operation has passed: "
                                                     : "the operation was asked to stop: ",
                    what}),
        .remedy = reason == CancelReason::deadline
                      ? "give the OperationDeadline, or connect(), a later deadline if it needs it"
                      : "",
        .origin = ErrorOrigin::client,
        .retryable = false,
        .poisons_connection = is_closed,
        .cancel_reason = reason,
        .cancel_outcome = outcome};
}

SEALSQL_INLINE Error TimeLimit::not_begun()
{
    return Error{cancelled(reason(), CancelOutcome::not_sent, "nothing was sent", false)};
}

SEALSQL_INLINE void TimeLimit::watch(CallScope& call) const noexcept
{
    call.watch(when_, wake_up_ != nullptr ? wake_up_->descriptor() : -1);
}

SEALSQL_INLINE void TimeLimit::on_lost(Session& session)
{
    if (reason() == CancelReason::none)
        return;
    std::string const target = session.target();
    session.close();
    throw OperationCancelled{
        Error{cancelled(reason(), CancelOutcome::not_sent,
                        concat({"there is no connection to ", target, " yet"}), true)}};
}

SEALSQL_INLINE void TimeLimit::before_command(Session& session) { on_lost(session); }

SEALSQL_INLINE void TimeLimit::before_wait(Session& session, CallScope& call)
{
    on_lost(session);
    session.state().interrupted = false;
    watch(call);
}

SEALSQL_INLINE void TimeLimit::before_send(Session&, CallScope& call, bool)
{
    // A command that was begun when the limit is met goes out: the server can be told to stop it.
    bool const is_met = is_over();
    call.end_by(is_met ? end_ : when_ == Clock::time_point::max() ? when_ : when_ + grace_);
    call.set_grace(grace_);
    watch(call);
    call.watch(Clock::time_point::max(),
               is_met || wake_up_ == nullptr ? -1 : wake_up_->descriptor());
}

// --- KILL ---

/// How long a statement that was told to stop may take until it is told again: a KILL that comes before the server
/// has begun with it is lost.
inline constexpr std::chrono::milliseconds kill_interval{50};

/// Of errors by which a server says that a statement was told to stop.
[[nodiscard]] SEALSQL_INLINE bool is_interruption(int code) noexcept
{
    return code == error_code::query_interrupted || code == error_code::sort_aborted;
}

SEALSQL_INLINE SessionLimit::SessionLimit(Shared<Session> session, Clock::time_point when,
                                          std::stop_token stop, DeadlineOptions options)
    // Only OperationDeadline limits a session that has begun, so the one around it is one of these.
    : TimeLimit{when, std::move(stop), options.grace,
                static_cast<TimeLimit*>(require(session).limit())},
      session_{std::move(session)}, outer_{session_->limit()}
{
    session_->set_limit(this);
}

SEALSQL_INLINE SessionLimit::~SessionLimit()
{
    Session& session = *session_;
    if (session.usable() && (may_be_killed_ || session.is_cancelling())) {
        try {
            if (session.busy())
                session.close(); // an exception has ended the reading of what was to be stopped
            else
                absorb(session);
        } catch (...) {
            session.close();
        }
    }
    session.set_limit(outer_);
}

/// A connection's number, and a mark of its server: what is not the same on two.
struct ServerSays {
    std::uint64_t id = 0;
    std::uint64_t mark = 0;
};

[[nodiscard]] SEALSQL_INLINE ServerSays ask_identity(Shared<Session> const& session)
{
    ServerSays says;
    ResultStream stream{session, session->is_mariadb()
                                     ? "SELECT CONNECTION_ID(), CONCAT_WS(' ', @@hostname, @@port, "
                                       "@@server_id, @@datadir, @@pid_file)"
                                     : "SELECT CONNECTION_ID(), @@server_uuid"};
    Column const column;
    if (stream.next() && stream.fields().size() == 2 &&
        ValueTraits<std::uint64_t>::decode(FieldView{stream.fields()[0].bytes(), column}, says.id))
        says.mark = std::hash<std::string_view>{}(stream.fields()[1].bytes()) | 1U; // zero is none
    stream.finish();
    return says;
}

SEALSQL_INLINE void SessionLimit::before_command(Session& session)
{
    // Of commands that go together, the first is asked about.
    if (is_busy_ || session.is_writing())
        return;
    if (session.is_over_limit())
        throw_again(not_begun());
    if (may_be_killed_)
        absorb(session);
    if (session.server_mark == 0 && !session.is_cleaning_up()) {
        ask(session);
        if (session.is_over_limit())
            throw_again(not_begun());
    }
}

SEALSQL_INLINE void SessionLimit::ask(Session& session)
{
    bool const is_in_transaction = session.transaction.is_open;
    is_busy_ = true;
    try {
        // Without the answer nothing can be stopped, so the question itself has the grace as well.
        Session::CleanUp const in_grace{session};
        ServerSays const says = ask_identity(session_);
        session.connection_id = says.id;
        session.server_mark = says.mark;
    } catch (Error const& error) {
        is_busy_ = false;
        if (!session.usable() && error.cancel_reason() != CancelReason::none)
            throw OperationCancelled{Error{
                cancelled(reason(), CancelOutcome::not_sent,
                          "the server did not even say which connection this is; it is closed, and "
                          "the statement was not sent",
                          true)}};
        // A server that does not say it cannot be told to stop: it is left instead. But what it says may be that it has
        // taken the transaction back, as a Galera node does to whatever comes next: the statement must not run without.
        if (!session.usable() || (is_in_transaction && error.retryable()))
            throw;
    }
    is_busy_ = false;
}

/// A KILL that came too late waits in some servers for the next statement, so that gets one of ours.
SEALSQL_INLINE void SessionLimit::absorb(Session& session)
{
    constexpr int most = 8;
    bool const is_in_transaction = session.transaction.is_open;
    is_busy_ = true;
    Session::CleanUp const in_grace{session};
    renew_grace();
    for (int i = 0; i < most && may_be_killed_; ++i) {
        try {
            static_cast<void>(run_to_end(ResultStream{session_, "DO 0"}));
            may_be_killed_ = false;
        } catch (Error const& error) {
            may_be_killed_ = is_interruption(error.code());
            // As above: it may be about the transaction.
            if (!session.usable() || (!may_be_killed_ && is_in_transaction && error.retryable())) {
                is_busy_ = false;
                throw;
            }
        }
    }
    is_busy_ = false;
    if (may_be_killed_)
        session.reject("stops a statement again and again");
}

SEALSQL_INLINE void SessionLimit::before_send(Session& session, CallScope& call, bool continues)
{
    if (continues && session.is_over_limit()) {
        static_cast<void>(cancel(session)); // it may wait for a lock, and not see that we go
        give_up(session);
    }
    TimeLimit::before_send(session, call, continues);
}

SEALSQL_INLINE void SessionLimit::before_wait(Session& session, CallScope& call)
{
    session.state().interrupted = false;
    if (!session.is_cancelling() && !is_over()) {
        watch(call);
        return;
    }
    Clock::time_point const last = end();
    if (Clock::now() >= last)
        give_up(session);
    if (session.is_cleaning_up()) {
        call.watch(last, -1);
        return;
    }
    if (!session.is_cancelling() || Clock::now() >= next_kill_) {
        if (!session.is_cancelling())
            is_dropping_ = false;
        may_be_killed_ = true;
        session.set_cancelling();
        if (!cancel(session))
            give_up(session); // and one that is on its way would hit who knows what
        next_kill_ = Clock::now() + kill_interval;
    }
    call.watch(std::min(last, next_kill_), -1);
}

SEALSQL_INLINE bool SessionLimit::hands_over(Session& session, ReplyReader const& reader,
                                             bool is_completion)
{
    if (!is_completion || reader.is_under_way()) {
        is_dropping_ = true;
        return false;
    }
    if (!is_dropping_ && !reader.columns())
        return true; // it did what it was to do, and has no rows
    session.set_idle();
    throw OperationCancelled{Error{cancelled(
        reason(), CancelOutcome::completed,
        "the statement came to its end before the server could stop it, and its rows were dropped",
        false)}};
}

SEALSQL_INLINE Error SessionLimit::meaning(Error refused)
{
    if (!is_interruption(refused.code()))
        return refused;
    ErrorData data = cancelled(reason(), CancelOutcome::interrupted,
                               concat({"the statement was stopped; ", refused.message()}), false);
    data.sqlstate = refused.sqlstate();
    data.origin = refused.origin();
    return Error{std::move(data)};
}

SEALSQL_INLINE void SessionLimit::on_lost(Session& session)
{
    bool const is_ours = session.state().timed_out || session.state().interrupted;
    if (session.is_cancelling() || (is_ours && session.is_over_limit()))
        give_up(session);
}

SEALSQL_INLINE void SessionLimit::give_up(Session& session)
{
    std::string const target = session.target();
    session.close();
    throw OperationCancelled{Error{cancelled(
        reason(), CancelOutcome::unknown,
        concat({target, " could not be brought to stop what it does in time; the connection is "
                        "closed, and whether the statement took effect is not known"}),
        true)}};
}

SEALSQL_INLINE bool SessionLimit::cancel(Session& session) noexcept
{
    try {
        tell(session);
        return true;
    } catch (...) {
        side_.reset();
        return false;
    }
}

/// The address of the server, as a number; empty for a local socket, and if it is lost.
[[nodiscard]] SEALSQL_INLINE std::string peer_address(Session const& session)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, NI_MAXHOST> text{};
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): as sockets are
    if (session.options().endpoint.is_local_socket() || !session.usable() ||
        ::getpeername(session.socket(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, text.data(),
                      static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    return text.data();
}

SEALSQL_INLINE void SessionLimit::tell(Session& session)
{
    auto const refuse = [](std::string_view what) {
        throw client_error(error_code::unknown_error, std::string{what});
    };
    if (session.server_mark == 0)
        refuse("it is not known which connection to stop");
    TimeLimit until{end(), {}, std::chrono::milliseconds{1}, nullptr};
    if (!side_) {
        std::string const address = peer_address(session);
        std::vector<std::string> const addresses{address};
        ConnectionOptions options = session.options();
        if (address.empty() && !options.endpoint.is_local_socket())
            refuse("the connection is lost");
        options.database.clear();
        options.init_statements.clear();
        options.connection_attributes.clear();
        options.compression = {};
        options.multi_statements = false;
        options.local_infile = false;
        options.observer = {}; // what is told is the caller's operations
        side_ =
            Shared<Session>::make(options, ConnectPlan{.limit = &until, .addresses = &addresses});
        side_->set_limit(&until);
        ServerSays const says = ask_identity(side_);
        // A server that was started anew counts from the beginning.
        if (says.mark != session.server_mark || says.id <= session.connection_id)
            refuse("another server answers");
    }
    side_->set_limit(&until);
    ResultStream stream{side_, concat({"KILL QUERY ", std::to_string(session.connection_id)})};
    stream.finish();
    side_->set_limit(nullptr);
}

// --- Looking up names ---

/// One host that is being looked up. Its thread may be left behind, so it owns what it needs.
struct Lookup {
    std::mutex mutex{};
    std::condition_variable_any done{};
    bool is_done = false;
    std::vector<std::string> addresses{};
    std::optional<Error> error{};
};

/// Those under way, by host. Never destroyed: a thread that was left behind may end when the program does.
struct Lookups {
    int const owner = ::getpid();
    std::mutex mutex{};
    std::map<std::string, std::shared_ptr<Lookup>> by_host{};

    [[nodiscard]] static Lookups& all()
    {
        static std::atomic<Lookups*> current{nullptr};
        Lookups* one = current.load(std::memory_order_acquire);
        // In a forked child nobody goes on with what the parent's threads looked up, and its mutex may be held.
        while (one == nullptr || one->owner != ::getpid()) {
            auto fresh = std::make_unique<Lookups>();
            if (current.compare_exchange_strong(one, fresh.get(), std::memory_order_acq_rel))
                return *fresh.release();
        }
        return *one;
    }
};

SEALSQL_INLINE void look_up(std::string const& host, Lookup& lookup) noexcept
{
    std::vector<std::string> addresses;
    std::optional<Error> error;
    try {
        addresses = resolve(host);
    } catch (Error const& found) {
        error = found;
    } catch (...) {
        // No memory: no address.
    }
    {
        Lookups& all = Lookups::all();
        std::lock_guard const lock{all.mutex};
        all.by_host.erase(host);
    }
    {
        std::lock_guard const lock{lookup.mutex};
        lookup.addresses = std::move(addresses);
        lookup.error = std::move(error);
        lookup.is_done = true;
    }
    lookup.done.notify_all();
}

[[nodiscard]] SEALSQL_INLINE std::shared_ptr<Lookup> begin_look_up(std::string const& host)
{
    Lookups& all = Lookups::all();
    std::lock_guard const lock{all.mutex};
    std::shared_ptr<Lookup>& lookup = all.by_host[host];
    if (lookup)
        return lookup;
    auto begun = std::make_shared<Lookup>();
    try {
        std::thread{[host, begun] { look_up(host, *begun); }}.detach();
    } catch (std::system_error const& error) {
        all.by_host.erase(host);
        throw client_error(error_code::unknown_error,
                           concat({"no thread to look up the host in: ", error.code().message()}),
                           "let the process have more threads (ulimit -u)");
    }
    lookup = begun;
    return begun;
}

[[nodiscard]] SEALSQL_INLINE bool is_number(std::string const& host) noexcept
{
    std::array<unsigned char, sizeof(in6_addr)> number{};
    return ::inet_pton(AF_INET, host.c_str(), number.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), number.data()) == 1;
}

/// As resolve(), within the limit.
[[nodiscard]] SEALSQL_INLINE std::vector<std::string>
resolve_within(std::string const& host, TimeLimit& limit, std::stop_token const& stop)
{
    if (is_number(host))
        return resolve(host);
    std::shared_ptr<Lookup> const lookup = begin_look_up(host);
    std::unique_lock lock{lookup->mutex};
    auto const is_done = [&lookup] { return lookup->is_done; };
    // The end of time is further than the condition variable counts.
    Clock::time_point const end = std::min(limit.deadline(), Clock::now() + std::chrono::hours{24});
    if (!lookup->done.wait_until(lock, stop, end, is_done)) {
        throw OperationCancelled{Error{cancelled(
            limit.reason(), CancelOutcome::not_sent,
            concat({"the resolver has not answered yet where ", printable(host), " is"}), true)}};
    }
    if (lookup->error)
        throw Error{*lookup->error};
    return lookup->addresses;
}

} // namespace detail

SEALSQL_INLINE OperationDeadline::OperationDeadline(Connection& connection, TimePoint when,
                                                    std::stop_token stop, DeadlineOptions options)
    : limit_{detail::SessionAccess::session(connection), when, std::move(stop), options}
{
}

SEALSQL_INLINE OperationDeadline::~OperationDeadline() = default;

SEALSQL_INLINE Connection connect(ConnectionOptions const& options,
                                  std::chrono::steady_clock::time_point deadline,
                                  std::stop_token stop)
{
    using detail::Shared;
    check(options);
    detail::register_hooks(); // keeps the code loaded that a thread left behind comes back to
    detail::TimeLimit limit{deadline, stop, std::chrono::milliseconds{1}, nullptr};
    std::vector<std::string> addresses;
    if (!options.endpoint.is_local_socket())
        addresses = detail::resolve_within(options.endpoint.host(), limit, stop);
    return detail::SessionAccess::connection(Shared<detail::Session>::make(
        options, detail::ConnectPlan{.limit = &limit, .addresses = &addresses}));
}

} // namespace sealsql::inline SEALSQL_ABI
