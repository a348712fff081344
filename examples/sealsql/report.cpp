#include "report.hpp"

#include "terminal_text.hpp"

#include <array>
#include <cstddef>
#include <iostream>
#include <string_view>

namespace cli {

namespace {

struct Term {
    std::string_view call;
    std::string_view option;
};

/// The library's remedies name calls of its builder; here they have the names of options. A longer
/// term stands before those that it contains.
constexpr std::array terms{
    Term{".ssl({.server_name = …})", "--ssl-server-name"},
    Term{".ssl({.ca = …})", "--ssl-ca"},
    Term{".ca in SslOptions", "--ssl-ca"},
    Term{"SslOptions a .server_name", "--ssl-server-name"},
    Term{" .server_name", " --ssl-server-name"},
    Term{"insecure_plaintext_over_network()", "--ssl-mode=DISABLED"},
    Term{"plaintext_over_local_socket()", "--ssl-mode=DISABLED"},
    Term{"host and port given to to_host()", "host and port given to -h and -P"},
    Term{"to_host()", "--host"},
    Term{"to_socket()", "--socket"},
    Term{"login()", "--user and --password"},
    Term{"database()", "--database"},
    Term{"connect_timeout()", "--connect-timeout"},
    Term{"read_timeout()", "--read-timeout"},
    Term{" .ca", " --ssl-ca"},
};

std::string in_terms_of_options(std::string_view remedy)
{
    std::string text{remedy};
    for (auto const& [call, option] : terms) {
        for (std::size_t at = 0; (at = text.find(call, at)) != std::string::npos;
             at += option.size())
            text.replace(at, call.size(), option);
    }
    return text;
}

void write(std::string const& head, std::string_view message, std::string_view remedy)
{
    std::cout.flush(); // what was done before comes before
    std::cerr << head << terminal_text(message) << '\n';
    if (!remedy.empty())
        std::cerr << "Remedy: " << terminal_text(remedy) << '\n';
}

} // namespace

void report(sealsql::Error const& error)
{
    write("ERROR " + std::to_string(error.code()) + " (" + error.sqlstate() + "): ",
          error.message(), in_terms_of_options(error.remedy()));
}

void report(UsageError const& error) { write("sealsql: ", error.what(), error.remedy()); }

void report(std::exception const& error) { write("sealsql: ", error.what(), {}); }

} // namespace cli
