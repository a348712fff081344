#pragma once

#include <sealsql/detail/client_identity_store.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/revocation_lists.hpp>
#include <sealsql/detail/session_cache.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_store.hpp>
#include <sealsql/impl/client_identity_store.ipp>
#include <sealsql/impl/revocation_lists.ipp>
#include <sealsql/impl/trust_store.ipp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void release_session(ssl_session_st* session) noexcept { SSL_SESSION_free(session); }

/// Whether an equal policy can come again: not where the files were replaced that this one was made of.
[[nodiscard]] SEALSQL_INLINE bool may_come_again(TlsPolicy const& policy)
{
    return (!policy.trust || is_current(policy.trust)) &&
           (!policy.revocation.lists || is_current(policy.revocation.lists)) &&
           (!policy.identity || is_current(policy.identity));
}

/// Sessions in the order of their age. A search looks at all: there are few, and it is nothing beside the
/// handshake that it saves.
class SessionCache {
public:
    [[nodiscard]] static SessionCache& instance()
    {
        // Never destroyed: a connection may be opened while static objects go.
        static auto* const cache = new SessionCache; // NOLINT(cppcoreguidelines-owning-memory)
        return *cache;
    }

    [[nodiscard]] KeptSession take(TlsPolicy const& policy)
    {
        std::int64_t const now = std::time(nullptr);
        std::lock_guard const lock{mutex_};
        Entry* newest = nullptr;
        for (Entry& entry : entries_) {
            if (!entry.kept.session)
                continue;
            if (now >= entry.kept.valid_until)
                entry = Entry{};
            else if ((newest == nullptr || entry.age > newest->age) && *entry.policy == policy)
                newest = &entry;
        }
        if (newest == nullptr) {
            // A full handshake is due, as after a change of the CA: what was made under the former one goes now.
            drop_useless();
            return {};
        }
        SSL_SESSION* const session = newest->kept.session.get();
        if (SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION) {
            // Good for many connections, and the server may give no other.
            return {TlsSession{SSL_SESSION_dup(session)}, newest->kept.valid_until,
                    newest->kept.identity_requested, newest->kept.groups, newest->kept.peer};
        }
        KeptSession taken = std::move(newest->kept);
        *newest = Entry{};
        return taken;
    }

    void keep(Shared<TlsPolicy const> const& policy, KeptSession session)
    {
        if (!may_come_again(*policy))
            return;
        std::lock_guard const lock{mutex_};
        Entry* oldest = entries_.data();
        Entry* oldest_of_policy = nullptr;
        std::size_t of_policy = 0;
        for (Entry& entry : entries_) {
            if (entry.age < oldest->age)
                oldest = &entry;
            if (!entry.kept.session || *entry.policy != *policy)
                continue;
            ++of_policy;
            if (oldest_of_policy == nullptr || entry.age < oldest_of_policy->age)
                oldest_of_policy = &entry;
        }
        Entry& slot = of_policy < most_of_policy ? *oldest : *oldest_of_policy;
        slot.policy = policy;
        slot.kept = std::move(session);
        slot.age = ++latest_;
    }

    void forget(TlsPolicy const& policy)
    {
        std::lock_guard const lock{mutex_};
        for (Entry& entry : entries_) {
            if (entry.kept.session && *entry.policy == policy)
                entry = Entry{};
        }
    }

private:
    /// Enough for a pool that connects at once to one server, and for many servers.
    static constexpr std::size_t most = 256;
    static constexpr std::size_t most_of_policy = 32;

    struct Entry {
        Shared<TlsPolicy const> policy;
        KeptSession kept;
        std::uint64_t age = 0; // zero: free
    };

    /// Under the lock.
    void drop_useless()
    {
        for (Entry& entry : entries_) {
            if (entry.kept.session && !may_come_again(*entry.policy))
                entry = Entry{};
        }
    }

    std::mutex mutex_;
    std::array<Entry, most> entries_;
    std::uint64_t latest_ = 0;
};

SEALSQL_INLINE KeptSession take_session(TlsPolicy const& policy) noexcept
{
    try {
        return SessionCache::instance().take(policy);
    } catch (...) {
        return {}; // a full handshake is always possible
    }
}

SEALSQL_INLINE void keep_session(Shared<TlsPolicy const> const& policy,
                                 KeptSession session) noexcept
{
    try {
        SessionCache::instance().keep(policy, std::move(session));
    } catch (...) {
        // The next handshake is a full one.
    }
}

SEALSQL_INLINE void forget_sessions(TlsPolicy const& policy) noexcept
{
    try {
        SessionCache::instance().forget(policy);
    } catch (...) {
        // Without memory for a cache there is nothing in it.
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail
