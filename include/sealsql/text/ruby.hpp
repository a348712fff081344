#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Translates what Ruby's mysql2 connects with, as it stands in the source file: the call
/// `Mysql2::Client.new(host: 'db.internal', :sslca => 'ca.pem')`, or the hash that is given to it, with or without
/// braces. Variables that are assigned in the same text may be used.
///
/// Nothing is run: a value that would have to be computed, such as `ENV['PW']` or a text with `#{…}` in it, is an
/// error.
/// @throws Error naming the option that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_ruby(std::string_view text);

/// The same of a list: `{{"host", "db.internal"}, {"sslca", "ca.pem"}}`.
/// @throws Error naming the option that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_ruby_options(KeywordList const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/ruby.ipp>
#endif
