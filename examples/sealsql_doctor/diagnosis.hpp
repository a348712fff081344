#pragma once

#include "options.hpp"

#include <sealsql/explain.hpp>
#include <sealsql/inspect.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace doctor {

/// An error, whichever kind it is.
struct Problem {
    int code = 0;
    std::string reason; // of a TlsError
    std::string stage;  // of a TlsError
    std::string message;
    std::string remedy;
};

[[nodiscard]] Problem problem_of(sealsql::Error const& error);

/// All that there is to say about one server.
struct Diagnosis {
    Options options;
    std::vector<sealsql::Finding> configuration;
    std::optional<sealsql::Inspection> found; // nothing if nobody answered
    std::optional<Problem> problem;           // why nothing was found, or no handshake
    std::optional<sealsql::Verdict> with_new_ca;
    std::vector<std::string> advice;

    /// Whether connecting with VerifyMode::identity would get as far as the login.
    [[nodiscard]] bool would_connect() const;
};

[[nodiscard]] Diagnosis diagnose(Options const& options);

/// `1 day`, `2 days`
[[nodiscard]] std::string days_text(std::int64_t days);

/// The names of the capabilities in a greeting.
[[nodiscard]] std::vector<std::string> capability_names(std::uint32_t capabilities);

} // namespace doctor
