// SOCI, with MySQL's backend, which knows the text protocol only.

#include "connect_ways.hpp"
#include "insert_items.hpp"
#include "query_workloads.hpp"

#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace benchmark {

namespace {

/// Over TLS with the CA checked; it has no setting that checks the name.
std::string connection_text()
{
    return "host=" + setting("HOST") + " port=" + setting("PORT") +
           " user=" + setting("USER_NAME") + " password=" + setting("PASSWORD") +
           " sslca=" + setting("CA");
}

soci::session& session()
{
    static soci::session db{soci::mysql, connection_text() + " db=" + setting("DATABASE")};
    return db;
}

/// @see ConnectWay
std::shared_ptr<void> open()
{
    auto db = std::make_shared<soci::session>(soci::mysql, connection_text());
    int value = 0;
    *db << "SELECT 1", soci::into(value);
    if (value != 1)
        throw std::runtime_error("not 1");
    return db;
}

std::uint64_t select_1(std::size_t count)
{
    auto& db = session();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        unsigned long long value = 0;
        db << "SELECT 1", soci::into(value);
        checksum.add(value);
    }
    return checksum.sum();
}

std::uint64_t lookup(std::size_t count)
{
    auto& db = session();
    long long id = 0;
    int number = 0;
    std::string text;
    soci::statement statement = (db.prepare << "SELECT i, t FROM bench WHERE id = :id",
                                 soci::use(id), soci::into(number), soci::into(text));
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        id = static_cast<long long>(i % table_rows) + 1;
        statement.execute(true);
        checksum.add(static_cast<std::uint64_t>(number));
        checksum.add_text(text.data(), text.size());
    }
    return checksum.sum();
}

template <class DateTime>
struct Fetched {
    long long id = 0;
    int i = 0;
    double d = 0;
    std::string t;
    DateTime dt{};
    std::string n;
    soci::indicator n_is = soci::i_ok;
};

/// Calls a function for each row, with the row.
template <class DateTime, class Function>
void fetch(std::size_t count, Function const& function)
{
    Fetched<DateTime> row;
    soci::statement statement =
        (session().prepare << fetch_sql(count), soci::into(row.id), soci::into(row.i),
         soci::into(row.d), soci::into(row.t), soci::into(row.dt), soci::into(row.n, row.n_is));
    statement.execute();
    while (statement.fetch())
        function(row);
}

void add_datetime(Checksum& checksum, std::string const& text)
{
    checksum.add_text(text.data(), text.size());
}
void add_datetime(Checksum& checksum, std::tm const& time)
{
    checksum.add_datetime(
        static_cast<unsigned>(time.tm_year + 1900), static_cast<unsigned>(time.tm_mon + 1),
        static_cast<unsigned>(time.tm_mday),
        static_cast<std::uint64_t>((time.tm_hour * 60 + time.tm_min) * 60 + time.tm_sec) *
            1'000'000);
}

template <class DateTime>
void add_row(Checksum& checksum, Fetched<DateTime> const& row)
{
    checksum.add(static_cast<std::uint64_t>(row.id));
    checksum.add(static_cast<std::uint64_t>(row.i));
    checksum.add_number(row.d);
    checksum.add_text(row.t.data(), row.t.size());
    add_datetime(checksum, row.dt);
    if (row.n_is == soci::i_ok)
        checksum.add_text(row.n.data(), row.n.size());
}

template <class DateTime>
std::uint64_t fetched(std::size_t count)
{
    Checksum checksum;
    fetch<DateTime>(count, [&](auto const& row) { add_row(checksum, row); });
    return checksum.sum();
}

std::uint64_t kept(std::size_t count)
{
    std::vector<Fetched<std::string>> rows;
    fetch<std::string>(count, [&](auto const& row) { rows.push_back(row); });
    Checksum checksum;
    for (auto const& row : rows)
        add_row(checksum, row);
    return checksum.sum();
}

std::uint64_t blobs(std::size_t count)
{
    auto& db = session();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        std::string blob;
        soci::statement statement = (db.prepare << "SELECT b FROM bench_blob", soci::into(blob));
        statement.execute();
        while (statement.fetch())
            checksum.add_text(blob.data(), blob.size());
    }
    return checksum.sum();
}

/// Vectors, of which MySQL's backend makes a statement for each row; in a transaction, or each would be one.
std::uint64_t insert(std::size_t count)
{
    auto& db = session();
    db << truncate_sql;
    std::vector<long long> ids;
    std::vector<std::string> names;
    std::vector<double> scores;
    for (Item const& item : items(count)) {
        ids.push_back(item.id);
        names.push_back(item.name);
        scores.push_back(item.score);
    }
    soci::transaction transaction{db};
    soci::statement statement =
        (db.prepare << "INSERT INTO bench_insert (id, name, score) VALUES (:id, :name, :score)",
         soci::use(ids), soci::use(names), soci::use(scores));
    statement.execute(true);
    transaction.commit();
    std::string sum;
    db << inserted_sql, soci::into(sum);
    return checksum_of(sum);
}

} // namespace

void add_soci(std::vector<ConnectWay>& ways) { ways.push_back({"soci", open, "raw"}); }

void add_soci(std::vector<Workload>& workloads)
{
    add_way(workloads, "select_1", {"soci", select_1});
    add_way(workloads, "lookup", {"soci", lookup});
    add_way(workloads, "fetch_text", {"soci", fetched<std::string>});
    add_way(workloads, "fetch_prepared", {"soci", fetched<std::tm>});
    add_way(workloads, "kept", {"soci", kept});
    add_way(workloads, "blobs", {"soci", blobs});
    add_way(workloads, "insert", {"soci", insert});
}

} // namespace benchmark
