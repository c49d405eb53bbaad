"""A wire between browser and server that can be cut."""

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
        # A request for such a path is not answered.
        self.withholds = None
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
                if up and self.withholds and self.withholds in data.split(b"\r\n")[0]:
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
        self.is_cut = self.swallows_answers = False

    def close(self):
        self.cut()
        self.listener.close()
