#include "query_workloads.hpp"

#include "raw_connector.hpp"
#include "sealsql_connection.hpp"

#include <sealsql/kept_rows.hpp>
#include <sealsql/temporal.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace benchmark {

namespace {

// --- SELECT 1, and a row by its key ---

std::uint64_t select_1_raw(std::size_t count)
{
    static RawConnection const db;
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        db.query("SELECT 1");
        MYSQL_RES* const result = mysql_store_result(db.get());
        if (result == nullptr)
            db.fail();
        checksum.add(std::strtoull(mysql_fetch_row(result)[0], nullptr, 10));
        mysql_free_result(result);
    }
    return checksum.sum();
}

std::uint64_t select_1(std::size_t count)
{
    static auto db = connect();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i)
        checksum.add(db.query_value<std::uint64_t>("SELECT 1"));
    return checksum.sum();
}

std::uint64_t lookup_raw(std::size_t count)
{
    static RawConnection const db;
    static RawStatement const statement{db, "SELECT i, t FROM bench WHERE id = ?"};
    std::int64_t id = 0;
    MYSQL_BIND parameter{};
    parameter.buffer_type = MYSQL_TYPE_LONGLONG;
    parameter.buffer = &id;
    statement.check(mysql_stmt_bind_param(statement.get(), &parameter));
    std::int32_t number = 0;
    std::array<char, 129> text{};
    unsigned long size = 0;
    std::array<MYSQL_BIND, 2> columns{};
    columns[0].buffer_type = MYSQL_TYPE_LONG;
    columns[0].buffer = &number;
    columns[1].buffer_type = MYSQL_TYPE_STRING;
    columns[1].buffer = text.data();
    columns[1].buffer_length = text.size();
    columns[1].length = &size;
    statement.check(mysql_stmt_bind_result(statement.get(), columns.data()));
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        id = static_cast<std::int64_t>(i % table_rows) + 1;
        statement.check(mysql_stmt_execute(statement.get()));
        statement.check(mysql_stmt_store_result(statement.get()));
        statement.check(mysql_stmt_fetch(statement.get()));
        checksum.add(static_cast<std::uint64_t>(number));
        checksum.add_text(text.data(), size);
        mysql_stmt_free_result(statement.get());
    }
    return checksum.sum();
}

std::uint64_t lookup(std::size_t count)
{
    static auto db = connect();
    static auto statement = db.prepare("SELECT i, t FROM bench WHERE id = ?");
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        auto const id = static_cast<std::int64_t>(i % table_rows) + 1;
        for (auto const& [number, text] :
             statement.query<std::tuple<std::int32_t, std::string_view>>(id)) {
            checksum.add(static_cast<std::uint64_t>(number));
            checksum.add_text(text.data(), text.size());
        }
    }
    return checksum.sum();
}

std::uint64_t lookup_cached(std::size_t count)
{
    static auto db = connect();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        auto const id = static_cast<std::int64_t>(i % table_rows) + 1;
        for (auto const& [number, text] : db.query<std::tuple<std::int32_t, std::string_view>>(
                 "SELECT i, t FROM bench WHERE id = ?", id)) {
            checksum.add(static_cast<std::uint64_t>(number));
            checksum.add_text(text.data(), text.size());
        }
    }
    return checksum.sum();
}

// --- Many rows ---

void add_raw_row(Checksum& checksum, MYSQL_ROW const row, unsigned long const* sizes)
{
    checksum.add(std::strtoull(row[0], nullptr, 10));
    checksum.add(static_cast<std::uint64_t>(std::strtol(row[1], nullptr, 10)));
    checksum.add_number(std::strtod(row[2], nullptr));
    checksum.add_text(row[3], sizes[3]);
    checksum.add_text(row[4], sizes[4]);
    if (row[5] != nullptr)
        checksum.add_text(row[5], sizes[5]);
}

/// @param get mysql_use_result() or mysql_store_result()
std::uint64_t text_rows_raw(std::string const& sql, MYSQL_RES* (*get)(MYSQL*))
{
    static RawConnection const db;
    db.query(sql.c_str());
    MYSQL_RES* const result = get(db.get());
    if (result == nullptr)
        db.fail();
    Checksum checksum;
    while (MYSQL_ROW const row = mysql_fetch_row(result))
        add_raw_row(checksum, row, mysql_fetch_lengths(result));
    if (mysql_errno(db.get()) != 0)
        db.fail();
    mysql_free_result(result);
    return checksum.sum();
}

std::uint64_t fetch_text_raw(std::size_t count)
{
    return text_rows_raw(fetch_sql(count), [](MYSQL* db) { return mysql_use_result(db); });
}

std::uint64_t kept_raw_stored(std::size_t count)
{
    return text_rows_raw(fetch_sql(count), [](MYSQL* db) { return mysql_store_result(db); });
}

template <class Text>
struct TextRow {
    std::int64_t id;
    std::int32_t i;
    double d;
    Text t;
    Text dt;
    std::optional<Text> n;
};

template <class Rows>
std::uint64_t text_rows(Rows&& rows)
{
    Checksum checksum;
    for (auto const& row : rows) {
        checksum.add(static_cast<std::uint64_t>(row.id));
        checksum.add(static_cast<std::uint64_t>(row.i));
        checksum.add_number(row.d);
        checksum.add_text(row.t.data(), row.t.size());
        checksum.add_text(row.dt.data(), row.dt.size());
        if (row.n)
            checksum.add_text(row.n->data(), row.n->size());
    }
    return checksum.sum();
}

std::uint64_t fetch_text(std::size_t count)
{
    static auto db = connect();
    return text_rows(
        db.query<TextRow<std::string_view>>(sealsql::Sql::unchecked(fetch_sql(count))));
}

std::uint64_t kept_strings(std::size_t count)
{
    static auto db = connect();
    return text_rows(db.query_all<TextRow<std::string>>(sealsql::Sql::unchecked(fetch_sql(count))));
}

std::uint64_t kept_views(std::size_t count)
{
    static auto db = connect();
    return text_rows(sealsql::keep(
        db.query<TextRow<std::string_view>>(sealsql::Sql::unchecked(fetch_sql(count)))));
}

/// More rows than the table has.
std::string stream_sql(std::size_t count)
{
    return "SELECT a.id, a.i, a.d, a.t, a.dt, a.n FROM bench AS a CROSS JOIN (SELECT id FROM bench "
           "LIMIT 100) AS b LIMIT " +
           std::to_string(count);
}

std::uint64_t stream_raw(std::size_t count)
{
    return text_rows_raw(stream_sql(count), [](MYSQL* db) { return mysql_use_result(db); });
}

std::uint64_t stream(std::size_t count)
{
    static auto db = connect();
    return text_rows(
        db.query<TextRow<std::string_view>>(sealsql::Sql::unchecked(stream_sql(count))));
}

constexpr char const fetch_prepared_sql[] = "SELECT id, i, d, t, dt, n FROM bench LIMIT ?";
constexpr char const stream_prepared_sql[] =
    "SELECT a.id, a.i, a.d, a.t, a.dt, a.n FROM bench AS a CROSS JOIN (SELECT id FROM bench LIMIT "
    "100) AS b LIMIT ?";

std::uint64_t binary_rows_raw(RawStatement const& statement, std::size_t count)
{
    auto limit = static_cast<std::int64_t>(count);
    MYSQL_BIND parameter{};
    parameter.buffer_type = MYSQL_TYPE_LONGLONG;
    parameter.buffer = &limit;
    statement.check(mysql_stmt_bind_param(statement.get(), &parameter));
    statement.check(mysql_stmt_execute(statement.get()));
    std::int64_t id = 0;
    std::int32_t i = 0;
    double d = 0;
    std::array<char, 129> t{};
    std::array<char, 129> n{};
    unsigned long t_size = 0;
    unsigned long n_size = 0;
    my_bool n_is_null = 0;
    MYSQL_TIME dt{};
    std::array<MYSQL_BIND, 6> columns{};
    columns[0].buffer_type = MYSQL_TYPE_LONGLONG;
    columns[0].buffer = &id;
    columns[1].buffer_type = MYSQL_TYPE_LONG;
    columns[1].buffer = &i;
    columns[2].buffer_type = MYSQL_TYPE_DOUBLE;
    columns[2].buffer = &d;
    columns[3].buffer_type = MYSQL_TYPE_STRING;
    columns[3].buffer = t.data();
    columns[3].buffer_length = t.size();
    columns[3].length = &t_size;
    columns[4].buffer_type = MYSQL_TYPE_DATETIME;
    columns[4].buffer = &dt;
    columns[5].buffer_type = MYSQL_TYPE_STRING;
    columns[5].buffer = n.data();
    columns[5].buffer_length = n.size();
    columns[5].length = &n_size;
    columns[5].is_null = &n_is_null;
    statement.check(mysql_stmt_bind_result(statement.get(), columns.data()));
    Checksum checksum;
    int end = 0;
    while ((end = mysql_stmt_fetch(statement.get())) == 0) {
        checksum.add(static_cast<std::uint64_t>(id));
        checksum.add(static_cast<std::uint64_t>(i));
        checksum.add_number(d);
        checksum.add_text(t.data(), t_size);
        checksum.add_datetime(dt.year, dt.month, dt.day,
                              ((dt.hour * 60ULL + dt.minute) * 60 + dt.second) * 1'000'000 +
                                  dt.second_part);
        if (n_is_null == 0)
            checksum.add_text(n.data(), n_size);
    }
    if (end != MYSQL_NO_DATA)
        throw std::runtime_error("mysql_stmt_fetch");
    return checksum.sum();
}

std::uint64_t fetch_prepared_raw(std::size_t count)
{
    static RawConnection const db;
    static RawStatement const statement{db, fetch_prepared_sql};
    return binary_rows_raw(statement, count);
}

std::uint64_t stream_prepared_raw(std::size_t count)
{
    static RawConnection const db;
    static RawStatement const statement{db, stream_prepared_sql};
    return binary_rows_raw(statement, count);
}

struct BinaryRow {
    std::int64_t id;
    std::int32_t i;
    double d;
    std::string_view t;
    sealsql::DateTime dt;
    std::optional<std::string_view> n;
};

template <class Rows>
std::uint64_t binary_rows(Rows&& rows)
{
    Checksum checksum;
    for (BinaryRow const& row : rows) {
        checksum.add(static_cast<std::uint64_t>(row.id));
        checksum.add(static_cast<std::uint64_t>(row.i));
        checksum.add_number(row.d);
        checksum.add_text(row.t.data(), row.t.size());
        auto const date = row.dt.date;
        checksum.add_datetime(static_cast<unsigned>(static_cast<int>(date.year())),
                              static_cast<unsigned>(date.month()),
                              static_cast<unsigned>(date.day()),
                              static_cast<std::uint64_t>(row.dt.time.count()));
        if (row.n)
            checksum.add_text(row.n->data(), row.n->size());
    }
    return checksum.sum();
}

std::uint64_t fetch_prepared(std::size_t count)
{
    static auto db = connect();
    return binary_rows(db.query<BinaryRow>(fetch_prepared_sql, static_cast<std::int64_t>(count)));
}

std::uint64_t stream_prepared(std::size_t count)
{
    static auto db = connect();
    return binary_rows(db.query<BinaryRow>(stream_prepared_sql, static_cast<std::int64_t>(count)));
}

// --- Large values ---

constexpr std::size_t blob_size = 1 << 20;

std::uint64_t blobs_raw(std::size_t count)
{
    static RawConnection const db;
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        db.query("SELECT b FROM bench_blob");
        MYSQL_RES* const result = mysql_use_result(db.get());
        if (result == nullptr)
            db.fail();
        while (MYSQL_ROW const row = mysql_fetch_row(result))
            checksum.add_text(row[0], mysql_fetch_lengths(result)[0]);
        mysql_free_result(result);
    }
    return checksum.sum();
}

std::uint64_t blobs_prepared_raw(std::size_t count)
{
    static RawConnection const db;
    static RawStatement const statement{db, "SELECT b FROM bench_blob"};
    std::vector<char> buffer(blob_size);
    unsigned long size = 0;
    MYSQL_BIND column{};
    column.buffer_type = MYSQL_TYPE_BLOB;
    column.buffer = buffer.data();
    column.buffer_length = buffer.size();
    column.length = &size;
    statement.check(mysql_stmt_bind_result(statement.get(), &column));
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        statement.check(mysql_stmt_execute(statement.get()));
        int end = 0;
        while ((end = mysql_stmt_fetch(statement.get())) == 0)
            checksum.add_text(buffer.data(), size);
        if (end != MYSQL_NO_DATA)
            throw std::runtime_error("mysql_stmt_fetch");
        mysql_stmt_free_result(statement.get());
    }
    return checksum.sum();
}

std::uint64_t blobs_prepared(std::size_t count)
{
    static auto db = connect();
    static auto statement = db.prepare("SELECT b FROM bench_blob");
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i)
        for (std::string_view const blob : statement.query<std::string_view>())
            checksum.add_text(blob.data(), blob.size());
    return checksum.sum();
}

std::uint64_t blobs(std::size_t count)
{
    static auto db = connect();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i)
        for (std::string_view const blob : db.query<std::string_view>("SELECT b FROM bench_blob"))
            checksum.add_text(blob.data(), blob.size());
    return checksum.sum();
}

} // namespace

void make_tables()
{
    auto db = connect();
    db.execute("DROP TABLE IF EXISTS bench");
    db.execute(
        "CREATE TABLE bench (id BIGINT NOT NULL PRIMARY KEY, i INT NOT NULL, d DOUBLE NOT NULL, "
        "t VARCHAR(32) NOT NULL, dt DATETIME NOT NULL, n VARCHAR(32))");
    db.execute(
        "INSERT INTO bench SELECT x, x * 7 - 300000, x / 7e0, CONCAT('name of ', x), "
        "'2026-01-01' + INTERVAL x * 37 SECOND, IF(x % 3 = 0, NULL, CONCAT('n', x)) FROM "
        "(SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS x FROM "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
        "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL "
        "SELECT 9) AS a, "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
        "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL "
        "SELECT 9) AS b, "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
        "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL "
        "SELECT 9) AS c, "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
        "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL "
        "SELECT 9) AS d, "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
        "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL "
        "SELECT 9) AS e) AS numbers");
    db.execute("DROP TABLE IF EXISTS bench_insert");
    db.execute(
        "CREATE TABLE bench_insert (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(32) NOT NULL, "
        "score DOUBLE NOT NULL)");
    db.execute("DROP TABLE IF EXISTS bench_blob");
    db.execute("CREATE TABLE bench_blob (b LONGBLOB NOT NULL)");
    for (int i = 0; i < 4; ++i)
        db.execute("INSERT INTO bench_blob VALUES (REPEAT('x', 1048576))");
}

std::vector<Workload> workloads()
{
    std::vector<Workload> all{
        {"select_1", 3000, 200, 600, {{"raw", select_1_raw}, {"sealsql", select_1}}},
        {"lookup",
         3000,
         200,
         600,
         {{"raw", lookup_raw}, {"sealsql", lookup}, {"sealsql_cached", lookup_cached}}},
        {"fetch_text",
         table_rows,
         5000,
         15'000,
         {{"raw", fetch_text_raw}, {"sealsql", fetch_text}}},
        {"fetch_prepared",
         table_rows,
         5000,
         15'000,
         {{"raw", fetch_prepared_raw}, {"sealsql", fetch_prepared}}},
        {"kept",
         table_rows,
         5000,
         15'000,
         {{"raw_streamed", fetch_text_raw},
          {"raw_stored", kept_raw_stored},
          {"sealsql_views", kept_views},
          {"sealsql_strings", kept_strings}}},
        {"blobs", 20, 1, 3, {{"raw", blobs_raw}, {"sealsql", blobs}}},
        {"blobs_prepared", 20, 1, 3, {{"raw", blobs_prepared_raw}, {"sealsql", blobs_prepared}}},
        {"stream", 10'000'000, 0, 0, {{"raw", stream_raw}, {"sealsql", stream}}},
        {"stream_prepared",
         10'000'000,
         0,
         0,
         {{"raw", stream_prepared_raw}, {"sealsql", stream_prepared}}},
    };
#if defined(SEALSQL_BENCHMARK_OBSERVER)
    add_observer(all);
#endif
#if defined(SEALSQL_BENCHMARK_PIPELINE)
    add_pipeline(all);
#endif
#if defined(SEALSQL_BENCHMARK_BULK)
    add_bulk(all);
#endif
#if defined(SEALSQL_BENCHMARK_SOCI)
    add_soci(all);
#endif
#if defined(SEALSQL_BENCHMARK_MYSQLPP)
    add_mysqlpp(all);
#endif
#if defined(SEALSQL_BENCHMARK_BOOST)
    add_boost_mysql(all);
#endif
    return all;
}

} // namespace benchmark
