package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CustomerMasterKeySpec;
import dev.keytrail.wire.shape.kms.GetKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.GetKeyPolicyResponse;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.ListKeyPoliciesRequest;
import dev.keytrail.wire.shape.kms.ListKeyPoliciesResponse;
import dev.keytrail.wire.shape.kms.ListResourceTagsRequest;
import dev.keytrail.wire.shape.kms.ListResourceTagsResponse;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.PutKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.Tag;
import java.util.List;
import org.junit.jupiter.api.Test;

class PoliciesAndTagsTest {
    private static final String LOCKING_OUT = "{\"Version\":\"2012-10-17\",\"Statement\":["
            + World.letting("arn:aws:iam::" + ACCOUNT + ":user/Bob", "kms:*") + "]}";

    private final World world = new World();
    private final Key key = world.newKey();

    private String policy() {
        return world.<GetKeyPolicyRequest, GetKeyPolicyResponse>alice("GetKeyPolicy", Requests.getPolicy(key.id()))
                .reply()
                .policy()
                .orElseThrow();
    }

    private List<Tag> tags() {
        return world.<ListResourceTagsRequest, ListResourceTagsResponse>alice(
                        "ListResourceTags",
                        ListResourceTagsRequest.builder().keyId(key.id()).build())
                .reply()
                .tags()
                .orElseThrow();
    }

    @Test
    void getKeyPolicy_newKey_isTheDefault() {
        assertThat(policy()).isEqualTo(KeyPolicies.defaultFor(ACCOUNT));
    }

    @Test
    void putKeyPolicy_acceptable_bindsTheNextCall() {
        String policy = World.keyPolicy(
                "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:Encrypt\",\"Resource\":\"*\"}");
        assertThat(world.alice("PutKeyPolicy", Requests.putPolicy(key.id(), policy))
                        .code())
                .isEqualTo("ok");

        assertThat(policy()).isEqualTo(policy);
        assertThat(world.alice("Encrypt", Requests.encrypt(key.id())).message())
                .endsWith("with an explicit deny in a resource-based policy");
    }

    @Test
    void putKeyPolicy_lockingTheCallerOut_isMalformedUnlessBypassed() {
        Answer<?> locked = world.alice("PutKeyPolicy", Requests.putPolicy(key.id(), LOCKING_OUT));
        assertThat(locked.code()).isEqualTo("MalformedPolicyDocumentException");
        assertThat(locked.message())
                .isEqualTo("The new key policy will not allow you to update the key policy in the future.");
        assertThat(policy()).isEqualTo(KeyPolicies.defaultFor(ACCOUNT));

        assertThat(world.alice(
                                "PutKeyPolicy",
                                PutKeyPolicyRequest.builder()
                                        .keyId(key.id())
                                        .policy(LOCKING_OUT)
                                        .bypassPolicyLockoutSafetyCheck(true)
                                        .build())
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice("GetKeyPolicy", Requests.getPolicy(key.id())).code())
                .isEqualTo("AccessDeniedException");
    }

    @Test
    void putKeyPolicy_badDocuments_areMalformed() {
        world.unknownPrincipals.add("arn:aws:iam::" + ACCOUNT + ":user/Ghost");
        String ghost = World.keyPolicy(World.letting("arn:aws:iam::" + ACCOUNT + ":user/Ghost", "kms:*"));
        Answer<?> unknown = world.alice("PutKeyPolicy", Requests.putPolicy(key.id(), ghost));
        assertThat(unknown.message()).isEqualTo("Policy contains a statement with one or more invalid principals.");
        for (String bad : List.of("no json", "{}", ghost.replace("\"Effect\"", "\"Affect\""), ghost)) {
            assertThat(world.alice("PutKeyPolicy", Requests.putPolicy(key.id(), bad))
                            .code())
                    .as(bad)
                    .isEqualTo("MalformedPolicyDocumentException");
            assertThat(world.alice(
                                    "CreateKey",
                                    CreateKeyRequest.builder().policy(bad).build())
                            .code())
                    .as(bad)
                    .isEqualTo("MalformedPolicyDocumentException");
        }
    }

    @Test
    void putKeyPolicy_over32768Bytes_isOverTheLimit() {
        String padding = " ".repeat(KeyPolicies.BYTES_MAX - World.keyPolicy().length());
        assertThat(world.alice("PutKeyPolicy", Requests.putPolicy(key.id(), World.keyPolicy() + padding))
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice("PutKeyPolicy", Requests.putPolicy(key.id(), World.keyPolicy() + padding + " "))
                        .code())
                .isEqualTo("LimitExceededException");
    }

    @Test
    void policyNames_otherThanDefault_areRefused() {
        PutKeyPolicyRequest.Builder put =
                PutKeyPolicyRequest.builder().keyId(key.id()).policy(World.keyPolicy());
        assertThat(world.alice("PutKeyPolicy", put.policyName("AWS_RAM").build())
                        .message())
                .isEqualTo("The AWS_RAM policy can only be managed by the RAM service");
        assertThat(world.as(
                                World.MALLORY,
                                "PutKeyPolicy",
                                put.policyName("AWS_RAM").build())
                        .code())
                .as("who may not gets no further")
                .isNotEqualTo("ValidationException");
        assertThat(world.alice("PutKeyPolicy", put.policyName("other").build()).code())
                .isEqualTo("NotFoundException");
        assertThat(world.alice(
                                "GetKeyPolicy",
                                GetKeyPolicyRequest.builder()
                                        .keyId(key.id())
                                        .policyName("AWS_RAM")
                                        .build())
                        .code())
                .isEqualTo("NotFoundException");
    }

    @Test
    void listKeyPolicies_isDefaultAlone() {
        ListKeyPoliciesResponse reply = world.<ListKeyPoliciesRequest, ListKeyPoliciesResponse>alice(
                        "ListKeyPolicies",
                        ListKeyPoliciesRequest.builder().keyId(key.id()).build())
                .reply();
        assertThat(reply.policyNames()).contains(List.of("default"));
        assertThat(reply.truncated()).contains(false);
        assertThat(reply.nextMarker()).isEmpty();
    }

    @Test
    void createKey_ownPolicyLockingOut_isRefusedUnlessBypassed() {
        assertThat(world.alice(
                                "CreateKey",
                                CreateKeyRequest.builder().policy(LOCKING_OUT).build())
                        .code())
                .isEqualTo("MalformedPolicyDocumentException");
        Answer<?> made = world.alice(
                "CreateKey",
                CreateKeyRequest.builder()
                        .policy(LOCKING_OUT)
                        .bypassPolicyLockoutSafetyCheck(true)
                        .build());
        assertThat(made.code()).isEqualTo("ok");
        assertThat(world.as(
                                World.user(ACCOUNT, "Bob"),
                                "GetKeyPolicy",
                                Requests.getPolicy(made.notes().named().get(1).name()))
                        .code())
                .isEqualTo("ok");
    }

    @Test
    void createKey_membersOfCustomKeyStoresThatDoNotGoTogether_areRefused() {
        for (CreateKeyRequest request : List.of(
                CreateKeyRequest.builder().origin(OriginType.AWS_CLOUDHSM).build(),
                CreateKeyRequest.builder().customKeyStoreId("cks-1").build(),
                CreateKeyRequest.builder().xksKeyId("x").build())) {
            assertThat(world.alice("CreateKey", request).code()).isEqualTo("ValidationException");
        }
    }

    @Test
    void createKey_membersThatDoNotGoTogether_areRefused() {
        assertThat(world.alice(
                                "CreateKey",
                                CreateKeyRequest.builder()
                                        .keySpec(KeySpec.RSA_2048)
                                        .build())
                        .message())
                .isEqualTo("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
        assertThat(world.alice(
                                "CreateKey",
                                CreateKeyRequest.builder()
                                        .keySpec(KeySpec.RSA_2048)
                                        .keyUsage(KeyUsageType.KEY_AGREEMENT)
                                        .build())
                        .message())
                .isEqualTo("KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048");
        assertThat(world.alice(
                                "CreateKey",
                                CreateKeyRequest.builder()
                                        .keySpec(KeySpec.SYMMETRIC_DEFAULT)
                                        .customerMasterKeySpec(CustomerMasterKeySpec.RSA_2048)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice(
                                "CreateKey",
                                CreateKeyRequest.builder()
                                        .customerMasterKeySpec(CustomerMasterKeySpec.SYMMETRIC_DEFAULT)
                                        .build())
                        .code())
                .isEqualTo("ok");
    }

    @Test
    void tags_orderOfCreation_updatedOnesKeepTheirPlace() {
        world.alice("TagResource", Requests.tag(key.id(), "b", "1", "a", "2"));
        world.alice("TagResource", Requests.tag(key.id(), "c", "3", "b", "4"));
        assertThat(tags()).isEqualTo(Requests.tags("b", "4", "a", "2", "c", "3"));
        world.alice("UntagResource", Requests.untag(key.id(), "b", "never there"));
        assertThat(tags()).isEqualTo(Requests.tags("a", "2", "c", "3"));
        world.alice("TagResource", Requests.tag(key.id(), "b", "5"));
        assertThat(tags()).isEqualTo(Requests.tags("a", "2", "c", "3", "b", "5"));
    }

    @Test
    void tags_againstTheRules_areTagExceptions() {
        assertThat(world.alice("TagResource", Requests.tag(key.id(), "a", "1", "a", "2"))
                        .message())
                .isEqualTo("Duplicate tag keys");
        assertThat(world.alice("TagResource", Requests.tag(key.id(), "AWS:x", "1"))
                        .message())
                .isEqualTo("Tags beginning with aws: are reserved");
        String[] fifty = new String[100];
        for (int i = 0; i < 100; i++) {
            fifty[i] = "k" + i / 2;
        }
        assertThat(world.alice("TagResource", Requests.tag(key.id(), fifty)).code())
                .isEqualTo("ok");
        Answer<?> more = world.alice("TagResource", Requests.tag(key.id(), "one more", "1"));
        assertThat(more.code() + " " + more.message()).isEqualTo("TagException Too many tags");
        assertThat(world.alice("TagResource", Requests.tag(key.id(), "k7", "changed"))
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice(
                                "CreateKey",
                                CreateKeyRequest.builder()
                                        .tags(Requests.tags("aws:a", "1"))
                                        .build())
                        .code())
                .isEqualTo("TagException");
    }

    @Test
    void description_isShownAndMayBeEmptied() {
        world.alice("UpdateKeyDescription", Requests.describeAs(key.id(), "for tests"));
        assertThat(world.key(key.id()).description()).isEqualTo("for tests");
        world.alice("UpdateKeyDescription", Requests.describeAs(key.id(), ""));
        assertThat(world.key(key.id()).description()).isEmpty();
    }
}
