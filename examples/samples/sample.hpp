#pragma once

#include <sealsql/sealsql.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

/// What all samples share: the values for the vendor's placeholders, and the proof that the vendor's samples leave out.
namespace sample {

/// A placeholder of the vendor's samples, and the environment variable that has the value for it here.
struct Placeholder {
    std::string_view text;
    char const* variable;
};

inline constexpr std::array placeholders{
    Placeholder{"<database access address>", "DB_ADDRESS"},
    Placeholder{"<access port>", "DB_PORT"},
    Placeholder{"<database access username>", "DB_USERNAME"},
    Placeholder{"<database access password>", "DB_PASSWORD"},
    Placeholder{"<the specified database to be accessed>", "DB_DATABASE"},
    Placeholder{"<path of the downloaded certificate>", "DB_CA"},
};

/// @throws std::runtime_error if the variable is not set
inline std::string value_of(Placeholder const& placeholder)
{
    char const* const value = std::getenv(placeholder.variable);
    if (value == nullptr)
        throw std::runtime_error(
            std::string{placeholder.variable} + " is not set; it is the " +
            std::string{placeholder.text.substr(1, placeholder.text.size() - 2)});
    return value;
}

/// Spells a value so that the text in which it stands means just this value. `before` is the character that it stands behind.
using Spelling = std::string (*)(std::string const& value, char before);

/// In the quotes of Python, PHP, Ruby and JavaScript.
inline std::string in_quotes(std::string const& value, char before)
{
    std::string spelt;
    for (char const c : value) {
        if (c == '\\' || c == before)
            spelt += '\\';
        spelt += c;
    }
    return spelt;
}

/// In a text that knows no escapes.
inline std::string as_it_is(std::string const& value, char) { return value; }

/// The vendor's text with the values in their places.
inline std::string fill(std::string_view text, Spelling spell = in_quotes)
{
    std::string filled;
    while (!text.empty()) {
        std::size_t taken = 1;
        for (Placeholder const& one : placeholders) {
            if (text.substr(0, one.text.size()) == one.text) {
                filled += spell(value_of(one), filled.empty() ? '\0' : filled.back());
                taken = one.text.size();
            }
        }
        if (taken == 1)
            filled += text.front();
        text.remove_prefix(taken);
    }
    return filled;
}

/// Asks the server which version and cipher it encrypts this session with, compares that with what this side saw, and prints it.
/// Where the two differ, each of them talks to somebody in between.
/// @throws std::runtime_error if there is no TLS, or they differ
inline void prove_encryption(sealsql::Connection& db)
{
    std::string version;
    std::string cipher;
    for (auto const& [name, value] : db.query<std::tuple<std::string, std::string>>(
             "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')"))
        (name == "Ssl_version" ? version : cipher) = value;
    sealsql::TlsInfo const* const tls = db.tls();
    if (tls == nullptr || cipher.empty())
        throw std::runtime_error("this session is not encrypted");
    if (tls->version != version || tls->cipher != cipher)
        throw std::runtime_error("the server's session is not the one that this side has");
    std::cout << "Ssl_version=" << version << "\nSsl_cipher=" << cipher << '\n';
}

} // namespace sample
