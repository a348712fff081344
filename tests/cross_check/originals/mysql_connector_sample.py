# The sample for Python with MySQL Connector. Mended: the port, which it lacks. Added: the question for the cipher.
import os

import mysql.connector

try:
    conn = mysql.connector.connect(user=os.environ['DB_USERNAME'],
                                   password=os.environ['DB_PASSWORD'],
                                   database=os.environ['DB_DATABASE'],
                                   host=os.environ['DB_ADDRESS'],
                                   port=int(os.environ['DB_PORT']),
                                   ssl_ca=os.environ['DB_CA'])
    with conn.cursor() as cursor:
        cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
        print('Ssl_cipher=' + cursor.fetchone()[1])
except mysql.connector.Error as err:
    print(err)
