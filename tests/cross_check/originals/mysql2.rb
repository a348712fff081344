# The sample for Ruby. Mended: the port, which it lacks. Added: the question for the cipher.
require 'mysql2'

client = Mysql2::Client.new(
        :host     => ENV['DB_ADDRESS'],
        :port     => ENV['DB_PORT'].to_i,
        :username => ENV['DB_USERNAME'],
        :password => ENV['DB_PASSWORD'],
        :database => ENV['DB_DATABASE'],
        :sslca => ENV['DB_CA']
    )
puts 'Ssl_cipher=' + client.query("SHOW STATUS LIKE 'Ssl_cipher'").first['Value']
