#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace benchmark {

/// One way to connect over TLS and to ask for 1. Open until what it gives is let go.
struct ConnectWay {
    std::string name;
    std::function<std::shared_ptr<void>()> open;
    std::string against; // the way that it is compared with
};

// Other libraries, each in a file of its own.
void add_soci(std::vector<ConnectWay>& ways);
void add_mysqlpp(std::vector<ConnectWay>& ways);
void add_boost_mysql(std::vector<ConnectWay>& ways);

} // namespace benchmark
