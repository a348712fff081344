#include <sealsql/detail/login_screen.hpp>

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sealsql::LoginMethod;
using sealsql::LoginMethods;
using sealsql::detail::LoginScreen;
using Verdict = LoginScreen::Verdict;
namespace wire = sealsql::testing::wire;
using namespace std::string_literals;

namespace {

constexpr LoginMethods with_dialog{LoginMethod::mysql_native_password, LoginMethod::dialog};

/// Connector/C behind the screen: puts packets together and looks what they would make it do.
class Reader {
public:
    explicit Reader(LoginMethods methods = {}, LoginMethod first = {}) : methods_{methods}
    {
        screen_.permit(methods);
        screen_.begin_with(first);
    }

    bool feed(std::string piece)
    {
        bool const passed =
            screen_.on_read({reinterpret_cast<std::byte*>(piece.data()), piece.size()});
        stream_ += piece;
        for (;;) {
            std::size_t const size = wire::read_little_endian(stream_, 0, 3);
            if (stream_.size() < 4 || stream_.size() < 4 + size)
                return passed;
            std::string payload = stream_.substr(4, size);
            if (!payload.empty() && payload[0] == '\xfe')
                names_.push_back(payload.substr(1, payload.find('\0', 1) - 1));
            packets_.push_back(std::move(payload));
            stream_.erase(0, 4 + size);
        }
    }

    void write(std::string const& bytes)
    {
        screen_.on_write({reinterpret_cast<std::byte const*>(bytes.data()), bytes.size()});
    }

    /// Whether Connector/C would look for a method that may not be used.
    [[nodiscard]] bool looks_for_another() const
    {
        return std::any_of(names_.begin(), names_.end(), [this](std::string const& name) {
            // Connector/C takes no library of such a name.
            if (name.find('/') != std::string::npos)
                return false;
            return std::none_of(std::begin(sealsql::detail::all_login_methods),
                                std::end(sealsql::detail::all_login_methods),
                                [&](LoginMethod method) {
                                    return methods_.contains(method) && to_string(method) == name;
                                });
        });
    }

    [[nodiscard]] LoginScreen const& screen() const { return screen_; }
    [[nodiscard]] std::vector<std::string> const& packets() const { return packets_; }

private:
    LoginMethods methods_;
    LoginScreen screen_;
    std::string stream_;
    std::vector<std::string> packets_;
    std::vector<std::string> names_;
};

/// Fed in all ways of two cuts; `look` sees the reader at the end of each.
template <class Look>
void in_pieces(std::string const& stream, LoginMethods methods, Look look)
{
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            Reader reader{methods, LoginMethod::mysql_native_password};
            bool passed = true;
            for (std::string const& piece :
                 {stream.substr(0, first), stream.substr(first, second - first),
                  stream.substr(second)})
                passed = reader.feed(piece) && passed;
            look(reader, passed);
        }
    }
}

} // namespace

TEST_CASE("what logins have passes unchanged, however it is cut", "[login_screen]")
{
    std::string const stream = wire::packet(2, wire::auth_switch("caching_sha2_password")) +
                               wire::packet(3, wire::auth_more("\x04")) +
                               wire::packet(4, wire::error(1045, "28000", "Access denied"));
    in_pieces(stream, {}, [](Reader const& reader, bool passed) {
        CHECK(passed);
        CHECK(reader.packets() == std::vector{wire::auth_switch("caching_sha2_password"),
                                              wire::auth_more("\x04"),
                                              wire::error(1045, "28000", "Access denied")});
    });
    Reader longest;
    CHECK(longest.feed(wire::packet(2, std::string(4095, 'a'))));
}

TEST_CASE("an OK is replaced by an empty one", "[login_screen]")
{
    for (std::string const& ok :
         {wire::ok(), wire::ok(3, 0x1'0000'0000U, "Location: mysql://elsewhere", 0x4002, 7),
          wire::ok(0, 0, wire::lenenc_string("info") + wire::lenenc_string("\1\1x"), 0x4002)}) {
        in_pieces(wire::packet(2, ok), {}, [&](Reader const& reader, bool passed) {
            CHECK(passed);
            CHECK(reader.packets() == std::vector{"\0\0\0\2"s + std::string(ok.size() - 4, '\0')});
        });
    }
}

TEST_CASE("an OK that is none is refused, and still harmless", "[login_screen]")
{
    for (std::string const& bad : {"\0"s, "\0\0\0\2\0\0"s, "\0\xfe\1\2\3\4\5"s, "\0\xff\0\2\0\0\0"s,
                                   "\0\0\xfe\1\2\3\4\5\6\7\0\2\0"s, "\0\xfc\1\1\0\0\0\0"s}) {
        in_pieces(wire::packet(2, bad), {}, [&](Reader const& reader, bool passed) {
            CHECK_FALSE(passed);
            CHECK(reader.screen().verdict() == Verdict::malformed);
            for (std::string const& packet : reader.packets())
                CHECK((packet[0] == '\xff' ||
                       packet == "\0\0\0\2"s + std::string(packet.size() - 4, '\0')));
        });
    }
}

TEST_CASE("what comes behind a refused OK is as harmless", "[login_screen]")
{
    Reader reader;
    CHECK_FALSE(reader.feed(wire::packet(2, "\0\xfe\0\1\2\0\0\0"s) + wire::packet(3, "\0"s) +
                            wire::packet(4, wire::auth_switch("dialog"))));
    CHECK(reader.packets().size() == 1);
    CHECK_FALSE(reader.looks_for_another());
}

TEST_CASE("a method's name is on the list as a whole, or it is never looked for", "[login_screen]")
{
    for (std::string const& name :
         {"mysql_clear_password"s, "dialog"s, "mysql_old_password"s, ""s, "m"s, "caching_sha2"s,
          "caching_sha2_password2"s, "caching_sha2_password,mysql_native_password"s,
          "mysql_native_passwor"s, "no_such_plugin"s, std::string(200, 'p')}) {
        for (std::string const& request :
             {wire::auth_switch(name), '\xfe' + name + '\0', "\xfe" + name}) {
            if (request.size() == 1)
                continue;
            in_pieces(wire::packet(2, request), {}, [&](Reader const& reader, bool passed) {
                CHECK_FALSE(passed);
                CHECK(reader.screen().verdict() == Verdict::method_refused);
                CHECK_FALSE(reader.looks_for_another());
                CHECK(name.starts_with(reader.screen().asked_for()));
            });
        }
        Reader whole;
        CHECK_FALSE(whole.feed(wire::packet(2, wire::auth_switch(name))));
        CHECK(whole.screen().asked_for() == name.substr(0, 64));
    }
    // A name without its end is none.
    in_pieces(wire::packet(2, "\xfemysql_native_password"), {},
              [](Reader const& reader, bool passed) {
                  CHECK_FALSE(passed);
                  CHECK_FALSE(reader.looks_for_another());
              });
    in_pieces(wire::packet(2, "\xfe"), {}, [](Reader const& reader, bool passed) {
        CHECK_FALSE(passed);
        CHECK(reader.screen().verdict() == Verdict::old_password);
        CHECK(std::find(reader.packets().begin(), reader.packets().end(), "\xfe") ==
              reader.packets().end());
    });
}

TEST_CASE("methods are those that were named and no others", "[login_screen]")
{
    LoginMethods const one{LoginMethod::mysql_clear_password};
    Reader clear{one};
    CHECK(clear.feed(wire::packet(2, wire::auth_switch("mysql_clear_password"))));
    Reader native{one};
    CHECK_FALSE(native.feed(wire::packet(2, wire::auth_switch("mysql_native_password"))));
    for (LoginMethod const method : sealsql::detail::all_login_methods) {
        Reader usual;
        CHECK(usual.feed(wire::packet(2, wire::auth_switch(to_string(method)))) ==
              !sealsql::detail::shows_password(method));
    }
}

TEST_CASE("a dialog asks for the password once, and for nothing else", "[login_screen]")
{
    auto const asking = [](std::string const& data) { return "\xfe"s + "dialog" + '\0' + data; };
    // What reaches Connector/C must not make it ask this program's terminal.
    auto const asks_terminal = [](Reader const& reader) {
        bool is_dialog = false;
        bool answered = false;
        for (std::string payload : reader.packets()) {
            if (payload[0] == '\xfe') {
                is_dialog = payload.compare(1, 7, "dialog\0"s) == 0;
                answered = false;
                payload.erase(0, 8);
                if (payload.empty())
                    answered = true;
            } else if (payload[0] == '\1') {
                payload.erase(0, 1);
            } else if (payload[0] == '\0' || payload[0] == '\xff') {
                continue;
            }
            if (!is_dialog || payload.empty() || payload[0] == '\0')
                continue;
            if (answered || (static_cast<unsigned char>(payload[0]) >> 1U) != 2)
                return true;
            answered = true;
        }
        return false;
    };
    for (std::string const& stream :
         {wire::packet(2, asking("\4Password: ")), wire::packet(2, asking("\5Password: ")),
          wire::packet(2, asking("")),
          wire::packet(2, asking("\4?")) + wire::packet(3, wire::ok())})
        in_pieces(stream, with_dialog, [&](Reader const& reader, bool passed) {
            CHECK(passed);
            CHECK_FALSE(asks_terminal(reader));
        });
    for (std::string const& stream :
         {wire::packet(2, asking("\2Your mother's name: ")), wire::packet(2, asking("\3?")),
          wire::packet(2, asking("?")),
          wire::packet(2, asking("\4?")) + wire::packet(3, "\4Again: "),
          wire::packet(2, asking("\4?")) + wire::packet(3, "\1\4Again: "),
          wire::packet(2, asking("")) + wire::packet(3, "\4Again: "),
          wire::packet(2, asking("\4?")) + wire::packet(3, "\1\2Again: ")})
        in_pieces(stream, with_dialog, [&](Reader const& reader, bool passed) {
            CHECK_FALSE(passed);
            CHECK(reader.screen().verdict() == Verdict::another_question);
            CHECK_FALSE(asks_terminal(reader));
        });
}

TEST_CASE("a login that begins with a dialog is asked for the password as well", "[login_screen]")
{
    Reader good{with_dialog, LoginMethod::dialog};
    CHECK(good.feed(wire::packet(2, "\1\4Password: ")));
    CHECK_FALSE(good.feed(wire::packet(4, "\1\4Again: ")));
    // The first byte is out of reach: the second then ends the login.
    std::string const question = wire::packet(2, "\1\2Your mother's name: ");
    Reader bad{with_dialog, LoginMethod::dialog};
    CHECK(bad.feed(question.substr(0, 5)));
    CHECK_FALSE(bad.feed(question.substr(5)));
    REQUIRE(bad.packets().size() == 1);
    CHECK(bad.packets()[0].starts_with("\1\0"s));
}

TEST_CASE("packets that no login has are refused", "[login_screen]")
{
    struct Bad {
        std::string payload;
        Verdict verdict;
    };
    for (Bad const& bad : std::vector<Bad>{
             {"", Verdict::malformed},
             {"\2second_factor\0x"s, Verdict::second_factor},
             {"\xff", Verdict::malformed},
             {"\xff\1", Verdict::malformed},
             {wire::progress(), Verdict::malformed},
             {"\xff\x15\4#280", Verdict::malformed},
         }) {
        in_pieces(wire::packet(2, bad.payload), {}, [&](Reader const& reader, bool passed) {
            CHECK_FALSE(passed);
            CHECK(reader.screen().verdict() == bad.verdict);
        });
    }
    for (std::size_t const size : {4096U, 65'535U, 65'536U, 16'777'215U}) {
        std::string const header = wire::int3(size) + "\2";
        for (std::size_t cut = 0; cut <= header.size(); ++cut) {
            Reader reader;
            bool const passed =
                reader.feed(header.substr(0, cut)) && reader.feed(header.substr(cut));
            CHECK_FALSE(passed);
            CHECK(reader.screen().verdict() == Verdict::too_much);
        }
    }
}

TEST_CASE("a login has an end, and so has its number of packets", "[login_screen]")
{
    Reader chatty;
    unsigned packets = 0;
    while (chatty.feed(wire::packet(2, wire::auth_more("\x03"))))
        REQUIRE(++packets < 100);
    CHECK(chatty.screen().verdict() == Verdict::too_much);

    in_pieces(wire::packet(2, wire::ok()) + wire::packet(3, wire::ok()), {},
              [](Reader const& reader, bool passed) {
                  CHECK_FALSE(passed);
                  CHECK(reader.screen().verdict() == Verdict::malformed);
              });
    Reader polite; // the answer to a command that is part of logging in
    CHECK(polite.feed(wire::packet(2, wire::ok())));
    polite.write(wire::command_packet('\2', "shop"));
    CHECK(polite.feed(wire::packet(1, wire::ok())));
}

TEST_CASE("packets come in their order", "[login_screen]")
{
    std::string const login = wire::packet(2, std::string(300, 'l'));
    for (unsigned const next : {0U, 1U, 2U, 4U, 255U}) {
        Reader reader;
        reader.write(login.substr(0, 10));
        reader.write(login.substr(10));
        CHECK_FALSE(reader.feed(wire::packet(static_cast<std::uint8_t>(next), wire::ok())));
        CHECK(reader.screen().verdict() == Verdict::out_of_order);
        for (std::string const& packet : reader.packets())
            CHECK(packet[0] == '\xff');
    }
    Reader reader;
    reader.write(login);
    CHECK(reader.feed(wire::packet(3, wire::auth_more("\3"))));
    CHECK_FALSE(reader.feed(wire::packet(3, wire::ok())));
    Reader good;
    good.write(login);
    CHECK(good.feed(wire::packet(3, wire::auth_more("\3")) + wire::packet(4, wire::ok())));
}
