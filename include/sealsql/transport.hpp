#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/ssl_options.hpp>

#include <cstdint>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// Whether and how TLS protects a connection. With nothing said: TLS or no connection, by the
/// defaults of SslOptions. There are no TLS options without TLS: a contradiction cannot be written.
class Transport {
public:
    Transport() = default;

    /// TLS or no connection.
    [[nodiscard]] static Transport tls(SslOptions options = {})
    {
        return Transport{Kind::tls, std::move(options)};
    }

    /// TLS when the server offers it, plaintext when it does not: a network attacker decides.
    [[nodiscard]] static Transport insecure_tls_if_offered(SslOptions options)
    {
        return Transport{Kind::tls_if_offered, std::move(options)};
    }

    /// No TLS. Over a network, `ConnectionBuilder::insecure_plaintext_over_network()` says what that
    /// means.
    [[nodiscard]] static Transport plaintext() { return Transport{Kind::plaintext, {}}; }

    /// Whether there is no connection without TLS.
    [[nodiscard]] bool demands_tls() const noexcept { return kind_ == Kind::tls; }

    /// The TLS that is demanded or welcome; null for plaintext. Valid as long as this object.
    [[nodiscard]] SslOptions const* ssl() const noexcept
    {
        return kind_ == Kind::plaintext ? nullptr : &ssl_;
    }

    friend bool operator==(Transport const&, Transport const&) = default;

private:
    enum class Kind : std::uint8_t { tls, tls_if_offered, plaintext };

    Transport(Kind kind, SslOptions options) : kind_{kind}, ssl_{std::move(options)} {}

    Kind kind_ = Kind::tls;
    SslOptions ssl_;
};

} // namespace sealsql::inline SEALSQL_ABI
