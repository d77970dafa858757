package dev.keytrail.call;

/** One intended change of a state row. */
public sealed interface Change<T> {
    Table<T> table();

    String key();

    /** Sets the row, whether it is there or not. */
    record Put<T>(Table<T> table, String key, T value) implements Change<T> {}

    /** Removes the row; no error if it is not there. */
    record Delete<T>(Table<T> table, String key) implements Change<T> {}

    static <T> Change<T> put(Table<T> table, String key, T value) {
        return new Put<>(table, key, value);
    }

    static <T> Change<T> delete(Table<T> table, String key) {
        return new Delete<>(table, key);
    }
}
