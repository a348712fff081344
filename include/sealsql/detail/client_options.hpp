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

/// An option that one of the programs, or both, know.
struct ClientOption {
    TextSetting setting{};
    /// NUL if it has no short form.
    char letter = '\0';
    OptionValue value = OptionValue::required;
    bool has_mysql = true;
    bool has_mariadb = true;
};

/// An option that was looked up.
struct FoundOption {
    /// Null: not known, and marked with `loose-` as one that may be passed over.
    ClientOption const* option = nullptr;
    /// Said by `skip-` or `disable-`.
    bool is_negated = false;
    /// Said by `enable-`.
    bool is_enabled = false;
};

/// A translation in the making, of the options of a command-line client.
class ClientDraft : public TextDraft {
public:
    explicit ClientDraft(ClientProgram program, bool is_file) noexcept;

    /// For TextGrammar::own.
    static void take_own(TextDraft& draft, TextSetting const& setting, std::string_view value)
    {
        static_cast<ClientDraft&>(draft).take_own(setting, value);
    }

protected:
    [[nodiscard]] ClientProgram program() const noexcept { return program_; }

    /// By its long name without `--`.
    /// @throws Error if it is not known or, to mariadb, not by this beginning of its name
    [[nodiscard]] FoundOption find_option(std::string_view name) const;

    /// By its letter; null if there is none.
    [[nodiscard]] ClientOption const* find_letter(char letter) const noexcept;

    /// Takes an option; the last of its name counts.
    void take_option(FoundOption found, std::string_view name, std::string_view value,
                     bool has_value);

    [[nodiscard]] Translation finish_client();

private:
    [[nodiscard]] bool is_known(ClientOption const& option) const noexcept
    {
        return program_ == ClientProgram::mysql ? option.has_mysql : option.has_mariadb;
    }
    [[nodiscard]] ClientOption const* find_exactly(std::string_view name) const noexcept;
    [[nodiscard]] ClientOption const* find_by_beginning(std::string_view name) const;
    [[noreturn]] void refuse_unknown(std::string_view name) const;
    void take_own(TextSetting const& setting, std::string_view value);
    void finish_address();
    void finish_tls();

    ClientProgram program_;
    bool is_file_;
    bool is_secret_next_ = false;
    std::uint64_t seen_[3] = {};
    bool is_password_asked_ = false;
    std::string protocol_{};
    std::string sni_{};
    std::string crl_file_{};
    std::string crl_directory_{};
    std::string init_command_{};
    enum class Said : std::uint8_t { nothing, yes, no };
    Said ssl_ = Said::nothing;
    Said verifies_ = Said::nothing;
};

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/detail/client_options.ipp>
#endif
