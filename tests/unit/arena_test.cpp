// Arena: pieces stay where they are and as they are.

#include <sealsql/detail/arena.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sealsql::detail::Arena;

namespace {

std::string_view keep(Arena& arena, std::string_view text)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(arena.keep(text.data(), text.size())), text.size()};
}

} // namespace

TEST_CASE("An arena keeps pieces of every size, also when it is moved", "[arena]")
{
    std::vector<std::string> originals;
    std::vector<std::string_view> kept;
    Arena arena;
    // Of all sizes around those of its chunks, among small ones.
    for (std::size_t size = 1; size < 3U << 20U; size = size * 3 / 2 + 1)
        for (int i = 0; i < 3; ++i) {
            originals.emplace_back(size, static_cast<char>('a' + i));
            originals.emplace_back("small " + std::to_string(size));
        }
    // A copy of each, for the original is gone when the view is looked at.
    for (auto const& original : originals)
        kept.push_back(keep(arena, std::string{original}));

    Arena moved{std::move(arena)};
    Arena again;
    static_cast<void>(keep(again, "goes with the assignment"));
    again = std::move(moved);
    REQUIRE(kept.size() == originals.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
        REQUIRE(kept[i] == originals[i]);

    // NOLINTNEXTLINE(bugprone-use-after-move,hicpp-invalid-access-moved): as good as new
    CHECK(keep(arena, "anew") == "anew");
}

TEST_CASE("Nothing, kept in an arena, is somewhere", "[arena]")
{
    Arena arena;
    CHECK(arena.keep(nullptr, 0) != nullptr);
}

TEST_CASE("More than there can be is refused, and the arena goes on", "[arena]")
{
    Arena arena;
    char const byte = 'x';
    CHECK_THROWS_AS(arena.keep(&byte, static_cast<std::size_t>(-1)), std::bad_alloc);
    CHECK(keep(arena, "still") == "still");
}
