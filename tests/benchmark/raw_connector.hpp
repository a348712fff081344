#pragma once

// Raw Connector/C as a good C programmer writes it: what our figures are ratios to.

#include "query_workloads.hpp"

#include <mysql.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace benchmark {

/// A connection over TLS with the CA and the name checked.
class RawConnection {
public:
    RawConnection()
    {
        my_bool const on = 1;
        mysql_optionsv(handle_, MYSQL_OPT_SSL_CA, setting("CA").c_str());
        mysql_optionsv(handle_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
        mysql_optionsv(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
        if (mysql_real_connect(handle_, setting("HOST").c_str(), setting("USER_NAME").c_str(),
                               setting("PASSWORD").c_str(), setting("DATABASE").c_str(),
                               static_cast<unsigned>(std::stoul(setting("PORT"))), nullptr,
                               0) == nullptr)
            fail();
    }
    RawConnection(RawConnection const&) = delete;
    RawConnection& operator=(RawConnection const&) = delete;
    ~RawConnection() { mysql_close(handle_); }

    [[nodiscard]] MYSQL* get() const noexcept { return handle_; }

    [[noreturn]] void fail() const { throw std::runtime_error(mysql_error(handle_)); }

    void query(char const* sql) const
    {
        if (mysql_real_query(handle_, sql, std::strlen(sql)) != 0)
            fail();
    }

private:
    MYSQL* handle_ = mysql_init(nullptr);
};

/// A prepared statement.
class RawStatement {
public:
    RawStatement(RawConnection const& db, char const* sql) : handle_{mysql_stmt_init(db.get())}
    {
        check(mysql_stmt_prepare(handle_, sql, std::strlen(sql)));
    }
    RawStatement(RawStatement const&) = delete;
    RawStatement& operator=(RawStatement const&) = delete;
    ~RawStatement() { mysql_stmt_close(handle_); }

    [[nodiscard]] MYSQL_STMT* get() const noexcept { return handle_; }

    void check(int failed) const
    {
        if (failed != 0)
            throw std::runtime_error(mysql_stmt_error(handle_));
    }

private:
    MYSQL_STMT* handle_;
};

} // namespace benchmark
