// Checks on top of the chain: pins, revocation, depth, strength, and the caller's own. Each refuses during the handshake, before
// a byte of the login.

#include "victim.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sys/socket.h>
#include <sys/un.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using ServerTls = sealsql::testing::TlsVersion;

Outcome present(Identity const& identity, SslOptions ssl, TlsOptions const& tls = {},
                std::function<void(Connection&)> const& work = {})
{
    ScriptedServer server{logged_in(identity, tls) +
                          Script{serve({{"FAIL", {error(1064, "42000", "syntax")}}})}};
    return attack(server, careful(server, std::move(ssl)), work);
}

void require_refused(Outcome const& outcome, TlsReason reason, std::string const& text)
{
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    CHECK(outcome.reason() == to_string(reason));
    CHECK_FALSE(leaked(outcome.seen));
    REQUIRE(outcome.tls_error);
    CHECK(outcome.tls_error->stage() == TlsStage::verification);
    CHECK(outcome.tls_error->origin() == ErrorOrigin::client);
    CHECK_FALSE(outcome.tls_error->remedy().empty());
    REQUIRE(outcome.tls_error->certificate() != nullptr);
    CHECK(outcome.text().find(text) != std::string::npos);
}

TestPki& pki() { return TestPki::shared(); }

Pin key_of(std::string const& certificate_pem)
{
    return Pin::public_key(sha256_of_public_key(certificate_pem));
}

/// A key that nobody has.
Pin reserve() { return Pin::public_key(std::string(64, '5')); }

/// A PEM list as DER.
std::string list_to_der(std::string const& pem)
{
    std::unique_ptr<BIO, int (*)(BIO*)> const in{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
    std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> const list{
        PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr), X509_CRL_free};
    REQUIRE(list);
    unsigned char* bytes = nullptr;
    int const size = i2d_X509_CRL(list.get(), &bytes);
    REQUIRE(size > 0);
    std::string der{reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size)};
    OPENSSL_free(bytes);
    return der;
}

constexpr std::chrono::hours ago{-2};
constexpr std::chrono::hours long_ago{-4};
constexpr std::chrono::hours from_now{2};
constexpr std::chrono::hours later{4};

/// What the tests on lists have in common: the two CAs above TestPki::via_intermediate().
struct Lists {
    TemporaryDirectory directory;
    std::string root = pki().trusted().revocation_list({});
    std::string intermediate = pki().intermediate().revocation_list({});

    [[nodiscard]] std::string file(std::string const& name, std::string const& content) const
    {
        return directory.write(name, content).string();
    }
};

Outcome look_up(Identity const& identity, Revocation const& revocation)
{
    return present(identity, {.ca = good_ca(), .revocation = revocation});
}

} // namespace

// --- Pins ---

TEST_CASE("a pin of any certificate of the chain is enough", "[hostile][valgrind]")
{
    Identity const& identity = pki().via_intermediate();
    std::string const leaf = identity.certificate_pem;
    std::string const middle = pki().intermediate().certificate_pem();
    std::string const root = pki().trust_pem();
    for (ServerTls const version : {ServerTls::tls1_2, ServerTls::tls1_3}) {
        for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
            for (std::string const& pem : {leaf, middle, root}) {
                for (Pins const& pins :
                     {Pins{key_of(pem), reserve()}, // the reserve's place is no matter
                      Pins{reserve(), key_of(pem)},
                      Pins{Pin::certificate(sha256_of_certificate(pem))},
                      Pins{Pin::public_key_without_reserve(sha256_of_public_key(pem))}}) {
                    bool pinned = false;
                    Outcome const outcome =
                        present(identity, {.ca = good_ca(), .verify = verify, .pins = pins},
                                {.min_version = version, .max_version = version},
                                [&](Connection& db) { pinned = db.tls()->pinned; });
                    INFO(outcome.describe());
                    CHECK(outcome.connected);
                    CHECK(pinned);
                }
            }
        }
    }
}

TEST_CASE("a chain without any of the pins is refused, and its pins are shown", "[hostile]")
{
    Identity const& identity = pki().via_intermediate();
    for (ServerTls const version : {ServerTls::tls1_2, ServerTls::tls1_3}) {
        for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
            for (Pins const& pins :
                 {Pins{reserve(), key_of(pki().other_authority().certificate_pem)},
                  // Of the right certificate, but the other kind of digest.
                  Pins{Pin::certificate(sha256_of_public_key(identity.certificate_pem))},
                  Pins{reserve(), Pin::public_key(sha256_of_certificate(identity.certificate_pem))},
                  // A certificate that the server does not send.
                  Pins{Pin::certificate(sha256_of_certificate(pki().good().certificate_pem))}}) {
                Outcome const outcome =
                    present(identity, {.ca = good_ca(), .verify = verify, .pins = pins},
                            {.min_version = version, .max_version = version});
                require_refused(outcome, TlsReason::pin_mismatch, "if not, somebody else");
                for (std::string const& pem :
                     {identity.certificate_pem, pki().intermediate().certificate_pem(),
                      pki().trust_pem()})
                    CHECK(outcome.text().find(key_of(pem).text()) != std::string::npos);
            }
        }
    }
}

TEST_CASE("a certificate that is sent along, and is not part of the chain, satisfies no pin",
          "[hostile]")
{
    // An attacker with any certificate of the CA can send the pinned one behind his own.
    Identity identity = pki().good();
    identity.chain_pem += pki().good_rsa().certificate_pem;
    identity.chain_pem += pki().intermediate().certificate_pem();
    for (std::string const& pem :
         {pki().good_rsa().certificate_pem, pki().intermediate().certificate_pem()})
        require_refused(present(identity, {.ca = good_ca(), .pins = {key_of(pem), reserve()}}),
                        TlsReason::pin_mismatch, key_of(identity.certificate_pem).text());
    // Nor does it with pins in place of a CA, where no chain is built.
    for (std::string const& pem :
         {pki().good_rsa().certificate_pem, pki().intermediate().certificate_pem()})
        require_refused(
            present(identity, {.verify = VerifyMode::none, .pins = {key_of(pem), reserve()}}),
            TlsReason::pin_mismatch, key_of(identity.certificate_pem).text());
}

TEST_CASE("a pin does not replace the check of the CA or of the name", "[hostile]")
{
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
        Identity const& other = pki().other_authority();
        require_refused(present(other, {.ca = good_ca(),
                                        .verify = verify,
                                        .pins = {key_of(other.certificate_pem), reserve()}}),
                        TlsReason::issuer_not_trusted, "no trusted CA");
        Identity const& expired = pki().expired();
        require_refused(present(expired, {.ca = good_ca(),
                                          .verify = verify,
                                          .pins = {key_of(expired.certificate_pem), reserve()}}),
                        TlsReason::expired, "expired");
    }
    Identity const& wrong = pki().wrong_name();
    require_refused(
        present(wrong, {.ca = good_ca(), .pins = {key_of(wrong.certificate_pem), reserve()}}),
        TlsReason::name_mismatch, "is not for");
}

TEST_CASE("pins in place of a CA know a server by its key", "[hostile][valgrind]")
{
    for (ServerTls const version : {ServerTls::tls1_2, ServerTls::tls1_3}) {
        TlsOptions const tls{.min_version = version, .max_version = version};
        for (Identity const* const identity :
             {&pki().self_signed(), &pki().other_authority(), &pki().expired(), &pki().cn_only()}) {
            std::string const& pem = identity->certificate_pem;
            for (Pins const& pins : {Pins{key_of(pem), reserve()},
                                     Pins{Pin::certificate(sha256_of_certificate(pem))}}) {
                bool pinned = false;
                Outcome const outcome =
                    present(*identity, {.verify = VerifyMode::none, .pins = pins}, tls,
                            [&](Connection& db) {
                                pinned = db.tls()->pinned;
                                db.execute("FAIL");
                            });
                INFO(outcome.describe());
                CHECK(outcome.connected);
                CHECK(pinned);
                REQUIRE(outcome.error);
                CHECK(outcome.error->code() == 1064);
                CHECK(outcome.error->origin() == ErrorOrigin::server);
            }
            require_refused(present(*identity,
                                    {.verify = VerifyMode::none,
                                     .pins = {reserve(), key_of(pki().good().certificate_pem)}},
                                    tls),
                            TlsReason::pin_mismatch, key_of(pem).text());
        }
        // The CA's pin says nothing here: nobody checked that the CA signed.
        require_refused(present(pki().via_intermediate(),
                                {.verify = VerifyMode::none,
                                 .pins = {key_of(pki().intermediate().certificate_pem()),
                                          key_of(pki().trust_pem())}},
                                tls),
                        TlsReason::pin_mismatch,
                        key_of(pki().via_intermediate().certificate_pem).text());
    }
    Identity const& weak = pki().weak_key();
    require_refused(present(weak, {.verify = VerifyMode::none,
                                   .pins = {key_of(weak.certificate_pem), reserve()}}),
                    TlsReason::too_weak, "too weak");
    Outcome const legacy = present(weak, {.verify = VerifyMode::none,
                                          .min_version = sealsql::TlsVersion::tls1_0,
                                          .insecure_legacy_tls = true,
                                          .pins = {key_of(weak.certificate_pem), reserve()}});
    INFO(legacy.describe());
    CHECK(legacy.connected);
}

TEST_CASE("a server that shows a pinned certificate must have its key", "[hostile]")
{
    // The pinned certificate, which anybody can copy, and somebody else's key.
    Identity identity = pki().good();
    identity.key_pem = pki().other_authority().key_pem;
    try {
        ScriptedServer server{logged_in(identity) + Script{serve()}};
        Outcome const outcome = attack(
            server, careful(server, {.verify = VerifyMode::none,
                                     .pins = {key_of(identity.certificate_pem), reserve()}}));
        CHECK_FALSE(outcome.connected);
        CHECK_FALSE(leaked(outcome.seen));
    } catch (std::runtime_error const&) {
        SUCCEED("OpenSSL lets no server begin with it");
    }
}

// --- Revocation ---

TEST_CASE("a certificate that no list names is accepted", "[hostile][valgrind]")
{
    Lists const lists;
    std::string const root = lists.file("root.crl", lists.root);
    std::string const middle = lists.file("middle.crl", lists.intermediate);
    std::string const der = lists.file("root.der", list_to_der(lists.root));
    std::string const both =
        lists.file("both.crl", "text before\n" + lists.intermediate + lists.root);
    TemporaryDirectory const folder;
    static_cast<void>(folder.write("a", lists.intermediate));
    static_cast<void>(folder.write("b", list_to_der(lists.root)));
    static_cast<void>(folder.write("ca.pem", pki().trust_pem()));
    static_cast<void>(folder.write("ca.der", to_der(pki().trust_pem())));
    static_cast<void>(folder.write("empty", ""));
    std::filesystem::create_directory(folder.path() / "below");
    // Which cannot be opened as a file can.
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const place = (folder.path() / "socket").string();
    REQUIRE(place.size() < sizeof address.sun_path);
    place.copy(address.sun_path, place.size());
    testing::detail::Descriptor const socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    REQUIRE(::bind(socket.number(), reinterpret_cast<sockaddr const*>(&address), sizeof address) ==
            0);
    for (Revocation const& revocation :
         {Revocation::of_whole_chain({root, middle}), Revocation::of_whole_chain({middle, der}),
          Revocation::of_whole_chain({both}), Revocation::of_whole_chain({folder.path()}),
          Revocation::of_server_only({middle}), Revocation::of_server_only({both})}) {
        Outcome const outcome = look_up(pki().via_intermediate(), revocation);
        INFO(outcome.describe());
        CHECK(outcome.connected);
    }
}

TEST_CASE("a revoked certificate is refused", "[hostile]")
{
    Lists const lists;
    Identity const& identity = pki().via_intermediate();
    std::string const root = lists.file("root.crl", lists.root);
    std::string const revoked =
        lists.file("revoked.crl", pki().intermediate().revocation_list({identity}));
    for (Revocation const& revocation :
         {Revocation::of_server_only({revoked}), Revocation::of_whole_chain({revoked, root})}) {
        for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca})
            require_refused(
                present(identity, {.ca = good_ca(), .verify = verify, .revocation = revocation}),
                TlsReason::revoked, "revoked");
    }
}

TEST_CASE("a revoked intermediate CA is refused where the whole chain is looked up", "[hostile]")
{
    Lists const lists;
    std::string const middle = lists.file("middle.crl", lists.intermediate);
    std::string const root =
        lists.file("root.crl", pki().trusted().revocation_list({pki().intermediate().identity()}));
    Outcome const outcome =
        look_up(pki().via_intermediate(), Revocation::of_whole_chain({middle, root}));
    require_refused(outcome, TlsReason::revoked, "the CA certificate");
    CHECK(look_up(pki().via_intermediate(), Revocation::of_server_only({middle, root})).connected);
}

TEST_CASE("without a good list nobody knows, and the server is refused", "[hostile]")
{
    Lists const lists;
    Identity const& identity = pki().via_intermediate();
    Authority const& ca = pki().intermediate();
    std::string const root = lists.file("root.crl", lists.root);
    std::string const middle = lists.file("middle.crl", lists.intermediate);
    std::string const ended = lists.file("ended.crl", ca.revocation_list({}, long_ago, ago));
    std::string const early = lists.file("early.crl", ca.revocation_list({}, from_now, later));
    // Another CA's list in this CA's name.
    Authority const impostor{
        {.common_names = {"sealsql intermediate authority"}, .authority = true}};
    std::string const forged = lists.file("forged.crl", impostor.revocation_list({}));
    struct Row {
        Revocation revocation;
        std::string text;
    };
    for (Row const& row :
         {Row{Revocation::of_server_only({root}), "no revocation list of its issuer"},
          Row{Revocation::of_whole_chain({root}), "no revocation list of its issuer"},
          Row{Revocation::of_whole_chain({middle}), "no revocation list of its issuer"},
          Row{Revocation::of_server_only({ended}), "is past its end"},
          Row{Revocation::of_whole_chain({root, ended}), "is past its end"},
          Row{Revocation::of_server_only({early}), "has not begun"},
          Row{Revocation::of_server_only({forged}), "was not signed by that CA"}}) {
        Outcome const outcome = look_up(identity, row.revocation);
        INFO(row.text);
        require_refused(outcome, TlsReason::revocation_unknown, row.text);
    }
}

TEST_CASE("a list that cannot be used is an error before anybody is called", "[hostile]")
{
    Lists const lists;
    TemporaryDirectory const empty;
    std::string const damaged = lists.file(
        "damaged.crl", lists.root.substr(0, lists.root.size() / 2) + "\n-----END X509 CRL-----\n");
    std::string const second = lists.file(
        "second.crl", lists.root + "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n");
    std::string const cut = lists.file("cut.crl", list_to_der(lists.root).substr(0, 50));
    std::string const more = lists.file("more.crl", list_to_der(lists.root) + "x");
    std::string const none = lists.file("none.crl", pki().trust_pem());
    std::string const nothing = lists.file("nothing.crl", "");
    TemporaryDirectory const folder;
    static_cast<void>(folder.write("damaged", "-----BEGIN X509 CRL-----\nMAA=\n"));
    struct Row {
        std::string path;
        std::string text;
    };
    for (Row const& row :
         {Row{"/nonexistent/a.crl", "No such file"}, Row{"/dev/null", "no regular file"},
          Row{empty.path().string(), "no revocation list is in"}, Row{damaged, "is damaged"},
          Row{second, "is damaged"}, Row{cut, "is damaged"}, Row{more, "is damaged"},
          Row{none, "no list in PEM or DER"}, Row{nothing, "no list in PEM or DER"},
          Row{folder.path().string(), "is damaged"}}) {
        ScriptedServer server{logged_in(pki().good()) + Script{serve()}};
        std::string const good = lists.file("good.crl", lists.root);
        Outcome const outcome =
            attack(server, careful(server, {.ca = good_ca(),
                                            .revocation = Revocation::of_whole_chain(
                                                row.path == empty.path().string()
                                                    ? std::vector<std::string>{row.path}
                                                    : std::vector<std::string>{good, row.path})}));
        INFO(row.path << "\n" << outcome.describe());
        CHECK(outcome.reason() == to_string(TlsReason::revocation_unknown));
        CHECK(outcome.text().find(row.text) != std::string::npos);
        REQUIRE(outcome.tls_error);
        CHECK(outcome.tls_error->stage() == TlsStage::configuration);
        CHECK_FALSE(outcome.tls_error->remedy().empty());
        CHECK_FALSE(outcome.seen.connected);
    }
}

TEST_CASE("a list that changed is read again, and no other policy sees it", "[hostile]")
{
    Lists const lists;
    Identity const& identity = pki().good();
    std::string const path = lists.file("root.crl", lists.root);
    Revocation const revocation = Revocation::of_whole_chain({path});
    CHECK(look_up(identity, revocation).connected);
    static_cast<void>(lists.file("root.crl", pki().trusted().revocation_list({identity})));
    require_refused(look_up(identity, revocation), TlsReason::revoked, "revoked");
    // The same CA file, and so the same X509_STORE.
    CHECK(present(identity, {.ca = good_ca()}).connected);
    std::string const fresh = lists.file("fresh.crl", lists.root);
    CHECK(look_up(identity, Revocation::of_whole_chain({fresh})).connected);
    require_refused(look_up(pki().via_intermediate(), Revocation::of_server_only({fresh})),
                    TlsReason::revocation_unknown, "no revocation list");
    std::filesystem::remove(path);
    Outcome const gone = look_up(identity, revocation);
    CHECK(gone.reason() == to_string(TlsReason::revocation_unknown));
    CHECK_FALSE(leaked(gone.seen));
}

// --- Depth and strength ---

TEST_CASE("a chain that is deeper than allowed is refused", "[hostile]")
{
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
        CHECK(present(pki().good(), {.ca = good_ca(), .verify = verify, .max_chain_depth = 0})
                  .connected);
        CHECK(present(pki().via_intermediate(),
                      {.ca = good_ca(), .verify = verify, .max_chain_depth = 1})
                  .connected);
        require_refused(present(pki().via_intermediate(),
                                {.ca = good_ca(), .verify = verify, .max_chain_depth = 0}),
                        TlsReason::chain_too_long, ".max_chain_depth");
    }
    Authority authority = pki().trusted();
    for (int i = 0; i < 11; ++i)
        authority = authority.subordinate(
            {.common_names = {"level " + std::to_string(i)}, .authority = true});
    Identity const deep = authority.issue({.ip = {"127.0.0.1"}});
    require_refused(present(deep, {.ca = good_ca()}), TlsReason::chain_too_long,
                    "more than 10 intermediate CAs");
    CHECK(present(deep, {.ca = good_ca(), .max_chain_depth = 11}).connected);
}

TEST_CASE("a higher security level refuses keys that are weaker", "[hostile]")
{
    for (ServerTls const version : {ServerTls::tls1_2, ServerTls::tls1_3}) {
        TlsOptions const tls{.min_version = version, .max_version = version};
        CHECK(present(pki().good_rsa(), {.ca = good_ca()}, tls).connected);
        require_refused(present(pki().good_rsa(), {.ca = good_ca(), .security_level = 3}, tls),
                        TlsReason::too_weak, "lower .security_level");
        CHECK(present(pki().good(), {.ca = good_ca(), .security_level = 3}, tls).connected);
        // P-256 has 128 bits, and level 4 wants 192: already what the two may sign with.
        Outcome const outcome = present(pki().good(), {.ca = good_ca(), .security_level = 4}, tls);
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.tls_error);
        CHECK_FALSE(leaked(outcome.seen));
        // By a pin alone.
        Pin const pin = key_of(pki().good_rsa().certificate_pem);
        require_refused(
            present(pki().good_rsa(),
                    {.verify = VerifyMode::none, .pins = {pin, reserve()}, .security_level = 3},
                    tls),
            TlsReason::too_weak, "too weak");
    }
}

// --- The caller's own check ---

namespace {

struct Asked {
    mutable std::atomic<int> times{0};
    mutable std::vector<std::string> subjects;
    mutable std::string server;
    std::string answer;
};

std::string answer(Certificate const& server, std::vector<Certificate> const& chain,
                   void const* context)
{
    auto const& asked = *static_cast<Asked const*>(context);
    ++asked.times;
    asked.server = server.sha256_hex();
    for (Certificate const& one : chain)
        asked.subjects.push_back(one.sha256_hex());
    return asked.answer;
}

} // namespace

TEST_CASE("the caller's check sees the whole chain once, and may let it pass", "[hostile]")
{
    for (ServerTls const version : {ServerTls::tls1_2, ServerTls::tls1_3}) {
        auto const asked = std::make_shared<Asked>();
        Identity const& identity = pki().via_intermediate();
        Outcome const outcome = present(identity,
                                        {.ca = good_ca(),
                                         .pins = {key_of(identity.certificate_pem), reserve()},
                                         .also_check = {answer, asked}},
                                        {.min_version = version, .max_version = version});
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(asked->times == 1);
        CHECK(asked->server == sha256_of_certificate(identity.certificate_pem));
        CHECK(asked->subjects == std::vector<std::string>{
                                     sha256_of_certificate(identity.certificate_pem),
                                     sha256_of_certificate(pki().intermediate().certificate_pem()),
                                     sha256_of_certificate(pki().trust_pem())});
    }
}

TEST_CASE("the caller's check refuses, and its text is escaped", "[hostile]")
{
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca, VerifyMode::none}) {
        auto const asked = std::make_shared<Asked>();
        asked->answer = "wrong\n\x1b[2J department";
        SslOptions ssl{.verify = verify, .also_check = {answer, asked}};
        if (verify != VerifyMode::none)
            ssl.ca = good_ca();
        Outcome const outcome = present(pki().good(), ssl);
        require_refused(outcome, TlsReason::certificate_rejected, R"(wrong\x0a\x1b[2J department)");
        CHECK(asked->times == 1);
        CHECK(asked->subjects.size() == (verify == VerifyMode::none ? 1 : 2));
    }
}

TEST_CASE("a check of the caller's that throws refuses", "[hostile][valgrind]")
{
    require_refused(present(pki().good(),
                            {.ca = good_ca(),
                             .also_check = {[](Certificate const&, std::vector<Certificate> const&,
                                               void const*) -> std::string {
                                 throw std::runtime_error{"the\ttable is empty"};
                             }}}),
                    TlsReason::certificate_rejected, R"(threw: the\x09table is empty)");
    require_refused(present(pki().good(),
                            {.ca = good_ca(),
                             .also_check = {[](Certificate const&, std::vector<Certificate> const&,
                                               void const*) -> std::string { throw 1; }}}),
                    TlsReason::certificate_rejected, "no std::exception");
}

TEST_CASE("the caller's check is not asked about a server that is refused anyway", "[hostile]")
{
    auto const asked = std::make_shared<Asked>();
    for (Identity const* const identity :
         {&pki().other_authority(), &pki().self_signed(), &pki().expired(), &pki().wrong_name()}) {
        Outcome const outcome =
            present(*identity, {.ca = good_ca(), .also_check = {answer, asked}});
        CHECK_FALSE(outcome.connected);
        CHECK_FALSE(leaked(outcome.seen));
    }
    require_refused(
        present(pki().good(), {.ca = good_ca(),
                               .pins = {reserve(), key_of(pki().expired().certificate_pem)},
                               .also_check = {answer, asked}}),
        TlsReason::pin_mismatch, "sha256//");
    CHECK(asked->times == 0);
}

// --- Names ---

TEST_CASE("names that only look right are not", "[hostile]")
{
    struct Row {
        std::vector<std::string> dns;
        std::vector<std::string> ip;
        std::string name;
        bool accepted;
    };
    for (Row const& row : {
             // A star is the leftmost label, and all of it.
             Row{{"*.b.sealsql.test"}, {}, "a.b.sealsql.test", true},
             Row{{"*.b.sealsql.test"}, {}, "x.a.b.sealsql.test", false},
             Row{{"*.b.sealsql.test"}, {}, "b.sealsql.test", false},
             Row{{"a.*.sealsql.test"}, {}, "a.b.sealsql.test", false},
             Row{{"a.b.sealsql.*"}, {}, "a.b.sealsql.test", false},
             Row{{"*.*.sealsql.test"}, {}, "a.b.sealsql.test", false},
             Row{{"a*.sealsql.test"}, {}, "ab.sealsql.test", false},
             Row{{"*a.sealsql.test"}, {}, "ba.sealsql.test", false},
             Row{{"**.sealsql.test"}, {}, "ab.sealsql.test", false},
             Row{{"*sealsql.test"}, {}, "sealsql.test", false},
             Row{{"*.test"}, {}, "sealsql.test", false},
             Row{{".sealsql.test"}, {}, "a.sealsql.test", false},
             Row{{"*.0.0.1"}, {}, "127.0.0.1", false},
             // Names in other scripts are compared in their A-label form.
             Row{{"xn--bcher-kva.sealsql.test"}, {}, "xn--bcher-kva.sealsql.test", true},
             Row{{"XN--BCHER-KVA.sealsql.test"}, {}, "xn--bcher-kva.sealsql.test", true},
             Row{{"b\xC3\xBC"
                  "cher.sealsql.test"},
                 {},
                 "xn--bcher-kva.sealsql.test",
                 false},
             Row{{"xn--*.sealsql.test"}, {}, "xn--bcher-kva.sealsql.test", false},
             Row{{"*.sealsql.test"}, {}, "xn--bcher-kva.sealsql.test", true},
             // Case and the root's dot.
             Row{{"DB.SEALSQL.TEST"}, {}, "db.sealsql.test", true},
             Row{{"db.sealsql.test"}, {}, "DB.sealsql.test.", true},
             Row{{"db.sealsql.test."}, {}, "db.sealsql.test", false},
             // Zero bytes.
             Row{{std::string{"db.sealsql.test\0", 16}}, {}, "db.sealsql.test", false},
             Row{{std::string{"db.sealsql.test\0.evil.example", 29}}, {}, "db.sealsql.test", false},
             Row{{std::string{"\0db.sealsql.test", 16}}, {}, "db.sealsql.test", false},
             Row{{std::string{"x\0.sealsql.test", 15}}, {}, "x.sealsql.test", false},
             // Addresses.
             Row{{"127.0.0.1"}, {}, "127.0.0.1", false},
             Row{{"::1"}, {}, "::1", false},
             Row{{}, {"::1"}, "::1", true},
             Row{{}, {"2001:db8::1"}, "2001:DB8:0:0::1", true},
             Row{{}, {"2001:db8::1"}, "2001:db8::2", false},
             Row{{}, {"127.0.0.1"}, "::ffff:127.0.0.1", false},
             Row{{}, {"::ffff:127.0.0.1"}, "127.0.0.1", false},
             Row{{}, {"127.0.0.1"}, "localhost", false},
             // Something near.
             Row{{"db.sealsql.test"}, {}, "db.sealsql.tes", false},
             Row{{"db.sealsql.tes"}, {}, "db.sealsql.test", false},
             Row{{" db.sealsql.test"}, {}, "db.sealsql.test", false},
             Row{{"db.sealsql.test "}, {}, "db.sealsql.test", false},
             Row{{""}, {}, "db.sealsql.test", false},
         }) {
        for (std::string const& common_name : {std::string{"server"}, row.name}) {
            // The right name in the CN changes nothing: with a SAN or without.
            Identity const identity = pki().trusted().issue(
                {.common_names = {common_name}, .dns = row.dns, .ip = row.ip});
            Outcome const outcome = present(identity, {.ca = good_ca(), .server_name = row.name});
            INFO(printable(row.dns.empty() ? row.ip.front() : row.dns.front())
                 << " for " << row.name << ", CN " << common_name << "\n"
                 << outcome.describe());
            CHECK(outcome.connected == row.accepted);
            if (!row.accepted) {
                CHECK(outcome.reason() == to_string(TlsReason::name_mismatch));
                CHECK_FALSE(leaked(outcome.seen));
            }
        }
    }
    for (std::string const name : {"db.sealsql.test", "127.0.0.1"}) {
        Identity const identity = pki().trusted().issue({.common_names = {name}});
        require_refused(present(identity, {.ca = good_ca(), .server_name = name}),
                        TlsReason::name_mismatch, "no name at all in its subjectAltName");
    }
}
