"""Runs a command and prints as JSON what it took: wall time, CPU time and peak memory of it and of all it waited for.

A process of its own because neither is to be had from Node, and because the peak of a process started by a large one begins at
the size of its parent: this parent is small. The clock starts when the command does, not when Python does.
"""

import json
import os
import sys
import time

null = os.open(os.devnull, os.O_RDWR)
descriptors = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
command = sys.argv[1:]
start = time.monotonic()
child = os.posix_spawnp(command[0], command, os.environ, file_actions=descriptors)
status, usage = os.wait4(child, 0)[1:]
seconds = time.monotonic() - start
# Kilobytes, except on macOS, where they are bytes.
peak = usage.ru_maxrss // 1024 if sys.platform == "darwin" else usage.ru_maxrss
print(
    json.dumps(
        {
            "exit": os.waitstatus_to_exitcode(status),
            "seconds": seconds,
            "cpuSeconds": usage.ru_utime + usage.ru_stime,
            "peakRssKiB": peak,
        }
    )
)
