package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.topic.Message;
import dev.keytrail.audit.topic.Subscription;
import dev.keytrail.audit.topic.Topic;
import dev.keytrail.audit.topic.TopicAccess;
import dev.keytrail.audit.topic.TopicTables;
import dev.keytrail.audit.topic.Topics;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Sha256;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.sns.ConfirmSubscriptionInput;
import dev.keytrail.wire.shape.sns.ConfirmSubscriptionResponse;
import dev.keytrail.wire.shape.sns.GetSubscriptionAttributesInput;
import dev.keytrail.wire.shape.sns.GetSubscriptionAttributesResponse;
import dev.keytrail.wire.shape.sns.ListSubscriptionsByTopicInput;
import dev.keytrail.wire.shape.sns.ListSubscriptionsByTopicResponse;
import dev.keytrail.wire.shape.sns.ListSubscriptionsInput;
import dev.keytrail.wire.shape.sns.ListSubscriptionsResponse;
import dev.keytrail.wire.shape.sns.SetSubscriptionAttributesInput;
import dev.keytrail.wire.shape.sns.SubscribeInput;
import dev.keytrail.wire.shape.sns.SubscribeResponse;
import dev.keytrail.wire.shape.sns.UnsubscribeInput;
import java.net.URI;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Subscribe, ConfirmSubscription, Unsubscribe, the two lists, and the attributes of subscriptions. */
final class Subscriptions {
    /** Bounds what one Publish writes. */
    static final int PER_TOPIC = 100;

    private static final int TOKEN_BYTES = 64;
    private static final int ENDPOINT_CHARS_MAX = 2048;
    private static final String PENDING = "PendingConfirmation";

    private final Topics topics;
    private final TopicAccess access;

    Subscriptions(Topics topics) {
        this.topics = topics;
        this.access = topics.access();
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TopicRows.row(
                        "Subscribe",
                        false,
                        SubscribeInput.class,
                        SubscribeResponse.class,
                        this::subscribe,
                        Subscriptions::facts),
                TopicRows.row(
                        "ConfirmSubscription",
                        false,
                        ConfirmSubscriptionInput.class,
                        ConfirmSubscriptionResponse.class,
                        this::confirm,
                        in -> TopicRows.topic(in.topicArn())
                                .put("token", TopicRows.HIDDEN)
                                .put("authenticateOnUnsubscribe", in.authenticateOnUnsubscribe())),
                TopicRows.row(
                        "Unsubscribe",
                        false,
                        UnsubscribeInput.class,
                        NoOutput.class,
                        this::unsubscribe,
                        in -> Facts.facts().put("subscriptionArn", in.subscriptionArn())),
                TopicRows.row(
                        "ListSubscriptions",
                        true,
                        ListSubscriptionsInput.class,
                        ListSubscriptionsResponse.class,
                        this::list,
                        in -> Facts.facts().put("nextToken", in.nextToken())),
                TopicRows.row(
                        "ListSubscriptionsByTopic",
                        true,
                        ListSubscriptionsByTopicInput.class,
                        ListSubscriptionsByTopicResponse.class,
                        this::listByTopic,
                        in -> TopicRows.topic(in.topicArn()).put("nextToken", in.nextToken())),
                TopicRows.row(
                        "GetSubscriptionAttributes",
                        true,
                        GetSubscriptionAttributesInput.class,
                        GetSubscriptionAttributesResponse.class,
                        this::attributes,
                        in -> Facts.facts().put("subscriptionArn", in.subscriptionArn())),
                TopicRows.row(
                        "SetSubscriptionAttributes",
                        false,
                        SetSubscriptionAttributesInput.class,
                        NoOutput.class,
                        this::setAttribute,
                        in -> Facts.facts()
                                .put("subscriptionArn", in.subscriptionArn())
                                .put("attributeName", in.attributeName())
                                .put("attributeValue", in.attributeValue())));
    }

    private Effect<SubscribeResponse> subscribe(Attempt attempt, SubscribeInput in) {
        String endpoint = in.endpoint().orElse("");
        Topic topic = access.require(
                attempt,
                in.topicArn(),
                ConditionContext.builder()
                        .put("sns:Protocol", in.protocol())
                        .put("sns:Endpoint", endpoint)
                        .build());
        checkEndpoint(in.protocol(), endpoint);
        boolean raw = false;
        for (Map.Entry<String, String> attribute :
                in.attributes().orElse(Map.of()).entrySet()) {
            raw = rawDelivery(attribute.getKey(), attribute.getValue());
        }
        String key = TopicTables.key(topic);
        long revision = attempt.state().get(TopicTables.REVISIONS, key).orElse(0L);
        List<Subscription> all = TopicTables.subscriptions(attempt.state(), key);
        Call call = attempt.call();
        Optional<Subscription> present = all.stream()
                .filter(s -> s.endpoint().equals(endpoint) && s.owner().equals(call.account()))
                .findFirst();
        if (present.filter(Subscription::confirmed).isPresent()) {
            return subscribed(TopicTables.subscriptionArn(present.get()), List.of());
        }
        List<Change<?>> changes = new ArrayList<>();
        all.stream()
                .filter(s -> s.isDead(call.receivedAt()) && !Optional.of(s).equals(present))
                .forEach(s -> changes.add(Change.delete(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(s))));
        if (present.isEmpty() && all.size() - changes.size() >= PER_TOPIC) {
            throw new Refused(ApiError.of(
                    "SubscriptionLimitExceeded", 403, "Subscription limit exceeded: " + PER_TOPIC + " for a topic"));
        }
        String token = topics.entropy().hex(TOKEN_BYTES);
        boolean wantsRaw = raw;
        Subscription pending = present.map(
                        s -> s.withToken(hash(token), call.receivedAt()).withRaw(wantsRaw))
                .orElseGet(() -> new Subscription(
                        key,
                        topics.entropy().uuid(),
                        in.protocol(),
                        endpoint,
                        call.account(),
                        false,
                        hash(token),
                        false,
                        wantsRaw,
                        call.receivedAt()));
        changes.add(Change.put(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(pending), pending));
        changes.add(Change.put(TopicTables.REVISIONS, key, revision + 1));
        changes.addAll(topics.sending(topic, invitation(topic, token, call), List.of(pending)));
        boolean wantsArn = in.returnSubscriptionArn().orElse(false);
        return subscribed(wantsArn ? TopicTables.subscriptionArn(pending) : "pending confirmation", changes);
    }

    private static Effect<SubscribeResponse> subscribed(String arn, List<Change<?>> changes) {
        return Effect.of(SubscribeResponse.builder().subscriptionArn(arn).build(), changes)
                .showing(Facts.facts().put("subscriptionArn", arn));
    }

    private Message invitation(Topic topic, String token, Call call) {
        String text = "You have chosen to subscribe to the topic " + topic.arn()
                + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.";
        return new Message(
                Message.Kind.CONFIRMATION,
                topics.entropy().uuid(),
                call.receivedAt(),
                Map.of("default", text),
                Optional.empty(),
                Map.of(),
                Optional.of(token));
    }

    private static void checkEndpoint(String protocol, String endpoint) {
        if (!protocol.equals("http") && !protocol.equals("https")) {
            throw TopicAccess.invalid("Protocol: only http and https are implemented");
        }
        try {
            URI uri = URI.create(endpoint);
            boolean fine = endpoint.length() <= ENDPOINT_CHARS_MAX
                    && protocol.equals(
                            Optional.ofNullable(uri.getScheme()).orElse("").toLowerCase(Locale.ROOT))
                    && uri.getHost() != null
                    && uri.getFragment() == null;
            if (fine) {
                return;
            }
        } catch (IllegalArgumentException notUri) {
            // The one answer for both.
        }
        throw TopicAccess.invalid("Endpoint must match the specified protocol");
    }

    private static boolean rawDelivery(String name, String value) {
        if (!name.equals("RawMessageDelivery")) {
            throw TopicAccess.invalid("Attributes: " + name + " is not implemented");
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw TopicAccess.invalid("Attributes Reason: RawMessageDelivery: must be true or false");
        };
    }

    /** The token is the permission: whoever reads the endpoint's mail may confirm. */
    private Effect<ConfirmSubscriptionResponse> confirm(Attempt attempt, ConfirmSubscriptionInput in) {
        String key = TopicTables.topicKey(in.topicArn()).orElseThrow(() -> TopicAccess.invalid("TopicArn"));
        boolean signed = Boolean.parseBoolean(in.authenticateOnUnsubscribe().orElse("false"));
        boolean nobody = attempt.call().caller().principal() instanceof Principal.Nobody;
        if (!nobody) {
            access.requireOnAccount(attempt, in.topicArn());
        } else if (signed) {
            throw new Refused(ApiError.of(
                    "AuthorizationError", 403, "AuthenticateOnUnsubscribe can be set by a signed request only"));
        }
        Topic topic = attempt.state()
                .get(TopicTables.TOPICS, key)
                .orElseThrow(() -> new Refused(ApiError.of("NotFound", 404, "Topic does not exist")));
        attempt.notes().resource(new Resource(topic.account(), TopicAccess.TOPIC_TYPE, topic.arn()));
        Bytes hash = hash(in.token());
        Subscription found = TopicTables.subscriptions(attempt.state(), key).stream()
                .filter(s -> MessageDigest.isEqual(s.token().unsafeArray(), hash.unsafeArray()))
                .filter(s -> !s.isDead(attempt.call().receivedAt()))
                .findFirst()
                .flatMap(s -> attempt.state().get(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(s)))
                .orElseThrow(() -> TopicAccess.invalid("Token"));
        String arn = TopicTables.subscriptionArn(found);
        Subscription confirmed = found.confirmed(found.signedUnsubscribe() || signed);
        return Effect.of(
                        ConfirmSubscriptionResponse.builder()
                                .subscriptionArn(arn)
                                .build(),
                        Change.put(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(found), confirmed))
                .showing(Facts.facts().put("subscriptionArn", arn));
    }

    private Effect<NoOutput> unsubscribe(Attempt attempt, UnsubscribeInput in) {
        Optional<Subscription> found = find(attempt, in.subscriptionArn());
        Caller caller = attempt.call().caller();
        boolean nobody = caller.principal() instanceof Principal.Nobody;
        if (!nobody) {
            requireOwn(attempt, in.subscriptionArn(), found);
        } else if (found.filter(Subscription::signedUnsubscribe).isPresent()) {
            throw new Refused(
                    ApiError.of("AuthorizationError", 403, "This subscription can be ended by a signed request only"));
        }
        // Ending what is not there is no error.
        return found.map(s -> Effect.of(
                        NoOutput.INSTANCE, Change.delete(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(s))))
                .orElseGet(() -> Effect.of(NoOutput.INSTANCE));
    }

    private Effect<ListSubscriptionsResponse> list(Attempt attempt, ListSubscriptionsInput in) {
        access.requireOnAccount(attempt, "*");
        Call call = attempt.call();
        String region = "/" + call.region() + "/";
        Pages<Subscription> page = Pages.of(
                attempt.state().scan(TopicTables.SUBSCRIPTIONS, "", Pages.after(in.nextToken())),
                s -> s.owner().equals(call.account()) && s.topic().contains(region));
        return Effect.of(ListSubscriptionsResponse.builder()
                .subscriptions(page.items().stream().map(Subscriptions::shape).toList())
                .nextToken(page.nextToken())
                .build());
    }

    private Effect<ListSubscriptionsByTopicResponse> listByTopic(Attempt attempt, ListSubscriptionsByTopicInput in) {
        Topic topic = access.require(attempt, in.topicArn());
        Pages<Subscription> page = Pages.of(
                attempt.state()
                        .scan(TopicTables.SUBSCRIPTIONS, TopicTables.key(topic) + "/", Pages.after(in.nextToken())),
                _ -> true);
        return Effect.of(ListSubscriptionsByTopicResponse.builder()
                .subscriptions(page.items().stream().map(Subscriptions::shape).toList())
                .nextToken(page.nextToken())
                .build());
    }

    private static dev.keytrail.wire.shape.sns.Subscription shape(Subscription s) {
        return dev.keytrail.wire.shape.sns.Subscription.builder()
                .subscriptionArn(s.confirmed() ? TopicTables.subscriptionArn(s) : PENDING)
                .owner(s.owner())
                .protocol(s.protocol())
                .endpoint(s.endpoint())
                .topicArn(TopicTables.topicArn(s.topic()))
                .build();
    }

    private Effect<GetSubscriptionAttributesResponse> attributes(Attempt attempt, GetSubscriptionAttributesInput in) {
        Subscription s = own(attempt, in.subscriptionArn());
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("SubscriptionArn", TopicTables.subscriptionArn(s));
        attributes.put("TopicArn", TopicTables.topicArn(s.topic()));
        attributes.put("Owner", s.owner());
        attributes.put("Protocol", s.protocol());
        attributes.put("Endpoint", s.endpoint());
        attributes.put("PendingConfirmation", Boolean.toString(!s.confirmed()));
        attributes.put("ConfirmationWasAuthenticated", Boolean.toString(s.signedUnsubscribe()));
        attributes.put("RawMessageDelivery", Boolean.toString(s.raw()));
        return Effect.of(GetSubscriptionAttributesResponse.builder()
                .attributes(attributes)
                .build());
    }

    private Effect<NoOutput> setAttribute(Attempt attempt, SetSubscriptionAttributesInput in) {
        Subscription s = own(attempt, in.subscriptionArn());
        boolean raw = rawDelivery(in.attributeName(), in.attributeValue().orElse(""));
        return Effect.of(
                NoOutput.INSTANCE,
                Change.put(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(s), s.withRaw(raw)));
    }

    private Subscription own(Attempt attempt, String arn) {
        Optional<Subscription> found = find(attempt, arn);
        requireOwn(attempt, arn, found);
        return found.orElseThrow(() -> new Refused(ApiError.of("NotFound", 404, "Subscription does not exist")));
    }

    private Optional<Subscription> find(Attempt attempt, String arn) {
        String key = TopicTables.topicKey(arn)
                .filter(_ -> arn.split(":", -1).length == 7)
                .orElseThrow(() -> TopicAccess.invalid("SubscriptionArn"));
        attempt.notes().named(TopicAccess.TOPIC_TYPE, TopicTables.topicArn(key));
        Optional<Subscription> found =
                attempt.state().get(TopicTables.SUBSCRIPTIONS, key + "/" + arn.substring(arn.lastIndexOf(':') + 1));
        found.ifPresent(s -> attempt.notes()
                .resource(new Resource(
                        s.topic().substring(0, s.topic().indexOf('/')),
                        TopicAccess.TOPIC_TYPE,
                        TopicTables.topicArn(s.topic()))));
        return found;
    }

    /** A subscription is its owner's and the topic owner's; identity policies of theirs decide. */
    private void requireOwn(Attempt attempt, String arn, Optional<Subscription> found) {
        access.requireOnAccount(attempt, arn);
        String account = attempt.call().account();
        boolean own = found.map(s -> s.owner().equals(account) || s.topic().startsWith(account + "/"))
                .orElse(true);
        if (!own) {
            attempt.notes().callerOnly();
            throw new Refused(ApiError.of(
                    "AuthorizationError",
                    403,
                    "User: " + attempt.call().caller().arn() + " is not authorized to perform: SNS:"
                            + attempt.call().operation() + " on resource: " + arn));
        }
    }

    private static Bytes hash(String token) {
        return Sha256.of(Bytes.utf8(token));
    }

    private static Facts facts(SubscribeInput in) {
        Facts facts = TopicRows.topic(in.topicArn()).put("protocol", in.protocol());
        // The path of an endpoint may be its secret.
        in.endpoint().ifPresent(_ -> facts.put("endpoint", TopicRows.HIDDEN));
        in.attributes().ifPresent(all -> facts.put("attributes", all));
        in.returnSubscriptionArn().ifPresent(wanted -> facts.put("returnSubscriptionArn", wanted));
        return facts;
    }
}
