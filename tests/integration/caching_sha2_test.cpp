// MySQL's login method on a real server: the password itself when the server does not know the user yet, and then never again.

#include "server.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <string>

#include <mysql.h>

// As in sealsql's own declaration: Connector/C exports it, and no header has it.
extern "C" int ma_pvio_register_callback(my_bool add, void (*callback)(int mode, MYSQL* handle,
                                                                       unsigned char const* bytes,
                                                                       std::size_t size));

using namespace sealsql;
using namespace sealsql::testing;

namespace {

/// What this thread's connections say, as it is inside TLS.
struct Recording {
    std::string read;
    std::string written;

    Recording()
    {
        // Connector/C cannot take it off its list again, so it stays, and does nothing.
        static int const registered = ma_pvio_register_callback(1, record);
        REQUIRE(registered == 0);
        current = this;
    }
    Recording(Recording const&) = delete;
    Recording& operator=(Recording const&) = delete;
    ~Recording() { current = nullptr; }

private:
    static void record(int mode, MYSQL*, unsigned char const* bytes, std::size_t result)
    {
        auto const size = static_cast<std::ptrdiff_t>(result); // -1 for a failure
        if (current == nullptr || size <= 0)
            return;
        constexpr int mode_read = 0;
        (mode == mode_read ? current->read : current->written)
            .append(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size));
    }

    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
    inline static thread_local Recording* current = nullptr;
};

enum class Login { full, fast, neither };

Login log_in()
{
    Server const& server = Server::get();
    Recording recording;
    auto db = to_server().login(server["USER"], password()).ssl({.ca = server["CA"]}).connect();
    // The server's two words in packets of their own, behind length and sequence number.
    auto const said = [&](char word) {
        for (char sequence = 0; sequence < 8; ++sequence)
            if (recording.read.find(std::string{2, 0, 0, sequence, 1, word}) != std::string::npos)
                return true;
        return false;
    };
    std::string const shown = server["PASSWORD"] + '\0';
    bool const showed = recording.written.find(shown) != std::string::npos;
    INFO("password " << (showed ? "shown" : "not shown"));
    CHECK(recording.written.find(server["USER"]) != std::string::npos);
    if (said('\4') && !said('\3') && showed)
        return Login::full;
    if (said('\3') && !said('\4') && !showed)
        return Login::fast;
    return Login::neither;
}

} // namespace

TEST_CASE("caching_sha2_password shows the password once", "[integration]")
{
    if (Server::get().is_mariadb())
        return; // has another method
    auto root = admin();
    for (int i = 0; i < 2; ++i) {
        root.execute("FLUSH PRIVILEGES"); // empties the server's cache
        CHECK(log_in() == Login::full);
        CHECK(log_in() == Login::fast);
        CHECK(log_in() == Login::fast);
    }
}
