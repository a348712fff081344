#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/jks.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/password_rounds.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void free_openssl(void* memory) noexcept { OPENSSL_free(memory); }
SEALSQL_INLINE void free_certificates(STACK_OF(X509) * all) noexcept
{
    sk_X509_pop_free(all, X509_free);
}
SEALSQL_INLINE void unload(OSSL_PROVIDER* provider) noexcept { OSSL_PROVIDER_unload(provider); }

using Certificates = Owned<STACK_OF(X509), free_certificates>;

/// OpenSSL with its old algorithms, apart from the one that the program uses.
struct LegacyOpenssl {
    Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context{OSSL_LIB_CTX_new()};
    Owned<OSSL_PROVIDER, unload> standard{load("default")};
    Owned<OSSL_PROVIDER, unload> legacy{load("legacy")};

    [[nodiscard]] OSSL_PROVIDER* load(char const* name) const noexcept
    {
        return context ? OSSL_PROVIDER_load(context.get(), name) : nullptr;
    }
};

/// How much is read of a file, and taken from memory.
inline constexpr std::size_t max_trust_size = std::size_t{16} << 20U;

/// Puts the certificates of one file into a store. The format is told from the content.
///
/// What is damaged throws. The store is then to be thrown away, as some certificates may be in it.
class TrustReader {
public:
    /// @param name what the content is called in messages, as in `the CA file ca.pem`
    /// @param password the only one to try; null for those that keystores are published with
    /// @param unpack null if archives are not looked into
    TrustReader(X509_STORE* store, std::string name, Secret const* password, UnpackArchive unpack)
        : store_{store}, name_{std::move(name)}, password_{password}, unpack_{unpack}
    {
    }

    /// False: there is nothing to trust in it, and nothing() says what there is.
    [[nodiscard]] bool read(std::string_view bytes)
    {
        if (bytes.size() > max_trust_size)
            throw tls_error(TlsReason::ca_unreadable, TlsStage::configuration,
                            concat({name_, " is larger than 16 MiB, which is the limit"}),
                            "give .ca a file that holds the CA's certificates only");
        if (bytes.starts_with("\xEF\xBB\xBF"))
            bytes.remove_prefix(3);
        if (bytes.empty())
            return nothing_in(" is empty: it holds no certificate", wanted);
        if (JksReader::recognises(bytes))
            return read_jks(bytes);
        if (is_der(bytes))
            return read_der(bytes);
        if (is_archive(bytes))
            return read_archive(bytes);
        if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
            return nothing_in(" holds no certificate that can be read: it is text in UTF-16",
                              "save it as UTF-8 or ASCII");
        if (bytes.find(pem_begin) != bytes.npos)
            return read_pem(bytes);
        if (std::string const der = from_base64(bytes); is_der(der))
            return read_der(der);
        return nothing_in(" holds no certificate: it is none of PEM, DER, PKCS#7, PKCS#12, JKS",
                          wanted);
    }

    /// Why read() found nothing.
    [[nodiscard]] TlsError nothing() const
    {
        return tls_error(TlsReason::ca_malformed, TlsStage::configuration,
                         concat({name_, instead_}), remedy_);
    }

private:
    static constexpr int max_certificates = 10'000;
    static constexpr std::string_view pem_begin = "-----BEGIN ";
    static constexpr char const* wanted =
        "give .ca a file with -----BEGIN CERTIFICATE----- in it, or one in DER, PKCS#7, PKCS#12 or JKS "
        "form";
    static constexpr char const* fetch_again = "fetch the file again from the server's operator";
    static constexpr char const* give_password =
        "give the password: .ca = TrustAnchors::file(path, Secret{…}); if it is right, fetch the file "
        "again";

    /// What a keystore says to a password.
    enum class Answer : std::uint8_t { opened, wrong_password, unknown_algorithm, too_costly };

    // --- What comes of it ---

    bool nothing_in(std::string_view instead, char const* remedy)
    {
        instead_ = instead;
        remedy_ = remedy;
        return false;
    }

    [[nodiscard]] TlsError malformed(std::initializer_list<std::string_view> message,
                                     char const* remedy = fetch_again) const
    {
        return tls_error(TlsReason::ca_malformed, TlsStage::configuration,
                         concat({name_, concat(message)}), remedy);
    }

    void add(X509* certificate)
    {
        if (X509_STORE_add_cert(store_, certificate) != 1)
            throw malformed({" holds a certificate that OpenSSL does not take"});
        if (sk_X509_OBJECT_num(X509_STORE_get0_objects(store_)) > max_certificates)
            throw malformed({" brings the certificates to trust to more than ",
                             std::to_string(max_certificates)},
                            "name the CAs that your servers use, and no others");
    }

    void add_all(STACK_OF(X509) const* all)
    {
        for (int i = 0; i < sk_X509_num(all); ++i)
            add(sk_X509_value(all, i));
    }

    /// Exactly one certificate, and nothing behind it.
    [[nodiscard]] bool add_der(std::string_view der, bool with_trust = false)
    {
        unsigned char const* next = begin_of(der);
        auto const size = static_cast<long>(der.size()); // NOLINT(google-runtime-int)
        Owned<X509, X509_free> const x509{with_trust ? d2i_X509_AUX(nullptr, &next, size)
                                                     : d2i_X509(nullptr, &next, size)};
        if (!x509 || next != begin_of(der) + der.size())
            return false;
        add(x509.get());
        return true;
    }

    [[nodiscard]] static unsigned char const* begin_of(std::string_view bytes) noexcept
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
        return reinterpret_cast<unsigned char const*>(bytes.data());
    }

    // --- ZIP ---

    /// It begins with a file, with its end if there is none, or with the mark of one in several pieces.
    [[nodiscard]] static bool is_archive(std::string_view bytes) noexcept
    {
        return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06") ||
               bytes.starts_with("PK\x07\x08");
    }

    /// The files in it, as those of a directory: what holds something else is passed over.
    [[nodiscard]] bool read_archive(std::string_view bytes)
    {
        if (unpack_ == nullptr)
            return nothing_in(
                " is a ZIP archive, which is not looked into",
                "use .ca = zip_bundle(path), of <sealsql/zip_bundle.hpp>; or unzip it and "
                "name the .pem, .p7b or .jks inside");
        unpack_(
            bytes, name_,
            [](std::string_view name, std::string_view member, void* context) {
                auto& archive = *static_cast<TrustReader*>(context);
                TrustReader reader{archive.store_,
                                   concat({archive.name_, ", in it ", printable(name)}),
                                   archive.password_, nullptr};
                archive.found_ = reader.read(member) || archive.found_;
            },
            this);
        return found_ ||
               nothing_in(" is a ZIP archive that holds no file with a certificate",
                          "fetch the CA's archive again, or name its .pem, .p7b or .jks; an "
                          "archive within it has to be unzipped first");
    }

    // --- PEM and base64 ---

    /// Block by block, so that one that OpenSSL would take for text around cannot be left out.
    [[nodiscard]] bool read_pem(std::string_view bytes)
    {
        std::size_t number = 0;
        std::string_view other = "nothing that is known";
        std::size_t next = 0;
        for (std::size_t begin = bytes.find(pem_begin); begin != bytes.npos; begin = next) {
            next = bytes.find(pem_begin, begin + pem_begin.size());
            std::string_view const block =
                bytes.substr(begin, next == bytes.npos ? next : next - begin);
            std::string_view label = block.substr(pem_begin.size());
            label = label.substr(0, label.find("-----"));
            bool const is_x509 = label == "CERTIFICATE" || label == "X509 CERTIFICATE" ||
                                 label == "TRUSTED CERTIFICATE";
            bool const is_pkcs7 =
                label == "PKCS7" || label == "PKCS #7 SIGNED DATA" || label == "CMS";
            if (!is_x509 && !is_pkcs7) {
                other = label.ends_with("PRIVATE KEY")   ? "a private key"
                        : label == "X509 CRL"            ? "a revocation list"
                        : label.ends_with("REQUEST")     ? "a certificate request"
                        : label.find('\n') == label.npos ? "something else"
                                                         : "";
                if (other.empty() ||
                    block.find(concat({"-----END ", label, "-----"})) == block.npos)
                    throw malformed({" is damaged: behind its certificate ", std::to_string(number),
                                     " a PEM block has no end"});
                continue;
            }
            ++number;
            if (!read_pem_block(block, label, is_pkcs7))
                throw malformed({" is damaged: its certificate ", std::to_string(number),
                                 " cannot be read (PEM, ", label, ")"});
        }
        if (number == 0)
            return nothing_in(concat({" holds no certificate but ", other, " (PEM)"}), wanted);
        return found_ || nothing_in(" is PKCS#7 that holds no certificate (PEM)", wanted);
    }

    [[nodiscard]] bool read_pem_block(std::string_view block, std::string_view label, bool is_pkcs7)
    {
        Owned<BIO, BIO_free_all> const in{
            BIO_new_mem_buf(block.data(), static_cast<int>(block.size()))};
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long size = 0; // NOLINT(google-runtime-int): OpenSSL's type
        // Never asks for a passphrase: what is encrypted is not decrypted, and has a header.
        if (!in || PEM_read_bio(in.get(), &name, &header, &data, &size) != 1)
            return false;
        Owned<char, free_openssl> const name_owner{name};
        Owned<char, free_openssl> const header_owner{header};
        Owned<unsigned char, free_openssl> const data_owner{data};
        if (*header != '\0')
            return false;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        std::string_view const der{reinterpret_cast<char const*>(data),
                                   static_cast<std::size_t>(size)};
        if (!is_pkcs7 && add_der(der, label.starts_with("TRUSTED"))) {
            found_ = true;
            return true;
        }
        return read_pkcs7(der); // which some tools write under the label CERTIFICATE
    }

    /// The bytes of a text that is base64 and nothing else; empty if it is not.
    [[nodiscard]] static std::string from_base64(std::string_view text)
    {
        constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789+/= \t\r\n";
        std::string bytes;
        if (text.find_first_not_of(allowed) != text.npos)
            return bytes;
        Owned<EVP_ENCODE_CTX, EVP_ENCODE_CTX_free> const context{EVP_ENCODE_CTX_new()};
        bytes.resize(text.size() + 3);
        int size = 0;
        int rest = 0;
        EVP_DecodeInit(context.get());
        // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
        auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
        // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
        if (EVP_DecodeUpdate(context.get(), out, &size, begin_of(text),
                             static_cast<int>(text.size())) < 0 ||
            EVP_DecodeFinal(context.get(), out + size, &rest) != 1)
            size = rest = 0;
        bytes.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
        return bytes;
    }

    // --- DER ---

    /// No text begins like this: a SEQUENCE of 128 bytes or more, or of a length that comes later.
    [[nodiscard]] static bool is_der(std::string_view bytes) noexcept
    {
        return bytes.size() >= 2 && bytes[0] == '\x30' &&
               (static_cast<unsigned char>(bytes[1]) & 0x80U) != 0;
    }

    /// A certificate begins with a SEQUENCE, PKCS#7 with an object identifier, PKCS#12 and private keys
    /// with an INTEGER.
    [[nodiscard]] bool read_der(std::string_view bytes)
    {
        std::size_t const size_of_size = static_cast<unsigned char>(bytes[1]) & 0x7FU;
        std::string_view const content = bytes.substr(std::min(bytes.size(), 2 + size_of_size));
        if (content.starts_with("\x06")) {
            if (!read_pkcs7(bytes))
                throw malformed({" is damaged PKCS#7 (.p7b)"});
            return found_ || nothing_in(" is PKCS#7 that holds no certificate", wanted);
        }
        if (content.starts_with("\x02\x01\x03"))
            return read_pkcs12(bytes);
        if (content.starts_with("\x02"))
            return nothing_in(" holds no certificate but a private key (DER)", wanted);
        if (!content.empty() && !content.starts_with("\x30"))
            return nothing_in(" holds no certificate but something else (DER)", wanted);

        std::size_t number = 0;
        while (!bytes.empty()) {
            ++number;
            unsigned char const* next = begin_of(bytes);
            Owned<X509, X509_free> const x509{
                d2i_X509(nullptr, &next, static_cast<long>(bytes.size()))};
            if (!x509 && number == 1 && is_other_der(bytes))
                return nothing_in(
                    " holds no certificate but a key, a certificate request or a revocation list (DER)",
                    wanted);
            if (!x509)
                throw malformed({" is damaged: its certificate ", std::to_string(number),
                                 " cannot be read (DER)"});
            add(x509.get());
            bytes.remove_prefix(static_cast<std::size_t>(next - begin_of(bytes)));
        }
        return true;
    }

    [[nodiscard]] static bool is_other_der(std::string_view bytes)
    {
        return is_a<d2i_X509_CRL, X509_CRL_free>(bytes) ||
               is_a<d2i_X509_REQ, X509_REQ_free>(bytes) ||
               is_a<d2i_X509_SIG, X509_SIG_free>(bytes) || // an encrypted key
               is_a<d2i_X509_PUBKEY, X509_PUBKEY_free>(bytes);
    }

    template <auto Read, auto Free>
    [[nodiscard]] static bool is_a(std::string_view bytes)
    {
        // One attempt's errors; those of all would push out what others have in the queue.
        ErrorQueueGuard const errors;
        unsigned char const* next = begin_of(bytes);
        auto* const object = Read(nullptr, &next, static_cast<long>(bytes.size()));
        Free(object);
        return object != nullptr;
    }

    // --- PKCS#7 ---

    /// False: damaged. Without certificates it is good, and found_ stays as it was.
    [[nodiscard]] bool read_pkcs7(std::string_view der)
    {
        unsigned char const* next = begin_of(der);
        Owned<PKCS7, PKCS7_free> const pkcs7{
            d2i_PKCS7(nullptr, &next, static_cast<long>(der.size()))};
        if (!pkcs7 || next != begin_of(der) + der.size())
            return false;
        if (PKCS7_type_is_signed(pkcs7.get()) == 0 || pkcs7->d.sign == nullptr)
            return true;
        add_all(pkcs7->d.sign->cert);
        found_ = found_ || sk_X509_num(pkcs7->d.sign->cert) > 0;
        return true;
    }

    // --- Keystores ---

    /// The password of a try, counted from 0: the one that was given, or those that are published. An
    /// empty one is two zero bytes to some writers of PKCS#12 and nothing to others.
    [[nodiscard]] bool next_password(int attempt, std::string_view& password) const noexcept
    {
        password = {};
        if (password_ != nullptr) {
            if (attempt == 0)
                password = password_->reveal();
            return attempt == 0 || (attempt == 1 && password_->empty());
        }
        if (attempt < 3)
            password = attempt == 0 ? "tencentdb" : attempt == 1 ? "changeit" : "";
        return attempt < 4;
    }

    [[nodiscard]] TlsError wrong_password(std::string_view format) const
    {
        return malformed(
            {password_ != nullptr
                 ? ": the password that was given does not fit this "
                 : ": none of the passwords tencentdb, changeit and the empty one fits "
                   "this ",
             format, ", or it is damaged"},
            give_password);
    }

    [[nodiscard]] bool read_jks(std::string_view bytes)
    {
        JksReader walk{bytes};
        std::string_view const format = walk.is_jceks() ? "JCEKS keystore" : "JKS keystore";
        std::size_t count = 0;
        while (walk.next())
            ++count;
        std::string const entry = std::to_string(walk.entry());
        switch (walk.verdict()) {
        case JksReader::Verdict::pass:
            break;
        case JksReader::Verdict::truncated:
            throw malformed({" is a damaged ", format, ": it ends within its entry ", entry});
        case JksReader::Verdict::malformed:
            throw malformed({" is a damaged ", format, ": its entry ", entry, " cannot be read"});
        case JksReader::Verdict::unknown_version:
            throw malformed({" is a ", format, " of an unknown version, or damaged"});
        case JksReader::Verdict::too_many:
            throw malformed({" is a ", format, " with too many entries, or damaged"});
        case JksReader::Verdict::secret_key:
            throw malformed(
                {" is a ", format, " whose entry ", entry,
                 " is a secret key, behind which only Java can read on"},
                "export the CA with `keytool -exportcert -rfc`, and give .ca that file");
        }
        bool opened = false;
        std::string_view password;
        for (int attempt = 0; !opened && next_password(attempt, password); ++attempt)
            opened = jks_digest_fits(walk, password);
        if (!opened)
            throw wrong_password(format);
        if (count == 0)
            return nothing_in(
                concat({" is a ", format,
                        walk.keys() != 0 ? " that holds no certificate to trust, only private keys"
                                         : " that holds no certificate"}),
                "give .ca a keystore into which the CA was imported with `keytool "
                "-importcert`");
        JksReader reader{bytes};
        while (reader.next())
            if (!add_der(reader.certificate()))
                throw malformed({" is a damaged ", format, ": the certificate of its entry ",
                                 std::to_string(reader.entry()), " cannot be read"});
        return true;
    }

    /// SHA-1 over the password in UTF-16, a salt and the entries.
    [[nodiscard]] static bool jks_digest_fits(JksReader const& reader, std::string_view password)
    {
        Owned<EVP_MD_CTX, EVP_MD_CTX_free> const context{EVP_MD_CTX_new()};
        bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1;
        auto const add_unit = [&](std::uint32_t unit) {
            for (auto const byte :
                 {static_cast<unsigned char>(unit >> 8U), static_cast<unsigned char>(unit & 0xFFU)})
                good = good && EVP_DigestUpdate(context.get(), &byte, 1) == 1;
        };
        while (!password.empty()) {
            std::uint32_t code_point = 0;
            std::size_t const size = utf8_sequence(password, code_point);
            if (size == 0)
                return false;
            password.remove_prefix(size);
            if (code_point >= 0x10000) {
                add_unit(0xD800U + ((code_point - 0x10000U) >> 10U));
                code_point = 0xDC00U + ((code_point - 0x10000U) & 0x3FFU);
            }
            add_unit(code_point);
        }
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        for (std::string_view const part : {JksReader::salt, reader.body()})
            good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
        return good && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1 &&
               size == reader.digest().size() &&
               CRYPTO_memcmp(digest.data(), reader.digest().data(), size) == 0;
    }

    /// What is in a PKCS#12 file.
    struct Bags {
        Certificates all{sk_X509_new_null()};
        Certificates marked{sk_X509_new_null()}; ///< by Java, as to be trusted
        int keys = 0;
        bool has_mac = false;
        bool damaged = false;
    };

    [[nodiscard]] bool read_pkcs12(std::string_view der)
    {
        Bags bags;
        Answer answer = open_pkcs12(der, nullptr, bags);
        if (answer == Answer::unknown_algorithm) {
            LegacyOpenssl const old;
            if (!old.standard || !old.legacy)
                throw malformed(
                    {" is a PKCS#12 keystore whose encryption this OpenSSL does not know without "
                     "its legacy provider, which cannot be loaded; or its password is another, or it is "
                     "damaged"},
                    "convert it on another machine (`openssl pkcs12 -legacy -in old -nokeys -out ca.pem`), "
                    "or install OpenSSL's legacy provider");
            answer = open_pkcs12(der, old.context.get(), bags);
        }
        if (answer == Answer::too_costly)
            throw malformed(
                {" is a PKCS#12 keystore that takes more than ten million rounds of hashing "
                 "to open, as if to hang whoever does"},
                "have it made anew with fewer, as `openssl pkcs12 -export -iter 10000` does");
        if (answer == Answer::wrong_password ||
            (answer == Answer::unknown_algorithm && !bags.has_mac))
            throw wrong_password("PKCS#12 keystore");
        if (answer == Answer::unknown_algorithm || bags.damaged)
            throw malformed({" is a damaged PKCS#12 keystore, or one with an unknown encryption"});
        STACK_OF(X509)* const anchors = bags.keys == 0 ? bags.all.get() : bags.marked.get();
        if (sk_X509_num(anchors) <= 0)
            return nothing_in(
                bags.keys == 0
                    ? " is a PKCS#12 keystore that holds no certificate"
                    : " is a PKCS#12 keystore that holds no certificate to trust, only a private key "
                      "and what belongs to it",
                "give .ca the CA's certificate alone: `openssl pkcs12 -cacerts -nokeys` takes it out");
        add_all(anchors);
        return true;
    }

    [[nodiscard]] Answer open_pkcs12(std::string_view der, OSSL_LIB_CTX* context, Bags& bags)
    {
        Owned<BIO, BIO_free_all> const in{
            BIO_new_mem_buf(der.data(), static_cast<int>(der.size()))};
        PKCS12* object = PKCS12_init_ex(NID_pkcs7_data, context, nullptr);
        PKCS12* const read = in && object != nullptr ? d2i_PKCS12_bio(in.get(), &object) : nullptr;
        Owned<PKCS12, PKCS12_free> const pkcs12{object};
        if (read == nullptr || BIO_pending(in.get()) != 0)
            throw malformed({" is a damaged PKCS#12 keystore"});
        Owned<STACK_OF(PKCS7), free_safes> const safes{PKCS12_unpack_authsafes(pkcs12.get())};
        if (!safes)
            throw malformed({" is a damaged PKCS#12 keystore"});
        Answer worst = Answer::wrong_password;
        std::string_view password;
        for (int attempt = 0; next_password(attempt, password); ++attempt) {
            ErrorQueueGuard const
                errors; // of one attempt; all would push out what others have there
            Answer const answer = unlock_pkcs12(pkcs12.get(), safes.get(), password, bags);
            if (answer == Answer::opened || answer == Answer::too_costly)
                return answer;
            if (answer == Answer::unknown_algorithm)
                worst = answer;
        }
        return worst;
    }

    [[nodiscard]] Answer unlock_pkcs12(PKCS12* pkcs12, STACK_OF(PKCS7) const* safes,
                                       std::string_view password, Bags& bags)
    {
        bags = Bags{};
        int const size = static_cast<int>(password.size());
        bags.has_mac = PKCS12_mac_present(pkcs12) != 0;
        if (bags.has_mac && !rounds_.spend_on_checksum(pkcs12))
            return Answer::too_costly;
        if (bags.has_mac && PKCS12_verify_mac(pkcs12, password.data(), size) != 1)
            return Answer::wrong_password;
        for (int i = 0; i < sk_PKCS7_num(safes); ++i) {
            PKCS7* const safe = sk_PKCS7_value(safes, i);
            bool const is_plain = PKCS7_type_is_data(safe) != 0;
            X509_ALGOR const* const encryption = encryption_of(safe);
            if (encryption != nullptr && !rounds_.spend(encryption))
                return Answer::too_costly;
            Owned<STACK_OF(PKCS12_SAFEBAG), free_bags> const content{
                is_plain && safe->d.data != nullptr ? PKCS12_unpack_p7data(safe)
                : encryption != nullptr ? PKCS12_unpack_p7encdata(safe, password.data(), size)
                                        : nullptr};
            if (!content && !is_plain)
                return Answer::unknown_algorithm; // or, without a checksum, another password
            if (!content)
                bags.damaged = true;
            collect(content.get(), bags, 0);
        }
        return Answer::opened;
    }

    static void push(STACK_OF(X509) * all, X509* certificate, bool& failed)
    {
        if (sk_X509_push(all, certificate) > 0)
            X509_up_ref(certificate);
        else
            failed = true;
    }

    static void collect(STACK_OF(PKCS12_SAFEBAG) const* content, Bags& bags, int depth)
    {
        constexpr int max_depth = 8;
        for (int i = 0; i < sk_PKCS12_SAFEBAG_num(content); ++i) {
            PKCS12_SAFEBAG const* const bag = sk_PKCS12_SAFEBAG_value(content, i);
            switch (PKCS12_SAFEBAG_get_nid(bag)) {
            case NID_keyBag:
            case NID_pkcs8ShroudedKeyBag:
                ++bags.keys;
                break;
            case NID_certBag: {
                if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
                    break; // SDSI, which nobody writes
                Owned<X509, X509_free> const x509{PKCS12_SAFEBAG_get1_cert(bag)};
                if (!x509) {
                    bags.damaged = true;
                    break;
                }
                if (is_marked_as_trusted(bag))
                    push(bags.marked.get(), x509.get(), bags.damaged);
                push(bags.all.get(), x509.get(), bags.damaged);
                break;
            }
            case NID_safeContentsBag:
                if (depth < max_depth)
                    collect(PKCS12_SAFEBAG_get0_safes(bag), bags, depth + 1);
                else
                    bags.damaged = true;
                break;
            default: // revocation lists, secrets
                break;
            }
        }
    }

    /// Whether a bag has the attribute by which Java tells a CA from a part of a key's chain.
    [[nodiscard]] static bool is_marked_as_trusted(PKCS12_SAFEBAG const* bag)
    {
        STACK_OF(X509_ATTRIBUTE) const* const attributes = PKCS12_SAFEBAG_get0_attrs(bag);
        for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
            std::array<char, 32> text{}; // as long as the name, which has 28
            OBJ_obj2txt(text.data(), static_cast<int>(text.size()),
                        X509_ATTRIBUTE_get0_object(sk_X509_ATTRIBUTE_value(attributes, i)), 1);
            if (std::string_view{text.data()} == "2.16.840.1.113894.746875.1.1")
                return true;
        }
        return false;
    }

    X509_STORE* store_;
    std::string name_;
    Secret const* password_;
    UnpackArchive unpack_;
    PasswordRounds rounds_{};
    std::string instead_{};
    char const* remedy_ = "";
    bool found_ = false; ///< whether PEM, PKCS#7 or an archive had a certificate
};

} // namespace sealsql::inline SEALSQL_ABI::detail
