// Reads URLs, each a line of Base64, and prints what MariaDB Connector/J would use. See mutants.py.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.UrlParser;

public class MariadbJdbc {
    static String member(String name, String value) {
        StringBuilder json = new StringBuilder("\"" + name + "\":\"");
        for (byte one : (value == null ? "" : value).getBytes(StandardCharsets.UTF_8))
            json.append(String.format("%02x", one & 255));
        return json.append('"').toString();
    }

    static String answer(String url) {
        try {
            UrlParser parser = UrlParser.parse(url, new Properties());
            if (parser == null)
                throw new Exception("not its own");
            String socket = parser.getOptions().localSocket;
            String endpoint;
            if (socket != null && !socket.isEmpty()) {
                endpoint = member("socket", socket);
            } else {
                if (parser.getHostAddresses().size() != 1)
                    throw new Exception("not one host");
                HostAddress address = parser.getHostAddresses().get(0);
                if (address.port < 1 || address.port > 65535)
                    throw new Exception("no port"); // one that it finds out when it connects
                String host = address.host == null || address.host.isEmpty() ? "localhost" : address.host;
                endpoint = member("host", host) + "," + member("port", "" + address.port);
            }
            return "{" + endpoint + "," + member("user", parser.getUsername()) + ","
                + member("password", parser.getPassword()) + "," + member("database", parser.getDatabase()) + "}";
        } catch (Exception error) {
            return "{" + member("refused", "" + error) + "}";
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null;)
            System.out.println(answer(new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8)));
    }
}
