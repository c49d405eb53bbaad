"""A wire between browser and server that can be cut."""

import base64
import hashlib
import socket
import threading


class Relay:
    """Forwards connections to a server, and the answers back, as long as nobody cuts it."""

    def __init__(self, host):
        name, port = host.split(":")
        self.to = (name, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.is_cut = False
        # What the server says on WebSockets goes no further, while requests are answered.
        self.swallows_answers = False
        # A session is opened and closed at once, as by a server that has too much to do.
        self.is_busy = False
        # A request for such a path is not answered.
        self.withholds = None
        # A request for this path is answered with this type and body.
        self.falsifies = None
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(self.to)
            self.open += [near, far]
            told = {"socket": False}
            threading.Thread(target=self.pump, args=(near, far, told, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(far, near, told, False), daemon=True).start()

    def pump(self, source, sink, told, up):
        try:
            while data := source.recv(65_536):
                if up and data.startswith(b"GET /session"):
                    told["socket"] = True
                    if self.is_busy:
                        source.sendall(too_busy(data))
                        break
                if up and self.withholds and self.withholds in data.split(b"\r\n")[0]:
                    break
                if up and self.falsifies and self.falsifies[0] in data.split(b"\r\n")[0]:
                    source.sendall(answer(*self.falsifies[1:]))
                    break
                # The switch of protocols and the folder's name pass; what is longer is an answer to a ballot.
                if not up and told["socket"] and self.swallows_answers and len(data) > 1_000:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def cut(self):
        self.is_cut = True
        for each in self.open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def mend(self):
        self.is_cut = self.swallows_answers = self.is_busy = False

    def close(self):
        self.cut()
        self.listener.close()


def answer(kind, body):
    head = [b"HTTP/1.1 200 OK", b"Content-Type: " + kind, b"Content-Length: %d" % len(body), b"Cache-Control: no-store", b"Connection: close", b"", b""]
    return b"\r\n".join(head) + body


def too_busy(request):
    """RFC 6455: the switch of protocols, and a frame that closes with 1013, "try again later"."""
    key = next(line.split(b":")[1].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Protocol: veche.v2",
            b"Sec-WebSocket-Accept: " + accept, b"", b""]
    return b"\r\n".join(head) + bytes([0x88, 2]) + (1013).to_bytes(2, "big")
