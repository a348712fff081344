# cmake -DROOT=... -P readme.cmake: the first example of the README is examples/from_readme.cpp, letter by letter, so that what
# people copy is what is compiled.
file(READ "${ROOT}/README.md" readme)
file(READ "${ROOT}/examples/from_readme.cpp" example)
string(FIND "${readme}" "```cpp\n" begin)
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${readme}" ${begin} -1 block)
string(FIND "${block}" "```" end)
string(SUBSTRING "${block}" 0 ${end} block)
string(FIND "${example}" "#include" begin)
string(SUBSTRING "${example}" ${begin} -1 example)
if(NOT block STREQUAL example)
  message(FATAL_ERROR "The first example in README.md and examples/from_readme.cpp differ. The README has:\n${block}\n"
    "The file has:\n${example}")
endif()
