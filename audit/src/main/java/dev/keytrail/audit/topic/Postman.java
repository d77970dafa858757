package dev.keytrail.audit.topic;

import dev.keytrail.audit.trail.Backoff;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts messages to their subscribers, at least once each: a death between the answer and the commit posts again. An
 * endpoint that fails waits on a back-off of its own; those that failed last never take all the places. A message is
 * dropped when its subscriber refuses it (4xx), after an hour, or when a thousand newer ones wait for the same subscriber.
 */
public final class Postman {
    private static final Logger LOG = LoggerFactory.getLogger(Postman.class);

    static final Duration WAITING_MAX = Duration.ofHours(1);
    static final int WAITING_MESSAGES_MAX = 1_000;

    private static final int IN_FLIGHT_MAX = 16;
    private static final int SUSPECTS_IN_FLIGHT_MAX = 8;
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
    private final Executor executor;
    private final Map<String, Mailbox> mailboxes = new HashMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger suspectsInFlight = new AtomicInteger();

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
        this.executor = executor;
    }

    /** One subscription, in memory. Touched by the step while not busy, by its task while it is. */
    private static final class Mailbox {
        final Backoff backoff = new Backoff();
        volatile boolean busy;
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
        mailboxes.entrySet().removeIf(entry -> !entry.getValue().busy && !waiting.containsKey(entry.getKey()));
        waiting.forEach((subscription, messages) -> {
            Mailbox box = mailboxes.computeIfAbsent(subscription, _ -> new Mailbox());
            if (!box.busy) {
                tend(subscription, box, messages, now);
            }
        });
        Duration wait = inFlight.get() > 0 ? WAIT_IN_FLIGHT : WAIT;
        return wait.plusMillis(rows / ROWS_PER_MILLI);
    }

    private void tend(String subscription, Mailbox box, List<String> messages, Instant now) {
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
        if (!messages.isEmpty() && box.backoff.mayTry(now)) {
            submit(subscription, box, messages.subList(0, Math.min(messages.size(), MESSAGES_PER_ROUND)), now);
        }
    }

    private void submit(String subscription, Mailbox box, List<String> messages, Instant now) {
        boolean suspect = box.backoff.isFailing();
        if (inFlight.get() >= IN_FLIGHT_MAX || suspect && suspectsInFlight.get() >= SUSPECTS_IN_FLIGHT_MAX) {
            return;
        }
        List<String> keys = List.copyOf(messages);
        inFlight.incrementAndGet();
        suspectsInFlight.addAndGet(suspect ? 1 : 0);
        box.busy = true;
        try {
            executor.execute(() -> {
                try {
                    run(subscription, box, keys, now);
                } finally {
                    arrive(box, suspect);
                }
            });
        } catch (RejectedExecutionException shutDown) {
            arrive(box, suspect);
        }
    }

    private void arrive(Mailbox box, boolean suspect) {
        inFlight.decrementAndGet();
        suspectsInFlight.addAndGet(suspect ? -1 : 0);
        box.busy = false;
    }

    private void run(String subscription, Mailbox box, List<String> keys, Instant now) {
        List<String> done = new ArrayList<>();
        try {
            for (String key : keys) {
                if (!post(subscription, key)) {
                    box.backoff.failed(now);
                    break;
                }
                box.backoff.succeeded();
                done.add(key);
            }
        } catch (RuntimeException defect) {
            LOG.error("posting to {} failed unexpectedly", subscription, defect);
            box.backoff.failed(now);
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
        synchronized (mailboxes) {
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
