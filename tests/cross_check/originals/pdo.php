<?php
// The sample for PHP with PDO. Added: the question for the cipher.
$options = array(
    PDO::MYSQL_ATTR_SSL_CA => getenv('DB_CA')
);
$db = new PDO('mysql:host=' . getenv('DB_ADDRESS') . ';port=' . getenv('DB_PORT') . ';dbname=' . getenv('DB_DATABASE'), getenv('DB_USERNAME'), getenv('DB_PASSWORD'), $options);
echo 'Ssl_cipher=', $db->query("SHOW STATUS LIKE 'Ssl_cipher'")->fetch()[1], "\n";
