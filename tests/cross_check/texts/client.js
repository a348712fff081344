// Runs texts of the package that the first argument names, one by one: each is a line of Base64 on standard input. What is no
// URL leaves its connection in `db`. See texts.py.
const name = process.argv[2];
const mysql = require(name);

function connect(text) {
    if (text.startsWith('mysql://'))
        return mysql.createConnection(text);
    return new Function('require', text + '\nreturn db;')(require);
}

function answer(text) {
    return new Promise(resolve => {
        let db;
        const fail = error => {
            resolve('failed ' + error);
            if (db)
                db.destroy();
        };
        try {
            db = connect(text);
            db.on('error', fail);
            db.query("SHOW STATUS LIKE 'Ssl_cipher'", (error, rows) => {
                if (error)
                    return fail(error);
                resolve('connected ' + rows[0].Value);
                db.destroy();
            });
        } catch (error) {
            fail(error);
        }
    });
}

(async () => {
    const lines = require('fs').readFileSync(0, 'latin1').split('\n').filter(line => line);
    for (const line of lines) {
        const said = await answer(Buffer.from(line, 'base64').toString());
        process.stdout.write('=' + said.replace(/\n/g, ' ') + '\n');
    }
    process.exit(0);
})();
