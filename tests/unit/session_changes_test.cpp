// Changes of the session's variables in OK packets, honest and not.

#include "helpers.hpp"

#include <sealsql/detail/session_changes.hpp>

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <string>
#include <string_view>

using sealsql::detail::SessionChange;
using namespace sealsql::testing;
using unit::Packet;

namespace {

constexpr unsigned changed = 0x4000;

std::string ok_with(std::string_view changes, unsigned status = changed | 2U)
{
    return std::string(3, '\0') + wire::int2(status) + wire::int2(0) + wire::lenenc_string("") +
           wire::lenenc_string(changes);
}

std::string variable(std::string_view name, std::string_view value)
{
    return '\0' + wire::lenenc_string(wire::lenenc_string(name) + wire::lenenc_string(value));
}

struct Found {
    SessionChange change;
    std::string value;
    bool is_database_changed;
    bool is_state_changed;
};

Found find(std::string const& bytes)
{
    Packet const packet{bytes};
    std::string_view value;
    bool is_database_changed = true;
    bool is_state_changed = true;
    SessionChange const change = sealsql::detail::find_session_change(
        packet.span(), "character_set_client", value, is_database_changed, is_state_changed);
    CHECK(packet.holds(value));
    return {change, std::string{value}, is_database_changed, is_state_changed};
}

} // namespace

TEST_CASE("a change of the character set is found", "[session_changes]")
{
    auto const one = find(ok_with(variable("autocommit", "ON") + '\1' +
                                  wire::lenenc_string(wire::lenenc_string("shop")) +
                                  variable("character_set_client", "gbk")));
    CHECK(one.change == SessionChange::changed);
    CHECK(one.value == "gbk");
    CHECK(one.is_database_changed);
    CHECK_FALSE(find(ok_with(variable("autocommit", "ON"))).is_database_changed);
    // The last one holds.
    CHECK(find(ok_with(variable("character_set_client", "gbk") +
                       variable("character_set_client", "utf8mb4")))
              .value == "utf8mb4");
    CHECK(find(ok_with(variable("autocommit", "ON"))).change == SessionChange::none);
    CHECK(find(ok_with("")).change == SessionChange::none);
    CHECK(find(ok_with(variable("character_set_client", "gbk"), 2)).change == SessionChange::none);
    CHECK(find(wire::ok()).change == SessionChange::none);
    CHECK(find(std::string(3, '\0') + wire::int2(changed) + wire::int2(0)).change ==
          SessionChange::unsaid);
    CHECK(find('\xfe' + wire::int2(0) + wire::int2(changed)).change == SessionChange::unsaid);
    CHECK(find('\xfe' + wire::int2(0) + wire::int2(2)).change == SessionChange::none);
}

TEST_CASE("malformed changes are refused, wherever they are cut", "[session_changes]")
{
    std::string const whole = ok_with(variable("character_set_client", "gbk"));
    constexpr std::size_t without_changes = 7;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK(find(whole.substr(0, size)).change ==
              (size == without_changes ? SessionChange::unsaid : SessionChange::malformed));
    }
    CHECK(find(whole + '\0').change == SessionChange::malformed);
    CHECK(find(ok_with(std::string(1, '\0') + wire::lying_string(200, "x"))).change ==
          SessionChange::malformed);
    CHECK(find(ok_with('\0' + wire::lenenc_string(wire::lying_string(200, "x")))).change ==
          SessionChange::malformed);
    CHECK(find(ok_with('\0' + wire::lenenc_string(wire::lenenc_string("character_set_client"))))
              .change == SessionChange::malformed);
    CHECK(find(ok_with('\0' + wire::lenenc_string("\xFB\xFB"))).change == SessionChange::malformed);
}

TEST_CASE("what comes and goes with transactions is no change of the session", "[session_changes]")
{
    auto const record = [](char kind, std::string_view value) {
        return kind + wire::lenenc_string(wire::lenenc_string(value));
    };
    CHECK_FALSE(find(ok_with(record('\5', "T_______"))).is_state_changed);
    CHECK_FALSE(find(ok_with(record('\3', "1-1-1"))).is_state_changed);
    CHECK(find(ok_with(record('\2', "1"))).is_state_changed);
    CHECK(find(ok_with(record('\5', "T_______") + record('\2', "1"))).is_state_changed);
    CHECK(find(ok_with(record('\4', "SET TRANSACTION READ ONLY;"))).is_state_changed);
    CHECK(find(ok_with(record('\1', "shop"))).is_state_changed);
    CHECK(find(ok_with(variable("autocommit", "ON"))).is_state_changed);
    CHECK_FALSE(find(ok_with(record('\2', "1"), 2)).is_state_changed);
    // Something changed, and there is no room to say what.
    CHECK(find(std::string(3, '\0') + wire::int2(changed) + wire::int2(0)).is_state_changed);
    CHECK(find("\xfe" + wire::int2(0) + wire::int2(changed)).is_state_changed);
}
