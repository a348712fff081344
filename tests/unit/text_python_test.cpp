// What Python programs connect with: their literals as Python reads them, and what a translation says of them.

#include <sealsql/text/python.hpp>

#include "text_helpers.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sealsql;
using namespace std::chrono_literals;
using unit::contains;
using unit::error_of;
using unit::finding;
using unit::summary;

namespace {

Translation django(std::string_view text) { return translate_django(text); }

bool says_that_autocommit_is_off(Translation const& translation)
{
    return contains(to_text(translation), "autocommit is off");
}

} // namespace

TEST_CASE("arguments of mysql.connector that are accepted", "[text][python]")
{
    unit::check_accepted(
        {
            // The vendor's sample.
            {"conn = mysql.connector.connect(user='app',\n"
             "                               password='pw',\n"
             "                               database='shop',\n"
             "                               host='db.internal',\n"
             "                               ssl_ca='/ca.pem')\n",
             "app:pw@db.internal:3306/shop identity /ca.pem"},
            {"mysql.connector.connect(user='u')", "u@127.0.0.1:3306/ identity"},
            {"user='u', password='p', host='h'", "u:p@h:3306/ identity"},
            {"user='u',", "u@127.0.0.1:3306/ identity"},
            {"{'user': 'u', 'host': 'h'}", "u@h:3306/ identity"},
            {"config = {'user': 'u', 'host': 'h',}\nmysql.connector.connect(**config)",
             "u@h:3306/ identity"},
            {"config = {'user': 'u'}; db = connect(**config, host='h')", "u@h:3306/ identity"},
            {"config = dict(user='u', host='h')", "u@h:3306/ identity"},
            {"HOST = 'h'\nPW = 'p'\nconnect(host=HOST, user='u', password=PW)",
             "u:p@h:3306/ identity"},
            {"connect(user=\"u\", password=\"it's\", host='h')", "u:it's@h:3306/ identity"},
            {"connect(user='u', password='it\\'s \\\"q\\\"', host='h')",
             "u:it's \"q\"@h:3306/ identity"},
            {"connect(user='u', password=r'a\\b', host='h')", "u:a\\b@h:3306/ identity"},
            {"connect(user='u', password='a\\\\b\\qc', host='h')", "u:a\\b\\qc@h:3306/ identity"},
            {"connect(user='u', password='\\x41\\u00e9\\101', host='h')", "u:A\xC3\xA9"
                                                                          "A@h:3306/ identity"},
            {"connect(user='u', password='p:a@s/s?w#rd&x=1%;\"q', host='h')",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"connect(user='u', password='''a'b''', host='h')", "u:a'b@h:3306/ identity"},
            {"connect(user='u', password='a' 'b'\n\"c\", host='h')", "u:abc@h:3306/ identity"},
            {"connect(user='u', password=('a'\n 'b'), host='h')", "u:ab@h:3306/ identity"},
            {"connect(user='u', password='', host='h')", "u@h:3306/ identity"},
            {"connect(user='u', password=None, host='h')", "u@h:3306/ identity"},
            {"connect( # who\n user='u', # 'x'\n host = 'h' )", "u@h:3306/ identity"},
            {"connect(user='u', host='h', port=3_307)", "u@h:3307/ identity"},
            {"connect(user='u', host='h', port='3307')", "u@h:3307/ identity"},
            {"connect(user='u', host='::1')", "u@::1:3306/ identity"},
            {"connect(username='u', passwd='p', db='d')", "u:p@127.0.0.1:3306/d identity"},
            {"connect(user='u', unix_socket='/s.sock')", "u@/s.sock/ plaintext"},
            {"connect(user='u', host='h', ssl_disabled=True)", "u@h:3306/ plaintext"},
            {"connect(user='u', host='h', ssl_disabled=False)", "u@h:3306/ identity"},
            {"connect(user='u', host='h', ssl_ca='c', ssl_verify_cert=True)",
             "u@h:3306/ identity c"},
            {"connect(user='u', host='h', ssl_ca='c', ssl_verify_cert=True, ssl_verify_identity=True)",
             "u@h:3306/ identity c"},
            {"connect(user='u', host='h', ssl_ca='c', ssl_verify_cert=True, ssl_verify_identity=False)",
             "u@h:3306/ ca c"},
            {"connect(user='u', host='h', ssl_ca='c', ssl_verify_cert=False)", "u@h:3306/ none"},
            {"connect(user='u', host='h', ssl_verify_identity=0)", "u@h:3306/ identity"},
            {"connect(user='u', host='h', ssl_verify_cert=False, ssl_verify_identity=True)",
             "u@h:3306/ identity"},
            {"{'user': 'u', 'user': 'v', 'host': 'h'}", "v@h:3306/ identity"},
            {"x = 1\nreturn_value = connect(user='u', \\\n host='h');", "u@h:3306/ identity"},
            {"connect(user='u', host='h', converter_class=my.Converter, use_pure=True)",
             "u@h:3306/ identity"},
            // It cuts spaces off, but of a password.
            {"connect(user=' u\\n', password=' p ', host='\th ', db='d ')",
             "u: p @h:3306/d identity"},
            {"try:\n    import x\nexcept ImportError:\n    pass\nH = 'a'\nH = 'h'\n"
             "connect(user='u', host=H)",
             "u@h:3306/ identity"},
            // What a call gives may take the place of what was there before.
            {"cnx = None\ntry:\n    cnx = connect(user='u', host='h')\nexcept Error as e:\n"
             "    print(e)\nfinally:\n    if cnx:\n        cnx.close()\n",
             "u@h:3306/ identity"},
            // A try ends once, with whatever follows it.
            {"H = 'a'\ntry:\n    import x\nfinally:\n    pass\nH = 'h'\n"
             "connect(user='u', host=H)",
             "u@h:3306/ identity"},
            // Whatever ends a line is a line feed to Python.
            {"connect(user='u', # who\r password='''a\r\nb\rc''', \\\r\n host='h')\r\n",
             "u:a\nb\nc@h:3306/ identity"},
            {"connect(user='u', password='a\\\r\nb\\r', host='h')", "u:ab\r@h:3306/ identity"},
        },
        translate_mysql_connector_python);
}

TEST_CASE("arguments of mysql.connector that are refused", "[text][python]")
{
    unit::check_refused(
        {
            {"connect(password='S3cr3t', hots='h')", "'hots'"},
            {"connect(password='S3cr3t', host=HOST)", "'host'"},
            {"connect(password='S3cr3t', host='a' + 'b')", "computed"},
            {"connect(password='S3cr3t', host=os.environ['H'])", "computed"},
            {"connect(password='S3cr3t', host=os.getenv('H'))", "'host'"},
            {"connect(password='S3cr3t', host='%s' % x)", "computed"},
            {"connect(password='S3cr3t', host=f'{x}')", "computed"},
            {"connect(password='S3cr3t', host='{}'.format(x))", "computed"},
            {"connect(password='S3cr3t', host='h'", "closing )"},
            {"connect(password='S3cr3t', host='h", "string does not end"},
            {"connect(password='S3cr3t', host='h\n')", "does not end on its line"},
            {"connect(password='S3cr3t' host='h')", "comma is missing"},
            {"connect(password='S3cr3t', password='b')", "twice"},
            {"connect(password='S3cr3t', passwd='b')", "twice"},
            {"connect(password='S3cr3t', 'h')", "without a name"},
            {"connect(**config, password='S3cr3t')", "unpacked"},
            {"connect(password='S3cr3t'); connect(host='h')", "more than one call"},
            {"print('S3cr3t')", "neither a call nor a dictionary"},
            {"escape('S3cr3t')", "something else is called"},
            {"'S3cr3t'", "neither a call nor a dictionary"},
            {"# S3cr3t", "neither a call"},
            {"connect(password='S3cr3t', port=0x10)", "not decimal"},
            {"connect(password='S3cr3t', port=010)", "octal"},
            {"connect(password='S3cr3t', port=65536)", "'port'"},
            {"connect(password='S3cr3t', port=-1)", "'port'"},
            {"connect(password='S3cr3t', host=['h'])", "list"},
            {"connect(password='S3cr3t', unix_socket=False)", "true or false where a text"},
            {"connect(password='S3cr3t', ssl_ca=True)", "true or false where a text"},
            {"connect(password='S3cr3t', database=0)", "a number where a text"},
            {"connect(password='S3cr3t', ssl_verify_cert='False')", "a text where true or false"},
            {"connect(password='S3cr3t', ssl_verify_cert=2)", "neither true nor false"},
            {"connect(password='S3cr3t', ssl_verify_cert=true)", "neither true nor false"},
            {"connect(password='S3cr3t', ssl_ca='')", "empty path"},
            {"connect(password='S3cr3t', ssl_key='k')", "no certificate"},
            {"connect(password='S3cr3t', allow_local_infile=True)", "cannot be honoured"},
            {"connect(password='S3cr3t', compress=True)", "cannot be honoured"},
            {"connect(password='S3cr3t', option_files='/etc/my.cnf')",
             "translate_option_file_at()"},
            {"connect(password='S3cr3t', failover=({'host': 'a'},))", "cannot be honoured"},
            {"connect(password='S3cr3t', auth_plugin='authentication_kerberos_client')",
             "login method"},
            {"connect(password='S3cr3t', client_flags=[ClientFlag.INTERACTIVE])", "flag"},
            {"connect(password='S3cr3t', tls_versions=['TLSv1.4'])", "version of TLS"},
            {"connect(password='S3cr3t', tls_versions=['TLSv1', 'TLSv1.1'])", "does not connect"},
            {"connect(password='S3cr3t', sql_mode=\"'; DROP\")", "'sql_mode'"},
            {"connect(password='S3cr3t\\x00')", "NUL"},
            {"connect(password='S3cr3t\\N{BULLET}')", "by its name"},
            {"connect(password='S3cr3t\\u12')", "escape"},
            {"connect(password=b'S3cr3t' 'x')", "bytes and a text"},
            {"connect(password=b'S3cr3t\xC3\xA9')", "not of ASCII"},
            {"connect(password='S3cr3t\\ud800')", "no character"},
            {"# coding: latin-1\nconnect(password='S3cr3t\xE9')", "not UTF-8"},
            {"connect(password='S3cr3t', host=[[[[[[[[[1]]]]]]]]])", "deeper than 8"},
            {"connect(host='a b', password='S3cr3t')", "not one name"},
            {"connect(password='S3cr3t')) ", "should have ended"},
            {"H = 'a'\ntry:\n    import x\n    H = 'b'\nexcept ImportError:\n    pass\n"
             "connect(password='S3cr3t', host=H)",
             "may not be run"},
            {"H = None\nif x:\n    H = 'b'\nconnect(password='S3cr3t', host=H)",
             "in another place"},
            {"H = 'a'\ntry:\n    try:\n        import x\n    except A:\n        pass\n    except B:\n"
             "        pass\n    H = 'b'\nexcept C:\n    pass\nconnect(password='S3cr3t', host=H)",
             "may not be run"},
        },
        translate_mysql_connector_python);
}

TEST_CASE("arguments of PyMySQL that are accepted", "[text][python]")
{
    unit::check_accepted(
        {
            // The vendor's sample.
            {"conn = pymysql.connect(user='app',\n"
             "                       password='pw',\n"
             "                       database='shop',\n"
             "                       host='db.internal',\n"
             "                       ssl={'ca': '/ca.pem'})",
             "app:pw@db.internal:3306/shop identity /ca.pem"},
            {"pymysql.connect(user='u')", "u@localhost:3306/ identity"},
            {"pymysql.connections.Connection(user='u', host='h')", "u@h:3306/ identity"},
            {"import pymysql\npymysql.connect(user='u', host='h')", "u@h:3306/ identity"},
            {"\xEF\xBB\xBF"
             "import pymysql\npymysql.connect(user='u', host='h')",
             "u@h:3306/ identity"},
            {"MySQLdb.connect(user='u', host='h')", "u@h:3306/ identity"},
            {"host='h', user='u', ssl={'ca': 'c'}", "u@h:3306/ identity c"},
            {"{'host': 'h', 'user': 'u', 'ssl': {'ca': 'c'}}", "u@h:3306/ identity c"},
            {"tls = {'ca': 'c'}\npymysql.connect(host='h', user='u', ssl=tls)",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl={'capath': 'd/'})", "u@h:3306/ identity d/"},
            {"connect(host='h', user='u', ssl=dict(ca='c', check_hostname=False))",
             "u@h:3306/ ca c"},
            {"base = dict(host='h', user='u')\nconf = dict(base, port=3307)\nconnect(**conf)",
             "u@h:3307/ identity"},
            {"connect(host='h', user='u', ssl=None)", "u@h:3306/ identity"},
            {"connect(host='h', user='u', ssl=True)", "u@h:3306/ identity"},
            {"connect(host='h', user='u', ssl=False, ssl_disabled=True)", "u@h:3306/ plaintext"},
            {"connect(host='h', user='u', ssl={})", "u@h:3306/ identity"},
            {"connect(host='h', user='u', ssl_disabled=True)", "u@h:3306/ plaintext"},
            {"connect(host='h', user='u', ssl={'ca': 'c', 'check_hostname': True})",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl={'ca': 'c', 'check_hostname': False})",
             "u@h:3306/ ca c"},
            {"connect(host='h', user='u', ssl={'ca': 'c', 'verify_mode': 'required'})",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl={'ca': 'c', 'verify_mode': True})",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl={'ca': 'c', 'verify_mode': 'optional'})",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl={'check_hostname': False, 'verify_mode': 'none'})",
             "u@h:3306/ none"},
            {"connect(host='h', user='u', ssl={'ca': 'c', 'check_hostname': 0, 'verify_mode': "
             "'none'})",
             "u@h:3306/ none"},
            {"connect(host='h', user='u', ssl={}, ssl_ca='c')", "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl={'ca': 'c'}, ssl_cert='a', ssl_disabled=True)",
             "u@h:3306/ plaintext"},
            {"connect(host='h', user='u', ssl_verify_cert=False, ssl_verify_identity=True)",
             "u@h:3306/ none"},
            {"connect(host='h', user='u', ssl_ca='c', ssl_verify_cert=False)", "u@h:3306/ none"},
            {"connect(host='h', user='u', ssl={'verify_mode': False})", "u@h:3306/ none"},
            {"connect(host='h', user='u', ssl_ca='c')", "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl_ca='c', ssl_verify_cert=True)",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl_ca='c', ssl_verify_cert=True, ssl_verify_identity=True)",
             "u@h:3306/ identity c"},
            {"connect(host='h', user='u', ssl_ca='c', ssl_verify_identity=False)",
             "u@h:3306/ ca c"},
            {"connect(host='h', user='u', ssl_verify_cert=False)", "u@h:3306/ none"},
            {"connect(host='h', user='u', port=3307)", "u@h:3307/ identity"},
            {"connect(host='h', user='u', passwd='p', db='d')", "u:p@h:3306/d identity"},
            {"connect(unix_socket='/s', user='u')", "u@/s/ plaintext"},
            {"connect(unix_socket='/s', user='u', ssl={'ca': 'c'})", "u@/s/ ca c"},
            {"connect(host='h', user='u', password=b'p')", "u:p@h:3306/ identity"},
            {"connect(host='h', user='u', cursorclass=pymysql.cursors.DictCursor)",
             "u@h:3306/ identity"},
            {"connect(host='h', user='u', client_flag=CLIENT.MULTI_STATEMENTS)",
             "u@h:3306/ identity"},
            {"connect(host='h', user='u', conv=decoders)", "u@h:3306/ identity"},
            {"connect(host='h', user='u', local_infile=False, defer_connect=True)",
             "u@h:3306/ identity"},
            {"connect(host='h', user='u', password=u'\xC3\xA9')", "u:\xE9@h:3306/ identity"},
            // Bytes are sent as they are.
            {"connect(host='h', user='u', password=b'\\xc3\\xa9' b'')",
             "u:\xC3\xA9@h:3306/ identity"},
            {"PW = b'\\xe2\\x82\\xac'\nconnect(host='h', user='u', passwd=PW)",
             "u:\xE2\x82\xAC@h:3306/ identity"},
            {"{'host': 'h', 'password': b'p', 'password': '\xC3\xA9'}", ":\xE9@h:3306/ identity"},
            {"connect(host='::1', user='u', port=3307)", "u@::1:3307/ identity"},
            {R"(connect(host='h', user='u', password='p:a@s/s?w#rd&x=1%;"q'))",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {R"(connect(host='h', user='u', password='it\'s \\ $(x) `y` ${z} {0}'))",
             "u:it's \\ $(x) `y` ${z} {0}@h:3306/ identity"},
            {"connect(host='', user='u', password='', database='')", "u@localhost:3306/ identity"},
            {"{'host': 'g', 'user': 'u', 'host': 'h'}", "u@h:3306/ identity"},
            {"{'host': 'h', 'user': 'u', 'password': 'a', 'passwd': 'b'}", "u:a@h:3306/ identity"},
        },
        translate_pymysql);
}

TEST_CASE("arguments of PyMySQL that are refused", "[text][python]")
{
    unit::check_refused(
        {
            {"connect(password='S3cr3t', ssl={'Ca': 'c'})", "'ssl.Ca'"},
            {"connect(password='S3cr3t', ssl={'ca': ca})", "'ssl.ca'"},
            {"connect(password='S3cr3t', ssl={'ca': ''})", "empty path"},
            {"connect(password='S3cr3t', ssl={'ca'})", "'ssl'"},
            {"connect(password='S3cr3t', ssl={'ca': {'a': 'b'}})", "'ssl.ca.a'"},
            {"connect(password='S3cr3t', ssl='ca.pem')", "'ssl'"},
            {"connect(password='S3cr3t', ssl=ctx)", "'ssl'"},
            {"connect(password='S3cr3t', ssl=ssl.create_default_context(cafile='c'))", "'ssl'"},
            {"connect(password='S3cr3t', ssl={'verify_mode': ssl.CERT_NONE})", "verify_mode"},
            {"connect(password='S3cr3t', ssl={'verify_mode': 'maybe'})", "verify_mode"},
            {"connect(password='S3cr3t', ssl={'check_hostname': 'no'})", "check_hostname"},
            // A number is neither of the texts nor of the booleans, and PyMySQL checks after all.
            {"connect(password='S3cr3t', ssl={'ca': 'c', 'verify_mode': 0, 'check_hostname': False})",
             "'ssl.verify_mode' has a value"},
            {"connect(password='S3cr3t', ssl={'verify_mode': 1})", "'ssl.verify_mode' has a value"},
            {"connect(password='S3cr3t', ssl_ca='c', ssl_verify_cert=0)",
             "'ssl_verify_cert' is a number"},
            {"connect(password='S3cr3t', ssl_verify_cert=1)", "'ssl_verify_cert' is a number"},
            // Python's ssl module does not take it.
            {"connect(password='S3cr3t', ssl={'ca': 'c', 'verify_mode': 'none'})",
             "'ssl.verify_mode' takes away"},
            {"connect(password='S3cr3t', ssl={'ca': 'c', 'verify_mode': False, 'check_hostname': True})",
             "'ssl.verify_mode' takes away"},
            {"connect(password='S3cr3t', ssl_ca='c', ssl_verify_cert=False, ssl_verify_identity=True)",
             "'ssl_verify_cert' takes away"},
            {"connect(password='S3cr3t', ssl_ca='c', ssl_verify_identity=True)",
             "'ssl_verify_identity' asks for the name"},
            // The keywords take the place of the dictionary as a whole.
            {"connect(password='S3cr3t', ssl={'verify_mode': 'none'}, ssl_verify_cert=True)",
             "'ssl_verify_cert' stands beside ssl"},
            {"connect(password='S3cr3t', ssl={'ca': 'c'}, ssl_verify_identity=False)",
             "'ssl_verify_identity' stands beside ssl"},
            {"connect(password='S3cr3t', ssl={'ca': 'c'}, ssl_cert='a', ssl_key='b')",
             "'ssl_cert' stands beside ssl"},
            {"connect(password='S3cr3t', ssl={'ca': 'c', 'check_hostname': None})",
             "'ssl.check_hostname' is nothing"},
            {"connect(password='S3cr3t', ssl=False)", "'ssl' is False"},
            {"connect(password='S3cr3t', ssl=False, ssl_ca='c', ssl_verify_cert=True)",
             "'ssl' is False"},
            // To Python, the last one takes the place of the first.
            {"{'password': 'S3cr3t', 'ssl': {'verify_mode': 'none', 'check_hostname': False}, "
             "'ssl': {'ca': 'c'}}",
             "'ssl' stands there twice"},
            {"base = {'password': 'S3cr3t', 'ssl': {'verify_mode': 'none'}}\n"
             "conf = dict(base, ssl={'ca': 'c'})\npymysql.connect(**conf)",
             "'ssl' stands there twice"},
            {"{'password': 'S3cr3t', 'ssl': False, 'ssl': {'ca': 'c'}}",
             "'ssl' stands there twice"},
            {"{'password': 'S3cr3t', 'ssl': {'verify_mode': 'none'}, 'ssl': None}",
             "'ssl' stands there twice"},
            {"{'password': 'S3cr3t', 'ssl_disabled': True, 'ssl_disabled': None}",
             "'ssl_disabled' stands there twice"},
            {"{'password': 'S3cr3t', 'host': 'h', 'host': ''}", "'host' stands there twice"},
            {"{'password': 'S3cr3t', 'ssl.ca': 'c'}", "one name with a dot"},
            {"connect(password='S3cr3t', ssl={'key': 'k'})", "no certificate"},
            {"connect(password='S3cr3t', ssl={'verify_mode': 'none', 'cert': 'c', 'key': 'k'})",
             "show it to anybody"},
            {"connect(password='S3cr3t', ssl={'cipher': 'HIGH:!aNULL'})", "list of ciphers"},
            {"connect(password='S3cr3t', sslca='c')", "'sslca'"},
            {"connect(password='S3cr3t', ssl_mode='REQUIRED')", "'ssl_mode'"},
            {"connect(host='h', password='S3cr3t\\u20ac')", "cannot send"},
            {"connect('h', 'u', 'S3cr3t')", "without a name"},
            {"connect(password='S3cr3t', compress=True)", "cannot be honoured"},
            {"connect(password='S3cr3t', named_pipe=True)", "cannot be honoured"},
            {"connect(password='S3cr3t', local_infile=1)", "cannot be honoured"},
            {"connect(password='S3cr3t', read_default_file='~/.my.cnf')",
             "translate_option_file_at()"},
            {"connect(password='S3cr3t', auth_plugin_map={'x': Y})", "cannot be honoured"},
            {"connect(password='S3cr3t', bind_address='10.0.0.1')", "cannot be honoured"},
            {"connect(password='S3cr3t', client_flag=CLIENT.INTERACTIVE)", "flag"},
            {"connect(password='S3cr3t', connect_timeout=-1)", "'connect_timeout'"},
            {"connect(password='S3cr3t', connect_timeout=1.5)", "'connect_timeout'"},
            {"connect(password='S3cr3t', max_allowed_packet=10)", "'max_allowed_packet'"},
            {"connect(password='S3cr3t', charset='utf8;')", "character set"},
            {"connect(password='S3cr3t', init_command='')", "empty statement"},
            {"connect(password='S3cr3t', 1a=2)", "not decimal"},
            {"connect(password='S3cr3t', =2)", "no literal"},
            {"connect(password='S3cr3t', host==2)", "comma is missing"},
            {"connect(password='S3cr3t', host=lambda: 1)", "comma is missing"},
            {"connect(password='S3cr3t', host=not True)", "comma is missing"},
            {"{'password': 'S3cr3t', **other}", "no literal"},
            {"{'password': 'S3cr3t', 1: 2}", "comma is missing"},
            {"{password: 'S3cr3t'}", "comma is missing"},
        },
        translate_pymysql);
}

TEST_CASE("arguments of mysqlclient that are accepted", "[text][python]")
{
    unit::check_accepted(
        {
            {"MySQLdb.connect('h', 'u', 'p', 'd', 3307)", "u:p@h:3307/d identity"},
            {"MySQLdb.connect('h', 'u', passwd='p', db='d')", "u:p@h:3306/d identity"},
            {"MySQLdb.connect(host='h', user='u', password='p', database='d')",
             "u:p@h:3306/d identity"},
            {"db = MySQLdb.Connection(host='h', user='u')", "u@h:3306/ identity"},
            {"import_of = None\nMySQLdb.connections.Connection('h', 'u')", "u@h:3306/ identity"},
            {"{'host': 'h', 'user': 'u', 'ssl': {'ca': 'c'}}", "u@h:3306/ identity c"},
            {"settings = {'host': 'h', 'user': 'u'}\nMySQLdb.connect(**settings)",
             "u@h:3306/ identity"},
            // Every special character, and the quotes of Python.
            {R"(MySQLdb.connect('h', 'u', 'p:a@s/s?w#rd&x=1%;"q'))",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {R"(MySQLdb.connect('h', 'u', "it's"))", "u:it's@h:3306/ identity"},
            {R"(MySQLdb.connect('h', 'u', 'it\'s \\ $(x) `y` ${z} {0}'))",
             "u:it's \\ $(x) `y` ${z} {0}@h:3306/ identity"},
            {R"(MySQLdb.connect('h', 'u', r'a\n'))", "u:a\\n@h:3306/ identity"},
            {R"(MySQLdb.connect('h', 'u', '\x41\u00e9'))", "u:A\xC3\xA9@h:3306/ identity"},
            {R"(MySQLdb.connect('h', 'u', 'a' "b"))", "u:ab@h:3306/ identity"},
            {"MySQLdb.connect('h', 'u', b'p')", "u:p@h:3306/ identity"},
            {"MySQLdb.connect('h', 'u', ' p ')", "u: p @h:3306/ identity"},
            // IPv6, sockets, empty values.
            {"MySQLdb.connect(host='::1', user='u', port=3307)", "u@::1:3307/ identity"},
            {"MySQLdb.connect(host='fe80::1%eth0', user='u')", "u@fe80::1%eth0:3306/ identity"},
            {"MySQLdb.connect(unix_socket='/s', user='u')", "u@/s/ plaintext"},
            {"MySQLdb.connect(unix_socket='/s', user='u', ssl={'ca': 'c'})", "u@/s/ ca c"},
            {"MySQLdb.connect(user='u')", "u@localhost:3306/ identity"},
            {"MySQLdb.connect(host='', user='u', port=0)", "u@localhost:3306/ identity"},
            {"MySQLdb.connect(host=None, user='u', passwd=None, db=None)",
             "u@localhost:3306/ identity"},
            {"MySQLdb.connect('h', 'u', '')", "u@h:3306/ identity"},
            {"{'host': 'g', 'user': 'u', 'host': 'h'}", "u@h:3306/ identity"},
            {"base = {'host': 'h', 'user': 'g'}\nconf = dict(base, user='u')",
             "u@h:3306/ identity"},
            // TLS; over MariaDB Connector/C, VERIFY_CA checks the name, too.
            {"MySQLdb.connect(host='h', user='u', ssl_mode='DISABLED')", "u@h:3306/ plaintext"},
            {"MySQLdb.connect(host='h', user='u', ssl_mode='PREFERRED')", "u@h:3306/ identity"},
            {"MySQLdb.connect(host='h', user='u', ssl_mode='REQUIRED')", "u@h:3306/ identity"},
            {"MySQLdb.connect(host='h', user='u', ssl_mode='VERIFY_CA', ssl={'ca': 'c'})",
             "u@h:3306/ identity c"},
            {"MySQLdb.connect(host='h', user='u', ssl_mode='verify_identity', ssl={'ca': 'c'})",
             "u@h:3306/ identity c"},
            {"MySQLdb.connect(host='h', user='u', ssl={'ca': 'c', 'capath': 'd/'})",
             "u@h:3306/ identity c d/"},
            {"MySQLdb.connect(host='h', user='u', ssl={'ca': 'c', 'cert': 'a', 'key': 'b'})",
             "u@h:3306/ identity c"},
            {"MySQLdb.connect(host='h', user='u', ssl={})", "u@h:3306/ identity"},
            {"MySQLdb.connect(host='h', user='u', ssl_mode='DISABLED')", "u@h:3306/ plaintext"},
            {"MySQLdb.connect(host='h', user='u', cursorclass=MySQLdb.cursors.DictCursor,"
             " conv=converters, local_infile=0, use_unicode=True)",
             "u@h:3306/ identity"},
        },
        translate_mysqlclient);
}

TEST_CASE("arguments of mysqlclient that are refused", "[text][python]")
{
    unit::check_refused(
        {
            {"connect('h', passwd='S3cr3t', ssl=False)", "'ssl' is False"},
            {"connect('h', 'u', 'S3cr3t', host='i')", "stands there twice"},
            {"connect(passwd='S3cr3t', password='x')", "stands there twice"},
            {"connect('h','u','S3cr3t','d',1,'/s', 7)", "without a name"},
            {"connect(host='h', 'S3cr3t' 'x' y)", "comma is missing"},
            {"connect(passwd='S3cr3t', ssl_mode='required?')", "'ssl_mode'"},
            {"connect(passwd='S3cr3t', ssl_mode='')", "'ssl_mode'"},
            // It makes TLS of that, whatever the mode is.
            {"connect(passwd='S3cr3t', ssl_mode='DISABLED', ssl={'ca': 'c'})", "asks for no TLS"},
            {"connect(passwd='S3cr3t', ssl_mode='VERIFY_IDENTITY', unix_socket='/s')",
             "no host name"},
            {"connect(passwd='S3cr3t', ssl={'Ca': 'c'})", "'ssl.Ca'"},
            {"connect(passwd='S3cr3t', ssl={'ca': ''})", "empty path"},
            {"connect(passwd='S3cr3t', ssl={'ca': open('c')})", "no literal"},
            {"connect(passwd='S3cr3t', ssl={'key': 'k'})", "no certificate"},
            {"connect(passwd='S3cr3t', ssl={'cipher': 'HIGH:!aNULL'})", "list of ciphers"},
            {"connect(passwd='S3cr3t', ssl={'check_hostname': True})", "'ssl.check_hostname'"},
            {"connect(passwd='S3cr3t', ssl='c')", "'ssl'"},
            {"connect(passwd='S3cr3t', ssl_ca='c')", "'ssl_ca'"},
            {"connect(passwd='S3cr3t', ssl_verify_cert=True)", "'ssl_verify_cert'"},
            {"connect(passwd='S3cr3t', Host='h')", "'Host'"},
            {"connect(passwd='S3cr3t', host=os.environ['H'])", "computed"},
            {"connect(passwd='S3cr3t', host='a' + b)", "computed"},
            {"connect(passwd=f'S3cr3t{x}')", "computed"},
            {"connect(passwd='S3cr3t' % x)", "computed"},
            {"connect(passwd='S3cr3t\\x00')", "NUL"},
            {"connect(passwd='S3cr3t", "does not end"},
            {"connect(passwd='S3cr3t\\')", "does not end"},
            {"connect(passwd='S3cr3t'", "closing )"},
            {"connect(passwd='S3cr3t', host='h,i')", "not one name"},
            {"connect(passwd='S3cr3t', host='[::1]')", "holds a ':'"},
            {"connect(passwd='S3cr3t', port='x')", "'port'"},
            {"connect(passwd='S3cr3t', port=65536)", "'port'"},
            {"connect(passwd='S3cr3t', unix_socket='')", "empty path"},
            {"conf = dict('h', passwd='S3cr3t')", "without a name"},
            {"connect(passwd='S3cr3t', compress=True)", "cannot be honoured"},
            {"connect(passwd='S3cr3t', local_infile=1)", "cannot be honoured"},
            {"connect(passwd='S3cr3t', read_default_file='~/.my.cnf')",
             "translate_option_file_at()"},
            {"connect(passwd='S3cr3t', client_flag=CLIENT.INTERACTIVE)", "flag"},
            {"connect(passwd='S3cr3t', auth_plugin='mysql_clear_password', ssl_mode='DISABLED')",
             "not checked"},
            {"connect(passwd='S3cr3t', sql_mode=\"a'b\")", "does not belong"},
            {"connect(passwd='S3cr3t', charset='')", "character set"},
            {"MySQLdb.escape('S3cr3t')", "something else is called"},
        },
        translate_mysqlclient);
}

TEST_CASE("what is said of mysqlclient's TLS", "[text][python]")
{
    auto const sample = translate_mysqlclient("connect(host='h', user='u', ssl={'ca': 'c'})");
    CHECK(sample.before == Protection{.uses_tls = true, .checks_chain = true});
    struct Row {
        std::string_view arguments;
        Protection before;
    };
    Protection const none{};
    Protection const tls{.uses_tls = true};
    Protection const chain{.uses_tls = true, .checks_chain = true};
    Protection const full{
        .uses_tls = true, .refuses_plaintext = true, .checks_chain = true, .checks_name = true};
    // As mysqlclient 2.2.7 over MariaDB Connector/C 3.3.20 was measured to do.
    for (Row const& row : {
             Row{"ssl=True", tls},
             Row{"ssl={}", none},
             Row{"ssl_mode='PREFERRED'", none},
             Row{"ssl_mode='PREFERRED', ssl={'ca': 'c'}", chain},
             Row{"ssl_mode='REQUIRED'", tls},
             Row{"ssl_mode='REQUIRED', ssl={'ca': 'c'}", chain},
             Row{"ssl_mode='VERIFY_CA'", full},
             Row{"ssl_mode='VERIFY_CA', ssl={'ca': 'c'}", full},
             Row{"ssl_mode='VERIFY_IDENTITY'", full},
             Row{"ssl_mode='VERIFY_IDENTITY', ssl={'ca': 'c'}", full},
             Row{"ssl_mode='DISABLED'", none},
         }) {
        INFO(row.arguments);
        auto const translation =
            translate_mysqlclient("connect(host='h', " + std::string{row.arguments} + ")");
        CHECK(translation.before == row.before);
    }
    auto const local = translate_mysqlclient("connect(user='u', passwd='p')");
    CHECK(contains(finding(local, "").before, "local socket"));
}

TEST_CASE("entries of Django's DATABASES that are accepted", "[text][python]")
{
    unit::check_accepted(
        {
            // The vendor's sample.
            {"DATABASES = {\n"
             "    'default': {\n"
             "        'ENGINE': 'django.db.backends.mysql',\n"
             "        'NAME': 'shop',\n"
             "        'USER': 'app',\n"
             "        'PASSWORD': 'pw',\n"
             "        'HOST': 'db.internal',\n"
             "        'PORT': '3307',\n"
             "        'OPTIONS': {\n"
             "            'ssl': {'ca': '/ca.pem'}\n"
             "        }\n"
             "    }\n"
             "}\n",
             "app:pw@db.internal:3307/shop identity /ca.pem"},
            {"{'default': {'ENGINE': 'django.db.backends.mysql', 'USER': 'u', 'HOST': 'h'}}",
             "u@h:3306/ identity"},
            {"{'ENGINE': 'django.db.backends.mysql', 'USER': 'u', 'HOST': 'h'}",
             "u@h:3306/ identity"},
            {"'ENGINE': 'mysql.connector.django', 'USER': 'u', 'HOST': 'h'", "u@h:3306/ identity"},
            {"'default': {'USER': 'u', 'HOST': 'h'}", "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'PORT': 3307}", "u@h:3307/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'PORT': ''}", "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': ''}", "u@localhost:3306/ identity"},
            {"{'USER': 'u', 'NAME': 'd'}", "u@localhost:3306/d identity"},
            {"{'USER': 'u', 'HOST': '/run/s.sock'}", "u@/run/s.sock/ plaintext"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {}}", "u@h:3306/ identity"},
            {"DATABASES = dict(default=dict(USER='u', HOST='h', OPTIONS=dict(ssl={'ca': 'c'})))",
             "u@h:3306/ identity c"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl_mode': 'DISABLED'}}",
             "u@h:3306/ plaintext"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl_mode': 'REQUIRED'}}",
             "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl_mode': 'VERIFY_IDENTITY', 'ssl': {'ca': "
             "'c'}}}",
             "u@h:3306/ identity c"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl': {'ca': 'c', 'check_hostname': False}}}",
             "u@h:3306/ ca c"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl': {'verify_mode': 'none'}}}",
             "u@h:3306/ none"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl_ca': 'c', 'ssl_verify_cert': True}}",
             "u@h:3306/ identity c"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'ssl_disabled': True}}",
             "u@h:3306/ plaintext"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'charset': 'utf8mb4'}}", "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'isolation_level': None}}",
             "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'init_command': \"SET sql_mode='ANSI'\"}}",
             "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'CONN_MAX_AGE': None, 'ATOMIC_REQUESTS': True}",
             "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'CONN_MAX_AGE': 60}", "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'TEST': {'NAME': 't', 'MIRROR': x}}",
             "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'AUTOCOMMIT': False}", "u@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': 'h', 'TIME_ZONE': \"any';\"}", "u@h:3306/ identity"},
            {"{'replica': {'HOST': 'x'}, 'default': {'USER': 'u', 'HOST': 'h'}}",
             "u@h:3306/ identity"},
            {"HOST = 'h'\nDATABASES = {'default': {'USER': 'u', 'HOST': HOST}}",
             "u@h:3306/ identity"},
            {"TLS = {'ca': 'c'}\nDATABASES = {'default': {'USER': 'u', 'HOST': 'h', 'OPTIONS': "
             "{'ssl': TLS}}}",
             "u@h:3306/ identity c"},
            {"{'USER': 'u', 'HOST': 'h', 'PASSWORD': 'p:a@s/s?w#rd&x=1%;\"q'}",
             "u:p:a@s/s?w#rd&x=1%;\"q@h:3306/ identity"},
            {"{'USER': 'u', 'HOST': '::1'}", "u@::1:3306/ identity"},
            {"CACHES = {'default': {'HOST': 'a'}}\nDATABASES = {'default': {'USER': 'u', 'HOST': 'h'}}\n"
             "OTHER = {'default': {'USER': 'o', 'HOST': 'b'}}",
             "u@h:3306/ identity"},
            {"DB = {'USER': 'u', 'HOST': 'h'}\nDATABASES = {'default': DB}\nTEMPLATES = [{'DIRS': []}]\n"
             "LOGGING = {'version': 1}",
             "u@h:3306/ identity"},
        },
        django);
}

TEST_CASE("entries of Django's DATABASES that are refused", "[text][python]")
{
    unit::check_refused(
        {
            {"{'default': {}, 'users': {'HOST': 'h', 'PASSWORD': 'S3cr3t'}}", "is empty"},
            {"{'PASSWORD': 'S3cr3t', 'USER': 'u', 'Host': 'h'}", "'Host'"},
            {"{'PASSWORD': 'S3cr3t', 'USER': 'u', 'ENGINE': 'django.db.backends.postgresql'}",
             "'ENGINE'"},
            {"{'PASSWORD': 'S3cr3t', 'USER': 'u', 'ENGINE': None, 'ENGINE': 'sqlite3'}",
             "'ENGINE'"},
            {"{'default': {'PASSWORD': 'S3cr3t', 'USER': 'u', 'OPTION': {}}}", "OPTION"},
            {"{'other': {'PASSWORD': 'S3cr3t', 'USER': 'u'}}", "no database of that alias"},
            {"{'PASSWORD': 'S3cr3t'}", "no entry of a database"},
            {"{'default': 'S3cr3t'}", "no entry of a database"},
            {"{'USER': 'u', 'PASSWORD': os.environ['S3cr3t']}", "value of PASSWORD"},
            {"{'USER': 'u', 'PASSWORD': env('S3cr3t')}", "'PASSWORD'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'PORT': '33O6'}", "'PORT'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'PORT': 70000}", "'PORT'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'HOST': 'a,b'}", "not one name"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'HOST': 'a/1'}", "not one name"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'host': '/s'}}", "not one name"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'sslca': 'c'}}", "'OPTIONS.sslca'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl': {'root': 'c'}}}",
             "'OPTIONS.ssl.root'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl_mode': 'ON'}}",
             "OPTIONS.ssl_mode"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'isolation_level': 'none'}}",
             "isolation level"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'local_infile': True}}",
             "cannot be honoured"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'read_default_file': 'f'}}",
             "translate_option_file_at()"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'sql_mode': 'a\\'b'}}", "sql_mode"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': []}", "'OPTIONS'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': 'x'}", "'OPTIONS'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'AUTOCOMMIT': 'no'}", "'AUTOCOMMIT'"},
            // OPTIONS count, wherever they stand.
            {"{'OPTIONS': {'host': 'a'}, 'PASSWORD': 'S3cr3t', 'HOST': 'b'}",
             "'OPTIONS.host' stands beside HOST"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'passwd': 'x'}}",
             "'OPTIONS.passwd' stands beside PASSWORD"},
            {"{'ENGINE': 'mysql.connector.django', 'OPTIONS': {'db': 'a'}, 'NAME': 'S3cr3t'}",
             "'OPTIONS.db' stands beside NAME"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'NAME': 7}", "a number where a text"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'ATOMIC_REQUESTS': 3}", "'ATOMIC_REQUESTS'"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'autocommit': 'no'}}",
             "'OPTIONS.autocommit'"},
            // To Python, the last one takes the place of the first.
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl': {'verify_mode': 'none'}}, "
             "'OPTIONS': {'ssl': {'ca': 'c'}}}",
             "'OPTIONS' stands there twice"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl': {'verify_mode': 'none'}, "
             "'ssl': {'ca': 'c'}}}",
             "'OPTIONS.ssl' stands there twice"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS.ssl_disabled': True}",
             "one name with a dot"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl_ca': 'c', 'ssl_verify_cert': 0}}",
             "'OPTIONS.ssl_verify_cert' is a number"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl': {'ca': 'c', 'verify_mode': 0}}}",
             "'OPTIONS.ssl.verify_mode' has a value"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl': {'ca': 'c', 'verify_mode': "
             "'none'}}}",
             "'OPTIONS.ssl.verify_mode' takes away"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'OPTIONS': {'ssl': {'ca': 'c'}, 'ssl_verify_cert': "
             "True}}",
             "'OPTIONS.ssl_verify_cert' stands beside ssl"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t',, }", "no literal"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t'", "closing }"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t'}}", "should have ended"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t'} {", "should have ended"},
            {"{'USER': 'u' 'PASSWORD': 'S3cr3t'}", "comma is missing"},
            {"{'USER': 'u', 'PASSWORD': 'S3cr3t', 'KEY\\x41': 1}", "key with escapes"},
            {"{'USER': ['u'], 'PASSWORD': 'S3cr3t'}", "'USER'"},
        },
        django);
}

TEST_CASE("by which client Django connects", "[text][python]")
{
    struct Row {
        std::string_view options;
        std::string_view client;
        Protection before;
    };
    constexpr std::string_view pymysql = "Django over PyMySQL 1.2";
    constexpr std::string_view mysqlclient = "Django over mysqlclient and MariaDB Connector/C 3.3";
    Protection const chain{.uses_tls = true, .checks_chain = true};
    // As keywords, these are PyMySQL's alone, and it verifies nothing by them.
    Protection const demanded{.uses_tls = true, .refuses_plaintext = true};
    for (Row const& row : {
             Row{"'ssl': {'ca': 'c'}", mysqlclient, chain},
             Row{"'ssl_mode': 'REQUIRED', 'ssl': {'ca': 'c'}", mysqlclient, chain},
             Row{"'ssl_ca': 'c'", pymysql, demanded},
             Row{"'ssl_cert': 'c', 'ssl_key': 'k'", pymysql, demanded},
             Row{"'ssl_cert': 'c', 'ssl_key': 'k', 'ssl_key_password': 'p'", pymysql, demanded},
             Row{"'ssl': {'ca': 'c', 'check_hostname': True}",
                 pymysql,
                 {.uses_tls = true,
                 .refuses_plaintext = true,
                 .checks_chain = true,
                 .checks_name = true}},
             Row{"'defer_connect': False", pymysql, {.uses_tls = true}},
         }) {
        INFO(row.options);
        auto const translation = django("{'ENGINE': 'django.db.backends.mysql', 'USER': 'u', "
                                        "'HOST': 'h', 'OPTIONS': {" +
                                        std::string{row.options} + "}}");
        CHECK(translation.client == row.client);
        CHECK(translation.before == row.before);
    }
    CHECK_THROWS_AS(django("{'HOST': 'h', 'OPTIONS': {'ssl_ca': 'c', 'ssl_mode': 'REQUIRED'}}"),
                    Error);

    // MySQL's own backend: its client checks nothing by a CA, and goes on without TLS.
    auto const connector = django("{'ENGINE': 'mysql.connector.django', 'USER': 'u', 'HOST': 'h', "
                                  "'OPTIONS': {'ssl_ca': 'c'}}");
    CHECK(connector.client == "Django over MySQL Connector/Python 26.7");
    CHECK(connector.before == Protection{.uses_tls = true});
    CHECK(summary(connector.options) == "u@h:3306/ identity c");
    CHECK(summary(django("{'ENGINE': 'mysql.connector.django', 'USER': 'u', 'NAME': 'd', "
                         "'OPTIONS': {'tls_versions': ['TLSv1.3'], 'ssl_verify_cert': True}}")
                      .options) == "u@127.0.0.1:3306/d identity");
    for (std::string_view const text : {
             // What the other clients take, and it does not.
             "{'ENGINE': 'mysql.connector.django', 'HOST': 'h', 'OPTIONS': {'ssl': {'ca': 'c'}}}",
             "{'ENGINE': 'django.db.backends.mysql', 'HOST': 'h', 'OPTIONS': {'tls_versions': []}}",
             "{'ENGINE': 'mysql.connector.django', 'HOST': 'h',"
             " 'OPTIONS': {'tls_versions': ['TLSv1']}}",
             // Backends of which it is not known by what they connect.
             "{'ENGINE': 'mysql_cymysql', 'HOST': 'h'}",
             "{'ENGINE': 'mysql', 'HOST': 'h'}",
             "E = {'ENGINE': 'mysql.connector.django'}\nD = dict(**E, HOST='h', USER='u')",
         }) {
        INFO(text);
        CHECK_THROWS_AS(django(text), Error);
    }
    CHECK(summary(django("{'ENGINE': 'dj_db_conn_pool.backends.mysql', 'HOST': 'h'}").options) ==
          "@h:3306/ identity");
}

TEST_CASE("Django counts the rows that an UPDATE found", "[text][python]")
{
    auto const with = [](std::string const& options) {
        return django("{'HOST': 'h', 'OPTIONS': {" + options + "}}").options.found_rows;
    };
    CHECK(with(""));
    CHECK(with("'charset': 'utf8mb4'"));
    CHECK_FALSE(with("'client_flag': CLIENT.MULTI_STATEMENTS"));
    CHECK(with("'client_flag': CLIENT.FOUND_ROWS"));
    CHECK(django("{'ENGINE': 'mysql.connector.django', 'HOST': 'h'}").options.found_rows);
    CHECK_FALSE(translate_mysqlclient("MySQLdb.connect(host='h')").options.found_rows);
}

TEST_CASE("the isolation level that Django sets", "[text][python]")
{
    using Statements = std::vector<std::string>;
    Statements const usual{"SET SESSION TRANSACTION ISOLATION LEVEL read committed"};
    auto const unsaid = django("{'USER': 'u', 'HOST': 'h'}");
    CHECK(unsaid.options.init_statements == usual);
    CHECK(contains(finding(unsaid, "").reason, "isolation_level"));
    auto const level = [](std::string const& value) {
        return django("{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'isolation_level': " + value + "}}")
            .options.init_statements;
    };
    CHECK(level("None") == Statements{});
    CHECK(level("''") == Statements{});
    CHECK(level("'Serializable'") ==
          Statements{"SET SESSION TRANSACTION ISOLATION LEVEL serializable"});
    // MySQL's own backend leaves it to the server.
    CHECK(django("{'ENGINE': 'mysql.connector.django', 'HOST': 'h'}").options.init_statements ==
          Statements{});
}

TEST_CASE("a socket beside a host for mysqlclient", "[text][python]")
{
    // Connector/C does not take it, and dials the host.
    auto const translation = translate_mysqlclient("connect(host='h', unix_socket='/s')");
    CHECK(summary(translation.options) == "@h:3306/ identity");
    CHECK(contains(finding(translation, "unix_socket").now, "not used"));
    CHECK(summary(translate_mysqlclient("connect(host='localhost', unix_socket='/s')").options) ==
          "@/s/ plaintext");
    constexpr std::string_view entry =
        "{'HOST': 'h', 'OPTIONS': {'unix_socket': '/s', 'ssl': {'ca': 'c'}}}";
    CHECK(summary(django(entry).options) == "@h:3306/ identity c");
    CHECK(contains(finding(django(entry), "OPTIONS.unix_socket").now, "not used"));
    CHECK(summary(django("{'HOST': '/h', 'OPTIONS': {'unix_socket': '/s'}}").options) ==
          "@/s/ plaintext");
    // PyMySQL takes it before any host.
    CHECK(summary(translate_pymysql("connect(host='h', unix_socket='/s')").options) ==
          "@/s/ plaintext");
}

TEST_CASE("Django's time zone is no affair of the server's", "[text][python]")
{
    auto const translation = django("{'HOST': 'h', 'TIME_ZONE': 'Europe/Berlin', "
                                    "'OPTIONS': {'isolation_level': None}}");
    CHECK(translation.options.init_statements.empty());
    CHECK(finding(translation, "TIME_ZONE").now == "nothing follows from it");
}

TEST_CASE("whether a Python client commits each statement by itself", "[text][python]")
{
    using Statements = std::vector<std::string>;
    Statements const on{"SET autocommit = 1"};
    Statements const off{"SET autocommit = 0"};
    for (auto* const translate :
         {&translate_mysql_connector_python, &translate_pymysql, &translate_mysqlclient}) {
        auto const yes = translate("connect(host='h', autocommit=True)");
        CHECK(yes.options.init_statements == on);
        CHECK(contains(finding(yes, "autocommit").now, "committed by itself"));
        CHECK(translate("connect(host='h', autocommit=False)").options.init_statements == off);
        CHECK(translate("connect(host='h')").options.init_statements.empty());
        CHECK(translate("{'host': 'h', 'autocommit': True, 'autocommit': False}")
                  .options.init_statements == off);
        // It comes behind the program's own statement.
        CHECK(translate("connect(host='h', autocommit=True, init_command='SET @a = 1')")
                  .options.init_statements == Statements{"SET @a = 1", "SET autocommit = 1"});
    }
    // To say that it is nothing leaves it to the server, or is refused where the client takes it for false.
    for (auto* const translate : {&translate_pymysql, &translate_mysqlclient}) {
        auto const nothing = translate("connect(host='h', autocommit=None)");
        CHECK(nothing.options.init_statements.empty());
        CHECK_FALSE(says_that_autocommit_is_off(nothing));
    }
    CHECK_THROWS_WITH(translate_mysql_connector_python("connect(host='h', autocommit=None)"),
                      Catch::Matchers::Contains("'autocommit' is nothing"));
    CHECK_THROWS_WITH(django("{'HOST': 'h', 'AUTOCOMMIT': None}"),
                      Catch::Matchers::Contains("'AUTOCOMMIT' is nothing"));
    // Django says it each time, and once it is connected, so that OPTIONS have no part in it.
    CHECK(django("{'ENGINE': 'mysql.connector.django', 'HOST': 'h', 'AUTOCOMMIT': True}")
              .options.init_statements == on);
    auto const with = [](std::string const& settings, std::string const& option = {}) {
        return django("{'HOST': 'h', " + settings + "'OPTIONS': {'isolation_level': None" + option +
                      "}}");
    };
    CHECK(with("'AUTOCOMMIT': True, ").options.init_statements == on);
    CHECK(with("'AUTOCOMMIT': False, ").options.init_statements == off);
    CHECK(with("").options.init_statements.empty());
    CHECK(contains(finding(with(""), "").now, "unless the server says otherwise"));
    std::string const option = ", 'autocommit': False";
    CHECK(with("", option).options.init_statements.empty());
    CHECK(finding(with("", option), "OPTIONS.autocommit").now == "nothing follows from it");
    CHECK(with("'AUTOCOMMIT': True, ", option).options.init_statements == on);
    CHECK(with("'AUTOCOMMIT': False, ", ", 'autocommit': True").options.init_statements == off);
}

TEST_CASE("Django's aliases", "[text][python]")
{
    constexpr std::string_view text =
        "{'default': {'USER': 'u', 'HOST': 'h'}, 'replica': {'USER': 'r', 'HOST': 'i'}}";
    CHECK(summary(translate_django(text, "replica").options) == "r@i:3306/ identity");
    CHECK_THROWS_AS(translate_django(text, "Replica"), Error);
}

TEST_CASE("what is said of a Python client's TLS", "[text][python]")
{
    Protection const everything{
        .uses_tls = true, .refuses_plaintext = true, .checks_chain = true, .checks_name = true};
    auto const sample = translate_mysql_connector_python("connect(user='u', host='h', ssl_ca='c')");
    CHECK(sample.before == Protection{.uses_tls = true});
    CHECK(contains(finding(sample, "ssl_ca").before, "without TLS"));
    CHECK(says_that_autocommit_is_off(sample));
    CHECK_FALSE(says_that_autocommit_is_off(
        translate_mysql_connector_python("connect(user='u', autocommit=True)")));

    auto const full = translate_mysql_connector_python(
        "connect(user='u', host='h', ssl_ca='c', ssl_verify_cert=True, ssl_verify_identity=True)");
    CHECK(full.before == everything);
    CHECK(contains(to_text(full), "the system's CAs are trusted, too"));
    CHECK(translate_mysql_connector_python("connect(unix_socket='/s', ssl_ca='c')").before ==
          Protection{});
    // Measured: it refuses plaintext by ssl_verify_cert alone, and checks the chain by ssl_verify_identity as well.
    CHECK(translate_mysql_connector_python("connect(user='u', ssl_verify_cert=True)").before ==
          Protection{.uses_tls = true, .refuses_plaintext = true, .checks_chain = true});
    CHECK(translate_mysql_connector_python("connect(user='u', ssl_verify_identity=True)").before ==
          Protection{.uses_tls = true, .checks_chain = true, .checks_name = true});
    CHECK(finding(translate_mysql_connector_python("connect(user='u', ssl_disabled=True)"),
                  "ssl_disabled=True")
              .severity == FindingSeverity::danger);

    // PyMySQL's dictionary checks everything, its keyword of the same name nothing.
    CHECK(translate_pymysql("connect(user='u', host='h', ssl={'ca': 'c'})").before == everything);
    CHECK(translate_pymysql("connect(user='u', host='h', ssl_ca='c')").before ==
          Protection{.uses_tls = true, .refuses_plaintext = true});
    CHECK(translate_pymysql("connect(user='u', host='h')").before == Protection{.uses_tls = true});
    // Keywords that are false do not count: it is as if nothing was said.
    CHECK(translate_pymysql("connect(user='u', host='h', ssl_verify_cert=False)").before ==
          Protection{.uses_tls = true});
    CHECK(translate_pymysql("connect(user='u', host='h', ssl_verify_identity=False)").before ==
          Protection{.uses_tls = true});
    // Without a CA it checks no name.
    CHECK(translate_pymysql(
              "connect(user='u', host='h', ssl_verify_cert=True, ssl_verify_identity=True)")
              .before ==
          Protection{.uses_tls = true, .refuses_plaintext = true, .checks_chain = true});
    CHECK(
        finding(translate_pymysql("connect(user='u', ssl={'verify_mode': 'none'})"), "verify_mode")
            .severity == FindingSeverity::danger);
}

TEST_CASE("a Python client's other arguments", "[text][python]")
{
    auto const connector = translate_mysql_connector_python(
        "connect(user='u', host='h', connection_timeout=3, read_timeout=4, write_timeout=5,"
        " time_zone='+00:00', sql_mode='ANSI,TRADITIONAL', autocommit=False, init_command='SET @a = 1',"
        " conn_attrs={'app': 'x'}, tls_versions=['TLSv1.3'], charset='latin1',"
        " tls_ciphersuites=['TLS_AES_256_GCM_SHA384'], auth_plugin='mysql_clear_password')");
    ConnectionOptions const& options = connector.options;
    CHECK(options.timeouts == Timeouts{.connect = 3s, .read = 4s, .write = 5s});
    CHECK(options.init_statements == std::vector<std::string>{"SET time_zone = '+00:00'",
                                                              "SET sql_mode = 'ANSI,TRADITIONAL'",
                                                              "SET autocommit = 0", "SET @a = 1"});
    CHECK(options.connection_attributes == sealsql::ConnectionAttributes{{"app", "x"}});
    CHECK(options.transport.ssl()->min_version == TlsVersion::tls1_3);
    CHECK(options.transport.ssl()->cipher_suites ==
          std::vector<std::string>{"TLS_AES_256_GCM_SHA384"});
    CHECK(options.character_set == "latin1");
    CHECK(options.login_methods.contains(LoginMethod::mysql_clear_password));

    auto const both = translate_mysql_connector_python(
        "connect(user='u', host='h', tls_ciphersuites=['TLS_AES_128_GCM_SHA256'],"
        " ssl_cipher='ECDHE-RSA-AES128-GCM-SHA256')");
    CHECK(both.options.transport.ssl()->cipher_suites.size() == 1);
    CHECK(both.options.transport.ssl()->ciphers.size() == 1);

    auto const identity = translate_pymysql(
        "connect(user='u', host='h', ssl={'ca': 'c', 'cert': 'a', 'key': 'b', 'password': 'kp'},"
        " program_name='x', max_allowed_packet=1048576)");
    CHECK(identity.options.transport.ssl()->identity ==
          ClientIdentity::pem_files("a", "b", Secret{"kp"}));
    CHECK(identity.options.max_allowed_packet == 1'048'576);
    CHECK(identity.options.connection_attributes.size() == 1);
    CHECK(translate_django(
              "{'USER': 'u', 'HOST': 'h', 'OPTIONS': {'isolation_level': 'Read Committed'}}")
              .options.init_statements ==
          std::vector<std::string>{"SET SESSION TRANSACTION ISOLATION LEVEL read committed"});
}

TEST_CASE("of one setting by two names, the one that counts for a Python client", "[text][python]")
{
    struct Row {
        std::string_view text;
        std::string_view connector;
        std::string_view pymysql;
        std::string_view mysqlclient;
    };
    for (Row const& row : {
             Row{"{'host': 'h', 'password': 'a', 'passwd': 'b'}", ":a", ":a", ":b"},
             Row{"{'passwd': 'b', 'host': 'h', 'password': 'a'}", ":a", ":a", ":b"},
             Row{"{'host': 'h', 'password': '', 'passwd': 'b'}", "", ":b", ":b"},
             Row{"{'host': 'h', 'password': 'c', 'passwd': 'b', 'password': 'a'}", ":a", ":a",
                 ":b"},
         }) {
        INFO(row.text);
        auto const at = [](std::string_view password, std::string_view rest) {
            return std::string{password} + std::string{rest};
        };
        CHECK(summary(translate_mysql_connector_python(row.text).options) ==
              at(row.connector, "@h:3306/ identity"));
        CHECK(summary(translate_pymysql(row.text).options) == at(row.pymysql, "@h:3306/ identity"));
        CHECK(summary(translate_mysqlclient(row.text).options) ==
              at(row.mysqlclient, "@h:3306/ identity"));
    }
    constexpr std::string_view databases = "{'host': 'h', 'db': 'a', 'database': 'b'}";
    CHECK(translate_mysql_connector_python(databases).options.database == "b");
    CHECK(translate_pymysql(databases).options.database == "b");
    CHECK(translate_mysqlclient(databases).options.database == "a");
    CHECK(finding(translate_mysqlclient(databases), "database").now == "does not count");
    CHECK(translate_mysql_connector_python("{'host': 'h', 'username': 'a', 'user': 'b'}")
              .options.user == "b");
    constexpr std::string_view entry = "{'HOST': 'h', 'OPTIONS': {'db': 'a', 'database': 'b'%}}";
    std::string text{entry};
    text.replace(text.find('%'), 1, "");
    CHECK(django(text).options.database == "a");
    text = entry;
    text.replace(text.find('%'), 1, ", 'ssl_disabled': False");
    CHECK(django(text).options.database == "b");
}

TEST_CASE("lists of what Python clients are given", "[text][python]")
{
    struct Row {
        KeywordList list;
        Translation (*translate)(KeywordList const& options);
        std::string_view summary;
        Protection before;
    };
    auto* const connector = &translate_mysql_connector_python_options;
    auto* const pymysql = &translate_pymysql_options;
    auto* const mysqlclient = &translate_mysqlclient_options;
    Protection const full{
        .uses_tls = true, .refuses_plaintext = true, .checks_chain = true, .checks_name = true};
    Row const rows[] = {
        {{{"host", "h"}, {"user", "u"}, {"password", "p"}, {"ssl_ca", "c"}},
         connector,
         "u:p@h:3306/ identity c",
         {.uses_tls = true}},
        {{{"ssl_ca", "c"}, {"ssl_verify_cert", "True"}, {"ssl_verify_identity", "True"}},
         connector,
         "@127.0.0.1:3306/ identity c",
         full},
        {{{"host", "h"}, {"ssl_disabled", "True"}}, connector, "@h:3306/ plaintext", {}},
        {{{"host", "h"}, {"ssl.ca", "c"}}, pymysql, "@h:3306/ identity c", full},
        {{{"host", "h"}, {"ssl.ca", "c"}, {"ssl.check_hostname", "False"}},
         pymysql,
         "@h:3306/ ca c",
         {.uses_tls = true, .refuses_plaintext = true, .checks_chain = true}},
        {{{"host", ""}, {"port", "0"}, {"user", "u"}},
         pymysql,
         "u@localhost:3306/ identity",
         {.uses_tls = true}},
        {{{"host", "h"}, {"passwd", "a"}, {"password", "b"}, {"port", "3307"}},
         mysqlclient,
         ":a@h:3307/ identity",
         {}},
        {{{"host", "h"}, {"password", "p:a@s/s?w#rd&x=1%;\"q'"}, {"ssl.ca", "c"}},
         mysqlclient,
         ":p:a@s/s?w#rd&x=1%;\"q'@h:3306/ identity c",
         {.uses_tls = true, .checks_chain = true}},
        {{{"unix_socket", "/s"}}, mysqlclient, "@/s/ plaintext", {}},
    };
    for (Row const& row : rows) {
        auto const translation = row.translate(row.list);
        CHECK(summary(translation.options) == row.summary);
        CHECK(translation.before == row.before);
    }
    CHECK(translate_mysql_connector_python_options(
              {{"host", "h"}, {"conn_attrs.app", "x"}, {"conn_attrs.of", "y"}})
              .options.connection_attributes ==
          sealsql::ConnectionAttributes{{"app", "x"}, {"of", "y"}});
    for (KeywordList const& list : {
             KeywordList{{"hots", "h"}, {"password", "S3cr3t"}},
             KeywordList{{"host", "h"}, {"ssl_disabled", "S3cr3t"}},
             KeywordList{{"ssl_ca", "c"}, {"ssl_verify_cert", "S3cr3t"}},
             KeywordList{{"host", "h"}, {"port", "S3cr3t"}},
             KeywordList{{"host", "h"}, {"password", "S3cr3t"}, {"compress", "True"}},
         }) {
        for (auto* const translate : {connector, pymysql, mysqlclient}) {
            auto const error = error_of([&] { (void)translate(list); });
            CHECK_FALSE(contains(error.what(), "S3cr3t"));
        }
    }
}

TEST_CASE("a Python text without end", "[text][python]")
{
    CHECK(contains(error_of([] { (void)translate_pymysql(std::string(70'000, ' ')); }).what(),
                   "64 KiB"));
    std::string many = "connect(";
    for (int i = 0; i < 1100; ++i)
        many += "[],";
    CHECK(contains(error_of([&] { (void)translate_pymysql(many + ")"); }).what(), "1000 values"));
    // Each holds the one before twice: 2^300 walks.
    std::string doubled = "a0 = {}\n";
    for (int i = 1; i < 300; ++i)
        doubled += "a" + std::to_string(i) + " = dict(**a" + std::to_string(i - 1) + ", **a" +
                   std::to_string(i - 1) + ")\n";
    CHECK(contains(error_of([&] { (void)translate_pymysql(doubled + "connect(**a299)"); }).what(),
                   "unpacked"));
    std::string settings = "connect(user='u',";
    for (int i = 0; i < 200; ++i)
        settings += "conv=1,";
    CHECK_THROWS_AS(translate_pymysql(settings + ")"), Error);
}
