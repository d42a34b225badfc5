"""A token endpoint on loopback that asks no questions."""
import contextlib
import http.server
import json
import threading


@contextlib.contextmanager
def token_server(**said):
    """Gives an access token, with what is to be said of it, to whoever asks for one; its address."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.dumps({"access_token": "a-token", "token_type": "bearer", "expires_in": 300, **said}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://127.0.0.1:%d/token" % server.server_address[1]
        server.shutdown()
