"""The programs under test and their surroundings: vdirectord, keepalived, web servers."""

import json
import re
import signal

from .netns import BUILD, SLOW, wait


class Program:
    """A daemon with a configuration file, in one host; started and stopped at will."""

    def __init__(self, host, config, name):
        self.host, self.name = host, name
        self.directory = host.directory / name
        self.directory.mkdir()
        self.config = self.directory / f"{name}.conf"
        self.log = host.directory / f"{name}.log"
        self.process = None
        self.write(config)

    def write(self, config):
        """Replaces the configuration file; the program learns of it by reload()."""
        self.config.write_text(config, encoding="utf-8")

    def command(self):
        raise NotImplementedError

    def start(self):
        assert not self.running(), f"{self.name} runs already"
        self.process = self.host.spawn(*self.command(), log=self.log)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=30):
        """Ends it with a signal; returns its exit status (negative: died of a signal)."""
        if self.running():
            self.process.send_signal(number)
        return self.process.wait(timeout * SLOW)

    def reload(self):
        self.send(signal.SIGHUP)

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def wait_log(self, pattern, timeout=10):
        """Waits for a line that matches the regular expression; returns the match."""
        return wait(lambda: re.search(pattern, self.log_text(), re.MULTILINE), timeout,
                    f"{self.host}: {self.name} logs {pattern!r}")


class Director(Program):
    """vdirectord in a host, with a runtime directory of its own."""

    program = BUILD / "vdirectord"

    def __init__(self, host, config, *arguments, name="vdirectord"):
        super().__init__(host, config, name)
        self.runtime = self.directory / "run"
        self.arguments = arguments

    def command(self):
        return [self.program, "--foreground", "--config", self.config,
                "--runtime-dir", self.runtime, *self.arguments]

    def start(self, ready=True):
        """Starts it; returns when it answers vdctl (unless ready is False)."""
        super().start()
        if ready:
            wait(self._ready, 10, f"{self.host}: vdirectord answers\n{self.log_text()}")
        return self

    def kill(self):
        """kill -9 for all its processes at once."""
        self.host.kill_all(self.program)
        self.process.wait()

    def vdctl(self, *arguments, check=True):
        """Runs vdctl against it; the finished process."""
        return self.host.run(BUILD / "vdctl", "--runtime-dir", self.runtime, *arguments,
                             check=check)

    def status(self):
        """The parsed answer of `vdctl status --json`."""
        return json.loads(self.vdctl("status", "--json").stdout)

    def instance(self, name):
        return _named(self.status()["instances"], name)

    def state(self, name):
        """"init", "backup", "active" or "fault"."""
        return self.instance(name)["state"]

    def service(self, address, port):
        """The service of this address (text) and port."""
        return next(service for service in self.status()["services"]
                    if (service["address"], service["port"]) == (address, port))

    def server(self, address, port, service=None):
        """The first server of this address and port, of all services or of one."""
        services = [service] if service else self.status()["services"]
        return next(server for one in services for server in one["servers"]
                    if (server["address"], server["port"]) == (address, port))

    def role(self, name):
        """The first process of this role: dictionary with name, pid, state, restarts."""
        return _named(self.status()["roles"], name)

    def wait_state(self, name, state, timeout=10):
        return self.wait_status(lambda status: _named(status["instances"], name)["state"] == state,
                                timeout, f"{self.host}: {name} is {state}")

    def wait_deposed(self, before, timeout=10):
        """Waits until an Active instance has lost its role since it was `before`, an answer of
        instance(); it may have it back already."""
        wait(lambda: self.instance(before["name"])["since"] != before["since"], timeout,
             f"{self.host}: {before['name']} gives way")
        self.wait_log(rf"\b{re.escape(before['name'])}: active → backup")

    def wait_status(self, predicate, timeout=10, what=""):
        """Waits until predicate(status) is true; returns that status."""
        last = {}

        def check():
            answer = self.vdctl("status", "--json", check=False)
            if answer.returncode != 0:
                last["error"] = answer.stderr
                return None
            last["status"] = status = json.loads(answer.stdout)
            return status if predicate(status) else None
        try:
            return wait(check, timeout, what or "status")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{json.dumps(last, indent=1)}") from None

    def _ready(self):
        if not self.running():
            raise AssertionError(f"{self.host}: vdirectord ended with {self.process.returncode}\n"
                                 f"{self.log_text()}")
        return self.vdctl("status", "--json", check=False).returncode == 0


class Keepalived(Program):
    """Debian's keepalived, as a peer and as the thing to compare with."""

    def __init__(self, host, config, *arguments, name="keepalived"):
        super().__init__(host, config, name)
        self.arguments = arguments

    def command(self):
        pid = self.directory
        return ["keepalived", "--dont-fork", "--log-console", "--log-detail",
                "--use-file", self.config, "--pid", pid / "main.pid",
                "--vrrp_pid", pid / "vrrp.pid", "--checkers_pid", pid / "check.pid",
                *self.arguments]


class WebServer(Program):
    """nginx with fixed pages, in the foreground. pages: {"/": "node1"}; status 200 for all."""

    def __init__(self, host, pages, listen="0.0.0.0:80", name="nginx"):
        self.pages = pages
        directory = host.directory / name
        locations = "\n".join(f'        location = {path} {{ return 200 "{body}\\n"; }}'
                              for path, body in pages.items())
        super().__init__(host, f"""\
user root;
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {directory}/access.log;
    default_type text/plain;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen {listen};
{locations}
    }}
}}
""", name)
        self.listen = listen

    def command(self):
        return ["nginx", "-c", self.config, "-p", self.directory, "-e", self.directory / "error.log"]

    def start(self):
        super().start()
        port = int(self.listen.rsplit(":", 1)[1])
        wait(lambda: self._listens(port), 10, f"{self.host}: nginx listens on {port}")
        return self

    def stop(self, number=signal.SIGQUIT, timeout=30):
        """Stops as its service does: no new connections, those under way are served."""
        return super().stop(number, timeout)

    def _listens(self, port):
        shown = self.host.run("ss", "-Hltn", f"sport = :{port}").stdout
        return bool(shown.strip())


def _named(entries, name):
    for entry in entries:
        if entry["name"] == name:
            return entry
    raise AssertionError(f"no {name} among {[entry['name'] for entry in entries]}")
