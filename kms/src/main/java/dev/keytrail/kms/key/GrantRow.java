package dev.keytrail.kms.key;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.Table;

/**
 * A grant's index rows. All point to the grant's own row.
 *
 * @param rowKey of the grant in {@link Grant#TABLE}
 */
public record GrantRow(String rowKey) {
    private static final RowCodec<GrantRow> CODEC =
            RowCodec.of((row, out) -> out.version(1).text(row.rowKey), in -> {
                in.version(1);
                return new GrantRow(in.text());
            });

    /** {@code key/operation/grantee/slot/id}: what a call looks for. */
    public static final Table<GrantRow> USES = new Table<>("kms.grant-use", CODEC);

    /** {@code account of the retiring principal/region/principal/key/id}: what it may retire. */
    public static final Table<GrantRow> RETIRING = new Table<>("kms.grant-retiring", CODEC);

    /** {@code key/digest of the request}: named grants, so that the same request finds the same grant. */
    public static final Table<GrantRow> NAMED = new Table<>("kms.grant-named", CODEC);

    /**
     * Some of a key's grants, counted: those whose ids begin with the two digits that end the row's key. Spread over many
     * rows, so that grants of one key can be made side by side.
     */
    public record Count(int grants) {
        public static final Table<Count> TABLE = new Table<>(
                "kms.grant-count", RowCodec.of((row, out) -> out.version(1).number(row.grants), in -> {
                    in.version(1);
                    return new Count(in.integer());
                }));
    }

    /**
     * The newest grant to some of a key's grantees. Who finds no grant has read this row, so that it is decided again if
     * one was made meanwhile; what a scan did not find is not remembered.
     */
    public record Newest(String grantId) {
        public static final Table<Newest> TABLE = new Table<>(
                "kms.grant-newest", RowCodec.of((row, out) -> out.version(1).text(row.grantId), in -> {
                    in.version(1);
                    return new Newest(in.text());
                }));
    }
}
