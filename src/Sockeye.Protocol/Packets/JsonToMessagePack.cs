using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Sockeye.Protocol.Buffers;

namespace Sockeye.Protocol.Packets;

/// <summary>Writes JSON as MessagePack, binary data in place of their placeholders. Time and memory are linear in the length of the JSON.</summary>
internal readonly ref struct JsonToMessagePack(PooledBufferWriter output, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
{
    // Two more than what was received can have, for what an application puts around it.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = PacketArguments.MaxDepth + 2 };

    private enum Member : byte
    {
        Other,
        Placeholder,
        Number,
    }

    /// <summary><c>["a",{"b":{"_placeholder":true,"num":0}}]</c></summary>
    public void Write(ReadOnlySpan<byte> json)
    {
        // The number of elements stands before them, so the JSON is read twice: it is counted, then it is written.
        var sizes = new SpanList<int>(stackalloc int[64]);
        try
        {
            Measure(json, ref sizes);
            Write(json, sizes.Items);
        }
        finally
        {
            sizes.Dispose();
        }
    }

    /// <summary>For every array and object in the order of their beginnings: the number of elements or members; or, of a placeholder, the complement of its number.</summary>
    private void Measure(ReadOnlySpan<byte> json, ref SpanList<int> sizes)
    {
        var reader = new Utf8JsonReader(json, Options);
        Span<Container> open = stackalloc Container[32];
        // Each attachment goes out once: JSON from elsewhere may look like a placeholder any number of times.
        var isTaken = attachments.Count == 0 ? [] : new bool[attachments.Count];
        while (reader.Read())
        {
            var depth = reader.CurrentDepth;
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                ref readonly var closed = ref open[depth];
                var isPlaceholder = closed.IsPlaceholder && (uint)closed.Number < (uint)isTaken.Length && !isTaken[closed.Number];
                sizes.Items[closed.Index] = isPlaceholder ? ~closed.Number : closed.Count;
                if (isPlaceholder)
                {
                    isTaken[closed.Number] = true;
                }

                continue;
            }

            if (depth > 0)
            {
                Note(ref open[depth - 1], ref reader);
            }

            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                if (depth == open.Length)
                {
                    var larger = new Container[depth * 2];
                    open.CopyTo(larger);
                    open = larger;
                }

                open[depth] = new Container { Index = sizes.Count, Number = -1, IsArray = reader.TokenType == JsonTokenType.StartArray };
                sizes.Add(0);
            }
        }
    }

    /// <summary>Counts what an array or object has, and remembers whether it is a placeholder. Of members that are given twice the last counts.</summary>
    private static void Note(ref Container container, ref Utf8JsonReader reader)
    {
        if (container.IsArray || reader.TokenType == JsonTokenType.PropertyName)
        {
            container.Count++;
            container.Member = container.IsArray ? Member.Other
                : JsonText.Means(reader.ValueSpan, "_placeholder"u8) ? Member.Placeholder
                : JsonText.Means(reader.ValueSpan, "num"u8) ? Member.Number
                : Member.Other;
        }
        else if (container.Member == Member.Placeholder)
        {
            container.IsPlaceholder = reader.TokenType == JsonTokenType.True;
        }
        else if (container.Member == Member.Number)
        {
            container.Number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : -1;
        }
    }

    private void Write(ReadOnlySpan<byte> json, ReadOnlySpan<int> sizes)
    {
        var reader = new Utf8JsonReader(json, Options);
        var next = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    MessagePackWriter.WriteArrayHeader(output, sizes[next++]);
                    break;
                case JsonTokenType.StartObject when sizes[next] < 0:
                    MessagePackWriter.WriteBinary(output, attachments[~sizes[next++]].Span);
                    next += SkipObject(ref reader);
                    break;
                case JsonTokenType.StartObject:
                    MessagePackWriter.WriteMapHeader(output, sizes[next++]);
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String when reader.ValueIsEscaped:
                    MessagePackWriter.WriteEscaped(output, reader.ValueSpan);
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    MessagePackWriter.WriteString(output, reader.ValueSpan);
                    break;
                case JsonTokenType.Number:
                    WriteNumber(reader.ValueSpan);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    MessagePackWriter.WriteBoolean(output, reader.TokenType == JsonTokenType.True);
                    break;
                case JsonTokenType.Null:
                    MessagePackWriter.WriteNil(output);
                    break;
            }
        }
    }

    /// <summary>Goes to the end of an object and gives the number of arrays and objects in it.</summary>
    private static int SkipObject(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var inside = 0;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            inside += reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0;
        }

        return inside;
    }

    /// <summary>A whole number is an integer however it is written, as it is in JavaScript; one of 64 bits keeps all its digits.</summary>
    private void WriteNumber(ReadOnlySpan<byte> digits)
    {
        if (Utf8Parser.TryParse(digits, out long signed, out var length) && length == digits.Length)
        {
            MessagePackWriter.WriteInteger(output, signed);
        }
        else if (Utf8Parser.TryParse(digits, out ulong unsigned, out length) && length == digits.Length)
        {
            MessagePackWriter.WriteInteger(output, unsigned);
        }
        else
        {
            var value = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (value == Math.Floor(value) && Math.Abs(value) < 1L << 62)
            {
                MessagePackWriter.WriteInteger(output, (long)value);
            }
            else
            {
                MessagePackWriter.WriteDouble(output, value);
            }
        }
    }

    private struct Container
    {
        public int Index;
        public int Count;
        public int Number;
        public bool IsArray;
        public bool IsPlaceholder;
        public Member Member;
    }
}
