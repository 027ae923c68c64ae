"""The model's own process: serves a GGUF file on a free loopback port until its standard input closes.

It is run as a file, not imported: what goes wrong in native code ends this process and not the one that asks, loading
does not hold the asking process up, and when that process ends in whatever way, this one sees its input close.
Input: one JSON line {"path", "key", "context"}. Output: one line, the address or "error: ...".
"""

import json
import os
import signal
import sys


def main() -> int:
    """Serve until the input closes, which ends the process; 1 when the model cannot be loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    request = json.loads(sys.stdin.readline())
    try:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = request["path"]
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [request["key"]]
        params.n_ctx = request["context"]
        params.n_parallel = 1
        params.ui = False
        params.verbosity = -1
        server = xllamacpp.Server(params)
    except (ImportError, RuntimeError) as error:
        print("error:", " ".join(str(error).split()), flush=True)
        return 1
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # to take the server apart while it answers is to wait for ever, with two gigabytes in memory


if __name__ == "__main__":
    sys.exit(main())
