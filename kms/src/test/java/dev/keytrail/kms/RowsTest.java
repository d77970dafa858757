package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Operation;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.Service;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.MacAlgorithmSpec;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Rows of operations against the generated shapes, rows of state against their codecs. */
class RowsTest {
    private static final Set<String> DONE = Set.of(
            "CreateCustomKeyStore",
            "DescribeCustomKeyStores",
            "UpdateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DisconnectCustomKeyStore",
            "DeleteCustomKeyStore",
            "CreateKey",
            "DescribeKey",
            "ListKeys",
            "Encrypt",
            "Decrypt",
            "ReEncrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateRandom",
            "Sign",
            "Verify",
            "GetPublicKey",
            "GenerateMac",
            "VerifyMac",
            "DeriveSharedSecret",
            "Encapsulate",
            "Decapsulate",
            "CreateAlias",
            "ListAliases",
            "UpdateAlias",
            "DeleteAlias",
            "EnableKey",
            "DisableKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "GetKeyPolicy",
            "PutKeyPolicy",
            "ListKeyPolicies",
            "TagResource",
            "UntagResource",
            "ListResourceTags",
            "UpdateKeyDescription",
            "CreateGrant",
            "ListGrants",
            "ListRetirableGrants",
            "RevokeGrant",
            "RetireGrant",
            "EnableKeyRotation",
            "DisableKeyRotation",
            "GetKeyRotationStatus",
            "RotateKeyOnDemand",
            "ListKeyRotations",
            "GetParametersForImport",
            "ImportKeyMaterial",
            "DeleteImportedKeyMaterial",
            "ReplicateKey",
            "UpdatePrimaryRegion",
            "GetKeyLastUsage");

    /** cloudtrail.md C2: Get, List, Describe and all cryptography are read-only. */
    private static final Set<String> CHANGING = Set.of(
            "CreateCustomKeyStore",
            "UpdateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DisconnectCustomKeyStore",
            "DeleteCustomKeyStore",
            "CreateKey",
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
            "EnableKey",
            "DisableKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "PutKeyPolicy",
            "TagResource",
            "UntagResource",
            "UpdateKeyDescription",
            "CreateGrant",
            "RevokeGrant",
            "RetireGrant",
            "EnableKeyRotation",
            "DisableKeyRotation",
            "RotateKeyOnDemand",
            "ImportKeyMaterial",
            "DeleteImportedKeyMaterial",
            "ReplicateKey",
            "UpdatePrimaryRegion");

    private final World world = new World();

    @Test
    void rows_areThoseBuilt_namedAsTheirShapes() {
        Set<String> names = new TreeSet<>();
        for (Operation<?, ?> row : world.kms.rows()) {
            names.add(row.name());
            assertThat(row.service()).isEqualTo(Service.KMS);
            assertThat(row.input().getSimpleName()).isEqualTo(row.name() + "Request");
            if (row.output() != NoOutput.class && !row.name().equals("ListRetirableGrants")) {
                assertThat(row.output().getSimpleName()).isEqualTo(row.name() + "Response");
            }
            assertThat(row.readOnly()).as(row.name()).isEqualTo(!CHANGING.contains(row.name()));
        }
        assertThat(names).isEqualTo(new TreeSet<>(DONE));
    }

    @Test
    void enums_haveTheModelsNames() {
        assertThat(names(KeySpec.values())).isEqualTo(names(dev.keytrail.wire.shape.kms.KeySpec.values()));
        assertThat(names(KeyUsage.values())).isEqualTo(names(KeyUsageType.values()));
        assertThat(names(dev.keytrail.kms.key.KeyOrigin.values())).isEqualTo(names(OriginType.values()));
        assertThat(Arrays.stream(KeyState.values())
                        .map(KeyState::value)
                        .sorted()
                        .toList())
                .isEqualTo(Arrays.stream(dev.keytrail.wire.shape.kms.KeyState.values())
                        .map(s -> s.value())
                        .sorted()
                        .toList());
        for (KeySpec spec : KeySpec.values()) {
            spec.algorithms(KeyUsage.ENCRYPT_DECRYPT).forEach(EncryptionAlgorithmSpec::valueOf);
            spec.algorithms(KeyUsage.SIGN_VERIFY).forEach(SigningAlgorithmSpec::valueOf);
            spec.algorithms(KeyUsage.GENERATE_VERIFY_MAC).forEach(MacAlgorithmSpec::valueOf);
        }
    }

    private static Set<String> names(Enum<?>[] values) {
        Set<String> names = new TreeSet<>();
        Arrays.stream(values).map(Enum::name).forEach(names::add);
        return names;
    }

    @Test
    void codecs_giveBackWhatTheyWrote_inEveryState() {
        Key key = world.newKey(CreateKeyRequest.builder()
                .description("ünïcode")
                .tags(Requests.tags("a", "1", "b", ""))
                .build());
        for (KeyState state : KeyState.values()) {
            Key in = Kinds.in(key, state);
            roundTrip(Key.TABLE.codec(), in);
        }
        roundTrip(Key.TABLE.codec(), key.withTags(key.tags().without(List.of("a", "b"))));
        roundTrip(Key.TABLE.codec(), key.pendingDeletion(world.clock.instant()));
        roundTrip(
                Alias.TABLE.codec(),
                new Alias("1", "r", "alias/x", key.id(), world.clock.instant(), world.clock.instant()));
        roundTrip(AliasNames.TABLE.codec(), new AliasNames(List.of("alias/a", "alias/b")));
        roundTrip(Due.TABLE.codec(), Due.of(key, world.clock.instant()));
    }

    private static <T> void roundTrip(RowCodec<T> codec, T value) {
        assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
    }

    @Test
    void tables_haveDistinctNames() {
        assertThat(Kms.tables())
                .extracting(t -> t.name())
                .doesNotHaveDuplicates()
                .hasSize(22);
    }

    @Test
    void metadata_eachUsage_hasItsOwnListOfAlgorithmsAndNoOther() {
        Key key = world.newKey();
        for (KeySpec spec : KeySpec.values()) {
            for (KeyUsage usage : KeyUsage.values()) {
                if (spec.allows(usage)) {
                    world.change(key, k -> Kinds.as(k, spec, usage));
                    KeyMetadata shown = world.<DescribeKeyRequest, DescribeKeyResponse>alice(
                                    "DescribeKey", Requests.describe(key.id()))
                            .reply()
                            .keyMetadata()
                            .orElseThrow();
                    assertThat(shown.encryptionAlgorithms().isPresent()).isEqualTo(usage == KeyUsage.ENCRYPT_DECRYPT);
                    assertThat(shown.signingAlgorithms().isPresent()).isEqualTo(usage == KeyUsage.SIGN_VERIFY);
                    assertThat(shown.macAlgorithms().isPresent()).isEqualTo(usage == KeyUsage.GENERATE_VERIFY_MAC);
                    assertThat(shown.keyAgreementAlgorithms().isPresent()).isEqualTo(usage == KeyUsage.KEY_AGREEMENT);
                    assertThat(shown.encapsulationAlgorithms().isPresent())
                            .isEqualTo(usage == KeyUsage.ENCAPSULATE_DECAPSULATE);
                    assertThat(shown.keySpec().orElseThrow().value()).isEqualTo(spec.name());
                }
            }
        }
    }
}
