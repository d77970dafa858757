package dev.keytrail.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.Session;
import dev.keytrail.testkit.SeededEntropy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * AWS's documented records: what each tells of a call goes through the recorder, and what comes out is compared with the
 * record member by member. Left aside are ids that we draw and what the files themselves document as slips: old versions
 * without managementEvent, eventCategory or resource type, and empty objects and lists that newer records do not print.
 */
class RecorderGoldenTest {
    private final Recorder recorder = new Recorder(new SeededEntropy(7));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AssumeRole-regional",
                "CancelKeyDeletion",
                "CreateAlias",
                "CreateKey",
                "Decrypt",
                "Decrypt-by-service",
                "Decrypt-failure",
                "Decrypt-for-s3",
                "Decrypt-post-quantum-tls",
                "Decrypt-xks-failure",
                "DeleteAlias",
                "DescribeKey",
                "DisableKey",
                "EnableKey",
                "Encrypt",
                "Encrypt-by-service",
                "GenerateDataKey",
                "GenerateDataKey-by-alias",
                "GenerateDataKey-by-cloudtrail-configure",
                "GenerateDataKey-by-cloudtrail-log-file",
                "GenerateDataKey-for-s3",
                "GenerateDataKeyWithoutPlaintext",
                "GenerateDataKeyWithoutPlaintext-failure",
                "GenerateRandom",
                "GetKeyPolicy",
                "IAM-ChangePassword-root",
                "ListAliases",
                "PutKeyPolicy",
                "ReEncrypt",
                "ScheduleKeyDeletion",
                "StartEventDataStoreIngestion",
                "StartLogging",
                "TagResource",
                "UntagResource",
                "UpdateTrail-failure"
            })
    void record_ofADocumentedCall_equalsTheDocumentedRecord(String file) {
        Map<String, @Nullable Object> expected = load(file);
        LedgerRecord record = recorder.record(
                        call(expected),
                        flag(expected, "readOnly"),
                        optionalFacts(expected.get("requestParameters")),
                        outcome(expected),
                        notes(expected),
                        Instant.parse(text(expected, "eventTime")))
                .getLast();
        assertThat(comparable(Json.object(record.json().toArray()), expected))
                .isEqualTo(comparable(expected, expected));
        assertThat(record.account()).isEqualTo(text(expected, "recipientAccountId"));
        assertThat(record.region()).isEqualTo(text(expected, "awsRegion"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey"})
    void record_ofADocumentedServiceEvent_equalsTheDocumentedRecord(String file) {
        Map<String, @Nullable Object> expected = load(file);
        ServiceEvent event = new ServiceEvent(
                service(expected),
                text(expected, "eventName"),
                text(expected, "recipientAccountId"),
                text(expected, "awsRegion"),
                notes(expected).resources(),
                optionalFacts(expected.get("responseElements")),
                optionalFacts(expected.get("additionalEventData")),
                optionalFacts(expected.get("serviceEventDetails")));
        LedgerRecord record = recorder.record(event, Instant.parse(text(expected, "eventTime")));
        assertThat(comparable(Json.object(record.json().toArray()), expected))
                .isEqualTo(comparable(expected, expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"AssumeRole-cross-account-caller-copy"})
    void record_ofAResourceElsewhere_equalsBothDocumentedCopies(String file) {
        Map<String, @Nullable Object> callers = load(file);
        Map<String, @Nullable Object> owners = load("AssumeRole-cross-account-target-copy");
        List<LedgerRecord> records = recorder.record(
                call(callers),
                true,
                optionalFacts(callers.get("requestParameters")),
                outcome(callers),
                notes(callers),
                Instant.parse(text(callers, "eventTime")));
        assertThat(records).extracting(LedgerRecord::account).containsExactly("777788889999", "111122223333");
        Map<String, @Nullable Object> first =
                Json.object(records.getFirst().json().toArray());
        Map<String, @Nullable Object> second =
                Json.object(records.getLast().json().toArray());
        assertThat(first.get("userIdentity")).isEqualTo(callers.get("userIdentity"));
        assertThat(second.get("userIdentity")).isEqualTo(owners.get("userIdentity"));
        assertThat(first.get("sharedEventID")).isNotNull().isEqualTo(second.get("sharedEventID"));
        assertThat(first.get("eventID")).isNotEqualTo(second.get("eventID"));
        for (String member : List.of("requestID", "eventTime", "sourceIPAddress", "userAgent", "requestParameters")) {
            assertThat(second.get(member)).as(member).isEqualTo(owners.get(member));
        }
    }

    /** Takes out of a record what is not compared, given the documented one. */
    private static Map<String, @Nullable Object> comparable(
            Map<String, @Nullable Object> record, Map<String, @Nullable Object> documented) {
        Map<String, @Nullable Object> rest = new LinkedHashMap<>(record);
        rest.remove("eventVersion");
        rest.remove("eventID");
        rest.remove("sessionCredentialFromConsole");
        rest.computeIfPresent("sharedEventID", (_, _) -> "some id");
        for (String late : List.of("managementEvent", "eventCategory")) {
            if (!documented.containsKey(late)) {
                rest.remove(late);
            }
        }
        if (List.of().equals(rest.get("resources"))) {
            rest.remove("resources");
        }
        rest.computeIfPresent("resources", (_, list) -> withType(list));
        rest.computeIfPresent("userIdentity", (_, identity) -> withoutSlips(identity, documented));
        rest.computeIfPresent("tlsDetails", (_, tls) -> without(tls, "keyExchange"));
        return rest;
    }

    private static Object withType(Object resources) {
        List<Object> typed = new ArrayList<>();
        for (Object one : (List<?>) resources) {
            Map<String, @Nullable Object> resource = new LinkedHashMap<>(map(one));
            resource.putIfAbsent("type", "AWS::KMS::Key");
            typed.add(resource);
        }
        return typed;
    }

    private static Object withoutSlips(Object identity, Map<String, @Nullable Object> documented) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(map(identity));
        Map<String, @Nullable Object> printed = Json.at(documented, "userIdentity");
        // GenerateDataKey-by-alias prints a user with the ARN of a role.
        if ("IAMUser".equals(printed.get("type")) && text(printed, "arn").contains(":role/")) {
            copy.remove("arn");
        }
        copy.computeIfPresent("sessionContext", (_, context) -> {
            Map<String, @Nullable Object> parts = new LinkedHashMap<>(map(context));
            parts.values().removeIf(Map.of()::equals);
            return parts;
        });
        return copy;
    }

    private static Object without(Object object, String member) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(map(object));
        copy.remove(member);
        return copy;
    }

    // What the documented record says of the call.

    private static Call call(Map<String, @Nullable Object> record) {
        Map<String, @Nullable Object> tls = Json.at(record, "tlsDetails");
        Origin origin = new Origin(
                text(record, "sourceIPAddress"),
                Optional.ofNullable((String) record.get("userAgent")),
                tls.isEmpty() ? "localhost" : text(tls, "clientProvidedHostHeader"),
                tls.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Origin.Tls(text(tls, "tlsVersion"), text(tls, "cipherSuite"))));
        return new Call(
                text(record, "requestID"),
                Instant.parse(text(record, "eventTime")),
                service(record),
                text(record, "eventName"),
                text(record, "awsRegion"),
                caller(Json.at(record, "userIdentity")),
                origin);
    }

    private static Service service(Map<String, @Nullable Object> record) {
        return Arrays.stream(Service.values())
                .filter(s -> s.eventSource().equals(record.get("eventSource")))
                .findFirst()
                .orElseThrow();
    }

    private static Caller caller(Map<String, @Nullable Object> identity) {
        Map<String, @Nullable Object> context = Json.at(identity, "sessionContext");
        Map<String, @Nullable Object> attributes = Json.at(context, "attributes");
        Optional<Session> session = attributes.isEmpty()
                ? Optional.empty()
                : Optional.of(Session.of(Instant.parse(text(attributes, "creationDate")), Instant.MAX)
                        .withMfa(Boolean.parseBoolean(text(attributes, "mfaAuthenticated"))));
        return new Caller(
                principal(identity, Json.at(context, "sessionIssuer")),
                Optional.ofNullable((String) identity.get("accessKeyId")),
                session,
                Optional.ofNullable((String) identity.get("invokedBy")));
    }

    private static Principal principal(Map<String, @Nullable Object> identity, Map<String, @Nullable Object> issuer) {
        return switch (text(identity, "type")) {
            case "Root" -> new Principal.Root(text(identity, "accountId"));
            case "IAMUser" ->
                new Principal.User(
                        text(identity, "accountId"), text(identity, "principalId"), "/", text(identity, "userName"));
            case "AssumedRole" ->
                new Principal.RoleSession(
                        text(identity, "accountId"),
                        text(issuer, "principalId"),
                        "/",
                        text(issuer, "userName"),
                        text(identity, "principalId").split(":", 2)[1]);
            case "AWSService" -> new Principal.ServicePrincipal(text(identity, "invokedBy"));
            default -> throw new IllegalArgumentException(text(identity, "type"));
        };
    }

    private static Outcome outcome(Map<String, @Nullable Object> record) {
        Object code = record.get("errorCode");
        if (code != null) {
            return Outcome.failed(
                    new ApiError((String) code, 400, Optional.ofNullable((String) record.get("errorMessage"))));
        }
        return new Outcome.Done(optionalFacts(record.get("responseElements")));
    }

    private static Notes notes(Map<String, @Nullable Object> record) {
        Notes notes = new Notes();
        optionalFacts(record.get("additionalEventData")).ifPresent(notes::additional);
        Object resources = record.get("resources");
        if (resources != null) {
            for (Object one : (List<?>) resources) {
                Map<String, @Nullable Object> resource = map(one);
                String type = (String) resource.getOrDefault("type", "AWS::KMS::Key");
                notes.resource(
                        new Resource(text(resource, "accountId"), type == null ? "" : type, text(resource, "ARN")));
            }
        }
        return notes;
    }

    private static Optional<Facts> optionalFacts(@Nullable Object object) {
        return object == null ? Optional.empty() : Optional.of(facts(map(object)));
    }

    private static Facts facts(Map<String, @Nullable Object> object) {
        Facts facts = Facts.facts();
        object.forEach((name, value) -> {
            switch (value) {
                case null -> facts.putNull(name);
                case String text -> facts.put(name, text);
                case Boolean flag -> facts.put(name, flag);
                case Long number -> facts.put(name, number);
                case Double number -> facts.put(name, number);
                case Map<?, ?> _ -> facts.put(name, facts(map(value)));
                case List<?> list
                when list.isEmpty() || list.getFirst() instanceof String ->
                    facts.putStrings(name, list.stream().map(String.class::cast).toList());
                case List<?> list ->
                    facts.putAll(name, list.stream().map(o -> facts(map(o))).toList());
                default -> throw new IllegalArgumentException(name + " " + value);
            }
        });
        return facts;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> map(@Nullable Object object) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(object);
    }

    private static String text(Map<String, @Nullable Object> object, String name) {
        Object value = object.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " in " + object);
        }
        return (String) value;
    }

    private static boolean flag(Map<String, @Nullable Object> object, String name) {
        return Boolean.TRUE.equals(object.get(name));
    }

    private static Map<String, @Nullable Object> load(String file) {
        try (InputStream in = RecorderGoldenTest.class.getResourceAsStream("/events/" + file + ".json")) {
            if (in == null) {
                throw new IllegalArgumentException("no file " + file);
            }
            return Json.object(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
