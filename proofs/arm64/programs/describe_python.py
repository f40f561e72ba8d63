"""Print the machine and the Python that run this."""

import json
import platform
import sys

if __name__ == "__main__":
    described = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "libc": " ".join(platform.libc_ver()),
    }
    json.dump(described, sys.stdout)
