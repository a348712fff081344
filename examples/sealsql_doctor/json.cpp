#include "json.hpp"

#include <sealsql/printable.hpp>

#include <cstddef>
#include <string>

namespace doctor {

void JsonWriter::separate()
{
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (has_members_.empty())
        return;
    out_ << (has_members_.back() ? ",\n" : "\n") << std::string(2 * has_members_.size(), ' ');
    has_members_.back() = true;
}

void JsonWriter::begin(char bracket)
{
    separate();
    out_ << bracket;
    has_members_.push_back(false);
}

void JsonWriter::end(char bracket)
{
    bool const has_members = has_members_.back();
    has_members_.pop_back();
    if (has_members)
        out_ << '\n' << std::string(2 * has_members_.size(), ' ');
    out_ << bracket;
    if (has_members_.empty())
        out_ << '\n';
}

void JsonWriter::raw(std::string_view text)
{
    separate();
    out_ << text;
}

void JsonWriter::put(std::string_view text)
{
    // No control character is left in it, so that two characters are all that has to be escaped.
    for (char const c : sealsql::printable(text)) {
        if (c == '"' || c == '\\')
            out_ << '\\';
        out_ << c;
    }
}

void JsonWriter::quote(std::string_view text)
{
    out_ << '"';
    put(text);
    out_ << '"';
}

void JsonWriter::key(std::string_view name)
{
    separate();
    quote(name);
    out_ << ": ";
    after_key_ = true;
}

void JsonWriter::value(std::string_view text)
{
    separate();
    quote(text);
}

void JsonWriter::lines(std::string_view name, std::string_view text)
{
    key(name);
    separate();
    out_ << '"';
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        put(text.substr(0, end));
        out_ << "\\n";
        text.remove_prefix(end + 1);
    }
    put(text);
    out_ << '"';
}

void JsonWriter::value(std::int64_t number) { raw(std::to_string(number)); }

} // namespace doctor
