"""A strict reader of Prometheus' text format 0.0.4: what `promtool check metrics` would complain of is an error here."""

import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
UNITS = ("_milliseconds", "_micros", "_ms", "_kb", "_mb", "_kilobytes", "_megabytes", "_minutes")


class Metrics(dict):
    """(name, labels) to value, labels as a frozenset of pairs; `types` by family."""

    def __init__(self):
        super().__init__()
        self.types = {}

    def one(self, name, **labels):
        """The single sample of the name that has these labels."""
        found = [v for (n, l), v in self.items() if n == name and set(labels.items()) <= l]
        assert len(found) == 1, (name, labels, found)
        return found[0]

    def sum(self, name, **labels):
        return sum(v for (n, l), v in self.items() if n == name and set(labels.items()) <= l)

    def labels(self, name, label):
        return {dict(l)[label] for (n, l) in self if n == name and label in dict(l)}


def number(text):
    assert re.fullmatch(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN", text), text
    return float(text)


def sample(line):
    name = NAME.match(line)
    assert name, line
    rest = line[name.end():]
    labels = {}
    if rest.startswith("{"):
        at = 1
        while rest[at] != "}":
            pair = LABEL.match(rest, at)
            assert pair and pair[1] not in labels, line
            labels[pair[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), pair[2])
            at = pair.end()
            assert rest[at] in ",}", line
            at += rest[at] == ","
        assert labels and rest[at - 1] != ",", line
        rest = rest[at + 1:]
    assert rest.startswith(" ") and not rest[1:].startswith(" "), line
    return name[0], frozenset(labels.items()), number(rest[1:])


def parse(text):
    """Every rule that a parser may hold us to, and promtool's advice on names."""
    assert text.endswith("\n") and "\r" not in text and "\t" not in text and "\n\n" not in text
    metrics, helped, family, kind = Metrics(), set(), None, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family, words = line[7:].split(" ", 1)
            assert NAME.fullmatch(family) and words.strip() and family not in helped, line
            helped.add(family)
            kind = None
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == family and kind in ("counter", "gauge", "histogram") and name not in metrics.types, line
            assert (kind == "counter") == name.endswith("_total"), line
            assert not name.endswith(UNITS) and not name.endswith(("_bucket", "_sum", "_count")), line
            metrics.types[name] = kind
        else:
            assert not line.startswith("#"), line
            name, labels, value = sample(line)
            ends = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert kind and name in {family + end for end in ends}, line
            assert (name, labels) not in metrics, line
            assert kind == "gauge" or value >= 0, line
            metrics[name, labels] = value
    for name, kind in metrics.types.items():
        if kind == "histogram":
            histogram(metrics, name)
    return metrics


def histogram(metrics, name):
    series = {}
    for (n, labels), value in metrics.items():
        if n == name + "_bucket":
            bound = number(dict(labels)["le"])
            series.setdefault(labels - {("le", dict(labels)["le"])}, []).append((bound, value))
    for labels, buckets in series.items():
        assert buckets == sorted(buckets) and len({b for b, _ in buckets}) == len(buckets), (name, labels)
        assert [v for _, v in buckets] == sorted(v for _, v in buckets), (name, labels)
        assert buckets[-1][0] == float("inf") and buckets[-1][1] == metrics[name + "_count", labels], (name, labels)
        assert (name + "_sum", labels) in metrics, (name, labels)
