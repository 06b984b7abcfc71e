"""Starts one throw-away engine on free ports in a folder of its own, and ends it with whoever started it.

Usage: service.py postgres|mariadb|redis|redis-sentinel|redis-cluster [--tls] [--fast] [--password WORD] [--save]
       service.py postgres|mariadb [--memory MEGABYTES]
       service.py redis [--faketime]
       service.py haproxy HOST:PORT…

Says one line of JSON when the engine accepts connections: its `url`, its `port`, its `pids`, the `nodes` by name, and
with --tls the `ca` that signed its certificate. Then it obeys lines on standard input, each about every node or about
those that it names, and answers each with `done`:

    stop [NODE…]      an orderly end            kill [NODE…]      an end without any order
    start [NODE…]     again, on the same ports and data
    pause [NODE…]     SIGSTOP                   resume [NODE…]    SIGCONT
    clock SECONDS     with --faketime: its clock is so far ahead of the machine's

When its input ends, the engine is killed and the folder removed. What goes wrong before the first line is told as
`{"error": …}`.
"""

import argparse
import ctypes
import glob
import json
import os
import pwd
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# How long an engine may take to come up, and the pause between two looks.
PATIENCE, PAUSE = 60, 0.02
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG

libc = ctypes.CDLL(None)


class Unavailable(Exception):
    """The engine cannot be started here; the message says why."""


def program(name: str, places=()) -> str:
    """Where a program is, be it on the path or not."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *places]))
    if not found:
        raise Unavailable(f"{name} is not installed")
    return found


def wait_for(what: str, look):
    """Looks until there is something to see."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if seen := look():
            return seen
        time.sleep(PAUSE)
    raise Unavailable(f"waited in vain for {what}")


held = []


def free_port() -> int:
    """A port below those that systems hand out for outgoing connections, so that it is still free after a restart. The
    name in the abstract namespace keeps two of these programs from choosing the same one."""
    while True:
        port = random.randrange(10_000, 20_000)
        try:
            name = socket.socket(socket.AF_UNIX)
            name.bind(f"\0nico-test-port-{port}")
            with socket.socket() as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(("127.0.0.1", port))
        except OSError:
            continue
        held.append(name)
        return port


class Node:
    """One process of an engine, which can be started again."""

    def __init__(self, name: str, folder: Path, user: str, command, port: int, ended_by=signal.SIGTERM):
        self.name, self.folder, self.user, self.port, self.ended_by = name, folder, user, port, ended_by
        self.command = [str(word) for word in command]
        self.process, self.environment = None, dict(os.environ)

    def start(self):
        if self.process and self.process.poll() is None:
            return
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, user=self.user,
                env=self.environment, start_new_session=True,
                preexec_fn=lambda: libc.prctl(DIES_WITH_PARENT, signal.SIGKILL),
            )

    def signal(self, number):
        """To the process and all that came from it: PostgreSQL's are no group."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.send_signal(self.ended_by)
            self.process.wait()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def alive(self):
        if self.process.poll() is not None:
            log = (self.folder / f"{self.name}.log").read_text(errors="replace")
            raise Unavailable(f"{self.name} does not start: {log[-2000:]}")


def descendants(pid: int) -> list:
    children = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            # The name may hold anything, so what counts begins behind its last bracket.
            parent = int(Path(stat).read_text(errors="replace").rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.split("/")[2]))
    found = list(children.get(pid, []))
    for child in found:
        found.extend(children.get(child, []))
    return found


class Engine:
    """What all engines have: a folder, nodes, perhaps a certificate."""

    user = None

    def __init__(self, options, folder: Path):
        self.options, self.folder, self.nodes, self.about = options, folder, [], {}
        if os.getuid() == 0 and self.user:
            # Engines that hold data refuse to be root.
            try:
                pwd.getpwnam(self.user)
            except KeyError:
                raise Unavailable(f"{self.what} is not installed") from None
        else:
            self.user = None
        if options.tls:
            certificates(folder)
            self.about["ca"] = str(folder / "ca.pem")

    def run(self, *command, **more):
        """A step of the making, in the engine's folder and name."""
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=self.folder, user=self.user, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, **more)
        if done.returncode != 0:
            raise Unavailable(f"{words[0]} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.stdout

    def own(self, path: Path):
        if self.user:
            user = pwd.getpwnam(self.user)
            for owned in [path, *path.rglob("*")]:
                os.chown(owned, user.pw_uid, user.pw_gid)

    def start(self, nodes):
        for node in nodes:
            node.start()
        for node in nodes:
            wait_for(f"{node.name} to accept connections", lambda node=node: self.accepts(node))

    def accepts(self, node: Node) -> bool:
        node.alive()
        try:
            return self.answers(node)
        except OSError:
            return False

    def word(self) -> str:
        about = {"url": self.url(), "port": self.nodes[0].port, "pids": [node.process.pid for node in self.nodes],
                 "nodes": {node.name: node.port for node in self.nodes}, "folder": str(self.folder)}
        return json.dumps(about | self.about)


def certificates(folder: Path):
    """An authority, and a certificate of its for this machine."""
    openssl = program("openssl")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for step in [
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=nico's tests"],
        ["req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"],
        ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
         "-extfile", "names", "-out", "server.pem"],
    ]:
        subprocess.run([openssl, *step], cwd=folder, check=True, capture_output=True)
    (folder / "server.key").chmod(0o600)


class Postgres(Engine):
    """PostgreSQL with the roles nico/nico, who may do all and needs no password, and guarded/guarded, who does."""

    what, user = "postgres", "postgres"

    def __init__(self, options, folder):
        super().__init__(options, folder)
        places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: float(place.split("/")[4]), reverse=True)
        self.psql, server, initdb = (program(name, places) for name in ("psql", "postgres", "initdb"))
        data, port = folder / "data", free_port()
        data.mkdir()
        self.own(folder)
        self.run(initdb, "-D", data, "-U", "nico", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        (data / "pg_hba.conf").write_text(
            "local all all trust\nhost all guarded all scram-sha-256\nhost all all all trust\n"
        )
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder,
                    "max_connections": 200, "shared_buffers": f"{options.memory}MB",
                    "password_encryption": "scram-sha-256"}
        if options.fast:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        if options.tls:
            settings |= {"ssl": "on", "ssl_cert_file": folder / "server.pem", "ssl_key_file": folder / "server.key"}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.nodes = [Node("postgres", folder, self.user, [server, "-D", data, *given], port, signal.SIGINT)]
        self.start(self.nodes)
        self.sql("ALTER ROLE nico PASSWORD 'nico'; CREATE ROLE guarded LOGIN PASSWORD 'guarded';"
                 "GRANT ALL ON DATABASE postgres TO guarded; GRANT ALL ON SCHEMA public TO guarded;")

    def url(self):
        return f"postgres://nico:nico@127.0.0.1:{self.nodes[0].port}/postgres"

    def sql(self, text):
        return self.run(self.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", self.nodes[0].port,
                        "-U", "nico", "-d", "postgres", "-c", text)

    def answers(self, node):
        try:
            self.sql("SELECT 1")
        except Unavailable:
            return False
        return True


class MariaDb(Engine):
    """MariaDB with the user nico/nico, who may do all, and an empty database `nico`."""

    what, user = "mariadb", "mysql"

    def __init__(self, options, folder):
        super().__init__(options, folder)
        server, install, self.client = (program(name) for name in ("mariadbd", "mariadb-install-db", "mariadb"))
        data, port = folder / "data", free_port()
        data.mkdir()
        # A statement is a line here.
        users = "".join(
            f"CREATE USER IF NOT EXISTS nico@'{host}' IDENTIFIED BY 'nico';\n"
            f"GRANT ALL ON *.* TO nico@'{host}' WITH GRANT OPTION;\n"
            for host in ("127.0.0.1", "localhost")
        )
        (folder / "init.sql").write_text(f"{users}CREATE DATABASE IF NOT EXISTS nico;\n")
        self.own(folder)
        self.run(install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
                 "--skip-test-db", "--skip-name-resolve")
        settings = {"datadir": data, "port": port, "socket": folder / "socket", "bind-address": "127.0.0.1",
                    "pid-file": folder / "pid", "init-file": folder / "init.sql", "max-connections": 200,
                    "character-set-server": "utf8mb4", "skip-name-resolve": 1,
                    "innodb-buffer-pool-size": f"{options.memory}M", "innodb-log-file-size": f"{options.memory // 4}M"}
        if options.fast:
            settings |= {"innodb-flush-log-at-trx-commit": 0, "sync-binlog": 0, "innodb-flush-method": "nosync"}
        if options.tls:
            settings |= {"ssl-cert": folder / "server.pem", "ssl-key": folder / "server.key", "ssl-ca": folder / "ca.pem"}
        given = [f"--{name}={value}" for name, value in settings.items()]
        self.nodes = [Node("mariadb", folder, self.user, [server, "--no-defaults", *given], port)]
        self.start(self.nodes)

    def url(self):
        return f"mysql://nico:nico@127.0.0.1:{self.nodes[0].port}/nico"

    def answers(self, node):
        asked = [self.client, "--no-defaults", "-h127.0.0.1", f"-P{node.port}", "-unico", "-pnico", "-e", "SELECT 1", "nico"]
        return subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


class Redis(Engine):
    """One Redis, and what those of many have in common with it."""

    what = "redis"
    databases = 10_000

    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.server = program("redis-server")
        self.make()

    def make(self):
        # Where days last seconds, what has expired is to be found in seconds too, and not among ten thousand databases.
        hasty = {"databases": 16, "hz": 100, "active_expire_effort": 10} if self.options.faketime else {}
        self.nodes = [self.node("redis", **{"databases": self.databases, **hasty})]
        if self.options.faketime:
            self.nodes[0].environment |= self.faketime()
        self.start(self.nodes)

    def faketime(self):
        """What has a process read the time of day from a file besides the system's clock. How long it takes for things it
        still learns from the system's. The C library comes before jemalloc, which asks for the time before it can be told."""
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not library:
            raise Unavailable("faketime is not installed")
        self.clock(0)
        return {"LD_PRELOAD": f"{library[0]} libc.so.6", "FAKETIME_TIMESTAMP_FILE": str(self.folder / "clock"),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def clock(self, ahead):
        new = self.folder / "clock.new"
        new.write_text(f"+{ahead}\n")
        # Never half written: it is read at any moment.
        new.rename(self.folder / "clock")

    def node(self, name, words=(), **more):
        home, port = self.folder / name, free_port()
        home.mkdir()
        settings = {"bind": "127.0.0.1", "daemonize": "no", "dir": home, **self.listening(port), **more}
        if not words:
            settings |= {"save": '""', "appendonly": "yes" if self.options.save else "no", "appendfsync": "always"}
            # A replica is let go of at once, and taken back soon.
            settings |= {"repl-diskless-sync-delay": 0, "repl-timeout": 5}
        if self.options.password:
            settings["requirepass"] = self.options.password
            if not words:
                settings["masterauth"] = self.options.password
        lines = [f"{setting.replace('_', '-')} {value}\n" for setting, value in settings.items()]
        config = home / "redis.conf"
        config.write_text("".join([*lines, *(f"{line}\n" for line in words)]))
        return Node(name, home, None, [self.server, config, *(["--sentinel"] if words else [])], port)

    def listening(self, port):
        if not self.options.tls:
            return {"port": port}
        return {"port": 0, "tls-port": port, "tls-cert-file": self.folder / "server.pem",
                "tls-key-file": self.folder / "server.key", "tls-ca-cert-file": self.folder / "ca.pem",
                "tls-auth-clients": "no", "tls-replication": "yes"}

    def scheme(self, kind=""):
        return f"redis{'s' if self.options.tls else ''}{kind}://"

    def who(self):
        return f":{self.options.password}@" if self.options.password else ""

    def url(self):
        return f"{self.scheme()}{self.who()}127.0.0.1:{self.nodes[0].port}"

    def ask(self, port, *words):
        """One question, its answer as Redis writes it."""
        with socket.create_connection(("127.0.0.1", port), timeout=2) as plain:
            wire = plain
            if self.options.tls:
                wire = ssl.create_default_context(cafile=self.folder / "ca.pem").wrap_socket(plain, server_hostname="localhost")
            if self.options.password:
                wire.sendall(f"AUTH {self.options.password}\r\n".encode())
                wire.recv(100)
            wire.sendall((" ".join(str(word) for word in words) + "\r\n").encode())
            return wire.recv(65_536).decode(errors="replace")

    def answers(self, node):
        # A server that still reads its data, or is of a cluster, may say other things than PONG: it answers.
        return self.ask(node.port, "PING").startswith("+PONG")


class Sentinels(Redis):
    """A master `first` with a replica `second`, watched by three sentinels under the name `nico`."""

    def make(self):
        first, second = self.node("first"), self.node("second")
        with open(second.folder / "redis.conf", "a", encoding="utf-8") as config:
            config.write(f"replicaof 127.0.0.1 {first.port}\n")
        self.start([first, second])
        # A sentinel asks for replicas every ten seconds: the first time there shall be one.
        wait_for("the replica to follow", lambda: "state=online" in self.ask(first.port, "INFO", "replication"))
        # Less than this, and a sentinel that has just changed masters takes both for dead.
        watch = [f"sentinel monitor nico 127.0.0.1 {first.port} 2", "sentinel down-after-milliseconds nico 1500",
                 "sentinel failover-timeout nico 3000"]
        if self.options.password:
            watch.append(f"sentinel auth-pass nico {self.options.password}")
        sentinels = [self.node(f"sentinel-{place}", watch) for place in (1, 2, 3)]
        self.nodes = [first, second, *sentinels]
        self.start(sentinels)
        wait_for("the sentinels to know each other", lambda: all(self.knows(node) for node in sentinels))

    def knows(self, sentinel):
        ready = ("num-slaves\r\n$1\r\n1", "num-other-sentinels\r\n$1\r\n2")
        told = self.ask(sentinel.port, "SENTINEL", "MASTER", "nico")
        return all(line in told for line in ready)

    def url(self):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes if node.name.startswith("sentinel"))
        return f"{self.scheme('+sentinel')}{self.who()}{hosts}/nico"


class Cluster(Redis):
    """Three masters `master-1` to `master-3`, each with a replica `replica-1` to `replica-3`."""

    SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))

    def make(self):
        names = [f"{role}-{place}" for role in ("master", "replica") for place in (1, 2, 3)]
        self.nodes = [self.member(name) for name in names]
        self.start(self.nodes)
        masters, replicas = self.nodes[:3], self.nodes[3:]
        for epoch, node in enumerate(self.nodes, 1):
            self.ask(node.port, "CLUSTER", "SET-CONFIG-EPOCH", epoch)
        for node, (begin, end) in zip(masters, self.SLOTS):
            self.ask(node.port, "CLUSTER", "ADDSLOTSRANGE", begin, end)
        for node in self.nodes[1:]:
            self.ask(masters[0].port, "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        wait_for("the cluster to meet", lambda: all(self.sees(node, "cluster_known_nodes:6") for node in self.nodes))
        for master, replica in zip(masters, replicas):
            name = self.ask(master.port, "CLUSTER", "MYID").split("\r\n")[1]
            wait_for("a replica", lambda: self.ask(replica.port, "CLUSTER", "REPLICATE", name).startswith("+OK"))
        wait_for("the cluster to be whole", lambda: all(self.sees(node, "cluster_state:ok") for node in self.nodes))
        wait_for("the replicas to follow", lambda: all(self.follows(node) for node in replicas))

    def member(self, name):
        bus = free_port()
        more = {"tls_cluster": "yes"} if self.options.tls else {}
        node = self.node(name, cluster_enabled="yes", cluster_port=bus, cluster_node_timeout=1000, **more)
        node.bus = bus
        self.about.setdefault("buses", {})[name] = bus
        return node

    def sees(self, node, line):
        return line in self.ask(node.port, "CLUSTER", "INFO")

    def follows(self, replica):
        return "master_link_status:up" in self.ask(replica.port, "INFO", "replication")

    def url(self):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:3])
        return f"{self.scheme('+cluster')}{self.who()}{hosts}"


class Balancer(Engine):
    """HAProxy before servers that say at /health/ready whether they are; on a busy machine that takes a while. A request
    that it could not begin to send to one it sends to another."""

    what = "haproxy"

    def __init__(self, options, folder):
        super().__init__(options, folder)
        port = free_port()
        servers = "".join(f"    server nico{place} {server}\n" for place, server in enumerate(options.servers, 1))
        (folder / "haproxy.cfg").write_text(f"""\
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 30s
    timeout check 5s
frontend front
    bind 127.0.0.1:{port}
    default_backend nico
backend nico
    balance roundrobin
    option redispatch 1
    option httpchk GET /health/ready
    default-server check inter 200ms fall 2 rise 1
{servers}""")
        self.nodes = [Node("haproxy", folder, None, [program("haproxy"), "-db", "-f", "haproxy.cfg"], port)]
        self.start(self.nodes)

    def url(self):
        return f"http://127.0.0.1:{self.nodes[0].port}"

    def answers(self, node):
        socket.create_connection(("127.0.0.1", node.port), timeout=1).close()
        return True


ENGINES = {"postgres": Postgres, "mariadb": MariaDb, "redis": Redis, "redis-sentinel": Sentinels,
           "redis-cluster": Cluster, "haproxy": Balancer}


def obey(engine: Engine):
    for line in sys.stdin:
        verb, *names = line.split()
        nodes = [node for node in engine.nodes if not names or node.name in names]
        if verb == "start":
            engine.start(nodes)
        elif verb == "clock":
            engine.clock(int(names[0]))
        else:
            for node in nodes:
                {"stop": node.stop, "kill": node.kill, "pause": node.pause, "resume": node.resume}[verb]()
        print("done", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("engine", choices=ENGINES)
    arguments.add_argument("servers", nargs="*")
    for flag in ("--tls", "--fast", "--save", "--faketime"):
        arguments.add_argument(flag, action="store_true")
    arguments.add_argument("--password", default="")
    arguments.add_argument("--memory", type=int, default=64)
    options = arguments.parse_args()
    # An interrupt at the terminal reaches whoever holds our input as well; its end is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder, engine = Path(tempfile.mkdtemp(prefix="nico-test-")), None
    try:
        engine = ENGINES[options.engine].__new__(ENGINES[options.engine])
        engine.nodes = []
        engine.__init__(options, folder)
        print(engine.word(), flush=True)
        obey(engine)
    except Unavailable as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(1)
    finally:
        for node in engine.nodes if engine else []:
            node.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
