#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_settings.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Which command-line client a text is for: both read the same form, and know different options.
enum class ClientProgram : std::uint8_t {
    /// Oracle's `mysql`, 9.7.
    mysql,
    /// MariaDB's `mariadb`, 10.11, which Debian also installs by the name of `mysql`.
    mariadb,
};

namespace detail {

/// What may stand behind an option's name.
enum class OptionValue : std::uint8_t {
    none,
    /// `--ssl`, `--skip-ssl`, `--ssl=0`
    boolean,
    /// With `=` or not at all.
    optional,
    /// With `=`, or as the next word.
    required,
};

/// Options that one of the programs, or both, know.
struct ClientOption {
    /// Each name with `:` and the letter behind it, if it has a short form.
    TextSetting setting{};
    OptionValue value = OptionValue::required;
    bool has_mysql = true;
    bool has_mariadb = true;
};

/// An option that was looked up.
struct FoundOption {
    /// Null: not known, and marked with `loose-` as one that may be passed over.
    ClientOption const* option = nullptr;
    /// As the table has it, without the letter.
    std::string_view name{};
    /// Said by `skip-` or `disable-`.
    bool is_negated = false;
    /// Said by `enable-`.
    bool is_enabled = false;
};

/// A translation in the making, of the options of a command-line client.
class ClientDraft : public TextDraft {
public:
    explicit ClientDraft(ClientProgram program, bool is_file) noexcept;

protected:
    [[nodiscard]] ClientProgram program() const noexcept { return program_; }

    /// By its long name without `--`.
    /// @throws Error if it is not known or, to mariadb, not by this beginning of its name
    [[nodiscard]] FoundOption find_option(std::string_view name) const;

    /// By its letter; no option if there is none.
    [[nodiscard]] FoundOption find_letter(char letter) const noexcept;

    /// Takes an option; the last of its name counts.
    void take_option(FoundOption found, std::string_view name, std::string_view value,
                     bool has_value);

    [[nodiscard]] Translation finish_client();

private:
    template <class Predicate>
    [[nodiscard]] FoundOption find_if(Predicate is_it) const;
    [[nodiscard]] FoundOption find_exactly(std::string_view name) const noexcept;
    [[nodiscard]] FoundOption find_by_beginning(std::string_view name) const;
    [[noreturn]] void refuse_option(std::string_view name) const;
    [[nodiscard]] bool is_seen(std::string_view name) const noexcept;
    void take_own(TextSetting const& setting, std::string_view value) override;
    void finish_address();
    void finish_tls();

    ClientProgram program_;
    bool is_file_;
    bool is_secret_next_ = false;
    bool is_password_asked_ = false;
    std::string protocol_{};
    std::string sni_{};
    std::string init_command_{};
};

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/detail/client_options.ipp>
#endif
