// What the rows of the matrix have in common, and their number.

#include "matrix.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>

namespace sealsql::testing::matrix {

namespace {

/// Attacks that wait end within their timeout; this much later at most, on a machine that does other things as well.
constexpr std::chrono::milliseconds tolerance{1500};

/// What a message may hold at most: it goes into logs.
constexpr std::size_t longest_message = 4000;

ConnectionOptions options_for(Attack const& row, VerifyMode verify, std::string const& address,
                              std::uint16_t port)
{
    SslOptions ssl = row.ssl;
    ssl.verify = verify;
    // What is not checked must not be asked for.
    if (verify != VerifyMode::identity)
        ssl.server_name.clear();
    if (verify == VerifyMode::none)
        ssl.ca = TrustAnchors::system();
    return ConnectionBuilder::to_host(address, port)
        .login(victim_user, Secret{victim_password})
        .ssl(std::move(ssl))
        .connect_timeout(row.connect_timeout)
        .options();
}

Outcome run_once(Attack const& row, VerifyMode verify, Script const& script)
{
    ScriptedServer server{script};
    if (!row.on_the_path)
        return attack(server, options_for(row, verify, server.address(), server.port()));
    TcpProxy proxy{{.server_port = server.port(), .change = row.on_the_path()}};
    Outcome outcome = attack(server, options_for(row, verify, proxy.address(), proxy.port()));
    // What went over the wire, whatever the server made of it.
    CHECK_FALSE(proxy.finish().contains(victim_user));
    return outcome;
}

/// A row whose time is short is run again where the machine was too busy to come as far as the attack, or to notice its end.
Outcome run_row(Attack const& row, VerifyMode verify, Script const& script)
{
    return unless_late([&] { return run_once(row, verify, script); },
                       [&](Outcome const& outcome) {
                           return row.connect_timeout < std::chrono::seconds{1} &&
                                  (outcome.elapsed >= row.connect_timeout + tolerance ||
                                   (outcome.error && outcome.error->code() != row.code));
                       });
}

bool is_printable_only(std::string const& text)
{
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
    });
}

void check_refused(Attack const& row, Outcome const& outcome)
{
    CHECK_FALSE(outcome.connected);
    CHECK(outcome.error.has_value());
    if (!outcome.error)
        return; // the other rows are run all the same
    // Not a byte of the login: no user name, no answer to a challenge, no password, in TLS or outside.
    CHECK_FALSE(leaked(outcome.seen));
    CHECK(outcome.seen.logins.empty());
    if (row.connect_timeout < std::chrono::seconds{1})
        CHECK(outcome.elapsed < row.connect_timeout + tolerance);
    else
        CHECK(outcome.elapsed < slack); // at once

    Error const& error = *outcome.error;
    CHECK(error.code() == row.code);
    CHECK(error.poisons_connection());
    CHECK_FALSE(error.message().empty());
    CHECK_FALSE(error.remedy().empty());
    CHECK(error.message().find("127.0.0.1:") != std::string::npos);
    CHECK(error.message().find(row.says) != std::string::npos);
    CHECK(error.remedy().find(row.cure) != std::string::npos);
    CHECK(outcome.text().find(victim_password) == std::string::npos);
    CHECK(outcome.text().size() < longest_message);
    CHECK(is_printable_only(outcome.text()));

    CHECK(outcome.tls_error.has_value() != row.reasons.empty());
    if (!outcome.tls_error)
        return;
    TlsError const& tls_error = *outcome.tls_error;
    CHECK(std::find(row.reasons.begin(), row.reasons.end(), tls_error.reason()) !=
          row.reasons.end());
    if (row.reasons.size() == 1)
        CHECK(outcome.reason() == to_string(row.reasons.front())); // says which it was
    CHECK(std::string{to_string(tls_error.stage())} == to_string(row.stage));
    if (tls_error.stage() == TlsStage::greeting)
        CHECK(outcome.seen.received_plain.empty()); // not even the request for TLS
    bool const is_about_certificate = tls_error.stage() == TlsStage::verification;
    CHECK((tls_error.certificate() != nullptr) == is_about_certificate);
    if (!is_about_certificate)
        return;
    CHECK(tls_error.origin() == ErrorOrigin::client);
    CHECK(tls_error.certificate()->not_after > std::chrono::sys_seconds{});
    if (row.depth)
        CHECK(tls_error.certificate_depth() == *row.depth);
}

std::size_t open_files()
{
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}));
}

} // namespace

Table::Table(std::string name, std::size_t at_least, std::vector<Attack> (*make)())
    : name_{std::move(name)}, at_least_{at_least}, make_{make}
{
    all().push_back(this);
}

std::vector<Table const*>& Table::all()
{
    static std::vector<Table const*> tables;
    return tables;
}

void Table::run() const
{
    std::vector<Attack> const attacks = rows();
    CHECK(attacks.size() >= at_least_);
    std::size_t const files = open_files();
    for (Attack const& row : attacks) {
        for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca, VerifyMode::none}) {
            // Who breaks the protocol is refused even where nobody is verified.
            bool const refuses =
                !row.identity || row.stage != TlsStage::verification ||
                std::find(row.modes.begin(), row.modes.end(), verify) != row.modes.end();
            for (testing::TlsVersion const version : row.versions) {
                Script const script =
                    row.identity ? steps::logged_in(*row.identity, {.min_version = version,
                                                                    .max_version = version}) +
                                       Script{steps::serve()}
                                 : row.script;
                Outcome const outcome = run_row(row, verify, script);
                INFO(name_ << ": " << row.name << ", VerifyMode " << to_string(verify)
                           << ", server's TLS " << static_cast<int>(version) << ", "
                           << outcome.elapsed.count() << " ms, " << outcome.reason() << "\n"
                           << outcome.describe());
                if (refuses)
                    check_refused(row, outcome);
                else
                    CHECK(outcome.connected);
                if (!row.identity)
                    break; // a script says itself which version it means
            }
        }
    }
    CHECK(open_files() == files);
}

} // namespace sealsql::testing::matrix

TEST_CASE("the matrix has as many rows as were promised and each is one of a kind", "[hostile]")
{
    using sealsql::testing::matrix::Table;
    std::set<std::string> names;
    std::size_t count = 0;
    for (Table const* const table : Table::all()) {
        auto const rows = table->rows();
        INFO(table->name());
        CHECK(rows.size() >= table->at_least());
        std::cout << "hostile matrix: " << rows.size() << " in " << table->name() << "\n";
        for (auto const& row : rows) {
            INFO(row.name);
            CHECK(names.insert(row.name).second);
            CHECK_FALSE(row.modes.empty());
            CHECK((row.identity.has_value() || !row.script.steps().empty()));
        }
        count += rows.size();
    }
    std::cout << "hostile matrix: " << count << " attacks\n";
    CHECK(count >= 100);
}
