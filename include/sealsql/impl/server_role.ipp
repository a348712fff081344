#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/ask_role.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/server_role.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(ServerRole role) noexcept
{
    switch (role) {
    case ServerRole::unknown:
        return "unknown";
    case ServerRole::primary:
        return "primary";
    case ServerRole::replica:
        return "replica";
    case ServerRole::unfit:
        return "unfit";
    }
    return "unknown";
}

namespace detail {

/// What is asked for, by name. What is not here the server does not have.
struct ServerSettings {
    // Variables.
    std::string read_only{};
    std::string super_read_only{};
    std::string innodb_read_only{};
    std::string transaction_read_only{};
    std::string tx_read_only{}; // its name before MySQL 8.0 and MariaDB 11.1
    std::string wsrep_on{};
    std::string wsrep_provider{};
    std::string wsrep_reject_queries{};
    // Status.
    std::string wsrep_ready{};
    std::string wsrep_cluster_status{};
    std::string wsrep_local_state{};
    std::string wsrep_local_state_comment{};

    void set(std::string_view name, std::string_view value)
    {
        struct Slot {
            std::string_view name;
            std::string* value;
        };
        for (Slot const& slot : {Slot{"read_only", &read_only},
                                 {"super_read_only", &super_read_only},
                                 {"innodb_read_only", &innodb_read_only},
                                 {"transaction_read_only", &transaction_read_only},
                                 {"tx_read_only", &tx_read_only},
                                 {"wsrep_on", &wsrep_on},
                                 {"wsrep_provider", &wsrep_provider},
                                 {"wsrep_reject_queries", &wsrep_reject_queries},
                                 {"wsrep_ready", &wsrep_ready},
                                 {"wsrep_cluster_status", &wsrep_cluster_status},
                                 {"wsrep_local_state", &wsrep_local_state},
                                 {"wsrep_local_state_comment", &wsrep_local_state_comment}})
            if (equal_ignoring_case(name, slot.name))
                *slot.value = value;
    }
};

/// Neither off nor missing: MariaDB 12 knows more words than ON.
[[nodiscard]] SEALSQL_INLINE bool is_on(std::string_view value) noexcept
{
    return !value.empty() && value != "0" && !equal_ignoring_case(value, "OFF");
}

[[nodiscard]] SEALSQL_INLINE bool is_galera(ServerSettings const& settings) noexcept
{
    return is_on(settings.wsrep_on) && !settings.wsrep_provider.empty() &&
           !equal_ignoring_case(settings.wsrep_provider, "none");
}

/// @return ServerRole::unknown if the answer does not tell
[[nodiscard]] SEALSQL_INLINE RoleAndReason role_of(ServerSettings const& settings)
{
    if (is_galera(settings)) {
        auto const unfit = [](std::string_view what, std::string_view value) {
            return RoleAndReason{ServerRole::unfit,
                                 concat({"is a Galera node whose ", what, " is ",
                                         value.empty() ? std::string{"not told"} : shown(value)})};
        };
        if (!equal_ignoring_case(settings.wsrep_cluster_status, "Primary"))
            return unfit("wsrep_cluster_status", settings.wsrep_cluster_status);
        if (!is_on(settings.wsrep_ready))
            return unfit("wsrep_ready", settings.wsrep_ready);
        if (settings.wsrep_local_state != "4")
            return unfit("wsrep_local_state", settings.wsrep_local_state_comment.empty()
                                                  ? settings.wsrep_local_state
                                                  : settings.wsrep_local_state_comment);
        if (is_on(settings.wsrep_reject_queries) &&
            !equal_ignoring_case(settings.wsrep_reject_queries, "NONE"))
            return unfit("wsrep_reject_queries", settings.wsrep_reject_queries);
    }
    if (settings.read_only.empty()) // every server since 2003 has it
        return {};
    struct Variable {
        char const* name;
        std::string const& value;
    };
    for (Variable const& variable : {Variable{"read_only", settings.read_only},
                                     {"super_read_only", settings.super_read_only},
                                     {"innodb_read_only", settings.innodb_read_only},
                                     {"transaction_read_only", settings.transaction_read_only},
                                     {"tx_read_only", settings.tx_read_only}})
        if (is_on(variable.value))
            return {ServerRole::replica, concat({"takes no writes: its ", variable.name, " is ",
                                                 shown(variable.value)})};
    return {ServerRole::primary, "takes writes"};
}

/// Reads the pairs that the statement gives.
SEALSQL_INLINE void read_settings(Session& session, std::string_view sql, ServerSettings& settings,
                                  Clock::time_point latest)
{
    constexpr std::size_t most = 64;
    try {
        session.send_query(sql, latest);
        session.begin_reply();
        ReplyReader reader;
        reader.begin(false);
        std::size_t rows = 0;
        while (reader.is_under_way()) {
            if (session.read_event(reader, latest) != ReplyReader::Event::row)
                continue;
            View<FieldView const> const fields = reader.fields();
            if (fields.size() != 2 || ++rows > most)
                session.reject("answers something else than what it was asked for");
            if (!fields[0].is_null() && !fields[1].is_null())
                settings.set(fields[0].bytes(), fields[1].bytes());
        }
        session.set_idle();
    } catch (Error const&) {
        throw; // by which the session is idle or closed
    } catch (...) {
        session.close(); // in the middle of the answer
        throw;
    }
}

SEALSQL_INLINE RoleAndReason ask_role(Connection& connection, Clock::time_point latest)
{
    Session& session = require(SessionAccess::session(connection));
    ServerSettings settings;
    read_settings(session,
                  "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', "
                  "'innodb_read_only', 'transaction_read_only', 'tx_read_only', 'wsrep_on', "
                  "'wsrep_provider', 'wsrep_reject_queries')",
                  settings, latest);
    if (is_galera(settings))
        read_settings(
            session,
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', "
            "'wsrep_local_state', 'wsrep_local_state_comment')",
            settings, latest);
    RoleAndReason answer = role_of(settings);
    if (answer.role == ServerRole::unknown)
        throw client_error(
            error_code::unknown_error,
            concat(
                {session.target(), " does not say whether it takes writes: it has no read_only"}),
            "check what sits between this program and the server, or use Target::any");
    return answer;
}

} // namespace detail

SEALSQL_INLINE ServerRole server_role(Connection& connection)
{
    detail::Session const& session = detail::require(detail::SessionAccess::session(connection));
    return detail::ask_role(connection, detail::Clock::now() + session.read_timeout()).role;
}

} // namespace sealsql::inline SEALSQL_ABI
