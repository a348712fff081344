// The network between the workload and the servers: forwards, and breaks what it is told to break. It also watches: what a
// client sends before the server's greeting, instead of the request for TLS, or in anything but TLS records behind it,
// is kept as a violation.
//
// One command a line on standard input, one answer a line on standard output. Ends with its input.
//   add PORT ADDRESS SERVER     a link from ADDRESS to port PORT of SERVER, all IPv4 -> ok LINK LISTENING-PORT
//   mode LINK pass | delay MILLISECONDS | throttle BYTES-A-SECOND | blackhole | refuse -> ok
//                               blackhole: nothing is forwarded or closed, and what was sent meanwhile comes later
//   mode LINK keep silent | reset | anew
//                               when the server ends a connection, its client is not told. When it sends the next time: nothing,
//                               or RST, or that goes to the server over a new connection               -> ok
//   reset LINK                  every connection ends by RST                   -> ok COUNT
//   cut LINK to_client|to_server  of the next bytes in this direction of each connection a part arrives, then RST
//                                                                              -> ok COUNT
//   stats                                                                      -> ok {...}

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t most_queued = std::size_t{256} << 10U;

class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) noexcept : descriptor_{descriptor} {}
    Socket(Socket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    Socket& operator=(Socket&& other) noexcept
    {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
        return *this;
    }
    ~Socket() { close(); }

    [[nodiscard]] int get() const noexcept { return descriptor_; }
    explicit operator bool() const noexcept { return descriptor_ >= 0; }

    void reset()
    {
        if (descriptor_ < 0)
            return;
        linger const at_once{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }

    void close() noexcept
    {
        if (descriptor_ >= 0)
            ::close(std::exchange(descriptor_, -1));
    }

private:
    int descriptor_ = -1;
};

Socket make_socket()
{
    Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        throw std::runtime_error("socket() failed");
    int const yes = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return socket;
}

sockaddr_in address_of(std::string const& text, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1)
        throw std::runtime_error("no IPv4 address: " + text);
    return address;
}

std::uint8_t byte_at(std::string_view text, std::size_t index)
{
    return static_cast<std::uint8_t>(text[index]);
}

/// What is known of all streams.
struct Findings {
    std::uint64_t connections = 0;
    std::uint64_t greetings_with_tls = 0;
    std::uint64_t greetings_without_tls = 0;
    std::uint64_t errors_for_greeting = 0;
    std::uint64_t tls_requests = 0;
    std::uint64_t tls_streams = 0;
    std::uint64_t tls_records = 0;
    std::uint64_t bytes_from_clients = 0;
    std::uint64_t answers_to_plain_servers = 0;
    std::uint64_t violations = 0;
    std::vector<std::string> examples;

    void violation(std::string_view what, std::string_view bytes)
    {
        ++violations;
        if (examples.size() >= 8)
            return;
        std::string text{what};
        text += ':';
        for (char const c : bytes.substr(0, 48)) {
            std::array<char, 4> hex{};
            std::snprintf(hex.data(), hex.size(), " %02x",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            text += hex.data();
        }
        examples.push_back(std::move(text));
    }
};

/// Reads along with one connection.
class Witness {
public:
    explicit Witness(Findings& findings) : findings_{&findings} {}

    void from_server(std::string_view bytes)
    {
        if (has_greeting_)
            return;
        greeting_ += bytes;
        if (greeting_.size() < 4)
            return;
        std::size_t const size = std::size_t{byte_at(greeting_, 0)} |
                                 std::size_t{byte_at(greeting_, 1)} << 8U |
                                 std::size_t{byte_at(greeting_, 2)} << 16U;
        if (greeting_.size() < 4 + size)
            return;
        has_greeting_ = true;
        std::string_view const body = std::string_view{greeting_}.substr(4, size);
        if (body.empty() || byte_at(body, 0) == 0xff) {
            ++findings_->errors_for_greeting;
            return;
        }
        // protocol, version NUL, thread 4, scramble 8, filler 1, then the lower half of the capabilities
        std::size_t const after_version = body.find('\0');
        std::size_t const at = after_version + 1 + 4 + 8 + 1;
        offers_tls_ = after_version != std::string_view::npos && at + 2 <= body.size() &&
                      (byte_at(body, at + 1) & 0x08U) != 0;
        ++(offers_tls_ ? findings_->greetings_with_tls : findings_->greetings_without_tls);
    }

    void from_client(std::string_view bytes)
    {
        findings_->bytes_from_clients += bytes.size();
        if (is_bad_)
            return;
        if (!has_greeting_)
            return bad("sent before the greeting", bytes);
        if (!offers_tls_) {
            ++findings_->answers_to_plain_servers;
            return bad("sent to a server without TLS", bytes);
        }
        pending_ += bytes;
        if (!has_request_) {
            if (pending_.size() < 36)
                return;
            bool const is_request = byte_at(pending_, 0) == 32 && byte_at(pending_, 1) == 0 &&
                                    byte_at(pending_, 2) == 0 && byte_at(pending_, 3) == 1 &&
                                    (byte_at(pending_, 5) & 0x08U) != 0;
            if (!is_request)
                return bad("not a request for TLS", pending_);
            has_request_ = true;
            ++findings_->tls_requests;
            pending_.erase(0, 36);
        }
        records();
    }

    [[nodiscard]] bool has_greeting() const noexcept { return has_greeting_; }

private:
    void bad(std::string_view what, std::string_view bytes)
    {
        is_bad_ = true;
        findings_->violation(what, bytes);
    }

    void records()
    {
        std::string_view rest = pending_;
        while (!rest.empty()) {
            if (left_of_record_ > 0) {
                std::size_t const now = std::min(left_of_record_, rest.size());
                left_of_record_ -= now;
                rest.remove_prefix(now);
                continue;
            }
            if (rest.size() < 5)
                break;
            unsigned const type = byte_at(rest, 0);
            std::size_t const size =
                std::size_t{byte_at(rest, 3)} << 8U | std::size_t{byte_at(rest, 4)};
            bool const is_first = !has_record_;
            if (type < 20 || type > 23 || (is_first && type != 22) || byte_at(rest, 1) != 3 ||
                size == 0 || size > 16384 + 256)
                return bad("not a TLS record", rest);
            if (is_first)
                ++findings_->tls_streams;
            has_record_ = true;
            ++findings_->tls_records;
            left_of_record_ = size;
            rest.remove_prefix(5);
        }
        pending_.erase(0, pending_.size() - rest.size());
    }

    Findings* findings_;
    std::string greeting_;
    std::string pending_;
    std::size_t left_of_record_ = 0;
    bool has_greeting_ = false;
    bool offers_tls_ = false;
    bool has_request_ = false;
    bool has_record_ = false;
    bool is_bad_ = false;
};

enum class Mode : std::uint8_t { pass, delay, throttle, blackhole, refuse, keep };

/// What becomes of a client that is kept without its server, and sends.
enum class Kept : std::uint8_t { silent, reset, anew };

struct Link {
    sockaddr_in target{};
    Socket listener;
    Mode mode = Mode::pass;
    Kept kept = Kept::silent;
    std::chrono::milliseconds delay{};
    std::size_t bytes_a_second = 0;
};

struct Chunk {
    Clock::time_point due;
    std::string bytes;
};

/// One direction of a connection.
struct Stream {
    std::deque<Chunk> queue;
    std::size_t queued = 0;
    Clock::time_point next_write{};
    bool has_ended = false; // its sender closed
    bool end_is_sent = false;
    bool cut_next = false;
    bool cut_after_flush = false;
};

struct Connection {
    Connection(Link& of, Socket from, Socket to, Findings& findings)
        : link{&of}, client{std::move(from)}, server{std::move(to)}, witness{findings}
    {
    }

    Link* link;
    Socket client;
    Socket server;
    Witness witness;
    Stream to_server;
    Stream to_client;
    std::optional<Kept> kept; // its server is gone
    bool is_anew = false;
    bool is_over = false;

    void reset()
    {
        client.reset();
        server.reset();
        is_over = true;
    }

    /// A client that waits for its greeting sends nothing by itself, so that it would never learn of RST or a new connection.
    [[nodiscard]] bool outlives_server() const
    {
        return link->mode == Mode::keep && !is_anew &&
               (link->kept == Kept::silent || witness.has_greeting());
    }

    void keep()
    {
        server.close();
        to_server = {};
        to_client = {};
        kept = link->kept;
    }
};

class Proxy {
public:
    int run()
    {
        std::string input;
        for (;;) {
            std::vector<pollfd> set;
            set.push_back({STDIN_FILENO, POLLIN, 0});
            for (auto const& link : links_)
                set.push_back({link->listener.get(), POLLIN, 0});
            Clock::time_point const now = Clock::now();
            Clock::time_point wake = now + 1s;
            for (auto const& connection : connections_) {
                watch(*connection, set, now, wake);
            }
            auto const pause = std::chrono::ceil<std::chrono::milliseconds>(wake - now);
            ::poll(set.data(), set.size(),
                   static_cast<int>(std::max<std::int64_t>(pause.count(), 0)));

            if (set[0].revents != 0 && !commands(input))
                return 0;
            for (auto const& link : links_)
                accept(*link);
            for (auto const& connection : connections_) {
                if (!connection->is_over)
                    work(*connection);
            }
            std::erase_if(connections_, [](auto const& connection) { return connection->is_over; });
        }
    }

private:
    static void watch(Connection& connection, std::vector<pollfd>& set, Clock::time_point now,
                      Clock::time_point& wake)
    {
        // The kernel tells of a connection that was reset even in a black hole, where the two sides learn of it later.
        if (connection.link->mode == Mode::blackhole)
            return;
        if (connection.kept) {
            set.push_back({connection.client.get(), POLLIN, 0});
            return;
        }
        short client = 0;
        short server = 0;
        auto direction = [&](Stream& stream, short& from, short& to) {
            if (!stream.has_ended && stream.queued < most_queued)
                from = static_cast<short>(from | POLLIN);
            if (stream.queue.empty())
                return;
            auto const due = std::max(stream.queue.front().due, stream.next_write);
            if (due <= now)
                to = static_cast<short>(to | POLLOUT);
            else
                wake = std::min(wake, due);
        };
        direction(connection.to_server, client, server);
        direction(connection.to_client, server, client);
        if (client != 0)
            set.push_back({connection.client.get(), client, 0});
        if (server != 0)
            set.push_back({connection.server.get(), server, 0});
    }

    void accept(Link& link)
    {
        for (;;) {
            Socket client{
                ::accept4(link.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
            if (!client)
                return;
            ++findings_.connections;
            int const yes = 1;
            ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            if (link.mode == Mode::refuse) {
                client.reset();
                continue;
            }
            connections_.push_back(
                std::make_unique<Connection>(link, std::move(client), make_socket(), findings_));
            connect(*connections_.back());
        }
    }

    static void connect(Connection& connection)
    {
        sockaddr_in const& target = connection.link->target;
        if (::connect(connection.server.get(), reinterpret_cast<sockaddr const*>(&target),
                      sizeof target) != 0 &&
            errno != EINPROGRESS)
            lost(connection);
    }

    /// The server has refused or reset it: the other side sees the same, unless it is kept.
    static void lost(Connection& connection)
    {
        if (connection.outlives_server())
            connection.keep();
        else
            connection.reset();
    }

    void work_without_server(Connection& connection)
    {
        std::array<char, 16384> buffer{};
        ssize_t const got = ::recv(connection.client.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0 || connection.kept == Kept::reset) {
            connection.reset();
            return;
        }
        std::string_view const bytes{buffer.data(), static_cast<std::size_t>(got)};
        connection.witness.from_client(bytes);
        if (connection.kept == Kept::silent)
            return;
        connection.kept.reset();
        connection.is_anew = true;
        connection.server = make_socket();
        connection.to_server.queue.push_back({Clock::now(), std::string{bytes}});
        connection.to_server.queued = bytes.size();
        connect(connection);
    }

    void work(Connection& connection)
    {
        if (connection.link->mode == Mode::blackhole)
            return;
        if (connection.kept) {
            work_without_server(connection);
            return;
        }
        auto has_both = [&] { return !connection.is_over && !connection.kept; };
        pump(connection, connection.to_server, connection.client, connection.server, true);
        if (has_both())
            pump(connection, connection.to_client, connection.server, connection.client, false);
        if (!has_both())
            return;
        if (connection.to_server.end_is_sent && connection.to_client.end_is_sent)
            connection.is_over = true;
    }

    void pump(Connection& connection, Stream& stream, Socket& from, Socket& to, bool is_from_client)
    {
        Clock::time_point const now = Clock::now();
        Link const& link = *connection.link;
        std::array<char, 16384> buffer{};
        while (!stream.has_ended && !stream.cut_after_flush && stream.queued < most_queued) {
            ssize_t const got = ::recv(from.get(), buffer.data(), buffer.size(), 0);
            if (got < 0) {
                if (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)
                    break;
                if (is_from_client)
                    connection.reset();
                else
                    lost(connection);
                return;
            }
            if (got == 0) {
                stream.has_ended = true;
                break;
            }
            std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
            if (is_from_client)
                connection.witness.from_client(bytes);
            else
                connection.witness.from_server(bytes);
            if (stream.cut_next && bytes.size() > 1) {
                bytes = bytes.substr(0, 1 + random_() % (bytes.size() - 1));
                stream.cut_after_flush = true;
            }
            stream.queue.push_back(
                {link.mode == Mode::delay ? now + link.delay : now, std::string{bytes}});
            stream.queued += bytes.size();
        }
        while (!stream.queue.empty() && stream.queue.front().due <= now &&
               stream.next_write <= now) {
            std::string& bytes = stream.queue.front().bytes;
            std::size_t most = bytes.size();
            if (link.mode == Mode::throttle)
                most = std::min(most, std::max<std::size_t>(link.bytes_a_second / 50, 1));
            ssize_t const sent = ::send(to.get(), bytes.data(), most, MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)
                    break;
                if (is_from_client)
                    lost(connection);
                else
                    connection.reset();
                return;
            }
            if (link.mode == Mode::throttle)
                stream.next_write = now + 20ms;
            stream.queued -= static_cast<std::size_t>(sent);
            bytes.erase(0, static_cast<std::size_t>(sent));
            if (bytes.empty())
                stream.queue.pop_front();
        }
        if (stream.queue.empty()) {
            if (stream.cut_after_flush) {
                connection.reset();
                return;
            }
            if (stream.has_ended && !stream.end_is_sent) {
                if (!is_from_client && connection.outlives_server()) {
                    connection.keep();
                    return;
                }
                ::shutdown(to.get(), SHUT_WR);
                stream.end_is_sent = true;
            }
        }
    }

    bool commands(std::string& input)
    {
        std::array<char, 4096> buffer{};
        ssize_t const got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got <= 0)
            return got < 0 && errno == EINTR;
        input.append(buffer.data(), static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos;) {
            std::string answer;
            try {
                answer = "ok" + command(input.substr(0, end));
            } catch (std::exception const& error) {
                answer = std::string{"error "} + error.what();
            }
            std::cout << answer << '\n' << std::flush;
            input.erase(0, end + 1);
        }
        return true;
    }

    std::string command(std::string const& line)
    {
        std::istringstream words{line};
        std::string name;
        words >> name;
        if (name == "add")
            return add(words);
        if (name == "stats")
            return ' ' + stats();
        std::size_t index = 0;
        if (!(words >> index) || index >= links_.size())
            throw std::runtime_error("no such link");
        Link& link = *links_[index];
        std::string what;
        if (name == "mode") {
            words >> what;
            if (what == "keep") {
                words >> what;
                keep(link, what);
                return {};
            }
            long number = 0;
            bool const has_number = static_cast<bool>(words >> number);
            if (what == "pass")
                link.mode = Mode::pass;
            else if (what == "blackhole")
                link.mode = Mode::blackhole;
            else if (what == "refuse")
                link.mode = Mode::refuse;
            else if (what == "delay" && has_number) {
                link.mode = Mode::delay;
                link.delay = std::chrono::milliseconds{number};
            } else if (what == "throttle" && has_number && number > 0) {
                link.mode = Mode::throttle;
                link.bytes_a_second = static_cast<std::size_t>(number);
            } else
                throw std::runtime_error("no such mode");
            return {};
        }
        std::size_t count = 0;
        if (name == "cut")
            words >> what;
        for (auto const& connection : connections_) {
            if (connection->link != &link || connection->is_over)
                continue;
            ++count;
            if (name == "reset")
                connection->reset();
            else if (name == "cut" && what == "to_client")
                connection->to_client.cut_next = true;
            else if (name == "cut" && what == "to_server")
                connection->to_server.cut_next = true;
            else
                throw std::runtime_error("no such command");
        }
        return ' ' + std::to_string(count);
    }

    static void keep(Link& link, std::string const& what)
    {
        if (what == "silent")
            link.kept = Kept::silent;
        else if (what == "reset")
            link.kept = Kept::reset;
        else if (what == "anew")
            link.kept = Kept::anew;
        else
            throw std::runtime_error("no such way to keep");
        link.mode = Mode::keep;
    }

    std::string add(std::istringstream& words)
    {
        auto link = std::make_unique<Link>();
        std::uint16_t port = 0;
        std::string at;
        std::string server;
        if (!(words >> port >> at >> server))
            throw std::runtime_error("no port and addresses");
        link->target = address_of(server, port);
        sockaddr_in address = address_of(at, 0);
        link->listener = make_socket();
        socklen_t size = sizeof address;
        if (::bind(link->listener.get(), reinterpret_cast<sockaddr const*>(&address), size) != 0 ||
            ::listen(link->listener.get(), 256) != 0 ||
            ::getsockname(link->listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("cannot listen");
        links_.push_back(std::move(link));
        return ' ' + std::to_string(links_.size() - 1) + ' ' +
               std::to_string(ntohs(address.sin_port));
    }

    [[nodiscard]] std::string stats() const
    {
        std::ostringstream text;
        text << "{\"connections\": " << findings_.connections
             << ", \"greetings_with_tls\": " << findings_.greetings_with_tls
             << ", \"greetings_without_tls\": " << findings_.greetings_without_tls
             << ", \"errors_for_greeting\": " << findings_.errors_for_greeting
             << ", \"tls_requests\": " << findings_.tls_requests
             << ", \"tls_streams\": " << findings_.tls_streams
             << ", \"tls_records\": " << findings_.tls_records
             << ", \"bytes_from_clients\": " << findings_.bytes_from_clients
             << ", \"answers_to_plain_servers\": " << findings_.answers_to_plain_servers
             << ", \"open\": " << connections_.size()
             << ", \"violations\": " << findings_.violations << ", \"examples\": [";
        char const* separator = "";
        for (std::string const& example : findings_.examples) {
            text << separator << '"' << example << '"';
            separator = ", ";
        }
        text << "]}";
        return text.str();
    }

    Findings findings_;
    std::vector<std::unique_ptr<Link>> links_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace

int main()
try {
    std::signal(SIGPIPE, SIG_IGN);
    return Proxy{}.run();
} catch (std::exception const& error) {
    std::cerr << "proxy: " << error.what() << '\n';
    return 1;
}
