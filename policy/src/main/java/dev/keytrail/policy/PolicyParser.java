package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a document against the grammar of its kind (identity.md section 5) and compiles it. Nothing unknown is passed
 * over: an element that is not understood might have been a Deny. One document, one parser.
 */
final class PolicyParser {
    private static final String VARIABLES_SINCE = "2012-10-17";
    private static final Set<String> VERSIONS = Set.of(VARIABLES_SINCE, "2008-10-17");
    private static final Set<String> DOCUMENT = Set.of("Version", "Id", "Statement");
    private static final Set<String> STATEMENT = Set.of(
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition");
    private static final Pattern SID = Pattern.compile("[0-9A-Za-z]*");
    private static final Pattern VENDOR = Pattern.compile("[0-9A-Za-z-]+");

    private final Policy.Kind kind;
    private final Set<String> principals = new HashSet<>();
    private boolean variables;

    PolicyParser(Policy.Kind kind) {
        this.kind = kind;
    }

    Policy parse(String text) {
        if (!(Json.read(text) instanceof Json.Obj(Map<String, Json> members))) {
            throw new MalformedPolicy("Syntax errors in policy: the document is not a JSON object.");
        }
        refuseUnknown(members, DOCUMENT, "the policy");
        String version = optionalText(members, "Version").orElse("2008-10-17");
        if (!VERSIONS.contains(version)) {
            throw new MalformedPolicy("The policy must contain a valid version string.");
        }
        variables = version.equals(VARIABLES_SINCE);
        optionalText(members, "Id");
        List<Json> items = switch (required(members, "Statement", "the policy")) {
            case Json.Obj one -> List.of(one);
            case Json.Arr(List<Json> list) -> list;
            case Json.Text _, Json.Scalar _, Json.Nothing _ ->
                throw new MalformedPolicy("Syntax errors in policy: Statement must be an object or a list.");
        };
        if (items.isEmpty()) {
            throw new MalformedPolicy("Syntax errors in policy: Statement is empty.");
        }
        List<Statement> statements = new ArrayList<>();
        for (Json item : items) {
            if (!(item instanceof Json.Obj(Map<String, Json> statement)) || statement.isEmpty()) {
                throw new MalformedPolicy("Syntax errors in policy: a statement must be an object with elements.");
            }
            statements.add(statement(statement, statements.size() + 1));
        }
        refuseRepeatedSids(statements);
        return new Policy(text, statements, principals);
    }

    private Statement statement(Map<String, Json> members, int number) {
        String where = "statement " + number;
        refuseUnknown(members, STATEMENT, where);
        Optional<String> sid = optionalText(members, "Sid");
        if (isIam() && sid.isPresent() && !SID.matcher(sid.get()).matches()) {
            throw new MalformedPolicy("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the"
                    + " regular expression [0-9A-Za-z]*");
        }
        boolean allow = effect(required(members, "Effect", where));
        Principals principal = principals(members, where);
        boolean notAction = eitherNot(members, "Action", where);
        List<String> actions = texts(members, notAction ? "NotAction" : "Action", where);
        if (actions.isEmpty() && kind != Policy.Kind.KEY) {
            throw new MalformedPolicy("Policy statement must contain actions.");
        }
        actions.forEach(PolicyParser::checkAction);
        boolean notResource = eitherNot(members, "Resource", where);
        List<Condition> conditions = conditions(members.get("Condition"), where);
        return new Statement(
                number,
                sid,
                allow,
                notAction,
                actions.stream().map(ConditionContext::canonical).map(Glob::of).toList(),
                principal,
                notResource,
                resources(members, notResource ? "NotResource" : "Resource", where),
                conditions);
    }

    private static boolean effect(Json effect) {
        if (effect instanceof Json.Text(String text)) {
            if (text.equals("Allow") || text.equals("Deny")) {
                return text.equals("Allow");
            }
            throw new MalformedPolicy("Invalid effect: " + Json.shown(text));
        }
        throw new MalformedPolicy("Syntax errors in policy: Effect must be a string.");
    }

    private List<ArnPattern> resources(Map<String, Json> members, String element, String where) {
        if (kind == Policy.Kind.TRUST) {
            if (members.containsKey(element)) {
                throw new MalformedPolicy("Has prohibited field Resource");
            }
            return List.of(ArnPattern.of("*", false));
        }
        List<String> texts = texts(members, element, where);
        if (texts.isEmpty() && kind != Policy.Kind.KEY) {
            throw new MalformedPolicy("Policy statement must contain resources.");
        }
        for (String text : texts) {
            if (kind != Policy.Kind.KEY && !text.equals("*") && !text.startsWith("arn:")) {
                throw new MalformedPolicy("Resource " + Json.shown(text) + " must be in ARN format or \"*\".");
            }
        }
        return texts.stream().map(text -> ArnPattern.of(text, variables)).toList();
    }

    private static void checkAction(String action) {
        if (action.equals("*")) {
            return;
        }
        int colon = action.indexOf(':');
        if (colon < 0) {
            throw new MalformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        }
        String vendor = action.substring(0, colon);
        if (!VENDOR.matcher(vendor).matches()) {
            throw new MalformedPolicy("Vendor " + Json.shown(vendor) + " is not valid");
        }
        if (action.length() == colon + 1 || action.indexOf(':', colon + 1) >= 0) {
            throw new MalformedPolicy("Invalid action: " + Json.shown(action));
        }
    }

    private @Nullable Principals principals(Map<String, Json> members, String where) {
        if (kind == Policy.Kind.IDENTITY) {
            if (members.containsKey("Principal") || members.containsKey("NotPrincipal")) {
                throw new MalformedPolicy("Policy document should not specify a principal.");
            }
            return null;
        }
        boolean not = eitherNot(members, "Principal", where);
        PrincipalReader reader = new PrincipalReader(kind, not);
        Principals read = reader.read(required(members, not ? "NotPrincipal" : "Principal", where));
        principals.addAll(reader.awsNames());
        return read;
    }

    private List<Condition> conditions(@Nullable Json element, String where) {
        if (element == null) {
            return List.of();
        }
        List<Condition> conditions = new ArrayList<>();
        object(element, "Condition", where)
                .forEach((operator, keys) -> object(keys, operator, where)
                        .forEach((key, values) -> conditions.add(
                                Condition.of(operator, key, conditionValues(values, key, where), variables))));
        return conditions;
    }

    private static Map<String, Json> object(Json json, String element, String where) {
        if (json instanceof Json.Obj(Map<String, Json> members)) {
            return members;
        }
        throw new MalformedPolicy(
                "Syntax errors in policy: " + Json.shown(element) + " must be an object in " + where + ".");
    }

    private static List<String> conditionValues(Json values, String key, String where) {
        List<Json> items = values instanceof Json.Arr(List<Json> list) ? list : List.of(values);
        List<String> texts = new ArrayList<>();
        for (Json item : items) {
            switch (item) {
                case Json.Text(String text) -> texts.add(text);
                case Json.Scalar(String text) -> texts.add(text);
                case Json.Obj _, Json.Arr _, Json.Nothing _ ->
                    throw new MalformedPolicy("Syntax errors in policy: the values of condition key " + Json.shown(key)
                            + " must be strings, numbers or booleans in " + where + ".");
            }
        }
        return texts;
    }

    private boolean isIam() {
        return kind == Policy.Kind.IDENTITY || kind == Policy.Kind.TRUST;
    }

    private void refuseRepeatedSids(List<Statement> statements) {
        Set<String> seen = new HashSet<>();
        for (Statement statement : statements) {
            Optional<String> sid = statement.sid().filter(s -> !s.isEmpty());
            if (isIam() && sid.isPresent() && !seen.add(sid.get())) {
                throw new MalformedPolicy("Statement IDs (SID) in a single policy must be unique.");
            }
        }
    }

    private static void refuseUnknown(Map<String, Json> members, Set<String> known, String where) {
        for (String name : members.keySet()) {
            if (!known.contains(name)) {
                throw new MalformedPolicy(
                        "Syntax errors in policy: unknown element " + Json.shown(name) + " in " + where + ".");
            }
        }
    }

    private static Json required(Map<String, Json> members, String name, String where) {
        Json value = members.get(name);
        if (value == null) {
            throw new MalformedPolicy("Missing required field " + name + " in " + where + ".");
        }
        return value;
    }

    /** Whether the Not form is used. Both at once is an error. */
    private static boolean eitherNot(Map<String, Json> members, String element, String where) {
        boolean not = members.containsKey("Not" + element);
        if (not && members.containsKey(element)) {
            throw new MalformedPolicy(
                    "Syntax errors in policy: both " + element + " and Not" + element + " in " + where + ".");
        }
        return not;
    }

    private static Optional<String> optionalText(Map<String, Json> members, String name) {
        Json value = members.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Json.Text(String text)) {
            return Optional.of(text);
        }
        throw new MalformedPolicy("Syntax errors in policy: " + name + " must be a string.");
    }

    /** One string or a list of them; none when the element is missing. */
    private static List<String> texts(Map<String, Json> members, String name, String where) {
        Json value = members.get(name);
        return value == null ? List.of() : texts(value, name, where);
    }

    static List<String> texts(Json value, String name, String where) {
        List<Json> items = value instanceof Json.Arr(List<Json> list) ? list : List.of(value);
        List<String> texts = new ArrayList<>();
        for (Json item : items) {
            if (!(item instanceof Json.Text(String text))) {
                throw new MalformedPolicy("Syntax errors in policy: " + Json.shown(name)
                        + " must be a string or a list of strings in " + where + ".");
            }
            texts.add(text);
        }
        return texts;
    }
}
