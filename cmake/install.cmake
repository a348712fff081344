# Install rules: headers, CMake package, pkg-config file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Header-only means the same files for every machine: they go under share/, and the version file does not ask for the
# word size. With sealsql::compiled neither holds.
if(SEALSQL_COMPILED)
  set(_sealsql_targets sealsql_headers sealsql_compiled)
  set(_sealsql_base "${CMAKE_INSTALL_LIBDIR}")
  set(_sealsql_arch "")
else()
  set(_sealsql_targets sealsql_headers)
  set(_sealsql_base "${CMAKE_INSTALL_DATADIR}")
  set(_sealsql_arch ARCH_INDEPENDENT)
endif()
set(_sealsql_package "${_sealsql_base}/cmake/sealsql")

install(TARGETS sealsql_headers EXPORT sealsql-targets
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILE_SET bodies DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(SEALSQL_COMPILED)
  install(TARGETS sealsql_compiled EXPORT sealsql-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
install(EXPORT sealsql-targets NAMESPACE sealsql:: DESTINATION "${_sealsql_package}")

set(SEALSQL_COMPILED_WITH_ZIP OFF) # for the config file
if(SEALSQL_COMPILED AND TARGET sealsql_zip)
  set(SEALSQL_COMPILED_WITH_ZIP ON)
endif()
configure_package_config_file(cmake/sealsql-config.cmake.in "${PROJECT_BINARY_DIR}/sealsql-config.cmake"
  INSTALL_DESTINATION "${_sealsql_package}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change anything: 0.1 does not satisfy a request for 0.2, nor the other way round.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/sealsql-config-version.cmake"
  COMPATIBILITY SameMinorVersion ${_sealsql_arch})
install(FILES "${PROJECT_BINARY_DIR}/sealsql-config.cmake" "${PROJECT_BINARY_DIR}/sealsql-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindMariaDB.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindLibZip.cmake"
  DESTINATION "${_sealsql_package}")

# The prefix in the .pc file is taken from where the file lies, so the tree can be moved and DESTDIR or --prefix work.
file(RELATIVE_PATH _sealsql_pc_prefix "/p/${_sealsql_base}/pkgconfig" "/p")
string(REGEX REPLACE "/$" "" _sealsql_pc_prefix "${_sealsql_pc_prefix}")
set(_sealsql_pc_libs "")
foreach(_sealsql_lib IN LISTS CMAKE_DL_LIBS)
  string(APPEND _sealsql_pc_libs " -l${_sealsql_lib}")
endforeach()
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE _sealsql_pc_include)
configure_file(cmake/sealsql.pc.in "${PROJECT_BINARY_DIR}/sealsql.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/sealsql.pc" DESTINATION "${_sealsql_base}/pkgconfig")
