// The official adapters and emitters, by engine.

export const engines = {
  async postgres({ url, prefix, table }) {
    const { default: pg } = await import("pg");
    const { createAdapter } = await import("@socket.io/postgres-adapter");
    const { Emitter } = await import("@socket.io/postgres-emitter");
    // One connection listens, which leaves one: with more the adapter sends in no certain order.
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    pool.on("error", () => {});
    const options = { channelPrefix: prefix, tableName: table, errorHandler: (error) => console.error(error) };
    return { adapter: createAdapter(pool, options), emitter: { of: (nsp) => new Emitter(pool, nsp, options) } };
  },
  async redis({ url, key, specific = false, json = false }) {
    const [publisher, subscriber] = await connect(url);
    const { createAdapter } = await import("@socket.io/redis-adapter");
    const { Emitter } = await import("@socket.io/redis-emitter");
    const parser = json ? { parser: { encode: JSON.stringify, decode: (data) => JSON.parse(data) } } : {};
    const emitter = new Emitter(publisher, { key, ...parser });
    return { adapter: createAdapter(publisher, subscriber, { key, publishOnSpecificResponseChannel: specific, requestsTimeout: 30_000, ...parser }), emitter };
  },
  // Its emitter is not on npm.
  async streams({ url, name }) {
    const [client] = await connect(url);
    const { createAdapter } = await import("@socket.io/redis-streams-adapter");
    return { adapter: createAdapter(client, { streamName: name, channelPrefix: name, sessionKeyPrefix: `${name}:` }) };
  },
  // It has no emitter.
  async sharded({ url, key, mode }) {
    const [publisher, subscriber] = await connect(url);
    const { createShardedAdapter } = await import("@socket.io/redis-adapter");
    return { adapter: createShardedAdapter(publisher, subscriber, { channelPrefix: key, subscriptionMode: mode }) };
  },
};

async function connect(url) {
  const { createClient, createCluster } = await import("redis");
  const socket = { connectTimeout: 60_000 };
  const publisher = Array.isArray(url) ? createCluster({ rootNodes: url.map((url) => ({ url })), defaults: { socket } }) : createClient({ url, socket });
  const subscriber = publisher.duplicate();
  for (const client of [publisher, subscriber]) {
    client.on("error", (error) => console.error(error));
    await client.connect();
  }
  return [publisher, subscriber];
}
