using System.Runtime.InteropServices;

namespace Sockeye.Bench.Load;

/// <summary>A connection of the load. What it has to send while it reads leaves in one write after that.</summary>
internal sealed unsafe class TcpConnection : IDisposable
{
    private readonly EventLoop _loop;
    private readonly IByteReader _reader;
    private byte[] _rest = [];
    private byte[] _output = [];
    private int _outputStart;
    private int _outputEnd;
    private bool _isDirty;
    private bool _waitsToWrite;
    private bool _isReading;
    private bool _isPaused;

    public TcpConnection(EventLoop loop, IByteReader reader, int port, int source, int receiveBuffer = 0)
    {
        (_loop, _reader) = (loop, reader);
        Socket = Native.Connect(port, source, receiveBuffer);
        loop.Add(this);
    }

    public int Socket { get; private set; }

    public bool IsOpen => Socket >= 0;

    /// <summary>Room for so many bytes at the end of the output; they count once <see cref="Advance"/> is called.</summary>
    public Span<byte> GetOutput(int length)
    {
        if (_output.Length - _outputEnd < length)
        {
            var kept = _outputEnd - _outputStart;
            var bigger = kept + length <= _output.Length ? _output : new byte[Math.Max(256, 2 * (kept + length))];
            _output.AsSpan(_outputStart, kept).CopyTo(bigger);
            (_output, _outputStart, _outputEnd) = (bigger, 0, kept);
        }

        return _output.AsSpan(_outputEnd, length);
    }

    public void Advance(int length)
    {
        _outputEnd += length;
        if (!_isDirty)
        {
            _isDirty = true;
            if (!_isReading)
            {
                _loop.MarkDirty(this);
            }
        }
    }

    public void Pause()
    {
        _isPaused = true;
        _loop.Watch(this, reads: false, _waitsToWrite);
    }

    public void Resume()
    {
        _isPaused = false;
        if (IsOpen)
        {
            _loop.Watch(this, reads: true, _waitsToWrite);
        }
    }

    public void Receive()
    {
        if (_isPaused)
        {
            // An event although none was asked for: the connection was reset.
            End();
            return;
        }

        _isReading = true;
        var buffer = _loop.Buffer;
        while (IsOpen && !_isPaused)
        {
            var kept = _rest.Length;
            _rest.CopyTo(buffer, 0);
            nint received;
            fixed (byte* start = buffer)
            {
                received = Native.Receive(Socket, start + kept, buffer.Length - kept, Native.MsgDontWait);
            }

            if (received <= 0)
            {
                if (received < 0 && Marshal.GetLastPInvokeError() is Native.EAgain or Native.EIntr)
                {
                    break;
                }

                End();
                return;
            }

            var bytes = buffer.AsSpan(0, kept + (int)received);
            var consumed = _reader.Read(bytes);
            _rest = consumed == bytes.Length ? [] : bytes[consumed..].ToArray();
            if (kept + received < buffer.Length)
            {
                break;
            }
        }

        _isReading = false;
        if (_isDirty)
        {
            Flush();
        }
    }

    public void Flush()
    {
        _isDirty = false;
        while (IsOpen && _outputStart < _outputEnd)
        {
            nint sent;
            fixed (byte* start = _output)
            {
                sent = Native.Send(Socket, start + _outputStart, _outputEnd - _outputStart, Native.MsgDontWait | Native.MsgNoSignal);
            }

            if (sent < 0)
            {
                if (Marshal.GetLastPInvokeError() == Native.EAgain)
                {
                    WaitToWrite(true);
                    return;
                }

                End();
                return;
            }

            _outputStart += (int)sent;
        }

        (_outputStart, _outputEnd) = (0, 0);
        WaitToWrite(false);

        // Thousands of idle connections keep nothing.
        if (_output.Length > 64 * 1024)
        {
            _output = [];
        }
    }

    public void Dispose()
    {
        if (IsOpen)
        {
            _loop.Remove(this);
            _ = Native.Close(Socket);
            Socket = -1;
        }
    }

    private void End()
    {
        _isReading = false;
        Dispose();
        _reader.OnEnd();
    }

    private void WaitToWrite(bool waits)
    {
        if (IsOpen && waits != _waitsToWrite)
        {
            _waitsToWrite = waits;
            _loop.Watch(this, !_isPaused, waits);
        }
    }
}

/// <summary>Takes what a connection received.</summary>
internal interface IByteReader
{
    /// <summary>How many of the bytes are done with; the others come again with what follows.</summary>
    int Read(ReadOnlySpan<byte> bytes);

    void OnEnd();
}
