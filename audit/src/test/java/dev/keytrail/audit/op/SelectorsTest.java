package dev.keytrail.audit.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.Json;
import dev.keytrail.audit.Outcome;
import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.cloudtrail.AdvancedEventSelector;
import dev.keytrail.wire.shape.cloudtrail.AdvancedFieldSelector;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.DataResource;
import dev.keytrail.wire.shape.cloudtrail.EventSelector;
import dev.keytrail.wire.shape.cloudtrail.GetEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.GetEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.ReadWriteType;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Selectors of data events, and those that say more than AWS's. */
class SelectorsTest {
    private AuditRoom room = new AuditRoom();

    private void started(PutEventSelectorsRequest.Builder selectors) {
        room.call(CreateTrailRequest.builder().name("main").s3BucketName("logs").build(), CreateTrailResponse.class);
        room.call(selectors.trailName("main").build(), PutEventSelectorsResponse.class);
        room.call(StartLoggingRequest.builder().name("main").build(), StartLoggingResponse.class);
    }

    private static PutEventSelectorsRequest.Builder basic(EventSelector.Builder... selectors) {
        List<EventSelector> all = new ArrayList<>();
        for (EventSelector.Builder selector : selectors) {
            all.add(selector.build());
        }
        return PutEventSelectorsRequest.builder().trailName("main").eventSelectors(all);
    }

    private static DataResource objects(String... values) {
        return DataResource.builder()
                .type("AWS::S3::Object")
                .values(List.of(values))
                .build();
    }

    private static PutEventSelectorsRequest.Builder advanced(AdvancedFieldSelector.Builder... fields) {
        List<AdvancedFieldSelector> all = new ArrayList<>();
        for (AdvancedFieldSelector.Builder field : fields) {
            all.add(field.build());
        }
        return PutEventSelectorsRequest.builder()
                .trailName("main")
                .advancedEventSelectors(List.of(
                        AdvancedEventSelector.builder().fieldSelectors(all).build()));
    }

    private static AdvancedFieldSelector.Builder field(String name) {
        return AdvancedFieldSelector.builder().field(name);
    }

    private static AdvancedFieldSelector.Builder equal(String name, String... values) {
        return field(name).equals(List.of(values));
    }

    private void s3(Caller caller, String name, boolean readOnly, String... arns) {
        Notes notes = new Notes();
        for (String arn : arns) {
            String type = arn.contains("/") ? "AWS::S3::Object" : "AWS::S3::Bucket";
            notes.resource(new Resource(AuditRoom.ACCOUNT, type, arn));
        }
        record(caller, Service.S3, name, readOnly, notes, Outcome.done());
    }

    private void record(Caller caller, Service service, String name, boolean readOnly, Notes notes, Outcome outcome) {
        Call call = new Call(
                "request-" + name,
                room.now,
                service,
                name,
                room.region,
                caller,
                new Origin("192.0.2.1", Optional.empty(), "h", Optional.empty()));
        room.ledger.commit(
                room.ledger.read(),
                List.of(),
                room.audit.recorder().record(call, readOnly, Optional.empty(), outcome, notes, room.now));
    }

    private List<String> delivered() {
        room.deliver(120);
        List<String> names = new ArrayList<>();
        room.store.objects.values().forEach(object -> {
            try (GZIPInputStream in =
                    new GZIPInputStream(new ByteArrayInputStream(object.body().toArray()))) {
                for (Object record : (List<?>) Json.object(in.readAllBytes()).getOrDefault("Records", List.of())) {
                    names.add(String.valueOf(((Map<?, ?>) record).get("eventName")));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        names.remove("StartLogging");
        return names;
    }

    private String refused(PutEventSelectorsRequest.Builder request) {
        return room.refusal(request.build()).code();
    }

    @Test
    void basic_dataResources_takeObjectsByTheBeginningOfTheirArn() {
        started(basic(EventSelector.builder()
                .readWriteType(ReadWriteType.WriteOnly)
                .includeManagementEvents(false)
                .dataResources(List.of(objects("arn:aws:s3:::one/", "arn:aws:s3:::two/logs/")))));
        s3(AuditRoom.ROOT, "PutObject", false, "arn:aws:s3:::one/a", "arn:aws:s3:::one");
        s3(AuditRoom.ROOT, "GetObject", true, "arn:aws:s3:::one/a", "arn:aws:s3:::one");
        s3(AuditRoom.ROOT, "DeleteObject", false, "arn:aws:s3:::two/logs/a", "arn:aws:s3:::two");
        s3(AuditRoom.ROOT, "PutObjectAcl", false, "arn:aws:s3:::two/other", "arn:aws:s3:::two");
        room.kms("CreateKey", false, "k");
        assertThat(delivered()).containsExactly("PutObject", "DeleteObject");
    }

    @Test
    void basic_allOfS3_takesWholeBucketEventsTooAndManagementBesides() {
        started(basic(EventSelector.builder().dataResources(List.of(objects("arn:aws:s3")))));
        s3(AuditRoom.ROOT, "ListObjects", true, "arn:aws:s3:::one");
        s3(AuditRoom.ROOT, "GetObject", true, "arn:aws:s3:::one/a", "arn:aws:s3:::one");
        room.kms("CreateKey", false, "k");
        assertThat(delivered()).containsExactly("ListObjects", "GetObject", "CreateKey");
    }

    @Test
    void advanced_dataFields_allMustHold() {
        started(advanced(
                equal("eventCategory", "Data"),
                equal("resources.type", "AWS::S3::Object"),
                field("resources.ARN").startsWith(List.of("arn:aws:s3:::one/")).notEndsWith(List.of(".tmp")),
                field("eventName").notEquals(List.of("HeadObject")),
                field("userIdentity.arn").endsWith(List.of("user/alice"))));
        s3(AuditRoom.ALICE, "PutObject", false, "arn:aws:s3:::one/a", "arn:aws:s3:::one");
        s3(AuditRoom.ALICE, "DeleteObject", false, "arn:aws:s3:::one/a.tmp", "arn:aws:s3:::one");
        s3(AuditRoom.ALICE, "HeadObject", true, "arn:aws:s3:::one/a", "arn:aws:s3:::one");
        s3(AuditRoom.ROOT, "GetObject", true, "arn:aws:s3:::one/a", "arn:aws:s3:::one");
        room.kms("CreateKey", false, "k");
        assertThat(delivered()).containsExactly("PutObject");
    }

    @Test
    void dataEvents_areInNoHistory() {
        s3(AuditRoom.ROOT, "PutObject", false, "arn:aws:s3:::one/a");
        assertThat(room.ledger.end()).isEqualTo(1);
        assertThat(room.call(
                                dev.keytrail.wire.shape.cloudtrail.LookupEventsRequest.builder()
                                        .build(),
                                dev.keytrail.wire.shape.cloudtrail.LookupEventsResponse.class)
                        .events())
                .contains(List.of());
    }

    @Test
    void recursiveLogging_off_leavesCloudTrailsOwnPutsOutAndNothingElse() {
        started(basic(EventSelector.builder()
                .includeManagementEvents(false)
                .dataResources(List.of(objects("arn:aws:s3:::logs/")))));
        Caller delivery = Caller.service("cloudtrail.amazonaws.com");
        s3(delivery, "PutObject", false, "arn:aws:s3:::logs/a", "arn:aws:s3:::logs");
        assertThat(delivered()).containsExactly("PutObject");
        room.call(
                UpdateTrailRequest.builder()
                        .name("main")
                        .recursiveLogging(false)
                        .build(),
                UpdateTrailResponse.class);
        s3(delivery, "PutObject", false, "arn:aws:s3:::logs/b", "arn:aws:s3:::logs");
        s3(AuditRoom.ROOT, "GetObject", true, "arn:aws:s3:::logs/b", "arn:aws:s3:::logs");
        assertThat(delivered()).containsExactlyInAnyOrder("PutObject", "UpdateTrail", "GetObject");
    }

    @Test
    void selectors_keepTheFormTheyWereGivenIn() {
        PutEventSelectorsRequest.Builder given = advanced(
                equal("eventCategory", "Data"),
                equal("resources.type", "AWS::S3::Object"),
                field("resources.ARN").startsWith(List.of("arn:aws:s3:::one/")));
        started(given);
        assertThat(room.call(
                                GetEventSelectorsRequest.builder()
                                        .trailName("main")
                                        .build(),
                                GetEventSelectorsResponse.class)
                        .advancedEventSelectors())
                .isEqualTo(given.build().advancedEventSelectors());
        PutEventSelectorsRequest.Builder plain = basic(EventSelector.builder()
                .readWriteType(ReadWriteType.All)
                .includeManagementEvents(true)
                .excludeManagementEventSources(List.of())
                .dataResources(List.of(objects("arn:aws:s3:::one/"))));
        room.call(plain.build(), PutEventSelectorsResponse.class);
        assertThat(room.call(
                                GetEventSelectorsRequest.builder()
                                        .trailName("main")
                                        .build(),
                                GetEventSelectorsResponse.class)
                        .eventSelectors())
                .isEqualTo(plain.build().eventSelectors());
    }

    @Test
    void malformed_isRefused() {
        room.call(CreateTrailRequest.builder().name("main").s3BucketName("logs").build(), CreateTrailResponse.class);
        AdvancedFieldSelector.Builder data = equal("eventCategory", "Data");
        AdvancedFieldSelector.Builder object = equal("resources.type", "AWS::S3::Object");
        List<PutEventSelectorsRequest.Builder> wrong = new ArrayList<>(List.of(
                advanced(data),
                advanced(object),
                advanced(data, equal("resources.type", "AWS::S3::Object", "AWS::SNS::Topic")),
                advanced(data, field("resources.type").startsWith(List.of("AWS"))),
                advanced(data, equal("resources.type", "S3")),
                advanced(data, object, equal("errorCode", "AccessDenied")),
                advanced(data, object, equal("readOnly", "maybe")),
                advanced(data, object, field("readOnly").notEquals(List.of("true"))),
                advanced(data, object, equal("eventName", "A"), equal("eventName", "B")),
                advanced(data, object, field("eventName")),
                advanced(equal("eventCategory", "Insight")),
                advanced(equal("eventCategory", "NetworkActivity")),
                advanced(equal("eventCategory", "NetworkActivity"), equal("eventSource", "kms")),
                advanced(
                        equal("eventCategory", "NetworkActivity"),
                        field("eventSource").startsWith(List.of("kms.amazonaws.com"))),
                advanced(
                        equal("eventCategory", "NetworkActivity"),
                        equal("eventSource", "kms.amazonaws.com"),
                        equal("errorCode", "AccessDenied")),
                advanced(
                        equal("eventCategory", "NetworkActivity"),
                        equal("eventSource", "kms.amazonaws.com"),
                        equal("readOnly", "true")),
                advanced(
                        equal("eventCategory", "NetworkActivity"),
                        equal("eventSource", "kms.amazonaws.com"),
                        equal("userIdentity.arn", "arn:aws:iam::111122223333:root")),
                advanced(equal("eventCategory", "Management"), equal("eventName", "Decrypt")),
                advanced(equal("eventCategory", "Management"), equal("eventSource", "kms.amazonaws.com")),
                basic(EventSelector.builder().dataResources(List.of(objects("arn:aws:lambda:x")))),
                basic(EventSelector.builder()
                        .dataResources(List.of(DataResource.builder()
                                .type("AWS::SNS::Topic")
                                .values(List.of("arn:aws:sns"))
                                .build()))),
                basic(EventSelector.builder()
                        .dataResources(List.of(objects(IntStream.range(0, 251)
                                .mapToObj(n -> "arn:aws:s3:::b/" + n)
                                .toArray(String[]::new))))),
                advanced(
                        data,
                        object,
                        field("resources.ARN")
                                .equals(IntStream.range(0, 500)
                                        .mapToObj(n -> "arn:aws:s3:::b/" + n)
                                        .toList()))));
        for (PutEventSelectorsRequest.Builder request : wrong) {
            assertThat(refused(request)).as("%s", request.build()).isEqualTo("InvalidEventSelectorsException");
        }
    }

    @Test
    void extended_nameOperationResourcePrincipalAndOutcome() {
        room = new AuditRoom(
                new AuditSettings(AuditSettings.DEFAULT.historyRetention(), DeliverySettings.DEFAULT, true));
        started(advanced(
                equal("eventCategory", "Management"),
                equal("eventSource", "kms.amazonaws.com"),
                field("eventName").notEquals(List.of("DescribeKey")),
                field("resources.ARN").endsWith(List.of("key/1")),
                equal("errorCode", "AccessDenied")));
        Outcome denied = new Outcome.Failed(ApiError.of("AccessDeniedException", "no"));
        kms("Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1", denied);
        kms("Encrypt", "arn:aws:kms:eu-west-1:111122223333:key/1", Outcome.done());
        kms("DescribeKey", "arn:aws:kms:eu-west-1:111122223333:key/1", denied);
        kms("Sign", "arn:aws:kms:eu-west-1:111122223333:key/2", denied);
        assertThat(delivered()).containsExactly("Decrypt");
    }

    private void kms(String name, String key, Outcome outcome) {
        Notes notes = new Notes();
        notes.resource(new Resource(AuditRoom.ACCOUNT, "AWS::KMS::Key", key));
        record(AuditRoom.ALICE, Service.KMS, name, true, notes, outcome);
    }
}
