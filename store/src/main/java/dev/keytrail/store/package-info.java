/**
 * Where ledger, state and event history are kept. Implements the ports {@link dev.keytrail.call.Ledger} and
 * {@link dev.keytrail.audit.history.HistoryIndex}; nobody below sees this room.
 *
 * <p>{@link dev.keytrail.store.MemoryStore} forgets all when it is closed. State that decides lives in memory as
 * {@code Rows}: reading takes no lock and does no I/O, and a row's version is the identity of its slot.
 *
 * <p>Invariants: a commit's rows and records become visible together with its answer and never before they are
 * durable; indexes have no holes; one thread at a time changes {@code Rows}.
 */
@NullMarked
package dev.keytrail.store;

import org.jspecify.annotations.NullMarked;
