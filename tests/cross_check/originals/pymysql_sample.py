# The sample for Python with PyMySQL. Mended: the port, which it lacks. Added: the question for the cipher.
import os

import pymysql

conn = pymysql.connect(user=os.environ['DB_USERNAME'],
                       password=os.environ['DB_PASSWORD'],
                       database=os.environ['DB_DATABASE'],
                       host=os.environ['DB_ADDRESS'],
                       port=int(os.environ['DB_PORT']),
                       ssl={'ca': os.environ['DB_CA']})
with conn.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
    print('Ssl_cipher=' + cursor.fetchone()[1])
