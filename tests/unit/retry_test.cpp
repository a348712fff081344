// What retries decide without a server: which errors, how long the pauses, when it is enough.

#include <sealsql/observer.hpp>
#include <sealsql/retry.hpp>

#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>

#include "support/catch.hpp"
#include "support/soon.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
namespace detail = sealsql::detail;

namespace {

Error server_error(int code, std::string_view text = "m", std::string_view sqlstate = "HY000")
{
    return detail::peer_error(code, sqlstate, text, ErrorOrigin::server, "");
}

/// Makes no connection, but the errors that it was given, the last one for ever.
class Failing final : public ConnectionSource {
public:
    explicit Failing(std::function<void(unsigned)> fail) : fail_{std::move(fail)} {}

    Connection connect(std::chrono::steady_clock::time_point, std::stop_token const&) override
    {
        fail_(++attempts);
        throw std::logic_error{"it was to fail"};
    }
    bool still_fits(Connection&) override { return false; }
    std::uint64_t generation() override { return 0; }
    ConnectionOptions const& options() const noexcept override { return connection_options; }

    unsigned attempts = 0;
    ConnectionOptions connection_options;

private:
    std::function<void(unsigned)> fail_;
};

struct Told {
    unsigned attempt;
    std::chrono::nanoseconds pause;
    bool is_last;
    int code;
};

class Listener : public Observer {
public:
    explicit Listener(std::vector<Told>& told) : told_{&told} {}
    void on_retry(RetryEvent const& event) noexcept override
    {
        told_->push_back({event.attempt, event.pause, event.is_last, event.error.code()});
    }

private:
    std::vector<Told>* told_;
};

void run(Failing& source, RetryPolicy const& policy)
{
    run_repeatable(
        source, [](Connection&) {}, policy);
}

} // namespace

TEST_CASE("What may help after which error", "[retry]")
{
    struct Row {
        Error error;
        RetryAdvice advice;
    };
    auto const lost = [](int code) { return detail::fatal_client_error(code, "m"); };
    std::vector<Row> const table{
        {lost(2002), RetryAdvice::fresh_connection},
        {lost(2003), RetryAdvice::fresh_connection},
        {lost(2006), RetryAdvice::fresh_connection},
        {lost(2013), RetryAdvice::fresh_connection},
        {server_error(1053), RetryAdvice::fresh_connection},
        {server_error(1927), RetryAdvice::fresh_connection},
        {server_error(3169), RetryAdvice::fresh_connection},
        {server_error(4031), RetryAdvice::fresh_connection},
        {server_error(1040), RetryAdvice::fresh_connection},
        {server_error(1203), RetryAdvice::fresh_connection},
        {server_error(1226, "User 'a' has exceeded the 'max_user_connections' resource"),
         RetryAdvice::fresh_connection},
        {server_error(1226, "User 'a' has exceeded the 'max_updates' resource"), RetryAdvice::no},
        {server_error(1135), RetryAdvice::fresh_connection},
        {server_error(3032), RetryAdvice::fresh_connection},
        {server_error(1047, "WSREP has not yet prepared node for application use", "08S01"),
         RetryAdvice::fresh_connection},
        {server_error(1047, "Unknown command", "08S01"), RetryAdvice::no},
        {server_error(1290, "... running with the --read-only option so it cannot ..."),
         RetryAdvice::fresh_connection},
        {server_error(1290, "... running with the --super-read-only option so it cannot ..."),
         RetryAdvice::fresh_connection},
        {server_error(1290, "... running with the --secure-file-priv option so it cannot ..."),
         RetryAdvice::no},
        {server_error(1792), RetryAdvice::fresh_connection},
        {server_error(1836), RetryAdvice::fresh_connection},
        {server_error(1874), RetryAdvice::fresh_connection},
        {server_error(1213), RetryAdvice::same_connection},
        {server_error(1205), RetryAdvice::same_connection},
        {server_error(1020), RetryAdvice::same_connection},
        {server_error(1615), RetryAdvice::same_connection},
        {server_error(3058), RetryAdvice::same_connection},
        {server_error(1180, "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT"),
         RetryAdvice::same_connection},
        {server_error(1180, "Got error 168 - 'Unknown (generic) error from engine' during COMMIT"),
         RetryAdvice::no},
        {server_error(3101), RetryAdvice::same_connection},
        // A procedure names its own reason.
        {server_error(1644, "serialization failure", "40001"), RetryAdvice::same_connection},
        {server_error(1644, "rolled back", "40000"), RetryAdvice::same_connection},
        {server_error(1644, "nobody knows", "40003"), RetryAdvice::no},
        {server_error(1644, "no such account", "45000"), RetryAdvice::no},
        {server_error(1062), RetryAdvice::no},
        {server_error(1064), RetryAdvice::no},
        {server_error(1045), RetryAdvice::no},
        {server_error(1317), RetryAdvice::no}, // somebody wanted it to end
        {lost(2027), RetryAdvice::no},
        {CommitUnknown{
             {.code = 2013, .sqlstate = "08007", .message = "lost", .remedy = "look for it"}},
         RetryAdvice::no},
    };
    for (Row const& row : table) {
        CAPTURE(row.error.code(), row.error.what());
        CHECK(std::string{to_string(advise(row.error))} == to_string(row.advice));
    }
}

TEST_CASE("TLS failures that newer files cure are waited for, and attacks are not", "[retry]")
{
    for (int i = 0; i <= static_cast<int>(TlsReason::certificate_rejected); ++i) {
        auto const reason = static_cast<TlsReason>(i);
        CAPTURE(to_string(reason));
        auto const error = detail::tls_error(reason, TlsStage::verification, "m", "");
        CHECK((advise(error) == RetryAdvice::newer_trust) ==
              detail::is_cured_by_newer_files(reason, TlsStage::verification));
        CHECK(advise(detail::tls_error(reason, TlsStage::configuration, "m", "")) ==
              RetryAdvice::no);
    }
    for (TlsReason const reason :
         {TlsReason::name_mismatch, TlsReason::pin_mismatch, TlsReason::revoked,
          TlsReason::bytes_before_tls, TlsReason::wrong_purpose, TlsReason::handshake_malformed,
          TlsReason::certificate_rejected, TlsReason::options_contradict})
        CHECK(advise(detail::tls_error(reason, TlsStage::verification, "m", "")) ==
              RetryAdvice::no);
    CHECK(advise(detail::tls_error(TlsReason::handshake_closed, TlsStage::handshake, "m", "",
                                   nullptr, true)) == RetryAdvice::fresh_connection);
}

TEST_CASE("The advice agrees with Error::retryable() on every number", "[retry]")
{
    for (int code = 0; code < 5000; ++code) {
        auto const error = server_error(code, "WSREP read_only max_user_connections");
        if ((advise(error) != RetryAdvice::no) != error.retryable())
            FAIL("they differ on " << code);
    }
}

TEST_CASE("A commit is checked by whatever can be called so", "[retry]")
{
    struct Checks {
        bool operator()(Connection&) const { return true; }
    };
    std::function<bool(Connection&)> const none;
    bool (*const nobody)(Connection&) = nullptr;
    CHECK_FALSE(CommitCheck{});
    CHECK_FALSE(CommitCheck{nullptr});
    CHECK_FALSE(CommitCheck{none});
    CHECK_FALSE(CommitCheck{nobody});
    CHECK(CommitCheck{Checks{}});
    CHECK(CommitCheck{[](Connection const&) { return 1; }});
    RetryPolicy policy{.was_committed = Checks{}};
    RetryPolicy const copy = policy;
    policy.was_committed = nullptr;
    CHECK_FALSE(policy.was_committed);
    CHECK(copy.was_committed);
    static_assert(!std::is_constructible_v<CommitCheck, int>);
    static_assert(!std::is_constructible_v<CommitCheck, bool (*)(Transaction&)>);
}

TEST_CASE("A policy that cannot be meant is refused before anything is done", "[retry]")
{
    for (RetryPolicy const& policy : std::vector<RetryPolicy>{
             {.attempts = 0},
             {.time_limit = 0ms},
             {.time_limit = 24h * 366},
             {.attempt_limit = -1ms},
             {.attempt_limit = 24h * 366},
             {.first_pause = 0ms},
             {.first_pause = 2s, .longest_pause = 1s},
             {.first_pause = 1ms, .longest_pause = 24h * 366},
         }) {
        Failing source{[](unsigned) {}};
        CHECK_THROWS_AS(run(source, policy), Error);
        CHECK(source.attempts == 0);
    }
}

TEST_CASE("The last error is thrown as what it is", "[retry]")
{
    Failing source{[](unsigned attempt) {
        if (attempt < 3)
            throw server_error(1040);
        throw detail::tls_error(TlsReason::issuer_not_trusted, TlsStage::verification, "m", "");
    }};
    std::vector<Told> told;
    source.connection_options.observer = make_observer<Listener>(told);
    try {
        run(source, {.attempts = 4, .first_pause = 1ms, .longest_pause = 2ms});
        FAIL("no error");
    } catch (TlsError const& error) {
        CHECK(error.reason() == TlsReason::issuer_not_trusted);
    }
    CHECK(source.attempts == 4);
    REQUIRE(told.size() == 4);
    for (unsigned i = 0; i < 4; ++i) {
        CHECK(told[i].attempt == i + 1);
        CHECK(told[i].is_last == (i == 3));
        CHECK(told[i].pause <= 2ms);
        CHECK(told[i].code == (i < 2 ? 1040 : 2026));
    }
}

TEST_CASE("An error that stays is thrown at once", "[retry]")
{
    Failing source{[](unsigned) { throw server_error(1045, "Access denied", "28000"); }};
    CHECK_THROWS_AS(run(source, {}), Error);
    CHECK(source.attempts == 1);

    Failing other{[](unsigned) { throw std::out_of_range{"of the caller's"}; }};
    CHECK_THROWS_AS(run(other, {}), std::out_of_range);
    CHECK(other.attempts == 1);
}

TEST_CASE("A file that was good is waited for while it is being replaced", "[retry]")
{
    auto const unreadable = [] {
        return detail::tls_error(TlsReason::ca_malformed, TlsStage::configuration, "m", "");
    };
    RetryPolicy const policy{.attempts = 4, .first_pause = 1ms, .longest_pause = 1ms};
    Failing replaced{[&](unsigned attempt) {
        if (attempt != 2)
            throw detail::tls_error(TlsReason::expired, TlsStage::verification, "m", "");
        throw unreadable();
    }};
    CHECK_THROWS_AS(run(replaced, policy), TlsError);
    CHECK(replaced.attempts == 4);

    // And one that never was is an error at once.
    Failing never{[&](unsigned) { throw unreadable(); }};
    CHECK_THROWS_AS(run(never, policy), TlsError);
    CHECK(never.attempts == 1);
}

TEST_CASE("Who knows more of an error decides", "[retry]")
{
    Failing source{[](unsigned) { throw server_error(1062, "Duplicate entry", "23000"); }};
    CHECK_THROWS_AS(run(source, {.attempts = 3,
                                 .first_pause = 1ms,
                                 .longest_pause = 1ms,
                                 .advise =
                                     [](Error const& error) {
                                         return error.code() == 1062 ? RetryAdvice::same_connection
                                                                     : advise(error);
                                     }}),
                    Error);
    CHECK(source.attempts == 3);
}

TEST_CASE("The deadline ends it, and is used up to its end", "[retry]")
{
    Failing source{[](unsigned) { throw detail::fatal_client_error(2003, "refused"); }};
    auto const round = [&] {
        source.attempts = 0;
        auto const begin = std::chrono::steady_clock::now();
        CHECK_THROWS_AS(
            run(source, {.time_limit = 300ms, .first_pause = 50ms, .longest_pause = 5s}), Error);
        return std::chrono::steady_clock::now() - begin;
    };
    auto const took = sealsql::testing::unless_late(
        round, [&](auto one) { return one > 350ms || source.attempts <= 3; });
    CHECK(took <= 350ms);
    CHECK(took >= 290ms);
    CHECK(source.attempts > 3);
}

TEST_CASE("A request to stop ends the pause", "[retry]")
{
    std::stop_source stop;
    Failing source{[](unsigned) { throw detail::fatal_client_error(2003, "refused"); }};
    std::optional<int> code;
    auto const begin = std::chrono::steady_clock::now();
    {
        std::jthread const stopper{[&] {
            std::this_thread::sleep_for(100ms);
            stop.request_stop();
        }};
        try {
            run(source, {.first_pause = 60s, .longest_pause = 60s, .stop = stop.get_token()});
        } catch (Error const& error) {
            code = error.code();
        }
    }
    CHECK(code == 2003); // the last error, not one about stopping
    CHECK(std::chrono::steady_clock::now() - begin < 10s);

    Failing never{[](unsigned) {}};
    CHECK_THROWS_AS(run(never, {.stop = stop.get_token()}), Error);
    CHECK(never.attempts == 0);
}
