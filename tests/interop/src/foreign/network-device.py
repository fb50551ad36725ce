#!/usr/bin/python3
"""An SSH server whose scp ends its conversations as some network devices do.

network-device.py PORT MODE FOLDER: stores uploads in FOLDER and sends FOLDER/src. Any key logs in. MODE is one of
  eof-aborts    the client has gone when its input ends within half a second after a file, before the reply to it (Cisco IOS XR)
  status-first  the exit status comes before everything else
  status-early  the exit status comes before the reply to the first file, or before the data of a download
  talks-on      a farewell follows the last reply
  one-session   a second session on a connection is refused until the first has ended
  one-command   a second session on a connection is refused for ever
  ends-with-it  the connection ends with its first session
"""
import logging, os, socket, sys, threading, time, warnings

warnings.filterwarnings("ignore")
import paramiko

PORT, MODE, FOLDER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
logging.disable(logging.CRITICAL)


class Gone(Exception):
    pass


class Server(paramiko.ServerInterface):
    def __init__(self, transport):
        self.transport = transport
        self.sessions = 0

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, channel_id):
        if MODE in ("one-session", "one-command", "ends-with-it") and self.sessions > 0:
            return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        self.sessions += 1
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=self.run, args=(channel, command.decode()), daemon=True).start()
        return True

    def run(self, channel, command):
        try:
            time.sleep(0.05)
            if MODE == "status-first":
                channel.send_exit_status(0)
            path = os.path.join(FOLDER, os.path.basename(command.split()[-1]))
            (sink if " -t " in command else source)(channel, path)
            if MODE == "talks-on":
                channel.sendall(b"\r\nConnection closed by device\r\n")
            if not MODE.startswith("status"):
                channel.send_exit_status(0)
        except (Gone, OSError):
            pass
        channel.close()
        time.sleep(0.05)
        if MODE == "ends-with-it":
            self.transport.close()
        if MODE != "one-command":
            self.sessions -= 1


def read(channel, size):
    data = b""
    while len(data) < size:
        chunk = channel.recv(min(32768, size - len(data)))
        if not chunk:
            raise Gone()
        data += chunk
    return data


def line(channel):
    text = b""
    while not text.endswith(b"\n"):
        text += read(channel, 1)
    return text


def sink(channel, path):
    channel.sendall(b"\0")
    while True:
        try:
            record = line(channel)
        except Gone:
            return
        channel.sendall(b"\0")
        _, size, name = record.decode().rstrip("\n").split(" ", 2)
        data = read(channel, int(size) + 1)[:-1]
        if MODE == "eof-aborts":
            channel.settimeout(0.5)
            try:
                if channel.recv(1) == b"":
                    raise Gone()
            except socket.timeout:
                pass
            channel.settimeout(None)
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        if MODE == "status-early":
            channel.send_exit_status(0)
            time.sleep(0.2)
        channel.sendall(b"\0")


def source(channel, path):
    with open(path, "rb") as file:
        data = file.read()
    read(channel, 1)
    channel.sendall(b"C0644 %d %s\n" % (len(data), os.path.basename(path).encode()))
    read(channel, 1)
    if MODE == "status-early":
        channel.send_exit_status(0)
        time.sleep(0.2)
    channel.sendall(data + b"\0")
    read(channel, 1)


key = paramiko.ECDSAKey.from_private_key_file(os.environ["HOST_KEY"])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", PORT))
listener.listen(50)
while True:
    connection, _ = listener.accept()

    def serve(connection):
        transport = paramiko.Transport(connection)
        transport.local_version = "SSH-2.0-device_1.0"
        transport.add_server_key(key)
        try:
            transport.start_server(server=Server(transport))
        except Exception:
            pass

    threading.Thread(target=serve, args=(connection,), daemon=True).start()
