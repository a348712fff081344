// 50 small statements in one write.

#include "query_workloads.hpp"

#include "raw_connector.hpp"
#include "sealsql_connection.hpp"

#include <sealsql/pipeline.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace benchmark {

namespace {

constexpr std::size_t batch_size = 50;

std::uint64_t pipelined_raw(std::size_t count)
{
    static RawConnection const db;
    Checksum checksum;
    for (std::size_t i = 0; i < count * batch_size; ++i) {
        db.query("SELECT 1");
        MYSQL_RES* const result = mysql_store_result(db.get());
        if (result == nullptr)
            db.fail();
        checksum.add(std::strtoull(mysql_fetch_row(result)[0], nullptr, 10));
        mysql_free_result(result);
    }
    return checksum.sum();
}

std::uint64_t pipelined(std::size_t count)
{
    static auto db = connect();
    Checksum checksum;
    std::vector<sealsql::PipelineResult<std::uint64_t>> results;
    sealsql::Pipeline batch{db};
    for (std::size_t i = 0; i < count; ++i) {
        results.clear();
        for (std::size_t j = 0; j < batch_size; ++j)
            results.push_back(batch.query_value<std::uint64_t>("SELECT 1"));
        batch.run();
        for (auto const& result : results)
            checksum.add(result.value());
    }
    return checksum.sum();
}

} // namespace

void add_pipeline(std::vector<Workload>& workloads)
{
    workloads.push_back(
        {"pipelined", 100, 20, 120, {{"raw", pipelined_raw}, {"sealsql", pipelined}}});
}

} // namespace benchmark
