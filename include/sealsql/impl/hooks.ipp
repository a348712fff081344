#pragma once

#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/login_method.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/types.h>

/// @file
/// Our hooks in Connector/C, and what makes them safe to register:
///
/// - Connector/C cannot take a callback off its list for good (list_delete()'s result is dropped), so
///   the module that our code is in must never be unloaded once it has registered: it pins itself.
/// - Connector/C's list has no lock, and two copies of sealsql may register at the same moment. The
///   dynamic loader's lock is the one that they share, so registering is done under it.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Takes what was refused away from Connector/C, in whose buffer it is already: it must not act upon it.
SEALSQL_INLINE void blank(Bytes bytes) noexcept
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the buffer itself is not constant
    std::memset(const_cast<std::byte*>(bytes.data()), 0, bytes.size());
}

/// Lets the login begin with the method that the greeting names, if it may be used. If not, with another one,
/// without a response to the greeting's challenge: what is asked for then comes from the server itself, through
/// TLS, and is judged by LoginScreen.
SEALSQL_INLINE void choose_login_method(MYSQL* handle, ConnectionState& state, LoginMethods allowed)
{
    // Connector/C's own list finds `m` in any of these names. It holds where LoginScreen is not asked.
    std::array<char, 128> names{};
    std::size_t size = 0;
    LoginMethod first{};
    bool is_named = false;
    for (LoginMethod const method : all_login_methods) {
        std::string_view const name = to_string(method);
        if (!allowed.contains(method) || size + name.size() + 1 >= names.size())
            continue;
        if (size == 0)
            first = method;
        if (name == state.guard.named_method()) {
            first = method;
            is_named = true;
        }
        if (size != 0)
            names[size++] = ',';
        size += name.copy(names.data() + size, name.size());
    }
    mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH, names.data());
    if (!is_named)
        mysql_optionsv(handle, MYSQL_DEFAULT_AUTH, to_string(first).data());
    state.login_screen.permit(allowed);
    state.login_screen.begin_with(first);
}

/// Called by Connector/C with the result of every read and write on every connection of the process.
SEALSQL_INLINE void on_transfer(int mode, MYSQL* handle, unsigned char const* bytes,
                                std::size_t result) noexcept
{
    CallScope* const call = CallScope::current();
    if (call == nullptr || call->state().handle != handle)
        return;
    ConnectionState& state = call->state();
    constexpr int mode_read = 0;
    auto const size = static_cast<ssize_t>(result); // Connector/C passes -1 for a failure
    // When a login method cannot read on and says so, Connector/C frees its buffer, and then looks once more at the
    // first byte of the packet that it read last. If a packet comes of this read, it says itself where that is.
    if (mode == mode_read && !state.logged_in)
        handle->net.read_pos = state.no_packet.data();
    if (size <= 0)
        return;
    int const socket = static_cast<int>(mysql_get_socket(handle));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as bytes
    Bytes const transferred{reinterpret_cast<std::byte const*>(bytes),
                            static_cast<std::size_t>(size)};

    if (state.guard.phase() != GreetingGuard::Phase::handed_over) {
        auto const verdict = mode == mode_read
                                 ? state.guard.on_read(transferred)
                                 : state.guard.on_write(static_cast<std::size_t>(size));
        if (verdict != GreetingGuard::Verdict::pass) {
            if (mode == mode_read)
                blank(transferred);
            cut(socket);
            return;
        }
        if (state.guard.phase() == GreetingGuard::Phase::request) {
            bool const takes_tls = state.tls.policy && state.guard.tls_offered();
            choose_login_method(handle, state,
                                takes_tls ? state.methods : state.methods_without_tls);
            if (!state.dialled) // a local socket does not wait to be dialled
                static_cast<void>(::fcntl(socket, F_SETFD, FD_CLOEXEC));
            call->begin_after_dial();
            state.tls.socket =
                socket; // 3.4 puts a BIO of its own under TLS, which knows no descriptor
            if (!takes_tls) {
                state.guard.hand_over(); // plaintext, as the caller allows
                call->begin_login();
            }
        }
    } else if (mode == mode_read) {
        if (!state.logged_in) {
            // These bytes are in Connector/C's buffer already, and it has not acted upon them.
            // NOLINTBEGIN: the buffer itself is not constant; bytes as bytes
            View<std::byte> const changeable{
                reinterpret_cast<std::byte*>(const_cast<unsigned char*>(bytes)),
                transferred.size()};
            // NOLINTEND
            if (!state.login_screen.on_read(changeable)) {
                cut(socket);
                return;
            }
        }
    } else if (!state.logged_in) {
        state.login_screen.on_write(transferred);
    }
    // Bytes that keep coming must not stretch the deadline; silence is wait_for_socket()'s part.
    if (Clock::now() > call->deadline()) {
        state.timed_out = true;
        cut(socket);
    }
}

/// Called by Connector/C when a plaintext connection has to wait; its own timeout is ignored.
SEALSQL_INLINE int on_wait(my_socket socket, my_bool to_read, int) noexcept
{
    CallScope* const call = CallScope::current();
    if (call == nullptr)
        return -1;
    ConnectionState& state = call->state();
    bool const dialling = to_read == 0 && state.guard.phase() == GreetingGuard::Phase::greeting;
    // As early as Connector/C lets us, which does not ask the kernel for it.
    if (!state.dialled)
        static_cast<void>(::fcntl(static_cast<int>(socket), F_SETFD, FD_CLOEXEC));
    if (!dialling)
        call->begin_after_dial();
    Clock::time_point const end = dialling ? call->dial_deadline() : call->deadline();
    if (wait_for_socket(static_cast<int>(socket), to_read != 0, std::min(end, call->wait_end()),
                        call->wake())) {
        // Asking takes the error away from Connector/C, so the answer has to be a failure then.
        if (dialling)
            state.dial_error = take_socket_error(static_cast<int>(socket));
        if (dialling && state.dial_error == 0)
            call->begin_after_dial();
        return state.dial_error == 0 ? 1 : -1;
    }
    if (errno != ETIMEDOUT && errno != ECANCELED)
        return -1;
    (errno == ETIMEDOUT && Clock::now() >= end ? state.timed_out : state.interrupted) = true;
    return 0;
}

/// Keeps the module that this code is in loaded for the life of the process.
/// @return false if it could be unloaded
[[nodiscard]] SEALSQL_INLINE bool pin_module() noexcept
{
    Dl_info info{};
    link_map* map = nullptr;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): dladdr takes any address
    if (::dladdr1(reinterpret_cast<void*>(&on_transfer), &info, reinterpret_cast<void**>(&map),
                  RTLD_DL_LINKMAP) == 0 ||
        map == nullptr)
        return true; // not in a shared object: linked statically
    if (map->l_name == nullptr || map->l_name[0] == '\0')
        return true; // the program itself
    return ::dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

/// Whether Connector/C uses the OpenSSL that this program is linked with; only that one calls us.
SEALSQL_INLINE void require_usable_connector()
{
    char const* library = nullptr;
    if (mariadb_get_infov(nullptr, MARIADB_TLS_LIBRARY, &library) != 0 || library == nullptr)
        library = "none";
    std::string const ours = openssl_version();
    std::string_view const theirs{library};
    if (theirs == ours)
        return;
    bool const is_openssl = theirs.starts_with("OpenSSL");
    throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                    concat({"Connector/C uses the TLS library ", std::string{theirs},
                            ", and this program ", ours}),
                    is_openssl
                        ? "link Connector/C dynamically, so that both share one OpenSSL"
                        : "install a MariaDB Connector/C that is built with OpenSSL, such as "
                          "Debian's libmariadb3");
}

/// Registers both hooks, once for each process and copy of sealsql.
/// @throws TlsError if they cannot be relied upon
SEALSQL_INLINE void register_hooks()
{
    static bool const registered = [] {
        // Connector/C has the process ignore SIGPIPE. That is the program's to say, and not needed: nothing of ours
        // raises it. Where the program has initialised Connector/C itself, this changes nothing.
        struct sigaction before {};
        bool const is_known = ::sigaction(SIGPIPE, nullptr, &before) == 0;
        bool const is_initialised = mysql_server_init(0, nullptr, nullptr) == 0;
        if (is_known)
            static_cast<void>(::sigaction(SIGPIPE, &before, nullptr));
        if (!is_initialised)
            throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                            "Connector/C cannot be initialised", {});
        require_usable_connector();
        if (!pin_module())
            throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                            "the module that sealsql is part of cannot be kept loaded",
                            "link it to the program, or open it with dlopen() and RTLD_NODELETE");
        register_birth_hook();
        int result = 1;
        ::dl_iterate_phdr(
            [](dl_phdr_info*, std::size_t, void* out) {
                *static_cast<int*>(out) = ma_pvio_register_callback(1, on_transfer);
                return 1; // under the loader's lock, once
            },
            &result);
        if (result != 0)
            throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                            "Connector/C does not let the plaintext guard register itself", {});
        return true;
    }();
    static_cast<void>(registered);
}

} // namespace sealsql::inline SEALSQL_ABI::detail
