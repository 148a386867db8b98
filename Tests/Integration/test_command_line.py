"""The executable's commands: what they print, and with which status they end."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from app_folder import AppFolder
from perigee_host import executable

GOOD = "return { on_hello = function() return true end }\n"


def perigee(*args: str, cwd=None, env: dict[str, str] | None = None):
    """Runs a command that ends by itself."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PERIGEE_")}
    return subprocess.run(
        [str(executable()), *map(str, args)],
        cwd=cwd,
        env={**clean, **(env or {})},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_help_names_every_command():
    result = perigee("--help")
    assert result.returncode == 0
    for command in ("serve", "check", "new", "types"):
        assert re.search(rf"^\s+{command}\b", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", ["serve", "check", "new", "types"])
def test_every_command_has_its_own_help(command):
    result = perigee(command, "--help")
    assert result.returncode == 0
    assert "USAGE" in result.stdout


def test_version_is_printed():
    result = perigee("--version")
    assert result.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", result.stdout)


def test_an_unknown_flag_is_an_error():
    result = perigee("serve", "--prot", "9000")
    assert result.returncode != 0
    assert "--prot" in result.stderr


def test_check_passes_when_every_app_loads(apps):
    apps.save("one.lua", GOOD)
    apps.save("two/init.lua", "local words = require('words')\nreturn { on_x = words.x }\n")
    apps.save("two/admin.lua", GOOD)
    apps.save("two/lib/words.lua", "return { x = function() end }\n")
    result = perigee("check", "--plugins", apps.plugins)
    assert result.returncode == 0
    for namespace in ("/one", "/two", "/two/admin"):
        assert re.search(rf"(?m){namespace}\b", result.stdout)


def test_check_reports_every_error_with_its_place(apps):
    apps.save("good.lua", GOOD)
    apps.save("syntax.lua", "local x = 1\nlocal = 2\n")
    apps.save("raises.lua", "\n\nerror('deliberate')\n")
    apps.save("missing.lua", "require('no_such_module')\n")
    apps.save("folder/init.lua", GOOD)
    apps.save("folder/app.toml", "titel = 'x'\n")
    result = perigee("check", "--plugins", apps.plugins)
    printed = result.stdout + result.stderr
    assert result.returncode != 0
    assert re.search(r"syntax\.lua:2:", printed)
    assert re.search(r"raises\.lua:3:.*deliberate", printed)
    assert re.search(r"missing\.lua:1:.*no_such_module", printed)
    assert re.search(r"folder/app\.toml.*titel.*title", printed)
    assert re.search(r"good", printed)


def test_check_stops_a_script_that_never_ends(apps):
    apps.save("endless.lua", "while true do end\n")
    result = perigee("check", "--plugins", apps.plugins)
    assert result.returncode != 0
    assert re.search(r"endless\.lua:1:", result.stdout + result.stderr)


def test_a_missing_folder_of_apps_is_an_error(tmp_path):
    result = perigee("check", "--plugins", tmp_path / "nowhere")
    assert result.returncode != 0
    assert "nowhere" in result.stdout + result.stderr


def test_a_new_app_passes_the_check_and_serves(apps):
    made = perigee("new", "garden", "--plugins", apps.plugins)
    assert made.returncode == 0
    assert (apps.plugins / "garden" / "init.lua").exists()
    check = perigee("check", "--plugins", apps.plugins)
    assert check.returncode == 0
    assert "/garden" in check.stdout


def test_a_new_app_replaces_nothing(apps):
    apps.save("garden.lua", GOOD)
    result = perigee("new", "garden", "--plugins", apps.plugins)
    assert result.returncode != 0
    assert "garden" in result.stderr
    assert not (apps.plugins / "garden").exists()


@pytest.mark.parametrize("name", ["../escape", "a/b", "", ".hidden", "with space", "ünï"])
def test_a_new_app_needs_a_name_that_can_be_one(apps, name):
    result = perigee("new", name, "--plugins", apps.plugins)
    assert result.returncode != 0
    assert not list(apps.plugins.iterdir())


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("[server]\nprot = 1\n", r"server\.prot.*server\.port"),
        ("[sever]\nport = 1\n", r"sever"),
        ("[limits]\nmemory = 1\n", r"limits\.memory.*limits\.memory_mb"),
        ("[server]\nport = 'x'\n", r"server\.port.*integer"),
        ("[server]\nport = 70000\n", r"server\.port.*65535"),
        ("[server\n", r"perigee\.toml:1"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_an_error_with_advice(tmp_path, text, complaint):
    (tmp_path / "perigee.toml").write_text(text)
    (tmp_path / "Plugins").mkdir()
    result = perigee("serve", cwd=tmp_path)
    assert result.returncode != 0
    assert re.search(complaint, result.stderr)


def test_an_unknown_variable_is_an_error_with_advice(tmp_path):
    result = perigee("check", cwd=tmp_path, env={"PERIGEE_SERVER_PROT": "1"})
    assert result.returncode != 0
    assert "PERIGEE_SERVER_PORT" in result.stderr


def test_a_named_configuration_must_exist(tmp_path):
    result = perigee("check", "--config", tmp_path / "nowhere.toml")
    assert result.returncode != 0
    assert "nowhere.toml" in result.stderr


def test_the_environment_overrides_the_file_and_a_flag_overrides_both(tmp_path):
    """Each source names another folder of apps; the log tells which one serves."""
    for source in ("file", "environment", "flag"):
        AppFolder(tmp_path / source, tmp_path / "www").save(f"by_{source}.lua", GOOD)
    config = tmp_path / "perigee.toml"
    config.write_text(f'[server]\nplugins = "{tmp_path / "file"}"\n')
    environment = {"PERIGEE_SERVER_PLUGINS": str(tmp_path / "environment")}
    flag = ("--plugins", str(tmp_path / "flag"))

    assert "/by_file" in perigee("check", "--config", config).stdout
    assert "/by_environment" in perigee("check", "--config", config, env=environment).stdout
    assert "/by_flag" in perigee("check", "--config", config, *flag, env=environment).stdout


def test_a_flag_can_empty_a_setting(apps):
    apps.save("one.lua", GOOD)
    assert perigee("check", "--plugins", apps.plugins, "--set", "storage.path=").returncode == 0
    result = perigee("check", "--plugins", apps.plugins, "--set", "storage.path")
    assert result.returncode != 0
    assert "KEY=VALUE" in result.stderr


def test_serving_starts_with_a_line_for_each_app_and_a_url(apps):
    apps.save("first.lua", GOOD)
    apps.save("second/init.lua", GOOD)
    with apps.serve() as host:
        for app in ("first", "second"):
            host.wait_for_log(rf"/{app}\b")
        host.wait_for_log(r"http://127\.0\.0\.1:\d+")


def test_serving_goes_on_without_the_apps_that_fail(apps):
    apps.save("good.lua", GOOD)
    apps.save("bad.lua", "return {\n")
    with apps.serve() as host:
        host.wait_for_log(r"bad\.lua:\d+:")
        assert host.running


def test_serving_ends_in_order_when_it_is_told_to(apps):
    apps.save("app.lua", GOOD)
    host = apps.serve()
    assert host.stop() == 0


def test_a_port_in_use_is_an_error_that_names_it(apps):
    with apps.serve() as host:
        result = perigee("serve", "--port", host.port, "--plugins", apps.plugins, "--www", apps.www)
        assert result.returncode != 0
        assert str(host.port) in result.stderr


def test_types_are_annotations_for_editors():
    result = perigee("types")
    assert result.returncode == 0
    assert "---@meta" in result.stdout
    for name in ("perigee.uuid", "perigee.sleep", "perigee.after", "emit_with_ack", "reject"):
        assert name in result.stdout
