# cmake -DCOMPILER= -DINCLUDE= -DREADME= [-DEXAMPLE=] -DTEMP= -P readme.cmake: what people copy from a README compiles. Its C++
# blocks become one source file: a block with an #include as it is, any other in the body of a function that is given a `db`.
# And its first block is EXAMPLE, letter by letter, which is built, linted and run against real servers.
cmake_minimum_required(VERSION 3.24)

file(READ "${README}" rest)
set(source "")
set(count 0)
string(FIND "${rest}" "\n```cpp\n" begin)
while(NOT begin EQUAL -1)
  math(EXPR begin "${begin} + 8")
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  string(FIND "${rest}" "\n```" end)
  string(SUBSTRING "${rest}" 0 ${end} block)
  if(count EQUAL 0 AND DEFINED EXAMPLE)
    file(READ "${EXAMPLE}" example)
    string(FIND "${example}" "#include" begin)
    string(SUBSTRING "${example}" ${begin} -1 example)
    if(NOT "${block}\n" STREQUAL example)
      message(FATAL_ERROR "The first example in ${README} and ${EXAMPLE} differ. The one has:\n${block}\nthe other:\n${example}")
    endif()
  endif()
  if(block MATCHES "#include")
    string(APPEND source "${block}\n")
  else()
    string(APPEND source "void block_${count}(sealsql::Connection& db)\n{\n${block}\n}\n")
  endif()
  math(EXPR count "${count} + 1")
  string(SUBSTRING "${rest}" ${end} -1 rest)
  string(FIND "${rest}" "\n```cpp\n" begin)
endwhile()
if(count LESS 2)
  message(FATAL_ERROR "${README} has ${count} blocks of C++: this test does not see what it should")
endif()

file(WRITE "${TEMP}/readme.cpp" "${source}")
execute_process(
  COMMAND "${COMPILER}" -std=c++20 -fsyntax-only -DSEALSQL_COMPILED=1 "-I${INCLUDE}"
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wno-unused-variable "${TEMP}/readme.cpp"
  RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the C++ of ${README} does not compile:\n${output}")
endif()
message(STATUS "${count} blocks compile")
