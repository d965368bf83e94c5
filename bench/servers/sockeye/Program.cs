// Sockeye.BenchServer PORT [msgpack] [deflate] [epoll]
Sockeye.BenchServer.Server.Run(args);
