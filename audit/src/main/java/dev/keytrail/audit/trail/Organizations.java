package dev.keytrail.audit.trail;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The organisations of local accounts, for their trails. An account is in one at most. */
public final class Organizations {
    /** Key: management account. */
    static final Table<Row> ROWS = new Table<>(
            "cloudtrail.organization",
            RowCodec.of(
                    (row, out) -> out.version(1)
                            .text(row.management())
                            .text(row.id())
                            .texts(row.members())
                            .texts(row.delegates()),
                    in -> {
                        in.version(1);
                        return new Row(in.text(), in.text(), in.texts(), in.texts());
                    }));

    /** Management account by account, itself included. */
    static final Table<String> MEMBERSHIP = new Table<>(
            "cloudtrail.organization-member",
            RowCodec.of((text, out) -> out.version(1).text(text), in -> {
                in.version(1);
                return in.text();
            }));

    /**
     * @param members without the management account
     * @param delegates members that may administer organisation trails
     */
    public record Row(String management, String id, List<String> members, List<String> delegates) {
        public Row {
            members = List.copyOf(members);
            delegates = List.copyOf(delegates);
        }

        /** As its trails have it. */
        public Organization organization() {
            List<String> all = new ArrayList<>(members);
            all.add(management);
            return new Organization(id, all);
        }

        /** Whether the account may make and change organisation trails. */
        public boolean mayAdminister(String account) {
            return account.equals(management) || delegates.contains(account);
        }

        public Row with(String member) {
            return new Row(management, id, plus(members, member), delegates);
        }

        /** A member that leaves is no delegate any more. */
        public Row without(String member) {
            return new Row(management, id, minus(members, member), minus(delegates, member));
        }

        public Row withDelegate(String member) {
            return new Row(management, id, members, plus(delegates, member));
        }

        public Row withoutDelegate(String member) {
            return new Row(management, id, members, minus(delegates, member));
        }

        private static List<String> plus(List<String> all, String one) {
            List<String> more = new ArrayList<>(all);
            more.add(one);
            return more;
        }

        private static List<String> minus(List<String> all, String one) {
            return all.stream().filter(each -> !each.equals(one)).toList();
        }
    }

    private Organizations() {}

    static List<Table<?>> tables() {
        return List.of(ROWS, MEMBERSHIP);
    }

    /** The organisation that the account is in, whatever its part there. */
    public static Optional<Row> of(State state, String account) {
        return state.get(MEMBERSHIP, account).flatMap(management -> state.get(ROWS, management));
    }

    public static List<Change<?>> create(Row row) {
        return List.of(
                Change.put(ROWS, row.management(), row), Change.put(MEMBERSHIP, row.management(), row.management()));
    }

    public static List<Change<?>> join(Row changed, String member) {
        return List.of(
                Change.put(ROWS, changed.management(), changed), Change.put(MEMBERSHIP, member, changed.management()));
    }

    public static List<Change<?>> leave(Row changed, String member) {
        return List.of(Change.put(ROWS, changed.management(), changed), Change.delete(MEMBERSHIP, member));
    }

    public static Change<?> replace(Row changed) {
        return Change.put(ROWS, changed.management(), changed);
    }

    public static List<Change<?>> delete(Row row) {
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(ROWS, row.management()));
        row.organization().accounts().forEach(account -> changes.add(Change.delete(MEMBERSHIP, account)));
        return changes;
    }
}
