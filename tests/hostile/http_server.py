"""Serves what it knows."""

import http.server


def handler(event, context):
    http.server.HTTPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
