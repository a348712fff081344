// The values of the type table in all the other ways that there are to send and to read them: bulk statements in each of their
// forms, pipelines, parameters of procedures, and rows that are kept. What the server then has is what it had.

#include "server.hpp"
#include "type_values.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/kept_rows.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/results.hpp>
#include <sealsql/types.hpp>

#include "support/catch.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;

namespace {

class Ways {
public:
    Ways() { db_.execute("SET sql_mode = '', time_zone = '+00:00'"); }

    template <class T>
    void check(std::string_view definition, std::vector<std::string> sql_values,
               std::string_view ask = Asked::text)
    {
        sql_values.emplace_back("NULL");
        CAPTURE(definition);
        ++tables_;
        ask_ = ask;
        std::string const from = table("from");
        create(from, definition);
        std::string insert = "INSERT INTO " + from + " (v) VALUES ";
        for (std::string const& value : sql_values)
            insert += "(" + value + "),";
        insert.pop_back();
        execute(insert);
        select_ = "SELECT v FROM " + from + " ORDER BY id";
        prepared_ = "SELECT v FROM " + from + " WHERE 1 = ? ORDER BY id";
        auto const values = db_.query_all<std::optional<T>>(Sql::unchecked(prepared_), 1);
        printed_ = printed(from);
        REQUIRE(values.size() == sql_values.size());
        REQUIRE(printed_.size() == sql_values.size());

        check_bulk<T>(definition, values);
        check_pipeline<T>(definition, values);
        check_kept<T>(values);
        check_procedure<T>(definition, values);
    }

private:
    using Text = std::optional<std::string>;

    [[nodiscard]] std::string table(std::string_view purpose) const
    {
        return "ways_" + std::string{purpose} + "_" + std::to_string(tables_);
    }
    void create(std::string const& name, std::string_view definition)
    {
        execute("CREATE TEMPORARY TABLE " + name + " (id INT PRIMARY KEY AUTO_INCREMENT, v " +
                std::string{definition} + " NULL) ENGINE=InnoDB");
    }
    ExecuteResult execute(std::string const& sql) { return db_.execute(Sql::unchecked(sql)); }

    [[nodiscard]] std::vector<Text> printed(std::string const& name)
    {
        return db_.query_all<Text>(
            Sql::unchecked("SELECT " + std::string{ask_} + " FROM " + name + " ORDER BY id"));
    }

    // The table has those values, again and again.
    void check_has_values(std::string const& name, std::size_t rows)
    {
        auto const found = printed(name);
        REQUIRE(found.size() == rows);
        for (std::size_t i = 0; i < rows; ++i) {
            CAPTURE(i);
            CHECK(found[i].value_or("NULL") == printed_[i % printed_.size()].value_or("NULL"));
        }
    }

    template <class T>
    void check_bulk(std::string_view definition, std::vector<std::optional<T>> const& values)
    {
        struct New {
            int id;
            std::optional<T> value;
        };
        struct Change {
            std::optional<T> value;
            int id;
        };
        std::string const name = table("bulk");
        create(name, definition);
        // Enough for statements of many rows, and some that are left over.
        std::size_t const count =
            values.front() && size_of(*values.front()) > 1000 ? values.size() : 150;
        std::vector<New> rows;
        std::vector<Change> changes;
        for (std::size_t i = 0; i < count; ++i) {
            int const id = static_cast<int>(i) + 1;
            rows.push_back({id, values[i % values.size()]});
            changes.push_back({values[i % values.size()], id});
        }
        auto const run = [&](std::string const& sql, auto const& range) {
            CAPTURE(sql);
            auto const result = bulk_execute(db_, Sql::unchecked(sql), range);
            CHECK(result.rows == count);
            CHECK(result.warning_count == 0);
            check_has_values(name, count);
        };
        // Arrays on MariaDB, statements of many rows on MySQL.
        run("INSERT INTO " + name + " (id, v) VALUES (?, ?)", rows);
        // Arrays on MariaDB, one by one on MySQL.
        execute("UPDATE " + name + " SET v = NULL");
        run("UPDATE " + name + " SET v = ? WHERE id = ?", changes);
        // Of which MariaDB makes no arrays, which it says when it has them: one by one.
        execute("DELETE FROM " + name);
        run("INSERT INTO " + name + " (id, v) SELECT ?, ?", rows);
    }

    template <class T>
    void check_pipeline(std::string_view definition, std::vector<std::optional<T>> const& values)
    {
        std::string const name = table("pipeline");
        create(name, definition);
        std::string const insert = "INSERT INTO " + name + " (id, v) VALUES (?, ?)";
        Pipeline batch{db_};
        std::vector<PipelineResult<ExecuteResult>> inserted;
        for (std::size_t i = 0; i < values.size(); ++i)
            inserted.push_back(batch.execute(Sql::unchecked(insert), i + 1, values[i]));
        auto const texts = batch.template query_all<std::optional<T>>(Sql::unchecked(select_));
        auto const binaries =
            batch.template query_all<std::optional<T>>(Sql::unchecked(prepared_), 1);
        batch.run();
        for (auto const& result : inserted)
            CHECK(result.value().warning_count == 0);
        CHECK((texts.value() == values));
        CHECK((binaries.value() == values));
        check_has_values(name, values.size());
    }

    template <class T>
    void check_kept(std::vector<std::optional<T>> const& values)
    {
        auto const check = [&](auto const& kept) {
            REQUIRE(kept.size() == values.size());
            for (std::size_t i = 0; i < values.size(); ++i) {
                CAPTURE(i);
                CHECK((kept[i] == values[i]));
            }
        };
        check(keep(db_.query<std::optional<T>>(Sql::unchecked(select_))));
        check(keep(db_.query<std::optional<T>>(Sql::unchecked(prepared_), 1)));
        // In text, everything can be looked at.
        auto const views =
            keep(db_.query<std::optional<std::string_view>>(Sql::unchecked(select_)));
        auto const texts = db_.query_all<Text>(Sql::unchecked(select_));
        REQUIRE(views.size() == texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i)
            CHECK((views[i] == texts[i]));
    }

    // As IN, and back as INOUT and OUT.
    template <class T>
    void check_procedure(std::string_view definition, std::vector<std::optional<T>> values)
    {
        // MySQL gives these back as negative numbers.
        if constexpr (std::is_same_v<T, std::uint64_t>)
            if (definition == "BIT(64)" && !Server::get().is_mariadb())
                std::erase_if(values,
                              [](auto const& value) { return value && *value >> 63U != 0; });
        std::string const type{definition};
        execute("DROP PROCEDURE IF EXISTS ways_procedure");
        execute("CREATE PROCEDURE ways_procedure(IN given " + type + ", INOUT same " + type +
                ", OUT other " + type + ") SET other = given");
        auto statement = db_.prepare("CALL ways_procedure(?, ?, ?)");
        using Value = std::optional<T>;
        for (std::size_t i = 0; i < values.size(); ++i) {
            CAPTURE(i);
            Value const& other = values[(i + 1) % values.size()];
            Results results{statement, other, values[i], nullptr};
            auto const [same, out] = results.template out_parameters<std::tuple<Value, Value>>();
            CHECK(is_same_value(same, values[i]));
            CHECK(is_same_value(out, other));
            results.finish();
        }
        execute("DROP PROCEDURE ways_procedure");
    }

    // Servers do not say how many bits a procedure's BIT has.
    template <class T>
    [[nodiscard]] static bool is_same_value(std::optional<T> const& one,
                                            std::optional<T> const& other)
    {
        if constexpr (std::is_same_v<T, Bits>)
            return one.has_value() == other.has_value() && (!one || one->value == other->value);
        else
            return one == other;
    }

    template <class T>
    [[nodiscard]] static std::size_t size_of(T const& value)
    {
        if constexpr (requires { value.size(); })
            return static_cast<std::size_t>(value.size());
        else
            return sizeof value;
    }

    Connection db_ = builder().connect();
    int tables_ = 0;
    std::string_view ask_;
    std::string select_;
    std::string prepared_;
    std::vector<Text> printed_;
};

} // namespace

TEST_CASE("numbers in every way", "[integration][types_in_every_way]")
{
    Ways ways;
    check_numbers(ways);
}

TEST_CASE("a procedure's BIT is its number, or an error", "[integration][types_in_every_way]")
{
    auto db = builder().connect();
    db.execute("DROP PROCEDURE IF EXISTS ways_bits");
    db.execute("CREATE PROCEDURE ways_bits(OUT few BIT(10), OUT many BIT(64)) "
               "BEGIN SET few = 49; SET many = ~0; END");
    Results results{db, "CALL ways_bits(?, ?)", nullptr, nullptr};
    // The digits of 49, taken for bits, would be 13369.
    if (Server::get().is_mariadb()) {
        CHECK(results.out_parameters<std::tuple<Bits, std::uint64_t>>() ==
              std::tuple{Bits{49, 64}, ~std::uint64_t{0}});
    } else {
        CHECK_THROWS_AS((results.out_parameters<std::tuple<Bits, std::uint64_t>>()), Error);
    }
    results.finish();
    Results again{db, "CALL ways_bits(?, ?)", nullptr, nullptr};
    auto const [few, many] = again.out_parameters<std::tuple<std::bitset<10>, std::string>>();
    CHECK(few == std::bitset<10>{49});
    CHECK(many == (Server::get().is_mariadb() ? "18446744073709551615" : "-1"));
    again.finish();
    db.execute("DROP PROCEDURE ways_bits");
}

TEST_CASE("texts and bytes in every way", "[integration][types_in_every_way]")
{
    Ways ways;
    check_texts(ways);
}

TEST_CASE("dates and times in every way", "[integration][types_in_every_way]")
{
    Ways ways;
    check_times(ways);
}

TEST_CASE("UUIDs and addresses in every way", "[integration][types_in_every_way]")
{
    Ways ways;
    check_ids(ways);
}

TEST_CASE("geometries and vectors in every way", "[integration][types_in_every_way]")
{
    Ways ways;
    check_shapes(ways);
}
