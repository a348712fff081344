#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Tells whether the process is the one that made this object, or a forked child. Reads a byte that children find wiped:
/// asking the kernel, as getpid() does, costs more than all else of lending a connection.
class ProcessMark {
public:
    ProcessMark() noexcept;
    ProcessMark(ProcessMark const&) = delete;
    ProcessMark& operator=(ProcessMark const&) = delete;
    ~ProcessMark();

    [[nodiscard]] bool is_here() const noexcept;

private:
    unsigned char volatile* page_ = nullptr; // null where the kernel wipes nothing
    int owner_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
