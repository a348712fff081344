#pragma once

#include <sealsql/observer.hpp>

#include <mutex>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>

/// Writes spans as OpenTelemetry's OTLP has them in JSON, a request with one span on each line: what a collector's
/// `otlpjsonfile` receiver reads, and what its HTTP receiver takes at `/v1/traces`.
///
/// Attributes are those of the semantic conventions for database client spans: no parameters, no literals, and of errors the
/// numbers only. What belongs together, such as an attempt to connect and its handshake, is one trace where set_parent() says
/// so.
class SpanExporter final : public sealsql::Observer {
public:
    /// The stream outlives the observer.
    SpanExporter(std::ostream& out, std::string service_name)
        : out_{&out}, service_name_{std::move(service_name)}
    {
    }

    /// The spans of this thread are children of that one from now on: 32 and 16 hexadecimal digits, as in a
    /// `traceparent`. Empty: each begins a trace of its own.
    static void set_parent(std::string trace_id, std::string span_id);

    void on_connect(sealsql::ConnectEvent const& event) noexcept override;
    void on_handshake(sealsql::HandshakeEvent const& event) noexcept override;
    void on_operation(sealsql::OperationEvent const& event) noexcept override;
    void on_pool(sealsql::PoolEvent const& event) noexcept override;

private:
    class Attributes;

    [[nodiscard]] std::string random_id(int bytes);
    void write(std::string_view name, sealsql::Span const& span, Attributes const& attributes,
               sealsql::Error const* error);

    std::ostream* out_;
    std::string service_name_;
    std::mutex mutex_;
    std::random_device random_;
};
