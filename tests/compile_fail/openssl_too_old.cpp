// expect: sealsql needs OpenSSL 3.0 or later

// As OpenSSL 1.1.1 says it.
#include <openssl/opensslv.h>
#if !defined(SEALSQL_TEST_CONTROL)
#undef OPENSSL_VERSION_NUMBER
#define OPENSSL_VERSION_NUMBER 0x1010115fL
#endif
#include <sealsql/detail/openssl.hpp>
