using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// Counts the bytes of events that a connection has sent and that wait for their handlers. Over the soft limit the connection is not read any more,
/// unless a handler waits for an acknowledgement, which would then never be read; over the hard limit the connection has to end. Thread-safe.
/// </summary>
internal sealed class InboundBudget(EngineSession session, SocketIOOptions options)
{
    private long _bytes;
    private int _expectedAcks;
    private bool _isPaused;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>False: the hard limit is exceeded.</summary>
    public bool Take(long bytes)
    {
        lock (this)
        {
            _bytes += bytes;
            PauseIfOver();
            return _bytes <= options.EventBacklogLimitBytes;
        }
    }

    public void Return(long bytes)
    {
        lock (this)
        {
            _bytes -= bytes;
            if (_isPaused && _bytes <= options.EventBacklogPauseBytes / 2)
            {
                Resume();
            }
        }
    }

    public void AckExpected()
    {
        lock (this)
        {
            _expectedAcks++;
            if (_isPaused)
            {
                Resume();
            }
        }
    }

    public void AckSettled()
    {
        lock (this)
        {
            _expectedAcks--;
            PauseIfOver();
        }
    }

    // Under the lock, so that the session sees pauses and resumes in the order of the decisions.
    private void PauseIfOver()
    {
        if (!_isPaused && _expectedAcks == 0 && _bytes > options.EventBacklogPauseBytes)
        {
            _isPaused = true;
            session.PauseReading();
        }
    }

    private void Resume()
    {
        _isPaused = false;
        session.ResumeReading();
    }
}
