// libFuzzer: a binary row of one column of bytes that comes in pieces of any size, given to a PieceReader, and compared with what
// parse_binary_row() makes of the bytes that came so far.
//
// The input: a byte that says how many sizes of pieces follow, which are taken in turn; then the row. Without sizes it is one piece.

#include "fuzz.hpp"

#include <sealsql/column.hpp>
#include <sealsql/detail/piece_reader.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace {

using fuzz::require;
namespace detail = sealsql::detail;

/// All pieces that came, as one row; false if they are none.
bool parse_whole(std::span<std::byte const> row, sealsql::FieldView& field)
{
    return detail::parse_binary_row(row, {&field, 1});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    auto const input = std::as_bytes(std::span{data, size});
    std::size_t const most_sizes = std::to_integer<std::size_t>(input[0]) % 16;
    auto const sizes = input.subspan(1, std::min(most_sizes, size - 1));
    auto const row = input.subspan(1 + sizes.size());

    sealsql::Column column;
    column.type = sealsql::ColumnType::blob;
    column.is_binary = true;
    sealsql::FieldView whole{sealsql::WireForm::text, column};
    detail::PieceReader reader;
    std::string value;
    std::size_t given = 0;
    std::size_t empty = 0; // so that sizes of zero end as well
    for (std::size_t i = 0; given != row.size() && empty <= sizes.size(); ++i) {
        std::size_t const wanted =
            sizes.empty() ? row.size() : std::to_integer<std::size_t>(sizes[i % sizes.size()]);
        std::size_t const count = std::min(wanted, row.size() - given);
        empty = count == 0 ? empty + 1 : 0;
        // A block of its own and exactly this size, for AddressSanitizer.
        auto const block = std::make_unique<std::byte[]>(count);
        std::copy_n(row.begin() + static_cast<std::ptrdiff_t>(given), count, block.get());
        given += count;
        detail::Bytes piece{block.get(), count};
        bool const is_whole = parse_whole(row.first(given), whole);
        if (!reader.take(piece)) {
            // Nothing that follows could make a row of it.
            require(!is_whole && !parse_whole(row, whole));
            return 0;
        }
        require(piece.size() <= count);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        value.append(reinterpret_cast<char const*>(piece.data()), piece.size());
        require(value.size() <= reader.size()); // of NULL, nothing
        require(reader.is_whole() == is_whole);
        if (!is_whole)
            continue;
        require(reader.is_null() == whole.is_null());
        require(reader.size() == whole.size() && value == whole.bytes());
    }
    return 0;
}
