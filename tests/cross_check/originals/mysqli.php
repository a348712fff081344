<?php
// The sample for PHP. Mended: mysqli_connect_errno() takes no argument, or the sample ends with an ArgumentCountError on
// success. Left: MYSQLI_CLIENT_SSL stands where the socket's name belongs. Added: the question for the cipher.
$conn = mysqli_init();
mysqli_ssl_set($conn, NULL, NULL, getenv('DB_CA'), NULL, NULL);
mysqli_real_connect($conn, getenv('DB_ADDRESS'), getenv('DB_USERNAME'), getenv('DB_PASSWORD'), getenv('DB_DATABASE'), (int)getenv('DB_PORT'), MYSQLI_CLIENT_SSL);
if (mysqli_connect_errno()) {
    die('Failed to connect to MySQL: ' . mysqli_connect_error());
}
echo 'Ssl_cipher=', mysqli_fetch_row(mysqli_query($conn, "SHOW STATUS LIKE 'Ssl_cipher'"))[1], "\n";
