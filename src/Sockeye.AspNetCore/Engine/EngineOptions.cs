namespace Sockeye.AspNetCore.Engine;

/// <summary>The settings of the Engine.IO layer.</summary>
public class EngineOptions
{
    /// <summary>From one pong to the next ping. Default 25 s (engine.io).</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>From a ping to the latest pong. Default 20 s (engine.io).</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
