#ifndef SEALSQL_TESTS_HOSTILE_DEAF_HPP
#define SEALSQL_TESTS_HOSTILE_DEAF_HPP

#include "support/catch.hpp"
#include "support/scripted_server.hpp"

#include <array>
#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sealsql::testing {

/// A port on which the kernel takes connections, as many as `backlog` says, and nobody ever accepts one.
class Deaf {
public:
    /// @param port 0: a free one
    explicit Deaf(int backlog, char const* host = "127.0.0.1", std::uint16_t port = 0)
        : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        address_.sin_family = AF_INET;
        address_.sin_port = htons(port);
        REQUIRE(::inet_pton(AF_INET, host, &address_.sin_addr) == 1);
        socklen_t size = sizeof address_;
        REQUIRE(::bind(listener_.number(), address(), size) == 0);
        REQUIRE(::listen(listener_.number(), backlog) == 0);
        REQUIRE(::getsockname(listener_.number(), address(), &size) == 0);
    }

    /// Until the next connection gets no answer at all.
    void fill()
    {
        for (auto& one : queued_) {
            one = testing::detail::Descriptor{
                ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
            static_cast<void>(::connect(one.number(), address(), sizeof address_));
        }
    }

    [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }

private:
    sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

    sockaddr_in address_{};
    testing::detail::Descriptor listener_;
    std::array<testing::detail::Descriptor, 8> queued_;
};

} // namespace sealsql::testing

#endif
