// Half of a program; odr_2.cpp is the other half. Both are built in several ways, see CMakeLists.txt.

#include "use.hpp"

[[gnu::visibility("default")]] bool use_1(Servers const& servers);

bool use_1(Servers const& servers) { return use_sealsql(servers); }
