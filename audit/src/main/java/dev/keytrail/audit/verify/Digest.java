package dev.keytrail.audit.verify;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One digest as it lies there (cloudtrail.md H1). What it says is not yet believed.
 *
 * @param sha256 of its content, lower-case hex
 * @param signature its own, hex; empty when the source did not keep it
 * @param preceding the digest before one that begins a chain, in another; of our own digests alone
 * @param counts present when the trail counts what it leaves out
 */
record Digest(
        Name name,
        String bucket,
        String object,
        Instant start,
        String endText,
        String fingerprint,
        Optional<Previous> previous,
        Optional<Previous> preceding,
        List<LogFile> files,
        String sha256,
        Optional<String> signature,
        Optional<Counts> counts) {
    /** What a digest says of the counts beside it. */
    record Counts(String key, String sha256) {}

    /** What a digest says of the one before it. */
    record Previous(String bucket, String key, String sha256, Optional<String> signature) {}

    record LogFile(String bucket, String key, String sha256) {}

    /** Whose digests follow one another. */
    record Line(String prefix, String account, String region, String trail, String homeRegion) {
        @Override
        public String toString() {
            return "trail " + trail + " of account " + account + " in " + region;
        }

        String trailArn() {
            return "arn:aws:cloudtrail:" + homeRegion + ":" + account + ":trail/" + trail;
        }

        /** How the trail's ARN ends; of an organisation's trail the account is not known from here. */
        String arnEnding() {
            return isOrganizations() ? ":trail/" + trail : trailArn();
        }

        /** Where the digest that ends then would be. */
        String keyOf(Instant end) {
            return prefix + "CloudTrail-Digest/" + region + "/" + FOLDER.format(end) + "/" + account
                    + "_CloudTrail-Digest_" + region + "_" + trail + "_" + homeRegion + "_" + SECOND.format(end)
                    + ".json.gz";
        }

        /** Whether it is one that ends by the calls of another account or Region: both are of one trail. */
        boolean isSiblingOf(Line other) {
            boolean together = account.equals(other.account) || isOrganizations() && root().equals(other.root());
            return together && trail.equals(other.trail) && homeRegion.equals(other.homeRegion);
        }

        boolean isOrganizations() {
            return prefix.matches("(?:.*/)?AWSLogs/o-[a-z0-9]+/\\d{12}/");
        }

        private String root() {
            return prefix.substring(0, prefix.length() - account.length() - 1);
        }

        /** Where its log files are. */
        String logFolder() {
            return prefix + "CloudTrail/" + region + "/";
        }
    }

    private static final DateTimeFormatter FOLDER =
            DateTimeFormatter.ofPattern("uuuu/MM/dd", Locale.ROOT).withZone(ZoneOffset.UTC);
    static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * A digest's key, taken apart.
     *
     * @param backfill whether it says that it was late
     */
    record Name(String key, Line line, Instant end, boolean backfill) {
        private static final Pattern FORM =
                Pattern.compile("((?:.*/)?AWSLogs/(?:o-[a-z0-9]+/)?(\\d{12})/)CloudTrail-Digest/([a-z0-9-]+)/"
                        + "\\d{4}/\\d{2}/\\d{2}/\\2_CloudTrail-Digest_\\3_(.+)_([a-z0-9-]+)_(\\d{8}T\\d{6}Z)"
                        + "(_backfill)?\\.json\\.gz");

        static Optional<Name> parse(String key) {
            Matcher match = FORM.matcher(key);
            if (!match.matches()) {
                return Optional.empty();
            }
            try {
                Instant end = SECOND.parse(match.group(6), Instant::from);
                Line line = new Line(match.group(1), match.group(2), match.group(3), match.group(4), match.group(5));
                return Optional.of(new Name(key, line, end, match.group(7) != null));
            } catch (DateTimeException noTime) {
                return Optional.empty();
            }
        }
    }

    /** @throws IOException with what is wrong with its form, in a few words */
    static Digest read(Name name, TrailSource.Stored stored) throws IOException {
        Bytes content = Gunzip.content(stored.body());
        Facts facts = JsonFacts.parse(content.utf8()).orElseThrow(() -> new IOException("it is not JSON"));
        try {
            List<LogFile> files = new ArrayList<>();
            for (Facts file : PublicKeys.objects(facts, "logFiles")) {
                files.add(new LogFile(must(file, "s3Bucket"), must(file, "s3Object"), must(file, "hashValue")));
            }
            return new Digest(
                    name,
                    must(facts, "digestS3Bucket"),
                    must(facts, "digestS3Object"),
                    Instant.parse(must(facts, "digestStartTime")),
                    must(facts, "digestEndTime"),
                    must(facts, "digestPublicKeyFingerprint"),
                    link(facts, "previousDigest"),
                    link(facts, "precedingDigest"),
                    files,
                    Gunzip.hash(stored.body()).sha256(),
                    stored.signature(),
                    text(facts, "countsS3Object").isEmpty()
                            ? Optional.empty()
                            : Optional.of(new Counts(must(facts, "countsS3Object"), must(facts, "countsHashValue"))));
        } catch (DateTimeException noTime) {
            throw new IOException("its times are not times");
        }
    }

    private static Optional<Previous> link(Facts facts, String kind) throws IOException {
        Optional<String> key = text(facts, kind + "S3Object");
        return key.isEmpty()
                ? Optional.empty()
                : Optional.of(new Previous(
                        must(facts, kind + "S3Bucket"),
                        key.get(),
                        must(facts, kind + "HashValue"),
                        text(facts, kind + "Signature")));
    }

    /** What it says of the one before, of its chain or of another. */
    Optional<Previous> before() {
        return previous.or(() -> preceding);
    }

    Instant end() {
        return name.end();
    }

    byte[] toSign() {
        String text = endText + "\n" + bucket + "/" + object + "\n" + sha256 + "\n"
                + previous.flatMap(Previous::signature).orElse("null");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Optional<String> text(Facts facts, String name) {
        return facts.get(name).map(Object::toString);
    }

    private static String must(Facts facts, String name) throws IOException {
        return text(facts, name).orElseThrow(() -> new IOException("it has no " + name));
    }
}
