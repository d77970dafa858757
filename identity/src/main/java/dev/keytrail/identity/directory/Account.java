package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An account and its root user.
 *
 * @param id twelve digits, the first not zero
 * @param name what people call it; may be empty
 * @param operator true for the account made at first start, whose principals may administer the server
 * @param rootAccessKeys ids of the root user's access keys, two at most
 * @param rootLogin the root user's password, which it has none of until the operator sets one
 * @param rootMfaDevices ARNs of the devices enabled for the root user
 * @param rootPasswordLastUsed when the root user last signed in
 */
public record Account(
        String id,
        String name,
        boolean operator,
        Instant created,
        List<String> rootAccessKeys,
        Optional<LoginProfile> rootLogin,
        List<String> rootMfaDevices,
        Optional<Instant> rootPasswordLastUsed) {
    static final RowCodec<Account> CODEC = RowCodec.of(Account::write, Account::read);

    public Account {
        rootAccessKeys = List.copyOf(rootAccessKeys);
        rootMfaDevices = List.copyOf(rootMfaDevices);
    }

    /** One whose root user cannot sign in. */
    public Account(String id, String name, boolean operator, Instant created, List<String> rootAccessKeys) {
        this(id, name, operator, created, rootAccessKeys, Optional.empty(), List.of(), Optional.empty());
    }

    public Account withRootAccessKeys(List<String> ids) {
        return new Account(id, name, operator, created, ids, rootLogin, rootMfaDevices, rootPasswordLastUsed);
    }

    public Account withRootLogin(Optional<LoginProfile> changed) {
        return new Account(id, name, operator, created, rootAccessKeys, changed, rootMfaDevices, rootPasswordLastUsed);
    }

    public Account withRootMfaDevices(List<String> changed) {
        return new Account(id, name, operator, created, rootAccessKeys, rootLogin, changed, rootPasswordLastUsed);
    }

    public Account withRootPasswordLastUsed(Instant at) {
        return new Account(id, name, operator, created, rootAccessKeys, rootLogin, rootMfaDevices, Optional.of(at));
    }

    private void write(RowWriter out) {
        out.version(1).text(id).text(name).flag(operator).instant(created).texts(rootAccessKeys);
        out.optional(rootLogin, LoginProfile::write).texts(rootMfaDevices);
        out.optional(rootPasswordLastUsed, (at, to) -> to.instant(at));
    }

    private static Account read(RowReader in) {
        in.version(1);
        return new Account(
                in.text(),
                in.text(),
                in.flag(),
                in.instant(),
                in.texts(),
                in.hasMore() ? in.optional(LoginProfile::read) : Optional.empty(),
                in.hasMore() ? in.texts() : List.of(),
                in.hasMore() ? in.optional(RowReader::instant) : Optional.empty());
    }
}
