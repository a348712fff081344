// The cache of TLS sessions: what it gives out, for whom, how often and for how long.

#include <sealsql/connection.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/session_cache.hpp>

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <atomic>
#include <cstdint>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

using namespace sealsql;
using namespace sealsql::detail;

namespace {

TlsSession session(int version)
{
    TlsSession made{SSL_SESSION_new()};
    REQUIRE(made);
    REQUIRE(SSL_SESSION_set_protocol_version(made.get(), version) == 1);
    return made;
}

Shared<TlsPolicy const> policy(std::string const& host)
{
    return Shared<TlsPolicy const>::make(TlsPolicy{.endpoint = Endpoint::tcp(host),
                                                   .options = {},
                                                   .name = host,
                                                   .trust = {},
                                                   .revocation = {},
                                                   .identity = {}});
}

std::int64_t in_an_hour() { return std::time(nullptr) + 3600; }

bool gives(Shared<TlsPolicy const> const& key)
{
    return static_cast<bool>(take_session(*key).session);
}

} // namespace

TEST_CASE("A session of TLS 1.3 is given out once, one of TLS 1.2 again and again",
          "[session_cache]")
{
    auto const once = policy("once.test");
    CHECK_FALSE(gives(once));
    keep_session(once, {session(TLS1_3_VERSION), in_an_hour(), false});
    CHECK(gives(once));
    CHECK_FALSE(gives(once));

    auto const often = policy("often.test");
    keep_session(often, {session(TLS1_2_VERSION), in_an_hour(), false});
    CHECK(gives(often));
    CHECK(gives(often));
    forget_sessions(*often);
    CHECK_FALSE(gives(often));
}

TEST_CASE("An equal policy is as good as the same, any other is not", "[session_cache]")
{
    keep_session(policy("a.test"), {session(TLS1_2_VERSION), in_an_hour(), false});
    CHECK(gives(policy("a.test")));
    CHECK_FALSE(gives(policy("b.test")));
    forget_sessions(*policy("b.test"));
    CHECK(gives(policy("a.test")));
    forget_sessions(*policy("a.test"));
    CHECK_FALSE(gives(policy("a.test")));
}

TEST_CASE("A session past its certificates is not given out", "[session_cache]")
{
    auto const key = policy("past.test");
    keep_session(key, {session(TLS1_2_VERSION), std::time(nullptr), false});
    CHECK_FALSE(gives(key));
    keep_session(key, {session(TLS1_2_VERSION), 0, false});
    CHECK_FALSE(gives(key));
    std::int64_t const until = in_an_hour();
    keep_session(key, {session(TLS1_2_VERSION), until, false});
    CHECK(take_session(*key).valid_until == until);
    forget_sessions(*key);
}

TEST_CASE("The newest session comes first, and there are not more than a few of one policy",
          "[session_cache]")
{
    auto const key = policy("many.test");
    std::int64_t const begin = in_an_hour();
    for (int i = 0; i < 100; ++i)
        keep_session(key, {session(TLS1_3_VERSION), begin + i, false});
    std::int64_t latest = begin + 100;
    int count = 0;
    for (KeptSession kept = take_session(*key); kept.session; kept = take_session(*key)) {
        CHECK(kept.valid_until < latest);
        latest = kept.valid_until;
        ++count;
    }
    CHECK(count == 32);
    CHECK(latest == begin + 68);
}

TEST_CASE("Many servers push the oldest out", "[session_cache]")
{
    auto const first = policy("first.test");
    keep_session(first, {session(TLS1_2_VERSION), in_an_hour(), false});
    for (int i = 0; i < 255; ++i)
        keep_session(policy(std::to_string(i) + ".test"),
                     {session(TLS1_2_VERSION), in_an_hour(), false});
    CHECK(gives(policy("254.test")));
    CHECK(gives(first));
    keep_session(policy("last.test"), {session(TLS1_2_VERSION), in_an_hour(), false});
    CHECK_FALSE(gives(first));
    CHECK(gives(policy("last.test")));
}

TEST_CASE("Threads share the cache, and no session is given out twice", "[session_cache]")
{
    auto const key = policy("shared.test");
    constexpr int each = 8;
    std::vector<std::thread> threads;
    std::vector<int> taken(4);
    for (int i = 0; i < 32; ++i)
        keep_session(key, {session(TLS1_3_VERSION), in_an_hour(), false});
    for (std::size_t thread = 0; thread < taken.size(); ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 2 * each; ++i)
                taken[thread] += gives(key) ? 1 : 0;
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(taken[0] + taken[1] + taken[2] + taken[3] == 32);
}

namespace {

/// Sessions that carry a mark and were not freed.
std::atomic<int> alive{0};

int mark_index()
{
    static int const index = SSL_SESSION_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* mark, CRYPTO_EX_DATA*, int, long, void*) { alive -= mark != nullptr; });
    return index;
}

TlsSession marked_session()
{
    TlsSession made = session(TLS1_3_VERSION);
    REQUIRE(SSL_SESSION_set_ex_data(made.get(), mark_index(), &alive) == 1);
    ++alive;
    return made;
}

} // namespace

TEST_CASE("Sessions of a former CA go as soon as the new one is used", "[session_cache]")
{
    using namespace sealsql::testing;
    TemporaryDirectory const folder;
    Endpoint const endpoint = Endpoint::tcp("former.test");
    Endpoint const other_endpoint = Endpoint::tcp("other.former.test");
    SslOptions const options{.ca = folder.write("ca.pem", TestPki::shared().trust_pem())};
    SslOptions const others{.ca = folder.write("others.pem", TestPki::shared().trust_pem())};
    auto const now = [](Endpoint const& where, SslOptions const& ssl) {
        return Shared<TlsPolicy const>::make(make_tls_policy(where, ssl));
    };
    auto const kept = now(endpoint, others);
    keep_session(kept, {session(TLS1_2_VERSION), in_an_hour(), false});
    for (int change = 0; change < 20; ++change) {
        auto const former = now(endpoint, options);
        auto const also_former = now(other_endpoint, options);
        CHECK_FALSE(gives(former));
        CHECK(alive == 0);
        for (int i = 0; i < 20; ++i) {
            keep_session(former, {marked_session(), in_an_hour(), false});
            keep_session(also_former, {marked_session(), in_an_hour(), false});
        }
        CHECK(alive == 40);
        CHECK_FALSE(gives(policy("elsewhere.test"))); // nothing has changed yet
        CHECK(alive == 40);
        folder.write("ca.pem", Authority{}.certificate_pem());
        CHECK_FALSE(gives(now(endpoint, options)));
        CHECK(alive == 0);
        CHECK_FALSE(gives(former));
        // A ticket that comes over a connection of before is not kept.
        keep_session(former, {marked_session(), in_an_hour(), false});
        CHECK(alive == 0);
        CHECK_FALSE(gives(former));
    }
    // Nobody else's.
    CHECK(gives(now(endpoint, others)));
    forget_sessions(*kept);
}

TEST_CASE("Threads use the cache while CAs change", "[session_cache]")
{
    using namespace sealsql::testing;
    TemporaryDirectory const folder;
    Endpoint const endpoint = Endpoint::tcp("changing.test");
    SslOptions const options{.ca = folder.write("ca.pem", TestPki::shared().trust_pem())};
    std::atomic<bool> stops = false;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread)
        threads.emplace_back([&] {
            while (!stops) {
                try {
                    auto const one =
                        Shared<TlsPolicy const>::make(make_tls_policy(endpoint, options));
                    keep_session(one, {TlsSession{SSL_SESSION_new()}, in_an_hour(), false});
                    static_cast<void>(gives(one));
                } catch (TlsError const&) {
                    // The file was half-written.
                }
            }
        });
    for (int change = 0; change < 20; ++change)
        folder.write("ca.pem", Authority{}.certificate_pem());
    stops = true;
    for (std::thread& thread : threads)
        thread.join();
    auto const last = Shared<TlsPolicy const>::make(make_tls_policy(endpoint, options));
    forget_sessions(*last);
    CHECK_FALSE(gives(last));
}

TEST_CASE("A policy keeps what was loaded, and not the secrets that it was loaded with",
          "[session_cache]")
{
    using namespace sealsql::testing;
    TemporaryDirectory const folder;
    auto const ca = folder.write("ca.pem", TestPki::shared().trust_pem());
    Identity const& client = TestPki::shared().good_client();
    SslOptions const options{
        .ca = TrustAnchors::file(ca, Secret{"of the store"}),
        .identity = ClientIdentity::memory(client.certificate_pem,
                                           Secret{encrypt_key(client.key_pem, "of the key")},
                                           Secret{"of the key"})};
    Endpoint const endpoint = Endpoint::tcp("db.test");
    TlsPolicy const policy = make_tls_policy(endpoint, options);
    CHECK(policy.trust);
    CHECK(policy.identity);
    CHECK(policy.options.ca == TrustAnchors{});
    CHECK(policy.options.identity == ClientIdentity{});

    SECTION("the same again is equal") { CHECK(policy == make_tls_policy(endpoint, options)); }
    SECTION("without the identity it is not")
    {
        SslOptions other = options;
        other.identity = {};
        CHECK_FALSE(policy == make_tls_policy(endpoint, other));
    }
    SECTION("with another CA it is not")
    {
        SslOptions other = options;
        other.ca = folder.write("other.pem", TestPki::shared().trust_pem());
        CHECK_FALSE(policy == make_tls_policy(endpoint, other));
    }
    SECTION("when the CA's file has changed it is not")
    {
        folder.write("ca.pem", TestPki::shared().expired_authority().certificate_pem());
        CHECK_FALSE(policy == make_tls_policy(endpoint, options));
    }
}
