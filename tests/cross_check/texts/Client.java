// Runs URLs of the Connector/J in the class path, one by one: each is a line of Base64 on standard input. See texts.py.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.Base64;

public class Client {
    static String answer(String url) {
        try (Connection db = DriverManager.getConnection(url);
             ResultSet status = db.createStatement().executeQuery("SHOW STATUS LIKE 'Ssl_cipher'")) {
            status.next();
            return "connected " + status.getString(2);
        } catch (Exception error) {
            return "failed " + error;
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null;) {
            String url = new String(Base64.getDecoder().decode(line), "UTF-8");
            System.out.println("=" + answer(url).replace('\n', ' '));
        }
    }
}
