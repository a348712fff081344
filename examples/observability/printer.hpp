#pragma once

#include <sealsql/observer.hpp>

#include <mutex>
#include <ostream>

/// Prints one line for each event, of fields as `name=value`:
///
///     operation kind=query ms=0.412 summary="SELECT account" rows=1 affected=0 peer=127.0.0.1
///
/// An error is printed by its numbers: its text may quote what stands in statements and tables.
class Printer final : public sealsql::Observer {
public:
    /// The stream outlives the observer.
    explicit Printer(std::ostream& out) noexcept : out_{&out} {}

    void on_connect(sealsql::ConnectEvent const& event) noexcept override;
    void on_dial(sealsql::DialEvent const& event) noexcept override;
    void on_handshake(sealsql::HandshakeEvent const& event) noexcept override;
    void on_operation(sealsql::OperationEvent const& event) noexcept override;
    void on_pool(sealsql::PoolEvent const& event) noexcept override;
    void on_retry(sealsql::RetryEvent const& event) noexcept override;
    void on_host(sealsql::HostEvent const& event) noexcept override;

private:
    template <class Write>
    void print(Write const& write) noexcept;

    std::ostream* out_;
    std::mutex mutex_;
};
