"""A process inside a namespace that sends, listens and watches as it is told: one JSON object a line, each way.

Arguments: the UID and the GID that it becomes. Python, because Node reads neither the original destination of a
connection nor the events of connection tracking.
"""

import ipaddress
import json
import os
import select
import socket
import struct
import sys
import time

SOL_IPV6, ORIGINAL_DST = 41, 80  # linux/netfilter_ipv4.h, netfilter_ipv6/ip6_tables.h
NETLINK_NETFILTER, GROUP_NEW = 12, 1  # linux/netfilter/nfnetlink_compat.h
CONNTRACK, DELETE = 1, 2  # linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h
IP_FREEBIND, IPV6_FREEBIND = 15, 78  # linux/in.h, linux/in6.h
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Agent:
    def __init__(self):
        self.listeners = []  # (protocol, port, socket)
        self.sent = {}  # id: socket
        self.events = None

    def listen(self, protocol, address, port):
        listener = socket.socket(family_of(address), KINDS[protocol])
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        if protocol == "tcp":
            listener.listen(512)
        self.listeners.append((protocol, port, listener))

    def send(self, packets):
        """Sends the first packet of a connection each. The answer has the errors of those that were not sent."""
        errors = {}
        for packet in packets:
            sender = socket.socket(family_of(packet["to"]), KINDS[packet["protocol"]])
            sender.setblocking(False)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Ranges of addresses are routed to the peer, and stand at none of its links.
            if ":" in packet["to"]:
                sender.setsockopt(SOL_IPV6, IPV6_FREEBIND, 1)
            else:
                sender.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
            # A socket that is closed resets its connection, and leaves nothing waiting.
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                sender.bind((packet["from"], packet["sport"]))
                if packet["protocol"] == "tcp":
                    sender.connect((packet["to"], packet["dport"]))
                else:
                    sender.sendto(str(packet["id"]).encode(), (packet["to"], packet["dport"]))
            except BlockingIOError:
                pass
            except OSError as error:
                errors[packet["id"]] = error.strerror
            self.sent[packet["id"]] = sender
        return errors

    def outcomes(self, awaited, patience):
        """What became of the connections: connected, an error, or pending. Waits for those with the numbers given."""
        poll = select.poll()
        pending = {}
        for number, sender in self.sent.items():
            if sender.type == socket.SOCK_STREAM:
                pending[sender.fileno()] = number
                poll.register(sender, select.POLLOUT)
        known = {number: "pending" for number in pending.values()}
        end = time.monotonic() + patience / 1000
        while pending:
            wait = max(0, end - time.monotonic()) if any(n in awaited for n in pending.values()) else 0
            ready = poll.poll(wait * 1000)
            if not ready:
                break
            for descriptor, _ in ready:
                number = pending.pop(descriptor)
                poll.unregister(descriptor)
                error = self.sent[number].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                known[number] = os.strerror(error) if error else "connected"
        return known

    def accepted(self, count, patience):
        """What came to the listeners since the last time; waits for so many, for so many milliseconds."""
        found = []
        end = time.monotonic() + patience / 1000
        while True:
            wait = max(0, end - time.monotonic()) if len(found) < count else 0
            ready = select.select([listener for _, _, listener in self.listeners], [], [], wait)[0]
            if not ready:
                return found
            for protocol, port, listener in self.listeners:
                if listener in ready:
                    found += arrivals_at(protocol, port, listener)

    def close(self):
        for sender in self.sent.values():
            sender.close()
        self.sent.clear()

    def watch(self):
        """Forgets all connections, and takes note of new ones from now on."""
        if self.events is None:
            self.events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
            self.events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            self.events.bind((0, 1 << (GROUP_NEW - 1)))
            self.control = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.control.send(struct.pack("=IHHII BBH", 20, CONNTRACK << 8 | DELETE, 1 | 4, 1, 0, 0, 0, 0))
        (error,) = struct.unpack_from("=i", self.control.recv(1024), 16)
        if error:
            raise OSError(-error, "the connections cannot be forgotten")
        self.new_connections(0, 0)

    def new_connections(self, count, patience):
        """The connections that were tracked since the last time; waits for so many, for so many milliseconds."""
        found = []
        end = time.monotonic() + patience / 1000
        while True:
            wait = max(0, end - time.monotonic()) if len(found) < count else 0
            if not select.select([self.events], [], [], wait)[0]:
                return found
            found += connections_in(self.events.recv(1 << 20))


def arrivals_at(protocol, port, listener):
    while True:
        try:
            original = None
            if protocol == "tcp":
                connection, caller = listener.accept()
                original = original_destination(connection)
                connection.close()
            else:
                caller = listener.recvfrom(100)[1]
        except BlockingIOError:
            return
        except ConnectionError:
            continue
        yield {"protocol": protocol, "port": port, "caller": caller[:2], "original": original}


def original_destination(connection):
    try:
        return read_original_destination(connection)
    except FileNotFoundError:
        return None  # Nothing tracks connections here.


def read_original_destination(connection):
    if connection.family == socket.AF_INET:
        data = connection.getsockopt(socket.SOL_IP, ORIGINAL_DST, 16)
        return [socket.inet_ntop(socket.AF_INET, data[4:8]), struct.unpack("!H", data[2:4])[0]]
    data = connection.getsockopt(SOL_IPV6, ORIGINAL_DST, 28)
    return [socket.inet_ntop(socket.AF_INET6, data[8:24]), struct.unpack("!H", data[2:4])[0]]


def connections_in(data):
    """The tuples of each connection that a datagram of netlink tells of."""
    at = 0
    while at + 16 <= len(data):
        (length,) = struct.unpack_from("=I", data, at)
        attributes = dict(attributes_in(data[at + 20 : at + length]))
        if 1 in attributes and 2 in attributes:
            yield {"original": tuple_in(attributes[1]), "reply": tuple_in(attributes[2])}
        at += length + 3 & ~3


def attributes_in(data):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3FFF, data[at + 4 : at + length]
        at += length + 3 & ~3


def tuple_in(data):
    """CTA_TUPLE_IP and CTA_TUPLE_PROTO of linux/netfilter/nfnetlink_conntrack.h."""
    parts = dict(attributes_in(data))
    ip = dict(attributes_in(parts[1]))
    protocol = dict(attributes_in(parts[2]))
    port = lambda kind: struct.unpack("!H", protocol[kind])[0] if kind in protocol else 0
    return {
        "protocol": protocol[1][0],
        "source": str(ipaddress.ip_address(ip.get(1) or ip[3])),
        "destination": str(ipaddress.ip_address(ip.get(2) or ip[4])),
        "sport": port(2),
        "dport": port(3),
    }


def main():
    uid, gid = int(sys.argv[1]), int(sys.argv[2])
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    agent = Agent()
    print(json.dumps({"answer": "ready"}), flush=True)
    # The end of the input is the end of the test, however it ended.
    for line in sys.stdin:
        order, arguments = json.loads(line)
        try:
            answer = {"answer": getattr(agent, order)(*arguments)}
        except OSError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
