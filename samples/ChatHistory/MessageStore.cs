using Microsoft.Data.Sqlite;

namespace ChatHistory;

/// <summary>The messages, in a SQLite file.</summary>
internal sealed class MessageStore
{
    private readonly string _connection;

    public MessageStore(string file)
    {
        _connection = new SqliteConnectionStringBuilder { DataSource = file }.ToString();
        using var db = Open();
        using var command = db.CreateCommand();
        command.CommandText = """
            CREATE TABLE IF NOT EXISTS messages (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                client_offset TEXT UNIQUE,
                content TEXT NOT NULL)
            """;
        command.ExecuteNonQuery();
    }

    /// <summary>Stores a message and gives its number; null if it has been stored before.</summary>
    public long? Add(string content, string clientOffset)
    {
        using var db = Open();
        using var command = db.CreateCommand();
        command.CommandText = "INSERT INTO messages (client_offset, content) VALUES ($offset, $content) ON CONFLICT (client_offset) DO NOTHING RETURNING id";
        command.Parameters.AddWithValue("$offset", clientOffset);
        command.Parameters.AddWithValue("$content", content);
        return (long?)command.ExecuteScalar();
    }

    /// <summary>The messages behind a number, in their order.</summary>
    public IEnumerable<(long Id, string Content)> After(long id)
    {
        using var db = Open();
        using var command = db.CreateCommand();
        command.CommandText = "SELECT id, content FROM messages WHERE id > $id ORDER BY id";
        command.Parameters.AddWithValue("$id", id);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return (reader.GetInt64(0), reader.GetString(1));
        }
    }

    private SqliteConnection Open()
    {
        var db = new SqliteConnection(_connection);
        db.Open();
        return db;
    }
}
