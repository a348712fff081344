/// @file
/// sealsql, the command-line client: `mysql`'s options and batch output, with verified TLS by
/// default.

#include "client.hpp"
#include "options.hpp"
#include "output.hpp"
#include "report.hpp"
#include "usage_error.hpp"

#include <sealsql/version.hpp>

#include <cstddef>
#include <exception>
#include <iostream>
#include <span>
#include <utility>

namespace {

int run(std::span<char* const> arguments)
{
    cli::Options options = cli::parse_options(arguments);
    int code = 0;
    if (options.help)
        std::cout << cli::help_text();
    else if (options.version)
        std::cout << "sealsql " << SEALSQL_VERSION_MAJOR << '.' << SEALSQL_VERSION_MINOR << '.'
                  << SEALSQL_VERSION_PATCH << '\n';
    else
        code = cli::Client{std::move(options)}.run();
    cli::require_written(std::cout);
    return code;
}

} // namespace

int main(int argc, char** argv)
{
    std::ios::sync_with_stdio(false);
    try {
        std::span<char* const> const words{argv, static_cast<std::size_t>(argc)};
        return run(words.empty() ? words : words.subspan(1));
    } catch (sealsql::Error const& error) {
        cli::report(error);
    } catch (cli::UsageError const& error) {
        cli::report(error);
    } catch (std::exception const& error) {
        cli::report(error);
    }
    return 1;
}
