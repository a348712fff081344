#pragma once

#include "query_workloads.hpp"

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace benchmark {

inline sealsql::Connection connect()
{
    return sealsql::ConnectionBuilder::to_host(
               setting("HOST"), static_cast<std::uint16_t>(std::stoul(setting("PORT"))))
        .login(setting("USER_NAME"), sealsql::Secret{std::string_view{setting("PASSWORD")}})
        .ssl({.ca = setting("CA")})
        .database(setting("DATABASE"))
        .connect();
}

} // namespace benchmark
