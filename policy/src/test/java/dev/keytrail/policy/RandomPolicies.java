package dev.keytrail.policy;

import static dev.keytrail.policy.Given.ACCOUNT;
import static dev.keytrail.policy.Given.ALICE;
import static dev.keytrail.policy.Given.FEDERATED;
import static dev.keytrail.policy.Given.KEY;
import static dev.keytrail.policy.Given.OTHER_ACCOUNT;
import static dev.keytrail.policy.Given.ROLE;
import static dev.keytrail.policy.Given.ROOT;
import static dev.keytrail.policy.Given.STRANGER;

import dev.keytrail.call.Principal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Random policy sets and questions over a small vocabulary, so that things meet often. */
final class RandomPolicies {
    private static final String SERVICE = "cloudtrail.amazonaws.com";
    private static final Principal.RoleSession FOREIGN_SESSION =
            new Principal.RoleSession(OTHER_ACCOUNT, "AROAFOREIGNFOREIGN001", "/", "Far", "job-1");
    private static final List<Principal> CALLERS = List.of(
            ROOT,
            ALICE,
            ALICE,
            ROLE,
            ROLE,
            FEDERATED,
            new Principal.FederatedUser(ACCOUNT, "guest", ROOT),
            STRANGER,
            FOREIGN_SESSION,
            new Principal.Root(OTHER_ACCOUNT),
            new Principal.ServicePrincipal(SERVICE),
            new Principal.Nobody());
    private static final List<String> ACTIONS = List.of("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey");
    private static final List<String> ACTION_PATTERNS = List.of(
            "*", "kms:*", "KMS:encrypt", "kms:Enc*", "kms:?ncrypt", "kms:*crypt", "kms:*Data*", "s3:*", "kms:Decrypt");
    private static final String KEY_ID = KEY.substring(KEY.indexOf('/') + 1);
    private static final List<String> RESOURCES =
            List.of(KEY, KEY, KEY, "*", "arn:aws:kms:us-east-1:" + ACCOUNT + ":alias/alice");
    private static final List<String> RESOURCE_PATTERNS = List.of(
            "*",
            "*",
            "*",
            KEY,
            "arn:aws:kms:*:" + ACCOUNT + ":key/*",
            "arn:aws:kms:us-east-1:*:key/1234????-*",
            "arn:aws:kms",
            "arn:aws:*:key/*",
            "arn:*:kms:*:" + ACCOUNT + ":*",
            "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*",
            "arn:aws:kms:us-*:" + ACCOUNT + ":alias/${aws:username}",
            "arn:aws:kms:*:*:key/${aws:PrincipalTag/none, '" + KEY_ID + "'}",
            "arn:aws:kms:*:*:key/${kms:Text}*");
    private static final List<String> PRINCIPALS = List.of(
            "*",
            ACCOUNT,
            "arn:aws:iam::" + ACCOUNT + ":root",
            OTHER_ACCOUNT,
            ALICE.arn(),
            ALICE.id(),
            ROLE.roleArn(),
            ROLE.roleId(),
            ROLE.arn(),
            FEDERATED.arn(),
            STRANGER.arn(),
            FOREIGN_SESSION.arn(),
            "arn:aws:iam::" + ACCOUNT + ":user/else");

    /** Condition keys of each type, with values that may be met and wanted. */
    private static final Map<String, List<String>> WANTED = Map.of(
            "kms:Text",
                    List.of(
                            "a",
                            "A",
                            "ab",
                            "a*",
                            "?b",
                            "*",
                            "${aws:username}",
                            "${*}",
                            "x${aws:none, 'b'}",
                            "${kms:Tags}"),
            "kms:Number", List.of("5", "5.0", "-1", "7"),
            "aws:CurrentTime", List.of("2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "1767225600"),
            "aws:SourceIp", List.of("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "10.1.2.0/31"),
            "aws:PrincipalArn", List.of(ALICE.arn(), "arn:aws:iam::*:role/*", "arn:*:*:*:" + ACCOUNT + ":*", "*"),
            "aws:MultiFactorAuthPresent", List.of("true", "false"),
            "kms:Bytes", List.of("AAEC", "AAED", ""),
            "kms:Tags", List.of("a", "b", "c*"));

    private static final Map<String, List<String>> ACTUAL = Map.of(
            "kms:Text", List.of("a", "A", "ab", "alice", "*", "xb"),
            "kms:Number", List.of("5", "4.99", "1e1", "many"),
            "aws:CurrentTime", List.of("2026-01-01T00:00:00Z", "2026-03-01T00:00:00.5Z", "1767225600", "soon"),
            "aws:SourceIp", List.of("10.1.2.3", "10.1.2.1", "11.0.0.1", "2001:db8::1", "there"),
            "aws:PrincipalArn", List.of(ALICE.arn(), ROLE.roleArn(), "none"),
            "aws:MultiFactorAuthPresent", List.of("true", "false", "TRUE"),
            "kms:Bytes", List.of("AAEC", "AAED", "!"),
            "kms:Tags", List.of("a", "b", "cd"));
    private static final Map<String, List<String>> OPERATORS = Map.of(
            "kms:Text",
                    List.of(
                            "StringEquals",
                            "StringNotEquals",
                            "StringEqualsIgnoreCase",
                            "StringNotEqualsIgnoreCase",
                            "StringLike",
                            "StringNotLike",
                            "Null"),
            "kms:Number", numbers("Numeric"),
            "aws:CurrentTime", numbers("Date"),
            "aws:SourceIp", List.of("IpAddress", "NotIpAddress"),
            "aws:PrincipalArn", List.of("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
            "aws:MultiFactorAuthPresent", List.of("Bool", "Null"),
            "kms:Bytes", List.of("BinaryEquals"),
            "kms:Tags",
                    List.of(
                            "ForAnyValue:StringEquals",
                            "ForAllValues:StringEquals",
                            "ForAnyValue:StringNotEquals",
                            "ForAllValues:StringNotLike",
                            "ForAllValues:StringLike",
                            "StringEquals",
                            "StringNotEquals"));
    private static final List<String> KEYS = List.copyOf(new java.util.TreeSet<>(WANTED.keySet()));

    private final Random random;

    RandomPolicies(Random random) {
        this.random = random;
    }

    private static List<String> numbers(String family) {
        return List.of("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals").stream()
                .map(o -> family + o)
                .toList();
    }

    NaiveEvaluator.Question question() {
        boolean sessions = random.nextInt(4) == 0;
        return new NaiveEvaluator.Question(
                pick(CALLERS),
                pick(ACTIONS),
                pick(RESOURCES),
                ACCOUNT,
                context(),
                pick(List.of(Access.Rules.KEY, Access.Rules.KEY, Access.Rules.STANDARD, Access.Rules.IDENTITY_ONLY)),
                policies(3),
                random.nextInt(4) == 0 ? Optional.of(policy(false)) : Optional.empty(),
                sessions ? Optional.of(policies(2)) : Optional.empty(),
                random.nextInt(5) == 0 ? policies(2) : List.of(),
                random.nextInt(8) == 0 ? Optional.empty() : Optional.of(policy(true)),
                random.nextInt(10) == 0);
    }

    private Map<String, List<String>> context() {
        Map<String, List<String>> context = new LinkedHashMap<>();
        for (String key : KEYS) {
            if (random.nextInt(3) > 0) {
                int count = key.equals("kms:Tags") ? random.nextInt(3) : 1;
                List<String> values = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    values.add(pick(ACTUAL.get(key)));
                }
                context.put(key.toLowerCase(Locale.ROOT), values);
            }
        }
        if (random.nextBoolean()) {
            context.put("aws:username", List.of(pick(List.of("alice", "*", "a"))));
        }
        if (random.nextBoolean()) {
            context.put("aws:principalaccount", List.of(ACCOUNT));
        }
        return context;
    }

    private List<Map<String, Object>> policies(int max) {
        List<Map<String, Object>> policies = new ArrayList<>();
        int count = random.nextInt(max + 1);
        for (int i = 0; i < count; i++) {
            policies.add(policy(false));
        }
        return policies;
    }

    private Map<String, Object> policy(boolean ofResource) {
        Map<String, Object> policy = new LinkedHashMap<>();
        int version = random.nextInt(5);
        if (version > 0) {
            policy.put("Version", version == 1 ? "2008-10-17" : "2012-10-17");
        }
        List<Object> statements = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            statements.add(statement(ofResource));
        }
        policy.put("Statement", count == 1 && random.nextBoolean() ? statements.getFirst() : statements);
        return policy;
    }

    private Map<String, Object> statement(boolean ofResource) {
        Map<String, Object> statement = new LinkedHashMap<>();
        statement.put("Effect", random.nextInt(6) == 0 ? "Deny" : "Allow");
        if (ofResource) {
            statement.put(random.nextInt(8) == 0 ? "NotPrincipal" : "Principal", principal());
        }
        boolean inert = ofResource && random.nextInt(20) == 0;
        if (!inert) {
            statement.put(random.nextInt(8) == 0 ? "NotAction" : "Action", some(ACTION_PATTERNS));
            statement.put(random.nextInt(8) == 0 ? "NotResource" : "Resource", some(RESOURCE_PATTERNS));
        }
        if (random.nextInt(3) == 0) {
            statement.put("Condition", condition());
        }
        return statement;
    }

    private Object principal() {
        if (random.nextInt(8) == 0) {
            return "*";
        }
        Map<String, Object> types = new LinkedHashMap<>();
        if (random.nextInt(6) == 0) {
            types.put("Service", SERVICE);
        }
        if (types.isEmpty() || random.nextBoolean()) {
            types.put("AWS", some(PRINCIPALS));
        }
        return types;
    }

    private Map<String, Object> condition() {
        Map<String, Object> condition = new LinkedHashMap<>();
        int count = 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            String key = pick(KEYS);
            String operator = pick(OPERATORS.get(key));
            boolean isNull = operator.equals("Null");
            String suffix = !isNull && random.nextInt(4) == 0 ? "IfExists" : "";
            String name = random.nextBoolean() ? key : key.toUpperCase(Locale.ROOT);
            condition.put(
                    operator + suffix,
                    Map.of(name, isNull ? Boolean.toString(random.nextBoolean()) : some(WANTED.get(key))));
        }
        return condition;
    }

    private Object some(List<String> from) {
        if (random.nextInt(3) > 0) {
            return pick(from);
        }
        List<String> values = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            values.add(pick(from));
        }
        return values;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** Our own writer: the parser under test must not be fed by its like. */
    static String json(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(e -> json(e.getKey()) + ":" + json(e.getValue()))
                        .collect(java.util.stream.Collectors.joining(",", "{", "}"));
            case List<?> list ->
                list.stream().map(RandomPolicies::json).collect(java.util.stream.Collectors.joining(",", "[", "]"));
            default -> "\"" + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
        };
    }
}
