// What a connection holds on to while nobody uses it.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <openssl/crypto.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>

#include <malloc.h>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

namespace {

// TLS's buffers for a record, of which each side of a connection may have two. The server is in this process too, and in
// threads of its own.
constexpr std::size_t record = 16'384;
thread_local bool is_client = false;
std::atomic<int> buffers{0};
std::atomic<int> buffers_ever{0};

bool is_buffer(void* memory) { return memory != nullptr && malloc_usable_size(memory) >= record; }

void* count(void* memory)
{
    if (is_client && is_buffer(memory)) {
        ++buffers;
        ++buffers_ever;
    }
    return memory;
}

void uncount(void* memory)
{
    if (is_client && is_buffer(memory))
        --buffers;
}

void* allocate(std::size_t size, char const*, int) { return count(std::malloc(size)); }

void release(void* memory, char const*, int)
{
    uncount(memory);
    std::free(memory);
}

void* reallocate(void* memory, std::size_t size, char const*, int)
{
    uncount(memory);
    return count(std::realloc(memory, size));
}

// Before anything of OpenSSL's runs, which it insists on.
bool const installed = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;

} // namespace

TEST_CASE("an idle connection holds no buffers of TLS", "[hostile]")
{
    REQUIRE(installed);
    for (auto const version :
         {sealsql::testing::TlsVersion::tls1_2, sealsql::testing::TlsVersion::tls1_3}) {
        ScriptedServer server{logged_in(TestPki::shared().good(), {.max_version = version}) +
                              Script{serve()}};
        is_client = true;
        buffers_ever = 0;
        Connection db{careful(server)};
        db.ping();
        CHECK(buffers_ever > 0);
        CHECK(buffers == 0);
        db.ping();
        CHECK(buffers == 0);
        is_client = false;
    }
}
