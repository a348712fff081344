#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// Whether a text is JSON (RFC 8259) in UTF-8, with at most 512 arrays and objects inside each other.
[[nodiscard]] bool is_json(std::string_view text) noexcept;

/// A JSON document, as text that was checked: give it to the JSON library of your choice.
///
/// It is read from JSON columns and from text. As a parameter it is its text; where MySQL wants to be told,
/// as in comparisons, write `CAST(? AS JSON)`.
class Json {
public:
    /// `null`, which is not NULL.
    Json() : text_{"null"} {}

    /// @throws Error if it is not JSON
    explicit Json(std::string text);

    [[nodiscard]] std::string const& text() const& noexcept { return text_; }
    [[nodiscard]] std::string text() && noexcept { return std::move(text_); }

    /// Of the texts: the same members in another order, or other spaces, are not equal.
    friend bool operator==(Json const&, Json const&) = default;

private:
    friend struct ValueTraits<Json>;

    std::string text_;
};

/// JSON, and text.
template <>
struct ValueTraits<Json> {
    [[nodiscard]] static bool decode(FieldView const& field, Json& value);
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Json const& value);
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/json.ipp>
#endif
