package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Histogram;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes Prometheus' text format, version 0.0.4: families of a name, help and type, each followed by its samples. Refuses
 * what a parser would: names out of order, twice, or of other characters. Not thread-safe.
 */
final class Exposition {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

    private final StringBuilder out = new StringBuilder(16 << 10);
    private final Set<String> names = new HashSet<>();
    private final Set<String> samples = new HashSet<>();

    /** Samples of one name. */
    final class Family {
        private final String name;

        private Family(String name) {
            this.name = name;
        }

        /** @param labels names and values in turn */
        Family sample(double value, String... labels) {
            line(name, value, labels);
            return this;
        }

        /** @param perUnit how many of the histogram's units are one of the metric's */
        Family samples(Histogram.Snapshot seen, long perUnit, String... labels) {
            for (int i = 0; i < seen.bounds().size(); i++) {
                String bound = number(seen.bounds().get(i) / (double) perUnit);
                line(name + "_bucket", seen.cumulative().get(i), with(labels, "le", bound));
            }
            line(name + "_bucket", seen.count(), with(labels, "le", "+Inf"));
            line(name + "_sum", seen.sum() / (double) perUnit, labels);
            line(name + "_count", seen.count(), labels);
            return this;
        }
    }

    Family counter(String name, String help) {
        if (!name.endsWith("_total")) {
            throw new IllegalArgumentException("a counter's name ends with _total: " + name);
        }
        return family(name, "counter", help);
    }

    Family gauge(String name, String help) {
        return family(name, "gauge", help);
    }

    Family histogram(String name, String help) {
        return family(name, "histogram", help);
    }

    private Family family(String name, String type, String help) {
        if (!NAME.matcher(name).matches() || !names.add(name)) {
            throw new IllegalArgumentException("no name for another metric: " + name);
        }
        out.append("# HELP ")
                .append(name)
                .append(' ')
                .append(help.replace("\\", "\\\\").replace("\n", "\\n"));
        out.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
        return new Family(name);
    }

    private static String[] with(String[] labels, String name, String value) {
        String[] more = java.util.Arrays.copyOf(labels, labels.length + 2);
        more[labels.length] = name;
        more[labels.length + 1] = value;
        return more;
    }

    private void line(String name, double value, String... labels) {
        int start = out.length();
        out.append(name);
        for (int i = 0; i < labels.length; i += 2) {
            if (!NAME.matcher(labels[i]).matches()) {
                throw new IllegalArgumentException("no name for a label: " + labels[i]);
            }
            out.append(i == 0 ? '{' : ',')
                    .append(labels[i])
                    .append("=\"")
                    .append(escaped(labels[i + 1]))
                    .append('"');
        }
        out.append(labels.length == 0 ? "" : "}");
        if (!samples.add(out.substring(start))) {
            throw new IllegalArgumentException("there twice: " + out.substring(start));
        }
        out.append(' ').append(number(value)).append('\n');
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
        return whole
                ? String.format(Locale.ROOT, "%d", (long) value)
                : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    Bytes text() {
        return Bytes.utf8(out.toString());
    }
}
