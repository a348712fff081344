<?php
// Reads texts of PDO or mysqli, each a line of Base64, and prints what they would use: the extensions themselves, over the library
// of kept_mysqlnd.c, which says so in place of connecting. A data source name stands alone, too. Over some texts PHP ends. See
// mutants.py.
error_reporting(0);
mysqli_report(MYSQLI_REPORT_OFF);

function run($text)
{
    $c = mysqli_init(); // which some texts take for given
    if (str_starts_with($text, 'mysql:'))
        return new PDO($text);
    eval((str_starts_with($text, '<?php') ? '?>' : '') . $text . "\n;");
}

function answer($text)
{
    putenv('KEPT');
    ob_start(fn() => ''); // what a text prints
    $why = 'not one connection';
    try {
        run($text);
    } catch (Throwable $error) {
        $why = $error->getMessage(); // of a connection that failed, too
    }
    ob_end_clean();
    $kept = explode("\n", getenv('KEPT') ?: '');
    if (count($kept) != 2)
        return ['refused' => bin2hex($why)];
    $found = array_map('hex2bin', json_decode($kept[0], true));
    if ($found['socket'] === '/default') // of no text, but of the command line
        $found['socket'] = '';
    if ($found['host'] === '' || strcasecmp($found['host'], 'localhost') == 0)
        $found['host'] = 'localhost';
    if ($found['socket'] !== '' && $found['host'] === 'localhost') {
        unset($found['host'], $found['port']);
    } else {
        unset($found['socket']);
        $found['host'] = preg_replace('/^\[(.*)\]$/', '$1', $found['host']);
        $found['port'] = $found['port'] ?: 3306;
        if ($found['port'] < 1 || $found['port'] > 65535)
            return ['refused' => bin2hex('no port')];
    }
    return array_map('bin2hex', $found);
}

while (($line = fgets(STDIN)) !== false)
    echo json_encode(answer(base64_decode($line))), "\n";
