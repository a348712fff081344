#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>
#include <vector>

namespace doctor {

/// Writes JSON (RFC 8259), indented. Every text is made safe with sealsql::printable() first, so that it is
/// UTF-8 and moves no terminal.
class JsonWriter {
public:
    explicit JsonWriter(std::ostream& out) : out_{out} {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }
    void key(std::string_view name);

    void value(std::string_view text);
    void value(char const* text) { value(std::string_view{text}); }
    void value(bool is_true) { raw(is_true ? "true" : "false"); }
    void value(std::int64_t number);
    void value(int number) { value(std::int64_t{number}); }
    void null() { raw("null"); }

    template <class Value>
    void member(std::string_view name, Value const& content)
    {
        key(name);
        value(content);
    }

    /// A member that is a text of our own, whose lines stay lines.
    void lines(std::string_view name, std::string_view text);

private:
    void begin(char bracket);
    void end(char bracket);
    void separate();
    void raw(std::string_view text);
    void put(std::string_view text);
    void quote(std::string_view text);

    std::ostream& out_;
    std::vector<bool> has_members_;
    bool after_key_ = false;
};

} // namespace doctor
