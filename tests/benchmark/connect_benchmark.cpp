// What a connection costs, against raw Connector/C in the same run: connect, SELECT 1, close.
//
//   sealsql_connect_benchmark ways             their names
//   sealsql_connect_benchmark ROUNDS           wall and CPU time in pairs: a line with each way, the medians of its
//                                              milliseconds, of wall and of CPU time, and of both ratios, and to what
//   sealsql_connect_benchmark WAY COUNT        one way COUNT times and no output, for a counter of instructions
//   sealsql_connect_benchmark idle WAY COUNT   bytes of heap that each of COUNT connections holds while it is idle
//
// The server and the login come from the environment: HOST, PORT, USER_NAME, PASSWORD, CA.

#include "connect_ways.hpp"
#include "setting.hpp"

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
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>

namespace {

using benchmark::setting;
using Open = std::shared_ptr<void>;
using Way = benchmark::ConnectWay;

/// As a careful C programmer writes it. `ca` may be empty: what the system trusts.
Open raw(std::string const& ca)
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
    return {handle, mysql_close};
}

Open ours(sealsql::SslOptions const& ssl)
{
    static std::string const host = setting("HOST");
    static std::string const user = setting("USER_NAME");
    static std::string const password = setting("PASSWORD");
    static auto const port = static_cast<std::uint16_t>(std::stoul(setting("PORT")));
    auto db = std::make_shared<sealsql::Connection>(
        sealsql::ConnectionBuilder::to_host(host, port)
            .login(user, sealsql::Secret{std::string_view{password}})
            .ssl(ssl)
            .connect());
    if (db->query_value<int>("SELECT 1") != 1)
        throw std::runtime_error("not 1");
    return db;
}

std::vector<Way> ways()
{
    std::string const ca = setting("CA");
    std::vector<Way> all{
        {"raw", [ca] { return raw(ca); }, "raw"},
        {"full", [ca] { return ours({.ca = ca, .session_resumption = false}); }, "raw"},
        {"resumed", [ca] { return ours({.ca = ca}); }, "raw"},
        {"raw-system", [] { return raw({}); }, "raw-system"},
        {"full-system", [] { return ours({.session_resumption = false}); }, "raw-system"},
        {"resumed-system", [] { return ours({}); }, "raw-system"},
    };
#if defined(SEALSQL_BENCHMARK_SOCI)
    benchmark::add_soci(all);
#endif
#if defined(SEALSQL_BENCHMARK_MYSQLPP)
    benchmark::add_mysqlpp(all);
#endif
#if defined(SEALSQL_BENCHMARK_BOOST)
    benchmark::add_boost_mysql(all);
#endif
    return all;
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

Times time(std::function<Open()> const& open)
{
    auto const begin = std::chrono::steady_clock::now();
    std::clock_t const cpu = std::clock();
    open().reset();
    return {
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count(),
        1000.0 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

std::size_t heap_in_use()
{
    struct mallinfo2 const info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// What one idle connection holds, without what the process keeps for all.
std::size_t idle_bytes(Way const& way, std::size_t count)
{
    way.open();
    std::vector<Open> connections(count);
    std::size_t const before = heap_in_use();
    for (Open& connection : connections)
        connection = way.open();
    return (heap_in_use() - before) / count;
}

} // namespace

int main(int count, char** arguments)
{
    try {
        auto const all = ways();
        if (count == 2 && std::string{arguments[1]} == "ways") {
            for (Way const& way : all)
                std::cout << way.name << '\n';
            return 0;
        }
        if (count == 4 && std::string{arguments[1]} == "idle") {
            for (Way const& way : all) {
                if (way.name == arguments[2])
                    std::cout << idle_bytes(way, std::stoul(arguments[3])) << '\n';
            }
            return 0;
        }
        if (count == 3) {
            for (Way const& way : all) {
                for (int i = 0; way.name == arguments[1] && i < std::atoi(arguments[2]);
                     ++i) // NOLINT(cert-err34-c)
                    way.open();
            }
            return 0;
        }
        int const rounds = count > 1 ? std::atoi(arguments[1]) : 100; // NOLINT(cert-err34-c)
        std::vector<std::vector<double>> wall(all.size());
        std::vector<std::vector<double>> cpu(all.size());
        // In turn, so that all see the same machine; the first round warms up.
        for (int round = 0; round <= rounds; ++round) {
            for (std::size_t i = 0; i < all.size(); ++i) {
                Times const times = time(all[i].open);
                if (round == 0)
                    continue;
                wall[i].push_back(times.wall);
                cpu[i].push_back(times.cpu);
            }
        }
        std::cout << std::fixed << std::setprecision(5);
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
            std::cout << all[i].name << ' ' << median(wall[i]) << ' ' << median(cpu[i]) << ' '
                      << median(wall_ratios) << ' ' << median(cpu_ratios) << ' ' << all[i].against
                      << '\n';
        }
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
