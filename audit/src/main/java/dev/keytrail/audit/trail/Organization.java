package dev.keytrail.audit.trail;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.List;

/**
 * What an organisation trail must know of its organisation: of whose events it takes, and the folder they go to. Part of
 * the trail's settings, so that a change of membership is a change of those, with its exact place in the ledger.
 *
 * @param id {@code o-} and more
 * @param accounts all of them, the management account included, sorted
 */
public record Organization(String id, List<String> accounts) {
    public Organization {
        accounts = accounts.stream().sorted().toList();
    }

    void write(RowWriter out) {
        out.text(id).texts(accounts);
    }

    static Organization read(RowReader in) {
        return new Organization(in.text(), in.texts());
    }
}
