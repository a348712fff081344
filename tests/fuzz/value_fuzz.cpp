// libFuzzer: one value of a row, of any type of column and in both protocols, read into every type there is. Whatever is
// read can be sent, and is the same when it comes back.

#include "fuzz.hpp"

#include <sealsql/types.hpp>

#include <sealsql/detail/wire_reader.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

namespace detail = sealsql::detail;
using namespace sealsql;
using fuzz::require;

enum class Colour { red, green, blue };

} // namespace

template <>
inline constexpr auto sealsql::enum_names<Colour> =
    sealsql::names<Colour>({{Colour::red, "red"}, {Colour::green, "g"}, {Colour::blue, ""}});

namespace {

enum class Flag { one, two };

} // namespace

template <>
inline constexpr auto sealsql::enum_names<Flag> = sealsql::names<Flag>({{Flag::one, "1"},
                                                                        {Flag::two, "zwei"}});

namespace {

// Equality, for which a number that is none equals itself: servers send what they like.
template <class T>
bool same(T const& left, T const& right)
{
    if constexpr (std::is_floating_point_v<T>)
        return std::memcmp(&left, &right, sizeof left) == 0;
    else if constexpr (std::is_same_v<T, Bits>)
        return left.value == right.value; // sent as an integer, which has all 64 bits
    else
        return left == right;
}

// What the value is when a server sends it back in a column of the parameter's type.
template <class T>
void check_round_trip(T const& value)
{
    if constexpr (SendableValue<T>) {
        detail::ByteBuffer buffer;
        detail::WireWriter writer{buffer};
        if (!detail::encode_value(writer, value))
            return;
        Column column;
        column.type = detail::parameter_type<T>.type;
        column.is_unsigned = detail::parameter_type<T>.is_unsigned;
        column.is_binary = column.type == ColumnType::blob;
        FieldView field{detail::binary_form(column), column};
        detail::WireReader reader{buffer.bytes()};
        std::string_view const bytes =
            detail::fixed_size(field.form()) != 0 ? reader.rest() : reader.length_encoded_text();
        require(reader.ok() && reader.remaining() == 0);
        require(detail::fixed_size(field.form()) == 0 ||
                bytes.size() == detail::fixed_size(field.form()));
        field.set(bytes.data(), bytes.size());
        T again{};
        require(detail::decode_value(field, again));
        require(same(again, value));
    }
}

template <class T>
void check(FieldView const& field)
{
    T value{};
    static_cast<void>(detail::accepts_column<T>(field));
    if (detail::decode_value(field, value))
        check_round_trip(value);
}

template <class... Types>
void check_all(FieldView const& field)
{
    (check<Types>(field), ...);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    // The first bytes are the column, the rest the value: in a block of its own and exactly its size, for AddressSanitizer.
    constexpr std::size_t header = 4;
    if (size < header)
        return 0;
    Column column;
    column.type = static_cast<ColumnType>(data[0]);
    column.is_unsigned = (data[1] & 1U) != 0;
    column.is_binary = (data[1] & 2U) != 0;
    column.is_zero_filled = (data[1] & 4U) != 0;
    column.decimals = data[2];
    column.length = data[3];
    std::vector<char> value(data + header, data + size);
    value.shrink_to_fit();
    FieldView field{(data[1] & 8U) != 0 ? detail::binary_form(column) : WireForm::text, column};
    // The row's reader has seen to it that a number has its size, and a date or time one of its sizes.
    std::size_t const fixed = detail::fixed_size(field.form());
    if (fixed != 0 && value.size() != fixed)
        return 0;
    field.set(value.empty() ? "" : value.data(), value.size());

    using namespace std::chrono;
    check_all<bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
              std::uint32_t, std::int64_t, std::uint64_t, float, double, std::string,
              std::string_view>(field);
    check_all<std::vector<std::byte>, std::array<std::byte, 16>, std::array<float, 3>,
              std::vector<float>, std::bitset<1>, std::bitset<10>, std::bitset<64>, Bits>(field);
    check_all<Decimal, DateTime, year_month_day, year, sys_time<microseconds>, sys_time<seconds>,
              local_time<milliseconds>, local_days, microseconds, seconds, hours>(field);
    check_all<Uuid, Inet4, Inet6, Json, Geometry, Colour, SetOf<Flag>>(field);
    sys_time<nanoseconds> fine; // read only: what is finer than a microsecond cannot be sent
    static_cast<void>(detail::decode_value(field, fine));

    Geometry geometry;
    if (detail::decode_value(field, geometry)) {
        switch (geometry.type()) {
        case GeometryType::point:
            static_cast<void>(geometry.as_point());
            break;
        case GeometryType::line_string:
            static_cast<void>(geometry.as_line_string());
            break;
        case GeometryType::polygon:
            static_cast<void>(geometry.as_polygon());
            break;
        default:
            break;
        }
    }
    Decimal decimal;
    if (detail::decode_value(field, decimal)) {
        auto const again = Decimal::parse(to_string(decimal));
        require(again && *again == decimal && again->scale() == decimal.scale());
        require((decimal <=> *again) == std::weak_ordering::equivalent);
    }
    return 0;
}
