"""Stands between Keytrail and a service outside; passes requests on, but for those that a test takes into its own hands."""

import http.client
import http.server
import threading
import urllib.parse


class Proxy:
    """`meddle(request)` is asked first, on the request's own thread; what it has dealt with (true) goes no further."""

    def __init__(self, target, meddle):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                request = Request(self, target)
                try:
                    if not meddle(request):
                        request.answer(*request.forward())
                except OSError:  # whoever asked is gone, or the service is
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_one

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Request:
    """One request: its body is read when asked for, and once."""

    def __init__(self, handler, target):
        self.handler, self.target = handler, target
        self.method, self.path = handler.command, urllib.parse.unquote(urllib.parse.urlparse(handler.path).path)
        self.bucket = self.path.split("/")[1]
        self.length = int(handler.headers.get("content-length", 0))
        self.read = b""

    def body(self, count=None):
        """The first bytes, or all of them."""
        wanted = self.length if count is None else min(count, self.length)
        if len(self.read) < wanted:
            self.read += self.handler.rfile.read(wanted - len(self.read))
            if len(self.read) < wanted:
                raise ConnectionError("who asked is gone: a body that is not whole is nobody's object")
        return self.read[:wanted]

    def forward(self, body=None):
        """Status, headers and content of the service's answer; with another body if one is given."""
        onward = http.client.HTTPConnection("127.0.0.1", self.target, timeout=20)
        dropped = ("connection", "expect", "content-length") + (("content-md5",) if body is not None else ())
        headers = {k: v for k, v in self.handler.headers.items() if k.lower() not in dropped}
        onward.request(self.method, self.handler.path, self.body() if body is None else body, headers)
        got = onward.getresponse()
        content = got.read()
        kept = {k: v for k, v in got.getheaders() if k.lower() not in ("connection", "transfer-encoding", "content-length")}
        onward.close()
        return got.status, kept, content

    def answer(self, status, headers, content):
        self.body()
        self.handler.send_response_only(status)
        for name, value in headers.items():
            self.handler.send_header(name, value)
        if status not in (204, 304):
            self.handler.send_header("Content-Length", str(len(content)))
        self.handler.end_headers()
        if self.method != "HEAD":
            self.handler.wfile.write(content)
        self.handler.wfile.flush()
        return True

    def raw(self, text):
        self.handler.wfile.write(text)
        self.handler.wfile.flush()
        return True

    def drop(self):
        """The connection ends without an answer."""
        self.handler.close_connection = True
        self.handler.connection.close()
        return True
