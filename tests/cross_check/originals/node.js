// The sample for Node.js, with the package that the first argument names: mysql, as written, or mysql2, which many went over to.
// Added: the question for the cipher.
var fs = require('fs');
var mysql = require(process.argv[2]);
const serverCa = [fs.readFileSync(process.env.DB_CA, "utf8")];
var conn = mysql.createConnection({
    host: process.env.DB_ADDRESS,
    user: process.env.DB_USERNAME,
    password: process.env.DB_PASSWORD,
    database: process.env.DB_DATABASE,
    port: Number(process.env.DB_PORT),
    ssl: {
        rejectUnauthorized: true,
        ca: serverCa
    }
});
conn.connect(function (err) {
    if (err) throw err;
    conn.query("SHOW STATUS LIKE 'Ssl_cipher'", function (err, rows) {
        if (err) throw err;
        console.log('Ssl_cipher=' + rows[0].Value);
        conn.end();
    });
});
