"""Runs every command that stands in a `sh` block of README.md and docs/."""

import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import threading
import urllib.request

import pytest
from perigee_host import end_with_parent

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SERVERS = re.compile(r"^(scripts/run|\.build/release/perigee serve)\b")
# These go on until they are stopped.
STREAMS = re.compile(r"^curl -sN ")
# The tests themselves are what runs this file.
LEFT_OUT = {"scripts/test"}


def commands():
    for document in DOCUMENTS:
        for block in re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                if line and line not in LEFT_OUT:
                    yield pytest.param(line, id=f"{document.name}: {line}")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Copies of the examples, so that `perigee new` leaves the checkout as it is; a free port."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(ROOT / "Plugins", folder / "Plugins")
    return {
        **os.environ,
        "PERIGEE_SERVER_PLUGINS": str(folder / "Plugins"),
        "PERIGEE_SERVER_PORT": "0",
        "CLOCK_KEY": "a key of these tests",
    }


class Server:
    """A host that a command started; it tells its address in its log."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=ROOT, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=end_with_parent)
        self.url = None
        self.log = []
        self.told = threading.Event()
        # All of it is read: a host whose log nobody takes stands still when the pipe is full.
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.told.wait()

    def read(self):
        for line in self.process.stdout:
            self.log.append(line)
            found = re.search(r"serves (https?://\S+?)/$", line.strip())
            if found and not self.url:
                self.url = found.group(1)
                self.told.set()
        self.process.stdout.close()
        self.told.set()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=60)
        self.reader.join(timeout=60)
        return status


def trust(url):
    """Trusts the certificate that `perigee dev-cert` has made."""
    if url.startswith("https:"):
        return ssl.create_default_context(cafile=ROOT / ".perigee" / "dev-cert.pem")
    return None


@pytest.fixture(scope="module")
def url(environment):
    server = Server(".build/release/perigee serve", environment)
    assert server.url, "".join(server.log)
    yield server.url
    assert server.stop() == 0


@pytest.mark.parametrize("command", list(commands()))
def test_command_works_as_written(command, environment, url):
    if SERVERS.match(command):
        server = Server(command, environment)
        try:
            assert server.url, "".join(server.log)
            for path in ["/", "/pingpong/", "/chat/", "/perigee.js"]:
                with urllib.request.urlopen(server.url + path, context=trust(server.url)) as reply:
                    assert reply.status == 200 and reply.read()
        finally:
            assert server.stop() == 0
        return
    command = command.replace("http://127.0.0.1:8080", url)
    if STREAMS.match(command):
        with subprocess.Popen(
                ["bash", "-c", f"exec {command}"], stdout=subprocess.PIPE, text=True) as stream:
            assert any(line.startswith("data: ") for line in stream.stdout)
            stream.kill()
        return
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
