#include "check.hpp"

#include <cstdlib>
#include <string>
#include <tuple>

namespace translator {

namespace {

void look_at(Check& result, sealsql::ConnectionOptions const& options)
{
    sealsql::SslOptions const* const ssl = options.transport.ssl();
    if (ssl == nullptr || options.endpoint.is_local_socket())
        return;
    try {
        result.verdicts =
            sealsql::inspect(
                options.endpoint.host(), options.endpoint.port(),
                {.ssl = *ssl, .connect_timeout = options.timeouts.connect, .try_protocols = false})
                .verdicts;
    } catch (sealsql::Error const&) {
        // What is wrong is said by connecting, with more of it.
    }
}

void connect(Check& result, sealsql::ConnectionOptions const& options)
{
    sealsql::Connection db{options};
    if (sealsql::TlsInfo const* const tls = db.tls()) {
        result.version = tls->version;
        result.cipher = tls->cipher;
        result.subject = tls->peer.subject;
    }
    using Status = std::tuple<std::string, std::string>;
    result.server_version =
        std::get<1>(db.query_one<Status>("SHOW SESSION STATUS LIKE 'Ssl_version'"));
    result.server_cipher =
        std::get<1>(db.query_one<Status>("SHOW SESSION STATUS LIKE 'Ssl_cipher'"));
    for (auto const& [name, level] :
         db.query<Status>("SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', "
                          "'transaction_isolation')"))
        result.isolation_level = level;
    result.compare(options);
    if (result.version != result.server_version || result.cipher != result.server_cipher)
        result.problem =
            "the server does not see the connection as this side does: somebody on the "
            "way ends the TLS of one and begins that of the other";
}

} // namespace

Check check(sealsql::ConnectionOptions options)
{
    Check result;
    if (char const* const password = std::getenv("DB_PASSWORD"); // NOLINT(concurrency-mt-unsafe)
        password != nullptr && options.password.empty())
        options.password = sealsql::Secret{password};
    look_at(result, options);
    try {
        connect(result, options);
    } catch (sealsql::Error const& error) {
        result.problem = error.message();
        result.remedy = error.remedy();
    }
    return result;
}

} // namespace translator
