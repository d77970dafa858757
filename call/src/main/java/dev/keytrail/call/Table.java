package dev.keytrail.call;

/**
 * A named kind of state row and how its values are written. Keys are strings that start with account and Region where a
 * row has them ({@code 111122223333/us-east-1/...}), which is also the sharding key; scans go in natural string order.
 *
 * @param name unique in the house, e.g. {@code kms.key}; part of the stored format
 */
public record Table<T>(String name, RowCodec<T> codec) {
    @Override
    public boolean equals(Object other) {
        return other instanceof Table<?> that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
