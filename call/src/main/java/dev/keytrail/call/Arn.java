package dev.keytrail.call;

import java.util.Optional;

/**
 * An Amazon Resource Name: {@code arn:partition:service:region:account:resource}. Region and account may be empty; the
 * resource may hold further colons and slashes.
 */
public record Arn(String partition, String service, String region, String account, String resource) {
    /** Longest ARN accepted anywhere (AWS's general bound). */
    public static final int LENGTH_MAX = 2048;

    /** Empty when the text is not an ARN. */
    public static Optional<Arn> parse(String text) {
        if (text.length() > LENGTH_MAX || !text.startsWith("arn:")) {
            return Optional.empty();
        }
        String[] parts = text.split(":", 6);
        if (parts.length < 6 || parts[1].isEmpty() || parts[2].isEmpty() || parts[5].isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Arn(parts[1], parts[2], parts[3], parts[4], parts[5]));
    }

    public static Arn of(String service, String region, String account, String resource) {
        return new Arn("aws", service, region, account, resource);
    }

    @Override
    public String toString() {
        return "arn:" + partition + ":" + service + ":" + region + ":" + account + ":" + resource;
    }
}
