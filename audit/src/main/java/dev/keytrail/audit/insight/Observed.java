package dev.keytrail.audit.insight;

import dev.keytrail.call.RowCodec;

/**
 * How far the calls of an account have been looked at.
 *
 * @param cursor ledger index of the first record that may belong to the open minute
 * @param minute the open one
 * @param firstMinute of the account's first call that was looked at
 * @param since minute from which on insights are told of; what lies before is baseline alone
 */
record Observed(long cursor, long minute, long firstMinute, long since) {
    static final RowCodec<Observed> CODEC = RowCodec.of(
            (o, out) -> out.version(1)
                    .number(o.cursor)
                    .number(o.minute)
                    .number(o.firstMinute)
                    .number(o.since),
            in -> {
                in.version(1);
                return new Observed(in.number(), in.number(), in.number(), in.number());
            });
}
