// libFuzzer: any text as SQL, and any bytes as a report of changes of the session.

#include "fuzz.hpp"

#include <sealsql/detail/session_changes.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/format.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
namespace detail = sealsql::detail;

void check_scanner(std::string_view sql)
{
    detail::SqlScanner scanner{sql};
    std::size_t behind = 0;
    std::size_t values = 0;
    while (scanner.next()) {
        require(scanner.begin() >= behind && scanner.end() > scanner.begin() &&
                scanner.end() <= sql.size());
        require(scanner.mark() != ':' || scanner.end() > scanner.begin() + 1);
        behind = scanner.end();
        values += scanner.mark() == '?' ? 1 : 0;
    }
    detail::SqlProblem const problem = detail::check_piece(sql, values);
    require(problem != detail::SqlProblem::count);
    // A piece that is fine stands for itself: what is put behind it is code, not within a quote or comment.
    if (problem == detail::SqlProblem::none) {
        std::string const more = std::string{sql} + " ? ";
        require(detail::check_piece(more, values + 1) == detail::SqlProblem::none);
    }
}

/// How a server ends a text in quotes.
bool is_one_literal(std::string_view text, bool backslash_escapes)
{
    if (text.size() < 2 || text.front() != '\'')
        return false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\' && backslash_escapes)
            ++i;
        else if (text[i] == '\'' && i + 1 < text.size() && text[i + 1] == '\'')
            ++i;
        else if (text[i] == '\'')
            return i + 1 == text.size();
    }
    return false;
}

void check_literal(std::string_view value)
{
    for (bool const escapes : {false, true}) {
        std::string literal;
        try {
            literal = sealsql::literal_of({"utf8mb4", escapes}, value);
        } catch (sealsql::Error const&) {
            require(!detail::is_representable(value, detail::TextRule::utf8mb4));
            return;
        }
        constexpr std::string_view in_hexadecimal = "_utf8mb4 x";
        bool const is_hex = literal.starts_with(in_hexadecimal);
        require(!is_hex || !escapes);
        if (is_hex)
            literal.erase(0, in_hexadecimal.size());
        // One literal, whatever the mode that it is read in.
        require(is_one_literal(literal, true) && is_one_literal(literal, false));
    }
}

void check_changes(std::span<std::byte const> packet)
{
    std::string_view value;
    bool is_database_changed = false;
    bool is_state_changed = false;
    auto const change = detail::find_session_change(packet, "character_set_client", value,
                                                    is_database_changed, is_state_changed);
    if (change == detail::SessionChange::changed)
        require(value.size() < packet.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    // A block of its own and exactly this size, for AddressSanitizer.
    auto const input = std::as_bytes(std::span{data, size});
    std::vector<std::byte> bytes(input.begin(), input.end());
    bytes.shrink_to_fit();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    std::string_view const text{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    check_scanner(text);
    check_literal(text);
    check_changes(bytes);
    return 0;
}
