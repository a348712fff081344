#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/tls_info.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct st_mysql; // Connector/C's own tag for MYSQL

namespace sealsql::inline SEALSQL_ABI::detail {

/// One login on one server: owns the `MYSQL`, and is all that talks to Connector/C. Connection and
/// ResultStream share it, so that rows in flight cannot outlive what they read from.
///
/// Connector/C dials, agrees on TLS and logs in. From then on it only frames packets: statements are
/// sent with mysql_send_query() and replies read with mysql_net_read_packet(), and what they mean is
/// decided by detail/reply.hpp. So no reply from the server, such as a request for a local file, is
/// ever acted upon by Connector/C.
class Session {
public:
    /// Connects to the first address that answers, verifies it, logs in and runs the init statements.
    explicit Session(ConnectionOptions const& options);

    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;
    ~Session();

    /// Sends a statement within the write timeout, or by `latest`; its reply has to be read with
    /// read_packet().
    void send_query(std::string_view sql, Clock::time_point latest = Clock::time_point::max());

    /// The next packet of the reply under way; valid until the next call. An ERR packet is thrown as
    /// the server's Error.
    [[nodiscard]] Bytes read_packet(Clock::time_point deadline);

    /// Ends the connection because of what the server sent, and says what it was.
    [[noreturn]] void reject(std::string_view what);

    void ping();
    void reset();

    /// Closes without waiting for anybody. What a reply under way has read stays readable.
    void close() noexcept;

    /// Marks whether the reply to a statement is still to be read.
    void set_busy(bool busy) noexcept { busy_ = busy; }

    /// Whether statements can be sent.
    [[nodiscard]] bool usable() const noexcept { return static_cast<bool>(handle_); }

    [[nodiscard]] TlsInfo const* tls() const noexcept { return has_tls_ ? &tls_ : nullptr; }

    /// What the engine knows of this connection's TLS.
    [[nodiscard]] TlsState const& tls_state() const noexcept { return state_->tls; }

    /// `host:port` or the socket's path, for messages.
    [[nodiscard]] std::string const& target() const noexcept { return target_; }

    /// The longest wait for the reply that is under way.
    [[nodiscard]] std::chrono::milliseconds read_timeout() const noexcept { return timeouts_.read; }

    /// Whether all packets from here on share one budget, as the description of a result does, or each
    /// has its own, as rows do.
    void limit_reply(bool limited) noexcept;

    // Asked for once, through TLS, and kept.
    std::string server_version;
    std::uint64_t connection_id = 0;

private:
    static void close_handle(st_mysql* handle) noexcept;
    using Handle = Owned<st_mysql, close_handle>;

    void dial(ConnectionOptions const& options, std::string const& address,
              Clock::time_point deadline, Clock::time_point dial_deadline);
    void set_options(ConnectionOptions const& options);
    void set_tls_options();
    void accept_tls();
    [[noreturn]] void throw_connect_failure(std::string const& address);
    void throw_login_verdict(std::string const& where);
    [[noreturn]] void throw_method_refused(std::string const& where, std::string_view method);
    void throw_tls_failure(std::string const& text);
    [[noreturn]] void throw_failure(std::string_view what_failed, char const* timeout_call);
    [[noreturn]] void throw_too_large(std::string_view what_failed);
    void run_init_statements(Clock::time_point deadline);
    void run_statement(std::string_view sql, Clock::time_point deadline);
    void require_idle() const;
    void run_simple(int (*command)(st_mysql*), std::string_view what_failed);

    /// What an unencrypted or unverified peer says is marked as such.
    [[nodiscard]] ErrorOrigin peer_origin() const noexcept;

    std::string target_; // for messages: host:port or socket path
    bool is_local_socket_ = false;
    bool needs_tls_ = false;
    int owner_; // the process that connected
    Timeouts timeouts_;
    std::size_t max_allowed_packet_;
    std::string database_;
    std::string character_set_;
    std::string trusted_; // for messages: whom the caller trusts
    std::vector<std::string> init_statements_;
    static void delete_state(ConnectionState* state) noexcept { delete state; }
    Owned<ConnectionState, delete_state> state_; // outlives handle_, which calls back into it
    Handle handle_;
    Handle retired_; // closed, and kept for the buffer that rows look into
    bool has_tls_ = false;
    TlsInfo tls_;
    char const* limiting_call_ = nullptr; // the builder's, that limits all of what is under way
    bool busy_ = false;
    bool reply_limited_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
