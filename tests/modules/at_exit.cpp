// A program whose connections are static, and so destroyed when main() is over: one that was made before OpenSSL was, and is
// destroyed after it has cleaned up; one that was made later; and one of a module.
//
//   at_exit HOST PORT CA MODULE
// It prints what it did at the end, and exits with 0.

#include <sealsql/sealsql.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <dlfcn.h>

namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
std::optional<sealsql::Connection> early;
sealsql::ConnectionOptions options;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

/// Uses what it should not any more: that is an error, and no crash.
struct Latecomer {
    ~Latecomer()
    {
        try {
            if (early)
                early->ping();
            std::puts("pinged");
        } catch (sealsql::Error const&) {
            std::puts("lost");
        }
        try {
            sealsql::Connection const another{options};
            std::puts("connected");
        } catch (sealsql::Error const&) {
            std::puts("not connected");
        }
    }
};
Latecomer const latecomer;

} // namespace

int main(int count, char** arguments)
{
    if (count != 5)
        return 2;
    try {
        auto const port = static_cast<std::uint16_t>(std::atoi(arguments[2]));
        options = sealsql::ConnectionBuilder::to_host(arguments[1], port)
                      .login("module_user", sealsql::Secret{"module_password"})
                      .ssl({.ca = arguments[3]})
                      .connect_timeout(std::chrono::seconds{5})
                      .options();
        early.emplace(options);
        early->ping();
        static sealsql::Connection late{options};
        late.ping();
        void* const module = ::dlopen(arguments[4], RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr)
            return 3;
        using Keep = int (*)(char const*, std::uint16_t, char const*);
        auto const keep = reinterpret_cast<Keep>(::dlsym(module, "sealsql_module_keep"));
        return keep != nullptr ? keep(arguments[1], port, arguments[3]) : 4;
    } catch (sealsql::Error const& error) {
        std::puts(error.what());
        return 1;
    }
}
