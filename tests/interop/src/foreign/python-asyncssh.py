# python-asyncssh.py put|get file|tree HOST PORT USER KEY FROM TO: one transfer by asyncssh.
import asyncio
import sys

import asyncssh

direction, kind, host, port, user, key, source, target = sys.argv[1:]


async def main():
    options = dict(port=int(port), username=user, client_keys=[key], known_hosts=None, config=None, agent_path=None)
    async with asyncssh.connect(host, **options) as connection:
        remote = (connection, target if direction == "put" else source)
        ends = (source, remote) if direction == "put" else (remote, target)
        tree = kind == "tree"
        await asyncssh.scp(*ends, recurse=tree, preserve=tree)


try:
    asyncio.run(main())
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
