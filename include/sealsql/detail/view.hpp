#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Elements in a row that belong to somebody else. Not a std::span: making one of a pointer and a size
/// costs our users' compiler more than all our packet parsers.
template <class T>
class View {
public:
    constexpr View() noexcept = default;
    constexpr View(T* data, std::size_t size) noexcept : data_{data}, size_{size} {}

    /// Whatever holds such elements in a row.
    template <class Elements>
        requires requires(Elements& elements) { View{elements.data(), elements.size()}; }
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): as std::span; a copy all the same
    View(Elements&& elements) noexcept : data_{elements.data()}, size_{elements.size()} {}

    [[nodiscard]] T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& operator[](std::size_t index) const noexcept { return data_[index]; }
    [[nodiscard]] T& front() const noexcept { return *data_; }
    [[nodiscard]] T* begin() const noexcept { return data_; }
    [[nodiscard]] T* end() const noexcept { return data_ + size_; }

    /// As std::span's; there must be so many.
    [[nodiscard]] View first(std::size_t count) const noexcept { return {data_, count}; }
    [[nodiscard]] View subspan(std::size_t from) const noexcept
    {
        return {data_ + from, size_ - from};
    }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes of a packet.
using Bytes = View<std::byte const>;

} // namespace sealsql::inline SEALSQL_ABI::detail
