// The sample for Java, with whichever driver is in the class path. Mended: its comments and quotes, which are not Java's; the
// port, which it lacks; the keystores that it makes and does not use are gone; "the downloaded certificate" is the .jks. Added:
// the question for the cipher, and DB_JDBC_MORE for what a driver has to be told to do TLS with the server at all.
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.Properties;

public class Jdbc {
    public static void main(String[] args) throws Exception {
        System.setProperty("javax.net.ssl.keyStore", System.getenv("DB_CA_JKS"));
        System.setProperty("javax.net.ssl.keyStorePassword", "tencentdb");
        System.setProperty("javax.net.ssl.trustStore", System.getenv("DB_CA_JKS"));
        System.setProperty("javax.net.ssl.trustStorePassword", "tencentdb");

        String url = String.format("jdbc:mysql://%s:%s/%s?serverTimezone=UTC&useSSL=true",
            System.getenv("DB_ADDRESS"), System.getenv("DB_PORT"), System.getenv("DB_DATABASE"));
        url += System.getenv().getOrDefault("DB_JDBC_MORE", "");
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("DB_USERNAME"));
        properties.setProperty("password", System.getenv("DB_PASSWORD"));
        try (Connection conn = DriverManager.getConnection(url, properties);
             ResultSet status = conn.createStatement().executeQuery("SHOW STATUS LIKE 'Ssl_cipher'")) {
            status.next();
            System.out.println("Ssl_cipher=" + status.getString(2));
        }
    }
}
