package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManagedPoliciesTest {
    private static final String TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/t";

    @ParameterizedTest
    @CsvSource({
        "AdministratorAccess, kms:ScheduleKeyDeletion, *, true",
        "AdministratorAccess, cloudtrail:StopLogging, *, true",
        "ReadOnlyAccess, kms:DescribeKey, *, true",
        "ReadOnlyAccess, cloudtrail:LookupEvents, *, true",
        "ReadOnlyAccess, kms:Decrypt, *, false",
        "ReadOnlyAccess, cloudtrail:StopLogging, *, false",
        "ReadOnlyAccess, sts:AssumeRole, *, false",
        "SignInLocalDevelopmentAccess, signin:CreateOAuth2Token,"
                + " arn:aws:signin:us-east-1:111122223333:oauth2/public-client/localhost, true",
        "SignInLocalDevelopmentAccess, kms:ListKeys, *, false",
        "IAMUserChangePassword, iam:ChangePassword, arn:aws:iam::111122223333:user/somebody-else, false",
        "AWSKeyManagementServicePowerUser, kms:CreateKey, *, true",
        "AWSKeyManagementServicePowerUser, kms:Encrypt, *, false",
        "AWSKeyManagementServicePowerUser, kms:ScheduleKeyDeletion, *, false",
        "AWSCloudTrail_FullAccess, cloudtrail:DeleteTrail, " + TRAIL + ", true",
        "AWSCloudTrail_FullAccess, s3:CreateBucket, arn:aws:s3:::aws-cloudtrail-logs-1, true",
        "AWSCloudTrail_FullAccess, s3:CreateBucket, arn:aws:s3:::else, false",
        "AWSCloudTrail_FullAccess, s3:GetObject, arn:aws:s3:::aws-cloudtrail-logs-1/x, false",
        "AWSCloudTrail_FullAccess, kms:Decrypt, *, false",
        "AWSCloudTrail_FullAccess, iam:PassRole, arn:aws:iam::111122223333:role/r, false",
        "AWSCloudTrail_ReadOnlyAccess, cloudtrail:GetTrailStatus, " + TRAIL + ", true",
        "AWSCloudTrail_ReadOnlyAccess, cloudtrail:StopLogging, " + TRAIL + ", false",
        "SecurityAudit, iam:GetAccountAuthorizationDetails, *, true",
        "SecurityAudit, kms:GetKeyPolicy, *, true",
        "SecurityAudit, s3:GetObject, arn:aws:s3:::b/k, false",
        "SecurityAudit, iam:CreateUser, *, false"
    })
    void byArn_row_meansWhatAwsMeans(String name, String action, String resource, boolean allowed) {
        ManagedPolicies.Managed managed =
                ManagedPolicies.byArn("arn:aws:iam::aws:policy/" + name).orElseThrow();
        Decision decision = Given.caller(Given.ALICE)
                .rules(Access.Rules.IDENTITY_ONLY)
                .action(action)
                .resource(resource)
                .identity(new NamedPolicy(managed.arn(), managed.policy()))
                .decision();
        assertThat(decision.allowed()).as(decision.trace().toString()).isEqualTo(allowed);
    }

    @Test
    void byArn_unknown_isEmpty() {
        assertThat(ManagedPolicies.byArn("arn:aws:iam::aws:policy/Else")).isEmpty();
        assertThat(ManagedPolicies.all()).hasSize(8);
    }
}
