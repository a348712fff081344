"""The texts of texts.py: of each client those that say something about TLS, each in another way. {{…}} stand for the server, the
login and the files; {{TLS}} in a frame is where what differs goes."""

import dataclasses


@dataclasses.dataclass
class Table:
    """What one client is given."""

    title: str
    form: str  # as --from of sealsql-translate has it
    frame: str
    texts: list
    options: tuple = ()  # of sealsql-translate


PDO = Table("PHP PDO", "pdo", """\
$db = new PDO('mysql:host={{HOST}};port={{PORT}};dbname={{DATABASE}}', '{{USER}}', '{{PASSWORD}}'{{TLS}});""", [
    "",
    ", []",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}']",
    ", [PDO::MYSQL_ATTR_SSL_CA => '']",
    ", [PDO::MYSQL_ATTR_SSL_CA => null]",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true]",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false]",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => 0]",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => 'false']",
    ", [PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => FALSE, PDO::MYSQL_ATTR_SSL_CA => '{{CA}}']",
    ", [1014 => false, 1009 => '{{CA}}']",
    ", [1009 => '{{CA}}', 1014 => null]",
    ", [1009 => '{{CA}}', 1014 => '0']",
    ", ['1009' => '{{CA}}', '1014' => false]",
    ", [PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false]",
    ", [PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true]",
    ", [PDO::MYSQL_ATTR_SSL_CIPHER => 'ECDHE-ECDSA-AES256-GCM-SHA384']",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false, "
    "PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true]",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{OTHER_CA}}', 1009 => '{{CA}}']",
    ", [PDO::MYSQL_ATTR_SSL_CERT => '{{CLIENT_CERT}}', PDO::MYSQL_ATTR_SSL_KEY => '{{CLIENT_KEY}}']",
    ", [PDO::MYSQL_ATTR_SSL_CA => '{{CA}}']); $db->setAttribute(PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT, false",
    "); $db->setAttribute(PDO::MYSQL_ATTR_SSL_CA, '{{CA}}'",
])

CONNECT = "mysqli_real_connect($db, '{{HOST}}', '{{USER}}', '{{PASSWORD}}', '{{DATABASE}}', {{PORT}}"
SET_CA = "mysqli_ssl_set($db, NULL, NULL, '{{CA}}', NULL, NULL);"
MYSQLI = Table("PHP mysqli", "mysqli", "$db = mysqli_init(); {{TLS}}", [
    f"{CONNECT});",
    f"{SET_CA} {CONNECT});",
    f"{SET_CA} {CONNECT}, NULL, MYSQLI_CLIENT_SSL);",
    f"{SET_CA} {CONNECT}, MYSQLI_CLIENT_SSL);",
    f"{SET_CA} {CONNECT}, NULL, MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT);",
    f"{SET_CA} {CONNECT}, NULL, MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT);",
    f"{SET_CA} {CONNECT}, NULL, 64);",
    f"{SET_CA} {CONNECT}, NULL, 2112);",
    f"{SET_CA} {CONNECT}, NULL, MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);",
    f"{SET_CA} mysqli_options($db, MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, false); {CONNECT});",
    f"{SET_CA} mysqli_options($db, MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, true); {CONNECT});",
    f"mysqli_options($db, MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, true); {CONNECT});",
    f"mysqli_options($db, MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, true); {CONNECT}, NULL, MYSQLI_CLIENT_SSL);",
    f"mysqli_ssl_set($db, NULL, NULL, NULL, NULL, NULL); {CONNECT});",
    f"mysqli_ssl_set($db, NULL, NULL, NULL, NULL, 'ECDHE-ECDSA-AES256-GCM-SHA384'); {CONNECT});",
    f"{CONNECT}, NULL, MYSQLI_CLIENT_SSL);",
    f"{CONNECT}, NULL, 2048);",
    f"{CONNECT}, NULL, MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);",
    f"{CONNECT}, NULL, MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);",
    f"{CONNECT}, NULL, MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT);",
    f"{CONNECT}); {SET_CA}",
    f"mysqli_ssl_set($db, NULL, NULL, '{{{{OTHER_CA}}}}', NULL, NULL); {SET_CA} {CONNECT});",
    f"{SET_CA} mysqli_ssl_set($db, NULL, NULL, NULL, NULL, NULL); {CONNECT});",
    f"mysqli_ssl_set($db, '{{{{CLIENT_KEY}}}}', '{{{{CLIENT_CERT}}}}', NULL, NULL, NULL); {CONNECT});",
    f"{SET_CA} {CONNECT}); mysqli_options($db, MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, false);",
    "$db->ssl_set(null, null, '{{CA}}', null, null); "
    "$db->real_connect('{{HOST}}', '{{USER}}', '{{PASSWORD}}', '{{DATABASE}}', {{PORT}});",
])

MARIADB = Table("mariadb command line", "mariadb-command-line", """\
mariadb --no-defaults -h {{HOST}} -P {{PORT}} -u {{USER}} -p'{{PASSWORD}}' {{TLS}} {{DATABASE}}""", [
    "",
    "--ssl",
    "--ssl=FALSE",
    "--skip-ssl",
    "--ssl-ca={{CA}}",
    "--ssl-ca={{CA}} --ssl=0",
    "--ssl-ca {{CA}} --skip-ssl",
    "--skip-ssl --ssl-ca={{CA}}",
    "--ssl=0 --ssl-cipher=ECDHE-ECDSA-AES256-GCM-SHA384",
    "--ssl=0 --tls-version=TLSv1.2",
    "--tls-version=TLSv1.2",
    "--ssl-verify-server-cert",
    "--ssl-verify-server-cert --ssl-ca={{CA}}",
    "--ssl-ca={{CA}} --ssl-verify",
    "--ssl-ca={{CA}} --ssl-verify-server-cert=0",
    "--disable-ssl-verify-server-cert --ssl-ca={{CA}}",
    "--ssl-ca={{CA}} --ssl-verify-server-cert --skip-ssl-verify-server-cert",
    "--ssl-verify-server-cert --skip-ssl",
    "--skip-ssl --ssl-verify-server-cert",
    "--skip-ssl --ssl-cert={{CLIENT_CERT}} --ssl-key={{CLIENT_KEY}}",
    "--ssl-ca={{OTHER_CA}} --ssl-ca={{CA}}",
    "--skip-ssl --ssl-ca={{CA}} --skip-ssl",
    "--ssl-ca={{CA}} --ssl-ca=",
    "--skip-ssl --ssl-ca=",
    "--skip-ssl --ssl",
    "--ssl --loose-skip-ssl",
    "--skip-ssl --tls-version=TLSv1.3 --ssl-capath=/etc/ssl/certs",
    "--ssl-mode=VERIFY_IDENTITY --ssl-ca={{CA}}",
])

OPTION_FILE = Table("mariadb option file", "option-file", """\
[client]
host={{HOST}}
port={{PORT}}
user={{USER}}
password={{PASSWORD}}
{{TLS}}""", [
    "ssl",
    "ssl-ca={{CA}}",
    "skip-ssl\n[mysql]\nssl-ca={{CA}}",
    "ssl-ca={{CA}}\n[mariadb-client]\nskip-ssl",
    "ssl-ca={{CA}}\nssl-verify-server-cert",
    "ssl-ca={{CA}}\nssl-verify-server-cert=OFF",
    "ssl_ca={{CA}}\nssl=0",
    "[mysql]\nssl-verify-server-cert\n[client]\nssl-ca={{CA}}",
    "ssl-ca = '{{CA}}' # the CA",
    "ssl-ca={{CA}}\n[mysqld]\nskip-ssl",
    "ssl-ca={{CA}}\n[client-mariadb]\nssl-verify-server-cert",
    "ssl-verify-server-cert\n[client-server]\ndisable-ssl-verify-server-cert",
    "ssl-verify-server-cert\nskip-ssl",
], ("--program=mariadb",))

MYSQL = Table("mysql command line", "mysql-command-line", """\
mysql --no-defaults -h {{HOST}} -P {{PORT}} -u {{USER}} -p'{{PASSWORD}}' {{TLS}} {{DATABASE}}""", [
    "",
    "--ssl-mode=DISABLED",
    "--ssl-mode=preferred",
    "--ssl-mode=REQUIRED",
    "--ssl-mode=req",
    "--ssl-mode=VERIFY_CA",
    "--ssl-mode=VERIFY_CA --ssl-ca={{CA}}",
    "--ssl-mode=VERIFY_IDENTITY --ssl-ca={{CA}}",
    "--ssl-ca={{CA}}",
    "--ssl-ca={{CA}} --ssl-mode=REQUIRED",
    "--ssl-mode=PREFERRED --ssl-ca={{CA}}",
    "--ssl-mode=DISABLED --ssl-ca={{CA}}",
    "--ssl-mode=VERIFY_IDENTITY --ssl-ca={{CA}} --ssl-mode=PREFERRED",
    "--ssl-ca={{CA}} --tls-version=TLSv1.1",
    "--ssl-ca={{OTHER_CA}} --ssl_ca={{CA}}",
    "--ssl-mode=VERIFY_CA --ssl-ca={{CA}} --loose-ssl-mode=DISABLED",
    "--ssl-mode VERIFY_CA --ssl-ca {{CA}}",
    "--ssl-mode=VERIFY_CA --ssl-ca={{CA}} --ssl-ca=",
    "--ssl-mode=3 --ssl-ca={{CA}}",
])

# MariaDB's server is offered TLS 1.2 only where the URL names it; 5.1 reads no login before the host.
CA_STORE = "&trustCertificateKeyStoreUrl=file:{{CA_STORE}}&trustCertificateKeyStorePassword=tencentdb"
OTHER_CA_STORE = CA_STORE.replace("{{CA_STORE}}", "{{OTHER_CA_STORE}}")
MYSQL_CONNECTOR_J_5 = Table("Java, older MySQL Connector/J", "mysql-jdbc", """\
jdbc:mysql://{{HOST}}:{{PORT}}/{{DATABASE}}?user={{USER}}&password={{PASSWORD}}&enabledTLSProtocols=TLSv1.2{{TLS}}""", [
    "&useSSL=true",
    "&useSSL=TRUE",
    "&useSSL=false",
    "&useSSL=true&useSSL=no",
    "&useSSL=true&verifyServerCertificate=true",
    "&useSSL=true&verifyServerCertificate=false",
    "&useSSL=true&sslMode=VERIFY_CA",
    "&useSSL=true&sslMode=VERIFY_IDENTITY",
    f"&useSSL=true{CA_STORE}",
    f"&useSSL=true{OTHER_CA_STORE}",
    f"&useSSL=true&sslMode=VERIFY_IDENTITY{CA_STORE}",
])
MYSQL_CONNECTOR_J = Table("Java, MySQL Connector/J", "mysql-jdbc", """\
jdbc:mysql://{{USER}}:{{PASSWORD}}@{{HOST}}:{{PORT}}/{{DATABASE}}?enabledTLSProtocols=TLSv1.2{{TLS}}""", [
    "",
    "&sslMode=DISABLED",
    "&sslMode=PREFERRED",
    "&sslMode=REQUIRED",
    "&sslMode=VERIFY_CA",
    "&sslMode=VERIFY_IDENTITY",
    "&sslMode=verify_identity",
    "&sslMode=Verify_Ca",
    "&ssl%4Dode=VERIFY%5FCA",
    "& sslMode = VERIFY_IDENTITY ",
    "&sslMode=VERIFY-CA",
    "&sslMode=",
    "&sslMode",
    "&sslmode=VERIFY_IDENTITY",
    "&sslMode=VERIFY_IDENTITY&sslMode=DISABLED",
    "&sslMode=DISABLED&sslMode=VERIFY_IDENTITY",
    "&sslMode=VERIFY_IDENTITY#&sslMode=DISABLED",
    "&useSSL=true",
    "&useSSL=TRUE",
    "&useSSL=yes",
    "&useSSL=1",
    "&useSSL",
    "&usessl=false",
    "&useSSL=false",
    "&useSSL=no",
    "&useSSL=false&useSSL=true",
    "&requireSSL=true",
    "&requireSSL=false",
    "&verifyServerCertificate=true",
    "&verifyServerCertificate=false",
    "&useSSL=true&requireSSL=true",
    "&useSSL=true&verifyServerCertificate=true",
    "&useSSL=true&verifyServerCertificate=false",
    "&requireSSL=true&verifyServerCertificate=false",
    "&useSSL=true&requireSSL=true&verifyServerCertificate=true",
    "&useSSL=true&requireSSL=true&verifyServerCertificate=false",
    "&useSSL=false&requireSSL=true&verifyServerCertificate=true",
    "&sslMode=REQUIRED&useSSL=false",
    "&sslMode=DISABLED&useSSL=true&verifyServerCertificate=true",
    "&sslMode=PREFERRED&requireSSL=true",
    "&sslMode=VERIFY_IDENTITY&verifyServerCertificate=false",
    CA_STORE,
    f"&sslMode=REQUIRED{CA_STORE}",
    f"&sslMode=VERIFY_CA{CA_STORE}",
    f"&sslMode=VERIFY_IDENTITY{CA_STORE}",
    f"&sslMode=VERIFY_CA{OTHER_CA_STORE}",
    f"&sslMode=VERIFY_CA{OTHER_CA_STORE}{CA_STORE}",
    f"&useSSL=true{CA_STORE}",
    f"&verifyServerCertificate=true{CA_STORE}",
    f"&sslMode=VERIFY_IDENTITY{CA_STORE.replace('file:', 'file://')}",
    f"&sslMode=VERIFY_IDENTITY{CA_STORE.replace('file:', 'file%3A')}",
    f"&sslMode=VERIFY_IDENTITY{CA_STORE.replace('file:', '')}",
    f"&sslMode=VERIFY_IDENTITY{CA_STORE.replace('tencentdb', 'wrong')}",
    "&sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreUrl=",
    f"&sslMode=VERIFY_CA&fallbackToSystemTrustStore=false{CA_STORE}",
    "&sslMode=VERIFY_CA&fallbackToSystemTrustStore=false",
    f"&sslMode=VERIFY_IDENTITY{CA_STORE}&clientCertificateKeyStoreUrl=file:{{{{CLIENT_CERT_STORE}}}}"
    "&clientCertificateKeyStoreType=PKCS12&clientCertificateKeyStorePassword=tencentdb",
    "&sslMode=VERIFY_IDENTITY&characterEncoding=UTF-8",
    "&sslMode=VERIFY_IDENTITY&characterEncoding=utf8&characterSetResults=UTF8",
    "&sslMode=VERIFY_IDENTITY&characterEncoding=Cp1252",
    "&sslMode=VERIFY_IDENTITY&characterEncoding=utf8mb4",
    "&sslMode=VERIFY_IDENTITY&characterEncoding=",
    "&sslMode=VERIFY_IDENTITY&characterSetResults=NULL",
    "&sslMode=VERIFY_IDENTITY&characterSetResults=",
    "&sslMode=VERIFY_IDENTITY&connectionAttributes=none",
    "&sslMode=VERIFY_IDENTITY&failOverReadOnly=true&retriesAllDown=5",
    "&sslMode=VERIFY_IDENTITY&connectionCollation=utf8mb4_unicode_ci",
    "&sslMode=VERIFY_IDENTITY&enabledTLSProtocols=TLSv1.1",
    "&sslMode=VERIFY_IDENTITY&enabledTLSProtocols=TLSv1.2,TLSv1.3",
])

CONNECTOR_J = Table("Java, MariaDB Connector/J", "mariadb-jdbc", """\
jdbc:mariadb://{{HOST}}:{{PORT}}/{{DATABASE}}?user={{USER}}&password={{PASSWORD}}{{TLS}}""", [
    "",
    "&useSsl=true",
    "&useSSL=true",
    "&useSsl=true&serverSslCert={{CA}}",
    "&useSsl=1&serverSslCert={{CA}}",
    "&useSsl=TRUE&serverSslCert={{CA}}",
    "&serverSslCert={{CA}}",
    "&useSsl=false&serverSslCert={{CA}}",
    "&useSsl=true&trustServerCertificate=true",
    "&useSsl=true&trustServerCertificate=TRUE",
    "&useSsl=true&trustservercertificate=true",
    "&trustServerCertificate=true",
    "&useSsl",
    "&useSsl=0",
    "&usessl=true",
    "&useSsl=true&trustServerCertificate",
    "&useSsl=true&trustServerCertificate=1&serverSslCert={{CA}}",
    "&useSsl=true&serverSslCert={{CA}}&trustServerCertificate=false",
    "&useSsl=true&serverSslCert={{CA}}&disableSslHostnameVerification=true",
    "&useSsl=true&serverSslCert={{CA}}&disableSslHostnameVerification=TRUE",
    "&useSsl=true&serverSslCert={{CA}}&useSsl=false",
    "&useSsl=true&serverSslCert={{OTHER_CA}}&serverSslCert={{CA}}",
    "&useSsl=true&serverSslCert={{CA}}&enabledSslProtocolSuites=TLSv1.1",
])

PYMYSQL = Table("PyMySQL", "pymysql", """\
db = pymysql.connect(host='{{HOST}}', port={{PORT}}, user='{{USER}}', password='{{PASSWORD}}', database='{{DATABASE}}'{{TLS}})""", [
    "",
    ", ssl={}",
    ", ssl=None",
    ", ssl={'ca': '{{CA}}'}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': False}",
    ", ssl={'ca': '{{CA}}', 'verify_mode': 'none'}",
    ", ssl={'ca': '{{CA}}', 'verify_mode': 'none', 'check_hostname': False}",
    ", ssl={'verify_mode': 'none', 'check_hostname': False}",
    ", ssl={'ca': '{{CA}}', 'verify_mode': 0}",
    ", ssl={'ca': '{{CA}}', 'verify_mode': False}",
    ", ssl={'ca': '{{CA}}', 'verify_mode': 'optional'}",
    ", ssl={'check_hostname': True}",
    ", ssl_ca='{{CA}}'",
    ", ssl_ca='{{CA}}', ssl_verify_cert=True",
    ", ssl_ca='{{CA}}', ssl_verify_cert=True, ssl_verify_identity=True",
    ", ssl_ca='{{CA}}', ssl_verify_identity=True",
    ", ssl_ca='{{CA}}', ssl_verify_cert=False",
    ", ssl_ca='{{CA}}', ssl_verify_cert=0",
    ", ssl_verify_cert=False",
    ", ssl_verify_cert=True",
    ", ssl_verify_identity=True, ssl_verify_cert=True, ssl_ca='{{CA}}'",
    ", ssl_disabled=True, ssl={'ca': '{{CA}}'}",
    ", ssl={'ca': '{{CA}}'}, ssl_disabled=1",
    ", ssl={'ca': '{{CA}}', 'verify_mode': 'none', 'check_hostname': False}, ssl_verify_cert=True",
    ", ssl={'ca': '{{CA}}'}, ssl_cert='{{CLIENT_CERT}}', ssl_key='{{CLIENT_KEY}}'",
    ", ssl={'ca': '{{CA}}'}, ssl_ca='{{OTHER_CA}}'",
    ", ssl={'ca': '{{OTHER_CA}}'}, ssl_ca='{{CA}}', ssl_verify_cert=True",
    ", ssl={'ca': '{{CA}}', 'check_hostname': 0}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': None}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': False, 'verify_mode': 'no'}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': False, 'verify_mode': 'NONE'}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': False, 'verify_mode': 'false'}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': False, 'verify_mode': None}",
    ", ssl_ca='{{CA}}', ssl_verify_cert='false'",
    ", ssl_ca='{{CA}}', ssl_verify_cert=None",
    ", ssl_disabled=0, ssl_ca='{{CA}}', ssl_verify_cert='yes'",
    ", ssl=False",
    ", ssl=True",
    ", ssl={'cert': '{{CLIENT_CERT}}', 'key': '{{CLIENT_KEY}}'}",
])

PYMYSQL_DICTIONARY = Table("PyMySQL, dictionary", "pymysql", """\
conf = {'host': '{{HOST}}', 'port': {{PORT}}, 'user': '{{USER}}', 'password': '{{PASSWORD}}', 'database': '{{DATABASE}}'{{TLS}}
db = pymysql.connect(**conf)""", [
    "}",
    ", 'ssl': {'ca': '{{CA}}'}}",
    ", 'ssl': dict(ca='{{CA}}')}",
    ", 'ssl': {'verify_mode': 'none', 'check_hostname': False}, 'ssl': {'ca': '{{CA}}'}}",
    ", 'ssl': {'ca': '{{CA}}'}, 'ssl': {}}",
    ", 'ssl': {'ca': '{{CA}}'}, 'ssl': None}",
    ", 'ssl': {'verify_mode': 'none', 'check_hostname': False}}\nconf = dict(conf, ssl={'ca': '{{CA}}'})",
    ", 'ssl': {'verify_mode': 'none', 'check_hostname': False}}\nconf = {**conf, 'ssl': {'ca': '{{CA}}'}}",
    ", 'ssl': {'verify_mode': 'none', 'check_hostname': False}}\nconf['ssl'] = {'ca': '{{CA}}'}",
    ", 'ssl_ca': '{{OTHER_CA}}', 'ssl_verify_cert': True, 'ssl_ca': '{{CA}}'}",
])

# By an empty dictionary or None, mysqlclient 1.4 uses TLS that checks nothing, and 2.2 none: the report speaks of 2.2.
MYSQLCLIENT = Table("mysqlclient", "mysqlclient", """\
db = MySQLdb.connect(host='{{HOST}}', port={{PORT}}, user='{{USER}}', passwd='{{PASSWORD}}', db='{{DATABASE}}'{{TLS}})""", [
    "",
    ", ssl={'ca': '{{CA}}'}",
    ", ssl={'ca': None}",
    ", ssl={'cipher': 'ECDHE-ECDSA-AES256-GCM-SHA384'}",
    ", ssl={'ca': '{{CA}}', 'check_hostname': False}",
    ", ssl_mode='REQUIRED'",
    ", ssl={'ca': '{{CA}}'}, ssl_mode='PREFERRED'",
    ", ssl={'ca': '{{CA}}'}, ssl_mode='VERIFY_CA'",
    ", ssl_mode='VERIFY_IDENTITY', ssl={'ca': '{{CA}}'}",
    ", ssl={'ca': '{{CA}}'}, ssl_mode='DISABLED'",
    ", ssl={'ca': '{{OTHER_CA}}', 'ca': '{{CA}}'}",
    ", ssl=False",
    ", ssl=True",
    ", ssl={'cert': '{{CLIENT_CERT}}', 'key': '{{CLIENT_KEY}}'}",
])

DATABASES = """\
DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': '{{DATABASE}}', 'USER': '{{USER}}',
    'PASSWORD': '{{PASSWORD}}', 'HOST': '{{HOST}}', 'PORT': '{{PORT}}'{{TLS}}}}"""
DJANGO_PYMYSQL = Table("Django + PyMySQL", "django", f"""\
import pymysql
pymysql.install_as_MySQLdb()
{DATABASES}""", [
    "",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}'}}",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}', 'check_hostname': False}}",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}', 'check_hostname': False, 'verify_mode': 'none'}}",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}', 'verify_mode': 0}}",
    ", 'OPTIONS': {'ssl_ca': '{{CA}}'}",
    ", 'OPTIONS': {'ssl_ca': '{{CA}}', 'ssl_verify_cert': True, 'ssl_verify_identity': True}",
    ", 'OPTIONS': {'ssl': {'verify_mode': 'none', 'check_hostname': False}}, 'OPTIONS': {'ssl': {'ca': '{{CA}}'}}",
    ", 'OPTIONS': {'ssl': {'verify_mode': 'none', 'check_hostname': False}, 'ssl': {'ca': '{{CA}}'}}",
    ", 'OPTIONS': {'ssl_disabled': True, 'ssl': {'ca': '{{CA}}'}}",
])
DJANGO_MYSQLCLIENT = Table("Django + mysqlclient", "django", DATABASES, [
    "",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}'}}",
    ", 'OPTIONS': {'ssl': {'cipher': 'ECDHE-ECDSA-AES256-GCM-SHA384'}}",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}'}, 'ssl_mode': 'VERIFY_IDENTITY'}",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}'}}, 'OPTIONS': {}",
    ", 'OPTIONS': {}, 'OPTIONS': {'ssl': {'ca': '{{CA}}'}}",
    ", 'OPTIONS': {'ssl': {'ca': '{{CA}}'}, 'ssl': {}}",
])

NODE_TEXTS = [
    "",
    ", ssl: {}",
    ", ssl: true",
    ", ssl: false",
    ", ssl: null",
    ", ssl: {ca: fs.readFileSync('{{CA}}')}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: true}",
    ", ssl: {rejectUnauthorized: false}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: false}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: 0}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: 'false'}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: null}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: undefined}",
    ", ssl: {rejectUnauthorized: false, ca: fs.readFileSync('{{CA}}'), rejectUnauthorized: true}",
    ", ssl: {rejectUnauthorized: false}, ssl: {ca: fs.readFileSync('{{CA}}')}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), verifyIdentity: true}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), verifyIdentity: 1}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), verifyIdentity: false}",
    ", ssl: {verifyIdentity: true, rejectUnauthorized: false}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), 'rejectUnauthorized': !1}",
    ", ssl: {ca: fs.readFileSync('{{CA}}'), verifyIdentity: 'false'}",
    ", ssl: {ca: [fs.readFileSync('{{OTHER_CA}}'), fs.readFileSync('{{CA}}')]}",
    ", ssl: {ca: null, rejectUnauthorized: true}",
    ", ssl: 1",
    ", ssl: ''",
    ", ssl: 'false'",
    ", ssl: {rejectUnauthorized: [false]}",
    ", ssl: {ca: fs.readFileSync('{{OTHER_CA}}'), ca: fs.readFileSync('{{CA}}')}",
    ", ssl: {ca: fs.readFileSync('{{CA}}')}, ssl: false",
]


def node_object(package):
    return Table(f"Node.js {package}, object", "node-object", f"""\
const fs = require('fs');
const mysql = require('{package}');
""" + """\
const db = mysql.createConnection({host: '{{HOST}}', port: {{PORT}}, user: '{{USER}}', password: '{{PASSWORD}}',
    database: '{{DATABASE}}'{{TLS}}});""", NODE_TEXTS)


def node_url(package):
    # verifyIdentity is mysql2's, and of a URL it cannot be told whose it is.
    return Table(f"Node.js {package}, URL", "node-url", "mysql://{{USER}}:{{PASSWORD}}@{{HOST}}:{{PORT}}/{{DATABASE}}{{TLS}}", [
        "",
        "?ssl={}",
        "?ssl=true",
        "?ssl=false",
        '?ssl={"rejectUnauthorized":true}',
        '?ssl={"rejectUnauthorized":false}',
        "?ssl=%7B%22rejectUnauthorized%22%3Afalse%7D",
        '?ssl={"rejectUnauthorized":0}',
        '?ssl={"rejectUnauthorized":"false"}',
        '?ssl={"rejectUnauthorized":[false]}',
        '?ssl="false"',
        "?password1=other&ssl={}",
        '?ssl={"rejectUnauthorized":false,"rejectUnauthorized":true}',
        '?ssl={"rejectUnauthorized":false}&ssl={}',
        "?ssl=1",
        "?ssl=",
        "?ssl=null",
        "?SSL={}",
    ] + (['?ssl={"verifyIdentity":true}', '?ssl={"verifyIdentity":0}'] if package == "mysql2" else []))


GO = Table("Go driver", "go-dsn", "{{USER}}:{{PASSWORD}}@tcp({{HOST}}:{{PORT}})/{{DATABASE}}{{TLS}}", [
    "",
    "?tls=false",
    "?tls=0",
    "?tls=true",
    "?tls=TRUE",
    "?tls=1",
    "?tls=yes",
    "?tls=skip-verify",
    "?tls=Skip-Verify",
    "?tls=preferred",
    "?tls=custom",
    "?tls=Custom",
    "?tls=custom&tls=skip-verify",
    "?tls=skip-verify&tls=custom",
    "?TLS=custom",
    "?t%6Cs=skip-verify",
    "?tls=%74rue",
    "?tls=skip%2Dverify",
    "?tls=cust%6Fm",
    "?tls=",
    "?tls=custom&tls=false",
], ("--with=custom={{CA}}",))

RUBY = Table("Ruby mysql2", "ruby", """\
Mysql2::Client.new(host: '{{HOST}}', port: {{PORT}}, username: '{{USER}}', password: '{{PASSWORD}}',
    database: '{{DATABASE}}'{{TLS}})""", [
    "",
    ", sslca: '{{CA}}'",
    ", :sslca => '{{CA}}'",
    ", sslca: nil",
    ", sslca: false",
    ", sslverify: nil",
    ", sslca: '{{CA}}', sslverify: true",
    ", sslca: '{{CA}}', sslverify: false",
    ", sslverify: false, 'sslca' => '{{CA}}'",
    ", sslverify: true",
    ", sslverify: false",
    ", sslcipher: 'ECDHE-ECDSA-AES256-GCM-SHA384'",
    ", ssl_mode: :required",
    ", ssl_mode: :preferred",
    ", ssl_mode: :disabled",
    ", ssl_mode: :verify_identity",
    ", sslca: '{{CA}}', ssl_mode: :verify_ca",
    ", sslca: '{{CA}}', ssl_mode: :verify_identity",
    ", sslca: '{{CA}}', ssl_mode: 'SSL_MODE_VERIFY_IDENTITY'",
    ", sslca: '{{CA}}', ssl_mode: :required",
    ", sslca: '{{CA}}', ssl_mode: :disabled",
    ", sslca: '{{CA}}', ssl_mode: :disabled, sslverify: true",
    ", sslca: '{{CA}}', sslca: nil",
    ", sslca: '{{OTHER_CA}}', ssl_ca: '{{CA}}'",
    ", ssl_ca: '{{OTHER_CA}}', sslca: '{{CA}}'",
    ", sslcert: '{{CLIENT_CERT}}', sslkey: '{{CLIENT_KEY}}'",
    ", sslca: '{{CA}}', sslverify: nil",
    ", sslca: '{{CA}}', sslverify: 0",
    ", sslca: '{{CA}}', sslverify: 'false'",
    ", sslca: ''",
    ", flags: Mysql2::Client::SSL_VERIFY_SERVER_CERT, sslca: '{{CA}}'",
    ", flags: 'SSL_VERIFY_SERVER_CERT', sslca: '{{CA}}'",
    ", flags: ['-SSL_VERIFY_SERVER_CERT'], sslca: '{{CA}}'",
])
