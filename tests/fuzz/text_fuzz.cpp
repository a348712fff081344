// libFuzzer: connection texts of all forms. The first byte chooses the form, one past the last of them the telling of it
// from the text; the rest is the text.

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
    require(now.uses_tls >= before.uses_tls);
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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    // In a block of its own, so that AddressSanitizer sees a read beyond the end.
    std::unique_ptr<char[]> const copy{new char[size]};
    for (std::size_t i = 1; i < size; ++i)
        copy[i - 1] = static_cast<char>(data[i]);
    std::string_view const text{copy.get(), size - 1};
    std::size_t const form = data[0] % (std::size(sealsql::detail::text_forms) + 1);
    try {
        check(form == std::size(sealsql::detail::text_forms)
                  ? sealsql::translate(text)
                  : translate(static_cast<sealsql::TextForm>(form), text));
    } catch (sealsql::Error const& error) {
        require_printable(error.message());
        require_printable(error.remedy());
        require(!error.message().empty());
    }
    return 0;
}
