using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>
/// The arguments of an event as they are typed: JSON values with spaces between them, <c>@file</c> for binary data from a file (also within JSON), <c>@@name</c> for the text "@name",
/// and any other word for a text.
/// </summary>
internal sealed class ArgumentParser
{
    private const long MaxFileBytes = 100 * 1024 * 1024;

    private readonly string _line;
    private readonly StringBuilder _json = new("[");
    private readonly List<byte[]> _attachments = [];
    private int _at;

    private ArgumentParser(string line, int start) => (_line, _at) = (line, start);

    /// <summary>Reads all arguments from a position of the line on.</summary>
    /// <exception cref="CommandException">Says what is wrong, and at which column.</exception>
    public static PacketArguments Parse(string line, int start = 0)
    {
        var parser = new ArgumentParser(line, start);
        parser.Read();
        return Arguments.TryCreate(Encoding.UTF8.GetBytes(parser._json.ToString()), parser._attachments)
            ?? throw new CommandException("These arguments are no Socket.IO packet.", "A JSON object with \"_placeholder\" in it stands for binary data: use @file for those.");
    }

    private void Read()
    {
        while (true)
        {
            while (_at < _line.Length && char.IsWhiteSpace(_line[_at]))
            {
                _at++;
            }

            if (_at == _line.Length)
            {
                _json.Append(']');
                return;
            }

            if (_json.Length > 1)
            {
                _json.Append(',');
            }

            ReadArgument();
            if (_at < _line.Length && !char.IsWhiteSpace(_line[_at]))
            {
                throw new CommandException($"\"{_line[_at]}\" at column {_at + 1} follows an argument without a space.", "Arguments are separated by spaces: message {\"a\":1} \"two words\" 3");
            }
        }
    }

    private void ReadArgument()
    {
        switch (_line[_at])
        {
            case '{' or '[' or '"':
                ReadJson();
                break;
            case '\'':
                throw new CommandException($"A single quote at column {_at + 1}.", "Here is no shell: write JSON as it is, {\"a\":1} or \"two words\".");
            case '@' when _at + 1 < _line.Length && _line[_at + 1] == '@':
                AppendText(ReadWord()[1..]);
                break;
            case '@':
                AppendFile(ReadFileName(within: false));
                break;
            default:
                var word = ReadWord();
                if (word is "true" or "false" or "null" || IsNumber(word))
                {
                    _json.Append(word);
                }
                else
                {
                    AppendText(word);
                }

                break;
        }
    }

    // The text is checked with a string of the same length in place of each file, so that columns are right.
    private void ReadJson()
    {
        var start = _at;
        var check = new StringBuilder();
        var value = new StringBuilder();
        var depth = 0;
        do
        {
            var from = _at;
            var file = false;
            switch (_line[_at])
            {
                case '"':
                    SkipString();
                    break;
                case '{' or '[':
                    depth++;
                    _at++;
                    break;
                case '}' or ']':
                    depth--;
                    _at++;
                    break;
                case '@' when _at + 1 < _line.Length && _line[_at + 1] is not (',' or '}' or ']' or ' '):
                    file = true;
                    break;
                default:
                    _at++;
                    break;
            }

            if (file)
            {
                var name = ReadFileName(within: true);
                check.Append('"').Append(' ', _at - from - 2).Append('"');
                var outer = _json.Length;
                AppendFile(name);
                value.Append(_json, outer, _json.Length - outer);
                _json.Length = outer;
            }
            else
            {
                check.Append(_line, from, _at - from);
                value.Append(_line, from, _at - from);
            }
        }
        while (depth > 0 && _at < _line.Length);

        try
        {
            using var document = JsonDocument.Parse(check.ToString(), new JsonDocumentOptions { MaxDepth = 1000 });
        }
        catch (JsonException e)
        {
            throw new CommandException(
                depth > 0 ? $"The JSON that begins at column {start + 1} is not complete: {JsonMistake.Describe("it is", _line, e, start)}" : JsonMistake.Describe("This is", _line, e, start),
                "An argument is a JSON value, such as {\"a\":1}, [1,2] or \"text\".");
        }

        _json.Append(value);
    }

    private void SkipString()
    {
        for (_at++; _at < _line.Length && _line[_at] != '"'; _at++)
        {
            if (_line[_at] == '\\')
            {
                _at++;
            }
        }

        _at = Math.Min(_at + 1, _line.Length);
    }

    private string ReadWord()
    {
        var start = _at;
        while (_at < _line.Length && !char.IsWhiteSpace(_line[_at]))
        {
            _at++;
        }

        return _line[start.._at];
    }

    private string ReadFileName(bool within)
    {
        _at++;
        if (_at < _line.Length && _line[_at] == '"')
        {
            var quote = _at;
            SkipString();
            return _line[(quote + 1)..Math.Max(quote + 1, _at - 1)];
        }

        var start = _at;
        while (_at < _line.Length && !char.IsWhiteSpace(_line[_at]) && !(within && _line[_at] is ',' or '}' or ']' && within))
        {
            _at++;
        }

        return _line[start.._at];
    }

    private void AppendFile(string name)
    {
        _json.Append("{\"_placeholder\":true,\"num\":").Append(_attachments.Count).Append('}');
        try
        {
            var file = new FileInfo(name);
            _attachments.Add(file.Length <= MaxFileBytes ? File.ReadAllBytes(name) : throw new CommandException($"\"{name}\" has {file.Length / 1024 / 1024} MiB: too much for one event.", "Send it in parts."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"The file \"{name}\" cannot be read: {e.Message}", $"@ means a file. For the text \"@{name}\" write @@{name}.");
        }
    }

    private void AppendText(string text) => _json.Append('"').Append(JsonEncodedText.Encode(text)).Append('"');

    private static bool IsNumber(string word)
    {
        if (word[0] is not (>= '0' and <= '9') and not '-')
        {
            return false;
        }

        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(word));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
