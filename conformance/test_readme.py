"""The README's tour, run as a user would, with exactly the output that it shows."""

import gzip
import re
import subprocess

from conftest import CLIENTS, ROOT, console_steps, eventually


def is_delivered(server, name):
    """Whether an event of that name is in a log file of the tour's bucket."""
    s3 = server.client("s3", s3={"addressing_style": "path"})
    files = [o["Key"] for o in s3.list_objects_v2(Bucket="tour-logs").get("Contents", []) if o["Key"].endswith(".json.gz")]
    return any(name in gzip.decompress(s3.get_object(Bucket="tour-logs", Key=key)["Body"].read()) for key in files)


def test_tour(fresh, tmp_path):
    server = fresh(extra=["--set", "trail.flush=2s"]).start()
    pasted = [line.strip() for line in server.lines if line.strip().startswith("export ")]
    assert len(pasted) == 3
    folder = tmp_path / "empty"
    folder.mkdir()
    shell = subprocess.Popen(
        ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        env={"PATH": f"{CLIENTS}:/usr/bin:/bin", "HOME": str(folder), "KEYTRAIL": str(ROOT), "AWS_PAGER": ""},
    )

    def run(command):
        shell.stdin.write(command + "\necho END-OF-STEP\n")
        shell.stdin.flush()
        lines = []
        while (line := shell.stdout.readline()) and line != "END-OF-STEP\n":
            lines.append(line.rstrip("\n"))
        return lines

    for line in pasted:
        assert run(line) == []
    count = 0
    tour = "".join(re.findall(r"<!-- tour -->\n(```console\n.*?```\n)", (ROOT / "README.md").read_text(), re.S))
    for command, expected in console_steps(tour):
        assert run(command) == expected, command
        if command == "sleep 5":  # enough for people; a machine with much else to do may need more
            eventually(lambda: is_delivered(server, b'"DisableKey"'))
        count += 1
    assert count >= 15
    shell.stdin.close()
    assert shell.wait(timeout=60) == 0
