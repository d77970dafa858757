package dev.keytrail.audit.op;

import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.Receipts;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.call.Operation;
import java.util.List;

/** The rows of Keytrail's own operations on the log. */
public final class ReceiptRows {
    private ReceiptRows() {}

    public static List<Operation<?, ?>> rows(Chain chain, Witnesses witnesses, Receipts receipts, Permit permit) {
        return List.of(new GetReceipt(receipts, permit).row(), new GetCheckpoint(chain, witnesses, permit).row());
    }
}
