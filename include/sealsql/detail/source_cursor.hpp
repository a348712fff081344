#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/source_value.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// A piece of a program while it is read: where the reader is in it, and what it refuses.

namespace sealsql::inline SEALSQL_ABI::detail {

/// A place in a text, which moves on, and the values that were read up to it. What is alike wherever it stands is here:
/// spaces and comments, names, and errors that tell the line and the key. SourceStrings, SourceSurroundings and
/// SourceReader are cursors that can do more, each all that the one before it can.
class SourceCursor {
public:
    using Kind = SourceValue::Kind;

    SourceCursor(SourceLanguage language, std::string_view text, List<SourceValue>& values) noexcept
        : language_{language}, text_{text}, values_{values}
    {
    }

    /// Refuses a text for what it is as a whole, and leaves out its byte order mark.
    void check_text()
    {
        if (text_.size() > max_text_size)
            refuse("it is longer than 64 KiB", "give the part that connects alone");
        if (text_.find('\0') != text_.npos)
            refuse("it holds a NUL character");
        // What other bytes mean to Python is told by a comment, if at all.
        if (is_python() && !is_utf8(text_))
            refuse("it is not UTF-8", "save it as UTF-8");
        if (rest().starts_with("\xEF\xBB\xBF")) // a byte order mark
            text_.remove_prefix(3);
    }

    [[nodiscard]] bool is_python() const noexcept { return language_ == SourceLanguage::python; }
    [[nodiscard]] bool is_php() const noexcept { return language_ == SourceLanguage::php; }
    [[nodiscard]] bool is_ruby() const noexcept { return language_ == SourceLanguage::ruby; }
    [[nodiscard]] bool is_javascript() const noexcept
    {
        return language_ == SourceLanguage::javascript;
    }
    [[nodiscard]] SourceLanguage language() const noexcept { return language_; }

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }
    /// What was taken from `begin` on.
    [[nodiscard]] std::string_view since(std::size_t begin) const noexcept
    {
        return text_.substr(begin, at_ - begin);
    }
    /// NUL at the end of the text.
    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept
    {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    void go_to(std::size_t position) noexcept { at_ = position; }
    void skip(std::size_t size = 1) noexcept { at_ += size; }
    /// Not to be called at the end.
    char take() noexcept { return text_[at_++]; }

    bool take(std::string_view token) noexcept
    {
        if (!rest().starts_with(token))
            return false;
        at_ += token.size();
        return true;
    }

    /// Spaces and comments. Returns whether a line ended.
    bool skip_space()
    {
        bool new_line = false;
        bool const has_slashes = is_php() || is_javascript();
        for (;; ++at_) {
            char const c = peek();
            if (c == '\n') {
                new_line = true;
            } else if ((c == '#' && !is_javascript()) ||
                       (has_slashes && rest().starts_with("//"))) {
                at_ = text_.find('\n', at_);
                if (at_ == text_.npos)
                    at_ = text_.size();
                if (at_ == text_.size())
                    return true;
                new_line = true;
            } else if (has_slashes && rest().starts_with("/*")) {
                std::size_t const end = text_.find("*/", at_ + 2);
                if (end == text_.npos)
                    refuse("a comment does not end");
                at_ = end + 1;
            } else if (c == '\\' && !is_php() && peek(1) == '\n') {
                ++at_;
            } else if (c != ' ' && c != '\t' && c != '\r') {
                return new_line;
            }
        }
    }

    [[nodiscard]] static bool is_letter(char c) noexcept
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    }

    [[nodiscard]] std::string_view read_name() noexcept
    {
        std::size_t const begin = at_;
        if (is_letter(peek()))
            while (is_letter(peek()) || is_digit(peek()))
                ++at_;
        return since(begin);
    }

    /// `pymysql.connect`, `$db->ssl_set`, `\PDO::ATTR_PERSISTENT`, `Mysql2::Client.new`.
    [[nodiscard]] std::string_view read_path()
    {
        std::size_t const begin = at_;
        if (is_php() && !take("$"))
            take("\\");
        if (is_ruby() && !take("::") && !take("$") && take("@"))
            take("@");
        for (;;) {
            if (read_name().empty())
                refuse("something that is no literal");
            std::size_t const end = at_;
            bool const goes_on = is_php() ? take("::") || take("->") || take("\\")
                                          : (is_ruby() && take("::")) || take(".");
            if (!goes_on || !is_letter(peek())) {
                at_ = end;
                return text_.substr(begin, end - begin);
            }
        }
    }

    [[nodiscard]] List<SourceValue>& values() noexcept { return values_; }
    [[nodiscard]] List<SourceValue> const& values() const noexcept { return values_; }

    /// Another value, behind all others. Returns its index.
    std::size_t push(Kind kind, std::string_view raw = {})
    {
        if (values_.size() == max_values)
            refuse("it holds more than 1000 values", "give the part that connects alone");
        SourceValue value;
        value.kind = kind;
        value.text = raw;
        value.end = values_.size() + 1;
        values_.push_back(std::move(value));
        return values_.size() - 1;
    }

    /// The key of the value that is read next, for messages. Returns that of what the value stands in.
    [[nodiscard]] std::string_view begin_key(std::string_view key) noexcept
    {
        return std::exchange(key_, key);
    }

    /// The value was read; `outer` is what begin_key() returned.
    void end_key(std::string_view outer) noexcept
    {
        follows_secret_ = follows_secret_ || names_secret(key_);
        key_ = outer;
    }

    [[noreturn]] void refuse(std::string_view what, std::string_view remedy = {}) const
    {
        std::size_t line = 1;
        for (char const c : text_.substr(0, at_))
            line += c == '\n' ? 1U : 0U;
        constexpr std::string_view languages[] = {"Python", "PHP", "Ruby", "JavaScript"};
        std::string key;
        if (!key_.empty() && key_.size() <= 64 && !follows_secret_)
            key = concat({" the value of ", printable(key_), ":"});
        throw client_error(
            error_code::unknown_error,
            concat({"the text cannot be read as ", languages[static_cast<unsigned>(language_)],
                    ", line ", std::to_string(line), ":", key, " ", what}),
            std::string{remedy.empty()
                            ? "give the call or the dictionary without what stands around it, "
                              "and with literals for values"
                            : remedy});
    }

    [[noreturn]] void refuse_computed() const
    {
        refuse("it would have to be computed, and no program is run here", why::computed);
    }

private:
    static constexpr std::size_t max_values = 1000;

    SourceLanguage language_;
    std::string_view text_;
    List<SourceValue>& values_;
    std::size_t at_ = 0;
    /// Of the value that is being read, for messages.
    std::string_view key_{};
    /// A password was read: what looks like a key may be a piece of it, which a quote in it cut off.
    bool follows_secret_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
