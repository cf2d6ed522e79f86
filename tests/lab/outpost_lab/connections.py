"""Counts the TCP connections that leave the scanner's side, as the kernel sends them: the first packet of each.

    with Connections() as seen:
        ...                             # run something
    seen.counts[("11.10.1.25", 25)]     # how many it opened there

Nothing that the program says of itself is believed. A kernel filter lets only SYN packets through, so the socket's
queue holds all of a run and is read when it is asked.
"""
import collections
import ctypes
import ipaddress
import socket
import struct

CABLE = "internet"                      # the only way out of the scanner's network namespace
ETH_P_ALL = 0x0003
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_ATTACH_FILTER, SO_RCVBUFFORCE = 26, 33
QUEUE_BYTES = 128 * 1024 * 1024
PACKET_OUTGOING = 4

LOAD_BYTE, LOAD_BYTE_INDEXED, LOAD_HEADER_SIZE = 0x30, 0x50, 0xb1
AND, JUMP_IF_EQUAL, RETURN = 0x54, 0x15, 0x06
TCP = 6
SYN, SYN_AND_ACK = 0x02, 0x12

# (operation, instructions to skip when true, when false, argument); offsets count from the IP header
FILTER = [
    (LOAD_BYTE, 0, 0, 0), (AND, 0, 0, 0xf0), (JUMP_IF_EQUAL, 0, 6, 0x40),
    # IPv4: the protocol, then the flags behind a header of any length
    (LOAD_BYTE, 0, 0, 9), (JUMP_IF_EQUAL, 0, 9, TCP), (LOAD_HEADER_SIZE, 0, 0, 0), (LOAD_BYTE_INDEXED, 0, 0, 13),
    (AND, 0, 0, SYN_AND_ACK), (JUMP_IF_EQUAL, 6, 5, SYN),
    # IPv6: without extension headers
    (LOAD_BYTE, 0, 0, 6), (JUMP_IF_EQUAL, 0, 3, TCP), (LOAD_BYTE, 0, 0, 53), (AND, 0, 0, SYN_AND_ACK),
    (JUMP_IF_EQUAL, 1, 0, SYN),
    (RETURN, 0, 0, 0), (RETURN, 0, 0, 128),
]


class Connections:
    """To be made on the scanner's side."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)      # protocol 0: nothing is received yet
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
        code = b"".join(struct.pack("=HBBI", *instruction) for instruction in FILTER)
        buffer = ctypes.create_string_buffer(code, len(code))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                               struct.pack("@HP", len(FILTER), ctypes.addressof(buffer)))
        self.socket.setblocking(False)
        self.socket.bind((CABLE, ETH_P_ALL))
        self.seen = {}                  # (address, port, source port, sequence number), in the order they were sent

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._read()
        self.socket.close()

    @property
    def counts(self):
        """(address, port) -> connections. Repetitions of an unanswered first packet are the same connection."""
        self._read()
        return collections.Counter(key[:2] for key in self.seen)

    def total(self):
        """All but DNS over TCP."""
        return sum(number for (_, port), number in self.counts.items() if port != 53)

    def _read(self):
        if self.socket.fileno() < 0:
            return
        while True:
            try:
                packet, origin = self.socket.recvfrom(128)
            except BlockingIOError:
                break
            if origin[2] == PACKET_OUTGOING:
                self.seen.setdefault(_connection(packet))
        _, dropped = struct.unpack("=II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        if dropped:
            raise OSError(f"the kernel dropped {dropped} packets that were to be counted")


def _connection(packet):
    if packet[0] >> 4 == 4:
        address, segment = packet[16:20], packet[(packet[0] & 15) * 4:]
    else:
        address, segment = packet[24:40], packet[40:]
    source, port, number = struct.unpack("!HHI", segment[:8])
    return str(ipaddress.ip_address(address)), port, source, number
