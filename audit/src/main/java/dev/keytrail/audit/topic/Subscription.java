package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Duration;
import java.time.Instant;

/**
 * An endpoint that wants a topic's messages.
 *
 * @param topic the topic's row key
 * @param id a UUID; the last part of the ARN
 * @param owner the account that subscribed
 * @param token SHA-256 of the confirmation token last sent; the token itself is nowhere kept
 * @param signedUnsubscribe AuthenticateOnUnsubscribe: the link in the messages is no longer enough
 * @param raw RawMessageDelivery: the message alone, without envelope and signature
 */
public record Subscription(
        String topic,
        String id,
        String protocol,
        String endpoint,
        String owner,
        boolean confirmed,
        Bytes token,
        boolean signedUnsubscribe,
        boolean raw,
        Instant createdAt) {
    static final RowCodec<Subscription> CODEC = RowCodec.of(Subscription::write, Subscription::read);

    /** AWS's life of a subscription that nobody confirms. */
    static final Duration PENDING_MAX = Duration.ofDays(3);

    public boolean isDead(Instant now) {
        return !confirmed && createdAt.plus(PENDING_MAX).isBefore(now);
    }

    public Subscription confirmed(boolean signedToUnsubscribe) {
        return new Subscription(topic, id, protocol, endpoint, owner, true, token, signedToUnsubscribe, raw, createdAt);
    }

    public Subscription withToken(Bytes fresh, Instant at) {
        return new Subscription(topic, id, protocol, endpoint, owner, confirmed, fresh, signedUnsubscribe, raw, at);
    }

    public Subscription withRaw(boolean changed) {
        return new Subscription(
                topic, id, protocol, endpoint, owner, confirmed, token, signedUnsubscribe, changed, createdAt);
    }

    private static void write(Subscription s, RowWriter out) {
        out.version(1)
                .text(s.topic)
                .text(s.id)
                .text(s.protocol)
                .text(s.endpoint)
                .text(s.owner);
        out.flag(s.confirmed)
                .bytes(s.token)
                .flag(s.signedUnsubscribe)
                .flag(s.raw)
                .instant(s.createdAt);
    }

    private static Subscription read(RowReader in) {
        in.version(1);
        return new Subscription(
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.flag(),
                in.bytes(),
                in.flag(),
                in.flag(),
                in.instant());
    }
}
