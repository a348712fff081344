// Reads connection strings, each a line of Base64, and prints what MySql.Data would use. See mutants.py.
using System;
using System.Text;
using MySql.Data.MySqlClient;

public static class AdoNet
{
    static string Member(string name, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value ?? "");
        return "\"" + name + "\":\"" + BitConverter.ToString(bytes).Replace("-", "").ToLower() + "\"";
    }

    static string Answer(string text)
    {
        try
        {
            var settings = new MySqlConnectionStringBuilder(text);
            string endpoint;
            if (settings.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket)
                endpoint = Member("socket", settings.Server);
            else if (settings.ConnectionProtocol == MySqlConnectionProtocol.Sockets)
                endpoint = Member("host", settings.Server) + "," + Member("port", settings.Port.ToString());
            else
                throw new Exception("no protocol of this system");
            return "{" + endpoint + "," + Member("user", settings.UserID) + "," + Member("password", settings.Password) + ","
                + Member("database", settings.Database) + "}";
        }
        catch (Exception error)
        {
            return "{" + Member("refused", error.Message) + "}";
        }
    }

    public static void Main()
    {
        for (string line; (line = Console.ReadLine()) != null;)
            Console.WriteLine(Answer(Encoding.UTF8.GetString(Convert.FromBase64String(line))));
    }
}
