package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionResponse;
import dev.keytrail.wire.shape.sts.GetCallerIdentityResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WireTest {
    private static final String ID = "11111111-2222-3333-4444-555555555555";

    @Test
    void target_inEitherSpelling_namesTheOperation() { // cloudtrail.md F1
        assertThat(Wire.operationOfTarget("TrentService.Encrypt").orElseThrow()).hasToString("kms:Encrypt");
        assertThat(Wire.operationOfTarget("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")
                        .orElseThrow())
                .hasToString("cloudtrail:LookupEvents");
        assertThat(Wire.operationOfTarget("CloudTrail_20131101.LookupEvents").orElseThrow())
                .hasToString("cloudtrail:LookupEvents");
    }

    @Test
    void target_notKnown_namesNothing() {
        assertThat(Wire.operationOfTarget("TrentService.Fly")).isEmpty();
        assertThat(Wire.serviceOfTarget("TrentService.Fly").orElseThrow().service())
                .isEqualTo(Service.KMS);
        for (String target :
                List.of("", ".", "Encrypt", ".Encrypt", "TrentService", "trentservice.Encrypt", "x.Encrypt")) {
            assertThat(Wire.operationOfTarget(target)).as(target).isEmpty();
            assertThat(Wire.serviceOfTarget(target)).as(target).isEmpty();
        }
    }

    @Test
    void version_namesTheQueryService() {
        assertThat(Wire.serviceOfVersion("2011-06-15").orElseThrow().service()).isEqualTo(Service.STS);
        assertThat(Wire.serviceOfVersion("2010-05-08").orElseThrow().service()).isEqualTo(Service.IAM);
        assertThat(Wire.serviceOfVersion("2010-03-31").orElseThrow().service()).isEqualTo(Service.SNS);
        assertThat(Wire.serviceOfVersion("2014-11-01")).isEmpty();
    }

    @Test
    void model_ofServiceWithoutOne_isADefect() {
        assertThatIllegalArgumentException().isThrownBy(() -> Wire.model(Service.S3));
    }

    @Test
    void classes_ofOperations_areTheRecords() {
        OperationModel encrypt = kms("Encrypt");
        assertThat(encrypt.outputClass()).isEqualTo(EncryptResponse.class);
        assertThat(kms("EnableKey").outputClass()).isEqualTo(NoOutput.class);
        assertThat(Wire.model(Service.IAM)
                        .operation("GetAccountSummary")
                        .orElseThrow()
                        .inputClass())
                .isEqualTo(NoInput.class);
    }

    @Test
    void errors_haveCodeAndStatusOfTheModel() {
        ServiceModel iam = Wire.model(Service.IAM);
        assertThat(iam.error("NoSuchEntity")).contains(new ModelledError("NoSuchEntityException", "NoSuchEntity", 404));
        assertThat(iam.error("ServiceFailure").orElseThrow().status()).isEqualTo(500);
        ServiceModel kms = Wire.model(Service.KMS);
        assertThat(kms.error("NotFoundException").orElseThrow().status()).isEqualTo(400);
        assertThat(kms.errors().stream().filter(error -> error.status() == 500).map(ModelledError::code))
                .containsExactlyInAnyOrder(
                        "DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException");
        assertThat(kms.errors()).hasSize(48);
        assertThat(kms("Encrypt").errors()).extracting(ModelledError::code).contains("DisabledException");
    }

    @Test
    void errors_ofEachOperation_areInItsModel() {
        for (Service service : Wire.modelled()) {
            for (OperationModel operation : Wire.model(service).operations()) {
                assertThat(Wire.model(service).errors()).containsAll(operation.errors());
            }
        }
    }

    @Test
    void jsonAnswer_leavesOutWhatIsAbsent() {
        EncryptResponse response = EncryptResponse.builder()
                .keyId("k\"/é\u0001")
                .ciphertextBlob(Bytes.utf8("hi"))
                .encryptionAlgorithm(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)
                .build();
        assertThat(text(kms("Encrypt").encodeJson(response)))
                .isEqualTo("{\"CiphertextBlob\":\"aGk=\",\"EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\","
                        + "\"KeyId\":\"k\\\"/é\\u0001\"}");
        assertThat(text(kms("Encrypt").encodeJson(EncryptResponse.builder().build())))
                .isEqualTo("{}");
    }

    @Test
    void jsonAnswer_hasTimesInSecondsToTheMillisecond() {
        assertThat(deletionDate("2023-11-14T22:13:20Z")).isEqualTo("{\"DeletionDate\":1700000000}");
        assertThat(deletionDate("2023-11-14T22:13:20.007999Z")).isEqualTo("{\"DeletionDate\":1700000000.007}");
        assertThat(deletionDate("2023-11-14T22:13:20.120Z")).isEqualTo("{\"DeletionDate\":1700000000.120}");
        assertThat(deletionDate("1969-12-31T23:59:59.500Z")).isEqualTo("{\"DeletionDate\":-0.500}");
    }

    @Test
    void jsonAnswer_withoutOutputShape_isEmpty() {
        assertThat(kms("EnableKey").encode(NoOutput.INSTANCE, ID)).isEmpty();
        assertThat(text(Wire.model(Service.CLOUDTRAIL)
                        .operation("StartLogging")
                        .orElseThrow()
                        .encode(
                                dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse.builder()
                                        .build(),
                                ID)))
                .isEqualTo("{}");
    }

    @Test
    void xmlAnswer_hasResultAndRequestId() {
        GetCallerIdentityResponse response = GetCallerIdentityResponse.builder()
                .account("111122223333")
                .arn("arn:aws:iam::111122223333:user/<a>&\"\u0001")
                .build();
        OperationModel operation =
                Wire.model(Service.STS).operation("GetCallerIdentity").orElseThrow();
        assertThat(text(operation.encode(response, ID)))
                .isEqualTo("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                        + "<GetCallerIdentityResult><Account>111122223333</Account>"
                        + "<Arn>arn:aws:iam::111122223333:user/&lt;a&gt;&amp;&quot;\ufffd</Arn></GetCallerIdentityResult>"
                        + "<ResponseMetadata><RequestId>" + ID + "</RequestId></ResponseMetadata>"
                        + "</GetCallerIdentityResponse>");
    }

    @Test
    void xmlAnswer_withoutOutputShape_hasNoResult() {
        OperationModel operation =
                Wire.model(Service.IAM).operation("DeleteUser").orElseThrow();
        assertThat(text(operation.encode(NoOutput.INSTANCE, ID)))
                .isEqualTo("<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
                        + "<ResponseMetadata><RequestId>" + ID
                        + "</RequestId></ResponseMetadata></DeleteUserResponse>");
    }

    @Test
    void jsonError_hasMessageOnlyIfThereIsOne() { // kms.md 1
        ServiceModel kms = Wire.model(Service.KMS);
        assertThat(text(kms.encodeError(ApiError.of("DisabledException", "arn \"x\" is disabled."), ID)))
                .isEqualTo("{\"__type\":\"DisabledException\",\"message\":\"arn \\\"x\\\" is disabled.\"}");
        assertThat(text(kms.encodeError(new ApiError("KMSInvalidMacException", 400, Optional.empty()), ID)))
                .isEqualTo("{\"__type\":\"KMSInvalidMacException\"}");
    }

    @Test
    void xmlError_saysWhoseFaultItIs() { // identity.md 2
        ServiceModel sts = Wire.model(Service.STS);
        String head = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>";
        String tail = "</Error><RequestId>" + ID + "</RequestId></ErrorResponse>";
        assertThat(text(sts.encodeError(ApiError.of("AccessDenied", 403, "a < b"), ID)))
                .isEqualTo(head + "<Type>Sender</Type><Code>AccessDenied</Code><Message>a &lt; b</Message>" + tail);
        assertThat(text(sts.encodeError(new ApiError("InternalFailure", 500, Optional.empty()), ID)))
                .isEqualTo(head + "<Type>Receiver</Type><Code>InternalFailure</Code>" + tail);
    }

    @Test
    void builder_copiesWhatItIsGiven() {
        List<EncryptionAlgorithmSpec> given =
                new java.util.ArrayList<>(List.of(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT));
        KeyMetadata metadata =
                KeyMetadata.builder().keyId("k").encryptionAlgorithms(given).build();
        given.clear();
        assertThat(metadata.encryptionAlgorithms().orElseThrow()).hasSize(1);
    }

    private static String deletionDate(String time) {
        return text(kms("ScheduleKeyDeletion")
                .encodeJson(ScheduleKeyDeletionResponse.builder()
                        .deletionDate(Instant.parse(time))
                        .build()));
    }

    private static OperationModel kms(String name) {
        return Wire.model(Service.KMS).operation(name).orElseThrow();
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }
}
