package dev.keytrail.policy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The policies that AWS manages and users attach by ARN, as far as they concern the services of the house. Their meaning
 * is AWS's, reduced to kms, cloudtrail, iam, sts, sns and s3.
 */
public final class ManagedPolicies {
    /** One of them. Its path is {@code /} and its only version {@code v1}. */
    public record Managed(String arn, String name, String description, Policy policy) {}

    private static final Map<String, Managed> BY_ARN = load();

    private ManagedPolicies() {}

    /** Empty when there is none of that ARN. */
    public static Optional<Managed> byArn(String arn) {
        return Optional.ofNullable(BY_ARN.get(arn));
    }

    /** All of them, by name. */
    public static List<Managed> all() {
        return List.copyOf(BY_ARN.values());
    }

    private static Map<String, Managed> load() {
        Map<String, Managed> all = new LinkedHashMap<>();
        for (Managed each : List.of(
                managed(
                        "AWSCloudTrail_FullAccess",
                        "Full use of CloudTrail and of the buckets and topics it writes to."),
                managed("AWSCloudTrail_ReadOnlyAccess", "Reading of trails, their settings and their events."),
                managed("AWSKeyManagementServicePowerUser", "Creating and looking at keys and aliases."),
                managed("AdministratorAccess", "Everything on everything."),
                managed("IAMUserChangePassword", "Changing one's own password."),
                managed("ReadOnlyAccess", "Reading of everything, changing of nothing."),
                managed("SecurityAudit", "Reading of settings that matter to security, not of contents."),
                managed("SignInLocalDevelopmentAccess", "Signing in for command-line clients: aws login."))) {
            all.put(each.arn(), each);
        }
        return all;
    }

    private static Managed managed(String name, String description) {
        String file = name + ".json";
        try (InputStream in = ManagedPolicies.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("missing from the build: " + file);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Managed(
                    "arn:aws:iam::aws:policy/" + name, name, description, Policy.parse(text, Policy.Kind.IDENTITY));
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }
}
