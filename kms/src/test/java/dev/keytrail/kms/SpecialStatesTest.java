package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.wire.shape.kms.AlgorithmSpec;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.ExpirationModelType;
import dev.keytrail.wire.shape.kms.GetParametersForImportRequest;
import dev.keytrail.wire.shape.kms.GetParametersForImportResponse;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.ReplicateKeyRequest;
import dev.keytrail.wire.shape.kms.UpdatePrimaryRegionRequest;
import dev.keytrail.wire.shape.kms.WrappingKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The rows of kms.md section 7 that need an imported or a multi-Region key; see {@link StatesTest} for the others. */
class SpecialStatesTest {
    private static final List<KeyState> COLUMNS = List.of(
            KeyState.ENABLED,
            KeyState.DISABLED,
            KeyState.PENDING_DELETION,
            KeyState.PENDING_REPLICA_DELETION,
            KeyState.PENDING_IMPORT,
            KeyState.UNAVAILABLE,
            KeyState.CREATING,
            KeyState.UPDATING);

    /** As in StatesTest; 9 is the note about the origin. */
    private static final Map<String, String> ROWS = Map.of(
            "GetParametersForImport", "ok ok 3 3r ok 9 14 15",
            "ImportKeyMaterial", "ok ok 3 3r ok 9 14 ok",
            "DeleteImportedKeyMaterial", "ok ok ok ok ok 11 14 15",
            "ReplicateKey", "ok 1 3 3r 5 11 14 15",
            "UpdatePrimaryRegion", "ok 1 3 3r 5 11 14 ok");

    private static final Map<String, String> NOTES = Map.of(
            "1", "DisabledException %s is disabled.",
            "3", "KMSInvalidStateException %s is pending deletion.",
            "3r", "KMSInvalidStateException %s is pending replica deletion.",
            "5", "KMSInvalidStateException %s is pending import.",
            "9", "UnsupportedOperationException %s origin is EXTERNAL which is not valid for this operation.",
            "11", "KMSInvalidStateException %s is unavailable.",
            "14", "KMSInvalidStateException %s is creating.",
            "15", "KMSInvalidStateException %s is updating.");

    private static final byte[] MATERIAL = new byte[32];

    @TestFactory
    Stream<DynamicTest> everyOperation_everyState_answersAsTheTable() {
        List<DynamicTest> cells = new ArrayList<>();
        ROWS.forEach((operation, row) -> {
            String[] expected = row.split(" ");
            for (int i = 0; i < expected.length; i++) {
                KeyState state = COLUMNS.get(i);
                String wanted = expected[i];
                cells.add(DynamicTest.dynamicTest(
                        operation + " in " + state + " is " + wanted, () -> cell(operation, state, wanted)));
            }
        });
        return cells.stream();
    }

    @TestFactory
    Stream<DynamicTest> import_ofOurOwnMaterial_isRefusedInEveryState() {
        return COLUMNS.stream()
                .map(state -> DynamicTest.dynamicTest("import in " + state, () -> {
                    World world = new World();
                    Key key = world.newKey();
                    world.change(key, k -> Kinds.in(k, state));

                    Answer<?> answer = parameters(world, key);

                    assertThat(answer.code()).isIn("UnsupportedOperationException", "KMSInvalidStateException");
                    if (state == KeyState.ENABLED || state == KeyState.DISABLED) {
                        assertThat(answer.message())
                                .isEqualTo(key.arn() + " origin is AWS_KMS which is not valid for this operation.");
                    }
                }));
    }

    private static void cell(String operation, KeyState state, String wanted) {
        World world = new World();
        boolean related = operation.equals("ReplicateKey") || operation.equals("UpdatePrimaryRegion");
        Key key = related
                ? world.newKey(CreateKeyRequest.builder().multiRegion(true).build())
                : world.newKey(
                        CreateKeyRequest.builder().origin(OriginType.EXTERNAL).build());
        ImportKeyMaterialRequest.Builder reimport = ImportKeyMaterialRequest.builder();
        if (related) {
            assertThat(replicate(world, key, "eu-west-1").code()).isEqualTo("ok");
        } else {
            reimport = imported(world, key);
        }
        world.change(key, k -> Kinds.in(k, state));

        Answer<?> answer = switch (operation) {
            case "GetParametersForImport" -> parameters(world, key);
            case "ImportKeyMaterial" -> world.alice(operation, reimport.build());
            case "DeleteImportedKeyMaterial" ->
                world.alice(
                        operation,
                        DeleteImportedKeyMaterialRequest.builder()
                                .keyId(key.id())
                                .build());
            case "ReplicateKey" -> replicate(world, key, "eu-central-1");
            case "UpdatePrimaryRegion" ->
                world.alice(
                        operation,
                        UpdatePrimaryRegionRequest.builder()
                                .keyId(key.id())
                                .primaryRegion("eu-west-1")
                                .build());
            default -> throw new IllegalArgumentException(operation);
        };

        String got = answer.error().isEmpty() ? "ok" : answer.code() + " " + answer.message();
        assertThat(got).isEqualTo(wanted.equals("ok") ? "ok" : NOTES.get(wanted).formatted(key.arn()));
        if (operation.equals("DeleteImportedKeyMaterial") && wanted.equals("ok")) {
            boolean going = state == KeyState.PENDING_DELETION || state == KeyState.PENDING_REPLICA_DELETION;
            assertThat(world.key(key.id()).state()).isEqualTo(going ? state : KeyState.PENDING_IMPORT);
        }
    }

    private static Answer<?> replicate(World world, Key key, String region) {
        return world.alice(
                "ReplicateKey",
                ReplicateKeyRequest.builder()
                        .keyId(key.id())
                        .replicaRegion(region)
                        .build());
    }

    private static Answer<GetParametersForImportResponse> parameters(World world, Key key) {
        return world.alice(
                "GetParametersForImport",
                GetParametersForImportRequest.builder()
                        .keyId(key.id())
                        .wrappingAlgorithm(AlgorithmSpec.RSAES_OAEP_SHA_256)
                        .wrappingKeySpec(WrappingKeySpec.RSA_2048)
                        .build());
    }

    /** Imports material, and gives the request that did, to be made again. */
    private static ImportKeyMaterialRequest.Builder imported(World world, Key key) {
        GetParametersForImportResponse parameters = parameters(world, key).reply();
        Bytes wrapped = ImportTest.wrap(parameters, AlgorithmSpec.RSAES_OAEP_SHA_256, MATERIAL);
        ImportKeyMaterialRequest.Builder request = ImportKeyMaterialRequest.builder()
                .keyId(key.id())
                .importToken(parameters.importToken().orElseThrow())
                .encryptedKeyMaterial(wrapped)
                .expirationModel(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE);
        assertThat(world.alice("ImportKeyMaterial", request.build()).code()).isEqualTo("ok");
        return request;
    }
}
