package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsRequest;
import dev.keytrail.wire.shape.kms.CreateCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonDecodeTest {
    private static final OperationModel ENCRYPT =
            Wire.model(Service.KMS).operation("Encrypt").orElseThrow();

    @Test
    void request_withAllMembers_arrivesWhole() {
        EncryptRequest request = encrypt(
                "{'KeyId':'alias/a','Plaintext':'aGk=','DryRun':false,'EncryptionContext':"
                        + "{'b':'1','a':'2'},'GrantTokens':[],'EncryptionAlgorithm':'SYMMETRIC_DEFAULT','Unknown':[{'x':[1]}]}");
        assertThat(request.keyId()).isEqualTo("alias/a");
        assertThat(request.plaintext().reveal()).isEqualTo("hi".getBytes(StandardCharsets.UTF_8));
        assertThat(request.dryRun()).contains(false);
        assertThat(request.encryptionContext().orElseThrow().keySet()).containsExactly("b", "a");
        assertThat(request.grantTokens().orElseThrow()).isEmpty();
    }

    @Test
    void request_withNullsAndLeftOuts_hasThemAbsent() {
        EncryptRequest request = encrypt("{'KeyId':'k','Plaintext':'aGk=','DryRun':null,'GrantTokens':null}");
        assertThat(request.dryRun()).isEmpty();
        assertThat(request.grantTokens()).isEmpty();
        assertThat(request.encryptionContext()).isEmpty();
    }

    @Test
    void member_givenTwice_countsTheLastTime() {
        assertThat(encrypt("{'KeyId':'a','Plaintext':'aGk=','KeyId':'b'}").keyId())
                .isEqualTo("b");
    }

    @Test
    void body_longerThanItsLength_isReadUpToIt() {
        byte[] body = bytes("{'KeyId':'k','Plaintext':'aGk='}garbage");
        assertThat(ENCRYPT.decodeJson(body, body.length - 7)).isInstanceOf(EncryptRequest.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "'x'",
                "null",
                "17",
                " ",
                "{'KeyId'}",
                "{'KeyId':}",
                "{'KeyId':'k','Plaintext':'aGk=',}",
                "{'KeyId':'k','Plaintext':'aGk='} x",
                "{'KeyId':'k','Plaintext':'aGk='}{}",
                "{'KeyId':'k','Plaintext':'aGk='",
                "{'KeyId':'k\u0001','Plaintext':'aGk='}",
                "{KeyId:'k'}",
                "// c\n{}",
                "{'KeyId':5}",
                "{'KeyId':['k']}",
                "{'KeyId':{'a':'k'}}",
                "{'KeyId':true}",
                "{'Plaintext':5}",
                "{'DryRun':'true'}",
                "{'DryRun':1}",
                "{'EncryptionContext':[]}",
                "{'EncryptionContext':'a'}",
                "{'EncryptionContext':{'a':1}}",
                "{'EncryptionContext':{'a':{}}}",
                "{'GrantTokens':{}}",
                "{'GrantTokens':'t'}",
                "{'GrantTokens':['t'",
                "{'GrantTokens':[1]}",
                "{'EncryptionAlgorithm':1}",
                "{'KeyId':'\\ud800'}",
                "{'KeyId':'\\udc00\\ud800'}",
                "{'EncryptionContext':{'\\ud800':'a'}}",
                "{'x':NaN}",
                "{'x':01}",
                "{'x':1e}",
                "\ufeff{}x",
            })
    void body_thatIsNotOfTheShape_isRefused(String json) {
        assertSerializationException(bytes(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"A", "AA", "AAA", "AA=", "A===", "=", "====", "AA=A", "AA==A", "A-_A", "!!!!", "AAAAA", "aGk=="})
    void blob_thatIsNotBase64_isRefused(String base64) {
        assertSerializationException(bytes("{'KeyId':'k','Plaintext':'" + base64 + "'}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "AA==", "AAA=", "AAAA", "+/+/"})
    void blob_inBase64_isDecoded(String base64) {
        byte[] expected = java.util.Base64.getDecoder().decode(base64);
        OperationModel operation =
                Wire.model(Service.KMS).operation("ImportKeyMaterial").orElseThrow();
        byte[] body = bytes("{'KeyId':'k','ImportToken':'AA==','EncryptedKeyMaterial':'" + base64 + "'}");
        if (expected.length == 0) {
            assertThat(catchThrowableOfType(Refused.class, () -> operation.decodeJson(body, body.length))
                            .error()
                            .code())
                    .isEqualTo("ValidationException");
            return;
        }
        ImportKeyMaterialRequest request = (ImportKeyMaterialRequest) operation.decodeJson(body, body.length);
        assertThat(request.encryptedKeyMaterial().toArray()).isEqualTo(expected);
    }

    @Test
    void text_inOtherEncodings_isRefused() {
        String json = "{\"KeyId\":\"k\",\"Plaintext\":\"aGk=\"}";
        assertSerializationException(json.getBytes(StandardCharsets.UTF_16));
        assertSerializationException(json.getBytes(StandardCharsets.UTF_16LE));
        assertSerializationException("{\"KeyId\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1));
        byte[] cut = "{\"KeyId\":\"é".getBytes(StandardCharsets.UTF_8);
        assertSerializationException(Arrays.copyOf(cut, cut.length - 1));
        // A surrogate half encoded as if it were a character (CESU-8).
        byte[] half = bytes("{'KeyId':'xyz'}");
        half[10] = (byte) 0xED;
        half[11] = (byte) 0xA0;
        half[12] = (byte) 0x80;
        assertSerializationException(half);
    }

    @Test
    void nesting_beyondTheBound_isRefused() {
        assertSerializationException(bytes("{'x':" + "[".repeat(100_000) + "]".repeat(100_000) + "}"));
        assertSerializationException(bytes("{'x':".repeat(1000)));
        assertSerializationException(bytes("[".repeat(100_000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2147483648", "-2147483649", "1.5", "1e3", "'5'", "[]", "true", "1e999999999"})
    void integer_thatIsNone_isRefused(String number) {
        OperationModel operation =
                Wire.model(Service.KMS).operation("GenerateRandom").orElseThrow();
        byte[] body = bytes("{'NumberOfBytes':" + number + "}");
        assertThat(refusal(operation, body)).isEqualTo("SerializationException");
    }

    @Test
    void number_ofManyDigits_isRefused() {
        OperationModel operation =
                Wire.model(Service.KMS).operation("GenerateRandom").orElseThrow();
        assertThat(refusal(operation, bytes("{'NumberOfBytes':" + "9".repeat(100_000) + "}")))
                .isEqualTo("SerializationException");
    }

    @Test
    void time_inSecondsOrText_isRead() {
        assertThat(startTime("1700000000")).contains(Instant.parse("2023-11-14T22:13:20Z"));
        assertThat(startTime("1700000000.123")).contains(Instant.parse("2023-11-14T22:13:20.123Z"));
        assertThat(startTime("1.7e9")).contains(Instant.parse("2023-11-14T22:13:20Z"));
        assertThat(startTime("-1.5")).contains(Instant.parse("1969-12-31T23:59:58.500Z"));
        assertThat(startTime("'2023-11-14T22:13:20Z'")).contains(Instant.parse("2023-11-14T22:13:20Z"));
        assertThat(startTime("'2023-11-15T00:13:20+02:00'")).contains(Instant.parse("2023-11-14T22:13:20Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e18", "-1e18", "1e400", "1e999999999", "'yesterday'", "'2023-11-14'", "''", "true", "{}"})
    void time_thatIsNone_isRefused(String time) {
        OperationModel operation =
                Wire.model(Service.CLOUDTRAIL).operation("LookupEvents").orElseThrow();
        assertThat(refusal(operation, bytes("{'StartTime':" + time + "}"))).isEqualTo("SerializationException");
    }

    @Test
    void secretText_isItsUtf8() {
        OperationModel operation =
                Wire.model(Service.KMS).operation("CreateCustomKeyStore").orElseThrow();
        byte[] body = bytes("{'CustomKeyStoreName':'n','KeyStorePassword':'p\u00e4ss-\ud83d\ude00-\\u20ac'}");
        CreateCustomKeyStoreRequest request = (CreateCustomKeyStoreRequest) operation.decodeJson(body, body.length);
        assertThat(request.keyStorePassword().orElseThrow().reveal())
                .isEqualTo("p\u00e4ss-\ud83d\ude00-\u20ac".getBytes(StandardCharsets.UTF_8));
        byte[] half = bytes("{'CustomKeyStoreName':'n','KeyStorePassword':'password\\ud800'}");
        assertThat(refusal(operation, half)).isEqualTo("SerializationException");
    }

    @Test
    void refusal_ofMalformedBody_quotesNothingOfIt() {
        byte[] body = bytes("{'KeyId':'k','Plaintext':'s3cr!t'}");
        Refused refused = catchThrowableOfType(Refused.class, () -> ENCRYPT.decodeJson(body, body.length));
        assertThat(refused.getMessage()).doesNotContain("s3cr").doesNotContain("!");
        byte[] broken = bytes("{'Plaintext':s3cret}");
        Refused other = catchThrowableOfType(Refused.class, () -> ENCRYPT.decodeJson(broken, broken.length));
        assertThat(other.getMessage()).doesNotContain("s3cr");
    }

    private static Optional<Instant> startTime(String time) {
        OperationModel operation =
                Wire.model(Service.CLOUDTRAIL).operation("LookupEvents").orElseThrow();
        byte[] body = bytes("{'StartTime':" + time + "}");
        return ((LookupEventsRequest) operation.decodeJson(body, body.length)).startTime();
    }

    private static EncryptRequest encrypt(String json) {
        byte[] body = bytes(json);
        return (EncryptRequest) ENCRYPT.decodeJson(body, body.length);
    }

    private static void assertSerializationException(byte[] body) {
        assertThat(refusal(ENCRYPT, body)).isEqualTo("SerializationException");
    }

    private static String refusal(OperationModel operation, byte[] body) {
        Refused refused = catchThrowableOfType(Refused.class, () -> operation.decodeJson(body, body.length));
        assertThat(refused).as("refusal").isNotNull();
        assertThat(refused.error().status()).isEqualTo(400);
        return refused.error().code();
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
