using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Bench.Protocols;

namespace Sockeye.Bench.Load;

/// <summary>A peer over HTTP long-polling: one connection for GET, one for POST.</summary>
internal sealed partial class PollingPeer : Peer
{
    private const byte Separator = 0x1E;

    private readonly Target _target;
    private readonly HttpExchange _get;
    private readonly HttpExchange _post;
    private readonly MessageBuffer _waiting = new();
    private string _path;
    private bool _isPosting;
    private bool _isPaused;

    public PollingPeer(EventLoop loop, Dialect dialect, ITraffic traffic, int index, Target target)
        : base(loop, dialect, traffic, index)
    {
        _target = target;
        _path = "/socket.io/?EIO=4&transport=polling";
        _get = new HttpExchange(loop, target, index, OnPayload, () => Traffic.OnEnd(this));
        _post = new HttpExchange(loop, target, index, OnPosted, () => Traffic.OnEnd(this));
        Poll();
    }

    public override void Send(ReadOnlySpan<byte> message, bool isBinary)
    {
        if (isBinary)
        {
            throw new NotSupportedException("Binary data by long-polling is not measured.");
        }

        if (!_waiting.Written.IsEmpty)
        {
            _waiting.Add(Separator);
        }

        _waiting.Add(message);
        Post();
    }

    public override void Pause() => _isPaused = true;

    public override void Resume() => throw new NotSupportedException();

    public override void Dispose()
    {
        _get.Dispose();
        _post.Dispose();
    }

    [GeneratedRegex("\"sid\":\"([^\"]+)\"")]
    private static partial Regex SessionId();

    private void Poll() => _get.Send($"GET {_path} HTTP/1.1\r\nHost: 127.0.0.1:{_target.Port}\r\nAccept: */*\r\n\r\n", default);

    private void Post()
    {
        if (_isPosting || _waiting.Written.IsEmpty)
        {
            return;
        }

        _isPosting = true;
        var body = _waiting.Written;
        _post.Send($"POST {_path} HTTP/1.1\r\nHost: 127.0.0.1:{_target.Port}\r\nAccept: */*\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: {body.Length}\r\n\r\n", body);
        _waiting.Clear();
    }

    private void OnPosted(ReadOnlySpan<byte> body)
    {
        if (!body.SequenceEqual("ok"u8))
        {
            throw new BenchException($"A POST was answered with {Encoding.UTF8.GetString(body)}");
        }

        _isPosting = false;
        Post();
    }

    private void OnPayload(ReadOnlySpan<byte> payload)
    {
        if (Phase == 0)
        {
            _path += $"&sid={SessionId().Match(Encoding.UTF8.GetString(payload)).Groups[1].Value}";
        }

        while (!payload.IsEmpty)
        {
            var end = payload.IndexOf(Separator);
            Loop.Progress++;
            Dialect.OnMessage(this, end < 0 ? payload : payload[..end], isBinary: false);
            payload = end < 0 ? default : payload[(end + 1)..];
        }

        if (!_isPaused)
        {
            Poll();
        }
    }
}
