// expect: each host of a HostList has braces of its own: HostList{{{"a"}, {"b", 3307}}, options}
#include <sealsql/connection_options.hpp>
#include <sealsql/hosts.hpp>

void go(sealsql::ConnectionOptions const& options)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::HostList hosts{{{"db-1.internal"}, {"db-2.internal"}}, options};
#else
    sealsql::HostList hosts{{"db-1.internal", "db-2.internal"}, options};
#endif
    static_cast<void>(hosts.connect());
}
