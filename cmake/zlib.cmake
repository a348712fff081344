# sealsql::zlib: zlib, for those who include <sealsql/compression.hpp>. Link it beside sealsql::sealsql. With sealsql::compiled,
# which then holds zlib's part itself, it is not needed and does no harm.
#
# It is not exported: an installed sealsql does not depend on zlib, unless sealsql::compiled does; the config file makes the
# target for those who ask for the component.
if(SEALSQL_ZLIB STREQUAL "AUTO")
  find_package(ZLIB QUIET)
elseif(SEALSQL_ZLIB)
  find_package(ZLIB REQUIRED)
endif()
if(SEALSQL_ZLIB AND ZLIB_FOUND)
  add_library(sealsql_zlib INTERFACE)
  add_library(sealsql::zlib ALIAS sealsql_zlib)
  target_link_libraries(sealsql_zlib INTERFACE ZLIB::ZLIB)
endif()
