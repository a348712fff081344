#pragma once

#include <sealsql/column.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/state_watch.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/transaction_watch.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/tls_info.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct st_mysql; // Connector/C's own tag for MYSQL

namespace sealsql::inline SEALSQL_ABI::detail {

class PipelineRunner;

/// One login on one server: owns the `MYSQL` and what is prepared in it. Connection and ResultStream share it, so
/// that rows in flight cannot outlive what they read from.
///
/// Connector/C dials, agrees on TLS and logs in. From then on it only closes: commands are written and replies read
/// here, through the same TLS, and what they mean is decided by detail/reply_reader.hpp. So no reply from the
/// server, such as a request for a local file, is ever seen by Connector/C.
class Session {
public:
    /// Connects to the first address that answers, verifies it, logs in and runs the init statements.
    explicit Session(ConnectionOptions const& options, ConnectPlan const& plan = {});

    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;
    ~Session();

    /// Where the next command is written to, when the session is free for one; then send().
    /// @param sql the statement that it will be, where it is one
    [[nodiscard]] CommandBuffer& begin_command(std::string_view sql = {});

    /// Sends what was written, within the write timeout, or by `latest`. The replies have to be read.
    void send(Clock::time_point latest = Clock::time_point::max());

    /// Sends what a server asked for within a command, such as the data of LOAD DATA LOCAL, as one packet; an empty
    /// one ends it. Less than largest_frame bytes.
    void send_content(Bytes content, Clock::time_point latest = Clock::time_point::max());

    /// As begin_command() and send(), for a statement in text.
    void send_query(std::string_view sql, Clock::time_point latest = Clock::time_point::max());

    /// Sends a statement with its parameters, and prepares it first where that was not done.
    /// @return the statement, whose columns the reply may leave out
    Shared<Statement> send_execute(std::string_view sql, Arguments const& arguments);
    Shared<Statement> send_execute(Shared<Statement> const& statement, Arguments const& arguments);

    /// Has the server prepare a statement, if it is not prepared in this session.
    void prepare(Shared<Statement> const& statement);

    /// The server may forget it; told with the next command.
    void discard(Statement& statement) noexcept;

    /// A reply begins: of the first command that was sent and not answered.
    void begin_reply()
    {
        framer_.expect(commands_.take_reply_number());
        if (codec_)
            begin_coded_reply();
    }

    /// How many commands were sent whose replies were not begun.
    [[nodiscard]] std::size_t replies_due() const noexcept { return commands_.replies_due(); }

    /// The next packet of the reply under way; valid until the next call. Waits for the read timeout, or until
    /// `latest` if that is earlier.
    [[nodiscard]] Bytes read_packet(Clock::time_point latest = Clock::time_point::max())
    {
        Bytes payload;
        if (framer_.next(payload) == PacketFramer::Status::packet)
            return payload;
        return wait_for_packet(latest);
    }

    /// The next packet, if it is here already.
    [[nodiscard]] bool take_packet(Bytes& payload) noexcept
    {
        return framer_.next(payload) == PacketFramer::Status::packet;
    }

    /// The first byte of the next packet.
    [[nodiscard]] std::byte peek_packet(Clock::time_point latest = Clock::time_point::max());

    /// @see PacketFramer::next_piece
    [[nodiscard]] Bytes read_piece(bool& is_last,
                                   Clock::time_point latest = Clock::time_point::max());

    /// Reads on until something has to be said about it. What is no answer ends the connection.
    [[nodiscard]] ReplyReader::Event
    read_event(ReplyReader& reader, Clock::time_point latest = Clock::time_point::max());

    /// The same after a packet was taken, and what `reader` made of it.
    [[nodiscard]] ReplyReader::Event judge(ReplyReader& reader, ReplyReader::Event event,
                                           Bytes packet, Clock::time_point latest);

    /// Reads a whole reply, and drops its rows.
    void read_away(ReplyReader& reader, Clock::time_point latest);

    /// Runs a statement of ours that gives no rows worth having, within one read timeout.
    void run_plain(std::string_view sql);

    /// What the server refused, in words.
    [[nodiscard]] Error refusal(ServerError const& error, std::string_view what_failed) const;

    /// Takes in what a reply that ends with this packet says of the session. Whoever does not read by read_event() does it.
    void note_completion(Completion const& completion, Bytes packet);

    /// Throws what the server refused; the connection stays, unless the error says otherwise.
    [[noreturn]] void fail(ServerError const& error, std::string_view what_failed);

    /// Ends the connection because of what the server sent, and says what it was.
    [[noreturn]] void reject(std::string_view what);

    void ping();
    void reset();

    /// Closes without waiting for anybody. The row that was read last stays readable, and is the last.
    void close() noexcept;

    /// What limits it from now on; null for nothing.
    void set_limit(OperationLimit* limit) noexcept { limit_ = limit; }
    [[nodiscard]] OperationLimit* limit() const noexcept { return limit_; }

    /// Whether its limit lets nothing begin any more.
    [[nodiscard]] bool is_over_limit() const noexcept
    {
        return limit_ != nullptr && !is_cleaning_up_ && limit_->is_over();
    }
    [[nodiscard]] bool is_cleaning_up() const noexcept { return is_cleaning_up_; }

    /// Whether the server was told to stop what is under way; until set_idle().
    [[nodiscard]] bool is_cancelling() const noexcept { return is_cancelling_; }
    void set_cancelling() noexcept { is_cancelling_ = true; }

    /// Commands that were written, of those that go together.
    [[nodiscard]] bool is_writing() const noexcept { return commands_.replies_due() != 0; }

    /// While it lives, a flag is up.
    class Raised {
    public:
        Raised(Raised const&) = delete;
        Raised& operator=(Raised const&) = delete;
        ~Raised() { *flag_ = outer_; }

    protected:
        explicit Raised(bool& flag) noexcept : flag_{&flag}, outer_{flag} { flag = true; }

    private:
        bool* flag_;
        bool outer_;
    };

    /// While it lives, statements that take back what was done run in the grace of a limit that is over.
    class CleanUp : public Raised {
    public:
        explicit CleanUp(Session& session) noexcept : Raised{session.is_cleaning_up_} {}
    };

    [[nodiscard]] bool is_committing() const noexcept { return is_committing_; }

    /// While it lives, what runs is a COMMIT, and nobody tells the server to stop it. One that waits for a replica
    /// (semi-synchronous replication) would be answered as done when it is told to stop, though no replica has it.
    class Committing : public Raised {
    public:
        explicit Committing(Session& session) noexcept : Raised{session.is_committing_} {}
    };

    /// What it was made from.
    [[nodiscard]] ConnectionOptions const& options() const noexcept { return *options_; }

    /// Of what it is connected by.
    [[nodiscard]] ConnectionState& state() noexcept { return *state_; }

    /// Marks that the replies to all that was sent were read.
    void set_idle() noexcept;

    /// Whether statements can be sent.
    [[nodiscard]] bool usable() const noexcept { return static_cast<bool>(handle_); }

    /// Whether a reply is still to be read.
    [[nodiscard]] bool busy() const noexcept { return busy_; }

    [[nodiscard]] TlsInfo const* tls() const noexcept { return has_tls_ ? &tls_ : nullptr; }

    /// What came of a handshake whose certificate was accepted.
    [[nodiscard]] TlsInfo describe_tls() const;

    /// What the engine knows of this connection's TLS.
    [[nodiscard]] TlsState const& tls_state() const noexcept { return state_->tls; }

    /// `host:port` or the socket's path, for messages.
    [[nodiscard]] std::string const& target() const noexcept { return target_; }

    /// The longest wait for the reply that is under way.
    [[nodiscard]] std::chrono::milliseconds read_timeout() const noexcept { return timeouts_.read; }

    /// The server says that it is MariaDB. It said so before TLS: good for choosing how to ask, and no more.
    [[nodiscard]] bool is_mariadb() const noexcept { return is_mariadb_; }

    /// Whether it takes many rows of parameters in one command (COM_STMT_BULK_EXECUTE).
    [[nodiscard]] bool takes_arrays() const noexcept { return takes_arrays_; }

    /// Whether the login said that data for LOAD DATA LOCAL can be asked for.
    [[nodiscard]] bool local_infile() const noexcept { return local_infile_; }

    /// Whether the server agreed to report changes of the session.
    [[nodiscard]] bool tracks_changes() const noexcept { return tracks_changes_; }

    /// The socket, as long as the session is usable.
    [[nodiscard]] int socket() const noexcept { return socket_; }

    /// Whether packets travel compressed.
    [[nodiscard]] bool is_compressed() const noexcept { return static_cast<bool>(codec_); }

    /// Who is told of operations; null for nobody.
    [[nodiscard]] SessionWatch* watch() const noexcept { return watch_.get(); }

    /// The status bits of the latest reply.
    [[nodiscard]] std::uint16_t status() const noexcept { return status_; }

    /// The character set that the server takes statements to be in; empty while that is not known for sure.
    [[nodiscard]] std::string const& client_character_set() const noexcept
    {
        return client_character_set_;
    }

    /// What the server takes texts to be, as far as is known without asking.
    [[nodiscard]] TextRule text_rule() const noexcept { return text_rule_; }

    /// What the server answered when it was asked. Kept until it says otherwise, so only if it says so at all. Empty: it
    /// is not known any more.
    void set_client_character_set(std::string_view name);

    // Asked for once, through TLS, and kept.
    std::string server_version;
    std::uint64_t connection_id = 0;
    /// Of the server and this connection at it; zero if it was not asked for.
    std::uint64_t server_mark = 0;

    TransactionWatch transaction{};
    StateWatch state_watch{};

private:
    friend class PipelineRunner;

    void on_session_change(Bytes packet);
    /// A statement of this text is about to run, which may choose another database.
    void forget_statements_before(std::string_view sql);
    void forget_statements();
    static void close_handle(st_mysql* handle) noexcept;
    using Handle = Owned<st_mysql, close_handle>;

    void connect(ConnectionOptions const& options, ConnectPlan const& plan);
    void dial(ConnectionOptions const& options, std::string const& address,
              Clock::time_point deadline, Clock::time_point dial_deadline);
    void set_options(ConnectionOptions const& options);
    void set_tls_options();
    void accept_tls();
    [[noreturn]] void throw_connect_failure(std::string const& address);
    void throw_login_verdict(std::string const& where);
    [[noreturn]] void throw_method_refused(std::string const& where, std::string_view method);
    void throw_tls_failure(std::string const& text);
    [[noreturn]] void throw_lost(std::string_view what_failed, char const* timeout_call);
    [[noreturn]] void throw_too_large();
    [[nodiscard]] Bytes wait_for_packet(Clock::time_point latest);
    /// What the framer has not got yet is waited for: `begin_wait()`, and then as long as it goes_on().
    [[nodiscard]] CallScope begin_wait(Clock::time_point latest);
    /// Whether the framer has to be asked again, as more was read from the network.
    [[nodiscard]] bool goes_on(PacketFramer::Status status, CallScope& call);
    [[nodiscard]] long receive_some(View<std::byte> room);
    void begin_coded_reply();
    void send_packets(bool continues, Clock::time_point latest);
    void agree_on_compression(ConnectionOptions const& options);
    void run_init_statements(Clock::time_point deadline);
    void run_statement(std::string_view sql, std::string_view what_failed,
                       Clock::time_point deadline);
    void run_command(Command command, std::string_view argument, std::string_view what_failed,
                     Clock::time_point deadline);
    void require_idle() const;
    /// Of one that no Transaction has a say in: a sign of life, or what ends all that was.
    CommandBuffer& begin_own_command();
    void write_prepare(std::string_view sql);
    void read_prepare_reply(Shared<Statement> const& statement);
    void accept_prepare_reply(Bytes packet, Shared<Statement> const& statement,
                              Clock::time_point deadline);
    void write_forget_last_prepared();
    void read_forget_last_prepared();
    /// @param types of the arguments of earlier executions; null if they do not matter
    /// @return false, and nothing is written, if these are not of types that go with them
    bool write_execute(std::uint32_t id, Arguments const& arguments, std::string* types);
    void require_parameters(unsigned wanted, std::size_t given) const;
    void require_same_database(Statement const& statement) const;
    [[nodiscard]] bool is_prepared(Statement const& statement) const noexcept
    {
        return statement.generation == generation_;
    }

    /// What an unencrypted or unverified peer says is marked as such.
    [[nodiscard]] ErrorOrigin peer_origin() const noexcept;

    std::string target_; // for messages: host:port or socket path
    bool is_local_socket_ = false;
    bool needs_tls_ = false;
    int owner_; // the process that connected
    Shared<ConnectionOptions const> options_;
    Timeouts timeouts_;
    std::size_t max_allowed_packet_;
    std::string trusted_; // for messages: whom the caller trusts
    static void delete_state(ConnectionState* state) noexcept { delete state; }
    Owned<ConnectionState, delete_state> state_; // outlives handle_, which calls back into it
    Handle handle_;
    bool has_tls_ = false;
    TlsInfo tls_;
    char const* limiting_call_ = nullptr; // the builder's, that limits all of what is under way
    std::string_view what_failed_{};      // for messages, while no statement of the caller's runs
    int socket_ = -1;
    bool is_mariadb_ = false;
    bool takes_arrays_ = false;
    bool local_infile_ = false;
    bool busy_ = false;
    WatchOwner watch_;
    OperationLimit* own_limit_ = nullptr; // of its options
    OperationLimit* limit_ = nullptr;
    bool is_cancelling_ = false;
    bool is_cleaning_up_ = false;
    bool is_committing_ = false;
    bool has_prepared_ = false;   // at some time
    bool tracks_changes_ = false; // the server reports changes of its variables
    std::uint16_t status_ = 0;
    static void delete_codec(ByteCodec* codec) noexcept { delete codec; }
    Owned<ByteCodec, delete_codec> codec_; // null: packets travel as they are
    ByteBuffer encoded_;
    std::string client_character_set_{};
    TextRule text_rule_;
    PacketFramer framer_;
    CommandBuffer commands_;
    StatementCache statements_;
    /// What the server takes statement_just_prepared for; null if it takes it for nothing.
    Shared<Statement> last_prepared_;
    List<std::uint32_t> discarded_; // statements that the server may forget
    std::uint64_t generation_ = 1;  // what was prepared in another one is gone
    std::uint64_t databases_ = 0;   // counts the statements that may have chosen one
};

} // namespace sealsql::inline SEALSQL_ABI::detail
