using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sockeye.Wire.Tapping;

namespace Sockeye.Wire;

/// <summary>What a tap keeps of the connections that it sees.</summary>
public sealed class WireTapOptions
{
    /// <summary>How many connections are seen at a time; more go by unseen. Default: 200.</summary>
    public int MaxConnections { get; set; } = 200;

    /// <summary>How many records of a connection are kept; the oldest go first. Default: 500.</summary>
    public int MaxRecords { get; set; } = 500;

    /// <summary>How many bytes of a record are kept. Default: 2048.</summary>
    public int MaxRecordBytes { get; set; } = 2048;

    /// <summary>The longest frame, message or polling payload that is decoded, and the most attachments of a packet, in bytes. Default: 1 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 1024 * 1024;

    /// <summary>How many people may watch at a time; more are refused with status 503. Default: 50.</summary>
    public int MaxViewers { get; set; } = 50;
}

/// <summary>
/// Sees the bytes of a Kestrel server's connections on their way through, and understands them. It is made for teaching and for finding faults: it decodes all connections under one
/// lock, so a server under load should not have it.
/// </summary>
public sealed partial class WireTap
{
    private readonly WireTapOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly WireSessions _sessions;
    private readonly ConcurrentDictionary<string, TappedConnection> _connections = [];
    private readonly List<WireViewer> _viewers = [];
    private readonly List<WireRecord> _news = [];

    /// <summary>Creates a tap.</summary>
    /// <param name="options">What it keeps.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggerFactory">Where faults are logged.</param>
    public WireTap(IOptions<WireTapOptions> options, TimeProvider? time = null, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _time = time ?? TimeProvider.System;
        _log = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Wire");
        _sessions = new() { MaxAttachmentBytes = _options.MaxMessageBytes };
    }

    internal Lock Gate { get; } = new();

    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Kestrel's connection middleware.</summary>
    internal async Task RunAsync(ConnectionContext context, ConnectionDelegate next)
    {
        if (_connections.Count >= _options.MaxConnections)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var connection = new TappedConnection(this, context, _sessions, _options);
        var pipe = context.Transport;
        context.Transport = new TappedPipe(pipe, connection);
        _connections[context.ConnectionId] = connection;
        try
        {
            connection.Begin();
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            connection.End(WireDirection.ToServer);
            connection.End(WireDirection.ToClient);
            context.Transport = pipe;
            Forget(connection);
        }
    }

    /// <summary>The connections that carry a session now.</summary>
    internal IReadOnlyList<TappedConnection> Of(string sid)
    {
        lock (Gate)
        {
            return [.. _connections.Values.Where(connection => !connection.IsMuted && connection.Wire.Sessions.Contains(sid))];
        }
    }

    /// <summary>The connection that a request came by.</summary>
    internal TappedConnection? Find(string connectionId) => _connections.GetValueOrDefault(connectionId);

    /// <summary>Begins to show a session: first what is kept of its connections, then what happens. Null: too many people watch already.</summary>
    internal WireViewer? Watch(string sid)
    {
        lock (Gate)
        {
            if (_viewers.Count >= _options.MaxViewers)
            {
                return null;
            }

            var viewer = new WireViewer(sid);
            _viewers.Add(viewer);
            foreach (var connection in Of(sid))
            {
                viewer.ShowAll(connection);
            }

            return viewer;
        }
    }

    internal void Leave(WireViewer viewer)
    {
        lock (Gate)
        {
            _viewers.Remove(viewer);
        }
    }

    /// <summary>A record is there. It is shown by <see cref="Show"/> when all that came with it is understood: only then it is known whose it is.</summary>
    internal void Add(TappedConnection connection, WireRecord record)
    {
        if (!connection.IsMuted)
        {
            _news.Add(record);
        }
    }

    /// <summary>Shows what was added since the last time, to whom it concerns.</summary>
    internal void Show(TappedConnection connection)
    {
        foreach (var viewer in connection.IsMuted ? [] : _viewers)
        {
            if (viewer.Knows(connection))
            {
                viewer.Show(connection, _news);
            }
            else if (connection.Wire.Sessions.Contains(viewer.Sid))
            {
                viewer.ShowAll(connection);
            }
        }

        _news.Clear();
    }

    internal void Failed(Exception exception) => LogFault(_log, exception);

    [LoggerMessage(1, LogLevel.Error, "A connection could not be understood, which is a defect: it goes on, and is not looked at any more.")]
    private static partial void LogFault(ILogger logger, Exception exception);

    private void Forget(TappedConnection connection)
    {
        _connections.TryRemove(connection.Id, out _);
        lock (Gate)
        {
            foreach (var viewer in _viewers)
            {
                viewer.Forget(connection);
            }

            foreach (var sid in connection.Wire.Sessions.Where(sid => Of(sid).Count == 0))
            {
                _sessions.Forget(sid);
            }
        }
    }
}
