#ifndef SEALSQL_TESTS_HOSTILE_VICTIM_HPP
#define SEALSQL_TESTS_HOSTILE_VICTIM_HPP

// The client in these tests, and what became of it. Every test asks both sides: what the client said, and what the server
// received.

#include <sealsql/sealsql.hpp>

#include "support/scripted_server.hpp"
#include "support/soon.hpp"
#include "support/trust_file.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace sealsql::testing {

inline constexpr char victim_user[] = "victim_user";
inline constexpr char victim_password[] = "victim_password";

/// What became of one attempt.
struct Outcome {
    bool connected = false;
    std::optional<Error> error;        // any error
    std::optional<TlsError> tls_error; // the same, if it is one about TLS
    std::chrono::milliseconds elapsed{};
    Transcript seen; // by the server

    [[nodiscard]] std::string text() const { return error ? error->what() : std::string{}; }
    [[nodiscard]] std::string reason() const
    {
        return tls_error ? to_string(tls_error->reason()) : connected ? "connected" : "no TlsError";
    }
    [[nodiscard]] std::string describe() const { return text() + "\n" + seen.describe(); }
};

/// Trusts the good CA, checks names, and has more patience than what ends at once may need (soon.hpp, `slack`).
inline ConnectionOptions careful(ScriptedServer const& server, SslOptions ssl = {.ca = good_ca()})
{
    return ConnectionBuilder::to_host(server.address(), server.port())
        .login(victim_user, Secret{victim_password})
        .ssl(std::move(ssl))
        .connect_timeout(std::chrono::seconds{30})
        .read_timeout(std::chrono::seconds{30})
        .write_timeout(std::chrono::seconds{30})
        .options();
}

/// Connects, runs `work`, and gathers what both sides say.
inline Outcome attack(ScriptedServer& server, ConnectionOptions const& options,
                      std::function<void(Connection&)> const& work = {})
{
    Outcome outcome;
    auto const begin = std::chrono::steady_clock::now();
    try {
        Connection db{options};
        outcome.connected = true;
        if (work)
            work(db);
    } catch (TlsError const& error) {
        outcome.tls_error = error;
        outcome.error = error;
    } catch (Error const& error) {
        outcome.error = error;
    }
    outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    outcome.seen = server.finish();
    return outcome;
}

/// Whether anything that helps to log in reached the server.
inline bool leaked(Transcript const& seen)
{
    return seen.login_bytes_received() || seen.contains(victim_user) ||
           seen.contains(victim_password);
}

} // namespace sealsql::testing

#endif
