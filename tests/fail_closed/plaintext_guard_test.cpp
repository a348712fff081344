// A Connector/C that takes the guard of its reads and writes and never calls it: nobody judges a greeting then.

#include "fail_closed.hpp"

#include <mysql.h>

#include <cstddef>

namespace {

int registered = 0; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

} // namespace

extern "C" __attribute__((visibility("default"))) int
ma_pvio_register_callback(my_bool, void (*)(int, MYSQL*, unsigned char const*, std::size_t))
{
    ++registered;
    return 0;
}

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

TEST_CASE("without the guard of the greeting nobody is logged in over TLS", "[hostile]")
{
    for (bool const agrees_on_anything : {false, true}) {
        for (std::size_t way = 0; way < 4; ++way) {
            ScriptedServer server{agrees_on_anything ? undemanding() : welcoming()};
            auto const [name, options] = ways_into_tls(server)[way];
            Outcome const outcome = attack(server, options);
            check_no_login(name, outcome);
            INFO(name << "\n" << outcome.describe());
            CHECK_FALSE(outcome.seen.tls_finished);
            CHECK(outcome.reason() == "backend_unusable");
        }
    }
    CHECK(registered == 1);
}

TEST_CASE("without the guard of the greeting nobody is logged in, in plaintext either", "[hostile]")
{
    std::vector<std::string> const plugins{"mysql_native_password", "caching_sha2_password",
                                           "client_ed25519", "mysql_clear_password"};
    for (bool const offers_tls : {true, false}) {
        for (bool const tls_welcome : {true, false}) {
            if (offers_tls && tls_welcome)
                continue; // that is TLS
            for (std::string const& plugin : plugins) {
                GreetingOptions options = GreetingOptions{}.with_plugin(plugin);
                if (!offers_tls)
                    options = wire::stripped(options);
                ScriptedServer server{{greeting(options), expect_login(), ok(), serve()}};
                auto const builder = to_server(server);
                Outcome const outcome = attack(
                    server, tls_welcome ? builder.insecure_tls_if_offered().options()
                                        : builder.insecure_plaintext_over_network().options());
                check_no_login(plugin + (tls_welcome ? ", TLS if offered" : ", plaintext") +
                                   (offers_tls ? ", offered" : ", not offered"),
                               outcome);
                CHECK(outcome.seen.received_plain.empty());
            }
        }
    }
}
