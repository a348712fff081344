#ifndef SEALSQL_TESTS_SUPPORT_CATCH_HPP
#define SEALSQL_TESTS_SUPPORT_CATCH_HPP

// Catch2 3.x, or 2.13 as Debian 12 has it, by whichever header is there.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#define SEALSQL_TESTS_CATCH_VERSION 3
#elif __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#define SEALSQL_TESTS_CATCH_VERSION 2
#else
#error "the tests need Catch2 (Debian package: catch2)"
#endif

#endif
