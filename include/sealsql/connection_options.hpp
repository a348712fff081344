#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/transport.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// Longest times. Each is a whole: a peer that sends a byte now and then does not stretch it.
struct Timeouts {
    /// From the first address that is dialled to the end of the last init statement. The resolver's
    /// time comes on top: the system's resolver cannot be interrupted. It counts where it runs in a thread of its own:
    /// in connect() of <sealsql/deadline.hpp>, a ConnectionSource, and a pool.
    std::chrono::milliseconds connect{10'000};

    /// For a server's whole answer to a statement, and again for each row and each further result that is handed over. What is
    /// left out, such as the rows of a statement that is only executed, has this time for all of it. What takes longer costs the
    /// connection, and nobody tells the server: a statement may run on there, and hold its locks, until it looks at the connection
    /// again. To have it stopped, and keep the connection, set ConnectionOptions::operation_timeout to less, or give an
    /// OperationDeadline of <sealsql/deadline.hpp>.
    std::chrono::milliseconds read{300'000};

    /// For handing a whole statement to the network.
    std::chrono::milliseconds write{60'000};

    // Parts of `connect`, for what should be noticed sooner. Zero: limited by `connect` alone.

    /// For one address to accept a TCP connection; after that the next one is tried.
    std::chrono::milliseconds dial{0};

    /// From there to the end of the TLS handshake: the server's greeting and the check of its certificate.
    std::chrono::milliseconds handshake{0};

    /// From there, or in plaintext from the TCP connection, to the end of the login.
    std::chrono::milliseconds login{0};

    friend bool operator==(Timeouts const&, Timeouts const&) = default;
};

/// When the kernel gives up a server that has gone silent: one that lost its power or its network and says no more
/// that it is gone. See SO_KEEPALIVE in socket(7), and the options named here in tcp(7). Not used on local sockets.
struct Keepalive {
    /// How long nothing has to come before the server is probed (TCP_KEEPIDLE). Zero: it is not.
    std::chrono::seconds idle{60};

    /// From one probe that is not answered to the next (TCP_KEEPINTVL).
    std::chrono::seconds interval{10};

    /// How many that are not answered end the connection (TCP_KEEPCNT). Where `unacknowledged` is not zero, the
    /// kernel goes by that time instead.
    int probes = 3;

    /// How long what was sent may stay unacknowledged (TCP_USER_TIMEOUT). It also ends the connection to a server
    /// that lives but takes nothing in for so long, which is why it is longer than Timeouts::write and a
    /// server's usual innodb_lock_wait_timeout. Zero: as the system is set, which is a quarter of an hour or so.
    std::chrono::milliseconds unacknowledged{120'000};

    friend bool operator==(Keepalive const&, Keepalive const&) = default;
};

/// What a program says of itself.
struct ConnectionAttribute {
    std::string name{};
    std::string value{};

    friend bool operator==(ConnectionAttribute const&, ConnectionAttribute const&) = default;
};

/// Some of them: written `{{"name", "value"}, …}`, with size(), [], push_back() and `for` like a std::vector, which
/// would cost every file that includes sealsql more to compile.
using ConnectionAttributes = detail::List<ConnectionAttribute>;

/// Whether statements and results travel compressed: made by `Compression` of <sealsql/compression.hpp>.
struct CompressionPolicy {
    /// Null: they do not.
    detail::ByteCodec* (*make_codec)() = nullptr;

    friend bool operator==(CompressionPolicy const&, CompressionPolicy const&) = default;
};

/// How long each operation may take until the server is told to stop it: made by `OperationTimeout` of
/// <sealsql/deadline.hpp>.
struct OperationPolicy {
    std::chrono::milliseconds time{0};
    std::chrono::milliseconds grace{0};
    /// Null: as long as Timeouts::read lets it. The caller owns what it makes.
    detail::OperationLimit* (*make_limit)(detail::Session& session) = nullptr;

    friend bool operator==(OperationPolicy const&, OperationPolicy const&) = default;
};

namespace detail {

/// An observer, as the umbrella knows it; <sealsql/observer.hpp> knows the rest.
struct ObserverOwner : Count {
    using Count::Count;

    Observer* observer = nullptr;
    /// Makes what tells it of one session; the caller owns that.
    SessionWatch* (*make_watch)(ConnectionOptions const& options) = nullptr;
};

} // namespace detail

/// One of several owners of an Observer, which is told what connections do: made by make_observer() of
/// <sealsql/observer.hpp>. A default one is of nobody.
class ObserverHandle {
public:
    ObserverHandle() noexcept = default;
    /// For make_observer(): the first owner.
    explicit ObserverHandle(detail::ObserverOwner* owner) noexcept : owner_{owner} {}
    ObserverHandle(ObserverHandle const& other) noexcept : owner_{other.owner_}
    {
        if (owner_ != nullptr)
            owner_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    ObserverHandle& operator=(ObserverHandle other) noexcept
    {
        detail::ObserverOwner* const owner = owner_;
        owner_ = other.owner_;
        other.owner_ = owner;
        return *this;
    }
    ~ObserverHandle()
    {
        if (owner_ != nullptr && owner_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            owner_->destroy(owner_);
    }

    explicit operator bool() const noexcept { return owner_ != nullptr; }

    /// Null if it is of nobody.
    [[nodiscard]] Observer* get() const noexcept
    {
        return owner_ != nullptr ? owner_->observer : nullptr;
    }
    [[nodiscard]] Observer* operator->() const noexcept { return get(); }

    /// Whether both are of the same observer.
    friend bool operator==(ObserverHandle const& left, ObserverHandle const& right) noexcept
    {
        return left.get() == right.get();
    }

private:
    friend class detail::Session;

    detail::ObserverOwner* owner_ = nullptr;
};

/// Everything that a connection is made from: what ConnectionBuilder builds. A plain value, to be
/// kept and used many times.
struct ConnectionOptions {
    /// Where the server is.
    Endpoint endpoint{};

    /// Whether and how TLS protects the connection.
    Transport transport{};

    /// Whom to log in as.
    std::string user{};
    /// A connection keeps it, to be able to log in a second time where an OperationTimeout or
    /// OperationDeadline of <sealsql/deadline.hpp> has to have a statement stopped, and erases it at its end.
    Secret password{};
    /// Empty: none is selected.
    std::string database{};

    /// How the login may prove the password; the server chooses one of them. A method that is not here is
    /// not answered. The two that show the password as a matter of course, `mysql_clear_password` and
    /// `dialog`, are answered to a verified server only. In plaintext over a network,
    /// `caching_sha2_password` and `sha256_password` are not answered at all.
    LoginMethods login_methods{};

    Timeouts timeouts{};

    /// For each operation, whereupon the server is told to stop it and the connection stays. Not limited, unless it is set.
    OperationPolicy operation_timeout{};

    Keepalive keepalive{};

    /// Of statements and results.
    std::string character_set = "utf8mb4";

    /// Run in this order on each new connection, and again after Connection::reset().
    std::vector<std::string> init_statements{};

    /// Shown in the server's `performance_schema.session_connect_attrs`.
    ConnectionAttributes connection_attributes{};

    /// Bytes of the largest row that is accepted; a server that sends a larger one is cut off. How
    /// large a statement may be is the server's `max_allowed_packet`.
    std::size_t max_allowed_packet = std::size_t{64} << 20U;

    /// How many statements with parameters a connection keeps prepared for the next time, the ones used last.
    /// Zero: each is prepared for one time.
    std::size_t statement_cache_size = 64;

    /// Whether one text may hold several statements, with `;` between, whose results are read by
    /// <sealsql/results.hpp>. Off: what is injected into a text can then not begin a statement of its own.
    bool multi_statements = false;

    /// Whether what an UPDATE found counts as affected, as JDBC, MySqlConnector, Node and Django's backends have it, and not
    /// only what it really changed: a row that had the new values already is then no missing row. The same goes for
    /// SQL's ROW_COUNT() and for `INSERT … ON DUPLICATE KEY UPDATE`, where such a row counts 1 and not 0. A server
    /// that cannot count so is refused.
    bool found_rows = false;

    /// Whether load_data() of <sealsql/load_data.hpp> can be used. The server is then told that it may ask for
    /// data within `LOAD DATA LOCAL`. It still gets nothing but what load_data() was given.
    bool local_infile = false;

    /// Used if the server can. How well a text was compressed shows in the size of what travels, also through
    /// TLS: where others can have texts of their own sent next to a secret, leave it out.
    CompressionPolicy compression{};

    /// Is told what the connection does; nobody is, unless it is set.
    ObserverHandle observer{};

    friend bool operator==(ConnectionOptions const&, ConnectionOptions const&) = default;
};

/// Refuses options that cannot be meant, such as an empty host. Connecting does it first.
/// @throws Error with the cure as remedy; TlsError where it is about TLS
void check(ConnectionOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/connection_options.ipp>
#endif
