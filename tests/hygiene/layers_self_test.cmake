# Proves that layers.cmake fails when a rule is broken: a small tree that is right, then one break at a time.
# cmake -DTEMP=<scratch folder> -P layers_self_test.cmake
cmake_minimum_required(VERSION 3.24)

function(write_right_tree)
  file(REMOVE_RECURSE "${TEMP}")
  file(WRITE "${TEMP}/layers.txt" "# a table
0  detail/config.hpp
1  error.hpp
1  note.hpp
2  connection.hpp
optional  extra.hpp  3
c  detail/capi.hpp
c  detail/openssl.hpp
body  impl/*.ipp  2
src  src.hpp
umbrella  sealsql.hpp
")
  set(once "#pragma once\n")
  file(WRITE "${TEMP}/sealsql/detail/config.hpp" "${once}#include <string>\n")
  file(WRITE "${TEMP}/sealsql/detail/capi.hpp" "${once}#include <mysql.h>\n")
  file(WRITE "${TEMP}/sealsql/detail/openssl.hpp" "${once}#include <openssl/ssl.h>\n")
  file(WRITE "${TEMP}/sealsql/note.hpp" "${once}#include <sealsql/detail/config.hpp>\n")
  file(WRITE "${TEMP}/sealsql/error.hpp" "${once}#include <sealsql/note.hpp>\n")
  file(WRITE "${TEMP}/sealsql/connection.hpp"
    "${once}#include <sealsql/error.hpp>\n#ifndef SEALSQL_COMPILED\n#  include <sealsql/impl/connection.ipp>\n#endif\n")
  file(WRITE "${TEMP}/sealsql/extra.hpp" "${once}#include <sealsql/connection.hpp>\n")
  file(WRITE "${TEMP}/sealsql/impl/connection.ipp"
    "${once}#include <sealsql/connection.hpp>\n#include <sealsql/detail/capi.hpp>\n#include <sealsql/detail/openssl.hpp>\n")
  file(WRITE "${TEMP}/sealsql/src.hpp" "${once}#include <sealsql/impl/connection.ipp>\n")
  file(WRITE "${TEMP}/sealsql/sealsql.hpp" "// All of it.
${once}#include <sealsql/note.hpp> // notes\n#include <sealsql/error.hpp>\n#include <sealsql/connection.hpp>\n")
endfunction()

function(check name expected)
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${TEMP} -DTABLE=${TEMP}/layers.txt -P ${CMAKE_CURRENT_LIST_DIR}/layers.cmake
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  string(FIND "${output}" "${expected}" position)
  if(expected STREQUAL "")
    if(NOT result EQUAL 0)
      message(FATAL_ERROR "${name}: it should pass, and says: ${output}")
    endif()
  elseif(result EQUAL 0)
    message(FATAL_ERROR "${name}: it should fail, and passes")
  elseif(position EQUAL -1)
    message(FATAL_ERROR "${name}: it should say '${expected}', and says: ${output}")
  endif()
  write_right_tree()
endfunction()

write_right_tree()
check("the right tree" "")

# A body that is not named after an optional header may be one of such.
function(write_optional_body of)
  file(APPEND "${TEMP}/layers.txt" "body  impl/detail/part.ipp  3  ${of}\n")
  file(WRITE "${TEMP}/sealsql/impl/detail/part.ipp" "#pragma once\n#include <sealsql/extra.hpp>\n")
endfunction()
write_optional_body(optional)
check("a body of optional headers" "")
write_optional_body("")
check("a body of the others" "which is optional: only other optional headers do")

file(APPEND "${TEMP}/sealsql/error.hpp" "#include <sealsql/connection.hpp>\n")
check("upward include" "sealsql/error.hpp (layer 1) includes <sealsql/connection.hpp> (layer 2)")

file(APPEND "${TEMP}/sealsql/note.hpp" "#include <sealsql/error.hpp>\n")
check("cycle in a layer" "include each other in a circle")

file(APPEND "${TEMP}/sealsql/note.hpp" "# include <mysql.h>\n")
check("mysql.h" "only detail/capi.hpp includes the headers of Connector/C")

file(APPEND "${TEMP}/sealsql/impl/connection.ipp" "#include <mysql/client_plugin.h>\n")
check("mysql/client_plugin.h" "only detail/capi.hpp includes the headers of Connector/C")

file(APPEND "${TEMP}/sealsql/impl/connection.ipp" "#include <openssl/x509.h>\n")
check("openssl" "only detail/openssl.hpp includes the headers of OpenSSL")

file(APPEND "${TEMP}/sealsql/impl/connection.ipp" "#include <zip.h>\n")
check("zip.h" "only detail/libzip.hpp includes the headers of libzip")

file(APPEND "${TEMP}/layers.txt" "c  detail/libzip.hpp\n")
file(WRITE "${TEMP}/sealsql/detail/libzip.hpp" "#pragma once\n#include <zip.h>\n")
file(APPEND "${TEMP}/sealsql/impl/connection.ipp" "#include <sealsql/detail/libzip.hpp>\n")
check("libzip for everybody" "which only impl/zip_bundle.ipp does")

file(APPEND "${TEMP}/sealsql/connection.hpp" "#include <sealsql/detail/capi.hpp>\n")
check("capi from a header" "only bodies (impl/*.ipp) and src.hpp may")

file(APPEND "${TEMP}/sealsql/error.hpp" "#include <sealsql/impl/connection.ipp>\n")
check("body from below" "a body of layer 2, and is below it")

file(APPEND "${TEMP}/layers.txt" "optional  more.hpp  2\n")
file(WRITE "${TEMP}/sealsql/more.hpp" "#pragma once\n")
check("optional header" "")

file(APPEND "${TEMP}/layers.txt" "optional  more.hpp  1\n")
file(WRITE "${TEMP}/sealsql/more.hpp" "#pragma once\n")
file(APPEND "${TEMP}/sealsql/connection.hpp" "#include <sealsql/more.hpp>\n")
check("optional header from inside" "sealsql/connection.hpp includes <sealsql/more.hpp>, which is optional")

file(WRITE "${TEMP}/sealsql/more.hpp" "#pragma once\n")
check("unknown header" "sealsql/more.hpp is not in")

file(REMOVE "${TEMP}/sealsql/src.hpp")
check("line without a file" "there is no sealsql/src.hpp")

file(APPEND "${TEMP}/layers.txt" "2  extra/gone.hpp\n")
check("another line without a file" "there is no sealsql/extra/gone.hpp")

file(APPEND "${TEMP}/layers.txt" "1  error.hpp\n")
check("a file twice" "stands there twice")

file(APPEND "${TEMP}/sealsql/sealsql.hpp" "int i;\n")
check("code in the umbrella" "sealsql/sealsql.hpp holds more than includes: int i")

file(WRITE "${TEMP}/sealsql/sealsql.hpp" "#pragma once\n#include <sealsql/connection.hpp>\n")
check("header missing from the umbrella" "does not include <sealsql/note.hpp>")

file(APPEND "${TEMP}/sealsql/sealsql.hpp" "#include <sealsql/extra.hpp>\n")
check("optional header in the umbrella" "includes <sealsql/extra.hpp>, which is optional")

file(APPEND "${TEMP}/sealsql/connection.hpp" "#include <sealsql/extra.hpp>\n")
check("optional header from below" "sealsql/connection.hpp (layer 2) includes <sealsql/extra.hpp> (layer 3)")

file(APPEND "${TEMP}/sealsql/connection.hpp" "#include <sealsql/sealsql.hpp>\n")
check("umbrella from inside" "which no other file of ours may include")

file(APPEND "${TEMP}/sealsql/connection.hpp" "#include \"error.hpp\"\n")
check("quoted include" "write <sealsql/...>")

file(APPEND "${TEMP}/sealsql/connection.hpp" "#include <sealsql/errors.hpp>\n")
check("include of nothing" "which does not exist")

file(WRITE "${TEMP}/sealsql/note.hpp" "int i;\n")
check("no guard" "sealsql/note.hpp has no #pragma once")

file(REMOVE_RECURSE "${TEMP}")
