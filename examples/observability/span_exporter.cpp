#include "span_exporter.hpp"

#include <sealsql/printable.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

struct Parent {
    std::string trace_id;
    std::string span_id;
};

thread_local Parent
    parent; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): as OpenTelemetry's context is

/// printable() leaves well-formed UTF-8 without control characters.
std::string json_text(std::string_view text)
{
    std::string quoted = "\"";
    for (char const c : sealsql::printable(text)) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

/// OTLP writes integers of 64 bits as texts.
std::string json_number(std::int64_t number) { return '"' + std::to_string(number) + '"'; }

std::int64_t unix_nanoseconds(std::chrono::system_clock::time_point time)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

/// The numbers of an error, for it is they that statistics are made of.
std::string error_type(sealsql::Error const& error)
{
    if (auto const* const tls = dynamic_cast<sealsql::TlsError const*>(&error))
        return to_string(tls->reason());
    return std::to_string(error.code());
}

} // namespace

class SpanExporter::Attributes {
public:
    explicit Attributes(sealsql::ConnectionOptions const& options,
                        std::string_view system = "mysql")
    {
        add("db.system.name", system);
        if (!options.database.empty())
            add("db.namespace", options.database);
        if (options.endpoint.is_local_socket()) {
            add("server.address", options.endpoint.path().native());
        } else {
            add("server.address", options.endpoint.host());
            add("server.port", std::int64_t{options.endpoint.port()});
        }
    }

    void add(std::string_view key, std::string_view text)
    {
        add_value(key, "stringValue", json_text(text));
    }
    void add(std::string_view key, std::int64_t number)
    {
        add_value(key, "intValue", json_number(number));
    }
    void add_flag(std::string_view key, bool value)
    {
        add_value(key, "boolValue", value ? "true" : "false");
    }

    void add_peer(sealsql::Peer const& peer)
    {
        if (!peer.address.empty())
            add("network.peer.address", peer.address);
    }

    void add_error(sealsql::Error const* error)
    {
        if (error == nullptr)
            return;
        add("error.type", error_type(*error));
        if (error->origin() != sealsql::ErrorOrigin::client)
            add("db.response.status_code", std::to_string(error->code()));
    }

    [[nodiscard]] std::string const& json() const noexcept { return json_; }

private:
    void add_value(std::string_view key, std::string_view type, std::string_view value)
    {
        if (!json_.empty())
            json_ += ',';
        json_ += R"({"key":)" + json_text(key) + R"(,"value":{)" + json_text(type) + ':';
        json_ += value;
        json_ += "}}";
    }

    std::string json_;
};

void SpanExporter::set_parent(std::string trace_id, std::string span_id)
{
    parent = {std::move(trace_id), std::move(span_id)};
}

std::string SpanExporter::random_id(int bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    for (int i = 0; i < bytes; ++i) {
        unsigned const byte = random_() & 0xFFU;
        id += digits[byte >> 4U];
        id += digits[byte & 0xFU];
    }
    return id;
}

void SpanExporter::write(std::string_view name, sealsql::Span const& span,
                         Attributes const& attributes, sealsql::Error const* error)
{
    constexpr int kind_client = 3;
    constexpr int status_unset = 0;
    constexpr int status_error = 2;
    std::int64_t const begin = unix_nanoseconds(span.begin);
    std::lock_guard const lock{mutex_};
    *out_
        << R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":)"
        << json_text(service_name_)
        << R"(}}]},"scopeSpans":[{"scope":{"name":"sealsql"},"spans":[{"traceId":")"
        << (parent.trace_id.empty() ? random_id(16) : parent.trace_id) << R"(","spanId":")"
        << random_id(8) << '"';
    if (!parent.span_id.empty())
        *out_ << R"(,"parentSpanId":")" << parent.span_id << '"';
    *out_ << R"(,"name":)" << json_text(name) << R"(,"kind":)" << kind_client
          << R"(,"startTimeUnixNano":)" << json_number(begin) << R"(,"endTimeUnixNano":)"
          << json_number(begin + span.duration.count()) << R"(,"attributes":[)" << attributes.json()
          << R"(],"status":{"code":)" << (error != nullptr ? status_error : status_unset)
          << "}}]}]}]}\n"
          << std::flush;
}

// What an observer throws would end the program: a span that cannot be written is missing.

void SpanExporter::on_connect(sealsql::ConnectEvent const& event) noexcept
try {
    Attributes attributes{event.options, event.peer.system};
    attributes.add("db.operation.name", "CONNECT");
    attributes.add_peer(event.peer);
    attributes.add_error(event.error);
    write("CONNECT", event.span, attributes, event.error);
} catch (...) {
}

void SpanExporter::on_handshake(sealsql::HandshakeEvent const& event) noexcept
try {
    Attributes attributes{event.options, event.peer.system};
    if (event.tls != nullptr) {
        // As the conventions for TLS have it: the version alone.
        std::string_view version = event.tls->version;
        if (version.starts_with("TLSv"))
            version.remove_prefix(4);
        attributes.add("tls.protocol.name", "tls");
        attributes.add("tls.protocol.version", version);
        attributes.add("tls.cipher", event.tls->cipher);
        attributes.add_flag("tls.resumed", event.tls->resumed);
        attributes.add("tls.server.subject", event.tls->peer.subject);
    }
    attributes.add_flag("tls.established", event.tls != nullptr);
    attributes.add_peer(event.peer);
    attributes.add_error(event.error);
    write("TLS handshake", event.span, attributes, event.error);
} catch (...) {
}

void SpanExporter::on_operation(sealsql::OperationEvent const& event) noexcept
try {
    Attributes attributes{event.options, event.peer.system};
    attributes.add("db.operation.name", event.name);
    if (!event.summary.empty())
        attributes.add("db.query.summary", event.summary);
    if (!event.statement.empty() && event.name != event.summary)
        attributes.add("db.query.text", event.statement);
    if (event.batch_size > 1)
        attributes.add("db.operation.batch.size", static_cast<std::int64_t>(event.batch_size));
    if (event.error == nullptr)
        attributes.add("db.response.returned_rows", static_cast<std::int64_t>(event.returned_rows));
    attributes.add_peer(event.peer);
    attributes.add_error(event.error);
    write(!event.summary.empty() ? event.summary : event.name, event.span, attributes, event.error);
} catch (...) {
}

void SpanExporter::on_pool(sealsql::PoolEvent const& event) noexcept
try {
    // Of all that a pool does, it is the waits that belong into a trace; the rest is metrics.
    if (event.kind != sealsql::PoolEventKind::acquired &&
        event.kind != sealsql::PoolEventKind::acquire_failed)
        return;
    Attributes attributes{event.options};
    sealsql::Endpoint const& endpoint = event.options.endpoint;
    attributes.add("db.client.connection.pool.name",
                   !event.pool_name.empty() ? std::string{event.pool_name}
                   : endpoint.is_local_socket()
                       ? endpoint.path().native()
                       : endpoint.host() + ':' + std::to_string(endpoint.port()) + '/' +
                             event.options.database);
    attributes.add_error(event.error);
    write("acquire connection", event.span, attributes, event.error);
} catch (...) {
}
