#!/bin/sh
# The sample for the command line: `mysql`, which on Debian is MariaDB's client. Mended: the `=` that --ssl-ca lacks. Added: the
# question for the cipher. The password is an argument, as in the sample, and every user of the machine can read it.
exec mariadb --no-defaults -P "$DB_PORT" -h "$DB_ADDRESS" -u "$DB_USERNAME" -p"$DB_PASSWORD" --ssl-ca="$DB_CA" \
  --batch --skip-column-names -e "SHOW STATUS LIKE 'Ssl_cipher'" "$DB_DATABASE"
