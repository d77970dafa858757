package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

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

    /** Versions that are not the current one, and delete markers. Key: {@link ObjectKeys#version}. */
    static final Table<ObjectRow> VERSIONS = new Table<>("s3.version", RowCodec.of(ObjectRow::write, ObjectRow::read));

    /**
     * The number of a key's newest version. Key: {@link ObjectKeys#row}. Every change of a versioned key reads and writes
     * it, so that two changes of one key cannot both be decided on one look at its versions, which is a scan.
     */
    static final Table<Long> HEADS =
            new Table<>("s3.head", RowCodec.of((value, out) -> out.version(1).number(value), in -> {
                in.version(1);
                return in.number();
            }));

    /** Multipart uploads under way. Key: {@link ObjectKeys#upload}. */
    static final Table<UploadRow> UPLOADS = new Table<>("s3.upload", RowCodec.of(UploadRow::write, UploadRow::read));

    /** Key: {@code uploadId/NNNNN}. */
    static final Table<PartRow> PARTS = new Table<>("s3.part", RowCodec.of(PartRow::write, PartRow::read));

    /** The content id last put into an upload, as {@link #LAST_PUT} is a bucket's. Key: the upload's id. */
    static final Table<String> LAST_PART = new Table<>("s3.lastpart", text());

    static final List<Rewrapping<?>> REWRAPPINGS = List.of(
            new Rewrapping<>(OBJECTS, (vault, object) -> object.renewed(vault)),
            new Rewrapping<>(VERSIONS, (vault, object) -> object.renewed(vault)),
            new Rewrapping<>(UPLOADS, (vault, upload) -> upload.renewed(vault)));

    static final List<Table<?>> ALL =
            List.of(BUCKETS, OWNED, OBJECTS, LAST_PUT, GARBAGE, VERSIONS, HEADS, UPLOADS, PARTS, LAST_PART);

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

    /** Whether a bucket keeps the versions of its objects. */
    enum Versioning {
        OFF,
        ENABLED,
        SUSPENDED
    }

    /**
     * @param policy the bucket policy as it was put
     * @param locking whether versions may be locked; then versioning is enabled for good
     * @param lockDefault what a new version gets that brings no retention of its own
     */
    record BucketRow(
            String name,
            String account,
            String region,
            Instant createdAt,
            Optional<String> policy,
            Versioning versioning,
            boolean locking,
            Optional<ObjectLock.Default> lockDefault,
            Map<String, String> tags,
            Optional<DefaultEncryption> encryption) {
        BucketRow {
            tags = Collections.unmodifiableMap(new TreeMap<>(tags));
        }

        static BucketRow created(String name, String account, String region, Instant createdAt, boolean locking) {
            Versioning versioning = locking ? Versioning.ENABLED : Versioning.OFF;
            return new BucketRow(
                    name,
                    account,
                    region,
                    createdAt,
                    Optional.empty(),
                    versioning,
                    locking,
                    Optional.empty(),
                    Map.of(),
                    Optional.empty());
        }

        String arn() {
            return "arn:aws:s3:::" + name;
        }

        BucketRow withPolicy(Optional<String> newPolicy) {
            return new BucketRow(
                    name, account, region, createdAt, newPolicy, versioning, locking, lockDefault, tags, encryption);
        }

        BucketRow withVersioning(Versioning now) {
            return new BucketRow(name, account, region, createdAt, policy, now, locking, lockDefault, tags, encryption);
        }

        BucketRow locked(Optional<ObjectLock.Default> newDefault) {
            return new BucketRow(
                    name, account, region, createdAt, policy, versioning, true, newDefault, tags, encryption);
        }

        BucketRow withTags(Map<String, String> newTags) {
            return new BucketRow(
                    name, account, region, createdAt, policy, versioning, locking, lockDefault, newTags, encryption);
        }

        BucketRow encrypting(Optional<DefaultEncryption> newDefault) {
            return new BucketRow(
                    name, account, region, createdAt, policy, versioning, locking, lockDefault, tags, newDefault);
        }

        private static void write(BucketRow row, RowWriter out) {
            out.version(3)
                    .text(row.name)
                    .text(row.account)
                    .text(row.region)
                    .instant(row.createdAt)
                    .optionalText(row.policy)
                    .text(row.versioning.name())
                    .flag(row.locking)
                    .optional(row.lockDefault, ObjectLock.Default::write)
                    .texts(row.tags)
                    .optional(row.encryption, DefaultEncryption::write);
        }

        private static BucketRow read(RowReader in) {
            int version = in.version(3);
            BucketRow first = new BucketRow(
                    in.text(),
                    in.text(),
                    in.text(),
                    in.instant(),
                    in.optionalText(),
                    Versioning.OFF,
                    false,
                    Optional.empty(),
                    Map.of(),
                    Optional.empty());
            if (version == 1) {
                return first;
            }
            BucketRow versioned = first.withVersioning(Versioning.valueOf(in.text()));
            boolean locking = in.flag();
            Optional<ObjectLock.Default> lockDefault = in.optional(ObjectLock.Default::read);
            BucketRow tagged = (locking ? versioned.locked(lockDefault) : versioned).withTags(in.textMap());
            return version == 2 ? tagged : tagged.encrypting(in.optional(DefaultEncryption::read));
        }
    }

    /**
     * One version of an object, or a delete marker, which has no pieces.
     *
     * @param pieces its content files, in order
     * @param modifiedAt whole seconds, for HTTP dates have no more
     * @param tag entity tag, without quotes
     * @param sha256 of the content; empty for what was uploaded in parts
     * @param terms what was put with it
     * @param checksums by header name
     * @param checksumType {@code FULL_OBJECT} or {@code COMPOSITE}
     * @param sealing how the contents lie on disk, when they are encrypted
     * @param version its id; {@link Versions#NULL} where versions are not kept
     * @param number grows with each version of a key
     */
    record ObjectRow(
            List<Piece> pieces,
            long sizeBytes,
            Instant modifiedAt,
            String tag,
            Bytes sha256,
            ObjectTerms terms,
            Map<String, String> checksums,
            String checksumType,
            Optional<Sealing> sealing,
            String version,
            long number,
            boolean marker) {
        static final String FULL_OBJECT = "FULL_OBJECT";
        static final String COMPOSITE = "COMPOSITE";

        ObjectRow {
            pieces = List.copyOf(pieces);
            // Sorted, so that equal rows have equal bytes.
            checksums = Collections.unmodifiableMap(new TreeMap<>(checksums));
        }

        static ObjectRow deleteMarker(Instant at) {
            return new ObjectRow(
                    List.of(),
                    0,
                    at,
                    "",
                    Bytes.EMPTY,
                    ObjectTerms.NONE,
                    Map.of(),
                    FULL_OBJECT,
                    Optional.empty(),
                    Versions.NULL,
                    0,
                    true);
        }

        /** With its quotes. */
        String etag() {
            return '"' + tag + '"';
        }

        ObjectRow as(String newVersion, long newNumber) {
            return with(draft -> {
                draft.version = newVersion;
                draft.number = newNumber;
            });
        }

        ObjectRow unmarked() {
            return with(draft -> draft.marker = false);
        }

        Optional<ObjectRow> renewed(Vault vault) {
            return sealing.flatMap(s -> s.renewed(vault)).map(s -> with(draft -> draft.sealing = Optional.of(s)));
        }

        ObjectRow with(ObjectTerms newTerms) {
            return with(draft -> draft.terms = newTerms);
        }

        private ObjectRow with(Consumer<Draft> change) {
            Draft draft = new Draft();
            change.accept(draft);
            return draft.row();
        }

        /** This row, while a copy with other members is made. */
        private final class Draft {
            private ObjectTerms terms = ObjectRow.this.terms;
            private Optional<Sealing> sealing = ObjectRow.this.sealing;
            private String version = ObjectRow.this.version;
            private long number = ObjectRow.this.number;
            private boolean marker = ObjectRow.this.marker;

            ObjectRow row() {
                return new ObjectRow(
                        pieces,
                        sizeBytes,
                        modifiedAt,
                        tag,
                        sha256,
                        terms,
                        checksums,
                        checksumType,
                        sealing,
                        version,
                        number,
                        marker);
            }
        }

        private static void write(ObjectRow row, RowWriter out) {
            out.version(3)
                    .list(row.pieces, Piece::write)
                    .number(row.sizeBytes)
                    .instant(row.modifiedAt)
                    .text(row.tag)
                    .bytes(row.sha256)
                    .texts(row.checksums)
                    .text(row.checksumType)
                    .optional(row.sealing, Sealing::write)
                    .text(row.version)
                    .number(row.number)
                    .flag(row.marker);
            row.terms.write(out);
        }

        private static ObjectRow read(RowReader in) {
            if (in.version(3) < 3) {
                return old(in);
            }
            List<Piece> pieces = in.list(Piece::read);
            long sizeBytes = in.number();
            Instant modifiedAt = in.instant();
            String tag = in.text();
            Bytes sha256 = in.bytes();
            Map<String, String> checksums = in.textMap();
            String checksumType = in.text();
            Optional<Sealing> sealing = in.optional(Sealing::read);
            String version = in.text();
            long number = in.number();
            boolean marker = in.flag();
            return new ObjectRow(
                    pieces,
                    sizeBytes,
                    modifiedAt,
                    tag,
                    sha256,
                    ObjectTerms.read(in),
                    checksums,
                    checksumType,
                    sealing,
                    version,
                    number,
                    marker);
        }

        /** As rows were before objects had versions and parts. Encrypted contents of that time are not readable. */
        private static ObjectRow old(RowReader in) {
            String contentId = in.text();
            long sizeBytes = in.number();
            Instant modifiedAt = in.instant();
            String tag = in.bytes().hex();
            Bytes sha256 = in.bytes();
            Map<String, String> headers = in.textMap();
            Map<String, String> metadata = in.textMap();
            Map<String, String> checksums = in.textMap();
            ObjectTerms terms =
                    new ObjectTerms(headers, metadata, Map.of(), in.optionalText(), Optional.empty(), false);
            return new ObjectRow(
                    List.of(new Piece(contentId, sizeBytes)),
                    sizeBytes,
                    modifiedAt,
                    tag,
                    sha256,
                    terms,
                    checksums,
                    FULL_OBJECT,
                    Optional.empty(),
                    Versions.NULL,
                    0,
                    false);
        }
    }

    /**
     * A multipart upload under way.
     *
     * @param checksum the parts' checksums that the object's is made of
     * @param checksumType of the object's checksum
     */
    record UploadRow(
            String id,
            String account,
            Instant startedAt,
            ObjectTerms terms,
            Optional<String> checksum,
            String checksumType,
            Optional<Sealing> sealing) {
        Optional<UploadRow> renewed(Vault vault) {
            return sealing.flatMap(s -> s.renewed(vault))
                    .map(s -> new UploadRow(id, account, startedAt, terms, checksum, checksumType, Optional.of(s)));
        }

        private static void write(UploadRow row, RowWriter out) {
            out.version(1).text(row.id).text(row.account).instant(row.startedAt);
            row.terms.write(out);
            out.optionalText(row.checksum).text(row.checksumType).optional(row.sealing, Sealing::write);
        }

        private static UploadRow read(RowReader in) {
            in.version(1);
            return new UploadRow(
                    in.text(),
                    in.text(),
                    in.instant(),
                    ObjectTerms.read(in),
                    in.optionalText(),
                    in.text(),
                    in.optional(Sealing::read));
        }
    }

    /**
     * A part of an upload.
     *
     * @param tag entity tag, without quotes
     * @param checksums by header name
     */
    record PartRow(int number, Piece piece, Instant modifiedAt, String tag, Map<String, String> checksums) {
        PartRow {
            checksums = Collections.unmodifiableMap(new TreeMap<>(checksums));
        }

        String etag() {
            return '"' + tag + '"';
        }

        private static void write(PartRow row, RowWriter out) {
            out.version(1).number(row.number);
            Piece.write(row.piece, out);
            out.instant(row.modifiedAt).text(row.tag).texts(row.checksums);
        }

        private static PartRow read(RowReader in) {
            in.version(1);
            return new PartRow(in.integer(), Piece.read(in), in.instant(), in.text(), in.textMap());
        }
    }
}
