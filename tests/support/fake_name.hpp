#pragma once

#include <memory>
#include <string>
#include <vector>

/// @file
/// Host names for tests: a program that uses one has a getaddrinfo() of ours, which asks the system's for all other names.

namespace sealsql::testing {

/// A host name that no resolver knows, and what it stands for as long as this object lives. Any number of threads may use it at
/// once.
class FakeName {
public:
    /// @param addresses as numbers; none: the name is unknown
    explicit FakeName(std::string name, std::vector<std::string> addresses = {});
    ~FakeName();
    FakeName(FakeName const&) = delete;
    FakeName& operator=(FakeName const&) = delete;

    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    void stand_for(std::vector<std::string> addresses);

    /// From now on whoever looks it up waits until answer().
    void hang();
    void answer();

    /// How often it was looked up, those that wait included.
    [[nodiscard]] int lookups() const;

    struct State;

private:
    std::string name_;
    std::shared_ptr<State> state_; // a look-up that was left behind may outlive this
};

} // namespace sealsql::testing
