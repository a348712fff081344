<?php
// Reads texts of mysqli, each a line of Base64, and prints what it would use. To be run without extensions (-n): what is below
// stands for mysqli, and the language is PHP's own. Over some texts PHP ends. See mutants.py.
error_reporting(0);
foreach (['CLIENT_SSL', 'CLIENT_SSL_DONT_VERIFY_SERVER_CERT', 'CLIENT_SSL_VERIFY_SERVER_CERT', 'OPT_SSL_VERIFY_SERVER_CERT',
          'OPT_CONNECT_TIMEOUT', 'OPT_INT_AND_FLOAT_NATIVE', 'REPORT_ERROR', 'REPORT_STRICT'] as $bit => $name)
    define('MYSQLI_' . $name, 1 << $bit);

class mysqli
{
    public static array $given = [];

    public function __construct(?string $hostname = null, ?string $username = null, ?string $password = null,
                                ?string $database = null, ?int $port = null, ?string $socket = null)
    {
        if (func_num_args())
            $this->real_connect($hostname, $username, $password, $database, $port, $socket);
    }

    public function real_connect(?string $hostname = null, ?string $username = null, ?string $password = null,
                                 ?string $database = null, ?int $port = null, ?string $socket = null, int $flags = 0)
    {
        $host = preg_replace('/^p:/', '', $hostname ?? '');
        if ($host === '' || strcasecmp($host, 'localhost') == 0)
            $host = 'localhost';
        $found = ['user' => $username, 'password' => $password, 'database' => $database];
        if ($socket != '' && $host === 'localhost')
            $found['socket'] = $socket;
        else
            $found += ['host' => preg_replace('/^\[(.*)\]$/', '$1', $host), 'port' => $port ?: 3306];
        self::$given[] = $found;
        return true;
    }

    public function __call($name, $arguments)
    {
        return true;
    }
}

function mysqli_init()
{
    return new mysqli;
}

function mysqli_connect(?string $hostname = null, ?string $username = null, ?string $password = null, ?string $database = null,
                        ?int $port = null, ?string $socket = null)
{
    return new mysqli($hostname, $username, $password, $database, $port, $socket);
}

function mysqli_real_connect(mysqli $mysql, ?string $hostname = null, ?string $username = null, ?string $password = null,
                             ?string $database = null, ?int $port = null, ?string $socket = null, int $flags = 0)
{
    return $mysql->real_connect($hostname, $username, $password, $database, $port, $socket, $flags);
}

foreach (['ssl_set', 'options', 'report', 'set_charset'] as $name)
    eval("function mysqli_$name(...\$arguments) { return true; }");

function run($text)
{
    $c = new mysqli;
    eval($text . "\n;");
}

while (($line = fgets(STDIN)) !== false) {
    mysqli::$given = [];
    try {
        run(base64_decode($line));
        $found = count(mysqli::$given) == 1 ? mysqli::$given[0] : ['refused' => 'not one connection'];
        if (isset($found['port']) && ($found['port'] < 1 || $found['port'] > 65535))
            $found = ['refused' => 'no port'];
    } catch (Throwable $error) {
        $found = ['refused' => $error->getMessage()];
    }
    echo json_encode(array_map(fn($one) => bin2hex($one ?? ''), $found)), "\n";
}
