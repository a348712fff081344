#pragma once

#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/process_id.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_changes.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/stream_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/process_id.ipp>
#include <sealsql/impl/session_errors.ipp>
#include <sealsql/printable.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// One command and its reply: what is sent in which state, what is waited for and how long, and what a reply means to
/// the session.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Closes a session that an exception, such as a lack of memory, leaves in the middle of a reply. An Error has left
/// it idle, or closed it.
class ReplyGuard {
public:
    explicit ReplyGuard(Session& session) noexcept : session_{&session} {}
    ReplyGuard(ReplyGuard const&) = delete;
    ReplyGuard& operator=(ReplyGuard const&) = delete;
    ~ReplyGuard()
    {
        if (std::uncaught_exceptions() > exceptions_ && session_->busy())
            session_->close();
    }

private:
    Session* session_;
    int exceptions_ = std::uncaught_exceptions();
};

/// Whether a text may run a statement that begins with this word, given in small letters: by itself, behind a comment or within
/// one, or behind another statement where a text may have several.
[[nodiscard]] SEALSQL_INLINE bool may_run(std::string_view sql, std::string_view word,
                                          bool may_be_several) noexcept
{
    // Of a name as well, but for digits and `$`: it is enough that nothing is missed.
    constexpr auto is_letter = [](char c) {
        return (static_cast<unsigned char>(c) | 0x20U) >= 'a';
    };
    bool is_first = true; // nothing but spaces and parentheses came before
    bool is_word = false; // the character before is one of a word
    bool is_anywhere = may_be_several && sql.find(';') != std::string_view::npos;
    for (std::size_t i = 0; i + word.size() < sql.size(); ++i) {
        char const c = sql[i];
        if (c == ' ' || (c >= '\t' && c <= '\r') || (c == '(' && is_first)) {
            is_word = false;
            continue;
        }
        if (!is_first && !is_anywhere)
            return false;
        is_anywhere = is_anywhere || (is_first && (c == '/' || c == '-' || c == '#'));
        is_first = false;
        std::size_t same = 0;
        while (same != word.size() && (sql[i + same] | 0x20) == word[same])
            ++same;
        if (same == word.size() && !is_word && !is_letter(sql[i + same]))
            return true;
        is_word = is_letter(c);
    }
    return false;
}

SEALSQL_INLINE void Session::require_idle() const
{
    if (process_id() != owner_)
        throw fatal_client_error(
            error_code::server_gone,
            concat({"the connection to ", target_, " belongs to the parent process"}),
            "connect anew in the child of a fork");
    if (watch_ && watch_->is_telling)
        throw client_error(error_code::commands_out_of_sync,
                           "an observer uses the connection that it is being told of",
                           "use another connection, or wait until the observer has returned");
    if (!handle_)
        throw fatal_client_error(error_code::server_gone,
                                 concat({"the connection to ", target_, " is closed"}),
                                 "connect again; a closed session's transaction is rolled back");
    if (busy_)
        throw client_error(error_code::commands_out_of_sync,
                           "the connection is busy: rows of an earlier statement are still open",
                           "go through them to the end, call finish(), or let the Rows or Results "
                           "go out of scope first");
}

SEALSQL_INLINE CommandBuffer& Session::begin_command(std::string_view sql)
{
    if (transaction.owner != nullptr && !is_cleaning_up_) {
        require_idle();
        transaction.before_command(*transaction.owner, sql);
    }
    return begin_own_command();
}

SEALSQL_INLINE CommandBuffer& Session::begin_own_command()
{
    require_idle();
    if (limit_ != nullptr)
        limit_->before_command(*this);
    for (std::uint32_t const id : discarded_) {
        commands_.begin(Command::close_statement).integer<4>(id);
        commands_.end();
    }
    discarded_.clear();
    return commands_;
}

SEALSQL_INLINE void Session::send(Clock::time_point latest) { send_packets(false, latest); }

SEALSQL_INLINE void Session::send_content(Bytes content, Clock::time_point latest)
{
    commands_.begin_packet(framer_.expected()).bytes(content.data(), content.size());
    commands_.end();
    framer_.expect(commands_.next_number());
    send_packets(true, latest);
}

SEALSQL_INLINE void Session::send_packets(bool continues, Clock::time_point latest)
{
    state_->timed_out = false;
    busy_ = true;
    if (!continues)
        state_watch.look_at(commands_.bytes());
    if (codec_) {
        try {
            codec_->encode(commands_.bytes(), continues, encoded_);
        } catch (...) {
            close(); // what was written would go with the next statement
            throw;
        }
    }
    CallScope call{*state_, std::min(latest, Clock::now() + timeouts_.write)};
    if (limit_ != nullptr)
        limit_->before_send(*this, call, continues);
    bool const is_sent = write_all(*state_, socket_, codec_ ? encoded_.bytes() : commands_.bytes());
    commands_.clear();
    encoded_.release();
    if (!is_sent)
        throw_lost("sending a statement failed; ", "write_timeout()");
}

SEALSQL_INLINE void Session::send_query(std::string_view sql, Clock::time_point latest)
{
    CommandBuffer& commands = begin_command(sql);
    if (sql.empty())
        throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
    forget_statements_before(sql);
    commands.begin(Command::query).text(sql);
    commands.end();
    send(latest);
}

/// What was prepared means the tables of the database that was chosen then. Servers say when another is chosen, unless a
/// variable or something in between keeps them from it. MariaDB takes USE from EXECUTE as well.
SEALSQL_INLINE void Session::forget_statements_before(std::string_view sql)
{
    if (!has_prepared_)
        return;
    bool const may_be_several = options_->multi_statements;
    if (may_run(sql, "use", may_be_several) || may_run(sql, "execute", may_be_several))
        forget_statements();
}

SEALSQL_INLINE void Session::forget_statements()
{
    ++databases_;
    statements_.clear_with([this](Statement& statement) { discard(statement); });
}

SEALSQL_INLINE CallScope Session::begin_wait(Clock::time_point latest)
{
    if (!handle_)
        throw fatal_client_error(
            error_code::server_gone,
            concat({"the connection to ", target_, " was closed while rows were read"}));
    if (process_id() != owner_) // what is read here would be missing there
        throw fatal_client_error(
            error_code::server_gone,
            concat({"the connection to ", target_, " belongs to the parent process"}),
            "connect anew in the child of a fork");
    state_->timed_out = false;
    return CallScope{*state_, std::min(latest, Clock::now() + timeouts_.read)};
}

SEALSQL_INLINE bool Session::goes_on(PacketFramer::Status status, CallScope& call)
{
    switch (status) {
    case PacketFramer::Status::packet:
        return false;
    case PacketFramer::Status::out_of_order:
        reject("sends its packets out of order");
    case PacketFramer::Status::too_large:
        throw_too_large();
    case PacketFramer::Status::incomplete:
        break;
    }
    long got = 0;
    do {
        if (limit_ != nullptr)
            limit_->before_wait(*this, call);
        got = receive_some(framer_.room());
    } while (got <= 0 && state_->interrupted);
    if (got <= 0) // also when the time is over, however many bytes keep coming
        throw_lost(!what_failed_.empty() ? what_failed_ : "the statement failed; ",
                   "read_timeout()");
    framer_.received(static_cast<std::size_t>(got));
    return true;
}

SEALSQL_INLINE Bytes Session::wait_for_packet(Clock::time_point latest)
{
    Bytes payload;
    CallScope call = begin_wait(latest);
    while (goes_on(framer_.next(payload), call)) {
    }
    return payload;
}

SEALSQL_INLINE std::byte Session::peek_packet(Clock::time_point latest)
{
    std::byte first{};
    CallScope call = begin_wait(latest);
    while (goes_on(framer_.peek(first), call)) {
    }
    return first;
}

SEALSQL_INLINE Bytes Session::read_piece(bool& is_last, Clock::time_point latest)
{
    Bytes piece;
    CallScope call = begin_wait(latest);
    while (goes_on(framer_.next_piece(piece, is_last), call)) {
    }
    return piece;
}

SEALSQL_INLINE long Session::receive_some(View<std::byte> room)
{
    if (!codec_)
        return read_some(*state_, socket_, room);
    for (;;) {
        std::size_t const decoded = codec_->decode(room);
        if (decoded != 0)
            return static_cast<long>(decoded);
        if (codec_->problem() != nullptr)
            reject(codec_->problem());
        long const got = read_some(*state_, socket_, codec_->room());
        if (got <= 0)
            return got;
        codec_->received(static_cast<std::size_t>(got));
    }
}

SEALSQL_INLINE void Session::begin_coded_reply()
{
    // Numbers below the packets tell one reply from the next, but not within what was decoded.
    if (framer_.buffered() != 0)
        reject("sends more than one answer");
    codec_->begin_reply();
}

SEALSQL_INLINE ReplyReader::Event Session::read_event(ReplyReader& reader, Clock::time_point latest)
{
    Bytes const packet = read_packet(latest);
    return judge(reader, reader.on_packet(packet), packet, latest);
}

SEALSQL_INLINE ReplyReader::Event Session::judge(ReplyReader& reader, ReplyReader::Event event,
                                                 Bytes packet, Clock::time_point latest)
{
    using Event = ReplyReader::Event;
    std::size_t description = 0;
    for (;;) {
        switch (event) {
        case Event::more:
            // What describes a result is kept, and so it is limited as one packet is.
            description += packet.size();
            if (description > max_allowed_packet_)
                throw_too_large();
            break;
        case Event::error:
            fail(reader.error(), !what_failed_.empty() ? what_failed_ : "the statement failed; ");
        case Event::malformed:
            reject(reader.problem());
        case Event::local_infile:
            // Also where the login allows it: what load_data() is given has been sent by then.
            reject(local_infile_ ? "asked for data or a file that load_data() was not called for"
                                 : "asked for a file of this machine, which it was told it cannot "
                                   "have");
        case Event::completion:
            note_completion(reader.completion(), packet);
            [[fallthrough]];
        case Event::columns:
        case Event::row:
            if (!is_cancelling_ || limit_->hands_over(*this, reader, event == Event::completion))
                return event;
            break;
        }
        packet = read_packet(latest);
        event = reader.on_packet(packet);
    }
}

SEALSQL_INLINE void Session::note_completion(Completion const& completion, Bytes packet)
{
    transaction.note(completion);
    status_ = completion.status;
    if ((status_ & status_session_changed) != 0 && tracks_changes_)
        on_session_change(packet);
}

SEALSQL_INLINE void Session::on_session_change(Bytes packet)
{
    constexpr std::size_t longest_name = 64;
    std::string_view now;
    bool is_database_changed = false;
    bool is_state_changed = false;
    SessionChange const change = find_session_change(packet, "character_set_client", now,
                                                     is_database_changed, is_state_changed);
    state_watch.is_changed = state_watch.is_changed || is_state_changed;
    // What was prepared means the tables of the database that was chosen then.
    if (is_database_changed)
        forget_statements();
    switch (change) {
    case SessionChange::none:
        return;
    case SessionChange::changed:
        // Of a name that is none, nobody would know what to do with it: it is asked for when it matters.
        set_client_character_set(now.size() <= longest_name ? now : std::string_view{});
        return;
    case SessionChange::unsaid:
        set_client_character_set({});
        return;
    case SessionChange::malformed:
        reject("reports a change of the session in a malformed way");
    }
}

SEALSQL_INLINE void Session::set_client_character_set(std::string_view name)
{
    client_character_set_ = std::string{name};
    text_rule_ = detail::text_rule(name.empty() ? options_->character_set : name);
}

SEALSQL_INLINE void Session::read_away(ReplyReader& reader, Clock::time_point latest)
{
    while (reader.is_under_way())
        static_cast<void>(read_event(reader, latest));
}

SEALSQL_INLINE void Session::run_plain(std::string_view sql)
{
    Operation operation{watch(), OperationKind::query, sql};
    try {
        send_query(sql);
        begin_reply();
        ReplyReader reader;
        reader.begin(false);
        read_away(reader, Clock::now() + timeouts_.read);
    } catch (Error const& error) {
        operation.fail(error);
        throw;
    }
    set_idle();
    operation.succeed();
}

SEALSQL_INLINE void Session::set_idle() noexcept
{
    busy_ = false;
    is_cancelling_ = false;
    commands_.forget_replies();
    if (codec_)
        codec_->forget_replies();
    framer_.release();
}

SEALSQL_INLINE Error Session::refusal(ServerError const& error, std::string_view what_failed) const
{
    Error refused =
        peer_error(error.code, error.sqlstate, error.message, peer_origin(), what_failed);
    return is_cancelling_ ? limit_->meaning(std::move(refused)) : refused;
}

SEALSQL_INLINE void Session::fail(ServerError const& error, std::string_view what_failed)
{
    transaction.error = error.code;
    state_watch.note_error(error.code);
    Error const refused = refusal(error, what_failed);
    if (refused.poisons_connection())
        close();
    else
        set_idle();
    throw_again(refused);
}

SEALSQL_INLINE void Session::reject(std::string_view what)
{
    close();
    throw fatal_client_error(error_code::malformed_packet,
                             concat({target_, " ", what, "; the connection is closed"}),
                             "check what sits between this program and the server");
}

} // namespace sealsql::inline SEALSQL_ABI::detail
