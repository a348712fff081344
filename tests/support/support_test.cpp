// The self-check of the test support: a client of our own (sockets and OpenSSL, nothing of sealsql)
// against the scripted server and the proxy. A test tool that does not see an attack would make
// every hostile test pass.

#include "catch.hpp"

#include "certificates.hpp"
#include "mysql_wire.hpp"
#include "scripted_server.hpp"
#include "soon.hpp"
#include "tcp_proxy.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace t = sealsql::testing;
namespace wire = sealsql::testing::wire;
using namespace std::chrono_literals;
using namespace sealsql::testing::steps;

namespace {

t::TestPki& pki() { return t::TestPki::shared(); }

// Says why a certificate is refused, or "ok", in the strictest way that OpenSSL offers.
std::string verdict(t::Identity const& identity, std::string const& trust_pem,
                    std::string const& host)
{
    auto const read_all = [](std::string const& pem) {
        STACK_OF(X509)* stack = sk_X509_new_null();
        BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        while (X509* next = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr))
            sk_X509_push(stack, next);
        BIO_free(bio);
        ERR_clear_error();
        return stack;
    };
    STACK_OF(X509)* leaf = read_all(identity.certificate_pem);
    STACK_OF(X509)* chain = read_all(identity.chain_pem);
    STACK_OF(X509)* trust = read_all(trust_pem);
    X509_STORE* store = X509_STORE_new();
    for (int i = 0; i < sk_X509_num(trust); ++i)
        X509_STORE_add_cert(store, sk_X509_value(trust, i));
    X509_STORE_CTX* context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, sk_X509_value(leaf, 0), chain);
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(parameters, 2);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1)
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0);
    bool const good = X509_verify_cert(context) == 1;
    const std::string text =
        good ? "ok" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    ERR_clear_error();
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    for (auto* stack : {leaf, chain, trust})
        sk_X509_pop_free(stack, X509_free);
    return text;
}

struct ClientClosed {};

// A client that speaks as it is told. Every wait is limited.
class Client {
public:
    Client(std::string const& address, std::uint16_t port)
        : socket_(t::detail::connect_to(address, port))
    {
    }
    explicit Client(t::ScriptedServer const& server) : Client(server.address(), server.port()) {}

    ~Client()
    {
        if (ssl_)
            SSL_set_shutdown(ssl_.get(),
                             SSL_SENT_SHUTDOWN |
                                 SSL_RECEIVED_SHUTDOWN); // or SSL_free spoils the session
    }
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    void send(std::string const& bytes)
    {
        if (!ssl_)
            return send_wire(bytes);
        if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
            throw ClientClosed();
        flush();
    }

    // Everything that one recv brings, so that a test can see what shares a segment.
    std::string receive_some()
    {
        std::array<char, 65536> buffer;
        for (;;) {
            if (ssl_) {
                int const size =
                    SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
                if (size > 0)
                    return {buffer.data(), static_cast<std::size_t>(size)};
                flush();
                if (SSL_get_error(ssl_.get(), size) != SSL_ERROR_WANT_READ)
                    throw ClientClosed();
            }
            const std::string bytes = receive_wire();
            if (!ssl_)
                return bytes;
            BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
        }
    }

    std::string receive(std::size_t size)
    {
        while (input_.size() < size)
            input_ += receive_some();
        const std::string bytes = input_.substr(0, size);
        input_.erase(0, size);
        return bytes;
    }

    // Sequence number and payload.
    std::string receive_packet()
    {
        const std::string head = receive(4);
        sequence = static_cast<std::uint8_t>(head[3]);
        return receive(static_cast<std::size_t>(wire::read_little_endian(head, 0, 3)));
    }

    // "" when the handshake is done, or OpenSSL's word for what went wrong.
    std::string start_tls(std::string const& trust_pem = {}, std::string const& sni = {},
                          int max_version = 0, t::Identity const* own = nullptr)
    {
        send(wire::ssl_request());
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        if (max_version != 0)
            SSL_CTX_set_max_proto_version(context_.get(), max_version);
        if (!trust_pem.empty()) {
            BIO* bio = BIO_new_mem_buf(trust_pem.data(), static_cast<int>(trust_pem.size()));
            X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate);
            X509_free(certificate);
            BIO_free(bio);
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        if (own != nullptr) {
            BIO* bio = BIO_new_mem_buf(own->certificate_pem.data(), -1);
            X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
            SSL_CTX_use_certificate(context_.get(), certificate);
            X509_free(certificate);
            BIO_free(bio);
            bio = BIO_new_mem_buf(own->key_pem.data(), -1);
            EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
            SSL_CTX_use_PrivateKey(context_.get(), key);
            EVP_PKEY_free(key);
            BIO_free(bio);
        }
        std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), SSL_free);
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        if (!sni.empty())
            SSL_set_tlsext_host_name(ssl.get(), sni.c_str());
        if (session)
            SSL_set_session(ssl.get(), session.get());
        BIO_write(SSL_get_rbio(ssl.get()), input_.data(), static_cast<int>(input_.size()));
        input_.clear();
        for (;;) {
            int const result = SSL_connect(ssl.get());
            int const error = result == 1 ? 0 : SSL_get_error(ssl.get(), result);
            char const* reason = ERR_reason_error_string(ERR_peek_last_error());
            const std::string text =
                error == SSL_ERROR_SSL ? (reason != nullptr ? reason : "?") : "";
            ERR_clear_error();
            flush(ssl.get());
            if (result == 1)
                break;
            if (error != SSL_ERROR_WANT_READ)
                return text;
            const std::string bytes = receive_wire();
            BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
        }
        ssl_ = std::move(ssl);
        return "";
    }

    // Greeting, TLS, login; the answer to the login.
    std::string log_in()
    {
        static_cast<void>(receive_packet());
        const std::string trouble = start_tls(pki().trust_pem());
        if (!trouble.empty())
            throw std::runtime_error(trouble); // not REQUIRE: this also runs in threads
        send(wire::login(2, "alice", "secret-scramble"));
        return receive_packet();
    }

    void keep_session() { session.reset(SSL_get1_session(ssl_.get()), SSL_SESSION_free); }
    bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

    void close() { socket_.reset(); }

    // Whether the other side has closed; whatever comes before is thrown away.
    bool ends()
    {
        try {
            for (;;)
                static_cast<void>(receive_some());
        } catch (ClientClosed const&) {
            return true;
        }
    }

    // Whether nothing comes for a while.
    bool silent_for(std::chrono::milliseconds duration)
    {
        return t::detail::wait_for(socket_.number(), POLLIN, never_,
                                   t::detail::Clock::now() + duration) ==
               t::detail::Readiness::timed_out;
    }

    std::string receive_wire()
    {
        std::array<char, 65536> buffer;
        if (t::detail::wait_for(socket_.number(), POLLIN, never_, t::detail::Clock::now() + 10s) !=
            t::detail::Readiness::ready)
            throw std::runtime_error("the server says nothing");
        auto const size = ::recv(socket_.number(), buffer.data(), buffer.size(), 0);
        if (size <= 0)
            throw ClientClosed();
        return {buffer.data(), static_cast<std::size_t>(size)};
    }

    std::uint8_t sequence = 0;
    std::shared_ptr<SSL_SESSION> session;

private:
    void send_wire(std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto const sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0)
                throw ClientClosed();
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    void flush(SSL* ssl)
    {
        char* data = nullptr;
        long const size = BIO_get_mem_data(SSL_get_wbio(ssl), &data);
        const std::string bytes(data, size > 0 ? static_cast<std::size_t>(size) : 0);
        [[maybe_unused]] auto const emptied = BIO_reset(SSL_get_wbio(ssl));
        send_wire(bytes);
    }
    void flush() { flush(ssl_.get()); }

    t::detail::Descriptor socket_;
    t::detail::Signal never_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
    std::string input_;
};

// Waits for what will come to be so, however slow the machine.
template <class Condition>
bool eventually(Condition condition)
{
    auto const until = t::detail::Clock::now() + 10s;
    while (!condition()) {
        if (t::detail::Clock::now() > until)
            return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

// How long something takes, so that "quickly" is tested too.
template <class Work>
std::chrono::milliseconds time_of(Work work)
{
    auto const start = t::detail::Clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(t::detail::Clock::now() - start);
}

} // namespace

// ---- certificates
// --------------------------------------------------------------------------------------------------

TEST_CASE("good certificates are good", "[support][certificates]")
{
    for (auto const& each : pki().accepted_cases()) {
        INFO(each.name);
        for (const std::string host : {"127.0.0.1", "::1", "localhost", "db.sealsql.test"})
            CHECK(verdict(each.identity, each.trust_pem, host) == "ok");
    }
    CHECK(verdict(pki().good_wildcard(), pki().trust_pem(), "db.sealsql.test") == "ok");
    CHECK(verdict(pki().good_wildcard(), pki().trust_pem(), "localhost") != "ok");
}

TEST_CASE("bad certificates are bad, each in its own way", "[support][certificates]")
{
    for (auto const& each : pki().refused_cases()) {
        INFO(each.name << ": " << each.reason);
        for (const std::string host : {"127.0.0.1", "localhost", "db.sealsql.test"})
            CHECK(verdict(each.identity, each.trust_pem, host) != "ok");
    }
    auto const why = [](t::Identity const& identity) {
        return verdict(identity, pki().trust_pem(), "127.0.0.1");
    };
    CHECK(why(pki().other_authority()) ==
          X509_verify_cert_error_string(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
    CHECK(why(pki().self_signed()) ==
          X509_verify_cert_error_string(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT));
    CHECK(why(pki().expired()) == X509_verify_cert_error_string(X509_V_ERR_CERT_HAS_EXPIRED));
    CHECK(why(pki().not_yet_valid()) ==
          X509_verify_cert_error_string(X509_V_ERR_CERT_NOT_YET_VALID));
    for (auto const* identity :
         {&pki().wrong_name(), &pki().wrong_ip(), &pki().cn_only(), &pki().ip_in_dns_name(),
          &pki().partial_wildcard(), &pki().bare_wildcard(), &pki().embedded_nul()})
        CHECK(why(*identity) == X509_verify_cert_error_string(X509_V_ERR_IP_ADDRESS_MISMATCH));
    CHECK(why(pki().wrong_purpose()) == X509_verify_cert_error_string(X509_V_ERR_INVALID_PURPOSE));
    CHECK(why(pki().weak_key()) == X509_verify_cert_error_string(X509_V_ERR_EE_KEY_TOO_SMALL));
    CHECK(why(pki().weak_digest()) == X509_verify_cert_error_string(X509_V_ERR_CA_MD_TOO_WEAK));
    CHECK(why(pki().missing_intermediate()) ==
          X509_verify_cert_error_string(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
    CHECK(why(pki().issued_by_leaf()) == X509_verify_cert_error_string(X509_V_ERR_INVALID_CA));
    CHECK(verdict(pki().under_expired_authority(), pki().expired_authority().certificate_pem(),
                  "127.0.0.1") == X509_verify_cert_error_string(X509_V_ERR_CERT_HAS_EXPIRED));
    CHECK(t::to_der(pki().embedded_nul().certificate_pem)
              .find(std::string("localhost\0.other.example", 24)) != std::string::npos);
}

TEST_CASE("formats and files", "[support][certificates]")
{
    auto const& good = pki().good();
    CHECK(t::to_der(good.certificate_pem).substr(0, 1) == "\x30");
    CHECK(t::to_pkcs12(good, "secret").substr(0, 1) == "\x30");
    CHECK(t::to_pkcs7(good.certificate_pem + pki().trust_pem()).find("BEGIN PKCS7") !=
          std::string::npos);
    CHECK(t::encrypt_key(good.key_pem, "secret").find("BEGIN ENCRYPTED PRIVATE KEY") !=
          std::string::npos);
    CHECK(t::sha256_of_certificate(good.certificate_pem).size() == 64);
    CHECK(t::sha256_of_public_key(good.certificate_pem).size() == 64);
    CHECK(pki().trusted().revocation_list({good}).find("BEGIN X509 CRL") != std::string::npos);

    std::filesystem::path where;
    {
        const t::TemporaryDirectory directory;
        where = directory.path();
        auto const files = t::write_pem_files(directory, "server", pki().via_intermediate());
        auto const trust = t::write_pem_file(directory, "ca.pem", pki().trust_pem());
        std::ifstream stream(files.certificate);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        CHECK(text == pki().via_intermediate().full_chain_pem());
        CHECK((std::filesystem::status(files.key).permissions() & std::filesystem::perms::all) ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        CHECK(std::filesystem::exists(trust));
    }
    CHECK(!std::filesystem::exists(where));
}

// ---- wire
// ----------------------------------------------------------------------------------------------------------

TEST_CASE("bytes of the wire", "[support][wire]")
{
    using namespace std::string_literals;
    CHECK(wire::lenenc(250) == "\xfa");
    CHECK(wire::lenenc(251) == "\xfc\xfb\x00"s);
    CHECK(wire::lenenc(65536) == "\xfd\x00\x00\x01"s);
    CHECK(wire::lenenc(1U << 24U) == "\xfe\x00\x00\x00\x01\x00\x00\x00\x00"s);
    CHECK(wire::packet(3, "ab") == "\x02\x00\x00\x03"s + "ab");
    CHECK(wire::packet(0, std::string(wire::largest_payload, 'x')).size() ==
          wire::largest_payload + 8);
    CHECK(wire::ok() == "\x00\x00\x00\x02\x00\x00\x00"s);
    CHECK(wire::error(1045, "28000", "no") == "\xff\x15\x04#28000no"s);
    CHECK(wire::text_row({"a", std::nullopt}) == "\x01"s + "a\xfb");
    CHECK(wire::binary_row(2, "x", {1}) == "\x00\x08x"s);
    CHECK(wire::ssl_request().size() == wire::ssl_request_size);

    wire::GreetingOptions short_one;
    short_one.payload_size = 20;
    CHECK(wire::greeting_packet(short_one).size() == 24);
    CHECK(wire::greeting_packet(short_one)[0] == 20);
    const std::string whole = wire::greeting_packet();
    wire::GreetingOptions cut;
    cut.wire_size = 20;
    CHECK(wire::greeting_packet(cut) == whole.substr(0, 20));
    CHECK(
        whole.size() -
            wire::greeting_packet(wire::GreetingOptions{}.without(wire::capability::ssl)).size() ==
        0);
}

TEST_CASE("what counts as more than asking for TLS", "[support][wire]")
{
    using namespace std::string_literals;
    const std::string request = wire::ssl_request();
    CHECK_FALSE(wire::says_more_than_ssl_request(""));
    CHECK_FALSE(wire::says_more_than_ssl_request(request));
    CHECK_FALSE(wire::says_more_than_ssl_request(request + "\x16\x03\x01\x00\x02xx"s));
    CHECK_FALSE(wire::says_more_than_ssl_request(request +
                                                 "\x16\x03\x01\x00\x02xx\x15\x03\x03\x00\x02xx"s));
    CHECK(wire::says_more_than_ssl_request(request + "\x17\x03\x03\x00\x02xx"s));
    CHECK_FALSE(wire::says_more_than_ssl_request(request + "\x17\x03\x03\x00\x02xx"s, true));
    CHECK(wire::says_more_than_ssl_request(request + wire::login(2, "alice", "x")));
    CHECK(wire::says_more_than_ssl_request(wire::login(1, "alice", "x")));
    CHECK(wire::says_more_than_ssl_request(
        wire::ssl_request(wire::capability::usual & ~wire::capability::ssl)));
    CHECK(wire::says_more_than_ssl_request("x"));
}

// ---- scripted server
// -----------------------------------------------------------------------------------------------

TEST_CASE("a whole honest session", "[support][server]")
{
    auto const address = GENERATE(as<std::string>(), "127.0.0.1", "127.0.0.2", "::1");
    t::ScriptedServer server(
        logged_in(pki().good()) +
            t::Script{
                serve({{"SELECT",
                        {result_set({{{"id"}, {"name"}}, {{"1", "ann"}, {"2", std::nullopt}}})}}})},
        {.address = address});
    Client client(server);
    CHECK(client.log_in() == wire::ok());
    CHECK(client.sequence == 3);
    client.send(wire::command_packet(wire::command::query, "SET NAMES utf8mb4"));
    CHECK(client.receive_packet() == wire::ok());
    client.send(wire::command_packet(wire::command::query, "SELECT id, name FROM t"));
    CHECK(client.receive_packet() == "\x02");
    CHECK(client.receive_packet() == wire::column_definition({"id"}));
    CHECK(client.receive_packet() == wire::column_definition({"name"}));
    CHECK(client.receive_packet() == wire::eof());
    CHECK(client.receive_packet() == wire::text_row({"1", "ann"}));
    CHECK(client.receive_packet() == wire::text_row({"2", std::nullopt}));
    CHECK(client.receive_packet() == wire::eof());
    CHECK(client.sequence == 7);
    client.send(wire::command_packet(wire::command::quit));
    client.close();

    auto const seen = server.finish();
    INFO(seen.describe());
    CHECK(seen.connected);
    CHECK(seen.tls_finished);
    CHECK(seen.tls_version == "TLSv1.3");
    CHECK(seen.ended == t::Ended::script_finished);
    CHECK(seen.received_plain == wire::ssl_request());
    CHECK(seen.login_bytes_received());
    CHECK(seen.contains("alice"));
    CHECK_FALSE(seen.contains_in_plain("alice"));
    CHECK(seen.logins.size() == 1);
    CHECK(seen.commands.size() == 3);
}

TEST_CASE("TLS taken out of the greeting: what is said in plaintext is seen", "[support][server]")
{
    t::ScriptedServer server({greeting(wire::stripped()), expect_login(),
                              auth_switch("mysql_clear_password"), expect_auth_reply(), ok()});
    Client client(server);
    const std::string payload = client.receive_packet();
    const std::size_t capabilities = payload.find('\0') + 1 + 4 + 9;
    CHECK((wire::read_little_endian(payload, capabilities, 2) & wire::capability::ssl) == 0);
    client.send(wire::login(1, "alice", "scramble"));
    CHECK(client.receive_packet().substr(0, 21) == "\xfemysql_clear_password");
    client.send(wire::packet(3, wire::nul_string("open sesame")));
    CHECK(client.receive_packet() == wire::ok());
    CHECK(client.sequence == 4);
    client.close();
    auto const seen = server.finish();
    CHECK(seen.login_bytes_received());
    CHECK(seen.contains_in_plain("open sesame"));
    CHECK(seen.auth_replies == std::vector<std::string>{wire::nul_string("open sesame")});
}

TEST_CASE("a client that leaves without a word is not accused", "[support][server]")
{
    t::ScriptedServer server({greeting(wire::stripped()), expect_login()});
    {
        Client client(server);
        static_cast<void>(client.receive_packet());
    }
    auto const seen = server.finish();
    CHECK(seen.connected);
    CHECK(seen.ended == t::Ended::client_closed);
    CHECK(seen.ended_in == "expect_login");
    CHECK_FALSE(seen.login_bytes_received());
    CHECK(seen.received_plain.empty());
}

TEST_CASE("injection in the greeting's segment and in its own", "[support][server]")
{
    const std::string forged = wire::packet(2, wire::ok());
    {
        t::ScriptedServer server(
            {greeting_and(forged), start_tls(pki().good()), expect_login(), ok()});
        Client client(server);
        CHECK(client.receive_some() == wire::greeting_packet() + forged);
        CHECK(client.start_tls() == "");
        client.close();
        CHECK(server.finish().tls_finished);
    }
    {
        t::ScriptedServer server({greeting(), inject_plain(forged), start_tls(pki().good())});
        Client client(server);
        // Not "in two pieces": a slow machine may read both at once.
        std::string const both = wire::greeting_packet() + forged;
        CHECK(client.receive(both.size()) == both);
    }
}

TEST_CASE("an error before TLS", "[support][server]")
{
    t::ScriptedServer server({error(1130, "HY000", "\x1b[2Jyou are not allowed"), close()});
    Client client(server);
    CHECK(client.receive_packet() == wire::error(1130, "HY000", "\x1b[2Jyou are not allowed"));
    CHECK(client.sequence == 0);
    CHECK(client.ends());
    CHECK(server.finish().ended == t::Ended::script_finished);
}

TEST_CASE("what the server learns from the handshake", "[support][server]")
{
    t::TlsOptions tls;
    tls.max_version = t::TlsVersion::tls1_2;
    tls.ask_for_certificate = true;
    t::ScriptedServer server({greeting(), start_tls(pki().good(), tls)});
    Client client(server);
    static_cast<void>(client.receive_packet());
    CHECK(client.start_tls(pki().trust_pem(), "db.sealsql.test", 0, &pki().good_client()) == "");
    client.close();
    auto const seen = server.finish();
    CHECK(seen.sni == "db.sealsql.test");
    CHECK(seen.tls_version == "TLSv1.2");
    CHECK(seen.client_certificate_pem == pki().good_client().certificate_pem);
    CHECK(seen.offered_versions == std::vector<std::uint16_t>{0x0304, 0x0303, 0x0302, 0x0301});
    CHECK_FALSE(seen.login_bytes_received());
}

TEST_CASE("a client without SNI, and one that is too old", "[support][server]")
{
    t::TlsOptions tls;
    tls.min_version = t::TlsVersion::tls1_3;
    t::ScriptedServer server({greeting(), start_tls(pki().good(), tls)});
    Client client(server);
    static_cast<void>(client.receive_packet());
    CHECK(client.start_tls({}, {}, TLS1_2_VERSION).find("alert protocol version") !=
          std::string::npos);
    client.close();
    auto const seen = server.finish();
    CHECK(seen.client_hello_seen);
    CHECK_FALSE(seen.tls_finished);
    CHECK(seen.ended == t::Ended::tls_failed);
    CHECK_FALSE(seen.sni);
    CHECK(seen.offered_versions == std::vector<std::uint16_t>{0x0303});
    CHECK_FALSE(seen.login_bytes_received());
}

TEST_CASE("old and weak TLS can be offered", "[support][server]")
{
    t::TlsOptions tls;
    tls.max_version = t::TlsVersion::tls1_0;
    t::ScriptedServer server({greeting(), start_tls(pki().weak_key(), tls)});
    Client client(server);
    static_cast<void>(client.receive_packet());
    CHECK(client.start_tls() == "");
    client.close();
    CHECK(server.finish().tls_version == "TLSv1");
}

TEST_CASE("a refused certificate: the alert is seen, and no login", "[support][server]")
{
    auto const version = GENERATE(t::TlsVersion::tls1_2, t::TlsVersion::tls1_3);
    t::TlsOptions tls;
    tls.max_version = version;
    t::ScriptedServer server(
        {greeting(), start_tls(pki().other_authority(), tls), expect_login(), ok()});
    Client client(server);
    static_cast<void>(client.receive_packet());
    CHECK(client.start_tls(pki().trust_pem()).find("certificate verify failed") !=
          std::string::npos);
    client.close();
    auto const seen = server.finish();
    INFO(seen.describe());
    CHECK_FALSE(seen.tls_finished);
    CHECK(seen.ended == t::Ended::tls_failed);
    CHECK(seen.ended_in == "start_tls");
    CHECK(seen.alert_received(SSL_AD_UNKNOWN_CA));
    CHECK_FALSE(seen.login_bytes_received());
}

TEST_CASE("sessions are resumed between connections that share a step", "[support][server]")
{
    t::ScriptedServer server({greeting(), start_tls(pki().good()), expect_login(), ok()},
                             {.connections = 2});
    std::shared_ptr<SSL_SESSION> session;
    for (bool const second : {false, true}) {
        Client client(server);
        client.session = session;
        CHECK(client.log_in() == wire::ok());
        CHECK(client.resumed() == second);
        client.keep_session();
        session = client.session;
    }
    auto const seen = server.finish_all();
    REQUIRE(seen.size() == 2);
    CHECK_FALSE(seen[0].tls_resumed);
    CHECK(seen[1].tls_resumed);
}

TEST_CASE("a script for each connection", "[support][server]")
{
    t::ScriptedServer server(
        {error(1040, "08004", "Too many connections"), close()},
        {.connections = 3, .then = {t::Script{greeting()}, t::Script{silence()}}});
    Client first(server);
    CHECK(first.receive_packet()[0] == '\xff');
    Client second(server);
    CHECK(second.receive_packet()[0] == '\x0a');
    Client third(server);
    CHECK(third.silent_for(30ms));
    CHECK(server.wait_until_accepted(3));
    CHECK_THROWS(Client(server)); // three were asked for
    CHECK(server.wait_until_ended(1) == true);
    CHECK(time_of([&] { CHECK(server.finish_all(50ms).size() == 3); }) < t::slack);
}

TEST_CASE("garbage and alerts instead of TLS", "[support][server]")
{
    {
        t::ScriptedServer server({greeting(), expect_client_hello(),
                                  send("HTTP/1.0 400 Bad Request\r\n\r\n"), silence()});
        Client client(server);
        static_cast<void>(client.receive_packet());
        CHECK(client.start_tls() == "wrong version number");
        client.close();
        auto const seen = server.finish();
        CHECK_FALSE(seen.login_bytes_received());
        CHECK(seen.received_plain.size() > wire::ssl_request_size + 100);
    }
    {
        t::ScriptedServer server(
            {greeting(), expect_client_hello(), tls_alert(SSL_AD_HANDSHAKE_FAILURE), close()});
        Client client(server);
        static_cast<void>(client.receive_packet());
        CHECK(client.start_tls().find("handshake failure") != std::string::npos);
    }
}

TEST_CASE("silence at every stage", "[support][server]")
{
    for (t::Stage const stage : t::all_stages()) {
        INFO(t::to_string(stage));
        auto server = std::make_unique<t::ScriptedServer>(t::up_to(stage, pki().good()) +
                                                          t::Script{silence()});
        std::atomic<bool> gone{false};
        std::thread client_thread([&, client = std::make_unique<Client>(*server)] {
            try {
                static_cast<void>(client->log_in());
                client->send(wire::command_packet(wire::command::query, "SET a"));
                static_cast<void>(client->receive_packet());
                client->send(wire::command_packet(wire::command::query, "SELECT 1"));
                for (;;)
                    static_cast<void>(client->receive_packet());
            } catch (ClientClosed const&) {
                gone = true;
            } catch (std::exception const&) { // `gone` stays false, which the checks below report
            }
        });
        // The silent server goes on listening: from the handshake on it hears the login, and so on.
        bool const login = stage >= t::Stage::after_handshake;
        bool const query = stage >= t::Stage::after_query;
        CHECK(eventually([&] {
            auto const seen = server->transcript();
            return seen.connected && seen.tls_finished == login &&
                   seen.contains("alice") == login && seen.contains("SELECT 1") == query;
        }));
        CHECK_FALSE(gone);
        CHECK(server->transcript().ended == t::Ended::still_open);
        // A client that waits does not keep the server from stopping.
        CHECK(time_of([&] { server.reset(); }) < t::slack);
        client_thread.join();
        CHECK(gone);
    }
}

TEST_CASE("close and reset at every stage", "[support][server]")
{
    for (bool const hard : {false, true}) {
        for (const t::Stage stage : t::all_stages()) {
            INFO(t::to_string(stage));
            t::ScriptedServer server(t::up_to(stage, pki().good()) +
                                     t::Script{hard ? reset() : close()});
            CHECK_THROWS_AS(
                [&] {
                    Client client(server);
                    static_cast<void>(client.log_in());
                    client.send(wire::command_packet(wire::command::query, "SELECT 1"));
                    for (;;)
                        static_cast<void>(client.receive_packet());
                }(),
                ClientClosed);
            CHECK(server.finish().ended == t::Ended::script_finished);
        }
    }
}

TEST_CASE("dripping", "[support][server]")
{
    {
        t::ScriptedServer server({send_slowly("abcdef", 10ms), close()});
        std::string all;
        auto const took = time_of([&] {
            Client client(server);
            while (all.size() < 6) {
                const auto some = client.receive_some();
                all += some;
            }
        });
        CHECK(all == "abcdef");
        CHECK(took >= 45ms);
    }
    { // the handshake itself, byte by byte, still is one
        t::ScriptedServer server({greeting(), expect_ssl_request(), drip(1ms),
                                  start_tls(pki().good()), drip(0ms), expect_login(), drip(1ms),
                                  ok()});
        Client client(server);
        CHECK(client.log_in() == wire::ok());
        client.close();
        CHECK(server.finish().tls_finished);
    }
}

TEST_CASE("endless things end when the client or the server ends", "[support][server]")
{
    auto const who_ends = GENERATE(as<std::string>(), "client", "server");
    const std::vector<std::pair<std::string, t::Script>> loops{
        {"rows",
         {serve_until("SELECT"), result_head({wire::Column{}}),
          endless_rows(wire::text_row({"x"}))}},
        {"progress", {serve_until("SELECT"), endless_progress()}},
        {"own loop", {serve_until("SELECT"), forever({packet(wire::progress()), pause(1ms)})}},
    };
    for (auto const& [name, loop] : loops) {
        INFO(name);
        t::ScriptedServer server(logged_in(pki().good()) + loop);
        Client client(server);
        static_cast<void>(client.log_in());
        client.send(wire::command_packet(wire::command::query, "SELECT 1"));
        for (int i = 0; i < 50; ++i)
            static_cast<void>(client.receive_packet());
        if (who_ends == "client") {
            client.close();
            CHECK(server.finish().ended == t::Ended::client_closed);
        } else {
            std::this_thread::sleep_for(50ms); // now it is blocked, since nobody reads
            CHECK(time_of([&] { CHECK(server.finish(10ms).ended == t::Ended::stopped); }) <
                  t::slack);
        }
    }
    t::ScriptedServer server(
        {greeting(), start_tls(pki().good()), expect_login(), endless_auth_switch("dialog")});
    Client client(server);
    CHECK(client.log_in().substr(0, 7) == "\xfe"
                                          "dialog");
    for (int i = 0; i < 300; ++i) {
        client.send(wire::packet(static_cast<std::uint8_t>(client.sequence + 1), "again"));
        CHECK(client.receive_packet()[0] == '\xfe');
    }
    client.close();
    CHECK(server.finish().auth_replies.size() == 300);
}

TEST_CASE("asking for a file", "[support][server]")
{
    t::ScriptedServer server(logged_in(pki().good()) + t::Script{serve_until("LOAD"),
                                                                 local_infile("/etc/%s%n"),
                                                                 expect_file(), ok()});
    Client client(server);
    static_cast<void>(client.log_in());
    client.send(wire::command_packet(wire::command::query, "LOAD DATA LOCAL"));
    CHECK(client.receive_packet() == "\xfb/etc/%s%n");
    client.send(wire::packet(2, "root:") + wire::packet(3, "x") + wire::packet(4, ""));
    CHECK(client.receive_packet() == wire::ok());
    CHECK(client.sequence == 5);
    client.close();
    CHECK(server.finish().files == std::vector<std::string>{"root:x"});
}

TEST_CASE("prepared statements are answered", "[support][server]")
{
    t::ScriptedServer server(logged_in(pki().good()) +
                             t::Script{serve({{"SELECT", {prepare_ok(7, 1, {wire::Column{}})}}})});
    Client client(server);
    static_cast<void>(client.log_in());
    client.send(wire::command_packet(wire::command::stmt_prepare, "INSERT INTO t VALUES (?, ?)"));
    CHECK(client.receive_packet() == wire::prepare_ok(1, 0, 2));
    for (int i = 0; i < 2; ++i)
        CHECK(client.receive_packet() == wire::column_definition({"?"}));
    CHECK(client.receive_packet() == wire::eof());
    client.send(wire::command_packet(wire::command::stmt_close, "1234") +
                wire::command_packet(wire::command::stmt_prepare, "SELECT ?"));
    CHECK(client.receive_packet() == wire::prepare_ok(7, 1, 1));
    for (int i = 0; i < 4; ++i)
        static_cast<void>(client.receive_packet());
    client.close();
    CHECK(server.finish().commands.size() == 3);
}

TEST_CASE("what the script did not foresee ends it", "[support][server]")
{
    {
        t::ScriptedServer server({greeting(), start_tls(pki().good())});
        Client client(server);
        static_cast<void>(client.receive_packet());
        client.send(wire::login(1, "alice", "x"));
        CHECK(client.ends());
        client.close();
        auto const seen = server.finish();
        CHECK(seen.ended == t::Ended::unexpected);
        CHECK(seen.login_bytes_received());
        CHECK(seen.contains_in_plain("alice"));
    }
    {
        t::ScriptedServer server({[](t::Session&) { throw std::runtime_error("oh"); }});
        Client client(server);
        CHECK(client.ends());
        client.close();
        CHECK(server.finish().detail == "oh");
    }
    {
        t::ScriptedServer server({silence()}, {.session_limit = 50ms});
        Client client(server);
        CHECK(client.ends());
        CHECK(server.finish().ended == t::Ended::timed_out);
    }
    {
        t::ScriptedServer server({greeting()});
        CHECK_FALSE(server.finish().connected); // nobody came
    }
}

TEST_CASE("words that come with the end are heard", "[support][server]")
{
    t::ScriptedServer server(
        {greeting(), start_tls(pki().good()), expect_login(), pause(50ms), ok(), serve()});
    Client client(server);
    static_cast<void>(client.receive_packet());
    CHECK(client.start_tls() == "");
    client.send(wire::login(2, "alice", "x") +
                wire::command_packet(wire::command::query, "late words"));
    client.close();
    auto const seen = server.finish();
    INFO(seen.describe());
    CHECK(seen.contains("late words"));
}

// ---- proxy
// ---------------------------------------------------------------------------------------------------------

TEST_CASE("the proxy forwards TLS untouched", "[support][proxy]")
{
    t::ScriptedServer server(logged_in(pki().good()) + t::Script{serve()});
    t::TcpProxy proxy({.server_port = server.port()});
    Client client(proxy.address(), proxy.port());
    CHECK(client.log_in() == wire::ok());
    client.close();
    auto const went_through = proxy.finish();
    CHECK(went_through.client_closed);
    CHECK_FALSE(went_through.plaintext_login_received());
    CHECK_FALSE(went_through.contains("alice"));
    CHECK(went_through.from_server.substr(0, wire::greeting_packet().size()) ==
          wire::greeting_packet());
    CHECK(server.finish().contains("alice"));
}

TEST_CASE("the proxy strips TLS", "[support][proxy]")
{
    t::ScriptedServer server({greeting(), expect_login(), ok()});
    t::TcpProxy proxy({.server_port = server.port(), .strip_tls = true});
    Client client(proxy.address(), proxy.port());
    CHECK(client.receive_some() == wire::greeting_packet(wire::stripped()));
    client.send(wire::login(1, "alice", "x"));
    CHECK(client.receive_packet() == wire::ok());
    client.close();
    auto const went_through = proxy.finish();
    CHECK(went_through.plaintext_login_received());
    CHECK(went_through.contains("alice"));
}

TEST_CASE("the proxy injects", "[support][proxy]")
{
    const std::string forged = wire::packet(2, wire::ok());
    t::ScriptedServer server({greeting(), silence()}, {.connections = 2});
    {
        t::TcpProxy proxy({.server_port = server.port(), .inject_after_greeting = forged});
        Client client(proxy.address(), proxy.port());
        CHECK(client.receive_some() == wire::greeting_packet() + forged);
    }
    t::TcpProxy proxy({.server_port = server.port(), .inject_in_own_segment = forged});
    Client client(proxy.address(), proxy.port());
    std::string const both = wire::greeting_packet() + forged;
    CHECK(client.receive(both.size()) == both);
}

TEST_CASE("the proxy stalls, drops and refuses", "[support][proxy]")
{
    t::ScriptedServer server(logged_in(pki().good()) + t::Script{serve()}, {.connections = 2});
    t::TcpProxy proxy({.server_port = server.port()});
    Client client(proxy.address(), proxy.port());
    CHECK(client.log_in() == wire::ok());
    proxy.stall(true);
    client.send(wire::command_packet(wire::command::ping));
    CHECK(client.silent_for(60ms));
    proxy.stall(false);
    CHECK(client.receive_packet() == wire::ok());
    proxy.drop_connections(GENERATE(false, true));
    CHECK(client.ends());
    Client again(proxy.address(), proxy.port());
    CHECK(again.log_in() == wire::ok());
    proxy.refuse(true);
    CHECK(Client(proxy.address(), proxy.port()).ends());
    CHECK(time_of([&] { proxy.finish(20ms); }) < t::slack);
}

TEST_CASE("the proxy carries much in both directions", "[support][proxy]")
{
    t::ScriptedServer server(
        logged_in(pki().good()) +
        t::Script{serve_until("SELECT"), endless_rows(std::string(1000, 'r'), 8'000'000)});
    t::TcpProxy proxy({.server_port = server.port()});
    Client client(proxy.address(), proxy.port());
    static_cast<void>(client.log_in());
    client.send(wire::command_packet(wire::command::query, "SELECT"));
    for (int i = 0; i < 7000; ++i) {
        if (client.receive_packet() != std::string(1000, 'r'))
            FAIL("row " << i);
    }
    client.close();
    CHECK(proxy.finish().from_server.size() > 7'000'000);
}
