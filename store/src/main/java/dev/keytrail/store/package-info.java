/**
 * Where ledger, state and event history are kept. Implements the ports {@link dev.keytrail.call.Ledger} and
 * {@link dev.keytrail.audit.history.HistoryIndex}; nobody below sees this room.
 *
 * <p>{@link dev.keytrail.store.MemoryStore} forgets all when it is closed. {@link dev.keytrail.store.EmbeddedStore} is
 * one log, with everything else a view of it. A commit is coded on its caller's thread, waits in a bounded queue, and
 * the {@code Committer} writes all that wait as one frame with one sync ({@code LogWriter}); then it changes
 * {@code Rows}, gives the records to the {@code Tail}, and lets the callers go. The {@code Indexer} follows behind, reads
 * frames from the disk and brings them into RocksDB ({@code Views}); {@code EmbeddedHistory} looks into both. On opening,
 * {@code LogOpening} links the segments, finds the end and replays what the views have not taken in.
 *
 * <p>The ledger's beginning may be dropped by whole packed segments: {@link dev.keytrail.store.Store#retirable}, {@link
 * dev.keytrail.store.Store#retire}, the record of it committed, {@link dev.keytrail.store.Store#drop}. A damaged ledger is got
 * round offline by {@link dev.keytrail.store.LedgerRepair}.
 *
 * <p>State that decides lives in memory as {@code Rows}: reading takes no lock and does no I/O, and a row's version is
 * the identity of its slot.
 *
 * <p>Invariants: a commit's rows and records become visible together with its answer and never before they are
 * durable; indexes have no holes; one thread at a time changes {@code Rows}; a frame is written only after the one
 * before is durable; nothing is ever written behind or over a frame whose write failed; no virtual thread enters
 * RocksDB.
 *
 * <p>Files: {@code ledger/NNNNNNNNNNNN.log} ({@code SegmentHeader}, then frames: {@code FrameHeader} and a payload as in
 * {@code CommitCodec}), {@code ledger/N.log.pack} ({@code PackedDisk}), {@code ledger/N.base} ({@code Foundation}: what dropped segments
 * came to), {@code views/} (RocksDB, may be deleted while the store is closed), {@code lock}. Start with
 * {@code EmbeddedStore} and {@code Committer}.
 */
@NullMarked
package dev.keytrail.store;

import org.jspecify.annotations.NullMarked;
