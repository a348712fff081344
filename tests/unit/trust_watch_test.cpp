// That a change of the files that SslOptions name is noticed, and nothing else is.

#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/sealsql.hpp>

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/trust_watch.ipp>
#endif

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <filesystem>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

TEST_CASE("A changed CA file is noticed once, and not more often than it is looked at",
          "[trust_watch]")
{
    TemporaryDirectory const directory;
    auto const file = directory.write("ca.pem", TestPki::shared().trust_pem());
    SslOptions const options{.ca = file};
    detail::TrustWatch watch;
    watch.add(nullptr);
    watch.add(&options);
    auto now = detail::TrustWatch::Clock::now();
    auto const next = [&] { return watch.generation(now += detail::TrustWatch::interval); };
    auto const first = next();
    CHECK(next() == first);

    directory.write("ca.pem", Authority{}.certificate_pem());
    CHECK(watch.generation(now + detail::TrustWatch::interval / 2) == first);
    auto const second = next();
    CHECK(second != first);
    CHECK(next() == second);

    // A file that is away or half-written says nothing.
    directory.write("ca.pem", "-----BEGIN CERT");
    CHECK(next() == second);
    std::filesystem::remove(file);
    CHECK(next() == second);
    directory.write("ca.pem", TestPki::shared().trust_pem());
    CHECK(next() != second);
}

TEST_CASE("What is in memory does not change", "[trust_watch]")
{
    SslOptions const options{.ca = TrustAnchors::memory(TestPki::shared().trust_pem())};
    detail::TrustWatch watch;
    watch.add(&options);
    auto const now = detail::TrustWatch::Clock::now();
    auto const first = watch.generation(now);
    CHECK(watch.generation(now + 2 * detail::TrustWatch::interval) == first);
}
