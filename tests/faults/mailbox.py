"""A mail server that can be slow, and a port at which there is none."""

import socketserver
import threading
import time


class MailServer(socketserver.ThreadingTCPServer):
    """Notes for whom each mail is that it took."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, seconds_for_each: float = 0) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.seconds_for_each = seconds_for_each
        self.letters: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        recipient = ""
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                time.sleep(self.server.seconds_for_each)
                self.server.letters.append(recipient)
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
            if command == b"QUIT":
                return

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            # Its client was killed.
            return
