// ConnectionBuilder: which steps exist in which state, and what each does to the options.

#include <sealsql/connection_builder.hpp>

#include <sealsql/deadline.hpp>
#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

using namespace std::chrono_literals;
using sealsql::BasicConnectionBuilder;
using sealsql::ConnectionBuilder;
using sealsql::ConnectionOptions;
using sealsql::Endpoint;
using sealsql::Secret;
using sealsql::SslOptions;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::Transport;
using sealsql::VerifyMode;
using unit::error_of;
namespace state = sealsql::builder_state;

namespace {

// --- The questions ---

template <class B>
concept can_login = requires(B b)
{
    static_cast<B&&>(b).login(std::string{}, Secret{});
};
template <class B>
concept can_ssl = requires(B b)
{
    static_cast<B&&>(b).ssl(SslOptions{});
};
template <class B>
concept can_ssl_braces = requires(B b)
{
    static_cast<B&&>(b).ssl({.ca = "/a.pem"});
};
template <class B>
concept can_go_plaintext_over_network = requires(B b)
{
    static_cast<B&&>(b).insecure_plaintext_over_network();
};
template <class B>
concept can_take_tls_if_offered = requires(B b)
{
    static_cast<B&&>(b).insecure_tls_if_offered();
};
template <class B>
concept can_take_tls_if_offered_with = requires(B b)
{
    static_cast<B&&>(b).insecure_tls_if_offered(SslOptions{});
};
template <class B>
concept can_go_plaintext_over_local_socket = requires(B b)
{
    static_cast<B&&>(b).plaintext_over_local_socket();
};
template <class B>
concept can_connect = requires(B b)
{
    static_cast<B&&>(b).connect();
};
template <class B>
concept can_give_options = requires(B b)
{
    static_cast<B&&>(b).options();
};
template <class B>
concept can_be_tuned = requires(B b, std::string text)
{
    static_cast<B&&>(b).database(text);
    static_cast<B&&>(b).connect_timeout(1s);
    static_cast<B&&>(b).read_timeout(1s);
    static_cast<B&&>(b).write_timeout(1s);
    static_cast<B&&>(b).character_set(text);
    static_cast<B&&>(b).init_statement("SET @a = 1");
    static_cast<B&&>(b).connection_attribute(text, text);
    static_cast<B&&>(b).max_allowed_packet(std::size_t{1} << 20U);
};
// Deleted overloads must not be reachable by handing in the reason.
template <class B>
concept begins = requires
{
    B::to_host("db");
}
|| requires { B::to_socket("/s"); };

// --- The answers: 2 states of the login times 7 of the transport ---

struct Steps {
    bool tcp;
    bool ssl;
    bool plaintext_over_network;
    bool tls_if_offered;
    bool plaintext_over_local_socket;
    bool complete;
};

template <class Transport>
constexpr Steps steps{};
template <>
constexpr Steps steps<state::tls_by_default>{.tcp = true,
                                             .ssl = true,
                                             .plaintext_over_network = true,
                                             .tls_if_offered = true,
                                             .plaintext_over_local_socket = false,
                                             .complete = true};
template <>
constexpr Steps steps<state::tls_configured>{.tcp = true,
                                             .ssl = false,
                                             .plaintext_over_network = false,
                                             .tls_if_offered = false,
                                             .plaintext_over_local_socket = false,
                                             .complete = true};
template <>
constexpr Steps steps<state::tls_if_offered> = steps<state::tls_configured>;
template <>
constexpr Steps steps<state::plaintext_chosen> = steps<state::tls_configured>;
template <>
constexpr Steps steps<state::socket_transport_missing>{.tcp = false,
                                                       .ssl = true,
                                                       .plaintext_over_network = false,
                                                       .tls_if_offered = false,
                                                       .plaintext_over_local_socket = true,
                                                       .complete = false};
template <>
constexpr Steps steps<state::socket_tls_configured>{.tcp = false,
                                                    .ssl = false,
                                                    .plaintext_over_network = false,
                                                    .tls_if_offered = false,
                                                    .plaintext_over_local_socket = false,
                                                    .complete = true};
template <>
constexpr Steps steps<state::socket_plaintext_chosen> = steps<state::socket_tls_configured>;

template <class B, class Login, class Transport>
constexpr bool answers_are_right()
{
    constexpr bool logged_in = std::same_as<Login, state::login_given>;
    constexpr Steps expected = steps<Transport>;
    static_assert(can_login<B> == !logged_in);
    static_assert(can_ssl<B> == expected.ssl);
    static_assert(can_ssl_braces<B> == expected.ssl);
    static_assert(can_go_plaintext_over_network<B> == expected.plaintext_over_network);
    static_assert(can_take_tls_if_offered<B> == expected.tls_if_offered);
    static_assert(can_take_tls_if_offered_with<B> == expected.tls_if_offered);
    static_assert(can_go_plaintext_over_local_socket<B> == expected.plaintext_over_local_socket);
    static_assert(can_connect<B> == (logged_in && expected.complete));
    static_assert(can_give_options<B> == (logged_in && expected.complete));
    static_assert(can_be_tuned<B>);
    return true;
}

template <class Login, class Transport>
constexpr bool state_is_right()
{
    using B = BasicConnectionBuilder<Login, Transport>;
    // Every way to hold one.
    static_assert(answers_are_right<B, Login, Transport>());
    static_assert(answers_are_right<B&, Login, Transport>());
    static_assert(answers_are_right<B const&, Login, Transport>());
    static_assert(answers_are_right<B const, Login, Transport>());
    static_assert(std::copyable<B>);
    static_assert(!std::default_initializable<B>);
    static_assert(!std::constructible_from<B, ConnectionOptions>); // only through its steps
    static_assert(begins<B> == std::same_as<B, ConnectionBuilder>);
    // What is not a step keeps the state.
    static_assert(std::same_as<decltype(std::declval<B>().database("")), B>);
    static_assert(std::same_as<decltype(std::declval<B>().connect_timeout(1s)), B>);
    static_assert(std::same_as<decltype(std::declval<B>().read_timeout(1s)), B>);
    static_assert(std::same_as<decltype(std::declval<B>().write_timeout(1s)), B>);
    static_assert(std::same_as<decltype(std::declval<B>().character_set("")), B>);
    static_assert(std::same_as<decltype(std::declval<B>().init_statement("SET @a = 1")), B>);
    static_assert(std::same_as<decltype(std::declval<B>().connection_attribute("", "")), B>);
    static_assert(std::same_as<decltype(std::declval<B>().max_allowed_packet(1)), B>);
    return true;
}

template <class... Transports>
constexpr bool all_states_are_right()
{
    return ((state_is_right<state::login_missing, Transports>() &&
             state_is_right<state::login_given, Transports>()) &&
            ...);
}
static_assert(
    all_states_are_right<state::tls_by_default, state::tls_configured, state::tls_if_offered,
                         state::plaintext_chosen, state::socket_transport_missing,
                         state::socket_tls_configured, state::socket_plaintext_chosen>());

// --- Where each step leads ---

template <class Login, class Transport>
using Builder = BasicConnectionBuilder<Login, Transport>;

static_assert(
    std::same_as<ConnectionBuilder, Builder<state::login_missing, state::tls_by_default>>);
static_assert(std::same_as<decltype(ConnectionBuilder::to_host("db")), ConnectionBuilder>);
static_assert(std::same_as<decltype(ConnectionBuilder::to_socket("/s")),
                           Builder<state::login_missing, state::socket_transport_missing>>);

template <class Login>
constexpr bool transitions_are_right()
{
    using Tcp = Builder<Login, state::tls_by_default>;
    using Socket = Builder<Login, state::socket_transport_missing>;
    static_assert(
        std::same_as<decltype(std::declval<Tcp>().ssl({})), Builder<Login, state::tls_configured>>);
    static_assert(std::same_as<decltype(std::declval<Tcp>().insecure_tls_if_offered()),
                               Builder<Login, state::tls_if_offered>>);
    static_assert(std::same_as<decltype(std::declval<Tcp>().insecure_plaintext_over_network()),
                               Builder<Login, state::plaintext_chosen>>);
    static_assert(std::same_as<decltype(std::declval<Socket>().ssl({})),
                               Builder<Login, state::socket_tls_configured>>);
    static_assert(std::same_as<decltype(std::declval<Socket>().plaintext_over_local_socket()),
                               Builder<Login, state::socket_plaintext_chosen>>);
    return true;
}
static_assert(transitions_are_right<state::login_missing>() &&
              transitions_are_right<state::login_given>());

template <class Transport>
constexpr bool login_is_right =
    std::same_as<decltype(std::declval<Builder<state::login_missing, Transport>>().login("",
                                                                                         Secret{})),
                 Builder<state::login_given, Transport>>;
static_assert(login_is_right<state::tls_by_default> && login_is_right<state::tls_configured> &&
              login_is_right<state::tls_if_offered> && login_is_right<state::plaintext_chosen> &&
              login_is_right<state::socket_transport_missing> &&
              login_is_right<state::socket_tls_configured> &&
              login_is_right<state::socket_plaintext_chosen>);

// --- The templates end here, and a password is a Secret ---

using Complete = Builder<state::login_given, state::tls_by_default>;
static_assert(std::same_as<decltype(std::declval<Complete>().connect()), sealsql::Connection>);
static_assert(
    std::same_as<decltype(std::declval<Complete const&>().options()), ConnectionOptions const&>);
static_assert(std::same_as<decltype(std::declval<Complete>().options()), ConnectionOptions>);

template <class Password>
concept is_a_password = requires(ConnectionBuilder b, Password password)
{
    b.login("app", password);
};
static_assert(is_a_password<Secret>);
static_assert(!is_a_password<char const*>);
static_assert(!is_a_password<std::string>);
static_assert(!is_a_password<std::string_view>);

template <class Statement>
concept is_an_init_statement = requires(Complete b, Statement statement)
{
    b.init_statement(statement);
};
static_assert(is_an_init_statement<sealsql::Sql>);
static_assert(!is_an_init_statement<std::string>);
static_assert(!is_an_init_statement<char const*>);
static_assert(!is_an_init_statement<std::string_view>);

// --- What the steps do ---

ConnectionOptions base_options()
{
    ConnectionOptions options;
    options.endpoint = Endpoint::tcp("db.internal", 3306);
    options.user = "app";
    options.password = Secret{"hunter2"};
    return options;
}

auto base_builder()
{
    return ConnectionBuilder::to_host("db.internal").login("app", Secret{"hunter2"});
}

} // namespace

TEST_CASE("The shortest builder asks for verified TLS", "[connection_builder]")
{
    CHECK(base_builder().options() == base_options());
    auto const options = base_builder().options();
    REQUIRE(options.transport.demands_tls());
    CHECK(options.transport.ssl()->verify == VerifyMode::identity);
}

TEST_CASE("Each step changes what it says and nothing else", "[connection_builder]")
{
    ConnectionOptions expected = base_options();
    SECTION("to_host() with a port")
    {
        expected.endpoint = Endpoint::tcp("::1", 33060);
        CHECK(ConnectionBuilder::to_host("::1", 33060).login("app", Secret{"hunter2"}).options() ==
              expected);
    }
    SECTION("login()")
    {
        expected.user = "other";
        expected.password = Secret{};
        CHECK(ConnectionBuilder::to_host("db.internal").login("other", Secret{}).options() ==
              expected);
    }
    SECTION("ssl()")
    {
        SslOptions const ssl{
            .ca = "/ca.pem", .server_name = "db", .min_version = sealsql::TlsVersion::tls1_3};
        expected.transport = Transport::tls(ssl);
        CHECK(base_builder().ssl(ssl).options() == expected);
        CHECK(base_builder()
                  .ssl({.ca = "/ca.pem",
                        .server_name = "db",
                        .min_version = sealsql::TlsVersion::tls1_3})
                  .options() == expected);
        CHECK(ConnectionBuilder::to_host("db.internal")
                  .ssl(ssl)
                  .login("app", Secret{"hunter2"})
                  .options() == expected);
    }
    SECTION("insecure_plaintext_over_network()")
    {
        expected.transport = Transport::plaintext();
        CHECK(base_builder().insecure_plaintext_over_network().options() == expected);
    }
    SECTION("insecure_tls_if_offered()")
    {
        expected.transport = Transport::insecure_tls_if_offered({.verify = VerifyMode::none});
        CHECK(base_builder().insecure_tls_if_offered().options() == expected);
        expected.transport =
            Transport::insecure_tls_if_offered({.ca = "/ca.pem", .verify = VerifyMode::ca});
        CHECK(base_builder()
                  .insecure_tls_if_offered({.ca = "/ca.pem", .verify = VerifyMode::ca})
                  .options() == expected);
    }
    SECTION("to_socket() and plaintext_over_local_socket()")
    {
        expected.endpoint = Endpoint::local_socket("/run/mysqld.sock");
        expected.transport = Transport::plaintext();
        CHECK(ConnectionBuilder::to_socket("/run/mysqld.sock")
                  .plaintext_over_local_socket()
                  .login("app", Secret{"hunter2"})
                  .options() == expected);
    }
    SECTION("to_socket() and ssl()")
    {
        expected.endpoint = Endpoint::local_socket("/run/mysqld.sock");
        expected.transport = Transport::tls({.ca = "/ca.pem", .server_name = "db"});
        CHECK(ConnectionBuilder::to_socket("/run/mysqld.sock")
                  .login("app", Secret{"hunter2"})
                  .ssl({.ca = "/ca.pem", .server_name = "db"})
                  .options() == expected);
    }
    SECTION("database()")
    {
        expected.database = "shop";
        CHECK(base_builder().database("shop").options() == expected);
        CHECK(base_builder().database("other").database("shop").options() == expected);
    }
    SECTION("connect_timeout()")
    {
        expected.timeouts.connect = 1500ms;
        CHECK(base_builder().connect_timeout(1500ms).options() == expected);
    }
    SECTION("read_timeout()")
    {
        expected.timeouts.read = 2s;
        CHECK(base_builder().read_timeout(2s).options() == expected);
    }
    SECTION("operation_timeout()")
    {
        expected.operation_timeout = sealsql::OperationTimeout{.time = 2s};
        CHECK(base_builder().operation_timeout(sealsql::OperationTimeout{.time = 2s}).options() ==
              expected);
        CHECK(expected != base_builder().options());
    }
    SECTION("write_timeout()")
    {
        expected.timeouts.write = 3min;
        CHECK(base_builder().write_timeout(3min).options() == expected);
    }
    SECTION("character_set()")
    {
        expected.character_set = "latin1";
        CHECK(base_builder().character_set("latin1").options() == expected);
    }
    SECTION("init_statement(), in order")
    {
        expected.init_statements = {"SET time_zone = '+00:00'", "SET @b = 2"};
        CHECK(base_builder()
                  .init_statement("SET time_zone = '+00:00'")
                  .init_statement("SET @b = 2")
                  .options() == expected);
        std::string const text = "SET @b = 2";
        CHECK(base_builder()
                  .init_statement("SET time_zone = '+00:00'")
                  .init_statement(sealsql::Sql::unchecked(text))
                  .options() == expected);
    }
    SECTION("connection_attribute(), in order and as often as said")
    {
        expected.connection_attributes = {
            {"program", "shop"}, {"role", "writer"}, {"program", "again"}};
        CHECK(base_builder()
                  .connection_attribute("program", "shop")
                  .connection_attribute("role", "writer")
                  .connection_attribute("program", "again")
                  .options() == expected);
    }
    SECTION("max_allowed_packet()")
    {
        expected.max_allowed_packet = 1U << 20U;
        CHECK(base_builder().max_allowed_packet(1U << 20U).options() == expected);
    }
    SECTION("multi_statements()")
    {
        expected.multi_statements = true;
        CHECK(base_builder().multi_statements().options() == expected);
    }
    SECTION("found_rows()")
    {
        expected.found_rows = true;
        CHECK(base_builder().found_rows().options() == expected);
        CHECK(base_builder().found_rows().found_rows(false).options() == base_options());
    }
}

TEST_CASE("The order of the steps does not matter", "[connection_builder]")
{
    auto const forwards = ConnectionBuilder::to_host("db", 3307)
                              .login("app", Secret{"pw"})
                              .ssl({.ca = "/ca.pem"})
                              .database("shop")
                              .connect_timeout(1s)
                              .character_set("latin1")
                              .options();
    auto const backwards = ConnectionBuilder::to_host("db", 3307)
                               .character_set("latin1")
                               .connect_timeout(1s)
                               .database("shop")
                               .ssl({.ca = "/ca.pem"})
                               .login("app", Secret{"pw"})
                               .options();
    CHECK(forwards == backwards);
}

TEST_CASE("A step leaves the builder as it was", "[connection_builder]")
{
    auto const start = ConnectionBuilder::to_host("db.internal");
    auto const base = start.login("app", Secret{"hunter2"});
    static_cast<void>(base.database("shop"));
    static_cast<void>(base.connect_timeout(1s));
    static_cast<void>(base.read_timeout(1s));
    static_cast<void>(base.write_timeout(1s));
    static_cast<void>(base.character_set("latin1"));
    static_cast<void>(base.init_statement("SET @a = 1"));
    static_cast<void>(base.connection_attribute("a", "b"));
    static_cast<void>(base.max_allowed_packet(1U << 20U));
    static_cast<void>(base.multi_statements());
    static_cast<void>(base.found_rows());
    static_cast<void>(base.ssl({.ca = "/ca.pem"}));
    static_cast<void>(base.insecure_plaintext_over_network());
    static_cast<void>(base.insecure_tls_if_offered());
    CHECK(base.options() == base_options());
    // Finished in several ways.
    auto const reader = base.database("shop").connection_attribute("role", "reader");
    auto const writer = base.database("shop").connection_attribute("role", "writer");
    CHECK(reader.options() != writer.options());
    CHECK(start.login("other", Secret{}).options().user == "other");
    CHECK(base.options() == base_options());
}

TEST_CASE("options() of an rvalue gives a value, of an lvalue a reference", "[connection_builder]")
{
    auto const builder = base_builder();
    CHECK(&builder.options() == &builder.options());
    ConnectionOptions const kept = base_builder().options();
    CHECK(kept == base_options());
}

TEST_CASE("Contradicting SslOptions are refused by the step itself", "[connection_builder]")
{
    SslOptions const contradiction{.ca = "/ca.pem", .verify = VerifyMode::none};
    CHECK(error_of<TlsError>([&] {
              static_cast<void>(base_builder().ssl(contradiction));
          }).reason() == TlsReason::options_contradict);
    CHECK(error_of<TlsError>([&] {
              static_cast<void>(base_builder().insecure_tls_if_offered(contradiction));
          }).reason() == TlsReason::options_contradict);
    CHECK(error_of<TlsError>([&] {
              static_cast<void>(ConnectionBuilder::to_socket("/s").ssl(contradiction));
          }).reason() == TlsReason::options_contradict);
}
