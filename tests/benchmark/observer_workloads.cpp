// What it costs to be observed.

#include "query_workloads.hpp"

#include "sealsql_connection.hpp"

#include <sealsql/observer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace benchmark {

namespace {

/// Counts operations, and is told what it asks for.
class Counter final : public sealsql::Observer {
public:
    explicit Counter(sealsql::ObserverOptions wanted) noexcept : wanted_{wanted} {}

    [[nodiscard]] sealsql::ObserverOptions options() const noexcept override { return wanted_; }
    void on_operation(sealsql::OperationEvent const& event) noexcept override
    {
        ++operations;
        bytes += event.statement.size() + event.summary.size();
    }

    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;

private:
    sealsql::ObserverOptions wanted_;
};

struct Observed {
    explicit Observed(sealsql::ObserverOptions wanted) : counter{std::make_shared<Counter>(wanted)}
    {
        auto options = connect_options();
        options.observer = sealsql::make_observer(counter);
        db.emplace(options);
    }

    std::shared_ptr<Counter> counter;
    std::optional<sealsql::Connection> db;
};

std::uint64_t select_1(Observed& observed, std::size_t count)
{
    std::uint64_t const before = observed.counter->operations;
    Checksum checksum;
    for (std::size_t i = 0; i < count; ++i)
        checksum.add(observed.db->query_value<std::uint64_t>("SELECT 1"));
    if (observed.counter->operations - before != count)
        throw std::runtime_error("the observer was not told of each query");
    return checksum.sum();
}

/// Of one that only counts.
std::uint64_t select_1_counted(std::size_t count)
{
    static Observed observed{{.text = sealsql::StatementText::none, .summary = false}};
    return select_1(observed, count);
}

/// Of one that is told all that it is by default.
std::uint64_t select_1_observed(std::size_t count)
{
    static Observed observed{{}};
    return select_1(observed, count);
}

} // namespace

void add_observer(std::vector<Workload>& workloads)
{
    add_way(workloads, "select_1", {"sealsql_counted", select_1_counted});
    add_way(workloads, "select_1", {"sealsql_observed", select_1_observed});
}

} // namespace benchmark
