#pragma once

#include <sealsql/detail/client_program.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <filesystem>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Which groups of an option file count.
struct OptionFileReader {
    /// `mysql` reads the groups `[client]` and `[mysql]`; `mariadb` also `[client-server]`, `[client-mariadb]` and
    /// `[mariadb-client]`.
    ClientProgram program = ClientProgram::mysql;
    /// As `--defaults-group-suffix`: with `_shop`, the groups `[client_shop]` and so on count, too.
    std::string_view group_suffix{};
};

/// Translates the text of an option file (`my.cnf`). Options of other groups than the reader's are passed over, and
/// no file is read: a `!include` is an error.
/// @throws Error naming the option that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_option_file(std::string_view text,
                                                OptionFileReader reader = {});

/// Translates an option file, and what it includes by `!include` and `!includedir` (files whose names end in `.cnf`,
/// in their names' order): up to 10 deep, and 64 KiB together. As for the programs themselves, a path without a slash
/// before it starts at the working directory; unlike for them, a file that is missing is an error.
/// @throws Error naming the file or option that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_option_file_at(std::filesystem::path const& path,
                                                   OptionFileReader reader = {});

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/option_file.ipp>
#endif
