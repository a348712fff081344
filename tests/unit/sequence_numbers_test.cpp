#include <sealsql/detail/sequence_numbers.hpp>

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

using sealsql::detail::SequenceNumbers;
namespace wire = sealsql::testing::wire;

namespace {

void write(SequenceNumbers& numbers, std::string const& sent, std::size_t piece)
{
    for (std::size_t at = 0; at < sent.size(); at += piece) {
        std::string const part = sent.substr(at, piece);
        numbers.on_write({reinterpret_cast<std::byte const*>(part.data()), part.size()});
    }
}

} // namespace

TEST_CASE("The server's next number is one more than the client's, however that is cut",
          "[sequence_numbers]")
{
    for (std::size_t const piece : {1U, 2U, 3U, 4U, 5U, 7U, 16U, 1000U}) {
        CAPTURE(piece);
        SequenceNumbers numbers;
        CHECK(numbers.take(77)); // nothing is known yet
        write(numbers, wire::packet(3, "abc"), piece);
        CHECK(numbers.take(4));
        CHECK(numbers.take(5));
        CHECK_FALSE(numbers.take(7));
        write(numbers, wire::packet(255, std::string(300, 'x')) + wire::packet(0, ""), piece);
        CHECK(numbers.take(1));
        write(numbers, wire::packet(255, ""), piece);
        CHECK(numbers.take(0));
        CHECK_FALSE(numbers.take(0));
    }
}
