"""Reads texts of MySQL Connector/Python, PyMySQL, mysqlclient or Django, as the argument says, each a line of Base64, and prints
what they would use: their own classes, with nothing below that connects. A text has only the builtins that such texts need. See
mutants.py."""
import base64
import json
import re
import signal
import sys
import types
import warnings

warnings.simplefilter('ignore')
module = sys.argv[1]
given = []  # what each call of the text would connect with


class Kept:
    """In place of the C library's connection, with the types that it takes. An empty host is localhost to it."""

    def __init__(self, host='', user='', password='', database='', port=0, unix_socket='', passwd='', db='', **_):
        texts = [host, user, password, database, unix_socket, passwd, db]
        if not all(isinstance(one, str) for one in texts) or not isinstance(port, int):
            raise TypeError('of another type')
        host = host or 'localhost'
        socket = unix_socket if host == 'localhost' else ''
        given.append((host, port or 3306, socket, user, password or passwd, database or db))
        raise Enough


class Enough(Exception):
    """It would connect now."""


def connect(*arguments, **keywords):
    try:
        Connection(*arguments, **keywords)
    except Enough:
        pass


if module == 'mysql-connector-python':
    from mysql.connector import constants, cursor as cursors, pooling
    from mysql.connector.connection import MySQLConnection

    class Opened(MySQLConnection):
        def _open_connection(self):
            given.append((self._host, self._port, self._unix_socket, self._user, self._password, self._database))
            raise Enough

    pooling.MySQLConnection, pooling.CMySQLConnection = Opened, None
    Connection, CLIENT = pooling.connect, constants.ClientFlag
elif module == 'pymysql':
    from pymysql import connections, cursors
    from pymysql.constants import CLIENT

    connections.DEFAULT_USER = ''  # that of the system

    class Connection(connections.Connection):
        def connect(self, sock=None):
            given.append((self.host, self.port, self.unix_socket, self.user, self.password, self.db))
            raise Enough

        def _create_ssl_ctx(self, sslp):
            return None
else:
    import MySQLdb

    MySQLdb._mysql.connection = Kept  # before it is derived from
    from MySQLdb import cursors
    from MySQLdb.connections import Connection
    from MySQLdb.constants import CLIENT

if module == 'django':
    from django.conf import settings
    from django.db.backends.mysql.base import DatabaseWrapper
    from django.db.utils import ConnectionHandler

    settings.configure()


# What a text has of the module, by whichever name.
calls = dict.fromkeys(['connect', 'Connect', 'Connection', 'MySQLConnection'], connect)
constants = types.SimpleNamespace(CLIENT=CLIENT, ClientFlag=CLIENT)
client = types.SimpleNamespace(**calls, connections=types.SimpleNamespace(**calls), cursors=cursors, constants=constants)
modules = {'pymysql': client, 'MySQLdb': client, 'mysql': types.SimpleNamespace(connector=client)}


def find_module(name, _globals=None, _locals=None, parts=(), _level=0):
    if name not in ['pymysql', 'MySQLdb', 'mysql.connector']:
        raise ImportError(name)
    return client if parts else modules[name.split('.')[0]]


def names():
    builtins = {'dict': dict, 'int': int, 'str': str, 'bool': bool, '__import__': find_module}
    return {'__builtins__': builtins, **modules, 'connect': connect, 'CLIENT': CLIENT, 'decoders': {}, 'converters': {}}


def read_django(text):
    if re.search(r'\bDATABASES\b', text):
        variables = names()
        exec(text, variables)
        value = variables['DATABASES']
    else:
        value = eval(text if text.lstrip().startswith('{') else '{' + text + '\n}', names())
    if 'default' not in value and all(isinstance(one, dict) for one in value.values()):
        raise ValueError('no default')
    entry = value.get('default', value)
    if entry.setdefault('ENGINE', 'django.db.backends.mysql') != 'django.db.backends.mysql':
        raise ValueError('of another client')
    handler = ConnectionHandler({'default': entry})
    database = handler['default']
    assert isinstance(database, DatabaseWrapper)
    connect(**database.get_connection_params())


def read(text):
    given.clear()
    if module == 'django':
        read_django(text)
    elif re.search(r'\b(connect|Connect|(MySQL)?Connection)\s*\(', text):
        exec(text, names())
    elif text.lstrip().startswith('{'):
        eval('connect(**' + text + '\n)', names())
    elif re.match(r'\s*\w+\s*=\s*(\{|dict\b)', text):
        variables = names()
        exec(text, variables)
        connect(**list(variables.values())[-1])  # the last that is set
    else:
        eval('connect(' + text + '\n)', names())
    if len(given) != 1:
        raise ValueError('not one connection')
    host, port, socket, *texts = given[0]
    found = dict(zip(['user', 'password', 'database'], texts))
    if socket:
        return {**found, 'socket': socket}
    if not 0 < port < 65536:
        raise ValueError('no port')
    return {**found, 'host': host, 'port': str(port)}


def to_bytes(value):
    if value is not None and not isinstance(value, (str, bytes)):
        raise TypeError('not a text')
    return value.encode() if isinstance(value, str) else value or b''


def end(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, end)
for line in sys.stdin:
    signal.alarm(2)
    try:
        answer = {name: to_bytes(value) for name, value in read(base64.b64decode(line).decode()).items()}
    except Exception as error:
        answer = {'refused': f'{type(error).__name__}: {error}'.encode(errors='replace')}
    signal.alarm(0)
    print(json.dumps({name: value.hex() for name, value in answer.items()}))
