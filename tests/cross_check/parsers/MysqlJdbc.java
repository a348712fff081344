// Reads URLs, each a line of Base64, and prints what MySQL Connector/J 8 would use. See mutants.py.
import com.mysql.cj.conf.ConnectionUrl;
import com.mysql.cj.conf.HostInfo;
import com.mysql.cj.jdbc.JdbcPropertySetImpl;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;

public class MysqlJdbc {
    static String member(String name, String value) {
        StringBuilder json = new StringBuilder("\"" + name + "\":\"");
        for (byte one : (value == null ? "" : value).getBytes(StandardCharsets.UTF_8))
            json.append(String.format("%02x", one & 255));
        return json.append('"').toString();
    }

    static String answer(String text) {
        try {
            if (!ConnectionUrl.acceptsUrl(text))
                throw new Exception("not its own");
            ConnectionUrl url = ConnectionUrl.getConnectionUrlInstance(text, new Properties());
            HostInfo host = url.getMainHost();
            new JdbcPropertySetImpl().initializeProperties(host.exposeAsProperties()); // which refuses bad values
            if (url.getType() != ConnectionUrl.Type.SINGLE_CONNECTION || host.getPort() < 1 || host.getPort() > 65535)
                throw new Exception("not one host and port");
            String name = host.getHost().replaceAll("^\\[(.*)\\]$", "$1"); // as java.net has it
            return "{" + member("host", name) + "," + member("port", "" + host.getPort()) + ","
                + member("user", host.getUser()) + "," + member("password", host.getPassword()) + ","
                + member("database", host.getDatabase()) + "}";
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
