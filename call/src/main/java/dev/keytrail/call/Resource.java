package dev.keytrail.call;

/** One entry of an event's {@code resources}, e.g. type {@code AWS::KMS::Key}; {@code account} is the owner's. */
public record Resource(String account, String type, String arn) {}
