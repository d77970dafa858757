package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The names of one key's aliases, sorted: the key's companion row under the key's own row key. Every change of an alias
 * writes it, so a decision that read it (quota, deletion, listing by key) is never committed on an old list.
 */
public record AliasNames(List<String> names) {
    /** AWS's quota (kms.md section 18). */
    public static final int COUNT_MAX = 50;

    public static final AliasNames NONE = new AliasNames(List.of());

    public static final Table<AliasNames> TABLE = new Table<>(
            "kms.key-aliases", RowCodec.of((row, out) -> out.version(1).texts(row.names), in -> {
                in.version(1);
                return new AliasNames(in.list(RowReader::text));
            }));

    public AliasNames {
        names = List.copyOf(names);
    }

    public static AliasNames of(State state, Key key) {
        return state.get(TABLE, key.rowKey()).orElse(NONE);
    }

    public AliasNames with(String name) {
        List<String> more = new ArrayList<>(names);
        more.add(name);
        Collections.sort(more);
        return new AliasNames(more);
    }

    public AliasNames without(String name) {
        List<String> fewer = new ArrayList<>(names);
        fewer.remove(name);
        return new AliasNames(fewer);
    }

    /** A key without aliases needs no row. */
    public Change<AliasNames> of(Key key) {
        return names.isEmpty() ? Change.delete(TABLE, key.rowKey()) : Change.put(TABLE, key.rowKey(), this);
    }
}
