# python-scp.py put|get HOST PORT USER KEY FROM TO: one recursive transfer with times, by paramiko and python3-scp.
import sys

import paramiko
import scp

direction, host, port, user, key, source, target = sys.argv[1:]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.WarningPolicy())
client.connect(host, int(port), user, key_filename=key, look_for_keys=False, allow_agent=False)
with scp.SCPClient(client.get_transport()) as transfer:
    if direction == "put":
        transfer.put(source, target, recursive=True, preserve_times=True)
    else:
        transfer.get(source, target, recursive=True, preserve_times=True)
client.close()
