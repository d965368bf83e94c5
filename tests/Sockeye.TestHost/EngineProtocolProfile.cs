using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.TestHost;

/// <summary>The server that the Engine.IO protocol suite asks for: fast heartbeats, and every message is sent back.</summary>
internal static class EngineProtocolProfile
{
    public static void Map(IEndpointRouteBuilder endpoints, HostOptions host) =>
        endpoints.MapEngineIO("/engine.io", new Echo(), options =>
        {
            options.AllowEIO3 = host.AllowEIO3;
            options.PingInterval = host.PingInterval ?? TimeSpan.FromMilliseconds(300);
            options.PingTimeout = host.PingTimeout ?? TimeSpan.FromMilliseconds(200);
        });

    private sealed class Echo : IEngineHandler
    {
        public void OnOpen(EngineSession session)
        {
        }

        public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) =>
            session.Send(isBinary ? OutboundMessage.Binary(data.ToArray()) : OutboundMessage.Text(data));

        public void OnClose(EngineSession session, EngineCloseReason reason, string? detail)
        {
        }
    }
}
