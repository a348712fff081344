#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Why none of several hosts could be used, and the one error that is made of it.
class HostFailures {
public:
    /// @param original null if nothing was thrown
    void add(std::string target, Error error, std::optional<TlsError> tls,
             std::exception_ptr original)
    {
        all_.push_back({std::move(target), std::move(error), std::move(tls), std::move(original)});
    }

    /// @param hosts how many there are, of which some may not have been tried
    [[noreturn]] void throw_all(std::size_t hosts, Target target) const;

private:
    struct Failure {
        std::string target;
        Error error;
        std::optional<TlsError> tls;
        std::exception_ptr original;
    };

    std::vector<Failure> all_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
