package dev.keytrail.kms;

import static dev.keytrail.kms.key.KeyState.CREATING;
import static dev.keytrail.kms.key.KeyState.DISABLED;
import static dev.keytrail.kms.key.KeyState.ENABLED;
import static dev.keytrail.kms.key.KeyState.PENDING_DELETION;
import static dev.keytrail.kms.key.KeyState.PENDING_IMPORT;
import static dev.keytrail.kms.key.KeyState.PENDING_REPLICA_DELETION;
import static dev.keytrail.kms.key.KeyState.UNAVAILABLE;
import static dev.keytrail.kms.key.KeyState.UPDATING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.CreateGrantResponse;
import dev.keytrail.wire.shape.kms.DataKeySpec;
import dev.keytrail.wire.shape.kms.DisableKeyRotationRequest;
import dev.keytrail.wire.shape.kms.EnableKeyRotationRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.GenerateDataKeyWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GetKeyLastUsageRequest;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusRequest;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import dev.keytrail.wire.shape.kms.ListGrantsRequest;
import dev.keytrail.wire.shape.kms.ListKeyPoliciesRequest;
import dev.keytrail.wire.shape.kms.ListKeyRotationsRequest;
import dev.keytrail.wire.shape.kms.ListResourceTagsRequest;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** kms.md section 7, cell by cell: every operation on a key in every state. */
class StatesTest {
    private static final List<KeyState> COLUMNS = List.of(
            ENABLED,
            DISABLED,
            PENDING_DELETION,
            PENDING_REPLICA_DELETION,
            PENDING_IMPORT,
            UNAVAILABLE,
            CREATING,
            UPDATING);

    /** For each state of {@link #COLUMNS}: ok, or the number of the note. 3r is note 3 in its replica form. */
    private static final String D = "ok ok ok ok ok ok ok ok";

    private static final String E = "ok ok 3 3r 5 ok 14 15";
    private static final String S = "ok ok 3 3r ok ok ok 15";
    private static final String C = "4 4 ok ok 4 4 4 4";
    private static final String T = "ok ok 3 3r ok ok ok ok";
    private static final String R = "ok 1 3 3r 6 7 14 ok";
    private static final String RS = "ok ok ok ok 6 7 ok ok";
    private static final String O = "ok 1 3 3r 5 7 14 15";
    private static final String G = "ok 1 3 3r 5 ok 14 ok";
    private static final String X = "ok 1 3 3r 5 11 14 ok";

    private static final Map<String, String> ROWS = Map.ofEntries(
            Map.entry("DescribeKey", D),
            Map.entry("GetKeyLastUsage", D),
            Map.entry("GetKeyPolicy", D),
            Map.entry("PutKeyPolicy", D),
            Map.entry("ListKeyPolicies", D),
            Map.entry("ListResourceTags", D),
            Map.entry("ListAliases", D),
            Map.entry("DeleteAlias", D),
            Map.entry("EnableKey", E),
            Map.entry("DisableKey", E),
            Map.entry("ScheduleKeyDeletion", S),
            Map.entry("CancelKeyDeletion", C),
            Map.entry("TagResource", T),
            Map.entry("UntagResource", T),
            Map.entry("UpdateKeyDescription", T),
            Map.entry("CreateAlias", T),
            Map.entry("UpdateAlias from", D),
            Map.entry("UpdateAlias to", T),
            Map.entry("EnableKeyRotation", R),
            Map.entry("DisableKeyRotation", R),
            Map.entry("GetKeyRotationStatus", RS),
            Map.entry("ListKeyRotations", D),
            Map.entry("RotateKeyOnDemand", O),
            Map.entry("CreateGrant", G),
            Map.entry("ListGrants", D),
            Map.entry("RevokeGrant", D),
            Map.entry("RetireGrant", D),
            Map.entry("Encrypt", X),
            Map.entry("Decrypt", X),
            Map.entry("ReEncrypt from", X),
            Map.entry("ReEncrypt to", X),
            Map.entry("GenerateDataKey", X),
            Map.entry("GenerateDataKeyWithoutPlaintext", X));

    private static final Map<String, String> NOTES = Map.ofEntries(
            Map.entry("1", "DisabledException %s is disabled."),
            Map.entry("3", "KMSInvalidStateException %s is pending deletion."),
            Map.entry("3r", "KMSInvalidStateException %s is pending replica deletion."),
            Map.entry("4", "KMSInvalidStateException %s is not pending deletion."),
            Map.entry("5", "KMSInvalidStateException %s is pending import."),
            Map.entry("6", "UnsupportedOperationException %s origin is AWS_KMS which is not valid for this operation."),
            Map.entry("7", "UnsupportedOperationException %s origin is AWS_KMS which is not valid for this operation."),
            Map.entry("11", "KMSInvalidStateException %s is unavailable."),
            Map.entry("14", "KMSInvalidStateException %s is creating."),
            Map.entry("15", "KMSInvalidStateException %s is updating."));

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

    private static void cell(String operation, KeyState state, String wanted) {
        World world = new World();
        Key key = world.newKey();
        Key other = world.newKey();
        world.alice("CreateAlias", Requests.createAlias("alias/of-key", key.id()));
        world.alice("CreateAlias", Requests.createAlias("alias/of-other", other.id()));
        Bytes blob = blob(world, key);
        Bytes otherBlob = blob(world, other);
        String grantId = world.<CreateGrantRequest, CreateGrantResponse>alice(
                        "CreateGrant", Requests.grant(key.id(), World.ALICE.arn(), GrantOperation.Encrypt))
                .reply()
                .grantId()
                .orElseThrow();
        world.change(key, k -> Kinds.in(k, state));

        Answer<?> answer = call(world, operation, key, other, blob, otherBlob, grantId);

        String got = answer.error().isEmpty() ? "ok" : answer.code() + " " + answer.message();
        assertThat(got).isEqualTo(wanted.equals("ok") ? "ok" : NOTES.get(wanted).formatted(key.arn()));
    }

    private static Bytes blob(World world, Key key) {
        Answer<EncryptResponse> answer =
                world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()));
        return answer.reply().ciphertextBlob().orElseThrow();
    }

    private static Answer<?> call(
            World world, String operation, Key key, Key other, Bytes blob, Bytes otherBlob, String grantId) {
        String id = key.id();
        return switch (operation) {
            case "DescribeKey" -> world.alice(operation, Requests.describe(id));
            case "GetKeyLastUsage" ->
                world.alice(
                        operation, GetKeyLastUsageRequest.builder().keyId(id).build());
            case "GetKeyPolicy" -> world.alice(operation, Requests.getPolicy(id));
            case "PutKeyPolicy" -> world.alice(operation, Requests.putPolicy(id, World.keyPolicy()));
            case "ListKeyPolicies" ->
                world.alice(
                        operation, ListKeyPoliciesRequest.builder().keyId(id).build());
            case "ListResourceTags" ->
                world.alice(
                        operation, ListResourceTagsRequest.builder().keyId(id).build());
            case "ListAliases" ->
                world.alice(operation, ListAliasesRequest.builder().keyId(id).build());
            case "DeleteAlias" -> world.alice(operation, Requests.deleteAlias("alias/of-key"));
            case "EnableKey" -> world.alice(operation, Requests.enable(id));
            case "DisableKey" -> world.alice(operation, Requests.disable(id));
            case "ScheduleKeyDeletion" -> world.alice(operation, Requests.schedule(id, 7));
            case "CancelKeyDeletion" -> world.alice(operation, Requests.cancel(id));
            case "TagResource" -> world.alice(operation, Requests.tag(id, "a", "b"));
            case "UntagResource" -> world.alice(operation, Requests.untag(id, "a"));
            case "UpdateKeyDescription" -> world.alice(operation, Requests.describeAs(id, "new"));
            case "CreateAlias" -> world.alice(operation, Requests.createAlias("alias/new", id));
            case "UpdateAlias from" -> world.alice("UpdateAlias", Requests.updateAlias("alias/of-key", other.id()));
            case "UpdateAlias to" -> world.alice("UpdateAlias", Requests.updateAlias("alias/of-other", id));
            case "EnableKeyRotation" ->
                world.alice(
                        operation, EnableKeyRotationRequest.builder().keyId(id).build());
            case "DisableKeyRotation" ->
                world.alice(
                        operation, DisableKeyRotationRequest.builder().keyId(id).build());
            case "GetKeyRotationStatus" ->
                world.alice(
                        operation,
                        GetKeyRotationStatusRequest.builder().keyId(id).build());
            case "ListKeyRotations" ->
                world.alice(
                        operation, ListKeyRotationsRequest.builder().keyId(id).build());
            case "RotateKeyOnDemand" ->
                world.alice(
                        operation, RotateKeyOnDemandRequest.builder().keyId(id).build());
            case "CreateGrant" -> world.alice(operation, Requests.grant(id, World.ALICE.arn(), GrantOperation.Encrypt));
            case "ListGrants" ->
                world.alice(operation, ListGrantsRequest.builder().keyId(id).build());
            case "RevokeGrant" -> world.alice(operation, Requests.revoke(id, grantId));
            case "RetireGrant" -> world.alice(operation, Requests.retire(id, grantId));
            case "Encrypt" -> world.alice(operation, Requests.encrypt(id));
            case "Decrypt" -> world.alice(operation, Requests.decrypt(blob));
            case "ReEncrypt from" -> world.alice("ReEncrypt", reEncrypt(blob, other.id()));
            case "ReEncrypt to" -> world.alice("ReEncrypt", reEncrypt(otherBlob, id));
            case "GenerateDataKey" -> world.alice(operation, Requests.dataKey(id, 32));
            case "GenerateDataKeyWithoutPlaintext" ->
                world.alice(
                        operation,
                        GenerateDataKeyWithoutPlaintextRequest.builder()
                                .keyId(id)
                                .keySpec(DataKeySpec.AES_256)
                                .build());
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private static ReEncryptRequest reEncrypt(Bytes blob, String to) {
        return ReEncryptRequest.builder()
                .ciphertextBlob(blob)
                .destinationKeyId(to)
                .build();
    }
}
