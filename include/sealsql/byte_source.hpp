#pragma once

#include <sealsql/detail/config.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <istream>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

/// @file
/// Not part of <sealsql/sealsql.hpp>: comes with <sealsql/load_data.hpp> and <sealsql/blob.hpp>.

namespace sealsql::inline SEALSQL_ABI {

/// Bytes that come piece by piece, so that they are never in memory as a whole: what load_data() sends and
/// execute_in_pieces() writes. Read once, from the beginning to the end.
///
/// Made of what it reads from, which has to live as long as the call that takes it.
class ByteSource {
public:
    /// A function that puts bytes into the room that it is given, which is not empty, and says how many; zero at
    /// the end.
    template <class Fill>
        requires(!std::same_as<std::remove_cvref_t<Fill>, ByteSource> &&
                 std::is_invocable_r_v<std::size_t, Fill&, std::span<std::byte>>)
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): an argument, made on the spot
    ByteSource(Fill&& fill) : fill_{std::forward<Fill>(fill)} {}

    /// What is left of a stream.
    // NOLINTNEXTLINE(google-explicit-constructor): as above
    ByteSource(std::istream& stream)
        : fill_{[&stream](std::span<std::byte> room) {
              // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
              stream.read(reinterpret_cast<char*>(room.data()),
                          static_cast<std::streamsize>(room.size()));
              if (stream.bad())
                  throw std::ios_base::failure{"the stream that was to be sent cannot be read"};
              return static_cast<std::size_t>(stream.gcount());
          }}
    {
    }

    /// Bytes in memory.
    template <class Bytes>
        requires(std::convertible_to<Bytes const&, std::span<std::byte const>>)
    // NOLINTNEXTLINE(google-explicit-constructor): as above
    ByteSource(Bytes const& bytes) : ByteSource{InMemory{}, bytes} {}

    /// Text in memory.
    template <class Text>
        requires(std::convertible_to<Text const&, std::string_view>)
    // NOLINTNEXTLINE(google-explicit-constructor): as above
    ByteSource(Text const& text)
        : ByteSource{InMemory{}, std::as_bytes(std::span{static_cast<std::string_view>(text)})}
    {
    }

    /// The texts of a range, one behind the other, such as the lines of a file to load.
    template <std::ranges::input_range Range>
        requires(std::convertible_to<std::ranges::range_reference_t<Range>, std::string_view> &&
                 !std::convertible_to<Range&, std::string_view>)
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): as above
    ByteSource(Range&& texts)
        : fill_{[at = std::ranges::begin(texts), end = std::ranges::end(texts),
                 sent = std::size_t{0}](std::span<std::byte> room) mutable {
              std::size_t size = 0;
              while (size != room.size() && at != end) {
                  auto&& text = *at;
                  std::string_view const left = std::string_view{text}.substr(sent);
                  std::size_t const part = std::min(room.size() - size, left.size());
                  if (part != 0)
                      std::memcpy(room.data() + size, left.data(), part);
                  size += part;
                  sent += part;
                  if (part == left.size()) {
                      ++at;
                      sent = 0;
                  }
              }
              return size;
          }}
    {
    }

    /// Puts the next bytes into `room`, which is not empty.
    /// @return how many; zero at the end
    [[nodiscard]] std::size_t read(std::span<std::byte> room)
    {
        return std::min(fill_(room), room.size());
    }

private:
    struct InMemory {};
    ByteSource(InMemory, std::span<std::byte const> bytes)
        : fill_{[bytes](std::span<std::byte> room) mutable {
              std::size_t const size = std::min(room.size(), bytes.size());
              if (size != 0)
                  std::memcpy(room.data(), bytes.data(), size);
              bytes = bytes.subspan(size);
              return size;
          }}
    {
    }

    std::function<std::size_t(std::span<std::byte>)> fill_;
};

} // namespace sealsql::inline SEALSQL_ABI
