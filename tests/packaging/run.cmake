# One packaging scenario: see CMakeLists.txt for the arguments. Everything happens in WORK, which is made anew.
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
set(ENV{LC_ALL} C)
unset(ENV{CXXFLAGS})
unset(ENV{DESTDIR})

set(common
  -G "${GENERATOR}"
  "-DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM}"
  "-DCMAKE_CXX_COMPILER=${COMPILER}"
  "-DOPENSSL_INCLUDE_DIR=${OPENSSL_INCLUDE_DIR}"
  "-DOPENSSL_SSL_LIBRARY=${OPENSSL_SSL_LIBRARY}"
  "-DOPENSSL_CRYPTO_LIBRARY=${OPENSSL_CRYPTO_LIBRARY}")
set(zip "-DLibZip_INCLUDE_DIR=${LIBZIP_INCLUDE_DIR}" "-DLibZip_LIBRARY=${LIBZIP_LIBRARY}")
set(mariadb "-DMariaDB_INCLUDE_DIR=${MARIADB_INCLUDE_DIR}" "-DMariaDB_LIBRARY=${MARIADB_LIBRARY}")

# Sets `output`. A failure ends the test.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nfailed (${result}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Must fail, and say all of the sentences.
function(must_fail_saying sentences)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result EQUAL 0)
    message(FATAL_ERROR "this must fail, and does not:\n${output}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " flat "${output}") # CMake wraps its messages
  foreach(sentence IN LISTS sentences)
    string(FIND "${flat}" "${sentence}" position)
    if(position EQUAL -1)
      message(FATAL_ERROR "this must say '${sentence}', and says:\n${output}")
    endif()
  endforeach()
endfunction()

# Installs to WORK/prefix; as packagers do, to another place first, so that a path that was baked in shows.
function(install_sealsql compiled)
  run(${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/library" ${common} ${mariadb}
    -DSEALSQL_DEV=OFF -DSEALSQL_COMPILED=${compiled} -DCMAKE_INSTALL_LIBDIR=lib)
  run(${CMAKE_COMMAND} --build "${WORK}/library")
  run(${CMAKE_COMMAND} --install "${WORK}/library" --prefix "${WORK}/first")
  file(RENAME "${WORK}/first" "${WORK}/prefix")
  file(REMOVE_RECURSE "${WORK}/library")

  file(GLOB_RECURSE wanted RELATIVE "${SOURCE}/include" "${SOURCE}/include/*")
  file(GLOB_RECURSE installed RELATIVE "${WORK}/prefix/include" "${WORK}/prefix/include/*")
  if(NOT wanted STREQUAL installed)
    message(FATAL_ERROR "installed headers:\n${installed}\nwanted:\n${wanted}")
  endif()
endfunction()

function(build_and_run_consumer way compiled)
  run(${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/consumer" ${common} -DWAY=${way} -DCOMPILED=${compiled} ${ARGN})
  run(${CMAKE_COMMAND} --build "${WORK}/consumer")
  file(READ "${WORK}/consumer/compile_commands.json" commands)
  if(commands MATCHES " (-W[a-z-]+)")
    message(FATAL_ERROR "the consumer is compiled with ${CMAKE_MATCH_1}, which it did not ask for")
  endif()
  run(${CMAKE_CTEST_COMMAND} --test-dir "${WORK}/consumer" --output-on-failure)
  if(NOT output MATCHES "out of 1\n")
    message(FATAL_ERROR "the consumer has one test of its own, but ctest ran:\n${output}")
  endif()
  run(${CMAKE_COMMAND} --install "${WORK}/consumer" --prefix "${WORK}/consumer_prefix")
  file(GLOB_RECURSE installed "${WORK}/consumer_prefix/*")
  if(installed)
    message(FATAL_ERROR "installing the consumer installed sealsql: ${installed}")
  endif()
endfunction()

# Compiles and links the consumer by hand.
function(compile_and_run_consumer)
  run("${COMPILER}" -std=c++20 "${CONSUMER}/main.cpp" ${ARGN} -o "${WORK}/consumer")
  run("${WORK}/consumer")
  if(NOT output MATCHES "sealsql ${VERSION}\n$")
    message(FATAL_ERROR "the consumer says: ${output}")
  endif()
endfunction()

function(ask_pkg_config variable)
  run(pkg-config ${ARGN})
  separate_arguments(flags UNIX_COMMAND "${output}")
  set(${variable} "${flags}" PARENT_SCOPE)
endfunction()

# --- the ways in
if(SCENARIO MATCHES "^find_package(\\.compiled)?$")
  string(COMPARE EQUAL "${CMAKE_MATCH_1}" ".compiled" compiled)
  install_sealsql(${compiled})
  build_and_run_consumer(find_package ${compiled} ${mariadb} "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DWANTED_VERSION=${VERSION}")

elseif(SCENARIO STREQUAL "find_package.zip")
  install_sealsql(OFF) # which knows nothing of libzip
  build_and_run_consumer(find_package OFF ${mariadb} ${zip} "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DWANTED_VERSION=${VERSION}" -DZIP=ON)
  must_fail_saying("libzip was not found, which the component zip needs" ${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/without" ${common}
    ${mariadb} -DCMAKE_DISABLE_FIND_PACKAGE_LibZip=ON -DWAY=find_package -DCOMPILED=OFF -DZIP=ON
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DWANTED_VERSION=${VERSION}")

elseif(SCENARIO STREQUAL "add_subdirectory.compiled.zip")
  build_and_run_consumer(add_subdirectory ON ${mariadb} ${zip} "-DSEALSQL_SOURCE=${SOURCE}" -DZIP=ON)

elseif(SCENARIO STREQUAL "fetch_content")
  build_and_run_consumer(fetch_content OFF ${mariadb} "-DFETCHCONTENT_SOURCE_DIR_SEALSQL=${SOURCE}")

elseif(SCENARIO MATCHES "^add_subdirectory(\\.compiled)?$")
  string(COMPARE EQUAL "${CMAKE_MATCH_1}" ".compiled" compiled)
  build_and_run_consumer(add_subdirectory ${compiled} ${mariadb} "-DSEALSQL_SOURCE=${SOURCE}")

elseif(SCENARIO STREQUAL "pkg_config")
  install_sealsql(OFF)
  set(ENV{PKG_CONFIG_PATH} "${WORK}/prefix/share/pkgconfig:$ENV{PKG_CONFIG_PATH}")
  ask_pkg_config(flags --cflags --libs sealsql)
  compile_and_run_consumer(${flags})
  run(pkg-config --modversion sealsql)
  if(NOT output STREQUAL "${VERSION}\n")
    message(FATAL_ERROR "pkg-config says version ${output}")
  endif()

elseif(SCENARIO STREQUAL "plain_include")
  ask_pkg_config(flags --cflags --libs libmariadb openssl)
  compile_and_run_consumer("-I${SOURCE}/include" ${flags} -pthread -ldl)

elseif(SCENARIO STREQUAL "version") # which requests an installed package satisfies
  install_sealsql(OFF)
  string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" minor "${VERSION}")
  math(EXPR next "${CMAKE_MATCH_2} + 1")
  must_fail_saying("version: ${VERSION}" ${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/consumer" ${common} ${mariadb}
    -DWAY=find_package -DCOMPILED=OFF "-DCMAKE_PREFIX_PATH=${WORK}/prefix" -DWANTED_VERSION=${CMAKE_MATCH_1}.${next})
  # Header-only: nothing of the kind is there, and that is said by name.
  must_fail_saying("this sealsql was installed without sealsql::compiled" ${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/consumer" ${common} ${mariadb}
    -DWAY=find_package -DCOMPILED=ON "-DCMAKE_PREFIX_PATH=${WORK}/prefix" -DWANTED_VERSION=${VERSION})
  # Without a usable Connector/C the reason is what the user reads.
  file(WRITE "${WORK}/old/mysql.h" "")
  file(WRITE "${WORK}/old/mariadb_version.h" "#define MARIADB_PACKAGE_VERSION \"3.1.13\"\n")
  must_fail_saying("MariaDB Connector/C 3.1.13 in ${WORK}/old is too old" ${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/consumer"
    ${common} "-DMariaDB_INCLUDE_DIR=${WORK}/old" "-DMariaDB_LIBRARY=${MARIADB_LIBRARY}"
    -DWAY=find_package -DCOMPILED=OFF "-DCMAKE_PREFIX_PATH=${WORK}/prefix" -DWANTED_VERSION=${VERSION})

# --- what must be refused
elseif(SCENARIO MATCHES "^refuses_mysqlclient")
  # Oracle's headers look like this to a build: a mysql.h, and no mariadb_version.h beside it.
  file(WRITE "${WORK}/oracle/include/mysql/mysql_version.h" "#define MYSQL_SERVER_VERSION \"9.7.0\"\n#define MYSQL_VERSION_ID 90700\n")
  file(WRITE "${WORK}/oracle/include/mysql/mysql.h" "#include \"mysql_version.h\"\nstruct MYSQL;\n")
  file(WRITE "${WORK}/stub.cpp" "extern \"C\" int mysql_init() { return 0; }\n")
  file(MAKE_DIRECTORY "${WORK}/oracle/lib")
  run("${COMPILER}" -shared -fPIC "${WORK}/stub.cpp" -o "${WORK}/oracle/lib/libmysqlclient.so")
  if(SCENARIO STREQUAL "refuses_mysqlclient") # asked for by name
    must_fail_saying("${WORK}/oracle/include/mysql is that of Oracle's libmysqlclient;libmariadb-dev"
      ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/library" ${common} -DSEALSQL_DEV=OFF
      "-DMariaDB_INCLUDE_DIR=${WORK}/oracle/include/mysql" "-DMariaDB_LIBRARY=${WORK}/oracle/lib/libmysqlclient.so")
    must_fail_saying("libmysqlclient.so is Oracle's libmysqlclient;libmariadb-dev"
      ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/library" ${common} -DSEALSQL_DEV=OFF
      "-DMariaDB_INCLUDE_DIR=${MARIADB_INCLUDE_DIR}" "-DMariaDB_LIBRARY=${WORK}/oracle/lib/libmysqlclient.so")
    # Without CMake the header itself refuses, in a sentence.
    must_fail_saying("libmysqlclient" "${COMPILER}" -std=c++20 -fsyntax-only "-I${SOURCE}/include"
      "-I${WORK}/oracle/include/mysql" "${CONSUMER}/main.cpp")
  else() # the only one on the machine
    set(ENV{PKG_CONFIG_LIBDIR} "${WORK}") # where pkg-config finds nothing
    must_fail_saying("only Oracle's libmysqlclient was found;libmariadb-dev"
      ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/library" ${common} -DSEALSQL_DEV=OFF
      "-DCMAKE_PREFIX_PATH=${WORK}/oracle" -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF)
  endif()

elseif(SCENARIO STREQUAL "refuses_gnutls")
  file(WRITE "${WORK}/gnutls.cpp" "extern \"C\" int gnutls_init() { return 0; }\n")
  file(WRITE "${WORK}/mariadb.cpp" "extern \"C\" int gnutls_init();\nextern \"C\" int mysql_init() { return gnutls_init(); }\n")
  run("${COMPILER}" -shared -fPIC "${WORK}/gnutls.cpp" -Wl,-soname,libgnutls.so.30 -o "${WORK}/libgnutls.so")
  run("${COMPILER}" -shared -fPIC "${WORK}/mariadb.cpp" "-L${WORK}" -lgnutls -o "${WORK}/libmariadb.so")
  run("${COMPILER}" -c "${WORK}/mariadb.cpp" -o "${WORK}/libmariadb.a") # an object is like enough to an archive of one
  foreach(library IN ITEMS libmariadb.so libmariadb.a)
    file(REMOVE_RECURSE "${WORK}/library")
    must_fail_saying("${library} was built with GnuTLS, and sealsql needs a Connector/C built with OpenSSL"
      ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/library" ${common} -DSEALSQL_DEV=OFF
      "-DMariaDB_INCLUDE_DIR=${MARIADB_INCLUDE_DIR}" "-DMariaDB_LIBRARY=${WORK}/${library}")
  endforeach()

elseif(SCENARIO STREQUAL "refuses_old_connector")
  file(WRITE "${WORK}/old/mysql.h" "")
  file(WRITE "${WORK}/old/mariadb_version.h" "#define MARIADB_PACKAGE_VERSION \"3.1.13\"\n")
  must_fail_saying("MariaDB Connector/C 3.1.13 in ${WORK}/old is too old: 3.3 or newer is needed"
    ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/library" ${common} -DSEALSQL_DEV=OFF
    "-DMariaDB_INCLUDE_DIR=${WORK}/old" "-DMariaDB_LIBRARY=${MARIADB_LIBRARY}")

else()
  message(FATAL_ERROR "there is no scenario ${SCENARIO}")
endif()

# Kept on failure, for whoever looks into it.
file(REMOVE_RECURSE "${WORK}")
