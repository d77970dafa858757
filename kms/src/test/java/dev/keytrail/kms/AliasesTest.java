package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static dev.keytrail.kms.World.REGION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.wire.shape.kms.AliasListEntry;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import dev.keytrail.wire.shape.kms.ListAliasesResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AliasesTest {
    private static final String ALIAS_ARN = "arn:aws:kms:" + REGION + ":" + ACCOUNT + ":alias/mine";

    private final World world = new World();
    private final Key key = world.newKey();

    private List<AliasListEntry> list(ListAliasesRequest request) {
        return world.<ListAliasesRequest, ListAliasesResponse>alice("ListAliases", request)
                .reply()
                .aliases()
                .orElseThrow();
    }

    @Test
    void create_thenList_showsItWithOneDateTwice() {
        assertThat(world.alice("CreateAlias", Requests.createAlias("alias/mine", key.arn()))
                        .code())
                .isEqualTo("ok");

        assertThat(list(ListAliasesRequest.builder().build()))
                .containsExactly(AliasListEntry.builder()
                        .aliasName("alias/mine")
                        .aliasArn(ALIAS_ARN)
                        .targetKeyId(key.id())
                        .creationDate(world.clock.instant())
                        .lastUpdatedDate(world.clock.instant())
                        .build());
    }

    @Test
    void create_twice_alreadyExists() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        Answer<?> again = world.alice(
                "CreateAlias", Requests.createAlias("alias/mine", world.newKey().id()));

        assertThat(again.code()).isEqualTo("AlreadyExistsException");
        assertThat(again.message()).isEqualTo("An alias with the name " + ALIAS_ARN + " already exists");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mine|ValidationException|Alias must start with the prefix \"alias/\". Please see"
                        + " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
                "alias/aws/s3|NotAuthorizedException|''",
                "alias/my:alias|ValidationException|alias/my:alias contains invalid characters for an alias",
                "alias/|InvalidAliasNameException|The alias name must not be empty."
            })
    void create_nameAgainstTheRules_isRefused(String name, String code, String message) {
        for (String operation : List.of("CreateAlias", "UpdateAlias", "DeleteAlias")) {
            Object request = switch (operation) {
                case "CreateAlias" -> Requests.createAlias(name, key.id());
                case "UpdateAlias" -> Requests.updateAlias(name, key.id());
                default -> Requests.deleteAlias(name);
            };
            Answer<?> answer = world.alice(operation, request);
            assertThat(answer.code()).isEqualTo(code);
            assertThat(answer.message()).isEqualTo(message);
        }
    }

    @Test
    void create_targetAnAlias_isRefused() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        for (String target : List.of("alias/mine", ALIAS_ARN)) {
            assertThat(world.alice("CreateAlias", Requests.createAlias("alias/x", target))
                            .message())
                    .isEqualTo("Aliases must refer to keys. Not aliases");
        }
    }

    @Test
    void create_fiftyFirst_isOverTheQuota() {
        for (int i = 0; i < AliasNames.COUNT_MAX; i++) {
            assertThat(world.alice("CreateAlias", Requests.createAlias("alias/n" + i, key.id()))
                            .code())
                    .isEqualTo("ok");
        }
        assertThat(world.alice("CreateAlias", Requests.createAlias("alias/more", key.id()))
                        .code())
                .isEqualTo("LimitExceededException");
        Key other = world.newKey();
        world.alice("CreateAlias", Requests.createAlias("alias/other", other.id()));
        assertThat(world.alice("UpdateAlias", Requests.updateAlias("alias/other", key.id()))
                        .code())
                .isEqualTo("LimitExceededException");
    }

    @Test
    void update_toAnotherKey_movesItAndItsDateButNotItsCreation() {
        Key other = world.newKey();
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        Instant created = world.clock.instant();
        Instant updated = world.clock.advance(Duration.ofSeconds(5));
        assertThat(world.alice("UpdateAlias", Requests.updateAlias("alias/mine", other.id()))
                        .code())
                .isEqualTo("ok");

        assertThat(world.<DescribeKeyRequest, DescribeKeyResponse>alice("DescribeKey", Requests.describe("alias/mine"))
                        .reply()
                        .keyMetadata()
                        .orElseThrow()
                        .keyId())
                .contains(other.id());
        assertThat(list(ListAliasesRequest.builder().keyId(key.id()).build())).isEmpty();
        assertThat(list(ListAliasesRequest.builder().keyId(other.arn()).build()))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.creationDate()).contains(created);
                    assertThat(entry.lastUpdatedDate()).contains(updated);
                });
    }

    @Test
    void update_toTheSameKey_changesNothing() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        List<AliasListEntry> before = list(ListAliasesRequest.builder().build());
        world.clock.advance(Duration.ofSeconds(5));
        Answer<?> answer = world.alice("UpdateAlias", Requests.updateAlias("alias/mine", key.id()));

        assertThat(answer.code()).isEqualTo("ok");
        assertThat(answer.effect().orElseThrow().changes()).isEmpty();
        assertThat(list(ListAliasesRequest.builder().build())).isEqualTo(before);
    }

    @Test
    void update_betweenKinds_isRefused() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        for (var spec : List.of(KeySpec.RSA_2048, KeySpec.HMAC_256)) {
            Key other = world.newKey();
            world.change(
                    other,
                    k -> Kinds.as(
                            k,
                            spec,
                            spec == KeySpec.RSA_2048 ? KeyUsage.ENCRYPT_DECRYPT : KeyUsage.GENERATE_VERIFY_MAC));
            assertThat(world.alice("UpdateAlias", Requests.updateAlias("alias/mine", other.id()))
                            .code())
                    .isEqualTo("ValidationException");
        }
    }

    @Test
    void updateAndDelete_absentAlias_areNotFound() {
        String text = "Alias " + ALIAS_ARN + " is not found.";
        assertThat(world.alice("UpdateAlias", Requests.updateAlias("alias/mine", key.id()))
                        .message())
                .isEqualTo(text);
        assertThat(world.alice("DeleteAlias", Requests.deleteAlias("alias/mine"))
                        .message())
                .isEqualTo(text);
    }

    @Test
    void delete_thenCreateAgain_works() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        assertThat(world.alice("DeleteAlias", Requests.deleteAlias("alias/mine"))
                        .code())
                .isEqualTo("ok");
        assertThat(world.ledger.read().get(AliasNames.TABLE, key.rowKey())).isEmpty();
        assertThat(list(ListAliasesRequest.builder().build())).isEmpty();
        assertThat(world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()))
                        .code())
                .isEqualTo("ok");
    }
}
