#include "support/fake_name.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <netdb.h>

namespace sealsql::testing {

struct FakeName::State {
    std::mutex mutex{};
    std::condition_variable answers{};
    std::vector<std::string> addresses{};
    bool hangs = false;
    int lookups = 0;
};

namespace {

struct Names {
    std::mutex mutex{};
    std::map<std::string, std::shared_ptr<FakeName::State>> all{};

    static Names& instance()
    {
        static auto* const names = new Names; // a look-up may be under way when the program ends
        return *names;
    }
};

} // namespace

FakeName::FakeName(std::string name, std::vector<std::string> addresses)
    : name_{std::move(name)}, state_{std::make_shared<State>()}
{
    state_->addresses = std::move(addresses);
    std::lock_guard const lock{Names::instance().mutex};
    Names::instance().all[name_] = state_;
}

FakeName::~FakeName()
{
    answer();
    std::lock_guard const lock{Names::instance().mutex};
    Names::instance().all.erase(name_);
}

void FakeName::stand_for(std::vector<std::string> addresses)
{
    std::lock_guard const lock{state_->mutex};
    state_->addresses = std::move(addresses);
}

void FakeName::hang()
{
    std::lock_guard const lock{state_->mutex};
    state_->hangs = true;
}

void FakeName::answer()
{
    {
        std::lock_guard const lock{state_->mutex};
        state_->hangs = false;
    }
    state_->answers.notify_all();
}

int FakeName::lookups() const
{
    std::lock_guard const lock{state_->mutex};
    return state_->lookups;
}

} // namespace sealsql::testing

/// In place of the system's.
extern "C" int getaddrinfo(char const* node, char const* service, addrinfo const* hints,
                           addrinfo** result)
{
    using sealsql::testing::FakeName;
    using sealsql::testing::Names;
    using Function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    std::shared_ptr<FakeName::State> state;
    {
        std::lock_guard const lock{Names::instance().mutex};
        auto const found = Names::instance().all.find(node != nullptr ? node : "");
        if (found != Names::instance().all.end())
            state = found->second;
    }
    if (!state)
        return real(node, service, hints, result);
    std::vector<std::string> addresses;
    {
        std::unique_lock lock{state->mutex};
        ++state->lookups;
        state->answers.wait(lock, [&] { return !state->hangs; });
        addresses = state->addresses;
    }
    addrinfo* first = nullptr;
    addrinfo** next = &first;
    for (std::string const& address : addresses) {
        if (real(address.c_str(), service, hints, next) != 0)
            return EAI_FAIL;
        while (*next != nullptr)
            next = &(*next)->ai_next;
    }
    *result = first;
    return first != nullptr ? 0 : EAI_NONAME;
}
