// libFuzzer: connection texts of all forms, and what is given beside them. The first byte chooses the form: those of text_form(),
// then the telling of it from the text, then those below; the rest is the text. With SEALSQL_FUZZ_FORM in the environment, a name
// as text_form() takes it, "any" or one of those below, the whole input is a text of that form, so that each grammar can have
// executions of its own (run.sh).

#include <sealsql/text/any.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/text/jdbc.hpp>
#include <sealsql/text/node.hpp>
#include <sealsql/text/option_file.hpp>
#include <sealsql/text/php.hpp>
#include <sealsql/text/python.hpp>
#include <sealsql/text/ruby.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace {

void require(bool invariant)
{
    if (!invariant)
        std::abort();
}

/// No terminal obeys it.
void require_printable(std::string_view text)
{
    std::string lines;
    for (char const c : text) {
        if (c != '\n')
            lines += c;
    }
    require(sealsql::printable(lines) == lines);
}

void check(sealsql::Translation const& translation)
{
    require(!translation.findings.empty());
    require(!translation.client.empty());
    sealsql::Protection const now = protection_of(translation.options);
    sealsql::Protection const& before = translation.before;
    // On a local socket, TLS that nothing was checked of, and that was only taken if offered, may be left out.
    require(now.uses_tls >= before.uses_tls ||
            (translation.options.endpoint.is_local_socket() && !before.refuses_plaintext));
    require(now.refuses_plaintext >= before.refuses_plaintext);
    require(now.checks_chain >= before.checks_chain);
    require(now.checks_name >= before.checks_name);
    std::string const text = to_text(translation);
    std::string const code = to_builder_code(translation);
    require_printable(text);
    require_printable(code);
    std::string_view const password = translation.options.password.reveal();
    // Not one that stands there by chance, such as a word of a finding or the host's name.
    if (password.size() >= 8 && password.find_first_of("0123456789") != password.npos) {
        sealsql::Translation same = translation;
        same.options.password = sealsql::Secret{"x"};
        require(to_text(same) == text);
        require(to_builder_code(same) == code);
    }
}

/// Cuts the first line off.
std::string_view cut_line(std::string_view& text) { return sealsql::detail::cut_first(text, '\n'); }

/// `name=value` in each line.
sealsql::KeywordList keywords(std::string_view text)
{
    sealsql::KeywordList list;
    while (!text.empty()) {
        sealsql::detail::TextPair const pair = sealsql::detail::cut_pair(text, '\n');
        list.emplace_back(pair.name, pair.value);
    }
    return list;
}

struct FurtherForm {
    std::string_view name;
    sealsql::Translation (*translate)(std::string_view text);
};

constexpr FurtherForm further_forms[] = {
    {"option-file-mariadb",
     [](std::string_view text) {
         return sealsql::translate_option_file(
             text, {.program = sealsql::ClientProgram::mariadb, .group_suffix = "_shop"});
     }},
    {"jdbc-properties",
     [](std::string_view text) {
         std::string_view const url = cut_line(text);
         return url.starts_with("jdbc:mariadb")
                    ? sealsql::translate_mariadb_jdbc(url, keywords(text))
                    : sealsql::translate_mysql_jdbc(url, keywords(text));
     }},
    {"go-registered",
     [](std::string_view text) {
         return sealsql::translate_go_dsn(
             text, {{.name = "custom", .ssl = {.ca = "/ca.pem"}},
                    {.name = "open", .ssl = {.verify = sealsql::VerifyMode::none}}});
     }},
    {"pdo-options",
     [](std::string_view text) {
         std::string_view const dsn = cut_line(text);
         return sealsql::translate_pdo(dsn, keywords(text));
     }},
    {"django-alias",
     [](std::string_view text) {
         std::string_view const alias = cut_line(text);
         return sealsql::translate_django(text, alias);
     }},
    {"node-options",
     [](std::string_view text) { return sealsql::translate_node_options(keywords(text)); }},
    {"ruby-options",
     [](std::string_view text) { return sealsql::translate_ruby_options(keywords(text)); }},
    {"connector-python-options",
     [](std::string_view text) {
         return sealsql::translate_mysql_connector_python_options(keywords(text));
     }},
    {"pymysql-options",
     [](std::string_view text) { return sealsql::translate_pymysql_options(keywords(text)); }},
    {"mysqlclient-options",
     [](std::string_view text) { return sealsql::translate_mysqlclient_options(keywords(text)); }},
};

constexpr std::size_t any_form = std::size(sealsql::detail::text_forms);
constexpr std::size_t form_count = any_form + 1 + std::size(further_forms);

/// What the environment names; form_count if it names none.
std::size_t form_of_environment()
{
    char const* const name = std::getenv("SEALSQL_FUZZ_FORM");
    if (name == nullptr)
        return form_count;
    if (std::string_view{name} == "any")
        return any_form;
    for (std::size_t i = 0; i < std::size(further_forms); ++i) {
        if (further_forms[i].name == name)
            return any_form + 1 + i;
    }
    return static_cast<std::size_t>(sealsql::text_form(name));
}

sealsql::Translation translate(std::size_t form, std::string_view text)
{
    if (form < any_form)
        return sealsql::translate(static_cast<sealsql::TextForm>(form), text);
    return form == any_form ? sealsql::translate(text)
                            : further_forms[form - any_form - 1].translate(text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    static std::size_t const only = form_of_environment();
    std::size_t form = only;
    if (only == form_count) {
        if (size == 0)
            return 0;
        form = *data++ % form_count;
        --size;
    }
    // In a block of its own, so that AddressSanitizer sees a read beyond the end.
    std::unique_ptr<char[]> const copy{new char[size]};
    for (std::size_t i = 0; i < size; ++i)
        copy[i] = static_cast<char>(data[i]);
    std::string_view const text{copy.get(), size};
    try {
        check(translate(form, text));
    } catch (sealsql::Error const& error) {
        require_printable(error.message());
        require_printable(error.remedy());
        require(!error.message().empty());
    }
    return 0;
}
