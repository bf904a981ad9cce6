"""A model server in a process of its own, for benchmarks: fixed latency, short fixed answers."""

import sys
import threading

from tests.servers.model_server import plain, serving

with serving(plain, latency_s=float(sys.argv[1])) as server:
    print(server.address, flush=True)
    threading.Event().wait()
