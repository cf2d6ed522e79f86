#!/usr/bin/python3 -B
"""front.py - SMTP or IMAP up to STARTTLS, then every byte goes to a TLS server and back

    front.py --listen ADDRESS:PORT --backend ADDRESS:PORT [--service smtp|imap] [--name NAME] [--log FILE] [MANNERS]

Manners of real servers that a guest has to live with:

    --teaser SECONDS     the greeting's first line, a pause, its last line; who talks in the pause is dropped
    --late SECONDS       the greeting comes late
    --remember           both only until a client has waited once, as postscreen's cache does
    --rate N/SECONDS     more than N connections in that time get 421
    --at-once N          more than N at the same time get 421
    --ban N              after N connections the port is silent to new ones, as behind a firewall of fail2ban
    --refuse N           after N connections nobody listens any more

Each connection is a JSON object in a line of the log when it ends: `number` and `began` (seconds since the start),
`last` (the last command, or null), `tls` (STARTTLS was agreed), `early` (talked before the greeting was complete),
`end`: "quit", "hangup" (the client just left, also after STARTTLS), "server" (TLS was ended by the server), "dropped"
(for talking early), or "421". The port is printed when it listens.
"""
import argparse
import asyncio
import ctypes
import json
import socket
import struct
import time

LINE_MAX = 2048
PIECE = 65536
PATIENCE_SECONDS = 300
SO_ATTACH_FILTER = 26
DROP_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0)          # a filter of one instruction: return 0 bytes


class End(Exception):
    """The connection ends, and this is how."""


class Front:
    def __init__(self, options):
        self.options = options
        self.address, self.port = place(options.listen)
        self.backend = place(options.backend)
        self.log = open(options.log, "a", encoding="utf-8", buffering=1) if options.log else None
        self.began = time.monotonic()
        self.number = 0
        self.open = 0
        self.recent = []                # when the connections of the last while came
        self.waited = False             # a client has waited for the whole greeting
        self.server = self.listener = None

    async def run(self):
        self.listener = socket.create_server((self.address, self.port), backlog=512)
        self.server = await asyncio.start_server(self.accept, sock=self.listener, limit=PIECE)
        print(self.listener.getsockname()[1], flush=True)
        await asyncio.Event().wait()

    async def accept(self, reader, writer):
        self.number += 1
        self.open += 1
        entry = {"number": self.number, "began": round(time.monotonic() - self.began, 3), "last": None, "tls": False,
                 "early": False, "end": None}
        try:
            self.close_the_door()
            await self.converse(reader, writer, entry)
        except End as end:
            entry["end"] = str(end)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError):
            entry["end"] = "hangup"
        finally:
            self.open -= 1
            writer.close()
            if self.log:
                self.log.write(json.dumps(entry) + "\n")

    def close_the_door(self):
        """The last connection that is welcome shuts the door behind itself."""
        if self.number == self.options.ban:
            drop_everything(self.listener)
        elif self.number == self.options.refuse:
            self.server.close()             # connections in progress go on

    async def converse(self, reader, writer, entry):
        if self.too_many():
            await self.say(writer, "421 4.7.0 " + self.options.name + " Error: too many connections"
                           if self.options.service == "smtp" else "* BYE Too many connections")
            raise End("421")
        await self.greet(reader, writer, entry)
        dialogue = self.smtp if self.options.service == "smtp" else self.imap
        await dialogue(reader, writer, entry)
        entry["tls"] = True
        await self.splice(reader, writer)

    def too_many(self):
        if self.options.at_once and self.open > self.options.at_once:
            return True
        if not self.options.rate:
            return False
        limit, seconds = self.options.rate
        now = time.monotonic()
        self.recent = [moment for moment in self.recent if moment > now - seconds] + [now]
        return len(self.recent) > limit

    async def greet(self, reader, writer, entry):
        smtp = self.options.service == "smtp"
        if not (self.options.remember and self.waited):
            if self.options.teaser and smtp:
                await self.say(writer, f"220-{self.options.name} ESMTP")
            await self.pause(reader, entry, self.options.teaser or self.options.late)
        self.waited = True
        await self.say(writer, f"220 {self.options.name} ESMTP" if smtp else
                       "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready")

    async def pause(self, reader, entry, seconds):
        """Whoever says something now does not wait for the greeting."""
        if not seconds:
            return
        try:
            early = await asyncio.wait_for(reader.read(1), seconds)
        except asyncio.TimeoutError:
            return
        if not early:
            raise EOFError
        entry["early"] = True
        raise End("dropped")

    async def say(self, writer, *lines):
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await writer.drain()

    async def hear(self, reader, entry):
        line = await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)
        if not line.endswith(b"\n") or len(line) > LINE_MAX:
            raise EOFError
        entry["last"] = line.decode("ascii", "replace").strip()
        return entry["last"].split() or [""]

    async def smtp(self, reader, writer, entry):
        while True:
            verb = (await self.hear(reader, entry))[0].upper()
            if verb == "EHLO":
                await self.say(writer, f"250-{self.options.name}", "250-PIPELINING", "250-8BITMIME", "250 STARTTLS")
            elif verb == "STARTTLS":
                await self.say(writer, "220 2.0.0 Ready to start TLS")
                return
            elif verb == "QUIT":
                await self.say(writer, "221 2.0.0 Bye")
                raise End("quit")
            elif verb in ("HELO", "RSET", "NOOP"):
                await self.say(writer, "250 2.0.0 Ok")
            else:
                await self.say(writer, "530 5.7.0 Must issue a STARTTLS command first")

    async def imap(self, reader, writer, entry):
        while True:
            tag, verb = ((await self.hear(reader, entry)) + [""])[:2]
            if verb.upper() == "CAPABILITY":
                await self.say(writer, "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED", f"{tag} OK done")
            elif verb.upper() == "STARTTLS":
                await self.say(writer, f"{tag} OK Begin TLS negotiation now")
                return
            elif verb.upper() == "LOGOUT":
                await self.say(writer, "* BYE", f"{tag} OK done")
                raise End("quit")
            else:
                await self.say(writer, f"{tag} {'OK' if verb.upper() == 'NOOP' else 'BAD'} done")

    async def splice(self, reader, writer):
        their_reader, their_writer = await asyncio.open_connection(*self.backend)
        client = asyncio.create_task(carry(reader, their_writer))
        server = asyncio.create_task(carry(their_reader, writer))
        try:
            await asyncio.wait({client, server}, return_when=asyncio.FIRST_COMPLETED)
            by = "server" if server.done() else "hangup"
            await asyncio.wait({client, server}, timeout=1)     # last words: an alert, a farewell
        finally:
            client.cancel()
            server.cancel()
            their_writer.close()
        raise End(by)


async def carry(reader, writer):
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass


def drop_everything(listener):
    """The kernel throws away what arrives at this socket before anything of it is answered."""
    program = ctypes.create_string_buffer(DROP_ALL, len(DROP_ALL))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", 1, ctypes.addressof(program)))


def place(text):
    address, _, port = text.rpartition(":")
    return address, int(port)


def rate(text):
    number, _, seconds = text.partition("/")
    return int(number), float(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--service", choices=("smtp", "imap"), default="smtp")
    parser.add_argument("--name", default="front.test")
    parser.add_argument("--log")
    parser.add_argument("--teaser", type=float)
    parser.add_argument("--late", type=float)
    parser.add_argument("--remember", action="store_true")
    parser.add_argument("--rate", type=rate)
    parser.add_argument("--at-once", type=int)
    parser.add_argument("--ban", type=int)
    parser.add_argument("--refuse", type=int)
    asyncio.run(Front(parser.parse_args()).run())


if __name__ == "__main__":
    main()
