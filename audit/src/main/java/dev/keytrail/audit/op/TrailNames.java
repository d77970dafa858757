package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Call;
import dev.keytrail.call.Refused;
import java.util.Optional;
import java.util.regex.Pattern;

/** How trails and buckets may be called, and what a caller's "name or ARN" means (cloudtrail.md F2, F3). */
final class TrailNames {
    static final int NAME_MIN = 3;
    static final int NAME_MAX = 128;

    private static final Pattern CHARACTERS = Pattern.compile("[A-Za-z0-9._-]+");
    private static final Pattern EDGES = Pattern.compile("[A-Za-z0-9](.*[A-Za-z0-9])?");
    private static final Pattern NEIGHBOURS = Pattern.compile(".*[._-]{2}.*");
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern ALIAS = Pattern.compile("alias/[A-Za-z0-9/_-]{1,250}");
    private static final Pattern KEY_ID = Pattern.compile("(mrk-[0-9a-f]{32}|[0-9a-f-]{36})");
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9_-]{1,256}");
    private static final String RESOURCE = "trail/";

    private TrailNames() {}

    /** A trail as a caller means it. It need not exist. */
    record Target(String account, String homeRegion, String name) {
        String arn() {
            return Trail.arn(account, homeRegion, name);
        }
    }

    /** A bare name means a trail of the asked Region. */
    static Target target(Call call, String nameOrArn) {
        if (!nameOrArn.startsWith("arn:")) {
            checkName(nameOrArn);
            return new Target(call.account(), call.region(), nameOrArn);
        }
        Optional<Arn> arn = Arn.parse(nameOrArn)
                .filter(a -> a.service().equals("cloudtrail") && a.resource().startsWith(RESOURCE));
        if (arn.isEmpty() || arn.get().region().isEmpty() || arn.get().account().isEmpty()) {
            throw new Refused(
                    ApiError.of(
                            "CloudTrailARNInvalidException",
                            "Trail ARN is invalid. A valid trail ARN has the format arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME."));
        }
        String name = arn.get().resource().substring(RESOURCE.length());
        checkName(name);
        return new Target(arn.get().account(), arn.get().region(), name);
    }

    static void checkName(String name) {
        if (name.length() < NAME_MIN) {
            throw badName("Trail name too short. Minimum allowed length: " + NAME_MIN
                    + " characters. Specified name length: " + name.length() + " characters.");
        }
        if (name.length() > NAME_MAX) {
            throw badName("Trail name too long. Maximum allowed length: " + NAME_MAX
                    + " characters. Specified name length: " + name.length() + " characters.");
        }
        if (!CHARACTERS.matcher(name).matches()) {
            throw badName("Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, "
                    + "periods (.), hyphens (-), and underscores (_).");
        }
        if (!EDGES.matcher(name).matches()) {
            throw badName("Trail name must start and end with a letter or number.");
        }
        if (NEIGHBOURS.matcher(name).matches() || ADDRESS.matcher(name).matches()) {
            throw badName("Trail name must have no adjacent periods, underscores or dashes and not be an IP address.");
        }
    }

    static void checkBucket(String bucket) {
        boolean fine = BUCKET.matcher(bucket).matches()
                && !bucket.contains("..")
                && !ADDRESS.matcher(bucket).matches();
        if (!fine) {
            throw new Refused(ApiError.of("InvalidS3BucketNameException", "Bucket name is invalid: " + bucket));
        }
    }

    /** The ARN that a topic's name or ARN means; empty for empty text, which takes the topic away. */
    static Optional<String> topic(String nameOrArn, String account, String homeRegion) {
        if (nameOrArn.isEmpty()) {
            return Optional.empty();
        }
        if (TOPIC.matcher(nameOrArn).matches()) {
            return Optional.of(Arn.of("sns", homeRegion, account, nameOrArn).toString());
        }
        Optional<Arn> arn = Arn.parse(nameOrArn)
                .filter(a -> a.service().equals("sns")
                        && !a.region().isEmpty()
                        && a.account().matches("\\d{12}")
                        && TOPIC.matcher(a.resource()).matches());
        if (arn.isEmpty()) {
            throw new Refused(ApiError.of(
                    "InvalidSnsTopicNameException",
                    "SNS topic name is invalid: 1 to 256 letters, numbers, underscores and hyphens, or a topic ARN."));
        }
        return Optional.of(nameOrArn);
    }

    /**
     * The ARN that a key's id, ARN, alias name or alias ARN means; empty for empty text, which ends encryption. An alias
     * is still to be resolved.
     */
    static Optional<String> key(String given, String account, String homeRegion) {
        if (given.isEmpty()) {
            return Optional.empty();
        }
        if (given.startsWith("alias/") && ALIAS.matcher(given).matches()) {
            return Optional.of(Arn.of("kms", homeRegion, account, given).toString());
        }
        if (KEY_ID.matcher(given).matches()) {
            return Optional.of(
                    Arn.of("kms", homeRegion, account, "key/" + given).toString());
        }
        Optional<Arn> arn = Arn.parse(given)
                .filter(a -> a.service().equals("kms") && a.account().matches("\\d{12}"))
                .filter(a -> ALIAS.matcher(a.resource()).matches()
                        || a.resource().startsWith("key/")
                                && KEY_ID.matcher(a.resource().substring("key/".length()))
                                        .matches());
        if (arn.isEmpty()) {
            throw new Refused(
                    ApiError.of("InvalidKmsKeyIdException", "KMS key ID is invalid: give a key ID, key ARN or alias."));
        }
        return Optional.of(given);
    }

    static String topicName(String arn) {
        return arn.substring(arn.lastIndexOf(':') + 1);
    }

    static Refused unknown(Target target, Call call) {
        return new Refused(ApiError.of(
                "TrailNotFoundException", "Unknown trail: " + target.arn() + " for the user: " + call.account()));
    }

    private static Refused badName(String message) {
        return new Refused(ApiError.of("InvalidTrailNameException", message));
    }
}
