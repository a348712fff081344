#[[
FindLibZip: libzip, for <sealsql/zip_bundle.hpp>.

  LibZip::LibZip                 imported target
  LibZip_FOUND, LibZip_VERSION

It looks where LibZip_ROOT, CMAKE_PREFIX_PATH, pkg-config (libzip) and the system say; to decide by hand set LibZip_INCLUDE_DIR and
LibZip_LIBRARY. Why not libzip's own config file: Debian's names programs of other packages, and is an error without them.

This file is installed beside sealsql-config.cmake and stands on its own.
]]

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_LibZip QUIET libzip)
endif()
find_path(LibZip_INCLUDE_DIR NAMES zip.h HINTS ${PC_LibZip_INCLUDE_DIRS} DOC "Folder of libzip's zip.h")
find_library(LibZip_LIBRARY NAMES zip HINTS ${PC_LibZip_LIBRARY_DIRS} DOC "libzip")
mark_as_advanced(LibZip_INCLUDE_DIR LibZip_LIBRARY)

# zipconf.h lies beside zip.h, but where a distribution keeps several machines' files apart: then pkg-config knows.
set(LibZip_VERSION "${PC_LibZip_VERSION}")
if(LibZip_INCLUDE_DIR AND EXISTS "${LibZip_INCLUDE_DIR}/zipconf.h")
  file(STRINGS "${LibZip_INCLUDE_DIR}/zipconf.h" _LibZip_line REGEX "^#define LIBZIP_VERSION \"[0-9.]+")
  if(_LibZip_line MATCHES "\"([0-9.]+)")
    set(LibZip_VERSION "${CMAKE_MATCH_1}")
  endif()
  unset(_LibZip_line)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibZip REQUIRED_VARS LibZip_LIBRARY LibZip_INCLUDE_DIR VERSION_VAR LibZip_VERSION)

if(LibZip_FOUND AND NOT TARGET LibZip::LibZip)
  add_library(LibZip::LibZip UNKNOWN IMPORTED)
  set_target_properties(LibZip::LibZip PROPERTIES
    IMPORTED_LOCATION "${LibZip_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibZip_INCLUDE_DIR}")
  get_filename_component(_LibZip_suffix "${LibZip_LIBRARY}" LAST_EXT)
  if(_LibZip_suffix STREQUAL ".a") # a static one does not say what it needs; its pkg-config file does
    set(_LibZip_needs ${PC_LibZip_STATIC_LIBRARIES})
    list(REMOVE_ITEM _LibZip_needs zip)
    target_link_libraries(LibZip::LibZip INTERFACE ${_LibZip_needs})
    unset(_LibZip_needs)
  endif()
  unset(_LibZip_suffix)
endif()
