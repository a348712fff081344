// libFuzzer: what a server sends during the login, in pieces, before a reader as Connector/C is one.
//
// The input: a byte that says which methods are permitted, then pieces, each behind a byte with its length.

#include "fuzz.hpp"

#include <sealsql/detail/login_screen.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using sealsql::LoginMethod;
using sealsql::LoginMethods;
using sealsql::detail::all_login_methods;
using sealsql::detail::LoginScreen;

// No packet names a method that Connector/C would load and may not, no OK says anything.
void check_packet(std::span<std::byte const> packet, LoginMethods permitted)
{
    std::string_view const text{reinterpret_cast<char const*>(packet.data()), packet.size()};
    if (text.empty())
        return;
    if (text[0] == '\0') {
        require(text.size() >= 7);
        for (std::size_t i = 1; i < text.size(); ++i)
            require(text[i] == (i == 3 ? '\2' : '\0'));
    }
    if (text[0] != '\xfe')
        return;
    require(text.size() > 1);
    std::string_view const name = text.substr(1, text.find('\0', 1) - 1);
    require(name.find('/') != name.npos ||
            std::any_of(std::begin(all_login_methods), std::end(all_login_methods),
                        [&](LoginMethod method) {
                            return permitted.contains(method) && to_string(method) == name;
                        }));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::span<std::byte const> input{reinterpret_cast<std::byte const*>(data), size};
    if (input.empty())
        return 0;
    LoginMethods permitted =
        std::to_integer<unsigned>(input[0]) % 2 == 0
            ? LoginMethods{}
            : LoginMethods{LoginMethod::mysql_native_password, LoginMethod::dialog};
    input = input.subspan(1);
    LoginScreen screen;
    screen.permit(permitted);
    screen.begin_with(LoginMethod::mysql_native_password);
    std::vector<std::byte> stream;
    bool refused = false;
    while (!input.empty()) {
        std::size_t const wanted = std::to_integer<std::size_t>(input[0]);
        input = input.subspan(1);
        std::size_t const length = std::min(wanted, input.size());
        std::vector<std::byte> piece(input.begin(),
                                     input.begin() + static_cast<std::ptrdiff_t>(length));
        input = input.subspan(length);
        bool const passed = screen.on_read(piece);
        require(passed == (screen.verdict() == LoginScreen::Verdict::pass));
        require(!refused || !passed);
        refused = !passed;
        stream.insert(stream.end(), piece.begin(), piece.end());
        while (stream.size() >= 4) {
            auto const at = [&](std::size_t i) { return std::to_integer<std::size_t>(stream[i]); };
            std::size_t const whole = 4 + (at(0) | at(1) << 8U | at(2) << 16U);
            if (stream.size() < whole)
                break;
            check_packet(std::span{stream}.subspan(4, whole - 4), permitted);
            stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(whole));
        }
    }
    return 0;
}
