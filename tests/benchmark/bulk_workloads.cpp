// Many rows written by one statement.

#include "insert_items.hpp"
#include "query_workloads.hpp"

#include "raw_connector.hpp"
#include "sealsql_connection.hpp"

#include <sealsql/bulk.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace benchmark {

namespace {

std::uint64_t inserted_raw(RawConnection const& db)
{
    db.query(inserted_sql);
    MYSQL_RES* const result = mysql_store_result(db.get());
    if (result == nullptr)
        db.fail();
    auto const sum = checksum_of(mysql_fetch_row(result)[0]);
    mysql_free_result(result);
    return sum;
}

std::uint64_t insert_raw(std::size_t count)
{
    static RawConnection const db;
    db.query(truncate_sql);
    std::string sql;
    std::array<char, 128> text{};
    std::size_t rows = 0;
    auto const run = [&] {
        if (mysql_real_query(db.get(), sql.data(), sql.size()) != 0)
            db.fail();
        rows = 0;
    };
    for (Item const& item : items(count)) {
        if (rows == 0)
            sql = "INSERT INTO bench_insert (id, name, score) VALUES ";
        else
            sql += ',';
        sql += '(';
        sql += std::to_string(item.id);
        sql += ",'";
        std::size_t const size =
            mysql_real_escape_string(db.get(), text.data(), item.name.data(), item.name.size());
        sql.append(text.data(), size);
        int const digits = std::snprintf(text.data(), text.size(), "',%.17g)", item.score);
        sql.append(text.data(), static_cast<std::size_t>(digits));
        if (++rows == rows_of_statement)
            run();
    }
    if (rows != 0)
        run();
    return inserted_raw(db);
}

std::uint64_t insert_raw_arrays(std::size_t count)
{
    static RawConnection const db;
    static RawStatement const statement{
        db, "INSERT INTO bench_insert (id, name, score) VALUES (?, ?, ?)"};
    db.query(truncate_sql);
    std::vector<std::int64_t> ids;
    std::vector<char const*> names;
    std::vector<unsigned long> sizes;
    std::vector<double> scores;
    for (Item const& item : items(count)) {
        ids.push_back(item.id);
        names.push_back(item.name.data());
        sizes.push_back(item.name.size());
        scores.push_back(item.score);
    }
    std::array<MYSQL_BIND, 3> parameters{};
    parameters[0].buffer_type = MYSQL_TYPE_LONGLONG;
    parameters[0].buffer = ids.data();
    parameters[1].buffer_type = MYSQL_TYPE_STRING;
    parameters[1].buffer = static_cast<void*>(names.data());
    parameters[1].length = sizes.data();
    parameters[2].buffer_type = MYSQL_TYPE_DOUBLE;
    parameters[2].buffer = scores.data();
    auto const rows = static_cast<unsigned>(ids.size());
    mysql_stmt_attr_set(statement.get(), STMT_ATTR_ARRAY_SIZE, &rows);
    statement.check(mysql_stmt_bind_param(statement.get(), parameters.data()));
    statement.check(mysql_stmt_execute(statement.get()));
    return inserted_raw(db);
}

std::uint64_t insert(std::size_t count)
{
    static auto db = connect();
    db.execute(sealsql::Sql::unchecked(truncate_sql));
    sealsql::bulk_execute(db, "INSERT INTO bench_insert (id, name, score) VALUES (?, ?, ?)",
                          items(count));
    return checksum_of(db.query_value<std::string>(sealsql::Sql::unchecked(inserted_sql)));
}

} // namespace

void add_bulk(std::vector<Workload>& workloads)
{
    workloads.push_back(
        {"insert", table_rows, 20'000, 60'000, {{"raw", insert_raw}, {"sealsql", insert}}});
    if (setting("SERVER_KIND") == "mariadb") // nobody else has it
        add_way(workloads, "insert", {"raw_arrays", insert_raw_arrays});
}

} // namespace benchmark
