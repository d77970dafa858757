package dev.keytrail.policy;

/**
 * A compiled policy and the name a trace calls it by.
 *
 * @param name an ARN, {@code inline policy NAME of user NAME}, {@code key policy}, {@code session policy 1}, ...
 */
public record NamedPolicy(String name, Policy policy) {}
