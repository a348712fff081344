#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// A check of the caller's own, on top of all others. It can refuse a server and never accept one: it is
/// called only when everything else has accepted, once for each handshake that shows a certificate.
///
/// A function and what it is to know, not a closure: two of them can be compared, so that SslOptions can.
class CertificateCheck {
public:
    /// @param server the server's certificate
    /// @param chain every certificate from the server's (first) to the trusted CA (last); the server's
    ///     alone with VerifyMode::none
    /// @param context what the CertificateCheck was made with
    /// @return nothing if the server may pass, else the reason to refuse, for the error's text. An
    ///     exception refuses, too.
    ///
    /// It runs inside the handshake, in the thread that connects, and its time counts as connecting. Its
    /// text is escaped.
    using Function = std::string (*)(Certificate const& server,
                                     std::vector<Certificate> const& chain, void const* context);

    /// No check.
    CertificateCheck() = default;

    /// @param context is kept alive with this object and its copies; connections in several threads share it
    // NOLINTNEXTLINE(google-explicit-constructor): `.also_check = function` is the point
    CertificateCheck(Function function, std::shared_ptr<void const> context = {}) noexcept
        : function_{function}, context_{std::move(context)}
    {
    }

    /// Whether there is a check.
    explicit operator bool() const noexcept { return function_ != nullptr; }

    /// Asks the function, of which there must be one.
    [[nodiscard]] std::string operator()(std::vector<Certificate> const& chain) const
    {
        return function_(chain.front(), chain, context_.get());
    }

    /// Whether both are the same function on the same object.
    friend bool operator==(CertificateCheck const&, CertificateCheck const&) = default;

private:
    Function function_ = nullptr;
    std::shared_ptr<void const> context_;
};

} // namespace sealsql::inline SEALSQL_ABI
