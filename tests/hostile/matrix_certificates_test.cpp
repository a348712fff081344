// The matrix: servers that have a key and a certificate, and the certificate proves the wrong thing, or nothing.

#include "matrix.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using matrix::Attack;
using matrix::Table;

constexpr char right_names[] = "IP:127.0.0.1,DNS:localhost,DNS:db.sealsql.test";
constexpr std::chrono::hours ago{-1};
constexpr std::chrono::hours long_ago{-48};
constexpr std::chrono::hours soon{1};
constexpr std::chrono::hours later{48};

Identity const& root() { return TestPki::shared().trusted().identity(); }

Forgery server(std::string const& names = right_names)
{
    return {.common_name = "a forged server", .extensions = server_extensions(names)};
}

Forgery authority(std::string name)
{
    return {.common_name = std::move(name), .extensions = authority_extensions()};
}

/// A forgery with one extension put in the place of what it has by that name.
Forgery with(Forgery forgery, ForgedExtension const& extension)
{
    for (ForgedExtension& one : forgery.extensions) {
        if (one.name == extension.name) {
            one = extension;
            return forgery;
        }
    }
    forgery.extensions.push_back(extension);
    return forgery;
}

Forgery without(Forgery forgery, std::string const& name)
{
    std::vector<ForgedExtension> kept;
    for (ForgedExtension const& one : forgery.extensions)
        if (one.name != name)
            kept.push_back(one);
    forgery.extensions = kept;
    return forgery;
}

/// A server's certificate below `above`, which are sent along: first the one that issued it, last the one below the root.
Identity below(Forgery const& leaf, std::vector<Identity> const& above)
{
    Identity identity = forge(leaf, above.front());
    for (Identity const& one : above)
        identity.chain_pem += one.certificate_pem;
    return identity;
}

/// The usual server's certificate below one intermediate CA.
Identity below_intermediate(Forgery const& intermediate)
{
    Forgery leaf = server();
    leaf.names_issuer_key = intermediate.version == 3; // older ones do not say which key they have
    return below(leaf, {forge(intermediate, root())});
}

std::string hexadecimal(std::string const& bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        text += {digits[byte >> 4U], digits[byte & 15U]};
    }
    return text;
}

std::string many_names(int count)
{
    std::string names;
    for (int i = 0; i < count; ++i)
        names += (i == 0 ? "DNS:host" : ",DNS:host") + std::to_string(i) + ".other.example";
    return names;
}

Identity sent_with(Identity identity, std::string const& chain_pem)
{
    identity.chain_pem = chain_pem;
    return identity;
}

/// A name that stands in a field where nobody may look for it. Where names are not checked, the certificate is good.
Attack misplaced(std::string name, std::string const& alternative_names)
{
    return {.name = std::move(name),
            .identity = forge(server(alternative_names), root()),
            .modes = {VerifyMode::identity},
            .reasons = {TlsReason::name_mismatch},
            .says = "is not for 127.0.0.1",
            .cure = ".server_name",
            .depth = 0};
}

Attack refused(std::string name, Identity identity, TlsReason reason, int depth,
               std::string says = {}, std::string cure = {})
{
    return {.name = std::move(name),
            .identity = std::move(identity),
            .reasons = {reason},
            .says = std::move(says),
            .cure = std::move(cure),
            .depth = depth};
}

std::vector<Attack> ready_made()
{
    struct Row {
        TlsReason reason;
        int depth;
        bool is_about_names;
    };
    std::map<std::string, Row> const expected{
        {"other_authority", {TlsReason::issuer_not_trusted, 0, false}},
        {"impostor_authority", {TlsReason::issuer_not_trusted, 0, false}},
        {"self_signed", {TlsReason::self_signed, 0, false}},
        {"expired", {TlsReason::expired, 0, false}},
        {"not_yet_valid", {TlsReason::not_yet_valid, 0, false}},
        {"wrong_name", {TlsReason::name_mismatch, 0, true}},
        {"wrong_ip", {TlsReason::name_mismatch, 0, true}},
        {"cn_only", {TlsReason::name_mismatch, 0, true}},
        {"ip_in_dns_name", {TlsReason::name_mismatch, 0, true}},
        {"partial_wildcard", {TlsReason::name_mismatch, 0, true}},
        {"bare_wildcard", {TlsReason::name_mismatch, 0, true}},
        {"wrong_purpose", {TlsReason::wrong_purpose, 0, false}},
        {"weak_key", {TlsReason::too_weak, 0, false}},
        {"weak_digest", {TlsReason::too_weak, 0, false}},
        {"missing_intermediate", {TlsReason::issuer_not_trusted, 0, false}},
        {"issued_by_leaf", {TlsReason::wrong_purpose, 1, false}},
        {"embedded_nul", {TlsReason::name_mismatch, 0, true}},
        {"expired_authority", {TlsReason::expired, 1, false}},
    };
    std::vector<Attack> attacks;
    for (PkiCase const& one : TestPki::shared().refused_cases()) {
        Row const& row = expected.at(one.name);
        Attack attack = refused(one.reason, one.identity, row.reason, row.depth);
        attack.ssl.ca = TrustAnchors::memory(one.trust_pem);
        if (row.is_about_names)
            attack.modes = {VerifyMode::identity};
        attacks.push_back(attack);
    }
    return attacks;
}

std::vector<Attack> chains()
{
    Identity const intermediate = forge(authority("an intermediate"), root());
    Identity const stranger = forge_self_signed(authority("a stranger's root"));
    Identity const twin = forge(authority("an intermediate"), root());
    Identity const leaf = forge(server(), intermediate);
    Identity const unlinked = forge(
        [] {
            Forgery forgery = server();
            forgery.names_issuer_key = false;
            return forgery;
        }(),
        intermediate);
    // Two CAs that vouch for each other.
    Identity const one_of_two = forge_self_signed(authority("one of two"));
    Identity const other_of_two = forge(authority("other of two"), one_of_two);
    Identity one_again = one_of_two;
    {
        Forgery forgery = authority("one of two");
        Identity const crossed = forge(forgery, other_of_two);
        one_again.certificate_pem = crossed.certificate_pem;
        one_again.key_pem = crossed.key_pem;
    }
    std::vector<Identity> long_chain{forge(authority("CA number 0"), root())};
    for (int i = 1; i < 12; ++i)
        long_chain.insert(long_chain.begin(),
                          forge(authority("CA number " + std::to_string(i)), long_chain.front()));
    Forgery const no_further =
        with(authority("no CA below it"), {"basicConstraints", "critical,CA:TRUE,pathlen:0"});
    Identity const last = forge(no_further, root());

    auto const aged = [](Forgery forgery, std::chrono::hours from, std::chrono::hours until) {
        forgery.not_before = from;
        forgery.not_after = until;
        return forgery;
    };
    auto const of_key = [](Forgery forgery, std::string key, std::string digest = "SHA256") {
        forgery.key = std::move(key);
        forgery.digest = std::move(digest);
        return forgery;
    };
    auto const constrained = [](std::string const& constraint) {
        return below_intermediate(
            with(authority("a CA for some names"), {"nameConstraints", "critical," + constraint}));
    };
    Forgery old = authority("a CA of version 1");
    old.version = 1;
    old.extensions.clear();

    std::vector<Attack> attacks{
        refused("the chain of another CA is sent", sent_with(leaf, stranger.certificate_pem),
                TlsReason::issuer_not_trusted, 0, "the server sent 2 certificates", ".ca"),
        refused("an intermediate of the right name and another key is sent",
                sent_with(leaf, twin.certificate_pem), TlsReason::issuer_not_trusted, 0),
        refused("the same where the certificate does not say which key it is",
                sent_with(unlinked, twin.certificate_pem), TlsReason::issuer_not_trusted, 0),
        refused("the root is sent in place of the intermediate",
                sent_with(leaf, root().certificate_pem), TlsReason::issuer_not_trusted, 0),
        refused("another server's chain is sent",
                sent_with(forge(server(), stranger), intermediate.certificate_pem),
                TlsReason::issuer_not_trusted, 0),
        refused("a root that nobody trusts is sent along", below(server(), {stranger}),
                TlsReason::self_signed, 1, "a stranger's root", ".ca"),
        refused("two CAs vouch for each other", below(server(), {one_again, other_of_two}),
                TlsReason::issuer_not_trusted, 2, "one of two"),
        refused("more intermediates than are allowed", below(server(), long_chain),
                TlsReason::chain_too_long, 11, "intermediate CAs", ".max_chain_depth"),
        refused("a CA below one that may have none below it",
                below(server(), {forge(authority("one too many"), last), last}),
                TlsReason::wrong_purpose, 2, "path length", "of a CA that may issue it"),
        refused(
            "an intermediate that says it is no CA",
            below_intermediate(with(authority("no CA"), {"basicConstraints", "critical,CA:FALSE"})),
            TlsReason::wrong_purpose, 1, "no CA", "of a CA that may issue it"),
        refused("an intermediate that may not sign certificates",
                below_intermediate(
                    with(authority("no signer"), {"keyUsage", "critical,digitalSignature"})),
                TlsReason::wrong_purpose, 1),
        refused("an intermediate that does not say what it is",
                below_intermediate({.common_name = "says nothing"}), TlsReason::wrong_purpose, 1),
        refused("an intermediate of version 1, which says nothing", below_intermediate(old),
                TlsReason::wrong_purpose, 1),
        refused("an intermediate that is for clients only",
                below_intermediate(
                    with(authority("a CA of clients"), {"extendedKeyUsage", "clientAuth"})),
                TlsReason::wrong_purpose, 1),
        refused("an expired intermediate",
                below_intermediate(aged(authority("an old CA"), long_ago, ago)), TlsReason::expired,
                1, "this machine's clock", ".ca"),
        refused("an intermediate of tomorrow",
                below_intermediate(aged(authority("a CA of tomorrow"), soon, later)),
                TlsReason::not_yet_valid, 1, "this machine's clock", "clock"),
        refused("a certificate that ends before it begins",
                forge(aged(server(), ago, long_ago), root()), TlsReason::expired, 0),
        refused("an intermediate of RSA-1024",
                below_intermediate(of_key(authority("a weak CA"), "RSA1024")), TlsReason::too_weak,
                1),
        refused("an intermediate signed with SHA-1",
                below_intermediate(of_key(authority("a CA by SHA-1"), "P-256", "SHA1")),
                TlsReason::too_weak, 1),
        refused("a signature with one bit changed", with_broken_signature(forge(server(), root())),
                TlsReason::issuer_not_trusted, 0),
        refused(
            "an intermediate's signature with one bit changed",
            [&] {
                Identity const broken = with_broken_signature(intermediate);
                return sent_with(leaf, broken.certificate_pem);
            }(),
            TlsReason::issuer_not_trusted, 1),
        refused("a CA for other names only, by DNS name",
                constrained("permitted;DNS:other.example"), TlsReason::certificate_rejected, 0,
                "permitted subtree", "may vouch"),
        refused("a CA for all names but these, by DNS name", constrained("excluded;DNS:localhost"),
                TlsReason::certificate_rejected, 0, "excluded subtree", "may vouch"),
        refused("a CA for other addresses only", constrained("permitted;IP:10.0.0.0/255.0.0.0"),
                TlsReason::certificate_rejected, 0),
        refused("a CA for all addresses but these", constrained("excluded;IP:127.0.0.0/255.0.0.0"),
                TlsReason::certificate_rejected, 0),
        refused("an intermediate with a critical extension that nobody knows",
                below_intermediate(with(authority("a CA with a secret"),
                                        {"1.3.6.1.4.1.99999.1", "critical,DER:0500"})),
                TlsReason::certificate_rejected, 1, "critical extension"),
        refused("a critical extension that nobody knows",
                forge(with(server(), {"1.3.6.1.4.1.99999.1", "critical,DER:0500"}), root()),
                TlsReason::certificate_rejected, 0, "critical extension"),
    };

    // Trusted, and no good: the CA that the caller names has a flaw of its own.
    auto const add_root = [&](std::string name, Forgery const& forgery, TlsReason reason) {
        Identity const flawed = forge_self_signed(forgery);
        Attack attack = refused(std::move(name), forge(server(), flawed), reason, 1);
        attack.ssl.ca = TrustAnchors::memory(flawed.certificate_pem);
        attacks.push_back(attack);
    };
    add_root("the trusted CA is one of tomorrow", aged(authority("tomorrow's root"), soon, later),
             TlsReason::not_yet_valid);
    add_root("the trusted CA has RSA-1024", of_key(authority("a weak root"), "RSA1024"),
             TlsReason::too_weak);
    add_root("the trusted CA says it is none",
             with(authority("no root"), {"basicConstraints", "critical,CA:FALSE"}),
             TlsReason::wrong_purpose);
    add_root("the trusted CA may not sign",
             with(authority("a mute root"), {"keyUsage", "critical,cRLSign"}),
             TlsReason::wrong_purpose);
    add_root("the trusted CA has a critical extension that nobody knows",
             with(authority("an odd root"), {"1.3.6.1.4.1.99999.1", "critical,DER:0500"}),
             TlsReason::certificate_rejected);
    // There is no MD5 for elliptic curves.
    Identity const rsa = forge_self_signed(of_key(authority("a root with RSA"), "RSA2048"));
    Identity const by_md5 = forge(of_key(authority("a CA by MD5"), "P-256", "MD5"), rsa);
    for (Attack attack :
         {refused("a certificate signed with MD5", forge(of_key(server(), "P-256", "MD5"), rsa),
                  TlsReason::too_weak, 0),
          refused("an intermediate signed with MD5", below(server(), {by_md5}), TlsReason::too_weak,
                  1)}) {
        attack.ssl.ca = TrustAnchors::memory(rsa.certificate_pem);
        attacks.push_back(attack);
    }
    // A server that is named as the CA itself vouches for nobody else.
    Attack by_server =
        refused("signed by a server whose own certificate is trusted",
                forge(server(), TestPki::shared().good()), TlsReason::issuer_not_trusted, 1);
    by_server.ssl.ca = TrustAnchors::memory(TestPki::shared().good().certificate_pem);
    attacks.push_back(by_server);
    return attacks;
}

std::vector<Attack> uses_and_names()
{
    auto const for_use = [](std::string const& use) {
        return forge(with(server(), {"extendedKeyUsage", use}), root());
    };
    Forgery huge_subject = server("DNS:other.example");
    huge_subject.common_name = std::string(30'000, 'x') + "\x1b[2J";
    Forgery old = server("");
    old.version = 1;
    old.extensions.clear();
    old.common_name = "127.0.0.1";
    Forgery with_cn = server("DNS:other.example");
    with_cn.common_name = "127.0.0.1";
    auto const enormous = [](std::string name, Identity identity) {
        return Attack{.name = std::move(name),
                      .identity = std::move(identity),
                      .reasons = {TlsReason::handshake_malformed},
                      .stage = TlsStage::handshake};
    };

    Attack only_lists = refused("a key for signing lists only",
                                forge(with(server(), {"keyUsage", "critical,cRLSign"}), root()),
                                TlsReason::wrong_purpose, 0);
    Attack own_authority =
        refused("a certificate that signed itself and says it is a CA",
                forge_self_signed(with(authority("its own CA"), {"subjectAltName", right_names})),
                TlsReason::self_signed, 0);
    // OpenSSL's server does not use such keys in TLS 1.2.
    only_lists.versions = own_authority.versions = {testing::TlsVersion::tls1_3};

    std::vector<Attack> attacks{
        only_lists,
        own_authority,
        refused("a certificate for signing code", for_use("codeSigning"), TlsReason::wrong_purpose,
                0, {}, "serverAuth"),
        refused("a certificate for mail", for_use("emailProtection"), TlsReason::wrong_purpose, 0),
        refused("a certificate for OCSP", for_use("OCSPSigning"), TlsReason::wrong_purpose, 0),
        refused("a certificate for time stamps", for_use("critical,timeStamping"),
                TlsReason::wrong_purpose, 0),
        refused("a certificate for a use that nobody knows", for_use("1.3.6.1.4.1.99999.2"),
                TlsReason::wrong_purpose, 0),
        refused(
            "a certificate that signed itself in the trusted CA's name",
            [] {
                Forgery forgery = server();
                forgery.common_name = "sealsql trusted authority";
                return forge_self_signed(forgery);
            }(),
            TlsReason::self_signed, 0),

        misplaced("the address as a URI", "URI:mysql://127.0.0.1"),
        misplaced("the address as a mail address", "email:root@127.0.0.1"),
        misplaced("the address as an SRV name",
                  "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_mysql.127.0.0.1"),
        misplaced("the address as an object identifier", "RID:1.2.7.0.0.1"),
        misplaced("the address with a mask, as a CA's constraints have it",
                  "DER:300a8708" + hexadecimal(std::string("\x7f\0\0\1\xff\xff\xff\xff", 8))),
        misplaced("the address as text in an address", "DER:300b8709" + hexadecimal("127.0.0.1")),
        misplaced("the first half of the address", "DER:300487027f00"),
        misplaced("an address of no bytes", "DER:30028700"),
        misplaced("the address mapped to IPv6", "IP:::ffff:127.0.0.1"),
        misplaced("the address with a star", "DNS:*.0.0.1"),
        misplaced("the address with a dot behind it", "DNS:127.0.0.1."),
        misplaced("the address reversed", "DNS:1.0.0.127.in-addr.arpa"),
        misplaced("the address next to it", "IP:127.0.0.2"),
        misplaced("an empty list of names", "DER:3000"),
        misplaced("an empty name", "DER:30028200"),
        misplaced("a name with terminal escapes",
                  "DER:300a8208" + hexadecimal("\x1b[2J\x1b[H\x07")),
        misplaced("2500 other names", many_names(2500)),
    };
    Attack cn{.name = "the right name in the CN and another in the list",
              .identity = forge(with_cn, root()),
              .modes = {VerifyMode::identity},
              .reasons = {TlsReason::name_mismatch},
              .says = "it is for other.example",
              .depth = 0};
    attacks.push_back(cn);
    cn.name = "version 1, with the right name in the CN";
    cn.identity = forge(old, root());
    cn.says = "no name at all";
    attacks.push_back(cn);
    cn.name = "a subject of 30 kB that ends in a terminal escape";
    cn.identity = forge(huge_subject, root());
    cn.says = "…";
    attacks.push_back(cn);
    // A name in the wrong list, for a client that asks for a name.
    for (auto const& [name, names] : std::vector<std::pair<std::string, std::string>>{
             {"the host's name as a mail address", "email:root@db.sealsql.test"},
             {"the host's name as a URI", "URI:mysql://db.sealsql.test/"},
             {"the host's name as an SRV name",
              "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_mysql.db.sealsql.test"},
             {"the host's name as text in an address",
              "DER:3011870f" + hexadecimal("db.sealsql.test")},
             {"a star in place of the domain", "DNS:db.*.test"},
             {"a star in place of all but the last label", "DNS:*.test"},
             {"a name within the host's", "DNS:b.sealsql.test"},
             {"a name that the host's stands in", "DNS:db.sealsql.test.evil.example"},
             {"the name of another script that looks the same",
              "DNS:db.se\xD0\xB0lsql.test"}}) { // a Cyrillic a
        Attack attack = misplaced(name, names);
        attack.ssl.server_name = "db.sealsql.test";
        attack.says = "is not for db.sealsql.test";
        attacks.push_back(attack);
    }

    // More than the handshake takes: refused before it is looked at.
    attacks.push_back(enormous("10,000 names", forge(server(many_names(10'000)), root())));
    Forgery padded = with(server(), {"1.3.6.1.4.1.99999.3", "DER:" + std::string(300'000, '0')});
    attacks.push_back(enormous("a certificate of 150 kB", forge(padded, root())));
    Identity crowd = forge(server(), root());
    for (int i = 0; i < 300; ++i)
        crowd.chain_pem += root().certificate_pem;
    attacks.push_back(enormous("300 certificates", crowd));
    return attacks;
}

Table const ready_made_table{"certificates, ready-made", 18, ready_made};
Table const chain_table{"certificates, chains", 35, chains};
Table const name_table{"certificates, uses and names", 40, uses_and_names};

} // namespace

TEST_CASE("matrix: ready-made bad certificates", "[hostile]") { ready_made_table.run(); }
TEST_CASE("matrix: bad chains", "[hostile]") { chain_table.run(); }
TEST_CASE("matrix: wrong uses and names", "[hostile]") { name_table.run(); }

TEST_CASE("matrix: what is odd and good is accepted", "[hostile]")
{
    // Or the rows above might be refused for whatever reason.
    auto const of_key = [](std::string key) {
        Forgery forgery = server();
        forgery.key = std::move(key);
        return forge(forgery, root());
    };
    Identity twice = of_key("P-256");
    twice.chain_pem = twice.certificate_pem + twice.certificate_pem;
    Identity crowd = of_key("P-256");
    for (int i = 0; i < 100; ++i)
        crowd.chain_pem += root().certificate_pem;
    Identity with_root = below_intermediate(authority("a good CA"));
    with_root.chain_pem += root().certificate_pem;
    std::vector<std::pair<std::string, Identity>> const rows{
        {"P-256", of_key("P-256")},
        {"P-384", of_key("P-384")},
        {"P-521", of_key("P-521")},
        {"Ed25519", of_key("ED25519")},
        {"RSA-2048", of_key("RSA2048")},
        {"RSA-3072", of_key("RSA3072")},
        {"the server's own certificate three times", twice},
        {"100 certificates that nobody needs", crowd},
        {"an intermediate and the root", with_root},
        {"a CA for these names",
         below_intermediate(with(authority("a CA for this host"),
                                 {"nameConstraints", "critical,permitted;DNS:localhost,permitted;"
                                                     "DNS:sealsql.test,permitted;IP:127.0.0.0/"
                                                     "255.0.0.0"}))},
        {"an extension that nobody knows and nobody has to",
         forge(with(server(), {"1.3.6.1.4.1.99999.1", "DER:0500"}), root())},
        {"no word on what it is for", forge(without(server(), "extendedKeyUsage"), root())},
        {"1000 names, the last of them right",
         forge(server(many_names(1000) + ",IP:127.0.0.1"), root())},
    };
    for (auto const& [name, identity] : rows) {
        ScriptedServer server{steps::logged_in(identity) + Script{steps::serve()}};
        Outcome const outcome = attack(server, careful(server));
        INFO(name << "\n" << outcome.describe());
        CHECK(outcome.connected);
    }
}
