package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import dev.keytrail.wire.shape.kms.ListAliasesResponse;
import dev.keytrail.wire.shape.kms.ListKeysRequest;
import dev.keytrail.wire.shape.kms.ListKeysResponse;
import dev.keytrail.wire.shape.kms.ListResourceTagsRequest;
import dev.keytrail.wire.shape.kms.ListResourceTagsResponse;
import dev.keytrail.wire.shape.kms.ResourceOwnerType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PagingTest {
    private static final int KEYS = 7;

    private final World world = new World();
    private final List<Key> keys = new ArrayList<>();

    @BeforeEach
    void makeKeys() {
        for (int i = 0; i < KEYS; i++) {
            keys.add(world.newKey());
        }
    }

    private Answer<ListKeysResponse> listKeys(Optional<Integer> limit, Optional<String> marker) {
        return world.<ListKeysRequest, ListKeysResponse>alice(
                "ListKeys",
                ListKeysRequest.builder().limit(limit).marker(marker).build());
    }

    private List<String> allKeys(int limit) {
        List<String> ids = new ArrayList<>();
        Optional<String> marker = Optional.empty();
        do {
            ListKeysResponse page = listKeys(Optional.of(limit), marker).reply();
            page.keys().orElseThrow().forEach(entry -> ids.add(entry.keyId().orElseThrow()));
            assertThat(page.keys().orElseThrow()).hasSizeLessThanOrEqualTo(limit);
            assertThat(page.truncated()).contains(page.nextMarker().isPresent());
            marker = page.nextMarker();
        } while (marker.isPresent());
        return ids;
    }

    @Test
    void listKeys_anyPageSize_givesEachKeyOnceInOneOrder() {
        List<String> expected = keys.stream().map(Key::id).sorted().toList();
        for (int limit : new int[] {1, 2, 3, KEYS - 1, KEYS, KEYS + 1}) {
            assertThat(allKeys(limit)).as("limit " + limit).isEqualTo(expected);
        }
        assertThat(listKeys(Optional.empty(), Optional.empty()).reply().truncated())
                .contains(false);
    }

    @Test
    void listKeys_shownKeyDeletedBetweenPages_goesOnBehindIt() {
        ListKeysResponse first = listKeys(Optional.of(3), Optional.empty()).reply();
        String last = first.keys().orElseThrow().getLast().keyId().orElseThrow();
        world.ledger.commit(
                world.ledger.read(),
                List.of(dev.keytrail.call.Change.delete(
                        Key.TABLE, world.key(last).rowKey())),
                List.of());

        assertThat(listKeys(Optional.of(100), first.nextMarker()).reply().keys().orElseThrow())
                .hasSize(KEYS - 3);
    }

    @Test
    void marker_madeUpOrOfAnotherListing_isInvalid() {
        String ofKeys =
                listKeys(Optional.of(1), Optional.empty()).reply().nextMarker().orElseThrow();
        assertThat(ofKeys).hasSizeLessThanOrEqualTo(1024);
        for (String bad : List.of("x", "AAAA", "not base64 !", ofKeys + "A", ofKeys.substring(1))) {
            assertThat(listKeys(Optional.of(1), Optional.of(bad)).code())
                    .as(bad)
                    .isEqualTo("InvalidMarkerException");
        }
        assertThat(world.alice(
                                "ListAliases",
                                ListAliasesRequest.builder().marker(ofKeys).build())
                        .code())
                .isEqualTo("InvalidMarkerException");
        assertThat(world.as(
                                World.ALICE,
                                "eu-west-1",
                                "ListKeys",
                                ListKeysRequest.builder().marker(ofKeys).build())
                        .code())
                .isEqualTo("InvalidMarkerException");
        assertThat(world.as(
                                World.MALLORY,
                                "ListKeys",
                                ListKeysRequest.builder().marker(ofKeys).build())
                        .code())
                .isEqualTo("InvalidMarkerException");
        assertThat(world.alice(
                                "ListKeys",
                                ListKeysRequest.builder()
                                        .marker(ofKeys)
                                        .resourceOwners(List.of(ResourceOwnerType.SELF))
                                        .build())
                        .code())
                .isEqualTo("InvalidMarkerException");
    }

    @Test
    void listKeys_owners_ownKeysAndNoneThroughRam() {
        for (var owners : List.of(
                List.of(ResourceOwnerType.SELF),
                List.of(ResourceOwnerType.OTHER_ACCOUNTS_VIA_RAM, ResourceOwnerType.SELF))) {
            assertThat(world.<ListKeysRequest, ListKeysResponse>alice(
                                    "ListKeys",
                                    ListKeysRequest.builder()
                                            .resourceOwners(owners)
                                            .build())
                            .reply()
                            .keys()
                            .orElseThrow())
                    .hasSize(KEYS);
        }
        assertThat(world.<ListKeysRequest, ListKeysResponse>alice(
                                "ListKeys",
                                ListKeysRequest.builder()
                                        .resourceOwners(List.of(ResourceOwnerType.OTHER_ACCOUNTS_VIA_RAM))
                                        .build())
                        .reply()
                        .keys()
                        .orElseThrow())
                .isEmpty();
    }

    @Test
    void listKeys_otherRegionAndAccount_showNothingOfOurs() {
        for (var answer : List.of(
                world.<ListKeysRequest, ListKeysResponse>as(
                        World.ALICE,
                        "us-west-1",
                        "ListKeys",
                        ListKeysRequest.builder().build()),
                world.<ListKeysRequest, ListKeysResponse>as(
                        World.MALLORY, "ListKeys", ListKeysRequest.builder().build()))) {
            assertThat(answer.reply().keys().orElseThrow()).isEmpty();
        }
    }

    @Test
    void listAliases_pagedByAccountAndByKey() {
        Key key = keys.getFirst();
        for (int i = 0; i < 5; i++) {
            world.alice("CreateAlias", Requests.createAlias("alias/k" + i, key.id()));
            world.alice(
                    "CreateAlias",
                    Requests.createAlias("alias/o" + i, keys.get(1).id()));
        }
        for (Optional<String> of : List.of(Optional.<String>empty(), Optional.of(key.id()))) {
            List<String> names = new ArrayList<>();
            Optional<String> marker = Optional.empty();
            do {
                ListAliasesResponse page = world.<ListAliasesRequest, ListAliasesResponse>alice(
                                "ListAliases",
                                ListAliasesRequest.builder()
                                        .keyId(of)
                                        .limit(2)
                                        .marker(marker)
                                        .build())
                        .reply();
                page.aliases()
                        .orElseThrow()
                        .forEach(a -> names.add(a.aliasName().orElseThrow()));
                marker = page.nextMarker();
            } while (marker.isPresent());
            assertThat(names).hasSize(of.isPresent() ? 5 : 10).isSorted().doesNotHaveDuplicates();
        }
        assertThat(world.alice(
                                "ListAliases",
                                ListAliasesRequest.builder().limit(101).build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice(
                                "ListAliases",
                                ListAliasesRequest.builder().keyId("alias/k1").build())
                        .code())
                .isEqualTo("NotFoundException");
    }

    @Test
    void listResourceTags_tagRemovedBetweenPages_goesOnBehindIt() {
        Key key = keys.getFirst();
        world.alice("TagResource", Requests.tag(key.id(), "a", "1", "b", "2", "c", "3", "d", "4"));
        ListResourceTagsResponse first = world.<ListResourceTagsRequest, ListResourceTagsResponse>alice(
                        "ListResourceTags",
                        ListResourceTagsRequest.builder()
                                .keyId(key.id())
                                .limit(2)
                                .build())
                .reply();
        world.alice("UntagResource", Requests.untag(key.id(), "b"));
        ListResourceTagsResponse second = world.<ListResourceTagsRequest, ListResourceTagsResponse>alice(
                        "ListResourceTags",
                        ListResourceTagsRequest.builder()
                                .keyId(key.id())
                                .limit(2)
                                .marker(first.nextMarker())
                                .build())
                .reply();

        assertThat(first.tags()).contains(Requests.tags("a", "1", "b", "2"));
        assertThat(second.tags()).contains(Requests.tags("c", "3", "d", "4"));
        assertThat(second.nextMarker()).isEmpty();
        assertThat(world.alice(
                                "ListResourceTags",
                                ListResourceTagsRequest.builder()
                                        .keyId(key.id())
                                        .limit(51)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
    }

    @Test
    void listResourceTags_lastShownReplacedBetweenPages_showsTheNewOne() {
        Key key = keys.getFirst();
        world.alice("TagResource", Requests.tag(key.id(), "a", "1", "b", "2", "c", "3"));
        ListResourceTagsRequest.Builder request =
                ListResourceTagsRequest.builder().keyId(key.id()).limit(2);
        ListResourceTagsResponse first = world.<ListResourceTagsRequest, ListResourceTagsResponse>alice(
                        "ListResourceTags", request.build())
                .reply();
        world.alice("UntagResource", Requests.untag(key.id(), "b", "c"));
        world.alice("TagResource", Requests.tag(key.id(), "new", "4"));
        ListResourceTagsResponse second = world.<ListResourceTagsRequest, ListResourceTagsResponse>alice(
                        "ListResourceTags", request.marker(first.nextMarker()).build())
                .reply();

        assertThat(second.tags()).contains(Requests.tags("new", "4"));
    }
}
