package dev.keytrail.call;

/** How a row's value becomes bytes and back. Values are immutable records; {@code read} accepts all older versions. */
public interface RowCodec<T> {
    void write(T value, RowWriter out);

    T read(RowReader in);

    default byte[] encode(T value) {
        RowWriter out = new RowWriter();
        write(value, out);
        return out.toByteArray();
    }

    default T decode(byte[] encoded) {
        return read(new RowReader(encoded));
    }

    static <T> RowCodec<T> of(
            java.util.function.BiConsumer<T, RowWriter> write, java.util.function.Function<RowReader, T> read) {
        return new RowCodec<>() {
            @Override
            public void write(T value, RowWriter out) {
                write.accept(value, out);
            }

            @Override
            public T read(RowReader in) {
                return read.apply(in);
            }
        };
    }
}
