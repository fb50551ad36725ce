"""OpenStack Swift with its S3 API, whole, in one process: proxy, account, container and object server on loopback.

Usage: swift.py FOLDER. Prints the port of the S3 API when it listens, and ends with its standard input.
"""

import eventlet

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

import os
import sys

folder = os.path.abspath(sys.argv[1])
config = os.path.join(folder, "swift.conf")
with open(config, "w") as file:
    file.write("[swift-hash]\nswift_hash_path_suffix = scpkit\n[swift-constraints]\nmax_object_name_length = 1024\n")

# Nothing here has to survive a power failure.
os.fsync = os.fdatasync = lambda fd: None

from swift.common import utils

utils.SWIFT_CONF_FILE = config
utils.HASH_PATH_SUFFIX = b"scpkit"

from swift.common import storage_policy
from swift.common.http_protocol import SwiftHttpProtocol
from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp

class Silence:
    def write(self, text):
        pass

class Cache:
    """What memcached is to Swift, for one process."""

    def __init__(self):
        self.values = {}

    def get(self, key, raise_on_error=False):
        return self.values.get(key)

    def set(self, key, value, **_):
        self.values[key] = value

    def delete(self, key, server_key=None):
        self.values.pop(key, None)

cache = Cache()

def with_cache(app):
    def call(env, start_response):
        env["swift.cache"] = cache
        return app(env, start_response)
    return call

def start(sock, name, text):
    path = os.path.join(folder, name + ".conf")
    with open(path, "w") as file:
        file.write(text)
    app = with_cache(loadapp(path, global_conf={}))
    eventlet.spawn(eventlet.wsgi.server, sock, app, Silence(), protocol=SwiftHttpProtocol)

devices = os.path.join(folder, "devices")
os.makedirs(os.path.join(devices, "d1"))
common = f"[DEFAULT]\nswift_dir = {folder}\ndevices = {devices}\nmount_check = false\nlog_address = /nonexistent\nfallocate_reserve = 0\n"

sockets = {}
for name in ["account", "container", "object"]:
    sockets[name] = eventlet.listen(("127.0.0.1", 0), backlog=512)
    ring = RingBuilder(2, 1, 0)
    port = sockets[name].getsockname()[1]
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1,
                  "replication_ip": "127.0.0.1", "replication_port": port})
    ring.rebalance()
    ring.get_ring().save(os.path.join(folder, name + ".ring.gz"))

storage_policy.reload_storage_policies()
for name, sock in sockets.items():
    start(sock, name + "-server", f"{common}[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n")

proxy = eventlet.listen(("127.0.0.1", 0), backlog=512)
start(proxy, "proxy-server", common + """
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_guest = guesting
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
""")
print(proxy.getsockname()[1], flush=True)
eventlet.tpool.execute(sys.stdin.read)
