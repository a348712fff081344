#ifndef SEALSQL_TESTS_SUPPORT_TCP_PROXY_HPP
#define SEALSQL_TESTS_SUPPORT_TCP_PROXY_HPP

// The attacker on the path: forwards between a client and a real server, changes what it is told to
// change, records both directions. Like the scripted server it runs in threads of its own and
// always stops.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sealsql::testing {

enum class Direction : std::uint8_t { to_server, to_client };

struct ProxyOptions {
    std::string server_address = "127.0.0.1"; // numeric
    std::uint16_t server_port = 0;
    std::string address = "127.0.0.1";      // where the proxy listens
    bool strip_tls = false;                 // clears CLIENT_SSL in the greeting
    std::string inject_after_greeting = {}; // to the client, in the greeting's own segment
    std::string inject_in_own_segment = {}; // to the client, shortly after the greeting
    std::function<std::string(Direction, std::string)> change =
        {}; // anything else, piece by piece as it comes
};

/// What went through one connection. Recorded as it came in, before any change.
struct ProxyTranscript {
    std::string from_client;
    std::string from_server;
    bool client_closed = false;
    bool server_closed = false;
    bool ended = false;

    /// Whether the client said more in plaintext than that it wants TLS. Application data inside
    /// TLS does not count.
    [[nodiscard]] bool plaintext_login_received() const;
    /// Whether the client sent these bytes for everyone on the path to read.
    [[nodiscard]] bool contains(std::string_view needle) const;
};

/// The proxy. Takes any number of connections at once.
class TcpProxy {
public:
    explicit TcpProxy(ProxyOptions options);
    ~TcpProxy();
    TcpProxy(TcpProxy const&) = delete;
    TcpProxy& operator=(TcpProxy const&) = delete;

    [[nodiscard]] std::string const& address() const noexcept;
    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::size_t accepted() const;
    [[nodiscard]] ProxyTranscript transcript(std::size_t index = 0) const;

    /// Cuts every connection that is open now (RST with `reset`, FIN without). New ones are
    /// welcome.
    void drop_connections(bool reset = false);
    /// While stalled nothing is forwarded and nothing is closed: a network that swallows
    /// everything.
    void stall(bool stalled);
    /// While refusing, a new connection is closed at once.
    void refuse(bool refusing);

    /// Accepts nothing more, waits until the clients have closed (or cuts them off when it is too
    /// late), and says what went through the first connection, or through all.
    ProxyTranscript finish(std::chrono::milliseconds timeout = std::chrono::seconds(20));
    std::vector<ProxyTranscript>
    finish_all(std::chrono::milliseconds timeout = std::chrono::seconds(20));

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace sealsql::testing

#endif
