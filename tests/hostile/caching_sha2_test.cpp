// MySQL's own login method: the first time the server wants the password itself, later a hash of it is enough.

#include "victim.hpp"

#include "support/catch.hpp"

#include <array>
#include <string_view>

#include <openssl/sha.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

std::string sha256(std::string_view bytes)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(), digest.data());
    return {reinterpret_cast<char const*>(digest.data()), digest.size()};
}

/// What proves the password without showing it: SHA256(password) XOR SHA256(SHA256(SHA256(password)) + nonce).
std::string scramble(std::string_view password, std::string const& nonce)
{
    std::string proof = sha256(password);
    std::string const mask = sha256(sha256(proof) + nonce);
    for (std::size_t i = 0; i < proof.size(); ++i)
        proof[i] = static_cast<char>(proof[i] ^ mask[i]);
    return proof;
}

Script login_of_mysql(std::string const& nonce)
{
    GreetingOptions options = wire::mysql_greeting();
    options.scramble = nonce;
    return {greeting(options), start_tls(TestPki::shared().good()), expect_login()};
}

} // namespace

TEST_CASE("the password itself goes out once, inside TLS and when it is asked for",
          "[hostile][valgrind]")
{
    std::string const first_nonce = "abcdefghijklmnopqrst";
    std::string const second_nonce = "ABCDEFGHIJKLMNOPQRST";
    Script const full =
        login_of_mysql(first_nonce) + Script{auth_more("\x04"), expect_auth_reply(), ok(), serve()};
    Script const fast = login_of_mysql(second_nonce) + Script{auth_more("\x03"), ok(), serve()};
    ScriptedServer server{full, {.connections = 2, .then = {fast}}};
    for (int i = 0; i < 2; ++i) {
        Connection db{careful(server)};
        db.ping();
    }
    auto const seen = server.finish_all();
    REQUIRE(seen.size() == 2);

    INFO(seen[0].describe());
    CHECK(seen[0].logins.at(0).find(scramble(victim_password, first_nonce)) != std::string::npos);
    CHECK(seen[0].logins.at(0).find(victim_password) == std::string::npos);
    CHECK(seen[0].auth_replies == std::vector<std::string>{wire::nul_string(victim_password)});
    CHECK_FALSE(seen[0].contains_in_plain(victim_password));
    CHECK_FALSE(seen[0].contains_in_plain(victim_user));

    INFO(seen[1].describe());
    CHECK(seen[1].logins.at(0).find(scramble(victim_password, second_nonce)) != std::string::npos);
    CHECK(seen[1].auth_replies.empty());
    CHECK_FALSE(seen[1].contains(victim_password));
}

TEST_CASE("the password itself does not go out in plaintext, and no key is asked for", "[hostile]")
{
    // Without TLS this method encrypts the password with a key of the server's, that is, of anybody's.
    for (bool const tls_welcome : {true, false}) {
        GreetingOptions const options = wire::stripped(wire::mysql_greeting());
        ScriptedServer server{
            {greeting(options), expect_login(), auth_more("\x04"), expect_auth_reply()}};
        auto const builder = ConnectionBuilder::to_host(server.address(), server.port())
                                 .login(victim_user, Secret{victim_password})
                                 .connect_timeout(std::chrono::seconds{30});
        Outcome const outcome =
            attack(server, tls_welcome ? builder.insecure_tls_if_offered().options()
                                       : builder.insecure_plaintext_over_network().options());
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.error.has_value());
        CHECK(outcome.seen.auth_replies.empty());
        CHECK_FALSE(outcome.seen.contains(victim_password));
        CHECK_FALSE(outcome.seen.contains(scramble(victim_password, options.scramble)));
    }
}
