package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.FollowUp;
import dev.keytrail.call.Resource;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.FirstUse;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.Tags;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keys that services keep in an account under {@code alias/aws/...} (kms.md section 17). Such a key comes into being when
 * its alias is first described, or first used by its service. Its policy lets principals of the account use it through
 * that service alone, and lets the account look at it; nobody may change, disable or delete it, for no statement allows
 * it. Thread-safe.
 */
final class ManagedKeys {
    /** The predefined aliases, and the service that uses each. */
    private static final Map<String, String> SERVICES = Map.ofEntries(
            Map.entry("acm", "acm"),
            Map.entry("backup", "backup"),
            Map.entry("codecommit", "codecommit"),
            Map.entry("connect", "connect"),
            Map.entry("dms", "dms"),
            Map.entry("dynamodb", "dynamodb"),
            Map.entry("ebs", "ec2"),
            Map.entry("elasticfilesystem", "elasticfilesystem"),
            Map.entry("es", "es"),
            Map.entry("fsx", "fsx"),
            Map.entry("glue", "glue"),
            Map.entry("kafka", "kafka"),
            Map.entry("kinesis", "kinesis"),
            Map.entry("kinesisvideo", "kinesisvideo"),
            Map.entry("lambda", "lambda"),
            Map.entry("logs", "logs"),
            Map.entry("rds", "rds"),
            Map.entry("redshift", "redshift"),
            Map.entry("s3", "s3"),
            Map.entry("secretsmanager", "secretsmanager"),
            Map.entry("sns", "sns"),
            Map.entry("sqs", "sqs"),
            Map.entry("ssm", "ssm"),
            Map.entry("xray", "xray"));

    private static final String ALIAS_OF_ARN = ":" + Alias.RESERVED_PREFIX;

    private final Materials materials;
    private final Entropy entropy;

    ManagedKeys(Materials materials, Entropy entropy) {
        this.materials = materials;
        this.entropy = entropy;
    }

    /** Finds a key, or makes the one that a predefined alias promises: for whoever looks at it. */
    Named find(Attempt attempt, String given, String action) {
        return promised(attempt, given)
                .map(name -> make(attempt, name))
                .orElseGet(() -> Keyring.find(attempt, given, Accepts.ANY_NAME, action));
    }

    /** The same for who wants to encrypt: only the service itself makes its key so. */
    Named findForService(Attempt attempt, String given, String action) {
        return promised(attempt, given)
                .filter(name -> attempt.call()
                        .caller()
                        .invokedBy()
                        .equals(Optional.of(SERVICES.get(service(name)) + ".amazonaws.com")))
                .map(name -> make(attempt, name))
                .orElseGet(() -> Keyring.find(attempt, given, Accepts.ANY_NAME, action));
    }

    /** The name of a predefined alias of the caller's account and Region that has no key yet. */
    private static Optional<String> promised(Attempt attempt, String given) {
        if (!given.startsWith(Alias.RESERVED_PREFIX) && !given.contains(ALIAS_OF_ARN)) {
            return Optional.empty(); // nearly every call
        }
        Call call = attempt.call();
        Optional<String> account = call.caller().principal().account();
        if (account.isEmpty()) {
            return Optional.empty();
        }
        String name = given.substring(given.indexOf(Alias.RESERVED_PREFIX));
        boolean here = given.equals(name) || given.equals(Alias.arn(account.get(), call.region(), name));
        boolean made = attempt.state()
                .get(Alias.TABLE, Alias.rowKey(account.get(), call.region(), name))
                .isPresent();
        return here && !made && SERVICES.containsKey(service(name)) ? Optional.of(name) : Optional.empty();
    }

    private static String service(String name) {
        return name.substring(Alias.RESERVED_PREFIX.length());
    }

    private Named make(Attempt attempt, String name) {
        Call call = attempt.call();
        Instant now = Times.of(call);
        String account = call.account();
        String id = entropy.uuid();
        Key key = new Key(
                account,
                call.region(),
                id,
                Key.arn(account, call.region(), id),
                now,
                "Default key that protects my " + service(name) + " data when no other key is defined",
                KeySpec.SYMMETRIC_DEFAULT,
                KeyUsage.ENCRYPT_DECRYPT,
                KeyOrigin.AWS_KMS,
                true,
                false,
                KeyState.ENABLED,
                Optional.empty(),
                Optional.empty(),
                policy(account, call.region(), service(name)),
                Tags.NONE,
                List.of(materials.make(account, id, KeySpec.SYMMETRIC_DEFAULT).material()),
                Optional.empty(),
                Optional.empty());
        Alias alias = new Alias(account, call.region(), name, id, now, now);
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.put(Key.TABLE, key.rowKey(), key));
        changes.add(Change.put(Alias.TABLE, alias.rowKey(), alias));
        changes.add(AliasNames.NONE.with(name).of(key));
        changes.addAll(new RotationPlan(RotationPlan.PERIOD_DAYS_DEFAULT, now).set(attempt.state(), key));
        Keyring.note(attempt.notes(), key);
        FollowUp creation = new FollowUp(
                "CreateKey",
                call.region(),
                Optional.empty(),
                Optional.of(Facts.facts().put("keyMetadata", Metadata.shown(key, Optional.empty()))),
                List.of(new Resource(account, Key.RESOURCE_TYPE, key.arn())));
        return new Named(key, Optional.of(name), Optional.of(new FirstUse(changes, creation)));
    }

    private static String policy(String account, String region, String service) {
        String via = SERVICES.get(service) + "." + region + ".amazonaws.com";
        return "{\"Version\":\"2012-10-17\",\"Id\":\"auto-" + service + "-1\",\"Statement\":[{\"Sid\":\"Allow access"
                + " through " + service + " for all principals in the account that are authorized to use " + service
                + "\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"kms:Encrypt\",\"kms:Decrypt\","
                + "\"kms:ReEncrypt*\",\"kms:GenerateDataKey*\",\"kms:CreateGrant\",\"kms:DescribeKey\"],"
                + "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":\"" + account
                + "\",\"kms:ViaService\":\"" + via + "\"}}},{\"Sid\":\"Allow direct access to key metadata to the"
                + " account\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" + account
                + ":root\"},\"Action\":[\"kms:Describe*\",\"kms:Get*\",\"kms:List*\",\"kms:RevokeGrant\"],"
                + "\"Resource\":\"*\"}]}";
    }
}
