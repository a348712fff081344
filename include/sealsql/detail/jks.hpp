#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Reads the trusted certificates of a Java keystore (JKS or JCEKS), which OpenSSL does not know.
///
/// The layout, all integers big-endian: magic, version, number of entries, the entries, and a SHA-1 of
/// the password, "Mighty Aphrodite" and all before it. Trusted certificates are not encrypted. The
/// entries of keys are walked over, and the certificates in them not given out: they say who somebody
/// is, not whom to trust.
///
/// Sans-I/O, bounds first; checksum and certificates are the caller's to check. See
/// sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore in the JDK's sources.
class JksReader {
public:
    enum class Verdict : std::uint8_t {
        pass,
        truncated,       ///< an entry reaches beyond the end
        unknown_version, ///< neither 1 nor 2
        secret_key, ///< an entry of JCEKS in Java's own serialization, whose end only Java can tell
        malformed,  ///< breaks the layout
        too_many,   ///< more entries or certificates than any keystore to trust has
    };

    static constexpr std::uint64_t max_entries = 10'000;
    static constexpr std::uint64_t max_chain = 100;
    static constexpr std::size_t digest_size = 20;

    /// Whether the bytes begin as a JKS or JCEKS keystore.
    [[nodiscard]] static bool recognises(std::string_view file) noexcept
    {
        std::string_view const magic = file.substr(0, 4);
        return magic == "\xFE\xED\xFE\xED" || magic == "\xCE\xCE\xCE\xCE";
    }

    /// @param file the whole file, which has to outlive the reader
    explicit JksReader(std::string_view file) noexcept
        : body_{file.substr(0, file.size() - digest_size_of(file))},
          digest_{file.substr(body_.size())}, reader_{bytes_of(body_)}
    {
        if (!recognises(file)) {
            verdict_ = Verdict::malformed;
            return;
        }
        is_jceks_ = big_endian(4) == 0xCECECECE;
        version_ = big_endian(4);
        count_ = big_endian(4);
        if (!reader_.ok() || digest_.size() != digest_size)
            verdict_ = Verdict::truncated;
        else if (version_ != 1 && version_ != 2)
            verdict_ = Verdict::unknown_version;
        else if (count_ > max_entries)
            verdict_ = Verdict::too_many;
    }

    /// Goes to the next trusted certificate. False: at the end if verdict() is pass, else broken.
    [[nodiscard]] bool next() noexcept
    {
        while (verdict_ == Verdict::pass && entry_ < count_) {
            ++entry_;
            std::uint64_t const tag = big_endian(4);
            static_cast<void>(reader_.text(big_endian(2))); // the alias
            reader_.skip(8);                                // the time of its making
            std::string_view found;
            if (!reader_.ok())
                verdict_ = Verdict::truncated;
            else if (tag == key_tag)
                walk_key();
            else if (tag == certificate_tag)
                found = read_certificate();
            else
                verdict_ =
                    tag == secret_key_tag && is_jceks_ ? Verdict::secret_key : Verdict::malformed;
            if (verdict_ == Verdict::pass && tag == certificate_tag) {
                certificate_ = found;
                return true;
            }
        }
        if (verdict_ == Verdict::pass && reader_.remaining() != 0)
            verdict_ = Verdict::malformed;
        certificate_ = {};
        return false;
    }

    /// The certificate that next() went to, as DER.
    [[nodiscard]] std::string_view certificate() const noexcept { return certificate_; }
    /// The entry that next() looked at last, counted from 1.
    [[nodiscard]] std::uint64_t entry() const noexcept { return entry_; }
    /// How many entries of keys were walked over.
    [[nodiscard]] std::uint64_t keys() const noexcept { return keys_; }
    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
    [[nodiscard]] bool is_jceks() const noexcept { return is_jceks_; }

    /// What the checksum is over, behind the password and the salt.
    [[nodiscard]] std::string_view body() const noexcept { return body_; }
    /// The checksum that the file claims: digest_size bytes, or fewer if it is truncated.
    [[nodiscard]] std::string_view digest() const noexcept { return digest_; }

    static constexpr std::string_view salt = "Mighty Aphrodite";

private:
    static constexpr std::uint64_t key_tag = 1;
    static constexpr std::uint64_t certificate_tag = 2;
    static constexpr std::uint64_t secret_key_tag = 3;

    static std::size_t digest_size_of(std::string_view file) noexcept
    {
        constexpr std::size_t header_size = 12;
        return file.size() < header_size + digest_size ? 0 : digest_size;
    }

    static Bytes bytes_of(std::string_view text) noexcept
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
        return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
    }

    std::uint64_t big_endian(std::size_t size) noexcept
    {
        std::uint64_t value = 0;
        for (char const c : reader_.text(size))
            value = value << 8U | static_cast<unsigned char>(c);
        return value;
    }

    std::string_view read_certificate() noexcept
    {
        bool const is_x509 = version_ == 1 || reader_.text(big_endian(2)) == "X.509";
        std::string_view const der = reader_.text(big_endian(4));
        if (!reader_.ok())
            verdict_ = Verdict::truncated;
        else if (!is_x509 || der.empty())
            verdict_ = Verdict::malformed;
        return der;
    }

    void walk_key() noexcept
    {
        ++keys_;
        static_cast<void>(reader_.text(big_endian(4))); // the key, encrypted
        std::uint64_t const chain = big_endian(4);
        if (!reader_.ok())
            verdict_ = Verdict::truncated;
        else if (chain > max_chain)
            verdict_ = Verdict::too_many;
        for (std::uint64_t i = 0; verdict_ == Verdict::pass && i < chain; ++i)
            static_cast<void>(read_certificate());
    }

    std::string_view body_;
    std::string_view digest_;
    WireReader reader_;
    std::string_view certificate_{};
    std::uint64_t version_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t entry_ = 0;
    std::uint64_t keys_ = 0;
    bool is_jceks_ = false;
    Verdict verdict_ = Verdict::pass;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
