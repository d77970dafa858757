package dev.keytrail.audit.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.Json;
import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.wire.shape.cloudtrail.AddTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.AddTagsResponse;
import dev.keytrail.wire.shape.cloudtrail.AdvancedEventSelector;
import dev.keytrail.wire.shape.cloudtrail.AdvancedFieldSelector;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.DescribeTrailsRequest;
import dev.keytrail.wire.shape.cloudtrail.DescribeTrailsResponse;
import dev.keytrail.wire.shape.cloudtrail.EventSelector;
import dev.keytrail.wire.shape.cloudtrail.GetEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.GetEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.GetTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusResponse;
import dev.keytrail.wire.shape.cloudtrail.ListTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.ListTagsResponse;
import dev.keytrail.wire.shape.cloudtrail.ListTrailsRequest;
import dev.keytrail.wire.shape.cloudtrail.ListTrailsResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.RemoveTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.RemoveTagsResponse;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.Tag;
import dev.keytrail.wire.shape.cloudtrail.Trail;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrailOperationsTest {
    private static final String ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";

    private final AuditRoom room = new AuditRoom();

    private static CreateTrailRequest.Builder create() {
        return CreateTrailRequest.builder().name("main").s3BucketName("logs");
    }

    private CreateTrailResponse created() {
        return room.call(create().build(), CreateTrailResponse.class);
    }

    private void start() {
        room.call(StartLoggingRequest.builder().name("main").build(), StartLoggingResponse.class);
    }

    private void stop() {
        room.call(StopLoggingRequest.builder().name(ARN).build(), StopLoggingResponse.class);
    }

    private GetTrailStatusResponse status() {
        return room.call(GetTrailStatusRequest.builder().name("main").build(), GetTrailStatusResponse.class);
    }

    private List<String> shown(DescribeTrailsRequest.Builder question) {
        return room.call(question.build(), DescribeTrailsResponse.class).trailList().orElseThrow().stream()
                .map(trail -> trail.name().orElseThrow())
                .toList();
    }

    private ApiError refused(CreateTrailRequest.Builder request) {
        return room.refusal(request.build());
    }

    private List<String> deliveredNames() throws IOException {
        List<String> names = new ArrayList<>();
        for (NewObject object : room.store.objects.values()) {
            try (GZIPInputStream in =
                    new GZIPInputStream(new ByteArrayInputStream(object.body().toArray()))) {
                List<?> records = (List<?>) Json.object(in.readAllBytes()).get("Records");
                if (records != null) {
                    records.forEach(record -> names.add((String) ((Map<?, ?>) record).get("eventName")));
                }
            }
        }
        return names;
    }

    @Test
    void create_defaults_areAwsAndNothingIsDeliveredYet() {
        CreateTrailResponse answer = created();
        assertThat(answer.trailARN()).contains(ARN);
        assertThat(answer.includeGlobalServiceEvents()).contains(true);
        assertThat(answer.isMultiRegionTrail()).contains(false);
        assertThat(answer.logFileValidationEnabled()).contains(false);
        assertThat(answer.recursiveLogging()).contains(true);
        assertThat(answer.s3KeyPrefix()).isEmpty();
        assertThat(status().isLogging()).contains(false);
        room.kms("Decrypt", true, "k");
        room.deliver(120);
        assertThat(room.store.objects).isEmpty();
    }

    @Test
    void create_itsEvent_hasParametersAnswerAndNames() {
        created();
        LedgerRecord record = room.ledger.all().getFirst();
        Map<String, ?> json = Json.object(record.json().toArray());
        assertThat(json.get("requestParameters")).hasToString("{name=main, s3BucketName=logs}");
        assertThat(json.get("responseElements"))
                .hasToString("{name=main, s3BucketName=logs, includeGlobalServiceEvents=true, "
                        + "isMultiRegionTrail=false, trailARN=" + ARN
                        + ", logFileValidationEnabled=false, isOrganizationTrail=false, recursiveLogging=true}");
        assertThat(json).doesNotContainKey("resources");
        assertThat(record.resources())
                .containsExactlyInAnyOrder(
                        new NamedResource("AWS::CloudTrail::Trail", "main"),
                        new NamedResource("AWS::CloudTrail::Trail", ARN),
                        new NamedResource("AWS::S3::Bucket", "logs"));
    }

    @Test
    void trail_fromStartToStop_deliversExactlyWhatHappenedBetween() throws IOException {
        created();
        room.kms("Before", true, "k");
        start();
        room.kms("Within", true, "k");
        assertThat(status().isLogging()).contains(true);
        room.deliver(61);
        room.kms("Later", true, "k");
        stop();
        room.kms("After", true, "k");
        room.deliver(61);
        assertThat(deliveredNames())
                .containsExactlyInAnyOrder("StartLogging", "Within", "GetTrailStatus", "Later", "StopLogging");
        assertThat(status().isLogging()).contains(false);
        assertThat(status().latestDeliveryTime()).isPresent();
        assertThat(status().latestDeliveryError()).isEmpty();
        start();
        room.kms("Again", true, "k");
        room.deliver(61);
        assertThat(deliveredNames())
                .containsExactlyInAnyOrder(
                        "StartLogging", "Within", "GetTrailStatus", "Later", "StopLogging", "StartLogging", "Again");
    }

    @Test
    void delivered_file_isNamedAndPackedAsAws() throws IOException {
        room.call(create().s3KeyPrefix("team/a").build(), CreateTrailResponse.class);
        start();
        room.deliver(61);
        Map.Entry<String, NewObject> file =
                room.store.objects.entrySet().iterator().next();
        assertThat(file.getKey())
                .matches("logs/team/a/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/"
                        + "111122223333_CloudTrail_eu-west-1_20260304T0507Z_[A-Za-z0-9]{16}\\.json\\.gz");
        assertThat(file.getValue().contentType()).isEqualTo("application/json");
        assertThat(file.getValue().writer().trailArn()).isEqualTo(ARN);
        byte[] bytes = file.getValue().body().toArray();
        assertThat(new byte[] {bytes[4], bytes[5], bytes[6], bytes[7]})
                .as("no time in the gzip header")
                .containsOnly(0);
        assertThat(deliveredNames()).containsExactly("StartLogging");
    }

    @Test
    void delete_whatWasSelectedUpToIt_isStillDelivered() throws IOException {
        created();
        start();
        room.kms("Within", true, "k");
        room.call(DeleteTrailRequest.builder().name("main").build(), DeleteTrailResponse.class);
        room.kms("After", true, "k");
        room.deliver(61);
        assertThat(deliveredNames()).containsExactly("StartLogging", "Within", "DeleteTrail");
        assertThat(room.refusal(GetTrailStatusRequest.builder().name("main").build())
                        .code())
                .isEqualTo("TrailNotFoundException");
        assertThat(room.audit.delivery().status().trails()).isLessThanOrEqualTo(1);
        room.deliver(1);
        assertThat(room.audit.delivery().status().trails()).isZero();
        created();
    }

    @Test
    void delivery_bucketGone_showsTheErrorAndLosesNothing() throws IOException {
        created();
        start();
        room.store.missing.add("logs");
        room.kms("One", true, "k");
        room.deliver(61);
        room.kms("Two", true, "k");
        room.deliver(61);
        assertThat(status().latestDeliveryError()).contains("NoSuchBucket");
        assertThat(room.audit.delivery().status().failing()).isEqualTo(1);
        room.store.missing.clear();
        room.deliver(61);
        room.deliver(61);
        assertThat(deliveredNames()).contains("One", "Two").doesNotHaveDuplicates();
        assertThat(status().latestDeliveryError()).isEmpty();
    }

    @Test
    void delivery_bucketRefusesAndTheTrailMoves_goesToTheNewBucket() throws IOException {
        created();
        start();
        room.store.forbidden.add("logs");
        room.kms("One", true, "k");
        room.deliver(61);
        room.call(
                UpdateTrailRequest.builder().name("main").s3BucketName("other").build(), UpdateTrailResponse.class);
        room.deliver(61);
        room.deliver(61);
        assertThat(room.store.objects.keySet()).allMatch(key -> key.startsWith("other/"));
        assertThat(deliveredNames()).contains("One", "UpdateTrail").doesNotHaveDuplicates();
    }

    @Test
    void delivery_nameTakenByAnotherObject_takesANewNameInsteadOfTrustingIt() throws IOException {
        created();
        start();
        room.store.missing.add("logs");
        room.deliver(61);
        room.store.missing.clear();
        AuditRoom twin = new AuditRoom();
        twin.call(create().build(), CreateTrailResponse.class);
        twin.call(StartLoggingRequest.builder().name("main").build(), StartLoggingResponse.class);
        twin.deliver(61);
        NewObject planned = twin.store.objects.values().iterator().next();
        room.store.objects.put(
                planned.bucket() + "/" + planned.key(),
                new NewObject(
                        planned.bucket(),
                        planned.key(),
                        Bytes.utf8("planted"),
                        "text/plain",
                        Optional.empty(),
                        Map.of(),
                        planned.writer()));
        room.deliver(61);
        room.deliver(1);
        room.store.objects.remove(planned.bucket() + "/" + planned.key());
        assertThat(deliveredNames()).containsExactly("StartLogging");
    }

    @Test
    void delivery_moreThanAFileHolds_cutsFiles() throws IOException {
        AuditRoom small = AuditRoom.withFiles(3_000);
        small.call(create().build(), CreateTrailResponse.class);
        small.call(StartLoggingRequest.builder().name("main").build(), StartLoggingResponse.class);
        for (int i = 0; i < 40; i++) {
            small.kms("Op" + i, true, "k");
        }
        small.deliver(61);
        assertThat(small.store.objects.size()).isGreaterThan(8);
        for (NewObject object : small.store.objects.values()) {
            try (GZIPInputStream in =
                    new GZIPInputStream(new ByteArrayInputStream(object.body().toArray()))) {
                assertThat(in.readAllBytes().length).isLessThan(3_020);
            }
        }
    }

    @Test
    void multiRegionTrail_deliversEachRegionUnderItsOwnFolderAndShowsEverywhere() {
        room.call(create().isMultiRegionTrail(true).build(), CreateTrailResponse.class);
        start();
        room.region = "us-west-2";
        room.kms("There", true, "k");
        assertThat(shown(DescribeTrailsRequest.builder())).containsExactly("main");
        assertThat(shown(DescribeTrailsRequest.builder().includeShadowTrails(false)))
                .isEmpty();
        assertThat(room.call(GetTrailRequest.builder().name(ARN).build(), GetTrailResponse.class)
                        .trail()
                        .flatMap(Trail::homeRegion))
                .contains("eu-west-1");
        assertThat(room.refusal(GetTrailRequest.builder().name("main").build()).code())
                .isEqualTo("TrailNotFoundException");
        assertThat(room.refusal(StopLoggingRequest.builder().name(ARN).build()).code())
                .isEqualTo("InvalidHomeRegionException");
        room.deliver(61);
        assertThat(room.store.objects.keySet())
                .hasSize(2)
                .anyMatch(key -> key.contains("/CloudTrail/us-west-2/2026/"))
                .anyMatch(key -> key.contains("/CloudTrail/eu-west-1/2026/"));
    }

    @Test
    void singleRegionTrail_isUnknownElsewhere() {
        created();
        room.region = "us-west-2";
        room.kms("There", true, "k");
        assertThat(shown(DescribeTrailsRequest.builder().trailNameList(List.of(ARN))))
                .isEmpty();
        assertThat(room.refusal(GetTrailRequest.builder().name(ARN).build()).code())
                .isEqualTo("TrailNotFoundException");
    }

    @Test
    void unknownTrail_isRefusedInAwsWords() {
        ApiError error = room.refusal(UpdateTrailRequest.builder()
                .name("myTrail2")
                .isMultiRegionTrail(true)
                .build());
        assertThat(error.code()).isEqualTo("TrailNotFoundException");
        assertThat(error.message())
                .contains("Unknown trail: arn:aws:cloudtrail:eu-west-1:111122223333:trail/myTrail2 for the user: "
                        + "111122223333");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "a b c", "-abc", "abc.", "a..b", "a._b", "192.168.5.4", "täil", "a\nbc"})
    void create_badName_isRefused(String name) {
        assertThat(refused(create().name(name)).code()).isEqualTo("InvalidTrailNameException");
    }

    @Test
    void create_nameTooLong_isRefused() {
        assertThat(refused(create().name("a".repeat(129))).code()).isEqualTo("InvalidTrailNameException");
        room.call(create().name("a".repeat(128)).build(), CreateTrailResponse.class);
    }

    @Test
    void badArn_isRefused() {
        for (String arn : List.of("arn:", "arn:aws:s3:::b", "arn:aws:cloudtrail:eu-west-1:1:channel/x")) {
            assertThat(room.refusal(GetTrailRequest.builder().name(arn).build()).code())
                    .isEqualTo("CloudTrailARNInvalidException");
        }
    }

    @Test
    void anotherAccountsTrail_isDeniedOrUnknown() {
        assertThat(room.refusal(GetTrailRequest.builder()
                                .name("arn:aws:cloudtrail:eu-west-1:999999999999:trail/main")
                                .build())
                        .code())
                .isIn("TrailNotFoundException", "AccessDeniedException");
    }

    @Test
    void create_badBucketOrPrefix_isRefused() {
        assertThat(refused(create().s3BucketName("Up")).code()).isEqualTo("InvalidS3BucketNameException");
        assertThat(refused(create().s3BucketName("10.0.0.1")).code()).isEqualTo("InvalidS3BucketNameException");
        assertThat(refused(create().s3KeyPrefix("x".repeat(201))).code()).isEqualTo("InvalidS3PrefixException");
        assertThat(refused(create().s3KeyPrefix("a/AWSLogs/b")).code()).isEqualTo("InvalidS3PrefixException");
        room.store.missing.add("logs");
        assertThat(refused(create()).code()).isEqualTo("S3BucketDoesNotExistException");
        room.store.missing.clear();
        room.store.forbidden.add("logs");
        assertThat(refused(create()).code()).isEqualTo("InsufficientS3BucketPolicyException");
    }

    @Test
    void create_twiceOrTooMany_isRefused() {
        created();
        assertThat(refused(create()).code()).isEqualTo("TrailAlreadyExistsException");
        for (int i = 2; i <= 5; i++) {
            room.call(create().name("trail-" + i).build(), CreateTrailResponse.class);
        }
        assertThat(refused(create().name("sixth")).code()).isEqualTo("MaximumNumberOfTrailsExceededException");
        room.region = "us-east-1";
        assertThat(refused(create().name("sixth").isMultiRegionTrail(true)).code())
                .isEqualTo("MaximumNumberOfTrailsExceededException");
        room.call(create().name("sixth").build(), CreateTrailResponse.class);
        assertThat(room.call(ListTrailsRequest.builder().build(), ListTrailsResponse.class)
                        .trails()
                        .orElseThrow())
                .hasSize(6);
    }

    @Test
    void create_settingsWithoutEffectYet_areRefusedByName() {
        for (CreateTrailRequest.Builder request :
                List.of(create().cloudWatchLogsLogGroupArn("arn:x"), create().cloudWatchLogsRoleArn("arn:x"))) {
            assertThat(refused(request).code()).isEqualTo("UnsupportedOperationException");
        }
        assertThat(refused(create().isMultiRegionTrail(true).includeGlobalServiceEvents(false))
                        .code())
                .isEqualTo("InvalidParameterCombinationException");
        room.call(
                create().enableLogFileValidation(false)
                        .isOrganizationTrail(false)
                        .kmsKeyId("")
                        .build(),
                CreateTrailResponse.class);
    }

    @Test
    void create_keyThatIsNotThere_isRefused() {
        assertThat(refused(create().kmsKeyId("alias/k")).code()).isEqualTo("KmsKeyNotFoundException");
        for (String bad : List.of("nonsense", "arn:aws:kms:eu-west-1:111122223333:key/short", "arn:aws:sns:a:b:c")) {
            assertThat(refused(create().kmsKeyId(bad)).code()).isEqualTo("InvalidKmsKeyIdException");
        }
        String elsewhere = "arn:aws:kms:us-west-2:111122223333:key/12345678-1234-1234-1234-123456789012";
        assertThat(refused(create().kmsKeyId(elsewhere)).code()).isEqualTo("InvalidKmsKeyIdException");
    }

    @Test
    void create_topicThatTakesNoNotices_isRefused() {
        assertThat(refused(create().snsTopicName("topic")).code()).isEqualTo("InsufficientSnsTopicPolicyException");
        for (String bad :
                List.of("no spaces", "arn:aws:sqs:us-east-1:111122223333:q", "arn:aws:sns:::x", "a".repeat(257))) {
            assertThat(refused(create().snsTopicName(bad)).code()).isEqualTo("InvalidSnsTopicNameException");
        }
    }

    @Test
    void create_withoutPermission_namesTheTrail() {
        room.caller = AuditRoom.ALICE;
        assertThat(refused(create()).message().orElseThrow())
                .startsWith("User: arn:aws:iam::111122223333:user/alice is not authorized to perform: "
                        + "cloudtrail:CreateTrail on resource: " + ARN);
    }

    @Test
    void update_onlyGivenMembersChange() {
        room.call(create().s3KeyPrefix("p").build(), CreateTrailResponse.class);
        UpdateTrailResponse answer = room.call(
                UpdateTrailRequest.builder().name(ARN).isMultiRegionTrail(true).build(), UpdateTrailResponse.class);
        assertThat(answer.s3KeyPrefix()).contains("p");
        assertThat(answer.isMultiRegionTrail()).contains(true);
        UpdateTrailResponse single = room.call(
                UpdateTrailRequest.builder()
                        .name(ARN)
                        .isMultiRegionTrail(false)
                        .s3KeyPrefix("")
                        .build(),
                UpdateTrailResponse.class);
        assertThat(single.includeGlobalServiceEvents()).contains(false);
        assertThat(single.s3KeyPrefix()).isEmpty();
    }

    @Test
    void selectors_excludingKms_bindThisTrailFromTheCallOn() throws IOException {
        created();
        start();
        room.kms("Before", true, "k");
        PutEventSelectorsResponse answer = room.call(
                PutEventSelectorsRequest.builder()
                        .trailName("main")
                        .eventSelectors(List.of(EventSelector.builder()
                                .excludeManagementEventSources(List.of("kms.amazonaws.com"))
                                .build()))
                        .build(),
                PutEventSelectorsResponse.class);
        assertThat(answer.trailARN()).contains(ARN);
        room.kms("Excluded", true, "k");
        room.deliver(61);
        assertThat(deliveredNames()).contains("Before", "PutEventSelectors").doesNotContain("Excluded");
        GetEventSelectorsResponse shown = room.call(
                GetEventSelectorsRequest.builder().trailName("main").build(), GetEventSelectorsResponse.class);
        assertThat(shown.eventSelectors().orElseThrow().getFirst().excludeManagementEventSources())
                .contains(List.of("kms.amazonaws.com"));
        assertThat(shown.advancedEventSelectors()).isEmpty();
    }

    @Test
    void selectors_advanced_comeBackAsGiven() {
        created();
        assertThat(room.call(
                                GetEventSelectorsRequest.builder()
                                        .trailName("main")
                                        .build(),
                                GetEventSelectorsResponse.class)
                        .advancedEventSelectors()
                        .orElseThrow()
                        .getFirst()
                        .name())
                .contains("Management events selector");
        List<AdvancedEventSelector> given = List.of(AdvancedEventSelector.builder()
                .name("writes")
                .fieldSelectors(List.of(
                        AdvancedFieldSelector.builder()
                                .field("eventCategory")
                                .equals(List.of("Management"))
                                .build(),
                        AdvancedFieldSelector.builder()
                                .field("readOnly")
                                .equals(List.of("false"))
                                .build()))
                .build());
        room.call(
                PutEventSelectorsRequest.builder()
                        .trailName("main")
                        .advancedEventSelectors(given)
                        .build(),
                PutEventSelectorsResponse.class);
        assertThat(room.call(
                                GetEventSelectorsRequest.builder()
                                        .trailName("main")
                                        .build(),
                                GetEventSelectorsResponse.class)
                        .advancedEventSelectors())
                .contains(given);
    }

    @Test
    void selectors_malformedOrNotYet_areRefused() {
        created();
        assertThat(room.refusal(PutEventSelectorsRequest.builder()
                                .trailName("main")
                                .build())
                        .code())
                .isEqualTo("InvalidEventSelectorsException");
        assertThat(room.refusal(PutEventSelectorsRequest.builder()
                                .trailName("main")
                                .eventSelectors(List.of(EventSelector.builder()
                                        .excludeManagementEventSources(List.of("sts.amazonaws.com"))
                                        .build()))
                                .build())
                        .code())
                .isEqualTo("InvalidEventSelectorsException");
        assertThat(room.refusal(PutEventSelectorsRequest.builder()
                                .trailName("main")
                                .advancedEventSelectors(List.of(AdvancedEventSelector.builder()
                                        .fieldSelectors(List.of(AdvancedFieldSelector.builder()
                                                .field("eventCategory")
                                                .equals(List.of("NetworkActivity"))
                                                .build()))
                                        .build()))
                                .build())
                        .code())
                .isEqualTo("InvalidEventSelectorsException");
    }

    @Test
    void tags_addListRemove() {
        created();
        List<Tag> tags = List.of(
                Tag.builder().key("a").value("1").build(),
                Tag.builder().key("b").build());
        room.call(AddTagsRequest.builder().resourceId(ARN).tagsList(tags).build(), AddTagsResponse.class);
        assertThat(listedTags()).containsExactly("a=1", "b=");
        room.call(
                RemoveTagsRequest.builder()
                        .resourceId(ARN)
                        .tagsList(List.of(Tag.builder().key("a").build()))
                        .build(),
                RemoveTagsResponse.class);
        assertThat(listedTags()).containsExactly("b=");
        assertThat(room.refusal(AddTagsRequest.builder()
                                .resourceId(ARN + "x")
                                .tagsList(tags)
                                .build())
                        .code())
                .isEqualTo("ResourceNotFoundException");
    }

    @Test
    void lists_tokensThatNobodyGave_andTooManyResources_areRefusedByTheModel() {
        assertThat(room.refusal(ListTrailsRequest.builder().nextToken("made up").build())
                        .code())
                .isEqualTo("ValidationException");
        ListTagsRequest.Builder tags = ListTagsRequest.builder().resourceIdList(List.of(ARN));
        assertThat(room.refusal(tags.nextToken("made up").build()).code()).isEqualTo("InvalidTokenException");
        assertThat(room.refusal(ListTagsRequest.builder()
                                .resourceIdList(Collections.nCopies(21, ARN))
                                .build())
                        .code())
                .isEqualTo("ValidationException");
    }

    private List<String> listedTags() {
        return room
                .call(ListTagsRequest.builder().resourceIdList(List.of(ARN)).build(), ListTagsResponse.class)
                .resourceTagList()
                .orElseThrow()
                .getFirst()
                .tagsList()
                .orElseThrow()
                .stream()
                .map(tag -> tag.key() + "=" + tag.value().orElse(""))
                .toList();
    }
}
