#ifndef SEALSQL_TESTS_HOSTILE_MATRIX_HPP
#define SEALSQL_TESTS_HOSTILE_MATRIX_HPP

// The hostile matrix: tables of which each row is an attack of its own, and one set of demands that all rows have to meet. The
// tables add themselves to a list, so that matrix_test.cpp can count what is there.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/forge.hpp"
#include "support/tcp_proxy.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sealsql::testing::matrix {

/// One attack, and what has to come of it.
struct Attack {
    std::string name;

    // The attack: an identity that an else honest server shows, or a script for what no honest server does.
    std::optional<Identity> identity = {};
    Script script = {};
    /// What somebody between client and server makes of the bytes; made anew for each connection.
    std::function<decltype(ProxyOptions::change)()> on_the_path = {};

    // The client.
    SslOptions ssl = {.ca = good_ca()};
    /// The modes that have to refuse the identity; the others have to accept it.
    std::vector<VerifyMode> modes = {VerifyMode::identity, VerifyMode::ca};
    /// Of the honest server; both unless one is named.
    std::vector<testing::TlsVersion> versions = {testing::TlsVersion::tls1_2,
                                                 testing::TlsVersion::tls1_3};
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{30};

    // What has to come of it.
    /// One of these; none if it is no TlsError.
    std::vector<TlsReason> reasons = {};
    TlsStage stage = TlsStage::verification;
    int code = 2026;
    /// In the message, and in the remedy.
    std::string says = {};
    std::string cure = {};
    /// Of the certificate that is refused.
    std::optional<int> depth = {};
};

/// Rows that were put together when first asked for.
class Table {
public:
    /// @param at_least so many rows: who takes some away has to say so here
    Table(std::string name, std::size_t at_least, std::vector<Attack> (*make)());

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t at_least() const noexcept { return at_least_; }
    [[nodiscard]] std::vector<Attack> rows() const { return make_(); }

    /// Runs every row and checks what all have in common.
    void run() const;

    /// All tables of the program.
    static std::vector<Table const*>& all();

private:
    std::string name_;
    std::size_t at_least_;
    std::vector<Attack> (*make_)();
};

} // namespace sealsql::testing::matrix

#endif
