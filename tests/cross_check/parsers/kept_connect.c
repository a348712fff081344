/* Put before MariaDB's programs with LD_PRELOAD: in place of connecting they print what they would connect with, as JSON with
 * hexadecimal values, and end. See mutants.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print(char const* name, char const* value)
{
    printf("\"%s\":\"", name);
    for (; value && *value; ++value)
        printf("%02x", (unsigned char)*value);
    printf("\"");
}

/* What stands at the beginning of Connector/C's own. */
static MYSQL* keep(MYSQL* mysql, char const* host, char const* user, char const* password,
                   char const* database, unsigned port, char const* socket, unsigned long flags)
{
    (void)flags;
    if (!host || !*host)
        host = "localhost";
    if (!socket)
        socket = getenv("MYSQL_UNIX_PORT");
    if (!port)
        port = getenv("MYSQL_TCP_PORT") ? (unsigned)atoi(getenv("MYSQL_TCP_PORT")) : 3306;
    char number[12];
    snprintf(number, sizeof number, "%u", port);
    printf("\nkept {");
    if (socket && *socket && strcmp(host, "localhost") == 0 &&
        mysql->options.protocol != MYSQL_PROTOCOL_TCP) {
        print("socket", socket);
    } else {
        print("host", host);
        printf(",");
        print("port", number);
    }
    printf(",");
    print("user", user);
    printf(",");
    print("password", password);
    printf(",");
    print("database", database);
    printf("}\n");
    fflush(stdout);
    _exit(0);
}

__attribute__((constructor)) static void begin(void)
{
    struct st_mariadb_methods* const methods = dlsym(RTLD_DEFAULT, "MARIADB_DEFAULT_METHODS");
    if (methods)
        methods->db_connect = keep;
}
