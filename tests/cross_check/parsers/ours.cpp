// ours FORM: reads connection texts, each a line of Base64, and prints what the translation has of host, port, socket, user,
// password and database: each a line of JSON, with hexadecimal values, or with the reason where the text is refused. See
// mutants.py.

#include <sealsql/error.hpp>
#include <sealsql/text/any.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/text/option_file.hpp>

#include <openssl/evp.h>

#include <cstddef>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

std::string from_base64(std::string_view line)
{
    std::string bytes(line.size(), '\0');
    int const size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<unsigned char const*>(line.data()),
                                     static_cast<int>(line.size()));
    if (size < 0)
        throw std::runtime_error("a line that is no Base64");
    // The padding counts as bytes there.
    std::size_t const padding = line.size() - (line.find_last_not_of('=') + 1);
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

void append(std::string& json, std::string_view name, std::string_view value)
{
    json += json.empty() ? '{' : ',';
    json.append("\"").append(name).append("\":\"");
    for (char const c : value) {
        auto const byte = static_cast<unsigned char>(c);
        json += "0123456789abcdef"[byte >> 4U];
        json += "0123456789abcdef"[byte & 15U];
    }
    json += '"';
}

sealsql::Translation translate(std::string_view form, std::string_view text)
{
    using namespace sealsql;
    if (form == "go-dsn") {
        // Registered in go_dsn.go, too.
        SslOptions const any{.verify = VerifyMode::none};
        return translate_go_dsn(
            text, {{"custom", any}, {"Loose", any}, {"named", any}, {"chain", any}, {"a/b", any}});
    }
    if (form == "option-file")
        return translate_option_file(text, {.program = ClientProgram::mariadb});
    return sealsql::translate(text_form(form), text);
}

std::string answer(std::string_view form, std::string_view text)
{
    std::string json;
    try {
        sealsql::ConnectionOptions const options = translate(form, text).options;
        if (options.endpoint.is_local_socket()) {
            append(json, "socket", options.endpoint.path().native());
        } else {
            append(json, "host", options.endpoint.host());
            append(json, "port", std::to_string(options.endpoint.port()));
        }
        append(json, "user", options.user);
        append(json, "password", options.password.reveal());
        append(json, "database", options.database);
    } catch (sealsql::Error const& error) {
        append(json, "refused", error.what());
    }
    return json + '}';
}

} // namespace

int main(int count, char** words)
try {
    if (count != 2)
        throw std::runtime_error("usage: ours FORM <lines-of-Base64");
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answer(words[1], from_base64(line)) << '\n';
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 2;
}
