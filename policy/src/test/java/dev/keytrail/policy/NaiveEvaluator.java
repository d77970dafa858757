package dev.keytrail.policy;

import dev.keytrail.call.Principal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A second evaluator, written from the reference alone (identity.md sections 5 and 6, kms.md section 15): it reads the
 * document as maps and lists, matches with regular expressions and looks at everything every time. Slow, and shares no
 * code with the real one.
 */
final class NaiveEvaluator {
    /** One question with the documents that bear on it, as plain JSON values. */
    record Question(
            Principal caller,
            String action,
            String resource,
            String resourceAccount,
            Map<String, List<String>> context,
            Access.Rules rules,
            List<Map<String, Object>> identity,
            Optional<Map<String, Object>> boundary,
            Optional<List<Map<String, Object>>> session,
            List<Map<String, Object>> guardrails,
            Optional<Map<String, Object>> resourcePolicy,
            boolean grant) {}

    private final Question q;

    private NaiveEvaluator(Question q) {
        this.q = q;
    }

    private static boolean deniesOnly(Map<String, Object> policy) {
        return statements(policy).stream().allMatch(s -> s.get("Effect").equals("Deny"));
    }

    /** The reason clause; empty when allowed. */
    static String decide(Question q) {
        return new NaiveEvaluator(q).decide();
    }

    private String decide() {
        boolean person = q.caller().account().isPresent();
        boolean bound = person
                && !(q.caller() instanceof Principal.Root)
                && !(q.caller() instanceof Principal.FederatedUser f && f.issuer() instanceof Principal.Root);
        List<Map<String, Object>> identity = bound ? q.identity() : List.of();
        List<Map<String, Object>> boundary = bound ? q.boundary().stream().toList() : List.of();
        List<Map<String, Object>> session = person ? q.session().orElse(List.of()) : List.of();
        List<Map<String, Object>> guardrails = person ? q.guardrails() : List.of();

        if (guardrails.stream().anyMatch(p -> has(p, "Deny"))) {
            return "with an explicit deny in a service control policy";
        }
        if (identity.stream().anyMatch(p -> has(p, "Deny"))) {
            return "with an explicit deny in an identity-based policy";
        }
        if (boundary.stream().anyMatch(p -> has(p, "Deny"))) {
            return "with an explicit deny in a permissions boundary";
        }
        if (session.stream().anyMatch(p -> has(p, "Deny"))) {
            return "with an explicit deny in a session policy";
        }
        if (q.resourcePolicy().stream().anyMatch(p -> !ways(p, "Deny").isEmpty())) {
            return "with an explicit deny in a resource-based policy";
        }
        if (!guardrails.stream().allMatch(p -> deniesOnly(p) || has(p, "Allow"))) {
            return missing("service control policy");
        }
        List<String> ways =
                q.rules() == Access.Rules.IDENTITY_ONLY || q.resourcePolicy().isEmpty()
                        ? List.of()
                        : ways(q.resourcePolicy().get(), "Allow");
        boolean grant = q.grant() && q.rules() == Access.Rules.KEY;
        if (!person) {
            if (q.rules() == Access.Rules.IDENTITY_ONLY) {
                return missing("identity-based policy");
            }
            boolean in = q.caller() instanceof Principal.ServicePrincipal && (grant || !ways.isEmpty());
            return in ? "" : missing("resource-based policy");
        }
        boolean identityAllows = !bound || identity.stream().anyMatch(p -> has(p, "Allow"));
        boolean boundaryAllows = boundary.isEmpty() || has(boundary.getFirst(), "Allow");
        boolean sessionAllows = q.session().isEmpty() || session.stream().anyMatch(p -> has(p, "Allow"));
        boolean sameAccount = q.caller().account().get().equals(q.resourceAccount());
        boolean root = q.caller() instanceof Principal.Root;
        boolean named = ways.contains("self") || ways.contains("session") || (root && ways.contains("account"));

        if (sameAccount && ways.contains("session")) {
            return "";
        }
        String rest =
                !boundaryAllows ? missing("permissions boundary") : !sessionAllows ? missing("session policy") : "";
        if (q.rules() == Access.Rules.KEY) {
            if (!grant && ways.isEmpty()) {
                return missing("resource-based policy");
            }
            boolean needsIdentity = !grant && (!sameAccount || !named);
            return needsIdentity && !identityAllows ? missing("identity-based policy") : rest;
        }
        if (sameAccount) {
            return named || identityAllows ? rest : missing("identity-based policy");
        }
        if (ways.isEmpty()) {
            return missing("resource-based policy");
        }
        return identityAllows ? rest : missing("identity-based policy");
    }

    private String missing(String what) {
        return "because no " + what + " allows the " + q.action() + " action";
    }

    private boolean has(Map<String, Object> policy, String effect) {
        return statements(policy).stream().anyMatch(s -> s.get("Effect").equals(effect) && matches(s, policy));
    }

    /** How statements of that effect name the caller: account, self, session. */
    private List<String> ways(Map<String, Object> policy, String effect) {
        List<String> ways = new ArrayList<>();
        for (Map<String, Object> s : statements(policy)) {
            if (!s.get("Effect").equals(effect) || !matches(s, policy)) {
                continue;
            }
            if (s.containsKey("Principal")) {
                boolean nobody = q.caller() instanceof Principal.Nobody;
                ways.addAll(effect.equals("Allow") && nobody ? List.of() : naming(s.get("Principal")));
            } else if (effect.equals("Allow")) {
                if (naming(s.get("NotPrincipal")).isEmpty() && !(q.caller() instanceof Principal.Nobody)) {
                    ways.add("self");
                }
            } else if (!spared(s.get("NotPrincipal"))) {
                ways.add("self");
            }
        }
        return ways;
    }

    private List<String> naming(Object principal) {
        List<String> ways = new ArrayList<>();
        List<String> aws = aws(principal);
        if (aws.contains("*")) {
            ways.add("self");
        }
        if (q.caller() instanceof Principal.ServicePrincipal service
                && principal instanceof Map<?, ?> types
                && list(types.get("Service")).contains(service.name())) {
            ways.add("self");
        }
        q.caller().account().ifPresent(account -> {
            if (aws.contains(account) || aws.contains("arn:aws:iam::" + account + ":root")) {
                ways.add("account");
            }
        });
        if (aws.stream().anyMatch(own()::contains)) {
            ways.add("self");
        }
        if (aws.stream().anyMatch(ofSession()::contains)) {
            ways.add("session");
        }
        return ways;
    }

    private boolean spared(Object notPrincipal) {
        List<String> aws = aws(notPrincipal);
        if (aws.contains("*")) {
            return true;
        }
        if (q.caller().account().isEmpty()) {
            return !naming(notPrincipal).isEmpty();
        }
        boolean account = naming(notPrincipal).contains("account");
        return switch (q.caller()) {
            case Principal.Root _ -> account;
            case Principal.User _ -> account && aws.stream().anyMatch(own()::contains);
            case Principal.RoleSession _ ->
                account
                        && aws.stream().anyMatch(own()::contains)
                        && aws.stream().anyMatch(ofSession()::contains);
            case Principal.FederatedUser _ -> account && aws.stream().anyMatch(ofSession()::contains);
            case Principal.ProviderUser _, Principal.Claimed _, Principal.ServicePrincipal _, Principal.Nobody _ ->
                false;
        };
    }

    private List<String> own() {
        return switch (q.caller()) {
            case Principal.User u -> List.of(u.arn(), u.id());
            case Principal.RoleSession r -> List.of(r.roleArn(), r.roleId());
            case Principal.FederatedUser f when f.issuer() instanceof Principal.User u -> List.of(u.arn(), u.id());
            case Principal.FederatedUser _,
                    Principal.ProviderUser _,
                    Principal.Claimed _,
                    Principal.Root _,
                    Principal.ServicePrincipal _,
                    Principal.Nobody _ -> List.of();
        };
    }

    private List<String> ofSession() {
        return q.caller() instanceof Principal.RoleSession || q.caller() instanceof Principal.FederatedUser
                ? List.of(q.caller().arn(), q.caller().id())
                : List.of();
    }

    private static List<String> aws(Object principal) {
        if (principal.equals("*")) {
            return List.of("*");
        }
        Object aws = ((Map<?, ?>) principal).get("AWS");
        return aws == null ? List.of() : list(aws);
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> statements(Map<String, Object> policy) {
        return policy.get("Statement") instanceof List<?> list
                ? (List<Map<String, Object>>) list
                : List.of((Map<String, Object>) policy.get("Statement"));
    }

    private static List<String> list(Object value) {
        if (value == null) {
            return List.of();
        }
        return value instanceof List<?> list
                ? list.stream().map(Object::toString).toList()
                : List.of(value.toString());
    }

    private boolean matches(Map<String, Object> s, Map<String, Object> policy) {
        boolean variables = "2012-10-17".equals(policy.get("Version"));
        boolean action = s.containsKey("Action")
                ? list(s.get("Action")).stream().anyMatch(this::isAction)
                : s.containsKey("NotAction")
                        && list(s.get("NotAction")).stream().noneMatch(this::isAction);
        boolean resource = s.containsKey("Resource")
                ? list(s.get("Resource")).stream().anyMatch(r -> isArn(r, q.resource(), variables))
                : s.containsKey("NotResource")
                        && list(s.get("NotResource")).stream().noneMatch(r -> isArn(r, q.resource(), variables));
        return action && resource && conditions(s.get("Condition"), variables);
    }

    private boolean isAction(String pattern) {
        return regex(units(pattern.toLowerCase(Locale.ROOT), true, false).orElseThrow(), ".*")
                .matcher(q.action().toLowerCase(Locale.ROOT))
                .matches();
    }

    /** A pattern's units: single literal characters as they are, wildcards marked, variables as marked literals. */
    private Optional<List<String>> units(String text, boolean wild, boolean variables) {
        List<String> units = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            if (variables && text.startsWith("${", i)) {
                int end = text.indexOf('}', i);
                String inner = text.substring(i + 2, end);
                Optional<String> value = variable(inner);
                if (value.isEmpty()) {
                    return Optional.empty();
                }
                value.get().chars().forEach(c -> units.add("v" + (char) c));
                i = end;
            } else {
                String unit = text.substring(i, i + 1);
                units.add(wild && unit.equals("*") ? "STAR" : wild && unit.equals("?") ? "ANY" : unit);
            }
        }
        return Optional.of(units);
    }

    private Optional<String> variable(String inner) {
        if (List.of("*", "?", "$").contains(inner)) {
            return Optional.of(inner);
        }
        String[] parts = inner.split(",", 2);
        List<String> values = q.context().getOrDefault(parts[0].strip().toLowerCase(Locale.ROOT), List.of());
        if (values.size() == 1) {
            return Optional.of(values.getFirst());
        }
        if (values.isEmpty() && parts.length == 2) {
            String quoted = parts[1].strip();
            return Optional.of(quoted.substring(1, quoted.length() - 1));
        }
        return Optional.empty();
    }

    private static Pattern regex(List<String> units, String star) {
        StringBuilder regex = new StringBuilder();
        for (String unit : units) {
            regex.append(
                    switch (unit) {
                        case "STAR" -> star;
                        case "ANY" -> ".";
                        default -> escaped(unit.charAt(unit.length() - 1));
                    });
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    private static String escaped(char c) {
        return Character.isLetterOrDigit(c) ? String.valueOf(c) : "\\" + c;
    }

    private boolean isArn(String pattern, String arn, boolean variables) {
        if (pattern.equals("*")) {
            return true;
        }
        Optional<List<String>> units = units(pattern, true, variables);
        String[] parts = arn.split(":", 6);
        if (units.isEmpty() && !pattern.contains("${")) {
            throw new IllegalStateException(pattern);
        }
        if (units.isEmpty() || parts.length < 6) {
            return false;
        }
        List<List<String>> patterns = new ArrayList<>(List.of(new ArrayList<>()));
        for (String unit : units.get()) {
            if (unit.equals(":") && patterns.size() < 6) {
                patterns.add(new ArrayList<>());
            } else {
                patterns.getLast().add(unit);
            }
        }
        while (patterns.size() < 6) {
            patterns.add(List.of("STAR"));
        }
        for (int i = 0; i < 6; i++) {
            if (!regex(patterns.get(i), ".*").matcher(parts[i]).matches()) {
                return false;
            }
        }
        return true;
    }

    private boolean conditions(Object condition, boolean variables) {
        if (condition == null) {
            return true;
        }
        for (Map.Entry<?, ?> operator : ((Map<?, ?>) condition).entrySet()) {
            for (Map.Entry<?, ?> key : ((Map<?, ?>) operator.getValue()).entrySet()) {
                if (!holds((String) operator.getKey(), (String) key.getKey(), list(key.getValue()), variables)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean holds(String operator, String key, List<String> wanted, boolean variables) {
        List<String> actual = q.context().getOrDefault(key.toLowerCase(Locale.ROOT), List.of());
        if (operator.equals("Null")) {
            return wanted.contains(Boolean.toString(actual.isEmpty()));
        }
        if (operator.endsWith("IfExists")) {
            return actual.isEmpty()
                    || holds(operator.substring(0, operator.length() - "IfExists".length()), key, wanted, variables);
        }
        if (operator.startsWith("ForAllValues:")) {
            String single = operator.substring("ForAllValues:".length());
            return actual.stream().allMatch(a -> one(single, a, wanted, variables));
        }
        if (operator.startsWith("ForAnyValue:")) {
            String single = operator.substring("ForAnyValue:".length());
            return actual.stream().anyMatch(a -> one(single, a, wanted, variables));
        }
        if (operator.contains("Not")) {
            return actual.stream().allMatch(a -> one(operator, a, wanted, variables));
        }
        return actual.stream().anyMatch(a -> one(operator, a, wanted, variables));
    }

    private boolean one(String operator, String actual, List<String> wanted, boolean variables) {
        return operator.contains("Not")
                ? wanted.stream().noneMatch(w -> pair(operator.replace("Not", ""), actual, w, variables))
                : wanted.stream().anyMatch(w -> pair(operator, actual, w, variables));
    }

    private boolean pair(String operator, String actual, String wanted, boolean variables) {
        if (operator.startsWith("Numeric")) {
            Optional<Double> a = attempt(() -> Double.valueOf(actual));
            return a.isPresent() && ordered(operator, Double.compare(a.get(), Double.parseDouble(wanted)));
        }
        if (operator.startsWith("Date")) {
            Optional<Instant> a = attempt(() -> instant(actual));
            return a.isPresent() && ordered(operator, a.get().compareTo(instant(wanted)));
        }
        return switch (operator) {
            case "StringEquals" ->
                text(wanted, variables).filter(actual::equals).isPresent();
            case "StringEqualsIgnoreCase" ->
                text(wanted, variables).filter(actual::equalsIgnoreCase).isPresent();
            case "StringLike" ->
                units(wanted, true, variables)
                        .filter(u -> regex(u, ".*").matcher(actual).matches())
                        .isPresent();
            case "ArnEquals", "ArnLike" -> isArn(wanted, actual, variables);
            case "Bool" -> actual.equalsIgnoreCase(wanted);
            case "BinaryEquals" ->
                attempt(() -> new BigInteger(1, Base64.getDecoder().decode(actual)))
                        .equals(Optional.of(
                                new BigInteger(1, Base64.getDecoder().decode(wanted))));
            case "IpAddress" -> inRange(actual, wanted);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private Optional<String> text(String wanted, boolean variables) {
        return units(wanted, false, variables)
                .map(units -> String.join(
                        "", units.stream().map(u -> u.substring(u.length() - 1)).toList()));
    }

    private static boolean ordered(String operator, int order) {
        return switch (operator.replaceFirst("Numeric|Date", "")) {
            case "Equals" -> order == 0;
            case "LessThan" -> order < 0;
            case "LessThanEquals" -> order <= 0;
            case "GreaterThan" -> order > 0;
            case "GreaterThanEquals" -> order >= 0;
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static Instant instant(String text) {
        return text.contains("T") ? Instant.parse(text) : Instant.ofEpochSecond(Long.parseLong(text));
    }

    private static boolean inRange(String actual, String range) {
        String[] parts = range.split("/", 2);
        Optional<byte[]> a = attempt(() -> InetAddress.ofLiteral(actual).getAddress());
        byte[] network = InetAddress.ofLiteral(parts[0]).getAddress();
        if (a.isEmpty() || a.get().length != network.length) {
            return false;
        }
        int bits = 8 * network.length;
        int away = bits - (parts.length == 2 ? Integer.parseInt(parts[1]) : bits);
        return new BigInteger(1, a.get()).shiftRight(away).equals(new BigInteger(1, network).shiftRight(away));
    }

    private interface Attempt<T> {
        T make();
    }

    private static <T> Optional<T> attempt(Attempt<T> attempt) {
        try {
            return Optional.of(attempt.make());
        } catch (RuntimeException _) {
            return Optional.empty();
        }
    }
}
