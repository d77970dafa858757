package dev.keytrail.wire.codec;

import java.util.List;

/**
 * The generated operations of one service, each named by its place in {@link #operations()}. Stateless. Switches stand
 * where lambdas could, so that nothing is loaded before its first use.
 */
public interface ServiceCodec {
    String apiVersion();

    /** {@code json} or {@code query}. */
    String protocol();

    /** Empty unless the protocol is {@code query}. */
    String xmlNamespace();

    /** Empty unless the protocol is {@code json}. */
    String targetPrefix();

    /** Names, in the model's order. */
    List<String> operations();

    Class<?> inputClass(int operation);

    Class<?> outputClass(int operation);

    Object readInput(int operation, ShapeReader in, Place place);

    /** Tells {@code place} of every constraint that the input breaks. Until then, a required member may be null. */
    void checkInput(int operation, Object input, Place place);

    void writeInput(int operation, Object input, ShapeWriter out);

    Object readOutput(int operation, ShapeReader in, Place place);

    void writeOutput(int operation, Object output, ShapeWriter out);

    /** The error shapes that the operation may answer with. */
    List<String> errors(int operation);

    /** All error shapes, each as {@code shape code status}. */
    List<String> errors();
}
