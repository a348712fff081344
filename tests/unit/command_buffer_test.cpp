// What goes to the server: bytes, the elements of the protocol, commands in packets, and how their replies are numbered.

#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/detail/wire_writer.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using sealsql::detail::ByteBuffer;
using sealsql::detail::Bytes;
using sealsql::detail::Command;
using sealsql::detail::CommandBuffer;
using sealsql::detail::largest_frame;
using sealsql::detail::WireReader;
using sealsql::detail::WireWriter;
using unit::from_hex;
namespace wire = sealsql::testing::wire;

namespace {

std::string text_of(Bytes bytes)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return bytes.empty() ? std::string{}
                         : std::string{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

void write(CommandBuffer& commands, Command command, std::string_view argument)
{
    commands.begin(command).text(argument);
    commands.end();
}

} // namespace

// --- ByteBuffer ---

TEST_CASE("A byte buffer keeps its bytes, whatever is added and taken", "[byte_buffer]")
{
    // Against std::string, which does the same at another price.
    std::mt19937 random{7}; // NOLINT(cert-msc51-cpp): the same numbers each time
    ByteBuffer buffer;
    std::string model;
    for (int step = 0; step < 20'000; ++step) {
        std::size_t const size = random() % 50;
        switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
            std::string const text(size, static_cast<char>('a' + step % 26));
            buffer.append(text.data(), text.size());
            model += text;
            break;
        }
        case 3: {
            std::size_t const taken = std::min(2 * size, model.size());
            buffer.consume(taken);
            model.erase(0, taken);
            break;
        }
        case 4: {
            if (model.empty())
                break;
            std::size_t const at = random() % model.size();
            std::size_t const taken = std::min(size / 4, model.size() - at);
            buffer.remove(at, taken);
            model.erase(at, taken);
            break;
        }
        case 5: {
            std::size_t const at = random() % (model.size() + 1);
            if (size == 0)
                break;
            buffer.insert(at, size);
            std::memset(buffer.begin() + at, 'i', size);
            model.insert(at, size, 'i');
            break;
        }
        case 6:
            std::memset(buffer.reserve(size + 1), 'r', size + 1);
            REQUIRE(buffer.spare() > size);
            buffer.commit(size);
            model.append(size, 'r');
            break;
        default:
            if (random() % 50 == 0) {
                buffer.clear();
                model.clear();
            } else if (random() % 50 == 0) {
                buffer.release();
                REQUIRE(buffer.capacity() == 0);
                model.clear();
            }
        }
        REQUIRE(buffer.size() == model.size());
        REQUIRE(buffer.empty() == model.empty());
        REQUIRE(buffer.capacity() >= buffer.size());
        REQUIRE((text_of(buffer.bytes()) == model));
    }
}

TEST_CASE("What is taken from the front makes room at the end", "[byte_buffer]")
{
    ByteBuffer buffer;
    std::string const text(1000, 'x');
    buffer.append(text.data(), text.size());
    std::size_t const capacity = buffer.capacity();
    for (int i = 0; i < 1000; ++i) {
        buffer.consume(900);
        buffer.append(text.data(), 900);
    }
    CHECK(buffer.capacity() == capacity);
}

TEST_CASE("Nothing is added to a byte buffer for nothing", "[byte_buffer]")
{
    ByteBuffer buffer;
    buffer.append(nullptr, 0);
    CHECK(buffer.empty());
    CHECK(buffer.capacity() == 0);
    CHECK(buffer.bytes().empty());
}

// --- WireWriter ---

TEST_CASE("What is written is read again", "[wire_writer]")
{
    std::vector<std::uint64_t> const numbers{0,
                                             1,
                                             0x7F,
                                             0xFA,
                                             0xFB,
                                             0xFC,
                                             0xFE,
                                             0xFF,
                                             0x100,
                                             0xFFFF,
                                             0x1'0000,
                                             0xFF'FFFF,
                                             0x100'0000,
                                             0xFFFF'FFFF,
                                             0x1'0000'0000,
                                             ~std::uint64_t{0} >> 1U,
                                             ~std::uint64_t{0}};
    ByteBuffer buffer;
    WireWriter writer{buffer};
    for (std::uint64_t const number : numbers) {
        writer.integer<1>(number);
        writer.integer<2>(number);
        writer.integer<3>(number);
        writer.integer<4>(number);
        writer.integer<8>(number);
        writer.length_encoded_integer(number);
    }
    WireReader reader{buffer.bytes()};
    for (std::uint64_t const number : numbers) {
        CAPTURE(number);
        CHECK(reader.integer<1>() == (number & 0xFFU));
        CHECK(reader.integer<2>() == (number & 0xFFFFU));
        CHECK(reader.integer<3>() == (number & 0xFF'FFFFU));
        CHECK(reader.integer<4>() == (number & 0xFFFF'FFFFU));
        CHECK(reader.integer<8>() == number);
        CHECK(reader.length_encoded_integer() == number);
    }
    CHECK(reader.ok());
    CHECK(reader.remaining() == 0);
}

TEST_CASE("Numbers are written as the protocol's documents have them", "[wire_writer]")
{
    // Against another implementation of them.
    for (std::uint64_t const number :
         {std::uint64_t{0}, std::uint64_t{250}, std::uint64_t{251}, std::uint64_t{0xFFFF},
          std::uint64_t{0x1'0000}, std::uint64_t{0xFF'FFFF}, std::uint64_t{0x100'0000},
          ~std::uint64_t{0}}) {
        ByteBuffer buffer;
        WireWriter{buffer}.length_encoded_integer(number);
        CHECK(text_of(buffer.bytes()) == wire::lenenc(number));
        CHECK(&WireWriter{buffer}.buffer() == &buffer);
    }
    for (std::size_t const size : {0U, 1U, 250U, 251U, 65'535U, 65'536U}) {
        std::string const text(size, 't');
        ByteBuffer buffer;
        WireWriter writer{buffer};
        writer.length_encoded_text(text);
        writer.text(text);
        writer.bytes(text.data(), text.size());
        CHECK((text_of(buffer.bytes()) == wire::lenenc_string(text) + text + text));
        WireReader reader{buffer.bytes()};
        CHECK(reader.length_encoded_text().size() == size);
        CHECK(reader.remaining() == 2 * size);
    }
}

// --- CommandBuffer ---

TEST_CASE("Each command is a packet with the number 0", "[command_buffer]")
{
    CommandBuffer commands;
    CHECK(commands.empty());
    write(commands, Command::query, "SELECT 1");
    CHECK(text_of(commands.bytes()) == wire::command_packet(wire::command::query, "SELECT 1"));
    write(commands, Command::close_statement, wire::int4(7));
    write(commands, Command::ping, "");
    CHECK(text_of(commands.bytes()) ==
          wire::command_packet(wire::command::query, "SELECT 1") +
              wire::command_packet(wire::command::stmt_close, wire::int4(7)) +
              wire::command_packet(wire::command::ping));
    CHECK_FALSE(commands.empty());
    CHECK(commands.replies_due() == 2); // closing has no answer
    commands.clear();
    CHECK(commands.empty());
    CHECK(commands.replies_due() == 2); // they come now
}

TEST_CASE("Which commands are answered", "[command_buffer]")
{
    for (Command const command : {Command::select_database, Command::query, Command::ping,
                                  Command::prepare, Command::execute, Command::reset_statement,
                                  Command::reset_connection, Command::bulk_execute}) {
        CommandBuffer commands;
        write(commands, command, "x");
        CHECK(commands.replies_due() == 1);
        CHECK(commands.bytes()[4] == static_cast<std::byte>(command));
    }
    for (Command const command : {Command::send_long_data, Command::close_statement}) {
        CommandBuffer commands;
        write(commands, command, "x");
        CHECK(commands.replies_due() == 0);
    }
    // What continues a command is none.
    CommandBuffer commands;
    commands.begin_packet(3).text("bytes of a file");
    commands.end();
    CHECK(commands.replies_due() == 0);
    CHECK(text_of(commands.bytes()) == wire::packet(3, "bytes of a file"));
}

TEST_CASE("Commands of 16 MiB and more go in parts, and their replies are numbered behind them",
          "[command_buffer]")
{
    for (std::size_t const size :
         {largest_frame - 1, largest_frame, largest_frame + 1, 2 * largest_frame - 1,
          2 * largest_frame, 2 * largest_frame + 1}) {
        CAPTURE(size);
        std::string const argument(size - 1, 'x'); // and the command's own byte
        CommandBuffer commands;
        write(commands, Command::ping, "");
        write(commands, Command::query, argument);
        write(commands, Command::ping, "");
        std::string const ping = wire::command_packet(wire::command::ping);
        bool const is_right = text_of(commands.bytes()) ==
                              ping + wire::command_packet(wire::command::query, argument) + ping;
        CHECK(is_right); // not printed
        CHECK(commands.replies_due() == 3);
        CHECK(commands.take_reply_number() == 1);
        CHECK(commands.take_reply_number() == 1 + size / largest_frame);
        CHECK(commands.take_reply_number() == 1);
        CHECK(commands.replies_due() == 0);
    }
}

TEST_CASE("The numbers of replies begin anew when none is due", "[command_buffer]")
{
    CommandBuffer commands;
    CHECK(commands.take_reply_number() == 1); // of what nobody wrote here
    write(commands, Command::prepare, "a");
    write(commands, Command::execute, std::string(largest_frame, 'b'));
    CHECK(commands.take_reply_number() == 1);
    commands.forget_replies();
    CHECK(commands.replies_due() == 0);
    CHECK(commands.take_reply_number() == 1);
    write(commands, Command::query, std::string(largest_frame, 'c'));
    CHECK(commands.take_reply_number() == 2);
}

TEST_CASE("A packet's number goes from 255 to 0", "[command_buffer]")
{
    CommandBuffer commands;
    commands.begin_packet(255).text(std::string(largest_frame + 1, 'x'));
    commands.end();
    std::string const bytes = text_of(commands.bytes());
    CHECK(bytes[3] == '\xff');
    CHECK(bytes[4 + largest_frame + 3] == '\0');
}

TEST_CASE("What was written can be taken back", "[command_buffer]")
{
    CommandBuffer commands;
    write(commands, Command::ping, "");
    std::string const before = text_of(commands.bytes());
    CommandBuffer::Mark const mark = commands.mark();
    write(commands, Command::query, "SELECT 1");
    write(commands, Command::query, "SELECT 2");
    commands.cut(mark);
    CHECK(text_of(commands.bytes()) == before);
    CHECK(commands.replies_due() == 1);
    commands.cut(mark); // once more changes nothing
    CHECK(text_of(commands.bytes()) == before);

    SECTION("also in the middle of a packet")
    {
        commands.begin(Command::execute).text("half of");
        CHECK(commands.packet_size() == 8);
        commands.cut(mark);
        CHECK(text_of(commands.bytes()) == before);
        write(commands, Command::ping, "");
        CHECK(text_of(commands.bytes()) == before + before);
        CHECK(commands.replies_due() == 2);
    }
    SECTION("all of it")
    {
        CommandBuffer empty;
        CommandBuffer::Mark const nothing = empty.mark();
        write(empty, Command::ping, "");
        empty.cut(nothing);
        CHECK(empty.empty());
        CHECK(empty.replies_due() == 0);
    }
}

TEST_CASE("Half a packet, whose writing something threw out of, is never sent", "[command_buffer]")
{
    CommandBuffer commands;
    write(commands, Command::ping, "");
    std::string const whole = text_of(commands.bytes());
    commands.begin(Command::query).text("SELECT 'half");
    SECTION("when the next one begins")
    {
        write(commands, Command::ping, "");
        CHECK(text_of(commands.bytes()) == whole + whole);
        CHECK(commands.replies_due() == 2);
    }
    SECTION("when a mark is set")
    {
        CommandBuffer::Mark const mark = commands.mark();
        write(commands, Command::query, "SELECT 1");
        commands.cut(mark);
        CHECK(text_of(commands.bytes()) == whole);
    }
    SECTION("when all was sent")
    {
        commands.clear();
        write(commands, Command::ping, "");
        CHECK(text_of(commands.bytes()) == whole);
    }
}

TEST_CASE("A command buffer keeps little memory", "[command_buffer]")
{
    CommandBuffer commands;
    write(commands, Command::query, std::string(1'000'000, 'x'));
    commands.clear();
    CHECK(commands.buffer().capacity() == 0);
    write(commands, Command::query, "SELECT 1");
    commands.clear();
    std::size_t const kept = commands.buffer().capacity();
    CHECK(kept <= 4096);
    write(commands, Command::query, "SELECT 1");
    CHECK(commands.buffer().capacity() == kept);
}
