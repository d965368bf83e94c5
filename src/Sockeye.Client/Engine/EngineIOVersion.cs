namespace Sockeye.Client.Engine;

/// <summary>The revisions of the Engine.IO protocol that the client speaks: <c>EIO</c> in the query.</summary>
public enum EngineIOVersion
{
    /// <summary>Revision 4, with Socket.IO protocol 5: servers of Socket.IO 3 and 4.</summary>
    V4,

    /// <summary>Revision 3, with Socket.IO protocol 4: servers of Socket.IO 2, and later ones that allow it (<c>allowEIO3</c>). The client sends the pings.</summary>
    V3,
}
