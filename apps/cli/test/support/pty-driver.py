"""Runs a program on a pseudo-terminal of its own and plays a person at it.

Standard input: JSON with argv, env, cwd, columns, rows, stdin ("terminal" or "null"), steps.
A step waits for the regular expression "expect" in what has been shown since the last step, then does what it says:
"send" types, "resize" is [rows, columns], "signal" goes to the program, all after "pause" seconds.
Standard output: JSON with what was shown, the exit status (negative: a signal), and whether the terminal shows and edits what is typed
("restored").
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

job = json.load(sys.stdin)


def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


pid, master = pty.fork()
if pid == 0:
    # Wait for the size to be set.
    time.sleep(0.05)
    if job.get("stdin") == "null":
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.chdir(job["cwd"])
    os.execvpe(job["argv"][0], job["argv"], job["env"])

resize(job.get("rows", 24), job.get("columns", 80))
shown = b""
seen = 0
steps = list(job["steps"])
problem = None
deadline = time.monotonic() + 40


def play():
    global seen
    while steps:
        step = steps[0]
        found = re.search(step["expect"].encode(), shown[seen:], re.S)
        if found is None:
            return
        seen += found.end()
        steps.pop(0)
        time.sleep(step.get("pause", 0))
        if "send" in step:
            os.write(master, step["send"].encode())
        if "resize" in step:
            resize(*step["resize"])
        if "signal" in step:
            os.kill(pid, getattr(signal, step["signal"]))


while True:
    play()
    if time.monotonic() > deadline:
        problem = "timed out" + (", waiting for " + steps[0]["expect"] if steps else "")
        os.kill(pid, signal.SIGKILL)
        break
    ready, _, _ = select.select([master], [], [], 0.5)
    if not ready:
        continue
    try:
        chunk = os.read(master, 65536)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
if steps and problem is None:
    problem = "never shown: " + steps[0]["expect"]
_, status = os.waitpid(pid, 0)
cooked = termios.ECHO | termios.ICANON | termios.ISIG
restored = termios.tcgetattr(master)[3] & cooked == cooked
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
text = shown.decode("utf-8", "backslashreplace")
json.dump({"shown": text, "status": code, "restored": restored, "problem": problem}, sys.stdout)
