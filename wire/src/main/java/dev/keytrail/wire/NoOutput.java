package dev.keytrail.wire;

/** The output of an operation whose model has no output shape: a zero-length body in JSON, no result element in XML. */
public record NoOutput() {
    public static final NoOutput INSTANCE = new NoOutput();
}
