#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// The kinds of geometry; the numbers are those of WKB.
enum class GeometryType : std::uint8_t {
    point = 1,
    line_string = 2,
    polygon = 3,
    multi_point = 4,
    multi_line_string = 5,
    multi_polygon = 6,
    collection = 7,
};

/// `POINT`, `LINESTRING`, …
[[nodiscard]] char const* to_string(GeometryType type) noexcept;

/// Two coordinates in the order of the bytes: X and Y, of which MySQL makes longitude and latitude where its
/// reference system is geographic.
struct Point {
    double x = 0;
    double y = 0;

    friend bool operator==(Point const&, Point const&) = default;
};

/// A value of a GEOMETRY column: the number of its reference system, and its shape as well-known binary (WKB,
/// OGC 06-103r4) that was checked: a library for it can trust all lengths in it.
///
/// Points, lines and polygons can be taken apart and put together here, others are for such a library.
class Geometry {
public:
    using Line = std::vector<Point>;

    /// GEOMETRYCOLLECTION EMPTY, without a reference system.
    Geometry();

    /// @throws Error if the bytes are no WKB, or are followed by others
    explicit Geometry(std::vector<std::byte> wkb, std::uint32_t srid = 0);

    [[nodiscard]] static Geometry point(Point point, std::uint32_t srid = 0);
    [[nodiscard]] static Geometry line_string(Line const& points, std::uint32_t srid = 0);

    /// The outer ring first, then the holes; the last point of each is the first again.
    [[nodiscard]] static Geometry polygon(std::vector<Line> const& rings, std::uint32_t srid = 0);

    /// The spatial reference system, such as 4326; 0 for none.
    [[nodiscard]] std::uint32_t srid() const noexcept { return srid_; }

    [[nodiscard]] GeometryType type() const noexcept;

    /// Without the reference system: what ST_AsBinary() gives.
    [[nodiscard]] std::vector<std::byte> const& wkb() const noexcept { return wkb_; }

    /// @throws Error if it is another kind of geometry
    [[nodiscard]] Point as_point() const;

    /// @throws Error if it is another kind of geometry
    [[nodiscard]] Line as_line_string() const;

    /// @throws Error if it is another kind of geometry
    [[nodiscard]] std::vector<Line> as_polygon() const;

    /// Of the bytes: another byte order is not equal.
    friend bool operator==(Geometry const&, Geometry const&) = default;

private:
    std::vector<std::byte> wkb_;
    std::uint32_t srid_ = 0;
};

namespace detail {

/// Whether it is one WKB and nothing else.
[[nodiscard]] bool is_wkb(Bytes bytes) noexcept;

/// Four bytes of reference system, little-endian, and WKB: the servers' own form, in both protocols.
/// @return false if it is something else
[[nodiscard]] bool read_geometry(Bytes bytes, Geometry& value);

} // namespace detail

/// GEOMETRY and its kinds, and a BLOB with what one of these holds.
template <>
struct ValueTraits<Geometry> {
    [[nodiscard]] static bool decode(FieldView const& field, Geometry& value);
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::blob, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Geometry const& value);
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/geometry.ipp>
#endif
