#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Gives the certificates of a chain one by one, the server's first.
/// @return false behind the last
using NextCertificate = bool (*)(void* chain, Certificate& certificate);

} // namespace detail

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
    ///
    /// A template, so that only who has a check compiles what calls it.
    template <std::convertible_to<Function> Callable>
    // NOLINTNEXTLINE(google-explicit-constructor): `.also_check = function` is the point
    CertificateCheck(Callable function, std::shared_ptr<void const> context = {}) noexcept
        : function_{function}, call_{&call<Certificate>}, context_{std::move(context)}
    {
    }

    /// Whether there is a check.
    explicit operator bool() const noexcept { return function_ != nullptr; }

    /// For the TLS engine: asks the function, of which there must be one. The chain has a certificate.
    [[nodiscard]] std::string ask(detail::NextCertificate next, void* chain) const
    {
        return call_(*this, next, chain);
    }

    /// Whether both are the same function on the same object.
    friend bool operator==(CertificateCheck const&, CertificateCheck const&) = default;

private:
    template <class Element>
    [[nodiscard]] static std::string call(CertificateCheck const& check,
                                          detail::NextCertificate next, void* chain)
    {
        std::vector<Element> certificates;
        for (Element certificate; next(chain, certificate);)
            certificates.push_back(std::move(certificate));
        return check.function_(certificates.front(), certificates, check.context_.get());
    }

    Function function_ = nullptr;
    std::string (*call_)(CertificateCheck const&, detail::NextCertificate, void*) = nullptr;
    std::shared_ptr<void const> context_;
};

} // namespace sealsql::inline SEALSQL_ABI
