// Others in the process do TLS of their own and connect in their own way while sealsql connects. Nobody notices anybody.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/raw_client.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

enum Who : std::uint8_t { nobody, sealsql_itself, bare_openssl, bare_connector, number_of_who };

/// What this thread is there for.
thread_local Who who = nobody; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

struct Counts {
    std::atomic<int> contexts = 0;
    std::atomic<int> touched = 0;
};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::array<Counts, number_of_who> counts;

/// Looks at each context of the process when it goes, Connector/C's included, which cannot be had in any other way.
void watch_contexts()
{
    static int const index = CRYPTO_get_ex_new_index(
        CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, nullptr, nullptr,
        [](void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) { // NOLINT(google-runtime-int)
            auto* const context = static_cast<SSL_CTX*>(parent);
            // The scripted server's have a callback of its own.
            if (who != bare_openssl && SSL_CTX_get_ssl_method(context) == TLS_server_method())
                return;
            ++counts.at(who).contexts;
            if (SSL_CTX_get_info_callback(context) != nullptr)
                ++counts.at(who).touched;
        });
    REQUIRE(index >= 0);
}

template <class T>
std::shared_ptr<T> read_pem(std::string const& pem, T* (*read)(BIO*, T**, pem_password_cb*, void*),
                            void (*release)(T*))
{
    std::shared_ptr<BIO> const in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                  BIO_free_all};
    return {read(in.get(), nullptr, nullptr, nullptr), release};
}

std::shared_ptr<SSL_CTX> context_of_server(Identity const& identity)
{
    std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
    SSL_CTX_use_certificate(context.get(),
                            read_pem(identity.certificate_pem, PEM_read_bio_X509, X509_free).get());
    SSL_CTX_use_PrivateKey(
        context.get(), read_pem(identity.key_pem, PEM_read_bio_PrivateKey, EVP_PKEY_free).get());
    return context;
}

/// A handshake in memory, between two contexts that have nothing to do with sealsql.
bool shakes_hands(Identity const& identity, bool verify)
{
    auto const server_context = context_of_server(identity);
    std::shared_ptr<SSL_CTX> const client_context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    if (verify) {
        SSL_CTX_set_verify(client_context.get(), SSL_VERIFY_PEER, nullptr);
        X509_STORE_add_cert(
            SSL_CTX_get_cert_store(client_context.get()),
            read_pem(TestPki::shared().trust_pem(), PEM_read_bio_X509, X509_free).get());
    }
    std::shared_ptr<SSL> const server{SSL_new(server_context.get()), SSL_free};
    std::shared_ptr<SSL> const client{SSL_new(client_context.get()), SSL_free};
    if (verify)
        SSL_set1_host(client.get(), "localhost");
    BIO* one = nullptr;
    BIO* other = nullptr;
    if (BIO_new_bio_pair(&one, 0, &other, 0) != 1)
        return false;
    SSL_set_bio(client.get(), one, one);
    SSL_set_bio(server.get(), other, other);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    bool done = false;
    for (int turn = 0; turn < 20 && !done; ++turn) {
        int const by_client = SSL_do_handshake(client.get());
        int const by_server = SSL_do_handshake(server.get());
        done = by_client == 1 && by_server == 1;
        auto const is_over = [](SSL const* ssl, int result) {
            int const error = SSL_get_error(ssl, result);
            return result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
        };
        if (is_over(client.get(), by_client) || is_over(server.get(), by_server))
            break;
    }
    ERR_clear_error();
    bool const untouched = SSL_get_info_callback(client.get()) == nullptr &&
                           SSL_get_info_callback(server.get()) == nullptr;
    return done && untouched && (!verify || SSL_get_verify_result(client.get()) == X509_V_OK);
}

Script honest() { return logged_in(TestPki::shared().good()) + Script{serve()}; }

bool raw_works(bool tls)
{
    ScriptedServer server{tls ? honest()
                              : Script{greeting(wire::stripped()), expect_login(), ok(), serve()}};
    return raw_connection_works({.host = server.address(),
                                 .port = server.port(),
                                 .ca = tls ? good_ca().string() : std::string{}});
}

bool sealsql_works()
{
    ScriptedServer server{honest()};
    try {
        Connection db{careful(server)};
        db.ping();
        return db.tls()->verified_name == "127.0.0.1";
    } catch (Error const&) {
        return false;
    }
}

} // namespace

TEST_CASE("TLS and Connector/C of others go on beside sealsql, untouched", "[hostile]")
{
    watch_contexts();
    TestPki& pki = TestPki::shared();
    Identity const& good = pki.good();
    Identity const& bad = pki.other_authority();
    constexpr int rounds = 25;
    struct Job {
        char const* name;
        Who who;
        std::function<bool()> work;
        std::atomic<int> successes = 0;
    };
    std::array<Job, 7> jobs{{
        {"sealsql", sealsql_itself, sealsql_works},
        {"sealsql, once more", sealsql_itself, sealsql_works},
        {"handshake, verified", bare_openssl, [&] { return shakes_hands(good, true); }},
        {"handshake, not verified", bare_openssl, [&] { return shakes_hands(bad, false); }},
        {"handshake, refused", bare_openssl, [&] { return !shakes_hands(bad, true); }},
        {"Connector/C, TLS", bare_connector, [] { return raw_works(true); }},
        {"Connector/C, plaintext", bare_connector, [] { return raw_works(false); }},
    }};
    std::vector<std::thread> threads;
    for (Job& job : jobs)
        threads.emplace_back([&job] {
            who = job.who;
            for (int i = 0; i < rounds; ++i)
                job.successes += job.work() ? 1 : 0;
        });
    for (std::thread& thread : threads)
        thread.join();
    for (Job const& job : jobs) {
        INFO(job.name);
        CHECK(job.successes == rounds);
    }
    // What is looked for can be seen: it is on every context of sealsql's own.
    CHECK(counts.at(sealsql_itself).touched == 2 * rounds);
    CHECK(counts.at(bare_openssl).contexts == 6 * rounds);
    CHECK(counts.at(bare_openssl).touched == 0);
    CHECK(counts.at(bare_connector).contexts == rounds);
    CHECK(counts.at(bare_connector).touched == 0);
}
