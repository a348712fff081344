#pragma once

#include <sealsql/sealsql.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <tuple>

/// What all samples share: where the values for the vendor's placeholders come from, and the proof that the vendor's samples
/// leave out.
namespace sample {

/// What stands for one of the vendor's placeholders: the value of an environment variable.
inline std::string placeholder(char const* variable)
{
    char const* const value = std::getenv(variable);
    if (value == nullptr)
        throw std::runtime_error(std::string{variable} + " is not set; see examples/README.md");
    return value;
}

/// Asks the server which version and cipher it encrypts this session with, compares that with what this side saw, and prints it.
/// A server and a client that disagree do not talk to each other, but each to somebody in between.
/// @throws std::runtime_error if there is no TLS or they disagree
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
        throw std::runtime_error("the server speaks of another session than this one");
    std::cout << "Ssl_version=" << sealsql::printable(version)
              << "\nSsl_cipher=" << sealsql::printable(cipher) << '\n';
}

} // namespace sample
