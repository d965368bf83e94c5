using Scaling;

// One program is all of it. As it is, it starts the cluster: an engine, a proxy, and itself three times as "node".
return args is ["node", .. var options] ? await ChatNode.RunAsync(options) : await ChatCluster.RunAsync(args);
