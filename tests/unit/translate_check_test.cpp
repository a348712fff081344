// What sealsql-translate --check takes for a confirmation of what a translation says.

#include "../../examples/sealsql_translate/check.hpp"

#include "support/catch.hpp"

#include <string>

using namespace sealsql;
using translator::Check;

namespace {

Check seen(std::string const& version, std::string const& cipher)
{
    Check check;
    check.version = check.server_version = version;
    check.cipher = check.server_cipher = cipher;
    return check;
}

bool confirms(Check check, ConnectionOptions const& options)
{
    check.compare(options);
    return check.confirmed();
}

} // namespace

TEST_CASE("a connection that is as a translation says, and one that is not", "[translate]")
{
    ConnectionOptions tls;
    tls.transport = Transport::tls({});
    ConnectionOptions plain;
    plain.transport = Transport::plaintext();
    ConnectionOptions either;
    either.transport = Transport::insecure_tls_if_offered({});

    Check const encrypted = seen("TLSv1.3", "TLS_AES_256_GCM_SHA384");
    Check const open = seen("", "");
    CHECK_FALSE(Check{}.confirmed()); // nothing was looked at
    CHECK(confirms(encrypted, tls));
    CHECK(confirms(open, plain));
    CHECK(confirms(encrypted, either));
    CHECK(confirms(open, either));
    CHECK_FALSE(confirms(open, tls));
    CHECK_FALSE(confirms(encrypted, plain));
    CHECK_FALSE(confirms(seen("TLSv1.1", "AES128-SHA"), tls));

    // Somebody in between ends one TLS and begins another.
    Check other = encrypted;
    other.server_cipher = "TLS_AES_128_GCM_SHA256";
    CHECK_FALSE(confirms(other, tls));
    other = encrypted;
    other.problem = "no";
    CHECK_FALSE(confirms(other, tls));

    Check accepted = encrypted;
    accepted.verdicts.emplace();
    (*accepted.verdicts)[0].mode = VerifyMode::identity;
    (*accepted.verdicts)[1].mode = VerifyMode::ca;
    (*accepted.verdicts)[2].mode = VerifyMode::none;
    CHECK(confirms(accepted, tls));
    Check refused = accepted;
    refused.verdicts->at(0).verdict.refusal.emplace(detail::ErrorData{}, TlsReason::name_mismatch,
                                                    TlsStage::handshake);
    CHECK_FALSE(confirms(refused, tls));
    ConnectionOptions by_chain;
    by_chain.transport = Transport::tls({.verify = VerifyMode::ca});
    CHECK(confirms(refused, by_chain)); // the other modes are not the chosen one

    ConnectionOptions level = tls;
    level.init_statements = {"SET SESSION TRANSACTION ISOLATION LEVEL read committed"};
    Check session = encrypted;
    session.isolation_level = "REPEATABLE-READ";
    CHECK_FALSE(confirms(session, level));
    session.isolation_level = "READ-COMMITTED";
    CHECK(confirms(session, level));
}
