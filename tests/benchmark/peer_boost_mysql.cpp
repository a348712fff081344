// Boost.MySQL, by its dynamic interface, which is its fastest.

#include "connect_ways.hpp"
#include "insert_items.hpp"
#include "query_workloads.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/mysql.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace benchmark {

namespace {

namespace asio = boost::asio;
namespace mysql = boost::mysql;

/// TLS with the CA and the name checked; the same for all connections, so that the CA is read once.
asio::ssl::context& tls()
{
    static asio::ssl::context context = [] {
        asio::ssl::context made{asio::ssl::context::tls_client};
        made.load_verify_file(setting("CA"));
        made.set_verify_mode(asio::ssl::verify_peer);
        made.set_verify_callback(asio::ssl::host_name_verification(setting("HOST")));
        return made;
    }();
    return context;
}

mysql::any_connection_params over_tls()
{
    mysql::any_connection_params params;
    params.ssl_context = &tls();
    return params;
}

class Session {
public:
    explicit Session(std::string database = {})
    {
        mysql::connect_params params;
        params.server_address.emplace_host_and_port(
            setting("HOST"), static_cast<unsigned short>(std::stoul(setting("PORT"))));
        params.username = setting("USER_NAME");
        params.password = setting("PASSWORD");
        params.database = std::move(database);
        params.ssl = mysql::ssl_mode::require;
        db_.connect(params);
    }
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;
    ~Session()
    {
        mysql::error_code ignored;
        mysql::diagnostics diagnostics;
        db_.close(ignored, diagnostics);
    }

    static mysql::any_connection& get()
    {
        static Session session{setting("DATABASE")};
        return session.db_;
    }

    [[nodiscard]] mysql::any_connection& db() noexcept { return db_; }

private:
    asio::io_context context_;
    mysql::any_connection db_{context_, over_tls()};
};

/// @see ConnectWay
std::shared_ptr<void> open()
{
    auto session = std::make_shared<Session>();
    mysql::results result;
    session->db().execute("SELECT 1", result);
    if (result.rows().at(0).at(0).as_int64() != 1)
        throw std::runtime_error("not 1");
    return session;
}

std::uint64_t select_1(std::size_t count)
{
    auto& db = Session::get();
    mysql::results result;
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        db.execute("SELECT 1", result);
        checksum.add(static_cast<std::uint64_t>(result.rows().at(0).at(0).as_int64()));
    }
    return checksum.sum();
}

std::uint64_t lookup(std::size_t count)
{
    auto& db = Session::get();
    static auto const statement = db.prepare_statement("SELECT i, t FROM bench WHERE id = ?");
    mysql::results result;
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        db.execute(statement.bind(static_cast<std::int64_t>(i % table_rows) + 1), result);
        auto const row = result.rows().at(0);
        checksum.add(static_cast<std::uint64_t>(row.at(0).as_int64()));
        checksum.add_text(row.at(1).as_string().data(), row.at(1).as_string().size());
    }
    return checksum.sum();
}

void add_row(Checksum& checksum, mysql::row_view row, bool datetime_as_text)
{
    checksum.add(static_cast<std::uint64_t>(row.at(0).as_int64()));
    checksum.add(static_cast<std::uint64_t>(row.at(1).as_int64()));
    checksum.add_number(row.at(2).as_double());
    checksum.add_text(row.at(3).as_string().data(), row.at(3).as_string().size());
    auto const time = row.at(4).as_datetime();
    if (datetime_as_text)
        checksum.add_datetime_as_text(time.year(), time.second());
    else
        checksum.add_datetime(time.year(), time.month(), time.day(),
                              ((time.hour() * 60ULL + time.minute()) * 60 + time.second()) *
                                      1'000'000 +
                                  time.microsecond());
    if (!row.at(5).is_null())
        checksum.add_text(row.at(5).as_string().data(), row.at(5).as_string().size());
}

template <class Request>
std::uint64_t streamed(Request const& request, bool datetime_as_text)
{
    auto& db = Session::get();
    mysql::execution_state state;
    db.start_execution(request, state);
    Checksum checksum;
    while (!state.complete())
        for (auto const row : db.read_some_rows(state))
            add_row(checksum, row, datetime_as_text);
    return checksum.sum();
}

std::uint64_t fetch_text(std::size_t count) { return streamed(fetch_sql(count), true); }

std::uint64_t fetch_prepared(std::size_t count)
{
    static auto const statement =
        Session::get().prepare_statement("SELECT id, i, d, t, dt, n FROM bench LIMIT ?");
    return streamed(statement.bind(static_cast<std::int64_t>(count)), false);
}

std::uint64_t kept(std::size_t count)
{
    mysql::results result;
    Session::get().execute(fetch_sql(count), result);
    Checksum checksum;
    for (auto const row : result.rows())
        add_row(checksum, row, true);
    return checksum.sum();
}

template <class Request>
std::uint64_t blobs_of(std::size_t count, Request const& request)
{
    auto& db = Session::get();
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        mysql::execution_state state;
        db.start_execution(request, state);
        while (!state.complete())
            for (auto const row : db.read_some_rows(state)) {
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
                checksum.add_text(reinterpret_cast<char const*>(row.at(0).as_blob().data()),
                                  row.at(0).as_blob().size());
            }
    }
    return checksum.sum();
}

std::uint64_t blobs(std::size_t count)
{
    return blobs_of(count, std::string{"SELECT b FROM bench_blob"});
}

std::uint64_t blobs_prepared(std::size_t count)
{
    static auto const statement = Session::get().prepare_statement("SELECT b FROM bench_blob");
    return blobs_of(count, statement.bind());
}

std::uint64_t pipelined(std::size_t count)
{
    constexpr std::size_t batch_size = 50;
    auto& db = Session::get();
    mysql::pipeline_request request;
    std::vector<mysql::stage_response> responses;
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i) {
        request.clear();
        for (std::size_t j = 0; j < batch_size; ++j)
            request.add_execute("SELECT 1");
        db.run_pipeline(request, responses);
        for (auto const& response : responses)
            checksum.add(
                static_cast<std::uint64_t>(response.as_results().rows().at(0).at(0).as_int64()));
    }
    return checksum.sum();
}

/// Statements of many rows: array binding and LOAD DATA it does not know.
std::uint64_t insert(std::size_t count)
{
    auto& db = Session::get();
    mysql::results result;
    db.execute(truncate_sql, result);
    auto const all = items(count);
    for (std::size_t at = 0; at < count; at += rows_of_statement)
        db.execute(mysql::with_params(
                       "INSERT INTO bench_insert (id, name, score) VALUES {}",
                       mysql::sequence(all.subspan(at, std::min(rows_of_statement, count - at)),
                                       [](Item const& item, mysql::format_context_base& context) {
                                           mysql::format_sql_to(context, "({}, {}, {})", item.id,
                                                                item.name, item.score);
                                       })),
                   result);
    db.execute(inserted_sql, result);
    return checksum_of(result.rows().at(0).at(0).as_string());
}

} // namespace

void add_boost_mysql(std::vector<ConnectWay>& ways) { ways.push_back({"boost", open, "raw"}); }

void add_boost_mysql(std::vector<Workload>& workloads)
{
    add_way(workloads, "select_1", {"boost", select_1});
    add_way(workloads, "lookup", {"boost", lookup});
    add_way(workloads, "fetch_text", {"boost", fetch_text});
    add_way(workloads, "fetch_prepared", {"boost", fetch_prepared});
    add_way(workloads, "kept", {"boost", kept});
    add_way(workloads, "blobs", {"boost", blobs});
    add_way(workloads, "blobs_prepared", {"boost", blobs_prepared});
    add_way(workloads, "pipelined", {"boost", pipelined});
    add_way(workloads, "insert", {"boost", insert});
}

} // namespace benchmark
