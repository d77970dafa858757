"""The bill of materials that the build makes lists exactly what runs, each part with a version, a licence and a hash."""

import hashlib
import json

import pytest

from conftest import ROOT

BOM = ROOT / "server" / "target" / "bom.json"
LIB = ROOT / "server" / "target" / "lib"

pytestmark = pytest.mark.skipif(
    not BOM.exists(), reason="SKIPPED, NOT TESTED: there is no server/target/bom.json; 'mvn package' makes it")


def test_bom_listsWhatRuns_andNothingElse():
    bom = json.loads(BOM.read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    parts = {f"{part['name']}-{part['version']}": part for part in bom["components"]}
    ours = {jar.stem for jar in LIB.glob("keytrail-*.jar")} - {"keytrail-server-0.1.0"}
    jars = {jar.stem: jar for jar in LIB.glob("*.jar")}
    listed = set(parts)
    for stem, jar in jars.items():
        if stem in ours or stem == "keytrail-server-0.1.0":
            continue
        name = next((n for n in listed if stem == n or stem.startswith(n + "-")), None)  # a classifier comes behind
        assert name, f"{jar.name} runs and is not listed"
        part = parts[name]
        assert part["licenses"], name
        sums = {entry["alg"]: entry["content"] for entry in part["hashes"]}
        assert sums["SHA-256"] == hashlib.sha256(jar.read_bytes()).hexdigest(), name
    for name in listed:
        assert any(stem == name or stem.startswith(name + "-") for stem in jars), f"{name} is listed and does not run"


def test_licences_areThoseThatTheHouseTakes():
    bom = json.loads(BOM.read_text())
    fine = ("Apache", "MIT", "BSD", "EPL", "Eclipse", "MPL", "GPL-2.0-with-classpath", "Bouncy Castle", "EDL")
    for part in bom["components"]:
        if part.get("group") == "dev.keytrail":
            continue
        said = [json.dumps(entry) for entry in part["licenses"]]
        assert any(word in text for text in said for word in fine), (part["name"], said)
