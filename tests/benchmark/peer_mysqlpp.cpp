// MySQL++, which knows the text protocol only.

#include "connect_ways.hpp"
#include "insert_items.hpp"
#include "query_workloads.hpp"

#include <mysql++.h>
#include <ssqls.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace benchmark {

namespace {

sql_create_3(bench_insert, 1, 3, mysqlpp::sql_bigint, id, mysqlpp::sql_varchar, name,
             mysqlpp::sql_double, score)

    /// Over TLS with the CA checked; it has no setting that checks the name.
    void connect(mysqlpp::Connection& db, char const* database)
{
    db.set_option(
        new mysqlpp::SslOption(nullptr, nullptr, setting("CA").c_str(), nullptr, nullptr));
    db.connect(database, setting("HOST").c_str(), setting("USER_NAME").c_str(),
               setting("PASSWORD").c_str(), static_cast<unsigned>(std::stoul(setting("PORT"))));
}

mysqlpp::Connection& connection()
{
    static mysqlpp::Connection db{true};
    if (!db.connected())
        connect(db, setting("DATABASE").c_str());
    return db;
}

/// @see ConnectWay
std::shared_ptr<void> open()
{
    auto db = std::make_shared<mysqlpp::Connection>(true);
    connect(*db, nullptr);
    if (static_cast<int>(db->query().store("SELECT 1")[0][0]) != 1)
        throw std::runtime_error("not 1");
    return db;
}

std::uint64_t select_1(std::size_t count)
{
    mysqlpp::Query query = connection().query();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i)
        checksum.add(static_cast<unsigned long long>(query.store("SELECT 1")[0][0]));
    return checksum.sum();
}

std::uint64_t lookup(std::size_t count)
{
    mysqlpp::Query query = connection().query("SELECT i, t FROM bench WHERE id = %0");
    query.parse();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        auto const result = query.store(static_cast<long long>(i % table_rows) + 1);
        checksum.add(static_cast<std::uint64_t>(static_cast<long>(result[0][0])));
        checksum.add_text(result[0][1].data(), result[0][1].length());
    }
    return checksum.sum();
}

void add_row(Checksum& checksum, mysqlpp::Row const& row)
{
    checksum.add(static_cast<std::uint64_t>(static_cast<long long>(row[0])));
    checksum.add(static_cast<std::uint64_t>(static_cast<long>(row[1])));
    checksum.add_number(static_cast<double>(row[2]));
    checksum.add_text(row[3].data(), row[3].length());
    checksum.add_text(row[4].data(), row[4].length());
    if (!row[5].is_null())
        checksum.add_text(row[5].data(), row[5].length());
}

std::uint64_t fetch_text(std::size_t count)
{
    mysqlpp::Query query = connection().query(fetch_sql(count));
    Checksum checksum;
    mysqlpp::UseQueryResult result = query.use();
    while (mysqlpp::Row const row = result.fetch_row())
        add_row(checksum, row);
    return checksum.sum();
}

std::uint64_t kept(std::size_t count)
{
    mysqlpp::Query query = connection().query(fetch_sql(count));
    mysqlpp::StoreQueryResult const result = query.store();
    Checksum checksum;
    for (mysqlpp::Row const& row : result)
        add_row(checksum, row);
    return checksum.sum();
}

std::uint64_t blobs(std::size_t count)
{
    mysqlpp::Query query = connection().query();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        mysqlpp::UseQueryResult result = query.use("SELECT b FROM bench_blob");
        while (mysqlpp::Row const row = result.fetch_row())
            checksum.add_text(row[0].data(), row[0].length());
    }
    return checksum.sum();
}

/// Statements of many rows, made of a range of its own kind of structures, which is not timed.
std::uint64_t insert(std::size_t count)
{
    static std::vector<bench_insert> const all = [] {
        std::vector<bench_insert> made;
        for (Item const& item : items(table_rows))
            made.emplace_back(item.id, item.name, item.score);
        return made;
    }();
    mysqlpp::Query query = connection().query();
    query.exec(truncate_sql);
    for (std::size_t at = 0; at < count; at += rows_of_statement) {
        auto const begin = all.begin() + static_cast<std::ptrdiff_t>(at);
        query.insert(begin,
                     begin + static_cast<std::ptrdiff_t>(std::min(rows_of_statement, count - at)));
        query.execute();
    }
    auto const result = query.store(inserted_sql);
    return checksum_of({result[0][0].data(), result[0][0].length()});
}

} // namespace

void add_mysqlpp(std::vector<ConnectWay>& ways) { ways.push_back({"mysql++", open, "raw"}); }

void add_mysqlpp(std::vector<Workload>& workloads)
{
    add_way(workloads, "select_1", {"mysql++", select_1});
    add_way(workloads, "lookup", {"mysql++", lookup});
    add_way(workloads, "fetch_text", {"mysql++", fetch_text});
    add_way(workloads, "kept", {"mysql++", kept});
    add_way(workloads, "blobs", {"mysql++", blobs});
    add_way(workloads, "insert", {"mysql++", insert});
}

} // namespace benchmark
