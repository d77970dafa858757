package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static dev.keytrail.kms.World.ALICE;
import static dev.keytrail.kms.World.MALLORY;
import static dev.keytrail.kms.World.OTHER_ACCOUNT;
import static dev.keytrail.kms.World.REGION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.NamedResource;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** kms.md section 2: what a KeyId may be, and what is answered when it leads nowhere. */
class NamesTest {
    private static final String ABSENT = "0000aaaa-00aa-00aa-00aa-0000000000aa";
    private static final String ARN = "arn:aws:kms:";
    private static final String ELSEWHERE = "User: arn:aws:iam::" + ACCOUNT
            + ":user/Alice is not authorized to perform: kms:%s on this resource because the resource does not exist in"
            + " this Region, no resource-based policies allow access, or a resource-based policy explicitly denies"
            + " access";

    private final World world = new World();
    private final Key key = world.newKey();

    static Stream<List<String>> unknown() {
        String own = ARN + REGION + ":" + ACCOUNT + ":";
        return Stream.of(
                List.of(ABSENT, "NotFoundException", "Key '" + own + "key/" + ABSENT + "' does not exist"),
                List.of(
                        "mrk-0123456789abcdef0123456789abcdef",
                        "NotFoundException",
                        "Key '" + own + "key/mrk-0123456789abcdef0123456789abcdef' does not exist"),
                List.of("fake-key-id", "NotFoundException", "Invalid keyId 'fake-key-id'"),
                List.of(
                        "0123456789abcdef0123456789abcdef",
                        "NotFoundException",
                        "Invalid keyId '0123456789abcdef0123456789abcdef'"),
                List.of(
                        "mrk-0123456789abcdef0123456789abcdeg",
                        "NotFoundException",
                        "Invalid keyId 'mrk-0123456789abcdef0123456789abcdeg'"),
                List.of(
                        "0000AAAA-00aa-00aa-00aa-0000000000aa",
                        "NotFoundException",
                        "Invalid keyId '0000AAAA-00aa-00aa-00aa-0000000000aa'"),
                List.of(ARN + "eu-west-1:" + ACCOUNT + ":key/" + ABSENT, "NotFoundException", "Invalid arn eu-west-1"),
                List.of(
                        own + "key/" + ABSENT,
                        "NotFoundException",
                        "Key '" + own + "key/" + ABSENT + "' does not exist"),
                List.of("alias/none", "NotFoundException", "Alias " + own + "alias/none is not found."),
                List.of(own + "alias/none", "NotFoundException", "Alias " + own + "alias/none is not found."),
                List.of(
                        ARN + REGION + ":" + OTHER_ACCOUNT + ":key/" + ABSENT,
                        "AccessDeniedException",
                        ELSEWHERE.formatted("DescribeKey")),
                List.of(
                        ARN + "eu-west-1:" + OTHER_ACCOUNT + ":key/" + ABSENT,
                        "AccessDeniedException",
                        ELSEWHERE.formatted("DescribeKey")),
                List.of(
                        ARN + REGION + ":" + OTHER_ACCOUNT + ":alias/none",
                        "AccessDeniedException",
                        ELSEWHERE.formatted("DescribeKey")),
                List.of("arn:aws:s3:::bucket", "InvalidArnException", "Invalid ARN: arn:aws:s3:::bucket"),
                List.of("arn:aws:kms:x", "InvalidArnException", "Invalid ARN: arn:aws:kms:x"),
                List.of(own + "grant/1", "InvalidArnException", "Invalid ARN: " + own + "grant/1"));
    }

    @ParameterizedTest
    @MethodSource("unknown")
    void describe_nameLeadingNowhere_isRefusedAsAwsDoes(List<String> row) {
        Answer<?> answer = world.alice("DescribeKey", Requests.describe(row.get(0)));

        assertThat(answer.code() + " " + answer.message()).isEqualTo(row.get(1) + " " + row.get(2));
    }

    @Test
    void describe_everyForm_findsTheKeyAndItsEventIsFoundByArnAndId() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        String aliasArn = ARN + REGION + ":" + ACCOUNT + ":alias/mine";
        for (String name : List.of(key.id(), key.arn(), "alias/mine", aliasArn)) {
            Answer<?> answer = world.alice("DescribeKey", Requests.describe(name));
            assertThat(answer.code()).as(name).isEqualTo("ok");
            assertThat(answer.notes().resources()).extracting(r -> r.arn()).containsExactly(key.arn());
            assertThat(answer.notes().named())
                    .contains(
                            new NamedResource(Key.RESOURCE_TYPE, key.arn()),
                            new NamedResource(Key.RESOURCE_TYPE, key.id()),
                            new NamedResource(Key.RESOURCE_TYPE, name));
        }
    }

    @Test
    void aliasOrOtherAccount_toOperationsOnOwnKeys_isRefused() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));

        assertThat(world.alice("DisableKey", Requests.disable("alias/mine")).message())
                .isEqualTo("Invalid keyId 'alias/mine'");
        String aliasArn = ARN + REGION + ":" + ACCOUNT + ":alias/mine";
        assertThat(world.alice("DisableKey", Requests.disable(aliasArn)).code()).isEqualTo("InvalidArnException");
        assertThat(world.alice("DisableKey", Requests.disable(aliasArn)).message())
                .isEqualTo("Key Aliases are not supported for this operation.");
        assertThat(world.alice("DescribeKey", Requests.describe(ARN + REGION + ":" + ACCOUNT + ":key/alias/mine"))
                        .message())
                .isEqualTo("Invalid keyId alias/mine");
        world.change(key, k -> k.withPolicy(World.keyPolicy(World.letting(OTHER_ACCOUNT, "kms:*"))));
        assertThat(world.as(MALLORY, "DisableKey", Requests.disable(key.arn())).code())
                .isEqualTo("AccessDeniedException");
    }

    @Test
    void aliasOfAnotherRegion_isNotFoundHere() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));

        assertThat(world.as(ALICE, "eu-west-1", "DescribeKey", Requests.describe("alias/mine"))
                        .message())
                .isEqualTo("Alias arn:aws:kms:eu-west-1:" + ACCOUNT + ":alias/mine is not found.");
    }

    @Test
    void otherAccountsKey_absentAndForbidden_lookTheSame() {
        String absent = key.arn().replace(key.id(), ABSENT);
        Answer<?> forbidden = world.as(MALLORY, "Encrypt", Requests.encrypt(key.arn()));
        Answer<?> missing = world.as(MALLORY, "Encrypt", Requests.encrypt(absent));

        assertThat(forbidden.error()).isEqualTo(missing.error());
        assertThat(forbidden.code()).isEqualTo("AccessDeniedException");
        assertThat(forbidden.notes().ownerCopy()).isFalse();
        assertThat(missing.notes().ownerCopy()).isFalse();
        assertThat(forbidden.notes().resources()).hasSize(1);
        assertThat(missing.notes().resources()).hasSize(1);
    }

    @Test
    void otherAccountsKey_allowed_isUsedByEveryNameAndShownToItsOwner() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        world.change(key, k -> k.withPolicy(World.keyPolicy(World.letting(OTHER_ACCOUNT, "kms:*"))));
        for (String name : List.of(key.arn(), ARN + REGION + ":" + ACCOUNT + ":alias/mine")) {
            Answer<EncryptResponse> answer =
                    world.<EncryptRequest, EncryptResponse>as(MALLORY, "Encrypt", Requests.encrypt(name));
            assertThat(answer.reply().keyId()).contains(key.arn());
            assertThat(answer.notes().resources()).singleElement().satisfies(resource -> {
                assertThat(resource.account()).isEqualTo(ACCOUNT);
                assertThat(resource.arn()).isEqualTo(key.arn());
            });
            assertThat(answer.notes().ownerCopy()).isTrue();

            Bytes blob = answer.reply().ciphertextBlob().orElseThrow();
            assertThat(world.as(MALLORY, "Decrypt", Requests.decrypt(blob)).code())
                    .isEqualTo("ok");
            // A bare key id is taken across accounts where the ciphertext names the same key.
            assertThat(world.as(
                                    MALLORY,
                                    "Decrypt",
                                    DecryptRequest.builder()
                                            .ciphertextBlob(blob)
                                            .keyId(key.id())
                                            .build())
                            .code())
                    .isEqualTo("ok");
        }
    }

    @Test
    void otherAccountsCiphertext_forbidden_isDeniedWithoutTellingMore() {
        Bytes blob = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        Answer<?> answer = world.as(MALLORY, "Decrypt", Requests.decrypt(blob));

        assertThat(answer.message()).startsWith("The ciphertext refers to a customer master key");
        assertThat(answer.notes().ownerCopy()).isFalse();
        Answer<?> named = world.as(
                MALLORY,
                "Decrypt",
                DecryptRequest.builder().ciphertextBlob(blob).keyId(key.arn()).build());
        // A header can be made up, so a named key must be refused like one that does not exist.
        assertThat(named.message()).contains("kms:Decrypt on this resource because the resource does not exist");
    }

    @Test
    void decrypt_otherAccountsKeyNamedForForeignBlob_doesNotTellWhetherItExists() {
        Bytes own = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        String hidden = world.newKey().arn();
        world.change(key, k -> k.withPolicy(World.keyPolicy(World.letting(OTHER_ACCOUNT, "kms:*"))));
        Answer<?> existing = world.as(
                MALLORY,
                "Decrypt",
                DecryptRequest.builder().ciphertextBlob(own).keyId(hidden).build());
        Answer<?> absent = world.as(
                MALLORY,
                "Decrypt",
                DecryptRequest.builder()
                        .ciphertextBlob(own)
                        .keyId(hidden.substring(0, hidden.length() - 36) + ABSENT)
                        .build());

        assertThat(existing.error()).isEqualTo(absent.error());
        assertThat(existing.code()).isEqualTo("AccessDeniedException");
    }

    @Test
    void grantTokens_forAnotherAccountsKey_doNotTellWhetherItExists() {
        for (String name : List.of(key.arn(), key.arn().replace(key.id(), ABSENT))) {
            Answer<?> answer = world.as(
                    MALLORY,
                    "Encrypt",
                    EncryptRequest.builder()
                            .keyId(name)
                            .plaintext(Requests.plain("x"))
                            .grantTokens(List.of("abc"))
                            .build());
            assertThat(answer.code()).isEqualTo("InvalidGrantTokenException");
            assertThat(answer.notes().resources()).isEmpty();
        }
    }

    @Test
    void reEncrypt_forgedCiphertextAndBadDestination_doNotTellWhetherTheSourceExists() {
        byte[] real = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow()
                .toArray();
        byte[] ofNoKey = real.clone();
        ofNoKey[10] ^= 1;
        for (String destination :
                List.of(ABSENT, "alias/none", key.arn(), key.arn().replace(key.id(), ABSENT))) {
            Answer<?> existing = world.as(MALLORY, "ReEncrypt", reEncrypt(real, destination));
            Answer<?> absent = world.as(MALLORY, "ReEncrypt", reEncrypt(ofNoKey, destination));
            assertThat(existing.error()).as(destination).isEqualTo(absent.error());
            assertThat(existing.message()).startsWith("The ciphertext refers to");
            assertThat(existing.notes().ownerCopy()).isFalse();
            assertThat(existing.notes().trace()).noneMatch(line -> line.contains("policy"));
        }
    }

    private static ReEncryptRequest reEncrypt(byte[] blob, String destination) {
        return ReEncryptRequest.builder()
                .ciphertextBlob(Bytes.copyOf(blob))
                .destinationKeyId(destination)
                .build();
    }
}
