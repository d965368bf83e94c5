namespace Sockeye.AspNetCore.Sockets;

public sealed partial class Namespace
{
    private readonly NamespacePresence? _presence;

    /// <summary>Who is in this namespace and its rooms, by user and over all servers.</summary>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.Presence"/> is not set.</exception>
    public NamespacePresence Presence => _presence ?? throw new InvalidOperationException("Presence is off. Switch it on: AddSocketIO(options => options.Presence = new PresenceOptions()).");
}
