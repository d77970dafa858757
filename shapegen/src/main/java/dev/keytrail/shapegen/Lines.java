package dev.keytrail.shapegen;

/** A source text being written line by line. */
final class Lines {
    private final StringBuilder text = new StringBuilder();

    Lines line(String line) {
        text.append(line).append('\n');
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
