// Runs connection strings of MySql.Data, one by one: each is a line of Base64 on standard input. See texts.py.
using System;
using System.Text;
using MySql.Data.MySqlClient;

public static class Client
{
    static string Answer(string text)
    {
        try
        {
            using (var db = new MySqlConnection(text))
            {
                db.Open();
                using (var status = new MySqlCommand("SHOW STATUS LIKE 'Ssl_cipher'", db).ExecuteReader())
                {
                    status.Read();
                    return "connected " + status.GetString(1);
                }
            }
        }
        catch (Exception error)
        {
            var said = "failed";
            for (; error != null; error = error.InnerException)
                said += " " + error.GetType().Name + ": " + error.Message;
            return said;
        }
    }

    public static void Main()
    {
        for (string line; (line = Console.ReadLine()) != null;)
        {
            var said = Answer(Encoding.UTF8.GetString(Convert.FromBase64String(line)));
            Console.WriteLine("=" + said.Replace('\r', ' ').Replace('\n', ' '));
            MySqlConnection.ClearAllPools();
        }
    }
}
