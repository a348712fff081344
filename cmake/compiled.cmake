# sealsql::compiled: the bodies compiled once. Users of it see no MySQL or OpenSSL macro and need no C header on their include
# path, so the C libraries are linked PRIVATE (they are still on the final link line).
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/sealsql_compiled.cpp" CONTENT "#include <sealsql/src.hpp>\n" @ONLY)

add_library(sealsql_compiled STATIC "${PROJECT_BINARY_DIR}/sealsql_compiled.cpp")
add_library(sealsql::compiled ALIAS sealsql_compiled)
set_target_properties(sealsql_compiled PROPERTIES
  EXPORT_NAME compiled
  OUTPUT_NAME sealsql
  POSITION_INDEPENDENT_CODE ON # it goes into shared libraries too
  CXX_EXTENSIONS OFF
  INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
target_compile_features(sealsql_compiled PUBLIC cxx_std_20)
target_compile_definitions(sealsql_compiled PUBLIC SEALSQL_COMPILED=1)
target_sources(sealsql_compiled
  PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${SEALSQL_PUBLIC_HEADERS}
    "${PROJECT_SOURCE_DIR}/include/sealsql/zip_bundle.hpp" # which includes no zip.h in this mode
  PRIVATE FILE_SET bodies TYPE HEADERS BASE_DIRS include FILES ${SEALSQL_C_HEADERS} ${SEALSQL_BODIES})
target_link_libraries(sealsql_compiled
  PRIVATE MariaDB::Connector OpenSSL::SSL OpenSSL::Crypto ${CMAKE_DL_LIBS}
  PUBLIC Threads::Threads)
if(TARGET sealsql_zip)
  target_compile_definitions(sealsql_compiled PRIVATE SEALSQL_WITH_ZIP=1)
  target_link_libraries(sealsql_compiled PRIVATE LibZip::LibZip)
endif()
if(SEALSQL_DEV)
  target_link_libraries(sealsql_compiled PRIVATE $<BUILD_INTERFACE:sealsql_warnings>)
endif()
if(NOT SEALSQL_COMPILED)
  set_target_properties(sealsql_compiled PROPERTIES EXCLUDE_FROM_ALL ON) # here for the tests and examples only
endif()
