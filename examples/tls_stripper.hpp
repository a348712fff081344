#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <thread>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// An attacker on the path, for demonstrations: greets the next client as a MySQL server would, but without the bit that
/// offers TLS, and counts what it gets for an answer.
class TlsStripper {
public:
    TlsStripper()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 1) != 0 ||
            ::getsockname(listener_, generic, &size) != 0)
            throw std::system_error{errno, std::generic_category(), "the demonstration's listener"};
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { serve_one_client(); }};
    }

    TlsStripper(TlsStripper const&) = delete;
    TlsStripper& operator=(TlsStripper const&) = delete;

    ~TlsStripper()
    {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable())
            thread_.join();
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// How many bytes the client sent, once it has gone.
    [[nodiscard]] std::size_t received()
    {
        if (thread_.joinable())
            thread_.join();
        return received_;
    }

private:
    static std::string greeting_without_tls()
    {
        using namespace std::string_literals;
        std::string const payload = "\x0a"
                                    "8.0.36\0"
                                    "\1\0\0\0"
                                    "12345678\0"
                                    "\xff\xf7" // all usual capabilities but CLIENT_SSL (0x0800)
                                    "\x2d\2\0"
                                    "\xff\xdf\x15"
                                    "\0\0\0\0\0\0\0\0\0\0"
                                    "123456789012\0"
                                    "caching_sha2_password\0"s;
        return std::string{static_cast<char>(payload.size()), 0, 0, 0} + payload;
    }

    void serve_one_client()
    {
        int const client = ::accept(listener_, nullptr, nullptr);
        if (client < 0)
            return;
        std::string const greeting = greeting_without_tls();
        if (::send(client, greeting.data(), greeting.size(), MSG_NOSIGNAL) > 0) {
            std::array<char, 4096> buffer{};
            pollfd readable{client, POLLIN, 0};
            while (::poll(&readable, 1, 5000) > 0) {
                ssize_t const got = ::recv(client, buffer.data(), buffer.size(), 0);
                if (got <= 0)
                    break;
                received_ += static_cast<std::size_t>(got);
            }
        }
        ::close(client);
    }

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::size_t received_ = 0;
    std::thread thread_;
};
