#pragma once

#include "query_workloads.hpp"

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace benchmark {

inline sealsql::ConnectionOptions connect_options()
{
    return sealsql::ConnectionBuilder::to_host(
               setting("HOST"), static_cast<std::uint16_t>(std::stoul(setting("PORT"))))
        .login(setting("USER_NAME"), sealsql::Secret{std::string_view{setting("PASSWORD")}})
        .ssl({.ca = setting("CA")})
        .database(setting("DATABASE"))
        .options();
}

inline sealsql::Connection connect() { return sealsql::Connection{connect_options()}; }

} // namespace benchmark
