#include "tcp_proxy.hpp"

#include "mysql_wire.hpp"
#include "scripted_server.hpp" // detail: descriptors and waiting

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace sealsql::testing {

bool ProxyTranscript::plaintext_login_received() const
{
    return wire::says_more_than_ssl_request(from_client, true);
}

bool ProxyTranscript::contains(std::string_view needle) const
{
    return from_client.find(needle) != std::string::npos;
}

namespace {

constexpr std::size_t most_pending = 256 * 1024;
constexpr auto time_for_a_segment = std::chrono::milliseconds(20);
constexpr auto stall_check = std::chrono::milliseconds(10);
constexpr auto a_long_time = std::chrono::hours(24);

// Clears CLIENT_SSL (0x0800: bit 3 of the second capability byte) in a greeting packet. Anything
// else stays as it is.
void strip_tls(std::string& greeting)
{
    if (greeting.size() < 5 || greeting[4] != '\x0a')
        return;
    const std::size_t version_end = greeting.find('\0', 5);
    if (version_end == std::string::npos)
        return;
    const std::size_t capabilities = version_end + 1 + 4 + 8 + 1;
    if (capabilities + 1 >= greeting.size())
        return;
    char& byte = greeting[capabilities + 1];
    byte = static_cast<char>(static_cast<unsigned char>(byte) & 0xf7U);
}

struct Shared {
    ProxyOptions options;
    detail::Signal closing;
    detail::Signal stopping;
    std::atomic<bool> stalled{false};
    std::atomic<bool> refusing{false};
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
};

struct Worker {
    ProxyTranscript transcript; // guarded by Shared::mutex
    detail::Signal drop;
    std::atomic<bool> drop_with_reset{false};
    std::thread thread;
};

// One side of a connection and what waits to be sent to it.
struct Side {
    detail::Descriptor socket;
    std::string pending;
    bool ended = false;        // sends nothing more
    bool told_the_end = false; // has been told that the other side sends nothing more
};

class Forwarder {
public:
    Forwarder(Shared& shared, Worker& worker, detail::Descriptor client)
        : shared_(shared), worker_(worker)
    {
        client_.socket = std::move(client);
    }

    void run()
    {
        server_.socket =
            detail::connect_to(shared_.options.server_address, shared_.options.server_port);
        while (!(client_.ended && server_.ended && client_.pending.empty() &&
                 server_.pending.empty())) {
            if (client_.told_the_end && server_.told_the_end)
                return;
            if (!wait())
                return;
            if (shared_.stalled)
                continue;
            if (!receive(client_, Direction::to_server) || !receive(server_, Direction::to_client))
                return;
            if (!flush(client_, server_) || !flush(server_, client_))
                return;
        }
    }

    void close()
    {
        if (worker_.drop_with_reset) {
            detail::reset_on_close(client_.socket);
            detail::reset_on_close(server_.socket);
        }
        client_.socket.reset();
        server_.socket.reset();
    }

private:
    // False: to stop.
    bool wait()
    {
        std::array<pollfd, 4> entries{pollfd{shared_.stopping.number(), POLLIN, 0},
                                      pollfd{worker_.drop.number(), POLLIN, 0},
                                      wishes(client_, server_), wishes(server_, client_)};
        bool const stalled = shared_.stalled;
        if (stalled)
            entries[2].fd = entries[3].fd = -1;
        int const found = poll(entries.data(), entries.size(),
                               stalled ? static_cast<int>(stall_check.count()) : 1000);
        if (found < 0 && errno != EINTR)
            return false;
        return entries[0].revents == 0 && entries[1].revents == 0;
    }

    static pollfd wishes(Side const& side, Side const& other)
    {
        short events = 0;
        if (!side.ended && other.pending.size() < most_pending)
            events = POLLIN;
        if (!side.pending.empty())
            events = static_cast<short>(events | POLLOUT);
        return {events != 0 ? side.socket.number() : -1, events,
                0}; // without a wish a hang-up would wake us for ever
    }

    bool receive(Side& from, Direction direction)
    {
        Side& to = direction == Direction::to_server ? server_ : client_;
        if (from.ended || to.pending.size() >= most_pending)
            return true;
        std::array<char, 65536> buffer;
        auto const size = ::recv(from.socket.number(), buffer.data(), buffer.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return true;
        const std::string bytes(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        {
            const std::lock_guard lock(shared_.mutex);
            auto& t = worker_.transcript;
            (direction == Direction::to_server ? t.from_client : t.from_server) += bytes;
            if (size <= 0)
                (direction == Direction::to_server ? t.client_closed : t.server_closed) = true;
        }
        if (size < 0)
            return false; // reset: pass on the bad news by closing
        if (size == 0) {
            from.ended = true;
            if (direction == Direction::to_client)
                to.pending += std::exchange(greeting_, {});
            return true;
        }
        return direction == Direction::to_client ? to_client(bytes)
                                                 : (to.pending += changed(direction, bytes), true);
    }

    // The greeting is held back until it is whole, so that it can be changed and sent in one piece.
    bool to_client(std::string const& bytes)
    {
        if (greeting_seen_) {
            client_.pending += changed(Direction::to_client, bytes);
            return true;
        }
        greeting_ += bytes;
        if (greeting_.size() < 4)
            return true;
        const std::size_t size =
            4 + static_cast<std::size_t>(wire::read_little_endian(greeting_, 0, 3));
        if (greeting_.size() < size)
            return true;
        greeting_seen_ = true;
        std::string greeting = greeting_.substr(0, size);
        const std::string rest = greeting_.substr(size);
        greeting_.clear();
        if (shared_.options.strip_tls)
            strip_tls(greeting);
        client_.pending +=
            changed(Direction::to_client, greeting + shared_.options.inject_after_greeting);
        if (!shared_.options.inject_in_own_segment.empty()) {
            if (!flush(client_, server_))
                return false;
            if (detail::wait_for(-1, 0, shared_.stopping,
                                 detail::Clock::now() + time_for_a_segment) ==
                detail::Readiness::signalled)
                return false;
            client_.pending += shared_.options.inject_in_own_segment;
        }
        client_.pending += rest;
        return true;
    }

    [[nodiscard]] std::string changed(Direction direction, std::string bytes) const
    {
        return shared_.options.change ? shared_.options.change(direction, std::move(bytes)) : bytes;
    }

    // Sends what can be sent now. False: `to` is gone.
    static bool flush(Side& to, Side const& from)
    {
        while (!to.pending.empty()) {
            auto const sent =
                ::send(to.socket.number(), to.pending.data(), to.pending.size(), MSG_NOSIGNAL);
            if (sent >= 0) {
                to.pending.erase(0, static_cast<std::size_t>(sent));
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                return true;
            } else if (errno != EINTR) {
                return false;
            }
        }
        if (from.ended && !to.told_the_end) {
            shutdown(to.socket.number(), SHUT_WR);
            to.told_the_end = true;
        }
        return true;
    }

    Shared& shared_;
    Worker& worker_;
    Side client_;
    Side server_;
    std::string greeting_;
    bool greeting_seen_ = false;
};

} // namespace

class TcpProxy::Implementation {
public:
    explicit Implementation(ProxyOptions options)
    {
        shared_.options = std::move(options);
        listener_ = detail::listen_on(shared_.options.address, port_);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    ~Implementation() { stop(); }

    Implementation(Implementation const&) = delete;
    Implementation& operator=(Implementation const&) = delete;

    [[nodiscard]] std::string const& address() const noexcept { return shared_.options.address; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] std::vector<ProxyTranscript> transcripts() const
    {
        const std::lock_guard lock(shared_.mutex);
        std::vector<ProxyTranscript> all;
        for (auto const& worker : workers_)
            all.push_back(worker->transcript);
        return all;
    }

    [[nodiscard]] std::size_t accepted() const
    {
        const std::lock_guard lock(shared_.mutex);
        return workers_.size();
    }

    void drop_connections(bool reset)
    {
        const std::lock_guard lock(shared_.mutex);
        for (auto& worker : workers_) {
            worker->drop_with_reset = reset;
            worker->drop.raise();
        }
    }

    void stall(bool stalled) { shared_.stalled = stalled; }
    void refuse(bool refusing) { shared_.refusing = refusing; }

    void finish(std::chrono::milliseconds timeout)
    {
        close_port();
        {
            std::unique_lock lock(shared_.mutex);
            // The system clock, since GCC 12's ThreadSanitizer does not see the steady clock's wait
            // release the mutex.
            shared_.changed.wait_until(lock, std::chrono::system_clock::now() + timeout, [this] {
                return std::all_of(workers_.begin(), workers_.end(),
                                   [](const auto& worker) { return worker->transcript.ended; });
            });
        }
        stop();
    }

private:
    void accept_all()
    {
        for (;;) {
            bool const closing = detail::wait_for(listener_.number(), POLLIN, shared_.closing,
                                                  detail::Clock::now() + a_long_time) ==
                                 detail::Readiness::signalled;
            while (detail::Descriptor socket = detail::accept_from(listener_)) {
                if (!shared_.refusing)
                    start(std::move(socket));
            }
            if (closing)
                break;
        }
        listener_.reset();
    }

    void start(detail::Descriptor socket)
    {
        const std::lock_guard lock(shared_.mutex);
        Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
        worker.thread = std::thread([this, &worker, client = std::move(socket)]() mutable {
            Forwarder forwarder(shared_, worker, std::move(client));
            try {
                forwarder.run();
            } catch (const std::exception&) { // no server there: closing says it
            }
            forwarder.close();
            const std::lock_guard done_lock(shared_.mutex);
            worker.transcript.ended = true;
            shared_.changed.notify_all();
        });
    }

    void close_port()
    {
        shared_.closing.raise();
        if (acceptor_.joinable())
            acceptor_.join();
    }

    void stop()
    {
        shared_.stopping.raise();
        close_port();
        for (auto& worker : workers_) // nobody adds to them any more
            if (worker->thread.joinable())
                worker->thread.join();
    }

    Shared shared_;
    std::uint16_t port_ = 0;
    detail::Descriptor listener_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::thread acceptor_;
};

TcpProxy::TcpProxy(ProxyOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options)))
{
}
TcpProxy::~TcpProxy() = default;

std::string const& TcpProxy::address() const noexcept { return implementation_->address(); }
std::uint16_t TcpProxy::port() const noexcept { return implementation_->port(); }
std::size_t TcpProxy::accepted() const { return implementation_->accepted(); }

ProxyTranscript TcpProxy::transcript(std::size_t index) const
{
    auto all = implementation_->transcripts();
    return index < all.size() ? std::move(all[index]) : ProxyTranscript{};
}

void TcpProxy::drop_connections(bool reset) { implementation_->drop_connections(reset); }
void TcpProxy::stall(bool stalled) { implementation_->stall(stalled); }
void TcpProxy::refuse(bool refusing) { implementation_->refuse(refusing); }

ProxyTranscript TcpProxy::finish(std::chrono::milliseconds timeout)
{
    implementation_->finish(timeout);
    return transcript(0);
}

std::vector<ProxyTranscript> TcpProxy::finish_all(std::chrono::milliseconds timeout)
{
    implementation_->finish(timeout);
    return implementation_->transcripts();
}

} // namespace sealsql::testing
