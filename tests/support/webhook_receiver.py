"""A receiver of webhooks on loopback that keeps what it is sent and answers as it is told."""
import http.server
import ssl
import threading


class Receiver:
    """Use as a context manager. `answers`: what the next requests get, as status or (status, headers) or None, for the connection's end without
    an answer; then `always`. `says`: the content of an answer 200. `tls`: files of certificate and key."""

    def __init__(self, always=204, says=None, tls=None):
        self.requests, self.answers, self.always = [], [], 200 if says else always
        self.taken = []  # (id, body) of those that were not refused
        self.scheme = "https" if tls else "http"
        self.on_request = lambda: None  # runs when a request has come whole and has no answer yet
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                receiver.on_request()
                answer = receiver.answers.pop(0) if receiver.answers else receiver.always
                if answer in (None, 200, 204):
                    receiver.taken.append((self.headers["webhook-id"], body))
                if answer is None:
                    self.close_connection = True
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                content = says if says and status == 200 else b""
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:  # who asked is gone
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}/hook"
