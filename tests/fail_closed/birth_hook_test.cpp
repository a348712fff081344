// An OpenSSL that takes the hook for new contexts and never calls it: nobody checks a certificate then.

#include "fail_closed.hpp"

#include <openssl/crypto.h>

#include <dlfcn.h>

namespace {

int registered = 0; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

} // namespace

extern "C" __attribute__((visibility("default"))) int
CRYPTO_get_ex_new_index(int kind, long number, void* pointer, CRYPTO_EX_new* born, // NOLINT
                        CRYPTO_EX_dup* copied, CRYPTO_EX_free* freed)
{
    if (kind == CRYPTO_EX_INDEX_SSL_CTX) {
        ++registered;
        return 1;
    }
    static auto const real = reinterpret_cast<decltype(&CRYPTO_get_ex_new_index)>(
        ::dlsym(RTLD_NEXT, "CRYPTO_get_ex_new_index"));
    return real(kind, number, pointer, born, copied, freed);
}

using namespace sealsql;
using namespace sealsql::testing;

TEST_CASE("a context that nobody heard of logs nobody in", "[hostile]")
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
