package dev.keytrail.audit.bucket;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What goes with an object's bytes.
 *
 * @param headers what a GET gives back as it was put: Content-Type and its like, lower-case names
 * @param metadata names without {@code x-amz-meta-}
 * @param encryption the {@code x-amz-server-side-encryption} that was asked for; of an object, how it is encrypted
 * @param retention until when, and how strictly, the version may not be deleted
 * @param held whether a legal hold forbids that too
 */
record ObjectTerms(
        Map<String, String> headers,
        Map<String, String> metadata,
        Map<String, String> tags,
        Optional<String> encryption,
        Optional<ObjectLock.Retention> retention,
        boolean held) {
    static final ObjectTerms NONE =
            new ObjectTerms(Map.of(), Map.of(), Map.of(), Optional.empty(), Optional.empty(), false);

    static final String USER_METADATA = "x-amz-meta-";
    static final String TAGGING = "x-amz-tagging";
    private static final int USER_METADATA_BYTES_MAX = 2048;
    private static final String STORAGE_CLASS = "x-amz-storage-class";
    private static final String BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled";

    /** What a GET gives back as it was put. */
    static final List<String> KEPT_HEADERS = List.of(
            "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires");

    /** The headers that {@link #of} understands. */
    static final List<String> UNDERSTOOD = List.of(
            USER_METADATA,
            TAGGING,
            Sealing.HEADER,
            Sealing.KEY_HEADER,
            Sealing.CONTEXT_HEADER,
            BUCKET_KEY,
            ObjectLock.MODE_HEADER,
            ObjectLock.UNTIL_HEADER,
            ObjectLock.HOLD_HEADER,
            STORAGE_CLASS,
            "x-amz-acl");

    ObjectTerms {
        // Sorted, so that equal rows have equal bytes.
        headers = Collections.unmodifiableMap(new TreeMap<>(headers));
        metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
        tags = Collections.unmodifiableMap(new TreeMap<>(tags));
    }

    /** What a request's headers say. @throws dev.keytrail.call.Refused what is not sound, or not implemented */
    static ObjectTerms of(S3Request request) {
        HeaderRules.requireHarmlessAcl(request);
        S3Headers given = request.headers();
        requireEncryption(given);
        if (!given.get(STORAGE_CLASS).orElse("STANDARD").equals("STANDARD")) {
            throw S3Error.NOT_IMPLEMENTED.refused("Only the storage class STANDARD is implemented.");
        }
        Map<String, String> metadata = metadata(given);
        int bytes = 0;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            bytes += utf8Length(entry.getKey()) + utf8Length(entry.getValue());
        }
        if (bytes > USER_METADATA_BYTES_MAX) {
            throw S3Error.METADATA_TOO_LARGE.refused();
        }
        return new ObjectTerms(
                kept(given),
                metadata,
                given.get(TAGGING).map(TagSet::ofHeader).orElse(Map.of()),
                given.get(Sealing.HEADER),
                ObjectLock.Retention.ofHeaders(given),
                ObjectLock.holdOfHeaders(given));
    }

    private static void requireEncryption(S3Headers given) {
        Optional<String> encryption = given.get(Sealing.HEADER);
        if (encryption.isPresent()
                && !encryption.get().equals(Sealing.OWN_ALGORITHM)
                && !encryption.get().equals(Sealing.ALGORITHM)) {
            throw encryption.get().startsWith("aws:")
                    ? S3Error.NOT_IMPLEMENTED.refused(
                            "Server-side encryption with " + encryption.get() + " is not implemented.")
                    : S3Error.INVALID_ARGUMENT.refused("The encryption method specified is not supported");
        }
        boolean kms = encryption.equals(Optional.of(Sealing.ALGORITHM));
        if (!kms && (given.has(Sealing.KEY_HEADER) || given.has(Sealing.CONTEXT_HEADER))) {
            throw S3Error.INVALID_ARGUMENT.refused("A KMS key needs " + Sealing.HEADER + ": aws:kms.");
        }
        if (!given.get(BUCKET_KEY).orElse("false").equalsIgnoreCase("false")) {
            throw S3Error.NOT_IMPLEMENTED.refused("Bucket keys are not implemented: each object has a data key.");
        }
    }

    private static Map<String, String> kept(S3Headers given) {
        Map<String, String> kept = new LinkedHashMap<>();
        for (String name : KEPT_HEADERS) {
            given.get(name).ifPresent(value -> kept.put(name, value));
        }
        // aws-chunked codes the request's body, not the object.
        String coding = Arrays.stream(kept.getOrDefault("content-encoding", "").split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty() && !part.equals("aws-chunked"))
                .collect(Collectors.joining(","));
        if (coding.isEmpty()) {
            kept.remove("content-encoding");
        } else {
            kept.put("content-encoding", coding);
        }
        return kept;
    }

    private static Map<String, String> metadata(S3Headers given) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String name : given.names()) {
            if (name.startsWith(USER_METADATA)) {
                metadata.put(
                        name.substring(USER_METADATA.length()), given.get(name).orElseThrow());
            }
        }
        return metadata;
    }

    /** These, of an object that is encrypted so, whether its request or its bucket asked for it. */
    ObjectTerms sealed(Optional<Sealing> sealing) {
        return new ObjectTerms(headers, metadata, tags, sealing.map(Sealing::algorithm), retention, held);
    }

    ObjectTerms withTags(Map<String, String> newTags) {
        return new ObjectTerms(headers, metadata, newTags, encryption, retention, held);
    }

    ObjectTerms with(Optional<ObjectLock.Retention> newRetention, boolean nowHeld) {
        return new ObjectTerms(headers, metadata, tags, encryption, newRetention, nowHeld);
    }

    /** These, but headers and metadata as another object has them. */
    ObjectTerms describedLike(ObjectTerms other) {
        return new ObjectTerms(other.headers, other.metadata, tags, encryption, retention, held);
    }

    void write(RowWriter out) {
        out.texts(headers)
                .texts(metadata)
                .texts(tags)
                .optionalText(encryption)
                .optional(retention, ObjectLock.Retention::write)
                .flag(held);
    }

    static ObjectTerms read(RowReader in) {
        return new ObjectTerms(
                in.textMap(),
                in.textMap(),
                in.textMap(),
                in.optionalText(),
                in.optional(ObjectLock.Retention::read),
                in.flag());
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
