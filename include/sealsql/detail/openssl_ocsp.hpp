#pragma once

/// @file
/// OpenSSL's OCSP, for impl/ocsp_stapling.ipp alone: most users have no need of it and should not pay for it.

#include <sealsql/detail/openssl.hpp>

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
