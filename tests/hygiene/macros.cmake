# cmake -DCOMPILER= -DINCLUDE= -DTEMP= -P macros.cmake
# In compiled mode <sealsql/sealsql.hpp> must add no macro to a user's file but SEALSQL_..., over the standard headers that it
# needs. No folder of Connector/C is on the include path here, so it also proves that none is needed.
cmake_minimum_required(VERSION 3.24)

# The standard headers are found by name: those without a dot. <unistd.h> and the like are not "standard headers it needs".
file(GLOB_RECURSE headers "${INCLUDE}/sealsql/*.hpp")
list(FILTER headers EXCLUDE REGEX "/sealsql/(src|detail/(capi|openssl))\\.hpp$")
set(standard "")
foreach(header IN LISTS headers)
  file(STRINGS "${header}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*<[a-z_0-9]+>")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[^<]*<([^>]+)>.*" "\\1" name "${line}")
    list(APPEND standard "${name}")
  endforeach()
endforeach()
list(REMOVE_DUPLICATES standard)
list(SORT standard)
set(text "")
foreach(name IN LISTS standard)
  string(APPEND text "#if __has_include(<${name}>)\n#include <${name}>\n#endif\n")
endforeach()
file(WRITE "${TEMP}/base.cpp" "${text}")
file(WRITE "${TEMP}/whole.cpp" "${text}#include <sealsql/sealsql.hpp>\n")

foreach(which IN ITEMS base whole)
  execute_process(
    COMMAND "${COMPILER}" -std=c++20 -DSEALSQL_COMPILED=1 "-I${INCLUDE}" -dM -E "${TEMP}/${which}.cpp" -o "${TEMP}/${which}.txt"
    RESULT_VARIABLE result ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the preprocessor failed:\n${output}")
  endif()
  # Only the names: a macro's text may hold ; and [, on which CMake's lists break.
  file(READ "${TEMP}/${which}.txt" lines)
  string(REGEX MATCHALL "#define [A-Za-z_0-9]+" ${which} "${lines}")
endforeach()

list(REMOVE_ITEM whole ${base})
if(NOT whole MATCHES "SEALSQL_VERSION")
  message(FATAL_ERROR "SEALSQL_VERSION was not among the macros: this test does not see what it should")
endif()
list(TRANSFORM whole REPLACE "#define " "")
set(foreign ${whole})
list(FILTER foreign EXCLUDE REGEX "^SEALSQL_")
if(foreign)
  list(LENGTH foreign count)
  list(SUBLIST foreign 0 20 some)
  list(JOIN some " " some)
  message(FATAL_ERROR "<sealsql/sealsql.hpp> adds ${count} macros that do not start with SEALSQL_: ${some}")
endif()
list(JOIN whole " " whole)
message(STATUS "over the standard headers it adds only: ${whole}")
