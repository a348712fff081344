// The other half; see odr_1.cpp.

#include "use.hpp"

[[gnu::visibility("default")]] bool use_2(Servers const& servers);

bool use_2(Servers const& servers) { return use_sealsql(servers); }
