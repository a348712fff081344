#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/translation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What is said of a text: errors and findings, in the words of its client's grammar. No error quotes a value.
class TextReport {
public:
    explicit TextReport(TextGrammar const& grammar) noexcept : grammar_{grammar} {}
    TextReport(TextReport const&) = delete;
    TextReport& operator=(TextReport const&) = delete;
    virtual ~TextReport() = default;

    /// The text is not what its client reads. `what` quotes nothing of it.
    [[noreturn]] void refuse(std::string_view what, std::string_view remedy = {}) const
    {
        throw client_error(error_code::unknown_error, concat({grammar_.form, ": ", what}),
                           std::string{remedy});
    }

    /// The same for a setting.
    [[noreturn]] void refuse_setting(std::string_view name, std::string_view what,
                                     std::string_view remedy = {}) const
    {
        refuse(concat({"the setting '", printable(name), "' ", what}), remedy);
    }

    /// For a name that the client does not know, and that may be quoted.
    [[noreturn]] void refuse_unknown(std::string_view name) const
    {
        refuse_setting(name, concat({"is none that ", grammar_.client, " is known to have"}),
                       why::unknown_setting);
    }

    [[noreturn]] void refuse_placeholder(std::string_view name) const
    {
        refuse_setting(name, "has a placeholder in the place of its value",
                       "write the value itself, as it is when the program connects");
    }

    [[noreturn]] void refuse_several_servers(std::string_view what) const
    {
        refuse(what, "name one server: a client that chooses among several has to do that itself");
    }

    void add_finding(FindingSeverity severity, std::string_view setting, std::string_view earlier,
                     std::string_view now, std::string_view reason, std::string_view remedy = {})
    {
        if (findings.empty())
            findings.reserve(8);
        findings.push_back({severity, printable(setting), earlier, now, reason, remedy});
    }

    /// As above, of what is different and safe.
    void note(std::string_view setting, std::string_view earlier, std::string_view now,
              std::string_view reason, std::string_view remedy = {})
    {
        add_finding(FindingSeverity::note, setting, earlier, now, reason, remedy);
    }

    /// As above, of what both do.
    void note_same(std::string_view setting, std::string_view what, std::string_view reason,
                   std::string_view remedy = {})
    {
        note(setting, what, what, reason, remedy);
    }

    /// Of a client to which it is a socket.
    void note_local_host(std::string_view setting)
    {
        note(setting, "the local socket of a server on this machine",
             "the network, as for every other host",
             "which socket that is depends on the machine; a name of a host is one here",
             "to_socket(path) with plaintext_over_local_socket()");
    }

    void note_superseded(std::string_view setting)
    {
        note_same(setting,
                  grammar_.first_name_counts ? "one of several counts"
                                             : "the last of several counts",
                  "the setting stands there more than once", "remove the ones that do not count");
    }

protected:
    [[nodiscard]] TextGrammar const& grammar() const noexcept { return grammar_; }

    std::vector<TranslationFinding> findings{};

private:
    TextGrammar const& grammar_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
