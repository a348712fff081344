#pragma once

/// @file
/// The only file that includes OpenSSL's headers, for bodies alone: they define over 11,000 macros.

#include <cstddef>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// Of <openssl/x509v3.h>, which costs as much to compile as all the others.
// NOLINTBEGIN(readability-identifier-naming): their names
extern "C" {
int X509_check_host(X509* x509, char const* name, std::size_t size, unsigned flags, char** match);
int X509_check_ip_asc(X509* x509, char const* address, unsigned flags);
int X509_check_purpose(X509* x509, int id, int as_ca);
}
// NOLINTEND(readability-identifier-naming)

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "sealsql needs OpenSSL 3.0 or later"
#endif
