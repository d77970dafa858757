package dev.keytrail.audit.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.wire.shape.cloudtrail.AddTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.DeregisterOrganizationDelegatedAdminRequest;
import dev.keytrail.wire.shape.cloudtrail.DeregisterOrganizationDelegatedAdminResponse;
import dev.keytrail.wire.shape.cloudtrail.DescribeTrailsRequest;
import dev.keytrail.wire.shape.cloudtrail.DescribeTrailsResponse;
import dev.keytrail.wire.shape.cloudtrail.GetTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusResponse;
import dev.keytrail.wire.shape.cloudtrail.ListTrailsRequest;
import dev.keytrail.wire.shape.cloudtrail.ListTrailsResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.RegisterOrganizationDelegatedAdminRequest;
import dev.keytrail.wire.shape.cloudtrail.RegisterOrganizationDelegatedAdminResponse;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.Tag;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OrganizationTrailsTest {
    private static final String OPERATOR = AuditRoom.ACCOUNT;
    private static final String MANAGEMENT = AuditRoom.OTHERS.get(0);
    private static final String MEMBER = AuditRoom.OTHERS.get(1);
    private static final String OTHER = AuditRoom.OTHERS.get(2);
    private static final String ARN = "arn:aws:cloudtrail:eu-west-1:" + MANAGEMENT + ":trail/all";

    private final AuditRoom room = new AuditRoom();

    private AuditRoom as(String account) {
        room.caller = Caller.of(new Principal.Root(account), "AKIA" + account);
        return room;
    }

    private OrganizationRows.Shown organization(String... members) {
        OrganizationRows.Shown made =
                as(OPERATOR).call(new OrganizationRows.Create(Optional.of(MANAGEMENT)), OrganizationRows.Shown.class);
        for (String member : members) {
            made = as(OPERATOR)
                    .call(
                            new OrganizationRows.Add(Optional.of(MANAGEMENT), Optional.of(member)),
                            OrganizationRows.Shown.class);
        }
        return made;
    }

    private static CreateTrailRequest create() {
        return CreateTrailRequest.builder()
                .name("all")
                .s3BucketName("logs")
                .isOrganizationTrail(true)
                .enableLogFileValidation(true)
                .build();
    }

    private void started() {
        as(MANAGEMENT).call(create(), CreateTrailResponse.class);
        room.call(StartLoggingRequest.builder().name("all").build(), StartLoggingResponse.class);
    }

    private List<String> folders() {
        room.deliver(120);
        return room.store.objects.keySet().stream()
                .map(key -> key.replaceAll("/eu-west-1/.*", ""))
                .distinct()
                .toList();
    }

    @Test
    void members_eventsGoBelowTheOrganizationAndFollowItsAccounts() {
        String id = organization(MEMBER).organization().id();
        assertThat(id).matches("o-[a-z0-9]{10,32}");
        started();
        as(MEMBER).kms("CreateKey", false, "k");
        as(OTHER).kms("CreateKey", false, "k");
        assertThat(folders())
                .containsExactlyInAnyOrder(
                        "logs/AWSLogs/" + id + "/" + MANAGEMENT + "/CloudTrail",
                        "logs/AWSLogs/" + id + "/" + MEMBER + "/CloudTrail");
        as(OPERATOR)
                .call(
                        new OrganizationRows.Add(Optional.of(MANAGEMENT), Optional.of(OTHER)),
                        OrganizationRows.Shown.class);
        as(OPERATOR)
                .call(
                        new OrganizationRows.Remove(Optional.of(MANAGEMENT), Optional.of(MEMBER)),
                        OrganizationRows.Shown.class);
        room.store.objects.clear();
        as(OTHER).kms("CreateKey", false, "k");
        as(MEMBER).kms("CreateKey", false, "k");
        assertThat(folders())
                .containsExactlyInAnyOrder(
                        "logs/AWSLogs/" + id + "/" + MANAGEMENT + "/CloudTrail",
                        "logs/AWSLogs/" + id + "/" + OTHER + "/CloudTrail");
        room.store.objects.clear();
        as(MEMBER).kms("CreateKey", false, "k");
        as(OTHER).kms("CreateKey", false, "k");
        assertThat(folders()).containsExactly("logs/AWSLogs/" + id + "/" + OTHER + "/CloudTrail");
    }

    @Test
    void members_seeTheTrailAndCannotChangeIt() {
        organization(MEMBER);
        started();
        as(MEMBER);
        assertThat(room.call(GetTrailRequest.builder().name(ARN).build(), GetTrailResponse.class)
                        .trail()
                        .orElseThrow()
                        .isOrganizationTrail())
                .contains(true);
        assertThat(room.call(GetTrailStatusRequest.builder().name(ARN).build(), GetTrailStatusResponse.class)
                        .isLogging())
                .contains(true);
        assertThat(room.call(ListTrailsRequest.builder().build(), ListTrailsResponse.class)
                        .trails()
                        .orElseThrow()
                        .getFirst()
                        .trailARN())
                .contains(ARN);
        assertThat(described(true)).containsExactly(ARN);
        assertThat(described(false)).isEmpty();
        for (Object change : List.of(
                UpdateTrailRequest.builder().name(ARN).isMultiRegionTrail(true).build(),
                DeleteTrailRequest.builder().name(ARN).build(),
                StopLoggingRequest.builder().name(ARN).build(),
                PutEventSelectorsRequest.builder().trailName(ARN).build(),
                AddTagsRequest.builder()
                        .resourceId(ARN)
                        .tagsList(List.of(Tag.builder().key("a").build()))
                        .build(),
                create())) {
            assertThat(room.refusal(change).code()).as("%s", change).isEqualTo("NotOrganizationMasterAccountException");
        }
        as(OTHER);
        assertThat(room.refusal(GetTrailRequest.builder().name(ARN).build()).code())
                .isEqualTo("TrailNotFoundException");
        assertThat(room.refusal(create()).code()).isEqualTo("OrganizationsNotInUseException");
        assertThat(described(true)).isEmpty();
    }

    /** Each account of the organisation has digests of its own, and reads how those stand. */
    @Test
    void status_showsTheDigestsOfTheAccountThatAsks() {
        organization(MEMBER);
        started();
        hour();
        assertThat(as(MANAGEMENT).call(STATUS, GetTrailStatusResponse.class).latestDigestDeliveryTime())
                .isPresent();
        assertThat(as(MEMBER).call(STATUS, GetTrailStatusResponse.class).latestDigestDeliveryTime())
                .as("nothing of the member's was delivered yet")
                .isEmpty();
        hour();
        hour();
        assertThat(as(MEMBER).call(STATUS, GetTrailStatusResponse.class).latestDigestDeliveryTime())
                .isPresent();
    }

    private static final GetTrailStatusRequest STATUS =
            GetTrailStatusRequest.builder().name(ARN).build();

    private void hour() {
        room.deliver(120);
        room.now = room.now.plus(Duration.ofHours(1));
        for (int i = 0; i < 4; i++) {
            room.audit.digests().step(room.now);
        }
    }

    private List<String> described(boolean shadows) {
        return room
                .call(
                        DescribeTrailsRequest.builder()
                                .includeShadowTrails(shadows)
                                .build(),
                        DescribeTrailsResponse.class)
                .trailList()
                .orElseThrow()
                .stream()
                .map(trail -> trail.trailARN().orElseThrow())
                .toList();
    }

    @Test
    void delegates_actForTheManagementAccount() {
        organization(MEMBER, OTHER);
        assertThat(register(MEMBER, MEMBER)).isEqualTo("NotOrganizationManagementAccountException");
        assertThat(register(OPERATOR, MEMBER)).isEqualTo("OrganizationsNotInUseException");
        assertThat(register(MANAGEMENT, MANAGEMENT)).isEqualTo("CannotDelegateManagementAccountException");
        assertThat(register(MANAGEMENT, OPERATOR)).isEqualTo("AccountNotFoundException");
        as(MANAGEMENT)
                .call(
                        RegisterOrganizationDelegatedAdminRequest.builder()
                                .memberAccountId(MEMBER)
                                .build(),
                        RegisterOrganizationDelegatedAdminResponse.class);
        assertThat(register(MANAGEMENT, MEMBER)).isEqualTo("AccountRegisteredException");
        assertThat(as(MEMBER).call(create(), CreateTrailResponse.class).trailARN())
                .contains(ARN);
        room.call(StartLoggingRequest.builder().name(ARN).build(), StartLoggingResponse.class);
        room.kms("CreateKey", false, "k");
        assertThat(folders()).hasSize(1).allMatch(folder -> folder.contains("/" + MEMBER + "/"));
        UpdateTrailRequest plain = UpdateTrailRequest.builder()
                .name(ARN)
                .isOrganizationTrail(false)
                .build();
        assertThat(room.refusal(plain).code()).isEqualTo("NotOrganizationMasterAccountException");
        as(MANAGEMENT)
                .call(
                        DeregisterOrganizationDelegatedAdminRequest.builder()
                                .delegatedAdminAccountId(MEMBER)
                                .build(),
                        DeregisterOrganizationDelegatedAdminResponse.class);
        assertThat(room.refusal(DeregisterOrganizationDelegatedAdminRequest.builder()
                                .delegatedAdminAccountId(MEMBER)
                                .build())
                        .code())
                .isEqualTo("AccountNotRegisteredException");
        assertThat(as(MEMBER)
                        .refusal(StopLoggingRequest.builder().name(ARN).build())
                        .code())
                .isEqualTo("NotOrganizationMasterAccountException");
        assertThat(as(MANAGEMENT).call(plain, UpdateTrailResponse.class).isOrganizationTrail())
                .contains(false);
        assertThat(as(MEMBER)
                        .refusal(GetTrailRequest.builder().name(ARN).build())
                        .code())
                .isEqualTo("TrailNotFoundException");
    }

    private String register(String by, String account) {
        return as(by).refusal(RegisterOrganizationDelegatedAdminRequest.builder()
                        .memberAccountId(account)
                        .build())
                .code();
    }

    @Test
    void administration_isTheOperatorsAndKeepsOrganizationsWhole() {
        organization(MEMBER);
        assertThat(as(MANAGEMENT)
                        .refusal(new OrganizationRows.Describe(Optional.of(MANAGEMENT)))
                        .code())
                .isEqualTo("AccessDeniedException");
        as(OPERATOR);
        for (Object wrong : List.of(
                new OrganizationRows.Create(Optional.of(MEMBER)),
                new OrganizationRows.Create(Optional.of("999999999999")),
                new OrganizationRows.Create(Optional.empty()),
                new OrganizationRows.Add(Optional.of(MANAGEMENT), Optional.of(MEMBER)),
                new OrganizationRows.Add(Optional.of(MEMBER), Optional.of(OTHER)),
                new OrganizationRows.Remove(Optional.of(MANAGEMENT), Optional.of(OTHER)))) {
            assertThat(room.refusal(wrong).code()).as("%s", wrong).isEqualTo("ValidationException");
        }
        started();
        assertThat(as(OPERATOR)
                        .refusal(new OrganizationRows.Delete(Optional.of(MANAGEMENT)))
                        .message())
                .hasValueSatisfying(text -> assertThat(text).contains("has trails"));
        as(MANAGEMENT)
                .call(
                        DeleteTrailRequest.builder().name("all").build(),
                        dev.keytrail.wire.shape.cloudtrail.DeleteTrailResponse.class);
        as(OPERATOR).call(new OrganizationRows.Delete(Optional.of(MANAGEMENT)), OrganizationRows.Shown.class);
        organization(OTHER);
    }
}
