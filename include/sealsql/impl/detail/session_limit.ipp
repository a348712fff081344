#pragma once

#include <sealsql/column.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_limit.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/detail/unlooked_at.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/impl/session_exchange.ipp>
#include <sealsql/value.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// How long a statement that was told to stop may take until it is told again: a KILL that comes before the server
/// has begun with it is lost.
inline constexpr std::chrono::milliseconds kill_interval{50};

/// Of errors by which a server says that a statement was told to stop.
[[nodiscard]] SEALSQL_INLINE bool is_interruption(int code) noexcept
{
    return code == error_code::query_interrupted || code == error_code::sort_aborted;
}

SEALSQL_INLINE SessionLimit::SessionLimit(Clock::time_point when, std::stop_token stop,
                                          std::chrono::milliseconds grace, Clock::duration each,
                                          SessionLimit* outer)
    : TimeLimit{when, std::move(stop), grace, outer}, outer_{outer},
      until_{outer != nullptr ? std::min(when, outer->until_) : when}, each_{each}
{
    set_deadline(until_);
    begin_operation();
}

SEALSQL_INLINE void SessionLimit::leave(Session& session) noexcept
{
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
    if (outer_ != nullptr)
        outer_->begin_operation(); // what is left of an answer, perhaps
}

/// A connection's number, and a mark of one connection: what is not the same for any other, on whichever server.
struct ServerSays {
    std::uint64_t id = 0;
    std::uint64_t mark = 0;
};

/// @param marked the number of the connection that the mark is to be of, as SQL
[[nodiscard]] SEALSQL_INLINE ServerSays ask_identity(Session& session, std::string_view marked)
{
    // Two servers may say the same of themselves: one and what it is after a restart, one and its copy. But to only one
    // of them this number came from this address and port. (The newer table of MySQL can be switched off.)
    std::string const sql = concat(
        {"SELECT CONNECTION_ID(), CONCAT(",
         session.is_mariadb() ? "CONCAT_WS(' ', @@hostname, @@port, @@server_id, "
                                "@@datadir, @@pid_file)"
                              : "@@server_uuid",
         ", ' ', (SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = ", marked, "))"});
    ServerSays says;
    Operation operation{session.watch(), OperationKind::query, sql};
    std::uint64_t rows = 0;
    try {
        session.send_query(sql);
        ReplyGuard const guard{session};
        session.begin_reply();
        ReplyReader reader;
        reader.begin(false);
        Clock::time_point const deadline = Clock::now() + session.read_timeout();
        Column const column;
        while (reader.is_under_way()) {
            if (session.read_event(reader, deadline) != ReplyReader::Event::row || rows++ != 0)
                continue;
            View<FieldView const> const fields = reader.fields();
            if (fields.size() == 2 && !fields[1].is_null() &&
                ValueTraits<std::uint64_t>::decode(FieldView{fields[0].bytes(), column}, says.id))
                says.mark = std::hash<std::string_view>{}(fields[1].bytes()) | 1U; // zero is none
        }
    } catch (Error const& error) {
        operation.fail(error);
        throw;
    }
    session.set_idle();
    if (operation)
        operation->returned_rows = rows;
    operation.succeed();
    return says;
}

SEALSQL_INLINE void SessionLimit::begin_operation() noexcept
{
    goes_on_ = false;
    left_ = each_;
    if (deadline() == until_)
        return;
    set_deadline(until_);
    forget_deadline();
}

/// The time of the operation goes on.
SEALSQL_INLINE void SessionLimit::go_on() noexcept
{
    if (goes_on_ || each_ == no_time)
        return;
    goes_on_ = true;
    if (is_known_to_be_over())
        return;
    its_end_ = time_after(std::max(left_, Clock::duration::zero()));
    set_deadline(std::min(until_, its_end_));
}

SEALSQL_INLINE void SessionLimit::after_wait(Session& session) noexcept
{
    if (session.is_cancelling())
        return;
    side_.reset();
    if (!goes_on_)
        return;
    goes_on_ = false;
    left_ = its_end_ - Clock::now();
    if (left_ > Clock::duration::zero())
        set_deadline(until_);
}

SEALSQL_INLINE void SessionLimit::before_command(Session& session)
{
    // Of commands that go together, the first is asked about.
    if (is_busy_ || session.is_writing())
        return;
    begin_operation();
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
        UnlookedAt const unlooked{session.state_watch};
        ServerSays const says = ask_identity(session, "CONNECTION_ID()");
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
    UnlookedAt const unlooked{session.state_watch}; // also one that is hit leaves nothing
    renew_grace();
    for (int i = 0; i < most && may_be_killed_; ++i) {
        try {
            session.run_plain("DO 0");
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

SEALSQL_INLINE void SessionLimit::settle(Session& session)
{
    if (may_be_killed_ && !is_busy_ && !session.is_writing())
        absorb(session);
}

SEALSQL_INLINE void SessionLimit::before_send(Session& session, CallScope& call, bool continues)
{
    go_on();
    if (continues && session.is_over_limit()) {
        static_cast<void>(cancel(session)); // it may wait for a lock, and not see that we go
        give_up(session);
    }
    TimeLimit::before_send(session, call, continues);
}

SEALSQL_INLINE void SessionLimit::before_wait(Session& session, CallScope& call)
{
    go_on();
    session.state().interrupted = false;
    if (!session.is_cancelling() && !is_over()) {
        watch(call);
        return;
    }
    Clock::time_point const last = end();
    if (Clock::now() >= last)
        give_up(session);
    if (session.is_cleaning_up() || session.is_committing()) {
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
    bool const is_cut_off = is_ours || session.is_committing();
    if (session.is_cancelling() || (is_cut_off && session.is_over_limit()))
        give_up(session);
}

SEALSQL_INLINE void SessionLimit::give_up(Session& session)
{
    std::string const target = session.target();
    std::string_view const what = session.is_committing()
                                      ? " has not answered the COMMIT, which is not told to stop"
                                      : " could not be brought to stop what it does in time";
    session.close();
    side_.reset();
    throw OperationCancelled{Error{
        cancelled(reason(), CancelOutcome::unknown,
                  concat({target, what,
                          "; the connection is closed, and whether the statement took effect is "
                          "not known"}),
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
        options.operation_timeout = {};
        options.observer = {}; // what is told is the caller's operations
        side_ =
            Shared<Session>::make(options, ConnectPlan{.limit = &until, .addresses = &addresses});
        side_->set_limit(&until);
        ServerSays const says = ask_identity(*side_, std::to_string(session.connection_id));
        // A server that was started anew counts from the beginning. As long as this connection lasts, that is not so.
        if (says.mark != session.server_mark || says.id <= session.connection_id)
            refuse("another server answers, or knows of no such connection");
    }
    side_->set_limit(&until);
    side_->run_plain(concat({"KILL QUERY ", std::to_string(session.connection_id)}));
    side_->set_limit(nullptr);
}

} // namespace sealsql::inline SEALSQL_ABI::detail
