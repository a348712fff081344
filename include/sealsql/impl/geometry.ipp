#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/error.hpp>
#include <sealsql/geometry.hpp>

#include <bit>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(GeometryType type) noexcept
{
    switch (type) {
    case GeometryType::point:
        return "POINT";
    case GeometryType::line_string:
        return "LINESTRING";
    case GeometryType::polygon:
        return "POLYGON";
    case GeometryType::multi_point:
        return "MULTIPOINT";
    case GeometryType::multi_line_string:
        return "MULTILINESTRING";
    case GeometryType::multi_polygon:
        return "MULTIPOLYGON";
    case GeometryType::collection:
        return "GEOMETRYCOLLECTION";
    }
    return "unknown";
}

namespace detail {

/// Reads the parts of WKB, each of which says its own byte order.
class WkbReader {
public:
    explicit WkbReader(Bytes bytes) noexcept : reader_{bytes} {}

    /// Byte order and kind; zero if there is none of ours.
    [[nodiscard]] unsigned header() noexcept
    {
        std::uint64_t const order = reader_.integer<1>();
        little_ = order == 1;
        std::uint32_t const type = number();
        return reader_.ok() && order <= 1 && type >= 1 && type <= 7 ? type : 0U;
    }

    /// How many elements of at least `size` bytes follow; fails if there is no room for them.
    [[nodiscard]] std::uint32_t count(std::size_t size) noexcept
    {
        std::uint32_t const count = number();
        if (count > reader_.remaining() / size) {
            ok_ = false;
            return 0;
        }
        return count;
    }

    [[nodiscard]] Point point() noexcept
    {
        double const x = coordinate();
        double const y = coordinate();
        return {x, y};
    }

    void skip_points(std::uint32_t count) noexcept { reader_.skip(point_size * count); }

    [[nodiscard]] bool ok() const noexcept { return ok_ && reader_.ok(); }
    [[nodiscard]] bool at_end() const noexcept { return reader_.remaining() == 0; }

    static constexpr std::size_t point_size = 16;

private:
    [[nodiscard]] std::uint32_t number() noexcept
    {
        auto const number = static_cast<std::uint32_t>(reader_.integer<4>());
        return little_ ? number : __builtin_bswap32(number);
    }

    [[nodiscard]] double coordinate() noexcept
    {
        std::uint64_t const bits = reader_.integer<8>();
        return std::bit_cast<double>(little_ ? bits : __builtin_bswap64(bits));
    }

    WireReader reader_;
    bool little_ = true;
    bool ok_ = true;
};

/// Goes over one geometry. `depth` bounds the recursion: the bytes decide how deep collections lie in each other.
[[nodiscard]] SEALSQL_INLINE bool skip_wkb(WkbReader& reader, unsigned wanted,
                                           unsigned depth) noexcept
{
    constexpr std::size_t header_size = 5;
    constexpr unsigned any = 0;
    unsigned const type = reader.header();
    if (type == 0 || depth == 0 || (wanted != any && type != wanted))
        return false;
    switch (static_cast<GeometryType>(type)) {
    case GeometryType::point:
        reader.skip_points(1);
        break;
    case GeometryType::line_string:
        reader.skip_points(reader.count(WkbReader::point_size));
        break;
    case GeometryType::polygon:
        for (std::uint32_t rings = reader.count(4); rings != 0 && reader.ok(); --rings)
            reader.skip_points(reader.count(WkbReader::point_size));
        break;
    case GeometryType::multi_point:
    case GeometryType::multi_line_string:
    case GeometryType::multi_polygon:
    case GeometryType::collection: {
        unsigned const part = static_cast<GeometryType>(type) == GeometryType::collection
                                  ? any
                                  : type - (static_cast<unsigned>(GeometryType::multi_point) - 1);
        for (std::uint32_t parts = reader.count(header_size); parts != 0; --parts)
            if (!skip_wkb(reader, part, depth - 1))
                return false;
        break;
    }
    }
    return reader.ok();
}

SEALSQL_INLINE bool is_wkb(Bytes bytes) noexcept
{
    constexpr unsigned max_depth = 64;
    WkbReader reader{bytes};
    return skip_wkb(reader, 0, max_depth) && reader.at_end();
}

/// Writes little-endian WKB, as servers keep it.
class WkbWriter {
public:
    explicit WkbWriter(GeometryType type)
    {
        bytes_.push_back(std::byte{1});
        number(static_cast<std::uint32_t>(type));
    }

    void points(Geometry::Line const& line)
    {
        count(line.size());
        for (Point const& each : line)
            point(each);
    }

    void point(Point point)
    {
        coordinate(point.x);
        coordinate(point.y);
    }

    void count(std::size_t size)
    {
        if (!std::in_range<std::uint32_t>(size))
            throw client_error(error_code::unknown_error,
                               "a geometry has at most 4294967295 points", "use fewer", "22023");
        number(static_cast<std::uint32_t>(size));
    }

    [[nodiscard]] std::vector<std::byte> take() && noexcept { return std::move(bytes_); }

private:
    void number(std::uint32_t number)
    {
        for (unsigned i = 0; i < 4; ++i)
            bytes_.push_back(static_cast<std::byte>(number >> (8U * i)));
    }

    void coordinate(double value)
    {
        auto const bits = std::bit_cast<std::uint64_t>(value);
        for (unsigned i = 0; i < 8; ++i)
            bytes_.push_back(static_cast<std::byte>(bits >> (8U * i)));
    }

    std::vector<std::byte> bytes_;
};

inline constexpr std::size_t srid_size = 4;

SEALSQL_INLINE bool read_geometry(Bytes bytes, Geometry& value)
{
    if (bytes.size() < srid_size || !is_wkb(bytes.subspan(srid_size)))
        return false;
    auto const srid = static_cast<std::uint32_t>(WireReader{bytes}.integer<srid_size>());
    value = Geometry{{bytes.begin() + srid_size, bytes.end()}, srid};
    return true;
}

/// A reader behind the header of what has to be of that type.
[[nodiscard]] SEALSQL_INLINE WkbReader open_wkb(Geometry const& value, GeometryType wanted)
{
    WkbReader reader{value.wkb()};
    if (reader.header() != static_cast<unsigned>(wanted))
        throw client_error(
            error_code::unknown_error,
            concat({"the geometry is a ", to_string(value.type()), ", not a ", to_string(wanted)}),
            "ask for type() before", "22023");
    return reader;
}

[[nodiscard]] SEALSQL_INLINE Geometry::Line read_points(WkbReader& reader)
{
    Geometry::Line points(reader.count(WkbReader::point_size));
    for (Point& point : points)
        point = reader.point();
    return points;
}

} // namespace detail

SEALSQL_INLINE Geometry::Geometry()
{
    detail::WkbWriter writer{GeometryType::collection};
    writer.count(0);
    wkb_ = std::move(writer).take();
}

SEALSQL_INLINE Geometry::Geometry(std::vector<std::byte> wkb, std::uint32_t srid)
    : wkb_{std::move(wkb)}, srid_{srid}
{
    if (!detail::is_wkb(wkb_))
        throw detail::client_error(
            detail::error_code::unknown_error,
            "the bytes are not one geometry as well-known binary",
            "give two-dimensional WKB without a reference system in it, as ST_AsBinary() does",
            "22023");
}

SEALSQL_INLINE Geometry Geometry::point(Point point, std::uint32_t srid)
{
    detail::WkbWriter writer{GeometryType::point};
    writer.point(point);
    return Geometry{std::move(writer).take(), srid};
}

SEALSQL_INLINE Geometry Geometry::line_string(Line const& points, std::uint32_t srid)
{
    detail::WkbWriter writer{GeometryType::line_string};
    writer.points(points);
    return Geometry{std::move(writer).take(), srid};
}

SEALSQL_INLINE Geometry Geometry::polygon(std::vector<Line> const& rings, std::uint32_t srid)
{
    detail::WkbWriter writer{GeometryType::polygon};
    writer.count(rings.size());
    for (Line const& ring : rings)
        writer.points(ring);
    return Geometry{std::move(writer).take(), srid};
}

SEALSQL_INLINE GeometryType Geometry::type() const noexcept
{
    return static_cast<GeometryType>(detail::WkbReader{wkb_}.header());
}

SEALSQL_INLINE Point Geometry::as_point() const
{
    return detail::open_wkb(*this, GeometryType::point).point();
}

SEALSQL_INLINE Geometry::Line Geometry::as_line_string() const
{
    auto reader = detail::open_wkb(*this, GeometryType::line_string);
    return detail::read_points(reader);
}

SEALSQL_INLINE std::vector<Geometry::Line> Geometry::as_polygon() const
{
    auto reader = detail::open_wkb(*this, GeometryType::polygon);
    std::vector<Line> rings(reader.count(4));
    for (Line& ring : rings)
        ring = detail::read_points(reader);
    return rings;
}

SEALSQL_INLINE bool ValueTraits<Geometry>::decode(FieldView const& field, Geometry& value)
{
    return accepts(field) && detail::read_geometry(detail::bytes_of(field), value);
}

SEALSQL_INLINE bool ValueTraits<Geometry>::accepts(FieldView const& field) noexcept
{
    return field.is_text() &&
           (field.column().type == ColumnType::geometry ||
            field.column().type == ColumnType::null || detail::holds_binary(field.column()));
}

SEALSQL_INLINE bool ValueTraits<Geometry>::encode(detail::WireWriter& writer, Geometry const& value)
{
    writer.length_encoded_integer(detail::srid_size + value.wkb().size());
    writer.integer<detail::srid_size>(value.srid());
    writer.bytes(value.wkb().data(), value.wkb().size());
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI
