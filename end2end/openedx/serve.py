#!/usr/bin/env python3
"""Serves Open edX' own LTI consumer on loopback until it is told to stop. See README.md."""
import argparse
import json
import signal
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler

from standin import project
from standin.course import Course


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the database")
    parser.add_argument("--tool", required=True, help="the tool's public address")
    parser.add_argument(
        "--block", action="append", required=True, metavar="NAME=PARAMETERS",
        help="a block and its custom parameters, such as first=project=my-project;task=a",
    )
    parser.add_argument(
        "--field", action="append", default=[], metavar="BLOCK.FIELD=JSON",
        help='what the author chose otherwise, such as first.launch_target="modal"',
    )
    parser.add_argument("--pupils", type=int, default=0, help="how many more learners are enrolled")
    parser.add_argument("--share-names", action="store_true", help="the course gives names and addresses out in its roster")
    return parser.parse_args()


class QuietHandler(WSGIRequestHandler):
    """Says nothing about requests that went well."""

    def log_request(self, code="-", size="-"):
        if not str(code).startswith(("2", "3")):
            super().log_request(code, size)


def main():
    """Sets everything up, says so on one line of standard output, and serves."""
    chosen = arguments()
    blocks = dict(block.split("=", 1) for block in chosen.block)
    course = Course(f"http://127.0.0.1:{chosen.port}", chosen.tool.rstrip("/"), blocks, chosen.pupils, chosen.share_names)
    for field in chosen.field:
        place, value = field.split("=", 1)
        course.choose(*place.split(".", 1), json.loads(value))
    chosen.data.mkdir(parents=True, exist_ok=True)
    project.configure(course, chosen.data)

    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", chosen.port), QuietHandler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"Open edX listens on {course.url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
