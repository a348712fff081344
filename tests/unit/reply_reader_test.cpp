// ReplyReader: what belongs to an answer and what does not, packet by packet.

#include <sealsql/detail/reply_reader.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <string>
#include <string_view>

using sealsql::detail::ReplyReader;
using Event = ReplyReader::Event;
using unit::Packet;
namespace wire = sealsql::testing::wire;

namespace {

Event give(ReplyReader& reader, std::string_view bytes)
{
    Packet const packet{bytes};
    return reader.on_packet(packet.span());
}

} // namespace

TEST_CASE("reports of progress come before an answer, and not within one", "[unit][reply_reader]")
{
    ReplyReader reader;
    reader.begin(false);
    CHECK(give(reader, wire::progress()) == Event::more);
    CHECK(give(reader, wire::progress(2)) == Event::more);
    CHECK(reader.is_under_way());
    CHECK(give(reader, wire::lenenc(1)) == Event::more);
    SECTION("among the descriptions") { CHECK(give(reader, wire::progress()) == Event::malformed); }
    SECTION("among the rows")
    {
        CHECK(give(reader, wire::column_definition()) == Event::more);
        CHECK(give(reader, wire::eof()) == Event::columns);
        CHECK(give(reader, wire::text_row({"a"})) == Event::row);
        CHECK(give(reader, wire::progress()) == Event::malformed);
    }
    CHECK_FALSE(reader.is_under_way());
}

TEST_CASE("an answer may end after a report of progress", "[unit][reply_reader]")
{
    ReplyReader reader;
    reader.begin(true);
    CHECK(give(reader, wire::progress()) == Event::more);
    CHECK(give(reader, wire::ok(3)) == Event::completion);
    CHECK(reader.completion().affected_rows == 3);
    CHECK(give(reader, wire::progress()) == Event::malformed);

    reader.begin(true);
    CHECK(give(reader, wire::progress()) == Event::more);
    CHECK(give(reader, wire::error(1213, "40001", "deadlock")) == Event::error);
    CHECK(reader.error().code == 1213);
}
