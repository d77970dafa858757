package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Refusals in AWS's words; those marked R in kms.md were recorded from AWS. */
class ValidationTest {
    private static final String ONE = "1 validation error detected: ";

    @Test
    void number_belowOrAboveRange_isToldWithValue() { // kms.md 22
        assertThat(kms("GenerateRandom", "{'NumberOfBytes':0}"))
                .isEqualTo(ONE + "Value '0' at 'numberOfBytes' failed to satisfy constraint: "
                        + "Member must have value greater than or equal to 1");
        assertThat(kms("GenerateRandom", "{'NumberOfBytes':1025}"))
                .isEqualTo(ONE + "Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
                        + "Member must have value less than or equal to 1024");
    }

    @Test
    void sensitiveBlob_ofWrongLength_isToldWithoutValue() { // kms.md 22
        String tooLong = Base64.getEncoder().encodeToString(new byte[4097]);
        assertThat(kms("Encrypt", "{'KeyId':'k','Plaintext':'" + tooLong + "'}"))
                .isEqualTo(ONE + "Value at 'plaintext' failed to satisfy constraint: "
                        + "Member must have length less than or equal to 4096");
        assertThat(kms("Encrypt", "{'KeyId':'k','Plaintext':''}"))
                .isEqualTo(ONE + "Value at 'plaintext' failed to satisfy constraint: "
                        + "Member must have length greater than or equal to 1");
    }

    @Test
    void plainBlob_ofWrongLength_isToldWithoutValue() {
        assertThat(kms("Decrypt", "{'CiphertextBlob':''}"))
                .isEqualTo(ONE + "Value at 'ciphertextBlob' failed to satisfy constraint: "
                        + "Member must have length greater than or equal to 1");
    }

    @Test
    void enumValue_notKnown_isToldWithTheSet() { // kms.md 22
        assertThat(kms("GenerateDataKey", "{'KeyId':'k','KeySpec':'AES_512'}"))
                .isEqualTo(ONE + "Value 'AES_512' at 'keySpec' failed to satisfy constraint: "
                        + "Member must satisfy enum value set: [AES_256, AES_128]");
    }

    @Test
    void enumValue_requiredAndNotKnown_isNotAlsoToldAsNull() {
        assertThat(kms("GenerateMac", "{'KeyId':'k','Message':'AA==','MacAlgorithm':'x'}"))
                .startsWith(ONE + "Value 'x' at 'macAlgorithm'");
    }

    @Test
    void text_againstPattern_isToldWithThePattern() { // kms.md 22
        assertThat(kms("CreateAlias", "{'AliasName':'alias/x!','TargetKeyId':'k'}"))
                .isEqualTo(ONE + "Value 'alias/x!' at 'aliasName' failed to satisfy constraint: "
                        + "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
    }

    @Test
    void members_absentOrNull_areAllTold() {
        String both = "2 validation errors detected: "
                + "Value null at 'keyId' failed to satisfy constraint: Member must not be null; "
                + "Value null at 'plaintext' failed to satisfy constraint: Member must not be null";
        assertThat(kms("Encrypt", "")).isEqualTo(both);
        assertThat(kms("Encrypt", "{}")).isEqualTo(both);
        assertThat(kms("Encrypt", "{'KeyId':null,'Plaintext':null}")).isEqualTo(both);
    }

    @Test
    void listItem_isToldByItsNumberFromOne() { // kms.md 3
        String tags = "[{'TagKey':'a','TagValue':'b'},{'TagKey':'','TagValue':'b'}]";
        assertThat(kms("TagResource", "{'KeyId':'k','Tags':" + tags + "}"))
                .isEqualTo(ONE + "Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: "
                        + "Member must have length greater than or equal to 1");
        assertThat(kms("TagResource", "{'KeyId':'k','Tags':[{'TagKey':'a'},null]}"))
                .isEqualTo(
                        "2 validation errors detected: "
                                + "Value null at 'tags.2.member' failed to satisfy constraint: Member must not be null; "
                                + "Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null");
    }

    /** Not with their values: whoever has a grant's token may use the grant. */
    @Test
    void stringsInLists_areToldAtTheList() {
        assertThat(kms("Encrypt", "{'KeyId':'k','Plaintext':'AA==','GrantTokens':['a','']}"))
                .isEqualTo(ONE + "Value at 'grantTokens' failed to satisfy constraint: "
                        + "Member must satisfy constraint: [Member must have length less than or equal to 8192, "
                        + "Member must have length greater than or equal to 1]");
        String eleven = "['1','2','3','4','5','6','7','8','9','10','11']";
        assertThat(kms("Encrypt", "{'KeyId':'k','Plaintext':'AA==','GrantTokens':" + eleven + "}"))
                .isEqualTo(ONE + "Value at 'grantTokens' failed to satisfy constraint: "
                        + "Member must have length less than or equal to 10");
    }

    @Test
    void enumInList_notKnown_isToldAtTheList() {
        assertThat(kms("CreateGrant", "{'KeyId':'k','GranteePrincipal':'p','Operations':['Encrypt','Fly']}"))
                .startsWith(ONE + "Value '[Encrypt, Fly]' at 'operations' failed to satisfy constraint: "
                        + "Member must satisfy constraint: [Member must satisfy enum value set: [Decrypt, ");
    }

    @Test
    void mapValue_againstPattern_isToldAtTheMap() {
        String message = refusal("{'DashboardId':'d','QueryParameterValues':{'$a$':'x y'}}", "StartDashboardRefresh");
        assertThat(message)
                .startsWith(ONE + "Value '{$a$=x y}' at 'queryParameterValues' failed to satisfy constraint: "
                        + "Map value must satisfy constraint: [Member must have length less than or equal to ");
    }

    @Test
    void length_isCountedInCodePoints() {
        String justFits = "\ud83d\ude00".repeat(128);
        assertThat(input("TagResource", "{'KeyId':'k','Tags':[{'TagKey':'" + justFits + "','TagValue':''}]}"))
                .isNotNull();
        assertThat(kms("TagResource", "{'KeyId':'k','Tags':[{'TagKey':'" + justFits + "a','TagValue':''}]}"))
                .endsWith("at 'tags.1.member.tagKey' failed to satisfy constraint: "
                        + "Member must have length less than or equal to 128");
    }

    @Test
    void secretText_ofWrongForm_isNeverShown() {
        String message = kms(
                "CreateCustomKeyStore",
                "{'CustomKeyStoreName':'n','KeyStorePassword':'s3cr','XksProxyAuthenticationCredential':"
                        + "{'AccessKeyId':'aaaaaaaaaaaaaaaaaaaaa','RawSecretAccessKey':'s3cr'}}");
        assertThat(message).startsWith("3 validation errors detected: ").doesNotContain("s3cr");
        assertThat(message).contains("Value at 'keyStorePassword' failed to satisfy constraint: ");
        assertThat(message).contains("Value at 'xksProxyAuthenticationCredential.accessKeyId' failed");
        assertThat(message).contains("Value at 'xksProxyAuthenticationCredential.rawSecretAccessKey' failed");
    }

    @Test
    void message_ofManyViolations_staysBounded() {
        String tag = "{'TagKey':'','TagValue':''}";
        String tags = String.join(",", Collections.nCopies(5000, tag));
        String message = kms("TagResource", "{'KeyId':'k','Tags':[" + tags + "]}");
        assertThat(message).startsWith("50 validation errors detected: ").hasSizeLessThan(10_000);
        assertThat(kms("CreateKey", "{'Description':'" + "d".repeat(100_000) + "'}"))
                .hasSizeLessThan(2_000)
                .contains("ddd...' at 'description' failed");
        assertThat(kms(
                        "Encrypt",
                        "{'KeyId':'k','Plaintext':'AA==','EncryptionContext':{'" + "x".repeat(40_000) + "':null}}"))
                .hasSizeLessThan(2_000)
                .contains("xxx...' failed");
    }

    @Test
    void queryService_refusesWithValidationError() { // identity.md 2
        String name = "s".repeat(65);
        Refused refused = catchThrowableOfType(
                Refused.class,
                () -> operation(Service.STS, "AssumeRole")
                        .decodeQuery(FormParameters.parseQuery("Action=AssumeRole&Version=2011-06-15&RoleArn="
                                + "arn:aws:iam::111122223333:role/r&RoleSessionName=" + name)));
        assertThat(refused.error())
                .isEqualTo(ApiError.of(
                        "ValidationError",
                        ONE + "Value '" + name + "' at 'roleSessionName' failed to satisfy constraint: "
                                + "Member must have length less than or equal to 64"));
    }

    @Test
    void builder_withoutRequiredMember_isADefect() {
        assertThatIllegalStateException()
                .isThrownBy(() -> EncryptRequest.builder().build())
                .withMessage("EncryptRequest.keyId is required");
    }

    private static String kms(String operation, String json) {
        return refusal(json, operation, Service.KMS);
    }

    private static String refusal(String json, String operation) {
        return refusal(json, operation, Service.CLOUDTRAIL);
    }

    private static String refusal(String json, String operation, Service service) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        Refused refused = catchThrowableOfType(
                Refused.class, () -> operation(service, operation).decodeJson(body, body.length));
        assertThat(refused).as("refusal of %s", json).isNotNull();
        assertThat(refused.error().code()).isEqualTo("ValidationException");
        assertThat(refused.error().status()).isEqualTo(400);
        return refused.error().message().orElseThrow();
    }

    private static Object input(String operation, String json) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return operation(Service.KMS, operation).decodeJson(body, body.length);
    }

    private static OperationModel operation(Service service, String name) {
        return Wire.model(service).operation(name).orElseThrow();
    }
}
