// The sample for .NET, with the driver that an npm package has: Oracle's MySql.Data, under Mono. Mended: the namespace, for the
// sample is for MySqlConnector; the port, which it lacks. Added: the question for the cipher, and printing what went wrong, of
// which Mono cannot print all.
using System;
using MySql.Data.MySqlClient;

public static class Dotnet
{
    static void Connect()
    {
        var builder = new MySqlConnectionStringBuilder
        {
            Server = Environment.GetEnvironmentVariable("DB_ADDRESS"),
            Port = uint.Parse(Environment.GetEnvironmentVariable("DB_PORT")),
            UserID = Environment.GetEnvironmentVariable("DB_USERNAME"),
            Password = Environment.GetEnvironmentVariable("DB_PASSWORD"),
            Database = Environment.GetEnvironmentVariable("DB_DATABASE"),
            SslMode = MySqlSslMode.VerifyCA,
            SslCa = Environment.GetEnvironmentVariable("DB_CA"),
        };
        using (var connection = new MySqlConnection(builder.ConnectionString))
        {
            connection.Open();
            using (var status = new MySqlCommand("SHOW STATUS LIKE 'Ssl_cipher'", connection).ExecuteReader())
            {
                status.Read();
                Console.WriteLine("Ssl_cipher=" + status.GetString(1));
            }
        }
    }

    public static int Main()
    {
        try
        {
            Connect();
            return 0;
        }
        catch (Exception error)
        {
            for (; error != null; error = error.InnerException)
                Console.WriteLine(error.GetType() + ": " + error.Message);
            return 1;
        }
    }
}
