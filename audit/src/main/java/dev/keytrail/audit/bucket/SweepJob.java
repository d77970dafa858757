package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.PartRow;
import dev.keytrail.audit.bucket.BucketTables.UploadRow;
import dev.keytrail.audit.bucket.ContentStore.Settled;
import dev.keytrail.call.Change;
import dev.keytrail.call.Job;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes content files that nothing refers to. Three kinds, none of which can ever be referred to again, because ids
 * are random and a row takes only an id that is in flight:
 *
 * <ul>
 *   <li>garbage: dropped by a durable commit, which left an {@code s3.garbage} row; the file goes first, then the row;
 *   <li>settled: staged for a call that has been answered. If the object's row has another id, the put was refused, lost
 *       or overtaken;
 *   <li>left over from an earlier life of the process: on disk, but in no row.
 * </ul>
 *
 * <p>Whether a file is left over is judged by a state that was read after the files were listed and found not in flight,
 * so that a put in between cannot be missed: the listing and the judgement are two steps. One thread at a time.
 */
final class SweepJob implements Job {
    private static final Logger LOG = LoggerFactory.getLogger(SweepJob.class);

    /** Rows of one commit. */
    private static final int BATCH = 256;

    private final ContentStore contents;
    private final Duration kept;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable Set<String> leftOver;
    private @Nullable State listedUnder;
    private boolean swept;

    private record Waiting(Settled settled, Instant since) {}

    SweepJob(ContentStore contents, Duration kept) {
        this.contents = contents;
        this.kept = kept;
    }

    @Override
    public String name() {
        return "s3-sweep";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        try {
            sweepLeftOver(state);
            sweepSettled(state, now);
            return sweepGarbage(state, now);
        } catch (IOException e) {
            // The files stay what they are, unreachable, and the next step tries again.
            LOG.warn("cannot remove unused object content: {}", e.toString());
            return Optional.empty();
        }
    }

    @SuppressWarnings("ReferenceEquality") // The very same view, not an equal one.
    private void sweepLeftOver(State state) throws IOException {
        if (swept) {
            return;
        }
        if (leftOver == null) {
            Set<String> listed = new HashSet<>();
            for (int shard = 0; shard < 256; shard++) {
                contents.published(shard).stream()
                        .filter(id -> !contents.isInFlight(id))
                        .forEach(listed::add);
            }
            leftOver = listed;
            listedUnder = state;
            return;
        }
        if (state == listedUnder) {
            return;
        }
        Set<String> orphans = new HashSet<>(leftOver);
        // A part becomes an object's, and a version the current one or no longer that: whatever way a row moves while
        // these
        // scans go on, one of them meets it.
        keepParts(state, orphans);
        keep(state, BucketTables.VERSIONS, orphans);
        keep(state, BucketTables.OBJECTS, orphans);
        keep(state, BucketTables.VERSIONS, orphans);
        keep(state, BucketTables.OBJECTS, orphans);
        // After the objects: what is dropped during the scan above has its garbage row by now.
        for (State.Row<String> row : state.scan(BucketTables.GARBAGE, "", "")) {
            orphans.remove(row.value());
        }
        for (String id : orphans) {
            contents.delete(id);
        }
        if (!orphans.isEmpty()) {
            LOG.info("removed {} content files of puts that never came to be", orphans.size());
        }
        leftOver = null;
        listedUnder = null;
        swept = true;
    }

    private void sweepSettled(State state, Instant now) throws IOException {
        contents.takeSettled(BATCH).forEach(settled -> waiting.add(new Waiting(settled, now)));
        for (int i = 0; i < BATCH; i++) {
            Waiting first = waiting.peek();
            // The wait is for readers of an object that was put and overtaken before its own call had settled.
            if (first == null || first.since().plus(kept).isAfter(now)) {
                return;
            }
            Settled settled = first.settled();
            if (!isLive(state, settled)) {
                contents.delete(settled.contentId());
            }
            waiting.remove();
        }
    }

    private static void keep(State state, Table<ObjectRow> table, Set<String> orphans) {
        for (State.Row<ObjectRow> row : state.scan(table, "", "")) {
            row.value().pieces().forEach(piece -> orphans.remove(piece.contentId()));
        }
    }

    private static void keepParts(State state, Set<String> orphans) {
        for (State.Row<PartRow> row : state.scan(BucketTables.PARTS, "", "")) {
            orphans.remove(row.value().piece().contentId());
        }
    }

    /** Whether a part, the object or a version of it refers to the content; looked at in the order in which it may move. */
    private static boolean isLive(State state, Settled settled) {
        String versions = ObjectKeys.versions(settled.rowKey());
        for (State.Row<UploadRow> upload : state.scan(BucketTables.UPLOADS, versions, "")) {
            String parts = UploadIds.parts(upload.value().id());
            for (State.Row<PartRow> part : state.scan(BucketTables.PARTS, parts, "")) {
                if (part.value().piece().contentId().equals(settled.contentId())) {
                    return true;
                }
            }
        }
        return isCurrent(state, settled) || isBehind(state, settled, versions) || isCurrent(state, settled);
    }

    private static boolean isCurrent(State state, Settled settled) {
        return state.get(BucketTables.OBJECTS, settled.rowKey())
                .filter(row -> refers(row, settled))
                .isPresent();
    }

    private static boolean isBehind(State state, Settled settled, String versions) {
        for (State.Row<ObjectRow> row : state.scan(BucketTables.VERSIONS, versions, "")) {
            if (refers(row.value(), settled)) {
                return true;
            }
        }
        return false;
    }

    private static boolean refers(ObjectRow row, Settled settled) {
        return row.pieces().stream().anyMatch(piece -> piece.contentId().equals(settled.contentId()));
    }

    private Optional<Work> sweepGarbage(State state, Instant now) throws IOException {
        List<Change<?>> changes = new ArrayList<>();
        for (State.Row<String> row : state.scan(BucketTables.GARBAGE, "", "")) {
            if (BucketTables.droppedAt(row.key()).plus(kept).isAfter(now) || changes.size() == BATCH) {
                break;
            }
            contents.delete(row.value());
            changes.add(Change.delete(BucketTables.GARBAGE, row.key()));
        }
        return changes.isEmpty() ? Optional.empty() : Optional.of(new Work(changes, List.of()));
    }
}
