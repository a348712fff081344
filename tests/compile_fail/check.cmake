# cmake -DCOMPILER= -DSOURCE= -DINCLUDE= "-DC_INCLUDES=..." -P check.cmake
file(READ "${SOURCE}" text)
# The sentence may go on in the comment lines that follow directly.
if(NOT text MATCHES "^// expect: ([^\n]+(\n// [^\n]+)*)\n")
  message(FATAL_ERROR "${SOURCE} does not start with '// expect: <sentence>'")
endif()
string(REPLACE "\n// " " " expected "${CMAKE_MATCH_1}")

set(ENV{LC_ALL} C)
set(command "${COMPILER}" -std=c++20 -fsyntax-only -fmessage-length=0 "-I${INCLUDE}")
# GCC says the sentence itself; it must not pass because of a source line that it echoes. Clang says it only by echoing the
# declaration, so there the echo is what the user reads.
execute_process(COMMAND "${COMPILER}" --version OUTPUT_VARIABLE version)
if(NOT version MATCHES "clang")
  list(APPEND command -fno-diagnostics-show-caret)
endif()
# The declarations are the same in compiled mode, which leaves out the bodies and with them half of the time.
if(NOT text MATCHES "SEALSQL_COMPILED")
  list(APPEND command -DSEALSQL_COMPILED=1)
endif()
foreach(folder IN LISTS C_INCLUDES)
  list(APPEND command -isystem "${folder}")
endforeach()

execute_process(COMMAND ${command} -DSEALSQL_TEST_CONTROL=1 "${SOURCE}"
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the control (-DSEALSQL_TEST_CONTROL=1) must compile, and does not:\n${output}")
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
