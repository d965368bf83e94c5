using Sockeye.AspNetCore.Epoll;

namespace Sockeye.AspNetCore.Transports;

// When reading has thrown.
internal sealed partial class EpollWebSocketTransport
{
    void IEpollHandler.OnFailed(Exception failure)
    {
        if (!_ended)
        {
            _owner.OnTransportClosed(this, failure.Message);
            End(isOrderly: false);
        }
    }
}
