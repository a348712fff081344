# sealsql::zip: libzip, for those who include <sealsql/zip_bundle.hpp>. Link it beside sealsql::sealsql. With sealsql::compiled,
# which then holds libzip's part itself, it is not needed and does no harm.
#
# It is not exported: an installed sealsql does not depend on libzip, unless sealsql::compiled does; the config file makes the
# target for those who ask for the component.
if(SEALSQL_ZIP STREQUAL "AUTO")
  find_package(LibZip 1.0 QUIET)
  if(NOT LibZip_FOUND)
    message(NOTICE "sealsql: libzip was not found, so nothing here opens ZIP archives "
      "(Debian: apt-get install libzip-dev; SEALSQL_ZIP=ON makes this an error, OFF silences it).")
  endif()
elseif(SEALSQL_ZIP)
  find_package(LibZip 1.0 REQUIRED)
endif()
if(SEALSQL_ZIP AND LibZip_FOUND)
  add_library(sealsql_zip INTERFACE)
  add_library(sealsql::zip ALIAS sealsql_zip)
  target_link_libraries(sealsql_zip INTERFACE LibZip::LibZip)
endif()
