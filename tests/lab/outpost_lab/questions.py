"""What leaves the scanner's side for port 53 and what comes back, as the kernel saw it and when: every DNS question.

    with Questions() as seen:
        ...                             # run something
    seen.questions                      # in the order they were sent
    seen.wall                           # seconds from the first of them to the last answer

Nothing that the program says of itself is believed. Beside the DNS, HTTPS is timed: a policy is fetched with it.
"""
import ipaddress
import socket
import struct

from .connections import CABLE, ETH_P_ALL, PACKET_OUTGOING, PACKET_STATISTICS, QUEUE_BYTES, SOL_PACKET, SO_RCVBUFFORCE

SO_TIMESTAMPNS = 35
TCP, UDP = 6, 17
DNS, HTTPS = 53, 443
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 43: "DS",
         48: "DNSKEY", 51: "NSEC3PARAM", 52: "TLSA", 257: "CAA"}


class Question:
    def __init__(self, sent, server, tcp, name, type_name):
        self.sent, self.server, self.tcp, self.name, self.type = sent, server, tcp, name, type_name
        self.answered = None            # when; None: never

    def __str__(self):
        return f"{self.name} {self.type} at {self.server}{' over TCP' if self.tcp else ''}"


class Questions:
    """To be made on the scanner's side."""

    def __init__(self):
        self.questions = []
        self.fetches = 0                # connections to port 443
        self.first = self.last = None
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)      # protocol 0: nothing is received yet
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setblocking(False)
        self.socket.bind((CABLE, ETH_P_ALL))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        packets = []
        while True:
            try:
                packet, extra, _, origin = self.socket.recvmsg(2048, 64)
            except BlockingIOError:
                break
            if extra:
                seconds, nanoseconds = struct.unpack("=qq", extra[0][2][:16])
                packets.append((seconds + nanoseconds / 1e9, origin[2] == PACKET_OUTGOING, packet))
        _, dropped = struct.unpack("=II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.socket.close()
        if dropped:
            raise OSError(f"the kernel dropped {dropped} packets that were to be counted")
        waiting = {}
        for when, outgoing, packet in sorted(packets, key=lambda item: item[0]):
            self._take(when, outgoing, packet, waiting)

    @property
    def wall(self):
        return self.last - self.first if self.last is not None else 0.0

    def _take(self, when, outgoing, packet, waiting):
        segment = _segment(packet)
        if segment is None:
            return
        tcp, source, target, ports, payload, opens = segment
        port = ports[1] if outgoing else ports[0]
        if port not in (DNS, HTTPS) or (port == HTTPS and not tcp):
            return
        if outgoing and self.first is None:
            self.first = when
        if not outgoing and payload:
            self.last = when
        if port == HTTPS:
            self.fetches += outgoing and opens
            return
        message = payload[2:] if tcp else payload
        if len(message) < 12:
            return
        key = (tcp, source, target, ports, message[:2]) if outgoing else (tcp, target, source, ports[::-1], message[:2])
        if outgoing:
            waiting[key] = Question(when, target, tcp, *_asked(message))
            self.questions.append(waiting[key])
        elif key in waiting and waiting[key].answered is None:
            waiting[key].answered = when


def _segment(packet):
    """(TCP?, from, to, ports, payload, opens a connection?); None: something else."""
    if packet[0] >> 4 == 4:
        protocol, addresses, rest = packet[9], (packet[12:16], packet[16:20]), packet[(packet[0] & 15) * 4:]
        rest = rest[:struct.unpack("!H", packet[2:4])[0] - (packet[0] & 15) * 4]
    else:
        protocol, addresses, rest = packet[6], (packet[8:24], packet[24:40]), packet[40:]
    if protocol not in (TCP, UDP):
        return None
    source, target = (str(ipaddress.ip_address(address)) for address in addresses)
    header = (rest[12] >> 4) * 4 if protocol == TCP else 8
    opens = protocol == TCP and rest[13] & 0x12 == 0x02
    return protocol == TCP, source, target, struct.unpack("!HH", rest[:4]), rest[header:], opens


def _asked(message):
    """Name and type of the one question."""
    labels, at = [], 12
    while at < len(message) and message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii", "backslashreplace"))
        at += 1 + message[at]
    number = struct.unpack("!H", message[at + 1:at + 3])[0] if at + 3 <= len(message) else 0
    return ".".join(labels) + ".", TYPES.get(number, f"TYPE{number}")
