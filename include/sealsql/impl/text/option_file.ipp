#pragma once

#include <sealsql/detail/client_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/input_file.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/impl/input_file.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/text/option_file.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

class OptionFile : public ClientDraft {
public:
    explicit OptionFile(OptionFileReader reader) noexcept
        : ClientDraft{reader.program, true}, suffix_{reader.group_suffix}
    {
    }

    [[nodiscard]] Translation translate(std::string_view text)
    {
        check_text(text);
        read(text, no_files);
        return finish_file();
    }

    [[nodiscard]] Translation translate(std::filesystem::path const& path)
    {
        read_at(path, 0);
        return finish_file();
    }

private:
    static constexpr unsigned max_depth = 10;
    static constexpr unsigned no_files = max_depth + 1;
    static constexpr std::size_t max_files = 100;

    [[nodiscard]] Translation finish_file()
    {
        if (!has_group_)
            refuse("there is no group in it that the program reads",
                   "begin the options with a line that is [client], or name the group's suffix");
        return finish_client();
    }

    void read_at(std::filesystem::path const& path, unsigned depth)
    {
        std::string const name = printable(path.native());
        if (++file_count_ > max_files)
            refuse("there are more than 100 files");
        ScratchText scratch;
        std::string& text = scratch.clean(0);
        if (FileFailure const failure = read_file(path.c_str(), max_text_size - read_size_, text))
            refuse(concat({"the file '", name, "'", failure.text()}),
                   "name a file that can be read, of at most 64 KiB with all that it includes");
        std::error_code error;
        auto const permissions = std::filesystem::status(path, error).permissions();
        if (!error &&
            (permissions & std::filesystem::perms::others_write) != std::filesystem::perms::none)
            refuse(concat({"the file '", name,
                           "' can be written by everybody, and is passed over by the "
                           "programs"}),
                   "take the permission away: chmod o-w");
        read_size_ += text.size();
        check_text(text);
        read(text, depth);
    }

    void read(std::string_view text, unsigned depth)
    {
        // A file that is included begins without a group, and the one that includes it goes on in its own.
        bool is_in_group = false;
        bool is_ours = false;
        std::size_t line_number = 0;
        TextScanner scanner{text};
        while (!scanner.at_end()) {
            std::string_view const whole_line = scanner.take_until("\n");
            std::string_view const line = trimmed(whole_line);
            bool const has_end = scanner.skip('\n');
            ++line_number;
            // What is longer, the programs read as more than one line.
            if (whole_line.size() > 4000)
                refuse_line(line_number, "is longer than 4000 bytes", "make it shorter");
            if (line.empty() || line.front() == '#' || line.front() == ';')
                continue;
            if (line.front() == '!') {
                if (!has_end && depth != no_files && program() == ClientProgram::mariadb)
                    refuse_line(line_number, "has no end, and mariadb then cuts a letter off",
                                "end the file with a line feed");
                follow(line.substr(1), depth, line_number);
            } else if (line.front() == '[') {
                std::size_t const end = line.find(']');
                if (end == line.npos)
                    refuse_line(line_number, "begins a group and has no ']'");
                is_in_group = true;
                is_ours = is_own_group(line.substr(1, end - 1));
                has_group_ = has_group_ || is_ours;
            } else if (!is_in_group) {
                refuse_line(line_number, "is an option before the first group");
            } else if (is_ours) {
                take_line(line, line_number);
            }
        }
    }

    [[noreturn]] void refuse_line(std::size_t line, std::string_view what,
                                  std::string_view remedy = {}) const
    {
        refuse(concat({"line ", std::to_string(line), " ", what}), remedy);
    }

    [[nodiscard]] bool is_own_group(std::string_view group) const noexcept
    {
        while (!group.empty() && is_space(group.back()))
            group.remove_suffix(1);
        constexpr std::string_view mysql_groups = "mysql client";
        constexpr std::string_view mariadb_groups =
            "mysql mariadb-client client client-server client-mariadb";
        std::string_view const groups =
            program() == ClientProgram::mysql ? mysql_groups : mariadb_groups;
        if (is_one_of(group, groups, true))
            return true;
        bool const has_suffix =
            !suffix_.empty() && group.size() > suffix_.size() &&
            equal_in_any_case(group.substr(group.size() - suffix_.size()), suffix_);
        return has_suffix &&
               is_one_of(group.substr(0, group.size() - suffix_.size()), groups, true);
    }

    /// Up to the comment: a `#` that is in no quotes, whatever the quotes belong to.
    [[nodiscard]] static std::string_view without_comment(std::string_view line) noexcept
    {
        char quote = '\0';
        bool is_escaped = false;
        for (std::size_t i = 0; i < line.size(); ++i) {
            char const c = line[i];
            if ((c == '\'' || c == '"') && !is_escaped) {
                if (quote == '\0')
                    quote = c;
                else if (quote == c)
                    quote = '\0';
            }
            if (quote == '\0' && c == '#')
                return line.substr(0, i);
            is_escaped = quote != '\0' && c == '\\' && !is_escaped;
        }
        return line;
    }

    void take_line(std::string_view whole, std::size_t number)
    {
        std::string_view const line = without_comment(whole);
        current_line = number;
        std::size_t const equals = line.find('=');
        std::string_view const name = trimmed(line.substr(0, equals));
        if (name.empty())
            refuse_line(number, "has a value and no name");
        bool const has_value = equals != line.npos;
        std::string_view value = has_value ? trimmed(line.substr(equals + 1)) : std::string_view{};
        // In Latin-1, that is a space; in UTF-8 it is the last byte of letters such as à.
        if (value.ends_with('\xA0'))
            refuse_line(number, "ends with a letter of which the programs cut a byte off",
                        "write the value in quotes");
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
            value.front() == value.back())
            value = value.substr(1, value.size() - 2);
        std::string& meant = value_.clean(value.size());
        unescape(value, meant);
        FoundOption const found = find_option(name, has_value);
        // Before the comment there was something that a password may have been meant to hold.
        bool const is_cut = line.size() != whole.size() && has_value && found.name == "password" &&
                            !is_space(line.back());
        if (is_cut)
            add_finding(FindingSeverity::warning, "password", "ends before the '#'",
                        "ends before the '#'", "a '#' that is in no quotes begins a comment",
                        "if it is part of the password, write that in quotes");
        take_option(found, name, meant, has_value);
    }

    static void unescape(std::string_view text, std::string& to)
    {
        constexpr std::string_view letters = "ntrbs\"'\\";
        constexpr std::string_view meanings = "\n\t\r\b \"'\\";
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::size_t const known =
                text[i] == '\\' && i + 1 < text.size() ? letters.find(text[i + 1]) : letters.npos;
            to += known == letters.npos ? text[i] : meanings[known];
            i += known == letters.npos ? 0U : 1U;
        }
    }

    /// `!include path` and `!includedir path`; other words behind a `!` are passed over by the programs.
    void follow(std::string_view directive, unsigned depth, std::size_t line)
    {
        // To mariadb, a comment is part of the path.
        directive =
            trimmed(program() == ClientProgram::mysql ? without_comment(directive) : directive);
        constexpr std::string_view folder = "includedir";
        constexpr std::string_view file = "include";
        std::string_view const word = directive.substr(0, directive.find_first_of(" \t"));
        bool const is_folder = word == folder;
        if (!is_folder && word != file)
            refuse_line(line, "is a directive that is none");
        std::string_view const path = trimmed(directive.substr(word.size()));
        if (path.empty())
            refuse_line(line, "includes what it does not name");
        if (depth == no_files)
            refuse(
                concat({"line ", std::to_string(line),
                        " includes another file, and a text alone reads none"}),
                "give the file itself: to translate_option_file_at(), or to sealsql-translate by "
                "--file=PATH");
        if (depth == max_depth)
            refuse_line(line, "includes a file more than 10 deep");
        if (!is_folder)
            return read_at(std::filesystem::path{path}, depth + 1);
        read_folder(std::filesystem::path{path}, depth + 1);
    }

    void read_folder(std::filesystem::path const& folder, unsigned depth)
    {
        List<std::string> files;
        std::error_code error;
        std::filesystem::directory_iterator entry{folder, error};
        for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
            if (!entry->path().native().ends_with(".cnf"))
                continue;
            if (files.size() == max_files)
                refuse("there are more than 100 files");
            files.push_back(entry->path().native());
        }
        if (error)
            refuse(concat({"the folder '", printable(folder.native()),
                           "' cannot be read: ", error.message()}),
                   "name a folder that can be read");
        std::sort(files.data(), files.data() + files.size());
        for (std::string const& file : files)
            read_at(std::filesystem::path{file}, depth);
    }

    std::string_view suffix_;
    ScratchText value_{};
    bool has_group_ = false;
    std::size_t read_size_ = 0;
    std::size_t file_count_ = 0;
};

} // namespace detail

SEALSQL_INLINE Translation translate_option_file(std::string_view text, OptionFileReader reader)
{
    return detail::OptionFile{reader}.translate(text);
}

SEALSQL_INLINE Translation translate_option_file_at(std::filesystem::path const& path,
                                                    OptionFileReader reader)
{
    return detail::OptionFile{reader}.translate(path);
}

} // namespace sealsql::inline SEALSQL_ABI
