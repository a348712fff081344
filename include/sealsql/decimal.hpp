#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace sealsql::inline SEALSQL_ABI {

/// A DECIMAL, exactly: up to 65 digits, of which up to 38 behind the point (MariaDB's limit; MySQL's is
/// 30). It keeps its digits behind the point, as the column does: 1.50 prints as 1.50, and equals 1.5.
///
/// There is no arithmetic: the server does it, or a library for it, or integers of the smallest
/// unit by to_scaled().
class Decimal {
public:
    static constexpr std::size_t max_digits = 65;
    static constexpr unsigned max_scale = 38;

    /// Zero.
    Decimal() noexcept = default;

    /// Every integer fits.
    template <detail::Integer T>
    // NOLINTNEXTLINE(google-explicit-constructor): exact
    Decimal(T number) noexcept : Decimal{magnitude(number), number < T{}, 0}
    {
    }

    /// From text such as "-12.50": digits, with a point and more digits if need be.
    /// @throws Error if it is not such a text, or has too many digits
    explicit Decimal(std::string_view text);

    /// As the constructor, with no value instead of an error.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text) noexcept;

    /// `number` divided by ten to the power of `scale`: of 1250 cents, 12.50.
    /// @throws Error if `scale` is larger than max_scale
    template <detail::Integer T>
    [[nodiscard]] static Decimal scaled(T number, unsigned scale)
    {
        check_scale(scale);
        return Decimal{magnitude(number), number < T{}, static_cast<std::uint8_t>(scale)};
    }

    /// Whether it is less than zero.
    [[nodiscard]] bool is_negative() const noexcept { return negative_; }

    /// The number of digits behind the point.
    [[nodiscard]] unsigned scale() const noexcept { return scale_; }

    /// As an integer.
    /// @throws Error if it is none, or does not fit
    template <detail::Integer T>
    [[nodiscard]] T to() const
    {
        return to_scaled<T>(0);
    }

    /// The value times ten to the power of `scale`, as an integer: of 12.5 and 2, 1250.
    /// @throws Error if it is none, or does not fit
    template <detail::Integer T>
    [[nodiscard]] T to_scaled(unsigned scale) const
    {
        // NOLINTNEXTLINE(readability-magic-numbers): the largest values of a T on both sides of zero
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
        std::uint64_t const least = std::is_signed_v<T> ? most + 1 : 0;
        std::uint64_t const number = to_magnitude(scale, negative_ ? least : most);
        return static_cast<T>(negative_ ? std::uint64_t{0} - number : number);
    }

    /// The nearest that a double can hold.
    [[nodiscard]] double to_double() const noexcept;

    /// By value: 1.50 and 1.5 are equal.
    friend bool operator==(Decimal const& left, Decimal const& right) noexcept
    {
        return left.compare(right) == 0;
    }
    friend std::weak_ordering operator<=>(Decimal const& left, Decimal const& right) noexcept
    {
        return left.compare(right) <=> 0;
    }

    /// The longest text: a sign, a point, and a zero before it.
    static constexpr std::size_t max_text = max_digits + 3;

    /// Writes it as the server does, without a NUL, into room for max_text.
    /// @return the number of characters
    std::size_t write(char* text) const noexcept;

private:
    Decimal(std::uint64_t number, bool negative, std::uint8_t scale) noexcept;

    template <class T>
    [[nodiscard]] static std::uint64_t magnitude(T number) noexcept
    {
        auto const bits = static_cast<std::uint64_t>(number);
        return number < T{} ? std::uint64_t{0} - bits : bits;
    }

    static void check_scale(unsigned scale);
    [[nodiscard]] std::uint64_t to_magnitude(unsigned scale, std::uint64_t most) const;
    [[nodiscard]] int compare(Decimal const& other) const noexcept;

    /// The position of the first digit: 1 for units, 2 for tens, 0 for tenths.
    [[nodiscard]] int position() const noexcept { return int{size_} - int{scale_}; }

    char digits_[max_digits] = {}; ///< the first is not '0'
    std::uint8_t size_ = 0;
    std::uint8_t scale_ = 0;
    bool negative_ = false; ///< never of zero
};

/// As the server writes it.
[[nodiscard]] std::string to_string(Decimal const& number);

/// DECIMAL, and integers. Floating-point numbers are none: their digits are not exact.
template <>
struct ValueTraits<Decimal> {
    [[nodiscard]] static bool decode(FieldView const& field, Decimal& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::decimal, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Decimal const& value);
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/decimal.ipp>
#endif
