"""Runs texts of MySQL Connector, PyMySQL, mysqlclient or Django, one by one: each is a line of Base64 on standard input, and leaves
its connection in `db`, or is DATABASES. See texts.py."""
import base64
import sys
import warnings

warnings.simplefilter('ignore')
is_django = sys.argv[1] == 'django'
if is_django:
    from django.conf import settings

    settings.configure()
else:
    client = __import__(sys.argv[1])  # of mysql.connector it is `mysql`


def connect(text):
    variables = {} if is_django else {sys.argv[1].partition('.')[0]: client}
    exec(text, variables)
    if not is_django:
        return variables['db']
    from django.db.utils import ConnectionHandler

    return ConnectionHandler(variables['DATABASES'])['default']


def answer(text):
    try:
        db = connect(text)
        cursor = db.cursor()
        cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
        cipher = cursor.fetchone()[1]
        db.close()
        return 'connected ' + cipher
    except Exception as error:
        return f'failed {type(error).__name__}: {error}'


for line in sys.stdin:
    print('=' + answer(base64.b64decode(line).decode()).replace('\n', ' '), flush=True)
