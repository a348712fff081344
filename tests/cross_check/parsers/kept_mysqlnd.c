/* Put before PHP with LD_PRELOAD: in place of connecting, what mysqli or PDO would connect with is put into the environment, as
 * JSON with hexadecimal values. See php.php. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char* append(char* end, char const* name, char const* value, size_t size)
{
    end += sprintf(end, "\"%s\":\"", name);
    for (size_t i = 0; i < size; ++i)
        end += sprintf(end, "%02x", (unsigned char)value[i]);
    return end + sprintf(end, "\",");
}

static size_t size_of(char const* value) { return value ? strlen(value) : 0; }

/* mysqlnd's, as its extensions call it. */
void* mysqlnd_connection_connect(void* connection, char const* host, char const* user,
                                 char const* password, unsigned password_size, char const* database,
                                 unsigned database_size, unsigned port, char const* socket,
                                 unsigned flags, unsigned client_flags)
{
    (void)connection, (void)flags, (void)client_flags;
    char const* const before = getenv("KEPT") ? getenv("KEPT") : "";
    char number[12];
    sprintf(number, "%u", port);
    char* const kept = malloc(
        strlen(before) + 200 +
        2 * (size_of(host) + size_of(user) + password_size + database_size + size_of(socket)));
    char* end = kept + sprintf(kept, "%s{", before);
    end = append(end, "host", host, size_of(host));
    end = append(end, "port", number, strlen(number));
    end = append(end, "socket", socket, size_of(socket));
    end = append(end, "user", user, size_of(user));
    end = append(end, "password", password, password_size);
    end = append(end, "database", database, database_size);
    strcpy(end - 1, "}\n");
    setenv("KEPT", kept, 1);
    free(kept);
    return NULL;
}
