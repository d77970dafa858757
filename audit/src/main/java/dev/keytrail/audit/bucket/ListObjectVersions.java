package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.State;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * ListObjectVersions: all versions and delete markers, by key and the newest first. Without a delimiter's rolling up each
 * page costs what it shows.
 */
final class ListObjectVersions implements S3Operation.Behaviour {
    private final BucketAccess access;

    ListObjectVersions(BucketAccess access) {
        this.access = access;
    }

    /** What a page shows: a version of a key, or a common prefix. */
    private record Item(String coded, Optional<ObjectRow> version, boolean latest) {}

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, "x-amz-optional-object-attributes");
        access.requireOnBucket(attempt, request, bucket, "s3:ListBucketVersions");
        S3Query query = request.query();
        Optional<String> encoding = query.nonEmpty("encoding-type");
        if (encoding.isPresent() && !encoding.get().equals("url")) {
            throw S3Error.INVALID_ARGUMENT.refused("Invalid Encoding Method specified in Request");
        }
        Optional<String> keyMarker = query.nonEmpty("key-marker");
        Optional<String> versionMarker = query.nonEmpty("version-id-marker");
        if (versionMarker.isPresent() && keyMarker.isEmpty()) {
            throw S3Error.INVALID_ARGUMENT.refused("A version-id marker cannot be specified without a key marker.");
        }
        int max = PageSize.of(query, "max-keys", ListObjects.KEYS_MAX);
        List<Item> items = items(attempt.state(), bucket.name(), query, max);
        UnaryOperator<String> coded = encoding.isPresent() ? PercentCode::encode : UnaryOperator.identity();
        Xml xml = Xml.document("ListVersionsResult");
        xml.text("Name", bucket.name())
                .text("Prefix", coded.apply(query.get("prefix").orElse("")));
        xml.text("KeyMarker", coded.apply(keyMarker.orElse("")));
        xml.text("VersionIdMarker", versionMarker.orElse(""));
        xml.text("MaxKeys", max).text("Delimiter", query.nonEmpty("delimiter").map(coded));
        xml.text("EncodingType", encoding);
        boolean more = max > 0 && items.size() > max;
        xml.text("IsTruncated", more);
        List<Item> shown = items.subList(0, Math.min(max, items.size()));
        if (more) {
            Item last = shown.getLast();
            xml.text("NextKeyMarker", coded.apply(ObjectKeys.decode(last.coded())));
            xml.text("NextVersionIdMarker", last.version().map(ObjectRow::version));
        }
        shown.forEach(item -> item.version().ifPresent(version -> write(xml, bucket, item, version, coded)));
        shown.stream()
                .filter(item -> item.version().isEmpty())
                .forEach(item -> xml.open("CommonPrefixes")
                        .text("Prefix", coded.apply(ObjectKeys.decode(item.coded())))
                        .close());
        return Effect.of(S3Reply.xml(200, xml));
    }

    private static void write(Xml xml, BucketRow bucket, Item item, ObjectRow version, UnaryOperator<String> coded) {
        xml.open(version.marker() ? "DeleteMarker" : "Version")
                .text("Key", coded.apply(ObjectKeys.decode(item.coded())))
                .text("VersionId", version.version())
                .text("IsLatest", item.latest())
                .text("LastModified", S3Dates.listed(version.modifiedAt()));
        if (!version.marker()) {
            xml.text("ETag", version.etag()).text("Size", version.sizeBytes());
            version.checksums()
                    .keySet()
                    .forEach(header -> Checksum.ofHeader(header)
                            .ifPresent(checksum -> xml.text("ChecksumAlgorithm", checksum.name())));
            xml.text("StorageClass", "STANDARD");
        }
        xml.open("Owner").text("ID", CanonicalId.of(bucket.account())).close();
        xml.close();
    }

    /** The items of the page, and one more if there are more. */
    private static List<Item> items(State state, String bucket, S3Query query, int max) {
        String base = ObjectKeys.base(bucket);
        String prefix = ObjectKeys.code(query.get("prefix").orElse(""));
        Optional<String> delimiter = query.nonEmpty("delimiter").map(ObjectKeys::code);
        String marker = query.nonEmpty("key-marker").map(ObjectKeys::code).orElse("");
        Optional<String> versionMarker = query.nonEmpty("version-id-marker");
        List<Item> items = new ArrayList<>();
        Walk walk = new Walk(state, bucket, base + prefix, marker.isEmpty() ? "" : base + marker);
        String rolled = delimiter
                .flatMap(d -> Listing.group(marker, prefix.length(), Optional.of(d)))
                .filter(marker::equals)
                .orElse("");
        while (items.size() <= max) {
            Optional<String> key = walk.nextKey();
            if (key.isEmpty()) {
                break;
            }
            String coded = key.get();
            if (!rolled.isEmpty() && coded.startsWith(rolled)) {
                walk.skip();
                continue;
            }
            Optional<String> group = Listing.group(coded, prefix.length(), delimiter);
            if (group.isPresent()) {
                items.add(new Item(group.get(), Optional.empty(), false));
                rolled = group.get();
                walk.skip();
                continue;
            }
            // Of the marker's own key only what follows the version that is named is left; without one, nothing.
            boolean latest = !coded.equals(marker);
            boolean behind = coded.equals(marker) && !isCurrent(state, base + marker, versionMarker);
            for (ObjectRow version : walk.versions()) {
                if (behind) {
                    behind = !Optional.of(version.version()).equals(versionMarker);
                } else if (items.size() <= max) {
                    items.add(new Item(coded, Optional.of(version), latest));
                }
                latest = false;
            }
        }
        return items;
    }

    private static boolean isCurrent(State state, String row, Optional<String> version) {
        return version.isPresent()
                && state.get(BucketTables.OBJECTS, row)
                        .filter(current -> current.version().equals(version.get()))
                        .isPresent();
    }

    /** Goes through a bucket's keys, each with its versions: the current ones lie in one table, the others in another. */
    private static final class Walk {
        private final String bucket;
        private final Iterator<State.Row<ObjectRow>> currents;
        private final Iterator<State.Row<ObjectRow>> others;
        private Optional<State.Row<ObjectRow>> current;
        private Optional<State.Row<ObjectRow>> other;
        private String key = "";

        /** @param after row keys up to that one are behind; the versions below it are not, their row keys being longer */
        Walk(State state, String bucket, String prefix, String after) {
            this.bucket = bucket;
            currents = state.scan(BucketTables.OBJECTS, prefix, after).iterator();
            others = state.scan(BucketTables.VERSIONS, prefix, after).iterator();
            current = next(currents);
            other = next(others);
        }

        private static Optional<State.Row<ObjectRow>> next(Iterator<State.Row<ObjectRow>> rows) {
            return rows.hasNext() ? Optional.of(rows.next()) : Optional.empty();
        }

        Optional<String> nextKey() {
            Optional<String> first = current.map(
                    row -> row.key().substring(ObjectKeys.base(bucket).length()));
            Optional<String> second = other.map(row -> ObjectKeys.codedKey(bucket, row.key()));
            Optional<String> next = first.isPresent() && second.isPresent()
                    ? Optional.of(first.get().compareTo(second.get()) <= 0 ? first.get() : second.get())
                    : first.or(() -> second);
            key = next.orElse("");
            return next;
        }

        /** Those of the key that {@link #nextKey} gave; moves on. */
        List<ObjectRow> versions() {
            List<ObjectRow> versions = new ArrayList<>();
            if (current.filter(row -> row.key().equals(ObjectKeys.base(bucket) + key))
                    .isPresent()) {
                versions.add(current.get().value());
                current = next(currents);
            }
            while (other.filter(row -> ObjectKeys.codedKey(bucket, row.key()).equals(key))
                    .isPresent()) {
                versions.add(other.get().value());
                other = next(others);
            }
            return versions;
        }

        void skip() {
            versions();
        }
    }
}
