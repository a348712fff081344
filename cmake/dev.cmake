# What only people who work on sealsql need. Nothing here may reach a target that is exported.
set(SEALSQL_BUILD_TESTS OFF)
if(SEALSQL_TESTS STREQUAL "AUTO")
  find_package(Catch2 QUIET)
  if(Catch2_FOUND)
    set(SEALSQL_BUILD_TESTS ON)
  else()
    message(NOTICE "sealsql: Catch2 was not found, so the tests are not built "
      "(Debian: apt-get install catch2; SEALSQL_TESTS=ON makes this an error, OFF silences it).")
  endif()
elseif(SEALSQL_TESTS)
  find_package(Catch2 REQUIRED)
  set(SEALSQL_BUILD_TESTS ON)
endif()

if(SEALSQL_DEV OR SEALSQL_BUILD_TESTS OR SEALSQL_EXAMPLES)
  # What the programs here are linked with that are no test of how they are linked. The presets of the sanitizers say sealsql::compiled:
  # with the bodies in each file they would take three times as long to build.
  set(SEALSQL_DEV_LIBRARY sealsql::sealsql CACHE STRING "Library of tests and examples: sealsql::sealsql or sealsql::compiled")
  set_property(CACHE SEALSQL_DEV_LIBRARY PROPERTY STRINGS sealsql::sealsql sealsql::compiled)
  mark_as_advanced(SEALSQL_DEV_LIBRARY)
  set(CMAKE_CXX_EXTENSIONS OFF) # -std=c++20, not gnu++20
  add_library(sealsql_warnings INTERFACE)
  if(SEALSQL_DEV AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(sealsql_warnings INTERFACE
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${SEALSQL_WERROR}>:-Werror>)
  endif()
endif()

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  # Without a build type there is no optimisation at all, and the client would look slow. The presets choose their own.
  get_property(_sealsql_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT _sealsql_multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
  endif()
endif()
