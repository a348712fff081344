#include "scripted_server.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace sealsql::testing {

// ---- sockets
// -------------------------------------------------------------------------------------------------------

namespace detail {

namespace {

[[noreturn]] void fail_with_errno(char const* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress socket_address(std::string const& text, std::uint16_t port)
{
    SocketAddress address;
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.size = sizeof(sockaddr_in);
        return address;
    }
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.size = sizeof(sockaddr_in6);
        return address;
    }
    throw std::runtime_error("not a numeric address: " + text);
}

void no_delay(int socket) noexcept
{
    int const on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // a step is a segment
}

} // namespace

void Descriptor::reset() noexcept
{
    if (number_ >= 0)
        ::close(number_);
    number_ = -1;
}

Signal::Signal() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!event_)
        fail_with_errno("eventfd");
}

void Signal::raise() noexcept
{
    raised_.store(true, std::memory_order_relaxed);
    const std::uint64_t one = 1;
    [[maybe_unused]] auto const written = ::write(event_.number(), &one, sizeof one);
}

Readiness wait_for(int number, short events, Signal const& signal, Clock::time_point until)
{
    for (;;) {
        auto const left =
            std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        std::array<pollfd, 2> entries{pollfd{signal.number(), POLLIN, 0},
                                      pollfd{number, events, 0}};
        int const timeout = static_cast<int>(std::clamp<decltype(left)>(left, 0, 1'000'000));
        int const found = poll(entries.data(), entries.size(), timeout);
        if (found < 0 && errno != EINTR)
            fail_with_errno("poll");
        if (found > 0 && entries[0].revents != 0)
            return Readiness::signalled;
        if (found > 0 && entries[1].revents != 0)
            return Readiness::ready;
        if (Clock::now() >= until)
            return Readiness::timed_out;
    }
}

namespace {

/// Whether no server of this process had it yet.
bool is_first_with(std::uint16_t port)
{
    static std::mutex mutex;
    static std::set<std::uint16_t> used;
    std::lock_guard const lock{mutex};
    return used.insert(port).second;
}

Descriptor listen_once(std::string const& address, std::uint16_t& port)
{
    SocketAddress bound = socket_address(address, port);
    Descriptor socket(
        ::socket(bound.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        fail_with_errno("socket");
    if (bind(socket.number(), bound.get(), bound.size) != 0)
        fail_with_errno("bind");
    if (listen(socket.number(), 64) != 0)
        fail_with_errno("listen");
    if (getsockname(socket.number(), bound.get(), &bound.size) != 0)
        fail_with_errno("getsockname");
    port = ntohs(bound.storage.ss_family == AF_INET
                     ? reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port
                     : reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
    return socket;
}

} // namespace

Descriptor listen_on(std::string const& address, std::uint16_t& port)
{
    bool const may_choose = port == 0;
    std::vector<Descriptor> passed_over; // held, so that they are not given out again
    for (;;) {
        Descriptor socket = listen_once(address, port);
        // The library keeps TLS sessions by address and port: those of a server that is gone are none of the next one's.
        if (is_first_with(port) || !may_choose || passed_over.size() == 1000)
            return socket;
        passed_over.push_back(std::move(socket));
        port = 0;
    }
}

Descriptor connect_to(std::string const& address, std::uint16_t port)
{
    SocketAddress peer = socket_address(address, port);
    Descriptor socket(::socket(peer.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        fail_with_errno("socket");
    if (connect(socket.number(), peer.get(), peer.size) != 0)
        fail_with_errno("connect");
    int on = 1;
    if (ioctl(socket.number(), FIONBIO, &on) != 0)
        fail_with_errno("ioctl");
    no_delay(socket.number());
    return socket;
}

Descriptor accept_from(Descriptor const& listener)
{
    Descriptor socket(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket)
        no_delay(socket.number());
    return socket;
}

void reset_on_close(Descriptor const& socket) noexcept
{
    const linger now{1, 0};
    setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

} // namespace detail

// ---- transcript
// ----------------------------------------------------------------------------------------------------

std::string_view to_string(Ended ended) noexcept
{
    switch (ended) {
    case Ended::still_open:
        return "still open";
    case Ended::script_finished:
        return "script finished";
    case Ended::client_closed:
        return "client closed";
    case Ended::tls_failed:
        return "TLS failed";
    case Ended::unexpected:
        return "unexpected";
    case Ended::timed_out:
        return "timed out";
    case Ended::stopped:
        return "stopped";
    }
    return "?";
}

bool Transcript::login_bytes_received() const
{
    return !received_tls.empty() || wire::says_more_than_ssl_request(received_plain);
}

bool Transcript::contains(std::string_view needle) const
{
    return received_plain.find(needle) != std::string::npos ||
           received_tls.find(needle) != std::string::npos;
}

bool Transcript::contains_in_plain(std::string_view needle) const
{
    return received_plain.find(needle) != std::string::npos;
}

bool Transcript::alert_received(int description) const
{
    return std::any_of(alerts.begin(), alerts.end(),
                       [&](TlsAlert const& alert) { return alert.description == description; });
}

std::string Transcript::describe() const
{
    std::ostringstream text;
    text << "connection: " << (connected ? to_string(ended) : "none came") << " in '" << ended_in
         << "' " << detail;
    text << "\nplain (" << received_plain.size() << "): " << wire::printable(received_plain);
    text << "\nTLS (" << received_tls.size() << "): " << wire::printable(received_tls);
    text << "\nhandshake: "
         << (tls_finished ? tls_version + " " + tls_cipher + (tls_resumed ? " resumed" : "")
                          : "not finished")
         << ", SNI " << sni.value_or("none");
    for (auto const& alert : alerts)
        text << ", alert " << alert.description << " (" << alert.text << ")";
    return text.str();
}

// ---- session
// -------------------------------------------------------------------------------------------------------

namespace {

// How a script ends early. Not derived from std::exception, so that a custom step cannot catch them
// by accident.
struct ScriptEnd {
    Ended how;
    std::string detail;
};

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept
    {
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN |
                                  SSL_RECEIVED_SHUTDOWN); // or the session could not be resumed
        SSL_free(ssl);
    }
};

std::string tls_error_text()
{
    unsigned long const code = ERR_peek_error();
    char const* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    std::string text = reason != nullptr ? reason : "TLS failed";
    ERR_clear_error();
    return text;
}

// Written by the session's thread, read by the test's.
struct Record {
    std::mutex mutex;
    Transcript transcript;
};

constexpr auto forever_from_now = std::chrono::hours(24);
constexpr auto linger_after_failure = std::chrono::seconds(2);

} // namespace

struct SessionState {
    SessionState(detail::Descriptor accepted, detail::Signal const& stop_signal, Record& where,
                 detail::Clock::time_point limit)
        : socket(std::move(accepted)), stop(stop_signal), record(where), deadline(limit)
    {
    }

    detail::Descriptor socket;
    detail::Signal const& stop;
    Record& record;
    detail::Clock::time_point deadline;
    std::unique_ptr<SSL, FreeSsl> ssl;
    bool tls_broken = false; // no more reading through TLS
    std::optional<ScriptEnd> end_after_input;
    bool ssl_request_read = false;
    std::string staple;
    std::string input; // came in, not yet consumed; in plaintext not yet recorded either
    std::uint8_t sequence = 0;
    std::chrono::milliseconds drip_interval{0};

    template <class Change>
    void note(Change change)
    {
        const std::lock_guard lock(record.mutex);
        change(record.transcript);
    }

    void wait(short events, detail::Clock::time_point until)
    {
        switch (detail::wait_for(socket.number(), events, stop, std::min(until, deadline))) {
        case detail::Readiness::signalled:
            throw ScriptEnd{Ended::stopped, ""};
        case detail::Readiness::timed_out:
            if (detail::Clock::now() >= deadline)
                throw ScriptEnd{Ended::timed_out, "session_limit"};
            break;
        case detail::Readiness::ready:
            break;
        }
    }

    void pause(detail::Clock::duration duration)
    {
        auto const until = detail::Clock::now() + duration;
        if (detail::wait_for(-1, 0, stop, std::min(until, deadline)) ==
            detail::Readiness::signalled)
            throw ScriptEnd{Ended::stopped, ""};
        if (detail::Clock::now() >= deadline)
            throw ScriptEnd{Ended::timed_out, "session_limit"};
    }

    // For those who do not wait: an endless sender stops as well as one that is blocked.
    void check() const
    {
        if (stop.raised())
            throw ScriptEnd{Ended::stopped, ""};
        if (detail::Clock::now() >= deadline)
            throw ScriptEnd{Ended::timed_out, "session_limit"};
    }

    void send_now(std::string_view bytes)
    {
        check();
        while (!bytes.empty()) {
            auto const sent = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                note([&](Transcript& t) { t.sent_bytes += static_cast<std::uint64_t>(sent); });
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                wait(POLLOUT, detail::Clock::now() + forever_from_now);
            } else if (errno != EINTR) {
                throw ScriptEnd{Ended::client_closed, std::strerror(errno)};
            }
        }
    }

    void send_wire(std::string_view bytes)
    {
        if (drip_interval.count() == 0)
            return send_now(bytes);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i > 0)
                pause(drip_interval);
            send_now(bytes.substr(i, 1));
        }
    }

    // One recv. Nothing: the time is over. Empty: nothing now, ask again. Throws at the end of the
    // stream.
    std::optional<std::string> receive_wire(detail::Clock::time_point until)
    {
        std::array<char, 16384> buffer;
        auto const size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
        if (size > 0)
            return std::string(buffer.data(), static_cast<std::size_t>(size));
        if (size == 0)
            throw ScriptEnd{Ended::client_closed, "end of stream"};
        if (errno == EINTR)
            return std::string();
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            throw ScriptEnd{Ended::client_closed, std::strerror(errno)};
        if (detail::Clock::now() >= until)
            return std::nullopt;
        wait(POLLIN, until);
        return std::string();
    }

    std::string take_tls_output()
    {
        std::string bytes;
        char* data = nullptr;
        BIO* const output = SSL_get_wbio(ssl.get());
        long const size = BIO_get_mem_data(output, &data);
        if (size > 0)
            bytes.assign(data, static_cast<std::size_t>(size));
        [[maybe_unused]] auto const emptied = BIO_reset(output);
        return bytes;
    }

    void give_tls(std::string_view bytes)
    {
        if (!bytes.empty())
            BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
    }

    // What TLS has decrypted so far goes to `input` and to the record. When TLS or the client is
    // through, this throws; but the last words come first: with new input, the next fill() throws
    // instead.
    void decrypt()
    {
        const std::size_t before = input.size();
        try {
            decrypt_all();
        } catch (ScriptEnd& end) {
            if (input.size() == before)
                throw;
            end_after_input = std::move(end);
        }
    }

    void decrypt_all()
    {
        std::array<char, 16384> buffer;
        for (;;) {
            ERR_clear_error();
            int const size = SSL_read(ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
            if (size > 0) {
                const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
                input += bytes;
                note([&](Transcript& t) { t.received_tls += bytes; });
                continue;
            }
            int const error = SSL_get_error(ssl.get(), size);
            const std::string output = take_tls_output(); // answers of TLS itself
            if (error == SSL_ERROR_WANT_READ) {
                send_wire(output);
                return;
            }
            tls_broken = true;
            if (error == SSL_ERROR_ZERO_RETURN) {
                note([](Transcript& t) { t.close_notify_received = true; });
                throw ScriptEnd{Ended::client_closed, "close_notify"};
            }
            const std::string text = tls_error_text();
            if (!output.empty())
                send_now(output);
            throw ScriptEnd{Ended::tls_failed, text};
        }
    }

    // Adds to `input`. False: the time is over.
    bool fill(detail::Clock::time_point until)
    {
        if (end_after_input)
            throw *std::exchange(end_after_input, std::nullopt);
        const std::size_t before = input.size();
        while (input.size() == before) {
            auto const bytes = receive_wire(until);
            if (!bytes)
                return false;
            if (bytes->empty())
                continue;
            if (!ssl) {
                input += *bytes;
            } else if (!tls_broken) {
                give_tls(*bytes);
                decrypt();
            }
        }
        return true;
    }

    void fill()
    {
        if (!fill(deadline))
            throw ScriptEnd{Ended::timed_out, "session_limit"};
    }

    std::string consume(std::size_t size)
    {
        std::string bytes = input.substr(0, size);
        input.erase(0, size);
        if (!ssl)
            note([&](Transcript& t) { t.received_plain += bytes; });
        return bytes;
    }

    void listen_silently(detail::Clock::time_point until)
    {
        do {
            consume(input.size());
        } while (fill(until));
    }

    // What has come in by now is recorded, whatever state things are in.
    void record_the_rest() noexcept
    {
        try {
            consume(input.size());
            for (;;) {
                std::array<char, 16384> buffer;
                auto const size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
                if (size < 0 && errno == EINTR)
                    continue;
                if (size <= 0)
                    return;
                if (tls_broken)
                    continue;
                const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
                if (ssl) {
                    give_tls(bytes);
                    decrypt();
                } else {
                    input += bytes;
                }
                consume(input.size());
            }
        } catch (...) { // the end of the stream, or of TLS
        }
    }
};

namespace {

void on_tls_info(const SSL* ssl, int where, int value)
{
    if (where != SSL_CB_READ_ALERT)
        return;
    auto* const state = static_cast<SessionState*>(SSL_get_app_data(ssl));
    if (state == nullptr)
        return;
    state->note([value](Transcript& t) {
        t.alerts.push_back({value >> 8, value & 0xff, SSL_alert_desc_string_long(value)});
    });
}

std::string_view hello_extension(SSL* ssl, unsigned int type)
{
    unsigned char const* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1)
        return {};
    return {reinterpret_cast<char const*>(data), size};
}

int on_client_hello(SSL* ssl, int*, void*)
{
    auto* const state = static_cast<SessionState*>(SSL_get_app_data(ssl));
    const std::string_view versions =
        hello_extension(ssl, TLSEXT_TYPE_supported_versions); // 1 byte length, then pairs
    const std::string_view names =
        hello_extension(ssl, TLSEXT_TYPE_server_name); // 2 bytes length, type, 2 bytes length, name
    const std::string_view groups =
        hello_extension(ssl, TLSEXT_TYPE_supported_groups); // 2 bytes length, then pairs
    auto const byte = [](std::string_view bytes, std::size_t i) {
        return static_cast<unsigned char>(bytes[i]);
    };
    state->note([&](Transcript& t) {
        t.client_hello_seen = true;
        ++t.client_hellos;
        t.offered_groups.clear();
        for (std::size_t i = 2; i + 1 < groups.size(); i += 2)
            t.offered_groups.push_back(
                static_cast<std::uint16_t>(byte(groups, i) << 8 | byte(groups, i + 1)));
        t.offered_versions.clear();
        for (std::size_t i = 1; i + 1 < versions.size(); i += 2)
            t.offered_versions.push_back(
                static_cast<std::uint16_t>(byte(versions, i) << 8 | byte(versions, i + 1)));
        if (versions.empty())
            t.offered_versions.push_back(
                static_cast<std::uint16_t>(SSL_client_hello_get0_legacy_version(ssl)));
        if (names.size() > 5)
            t.sni = std::string(names.substr(5));
    });
    return SSL_CLIENT_HELLO_SUCCESS;
}

int on_status_request(SSL* ssl, void*)
{
    auto const* const state = static_cast<SessionState*>(SSL_get_app_data(ssl));
    std::string const& staple = state->staple;
    void* const copy = OPENSSL_memdup(staple.data(), staple.size());
    if (copy == nullptr ||
        SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple.size())) != 1)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<ssl_ctx_st> make_context(Identity const& identity, TlsOptions const& options)
{
    auto const check = [](bool good, char const* what) {
        if (!good)
            throw std::runtime_error(std::string(what) + ": " + tls_error_text());
    };
    auto const certificates = [&](std::string const& pem) {
        std::vector<X509*> found;
        BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        while (X509* next = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr))
            found.push_back(next);
        BIO_free(bio);
        ERR_clear_error();
        return found;
    };

    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    check(context != nullptr, "SSL_CTX_new");
    SSL_CTX* const c = context.get();
    SSL_CTX_set_security_level(c, 0);
    check(SSL_CTX_set_min_proto_version(c, static_cast<int>(options.min_version)) == 1,
          "minimum version");
    check(SSL_CTX_set_max_proto_version(c, static_cast<int>(options.max_version)) == 1,
          "maximum version");
    check(SSL_CTX_set_cipher_list(c, (options.ciphers + ":@SECLEVEL=0").c_str()) == 1, "ciphers");
    if (!options.cipher_suites.empty())
        check(SSL_CTX_set_ciphersuites(c, options.cipher_suites.c_str()) == 1, "cipher suites");
    if (!options.groups.empty())
        check(SSL_CTX_set1_groups_list(c, options.groups.c_str()) == 1, "groups");

    auto const own = certificates(identity.certificate_pem);
    check(!own.empty() && SSL_CTX_use_certificate(c, own.front()) == 1, "certificate");
    for (X509* certificate : own)
        X509_free(certificate);
    for (X509* certificate : certificates(identity.chain_pem))
        check(SSL_CTX_add0_chain_cert(c, certificate) == 1, "chain");
    SSL_CTX_set_mode(c, SSL_MODE_NO_AUTO_CHAIN); // only what the identity says

    BIO* const key_text =
        BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size()));
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    bool const key_set = key != nullptr && SSL_CTX_use_PrivateKey(c, key) == 1;
    EVP_PKEY_free(key);
    BIO_free(key_text);
    check(key_set, "key");

    for (X509* certificate : certificates(options.trust_pem)) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(c), certificate);
        SSL_CTX_add_client_CA(c, certificate);
        X509_free(certificate);
    }
    int verify = SSL_VERIFY_NONE;
    if (options.ask_for_certificate || options.insist_on_certificate)
        verify = SSL_VERIFY_PEER;
    if (options.insist_on_certificate)
        verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(
        c, verify,
        options.insist_on_certificate ? nullptr : +[](int, X509_STORE_CTX*) { return 1; });

    constexpr std::string_view id = "sealsql";
    SSL_CTX_set_session_id_context(c, reinterpret_cast<unsigned char const*>(id.data()),
                                   static_cast<unsigned int>(id.size()));
    if (!options.tickets) {
        SSL_CTX_set_num_tickets(c, 0);
        SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    }
    if (!options.staple.empty()) {
        check(SSL_CTX_set_tlsext_status_cb(c, on_status_request) == 1, "status");
    }
    SSL_CTX_set_client_hello_cb(c, on_client_hello, nullptr);
    SSL_CTX_set_info_callback(c, on_tls_info);
    return context;
}

} // namespace

void Session::send(std::string_view bytes)
{
    if (!tls())
        return state_->send_wire(bytes);
    for (std::size_t done = 0; done < bytes.size();
         done += 16384) { // one record after another keeps the memory small
        const std::string_view part = bytes.substr(done, 16384);
        ERR_clear_error();
        if (SSL_write(state_->ssl.get(), part.data(), static_cast<int>(part.size())) <= 0)
            throw ScriptEnd{Ended::tls_failed, tls_error_text()};
        state_->send_wire(state_->take_tls_output());
    }
}

void Session::send_below_tls(std::string_view bytes) { state_->send_wire(bytes); }

void Session::send_packet(std::string_view payload)
{
    const std::string bytes = wire::packet(state_->sequence, payload);
    state_->sequence =
        static_cast<std::uint8_t>(state_->sequence + 1 + payload.size() / wire::largest_payload);
    send(bytes);
}

void Session::drip(std::chrono::milliseconds interval) { state_->drip_interval = interval; }

Session::Packet Session::receive_packet()
{
    while (state_->input.size() < 4)
        state_->fill();
    auto const size = static_cast<std::size_t>(wire::read_little_endian(state_->input, 0, 3));
    while (state_->input.size() < 4 + size)
        state_->fill();
    const std::string bytes = state_->consume(4 + size);
    auto const sequence = static_cast<std::uint8_t>(wire::read_little_endian(bytes, 3, 1));
    state_->sequence = static_cast<std::uint8_t>(sequence + 1);
    return {sequence, bytes.substr(4)};
}

void Session::expect_ssl_request()
{
    if (state_->ssl_request_read)
        return;
    const Packet packet = receive_packet();
    if (!wire::begins_with_ssl_request(wire::packet(packet.sequence, packet.payload)) ||
        packet.payload.size() != wire::ssl_request_size - 4)
        fail("expected the request for TLS, got: " + wire::printable(packet.payload));
    state_->ssl_request_read = true;
}

void Session::expect_record()
{
    while (state_->input.size() < 5)
        state_->fill();
    auto const byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(state_->input[i]));
    };
    if (byte(0) < 20 || byte(0) > 23 || byte(1) != 3)
        fail("expected a TLS record, got: " + wire::printable(state_->input));
    const std::size_t size = 5 + (byte(3) << 8U) + byte(4);
    while (state_->input.size() < size)
        state_->fill();
    state_->consume(size);
}

std::string Session::receive_command()
{
    std::string command = receive_packet().payload;
    state_->sequence = 1;
    note([&](Transcript& t) { t.commands.push_back(command); });
    return command;
}

bool Session::start_tls(std::shared_ptr<ssl_ctx_st> const& context, TlsOptions const& options)
{
    expect_ssl_request();
    SSL* const ssl = SSL_new(context.get());
    if (ssl == nullptr)
        throw std::runtime_error("SSL_new: " + tls_error_text());
    state_->ssl.reset(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_app_data(ssl, state_);
    state_->staple = options.staple;
    SSL_set_accept_state(ssl);
    state_->give_tls(std::exchange(state_->input, {}));

    std::size_t sent = 0;
    for (;;) {
        ERR_clear_error();
        int const result = SSL_do_handshake(ssl);
        int const error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
        const std::string text =
            error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL ? tls_error_text() : std::string();
        const std::string output = state_->take_tls_output();
        if (options.cut_after && sent + output.size() > *options.cut_after) {
            state_->ssl.reset(); // from here on there are only bytes
            state_->send_wire(std::string_view(output).substr(0, *options.cut_after - sent));
            return false;
        }
        if (!text.empty())
            state_->tls_broken = true;
        state_->send_wire(output);
        sent += output.size();
        if (!text.empty())
            throw ScriptEnd{Ended::tls_failed, text};
        if (result == 1)
            break;
        std::optional<std::string> bytes;
        do {
            bytes = state_->receive_wire(state_->deadline);
            if (!bytes)
                throw ScriptEnd{Ended::timed_out, "session_limit"};
        } while (bytes->empty());
        state_->give_tls(*bytes);
    }

    std::string certificate_pem;
    if (X509* const certificate = SSL_get0_peer_certificate(ssl)) {
        BIO* const bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, certificate);
        char* data = nullptr;
        long const size = BIO_get_mem_data(bio, &data);
        if (size > 0)
            certificate_pem.assign(data, static_cast<std::size_t>(size));
        BIO_free(bio);
    }
    note([&](Transcript& t) {
        t.tls_finished = true;
        t.tls_version = SSL_get_version(ssl);
        t.tls_cipher = SSL_get_cipher_name(ssl);
        t.tls_resumed = SSL_session_reused(ssl) == 1;
        t.client_certificate_pem = std::move(certificate_pem);
    });
    state_->decrypt(); // the login may have come in the same segment as the end of the handshake
    return true;
}

void Session::close_notify()
{
    if (!tls())
        fail("close_notify without TLS");
    SSL_shutdown(state_->ssl.get());
    state_->send_wire(state_->take_tls_output());
}

bool Session::tls() const noexcept { return state_->ssl != nullptr; }

void Session::pause(std::chrono::milliseconds duration) { state_->pause(duration); }

void Session::listen_silently(std::optional<std::chrono::milliseconds> duration)
{
    bool const limited = duration.has_value();
    state_->listen_silently(limited ? detail::Clock::now() + *duration : state_->deadline);
    if (!limited)
        throw ScriptEnd{Ended::timed_out, "session_limit"};
}

void Session::half_close() { shutdown(state_->socket.number(), SHUT_WR); }

void Session::close()
{
    state_->record_the_rest();
    state_->socket.reset();
    throw ScriptEnd{Ended::script_finished, ""};
}

void Session::reset()
{
    detail::reset_on_close(state_->socket);
    close();
}

void Session::fail(std::string why) { throw ScriptEnd{Ended::unexpected, std::move(why)}; }

void Session::set_next_sequence(std::uint8_t sequence) noexcept { state_->sequence = sequence; }

std::uint8_t Session::take_sequence() noexcept { return state_->sequence++; }

void Session::note(std::function<void(Transcript&)> const& change) { state_->note(change); }

// ---- server
// --------------------------------------------------------------------------------------------------------

namespace {

void run_script(Script const& script, SessionState& state)
{
    Session session(state);
    ScriptEnd end{Ended::script_finished, ""};
    std::string step_name;
    try {
        for (Step const& step : script.steps()) {
            step_name = step.name();
            step(session);
        }
    } catch (ScriptEnd& early) {
        end = std::move(early);
    } catch (std::exception const& error) {
        end = {Ended::unexpected, error.what()};
    } catch (...) {
        end = {Ended::unexpected, "a custom step threw"};
    }
    // Read on until the client has closed: whatever it sends late belongs into the record, and a
    // close with unread data would destroy what was sent last (RST).
    if (state.socket && end.how != Ended::stopped && end.how != Ended::timed_out) {
        bool const as_planned = end.how == Ended::script_finished;
        if (!as_planned)
            shutdown(state.socket.number(), SHUT_WR);
        try {
            state.listen_silently(as_planned ? state.deadline
                                             : detail::Clock::now() + linger_after_failure);
        } catch (ScriptEnd const& late) {
            if (end.how == Ended::script_finished && late.how == Ended::stopped)
                end.how = Ended::stopped;
        } catch (...) {
        }
    }
    if (state.socket)
        state.record_the_rest();
    state.socket.reset();
    state.note([&](Transcript& t) {
        t.ended = end.how;
        t.ended_in = step_name;
        t.detail = end.detail;
    });
}

struct Worker {
    Record record;
    bool done = false;
    std::thread thread;
};

} // namespace

class ScriptedServer::Implementation {
public:
    Implementation(Script script, ServerOptions options) : options_(std::move(options))
    {
        scripts_.push_back(std::move(script));
        for (auto& next : options_.then)
            scripts_.push_back(std::move(next));
        wanted_ = std::max(options_.connections, scripts_.size());
        port_ = options_.port;
        listener_ = detail::listen_on(options_.address, port_);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    ~Implementation() { stop(); }

    Implementation(Implementation const&) = delete;
    Implementation& operator=(Implementation const&) = delete;

    [[nodiscard]] std::string const& address() const noexcept { return options_.address; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] std::size_t accepted() const
    {
        const std::lock_guard lock(mutex_);
        return workers_.size();
    }

    [[nodiscard]] Transcript transcript(std::size_t index) const
    {
        const std::lock_guard lock(mutex_);
        if (index >= workers_.size())
            return {};
        const std::lock_guard record_lock(workers_[index]->record.mutex);
        return workers_[index]->record.transcript;
    }

    template <class Condition>
    bool wait_until(std::chrono::milliseconds timeout, Condition condition) const
    {
        std::unique_lock lock(mutex_);
        // The system clock, since GCC 12's ThreadSanitizer does not see the steady clock's wait
        // release the mutex.
        return changed_.wait_until(lock, std::chrono::system_clock::now() + timeout, condition);
    }

    // With mutex_ held.
    [[nodiscard]] std::size_t ended() const
    {
        return static_cast<std::size_t>(std::count_if(
            workers_.begin(), workers_.end(), [](auto const& worker) { return worker->done; }));
    }
    [[nodiscard]] std::size_t accepted_so_far() const { return workers_.size(); }

    void finish(std::chrono::milliseconds timeout)
    {
        close_port();
        wait_until(timeout, [this] { return ended() == workers_.size(); });
        stop();
    }

private:
    void accept_all()
    {
        bool closing = false;
        while (!closing && accepted() < wanted_) {
            closing = detail::wait_for(listener_.number(), POLLIN, closing_,
                                       detail::Clock::now() + forever_from_now) ==
                      detail::Readiness::signalled;
            // Even when closing, whoever stands in the queue is heard: its client has connected and
            // may have spoken.
            while (accepted() < wanted_) {
                detail::Descriptor socket = detail::accept_from(listener_);
                if (!socket)
                    break;
                if (accepted() + 1 == wanted_)
                    listener_.reset(); // before anyone can know that the last one is here
                start(std::move(socket));
            }
        }
        listener_.reset();
    }

    void start(detail::Descriptor socket)
    {
        const std::lock_guard lock(mutex_);
        Script const& script = scripts_[std::min(workers_.size(), scripts_.size() - 1)];
        Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
        worker.record.transcript.connected = true;
        worker.thread =
            std::thread([this, &worker, &script, accepted = std::move(socket)]() mutable {
                {
                    SessionState state(std::move(accepted), stopping_, worker.record,
                                       detail::Clock::now() + options_.session_limit);
                    run_script(script, state);
                }
                const std::lock_guard done_lock(mutex_);
                worker.done = true;
                changed_.notify_all();
            });
        changed_.notify_all();
    }

    void close_port()
    {
        closing_.raise();
        if (acceptor_.joinable())
            acceptor_.join();
    }

    void stop()
    {
        stopping_.raise();
        close_port();
        for (auto& worker : workers_) // nobody adds to them any more
            if (worker->thread.joinable())
                worker->thread.join();
    }

    ServerOptions options_;
    std::vector<Script> scripts_;
    std::size_t wanted_ = 1;
    std::uint16_t port_ = 0;
    detail::Descriptor listener_;
    detail::Signal closing_;
    detail::Signal stopping_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::thread acceptor_;
};

ScriptedServer::ScriptedServer(Script script, ServerOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(script), std::move(options)))
{
}
ScriptedServer::~ScriptedServer() = default;

std::string const& ScriptedServer::address() const noexcept { return implementation_->address(); }
std::uint16_t ScriptedServer::port() const noexcept { return implementation_->port(); }
std::size_t ScriptedServer::accepted() const { return implementation_->accepted(); }
Transcript ScriptedServer::transcript(std::size_t index) const
{
    return implementation_->transcript(index);
}

bool ScriptedServer::wait_until_accepted(std::size_t count, std::chrono::milliseconds timeout) const
{
    return implementation_->wait_until(timeout,
                                       [&] { return implementation_->accepted_so_far() >= count; });
}

bool ScriptedServer::wait_until_ended(std::size_t count, std::chrono::milliseconds timeout) const
{
    return implementation_->wait_until(timeout, [&] { return implementation_->ended() >= count; });
}

Transcript ScriptedServer::finish(std::chrono::milliseconds timeout)
{
    implementation_->finish(timeout);
    return transcript(0);
}

std::vector<Transcript> ScriptedServer::finish_all(std::chrono::milliseconds timeout)
{
    implementation_->finish(timeout);
    std::vector<Transcript> all;
    for (std::size_t i = 0; i < accepted(); ++i)
        all.push_back(transcript(i));
    return all;
}

// ---- steps
// ---------------------------------------------------------------------------------------------------------

namespace steps {

namespace {

constexpr auto time_for_a_segment =
    std::chrono::milliseconds(20); // long enough for the client to read what came before

// A fair answer to any command, so that a test only scripts what it is about.
void answer_by_default(Session& session, std::string const& command)
{
    char const kind = command.empty() ? '\0' : command[0];
    switch (kind) {
    case wire::command::stmt_close:
    case wire::command::stmt_send_long_data:
    case wire::command::quit:
        return; // no answer is due
    case wire::command::set_option:
        return session.send_packet(wire::eof());
    case wire::command::statistics:
        return session.send_packet("Uptime: 1");
    case wire::command::stmt_prepare: {
        auto const parameters =
            static_cast<std::uint16_t>(std::count(command.begin(), command.end(), '?'));
        session.send_packet(wire::prepare_ok(1, 0, parameters));
        for (std::uint16_t i = 0; i < parameters; ++i)
            session.send_packet(wire::column_definition({"?"}));
        if (parameters > 0)
            session.send_packet(wire::eof());
        return;
    }
    default:
        return session.send_packet(wire::ok());
    }
}

bool is_quit(std::string const& command)
{
    return !command.empty() && command[0] == wire::command::quit;
}

void run(Script const& script, Session& session)
{
    for (Step const& step : script.steps())
        step(session);
}

void send_definitions(Session& session, std::vector<wire::Column> const& columns)
{
    for (auto const& column : columns)
        session.send_packet(wire::column_definition(column));
    session.send_packet(wire::eof());
}

Step reply_loop(char const* name, std::string payload)
{
    return {name, [payload = std::move(payload)](Session& session) {
                for (;;) {
                    session.send_packet(payload);
                    const std::string reply = session.receive_packet().payload;
                    session.note([&](Transcript& t) {
                        if (t.auth_replies.size() < 1000)
                            t.auth_replies.push_back(reply);
                    });
                }
            }};
}

} // namespace

Step greeting(GreetingOptions const& options)
{
    return {"greeting", [options](Session& session) {
                session.send(wire::greeting_packet(options));
                session.set_next_sequence(static_cast<std::uint8_t>(options.sequence + 1));
            }};
}

Step greeting_and(std::string injected, GreetingOptions const& options)
{
    return {"greeting_and", [options, injected = std::move(injected)](Session& session) {
                session.send(wire::greeting_packet(options) + injected);
                session.set_next_sequence(static_cast<std::uint8_t>(options.sequence + 1));
            }};
}

Step inject_plain(std::string bytes)
{
    return {"inject_plain", [bytes = std::move(bytes)](Session& session) {
                session.pause(time_for_a_segment);
                session.send_below_tls(bytes);
            }};
}

Step expect_ssl_request()
{
    return {"expect_ssl_request", [](Session& session) { session.expect_ssl_request(); }};
}

Step expect_client_hello()
{
    return {"expect_client_hello", [](Session& session) {
                session.expect_ssl_request();
                session.expect_record();
            }};
}

Step start_tls(Identity const& identity, TlsOptions const& options)
{
    return {"start_tls", [context = make_context(identity, options), options](Session& session) {
                session.start_tls(context, options);
            }};
}

Step tls_alert(std::uint8_t description, std::uint8_t level)
{
    std::string bytes("\x15\x03\x01\x00\x02", 5);
    bytes += wire::int1(level) + wire::int1(description);
    return {"tls_alert", [bytes](Session& session) { session.send_below_tls(bytes); }};
}

Step close_notify()
{
    return {"close_notify", [](Session& session) { session.close_notify(); }};
}

Step expect_login()
{
    return {"expect_login", [](Session& session) {
                const std::string payload = session.receive_packet().payload;
                session.note([&](Transcript& t) { t.logins.push_back(payload); });
            }};
}

Step expect_auth_reply()
{
    return {"expect_auth_reply", [](Session& session) {
                const std::string payload = session.receive_packet().payload;
                session.note([&](Transcript& t) { t.auth_replies.push_back(payload); });
            }};
}

Step auth_switch(std::string plugin, std::string data)
{
    return {"auth_switch", [payload = wire::auth_switch(plugin, data)](Session& session) {
                session.send_packet(payload);
            }};
}

Step auth_more(std::string data)
{
    return {"auth_more",
            [payload = wire::auth_more(data)](Session& session) { session.send_packet(payload); }};
}

Step endless_auth_switch(std::string plugin)
{
    return reply_loop("endless_auth_switch", wire::auth_switch(plugin));
}

Step endless_auth_more(std::string data)
{
    return reply_loop("endless_auth_more", wire::auth_more(data));
}

Step expect_command()
{
    return {"expect_command",
            [](Session& session) { static_cast<void>(session.receive_command()); }};
}

Step serve_until(std::string needle)
{
    return {"serve_until " + needle, [needle](Session& session) {
                for (;;) {
                    const std::string command = session.receive_command();
                    if (command.find(needle) != std::string::npos)
                        return;
                    if (is_quit(command))
                        session.listen_silently();
                    answer_by_default(session, command);
                }
            }};
}

Step serve(std::vector<Answer> answers)
{
    return {"serve", [answers = std::move(answers)](Session& session) {
                for (;;) {
                    const std::string command = session.receive_command();
                    if (is_quit(command))
                        return;
                    const auto fits =
                        std::find_if(answers.begin(), answers.end(), [&](const Answer& answer) {
                            return command.find(answer.when_contains) != std::string::npos;
                        });
                    if (fits != answers.end()) {
                        run(fits->with, session);
                    } else {
                        answer_by_default(session, command);
                    }
                }
            }};
}

Step packet(std::string payload)
{
    return {"packet",
            [payload = std::move(payload)](Session& session) { session.send_packet(payload); }};
}

Step next_sequence(std::uint8_t sequence)
{
    return {"next_sequence", [sequence](Session& session) { session.set_next_sequence(sequence); }};
}

Step ok(std::uint64_t affected_rows, std::uint64_t last_insert_id, std::string info)
{
    return {"ok", [payload = wire::ok(affected_rows, last_insert_id, info)](Session& session) {
                session.send_packet(payload);
            }};
}

Step error(std::uint16_t code, std::string sqlstate, std::string message)
{
    return {"error", [payload = wire::error(code, sqlstate, message)](Session& session) {
                session.send_packet(payload);
            }};
}

Step eof(std::uint16_t status)
{
    return {"eof", [status](Session& session) { session.send_packet(wire::eof(0, status)); }};
}

Step result_set(ResultSet const& result)
{
    return {"result_set", [result](Session& session) {
                session.send_packet(wire::lenenc(result.columns.size()));
                send_definitions(session, result.columns);
                for (const auto& row : result.rows)
                    session.send_packet(wire::text_row(row));
                session.send_packet(wire::eof());
            }};
}

Step result_head(std::vector<wire::Column> const& columns, std::optional<std::uint64_t> claimed)
{
    return {"result_head", [columns, claimed](Session& session) {
                session.send_packet(wire::lenenc(claimed.value_or(columns.size())));
                send_definitions(session, columns);
            }};
}

Step prepare_ok(std::uint32_t statement_id, std::uint16_t parameters,
                std::vector<wire::Column> const& columns)
{
    return {"prepare_ok", [=](Session& session) {
                session.send_packet(wire::prepare_ok(
                    statement_id, static_cast<std::uint16_t>(columns.size()), parameters));
                if (parameters > 0)
                    send_definitions(session,
                                     std::vector<wire::Column>(parameters, wire::Column{"?"}));
                if (!columns.empty())
                    send_definitions(session, columns);
            }};
}

Step local_infile(std::string file_name)
{
    return {"local_infile", [payload = wire::local_infile(file_name)](Session& session) {
                session.send_packet(payload);
            }};
}

Step expect_file()
{
    return {"expect_file", [](Session& session) {
                std::string content;
                for (;;) {
                    const std::string part = session.receive_packet().payload;
                    if (part.empty())
                        break;
                    content += part;
                }
                session.note([&](Transcript& t) { t.files.push_back(content); });
            }};
}

Step endless_rows(std::string const& row_payload, std::uint64_t at_most)
{
    return {"endless_rows", [row_payload, at_most](Session& session) {
                for (std::uint64_t sent = 0; sent < at_most;) {
                    std::string chunk;
                    while (chunk.size() < 65536)
                        chunk += wire::packet(session.take_sequence(), row_payload);
                    session.send(chunk);
                    sent += chunk.size();
                }
            }};
}

Step endless_progress(std::chrono::milliseconds interval)
{
    return {"endless_progress", [interval](Session& session) {
                for (;;) {
                    session.send_packet(wire::progress());
                    if (interval.count() > 0)
                        session.pause(interval);
                }
            }};
}

Step send(std::string bytes)
{
    return {"send", [bytes = std::move(bytes)](Session& session) { session.send(bytes); }};
}

Step send_below_tls(std::string bytes)
{
    return {"send_below_tls",
            [bytes = std::move(bytes)](Session& session) { session.send_below_tls(bytes); }};
}

Step send_slowly(std::string bytes, std::chrono::milliseconds interval)
{
    return {"send_slowly", [bytes = std::move(bytes), interval](Session& session) {
                for (std::size_t i = 0; i < bytes.size(); ++i) {
                    if (i > 0)
                        session.pause(interval);
                    session.send(std::string_view(bytes).substr(i, 1));
                }
            }};
}

Step drip(std::chrono::milliseconds interval)
{
    return {"drip", [interval](Session& session) { session.drip(interval); }};
}

Step silence()
{
    return {"silence", [](Session& session) { session.listen_silently(); }};
}

Step silence(std::chrono::milliseconds duration)
{
    return {"silence", [duration](Session& session) { session.listen_silently(duration); }};
}

Step pause(std::chrono::milliseconds duration)
{
    return {"pause", [duration](Session& session) { session.pause(duration); }};
}

Step close()
{
    return {"close", [](Session& session) { session.close(); }};
}

Step half_close()
{
    return {"half_close", [](Session& session) { session.half_close(); }};
}

Step reset()
{
    return {"reset", [](Session& session) { session.reset(); }};
}

Step repeat(std::size_t times, Script script)
{
    return {"repeat", [times, script = std::move(script)](Session& session) {
                for (std::size_t i = 0; i < times; ++i) {
                    session.pause(std::chrono::milliseconds(0)); // hears the word to stop
                    run(script, session);
                }
            }};
}

Step forever(Script script)
{
    return {"forever", [script = std::move(script)](Session& session) {
                for (;;) {
                    session.pause(std::chrono::milliseconds(0)); // hears the word to stop
                    run(script, session);
                }
            }};
}

Script logged_in(Identity const& identity, TlsOptions const& tls, GreetingOptions const& options)
{
    return {greeting(options), start_tls(identity, tls), expect_login(), ok()};
}

} // namespace steps

// ---- stages
// --------------------------------------------------------------------------------------------------------

std::string_view to_string(Stage stage) noexcept
{
    switch (stage) {
    case Stage::after_accept:
        return "after accept";
    case Stage::inside_greeting:
        return "inside the greeting";
    case Stage::after_greeting:
        return "after the greeting";
    case Stage::after_client_hello:
        return "after the ClientHello";
    case Stage::inside_server_hello:
        return "inside the ServerHello";
    case Stage::after_handshake:
        return "after the handshake";
    case Stage::after_login:
        return "after the login";
    case Stage::after_query:
        return "after the query";
    case Stage::inside_columns:
        return "inside the columns";
    case Stage::inside_rows:
        return "inside the rows";
    }
    return "?";
}

std::array<Stage, 10> const& all_stages() noexcept
{
    static constexpr std::array<Stage, 10> stages{
        Stage::after_accept,       Stage::inside_greeting,     Stage::after_greeting,
        Stage::after_client_hello, Stage::inside_server_hello, Stage::after_handshake,
        Stage::after_login,        Stage::after_query,         Stage::inside_columns,
        Stage::inside_rows};
    return stages;
}

Script up_to(Stage stage, Identity const& identity, std::string const& query)
{
    if (stage == Stage::after_accept)
        return {};
    if (stage == Stage::inside_greeting) {
        wire::GreetingOptions half;
        half.wire_size = 30;
        return {steps::greeting(half)};
    }
    Script script{steps::greeting(), steps::expect_ssl_request()};
    if (stage == Stage::after_greeting)
        return script;
    if (stage == Stage::after_client_hello || stage == Stage::inside_server_hello) {
        TlsOptions cut;
        cut.cut_after = stage == Stage::after_client_hello ? 0 : 40;
        return script + Script{steps::start_tls(identity, cut)};
    }
    script += {steps::start_tls(identity)};
    if (stage == Stage::after_handshake)
        return script;
    script += {steps::expect_login()};
    if (stage == Stage::after_login)
        return script;
    script += {steps::ok(), steps::serve_until(query)};
    if (stage == Stage::after_query)
        return script;
    if (stage == Stage::inside_columns)
        return script +
               Script{steps::packet(wire::lenenc(2)), steps::packet(wire::column_definition())};
    return script + Script{steps::result_head({wire::Column{}, wire::Column{}}),
                           steps::packet(wire::text_row({"1", "2"})),
                           steps::send(wire::lying_packet(6, 100, "half of a row"))};
}

} // namespace sealsql::testing
