package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import dev.keytrail.wire.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * One digest: its name, its content and what is signed of it, all a function of what it tells (cloudtrail.md H1, H2).
 *
 * @param content JSON, not yet compressed
 */
record DigestFile(String key, Instant end, String bucket, Bytes content, Optional<String> previousSignature) {
    static final String SIGNATURE = "signature";
    static final String SIGNATURE_ALGORITHM = "signature-algorithm";
    static final String ALGORITHM = "SHA256withRSA";
    static final String GENERATED = "backfill-generation-timestamp";
    private static final String FOLDER_NAME = "CloudTrail-Digest";
    private static final String HASH_ALGORITHM = "SHA-256";

    private static final DateTimeFormatter FOLDER =
            DateTimeFormatter.ofPattern("uuuu/MM/dd", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * Whose digest it is.
     *
     * @param folder whose files it names
     */
    record Owner(Folder folder, String trail, String trailAccount, String homeRegion) {}

    static DigestFile of(
            Owner owner,
            Chain.Plan plan,
            Optional<Chain.Link> previous,
            Optional<Chain.Link> preceding,
            String fingerprint,
            List<CoveredFile> files,
            Optional<CountsFile> counts) {
        String key = key(FOLDER_NAME, owner, plan);
        Bytes content = JsonObject.of(json -> {
            json.writeStringProperty("awsAccountId", owner.folder().account());
            json.writeStringProperty("digestStartTime", plan.start().toString());
            json.writeStringProperty("digestEndTime", plan.end().toString());
            json.writeStringProperty("digestS3Bucket", plan.bucket());
            json.writeStringProperty("digestS3Object", key);
            json.writeStringProperty("digestPublicKeyFingerprint", fingerprint);
            json.writeStringProperty("digestSignatureAlgorithm", ALGORITHM);
            text(
                    json,
                    "newestEventTime",
                    files.stream().map(CoveredFile::newest).max(Instant::compareTo));
            text(
                    json,
                    "oldestEventTime",
                    files.stream().map(CoveredFile::oldest).min(Instant::compareTo));
            text(json, "previousDigestS3Bucket", previous.map(Chain.Link::bucket));
            text(json, "previousDigestS3Object", previous.map(Chain.Link::key));
            text(json, "previousDigestHashValue", previous.map(Chain.Link::hash));
            text(json, "previousDigestHashAlgorithm", previous.map(_ -> HASH_ALGORITHM));
            text(json, "previousDigestSignature", previous.map(Chain.Link::signature));
            json.writeArrayPropertyStart("logFiles");
            files.forEach(file -> write(json, file));
            json.writeEndArray();
            if (counts.isPresent()) {
                // Beyond AWS: what is signed here speaks for the counts beside it.
                json.writeStringProperty("countsS3Object", counts.get().key());
                json.writeStringProperty("countsHashValue", counts.get().hash());
            }
            if (preceding.isPresent()) {
                // Beyond AWS, whose chains know nothing of each other.
                json.writeStringProperty(
                        "precedingDigestS3Bucket", preceding.get().bucket());
                json.writeStringProperty(
                        "precedingDigestS3Object", preceding.get().key());
                json.writeStringProperty(
                        "precedingDigestHashValue", preceding.get().hash());
                json.writeStringProperty(
                        "precedingDigestSignature", preceding.get().signature());
            }
        });
        return new DigestFile(key, plan.end(), plan.bucket(), content, previous.map(Chain.Link::signature));
    }

    /** @param kind the folder's name, part of the object's */
    static String key(String kind, Owner owner, Chain.Plan plan) {
        Folder folder =
                new Folder(kind, owner.folder().account(), owner.folder().region());
        return folder.path(plan.prefix(), plan.organization()) + FOLDER.format(plan.end()) + "/" + folder.account()
                + "_" + kind + "_" + folder.region() + "_" + owner.trail() + "_" + owner.homeRegion() + "_"
                + SECOND.format(plan.end()) + (plan.lateAt().isPresent() ? "_backfill" : "") + ".json.gz";
    }

    private static void write(JsonGenerator json, CoveredFile file) {
        json.writeStartObject();
        json.writeStringProperty("s3Bucket", file.bucket());
        json.writeStringProperty("s3Object", file.key());
        json.writeStringProperty("hashValue", file.hash());
        json.writeStringProperty("hashAlgorithm", HASH_ALGORITHM);
        json.writeStringProperty("newestEventTime", file.newest().toString());
        json.writeStringProperty("oldestEventTime", file.oldest().toString());
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String name, Optional<?> value) {
        json.writeName(name);
        if (value.isPresent()) {
            json.writeString(value.get().toString());
        } else {
            json.writeNull();
        }
    }

    String hash() {
        return Sha256.hex(content);
    }

    /** Four lines; the word null stands for the signature that a starting digest has not got. */
    Bytes toSign() {
        return Bytes.utf8(end + "\n" + bucket + "/" + key + "\n" + hash() + "\n" + previousSignature.orElse("null"));
    }
}
