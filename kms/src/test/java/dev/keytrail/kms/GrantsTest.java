package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static dev.keytrail.kms.World.ALICE;
import static dev.keytrail.kms.World.MALLORY;
import static dev.keytrail.kms.World.OTHER_ACCOUNT;
import static dev.keytrail.kms.World.statement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantRow;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.CreateGrantResponse;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.GrantConstraints;
import dev.keytrail.wire.shape.kms.GrantListEntry;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.ListGrantsRequest;
import dev.keytrail.wire.shape.kms.ListGrantsResponse;
import dev.keytrail.wire.shape.kms.ListRetirableGrantsRequest;
import dev.keytrail.wire.shape.kms.RetireGrantRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** kms.md section 14. */
class GrantsTest {
    private static final Caller BOB = World.user(ACCOUNT, "Bob");
    private static final Caller CAROL = World.user(ACCOUNT, "Carol");
    private static final Caller EVE = World.user(OTHER_ACCOUNT, "Eve");
    private static final Caller SESSION =
            Caller.of(new Principal.RoleSession(ACCOUNT, "AROAONE", "/team/", "Reader", "today"), "ASIAREADER");
    private static final String ROOT_ARN = "arn:aws:iam::" + ACCOUNT + ":root";

    private final World world = new World();
    private final Key key = world.newKey();

    private CreateGrantResponse granted(CreateGrantRequest request) {
        return world.<CreateGrantRequest, CreateGrantResponse>alice("CreateGrant", request)
                .reply();
    }

    private String grant(String grantee, GrantOperation... operations) {
        return granted(Requests.grant(key.id(), grantee, operations)).grantId().orElseThrow();
    }

    private String encrypts(Caller caller, Map<String, String> context) {
        return world.as(caller, "Encrypt", Requests.encrypt(key.arn(), "text", context))
                .code();
    }

    private String encrypts(Caller caller) {
        return encrypts(caller, Map.of());
    }

    private List<GrantListEntry> listed() {
        return world.<ListGrantsRequest, ListGrantsResponse>alice(
                        "ListGrants",
                        ListGrantsRequest.builder().keyId(key.id()).limit(100).build())
                .reply()
                .grants()
                .orElseThrow();
    }

    @Test
    void grant_letsItsGranteeDoItsOperationsOnItsKey_untilItIsRevoked() {
        Key other = world.newKey();
        assertThat(encrypts(BOB)).isEqualTo("AccessDeniedException");
        String id = grant(BOB.arn(), GrantOperation.Encrypt, GrantOperation.DescribeKey);

        assertThat(id).matches("[0-9a-f]{64}");
        assertThat(encrypts(BOB)).isEqualTo("ok");
        assertThat(world.as(BOB, "DescribeKey", Requests.describe(key.id())).code())
                .isEqualTo("ok");
        assertThat(world.as(BOB, "GenerateDataKey", Requests.dataKey(key.id(), 1))
                        .code())
                .isEqualTo("AccessDeniedException");
        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(other.id())).code())
                .isEqualTo("AccessDeniedException");
        assertThat(encrypts(CAROL)).isEqualTo("AccessDeniedException");

        assertThat(world.alice("RevokeGrant", Requests.revoke(key.arn(), id)).code())
                .isEqualTo("ok");
        assertThat(encrypts(BOB)).isEqualTo("AccessDeniedException");
        assertThat(world.alice("RevokeGrant", Requests.revoke(key.arn(), id)).code())
                .isEqualTo("NotFoundException");
    }

    static Stream<Arguments> grantees() {
        Caller federated = Caller.of(
                new Principal.FederatedUser(ACCOUNT, "fred", new Principal.User(ACCOUNT, "AIDAX", "/", "Issuer")),
                "ASIAFRED");
        return Stream.of(
                Arguments.of(BOB, BOB.arn(), true),
                Arguments.of(BOB, "arn:aws:iam::" + ACCOUNT + ":user/Bobby", false),
                Arguments.of(BOB, "arn:aws:iam::" + OTHER_ACCOUNT + ":user/Bob", false),
                Arguments.of(SESSION, "arn:aws:iam::" + ACCOUNT + ":role/team/Reader", true),
                Arguments.of(SESSION, "arn:aws:sts::" + ACCOUNT + ":assumed-role/Reader/today", true),
                Arguments.of(SESSION, "arn:aws:sts::" + ACCOUNT + ":assumed-role/Reader/tomorrow", false),
                Arguments.of(federated, "arn:aws:sts::" + ACCOUNT + ":federated-user/fred", true),
                Arguments.of(federated, "arn:aws:iam::" + ACCOUNT + ":user/Issuer", true),
                Arguments.of(federated, "arn:aws:sts::" + ACCOUNT + ":federated-user/fre", false),
                Arguments.of(EVE, EVE.arn(), true),
                // To an account: that account's own policies have a say.
                Arguments.of(BOB, ROOT_ARN, false),
                Arguments.of(MALLORY, "arn:aws:iam::" + OTHER_ACCOUNT + ":root", true),
                Arguments.of(EVE, "arn:aws:iam::" + OTHER_ACCOUNT + ":root", false),
                Arguments.of(MALLORY, ROOT_ARN, false));
    }

    @ParameterizedTest
    @MethodSource("grantees")
    void grantee_everyForm(Caller caller, String grantee, boolean allowed) {
        assertThat(encrypts(caller)).isEqualTo("AccessDeniedException");
        grant(grantee, GrantOperation.Encrypt);
        assertThat(encrypts(caller)).isEqualTo(allowed ? "ok" : "AccessDeniedException");
    }

    @Test
    void grant_neverOutweighsADeny() {
        grant(BOB.arn(), GrantOperation.Encrypt);
        world.identity(BOB, statement("Deny", "\"kms:Encrypt\"", "*", ""));
        assertThat(encrypts(BOB)).isEqualTo("AccessDeniedException");
        world.forbidAll(BOB);
        world.change(
                key,
                k -> k.withPolicy(World.keyPolicy("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:Encrypt\","
                        + "\"Resource\":\"*\"}")));
        assertThat(encrypts(BOB)).isEqualTo("AccessDeniedException");
    }

    static Stream<Arguments> contexts() {
        Map<String, String> one = Map.of("Team", "Red");
        return Stream.of(
                Arguments.of(true, one, Map.of("Team", "Red"), true),
                Arguments.of(true, one, Map.of("team", "Red"), true),
                Arguments.of(true, one, Map.of("Team", "red"), false),
                Arguments.of(true, one, Map.of("Team", "Red", "x", "y"), false),
                Arguments.of(true, one, Map.of(), false),
                Arguments.of(true, one, Map.of("Team", "Red", "TEAM", "Red"), false),
                Arguments.of(false, one, Map.of("Team", "Red"), true),
                Arguments.of(false, one, Map.of("Team", "Red", "x", "y"), true),
                Arguments.of(false, one, Map.of("x", "y", "TEAM", "Red"), true),
                Arguments.of(false, one, Map.of("Team", "Blue", "x", "Red"), false),
                Arguments.of(false, one, Map.of(), false),
                Arguments.of(false, Map.of("b", "1", "a", "2"), Map.of("b", "1", "a", "2", "c", "3"), true),
                Arguments.of(false, Map.of("b", "1", "a", "2"), Map.of("a", "2", "c", "3"), false),
                Arguments.of(false, Map.of(), Map.of("a", "2"), true),
                Arguments.of(true, Map.of(), Map.of(), true),
                Arguments.of(true, Map.of(), Map.of("a", "b"), false));
    }

    @ParameterizedTest
    @MethodSource("contexts")
    void contextConstraint_holdsTheRequestsContext(
            boolean equals, Map<String, String> constraint, Map<String, String> context, boolean allowed) {
        granted(CreateGrantRequest.builder()
                .keyId(key.id())
                .granteePrincipal(BOB.arn())
                .operations(List.of(GrantOperation.Encrypt, GrantOperation.DescribeKey))
                .constraints(
                        equals
                                ? GrantConstraints.builder()
                                        .encryptionContextEquals(constraint)
                                        .build()
                                : GrantConstraints.builder()
                                        .encryptionContextSubset(constraint)
                                        .build())
                .build());
        assertThat(encrypts(BOB, context)).isEqualTo(allowed ? "ok" : "AccessDeniedException");
        assertThat(world.as(BOB, "DescribeKey", Requests.describe(key.id())).code())
                .isEqualTo("ok");
    }

    @Test
    void sourceArn_withoutAServiceThatBringsOne_isNeverMet() {
        granted(CreateGrantRequest.builder()
                .keyId(key.id())
                .granteePrincipal(BOB.arn())
                .operations(List.of(GrantOperation.Encrypt))
                .constraints(GrantConstraints.builder()
                        .sourceArn("arn:aws:dynamodb:us-east-1:" + ACCOUNT + ":table/t")
                        .build())
                .build());
        assertThat(encrypts(BOB)).isEqualTo("AccessDeniedException");
    }

    static Stream<Arguments> badRequests() {
        CreateGrantRequest.Builder none = CreateGrantRequest.builder();
        return Stream.of(
                Arguments.of("no grantee", none.operations(List.of(GrantOperation.Encrypt)), "ValidationException"),
                Arguments.of("no operation", of().operations(List.of()), "ValidationException"),
                Arguments.of("not an ARN", of().granteePrincipal("Bob"), "InvalidArnException"),
                Arguments.of(
                        "group", of().granteePrincipal("arn:aws:iam::111122223333:group/G"), "InvalidArnException"),
                Arguments.of("short account", of().granteePrincipal("arn:aws:iam::1:user/G"), "InvalidArnException"),
                Arguments.of("unknown user", of().granteePrincipal(ACCOUNT_USER_NOBODY), "InvalidArnException"),
                Arguments.of("unknown retiring", of().retiringPrincipal(ACCOUNT_USER_NOBODY), "InvalidArnException"),
                Arguments.of("two grantees", of().granteeServicePrincipal("s.amazonaws.com"), "ValidationException"),
                Arguments.of(
                        "nothing but more grants",
                        of().operations(List.of(GrantOperation.CreateGrant)),
                        "ValidationException"),
                Arguments.of("sign", of().operations(List.of(GrantOperation.Sign)), "ValidationException"),
                Arguments.of("mac", of().operations(List.of(GrantOperation.GenerateMac)), "ValidationException"),
                Arguments.of("public", of().operations(List.of(GrantOperation.GetPublicKey)), "ValidationException"),
                Arguments.of(
                        "both constraints",
                        of().constraints(GrantConstraints.builder()
                                .encryptionContextEquals(Map.of("a", "b"))
                                .encryptionContextSubset(Map.of("a", "b"))
                                .build()),
                        "ValidationException"),
                Arguments.of(
                        "long constraint",
                        of().constraints(GrantConstraints.builder()
                                .encryptionContextSubset(Map.of("a", "b".repeat(384)))
                                .build()),
                        "ValidationException"),
                Arguments.of("token", of().grantTokens(List.of("x")), "InvalidGrantTokenException"),
                Arguments.of("alias", of().keyId("alias/x"), "NotFoundException"),
                Arguments.of("dry run", of().dryRun(true), "DryRunOperationException"));
    }

    private static final String ACCOUNT_USER_NOBODY = "arn:aws:iam::" + ACCOUNT + ":user/Nobody";

    private static CreateGrantRequest.Builder of() {
        return CreateGrantRequest.builder().granteePrincipal(BOB.arn()).operations(List.of(GrantOperation.Encrypt));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badRequests")
    void createGrant_badRequest_isRefusedAndLeavesNothing(
            String what, CreateGrantRequest.Builder request, String code) {
        world.unknownPrincipals.add(ACCOUNT_USER_NOBODY);
        CreateGrantRequest built =
                what.equals("alias") ? request.build() : request.keyId(key.id()).build();
        assertThat(world.alice("CreateGrant", built).code()).isEqualTo(code);
        assertThat(listed()).isEmpty();
    }

    @Test
    void name_makesTheSameRequestTheSameGrant() {
        CreateGrantRequest request = of().keyId(key.id()).name("mine").build();
        CreateGrantResponse first = granted(request);
        CreateGrantResponse again = granted(request);
        assertThat(again.grantId()).isEqualTo(first.grantId());
        assertThat(again.grantToken()).isNotEqualTo(first.grantToken());
        assertThat(listed()).hasSize(1);

        // Another key, other arguments, no name: other grants.
        Key other = world.newKey();
        assertThat(granted(of().keyId(other.id()).name("mine").build()).grantId())
                .isNotEqualTo(first.grantId());
        granted(of().keyId(key.id()).name("mine").retiringPrincipal(BOB.arn()).build());
        granted(of().keyId(key.id()).build());
        granted(of().keyId(key.id()).build());
        assertThat(listed()).hasSize(4);

        world.alice("RevokeGrant", Requests.revoke(key.id(), first.grantId().orElseThrow()));
        assertThat(granted(request).grantId()).isNotEqualTo(first.grantId());
    }

    @Test
    void tokens_genuineOnesAreTakenEverywhere_othersNowhere() {
        String token = granted(of().keyId(key.id()).build()).grantToken().orElseThrow();
        String forged = token.substring(0, token.length() - 2) + (token.endsWith("AA") ? "BB" : "AA");
        for (String sent : List.of(token, forged, "", "!", "x".repeat(8192))) {
            String expected = sent.equals(token) ? "ok" : "InvalidGrantTokenException";
            assertThat(world.as(
                                    BOB,
                                    "Encrypt",
                                    EncryptRequest.builder()
                                            .keyId(key.id())
                                            .plaintext(Requests.plain("x"))
                                            .grantTokens(List.of(sent))
                                            .build())
                            .code())
                    .isEqualTo(expected);
            assertThat(world.alice(
                                    "DescribeKey",
                                    DescribeKeyRequest.builder()
                                            .keyId(key.id())
                                            .grantTokens(List.of(sent))
                                            .build())
                            .code())
                    .isEqualTo(expected);
        }
    }

    @Test
    void grantOfAnotherKey_byToken_letsNobodyIn() {
        Key other = world.newKey();
        String token = granted(of().keyId(other.id()).build()).grantToken().orElseThrow();
        assertThat(world.as(
                                BOB,
                                "Encrypt",
                                EncryptRequest.builder()
                                        .keyId(key.id())
                                        .plaintext(Requests.plain("x"))
                                        .grantTokens(List.of(token))
                                        .build())
                        .code())
                .isEqualTo("AccessDeniedException");
    }

    @Test
    void decrypt_byGrant_namesTheCiphertextsKey() {
        grant(EVE.arn(), GrantOperation.Decrypt);
        var blob = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        Answer<?> answer = world.<DecryptRequest, Object>as(EVE, "Decrypt", Requests.decrypt(blob));
        assertThat(answer.code()).isEqualTo("ok");
        assertThat(answer.notes().ownerCopy()).isTrue();
        assertThat(answer.notes().trace()).anyMatch(line -> line.startsWith("grant "));
    }

    static Stream<Arguments> chains() {
        GrantConstraints equals = GrantConstraints.builder()
                .encryptionContextEquals(Map.of("a", "1"))
                .build();
        GrantConstraints subset = GrantConstraints.builder()
                .encryptionContextSubset(Map.of("a", "1"))
                .build();
        GrantConstraints wider = GrantConstraints.builder()
                .encryptionContextSubset(Map.of("a", "1", "b", "2"))
                .build();
        Optional<GrantConstraints> none = Optional.empty();
        List<GrantOperation> encrypt = List.of(GrantOperation.Encrypt);
        return Stream.of(
                Arguments.of(none, encrypt, none, true),
                Arguments.of(none, List.of(GrantOperation.Encrypt, GrantOperation.CreateGrant), none, true),
                Arguments.of(none, List.of(GrantOperation.Decrypt), none, false),
                Arguments.of(none, encrypt, Optional.of(subset), true),
                Arguments.of(Optional.of(subset), encrypt, none, false),
                Arguments.of(Optional.of(subset), encrypt, Optional.of(subset), true),
                Arguments.of(Optional.of(subset), encrypt, Optional.of(wider), true),
                Arguments.of(Optional.of(subset), encrypt, Optional.of(equals), true),
                Arguments.of(Optional.of(equals), encrypt, Optional.of(equals), true),
                Arguments.of(Optional.of(equals), encrypt, Optional.of(subset), false),
                Arguments.of(Optional.of(wider), encrypt, Optional.of(subset), false));
    }

    @ParameterizedTest
    @MethodSource("chains")
    void createGrant_throughAGrant_passesOnNoMoreThanItHas(
            Optional<GrantConstraints> parent,
            List<GrantOperation> operations,
            Optional<GrantConstraints> child,
            boolean allowed) {
        granted(CreateGrantRequest.builder()
                .keyId(key.id())
                .granteePrincipal(BOB.arn())
                .operations(List.of(GrantOperation.Encrypt, GrantOperation.CreateGrant))
                .constraints(parent)
                .build());
        Answer<?> answer = world.as(
                BOB,
                "CreateGrant",
                CreateGrantRequest.builder()
                        .keyId(key.id())
                        .granteePrincipal(CAROL.arn())
                        .operations(operations)
                        .constraints(child)
                        .build());
        assertThat(answer.code()).isEqualTo(allowed ? "ok" : "AccessDeniedException");
    }

    @Test
    void retire_isForRetiringPrincipalGranteeAndIssuingAccount() {
        Caller retiring = CAROL;
        CreateGrantRequest plain =
                of().keyId(key.id()).retiringPrincipal(retiring.arn()).build();
        CreateGrantRequest self = CreateGrantRequest.builder()
                .keyId(key.id())
                .granteePrincipal(BOB.arn())
                .operations(List.of(GrantOperation.Encrypt, GrantOperation.RetireGrant))
                .build();
        assertThat(retires(retiring, plain)).isEqualTo("ok");
        assertThat(retires(BOB, plain)).isEqualTo("AccessDeniedException");
        assertThat(retires(BOB, self)).isEqualTo("ok");
        assertThat(retires(CAROL, self)).isEqualTo("AccessDeniedException");
        // The issuing account: its root user, and whom IAM lets.
        assertThat(retires(World.ROOT, plain)).isEqualTo("ok");
        assertThat(retires(ALICE, plain)).isEqualTo("ok");
        // The permission alone is not enough.
        assertThat(retires(MALLORY, plain)).isEqualTo("AccessDeniedException");
        world.identity(retiring, statement("Deny", "\"kms:RetireGrant\"", "*", ""));
        assertThat(retires(retiring, plain)).isEqualTo("AccessDeniedException");
    }

    private String retires(Caller caller, CreateGrantRequest request) {
        CreateGrantResponse made = granted(request);
        RetireGrantRequest retire = RetireGrantRequest.builder()
                .grantToken(made.grantToken().orElseThrow())
                .build();
        Answer<?> answer = world.<RetireGrantRequest, NoOutput>as(caller, "RetireGrant", retire);
        boolean gone = listed().stream().noneMatch(g -> g.grantId().equals(made.grantId()));
        assertThat(gone).isEqualTo(answer.code().equals("ok"));
        return answer.code();
    }

    @Test
    void retire_membersMustGoTogether_andTellTheGrantInTheEvent() {
        CreateGrantResponse made = granted(of().keyId(key.id()).build());
        String id = made.grantId().orElseThrow();
        String token = made.grantToken().orElseThrow();
        for (RetireGrantRequest.Builder bad : List.of(
                RetireGrantRequest.builder(),
                RetireGrantRequest.builder().keyId(key.arn()),
                RetireGrantRequest.builder().grantId(id),
                RetireGrantRequest.builder().grantToken(token).keyId(key.arn()).grantId(id),
                RetireGrantRequest.builder().grantToken(token).keyId(key.arn()))) {
            assertThat(world.alice("RetireGrant", bad.build()).code()).isEqualTo("ValidationException");
        }
        assertThat(world.alice("RetireGrant", Requests.retire(key.id(), "short"))
                        .code())
                .isEqualTo("InvalidGrantIdException");
        assertThat(world.alice(
                                "RetireGrant",
                                RetireGrantRequest.builder()
                                        .grantToken(token)
                                        .dryRun(true)
                                        .build())
                        .code())
                .isEqualTo("DryRunOperationException");
        Answer<?> done = world.alice("RetireGrant", Requests.retire(key.id(), id));
        assertThat(done.code()).isEqualTo("ok");
        assertThat(done.notes().additional()).contains(Facts.facts().put("grantId", id));
        assertThat(done.effect().orElseThrow().responseElements()).isEmpty();
        assertThat(world.row("RetireGrant").requestParameters().apply(null)).isEmpty();
        // A stranger learns nothing of whether a grant exists.
        Answer<?> missing = world.as(MALLORY, "RetireGrant", Requests.retire(key.arn(), id));
        String other = grant(BOB.arn(), GrantOperation.Encrypt);
        Answer<?> there = world.as(MALLORY, "RetireGrant", Requests.retire(key.arn(), other));
        assertThat(missing.message()).isEqualTo(there.message());
    }

    @Test
    void lists_filterAndPage() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(grant(i % 2 == 0 ? BOB.arn() : CAROL.arn(), GrantOperation.Encrypt));
        }
        ids.sort(null);
        List<String> paged = new ArrayList<>();
        Optional<String> marker = Optional.empty();
        do {
            ListGrantsResponse page = world.<ListGrantsRequest, ListGrantsResponse>alice(
                            "ListGrants",
                            ListGrantsRequest.builder()
                                    .keyId(key.id())
                                    .limit(2)
                                    .marker(marker)
                                    .build())
                    .reply();
            page.grants().orElseThrow().forEach(g -> paged.add(g.grantId().orElseThrow()));
            marker = page.nextMarker();
            assertThat(page.truncated()).contains(marker.isPresent());
        } while (marker.isPresent());
        assertThat(paged).isEqualTo(ids);

        assertThat(filtered(ListGrantsRequest.builder().granteePrincipal(BOB.arn())))
                .hasSize(3);
        assertThat(filtered(ListGrantsRequest.builder().grantId(ids.get(3))))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.grantId()).contains(ids.get(3));
                    assertThat(entry.keyId()).contains(key.arn());
                    assertThat(entry.name()).contains("");
                    assertThat(entry.issuingAccount()).contains(ROOT_ARN);
                    assertThat(entry.operations()).contains(List.of(GrantOperation.Encrypt));
                    assertThat(entry.constraints()).isEmpty();
                });
        assertThat(world.alice(
                                "ListGrants",
                                ListGrantsRequest.builder()
                                        .keyId(key.id())
                                        .grantId("zz")
                                        .build())
                        .code())
                .isEqualTo("InvalidGrantIdException");
    }

    private List<GrantListEntry> filtered(ListGrantsRequest.Builder request) {
        return world.<ListGrantsRequest, ListGrantsResponse>alice(
                        "ListGrants", request.keyId(key.id()).build())
                .reply()
                .grants()
                .orElseThrow();
    }

    @Test
    void listRetirable_isOfOnesOwnPrincipals() {
        granted(of().keyId(key.id()).retiringPrincipal(CAROL.arn()).build());
        granted(of().keyId(key.id()).retiringPrincipal(EVE.arn()).build());
        granted(of().keyId(key.id()).build());
        assertThat(retirable(ALICE, CAROL.arn())).isEqualTo("1");
        assertThat(retirable(ALICE, EVE.arn())).isEqualTo("AccessDeniedException");
        assertThat(retirable(MALLORY, EVE.arn())).isEqualTo("1");
        assertThat(retirable(BOB, BOB.arn())).isEqualTo("AccessDeniedException");
        assertThat(retirable(ALICE, BOB.arn())).isEqualTo("0");
    }

    private String retirable(Caller caller, String principal) {
        Answer<ListGrantsResponse> answer = world.as(
                caller,
                "ListRetirableGrants",
                ListRetirableGrantsRequest.builder()
                        .retiringPrincipal(principal)
                        .build());
        return answer.error().isPresent()
                ? answer.code()
                : "" + answer.reply().grants().orElseThrow().size();
    }

    @Test
    void deletedKey_takesItsGrantsAlong() {
        for (int i = 0; i < 600; i++) {
            granted(of().keyId(key.id())
                    .name("n" + i)
                    .retiringPrincipal(CAROL.arn())
                    .build());
        }
        Key kept = world.newKey();
        granted(of().keyId(kept.id()).build());
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.clock.advance(Duration.ofDays(8));
        world.runJobs();

        State state = world.ledger.read();
        assertThat(state.scan(Grant.TABLE, "", "")).hasSize(1);
        assertThat(state.scan(GrantRow.USES, "", "")).hasSize(1);
        assertThat(state.scan(GrantRow.RETIRING, "", "")).isEmpty();
        assertThat(state.scan(GrantRow.NAMED, "", "")).isEmpty();
        assertThat(state.scan(GrantRow.Count.TABLE, "", "")).hasSize(1);
        assertThat(state.scan(dev.keytrail.kms.key.Due.TABLE, "", "")).isEmpty();
        assertThat(world.serviceEvents).hasSize(1);
    }

    @Test
    void quota_isHeldAgainstTheCounts() {
        String first = Grant.prefix(ACCOUNT, World.REGION, key.id());
        world.ledger.put(GrantRow.Count.TABLE, first + "ff", new GrantRow.Count(49_999));
        assertThat(world.alice("CreateGrant", of().keyId(key.id()).build()).code())
                .isEqualTo("ok");
        assertThat(world.alice("CreateGrant", of().keyId(key.id()).build()).code())
                .isEqualTo("LimitExceededException");
    }

    /** What is not there is not read, so its coming must show on something that is. */
    @Test
    void grantBetweenDenialAndCommit_isAConflict() {
        State basis = world.ledger.read();
        assertThatThrownBy(() -> encryptAsBob(basis)).isInstanceOf(Refused.class);
        grant(BOB.arn(), GrantOperation.Encrypt);
        assertThatThrownBy(() -> world.ledger.commit(basis, List.of(), List.of()))
                .isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void revocationBetweenDecisionAndCommit_isAConflict() {
        String id = grant(BOB.arn(), GrantOperation.Encrypt);
        State basis = world.ledger.read();
        encryptAsBob(basis);
        world.alice("RevokeGrant", Requests.revoke(key.id(), id));
        assertThatThrownBy(() -> world.ledger.commit(basis, List.of(), List.of()))
                .isInstanceOf(Ledger.Conflict.class);
    }

    private void encryptAsBob(State basis) {
        world.<EncryptRequest, EncryptResponse>row("Encrypt")
                .handler()
                .handle(
                        new Attempt(world.call(BOB, World.REGION, "Encrypt"), basis, new Notes()),
                        Requests.encrypt(key.id()));
    }

    /** Counts what a handler reads. */
    private static final class Counting implements State {
        private final State state;
        private final Map<String, Integer> reads = new HashMap<>();

        Counting(State state) {
            this.state = state;
        }

        @Override
        public <T> Optional<T> get(Table<T> table, String key) {
            reads.merge(table.name(), 1, Integer::sum);
            return state.get(table, key);
        }

        @Override
        public <T> Iterable<Row<T>> scan(Table<T> table, String prefix, String after) {
            Iterable<Row<T>> rows = state.scan(table, prefix, after);
            return () -> {
                var inner = rows.iterator();
                return new java.util.Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return inner.hasNext();
                    }

                    @Override
                    public Row<T> next() {
                        reads.merge(table.name(), 1, Integer::sum);
                        return inner.next();
                    }
                };
            };
        }
    }

    @Test
    void manyGrants_costACallNothing() {
        for (int i = 0; i < 300; i++) {
            granted(CreateGrantRequest.builder()
                    .keyId(key.id())
                    .granteePrincipal(i % 2 == 0 ? BOB.arn() : CAROL.arn())
                    .operations(List.of(GrantOperation.Encrypt, GrantOperation.Decrypt))
                    .constraints(GrantConstraints.builder()
                            .encryptionContextEquals(Map.of("n", "" + i))
                            .build())
                    .build());
        }
        assertThat(grantReads(ALICE, 4)).isZero();
        assertThat(grantReads(BOB, 4)).isEqualTo(3);
        assertThat(grantReads(BOB, 298)).isEqualTo(3);
    }

    private int grantReads(Caller caller, int n) {
        Counting state = new Counting(world.ledger.read());
        world.<EncryptRequest, EncryptResponse>row("Encrypt")
                .handler()
                .handle(
                        new dev.keytrail.call.Attempt(
                                world.call(caller, World.REGION, "Encrypt"), state, new dev.keytrail.call.Notes()),
                        Requests.encrypt(key.id(), "x", Map.of("n", "" + n)));
        return state.reads.entrySet().stream()
                .filter(e -> e.getKey().startsWith("kms.grant"))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** Random grants and calls against the plainest reading of the rules. */
    @Test
    void randomGrants_decideAsAPlainModelDoes() {
        long seed = 20_261_125L;
        Random random = new Random(seed);
        List<Caller> callers = List.of(BOB, CAROL, EVE, SESSION);
        List<String> keys = List.of("a", "b", "A");
        record Model(String grantee, Set<GrantOperation> operations, int kind, Map<String, String> pairs) {}
        Map<String, Model> model = new HashMap<>();
        for (int step = 0; step < 400; step++) {
            String hint = "seed " + seed + " step " + step;
            Caller caller = callers.get(random.nextInt(callers.size()));
            String name = caller == SESSION ? "arn:aws:iam::" + ACCOUNT + ":role/team/Reader" : caller.arn();
            Map<String, String> pairs = new HashMap<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                pairs.put(keys.get(random.nextInt(2)), "" + random.nextInt(2));
            }
            if (random.nextInt(3) == 0) {
                int kind = random.nextInt(3);
                GrantConstraints.Builder limits = GrantConstraints.builder();
                if (kind == 1) {
                    limits.encryptionContextEquals(pairs);
                } else if (kind == 2) {
                    limits.encryptionContextSubset(pairs);
                }
                GrantOperation operation = random.nextBoolean() ? GrantOperation.Encrypt : GrantOperation.DescribeKey;
                String id = granted(CreateGrantRequest.builder()
                                .keyId(key.id())
                                .granteePrincipal(name)
                                .operations(List.of(operation))
                                .constraints(limits.build())
                                .build())
                        .grantId()
                        .orElseThrow();
                model.put(id, new Model(name, Set.of(operation), kind, pairs));
            } else if (random.nextInt(4) == 0 && !model.isEmpty()) {
                String id = model.keySet().stream().sorted().findFirst().orElseThrow();
                model.remove(id);
                assertThat(world.alice("RevokeGrant", Requests.revoke(key.id(), id))
                                .code())
                        .as(hint)
                        .isEqualTo("ok");
            } else {
                boolean allowed = model.values().stream()
                        .filter(g -> g.grantee().equals(name) && g.operations().contains(GrantOperation.Encrypt))
                        .anyMatch(g -> switch (g.kind()) {
                            case 0 -> true;
                            case 1 -> g.pairs().equals(pairs);
                            default -> pairs.entrySet().containsAll(g.pairs().entrySet());
                        });
                assertThat(encrypts(caller, pairs)).as(hint).isEqualTo(allowed ? "ok" : "AccessDeniedException");
            }
        }
        Set<String> left = new HashSet<>();
        listed().forEach(entry -> left.add(entry.grantId().orElseThrow()));
        assertThat(left).isEqualTo(model.keySet());
    }

    @Test
    void codec_givesBackWhatItWrote() {
        granted(CreateGrantRequest.builder()
                .keyId(key.id())
                .name("n")
                .granteeServicePrincipal("s.us-west-2.amazonaws.com")
                .retiringPrincipal(BOB.arn())
                .operations(List.of(GrantOperation.Encrypt, GrantOperation.RetireGrant))
                .constraints(GrantConstraints.builder()
                        .encryptionContextSubset(Map.of("ü", "x"))
                        .sourceArn("arn:aws:dynamodb:us-east-1:" + ACCOUNT + ":table/t")
                        .build())
                .build());
        Grant grant =
                world.ledger.read().scan(Grant.TABLE, "", "").iterator().next().value();
        assertThat(Grant.TABLE.codec().decode(Grant.TABLE.codec().encode(grant)))
                .isEqualTo(grant);
        assertThat(Change.put(Grant.TABLE, grant.rowKey(), grant).key()).endsWith(grant.id());
        assertThat(listed()).singleElement().satisfies(entry -> {
            assertThat(entry.granteePrincipal()).isEmpty();
            assertThat(entry.granteeServicePrincipal()).contains("s.us-west-2.amazonaws.com");
            assertThat(entry.retiringPrincipal()).contains(BOB.arn());
        });
    }

    @Test
    void listGrants_granteeServices_areForServices_andOneKindOfGranteeAtATime() {
        ListGrantsRequest.Builder asked =
                ListGrantsRequest.builder().keyId(key.id()).granteeServicePrincipal("s.amazonaws.com");
        assertThat(world.alice("ListGrants", asked.build()).code()).isEqualTo("ValidationException");
        assertThat(world.alice("ListGrants", asked.granteePrincipal(BOB.arn()).build())
                        .message())
                .contains("Only one of");
    }
}
