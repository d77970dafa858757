/**
 * The embedded SNS: topics, HTTP and HTTPS subscriptions, signed messages. Its first duty is to carry the notices of
 * trails, but it answers any caller.
 *
 * <p>A Publish commits the sealed message and one outbox row for each confirmed subscription. {@link
 * dev.keytrail.audit.topic.Postman} reads the outbox afterwards and posts: at least once, each endpoint on its own
 * back-off, dropped after an hour. Operations are in {@code op}. Start at {@link dev.keytrail.audit.topic.Topics}.
 *
 * <p>Invariants: what a subscriber does or does not answer never holds up a call or another subscriber. Message texts lie
 * on disk sealed under the root key and are in no event.
 */
@NullMarked
package dev.keytrail.audit.topic;

import org.jspecify.annotations.NullMarked;
