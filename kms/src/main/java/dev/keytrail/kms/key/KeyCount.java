package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.HexFormat;

/**
 * How many customer managed keys an account has in a Region: the sum of {@value #COUNTERS} rows, chosen by the key's id,
 * so that keys made at the same time seldom write the same one.
 */
public record KeyCount(int keys) {
    public static final Table<KeyCount> TABLE = new Table<>(
            "kms.key-count", RowCodec.of((count, out) -> out.version(1).number(count.keys), in -> {
                in.version(1);
                return new KeyCount(in.integer());
            }));

    private static final int COUNTERS = 256;

    /** Closer to the quota than this, the rows are read so that no two calls can exceed it together. */
    private static final int MARGIN = 1_000;

    /**
     * A look that binds nothing, before work that would be in vain.
     *
     * @throws dev.keytrail.call.Refused LimitExceededException when there is no room for {@code key}
     */
    public static void demandRoom(State state, Key key, int most) {
        demand(sum(state, prefix(key)), most);
    }

    private static int sum(State state, String prefix) {
        int sum = 0;
        for (State.Row<KeyCount> row : state.scan(TABLE, prefix, "")) {
            sum += row.value().keys();
        }
        return sum;
    }

    private static void demand(int sum, int most) {
        if (sum >= most) {
            throw KmsErrors.limitExceeded("The account has " + most + " KMS keys in this Region and can have no more.");
        }
    }

    /**
     * One more. Call it late: it reads a row that others write.
     *
     * @throws dev.keytrail.call.Refused LimitExceededException when there is no room for {@code key}
     */
    public static Change<KeyCount> more(State state, Key key, int most) {
        String prefix = prefix(key);
        int sum = sum(state, prefix);
        if (sum > most - MARGIN) {
            sum = 0;
            for (int i = 0; i < COUNTERS; i++) {
                sum += count(state, prefix + HexFormat.of().toHexDigits((byte) i));
            }
        }
        demand(sum, most);
        String row = rowKey(key);
        return Change.put(TABLE, row, new KeyCount(count(state, row) + 1));
    }

    /** For a key that goes. */
    public static Change<KeyCount> fewer(State state, Key key) {
        String row = rowKey(key);
        int left = count(state, row) - 1;
        return left > 0 ? Change.put(TABLE, row, new KeyCount(left)) : Change.delete(TABLE, row);
    }

    private static int count(State state, String row) {
        return state.get(TABLE, row).map(KeyCount::keys).orElse(0);
    }

    private static String prefix(Key key) {
        return Key.rowKey(key.account(), key.region(), "");
    }

    private static String rowKey(Key key) {
        return prefix(key) + key.id().substring(key.id().length() - 2);
    }
}
