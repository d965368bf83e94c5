"""Debian's python3-socketio against the test host's contract: connect, events, acknowledgements, binary, rooms, reconnect.

The threaded client over polling (requests), WebSocket (websocket-client) and the upgrade between them, and the asyncio client (aiohttp).
"""
import asyncio
import os
import queue
import re
import signal
import subprocess
import sys
import unittest

import socketio

BOUND = 30
HERE = os.path.dirname(os.path.abspath(__file__))
HOST = os.path.join(HERE, "..", "Sockeye.TestHost", "bin", os.environ.get("CONFIGURATION", "Debug"), "net10.0", "Sockeye.TestHost.dll")


class Host:
    """The server under test, a process of its own on loopback."""

    def __init__(self, port=0):
        # When it disconnects, the client waits for its poll to be answered: at the latest by a ping.
        self.process = subprocess.Popen(["dotnet", HOST, "--port", str(port), "--ping-interval", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if found is None:
            raise RuntimeError(f"the server's first line names no address: {line!r}")
        self.url, self.port = found.group(0), int(found.group(1))

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(BOUND)
        self.process.stdout.close()


def setUpModule():
    global host
    host = Host()


def tearDownModule():
    host.stop()


class Contract:
    """What each way of connecting can do."""

    def connect(self):
        client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
        client.connect(host.url, transports=self.transports, wait_timeout=BOUND)
        self.addCleanup(client.disconnect)
        return client

    def inbox(self, client, event):
        received = queue.Queue()
        client.on(event, lambda *arguments: received.put(arguments))
        return received

    def test_an_event_comes_back(self):
        client = self.connect()
        self.assertEqual(client.transport(), self.transports[-1])
        echoed = self.inbox(client, "echo")
        client.emit("echo", ("käse", 42, {"x": [1, None, True]}))
        self.assertEqual(echoed.get(timeout=BOUND), ("käse", 42, {"x": [1, None, True]}))

    def test_an_acknowledgement_comes_with_values(self):
        client = self.connect()
        self.assertEqual(client.call("ack", ("one", 2), timeout=BOUND), ("one", 2))

    def test_the_server_asks_and_gets_an_answer(self):
        client = self.connect()
        client.on("question", lambda *arguments: ("answer", *arguments))
        self.assertEqual(client.call("ask", "who", timeout=BOUND), ("answer", "who"))

    def test_many_events_keep_their_order(self):
        client = self.connect()
        echoed = self.inbox(client, "echo")
        for number in range(100):
            client.emit("echo", number)
        # The client runs each handler in a thread of its own: only the set is its promise.
        self.assertEqual(sorted(echoed.get(timeout=BOUND)[0] for _ in range(100)), list(range(100)))

    def test_what_is_said_in_a_room_reaches_its_members_only(self):
        member, outsider = self.connect(), self.connect()
        self.assertEqual(member.call("join", "room", timeout=BOUND), "room")
        said, shouted = self.inbox(member, "said"), self.inbox(member, "shouted")
        overheard, outside = self.inbox(outsider, "said"), self.inbox(outsider, "shouted")
        outsider.emit("say", ("room", "hello"))
        self.assertEqual(said.get(timeout=BOUND), ("hello",))
        member.call("ack", "through", timeout=BOUND)
        outsider.emit("shout", "all")
        self.assertEqual((shouted.get(timeout=BOUND), outside.get(timeout=BOUND)), (("all",), ("all",)))
        self.assertTrue(overheard.empty())

    def test_a_namespace_refuses_with_its_data_and_lets_in_with_the_token(self):
        refused, client = queue.Queue(), socketio.Client(reconnection=False)
        self.addCleanup(client.disconnect)
        client.on("connect_error", refused.put, namespace="/admin-x")
        # After a refusal this client (5.7.2) still waits for as long as it may.
        with self.assertRaises(socketio.exceptions.ConnectionError):
            client.connect(host.url, namespaces=["/admin-x"], transports=self.transports, auth={"token": "wrong"}, wait_timeout=5)
        self.assertEqual(refused.get(timeout=BOUND), {"message": "unauthorized", "data": {"code": 401}})

        admin = socketio.Client(reconnection=False)
        self.addCleanup(admin.disconnect)
        admin.connect(host.url, namespaces=["/admin-x"], transports=self.transports, auth={"token": "secret"}, wait_timeout=BOUND)
        self.assertEqual(admin.call("ack", 1, namespace="/admin-x", timeout=BOUND), 1)

    def test_comes_back_when_the_server_does(self):
        server = Host()
        connected, gone = queue.Queue(), queue.Queue()
        client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
        client.on("connect", lambda: connected.put(True))
        client.on("disconnect", lambda: gone.put(True))
        client.connect(server.url, transports=self.transports, wait_timeout=BOUND)
        connected.get(timeout=BOUND)
        # Without a word: after a close packet, which polling clients get when a server stops, this client does not come back by itself.
        server.stop(signal.SIGKILL)
        gone.get(timeout=BOUND)
        server = Host(server.port)
        self.addCleanup(server.stop)
        connected.get(timeout=BOUND)
        self.assertEqual(client.call("ack", "again", timeout=BOUND), "again")
        # Before the server goes: it would try to come back for ever.
        client.disconnect()


class Polling(Contract, unittest.TestCase):
    transports = ["polling"]


class WebSocket(Contract, unittest.TestCase):
    transports = ["websocket"]


class Upgrade(Contract, unittest.TestCase):
    transports = ["polling", "websocket"]


class Asyncio(unittest.IsolatedAsyncioTestCase):
    # Binary is this client's: the threaded one takes the packet and its attachments in threads of their own, in any order (5.7.2).
    async def test_events_acknowledgements_and_binary(self):
        for way in (Polling, WebSocket, Upgrade):
            with self.subTest(way.__name__):
                client, echoed = socketio.AsyncClient(reconnection=False), asyncio.Queue()
                client.on("echo", lambda *arguments: echoed.put_nowait(arguments))
                await client.connect(host.url, transports=way.transports, wait_timeout=BOUND)
                try:
                    data = bytes(i % 256 for i in range(70_000))
                    await client.emit("echo", ("before", data, {"nested": b"\x01\x02"}))
                    self.assertEqual(await asyncio.wait_for(echoed.get(), BOUND), ("before", data, {"nested": b"\x01\x02"}))
                    self.assertEqual(await client.call("ack", {"n": 1}, timeout=BOUND), {"n": 1})
                finally:
                    await client.disconnect()


if __name__ == "__main__":
    # Clients of failed tests may still have threads that wait for them.
    program = unittest.main(exit=False)
    sys.stderr.flush()
    os._exit(0 if program.result.wasSuccessful() else 1)
