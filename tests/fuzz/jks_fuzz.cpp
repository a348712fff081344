// libFuzzer: a file that may be a Java keystore. Seeds with the right structure are made here, as what
// is random never gets past the magic number.

#include "fuzz.hpp"

#include <sealsql/detail/jks.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using fuzz::require;
using sealsql::detail::JksReader;

// A keystore with a key, whose chain is one certificate, and two certificates that are trusted.
std::vector<std::uint8_t> seed(bool is_jceks)
{
    auto const number = [](unsigned value, unsigned size) {
        std::string bytes;
        while (size-- != 0)
            bytes += static_cast<char>(static_cast<unsigned char>(value >> (8U * size)));
        return bytes;
    };
    std::string const certificate = number(5, 2) + "X.509" + number(4, 4) + "\x30\x02\x05";
    std::string const head = number(1, 2) + "a" + number(0, 4) + number(7, 4);
    std::string store = number(is_jceks ? 0xCECECECE : 0xFEEDFEED, 4) + number(2, 4) + number(3, 4);
    store += number(1, 4) + head + number(3, 4) + "key" + number(1, 4) + certificate + "c";
    store += number(2, 4) + head + certificate + "a";
    store += number(2, 4) + head + certificate + "b" + std::string(JksReader::digest_size, 'd');
    return {store.begin(), store.end()};
}

bool lies_in(std::string_view part, std::string_view whole)
{
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

} // namespace

// Now and then starts over from a seed, cut somewhere and changed.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned random)
{
    static std::vector<std::uint8_t> const seeds[] = {seed(false), seed(true)};
    std::vector<std::uint8_t> const& chosen = seeds[random % 2];
    if (random % 16 < 2 && chosen.size() <= max_size) {
        size = random % 64 < 2 ? (random / 64) % (chosen.size() + 1) : chosen.size();
        std::memcpy(data, chosen.data(), size);
        if (random % 128 < 4)
            return size;
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    // At the end of a block of its own, for AddressSanitizer.
    std::vector<char> const block(data, data + size);
    std::string_view const file{block.data(), block.size()};
    JksReader reader{file};
    std::uint64_t count = 0;
    std::uint64_t last_entry = 0;
    std::size_t bytes = 0;
    while (reader.next()) {
        require(reader.verdict() == JksReader::Verdict::pass);
        require(!reader.certificate().empty() && lies_in(reader.certificate(), reader.body()));
        require(reader.entry() > last_entry);
        last_entry = reader.entry();
        bytes += reader.certificate().size();
        ++count;
    }
    require(count + reader.keys() <= reader.entry() && reader.entry() <= JksReader::max_entries);
    require(bytes <= size); // none is given out twice
    require(reader.certificate().empty());
    require(reader.body().size() + reader.digest().size() == size);
    if (reader.verdict() == JksReader::Verdict::pass) {
        require(JksReader::recognises(file));
        require(reader.digest().size() == JksReader::digest_size);
        require(count + reader.keys() == reader.entry());
        // What is cut off is never taken for whole.
        JksReader shorter{file.substr(0, size - 1)};
        while (shorter.next()) {
        }
        require(shorter.verdict() != JksReader::Verdict::pass);
    }
    auto const verdict = reader.verdict();
    require(!reader.next() && reader.verdict() == verdict);
    return 0;
}
