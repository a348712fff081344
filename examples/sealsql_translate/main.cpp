/// @file
/// sealsql-translate: another client's connection text as C++, with what it protected before and protects now.

#include "check.hpp"
#include "options.hpp"
#include "report.hpp"

#include <sealsql/text/any.hpp>
#include <sealsql/version.hpp>

#include <cstddef>
#include <exception>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <string>

namespace {

constexpr int not_understood = 1;
constexpr int wrong_usage = 2;

int run(std::span<char const* const> arguments)
{
    translator::Options options = translator::parse_options(arguments);
    if (options.help) {
        std::cout << translator::help_text();
        return 0;
    }
    if (options.version) {
        std::cout << "sealsql-translate " << SEALSQL_VERSION_MAJOR << '.' << SEALSQL_VERSION_MINOR
                  << '.' << SEALSQL_VERSION_PATCH << '\n';
        return 0;
    }
    std::string const text =
        options.text ? *options.text : std::string{std::istreambuf_iterator<char>{std::cin}, {}};
    sealsql::TextForm const form =
        options.from ? sealsql::text_form(*options.from) : sealsql::form_of(text);
    sealsql::Translation const translation = translate(form, text);
    std::optional<translator::Check> check;
    if (options.check)
        check = translator::check(translation.options);
    if (options.json)
        write_json(std::cout, form, translation, check);
    else
        write_text(std::cout, form, translation, check);
    return !check || check->confirmed() ? 0 : not_understood;
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
        std::cerr << "sealsql-translate: the output cannot be written\n";
    } catch (translator::UsageError const& error) {
        std::cerr << "sealsql-translate: " << error.what() << '\n';
        return wrong_usage;
    } catch (std::exception const& error) {
        std::cerr << "sealsql-translate: " << error.what() << '\n';
    }
    return not_understood;
}
