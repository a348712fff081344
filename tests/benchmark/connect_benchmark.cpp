// What a connection costs, against raw Connector/C in the same run: connect, SELECT 1, close.
//
//   sealsql_connect_benchmark ROUNDS           wall and CPU time, a table of medians and ratios
//   sealsql_connect_benchmark WAY COUNT        one way COUNT times and no output, for a counter of instructions
//
// The server and the login come from the environment: HOST, PORT, USER_NAME, PASSWORD, CA.

#include <sealsql/sealsql.hpp>

#include <mysql.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string setting(char const* name)
{
    char const* const value = std::getenv(name);
    if (value == nullptr)
        throw std::runtime_error(std::string{name} + " is not set");
    return value;
}

/// As a careful C programmer writes it. `ca` may be empty: what the system trusts.
void raw(std::string const& ca)
{
    MYSQL* const handle = mysql_init(nullptr);
    my_bool const on = 1;
    if (!ca.empty()) {
        mysql_optionsv(handle, MYSQL_OPT_SSL_CA, ca.c_str());
        mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
    }
    mysql_optionsv(handle, MYSQL_OPT_SSL_ENFORCE, &on);
    static std::string const host = setting("HOST");
    static std::string const user = setting("USER_NAME");
    static std::string const password = setting("PASSWORD");
    static auto const port = static_cast<unsigned>(std::stoul(setting("PORT")));
    MYSQL_RES* result = nullptr;
    if (mysql_real_connect(handle, host.c_str(), user.c_str(), password.c_str(), nullptr, port,
                           nullptr, 0) == nullptr ||
        mysql_query(handle, "SELECT 1") != 0 || (result = mysql_store_result(handle)) == nullptr)
        throw std::runtime_error(mysql_error(handle));
    mysql_free_result(result);
    mysql_close(handle);
}

void ours(sealsql::SslOptions const& ssl)
{
    static std::string const host = setting("HOST");
    static std::string const user = setting("USER_NAME");
    static std::string const password = setting("PASSWORD");
    static auto const port = static_cast<std::uint16_t>(std::stoul(setting("PORT")));
    auto db = sealsql::ConnectionBuilder::to_host(host, port)
                  .login(user, sealsql::Secret{std::string_view{password}})
                  .ssl(ssl)
                  .connect();
    if (db.query_value<int>("SELECT 1") != 1)
        throw std::runtime_error("not 1");
}

struct Way {
    std::string name;
    std::function<void()> run;
    std::string against; // the way that it is compared with
};

std::vector<Way> ways()
{
    std::string const ca = setting("CA");
    return {
        {"raw", [ca] { raw(ca); }, "raw"},
        {"full", [ca] { ours({.ca = ca, .session_resumption = false}); }, "raw"},
        {"resumed", [ca] { ours({.ca = ca}); }, "raw"},
        {"raw-system", [] { raw({}); }, "raw-system"},
        {"full-system", [] { ours({.session_resumption = false}); }, "raw-system"},
        {"resumed-system", [] { ours({}); }, "raw-system"},
    };
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Times {
    double wall = 0;
    double cpu = 0;
};

Times time(std::function<void()> const& run)
{
    auto const begin = std::chrono::steady_clock::now();
    std::clock_t const cpu = std::clock();
    run();
    return {
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count(),
        1000.0 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

} // namespace

int main(int count, char** arguments)
{
    try {
        auto const all = ways();
        if (count == 3) {
            for (Way const& way : all) {
                for (int i = 0; way.name == arguments[1] && i < std::atoi(arguments[2]);
                     ++i) // NOLINT(cert-err34-c)
                    way.run();
            }
            return 0;
        }
        int const rounds = count > 1 ? std::atoi(arguments[1]) : 100; // NOLINT(cert-err34-c)
        std::vector<std::vector<double>> wall(all.size());
        std::vector<std::vector<double>> cpu(all.size());
        // In turn, so that all see the same machine; the first round warms up.
        for (int round = 0; round <= rounds; ++round) {
            for (std::size_t i = 0; i < all.size(); ++i) {
                Times const times = time(all[i].run);
                if (round == 0)
                    continue;
                wall[i].push_back(times.wall);
                cpu[i].push_back(times.cpu);
            }
        }
        std::cout << std::fixed << std::setprecision(2);
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto const base = static_cast<std::size_t>(
                std::find_if(all.begin(), all.end(),
                             [&](Way const& way) { return way.name == all[i].against; }) -
                all.begin());
            std::vector<double> wall_ratios;
            std::vector<double> cpu_ratios;
            for (std::size_t round = 0; round < wall[i].size(); ++round) {
                wall_ratios.push_back(wall[i][round] / wall[base][round]);
                cpu_ratios.push_back(cpu[i][round] / cpu[base][round]);
            }
            std::cout << std::left << std::setw(16) << all[i].name << " wall " << std::setw(6)
                      << median(wall[i]) << " ms, ratio " << median(wall_ratios) << "; CPU "
                      << std::setw(6) << median(cpu[i]) << " ms, ratio " << median(cpu_ratios)
                      << " (" << all[i].against << ")\n";
        }
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
