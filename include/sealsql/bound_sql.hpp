#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

/// A statement that brings the values of its `?` along. Made by `named()` of <sealsql/named_parameters.hpp> and
/// `compose()` of <sealsql/compose.hpp>; Connection::query(), execute() and their like take it in place of SQL, and so do
/// Transaction, Pipeline and Results.
class BoundSql {
public:
    /// The statement as it is sent, with a `?` for each value.
    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    /// How many values it brings.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// For Connection. Valid as long as this object.
    [[nodiscard]] detail::Arguments arguments() const noexcept { return {size_, this, write_}; }

protected:
    /// Writes the values of the object that `statement` points to.
    using Write = void (*)(void const* statement, detail::ParameterWriter& writer);

    explicit BoundSql(Write write) noexcept : write_{write} {}
    // Only as a part of what it is a part of: write_ knows that.
    BoundSql(BoundSql const&) = default;
    BoundSql(BoundSql&&) noexcept = default;
    BoundSql& operator=(BoundSql const&) = default;
    BoundSql& operator=(BoundSql&&) noexcept = default;
    ~BoundSql() = default;

    // NOLINTBEGIN(cppcoreguidelines-non-private-member-variables-in-classes,readability-identifier-naming): for those who make it
    std::string text_;
    std::size_t size_ = 0;
    // NOLINTEND(cppcoreguidelines-non-private-member-variables-in-classes,readability-identifier-naming)

private:
    Write write_;
};

} // namespace sealsql::inline SEALSQL_ABI
