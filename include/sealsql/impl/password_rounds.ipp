#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>

#include <cstdint>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void free_safes(STACK_OF(PKCS7) * all) noexcept
{
    sk_PKCS7_pop_free(all, PKCS7_free);
}
SEALSQL_INLINE void free_bags(STACK_OF(PKCS12_SAFEBAG) * all) noexcept
{
    sk_PKCS12_SAFEBAG_pop_free(all, PKCS12_SAFEBAG_free);
}

/// How a part of a PKCS#12 file is encrypted; null if it is not, or is empty, which OpenSSL before 3.0.13 does
/// not notice.
[[nodiscard]] SEALSQL_INLINE X509_ALGOR const* encryption_of(PKCS7 const* safe) noexcept
{
    bool const is_encrypted = OBJ_obj2nid(safe->type) == NID_pkcs7_encrypted &&
                              safe->d.encrypted != nullptr &&
                              safe->d.encrypted->enc_data != nullptr;
    return is_encrypted ? safe->d.encrypted->enc_data->algorithm : nullptr;
}

/// What opening one file by its passwords may cost. A file says itself how often a password is to be hashed
/// before it fits: usually some thousand times, but there is room for billions, which would hang whoever opens
/// it. Spent before the work is done, over all passwords that are tried.
class PasswordRounds {
public:
    /// Hashes of PBKDF2, some seconds of work; the common writers ask for 1,000 to 600,000 at a time.
    static constexpr std::uint64_t most = 10'000'000;

    /// Whether what is encrypted so may be decrypted.
    [[nodiscard]] bool spend(X509_ALGOR const* algorithm) noexcept
    {
        return spend(rounds_of(algorithm));
    }

    /// Whether the checksum of a PKCS#12 file may be looked at.
    [[nodiscard]] bool spend_on_checksum(PKCS12 const* file) noexcept
    {
        ASN1_INTEGER const* count = nullptr;
        X509_ALGOR const* algorithm = nullptr;
        PKCS12_get0_mac(nullptr, &algorithm, nullptr, &count, file);
        // PBMAC1 (RFC 9579) has a count of its own.
        return spend(algorithm != nullptr && nid_of(algorithm) == NID_pbmac1
                         ? rounds_of(algorithm)
                         : times(own_derivation, number_in(count)));
    }

private:
    /// More than anybody has.
    static constexpr std::uint64_t too_many = most + 1;
    /// PKCS#12's own way from a password to a key and its vector takes several hashes a round.
    static constexpr std::uint64_t own_derivation = 4;

    [[nodiscard]] bool spend(std::uint64_t rounds) noexcept
    {
        bool const is_affordable = rounds <= left_;
        left_ = is_affordable ? left_ - rounds : 0;
        return is_affordable;
    }

    [[nodiscard]] static std::uint64_t times(std::uint64_t left, std::uint64_t right) noexcept
    {
        return right != 0 && left > too_many / right ? too_many : left * right;
    }

    /// One where there is none, as the standard has it.
    [[nodiscard]] static std::uint64_t number_in(ASN1_INTEGER const* integer) noexcept
    {
        std::uint64_t number = 0;
        if (integer == nullptr)
            return 1;
        return ASN1_INTEGER_get_uint64(&number, integer) == 1 ? number : too_many;
    }

    [[nodiscard]] static int nid_of(X509_ALGOR const* algorithm) noexcept
    {
        ASN1_OBJECT const* object = nullptr;
        X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
        return OBJ_obj2nid(object);
    }

    /// The algorithm's parameters; null if they are others.
    template <class Parameters>
    [[nodiscard]] static Parameters* parameters_of(X509_ALGOR const* algorithm,
                                                   ASN1_ITEM const* kind) noexcept
    {
        int type = 0;
        void const* value = nullptr;
        X509_ALGOR_get0(nullptr, &type, &value, algorithm);
        return type == V_ASN1_SEQUENCE ? static_cast<Parameters*>(ASN1_item_unpack(
                                             static_cast<ASN1_STRING const*>(value), kind))
                                       : nullptr;
    }

    /// Zero for what OpenSSL will not know either.
    [[nodiscard]] static std::uint64_t rounds_of(X509_ALGOR const* algorithm) noexcept
    {
        if (algorithm == nullptr)
            return 0;
        int const nid = nid_of(algorithm);
        if (nid == NID_pbes2 || nid == NID_pbmac1) { // whose parameters have the same form
            Owned<PBE2PARAM, PBE2PARAM_free> const parameters{
                parameters_of<PBE2PARAM>(algorithm, ASN1_ITEM_rptr(PBE2PARAM))};
            return parameters ? rounds_of_derivation(parameters->keyfunc) : 0;
        }
        Owned<PBEPARAM, PBEPARAM_free> const parameters{
            parameters_of<PBEPARAM>(algorithm, ASN1_ITEM_rptr(PBEPARAM))};
        return parameters ? times(own_derivation, number_in(parameters->iter)) : 0;
    }

    [[nodiscard]] static std::uint64_t rounds_of_derivation(X509_ALGOR const* derivation) noexcept
    {
        if (nid_of(derivation) == NID_id_scrypt) {
            Owned<SCRYPT_PARAMS, SCRYPT_PARAMS_free> const parameters{
                parameters_of<SCRYPT_PARAMS>(derivation, ASN1_ITEM_rptr(SCRYPT_PARAMS))};
            return parameters ? times(times(2, number_in(parameters->costParameter)),
                                      times(number_in(parameters->blockSize),
                                            number_in(parameters->parallelizationParameter)))
                              : 0;
        }
        Owned<PBKDF2PARAM, PBKDF2PARAM_free> const parameters{
            parameters_of<PBKDF2PARAM>(derivation, ASN1_ITEM_rptr(PBKDF2PARAM))};
        return parameters ? number_in(parameters->iter) : 0;
    }

    std::uint64_t left_ = most;
};

} // namespace sealsql::inline SEALSQL_ABI::detail
