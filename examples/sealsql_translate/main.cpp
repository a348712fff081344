/// @file
/// sealsql-translate: another client's connection text as C++, with what it protected before and protects now.

#include "check.hpp"
#include "options.hpp"
#include "report.hpp"

#include <sealsql/text/any.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/text/jdbc.hpp>
#include <sealsql/text/option_file.hpp>
#include <sealsql/text/php.hpp>
#include <sealsql/text/python.hpp>
#include <sealsql/version.hpp>

#include <cstddef>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int not_understood = 1;
constexpr int wrong_usage = 2;

sealsql::Translation translate_with(sealsql::TextForm form, std::string const& text,
                                    translator::Options const& options)
{
    if (options.alias && form != sealsql::TextForm::django)
        throw translator::UsageError{"--alias is for Django's DATABASES",
                                     "other texts are of one database"};
    bool const has_reader = options.program || options.group_suffix;
    if (has_reader && form != sealsql::TextForm::option_file)
        throw translator::UsageError{"--program and --group-suffix are for option files",
                                     "other texts have no groups"};
    if (options.with.empty() && options.alias)
        return sealsql::translate_django(text, *options.alias);
    if (options.with.empty() && form == sealsql::TextForm::option_file) {
        std::string_view const suffix =
            options.group_suffix ? std::string_view{*options.group_suffix} : std::string_view{};
        sealsql::OptionFileReader const reader{
            .program = options.program.value_or(sealsql::ClientProgram::mysql),
            .group_suffix = suffix};
        return options.file ? sealsql::translate_option_file_at(*options.file, reader)
                            : sealsql::translate_option_file(text, reader);
    }
    if (options.with.empty())
        return translate(form, text);
    if (form == sealsql::TextForm::go_dsn) {
        std::vector<sealsql::GoTlsConfig> configs;
        for (auto const& [name, file] : options.with)
            configs.push_back({.name = name, .ssl = {.ca = file}});
        return sealsql::translate_go_dsn(text, configs);
    }
    sealsql::KeywordList const properties{options.with.begin(), options.with.end()};
    if (form == sealsql::TextForm::mysql_jdbc)
        return sealsql::translate_mysql_jdbc(text, properties);
    if (form == sealsql::TextForm::mariadb_jdbc)
        return sealsql::translate_mariadb_jdbc(text, properties);
    if (form == sealsql::TextForm::pdo)
        return sealsql::translate_pdo(text, properties);
    throw translator::UsageError{"--with is for JDBC URLs, PDO and Go DSNs",
                                 "all of other clients stands in the text"};
}

/// What is given, or stands in the file, or comes by standard input.
std::string text_of(translator::Options const& options)
{
    if (options.text)
        return *options.text;
    if (!options.file)
        return {std::istreambuf_iterator<char>{std::cin}, {}};
    std::ifstream file{*options.file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file || text.empty())
        throw std::runtime_error{"the file cannot be read, or is empty\n"
                                 "Remedy: name a file that holds a connection text"};
    return text;
}

int run(std::span<char const* const> arguments)
{
    translator::Options const options = translator::parse_options(arguments);
    if (options.help) {
        std::cout << translator::help_text();
        return 0;
    }
    if (options.version) {
        std::cout << "sealsql-translate " << SEALSQL_VERSION_MAJOR << '.' << SEALSQL_VERSION_MINOR
                  << '.' << SEALSQL_VERSION_PATCH << '\n';
        return 0;
    }
    std::string text = text_of(options);
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    sealsql::TextForm const form =
        options.from ? translator::form_named(*options.from, text) : sealsql::form_of(text);
    sealsql::Translation const translation = translate_with(form, text, options);
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
