#ifndef SEALSQL_TESTS_CHAOS_PROGRAM_HPP
#define SEALSQL_TESTS_CHAOS_PROGRAM_HPP

// What the workload needs that has nothing to do with databases: its arguments, its ledger, and what the process holds.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sealsql::chaos {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline std::int64_t now_ns(Clock::time_point when = Clock::now())
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

/// `--name value` for each; what is not given has a default.
class Settings {
public:
    Settings(int count, char const* const* arguments);
    [[nodiscard]] std::string const& operator[](std::string const& name) const;
    [[nodiscard]] long number(std::string const& name) const;
    /// `--host address:port`, as often as given.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint16_t>> const& hosts() const noexcept
    {
        return hosts_;
    }

private:
    std::map<std::string, std::string> values_;
    std::vector<std::pair<std::string, std::uint16_t>> hosts_;
};

/// A file to which each line is appended at once, by any thread.
class Ledger {
public:
    explicit Ledger(std::string const& path);
    Ledger(Ledger const&) = delete;
    Ledger& operator=(Ledger const&) = delete;
    ~Ledger();

    template <class... Parts>
    void line(Parts const&... parts)
    {
        std::string text;
        (add(text, parts), ...);
        text += '\n';
        write(text);
    }

private:
    template <class Part>
    static void add(std::string& text, Part const& part)
    {
        if constexpr (std::is_same_v<Part, char>)
            text += part;
        else if constexpr (std::is_arithmetic_v<Part>)
            text += std::to_string(part);
        else
            text += std::string_view{part};
    }

    void write(std::string_view text) const;

    int descriptor_;
};

/// What the process holds at a moment at which it is at rest.
struct Holdings {
    std::size_t descriptors = 0;
    std::size_t threads = 0;
    std::size_t resident_kib = 0;
    /// Of the C library's allocator; 0 under a sanitizer, which has one of its own.
    std::size_t allocated_kib = 0;

    [[nodiscard]] static Holdings now();
    [[nodiscard]] std::string json() const;
};

} // namespace sealsql::chaos

#endif
