// Pins: every form that the usual tools print, and no other.

#include <sealsql/pin.hpp>

#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <concepts>
#include <string>
#include <string_view>

using sealsql::Pin;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TlsStage;
using unit::contains;
using unit::error_of;

namespace {

static_assert(std::copyable<Pin>);
static_assert(std::equality_comparable<Pin>);
static_assert(!std::default_initializable<Pin>);
// A text does not say whether it is a key's or a certificate's.
static_assert(!std::convertible_to<std::string, Pin>);
static_assert(!std::convertible_to<std::string_view, Pin>);

constexpr std::string_view base64 = "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG/v8/f4=";
constexpr std::string_view hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1bfbfcfdfe";
constexpr std::string_view colons =
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:FB:FC:FD:FE";

} // namespace

TEST_CASE("a public key's pin is read in every form that tools print", "[unit]")
{
    Pin const pin = Pin::public_key(base64);
    CHECK(pin.is_public_key());
    CHECK(pin.wants_reserve());
    CHECK(pin.text() == base64);
    std::string const bare{base64.substr(8)};
    for (std::string const& text :
         {std::string{hex}, std::string{colons}, "pin-sha256:" + std::string{hex},
          "pin-sha256=" + std::string{colons}, "pin-sha256:" + bare, "pin-sha256=\"" + bare + "\"",
          "SHA256//" + bare}) {
        INFO(text);
        CHECK(Pin::public_key(text) == pin);
    }
    Pin const only = Pin::public_key_without_reserve(base64);
    CHECK(only.is_public_key());
    CHECK_FALSE(only.wants_reserve());
    CHECK(only.sha256() == pin.sha256());
    CHECK_FALSE(only == pin);
}

TEST_CASE("a certificate's fingerprint is read in every form that tools print", "[unit]")
{
    Pin const pin = Pin::certificate(hex);
    CHECK_FALSE(pin.is_public_key());
    CHECK_FALSE(pin.wants_reserve());
    CHECK(pin.text() == hex);
    CHECK(Pin::certificate(colons) == pin);
    CHECK(Pin::certificate("sha256 Fingerprint=" + std::string{colons}) == pin);
    CHECK(Pin::certificate("SHA256 Fingerprint=" + std::string{colons}) == pin);
    CHECK_FALSE(Pin::public_key(hex) == pin);
}

TEST_CASE("text that is no pin is refused, and what is expected is said", "[unit]")
{
    std::string const h{hex};
    std::string const c{colons};
    std::string const b{base64};
    for (std::string const& text :
         {std::string{}, std::string{"sha256//"},
          b.substr(8),                          // Base64 of what?
          b.substr(0, b.size() - 1),            // no padding
          b + "=",                              //
          b.substr(0, b.size() - 2) + "5=",     // spare bits that are set
          b.substr(0, 20) + " " + b.substr(21), //
          b.substr(0, 20) + "_" + b.substr(21), // URL's alphabet
          "sha256//" + h, "sha1//" + b.substr(8), h.substr(2), h + "00", " " + h,
          h.substr(0, 63) + "g", c.substr(0, 94) + ":", c.substr(0, 2) + "-" + c.substr(3),
          std::string(64, '\0'), std::string{"pin-sha256=\"\""}, "\n" + b}) {
        INFO(text);
        auto const error = error_of<TlsError>([&] { static_cast<void>(Pin::public_key(text)); });
        CHECK(error.reason() == TlsReason::options_contradict);
        CHECK(error.stage() == TlsStage::configuration);
        CHECK(contains(error.message(), "expected are sha256//"));
        CHECK_FALSE(error.remedy().empty());
        CHECK_FALSE(contains(error.message(), "\n"));
        CHECK_THROWS_AS(Pin::certificate(text), TlsError);
    }
    auto const error = error_of<TlsError>([&] { static_cast<void>(Pin::certificate(base64)); });
    CHECK(contains(error.message(), "fingerprint"));
    CHECK(contains(error.message(), "64 hexadecimal digits"));
}
