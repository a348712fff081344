# Runs texts of mysql2, one by one: each is a line of Base64 on standard input, and its value is the connection. See texts.py.
require 'mysql2'

$stdout.sync = true
STDIN.each_line do |line|
  begin
    client = eval(line.unpack1('m').force_encoding('UTF-8'))
    said = 'connected ' + client.query("SHOW STATUS LIKE 'Ssl_cipher'").first['Value']
    client.close
  rescue Exception => error
    said = "failed #{error.class}: #{error.message}"
  end
  puts '=' + said.tr("\n", ' ')
end
