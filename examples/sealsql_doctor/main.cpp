/// @file
/// sealsql-doctor: what is wrong with the TLS of a server, or with that between it and here.

#include "diagnosis.hpp"
#include "options.hpp"
#include "report.hpp"

#include <sealsql/version.hpp>

#include <cstddef>
#include <exception>
#include <iostream>
#include <span>

namespace {

constexpr int would_not_connect = 1;
constexpr int wrong_usage = 2;

int run(std::span<char const* const> arguments)
{
    doctor::Options const options = doctor::parse_options(arguments);
    if (options.help) {
        std::cout << doctor::help_text();
        return 0;
    }
    if (options.version) {
        std::cout << "sealsql-doctor " << SEALSQL_VERSION_MAJOR << '.' << SEALSQL_VERSION_MINOR
                  << '.' << SEALSQL_VERSION_PATCH << '\n';
        return 0;
    }
    doctor::Diagnosis const diagnosis = doctor::diagnose(options);
    if (options.json)
        doctor::write_json(std::cout, diagnosis);
    else
        doctor::write_text(std::cout, diagnosis);
    return diagnosis.would_connect() ? 0 : would_not_connect;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        std::span<char const* const> const words{argv, static_cast<std::size_t>(argc)};
        int const code = run(words.empty() ? words : words.subspan(1));
        std::cout.flush();
        if (std::cout)
            return code;
        std::cerr << "sealsql-doctor: the output cannot be written\n";
    } catch (doctor::UsageError const& error) {
        std::cerr << "sealsql-doctor: " << error.what() << '\n';
        return wrong_usage;
    } catch (std::exception const& error) {
        std::cerr << "sealsql-doctor: " << error.what() << '\n';
    }
    return would_not_connect;
}
