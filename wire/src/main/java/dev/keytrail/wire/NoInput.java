package dev.keytrail.wire;

/** The input of an operation whose model has no input shape: whatever members a request carries are ignored. */
public record NoInput() {
    public static final NoInput INSTANCE = new NoInput();
}
