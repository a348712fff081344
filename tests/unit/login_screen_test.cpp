#include <sealsql/detail/login_screen.hpp>

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <span>
#include <string>

using sealsql::detail::LoginScreen;
namespace wire = sealsql::testing::wire;

namespace {

bool pass(LoginScreen& screen, std::string const& bytes)
{
    return screen.pass({reinterpret_cast<std::byte const*>(bytes.data()), bytes.size()});
}

} // namespace

TEST_CASE("short packets pass, however they are cut", "[login_screen]")
{
    std::string const stream = wire::packet(0, std::string(4095, 'a')) + wire::packet(1, "") +
                               wire::packet(2, "b") + wire::packet(3, std::string(300, 'c'));
    for (std::size_t piece = 1; piece < 700; ++piece) {
        LoginScreen screen;
        bool passed = true;
        for (std::size_t at = 0; at < stream.size(); at += piece)
            passed = passed && pass(screen, stream.substr(at, piece));
        CHECK(passed);
    }
}

TEST_CASE("a longer packet is stopped before its length is complete", "[login_screen]")
{
    for (std::size_t const size : {4096U, 65'535U, 65'536U, 16'777'215U}) {
        std::string const header = wire::int3(size) + std::string(1, '\1');
        LoginScreen whole;
        CHECK_FALSE(pass(whole, wire::packet(0, "before") + header));
        LoginScreen bytewise;
        std::size_t at = 0;
        while (at < 3 && pass(bytewise, header.substr(at, 1)))
            ++at;
        CHECK(at < 3);
    }
}
