#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/ssl_options.hpp>

#include <cstddef>
#include <string_view>

/// @file
/// What texts that are URLs, or look like one, have in common: a login, a server's address and what stands behind it.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Cuts `user:password@` off from what a URL has before its path; false if it is not there. `may_hold_at`: the
/// last '@' ends it.
[[nodiscard]] inline bool cut_login(TextDraft const& draft, std::string_view& authority,
                                    std::string_view& login, bool may_hold_at = false)
{
    std::size_t const at = authority.rfind('@');
    if (at == authority.npos)
        return false;
    login = authority.substr(0, at);
    if (!may_hold_at && login.find('@') != login.npos)
        draft.refuse("there is more than one '@' before the host",
                     "write a '@' in a password as %40");
    authority.remove_prefix(at + 1);
    return true;
}

/// Of a URL, by what stands behind its server. A '/', '?' or '#' in a login ends the server's part, and the rest of
/// the password then looks like a database or a setting: nothing of that may be quoted.
inline void check_behind_server(TextDraft const& draft, std::string_view behind, bool has_fragment,
                                std::string_view remedy = {})
{
    std::size_t const at = behind.rfind('@');
    if (at == behind.npos)
        return;
    std::string_view const before_at = behind.substr(0, at);
    std::size_t const question = before_at.find('?');
    bool is_cut = before_at.substr(0, question).find('@') != before_at.npos ||
                  question == before_at.npos ||
                  (has_fragment && before_at.find('#') != before_at.npos);
    std::string_view query = is_cut ? std::string_view{} : behind.substr(question + 1);
    // Settings may hold a '@': up to the last, the names tell them from a password.
    while (!is_cut && query.size() >= behind.size() - at) {
        TextPair const pair = cut_pair(query, '&');
        is_cut =
            (pair.has_value || !pair.name.empty()) && draft.find(trimmed(pair.name)) == nullptr;
    }
    if (is_cut)
        draft.refuse(
            "an '@' stands behind the host, as if a login ended there",
            !remedy.empty()
                ? remedy
                : "write each '/', '?', '#' and '@' of a login or database as %2F, %3F, %23 "
                  "and %40; if there is none, look for a slip of the pen in the settings");
}

/// Of a URL's path, as it stands there: what was copied with it, such as a login in the next columns, would be shown.
inline void check_database(TextDraft const& draft, std::string_view name)
{
    if (name.find_first_of(" ,;|<>`") != name.npos)
        draft.refuse("the database holds what is no part of a name",
                     "give the connection text alone; if it is part of the name, write it as %XX");
}

/// `user:password`.
inline void take_login(TextDraft& draft, std::string_view login, Encoding encoding)
{
    bool const has_password = login.find(':') != login.npos;
    draft.take_encoded(TextMeaning::user, "user", cut_first(login, ':'), encoding);
    if (has_password)
        draft.take_encoded(TextMeaning::password, "password", login, encoding);
}

/// `host:port`, `[IPv6]:port`.
inline void take_address(TextDraft& draft, std::string_view address, Encoding encoding)
{
    TextScanner scanner{address};
    if (scanner.skip('[')) {
        draft.take_encoded(TextMeaning::host, "host", scanner.take_until("],"), encoding);
        // Of what is none, clients make a host and a port.
        if (!scanner.skip(']') || draft.host.find(':') == draft.host.npos ||
            !is_ip_address(draft.host.substr(0, draft.host.find('%'))))
            draft.refuse("the host in brackets is no IPv6 address, or nothing closes the bracket",
                         "name one server; brackets around several are not for this");
    } else {
        draft.take_encoded(TextMeaning::host, "host", scanner.take_until(":"), encoding);
    }
    if (scanner.skip(':'))
        draft.take(TextMeaning::port, "port", scanner.take(scanner.rest().size()));
    if (!scanner.at_end())
        draft.refuse("something stands behind the host that is no port");
}

/// Of a URL that has one.
inline void note_fragment(TextDraft& draft)
{
    draft.note_same("#", "what stands behind it is passed over", "it is the URL's fragment",
                    "write a '#' that belongs to a value as %23");
}

} // namespace sealsql::inline SEALSQL_ABI::detail
