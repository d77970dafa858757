package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.List;

/**
 * An account and its root user.
 *
 * @param id twelve digits, the first not zero
 * @param name what people call it; may be empty
 * @param operator true for the account made at first start, whose principals may administer the server
 * @param rootAccessKeys ids of the root user's access keys, two at most
 */
public record Account(String id, String name, boolean operator, Instant created, List<String> rootAccessKeys) {
    static final RowCodec<Account> CODEC = RowCodec.of(Account::write, Account::read);

    public Account {
        rootAccessKeys = List.copyOf(rootAccessKeys);
    }

    public Account withRootAccessKeys(List<String> ids) {
        return new Account(id, name, operator, created, ids);
    }

    private void write(RowWriter out) {
        out.version(1).text(id).text(name).flag(operator).instant(created).texts(rootAccessKeys);
    }

    private static Account read(RowReader in) {
        in.version(1);
        return new Account(in.text(), in.text(), in.flag(), in.instant(), in.texts());
    }
}
