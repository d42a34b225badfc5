#!/usr/bin/python3
"""A real SMTP server for tests and the demo, on loopback: writes each mail it takes into a folder, and refuses as it is told.

    smtp_server.py --dir DIR [--port 0] [--tls CERT KEY] [--auth USER:PASSWORD]

Prints "READY PORT". Each mail becomes DIR/NNNN.eml, in the order of arrival. DIR/behave, when it is there, says what goes wrong, and is read
anew for every command: `mail 530`, `rcpt 550`, `rcpt 554 5.7.1 Relay access denied`, `data 451`, `drop` (takes the mail, then breaks the connection without an answer), `slow SECONDS`,
`drag SECONDS` (before the answer to MAIL and to RCPT).
"""
import argparse
import asyncio
import itertools
import logging
import os
import signal
import ssl
import sys
import threading
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count(1 + sum(name.endswith(".eml") for name in os.listdir(folder)))

    def behaviour(self):
        try:
            with open(os.path.join(self.folder, "behave"), encoding="utf-8") as file:
                words = file.read().split()
        except FileNotFoundError:
            words = []
        return words[0] if words else "", " ".join(words[1:])

    def keep(self, content):
        path = os.path.join(self.folder, f"{next(self.numbers):04d}.eml")
        with open(path + ".part", "wb") as file:
            file.write(content)
        os.rename(path + ".part", path)

    async def handle_MAIL(self, server, session, envelope, address, options):
        what, code = self.behaviour()
        if what == "mail":
            return f"{code} refused as told"
        if what == "drag":
            await asyncio.sleep(float(code))
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        what, code = self.behaviour()
        if what == "rcpt":
            return f"{code} refused as told"
        if what == "drag":
            await asyncio.sleep(float(code))
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        what, value = self.behaviour()
        if what == "data":
            return f"{value} refused as told"
        if what == "slow":
            await asyncio.sleep(float(value))
        self.keep(envelope.content)
        if what == "drop":
            server.transport.abort()
            return "421 never heard"
        return "250 taken"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="offer STARTTLS, and demand it")
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="demand this sign-in")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    # What a client does wrong is the client's test; the library's notes on itself are nobody's here.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")

    settings = {}
    if options.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*options.tls)
        settings.update(tls_context=context, require_starttls=True)
    if options.auth:
        wanted = tuple(part.encode() for part in options.auth.split(":", 1))

        def authenticate(server, session, envelope, mechanism, data):
            right = mechanism in ("PLAIN", "LOGIN") and (data.login, data.password) == wanted
            return AuthResult(success=right, handled=False)

        settings.update(authenticator=authenticate, auth_required=True, auth_require_tls=bool(options.tls))

    class AnyPort(Controller):
        """The base class connects to self.port after the start; with port 0 it must learn the real one first."""

        def _trigger_server(self):
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    controller = AnyPort(Mailbox(options.dir), hostname="127.0.0.1", port=options.port, **settings)
    controller.start()
    print("READY", controller.port, flush=True)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    over.wait()
    controller.stop()


if __name__ == "__main__":
    sys.exit(main())
