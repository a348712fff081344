#include "report.hpp"

#include "terminal_text.hpp"

#include <array>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

namespace cli {

namespace {

struct Term {
    std::string_view call;
    std::string_view option;
};

/// The library's texts name calls of its builder; here they have the names of options. A longer term
/// stands before those that it contains.
constexpr std::array terms{
    Term{".ssl({.server_name = …})", "--ssl-server-name"},
    Term{".ssl({.ca = …})", "--ssl-ca"},
    Term{".ca in SslOptions", "--ssl-ca"},
    Term{"use .ca = zip_bundle(path), of <sealsql/zip_bundle.hpp>; or unzip it",
         "build this program with libzip; or unzip it"},
    Term{"which SslOptions name in .ciphers", "which --ssl-cipher names"},
    Term{"which SslOptions name in .cipher_suites", "which --tls-ciphersuites names"},
    Term{"SslOptions name .ciphers, and a .min_version",
         "--ssl-cipher is given, and a --tls-version"},
    Term{"SslOptions name .cipher_suites, and a .max_version",
         "--tls-ciphersuites is given, and a --tls-version"},
    Term{"which SslOptions name in .groups", "which --tls-groups names"},
    Term{"SslOptions ask for a .security_level, and .insecure_legacy_tls",
         "--ssl-security-level is given, and --insecure-legacy-tls"},
    Term{"SslOptions say .insecure_legacy_tls, and a .min_version",
         "--insecure-legacy-tls is given, and a --tls-version"},
    Term{".insecure_legacy_tls", "--insecure-legacy-tls"},
    Term{"none that .pins in SslOptions know", "none that --ssl-pin names"},
    Term{"put it into .pins in SslOptions", "give it to --ssl-pin"},
    Term{"the paths given as .revocation in SslOptions",
         "the paths given to --ssl-crl and --ssl-crlpath"},
    Term{"give .revocation in SslOptions the paths of files or folders",
         "give --ssl-crl the path of a file, and --ssl-crlpath that of a folder"},
    Term{"that .revocation in SslOptions names", "that --ssl-crlpath names"},
    Term{".revocation in SslOptions", "--ssl-crl"},
    Term{"give .revocation", "give --ssl-crl"},
    Term{".max_chain_depth in SslOptions", "--ssl-max-chain-depth"},
    Term{".security_level in SslOptions", "--ssl-security-level"},
    Term{"give .ca the path of a file, or TrustAnchors::directory()",
         "give the path of a file to --ssl-ca, and that of a folder to --ssl-capath"},
    Term{"TrustAnchors::directory()", "--ssl-capath"},
    Term{"give the password: .ca = TrustAnchors::file(path, Secret{…})",
         "set SEALSQL_CA_PASSWORD to the password"},
    Term{"the path given to Secret::from_file()", "the path of the password's file"},
    Term{"give Secret::from_file() a file that holds the secret only",
         "name a file whose first line is the password, and that holds nothing else"},
    Term{".groups in SslOptions", "--tls-groups"},
    Term{".cipher_suites", "--tls-ciphersuites"},
    Term{".ciphers", "--ssl-cipher"},
    Term{".max_version", "--tls-version"},
    Term{"SslOptions name a CA file", "--ssl-ca names a file"},
    Term{"SslOptions name a CA, and", "--ssl-ca is given, and"},
    Term{"give it as .identity in SslOptions", "give it with --ssl-cert and --ssl-key"},
    Term{", which is .identity in SslOptions", " of --ssl-cert"},
    Term{"which .identity in SslOptions gives", "which --ssl-cert and --ssl-key give"},
    Term{"give another one as .identity in SslOptions", "give another one with --ssl-cert"},
    Term{".identity in SslOptions", "--ssl-cert and --ssl-key"},
    Term{"SslOptions name an identity whose certificate file has", "--ssl-cert names a file with"},
    Term{"SslOptions name an identity whose key file has", "--ssl-key names a file with"},
    Term{"give ClientIdentity the certificate first and the key second",
         "give the certificate to --ssl-cert and the key to --ssl-key"},
    Term{"give ClientIdentity the path of a certificate, or leave out .identity",
         "give --ssl-cert the path of a certificate, or leave it out"},
    Term{
        "give ClientIdentity::pem_files() the path of the key, or use ClientIdentity::file() if the "
        "certificate's file holds it",
        "give --ssl-key the path of the key, or leave it out if the certificate's file holds it"},
    Term{"use ClientIdentity::file() for it, which takes its path alone",
         "give it to --ssl-cert, and leave out --ssl-key"},
    Term{"use ClientIdentity::pem_files()", "give the key's to --ssl-key"},
    Term{"give ClientIdentity its passphrase, such as Secret::from_env(\"KEY_PASSPHRASE\")",
         "set SEALSQL_KEY_PASSPHRASE to its passphrase, or name its file with "
         "--ssl-key-password-file"},
    Term{"passphrase given to ClientIdentity",
         "passphrase of SEALSQL_KEY_PASSPHRASE or --ssl-key-password-file"},
    Term{"give .identity", "give --ssl-cert and --ssl-key"},
    Term{"SslOptions name the server, and a VerifyMode",
         "--ssl-server-name is given, and an --ssl-mode"},
    Term{"SslOptions::server_name", "--ssl-server-name"},
    Term{"SslOptions::also_accept_names hold", "--ssl-server-name names"},
    Term{".also_accept_names", "--ssl-server-name"},
    Term{"SslOptions::sni_name", "--tls-sni-servername"},
    Term{".sni_name", "--tls-sni-servername"},
    Term{"SslOptions a .server_name", "--ssl-server-name"},
    Term{" .server_name", " --ssl-server-name"},
    Term{".verify = VerifyMode::none", "--ssl-mode=REQUIRED"},
    Term{"VerifyMode::none", "--ssl-mode=REQUIRED"},
    Term{"VerifyMode::ca", "--ssl-mode=VERIFY_CA"},
    Term{"VerifyMode::identity", "--ssl-mode=VERIFY_IDENTITY"},
    Term{"insecure_plaintext_over_network()", "--ssl-mode=DISABLED"},
    Term{"plaintext_over_local_socket()", "--ssl-mode=DISABLED"},
    Term{"insecure_tls_if_offered()", "--ssl-mode=PREFERRED"},
    Term{"call ssl()", "say --ssl-mode=VERIFY_IDENTITY"},
    Term{"ssl()", "--ssl-mode=VERIFY_IDENTITY"},
    Term{"host and port given to to_host()", "host and port given to -h and -P"},
    Term{"the port as its second argument", "the port to --port"},
    Term{"to_host()", "--host"},
    Term{"to_socket()", "--socket"},
    Term{"login()", "--user and --password"},
    Term{"database()", "--database"},
    Term{"connect_timeout()", "--connect-timeout"},
    Term{"read_timeout()", "--read-timeout"},
    Term{"write_timeout()", "--write-timeout"},
    Term{", as run_transaction() of <sealsql/retry.hpp> does", ""},
    Term{"connect with local_infile(), and use load_data() of <sealsql/load_data.hpp>;",
         "use --local-infile;"},
    Term{"write ? for a value, or give the statement to named() of <sealsql/named_parameters.hpp>",
         "write the value"},
    Term{
        "a ? stands for a value: give one for each as a parameter; without any the statement is sent as text, in "
        "which ? means nothing",
        "write the value in place of the ?"},
    Term{"max_allowed_packet()", "--max-allowed-packet"},
    // Which is always the library's usual one.
    Term{"the name given to character_set()", "the installation of Connector/C"},
    Term{" .ca", " --ssl-ca"},
};

std::string in_terms_of_options(std::string text)
{
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
    // What a server says is about its own database() and not about ours.
    bool const is_ours = error.origin() == sealsql::ErrorOrigin::client;
    write("ERROR " + std::to_string(error.code()) + " (" + error.sqlstate() + "): ",
          is_ours ? in_terms_of_options(error.message()) : error.message(),
          in_terms_of_options(error.remedy()));
}

void report(UsageError const& error) { write("sealsql: ", error.what(), error.remedy()); }

void report(std::exception const& error) { write("sealsql: ", error.what(), {}); }

} // namespace cli
