package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The state rows of buckets and objects. */
final class BucketTables {
    /** Key: the bucket's name, for names are shared by all accounts. */
    static final Table<BucketRow> BUCKETS = new Table<>("s3.bucket", RowCodec.of(BucketRow::write, BucketRow::read));

    /** Which buckets an account has. Key: {@code account/name}; value: the name. */
    static final Table<String> OWNED = new Table<>("s3.owned", text());

    /** Key: {@link ObjectKeys#row}. */
    static final Table<ObjectRow> OBJECTS = new Table<>("s3.object", RowCodec.of(ObjectRow::write, ObjectRow::read));

    /**
     * The content id last put into a bucket. Key: the bucket's name. Every put writes it and none reads it, so puts do
     * not conflict with each other; DeleteBucket reads it, because its look at the objects is a scan, which no commit
     * checks.
     */
    static final Table<String> LAST_PUT = new Table<>("s3.lastput", text());

    /** Content files no row refers to any more. Key: {@code MILLIS/contentId}, 16 digits; value: the content id. */
    static final Table<String> GARBAGE = new Table<>("s3.garbage", text());

    static final List<Table<?>> ALL = List.of(BUCKETS, OWNED, OBJECTS, LAST_PUT, GARBAGE);

    private BucketTables() {}

    static String garbageKey(Instant droppedAt, String contentId) {
        return "%016d/%s".formatted(droppedAt.toEpochMilli(), contentId);
    }

    static Instant droppedAt(String garbageKey) {
        return Instant.ofEpochMilli(Long.parseLong(garbageKey.substring(0, 16)));
    }

    private static RowCodec<String> text() {
        return RowCodec.of((value, out) -> out.version(1).text(value), in -> {
            in.version(1);
            return in.text();
        });
    }

    /** @param policy the bucket policy as it was put */
    record BucketRow(String name, String account, String region, Instant createdAt, Optional<String> policy) {
        String arn() {
            return "arn:aws:s3:::" + name;
        }

        BucketRow withPolicy(Optional<String> newPolicy) {
            return new BucketRow(name, account, region, createdAt, newPolicy);
        }

        private static void write(BucketRow row, RowWriter out) {
            out.version(1)
                    .text(row.name)
                    .text(row.account)
                    .text(row.region)
                    .instant(row.createdAt)
                    .optionalText(row.policy);
        }

        private static BucketRow read(RowReader in) {
            in.version(1);
            return new BucketRow(in.text(), in.text(), in.text(), in.instant(), in.optionalText());
        }
    }

    /**
     * @param modifiedAt whole seconds, for HTTP dates have no more
     * @param headers what a GET gives back as it was put: Content-Type and its like, lower-case names
     * @param metadata names without {@code x-amz-meta-}
     * @param checksums by header name
     * @param encryption the {@code x-amz-server-side-encryption} that was asked for
     * @param sealing how the content lies on disk, when a KMS key encrypts it; all sizes and sums but its own are then
     *     of the encrypted bytes, except {@code sizeBytes}
     */
    record ObjectRow(
            String contentId,
            long sizeBytes,
            Instant modifiedAt,
            Bytes md5,
            Bytes sha256,
            Map<String, String> headers,
            Map<String, String> metadata,
            Map<String, String> checksums,
            Optional<String> encryption,
            Optional<Sealing> sealing) {
        ObjectRow {
            // Sorted, so that equal rows have equal bytes.
            headers = Collections.unmodifiableMap(new TreeMap<>(headers));
            metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
            checksums = Collections.unmodifiableMap(new TreeMap<>(checksums));
        }

        /** With its quotes. */
        String etag() {
            return '"' + md5.hex() + '"';
        }

        private static void write(ObjectRow row, RowWriter out) {
            out.version(2)
                    .text(row.contentId)
                    .number(row.sizeBytes)
                    .instant(row.modifiedAt)
                    .bytes(row.md5)
                    .bytes(row.sha256)
                    .texts(row.headers)
                    .texts(row.metadata)
                    .texts(row.checksums)
                    .optionalText(row.encryption)
                    .optional(row.sealing, Sealing::write);
        }

        private static ObjectRow read(RowReader in) {
            int version = in.version(2);
            return new ObjectRow(
                    in.text(),
                    in.number(),
                    in.instant(),
                    in.bytes(),
                    in.bytes(),
                    in.textMap(),
                    in.textMap(),
                    in.textMap(),
                    in.optionalText(),
                    version > 1 ? in.optional(Sealing::read) : Optional.empty());
        }
    }
}
