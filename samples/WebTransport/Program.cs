using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sockeye.AspNetCore.Engine;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Packets;
using WebTransportSample;

// begin: switch
AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.Experimental.WebTransportAndH3Datagrams", true);
// end: switch

var builder = WebApplication.CreateBuilder(args);
using var certificate = DevelopmentCertificate.Create();

// begin: kestrel
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3);
    kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
});
// end: kestrel

// begin: transports
builder.Services.AddSocketIO(options => options.Transports |= EngineTransports.WebTransport);
// end: transports

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();

// The page needs it as long as no authority has signed the certificate.
app.MapGet("/certificate", () => DevelopmentCertificate.Hash(certificate));

var io = app.MapSocketIO();
io.OnConnection(socket => Console.WriteLine($"{socket.Id} came by {socket.Conn.TransportName}"));
io.On("echo", (ServerSocket _, byte[] data) => data);
io.On("bye", (ServerSocket socket) => socket.Disconnect(close: true));
io.OnDisconnect((socket, reason) => Console.WriteLine($"{socket.Id} left: {reason.ToWireString()}"));

app.Run();
