// What a connection holds on to while nobody uses it.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <openssl/crypto.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

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

struct alignas(std::max_align_t) Header {
    std::size_t size;
    bool is_buffer;
};

void* allocate(std::size_t size, char const*, int)
{
    auto* const header = static_cast<Header*>(std::malloc(sizeof(Header) + size));
    if (header == nullptr)
        return nullptr;
    *header = {size, is_client && size >= record};
    if (header->is_buffer) {
        ++buffers;
        ++buffers_ever;
    }
    return header + 1;
}

void release(void* memory, char const*, int)
{
    if (memory == nullptr)
        return;
    Header* const header = static_cast<Header*>(memory) - 1;
    if (header->is_buffer)
        --buffers;
    std::free(header);
}

void* reallocate(void* memory, std::size_t size, char const* file, int line)
{
    void* const moved = allocate(size, file, line);
    if (memory == nullptr || moved == nullptr)
        return moved;
    std::size_t const old = (static_cast<Header*>(memory) - 1)->size;
    std::memcpy(moved, memory, old < size ? old : size);
    release(memory, file, line);
    return moved;
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
