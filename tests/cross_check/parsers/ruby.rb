# Reads texts of mysql2, each a line of Base64, and prints what it would use: its own class, with a connect() that keeps what it is
# given, and nothing of its C below. Of Ruby nothing is left that runs a program. See mutants.py.
require 'json'
require 'mysql2'
require 'timeout'

module Kept
  attr_reader :kept

  def connect(*arguments)
    @kept = arguments
    ($given ||= []) << self
  end

  %i[initialize_ext reconnect= connect_timeout= local_infile= read_timeout= write_timeout= default_file= default_group=
     secure_auth= init_command= automatic_close= enable_cleartext_plugin= default_auth= charset_name= ssl_mode= ssl_set
     warn].each { |name| define_method(name) { |*| } }
end
Mysql2::Client.prepend(Kept)
$VERBOSE = nil
GC.disable # which would close what has never been opened, and crash

module Kernel
  %i[` system exec spawn fork open exit exit! abort at_exit gets load syscall trap test].each do |name|
    define_method(name) { |*| raise SecurityError, "no #{name}" }
  end
  def require(name)
    raise LoadError, "no #{name}" unless name == 'mysql2'
  end
end

def client(text)
  $given = []
  scope = Object.new.instance_eval { binding }
  if text =~ /\bClient\s*\.\s*new\b/
    scope.eval(text)
    raise 'not one client' unless $given.size == 1
    return $given[0]
  end
  hash = text =~ /\A(\s|#.*\n)*\{/ ? scope.eval("(#{text}\n)") : scope.eval("{#{text}\n}")
  Mysql2::Client.new(hash)
end

def answer(text)
  user, password, host, port, database, socket = Timeout.timeout(2) { client(text) }.kept
  raise 'a null byte' if [user, password, host, database, socket].any? { |one| one&.include?("\0") }
  host = 'localhost' if host.to_s.empty?
  found = { user: user, password: password, database: database }
  return found.merge(socket: socket) if host == 'localhost' && !socket.to_s.empty?
  port = 3306 if port.to_i.zero? # as the C library has it
  raise 'no port' unless port.between?(1, 65_535)
  found.merge(host: host, port: port)
rescue Exception => error
  { refused: "#{error.class}: #{error.message}" }
end

out = $stdout.dup
$stdout = $stderr = File.new(File::NULL, 'w')
STDIN.each_line do |line|
  found = answer(line.unpack1('m').force_encoding('UTF-8'))
  out.puts JSON.generate(found.transform_values { |value| value.to_s.unpack1('H*') })
end
out.flush
Process.exit!(0)
