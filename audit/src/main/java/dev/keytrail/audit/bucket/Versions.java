package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.Versioning;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Sha256;
import dev.keytrail.call.State;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of a key's versions when it is written or deleted. The current object is the row in {@code s3.object};
 * whatever else a key has lies in {@code s3.version}. Stateless.
 */
final class Versions {
    /** The id of what was put while versions were not kept. */
    static final String NULL = "null";

    private Versions() {}

    /** Changes to commit, and the version that they make or remove. */
    record Outcome(List<Change<?>> changes, ObjectRow version) {
        Outcome {
            changes = List.copyOf(changes);
        }
    }

    /** Makes an object the current one of its key. */
    static Outcome put(Attempt attempt, BucketRow bucket, String key, ObjectRow object) {
        String row = ObjectKeys.row(bucket.name(), key);
        Optional<ObjectRow> present = attempt.state().get(BucketTables.OBJECTS, row);
        List<Change<?>> changes = new ArrayList<>();
        ObjectRow current = bucket.versioning() == Versioning.OFF
                ? replace(attempt, present, object, changes)
                : add(attempt, bucket, row, present, object, changes);
        changes.add(Change.put(BucketTables.OBJECTS, row, current));
        changes.add(touched(attempt, bucket));
        return new Outcome(changes, current);
    }

    private static ObjectRow replace(
            Attempt attempt, Optional<ObjectRow> present, ObjectRow object, List<Change<?>> changes) {
        present.ifPresent(old -> changes.addAll(dropped(attempt, old)));
        return object;
    }

    /** Puts the present version behind, and gives the new one its id. */
    private static ObjectRow add(
            Attempt attempt,
            BucketRow bucket,
            String row,
            Optional<ObjectRow> present,
            ObjectRow object,
            List<Change<?>> changes) {
        long number = attempt.state().get(BucketTables.HEADS, row).orElse(0L) + 1;
        changes.add(Change.put(BucketTables.HEADS, row, number));
        if (bucket.versioning() == Versioning.ENABLED) {
            present.ifPresent(
                    old -> changes.add(Change.put(BucketTables.VERSIONS, ObjectKeys.version(row, old.number()), old)));
            return object.as(id(attempt, row, number), number);
        }
        // Suspended: the new one takes the place of the version "null", wherever that is.
        if (present.isPresent() && present.get().version().equals(NULL)) {
            changes.addAll(dropped(attempt, present.get()));
        } else {
            present.ifPresent(
                    old -> changes.add(Change.put(BucketTables.VERSIONS, ObjectKeys.version(row, old.number()), old)));
            behind(attempt.state(), row, NULL).ifPresent(old -> {
                changes.add(Change.delete(BucketTables.VERSIONS, old.key()));
                changes.addAll(dropped(attempt, old.value()));
            });
        }
        return object.as(NULL, number);
    }

    /** What a DELETE without a version does: where versions are kept, a marker hides them. */
    static Outcome delete(Attempt attempt, BucketRow bucket, String key) {
        String row = ObjectKeys.row(bucket.name(), key);
        Optional<ObjectRow> present = attempt.state().get(BucketTables.OBJECTS, row);
        ObjectRow marker = ObjectRow.deleteMarker(attempt.call().receivedAt().truncatedTo(ChronoUnit.SECONDS));
        List<Change<?>> changes = new ArrayList<>();
        if (bucket.versioning() == Versioning.OFF) {
            present.ifPresent(old -> {
                changes.add(Change.delete(BucketTables.OBJECTS, row));
                changes.addAll(dropped(attempt, old));
            });
            return new Outcome(changes, marker);
        }
        ObjectRow made = add(attempt, bucket, row, present, marker, changes);
        present.ifPresent(_ -> changes.add(Change.delete(BucketTables.OBJECTS, row)));
        changes.add(Change.put(BucketTables.VERSIONS, ObjectKeys.version(row, made.number()), made));
        changes.add(touched(attempt, bucket));
        return new Outcome(changes, made);
    }

    /** Removes one version for good. The newest that is left becomes the current one, unless it is a marker. */
    static Outcome remove(Attempt attempt, BucketRow bucket, String key, ObjectRow version) {
        String row = ObjectKeys.row(bucket.name(), key);
        Optional<ObjectRow> present = attempt.state().get(BucketTables.OBJECTS, row);
        List<Change<?>> changes = new ArrayList<>(dropped(attempt, version));
        attempt.state()
                .get(BucketTables.HEADS, row)
                .ifPresent(number -> changes.add(Change.put(BucketTables.HEADS, row, number)));
        boolean current = present.isPresent() && present.get().version().equals(version.version());
        if (current) {
            changes.add(Change.delete(BucketTables.OBJECTS, row));
        } else {
            changes.add(Change.delete(BucketTables.VERSIONS, ObjectKeys.version(row, version.number())));
        }
        if (current || present.isEmpty()) {
            for (State.Row<ObjectRow> next :
                    attempt.state().scan(BucketTables.VERSIONS, ObjectKeys.versions(row), "")) {
                if (next.value().version().equals(version.version())) {
                    continue;
                }
                if (!next.value().marker()) {
                    changes.add(Change.delete(BucketTables.VERSIONS, next.key()));
                    changes.add(Change.put(BucketTables.OBJECTS, row, next.value()));
                }
                break;
            }
        }
        return new Outcome(changes, version);
    }

    /** A version in the place it has now, with other terms. */
    static Change<?> amended(Attempt attempt, BucketRow bucket, String key, ObjectRow version) {
        String row = ObjectKeys.row(bucket.name(), key);
        boolean current = attempt.state()
                .get(BucketTables.OBJECTS, row)
                .filter(present -> present.version().equals(version.version()))
                .isPresent();
        return current
                ? Change.put(BucketTables.OBJECTS, row, version)
                : Change.put(BucketTables.VERSIONS, ObjectKeys.version(row, version.number()), version);
    }

    /** One version or marker by its id; the read counts for the commit. */
    static Optional<ObjectRow> find(State state, BucketRow bucket, String key, String version) {
        String row = ObjectKeys.row(bucket.name(), key);
        Optional<ObjectRow> present = state.get(BucketTables.OBJECTS, row);
        state.get(BucketTables.HEADS, row);
        return present.filter(current -> current.version().equals(version))
                .or(() -> behind(state, row, version).map(State.Row::value));
    }

    private static Optional<State.Row<ObjectRow>> behind(State state, String row, String version) {
        for (State.Row<ObjectRow> each : state.scan(BucketTables.VERSIONS, ObjectKeys.versions(row), "")) {
            if (each.value().version().equals(version)) {
                // Read once more, so that the commit is held against it.
                return state.get(BucketTables.VERSIONS, each.key()).map(value -> new State.Row<>(each.key(), value));
            }
        }
        return Optional.empty();
    }

    /** The rows that hand an object's content files to the sweep. */
    static List<Change<?>> dropped(Attempt attempt, ObjectRow object) {
        return dropped(attempt, object.pieces());
    }

    static List<Change<?>> dropped(Attempt attempt, List<Piece> pieces) {
        List<Change<?>> changes = new ArrayList<>();
        for (Piece piece : pieces) {
            changes.add(Change.put(
                    BucketTables.GARBAGE,
                    BucketTables.garbageKey(attempt.call().receivedAt(), piece.contentId()),
                    piece.contentId()));
        }
        return changes;
    }

    /** Tells a DeleteBucket under way that the bucket is not what it saw. */
    static Change<String> touched(Attempt attempt, BucketRow bucket) {
        return Change.put(BucketTables.LAST_PUT, bucket.name(), attempt.call().requestId());
    }

    /** Opaque to clients, and of this version alone: it hangs on the call's id. */
    private static String id(Attempt attempt, String row, long number) {
        String seed = attempt.call().requestId() + "\n" + row + "\n" + number;
        return Sha256.of(Bytes.utf8(seed)).slice(0, 16).hex();
    }
}
