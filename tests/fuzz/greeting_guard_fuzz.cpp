// libFuzzer: what a peer sends before TLS, in pieces, mixed with what the client writes.
//
// The input is a list of steps: a byte below 0x80 is a read of so many of the bytes behind it, one
// above a write of 36 bytes (0x80), of as many as the low bits say, or, for 0xFF, a read of all
// that is left.

#include "fuzz.hpp"

#include <sealsql/detail/greeting_guard.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using fuzz::require;
using sealsql::detail::GreetingGuard;
using Phase = GreetingGuard::Phase;
using Verdict = GreetingGuard::Verdict;

// Bytes at the end of a block of their own, for AddressSanitizer.
Verdict read(GreetingGuard& guard, std::span<std::byte const> bytes)
{
    std::vector<std::byte> const block(bytes.begin(), bytes.end());
    return guard.on_read(block);
}

// What stands in a request's way: all bytes that were read, against what the guard makes of them.
void check_request_phase(std::vector<std::byte> const& received, GreetingGuard const& guard,
                         bool needs_tls)
{
    require(received.size() >= 4 + 1 + 1 + 31 && received.size() <= 2048);
    auto const at = [&](std::size_t i) { return std::to_integer<std::size_t>(received[i]); };
    require((at(0) | at(1) << 8U | at(2) << 16U) + 4 ==
            received.size()); // one packet, whole, and nothing else
    require(at(3) == 0);
    require(at(4) == 10);
    std::size_t const version_end = static_cast<std::size_t>(
        std::find(received.begin() + 5, received.end(), std::byte{0}) - received.begin());
    require(version_end + 16 < received.size());
    std::size_t const capabilities = at(version_end + 14) | at(version_end + 15) << 8U;
    require((capabilities & 0x8200U) == 0x8200U);
    require(guard.tls_offered() == ((capabilities & 0x0800U) != 0));
    require(!needs_tls || guard.tls_offered());
}

void run(std::span<std::byte const> input, bool needs_tls)
{
    GreetingGuard guard{needs_tls};
    std::vector<std::byte> received;
    std::vector<std::size_t> written;
    while (!input.empty()) {
        auto const step = std::to_integer<unsigned>(input.front());
        input = input.subspan(1);
        auto const verdict_before = guard.verdict();
        auto const phase_before = guard.phase();
        auto verdict = Verdict::pass;
        bool const writes = step >= 0x80 && step != 0xFF;
        if (writes) {
            std::size_t const size = step == 0x80 ? 36 : step & 0x7FU;
            verdict = guard.on_write(size);
            if (verdict_before == Verdict::pass)
                require((verdict == Verdict::pass) ==
                        (phase_before == Phase::request && size == 36));
            written.push_back(size);
        } else {
            std::size_t const size =
                step == 0xFF ? input.size() : std::min<std::size_t>(step, input.size());
            if (size == 0)
                continue; // Connector/C reports no empty reads
            verdict = read(guard, input.first(size));
            if (verdict_before == Verdict::pass && phase_before != Phase::greeting)
                require(verdict == Verdict::bytes_after_greeting);
            received.insert(received.end(), input.begin(),
                            input.begin() + static_cast<std::ptrdiff_t>(size));
            input = input.subspan(size);
        }
        require(verdict == guard.verdict());
        require(verdict_before == Verdict::pass || verdict == verdict_before);
        require(guard.phase() >= phase_before && guard.phase() != Phase::handed_over);
        if (verdict == Verdict::pass && guard.phase() != Phase::greeting)
            check_request_phase(received, guard, needs_tls);
        require(!guard.ready_for_handshake() ||
                (verdict == Verdict::pass && written == std::vector<std::size_t>{36}));
        require(guard.claimed_message().size() <= 2048);
        require(guard.claimed_code() >= 0 && guard.claimed_code() <= 0xFFFF);
        require(guard.claimed_code() == 0 || verdict == Verdict::error_packet);
    }
    guard.hand_over();
    auto const final_verdict = guard.verdict();
    require(guard.on_write(1) == final_verdict && !guard.ready_for_handshake());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const input = std::as_bytes(std::span{data, size});
    run(input, true);
    run(input, false);
    return 0;
}
