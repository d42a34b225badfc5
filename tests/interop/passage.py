"""A way to a server that a test can watch and disturb: hands each request on, and back what the server answers."""
import http.server
import threading
import urllib.error
import urllib.request


class Passage:
    """`ready` is the server's base as seen through it. `before(path, headers)` is called with each request before it is handed on."""

    def __init__(self, base, before):
        origin, _, path = base.partition("//")
        host, _, rest = path.partition("/")
        far = f"{origin}//{host}"

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                before(self.path, self.headers)
                # The server names itself in its links by the Host that it was asked for.
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "accept-encoding")}
                try:
                    answer = urllib.request.urlopen(urllib.request.Request(far + self.path, headers=headers), timeout=60)
                except urllib.error.HTTPError as error:
                    answer = error
                body = answer.read()
                self.send_response(answer.status)
                for name in ("Content-Type", "Date", "ETag"):
                    if answer.headers.get(name):
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.ready = f"http://127.0.0.1:{self.server.server_port}/{rest}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
