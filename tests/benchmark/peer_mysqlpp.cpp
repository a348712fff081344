// MySQL++, which knows the text protocol only.

#include "query_workloads.hpp"

#include <mysql++.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace benchmark {

namespace {

/// Over TLS with the CA checked; it has no setting that checks the name.
mysqlpp::Connection& connection()
{
    static mysqlpp::Connection db{true};
    if (!db.connected()) {
        db.set_option(
            new mysqlpp::SslOption(nullptr, nullptr, setting("CA").c_str(), nullptr, nullptr));
        db.connect(setting("DATABASE").c_str(), setting("HOST").c_str(),
                   setting("USER_NAME").c_str(), setting("PASSWORD").c_str(),
                   static_cast<unsigned>(std::stoul(setting("PORT"))));
    }
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

} // namespace

void add_mysqlpp(std::vector<Workload>& workloads)
{
    add_way(workloads, "select_1", {"mysql++", select_1});
    add_way(workloads, "lookup", {"mysql++", lookup});
    add_way(workloads, "fetch_text", {"mysql++", fetch_text});
    add_way(workloads, "kept", {"mysql++", kept});
    add_way(workloads, "blobs", {"mysql++", blobs});
}

} // namespace benchmark
