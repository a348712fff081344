#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <cstdint>
#include <string_view>

/// @file
/// A connection text of whatever client. Where it is known whose it is, the function of its own header says more
/// and costs less.

namespace sealsql::inline SEALSQL_ABI {

/// The forms of connection texts.
enum class TextForm : std::uint8_t {
    mysql_jdbc,
    mariadb_jdbc,
    ado_net,
    go_dsn,
    uri,
    node_url,
    node_object,
    pdo,
    mysqli,
    mysql_connector_python,
    pymysql,
    mysqlclient,
    django,
    ruby,
    mysql_command_line,
    mariadb_command_line,
    option_file,
};

/// The name of the enumerator with `-` in place of `_`, as text_form() reads it.
[[nodiscard]] std::string_view to_string(TextForm form) noexcept;

/// The form of this name.
/// @throws Error naming all if there is none
[[nodiscard]] TextForm text_form(std::string_view name);

/// Whose text this is, told from its look. What can be of two clients, such as `mysql://…`, which both MySQL Shell
/// and Node take, is taken for the one whose settings are in it, or else for the first of them here.
/// @throws Error if it is of none
[[nodiscard]] TextForm form_of(std::string_view text);

/// Translates a text of this form, by the function of that family's header.
/// @throws Error naming the setting that is unknown, cannot be read or cannot be honoured; no password is in it
[[nodiscard]] Translation translate(TextForm form, std::string_view text);

/// Translates a text of the form that it looks like.
/// @throws Error as form_of() and translate() do
[[nodiscard]] inline Translation translate(std::string_view text)
{
    return translate(form_of(text), text);
}

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/any.ipp>
#endif
