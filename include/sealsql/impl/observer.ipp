#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/column.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/sql_words.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/error.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/tls_info.hpp>
#include <sealsql/transport.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// When something began, by both clocks: the one that a log has, and the one that nobody sets.
class Stopwatch {
public:
    Stopwatch() noexcept = default;
    /// Of what began a while ago.
    explicit Stopwatch(Clock::time_point begin) noexcept : begin_{std::min(begin, Clock::now())}
    {
        began_ -=
            std::chrono::duration_cast<std::chrono::system_clock::duration>(Clock::now() - begin_);
    }

    [[nodiscard]] Span span() const noexcept { return span(Clock::now()); }
    [[nodiscard]] Span span(Clock::time_point end) const noexcept
    {
        return {began_, std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin_)};
    }

private:
    std::chrono::system_clock::time_point began_ = std::chrono::system_clock::now();
    Clock::time_point begin_ = Clock::now();
};

[[nodiscard]] SEALSQL_INLINE char to_upper(char c) noexcept
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

SEALSQL_INLINE void assign_upper(std::string& to, std::string_view text)
{
    to.assign(text);
    for (char& c : to)
        c = to_upper(c);
}

/// As a whole number of UTF-8 characters, where the text is UTF-8.
[[nodiscard]] SEALSQL_INLINE std::string_view beginning(std::string_view text,
                                                        std::size_t most) noexcept
{
    if (text.size() <= most)
        return text;
    while (most != 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U)
        --most;
    return text.substr(0, most);
}

SEALSQL_INLINE void append_without_literals(std::string& out, std::string_view sql,
                                            std::size_t most)
{
    constexpr std::string_view rest = "...";
    SqlWords words{sql};
    while (words.next()) {
        std::string_view const text = words.kind() == SqlWords::Kind::literal ? "?" : words.text();
        bool const has_space = words.has_space() && !out.empty();
        if (out.size() + (has_space ? 1 : 0) + text.size() > most) {
            out += rest;
            return;
        }
        if (has_space)
            out += ' ';
        out += text;
    }
    if (words.is_cut())
        out += rest;
}

/// Makes a statement's summary of its words.
class QuerySummary {
public:
    explicit QuerySummary(std::string& out) noexcept : out_{&out} {}

    void read(std::string_view sql)
    {
        SqlWords words{sql};
        while (out_->size() < most && words.next()) {
            switch (words.kind()) {
            case SqlWords::Kind::symbol:
                on_symbol(words.text()[0]);
                break;
            case SqlWords::Kind::literal:
                expects_target_ = false;
                break;
            case SqlWords::Kind::quoted_name:
                if (expects_target_)
                    take_target(words);
                break;
            case SqlWords::Kind::word:
                on_word(words);
                break;
            }
        }
    }

private:
    static constexpr std::size_t most = 255; // as OpenTelemetry has it
    static constexpr unsigned deepest = 63;

    [[nodiscard]] static bool is_any(std::string_view word,
                                     std::initializer_list<std::string_view> words) noexcept
    {
        return std::find(words.begin(), words.end(), word) != words.end();
    }

    [[nodiscard]] static std::uint64_t bit(unsigned depth) noexcept
    {
        return std::uint64_t{1} << std::min(depth, deepest);
    }
    [[nodiscard]] std::uint64_t here() const noexcept { return bit(depth_); }

    void append(std::string_view text)
    {
        std::size_t const size = text.size() + (out_->empty() ? 0 : 1);
        if (out_->size() + size > most)
            return;
        if (!out_->empty())
            *out_ += ' ';
        *out_ += text;
    }

    void on_symbol(char c)
    {
        switch (c) {
        case '(':
            ++depth_;
            in_query_ &= ~here();
            in_tables_ &= ~here();
            if (expects_target_) { // tables may stand in parentheses
                in_query_ |= here();
                in_tables_ |= here();
            }
            break;
        case ')':
            depth_ -= depth_ == 0 ? 0 : 1;
            expects_target_ = false;
            break;
        case ',':
            expects_target_ = (in_tables_ & here()) != 0;
            break;
        case ';':
            *this = QuerySummary{*out_};
            break;
        default:
            break;
        }
    }

    void on_word(SqlWords& words)
    {
        assign_upper(word_, words.text());
        std::string_view const word = word_;
        if (is_start_ || (first_ == "WITH" && depth_ == 0 &&
                          is_any(word, {"INSERT", "REPLACE", "UPDATE", "DELETE"})))
            return on_first(word);
        bool const is_second = std::exchange(is_second_, false);
        if (is_second && is_any(first_, {"SHOW", "START", "LOAD"}))
            return append(word);
        if (names_object_)
            return on_object(word);
        if (word == "SELECT") {
            append(word);
            in_query_ |= here();
            in_tables_ &= ~here();
            expects_target_ = false;
        } else if (word == "FROM" || word == "JOIN" || word == "STRAIGHT_JOIN") {
            if ((in_query_ & here()) != 0) {
                in_tables_ |= here();
                expects_target_ = true;
            }
        } else if (word == "INTO") {
            expects_target_ =
                depth_ == 0 && is_any(first_, {"INSERT", "REPLACE", "LOAD"}) && !had_target_;
        } else if (is_any(word, {"WHERE", "SET", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION",
                                 "WINDOW", "VALUES", "VALUE", "USING", "ON", "FOR"})) {
            expects_target_ = false;
            if (word != "ON" && word != "USING")
                in_tables_ &= ~here();
        } else if (expects_target_ &&
                   !is_any(word, {"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "QUICK",
                                  "LATERAL", "TABLE", "IF", "NOT", "EXISTS"})) {
            take_target(words);
        }
    }

    void on_first(std::string_view word)
    {
        is_start_ = false;
        is_second_ = true;
        first_.assign(word);
        if (word == "WITH")
            return;
        append(word);
        names_object_ = is_any(word, {"CREATE", "DROP", "ALTER", "RENAME"});
        expects_target_ = is_any(
            word, {"INSERT", "REPLACE", "UPDATE", "CALL", "USE", "TRUNCATE", "DESCRIBE", "DESC"});
        if (is_any(word, {"SELECT", "UPDATE", "DELETE"}))
            in_query_ |= here();
        if (word == "UPDATE")
            in_tables_ |= here();
    }

    void on_object(std::string_view word)
    {
        bool const has_name = is_any(word, {"TABLE", "VIEW", "DATABASE", "SCHEMA", "PROCEDURE",
                                            "FUNCTION", "TRIGGER", "EVENT", "SEQUENCE"});
        if (!has_name && !is_any(word, {"INDEX", "USER", "ROLE", "SERVER", "TABLESPACE"}))
            return;
        names_object_ = false;
        expects_target_ = has_name;
        append(word);
    }

    void take_target(SqlWords& words)
    {
        expects_target_ = false;
        had_target_ = true;
        std::string name{unquoted(words)};
        for (SqlWords ahead = words; ahead.next() && ahead.is_symbol('.');) {
            if (!ahead.next() || (ahead.kind() != SqlWords::Kind::word &&
                                  ahead.kind() != SqlWords::Kind::quoted_name))
                break;
            name += '.';
            name += unquoted(ahead);
            words = ahead;
        }
        append(name);
    }

    [[nodiscard]] static std::string_view unquoted(SqlWords const& words) noexcept
    {
        std::string_view const text = words.text();
        return words.kind() == SqlWords::Kind::quoted_name ? text.substr(1, text.size() - 2) : text;
    }

    std::string* out_;
    std::string first_;
    std::string word_;
    unsigned depth_ = 0;
    // By depth of parentheses: whether FROM names tables there, and whether a comma does.
    std::uint64_t in_query_ = 0;
    std::uint64_t in_tables_ = 0;
    bool is_start_ = true;
    bool is_second_ = false;
    bool names_object_ = false;
    bool expects_target_ = false;
    bool had_target_ = false;
};

/// The same place, without what opens it.
[[nodiscard]] SEALSQL_INLINE ClientIdentity without_secrets(ClientIdentity const& identity)
{
    IdentitySource const& source = identity.source();
    switch (source.kind) {
    case IdentitySource::Kind::none:
        break;
    case IdentitySource::Kind::pem_files:
        return ClientIdentity::pem_files(source.certificate_file, source.key_file);
    case IdentitySource::Kind::file:
        return ClientIdentity::file(source.certificate_file);
    case IdentitySource::Kind::memory:
        return ClientIdentity::memory(source.certificate, Secret{});
    }
    return {};
}

[[nodiscard]] SEALSQL_INLINE TrustAnchors without_secrets(TrustAnchors const& anchors)
{
    std::optional<TrustAnchors> bare;
    for (TrustSource const& source : anchors.sources()) {
        TrustAnchors const one =
            source.kind == TrustSource::Kind::system      ? TrustAnchors::system()
            : source.kind == TrustSource::Kind::file      ? TrustAnchors::file(source.path)
            : source.kind == TrustSource::Kind::directory ? TrustAnchors::directory(source.path)
                                                          : TrustAnchors::memory(source.bytes);
        bare = bare ? *bare + one : one;
    }
    return bare ? *bare : anchors;
}

SEALSQL_INLINE ConnectionOptions without_password(ConnectionOptions options)
{
    options.password = Secret{};
    // As the statements themselves are told, so is what each session begins with.
    if (!options.observer || options.observer->options().text != StatementText::as_sent)
        for (std::string& statement : options.init_statements) {
            std::string told;
            append_without_literals(told, statement, std::string::npos);
            statement = std::move(told);
        }
    if (options.transport.ssl() != nullptr) {
        SslOptions ssl = *options.transport.ssl();
        ssl.identity = without_secrets(ssl.identity);
        ssl.ca = without_secrets(ssl.ca);
        options.transport = options.transport.demands_tls()
                                ? Transport::tls(std::move(ssl))
                                : Transport::insecure_tls_if_offered(std::move(ssl));
    }
    return options;
}

/// Tells one observer of one session.
class ObserverWatch final : public SessionWatch {
public:
    explicit ObserverWatch(ConnectionOptions const& options)
        : options_{without_password(options)}, observer_{options_.observer.get()},
          wanted_{observer_->options()}
    {
    }

    [[nodiscard]] WatchedOperation* begin_connect(Clock::time_point began) noexcept override
    {
        connecting_ = Stopwatch{began};
        return &connect_;
    }

    void begin_dial(std::string_view address) noexcept override
    {
        try {
            address_ = address;
        } catch (std::bad_alloc const&) {
            address_.clear();
        }
        dialling_ = {};
    }

    void end_dial(Session const& session, Error const* error) override
    {
        system_ = session.is_mariadb() ? "mariadb" : "mysql";
        TlsState const& state = session.tls_state();
        TlsInfo const accepted = session.tls() == nullptr && state.certificate_checked && state.peer
                                     ? session.describe_tls() // the login failed behind it
                                     : TlsInfo{};
        TlsInfo const* const tls = session.tls() != nullptr       ? session.tls()
                                   : state.finished && state.peer ? &accepted
                                                                  : nullptr;
        Span const dial = dialling_.span();
        if (state.handshake_begin != Clock::time_point{}) {
            bool const is_done = tls != nullptr && dynamic_cast<TlsError const*>(error) == nullptr;
            auto const end =
                state.handshake_end != Clock::time_point{} ? state.handshake_end : Clock::now();
            auto const length =
                std::chrono::duration_cast<std::chrono::nanoseconds>(end - state.handshake_begin);
            auto const before = dialling_.span(state.handshake_begin).duration;
            tell([&] {
                observer_->on_handshake(
                    {.options = options_,
                     .span = {dial.begin +
                                  std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                      before),
                              length},
                     .tls = is_done ? tls : nullptr,
                     .error = is_done ? nullptr : error,
                     .peer = peer()});
            });
        }
        tell([&] {
            observer_->on_dial({.options = options_, .span = dial, .error = error, .peer = peer()});
        });
    }

    [[nodiscard]] WatchedOperation* begin(OperationKind kind, std::string_view statement,
                                          Arguments const* arguments) noexcept override
    {
        if (is_telling)
            return nullptr;
        try {
            std::unique_ptr<Watched> operation =
                spare_ ? std::move(spare_) : std::make_unique<Watched>(*this);
            operation->begin(kind, statement, arguments);
            return operation.release();
        } catch (...) {
            return nullptr; // for lack of memory; the statement has enough of it, or says so itself
        }
    }

private:
    class Watched final : public WatchedOperation {
    public:
        explicit Watched(ObserverWatch& watch) noexcept : watch_{&watch} {}
        ~Watched() override = default;

        void begin(OperationKind kind, std::string_view sql, Arguments const* arguments)
        {
            ObserverOptions const& wanted = watch_->wanted_;
            time_ = {};
            kind_ = kind;
            affected_rows = returned_rows = batch_size = 0;
            is_abandoned = false;
            text_.clear();
            summary_.clear();
            parameters_.clear();
            if (kind == OperationKind::ping || kind == OperationKind::reset ||
                kind == OperationKind::select_database) {
                text_ = to_string(kind);
                assign_upper(name_, text_);
                if (wanted.summary)
                    summary_ = name_;
                return;
            }
            constexpr std::size_t longest_name = 32;
            SqlWords words{sql};
            std::string_view first;
            while (first.empty() && words.next())
                if (words.kind() == SqlWords::Kind::word)
                    first = words.text();
                else if (!words.is_symbol('('))
                    break;
            assign_upper(name_, beginning(first, longest_name));
            if (wanted.text == StatementText::as_sent)
                text_ = beginning(sql, wanted.longest_text);
            else if (wanted.text == StatementText::without_literals)
                append_without_literals(text_, sql, wanted.longest_text);
            if (wanted.summary)
                QuerySummary{summary_}.read(sql);
            if (wanted.parameters && arguments != nullptr)
                read_parameters(*arguments);
        }

        void succeed() noexcept override { end(nullptr); }
        void fail(Error const& error) noexcept override { end(&error); }
        void give_up() noexcept override
        {
            try {
                Error const error =
                    client_error(error_code::unknown_error,
                                 "the operation was given up: by an exception of another kind");
                end(&error);
            } catch (...) {
                end(nullptr, false);
            }
        }

    private:
        void read_parameters(Arguments const& arguments);

        void end(Error const* error, bool tells = true) noexcept
        {
            std::unique_ptr<Watched> self{this};
            ObserverWatch& watch = *watch_;
            if (tells)
                watch.tell([&] {
                    watch.observer_->on_operation({.options = watch.options_,
                                                   .span = time_.span(),
                                                   .kind = kind_,
                                                   .statement = text_,
                                                   .name = name_,
                                                   .summary = summary_,
                                                   .is_prepared = kind_ == OperationKind::execute ||
                                                                  kind_ == OperationKind::bulk,
                                                   .is_abandoned = is_abandoned,
                                                   .affected_rows = affected_rows,
                                                   .returned_rows = returned_rows,
                                                   .batch_size = batch_size,
                                                   .error = error,
                                                   .peer = watch.peer(),
                                                   .parameters = parameters_});
                });
            watch.spare_ = std::move(self); // with the room that its texts have
        }

        ObserverWatch* watch_;
        Stopwatch time_;
        OperationKind kind_ = OperationKind::query;
        std::string name_;
        std::string text_;
        std::string summary_;
        std::vector<std::string> parameters_;
    };

    /// One for each session, within it.
    class Connecting final : public WatchedOperation {
    public:
        explicit Connecting(ObserverWatch& watch) noexcept : watch_{&watch} {}
        ~Connecting() override = default;

        void succeed() noexcept override { end(nullptr); }
        void fail(Error const& error) noexcept override { end(&error); }
        void give_up() noexcept override
        {
            try {
                Error const error =
                    fatal_client_error(error_code::unknown_error,
                                       "connecting was given up: by an exception of another kind");
                end(&error);
            } catch (...) {
                // There is no memory to say so.
            }
        }

    private:
        void end(Error const* error) noexcept
        {
            watch_->tell([&] {
                watch_->observer_->on_connect({.options = watch_->options_,
                                               .span = watch_->connecting_.span(),
                                               .error = error,
                                               .peer = watch_->peer()});
            });
        }

        ObserverWatch* watch_;
    };

    template <class Call>
    void tell(Call const& call) noexcept
    {
        is_telling = true;
        call();
        is_telling = false;
    }

    [[nodiscard]] Peer peer() const noexcept { return {.system = system_, .address = address_}; }

    ConnectionOptions options_;
    Observer* observer_; // that options_ own
    ObserverOptions wanted_;
    std::string address_;
    std::string_view system_ = "mysql";
    Stopwatch connecting_;
    Stopwatch dialling_;
    Connecting connect_{*this};
    std::unique_ptr<Watched> spare_;
};

SEALSQL_INLINE SessionWatch* make_observer_watch(ConnectionOptions const& options)
{
    return new ObserverWatch{options}; // NOLINT(cppcoreguidelines-owning-memory): the caller's
}

/// Writes an encoded date or time, with as many of its parts as there are.
SEALSQL_INLINE void append_date(std::string& out, Bytes packed, ColumnType type)
{
    WireReader reader{packed};
    char text[64];
    if (type == ColumnType::time) {
        bool const is_negative = reader.integer<1>() != 0;
        auto const days = static_cast<unsigned>(reader.integer<4>());
        auto const hours = static_cast<unsigned>(reader.integer<1>());
        auto const minutes = static_cast<unsigned>(reader.integer<1>());
        auto const seconds = static_cast<unsigned>(reader.integer<1>());
        auto const micros =
            static_cast<unsigned>(reader.remaining() != 0 ? reader.integer<4>() : 0);
        std::snprintf(text, sizeof text, "%s%02u:%02u:%02u.%06u", is_negative ? "-" : "",
                      days * 24 + hours, minutes, seconds, micros);
    } else {
        auto const year = static_cast<unsigned>(reader.integer<2>());
        auto const month = static_cast<unsigned>(reader.integer<1>());
        auto const day = static_cast<unsigned>(reader.integer<1>());
        int const size = std::snprintf(text, sizeof text, "%04u-%02u-%02u", year, month, day);
        if (reader.remaining() != 0) {
            auto const hours = static_cast<unsigned>(reader.integer<1>());
            auto const minutes = static_cast<unsigned>(reader.integer<1>());
            auto const seconds = static_cast<unsigned>(reader.integer<1>());
            auto const micros =
                static_cast<unsigned>(reader.remaining() != 0 ? reader.integer<4>() : 0);
            std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size),
                          " %02u:%02u:%02u.%06u", hours, minutes, seconds, micros);
        }
    }
    out += text;
}

/// The next value, as text; of bytes and texts the beginning.
[[nodiscard]] SEALSQL_INLINE std::string read_parameter(WireReader& reader, ColumnType type,
                                                        bool is_unsigned, std::size_t most)
{
    auto const number = [is_unsigned](std::uint64_t bits, unsigned size) {
        if (is_unsigned)
            return std::to_string(bits);
        unsigned const unused = 64 - 8 * size;
        return std::to_string(static_cast<std::int64_t>(bits << unused) >> unused);
    };
    auto const floating = [](double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.17g", value);
        return std::string{text};
    };
    switch (type) {
    case ColumnType::null:
        return "NULL";
    case ColumnType::tiny_int:
        return number(reader.integer<1>(), 1);
    case ColumnType::small_int:
    case ColumnType::year:
        return number(reader.integer<2>(), 2);
    case ColumnType::integer:
    case ColumnType::medium_int:
        return number(reader.integer<4>(), 4);
    case ColumnType::big_int:
        return number(reader.integer<8>(), 8);
    case ColumnType::float_:
        return floating(static_cast<double>(
            std::bit_cast<float>(static_cast<std::uint32_t>(reader.integer<4>()))));
    case ColumnType::double_:
        return floating(std::bit_cast<double>(reader.integer<8>()));
    case ColumnType::date:
    case ColumnType::datetime:
    case ColumnType::timestamp:
    case ColumnType::time: {
        std::string text;
        std::string_view const packed = reader.text(reader.integer<1>());
        append_date(text, std::as_bytes(std::span{packed}), type);
        return text;
    }
    case ColumnType::
        long_blob: // sent before, by execute_in_pieces(): no other parameter has this type
        return "...";
    default:
        return std::string{beginning(reader.length_encoded_text(), most)};
    }
}

/// What ParameterWriter makes of them, taken apart again.
SEALSQL_INLINE void ObserverWatch::Watched::read_parameters(Arguments const& arguments)
{
    if (arguments.count == 0)
        return;
    ByteBuffer buffer;
    try {
        ParameterWriter writer{buffer, arguments.count};
        arguments.write(arguments.context, writer);
    } catch (...) {
        return; // the statement has the same trouble, and says so
    }
    WireReader reader{buffer.bytes()};
    std::string_view const nulls = reader.text((arguments.count + 7) / 8);
    reader.skip(1);
    std::string_view const types = reader.text(2 * arguments.count);
    std::size_t const count = std::min(arguments.count, most_told_parameters);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        bool const is_null = (static_cast<unsigned char>(nulls[i / 8]) >> (i % 8) & 1U) != 0;
        auto const type = static_cast<ColumnType>(types[2 * i]);
        parameters_.push_back(is_null ? "NULL"
                                      : read_parameter(reader, type, types[2 * i + 1] != '\0',
                                                       watch_->wanted_.longest_text));
    }
}

} // namespace detail

SEALSQL_INLINE std::string without_literals(std::string_view sql, std::size_t most)
{
    std::string text;
    detail::append_without_literals(text, sql, most);
    return text;
}

SEALSQL_INLINE std::string query_summary(std::string_view sql)
{
    std::string summary;
    detail::QuerySummary{summary}.read(sql);
    return summary;
}

SEALSQL_INLINE char const* to_string(OperationKind kind) noexcept
{
    switch (kind) {
    case OperationKind::query:
        return "query";
    case OperationKind::prepare:
        return "prepare";
    case OperationKind::execute:
        return "execute";
    case OperationKind::bulk:
        return "bulk";
    case OperationKind::load_data:
        return "load_data";
    case OperationKind::ping:
        return "ping";
    case OperationKind::reset:
        return "reset";
    case OperationKind::select_database:
        return "select_database";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(PoolEventKind kind) noexcept
{
    switch (kind) {
    case PoolEventKind::opened:
        return "opened";
    case PoolEventKind::closed:
        return "closed";
    case PoolEventKind::acquired:
        return "acquired";
    case PoolEventKind::returned:
        return "returned";
    case PoolEventKind::acquire_failed:
        return "acquire_failed";
    case PoolEventKind::leak_suspected:
        return "leak_suspected";
    }
    return "unknown";
}

} // namespace sealsql::inline SEALSQL_ABI
