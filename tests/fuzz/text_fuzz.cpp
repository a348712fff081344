// libFuzzer: connection texts of all forms. The first byte chooses the form, one past the last of them the telling of it
// from the text; the rest is the text. With SEALSQL_FUZZ_FORM in the environment, a name as text_form() takes it or "any", the
// whole input is a text of that form, so that each grammar can have executions of its own (run.sh).

#include <sealsql/text/any.hpp>

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

constexpr std::size_t any_form = std::size(sealsql::detail::text_forms);

/// What the environment names; one past any_form if it names none.
std::size_t form_of_environment()
{
    char const* const name = std::getenv("SEALSQL_FUZZ_FORM");
    if (name == nullptr)
        return any_form + 1;
    return std::string_view{name} == "any" ? any_form
                                           : static_cast<std::size_t>(sealsql::text_form(name));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    static std::size_t const only = form_of_environment();
    std::size_t form = only;
    if (only > any_form) {
        if (size == 0)
            return 0;
        form = *data++ % (any_form + 1);
        --size;
    }
    // In a block of its own, so that AddressSanitizer sees a read beyond the end.
    std::unique_ptr<char[]> const copy{new char[size]};
    for (std::size_t i = 0; i < size; ++i)
        copy[i] = static_cast<char>(data[i]);
    std::string_view const text{copy.get(), size};
    try {
        check(form == any_form ? sealsql::translate(text)
                               : translate(static_cast<sealsql::TextForm>(form), text));
    } catch (sealsql::Error const& error) {
        require_printable(error.message());
        require_printable(error.remedy());
        require(!error.message().empty());
    }
    return 0;
}
