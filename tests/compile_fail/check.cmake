# cmake -DCOMPILER= -DINCLUDE= "-DC_INCLUDES=..." -DHEADER= -DSTEP= [-DSOURCE=] -P check.cmake
# STEP  precompile   makes HEADER, which includes everything, and precompiles it
#       controls     compiles the controls of all files in SOURCE as one, with HEADER
#       precompiled  SOURCE must not compile, with HEADER
#       alone        the same without HEADER, and the control of SOURCE must compile
cmake_minimum_required(VERSION 3.24)

set(ENV{LC_ALL} C)
set(command "${COMPILER}" -std=c++20 -fmessage-length=0 "-I${INCLUDE}")
foreach(folder IN LISTS C_INCLUDES)
  list(APPEND command -isystem "${folder}")
endforeach()
# The declarations are the same in compiled mode, which leaves out the bodies and with them half of the time.
if(NOT STEP STREQUAL "alone")
  list(APPEND command -DSEALSQL_COMPILED=1)
endif()

if(STEP STREQUAL "precompile")
  file(WRITE "${HEADER}" "#include <sealsql/sealsql.hpp>\n")
  execute_process(COMMAND ${command} -x c++-header "${HEADER}" -o "${HEADER}.gch" # a name that Clang looks for, too
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the headers do not compile:\n${output}")
  endif()
  return()
endif()

list(APPEND command -fsyntax-only)
if(NOT STEP STREQUAL "alone")
  list(APPEND command -Winvalid-pch -Werror=invalid-pch -include "${HEADER}")
endif()

# must_compile(file)
function(must_compile source)
  execute_process(COMMAND ${command} -DSEALSQL_TEST_CONTROL=1 "${source}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the control (-DSEALSQL_TEST_CONTROL=1) must compile, and does not:\n${output}")
  endif()
endfunction()

if(STEP STREQUAL "controls")
  # Each file in a namespace of its own, where its #includes must not include anything any more.
  set(text "")
  foreach(source IN LISTS SOURCE)
    file(STRINGS "${source}" lines REGEX "^#[ \t]*include")
    list(JOIN lines "\n" lines)
    string(APPEND text "${lines}\n")
  endforeach()
  foreach(source IN LISTS SOURCE)
    cmake_path(GET source STEM stem)
    string(APPEND text "namespace ${stem} {\n#include \"${source}\"\n}\n")
  endforeach()
  cmake_path(REPLACE_FILENAME HEADER controls.cpp OUTPUT_VARIABLE controls)
  file(WRITE "${controls}" "${text}")
  must_compile("${controls}")
  return()
endif()

file(READ "${SOURCE}" text)
# The sentence may go on in the comment lines that follow directly.
if(NOT text MATCHES "^// expect: ([^\n]+(\n// [^\n]+)*)\n")
  message(FATAL_ERROR "${SOURCE} does not start with '// expect: <sentence>'")
endif()
string(REPLACE "\n// " " " expected "${CMAKE_MATCH_1}")

if(STEP STREQUAL "alone")
  must_compile("${SOURCE}")
endif()

# GCC says the sentence itself; it must not pass because of a source line that it echoes. Clang says it only by echoing the
# declaration, so there the echo is what the user reads.
execute_process(COMMAND "${COMPILER}" --version OUTPUT_VARIABLE version)
if(NOT version MATCHES "clang")
  list(APPEND command -fno-diagnostics-show-caret)
endif()
execute_process(COMMAND ${command} "${SOURCE}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "this must not compile, and does: ${SOURCE}")
endif()

string(REPLACE ";" "," output "${output}") # a list would be split here
string(REPLACE "[" "(" said "${output}")
string(REPLACE "]" ")" said "${said}")
string(REPLACE "[" "(" wanted "${expected}")
string(REPLACE "]" ")" wanted "${wanted}")
string(REPLACE ";" "," wanted "${wanted}")
string(REPLACE "\\\"" "\"" said "${said}") # quotes inside a template argument are printed escaped
string(FIND "${said}" "${wanted}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "it does not compile, as it should, but the compiler does not say\n  ${expected}\nIt says:\n${output}")
endif()
