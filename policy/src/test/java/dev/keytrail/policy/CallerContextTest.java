package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallerContextTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.250Z");
    private static final Origin ORIGIN =
            new Origin("203.0.113.9", Optional.of("cli/2"), "kms.local", Optional.of(new Origin.Tls("TLSv1.3", "x")));

    private static ConditionContext context(String who) {
        Session session = Session.of(NOW.minusSeconds(90), NOW.plusSeconds(900))
                .withMfa(true)
                .withSourceIdentity(Optional.of("sara"))
                .withTags(Map.of("Team", "red"), List.of());
        Caller caller = switch (who) {
            case "root" -> Caller.of(Given.ROOT, "AKIA");
            case "user" -> Caller.of(Given.ALICE, "AKIA");
            case "session" -> new Caller(Given.ROLE, Optional.of("ASIA"), Optional.of(session), Optional.empty());
            case "federated" ->
                new Caller(Given.FEDERATED, Optional.of("ASIA"), Optional.of(session), Optional.empty());
            case "via" ->
                new Caller(Given.ALICE, Optional.of("AKIA"), Optional.empty(), Optional.of("s3.amazonaws.com"));
            case "service" -> Caller.service("cloudtrail.amazonaws.com");
            case "nobody" -> Caller.NOBODY;
            default -> throw new IllegalArgumentException(who);
        };
        Origin origin =
                caller.principal() instanceof Principal.ServicePrincipal(String name) ? Origin.service(name) : ORIGIN;
        return CallerContext.of(new Call("r", NOW, Service.KMS, "Encrypt", "eu-west-1", caller, origin))
                .build();
    }

    @Test
    void throughAnEndpoint_theAddressIsOneOfItsVpc() {
        Origin inside = new Origin(
                "10.0.0.7",
                Optional.empty(),
                "h",
                Optional.empty(),
                Optional.of(new Origin.Endpoint("vpce-12345678", "444455556666", "vpc-12345678")));
        Caller caller = Caller.of(Given.ALICE, "AKIA");
        ConditionContext direct = CallerContext.of(
                        new Call("r", NOW, Service.KMS, "Encrypt", "eu-west-1", caller, inside))
                .build();
        assertThat(direct.get("aws:SourceIp")).isEmpty();
        assertThat(direct.get("aws:VpcSourceIp")).contains(List.of("10.0.0.7"));
        assertThat(direct.get("aws:SourceVpce")).contains(List.of("vpce-12345678"));
        assertThat(direct.get("aws:SourceVpc")).contains(List.of("vpc-12345678"));
        assertThat(direct.get("aws:VpceAccount")).contains(List.of("444455556666"));
        Caller passedOn =
                new Caller(Given.ALICE, Optional.of("AKIA"), Optional.empty(), Optional.of("s3.amazonaws.com"));
        ConditionContext via = CallerContext.of(
                        new Call("r", NOW, Service.KMS, "Encrypt", "eu-west-1", passedOn, inside))
                .build();
        for (String key : List.of("aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:VpceAccount")) {
            assertThat(via.get(key)).as(key).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "root, aws:PrincipalArn, arn:aws:iam::111122223333:root",
        "root, aws:PrincipalType, Account",
        "root, aws:userid, 111122223333",
        "root, aws:username, -",
        "user, aws:PrincipalArn, arn:aws:iam::111122223333:user/team/alice",
        "user, aws:PrincipalAccount, 111122223333",
        "user, aws:PrincipalType, User",
        "user, aws:userid, AIDAALICEALICEALICE01",
        "user, aws:username, alice",
        "user, AWS:UserName, alice",
        "user, aws:PrincipalIsAWSService, false",
        "user, aws:PrincipalServiceName, -",
        "user, aws:SourceIp, 203.0.113.9",
        "user, aws:SecureTransport, true",
        "user, aws:UserAgent, cli/2",
        "user, aws:CurrentTime, 2026-03-01T12:00:00.250Z",
        "user, aws:EpochTime, 1772366400",
        "user, aws:RequestedRegion, eu-west-1",
        "user, aws:TokenIssueTime, -",
        "user, aws:MultiFactorAuthPresent, -",
        "user, aws:ViaAWSService, false",
        "user, aws:CalledVia, -",
        "user, aws:SourceIdentity, -",
        "user, aws:Else, -",
        "session, aws:PrincipalArn, arn:aws:iam::111122223333:role/app/Worker",
        "session, aws:PrincipalType, AssumedRole",
        "session, aws:userid, AROAROLEROLEROLEROL01:job-7",
        "session, aws:username, -",
        "session, aws:TokenIssueTime, 2026-03-01T11:58:30.250Z",
        "session, aws:MultiFactorAuthPresent, true",
        "session, aws:MultiFactorAuthAge, 90",
        "session, aws:SourceIdentity, sara",
        "session, aws:PrincipalTag/team, red",
        "session, aws:PrincipalTag/else, -",
        "federated, aws:PrincipalArn, arn:aws:sts::111122223333:federated-user/guest",
        "federated, aws:PrincipalType, FederatedUser",
        "via, aws:SourceIp, -",
        "via, aws:ViaAWSService, true",
        "via, aws:CalledVia, s3.amazonaws.com",
        "via, aws:CalledViaFirst, s3.amazonaws.com",
        "via, aws:CalledViaLast, s3.amazonaws.com",
        "service, aws:PrincipalIsAWSService, true",
        "service, aws:PrincipalServiceName, cloudtrail.amazonaws.com",
        "service, aws:PrincipalArn, -",
        "service, aws:PrincipalAccount, -",
        "service, aws:SourceIp, -",
        "service, aws:SecureTransport, true",
        "service, aws:ViaAWSService, false",
        "nobody, aws:PrincipalType, Anonymous",
        "nobody, aws:userid, anonymous"
    })
    void get_row_isAsTheReferenceSays(String who, String key, String expected) {
        assertThat(context(who).get(key))
                .isEqualTo(expected.equals("-") ? Optional.empty() : Optional.of(List.of(expected)));
    }

    @Test
    void put_sameKey_winsOverTheCallersAndOverEarlier() {
        ConditionContext first =
                context("user").toBuilder().put("AWS:sourceip", "x").build();
        ConditionContext second = first.toBuilder()
                .put("aws:SourceIp", "y")
                .put("n", 1)
                .put("b", true)
                .build();
        assertThat(first.get("aws:SourceIp")).contains(List.of("x"));
        assertThat(first.get("n")).isEmpty();
        assertThat(second.get("aws:SourceIp")).contains(List.of("y"));
        assertThat(second.get("N")).contains(List.of("1"));
        assertThat(second.get("b")).contains(List.of("true"));
    }

    @Test
    void build_twiceFromOneBuilder_keepsEachAsItWas() {
        ConditionContext.Builder builder = ConditionContext.builder();
        for (int i = 0; i < 40; i++) {
            builder.put("k" + i, i);
        }
        ConditionContext first = builder.build();
        ConditionContext second = builder.put("k0", "other")
                .putAll("list", Arrays.asList("a", "b"))
                .build();
        assertThat(first.get("k0")).contains(List.of("0"));
        assertThat(first.get("k39")).contains(List.of("39"));
        assertThat(first.get("list")).isEmpty();
        assertThat(second.get("k0")).contains(List.of("other"));
        assertThat(second.get("list")).contains(List.of("a", "b"));
    }
}
