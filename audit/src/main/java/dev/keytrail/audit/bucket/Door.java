package dev.keytrail.audit.bucket;

import dev.keytrail.call.Call;

/**
 * Port: the way through which Keytrail's own services reach their buckets. The server's gate is behind it, so that such
 * a call is decided, recorded and committed like any other.
 */
@FunctionalInterface
public interface Door {
    /**
     * The answer, once its event is durable.
     *
     * @throws dev.keytrail.call.Refused the operation refused, and that is on record
     * @throws dev.keytrail.call.Ledger.LedgerUnavailable nothing is on record and nothing has changed
     */
    S3Reply call(Call call, S3Operation operation, S3Request request);
}
