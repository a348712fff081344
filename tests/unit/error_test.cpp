// Error and TlsError: what they say, and which numbers can be retried or end a connection.

#include <sealsql/error.hpp>

#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using sealsql::Certificate;
using sealsql::Error;
using sealsql::ErrorOrigin;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TlsStage;
using unit::contains;
namespace detail = sealsql::detail;
namespace error_code = sealsql::detail::error_code;

namespace {

static_assert(std::is_base_of_v<std::exception, Error>);
static_assert(std::is_base_of_v<Error, TlsError>);
// An exception that throws when it is copied ends the program.
static_assert(std::is_nothrow_copy_constructible_v<Error>);
static_assert(std::is_nothrow_copy_constructible_v<TlsError>);
static_assert(std::is_nothrow_copy_assignable_v<Error>);
static_assert(std::is_nothrow_copy_assignable_v<TlsError>);
static_assert(std::is_nothrow_destructible_v<TlsError>);

Certificate some_certificate()
{
    Certificate certificate;
    certificate.subject = "CN=other.example";
    certificate.dns_names = {"other.example"};
    return certificate;
}

std::vector<TlsReason> all_reasons()
{
    std::vector<TlsReason> reasons;
    for (int i = 0; i <= static_cast<int>(TlsReason::certificate_rejected); ++i)
        reasons.push_back(static_cast<TlsReason>(i));
    return reasons;
}

} // namespace

TEST_CASE("what() is the message, and the remedy behind it", "[error]")
{
    Error const bare{{.code = 1, .message = "it broke", .remedy = ""}};
    CHECK(std::string_view{bare.what()} == "it broke");
    CHECK(bare.remedy().empty());
    Error const cured{{.code = 1, .message = "it broke", .remedy = "mend it"}};
    CHECK(std::string_view{cured.what()} == "it broke -- mend it");
    CHECK(cured.message() == "it broke");
    // By whose number people look for it.
    Error const reported{{.code = 1062,
                          .message = "the server says: it is there",
                          .remedy = "look",
                          .origin = ErrorOrigin::server}};
    CHECK(std::string_view{reported.what()} == "the server says: it is there (error 1062) -- look");
    CHECK(reported.message() == "the server says: it is there");
    CHECK(cured.remedy() == "mend it");
}

TEST_CASE("An error knows nothing that it was not told", "[error]")
{
    Error const error{{}};
    CHECK(error.code() == 0);
    CHECK(error.sqlstate() == "HY000");
    CHECK(error.origin() == ErrorOrigin::client);
    CHECK_FALSE(error.retryable());
    CHECK_FALSE(error.poisons_connection());
    CHECK(std::string_view{error.what()}.empty());
}

TEST_CASE("An error can be copied, caught and kept", "[error]")
{
    std::optional<Error> kept;
    char const* text = nullptr;
    {
        Error const error{{.code = 1213,
                           .sqlstate = "40001",
                           .message = "deadlock",
                           .remedy = "again",
                           .retryable = true}};
        text = error.what();
        try {
            throw error;
        } catch (std::exception const& caught) {
            CHECK(std::string_view{caught.what()} == "deadlock -- again");
        }
        kept = error;
    }
    REQUIRE(kept);
    CHECK(kept->what() == text); // shared: a copy allocates nothing
    CHECK(kept->code() == 1213);
    CHECK(kept->sqlstate() == "40001");
    CHECK(kept->retryable());

    std::exception_ptr const pointer = std::make_exception_ptr(*kept);
    kept.reset();
    try {
        std::rethrow_exception(pointer);
    } catch (Error const& error) {
        CHECK(error.code() == 1213);
    }
}

TEST_CASE("A TlsError adds reason, stage and certificate", "[error]")
{
    Certificate const named = some_certificate();
    auto const error = detail::tls_error(TlsReason::name_mismatch, TlsStage::verification,
                                         "for other names", "say which", &named);
    CHECK(error.code() == 2026);
    CHECK(error.sqlstate() == "HY000");
    CHECK(error.reason() == TlsReason::name_mismatch);
    CHECK(error.stage() == TlsStage::verification);
    CHECK(error.origin() == ErrorOrigin::client);
    CHECK(error.poisons_connection());
    CHECK_FALSE(error.retryable());
    CHECK(std::string_view{error.what()} == "for other names -- say which");
    REQUIRE(error.certificate() != nullptr);
    CHECK(*error.certificate() == some_certificate());

    SECTION("a copy keeps the certificate")
    {
        std::optional<TlsError> first{error};
        Certificate const* const certificate = first->certificate();
        TlsError const copy{*first};
        first.reset();
        CHECK(copy.certificate() == certificate);
        CHECK(copy.certificate()->subject == "CN=other.example");
    }
    SECTION("it is caught as Error")
    {
        try {
            throw error;
        } catch (Error const& caught) {
            CHECK(caught.code() == 2026);
            CHECK(dynamic_cast<TlsError const*>(&caught) != nullptr);
        }
    }
    SECTION("there may be no certificate, and a retry may help")
    {
        auto const other =
            detail::tls_error(TlsReason::timed_out, TlsStage::handshake, "late", "", nullptr, true);
        CHECK(other.certificate() == nullptr);
        CHECK(other.retryable());
        CHECK(other.poisons_connection());
        CHECK(std::string_view{other.what()} == "late");
    }
}

TEST_CASE("Which errors can be retried and which end the connection", "[error]")
{
    struct Row {
        int code;
        bool retryable;
        bool poisons;
        std::string_view text = "m";
    };
    // A decision for each number that the library knows.
    std::vector<Row> const table{
        {error_code::unknown_error, false, false},
        {error_code::connection_error, true, true},
        {error_code::conn_host_error, true, true},
        {error_code::unknown_host, false, false},
        {error_code::server_gone, true, true},
        {error_code::server_lost, true, true},
        {error_code::server_lost_extended, true, true},
        {error_code::commands_out_of_sync, false, false},
        {error_code::cannot_read_charset, false, false},
        {error_code::packet_too_large, false, true},
        {error_code::tls_error, false, true},
        {error_code::malformed_packet, false, true},
        {error_code::auth_plugin_cannot_load, false, false},
        {error_code::auth_plugin_not_allowed, false, false},
        {error_code::record_changed, true, false},
        {error_code::too_many_connections, true, true},
        {error_code::not_in_cluster, false, false, "Unknown command"},
        {error_code::cannot_create_thread, true, true},
        {error_code::too_many_user_connections, true, false},
        {error_code::user_limit_reached, false, false,
         "User 'app' has exceeded the 'max_questions' resource (current value: 1)"},
        {error_code::access_denied, false, false},
        {error_code::unknown_database, false, false},
        {error_code::server_shutdown, true, true},
        {error_code::statement_too_large, false, true},
        {error_code::empty_query, false, false},
        {error_code::lock_wait_timeout, true, false},
        {error_code::deadlock, true, false},
        {error_code::option_prevents_statement, false, false,
         "The MySQL server is running with the --secure-file-priv option so it cannot execute this "
         "statement"},
        {error_code::unknown_statement, false, false},
        {error_code::statement_outdated, true, false},
        {error_code::read_only_transaction, true, false},
        {error_code::read_only_mode, true, false},
        {error_code::innodb_read_only, true, false},
        {error_code::connection_killed, true, true},
        {error_code::offline_mode, true, true},
        {error_code::user_lock_deadlock, true, false},
        {error_code::transaction_rollback_during_commit, true, false},
        {error_code::secure_transport_required, false, false},
        {error_code::session_killed, true, true},
        {error_code::idle_disconnect, true, true},
        // Some that it does not: a duplicate key, a syntax error, no such table, none.
        {1062, false, false},
        {1064, false, false},
        {1146, false, false},
        {0, false, false},
        {-1, false, false},
    };
    for (Row const& row : table) {
        CAPTURE(row.code);
        CHECK(detail::is_retryable(row.code) == row.retryable);
        CHECK(detail::poisons_connection(row.code) == row.poisons);

        auto const ours = detail::client_error(row.code, "m");
        CHECK(ours.code() == row.code);
        CHECK(ours.retryable() == row.retryable);
        CHECK(ours.poisons_connection() == row.poisons);
        CHECK(ours.origin() == ErrorOrigin::client);

        auto const fatal = detail::fatal_client_error(row.code, "m");
        CHECK(fatal.retryable() == row.retryable);
        CHECK(fatal.poisons_connection());

        auto const theirs =
            detail::peer_error(row.code, "HY000", row.text, ErrorOrigin::server, "");
        CHECK(theirs.retryable() == row.retryable);
        CHECK(theirs.poisons_connection() == row.poisons);
    }
    // No number besides those of the table does anything.
    std::size_t retryable = 0;
    std::size_t poisonous = 0;
    for (int code = -10; code < 20'000; ++code) {
        retryable += detail::is_retryable(code) ? 1U : 0U;
        poisonous += detail::poisons_connection(code) ? 1U : 0U;
    }
    auto const count = [&](bool Row::*question) {
        return static_cast<std::size_t>(std::count_if(
            table.begin(), table.end(), [&](Row const& row) { return row.*question; }));
    };
    CHECK(retryable == count(&Row::retryable));
    CHECK(poisonous == count(&Row::poisons));
}

TEST_CASE("Of numbers that stand for several things, the text tells which can be retried",
          "[error]")
{
    auto const retryable = [](int code, std::string_view text) {
        return detail::peer_error(code, "HY000", text, ErrorOrigin::server, "").retryable();
    };
    // As the servers word it.
    CHECK(retryable(1290, "The MySQL server is running with the --read-only option so it cannot "
                          "execute this statement"));
    CHECK(retryable(1290, "The MySQL server is running with the --super-read-only option so it "
                          "cannot execute this statement"));
    CHECK(retryable(1290, "The MariaDB server is running with the --read-only option so it cannot "
                          "execute this statement"));
    CHECK_FALSE(retryable(1290, "The MariaDB server is running with the --skip-grant-tables option "
                                "so it cannot execute this statement"));
    CHECK(retryable(1226, "User 'app' has exceeded the 'max_user_connections' resource (current "
                          "value: 1)"));
    CHECK(retryable(1047, "WSREP has not yet prepared node for application use"));
}

TEST_CASE("Which TLS failures newer files cure", "[error]")
{
    std::set<TlsReason> const cured{
        TlsReason::issuer_not_trusted, TlsReason::self_signed,        TlsReason::expired,
        TlsReason::not_yet_valid,      TlsReason::revocation_unknown,
    };
    for (TlsReason const reason : all_reasons()) {
        CAPTURE(to_string(reason));
        CHECK(detail::tls_error(reason, TlsStage::verification, "m", "").retryable() ==
              cured.contains(reason));
        // What is wrong before anybody was dialled stays wrong.
        CHECK_FALSE(detail::tls_error(reason, TlsStage::configuration, "m", "").retryable());
    }
}

TEST_CASE("What a client error takes besides its number", "[error]")
{
    auto const error = detail::client_error(2000, "what", "cure", "22002");
    CHECK(error.sqlstate() == "22002");
    CHECK(error.message() == "what");
    CHECK(error.remedy() == "cure");
    CHECK(detail::client_error(2000, "what").sqlstate() == "HY000");
}

TEST_CASE("An error text from a peer says who wrote it, and is escaped", "[error]")
{
    SECTION("a verified server")
    {
        auto const error = detail::peer_error(1064, "42000", "syntax error near 'x'",
                                              ErrorOrigin::server, "the statement failed; ");
        CHECK(error.message() == "the statement failed; the server says: syntax error near 'x'");
        CHECK(error.origin() == ErrorOrigin::server);
        CHECK(error.sqlstate() == "42000");
        CHECK(error.code() == 1064);
        CHECK(error.remedy().empty());
    }
    SECTION("somebody")
    {
        auto const error = detail::peer_error(1045, "28000", "run this:\x1b]0;evil\a\r\n",
                                              ErrorOrigin::unauthenticated_peer, "");
        CHECK(error.message() ==
              "a peer that was not verified says: run this:\\x1b]0;evil\\x07\\x0d\\x0a");
        CHECK(error.origin() == ErrorOrigin::unauthenticated_peer);
    }
    SECTION("the state is five printable characters or none")
    {
        auto const state = [](std::string_view given) {
            return detail::peer_error(1, given, "", ErrorOrigin::server, "").sqlstate();
        };
        CHECK(state("40001") == "40001");
        CHECK(state("") == "HY000");
        CHECK(state("4000") == "HY000");
        CHECK(state("400012") == "HY000");
        CHECK_FALSE(contains(state("4\x1b\n01"), "\x1b"));
    }
    SECTION("an SQLSTATE always has five characters")
    {
        // Found: an escaped state is longer than error.hpp's "Five characters".
        CHECK(detail::peer_error(1, "4\x1b\n01", "", ErrorOrigin::server, "").sqlstate().size() ==
              5);
    }
    SECTION("a remedy for the commonest")
    {
        auto const remedy = [](int code, std::string_view text = "") {
            return detail::peer_error(code, "HY000", text, ErrorOrigin::server, "").remedy();
        };
        CHECK(contains(remedy(1045), "login()"));
        CHECK(contains(remedy(3159), "call ssl()"));
        CHECK(contains(remedy(1049), "database()"));
        CHECK(contains(remedy(1049), "in the statement")); // or USE, or `nosuch.t`
        CHECK(contains(remedy(1044), "granted"));
        CHECK(contains(remedy(1040), "max_connections"));
        CHECK(contains(remedy(1205), "run_transaction()"));
        CHECK(contains(remedy(1213), "run_transaction()"));
        CHECK(contains(remedy(3948), "load_data()"));
        CHECK(contains(remedy(4166), "load_data()"));
        CHECK(contains(remedy(1064, "the right syntax to use near '?, ?)' at line 1"),
                       "a parameter"));
        CHECK(contains(remedy(1064, "the right syntax to use near ':id' at line 1"), "named()"));
        CHECK(remedy(1064, "the right syntax to use near 'SELEC 1' at line 1").empty());
    }
}

TEST_CASE("Every enumerator has a name of its own", "[error]")
{
    std::set<std::string> names;
    for (TlsReason const reason : all_reasons())
        names.insert(to_string(reason));
    CHECK(names.size() == all_reasons().size());
    CHECK_FALSE(names.contains("unknown"));
    CHECK(std::string_view{to_string(TlsReason::options_contradict)} == "options_contradict");
    CHECK(std::string_view{to_string(TlsReason::bytes_before_tls)} == "bytes_before_tls");
    CHECK(std::string_view{to_string(TlsReason::pin_mismatch)} == "pin_mismatch");
    CHECK(std::string_view{to_string(TlsReason::revoked)} == "revoked");
    CHECK(std::string_view{to_string(TlsReason::revocation_unknown)} == "revocation_unknown");
    CHECK(std::string_view{to_string(TlsReason::certificate_rejected)} == "certificate_rejected");
    CHECK(std::string_view{to_string(static_cast<TlsReason>(255))} == "unknown");

    CHECK(std::string_view{to_string(TlsStage::configuration)} == "configuration");
    CHECK(std::string_view{to_string(TlsStage::greeting)} == "greeting");
    CHECK(std::string_view{to_string(TlsStage::handshake)} == "handshake");
    CHECK(std::string_view{to_string(TlsStage::verification)} == "verification");
    CHECK(std::string_view{to_string(static_cast<TlsStage>(255))} == "unknown");

    CHECK(std::string_view{to_string(ErrorOrigin::client)} == "client");
    CHECK(std::string_view{to_string(ErrorOrigin::server)} == "server");
    CHECK(std::string_view{to_string(ErrorOrigin::unauthenticated_peer)} == "unauthenticated_peer");
    CHECK(std::string_view{to_string(static_cast<ErrorOrigin>(255))} == "unknown");
}

TEST_CASE("A certificate's fingerprint in hexadecimal", "[error]")
{
    Certificate certificate;
    CHECK(certificate.sha256_hex() == std::string(64, '0'));
    certificate.sha256.front() = std::byte{0xAB};
    certificate.sha256.back() = std::byte{0x09};
    CHECK(certificate.sha256_hex() == "ab" + std::string(60, '0') + "09");
}
