#include "printer.hpp"

#include <sealsql/printable.hpp>

#include <chrono>
#include <iomanip>
#include <sstream>
#include <string_view>

namespace {

/// What can be printed of a duration at a glance.
struct Milliseconds {
    std::chrono::nanoseconds duration;
    friend std::ostream& operator<<(std::ostream& out, Milliseconds const& value)
    {
        return out << std::fixed << std::setprecision(3)
                   << std::chrono::duration<double, std::milli>(value.duration).count();
    }
};

/// A text from outside: it moves no terminal, and ends no field.
struct Quoted {
    std::string_view text;
    friend std::ostream& operator<<(std::ostream& out, Quoted const& value)
    {
        return out << std::quoted(sealsql::printable(value.text));
    }
};

void print_error(std::ostream& out, sealsql::Error const* error)
{
    if (error == nullptr)
        return;
    out << " error=" << error->code() << " sqlstate=" << Quoted{error->sqlstate()}
        << " origin=" << to_string(error->origin());
    if (auto const* const tls = dynamic_cast<sealsql::TlsError const*>(error))
        out << " tls_reason=" << to_string(tls->reason());
}

void print_peer(std::ostream& out, sealsql::Peer const& peer)
{
    out << " system=" << peer.system;
    if (!peer.address.empty())
        out << " peer=" << peer.address;
}

} // namespace

/// What an observer throws would end the program: a line that cannot be printed is missing.
template <class Write>
void Printer::print(Write const& write) noexcept
{
    try {
        std::ostringstream line;
        write(line);
        line << '\n';
        std::lock_guard const lock{mutex_};
        *out_ << line.str() << std::flush;
    } catch (...) {
    }
}

void Printer::on_connect(sealsql::ConnectEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "connect ms=" << Milliseconds{event.span.duration};
        print_peer(out, event.peer);
        print_error(out, event.error);
    });
}

void Printer::on_dial(sealsql::DialEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "dial ms=" << Milliseconds{event.span.duration};
        print_peer(out, event.peer);
        print_error(out, event.error);
    });
}

void Printer::on_handshake(sealsql::HandshakeEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "handshake ms=" << Milliseconds{event.span.duration};
        if (event.tls != nullptr)
            out << " version=" << event.tls->version << " cipher=" << event.tls->cipher
                << " resumed=" << event.tls->resumed
                << " name=" << Quoted{event.tls->verified_name};
        print_error(out, event.error);
    });
}

void Printer::on_operation(sealsql::OperationEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "operation kind=" << to_string(event.kind)
            << " ms=" << Milliseconds{event.span.duration} << " summary=" << Quoted{event.summary}
            << " rows=" << event.returned_rows << " affected=" << event.affected_rows;
        if (event.batch_size != 0)
            out << " batch=" << event.batch_size;
        if (event.is_abandoned)
            out << " abandoned=1";
        print_peer(out, event.peer);
        print_error(out, event.error);
    });
}

void Printer::on_pool(sealsql::PoolEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "pool what=" << to_string(event.kind) << " ms=" << Milliseconds{event.span.duration}
            << " idle=" << event.idle << " lent=" << event.lent << " waiting=" << event.waiting;
        if (!event.reason.empty())
            out << " reason=" << Quoted{event.reason};
        print_error(out, event.error);
    });
}

void Printer::on_retry(sealsql::RetryEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "retry attempt=" << event.attempt << " pause_ms=" << Milliseconds{event.pause};
        print_error(out, &event.error);
    });
}

void Printer::on_host(sealsql::HostEvent const& event) noexcept
{
    print([&](std::ostream& out) {
        out << "host what=" << Quoted{event.what};
        if (!event.options.endpoint.is_local_socket())
            out << " host=" << Quoted{event.options.endpoint.host()}
                << " port=" << event.options.endpoint.port();
        print_error(out, event.error);
    });
}
