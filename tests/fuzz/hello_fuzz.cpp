// libFuzzer: the first messages of a handshake, which come in plaintext from anybody, as on_message() gets them.

#include "fuzz.hpp"

#include <sealsql/sealsql.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    // In a block of its own, so that AddressSanitizer sees a read beyond the end.
    std::unique_ptr<char[]> const copy{new char[size]};
    if (size != 0)
        std::memcpy(copy.get(), data, size);
    std::string_view const message{copy.get(), size};

    sealsql::detail::TlsState tls;
    sealsql::detail::note_server_hello(tls, message);
    require(tls.version_answered >= 0 && tls.version_answered <= 0xFFFF);
    require(tls.version_answered == 0 || message.front() == SSL3_MT_SERVER_HELLO);

    std::string_view const groups = sealsql::detail::groups_of(message);
    require(groups.empty() ||
            (groups.data() >= copy.get() && groups.data() + groups.size() <= copy.get() + size));
    return 0;
}
