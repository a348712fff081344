#ifndef SEALSQL_TESTS_SUPPORT_SCRIPTED_SERVER_HPP
#define SEALSQL_TESTS_SUPPORT_SCRIPTED_SERVER_HPP

// A MySQL server that does what a script says, however hostile, and records every byte that the
// client sent.
//
//     ScriptedServer server({greeting(), start_tls(pki.good()), expect_login(), ok(),
//     serve_until("SELECT"),
//                            local_infile("/etc/passwd"), expect_file()});
//     ... connect to server.address(), server.port() ...
//     const auto seen = server.finish();
//     CHECK(seen.files.empty());
//
// It runs in threads of its own and always stops: every wait also waits for the word to stop.

#include "certificates.hpp"
#include "mysql_wire.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace sealsql::testing {

/// Sockets that can be waited for together with a word to stop; also what tcp_proxy is made of.
namespace detail {

using Clock = std::chrono::steady_clock;

/// Owns a file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        if (this != &other) {
            reset();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    ~Descriptor() { reset(); }

    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    void reset() noexcept;

private:
    int number_ = -1;
};

/// A word that, once said, wakes everyone who waits for it, now and later.
class Signal {
public:
    Signal();
    void raise() noexcept;
    [[nodiscard]] bool raised() const noexcept { return raised_.load(std::memory_order_relaxed); }
    [[nodiscard]] int number() const noexcept { return event_.number(); }

private:
    Descriptor event_;
    std::atomic<bool> raised_{false}; // cheap to ask in a loop
};

enum class Readiness : std::uint8_t { ready, timed_out, signalled };

/// Waits until `number` (or nothing, if negative) is ready for `events` of poll(2), the signal is
/// raised, or it is too late.
Readiness wait_for(int number, short events, Signal const& signal, Clock::time_point until);

/// Listens on a numeric address; a `port` of 0 becomes the port that was free.
Descriptor listen_on(std::string const& address, std::uint16_t& port);

/// Connects (blocking; meant for loopback) and makes the socket non-blocking.
Descriptor connect_to(std::string const& address, std::uint16_t port);

/// What accept(2) has to offer, non-blocking; nothing if nobody is waiting.
Descriptor accept_from(Descriptor const& listener);

/// Lets the next close send RST instead of FIN.
void reset_on_close(Descriptor const& socket) noexcept;

} // namespace detail

enum class TlsVersion : std::uint16_t {
    tls1_0 = 0x0301,
    tls1_1 = 0x0302,
    tls1_2 = 0x0303,
    tls1_3 = 0x0304
};

/// How the server does TLS. Its own security level is 0: what is weak must be refused by the
/// client.
struct TlsOptions {
    TlsVersion min_version = TlsVersion::tls1_0;
    TlsVersion max_version = TlsVersion::tls1_3;
    std::string ciphers = "ALL:!aNULL"; // OpenSSL's list for TLS 1.2 and older
    std::string cipher_suites = {};     // OpenSSL's list for TLS 1.3
    std::string groups = {};            // OpenSSL's list for the key exchange
    std::string staple = {};            // an OCSP response in DER, or what is none; empty for none
    bool ask_for_certificate = false;
    bool insist_on_certificate = false; // with trust_pem
    std::string trust_pem = {};
    bool tickets =
        true; // a step that is used for several connections resumes sessions between them
    std::optional<std::size_t> cut_after =
        {}; // so many bytes of the handshake are sent, and no more; 0 answers nothing
};

/// An alert that the client sent.
struct TlsAlert {
    int level = 0;
    int description = 0;
    std::string text;
};

/// Why a connection ended.
enum class Ended : std::uint8_t {
    still_open,
    script_finished,
    client_closed, // in the middle of the script
    tls_failed,
    unexpected, // the client said what the script did not foresee, or a custom step threw
    timed_out,  // ServerOptions::session_limit
    stopped,    // by finish() or the destructor
};
[[nodiscard]] std::string_view to_string(Ended ended) noexcept;

/// All that is known about one connection.
struct Transcript {
    bool connected = false;
    std::string received_plain;   // before TLS, or instead of it
    std::string received_tls;     // decrypted
    std::uint64_t sent_bytes = 0; // on the wire

    bool client_hello_seen = false;
    int client_hellos = 0;                     // two if the server asked for another group
    std::vector<std::uint16_t> offered_groups; // in the last of them
    bool tls_finished = false;
    std::optional<std::string> sni;
    std::vector<std::uint16_t>
        offered_versions;    // as in TlsVersion; the highest alone if it is older than TLS 1.3
    std::string tls_version; // "TLSv1.3"
    std::string tls_cipher;
    bool tls_resumed = false;
    bool close_notify_received = false;
    std::string client_certificate_pem;
    std::vector<TlsAlert> alerts; // fatal ones and warnings, close_notify included

    std::vector<std::string> logins;       // payloads read by expect_login
    std::vector<std::string> auth_replies; // payloads read by expect_auth_reply and the loops
    std::vector<std::string> commands;     // payloads read by expect_command and serve
    std::vector<std::string> files;        // what came in answer to local_infile

    Ended ended = Ended::still_open;
    std::string ended_in; // name of the step
    std::string detail;   // what went wrong, for people

    /// Anything in TLS, and anything in plaintext that is not the request for TLS (or TLS's own
    /// records).
    [[nodiscard]] bool login_bytes_received() const;
    /// Whether the client ever sent these bytes.
    [[nodiscard]] bool contains(std::string_view needle) const;
    /// Whether the client ever sent these bytes for everyone on the path to read.
    [[nodiscard]] bool contains_in_plain(std::string_view needle) const;
    [[nodiscard]] bool alert_received(int description) const;
    /// Everything in a few lines, for Catch2's INFO.
    [[nodiscard]] std::string describe() const;
};

struct SessionState; // what stands behind a Session

/// One connection as a step sees it. Functions that wait throw (types of our own, not for catching)
/// when the client has gone, the server is to stop, or it takes too long; this ends the script.
class Session {
public:
    struct Packet {
        std::uint8_t sequence = 0;
        std::string payload;
    };

    explicit Session(SessionState& state) noexcept : state_(&state) {}

    /// Sends bytes as they are: through TLS once it is up.
    void send(std::string_view bytes);
    /// Sends bytes below TLS.
    void send_below_tls(std::string_view bytes);
    /// Sends a payload with the header that is due.
    void send_packet(std::string_view payload);
    /// From now on every byte on the wire, TLS's own included, goes out alone, `interval` after the
    /// one before.
    void drip(std::chrono::milliseconds interval);

    [[nodiscard]] Packet receive_packet();
    /// Reads the request for TLS, unless it has been read.
    void expect_ssl_request();
    /// Reads one TLS record without doing TLS.
    void expect_record();
    /// Reads a command and records it.
    [[nodiscard]] std::string receive_command();

    /// False: the handshake was cut short, as `options.cut_after` wanted.
    bool start_tls(std::shared_ptr<ssl_ctx_st> const& context, TlsOptions const& options);
    void close_notify();
    [[nodiscard]] bool tls() const noexcept;

    /// Waits without reading.
    void pause(std::chrono::milliseconds duration);
    /// Reads, records and answers nothing, until the client closes or the time is over.
    void listen_silently(std::optional<std::chrono::milliseconds> duration = std::nullopt);
    void half_close();
    [[noreturn]] void close();
    [[noreturn]] void reset();
    [[noreturn]] void fail(std::string why);

    void set_next_sequence(std::uint8_t sequence) noexcept;
    [[nodiscard]] std::uint8_t take_sequence() noexcept;

    /// Adds to the transcript.
    void note(std::function<void(Transcript&)> const& change);

private:
    SessionState* state_;
};

/// One line of a script.
class Step {
public:
    Step(std::string name, std::function<void(Session&)> run)
        : name_(std::move(name)), run_(std::move(run))
    {
    }

    /// Any function of a Session is a step.
    template <class Function,
              class = std::enable_if_t<std::is_invocable_v<Function&, Session&> &&
                                       !std::is_same_v<std::decay_t<Function>, Step>>>
    Step(Function run) : Step("custom step", std::function<void(Session&)>(std::move(run)))
    {
    }

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    void operator()(Session& session) const { run_(session); }

private:
    std::string name_;
    std::function<void(Session&)> run_;
};

/// Steps in order. At its end the server goes on reading (and recording) until the client closes.
class Script {
public:
    Script() = default;
    Script(std::initializer_list<Step> steps) : steps_(steps) {}

    Script& operator+=(Script const& more)
    {
        steps_.insert(steps_.end(), more.steps_.begin(), more.steps_.end());
        return *this;
    }
    [[nodiscard]] friend Script operator+(Script first, Script const& second)
    {
        return first += second;
    }

    [[nodiscard]] std::vector<Step> const& steps() const noexcept { return steps_; }

private:
    std::vector<Step> steps_;
};

struct ServerOptions {
    std::string address = "127.0.0.1"; // numeric; ::1 and 127.0.0.2 work too
    std::uint16_t port = 0;            // any that is free
    std::size_t connections = 1;       // accepted before the port closes
    std::vector<Script> then =
        {}; // scripts of the second connection, the third ...; the last serves the rest
    std::chrono::milliseconds session_limit =
        std::chrono::seconds(60); // so that a client that hangs is let go
};

/// The server. Its port is open when the constructor returns; each connection runs the script in
/// its own thread.
class ScriptedServer {
public:
    explicit ScriptedServer(Script script, ServerOptions options = {});
    ~ScriptedServer();
    ScriptedServer(ScriptedServer const&) = delete;
    ScriptedServer& operator=(ScriptedServer const&) = delete;

    [[nodiscard]] std::string const& address() const noexcept;
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// Connections accepted so far.
    [[nodiscard]] std::size_t accepted() const;
    /// What is known now about a connection, which may go on. Not connected: an empty transcript.
    [[nodiscard]] Transcript transcript(std::size_t index = 0) const;
    /// Waits until `count` connections have been accepted.
    bool wait_until_accepted(std::size_t count,
                             std::chrono::milliseconds timeout = std::chrono::seconds(20)) const;
    /// Waits until `count` connections have ended.
    bool wait_until_ended(std::size_t count = 1,
                          std::chrono::milliseconds timeout = std::chrono::seconds(20)) const;
    /// Accepts nothing more, waits until the client has closed its connections (or stops them when
    /// it is too late), and says what was seen on the first, or on all. Call it when the client is
    /// done. May be called again.
    Transcript finish(std::chrono::milliseconds timeout = std::chrono::seconds(20));
    std::vector<Transcript>
    finish_all(std::chrono::milliseconds timeout = std::chrono::seconds(20));

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// How far a session goes before something bad happens: for tables of "silence here", "close here",
/// "drip from here".
enum class Stage : std::uint8_t {
    after_accept,
    inside_greeting,
    after_greeting, // the client's request for TLS has been read
    after_client_hello,
    inside_server_hello,
    after_handshake,
    after_login, // the login has been read, nothing answered
    after_query, // the query has been read, nothing answered
    inside_columns,
    inside_rows,
};
[[nodiscard]] std::string_view to_string(Stage stage) noexcept;
[[nodiscard]] std::array<Stage, 10> const& all_stages() noexcept;

/// The steps that an honest server takes up to `stage`. Commands that do not contain `query` are
/// answered with OK.
[[nodiscard]] Script up_to(Stage stage, Identity const& identity,
                           std::string const& query = "SELECT");

/// The steps. Payloads go out with the sequence number that is due; `send...` sends bytes as they
/// are.
namespace steps {

using wire::GreetingOptions;

// Greeting.
[[nodiscard]] Step greeting(GreetingOptions const& options = {});
/// Greeting and `injected` in one segment: what Connector/C takes for data that came through TLS.
[[nodiscard]] Step greeting_and(std::string injected, GreetingOptions const& options = {});
/// Bytes in plaintext, in a segment of their own.
[[nodiscard]] Step inject_plain(std::string bytes);

// TLS.
[[nodiscard]] Step expect_ssl_request();
/// Reads what should be the ClientHello, and answers nothing.
[[nodiscard]] Step expect_client_hello();
/// Reads the request for TLS (if no step has) and shakes hands. With `cut_after` the script goes on
/// once it is cut.
[[nodiscard]] Step start_tls(Identity const& identity, TlsOptions const& options = {});
[[nodiscard]] Step tls_alert(std::uint8_t description,
                             std::uint8_t level = 2); // in plaintext, instead of a handshake
[[nodiscard]] Step close_notify();

// Login.
[[nodiscard]] Step expect_login();
[[nodiscard]] Step expect_auth_reply();
[[nodiscard]] Step auth_switch(std::string plugin, std::string data = "abcdefghijklmnopqrst");
[[nodiscard]] Step auth_more(std::string data);
/// Asks for another plugin and reads the answer, until the client has had enough.
[[nodiscard]] Step endless_auth_switch(std::string plugin);
/// Sends the same word of the login (say a `dialog` question) and reads the answer, until the
/// client has had enough.
[[nodiscard]] Step endless_auth_more(std::string data);

// Commands.
[[nodiscard]] Step expect_command();
/// Answers commands with OK (a prepare with a statement, a set_option with EOF) until one contains
/// `needle`: that one has been read and not answered.
[[nodiscard]] Step serve_until(std::string needle);
struct Answer {
    std::string when_contains;
    Script with;
};
/// Answers commands until the client quits: by the first answer that fits, or else with OK.
[[nodiscard]] Step serve(std::vector<Answer> answers = {});

// Answers.
[[nodiscard]] Step packet(std::string payload);
[[nodiscard]] Step next_sequence(std::uint8_t sequence);
[[nodiscard]] Step ok(std::uint64_t affected_rows = 0, std::uint64_t last_insert_id = 0,
                      std::string info = {});
[[nodiscard]] Step error(std::uint16_t code, std::string sqlstate, std::string message);
[[nodiscard]] Step eof(std::uint16_t status = 2);
struct ResultSet {
    std::vector<wire::Column> columns;
    std::vector<wire::TextRow> rows;
};
[[nodiscard]] Step result_set(ResultSet const& result);
/// Column count, definitions and EOF; `claimed` is the count that is sent, if not the true one.
[[nodiscard]] Step result_head(std::vector<wire::Column> const& columns,
                               std::optional<std::uint64_t> claimed = std::nullopt);
/// Answer to a prepare, definitions included.
[[nodiscard]] Step prepare_ok(std::uint32_t statement_id, std::uint16_t parameters,
                              std::vector<wire::Column> const& columns);
[[nodiscard]] Step local_infile(std::string file_name);
/// Reads packets up to an empty one.
[[nodiscard]] Step expect_file();
/// The same row for ever; or until `at_most` bytes, since the memory is ours too.
[[nodiscard]] Step endless_rows(std::string const& row_payload, std::uint64_t at_most = UINT64_MAX);
/// Progress reports for ever, one per interval.
[[nodiscard]] Step
endless_progress(std::chrono::milliseconds interval = std::chrono::milliseconds(0));

// Bytes and time.
[[nodiscard]] Step send(std::string bytes);
[[nodiscard]] Step send_below_tls(std::string bytes);
/// One byte per interval. Through TLS each is a record.
[[nodiscard]] Step send_slowly(std::string bytes, std::chrono::milliseconds interval);
/// From here on every byte on the wire goes out alone; 0 switches it off.
[[nodiscard]] Step drip(std::chrono::milliseconds interval);
/// Answers nothing (and records) until the client closes.
[[nodiscard]] Step silence();
[[nodiscard]] Step silence(std::chrono::milliseconds duration);
/// Waits and does not even read.
[[nodiscard]] Step pause(std::chrono::milliseconds duration);
[[nodiscard]] Step close();
/// Ends our side only, and goes on recording.
[[nodiscard]] Step half_close();
[[nodiscard]] Step reset();

// Composition.
[[nodiscard]] Step repeat(std::size_t times, Script script);
[[nodiscard]] Step forever(Script script);

/// Greeting, TLS, login, OK: what comes before every test of what a server can do after it has been
/// trusted.
[[nodiscard]] Script logged_in(Identity const& identity, TlsOptions const& tls = {},
                               GreetingOptions const& options = {});

} // namespace steps

} // namespace sealsql::testing

#endif
