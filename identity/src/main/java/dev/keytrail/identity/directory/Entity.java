package dev.keytrail.identity.directory;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What users, groups and roles have in common: a name in an account, and policies. */
public sealed interface Entity<E extends Entity<E>> permits User, Group, Role {
    String account();

    String id();

    /** {@code /} or {@code /.../}. */
    String path();

    String name();

    Instant created();

    AttachedPolicies policies();

    E withPolicies(AttachedPolicies changed);

    String arn();

    /** Groups have none. */
    Map<String, String> tags();

    /** ARN of the permissions boundary; groups have none. */
    Optional<String> boundary();
}
