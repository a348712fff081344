// What Navicat's "Test Connection" does: connects by what stands in the dialog, says whether that worked, and hangs up. Mended: the
// dialog's CA certificate alone does not say that it is checked; here it is. There is no "connection is being used": each test
// has a session of its own, which ends with it.

#include "sample.hpp"

#include <chrono>
#include <exception>

int main()
try {
    // The dialog, in its order.
    std::string const host = sample::fill("<database access address>");
    auto const port = static_cast<std::uint16_t>(std::stoul(sample::fill("<access port>")));
    std::string const user_name = sample::fill("<database access username>");
    sealsql::Secret const password{sample::fill("<database access password>")};
    std::string const ca_certificate =
        sample::fill("<path of the downloaded certificate>"); // tab SSL

    auto db = sealsql::ConnectionBuilder::to_host(host, port)
                  .login(user_name, password)
                  .ssl({.ca = ca_certificate})
                  .connect_timeout(std::chrono::seconds{5}) // somebody waits before the dialog
                  .connect();
    sample::prove_encryption(db);
    db.ping();
    auto const user = db.query_value<std::string>("SELECT CONCAT('Navicat: ', CURRENT_USER())");
    std::cout << sealsql::printable(user) << '\n';
    std::cout << "Connection successful: " << sealsql::printable(db.server_version()) << ", "
              << sealsql::printable(db.tls()->peer.subject) << '\n';
} catch (sealsql::Error const& error) {
    std::cerr << error.message() << "\nWhat to do: " << error.remedy() << '\n';
    return 1;
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
