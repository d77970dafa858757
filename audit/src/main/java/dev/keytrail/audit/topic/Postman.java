package dev.keytrail.audit.topic;

import dev.keytrail.audit.trail.Errands;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.State;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Vault;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts messages to their subscribers, at least once each: a death between the answer and the commit posts again. An
 * endpoint that fails waits on a back-off of its own; those that failed or are slow never take all the places. A message is
 * dropped when its subscriber refuses it (4xx), after an hour, or when a thousand newer ones wait for the same subscriber.
 */
public final class Postman {
    private static final Logger LOG = LoggerFactory.getLogger(Postman.class);

    static final Duration WAITING_MAX = Duration.ofHours(1);
    static final int WAITING_MESSAGES_MAX = 1_000;

    private static final int PLACES = 16;
    private static final int PLACES_OF_SUSPECTS = 8;
    private static final int IN_FLIGHT_MAX = 64;
    private static final int MESSAGES_PER_ROUND = 100;
    private static final Duration WAIT = Duration.ofMillis(200);
    private static final Duration WAIT_IN_FLIGHT = Duration.ofMillis(20);

    /** A long outbox is looked through less often. */
    private static final int ROWS_PER_MILLI = 50;

    private static final String SEALED_AS = "sns.message";
    private static final String AGENT = "Amazon Simple Notification Service Agent";

    private final Ledger ledger;
    private final Vault vault;
    private final AsymmetricKeys crypto;
    private final Subscriber network;
    private final Supplier<String> url;
    private final Errands errands;

    /** Held while outbox rows go. */
    private final Object finishing = new Object();

    /** @param url where this server is reached, without a slash at its end */
    public Postman(
            Ledger ledger,
            Vault vault,
            AsymmetricKeys crypto,
            Subscriber network,
            Supplier<String> url,
            Executor executor) {
        this.ledger = ledger;
        this.vault = vault;
        this.crypto = crypto;
        this.network = network;
        this.url = url;
        this.errands = new Errands(PLACES, PLACES_OF_SUSPECTS, IN_FLIGHT_MAX, executor);
    }

    /** How messages are sealed in the ledger. */
    static Bytes seal(Vault vault, Message message) {
        return vault.seal(message.encode(), SEALED_AS);
    }

    static Optional<Bytes> renewed(Vault vault, Bytes sealed) {
        return vault.renewedStatement(sealed, SEALED_AS);
    }

    /**
     * Starts what is due.
     *
     * @return how long to wait for the next step
     */
    public synchronized Duration step(Instant now) {
        State state = ledger.read();
        if (MessageKey.find(state).isEmpty()) {
            return WAIT;
        }
        Map<String, List<String>> waiting = new LinkedHashMap<>();
        int rows = 0;
        for (State.Row<String> row : state.scan(TopicTables.OUTBOX, "", "")) {
            rows++;
            String topic = TopicTables.topicOf(TopicTables.messageOf(row.key()));
            waiting.computeIfAbsent(topic + "/" + row.value(), _ -> new ArrayList<>())
                    .add(row.key());
        }
        errands.look(waiting.keySet(), now);
        waiting.forEach((subscription, messages) -> {
            if (!errands.isBusy(subscription)) {
                tend(subscription, messages, now);
            }
        });
        Duration wait = errands.anyBusy() ? WAIT_IN_FLIGHT : WAIT;
        return wait.plusMillis(rows / ROWS_PER_MILLI);
    }

    private void tend(String subscription, List<String> messages, Instant now) {
        List<String> dropped = new ArrayList<>();
        int surplus = messages.size() - WAITING_MESSAGES_MAX;
        for (String key : messages) {
            boolean old =
                    TopicTables.at(TopicTables.messageOf(key)).plus(WAITING_MAX).isBefore(now);
            if (old || dropped.size() < surplus) {
                dropped.add(key);
            }
        }
        if (!dropped.isEmpty()) {
            LOG.warn("{} messages for {} are dropped: it did not take them", dropped.size(), subscription);
            finish(dropped);
            messages.removeAll(dropped);
        }
        if (!messages.isEmpty() && errands.isFree(subscription, now)) {
            List<String> keys = List.copyOf(messages.subList(0, Math.min(messages.size(), MESSAGES_PER_ROUND)));
            errands.send(subscription, now, errand -> run(subscription, errand, keys, now));
        }
    }

    private void run(String subscription, Errands.Errand errand, List<String> keys, Instant now) {
        List<String> done = new ArrayList<>();
        try {
            for (String key : keys) {
                if (!post(subscription, key)) {
                    errand.failed(now);
                    break;
                }
                errand.succeeded();
                done.add(key);
                if (errand.isSlow()) {
                    break;
                }
            }
        } catch (RuntimeException defect) {
            LOG.error("posting to {} failed unexpectedly", subscription, defect);
            errand.failed(now);
        }
        if (!done.isEmpty()) {
            finish(done);
        }
    }

    /** Whether the message is done with: taken, or not to be tried again. */
    private boolean post(String subscriptionKey, String outboxKey) {
        State state = ledger.read();
        String messageKey = TopicTables.messageOf(outboxKey);
        Optional<Topic> topic = state.get(TopicTables.TOPICS, TopicTables.topicOf(messageKey));
        Optional<Subscription> subscription = state.get(TopicTables.SUBSCRIPTIONS, subscriptionKey);
        Optional<Message> message = state.get(TopicTables.MESSAGES, messageKey)
                .flatMap(bytes -> vault.open(bytes, SEALED_AS))
                .map(Message::decode);
        if (topic.isEmpty() || subscription.isEmpty() || message.isEmpty()) {
            return true;
        }
        Subscription to = subscription.get();
        MessageKey key = MessageKey.find(state).orElseThrow();
        try {
            int status = network.post(
                    URI.create(to.endpoint()),
                    headers(topic.get(), to, message.get()),
                    body(key, topic.get(), to, message.get()));
            if (status >= 200 && status < 300) {
                return true;
            }
            boolean refused = status >= 400 && status < 500 && status != 408 && status != 429;
            LOG.info("{} answered {} to a message{}", subscriptionKey, status, refused ? ", which is dropped" : "");
            return refused;
        } catch (IOException | IllegalArgumentException unreachable) {
            LOG.debug("{} cannot be reached: {}", subscriptionKey, unreachable.getMessage());
            return false;
        }
    }

    private static Map<String, String> headers(Topic topic, Subscription to, Message message) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "text/plain; charset=UTF-8");
        headers.put("User-Agent", AGENT);
        headers.put("x-amz-sns-message-type", message.kind().type());
        headers.put("x-amz-sns-message-id", message.id());
        headers.put("x-amz-sns-topic-arn", topic.arn());
        if (message.kind() == Message.Kind.NOTIFICATION) {
            headers.put("x-amz-sns-subscription-arn", TopicTables.subscriptionArn(to));
            if (to.raw()) {
                headers.put("x-amz-sns-rawdelivery", "true");
            }
        }
        return headers;
    }

    private Bytes body(MessageKey key, Topic topic, Subscription to, Message message) {
        String text = message.textFor(to.protocol());
        boolean notification = message.kind() == Message.Kind.NOTIFICATION;
        if (notification && to.raw()) {
            return Bytes.utf8(text);
        }
        String base = url.get();
        Optional<String> subscribe = message.token()
                .map(token -> base + "/?Action=ConfirmSubscription&TopicArn=" + coded(topic.arn()) + "&Token=" + token);
        Envelope envelope = new Envelope(message, topic.arn(), text, subscribe);
        return envelope.json(
                topic.signatureVersion(),
                key.sign(crypto, topic.signatureVersion(), envelope.toSign()),
                base + key.path(),
                notification
                        ? Optional.of(
                                base + "/?Action=Unsubscribe&SubscriptionArn=" + coded(TopicTables.subscriptionArn(to)))
                        : Optional.empty());
    }

    private static String coded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Removes outbox rows, and messages that nobody waits for any more. One at a time, so that the last one sees it. */
    private void finish(List<String> outboxKeys) {
        synchronized (finishing) {
            try {
                ledger.commit(ledger.read(), removals(outboxKeys), List.of());
            } catch (Ledger.Conflict | Ledger.LedgerUnavailable later) {
                LOG.debug("posted messages are posted again: {}", later.getMessage());
            }
        }
    }

    private List<Change<?>> removals(List<String> outboxKeys) {
        List<Change<?>> changes = new ArrayList<>();
        Map<String, List<String>> byMessage = new LinkedHashMap<>();
        outboxKeys.forEach(key -> byMessage
                .computeIfAbsent(TopicTables.messageOf(key), _ -> new ArrayList<>())
                .add(key));
        State state = ledger.read();
        byMessage.forEach((message, done) -> {
            done.forEach(key -> changes.add(Change.delete(TopicTables.OUTBOX, key)));
            boolean waited = false;
            for (State.Row<String> row : state.scan(TopicTables.OUTBOX, message + "/", "")) {
                waited |= !done.contains(row.key());
            }
            if (!waited) {
                changes.add(Change.delete(TopicTables.MESSAGES, message));
            }
        });
        return changes;
    }
}
