# SEALSQL_VERSION, from the one place where the version is written.
set(_sealsql_version_header "${CMAKE_CURRENT_LIST_DIR}/../include/sealsql/version.hpp")
set(SEALSQL_VERSION "")
foreach(_sealsql_part IN ITEMS MAJOR MINOR PATCH)
  file(STRINGS "${_sealsql_version_header}" _sealsql_line
    REGEX "^#[ \t]*define[ \t]+SEALSQL_VERSION_${_sealsql_part}[ \t]+[0-9]+")
  if(NOT _sealsql_line MATCHES "SEALSQL_VERSION_${_sealsql_part}[ \t]+([0-9]+)")
    message(FATAL_ERROR "${_sealsql_version_header} does not define SEALSQL_VERSION_${_sealsql_part} as a number")
  endif()
  list(APPEND SEALSQL_VERSION "${CMAKE_MATCH_1}")
endforeach()
list(JOIN SEALSQL_VERSION "." SEALSQL_VERSION)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_sealsql_version_header}")
