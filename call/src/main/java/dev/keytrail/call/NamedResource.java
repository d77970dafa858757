package dev.keytrail.call;

/** One entry of LookupEvents' {@code Resources}: a resource under one of the names that the call used for it. */
public record NamedResource(String type, String name) {}
