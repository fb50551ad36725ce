# python-scp.py put|get file|tree HOST PORT USER KEY FROM TO: one transfer by paramiko and python3-scp.
# A tree is copied with its times.
import sys

import paramiko
import scp

direction, kind, host, port, user, key, source, target = sys.argv[1:]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.WarningPolicy())
client.connect(host, int(port), user, key_filename=key, look_for_keys=False, allow_agent=False)
tree = kind == "tree"
with scp.SCPClient(client.get_transport()) as transfer:
    copy = transfer.put if direction == "put" else transfer.get
    copy(source, target, recursive=tree, preserve_times=tree)
client.close()
