#pragma once

#include <sealsql/byte_source.hpp>
#include <sealsql/column.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

/// @file
/// Not part of <sealsql/sealsql.hpp>: include it where values are written or read that are too large to be in
/// memory as a whole.

namespace sealsql::inline SEALSQL_ABI {

/// A value that is written piece by piece: a function, a stream, a range of texts or bytes in memory. A
/// parameter of execute_in_pieces().
using BlobSource = ByteSource;

namespace detail {

/// Stands for a parameter that the server has got before, in pieces.
struct SentBlob {};

/// What an open value is given to, piece by piece.
struct PieceSink {
    void* context = nullptr;
    void (*take)(void* context, std::span<std::byte const> piece) = nullptr;
};

/// A statement that is prepared for one call.
class OneStatement {
public:
    OneStatement(Shared<Session> const& session, std::string_view sql);
    OneStatement(OneStatement const&) = delete;
    OneStatement& operator=(OneStatement const&) = delete;
    ~OneStatement();

    void require_parameters(std::size_t given) const;
    /// COM_STMT_SEND_LONG_DATA, which the server does not answer.
    void send_blob(std::size_t parameter, BlobSource& source);
    [[nodiscard]] ExecuteResult execute(Arguments const& arguments);
    [[nodiscard]] std::optional<std::uint64_t> read(Arguments const& arguments, PieceSink sink);

private:
    void send_pieces(std::size_t parameter, BlobSource& source);
    [[nodiscard]] std::optional<std::uint64_t> read_value(Arguments const& arguments,
                                                          PieceSink sink);

    Shared<Session> session_;
    Shared<Statement> statement_;
};

template <class T>
inline constexpr bool is_blob_source = std::same_as<T, BlobSource>;

/// Writes a parameter, or that it was sent before.
template <class T>
void add_or_skip(ParameterWriter& writer, T const& value)
{
    if constexpr (is_blob_source<T>)
        writer.add(SentBlob{});
    else
        writer.add(value);
}

} // namespace detail

template <>
struct ValueTraits<detail::SentBlob> {
    static constexpr ParameterType parameter_type{ColumnType::long_blob, false};
    [[nodiscard]] static bool encode(detail::WireWriter&, detail::SentBlob) { return true; }
};

/// As Connection::execute(), where some parameters are BlobSource, which are sent in pieces of a megabyte
/// (COM_STMT_SEND_LONG_DATA). They may be larger than a packet of the protocol, 16 MiB, and up to what the
/// server's `max_allowed_packet` allows for one value (1 GiB at most); it says so if one is larger.
///
/// ```
/// std::ifstream film{"film.mkv", std::ios::binary};
/// execute_in_pieces(db, "INSERT INTO films (name, content) VALUES (?, ?)", "Film", sealsql::BlobSource{film});
/// ```
///
/// What a source throws leaves the connection usable and nothing executed. It may run statements on the same connection, as
/// long as it goes through their rows to the end, and does not reset it.
template <class... Parameters>
    requires(sizeof...(Parameters) != 0 &&
             ((Parameter<std::remove_cvref_t<Parameters>> ||
               detail::is_blob_source<std::remove_cvref_t<Parameters>>)&&...))
ExecuteResult execute_in_pieces(Connection& db, Sql sql, Parameters&&... parameters)
{
    detail::OneStatement statement{detail::SessionAccess::session(db), sql.text()};
    statement.require_parameters(sizeof...(Parameters));
    std::size_t index = 0;
    auto const send = [&](auto& parameter) {
        if constexpr (detail::is_blob_source<std::remove_cvref_t<decltype(parameter)>>)
            statement.send_blob(index, parameter);
        ++index;
    };
    (send(parameters), ...);
    auto const write = [&](detail::ParameterWriter& writer) {
        (detail::add_or_skip(writer, parameters), ...);
    };
    return statement.execute(detail::arguments_from(sizeof...(Parameters), write));
}

/// Reads one value of any size, given to `sink` piece by piece as it comes from the network: no more than some
/// 20 KiB of it are in memory. For a statement that gives one row of one column of text or bytes.
///
/// Not windows of SUBSTRING(): this is one statement, so that all pieces are of one value, and the server reads
/// the value once. ConnectionOptions::max_allowed_packet is not a limit for it. The read timeout is for each
/// piece.
///
/// ```
/// std::ofstream copy{"copy.mkv", std::ios::binary};
/// read_in_pieces(db, "SELECT content FROM films WHERE name = ?", [&](std::span<std::byte const> piece) {
///     copy.write(reinterpret_cast<char const*>(piece.data()), static_cast<std::streamsize>(piece.size()));
/// }, "Film");
/// ```
///
/// What `sink` throws is passed on when the rest has been read away; if that takes longer than the read timeout,
/// the connection is closed.
/// @param sink called with a `std::span<std::byte const>`, valid during the call
/// @return the value's size in bytes; nullopt for NULL
/// @throws Error also if there is no row or more than one, and for other columns
template <class Sink, Parameter... Parameters>
    requires(std::invocable<Sink&, std::span<std::byte const>>)
std::optional<std::uint64_t> read_in_pieces(Connection& db, Sql sql, Sink&& sink,
                                            Parameters const&... parameters)
{
    detail::OneStatement statement{detail::SessionAccess::session(db), sql.text()};
    statement.require_parameters(sizeof...(Parameters));
    auto const write = [&](detail::ParameterWriter& writer) { (writer.add(parameters), ...); };
    auto const take = [](void* context, std::span<std::byte const> piece) {
        static_cast<void>((*static_cast<std::remove_reference_t<Sink>*>(context))(piece));
    };
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): given back as what it was
    return statement.read(detail::arguments_from(sizeof...(Parameters), write),
                          {const_cast<void*>(static_cast<void const*>(&sink)), take});
}

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/blob.ipp>
#endif
