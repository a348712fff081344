// Calls both halves, one after the other and at once. Where they have a sealsql of their own each, two sets of hooks live in one
// process, and each must see to its own connections and let the other's alone.

#include "support/certificates.hpp"
#include "support/scripted_server.hpp"

#include <array>
#include <cstdint>
#include <thread>

struct Servers { // as in use.hpp, which would bring a third sealsql
    std::uint16_t honest;
    std::uint16_t impostor;
    char const* ca;
};
bool use_1(Servers const& servers);
bool use_2(Servers const& servers);

int main()
{
    using namespace sealsql::testing;
    constexpr std::size_t connections = 2 * (2 + 4);
    auto& pki = TestPki::shared();
    TemporaryDirectory const folder;
    auto const ca = write_pem_file(folder, "ca", pki.trust_pem()).string();
    ScriptedServer const honest{steps::logged_in(pki.good()) + Script{steps::serve()},
                                {.connections = connections}};
    ScriptedServer const impostor{steps::logged_in(pki.other_authority()) + Script{steps::serve()},
                                  {.connections = connections}};
    Servers const servers{honest.port(), impostor.port(), ca.c_str()};

    bool good = use_1(servers) && use_2(servers) && use_1(servers) && use_2(servers);

    std::array<bool, 4> results{};
    {
        std::array<std::thread, 4> threads;
        for (std::size_t i = 0; i < threads.size(); ++i)
            threads[i] =
                std::thread{[&, i] { results[i] = i % 2 ? use_1(servers) : use_2(servers); }};
        for (auto& thread : threads)
            thread.join();
    }
    for (bool const result : results)
        good = good && result;
    return good ? 0 : 1;
}
