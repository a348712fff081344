# The one list of headers: what is built against, verified, installed and layered. It is a glob, not a list by hand, because
# what each header is gets checked elsewhere: a file that tests/hygiene/layers.txt does not know fails hygiene.layers.
file(GLOB_RECURSE SEALSQL_HEADERS CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/include/sealsql/*.hpp" "${PROJECT_SOURCE_DIR}/include/sealsql/*.ipp")

# Bodies are not headers of their own: src.hpp is for one source file, *.ipp are included by headers and src.hpp.
set(SEALSQL_BODIES ${SEALSQL_HEADERS})
list(FILTER SEALSQL_BODIES INCLUDE REGEX "/include/sealsql/(src\\.hpp|.*\\.ipp)$")

# Nor can these be compiled where libzip is missing; tests/unit/zip_bundle_test.cpp includes the first of them first.
set(SEALSQL_ZIP_HEADERS ${SEALSQL_HEADERS})
list(FILTER SEALSQL_ZIP_HEADERS INCLUDE REGEX "/include/sealsql/(zip_bundle|detail/libzip)\\.hpp$")
list(APPEND SEALSQL_BODIES ${SEALSQL_ZIP_HEADERS})

# The ones that include the C headers. Users of sealsql::compiled cannot include these, and need not.
set(SEALSQL_C_HEADERS ${SEALSQL_HEADERS})
list(FILTER SEALSQL_C_HEADERS INCLUDE REGEX "/include/sealsql/detail/(capi|openssl|openssl_ocsp)\\.hpp$")

set(SEALSQL_PUBLIC_HEADERS ${SEALSQL_HEADERS})
list(FILTER SEALSQL_PUBLIC_HEADERS EXCLUDE REGEX
  "/include/sealsql/(src\\.hpp|.*\\.ipp|detail/(capi|openssl|openssl_ocsp)\\.hpp)$")
list(REMOVE_ITEM SEALSQL_PUBLIC_HEADERS ${SEALSQL_ZIP_HEADERS})
