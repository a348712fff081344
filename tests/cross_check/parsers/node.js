// Reads texts of the package that the first argument names, each a line of Base64, and prints what it would use. The second is
// `url`, or `object` for programs: they are run with nothing but stubs in reach. See mutants.py.
const [name, form] = process.argv.slice(2);
const vm = require('vm');
const folder = require('path').dirname(require.resolve(name));
const Config = require(folder + (name === 'mysql' ? '/lib/ConnectionConfig' : '/lib/connection_config'));
console.error = console.warn = () => {}; // what is said of what it passes over
process.removeAllListeners('warning');

function argument(program) {
    const given = [];
    const db = new Proxy({}, {get: () => () => db});
    const take = one => (given.push(one), db);
    const mysql = {createConnection: take, createPool: take};
    const fs = {readFileSync: path => 'the content of ' + path};
    const find = module => {
        if (/^(mysql2?(\/promise)?|(node:)?fs)$/.test(module))
            return /fs$/.test(module) ? fs : mysql;
        throw new Error('no module ' + module);
    };
    const variables = {...mysql, ...fs, fs, mysql, require: find, console: {log() {}, error() {}}};
    if (/^\s*(\/[/*][^]*)?\{/.test(program))
        return vm.runInNewContext('(' + program + '\n)', variables, {timeout: 500});
    const body = program.replace(/^import (\w+) from (['"][\w/:]+['"])/gm, 'const $1 = require($2)');
    // What is behind an `await` of the connection does not matter.
    const script = /\bawait\b/.test(body) ? `(async () => {${body}\n})().catch(() => {})` : body;
    vm.runInNewContext(script, variables, {timeout: 500});
    if (given.length !== 1)
        throw new Error('not one connection');
    return given[0];
}

function text(value) {
    if (value === undefined || value === null || value === false)
        return '';
    if (typeof value !== 'string')
        throw new Error('not a text');
    return value;
}

function answer(whole) {
    const config = new Config(form === 'url' ? whole : argument(whole));
    const found = {user: text(config.user), password: text(config.password), database: text(config.database)};
    if (config.socketPath)
        return {socket: text(config.socketPath), ...found};
    const port = typeof config.port === 'string' && !config.port.trim() ? NaN : Number(config.port);
    if (!(port > 0 && port < 65536 && Number.isInteger(port)))
        throw new Error('no port');
    return {host: text(config.host), port: String(port), ...found};
}

for (const line of require('fs').readFileSync(0, 'latin1').split('\n').slice(0, -1)) {
    let found;
    try {
        found = answer(Buffer.from(line, 'base64').toString());
    } catch (error) {
        found = {refused: String(error)};
    }
    for (const key in found)
        found[key] = Buffer.from(found[key]).toString('hex');
    process.stdout.write(JSON.stringify(found) + '\n');
}
