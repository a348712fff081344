// What follows an answer through its packets: where several results end, and what they say of the transaction.

#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/transaction_watch.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstdint>
#include <string>

using sealsql::detail::Completion;
using sealsql::detail::ReplyReader;
using sealsql::detail::TransactionWatch;
using unit::Packet;
using Event = ReplyReader::Event;
namespace wire = sealsql::testing::wire;

namespace {

constexpr std::uint16_t autocommit = 0x0002;
constexpr std::uint16_t in_transaction = 0x0001;
constexpr std::uint16_t out_parameters = 0x1000;

Event give(ReplyReader& reader, std::string const& bytes)
{
    Packet const packet{bytes};
    return reader.on_packet(packet.span());
}

/// One result of one column and one row, in the binary protocol.
void give_result(ReplyReader& reader, std::uint16_t status_before, std::uint16_t status_behind)
{
    CHECK(give(reader, wire::int1(1)) == Event::more);
    CHECK(give(reader, wire::column_definition()) == Event::more);
    CHECK(give(reader, wire::eof(0, status_before)) == Event::columns);
    CHECK(give(reader, wire::binary_row(1, wire::lenenc_string("x"))) == Event::row);
    CHECK(give(reader, wire::eof(0, status_behind)) == Event::completion);
}

} // namespace

TEST_CASE("A procedure's parameters are told from its results", "[several_results]")
{
    // MariaDB says behind them that an answer follows, MySQL only in front of them.
    for (std::uint16_t const behind : {wire::more_results, std::uint16_t{0}}) {
        ReplyReader reader;
        reader.begin(true);
        give_result(reader, autocommit, autocommit | wire::more_results);
        CHECK_FALSE(reader.has_out_parameters());
        CHECK_FALSE((*reader.columns())[0].is_out_parameter);
        give_result(reader, autocommit | out_parameters | wire::more_results,
                    static_cast<std::uint16_t>(autocommit | behind));
        CHECK(reader.has_out_parameters());
        CHECK((*reader.columns())[0].is_out_parameter);
        CHECK(reader.completion().more_results());
        REQUIRE(reader.is_under_way());
        CHECK(give(reader, wire::ok()) == Event::completion);
        CHECK_FALSE(reader.has_out_parameters());
        CHECK_FALSE(reader.is_under_way());

        reader.begin(true); // of another statement
        CHECK_FALSE(reader.has_out_parameters());
    }
}

TEST_CASE("A result that is none of parameters ends where its end says so", "[several_results]")
{
    ReplyReader reader;
    reader.begin(true);
    give_result(reader, autocommit | wire::more_results, autocommit);
    CHECK_FALSE(reader.is_under_way());
}

TEST_CASE("What the replies tell of a transaction", "[several_results]")
{
    auto const reply = [](std::uint16_t status) {
        Completion completion;
        completion.status = status;
        return completion;
    };
    TransactionWatch watch;
    watch.note(reply(in_transaction | autocommit));
    CHECK(watch.is_open);
    CHECK_FALSE(watch.was_closed);

    SECTION("an error after which it goes on")
    {
        watch.error = 1062;
        watch.note(reply(in_transaction));
        CHECK(watch.error == 0);
        CHECK_FALSE(watch.was_closed);
    }
    SECTION("an error that ended it")
    {
        watch.error = 1205;
        watch.note(reply(autocommit));
        CHECK(watch.was_closed);
        CHECK_FALSE(watch.is_open);
        CHECK(watch.error == 1205);
    }
    SECTION("one that ended, and another that began")
    {
        watch.note(reply(autocommit));
        watch.note(reply(in_transaction));
        CHECK(watch.is_open);
        CHECK(watch.was_closed);
    }
}
