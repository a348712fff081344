#include <sealsql/sealsql.hpp>

#if defined(CONSUMER_WITH_ZIP)
#include <sealsql/zip_bundle.hpp>
#endif

#include <iostream>

#if defined(SEALSQL_COMPILED)
#if __has_include(<mysql.h>)
#error "sealsql::compiled put Connector/C on the include path of its user"
#endif
#if defined(MYSQL_PORT) || defined(OPENSSL_VERSION_NUMBER) || defined(ZIP_CREATE)
#error "a C header came in"
#endif
#endif

// A function of the library that needs all of it, so that what is missing shows when this is linked.
static void expect_refusal()
{
    try {
        sealsql::SslOptions ssl;
#if defined(CONSUMER_WITH_ZIP)
        ssl.ca = sealsql::zip_bundle(sealsql::TrustAnchors::memory("PK\x05\x06"));
#endif
        auto db = sealsql::ConnectionBuilder::to_host("127.0.0.1", 1) // where nobody listens
                      .login("nobody", sealsql::Secret{"nothing"})
                      .ssl(ssl)
                      .connect();
        std::cout << "somebody listens: " << db.query_value<std::string>("SELECT VERSION()")
                  << '\n';
    } catch (sealsql::Error const& error) {
        std::cerr << error.what() << '\n';
    }
}

int main()
{
    expect_refusal();
    std::cout << "sealsql " << SEALSQL_VERSION_MAJOR << '.' << SEALSQL_VERSION_MINOR << '.'
              << SEALSQL_VERSION_PATCH << '\n';
}
