"""python3-socketio as a server for the tests of the .NET client: the contract of ../node/server.mjs, as far as python3-socketio knows how.

    /usr/bin/python3 server.py '{"ping_interval": 25}'

Prints "listening PORT", takes commands on its standard input and ends with it.
"""
import asyncio
import json
import sys

import socketio
from aiohttp import web

NAMESPACES = ["/", "/chat", "/foo", "/valid"]

# This version of it does not announce how large a payload may be (maxPayload), so that no client can heed its limit.
options = {"max_http_buffer_size": 10_000_000, **json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")}
io = socketio.AsyncServer(async_mode="aiohttp", **options)
translate = io.eio._async["translate_request"]


class Body:
    """A request's body in one piece."""

    def __init__(self, data):
        self.data = data

    async def read(self, length):
        return self.data[:length]


async def translate_whole(request):
    """This version of it takes the beginning of a large body for the whole, when the rest is still on its way."""
    body = await request.read()
    environ = translate(request)
    environ["wsgi.input"] = Body(body)
    return environ


io.eio._async = {**io.eio._async, "translate_request": translate_whole}
auths, environs, writers = {}, {}, {}


def several(args):
    """What a handler returns to acknowledge with these values."""
    return tuple(args) if len(args) != 1 else args[0]


def register(namespace):
    """What the sockets of a namespace do: see ../node/handlers.mjs."""

    def on(event):
        return io.on(event, namespace=namespace)

    def emit(event, args, to):
        return io.emit(event, tuple(args), to=to, namespace=namespace)

    @on("connect")
    async def connect(sid, environ, auth=None):
        if namespace == "/" and auth and auth.get("refuse"):
            raise socketio.exceptions.ConnectionRefusedError(auth["refuse"], {"code": 401, "tried": auth})
        auths[sid], environs[sid], writers[sid] = auth or {}, environ, {}

    @on("disconnect")
    async def disconnect(sid):
        for table in (auths, environs, writers):
            table.pop(sid, None)

    @on("echo")
    async def echo(sid, *args):
        await emit("echo", args, sid)

    @on("ack")
    async def ack(sid, *args):
        return several(args)

    @on("silence")
    async def silence(sid, *args):
        # python3-socketio acknowledges whatever its handlers return, None as nothing at all; only a handler that does not end is silent.
        await asyncio.Event().wait()

    @on("ask")
    async def ask(sid, *args):
        async def answered(*answer):
            await emit("answered", answer, sid)

        await io.emit("question", tuple(args), to=sid, namespace=namespace, callback=answered)

    @on("id")
    async def get_id(sid):
        return sid

    @on("auth")
    async def get_auth(sid):
        return auths[sid]

    @on("query")
    async def get_query(sid):
        return dict(web_query(environs[sid]))

    @on("header")
    async def get_header(sid, name):
        return environs[sid].get("HTTP_" + name.upper().replace("-", "_"))

    @on("recovered")
    async def recovered(sid):
        return False

    @on("transport")
    async def transport(sid):
        return io.transport(io.manager.eio_sid_from_sid(sid, namespace))

    @on("join")
    async def join(sid, room):
        io.enter_room(sid, room, namespace=namespace)
        return room

    @on("room")
    async def to_room(sid, name, *args):
        await emit("room", args, name)

    @on("many")
    async def many(sid, count, size):
        for i in range(count):
            await emit("item", (i, "x" * size), sid)

    @on("write")
    async def write(sid, writer, number, data):
        expected, faults = writers[sid].get(writer, (0, 0))
        whole = isinstance(data, bytes) and data == bytes([writer]) * (number % 97)
        writers[sid][writer] = (number + 1, faults + (number != expected or not whole))

    @on("written")
    async def written(sid):
        seen = writers[sid].values()
        return {"writers": len(seen), "total": sum(n for n, _ in seen), "faults": sum(f for _, f in seen)}

    @on("disconnect me")
    async def disconnect_me(sid):
        await io.disconnect(sid, namespace=namespace)

    @on("disconnect me hard")
    @on("close engine")
    async def close_engine(sid):
        await io.eio.disconnect(io.manager.eio_sid_from_sid(sid, namespace))


def web_query(environ):
    from urllib.parse import parse_qsl

    return parse_qsl(environ["QUERY_STRING"])


@io.on("connect", namespace="/no")
async def refuse(sid, environ, auth=None):
    raise socketio.exceptions.ConnectionRefusedError("Auth failed (custom namespace)", {"code": "no"})


@io.on("connect", namespace="/hold")
async def hold(sid, environ, auth=None):
    await asyncio.Event().wait()


def drop(eio_sid):
    """Not waited for: it takes as long as a client that is gone does not take what it is sent."""
    asyncio.ensure_future(io.eio.disconnect(eio_sid))


async def disconnect_sockets(command):
    namespace = command.get("namespace", "/")
    for sid, eio_sid in list(io.manager.get_participants(namespace, None)):
        if command.get("close"):
            drop(eio_sid)
        else:
            await io.disconnect(sid, namespace=namespace)


async def close_engines(command):
    for eio_sid in list(io.eio.sockets):
        drop(eio_sid)


async def emit_to_all(command):
    await io.emit(command["event"], tuple(command.get("args", [])), room=command.get("room"), namespace=command.get("namespace", "/"))


async def count(command):
    try:
        sockets = len(list(io.manager.get_participants(command.get("namespace", "/"), None)))
    except KeyError:
        sockets = 0
    return {"sockets": sockets, "engines": len(io.eio.sockets)}


COMMANDS = {"disconnectSockets": disconnect_sockets, "closeEngines": close_engines, "emit": emit_to_all, "count": count}


def say(line):
    print(line, flush=True)


async def main():
    for namespace in NAMESPACES:
        register(namespace)
    app = web.Application(client_max_size=options["max_http_buffer_size"])
    io.attach(app)
    runner = web.AppRunner(app, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    say("listening %d" % site._server.sockets[0].getsockname()[1])
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        command = json.loads(line) if line else {"do": "stop"}
        if command["do"] == "stop":
            say("ok null")
            return
        try:
            say("ok " + json.dumps(await COMMANDS[command["do"]](command)))
        except Exception as e:
            say("failed %r" % e)


asyncio.run(main())
