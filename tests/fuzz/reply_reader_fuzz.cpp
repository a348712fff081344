// libFuzzer: the packets of whole answers, one after the other, given to a ReplyReader in either protocol; and each value of
// each row to every decoder. The input is a list of packets: one byte says of which kind, and most kinds are well formed, so
// that what is not comes late as well.

#include "fuzz.hpp"

#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using fuzz::require;
namespace detail = sealsql::detail;
using Event = detail::ReplyReader::Event;

/// The bytes that are left of the input.
class Input {
public:
    Input(std::uint8_t const* data, std::size_t size) noexcept : at_{data}, end_{data + size} {}

    [[nodiscard]] bool empty() const noexcept { return at_ == end_; }
    std::uint8_t byte() noexcept { return empty() ? std::uint8_t{0} : *at_++; }
    std::string_view bytes(std::size_t size) noexcept
    {
        size = std::min(size, static_cast<std::size_t>(end_ - at_));
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        std::string_view const taken{reinterpret_cast<char const*>(at_), size};
        at_ += size;
        return taken;
    }

private:
    std::uint8_t const* at_;
    std::uint8_t const* end_;
};

void write_definition(detail::WireWriter& writer, std::uint8_t type, std::uint8_t flags,
                      std::uint8_t decimals)
{
    for (std::string_view const text : {"def", "s", "t", "t", "name", "n"})
        writer.length_encoded_text(text);
    writer.integer<1>(12);
    writer.integer<2>(flags % 2 == 0 ? 45 : 63);
    writer.integer<4>(flags);
    writer.integer<1>(type);
    writer.integer<2>(flags);
    writer.integer<1>(decimals);
    writer.integer<2>(0);
}

void write_packet(detail::ByteBuffer& buffer, Input& input)
{
    detail::WireWriter writer{buffer};
    switch (input.byte() % 8) {
    case 0: // anything
        writer.text(input.bytes(input.byte()));
        return;
    case 1: // few columns, which may be left out
        writer.integer<1>(1U + input.byte() % 5U);
        if (std::uint8_t const follows = input.byte(); follows < 3)
            writer.integer<1>(follows);
        return;
    case 2: {
        std::uint8_t const type = input.byte();
        std::uint8_t const flags = input.byte();
        write_definition(writer, type, flags, input.byte());
        return;
    }
    case 3: // the usual types
        write_definition(writer, static_cast<std::uint8_t>(input.byte() % 17), 0, 6);
        return;
    case 4:
        writer.integer<1>(0xFE);
        writer.integer<2>(0);
        writer.integer<2>(input.byte() % 16U);
        return;
    case 5: // OK
        writer.integer<1>(0);
        writer.integer<1>(1);
        writer.integer<1>(2);
        writer.integer<2>(input.byte() % 16U);
        writer.integer<2>(0);
        return;
    case 6: // a binary row with its values to come
        writer.integer<1>(0);
        writer.integer<1>(input.byte() & input.byte());
        writer.text(input.bytes(input.byte() % 64U));
        return;
    default: // an error, or a report of progress
        writer.integer<1>(0xFF);
        writer.text(input.bytes(input.byte() % 16U));
    }
}

template <class T>
void decode(sealsql::FieldView const& field)
{
    T value{};
    if (!detail::decode_value(field, value))
        return;
    if constexpr (detail::Integer<T>) {
        // Whatever the form, it is the same number in the widest type, and in text.
        detail::WholeNumber whole;
        require(detail::read_whole_number(field, whole));
        require(static_cast<std::uint64_t>(value) == whole.bits);
        require((value < T{}) == whole.is_negative);
    }
}

void check_row(detail::ReplyReader const& reader, std::string_view packet)
{
    require(reader.columns() && reader.fields().size() == reader.columns()->size());
    std::less_equal<> const before;
    std::string text;
    for (std::size_t i = 0; i < reader.fields().size(); ++i) {
        sealsql::FieldView const& field = reader.fields()[i];
        require(&field.column() == &(*reader.columns())[i]);
        if (field.is_null()) {
            require(field.size() == 0);
            continue;
        }
        require(before(packet.data(), field.data()) &&
                before(field.data() + field.size(), packet.data() + packet.size()));
        std::size_t const fixed = detail::fixed_size(field.form());
        require(fixed == 0 || field.size() == fixed);
        decode<bool>(field);
        decode<signed char>(field);
        decode<unsigned char>(field);
        decode<short>(field);
        decode<unsigned short>(field);
        decode<int>(field);
        decode<unsigned>(field);
        decode<long long>(field);
        decode<unsigned long long>(field);
        decode<float>(field);
        decode<double>(field);
        decode<long double>(field);
        decode<std::string_view>(field);
        decode<std::string>(field);
        decode<std::vector<std::byte>>(field);
        text.clear();
        detail::append_text(text, field);
        require(field.is_text() ? text == field.bytes() : text.size() < 400);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    Input input{data, size};
    detail::ReplyReader reader;
    std::uint8_t const how = input.byte();
    bool const is_binary = how % 2 != 0;
    sealsql::Columns known;
    known.resize(how / 2 % 4);
    for (sealsql::Column& column : known)
        column.type = static_cast<sealsql::ColumnType>(input.byte());
    reader.begin(is_binary, known.empty()
                                ? detail::Shared<sealsql::Columns const>{}
                                : detail::Shared<sealsql::Columns const>::make(std::move(known)));
    detail::ByteBuffer buffer;
    for (int packets = 0; packets < 64 && !input.empty(); ++packets) {
        buffer.clear();
        write_packet(buffer, input);
        // A block of its own and exactly this size, for AddressSanitizer.
        std::size_t const packet_size = buffer.size();
        auto const packet = std::make_unique<std::byte[]>(packet_size);
        std::copy(buffer.begin(), buffer.begin() + packet_size, packet.get());
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        std::string_view const bytes{reinterpret_cast<char const*>(packet.get()), packet_size};

        bool const was_under_way = reader.is_under_way();
        bool const was_in_rows = reader.in_rows();
        Event const event = reader.on_packet({packet.get(), packet_size});
        require(was_under_way || event == Event::malformed || event == Event::error);
        switch (event) {
        case Event::row:
            require(was_in_rows && reader.in_rows());
            check_row(reader, bytes);
            break;
        case Event::columns:
            require(!was_in_rows && reader.in_rows() && reader.columns());
            require(reader.fields().size() == reader.columns()->size());
            break;
        case Event::more:
            require(reader.is_under_way() && reader.in_rows() == was_in_rows);
            break;
        case Event::completion:
            require(reader.is_under_way() == reader.completion().more_results());
            require(!reader.in_rows());
            break;
        case Event::error:
            require(!reader.is_under_way() && reader.error().code != detail::progress_report);
            break;
        case Event::local_infile:
            require(!bytes.empty() && bytes[0] == '\xfb' && !was_in_rows);
            return 0; // whoever is asked ends the connection
        case Event::malformed:
            require(!reader.is_under_way() && reader.problem()[0] != '\0');
            break;
        }
    }
    return 0;
}
