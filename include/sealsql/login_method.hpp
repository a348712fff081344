#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// A way to prove the password, by the name that servers ask for it with. Who may use which is decided by
/// ConnectionOptions::login_methods.
enum class LoginMethod : std::uint8_t {
    /// MySQL's usual one: a response to a challenge; in TLS, the password itself when the server asks for it.
    caching_sha2_password,
    /// A response to a challenge, by SHA-1.
    mysql_native_password,
    /// MariaDB's `ed25519`: a response to a challenge.
    client_ed25519,
    /// The password itself, in TLS.
    sha256_password,
    /// A response to a challenge, of MariaDB 11.6 and later; needs Connector/C 3.4.
    parsec,
    /// The password itself, for servers that hand it on, to LDAP or PAM. Only for a server that was verified.
    mysql_clear_password,
    /// MariaDB's PAM: the password itself in answer to one question. Only for a server that was verified.
    dialog,
};

/// The name in the protocol.
[[nodiscard]] constexpr std::string_view to_string(LoginMethod method) noexcept
{
    switch (method) {
    case LoginMethod::caching_sha2_password:
        return "caching_sha2_password";
    case LoginMethod::mysql_native_password:
        return "mysql_native_password";
    case LoginMethod::client_ed25519:
        return "client_ed25519";
    case LoginMethod::sha256_password:
        return "sha256_password";
    case LoginMethod::parsec:
        return "parsec";
    case LoginMethod::mysql_clear_password:
        return "mysql_clear_password";
    case LoginMethod::dialog:
        return "dialog";
    }
    return {};
}

/// Methods by which a login may be made. With nothing said: all but the two that hand the server the
/// password as a matter of course.
class LoginMethods {
public:
    constexpr LoginMethods() noexcept
        : LoginMethods{LoginMethod::caching_sha2_password, LoginMethod::mysql_native_password,
                       LoginMethod::client_ed25519, LoginMethod::sha256_password,
                       LoginMethod::parsec}
    {
    }

    /// These and no others.
    constexpr LoginMethods(std::initializer_list<LoginMethod> methods) noexcept
    {
        for (LoginMethod const method : methods)
            bits_ |= bit(method);
    }

    [[nodiscard]] constexpr bool contains(LoginMethod method) const noexcept
    {
        return (bits_ & bit(method)) != 0;
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

    /// Those that are in both.
    [[nodiscard]] constexpr LoginMethods operator&(LoginMethods other) const noexcept
    {
        other.bits_ &= bits_;
        return other;
    }

    friend bool operator==(LoginMethods const&, LoginMethods const&) = default;

private:
    static constexpr unsigned bit(LoginMethod method) noexcept
    {
        return 1U << static_cast<unsigned>(method);
    }

    unsigned bits_ = 0;
};

namespace detail {

/// Those first that a login had better begin with where the greeting names none: Connector/C has the first
/// built in, and the last two show the password.
inline constexpr LoginMethod all_login_methods[] = {
    LoginMethod::mysql_native_password,
    LoginMethod::caching_sha2_password,
    LoginMethod::client_ed25519,
    LoginMethod::sha256_password,
    LoginMethod::parsec,
    LoginMethod::mysql_clear_password,
    LoginMethod::dialog,
};

/// Whether the server sees the password itself, whoever it is.
[[nodiscard]] constexpr bool shows_password(LoginMethod method) noexcept
{
    return method == LoginMethod::mysql_clear_password || method == LoginMethod::dialog;
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI
