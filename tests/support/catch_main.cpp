// The one source file that brings main(). Catch2 2.x makes it from a macro; 3.x would need a
// library of its own for it (Catch2WithMain), so that linking Catch2::Catch2 is enough for both.

#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_RUNNER
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored                                                                     \
    "-Wmaybe-uninitialized" // GCC 12 with ASan, about std::regex inside Catch2 2.13
#endif

#include "catch.hpp"

int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
