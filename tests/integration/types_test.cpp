// Every type of column, with NULL, its least and largest values and usual ones, read in both protocols and sent back as a
// parameter. What sealsql understood is compared with what the server says of the same value (CAST, HEX), and what it
// read as text with what the command line client prints.

#include "server.hpp"
#include "type_values.hpp"

#include <sealsql/results.hpp>
#include <sealsql/types.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

std::string hex(void const* bytes, std::size_t size)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        auto const byte = static_cast<unsigned char const*>(bytes)[i];
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

// How the server would print a value, by the question that is asked of it.

std::string print(bool value) { return value ? "1" : "0"; }
template <detail::Integer T>
std::string print(T value)
{
    return std::to_string(value);
}
std::string print(std::string const& value) { return value; }
std::string print(Decimal const& value) { return to_string(value); }
std::string print(Uuid const& value) { return to_string(value); }
std::string print(Inet4 const& value) { return to_string(value); }
std::string print(Inet6 const& value) { return to_string(value); }
std::string print(Json const& value) { return value.text(); }
std::string print(Size value) { return std::string{enum_name(value)}; }
template <class E>
std::string print(SetOf<E> value)
{
    return to_string(value);
}
std::string print(Bits value) { return std::to_string(value.value); }
template <std::size_t N>
std::string print(std::bitset<N> const& value)
{
    return std::to_string(value.to_ullong());
}
std::string print(std::vector<std::byte> const& value) { return hex(value.data(), value.size()); }
template <std::size_t N>
std::string print(std::array<std::byte, N> const& value)
{
    return hex(value.data(), N);
}
std::string print(std::vector<float> const& value)
{
    return hex(value.data(), value.size() * sizeof(float));
}
std::string print(Geometry const& value)
{
    std::uint32_t const srid = value.srid();
    return hex(&srid, sizeof srid) + hex(value.wkb().data(), value.wkb().size());
}
std::string print(DateTime const& value) { return to_string(value); }
std::string print(year_month_day const& value)
{
    return to_string(DateTime{value, 0us}).substr(0, std::string_view{"2026-11-25"}.size());
}
std::string print(year value)
{
    std::string const digits = std::to_string(int{value});
    return std::string(4 - digits.size(), '0') + digits;
}
template <detail::IntegralDuration D>
std::string print(D value)
{
    char text[detail::max_temporal_text];
    return {text, detail::write_time_text(microseconds{value}.count(), text)};
}
template <class D>
std::string print(sys_time<D> value)
{
    return to_string(DateTime::from(time_point_cast<microseconds>(value)));
}
template <class D>
std::string print(local_time<D> value)
{
    return to_string(DateTime::from(time_point_cast<microseconds>(value)));
}

// Servers fill fractions of seconds up with zeros, to what the column has.
std::string without_zeros(std::string text)
{
    if (text.find('.') != std::string::npos)
        text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

template <class T>
void check_agrees(T const& value, std::string const& server_says)
{
    if constexpr (std::is_floating_point_v<T>) {
        T number{};
        std::from_chars(server_says.data(), server_says.data() + server_says.size(), number);
        CHECK(value == number);
    } else if constexpr (requires(T time) { time.time_since_epoch(); } ||
                         std::is_same_v<T, DateTime> || detail::is_integral_duration<T>) {
        CHECK(without_zeros(print(value)) == without_zeros(server_says));
    } else {
        CHECK(print(value) == server_says);
    }
}

// What the server's own command line client prints, line by line; of bytes "0x" and their digits.
std::vector<std::string> client_prints(std::string const& statement)
{
    Server const& server = Server::get();
    std::string const client = server.has("CLIENT") ? server["CLIENT"] : "mariadb";
    ::setenv("MYSQL_PWD", server["PASSWORD"].c_str(), 1);
    std::string const command =
        "'" + client +
        "' --no-defaults --default-character-set=utf8mb4 --batch --raw --binary-as-hex --skip-column-names --socket='" +
        server["SOCKET"] + "' --user='" + server["USER"] + "' '" + server["DATABASE"] +
        "' --execute=\"" + statement + "\"";
    std::FILE* const out = ::popen(command.c_str(), "r");
    REQUIRE(out != nullptr);
    std::string text;
    char buffer[4096];
    while (std::size_t const size = std::fread(buffer, 1, sizeof buffer, out))
        text.append(buffer, size);
    int const code = ::pclose(out);
    ::unsetenv("MYSQL_PWD");
    // Without one there is nothing that the table was compared with.
    INFO("the command line client " << client << " is part of this test");
    REQUIRE(code == 0);
    std::vector<std::string> lines;
    std::istringstream all{text};
    for (std::string line; std::getline(all, line);)
        lines.push_back(line);
    return lines;
}

class TypeTable {
public:
    explicit TypeTable(std::string engine) : engine_{std::move(engine)}, db_{builder().connect()}
    {
        // Zero dates and what else a strict mode refuses are values like others; TIMESTAMP is UTC.
        db_.execute("SET sql_mode = '', time_zone = '+00:00'");
        drop_tables();
    }
    TypeTable(TypeTable const&) = delete;
    TypeTable& operator=(TypeTable const&) = delete;
    ~TypeTable()
    {
        try {
            drop_tables();
        } catch (Error const&) {
            // The next one does.
        }
    }

    // A column of this definition holds NULL and these values, each as SQL, and T is its type.
    template <class T>
    void check(std::string_view definition, std::vector<std::string> values,
               std::string_view ask = Asked::text)
    {
        values.emplace_back("NULL");
        CAPTURE(engine_, definition);
        // A name of its own: a statement that was prepared for a table of other types is another test's matter.
        std::string const name = "type_table_" + std::to_string(++tables_);
        execute("CREATE TABLE " + name + " (id INT PRIMARY KEY AUTO_INCREMENT, v " +
                std::string{definition} + " NULL)" + engine_);
        execute("START TRANSACTION");
        for (std::string const& value : values) {
            CAPTURE(value);
            REQUIRE(execute("INSERT INTO " + name + " (v) VALUES (" + value + ")").warning_count ==
                    0);
        }

        std::string const select = "SELECT v FROM " + name + " ORDER BY id";
        std::string const prepared = "SELECT v FROM " + name + " WHERE 1 = ? ORDER BY id";
        std::string const says = "SELECT " + std::string{ask} + " FROM " + name + " ORDER BY id";
        using Value = std::optional<T>;
        using Text = std::optional<std::string>;
        auto const texts = db_.query_all<Value>(Sql::unchecked(select));
        auto const binaries = db_.query_all<Value>(Sql::unchecked(prepared), 1);
        auto const printed = db_.query_all<Text>(Sql::unchecked(says));
        REQUIRE(texts.size() == values.size());
        REQUIRE(binaries.size() == values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            CAPTURE(values[i]);
            REQUIRE(printed[i].has_value() == (values[i] != "NULL"));
            REQUIRE(binaries[i].has_value() == printed[i].has_value());
            CHECK(texts[i] == binaries[i]);
            if (binaries[i])
                check_agrees(*binaries[i], *printed[i]);
        }
        if constexpr (std::is_same_v<T, std::string>)
            check_views<std::string_view>(select, prepared, binaries);
        if constexpr (detail::ByteRange<T>)
            check_views<std::span<std::byte const>>(select, prepared, binaries);

        // Whatever the type, it can be read as text, and as the client prints it.
        auto const as_text = db_.query_all<Text>(Sql::unchecked(select));
        auto const binary_as_text = db_.query_all<Text>(Sql::unchecked(prepared), 1);
        REQUIRE(binary_as_text.size() == as_text.size());
        for (std::size_t i = 0; i < as_text.size(); ++i)
            CHECK(binary_as_text[i].value_or("NULL") == as_text[i].value_or("NULL"));
        // What has no text are bytes.
        bool const is_bytes = ask == Asked::bytes || definition.starts_with("BIT");
        // MariaDB's client prints NULL among bytes as it prints no bytes.
        char const* const null = is_bytes && Server::get().is_mariadb() ? "0x" : "NULL";
        client_statements_ += select + ";";
        for (Text const& text : as_text)
            client_lines_.push_back(
                {std::string{definition}, !text       ? null
                                          : !is_bytes ? *text
                                                      : "0x" + hex(text->data(), text->size())});

        // As parameters, and back: by the server's own comparison, except for what it prints. And the client prints these.
        execute("UPDATE " + name + " SET v = NULL");
        std::string const update = "UPDATE " + name + " SET v = ? WHERE id = ?";
        for (std::size_t i = 0; i < values.size(); ++i) {
            CAPTURE(values[i]);
            CHECK(db_.execute(Sql::unchecked(update), binaries[i], i + 1).warning_count == 0);
        }
        execute("COMMIT");
        CHECK(db_.query_all<Text>(Sql::unchecked(says)) == printed);
    }

    // What was read as text is what the command line client prints, asked once for all that was checked.
    void check_client()
    {
        auto const lines = client_prints(client_statements_);
        REQUIRE(lines.size() == client_lines_.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            CAPTURE(engine_, client_lines_[i].definition);
            CHECK(lines[i] == client_lines_[i].text);
        }
    }

    // One value of a type, out of an expression.
    template <class T>
    [[nodiscard]] T value(std::string_view expression)
    {
        auto const text = db_.query_value<T>(Sql::unchecked("SELECT " + std::string{expression}));
        CHECK(db_.query_value<T>(Sql::unchecked("SELECT " + std::string{expression} +
                                                " FROM (SELECT 1) one WHERE 1 = ?"),
                                 1) == text);
        return text;
    }

    ExecuteResult execute(std::string const& statement)
    {
        return db_.execute(Sql::unchecked(statement));
    }
    [[nodiscard]] Connection& db() noexcept { return db_; }

private:
    // Views of texts or bytes, in both protocols, are what was read as a value.
    template <class View, class Value>
    void check_views(std::string const& select, std::string const& prepared,
                     std::vector<Value> const& values)
    {
        auto const check_rows = [&](auto&& rows) {
            std::size_t i = 0;
            for (std::optional<View> const& view : rows) {
                REQUIRE(i < values.size());
                CHECK(view.has_value() == values[i].has_value());
                if (view && values[i])
                    CHECK(std::equal(view->begin(), view->end(), values[i]->begin(),
                                     values[i]->end()));
                ++i;
            }
            CHECK(i == values.size());
        };
        check_rows(db_.query<std::optional<View>>(Sql::unchecked(select)));
        check_rows(db_.query<std::optional<View>>(Sql::unchecked(prepared), 1));
    }

    // All at once: each statement of that kind waits for the disk.
    void drop_tables()
    {
        std::string names;
        for (std::string const& name :
             db_.query_all<std::string>("SHOW TABLES LIKE 'type\\_table\\_%'"))
            names += (names.empty() ? "" : ", ") + name;
        if (!names.empty())
            execute("DROP TABLE " + names);
    }

    struct ClientLine {
        std::string definition;
        std::string text;
    };

    std::string engine_;
    Connection db_;
    int tables_ = 0;
    std::string client_statements_;
    std::vector<ClientLine> client_lines_;
};

// The server's default, and MyRocks where it is.
std::vector<std::string> engines()
{
    std::vector<std::string> found{""};
    auto db = builder().connect();
    if (db.query_value<int>(
            "SELECT COUNT(*) FROM information_schema.engines WHERE engine = 'ROCKSDB' AND support IN ('YES', 'DEFAULT')") !=
        0)
        found.emplace_back(" ENGINE=ROCKSDB");
    if (std::getenv("SEALSQL_TEST_ROCKSDB") != nullptr && found.size() == 1)
        throw std::runtime_error("the server was to have RocksDB, and has not");
    return found;
}

} // namespace

TEST_CASE("every type of number", "[integration][types]")
{
    for (std::string const& engine : engines()) {
        TypeTable table{engine};
        check_numbers(table);
        table.check_client();
    }
    TypeTable table{""};
    auto& db = table.db();
    db.execute("CREATE TEMPORARY TABLE limits (f FLOAT, d DOUBLE)");
    using Float = std::numeric_limits<float>;
    using Double = std::numeric_limits<double>;
    for (auto const& [f, d] : std::initializer_list<std::pair<float, double>>{
             {Float::max(), Double::max()},
             {Float::lowest(), Double::lowest()},
             {Float::min(), Double::min()},
             {1 + Float::epsilon(), 1 + Double::epsilon()},
             {1.0F / 3, 1.0 / 3}}) {
        CAPTURE(f, d);
        db.execute("DELETE FROM limits");
        db.execute("INSERT INTO limits VALUES (?, ?)", f, d);
        CHECK(db.query_one<std::tuple<float, double>>("SELECT f, d FROM limits WHERE 1 = ?", 1) ==
              std::tuple{f, d});
        CHECK(db.query_value<double>("SELECT d FROM limits") == d);
        CHECK(db.query_value<std::string>("SELECT CAST(f AS DOUBLE) = ? FROM limits",
                                          static_cast<double>(f)) == "1");
    }
}

TEST_CASE("every type of text and bytes", "[integration][types]")
{
    for (std::string const& engine : engines()) {
        TypeTable table{engine};
        check_texts(table);
        table.check_client();
    }
}

TEST_CASE("the longest values of the types that are too large for the table",
          "[integration][types]")
{
    {
        auto root = admin();
        root.execute("SET GLOBAL max_allowed_packet = 67108864");
    }
    auto db = builder().connect();
    constexpr std::size_t longest = (std::size_t{1} << 24U) - 1;
    db.execute("CREATE TEMPORARY TABLE longest (id INT PRIMARY KEY, t MEDIUMTEXT, b MEDIUMBLOB) "
               "ENGINE=InnoDB");
    std::string const text(longest, 'x');
    std::vector<std::byte> const bytes(longest, std::byte{0x80});
    db.execute("INSERT INTO longest VALUES (1, ?, ?)", text, std::span<std::byte const>{bytes});
    CHECK(db.query_value<bool>("SELECT t = REPEAT('x', 16777215) AND b = REPEAT(x'80', 16777215) "
                               "FROM longest"));
    auto const check = [&](auto const& row) {
        auto const& [t, b] = row;
        CHECK((t == text)); // not printed
        CHECK(std::equal(b.begin(), b.end(), bytes.begin(), bytes.end()));
    };
    using Views = std::tuple<std::string_view, std::span<std::byte const>>;
    using Values = std::tuple<std::string, std::vector<std::byte>>;
    for (auto const& row : db.query<Views>("SELECT t, b FROM longest"))
        check(row);
    for (auto const& row : db.query<Views>("SELECT t, b FROM longest WHERE id = ?", 1))
        check(row);
    check(db.query_one<Values>("SELECT t, b FROM longest"));
    check(db.query_one<Values>("SELECT t, b FROM longest WHERE id = ?", 1));
    // One more is too many, which is the server's to say.
    CHECK(error_of([&] {
              db.execute("INSERT INTO longest VALUES (2, ?, NULL)", text + "x");
          }).code() == 1406);
}

TEST_CASE("every type of date and time", "[integration][types]")
{
    bool const is_mariadb = Server::get().is_mariadb();
    for (std::string const& engine : engines()) {
        TypeTable table{engine};
        check_times(table);
        table.check_client();
    }
    TypeTable table{""};
    CHECK(table.value<year_month_day>("DATE_ADD('2024-02-28', INTERVAL 1 DAY)") == 2024y / 2 / 29);
    CHECK(table.value<local_seconds>("TIMESTAMP('2024-02-29 00:00:00')") ==
          local_days{2024y / 2 / 29});
    CHECK(table.value<minutes>("TIMEDIFF('00:00:00', '30:30:00')") == -(30h + 30min));
    CHECK(table.value<year>("YEAR('2024-02-29')") == 2024y);
    if (is_mariadb)
        table.check<year>("YEAR(2)", {"1970", "2069", "2024"},
                          "CAST(IF(v < 70, v + 2000, v + 1900) AS CHAR)");
}

TEST_CASE("what a date or time cannot be is an error, never another value", "[integration][types]")
{
    TypeTable table{""};
    table.execute(
        "CREATE TEMPORARY TABLE odd (zero DATETIME, part DATE, half TIME(1), noon DATETIME)");
    table.execute(
        "INSERT INTO odd VALUES ('0000-00-00', '2024-00-01', '00:00:00.5', '2024-01-01 12:00:00')");
    auto& db = table.db();
    auto const both = [&](auto type, std::string const& name) {
        using T = decltype(type);
        auto const error = error_of([&] {
            static_cast<void>(db.query_value<T>(Sql::unchecked("SELECT " + name + " FROM odd")));
        });
        CHECK(error.message().find(name) != std::string::npos);
        auto const prepared = error_of([&] {
            static_cast<void>(
                db.query_value<T>(Sql::unchecked("SELECT " + name + " FROM odd WHERE 1 = ?"), 1));
        });
        CHECK(prepared.message().find(name) != std::string::npos);
        CHECK_FALSE(prepared.poisons_connection());
    };
    both(sys_seconds{}, "zero");
    both(local_days{}, "zero");
    both(sys_days{}, "part");
    both(seconds{}, "half");
    both(local_days{}, "noon");
    both(year_month_day{}, "noon");
    both(DateTime{}, "half");
    both(seconds{}, "noon");
    CHECK(error_of([&] { db.execute("SELECT ?, ?", 1, sys_days{10000y / 1 / 1}); })
              .message()
              .find("parameter 2") != std::string::npos);
    CHECK_THROWS_AS(db.execute("SELECT ?", 839h), Error);
    CHECK_THROWS_AS(db.execute("SELECT ?", year{99}), Error);
    CHECK(db.usable());
}

TEST_CASE("UUIDs and addresses", "[integration][types]")
{
    for (std::string const& engine : engines()) {
        TypeTable table{engine};
        check_ids(table);
        table.check_client();
    }
    TypeTable table{""};
    std::string const text = "6ccd780c-baba-1026-9564-5b8c656024db";
    Uuid const uuid = *Uuid::parse(text);
    table.execute("CREATE TEMPORARY TABLE ids (id BINARY(16), v4 INT UNSIGNED, v6 VARBINARY(16))");
    auto& db = table.db();
    db.execute("INSERT INTO ids VALUES (?, INET_ATON(?), INET6_ATON(?))", uuid.bytes,
               Inet4::from_number(0xC0000201), *Inet6::parse("2001:db8::1"));
    CHECK(db.query_value<std::string>("SELECT LOWER(HEX(id)) FROM ids") ==
          "6ccd780cbaba102695645b8c656024db");
    CHECK(db.query_value<Uuid>("SELECT id FROM ids") == uuid);
    CHECK(db.query_value<Uuid>("SELECT id FROM ids WHERE id = ?", uuid.bytes) == uuid);
    CHECK(db.query_value<Uuid>("SELECT LOWER(HEX(id)) FROM ids") == uuid);
    CHECK(db.query_value<Inet4>("SELECT v4 FROM ids") == Inet4::parse("192.0.2.1"));
    CHECK(db.query_value<Inet4>("SELECT v4 FROM ids WHERE 1 = ?", 1) == Inet4::parse("192.0.2.1"));
    CHECK(db.query_value<Inet4>("SELECT INET6_ATON('192.0.2.1')") == Inet4::parse("192.0.2.1"));
    CHECK(db.query_value<Inet6>("SELECT v6 FROM ids") == Inet6::parse("2001:db8::1"));
    CHECK(table.value<std::bitset<3>>("b'101'") == std::bitset<3>{5});
}

TEST_CASE(
    "sixteen bytes of a binary column are an address, and those of a procedure's text are its text",
    "[integration][types]")
{
    auto db = builder().connect();
    std::string_view const text = "::ffff:127.0.0.1";
    db.execute(
        "CREATE TEMPORARY TABLE addresses (short VARBINARY(16), longer VARBINARY(64), longest BLOB, "
        "words VARCHAR(64))");
    db.execute("INSERT INTO addresses VALUES (?, ?, ?, ?)", text, text, text, text);
    using Four = std::tuple<Inet6, Inet6, Inet6, Inet6>;
    Inet6 const raw = *Inet6::parse("3a3a:6666:6666:3a31:3237:2e30:2e30:2e31");
    Inet6 const loopback = *Inet6::parse(text);
    CHECK(db.query_one<Four>("SELECT * FROM addresses") == Four{raw, raw, raw, loopback});
    CHECK(db.query_one<Four>("SELECT * FROM addresses WHERE 1 = ?", 1) ==
          Four{raw, raw, raw, loopback});
    db.execute("DROP PROCEDURE IF EXISTS sealsql_address");
    db.execute("CREATE PROCEDURE sealsql_address(OUT words VARCHAR(64), OUT bytes VARBINARY(16)) "
               "SELECT '::ffff:127.0.0.1', '::ffff:127.0.0.1' INTO words, bytes");
    Results results{db, "CALL sealsql_address(?, ?)", nullptr, nullptr};
    CHECK(results.out_parameters<std::tuple<Inet6, Inet6>>() == std::tuple{loopback, raw});
    CHECK(results.columns()[0].is_out_parameter);
    results.finish();
    db.execute("DROP PROCEDURE sealsql_address");
}

TEST_CASE("geometries and vectors", "[integration][types]")
{
    bool const is_mariadb = Server::get().is_mariadb();
    TypeTable table{""}; // MyRocks has no geometries
    check_shapes(table);
    table.check_client();
    auto const line = table.value<Geometry>("ST_GeomFromText('LINESTRING(0 0,1 1,2 3)')");
    CHECK(line.type() == GeometryType::line_string);
    CHECK(line.as_line_string() == Geometry::Line{{0, 0}, {1, 1}, {2, 3}});
    auto const polygon =
        table.value<Geometry>("ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 0))')").as_polygon();
    CHECK(polygon == std::vector<Geometry::Line>{{{0, 0}, {4, 0}, {4, 4}, {0, 0}}});
    auto& db = table.db();
    CHECK(db.query_value<double>("SELECT ST_X(?)", Geometry::point({1.5, 2})) == 1.5);
    CHECK(db.query_value<std::string>("SELECT ST_AsText(?)", Geometry::polygon(polygon)) ==
          "POLYGON((0 0,4 0,4 4,0 0))");
    if (!is_mariadb) {
        CHECK(db.query_value<std::array<float, 2>>("SELECT STRING_TO_VECTOR('[1,2]')") ==
              std::array{1.0F, 2.0F});
        CHECK(db.query_value<int>("SELECT VECTOR_DIM(?)", std::vector<float>{1, 2, 3}) == 3);
    }
}

TEST_CASE("a table that changes under a prepared statement", "[integration][types]")
{
    TypeTable table{""};
    auto& db = table.db();
    auto const read = [&] {
        return db.query_value<double>("SELECT v FROM changing WHERE 1 = ?", 1);
    };
    table.execute("DROP TABLE IF EXISTS changing");
    table.execute("CREATE TABLE changing (v INT NOT NULL)");
    table.execute("INSERT INTO changing VALUES (7)");
    CHECK(read() == 7);
    // As many bytes on the wire, so that only the description tells them apart.
    table.execute("ALTER TABLE changing MODIFY v FLOAT NOT NULL");
    for (int i = 0; i < 3; ++i)
        CHECK(read() == 7);
    table.execute("ALTER TABLE changing MODIFY v DECIMAL(20,2) NOT NULL");
    for (int i = 0; i < 3; ++i)
        CHECK(read() == 7);
    table.execute("DROP TABLE changing");
}

TEST_CASE("an aggregate of special types", "[integration][types]")
{
    struct Order {
        Uuid id;
        Decimal price;
        sys_time<microseconds> at;
        Size size;
        std::optional<Json> note;
        std::optional<year_month_day> due;
    };
    TypeTable table{""};
    auto& db = table.db();
    db.execute(
        "CREATE TEMPORARY TABLE orders (id CHAR(36) NOT NULL, price DECIMAL(12,2) NOT NULL, at DATETIME(6) NOT NULL, "
        "size ENUM('small','mittelgroß','large') NOT NULL, note JSON, due DATE)");
    Order const order{*Uuid::parse("6ccd780c-baba-1026-9564-5b8c656024db"),
                      Decimal{"19.99"},
                      sys_days{2026y / 11 / 25} + 1us,
                      Size::medium,
                      Json{"{\"a\": 1}"},
                      std::nullopt};
    db.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", order.id, order.price, order.at,
               order.size, order.note, order.due);
    auto const read = db.query_one<Order>("SELECT * FROM orders WHERE id = ?", order.id);
    CHECK(read.id == order.id);
    CHECK(read.price == order.price);
    CHECK(read.at == order.at);
    CHECK(read.size == order.size);
    CHECK(read.note == order.note);
    CHECK(read.due == order.due);
    struct Wrong {
        Uuid price;
        Decimal at;
        year size;
    };
    auto const error = error_of(
        [&] { static_cast<void>(db.query_one<Wrong>("SELECT price, at, size FROM orders")); });
    for (char const* const name : {"price", "at", "size"})
        CHECK(error.message().find(name) != std::string::npos);
}
