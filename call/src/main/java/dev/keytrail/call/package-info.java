/**
 * The nouns of one API call, shared by every room of the house.
 *
 * <p>A request becomes a {@link dev.keytrail.call.Call} made by a {@link dev.keytrail.call.Caller}. The
 * {@link dev.keytrail.call.Operation} row of its name holds the handler, which looks at an
 * {@link dev.keytrail.call.Attempt} and returns an {@link dev.keytrail.call.Effect}: a reply and the
 * {@link dev.keytrail.call.Change changes} it wants. The {@link dev.keytrail.call.Ledger} commits changes and
 * {@link dev.keytrail.call.LedgerRecord records} in one durable act. Handlers have no side effects.
 *
 * <p>Invariants: everything here is immutable but {@link dev.keytrail.call.Notes} (one attempt's scratch pad, one
 * thread) and {@link dev.keytrail.call.Secret} (zeroed on close). Nothing here does I/O, knows a wire format or a clock.
 * This is the shared kernel: an addition needs two users today.
 */
@NullMarked
package dev.keytrail.call;

import org.jspecify.annotations.NullMarked;
