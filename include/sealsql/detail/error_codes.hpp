#pragma once

#include <sealsql/detail/config.hpp>

/// @file
/// The dozen or so numbers that sealsql acts on, out of some 6,000. The rest pass through as they are.
/// From "Server Error Message Reference" and "Client Error Message Reference" of MySQL's manual.

namespace sealsql::inline SEALSQL_ABI::detail::error_code {

// Reported by clients.
inline constexpr int unknown_error = 2000;
inline constexpr int connection_error = 2002;
inline constexpr int conn_host_error = 2003;
inline constexpr int unknown_host = 2005;
inline constexpr int server_gone = 2006;
inline constexpr int server_lost = 2013;
inline constexpr int commands_out_of_sync = 2014;
inline constexpr int cannot_read_charset = 2019;
inline constexpr int packet_too_large = 2020;
inline constexpr int tls_error = 2026;
inline constexpr int malformed_packet = 2027;
inline constexpr int auth_plugin_cannot_load = 2059;
inline constexpr int server_lost_extended = 2055;
inline constexpr int auth_plugin_not_allowed = 5010;

// Reported by servers.
inline constexpr int record_changed = 1020;
inline constexpr int sort_aborted = 1028;
inline constexpr int too_many_connections = 1040;
inline constexpr int database_access_denied = 1044;
inline constexpr int access_denied = 1045;
inline constexpr int not_in_cluster = 1047;
inline constexpr int unknown_database = 1049;
inline constexpr int server_shutdown = 1053;
inline constexpr int syntax_error = 1064;
inline constexpr int empty_query = 1065;
inline constexpr int cannot_create_thread = 1135;
inline constexpr int statement_too_large = 1153;
inline constexpr int error_during_commit = 1180;
inline constexpr int too_many_user_connections = 1203;
inline constexpr int lock_wait_timeout = 1205;
inline constexpr int deadlock = 1213;
inline constexpr int user_limit_reached = 1226;
inline constexpr int unknown_statement = 1243;
inline constexpr int option_prevents_statement = 1290;
inline constexpr int query_interrupted = 1317;
inline constexpr int statement_outdated = 1615;
inline constexpr int read_only_transaction = 1792;
inline constexpr int read_only_mode = 1836;
inline constexpr int innodb_read_only = 1874;
inline constexpr int connection_killed = 1927;
inline constexpr int offline_mode = 3032;
inline constexpr int user_lock_deadlock = 3058;
inline constexpr int replication_hook_failed = 3100;
inline constexpr int transaction_rollback_during_commit = 3101;
inline constexpr int secure_transport_required = 3159;
inline constexpr int session_killed = 3169;
inline constexpr int local_infile_off = 3948;
inline constexpr int idle_disconnect = 4031;
inline constexpr int local_infile_off_mariadb = 4166;

} // namespace sealsql::inline SEALSQL_ABI::detail::error_code
