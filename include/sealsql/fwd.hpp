#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>

/// @file
/// Public classes, declared: for headers that only name them.

namespace sealsql::inline SEALSQL_ABI {

class CertificateCheck;
class ClientIdentity;
class Connection;
class Endpoint;
class Error;
class LoginMethods;
class FieldView;
class Observer;
class ObserverHandle;
class OperationCancelled;
class Pin;
class PooledConnection;
class PreparedStatement;
class Revocation;
class Row;
class Secret;
class ServerChain;
class Sql;
class TlsError;
class Transaction;
class Transport;
class TrustAnchors;
enum class CancelOutcome : std::uint8_t;
enum class CancelReason : std::uint8_t;
enum class ColumnType : std::uint8_t;
enum class ErrorOrigin : std::uint8_t;
enum class LoginMethod : std::uint8_t;
enum class ServerRole : std::uint8_t;
enum class Target : std::uint8_t;
enum class TlsReason : std::uint8_t;
enum class TlsStage : std::uint8_t;
enum class TlsVersion : std::uint8_t;
enum class VerifyMode : std::uint8_t;
enum class WireForm : std::uint8_t;
struct Certificate;
struct Column;
struct CompressionPolicy;
struct ConnectionOptions;
struct ExecuteResult;
struct Host;
struct HostListOptions;
struct HostStatus;
struct Keepalive;
struct SslOptions;
struct Timeouts;
struct TlsInfo;
struct Warning;
template <class T>
struct ValueTraits;
template <class Login, class TransportState>
class BasicConnectionBuilder;

namespace detail {
class ByteCodec;
class OperationLimit;
class Session;
class SessionWatch;
struct SessionAccess;
} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
