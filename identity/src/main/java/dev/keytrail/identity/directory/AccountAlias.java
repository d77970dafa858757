package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;

/** An account's other name. Kept twice, under the alias and under the account, for each is unique to the other. */
public record AccountAlias(String alias, String account) {
    static final RowCodec<AccountAlias> CODEC = RowCodec.of(AccountAlias::write, AccountAlias::read);

    private void write(RowWriter out) {
        out.version(1).text(alias).text(account);
    }

    private static AccountAlias read(RowReader in) {
        in.version(1);
        return new AccountAlias(in.text(), in.text());
    }
}
