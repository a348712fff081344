<?php
// Runs texts of PDO or mysqli, one by one: each is a line of Base64 on standard input, and leaves its connection in $db. See
// texts.py.
function answer(string $__text): string
{
    try {
        eval($__text);
        $query = "SHOW STATUS LIKE 'Ssl_cipher'";
        $row = $db instanceof PDO ? $db->query($query)->fetch() : $db->query($query)->fetch_row();
        return "connected $row[1]";
    } catch (Throwable $error) {
        return 'failed ' . get_class($error) . ': ' . $error->getMessage();
    }
}
while (($line = fgets(STDIN)) !== false) {
    echo '=', str_replace("\n", ' ', answer(base64_decode($line))), "\n";
}
