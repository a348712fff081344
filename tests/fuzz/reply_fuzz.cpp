// libFuzzer: one packet of an answer, given to every parser.

#include "fuzz.hpp"

#include <sealsql/detail/reply.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
namespace detail = sealsql::detail;

bool lies_within(std::string_view text, std::span<std::byte const> packet)
{
    if (text.empty())
        return true;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    auto const* const begin = reinterpret_cast<char const*>(packet.data());
    std::less_equal<> const before;
    return before(begin, text.data()) && before(text.data() + text.size(), begin + packet.size());
}

void check_header(std::span<std::byte const> packet)
{
    auto const header = detail::parse_reply_header(packet);
    detail::Completion parsed;
    auto const* const completion = detail::parse_ok(packet, parsed) ? &parsed : nullptr;
    require((header.kind == detail::ReplyKind::completion) == (completion != nullptr));
    switch (header.kind) {
    case detail::ReplyKind::completion:
        require(packet.size() >= 7 && packet[0] == std::byte{0x00});
        require(header.completion.affected_rows == completion->affected_rows);
        require(lies_within(detail::find_info(packet), packet));
        require(header.completion.more_results() == ((completion->status & 0x0008U) != 0));
        break;
    case detail::ReplyKind::local_infile:
        require(packet[0] == std::byte{0xFB});
        break;
    case detail::ReplyKind::columns:
        require(header.columns >= 1 && header.columns <= detail::max_columns);
        require(packet.size() <= 10);
        break;
    case detail::ReplyKind::malformed:
        break;
    }
    if (header.kind != detail::ReplyKind::columns)
        require(header.columns == 0);
}

void check_prepare_reply(std::span<std::byte const> packet)
{
    detail::PrepareReply reply;
    bool const is_one = detail::parse_prepare_reply(packet, reply);
    require(is_one == (packet.size() >= 12 && packet[0] == std::byte{0}));
    if (!is_one)
        return;
    auto const two = [&](std::size_t i) {
        return std::to_integer<unsigned>(packet[i]) | std::to_integer<unsigned>(packet[i + 1])
                                                          << 8U;
    };
    require(reply.id == (two(1) | two(3) << 16U));
    require(reply.columns == two(5) && reply.parameters == two(7) && reply.warnings == two(10));
}

void check_definition(std::span<std::byte const> packet)
{
    detail::ColumnDefinition definition;
    auto const* const column =
        detail::parse_column_definition(packet, definition) ? &definition : nullptr;
    if (!column)
        return;
    require(packet.size() >= 6 + 13 && !detail::is_eof(packet));
    for (std::string_view const text : {column->schema, column->table, column->original_table,
                                        column->name, column->original_name, column->extended_type})
        require(lies_within(text, packet));
    std::size_t const fixed = packet.size() - 12;
    auto const at = [&](std::size_t i) { return std::to_integer<unsigned>(packet[i]); };
    require(at(fixed - 1) == 12);
    require(column->character_set == (at(fixed) | at(fixed + 1) << 8U));
    require(column->type == at(fixed + 6));
    require(column->decimals == at(fixed + 9));
}

void check_rows(std::span<std::byte const> packet)
{
    sealsql::Column const column;
    std::size_t fitting = 0;
    for (std::size_t columns = 0; columns <= 8; ++columns) {
        std::vector<sealsql::FieldView> cells(columns, sealsql::FieldView{"before", column});
        if (!detail::parse_text_row(packet, cells))
            continue;
        ++fitting;
        require(!detail::is_eof(packet));
        std::size_t total = 0;
        for (sealsql::FieldView const& cell : cells) {
            require(lies_within(cell.bytes(), packet));
            require(!cell.is_null() || cell.size() == 0);
            total += cell.size() + 1;
        }
        require(total <= packet.size());
    }
    require(fitting <= 1); // a packet is a row of one number of columns
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    // A block of its own and exactly this size, for AddressSanitizer.
    auto const input = std::as_bytes(std::span{data, size});
    std::vector<std::byte> packet(input.begin(), input.end());
    packet.shrink_to_fit();
    check_header(packet);
    check_prepare_reply(packet);
    check_definition(packet);
    check_rows(packet);
    if (detail::is_eof(packet)) {
        auto const completion = detail::parse_eof(packet);
        require(completion.affected_rows == 0 && completion.last_insert_id == 0);
    }
    return 0;
}
