package dev.keytrail.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.policy.Explanation;
import dev.keytrail.testkit.SeededEntropy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static final String ACCOUNT = "111122223333";
    private static final String OWNER = "444455556666";
    private static final String KEY = "arn:aws:kms:eu-west-1:444455556666:key/k";
    private static final Instant NOON = Instant.parse("2026-02-03T12:00:00.987Z");
    private static final Origin ORIGIN = new Origin(
            "192.0.2.7",
            Optional.of("aws-cli/2"),
            "kms.example:8443",
            Optional.of(new Origin.Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")));

    private final Recorder recorder = new Recorder(new SeededEntropy(11));
    private final Notes notes = new Notes();

    private static Caller alice() {
        return Caller.of(new Principal.User(ACCOUNT, "AIDAALICE", "/dev/", "alice"), "AKIAALICE");
    }

    private static Call call(Caller caller) {
        return new Call("req-1", NOON, Service.KMS, "Decrypt", "eu-west-1", caller, ORIGIN);
    }

    private List<LedgerRecord> record(Call call, Outcome outcome, @Nullable Facts parameters) {
        return recorder.record(call, true, Optional.ofNullable(parameters), outcome, notes, NOON);
    }

    private static Map<String, @Nullable Object> json(LedgerRecord record) {
        return Json.object(record.json().toArray());
    }

    @Test
    void record_everyMember_standsInTheOrderOfRecordedFiles() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        notes.additional(Facts.facts().put("keyMaterialId", "m"));
        LedgerRecord record = record(
                        call(alice()),
                        Outcome.failed(ApiError.of("DisabledException", KEY + " is disabled.")),
                        Facts.facts().put("keyId", "k"))
                .getFirst();
        assertThat(json(record).keySet())
                .containsExactly(
                        "eventVersion",
                        "userIdentity",
                        "eventTime",
                        "eventSource",
                        "eventName",
                        "awsRegion",
                        "sourceIPAddress",
                        "userAgent",
                        "errorCode",
                        "errorMessage",
                        "requestParameters",
                        "responseElements",
                        "additionalEventData",
                        "requestID",
                        "eventID",
                        "readOnly",
                        "resources",
                        "eventType",
                        "managementEvent",
                        "recipientAccountId",
                        "sharedEventID",
                        "eventCategory",
                        "tlsDetails");
        assertThat(json(record))
                .containsEntry("eventVersion", "1.11")
                .containsEntry("eventTime", "2026-02-03T12:00:00Z")
                .containsEntry("errorCode", "DisabledException");
        assertThat(record.eventTimeSeconds()).isEqualTo(NOON.getEpochSecond());
        assertThat(record.eventId()).isEqualTo(json(record).get("eventID")).matches("[0-9a-f-]{36}");
    }

    private static Call through(Caller caller, String endpointOwner) {
        Origin origin = new Origin(
                ORIGIN.sourceIp(),
                ORIGIN.userAgent(),
                ORIGIN.host(),
                ORIGIN.tls(),
                Optional.of(new Origin.Endpoint("vpce-1234abcdf5678c90a", endpointOwner, "vpc-1234abcd")));
        return new Call("req-1", NOON, Service.KMS, "Decrypt", "eu-west-1", caller, origin);
    }

    @Test
    void record_throughAnEndpoint_namesItInEveryCopyAndTellsItsOwner() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        List<LedgerRecord> records = record(through(alice(), "777788889999"), Outcome.done(), null);
        assertThat(records)
                .extracting(LedgerRecord::account, LedgerRecord::category)
                .containsExactly(
                        tuple(ACCOUNT, LedgerRecord.Category.MANAGEMENT),
                        tuple(OWNER, LedgerRecord.Category.MANAGEMENT),
                        tuple("777788889999", LedgerRecord.Category.NETWORK_ACTIVITY));
        assertThat(records)
                .allSatisfy(record -> assertThat(json(record))
                        .containsEntry("vpcEndpointId", "vpce-1234abcdf5678c90a")
                        .containsEntry("vpcEndpointAccountId", "777788889999")
                        .containsEntry("sharedEventID", json(records.getFirst()).get("sharedEventID")));
        assertThat(json(records.getLast()).keySet())
                .containsExactly(
                        "eventVersion",
                        "userIdentity",
                        "eventTime",
                        "eventSource",
                        "eventName",
                        "awsRegion",
                        "sourceIPAddress",
                        "requestID",
                        "eventID",
                        "eventType",
                        "recipientAccountId",
                        "sharedEventID",
                        "vpcEndpointId",
                        "vpcEndpointAccountId",
                        "eventCategory");
        assertThat(json(records.getLast()))
                .containsEntry(
                        "userIdentity", Map.of("type", "AWSAccount", "principalId", "AIDAALICE", "accountId", ACCOUNT));
        assertThat(HistoryIndex.shows(records.getLast())).isFalse();
    }

    @Test
    void record_ofTheEndpointsOwner_isSharedWithNobodyElse() {
        List<LedgerRecord> records = record(through(alice(), ACCOUNT), Outcome.done(), null);
        assertThat(records).hasSize(2);
        assertThat(json(records.getFirst())).doesNotContainKey("sharedEventID");
        assertThat(json(records.getLast()))
                .containsKey("sharedEventID")
                .containsEntry("eventCategory", "NetworkActivity");
    }

    @Test
    void record_nobodyThroughAnEndpoint_isTheOperatorsAlone() {
        List<LedgerRecord> records = record(
                through(Caller.NOBODY, ACCOUNT), Outcome.failed(ApiError.of("InvalidSignatureException", "no")), null);
        assertThat(records).extracting(LedgerRecord::account).containsExactly(LedgerRecord.OPERATOR_ACCOUNT);
        assertThat(json(records.getFirst())).containsKey("vpcEndpointId");
    }

    @Test
    void record_nothingToShow_printsTwoNullsAndLeavesOutTheRest() {
        Call bare = new Call(
                "req-1",
                NOON,
                Service.KMS,
                "ListKeys",
                "eu-west-1",
                alice(),
                new Origin("192.0.2.7", Optional.empty(), "h", Optional.empty()));
        Map<String, @Nullable Object> json =
                json(record(bare, Outcome.done(), null).getFirst());
        assertThat(json).containsEntry("requestParameters", null).containsEntry("responseElements", null);
        assertThat(json)
                .doesNotContainKeys(
                        "userAgent",
                        "errorCode",
                        "errorMessage",
                        "additionalEventData",
                        "resources",
                        "sharedEventID",
                        "tlsDetails");
    }

    @Test
    void record_errorWithoutMessage_hasNoErrorMessage() {
        Map<String, @Nullable Object> json = json(record(
                        call(alice()),
                        Outcome.failed(new ApiError("InvalidCiphertextException", 400, Optional.empty())),
                        null)
                .getFirst());
        assertThat(json)
                .containsEntry("errorCode", "InvalidCiphertextException")
                .doesNotContainKey("errorMessage");
    }

    @Test
    void record_denied_isAccessDeniedInTheCallersAccountAlone() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        List<LedgerRecord> records =
                record(call(alice()), Outcome.failed(ApiError.of("AccessDeniedException", "no")), null);
        assertThat(records).extracting(LedgerRecord::account).containsExactly(ACCOUNT);
        assertThat(json(records.getFirst()))
                .containsEntry("errorCode", "AccessDenied")
                .doesNotContainKey("sharedEventID");
    }

    @Test
    void record_callerOnly_hasNoOwnersCopy() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        notes.callerOnly();
        assertThat(record(call(alice()), Outcome.done(), null))
                .extracting(LedgerRecord::account)
                .containsExactly(ACCOUNT);
    }

    @Test
    void record_foreignKey_tellsTheOwnerOnlyWhoNotHow() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        notes.because("statement 1 of key policy allows");
        LedgerRecord owners = record(call(alice()), Outcome.done(), null).getLast();
        assertThat(owners.account()).isEqualTo(OWNER);
        assertThat(json(owners).get("userIdentity"))
                .isEqualTo(Map.of("type", "AWSAccount", "principalId", "AIDAALICE", "accountId", ACCOUNT));
        assertThat(owners.username()).isEmpty();
        assertThat(owners.accessKeyId()).isEmpty();
        assertThat(owners.annex().isEmpty()).isTrue();
    }

    @Test
    void record_service_goesToTheKeysOwnerWithASharedIdAndWithoutTls() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        List<LedgerRecord> records = record(call(Caller.service("cloudtrail.amazonaws.com")), Outcome.done(), null);
        assertThat(records).extracting(LedgerRecord::account).containsExactly(OWNER);
        assertThat(json(records.getFirst()))
                .containsEntry("userIdentity", Map.of("type", "AWSService", "invokedBy", "cloudtrail.amazonaws.com"))
                .containsEntry("sourceIPAddress", "cloudtrail.amazonaws.com")
                .containsEntry("userAgent", "cloudtrail.amazonaws.com")
                .containsKey("sharedEventID")
                .doesNotContainKey("tlsDetails");
        assertThat(records.getFirst().username()).isEmpty();
    }

    @Test
    void record_serviceWithoutAnyKnownAccount_goesToTheOperator() {
        assertThat(record(call(Caller.service("cloudtrail.amazonaws.com")), Outcome.done(), null))
                .extracting(LedgerRecord::account)
                .containsExactly(LedgerRecord.OPERATOR_ACCOUNT);
    }

    @Test
    void record_nobody_goesToTheOperatorAloneWhateverItNames() {
        notes.resource(new Resource(OWNER, "AWS::KMS::Key", KEY));
        List<LedgerRecord> records =
                record(call(Caller.NOBODY), Outcome.failed(ApiError.of("UnrecognizedClientException", "no")), null);
        assertThat(records).extracting(LedgerRecord::account).containsExactly(LedgerRecord.OPERATOR_ACCOUNT);
        assertThat(json(records.getFirst()).get("userIdentity")).isEqualTo(Map.of("type", "Unknown"));
    }

    @Test
    void record_roleSession_showsIssuerAttributesAndSourceIdentity() {
        Session session = Session.of(NOON.minusSeconds(60), NOON.plusSeconds(60))
                .withMfa(true)
                .withSourceIdentity(Optional.of("jane"));
        Caller caller = new Caller(
                new Principal.RoleSession(ACCOUNT, "AROAX", "/ops/", "deploy", "ci"),
                Optional.of("ASIAX"),
                Optional.of(session),
                Optional.of("s3.amazonaws.com"));
        LedgerRecord record = record(call(caller), Outcome.done(), null).getFirst();
        Map<String, @Nullable Object> identity = Json.at(json(record), "userIdentity");
        assertThat(identity)
                .containsEntry("type", "AssumedRole")
                .containsEntry("principalId", "AROAX:ci")
                .containsEntry("arn", "arn:aws:sts::111122223333:assumed-role/deploy/ci")
                .containsEntry("accessKeyId", "ASIAX")
                .containsEntry("invokedBy", "s3.amazonaws.com")
                .doesNotContainKey("userName");
        Map<String, @Nullable Object> context = Json.at(identity, "sessionContext");
        assertThat(context).containsOnlyKeys("sessionIssuer", "attributes", "sourceIdentity");
        assertThat(Json.at(context, "sessionIssuer"))
                .isEqualTo(Map.of(
                        "type", "Role",
                        "principalId", "AROAX",
                        "arn", "arn:aws:iam::111122223333:role/ops/deploy",
                        "accountId", ACCOUNT,
                        "userName", "deploy"));
        assertThat(Json.at(context, "attributes"))
                .isEqualTo(Map.of("creationDate", "2026-02-03T11:59:00Z", "mfaAuthenticated", "true"));
        assertThat(record.username()).contains("ci");
        assertThat(json(record))
                .containsEntry("sourceIPAddress", "s3.amazonaws.com")
                .doesNotContainKey("tlsDetails");
    }

    @Test
    void record_federatedUser_namesItsIssuer() {
        Principal issuer = new Principal.User(ACCOUNT, "AIDAALICE", "/", "alice");
        Caller caller = Caller.of(new Principal.FederatedUser(ACCOUNT, "bob", issuer), "ASIAB");
        Map<String, @Nullable Object> identity =
                Json.at(json(record(call(caller), Outcome.done(), null).getFirst()), "userIdentity");
        assertThat(identity)
                .containsEntry("type", "FederatedUser")
                .containsEntry("principalId", ACCOUNT + ":bob")
                .containsEntry("arn", "arn:aws:sts::111122223333:federated-user/bob");
        assertThat(Json.at(Json.at(identity, "sessionContext"), "sessionIssuer"))
                .containsEntry("type", "IAMUser")
                .containsEntry("arn", "arn:aws:iam::111122223333:user/alice");
    }

    @Test
    void record_root_isFoundUnderItsSmallName() {
        LedgerRecord record = record(call(Caller.of(new Principal.Root(ACCOUNT), "AKIAROOT")), Outcome.done(), null)
                .getFirst();
        assertThat(record.username()).contains("root");
        assertThat(Json.at(json(record), "userIdentity")).doesNotContainKey("userName");
    }

    @Test
    void record_longTexts_areCutToOneKilobyte() {
        Call call = new Call(
                "r".repeat(2000),
                NOON,
                Service.KMS,
                "Decrypt",
                "eu-west-1",
                alice(),
                new Origin("192.0.2.7", Optional.of("ä".repeat(2000)), "h".repeat(5000), ORIGIN.tls()));
        Map<String, @Nullable Object> json =
                json(record(call, Outcome.failed(ApiError.of("X".repeat(2000), "y".repeat(2000))), null)
                        .getFirst());
        for (String member : List.of("userAgent", "errorCode", "errorMessage", "requestID")) {
            assertThat(String.valueOf(json.get(member)).getBytes(StandardCharsets.UTF_8))
                    .as(member)
                    .hasSize(1024);
        }
    }

    @Test
    void record_objectsOverTheirLimits_areLeftOut() {
        notes.additional(Facts.facts().put("a", "x".repeat(29 << 10)));
        Facts large = Facts.facts().put("policy", "x".repeat(101 << 10));
        Map<String, @Nullable Object> json = json(record(call(alice()), new Outcome.Done(Optional.of(large)), large)
                .getFirst());
        assertThat(json)
                .containsEntry("requestParameters", null)
                .containsEntry("responseElements", null)
                .doesNotContainKey("additionalEventData");
    }

    @Test
    void record_wholeOverItsLimit_losesMembersUntilItFits() {
        for (int i = 0; i < 60; i++) {
            notes.resource(new Resource(ACCOUNT, "AWS::KMS::Key", "arn:" + "x".repeat(1000) + i));
        }
        Facts large = Facts.facts().put("policy", "x".repeat(99 << 10));
        LedgerRecord record = record(call(alice()), new Outcome.Done(Optional.of(large)), large)
                .getFirst();
        assertThat(record.json().size()).isLessThanOrEqualTo(256 << 10);
        assertThat(json(record)).containsEntry("responseElements", null);
        assertThat(json(record).get("requestParameters")).isNotNull();
    }

    @Test
    void record_lookupNames_areTheNotedOnesOrElseTheResources() {
        notes.resource(new Resource(ACCOUNT, "AWS::KMS::Key", KEY));
        assertThat(record(call(alice()), Outcome.done(), null).getFirst().resources())
                .containsExactly(new NamedResource("AWS::KMS::Key", KEY));
        notes.named("AWS::CloudTrail::Trail", "t");
        assertThat(record(call(alice()), Outcome.done(), null).getFirst().resources())
                .containsExactly(new NamedResource("AWS::CloudTrail::Trail", "t"));
    }

    @Test
    void record_iamCall_isInUsEast1WhereverItWasAsked() {
        Call call = new Call("r", NOON, Service.IAM, "CreateUser", "eu-west-1", alice(), ORIGIN);
        LedgerRecord record = record(call, Outcome.done(), null).getFirst();
        assertThat(record.region()).isEqualTo("us-east-1");
        assertThat(json(record)).containsEntry("awsRegion", "us-east-1");
    }

    @Test
    void record_objectCall_isADataEvent() {
        Call call = new Call("r", NOON, Service.S3, "PutObject", "eu-west-1", alice(), ORIGIN);
        LedgerRecord record = record(call, Outcome.done(), null).getFirst();
        assertThat(record.category()).isEqualTo(LedgerRecord.Category.DATA);
        assertThat(json(record)).containsEntry("eventCategory", "Data").containsEntry("managementEvent", false);
        Call bucketCall = new Call("r", NOON, Service.S3, "CreateBucket", "eu-west-1", alice(), ORIGIN);
        assertThat(record(bucketCall, Outcome.done(), null).getFirst().category())
                .isEqualTo(LedgerRecord.Category.MANAGEMENT);
    }

    @Test
    void record_trace_isKeptBesideTheEvent() {
        notes.because("one");
        notes.because("two");
        LedgerRecord record = record(call(alice()), Outcome.done(), null).getFirst();
        assertThat(Explanation.decode(record.annex(), record.resources()).lines())
                .containsExactly("one", "two");
        assertThat(record.json().utf8()).doesNotContain("one", "two");
    }

    @Test
    void record_ofManyLongResources_staysBelowTheLimit() {
        for (int i = 0; i < 1000; i++) {
            notes.resource(new Resource(OWNER, "AWS::S3::Object", "arn:aws:s3:::b/" + i + "k".repeat(1000)));
        }
        for (LedgerRecord record :
                record(call(alice()), Outcome.done(), Facts.facts().put("a", "b"))) {
            assertThat(record.json().size()).isLessThan(Recorder.RECORD_BYTES_MAX);
            assertThat((List<?>) json(record).get("resources")).hasSize(20);
        }
    }
}
