# The sample for Django. Mended: with --pymysql the two lines that it lacks, without which Django asks for mysqlclient; without
# that, it is what the same settings mean to mysqlclient. Added: the question for the cipher.
import os
import sys

from django.conf import settings

if '--pymysql' in sys.argv:
    import pymysql

    pymysql.install_as_MySQLdb()

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.mysql',
        'NAME': os.environ['DB_DATABASE'],
        'USER': os.environ['DB_USERNAME'],
        'PASSWORD': os.environ['DB_PASSWORD'],
        'HOST': os.environ['DB_ADDRESS'],
        'PORT': os.environ['DB_PORT'],
        'OPTIONS': {
            'ssl': {'ca': os.environ['DB_CA']}
        }
    }
}

settings.configure(DATABASES=DATABASES)
from django.db import connection  # noqa: E402  (needs the settings)

with connection.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
    print('Ssl_cipher=' + cursor.fetchone()[1])
