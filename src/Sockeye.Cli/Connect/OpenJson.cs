using System.Text;

namespace Sockeye.Cli.Connect;

/// <summary>How far a JSON value is that is still being typed.</summary>
/// <param name="Closers">What closes all that is open, innermost first: <c>"}]</c>.</param>
/// <param name="StringStart">Where the text of the open string begins; -1: none is open.</param>
/// <param name="IsKey">The open string is the name of a member.</param>
/// <param name="ArgumentStart">Where the argument begins that the cursor is in.</param>
/// <param name="ArgumentIndex">Which argument that is, from 0.</param>
internal readonly record struct OpenJson(string Closers, int StringStart, bool IsKey, int ArgumentStart, int ArgumentIndex)
{
    /// <summary>Scans the arguments of a line up to the cursor.</summary>
    public static OpenJson Scan(ReadOnlySpan<char> text, int start)
    {
        var open = new Stack<char>();
        var (stringStart, argumentStart, index) = (-1, start, -1);
        var inArgument = false;
        var expectsKey = false;
        var isKey = false;
        for (var i = start; i < text.Length; i++)
        {
            var character = text[i];
            if (stringStart >= 0)
            {
                if (character == '\\')
                {
                    i++;
                }
                else if (character == '"')
                {
                    stringStart = -1;
                    expectsKey = false;
                }

                continue;
            }

            if (open.Count == 0 && char.IsWhiteSpace(character))
            {
                inArgument = false;
                continue;
            }

            if (!inArgument)
            {
                (inArgument, argumentStart) = (true, i);
                index++;
            }

            switch (character)
            {
                case '"':
                    stringStart = i + 1;
                    isKey = expectsKey;
                    break;
                case '{':
                    open.Push('}');
                    expectsKey = true;
                    break;
                case '[':
                    open.Push(']');
                    expectsKey = false;
                    break;
                case '}' or ']' when open.Count > 0:
                    open.Pop();
                    expectsKey = false;
                    break;
                case ',':
                    expectsKey = open.Count > 0 && open.Peek() == '}';
                    break;
                default:
                    break;
            }
        }

        var closers = new StringBuilder(stringStart >= 0 ? "\"" : "").AppendJoin("", open).ToString();
        return inArgument ? new(closers, stringStart, isKey, argumentStart, index) : new(closers, -1, false, text.Length, index + 1);
    }
}
