#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Overwrites memory in a way that the optimiser may not remove.
inline void erase_memory(void* memory, std::size_t size) noexcept
{
    if (size == 0)
        return;
    std::memset(memory, 0, size);
#if defined(__GNUC__)
    asm volatile("" : : "r"(memory) : "memory");
#endif
}

} // namespace detail

/// A password or passphrase: erased when it goes, equal in constant time, never printed.
///
/// Only reveal() gives the text out. The text is kept on the heap and not in a std::string, whose
/// small-string buffer leaves copies behind when it moves.
class Secret {
public:
    /// No secret: for a user without password.
    Secret() noexcept = default;

    /// A copy of the text; the original stays where it is.
    explicit Secret(std::string_view text)
        : text_{text.empty() ? nullptr : new char[text.size() + 1]}, size_{text.size()}
    {
        if (text_ == nullptr)
            return;
        std::memcpy(text_, text.data(), size_);
        text_[size_] = '\0';
    }

    /// A null pointer, such as std::getenv() gives for what is not set, is an empty secret.
    explicit Secret(char const* text)
        : Secret{text != nullptr ? std::string_view{text} : std::string_view{}}
    {
    }

    /// Takes the text out of `source` and erases it there.
    explicit Secret(std::string&& source) : Secret{std::string_view{source}}
    {
        detail::erase_memory(source.data(), source.size());
        source.clear();
    }

    Secret(Secret const& other) : Secret{other.reveal()} {}

    Secret(Secret&& other) noexcept : text_{other.text_}, size_{other.size_}
    {
        other.text_ = nullptr;
        other.size_ = 0;
    }

    Secret& operator=(Secret other) noexcept
    {
        std::swap(text_, other.text_);
        std::swap(size_, other.size_);
        return *this;
    }

    ~Secret()
    {
        if (text_ != nullptr)
            // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDelete): taken for destroyed twice in std::optional
            detail::erase_memory(text_, size_);
        delete[] text_;
    }

    /// The value of an environment variable.
    /// @throws Error if the variable is not set
    [[nodiscard]] static Secret from_env(char const* variable);

    /// The first line of a file, such as one that an orchestrator mounts.
    /// @throws Error if the file cannot be read or is longer than 4096 bytes
    [[nodiscard]] static Secret from_file(std::filesystem::path const& file);

    /// The text itself, valid as long as this object is neither changed nor destroyed.
    [[nodiscard]] std::string_view reveal() const noexcept { return {c_str(), size_}; }

    /// The text with a NUL behind it, for C interfaces.
    [[nodiscard]] char const* c_str() const noexcept { return text_ != nullptr ? text_ : ""; }

    /// Whether there is no text.
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// Takes as long for a near miss as for a far one; only the length can be told from the time.
    friend bool operator==(Secret const& left, Secret const& right) noexcept
    {
        if (left.size_ != right.size_)
            return false;
        unsigned difference = 0;
        for (std::size_t i = 0; i < left.size_; ++i)
            difference |= static_cast<unsigned char>(left.text_[i] ^ right.text_[i]);
        return difference == 0;
    }

    /// Prints a placeholder, so that a struct with a secret in it can be logged.
    friend std::ostream& operator<<(std::ostream& out, Secret const&) { return out << "(secret)"; }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/secret.ipp>
#endif
