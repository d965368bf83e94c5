using Microsoft.AspNetCore.Connections;

namespace Sockeye.AspNetCore.Epoll;

// When handling the socket's bytes has thrown.
internal sealed partial class EpollConnection
{
    void IEpollHandler.OnFailed(Exception failure)
    {
        Abort(new ConnectionAbortedException("Receiving has failed.", failure));
        // The right to read stays taken: nobody else says that the reading has stopped.
        EndReceiving();
    }
}
