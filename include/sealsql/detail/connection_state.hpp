#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/greeting_guard.hpp>
#include <sealsql/detail/login_screen.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/error.hpp>
#include <sealsql/login_method.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

/// @file
/// What the hooks know about one connection, and how they find it.
///
/// Connector/C and OpenSSL call our hooks for every connection of the process, also for those of other
/// libraries. So nothing is looked up in a table: while one of our calls runs, a thread-local pointer
/// names its connection; while none runs, it is null and the hooks do nothing. The pointer is trivially
/// destructible, and two copies of sealsql in one process each have their own.

struct ssl_st; // OpenSSL's own tag for SSL

namespace sealsql::inline SEALSQL_ABI::detail {

using Clock = std::chrono::steady_clock;

/// OpenSSL has cleaned up, as it does when the process ends. What is destroyed later, such as a static Connection that
/// was made late, must not call it any more.
[[nodiscard]] bool tls_is_gone() noexcept;

/// Has `act` called when OpenSSL is about to clean up, and all still works: what runs in threads of the library's own has to
/// end there.
/// @return false if that cannot be, as when it is too late
[[nodiscard]] bool call_before_tls_goes(void (*act)()) noexcept;

/// Why the certificate was refused, kept because Connector/C reduces it to one text.
struct CertificateRefusal {
    TlsReason reason = TlsReason::certificate_rejected;
    std::string detail;
    int depth = 0;
    Certificate certificate;
    /// What to do about it, where that is not the same for all certificates of that reason.
    std::string remedy;
    /// The certificates that the server sent, in words.
    std::string sent{};
};

/// One connection's TLS: what is demanded of it, and what came of it.
struct TlsState {
    /// Demanded; null for plaintext.
    Shared<TlsPolicy const> policy;

    // What came of it.
    void* context = nullptr; // the SSL_CTX that Connector/C made for this connection
    ssl_st* ssl = nullptr;   // with our BIO below it, which takes this back when the SSL goes
    int socket = -1;
    bool configured = false;
    bool certificate_checked = false;
    /// Whether the stapled OCSP response, or that there is none, was judged good; and until when it holds.
    bool staple_checked = false;
    std::int64_t staple_valid_until = 0;
    bool finished = false;
    /// When the handshake began, and when it ended well; zero for not yet.
    std::chrono::steady_clock::time_point handshake_begin{};
    std::chrono::steady_clock::time_point handshake_end{};
    /// Until when the session holds that is offered or kept; zero for none.
    std::int64_t session_valid_until = 0;
    bool session_offered = false;
    /// Whether nothing older was offered, because the session is of TLS 1.3.
    bool only_tls1_3 = false;
    bool session_identity_requested = false;
    bool resumed = false;
    /// How many ClientHellos were sent; a second one because the server wants another group.
    int hellos = 0;
    std::string offered_groups; // by the second
    /// See KeptSession::groups.
    std::string groups;
    /// See KeptSession::peer.
    Shared<Certificate const> session_peer;
    bool identity_requested = false; // by the server
    /// The end of our handshake, which waits for what we send next.
    std::string held;
    int alert_received = -1;
    int alert_sent = -1;
    /// The version that the server's first message chose, as a number on the wire; zero before.
    int version_answered = 0;
    bool refused = false;
    CertificateRefusal refusal;
    std::string version;
    std::string cipher;
    /// The certificate of the other side; null if it showed none.
    Shared<Certificate const> peer;
    /// The one of the policy's names that the certificate is for; empty unless VerifyMode::identity.
    std::string verified_name;

    /// Whether it is known who the peer is: by a CA, or by its key.
    [[nodiscard]] bool peer_is_verified() const noexcept
    {
        return certificate_checked && verifies_server(policy->options);
    }
};

/// What the hooks know about one connection. Its address is fixed for the connection's life.
struct ConnectionState {
    explicit ConnectionState(bool needs_tls) noexcept : guard{needs_tls} {}

    GreetingGuard guard;
    TlsState tls;

    /// The `MYSQL` that this state belongs to.
    void const* handle = nullptr;

    /// The login methods that may be used with TLS, and when there is none.
    LoginMethods methods{};
    LoginMethods methods_without_tls{};

    /// In force until the login is over.
    LoginScreen login_screen;
    bool logged_in = false;

    /// What Connector/C finds in place of a packet that did not come.
    std::array<unsigned char, 8> no_packet{};

    bool timed_out = false;

    /// CallScope::watch() ended the wait, before it was over.
    bool interrupted = false;

    /// What limits the part of connecting that is under way, for messages: the builder's call and its time.
    char const* timeout_call = "connect_timeout()";
    std::chrono::milliseconds timeout{0};
    /// See Timeouts.
    std::chrono::milliseconds connect_timeout{0};
    std::chrono::milliseconds handshake_timeout{0};
    std::chrono::milliseconds login_timeout{0};
    /// The TCP connection stands.
    bool dialled = false;

    /// Why the TCP connection was refused, as errno has it; Connector/C's message names another error.
    int dial_error = 0;
};

/// Marks that this thread is inside a call into Connector/C on behalf of one of our connections, and
/// until when that call may take.
class CallScope {
public:
    CallScope(ConnectionState& state, Clock::time_point deadline) noexcept
        : state_{&state}, deadline_{deadline}, whole_{deadline},
          dial_deadline_{deadline}, outer_{current_}
    {
        current_ = this;
    }

    CallScope(CallScope const&) = delete;
    CallScope& operator=(CallScope const&) = delete;
    ~CallScope() { current_ = outer_; }

    /// The innermost call of this thread; null while there is none.
    [[nodiscard]] static CallScope* current() noexcept { return current_; }

    [[nodiscard]] ConnectionState& state() const noexcept { return *state_; }
    [[nodiscard]] Clock::time_point deadline() const noexcept { return deadline_; }
    void end_by(Clock::time_point deadline) noexcept
    {
        deadline_ = deadline < deadline_ ? deadline : deadline_;
    }

    /// A part of connecting begins, which has a time of its own unless that is zero.
    void begin_part(std::chrono::milliseconds timeout, char const* timeout_call) noexcept
    {
        Clock::time_point const end = Clock::now() + timeout;
        bool const is_limited = timeout.count() != 0 && end < whole_;
        deadline_ = is_limited ? end : whole_;
        state_->timeout = is_limited ? timeout : state_->connect_timeout;
        state_->timeout_call = is_limited ? timeout_call : "connect_timeout()";
    }

    /// The TCP connection stands.
    void begin_after_dial() noexcept
    {
        if (state_->dialled)
            return;
        state_->dialled = true;
        if (state_->tls.policy)
            begin_part(state_->handshake_timeout, "handshake_timeout()");
        else
            begin_login();
    }
    void begin_login() noexcept { begin_part(state_->login_timeout, "login_timeout()"); }

    /// Ends the waits of this call at `when`, and when the descriptor `wake` can be read; -1 for none. They can be
    /// gone on with.
    void watch(Clock::time_point when, int wake) noexcept
    {
        interrupt_at_ = when;
        wake_ = wake;
    }

    /// From now on the call ends that soon after it was woken, instead of being interrupted.
    void set_grace(Clock::duration grace) noexcept { grace_ = grace; }
    [[nodiscard]] Clock::duration grace() const noexcept { return grace_; }

    /// Until when to wait at a time.
    [[nodiscard]] Clock::time_point wait_end() const noexcept
    {
        return interrupt_at_ < deadline_ ? interrupt_at_ : deadline_;
    }
    [[nodiscard]] int wake() const noexcept { return wake_; }

    /// Until when a TCP connection must stand; earlier than deadline() when there are other addresses
    /// to try.
    [[nodiscard]] Clock::time_point dial_deadline() const noexcept { return dial_deadline_; }
    void set_dial_deadline(Clock::time_point deadline) noexcept { dial_deadline_ = deadline; }

private:
    ConnectionState* state_;
    Clock::time_point deadline_;
    Clock::time_point whole_;
    Clock::time_point dial_deadline_;
    CallScope* outer_;
    Clock::time_point interrupt_at_ = Clock::time_point::max();
    int wake_ = -1;
    Clock::duration grace_{0};

    // NOLINTNEXTLINE(readability-identifier-naming): private, as every other member
    inline static thread_local CallScope* current_ = nullptr;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
