// A Connector/C that is built with another TLS library would never call the hooks in OpenSSL.

#include "fail_closed.hpp"

#include <mysql.h>

namespace {

int asked = 0; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

} // namespace

extern "C" __attribute__((visibility("default"))) my_bool
mariadb_get_infov(MYSQL*, enum mariadb_value value, void* out, ...) // NOLINT(cert-dcl50-cpp)
{
    if (value != MARIADB_TLS_LIBRARY)
        return 1;
    ++asked;
    *static_cast<char const**>(out) = "GnuTLS 3.7.9";
    return 0;
}

using namespace sealsql;
using namespace sealsql::testing;

TEST_CASE("a Connector/C with another TLS library is refused before it dials", "[hostile]")
{
    std::size_t const ways = 4;
    for (std::size_t way = 0; way <= ways; ++way) {
        ScriptedServer server{welcoming()};
        auto const [name, options] =
            way < ways ? ways_into_tls(server)[way]
                       : std::pair{std::string{"plaintext"},
                                   to_server(server).insecure_plaintext_over_network().options()};
        Outcome const outcome = attack(server, options);
        check_no_login(name, outcome);
        INFO(name << "\n" << outcome.describe());
        CHECK(outcome.reason() == to_string(TlsReason::backend_unusable));
        CHECK(outcome.text().find("GnuTLS 3.7.9") != std::string::npos);
        CHECK_FALSE(outcome.seen.connected);
        CHECK(server.accepted() == 0);
    }
    CHECK(asked > 0);
}
