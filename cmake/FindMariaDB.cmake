#[[
FindMariaDB: MariaDB Connector/C, which brings no CMake package of its own.

  MariaDB::Connector            imported target
  MariaDB_FOUND, MariaDB_VERSION (of Connector/C, e.g. 3.3.20, not of the server it was built with)
  MariaDB_TLS                   OpenSSL, GnuTLS, or unknown

It looks where MariaDB_ROOT, CMAKE_PREFIX_PATH, pkg-config (libmariadb) and the system say, in this order; to decide by hand set
MariaDB_INCLUDE_DIR (the folder of mysql.h) and MariaDB_LIBRARY. It refuses, with a sentence:

  - Oracle's libmysqlclient, whose mysql.h looks alike but has no mariadb_version.h beside it;
  - a version older than the one asked for;
  - a Connector/C that does TLS through GnuTLS, because sealsql checks certificates through OpenSSL's own callbacks.

How the TLS library is told: from the names inside the library file (the libraries a shared one needs, the functions a static
one calls), with no program run, so it works when cross-compiling. Where the file says nothing, as a Windows import library
does, MariaDB_TLS is "unknown" and the verdict is left to connect(), which asks the library itself and fails closed.

This file is installed beside sealsql-config.cmake and stands on its own.
]]

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_MariaDB QUIET libmariadb)
endif()

# By mariadb_version.h, not mysql.h: on a machine with both clients, Oracle's must not be in the way.
find_path(MariaDB_INCLUDE_DIR NAMES mariadb_version.h
  HINTS ${PC_MariaDB_INCLUDE_DIRS} PATH_SUFFIXES mariadb mysql
  DOC "Folder of Connector/C's mysql.h and mariadb_version.h")
find_library(MariaDB_LIBRARY NAMES mariadb libmariadb mariadbclient
  HINTS ${PC_MariaDB_LIBRARY_DIRS} PATH_SUFFIXES mariadb mysql
  DOC "MariaDB Connector/C")
mark_as_advanced(MariaDB_INCLUDE_DIR MariaDB_LIBRARY)

set(MariaDB_VERSION "")
set(MariaDB_TLS unknown)
set(_MariaDB_refusal "")

if(MariaDB_INCLUDE_DIR)
  set(_MariaDB_line "")
  if(EXISTS "${MariaDB_INCLUDE_DIR}/mariadb_version.h")
    file(STRINGS "${MariaDB_INCLUDE_DIR}/mariadb_version.h" _MariaDB_line
      REGEX "^[ \t]*#[ \t]*define[ \t]+MARIADB_PACKAGE_VERSION[ \t]+\"[0-9.]+")
  endif()
  if(_MariaDB_line MATCHES "\"([0-9.]+)")
    set(MariaDB_VERSION "${CMAKE_MATCH_1}")
  elseif(EXISTS "${MariaDB_INCLUDE_DIR}/mariadb_version.h")
    set(_MariaDB_refusal "the headers in ${MariaDB_INCLUDE_DIR} do not say which Connector/C they belong to \
(no MARIADB_PACKAGE_VERSION): they are older than 3.0, or not Connector/C's")
  elseif(EXISTS "${MariaDB_INCLUDE_DIR}/mysql.h")
    set(_MariaDB_refusal "the mysql.h in ${MariaDB_INCLUDE_DIR} is that of Oracle's libmysqlclient, which sealsql cannot use: \
install MariaDB Connector/C (Debian: libmariadb-dev), it talks to MySQL servers as well")
  endif()
endif()

if(NOT _MariaDB_refusal AND MariaDB_LIBRARY AND EXISTS "${MariaDB_LIBRARY}")
  get_filename_component(_MariaDB_name "${MariaDB_LIBRARY}" NAME)
  file(STRINGS "${MariaDB_LIBRARY}" _MariaDB_gnutls REGEX "libgnutls|gnutls_init" LIMIT_COUNT 1)
  file(STRINGS "${MariaDB_LIBRARY}" _MariaDB_openssl REGEX "libssl|SSL_CTX_new" LIMIT_COUNT 1)
  if(_MariaDB_name MATCHES "mysqlclient" AND NOT _MariaDB_name MATCHES "mariadb")
    # Distributions link libmysqlclient.so to libmariadb.so; what it really is, its own name inside tells.
    file(STRINGS "${MariaDB_LIBRARY}" _MariaDB_own REGEX "mariadb" LIMIT_COUNT 1)
    if(NOT _MariaDB_own)
      set(_MariaDB_refusal "${MariaDB_LIBRARY} is Oracle's libmysqlclient, which sealsql cannot use: \
install MariaDB Connector/C (Debian: libmariadb-dev), it talks to MySQL servers as well")
    endif()
  endif()
  if(_MariaDB_gnutls)
    set(MariaDB_TLS GnuTLS)
    set(_MariaDB_refusal "${MariaDB_LIBRARY} was built with GnuTLS, and sealsql needs a Connector/C built with OpenSSL \
(-DWITH_SSL=OPENSSL), because it checks certificates inside OpenSSL")
  elseif(_MariaDB_openssl)
    set(MariaDB_TLS OpenSSL)
  endif()
elseif(NOT _MariaDB_refusal AND NOT MariaDB_LIBRARY)
  find_library(MariaDB_ORACLE_LIBRARY NAMES mysqlclient PATH_SUFFIXES mysql)
  mark_as_advanced(MariaDB_ORACLE_LIBRARY)
  if(MariaDB_ORACLE_LIBRARY)
    set(_MariaDB_refusal "only Oracle's libmysqlclient was found (${MariaDB_ORACLE_LIBRARY}), which sealsql cannot use: \
install MariaDB Connector/C (Debian: libmariadb-dev), it talks to MySQL servers as well")
  endif()
endif()

if(NOT _MariaDB_refusal AND MariaDB_VERSION AND MariaDB_FIND_VERSION AND MariaDB_VERSION VERSION_LESS MariaDB_FIND_VERSION)
  set(_MariaDB_refusal "MariaDB Connector/C ${MariaDB_VERSION} in ${MariaDB_INCLUDE_DIR} is too old: \
${MariaDB_FIND_VERSION} or newer is needed")
endif()

set(_MariaDB_usable TRUE)
if(_MariaDB_refusal)
  set(_MariaDB_usable FALSE)
else()
  set(_MariaDB_refusal DEFAULT_MSG)
endif()
include(FindPackageHandleStandardArgs)
if(_MariaDB_usable)
  find_package_handle_standard_args(MariaDB
    REQUIRED_VARS MariaDB_LIBRARY MariaDB_INCLUDE_DIR VERSION_VAR MariaDB_VERSION)
else()
  find_package_handle_standard_args(MariaDB
    REQUIRED_VARS _MariaDB_usable REASON_FAILURE_MESSAGE "${_MariaDB_refusal}")
  set(MariaDB_REFUSAL "${_MariaDB_refusal}")
  # A path kept in the cache would still be refused after the right package has been installed.
  unset(MariaDB_INCLUDE_DIR CACHE)
  unset(MariaDB_LIBRARY CACHE)
endif()

if(MariaDB_FOUND AND NOT TARGET MariaDB::Connector)
  add_library(MariaDB::Connector UNKNOWN IMPORTED)
  set_target_properties(MariaDB::Connector PROPERTIES
    IMPORTED_LOCATION "${MariaDB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${MariaDB_INCLUDE_DIR}")
  get_filename_component(_MariaDB_suffix "${MariaDB_LIBRARY}" LAST_EXT)
  if(_MariaDB_suffix STREQUAL ".a") # a static one does not say what it needs; its pkg-config file does
    set(_MariaDB_needs ${PC_MariaDB_STATIC_LIBRARIES})
    list(FILTER _MariaDB_needs EXCLUDE REGEX "^(mariadb|mariadbclient|ssl|crypto)$")
    find_package(OpenSSL QUIET)
    target_link_libraries(MariaDB::Connector INTERFACE OpenSSL::SSL OpenSSL::Crypto ${_MariaDB_needs})
  endif()
endif()

foreach(_MariaDB_variable IN ITEMS line name gnutls openssl own refusal usable suffix needs)
  unset(_MariaDB_${_MariaDB_variable})
endforeach()
unset(_MariaDB_variable)
