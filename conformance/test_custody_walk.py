"""docs/custody.md, run as a person would, with exactly the output that it shows; `…` stands for what differs."""

import re
import shutil
import subprocess

import pytest

from conftest import CLIENTS, ROOT, console_steps, free_port


def test_walk(tmp_path):
    text = (ROOT / "docs" / "custody.md").read_text()
    text = text.replace("7480", str(free_port())).replace("7490", str(free_port()))
    env = {
        "PATH": f"{ROOT}:{CLIENTS}:/usr/bin:/bin", "HOME": str(tmp_path), "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    shell = subprocess.Popen(
        ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path, env=env)
    count = 0
    try:
        for command, expected in console_steps(text):
            shell.stdin.write(command + "\necho END-OF-STEP\n")
            shell.stdin.flush()
            lines = []
            while (line := shell.stdout.readline()) and line != "END-OF-STEP\n":
                if not re.match(r"\[\d+\]", line):  # what the shell says of its jobs
                    lines.append(line.rstrip("\n"))
            wanted = "\n".join(re.escape(line).replace("…", ".+?") for line in expected)
            assert re.fullmatch(wanted, "\n".join(lines)), (command, lines)
            count += 1
    finally:
        shell.stdin.write("kill %% ; wait\nexit 0\n")
        shell.stdin.close()
        shell.wait(timeout=60)
        shell.stdout.close()
    assert count >= 25


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="SKIPPED, NOT TESTED: systemd-analyze is not installed")
def test_systemdUnit_isUnderstood(tmp_path):
    unit = tmp_path / "keytrail.service"
    text = (ROOT / "docs" / "keytrail.service").read_text()
    unit.write_text(text.replace("/opt/keytrail/keytrail", str(ROOT / "keytrail")))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "keytrail.service" in line]
    assert done.returncode == 0 and complaints == [], done.stderr
